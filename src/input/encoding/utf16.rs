//! UTF-16 to UTF-8, as a stream.

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};
use std::io::{self, Read};

/// As many bytes are taken at once.
const PIECE: usize = 16 * 1024;

/// Reads UTF-16 as UTF-8. A unit that is half of a character becomes a byte that is no UTF-8.
pub struct Utf16<R> {
    reader: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// Text that is still to be handed out.
    text: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    pub fn new(reader: R, little_endian: bool) -> Utf16<R> {
        let encoding = if little_endian { UTF_16LE } else { UTF_16BE };
        Utf16 {
            reader,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: Vec::new(),
            text: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    /// Takes the next piece and makes text of it.
    fn next(&mut self) -> io::Result<()> {
        self.raw.clear();
        self.text.clear();
        self.at = 0;
        let got = self.reader.by_ref().take(PIECE as u64).read_to_end(&mut self.raw)?;
        self.ended = got < PIECE;
        let mut rest = &self.raw[..];
        loop {
            // A unit of two bytes is at most three bytes of UTF-8.
            let from = self.text.len();
            self.text.resize(from + rest.len() * 2 + 16, 0);
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(rest, &mut self.text[from..], self.ended);
            self.text.truncate(from + written);
            rest = &rest[read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.text.push(0xff),
            }
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.next()?;
        }
        let n = out.len().min(self.text.len() - self.at);
        out[..n].copy_from_slice(&self.text[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &[u8], little: bool) -> Vec<u8> {
        let mut text = Vec::new();
        Utf16::new(raw, little).read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn both_orders_are_read_over_all_pieces() {
        // A character beyond the first plane is two units, which pieces may part.
        let text = "a,私域\u{1f600}\n".repeat(5_000);
        for (little, bytes) in [
            (true, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
            (false, text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ] {
            assert_eq!(read(&bytes, little), text.as_bytes());
        }
    }

    #[test]
    fn half_a_character_is_no_text() {
        assert_eq!(read(&[0x3d, 0xd8, b',', 0], true), b"\xff,");
        assert_eq!(read(&[b'a', 0, b'b'], true), b"a\xff");
        assert_eq!(read(b"", true), b"");
    }
}
