//! What divides the cells of a file: told by its header, since names of files lie.

/// The delimiters that are read.
const KNOWN: [u8; 3] = [b',', b';', b'\t'];

/// So much of a header is looked at, whatever the size of a buffer.
const LOOKED_AT: usize = 4096;

/// The delimiter of a header: the one that makes the most names of it, quotes heeded; that of the name's ending where
/// none makes more. (Cells may be guarded with tabs, so counting delimiters would not do.)
pub fn of_header(start: &[u8], by_name: u8) -> u8 {
    let header = first_line(&start[..start.len().min(LOOKED_AT)]);
    let most = KNOWN.map(|d| names(header, d)).into_iter().max();
    let all = std::iter::once(by_name).chain(KNOWN);
    all.into_iter().find(|d| Some(names(header, *d)) == most).unwrap_or(by_name)
}

/// The first line, line breaks in quotes heeded.
fn first_line(text: &[u8]) -> &[u8] {
    let mut quoted = false;
    let ends = |byte: &u8| {
        quoted ^= *byte == b'"';
        *byte == b'\n' && !quoted
    };
    &text[..text.iter().position(ends).unwrap_or(text.len())]
}

/// The cells of a header that hold a letter or digit.
fn names(header: &[u8], delimiter: u8) -> usize {
    let mut quoted = false;
    let cells = header.split(|byte| {
        quoted ^= *byte == b'"';
        *byte == delimiter && !quoted
    });
    cells.filter(|cell| cell.iter().any(|b| b.is_ascii_alphanumeric() || !b.is_ascii())).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_that_makes_the_most_names_divides() {
        for (header, want) in [
            ("order_id,user_id,amount\na;b;c;d;e\n", b','),
            ("order_id;user_id;amount\n", b';'),
            ("order_id\tuser_id\n", b'\t'),
            ("order_id;user_id;\"a,b,c,d\";paid_at\n", b';'),
            ("order_id;amount, CNY;paid_at\n", b';'),
            ("order_id\n1,2\n", b','),
            ("order_id|user_id\n", b','),
            ("order_id\t,user_id\t,amount\t\n", b','),
            ("\"a;\nb;c\",d\n", b','),
            ("订单号;金额;;\n", b';'),
            ("", b','),
        ] {
            assert_eq!(of_header(header.as_bytes(), b','), want, "{header:?}");
        }
        assert_eq!(of_header(b"a,b;c\n", b';'), b';', "as often: the ending says");
        assert_eq!(of_header(b"order_id\n", b'\t'), b'\t');
        assert_eq!(of_header(b"a,b\n", b'\t'), b',');
    }
}
