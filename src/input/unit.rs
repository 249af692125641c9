//! What a header says its amounts are in: `实付金额(元)` stands beside `退款金额(分)`, and each is right by itself.

use unicode_normalization::UnicodeNormalization;

/// What amounts are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Yuan,
    /// A hundredth of a yuan.
    Fen,
}

const YUAN: [&str; 11] =
    ["元", "人民币", "人民币元", "元人民币", "元rmb", "rmb元", "¥", "cny", "rmb", "yuan", "inyuan"];
const FEN: [&str; 8] = ["分", "人民币分", "分人民币", "fen", "infen", "cent", "cents", "incents"];

/// Words for a unit that need no brackets, at the end of a name; all but 元 behind a mark or a blank, since 积分 are no
/// money.
const AT_END: [(&str, Unit); 8] = [
    ("分", Unit::Fen),
    ("fen", Unit::Fen),
    ("cents", Unit::Fen),
    ("cent", Unit::Fen),
    ("元", Unit::Yuan),
    ("yuan", Unit::Yuan),
    ("cny", Unit::Yuan),
    ("rmb", Unit::Yuan),
];

/// A header name as it is compared, and the unit that was taken out of it.
pub fn parted(name: &str) -> (String, Option<Unit>) {
    let plain: String = name.nfkc().flat_map(char::to_lowercase).map(bracket).collect();
    let kept = |c: &char| !c.is_whitespace() && !super::field::text::is_invisible(*c) && !is_mark(*c);
    let folded: String = plain.chars().filter(kept).collect();
    if let Some((rest, unit)) = without_brackets(&folded) {
        return (rest, Some(unit));
    }
    let end = plain.trim_end_matches(|c: char| c.is_whitespace() || is_mark(c));
    for (word, unit) in AT_END {
        let Some(before) = end.strip_suffix(word) else { continue };
        let is_marked = before.ends_with(|c: char| c.is_whitespace() || is_mark(c));
        let rest = folded.strip_suffix(word).filter(|rest| !rest.is_empty());
        if let (Some(rest), true) =
            (rest, is_marked || word == "元" && !before.ends_with(['万', '千', '美', '港', '欧', '日', '百']))
        {
            return (rest.to_string(), Some(unit));
        }
    }
    (folded, None)
}

/// Marks that exports vary.
fn is_mark(c: char) -> bool {
    "_-.#*:/`'\"".contains(c)
}

/// Brackets and dashes of all kinds as the plainest.
fn bracket(c: char) -> char {
    match c {
        '【' | '[' | '〔' | '〖' | '{' | '<' | '《' | '〈' | '「' | '『' | '«' => '(',
        '】' | ']' | '〕' | '〗' | '}' | '>' | '》' | '〉' | '」' | '』' | '»' => ')',
        '—' | '–' => '-',
        other => other,
    }
}

/// A folded name without the brackets in which it says its unit.
fn without_brackets(folded: &str) -> Option<(String, Unit)> {
    for (from, _) in folded.match_indices('(') {
        let Some(len) = folded[from..].find(')') else { continue };
        let (inside, end) = (&folded[from + 1..from + len], from + len + 1);
        let rest = [&folded[..from], &folded[end..]].concat();
        if let Some(unit) = of_word(inside).filter(|_| !rest.is_empty()) {
            return Some((rest, unit));
        }
    }
    None
}

/// The unit that the text of a bracket is.
fn of_word(inside: &str) -> Option<Unit> {
    let word = ["单位为", "单位是", "单位", "unit"].iter().find_map(|begin| inside.strip_prefix(begin));
    let word = word.unwrap_or(inside).trim_start_matches([',', '=']);
    match word {
        _ if YUAN.contains(&word) => Some(Unit::Yuan),
        _ if FEN.contains(&word) => Some(Unit::Fen),
        _ => None,
    }
}

/// The unit that a name says in brackets at its end, with the name before them, as written.
pub fn in_brackets(name: &str) -> Option<(&str, Unit)> {
    let end = name.trim_end();
    let last = end.chars().next_back()?;
    let folded = |c: char| std::iter::once(c).nfkc().next().map(bracket);
    if folded(last) != Some(')') {
        return None;
    }
    let opens = |c: char| folded(c) == Some('(');
    let from = end.rfind(opens)?;
    let (_, unit) = parted(&format!("x{}", &end[from..]));
    Some((end[..from].trim_end(), unit?)).filter(|(rest, _)| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_its_unit() {
        for (name, bare, unit) in [
            ("退款金额(分)", "退款金额", Some(Unit::Fen)),
            ("实付金额（分）", "实付金额", Some(Unit::Fen)),
            ("实付金额【单位：分】", "实付金额", Some(Unit::Fen)),
            ("《分》运费", "运费", Some(Unit::Fen)),
            ("订单金额(元)(含运费)", "订单金额(含运费)", Some(Unit::Yuan)),
            ("消耗/元", "消耗", Some(Unit::Yuan)),
            ("消耗/分", "消耗", Some(Unit::Fen)),
            ("amount_fen", "amount", Some(Unit::Fen)),
            ("Amount (in cents)", "amount", Some(Unit::Fen)),
            ("实付金额元", "实付金额", Some(Unit::Yuan)),
            ("积分", "积分", None),
            ("评分", "评分", None),
            ("平均首次回复时长(分钟)", "平均首次回复时长(分钟)", None),
            ("金额(万元)", "金额(万元)", None),
            ("金额万元", "金额万元", None),
            ("金额(美元)", "金额(美元)", None),
            ("price(元/件)", "price(元件)", None),
            ("(元)", "(元)", None),
            ("percent", "percent", None),
        ] {
            assert_eq!(parted(name), (bare.to_string(), unit), "{name}");
        }
    }

    #[test]
    fn a_name_of_ours_may_have_a_unit_behind_it() {
        assert_eq!(in_brackets("refund(分)"), Some(("refund", Unit::Fen)));
        assert_eq!(in_brackets("refund （元） "), Some(("refund", Unit::Yuan)));
        assert_eq!(in_brackets("实付【分】"), Some(("实付", Unit::Fen)));
        for name in ["refund", "refund(x)", "(分)", "refund(分)x", ""] {
            assert_eq!(in_brackets(name), None, "{name}");
        }
    }
}
