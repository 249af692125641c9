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

/// Units that are not read: what is in them was rounded, and nobody knows by how much.
const SCALES: [&str; 10] = ["百万元", "千万元", "亿元", "万元", "千元", "百元", "角", "万", "千", "亿"];

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

/// A unit in which a header says its amounts are, and which is not read.
pub fn scale(name: &str) -> Option<&'static str> {
    let plain: String =
        name.nfkc().flat_map(char::to_lowercase).map(bracket).filter(|c| !c.is_whitespace()).collect();
    let is_inside = |scale: &&&str| {
        ["", "单位:", "单位", "人民币"].iter().any(|begin| plain.contains(&format!("({begin}{scale})")))
            || scale.ends_with('元') && plain.trim_end_matches(is_mark).ends_with(**scale)
    };
    SCALES.iter().find(is_inside).copied()
}

/// What the lines before a header say of all amounts: `单位：分`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated {
    In(Unit),
    /// In a unit that is not read.
    Scale(&'static str),
}

/// The unit that a text before a header states.
pub fn stated(text: &str) -> Option<Stated> {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).map(bracket).collect();
    for (at, word) in plain.match_indices("单位") {
        let rest = plain[at + word.len()..].trim_start_matches([':', '为', '是', ' ', '\t', '"']);
        let said: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '¥').collect();
        match SCALES.iter().find(|scale| **scale == said) {
            Some(scale) => return Some(Stated::Scale(scale)),
            None => {
                if let Some(unit) = of_word(&said) {
                    return Some(Stated::In(unit));
                }
            }
        }
    }
    None
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
    fn units_that_are_not_read_and_those_of_a_whole_file() {
        for (name, word) in [
            ("金额（万元）", Some("万元")),
            ("金额/千元", Some("千元")),
            ("金额(单位：万元)", Some("万元")),
            ("金额(元)", None),
            ("万元户", None),
        ] {
            assert_eq!(scale(name), word, "{name}");
        }
        for (text, want) in [
            ("2026年3月报表,单位：分", Some(Stated::In(Unit::Fen))),
            ("(金额单位:元)", Some(Stated::In(Unit::Yuan))),
            ("单位为 万元", Some(Stated::Scale("万元"))),
            ("单位：分公司", None),
            ("导出时间：2026-03-01", None),
        ] {
            assert_eq!(stated(text), want, "{text}");
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
