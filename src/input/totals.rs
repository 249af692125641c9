//! Words for totals, and what a cell says with one: `合计`, `支付合计`, `总计：300.00元`, `Total (3 orders)`.
//!
//! A cell says such a thing or it does not: where anything in it is not understood (`合计套餐`, `Total123`), it is a text
//! like others.

use super::field::money::{self, Read};
use super::field::text::is_invisible;
use unicode_normalization::UnicodeNormalization;

/// What a word is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Total,
    /// Of some rows only.
    Subtotal,
    Average,
}

/// A number beside a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// `3笔`
    Rows(u64),
    /// `300元`
    Money(Read),
    /// `300分`, as written
    Fen(Read),
    /// `300`
    Number(Read),
    /// `3%`, `1.2万`
    Other,
}

/// What a cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Says {
    pub word: Word,
    /// Nothing stands before the word that says of what it is: `合计`, and not `支付合计`.
    pub bare: bool,
    pub figures: Vec<Figure>,
}

/// Words that may have others before them. A longer one stands before one that is its end.
const CHINESE: [(&str, Word); 18] = [
    ("小计", Word::Subtotal),
    ("合计", Word::Total),
    ("总计", Word::Total),
    ("共计", Word::Total),
    ("汇总", Word::Total),
    ("总和", Word::Total),
    ("累计", Word::Total),
    ("总数", Word::Total),
    ("总额", Word::Total),
    ("总金额", Word::Total),
    ("总消耗", Word::Total),
    ("总花费", Word::Total),
    ("总支出", Word::Total),
    ("总费用", Word::Total),
    ("平均", Word::Average),
    ("均值", Word::Average),
    ("日均", Word::Average),
    ("月均", Word::Average),
];
/// Words that are all of it.
const ALONE: [(&str, Word); 12] = [
    ("全部", Word::Total),
    ("整体", Word::Total),
    ("总体", Word::Total),
    ("中位数", Word::Average),
    ("最大值", Word::Average),
    ("最小值", Word::Average),
    ("人均", Word::Average),
    ("占比", Word::Average),
    ("环比", Word::Average),
    ("同比", Word::Average),
    ("环比增长", Word::Average),
    ("同比增长", Word::Average),
];
/// What may stand before a total that is of all rows: of another thing it is of some.
const ALL: [&str; 18] = [
    "支付", "实付", "实收", "付款", "订单", "账户", "账号", "消耗", "花费", "金额", "广告", "投放", "数据",
    "本月", "当月", "月", "本期", "报表",
];
/// What may stand behind a word: of what it is.
const BEHIND: [&str; 18] = [
    "人民币",
    "订单数",
    "金额",
    "数额",
    "消耗",
    "花费",
    "支出",
    "费用",
    "数据",
    "数量",
    "笔数",
    "单数",
    "行",
    "项",
    "数",
    "额",
    "值",
    "元",
];
/// Totals of a page or a day are of some rows.
const PART: [&str; 8] = ["本页", "当页", "每页", "本日", "当日", "每日", "本周", "日"];
const ENGLISH: [(&str, Word); 26] = [
    ("total", Word::Total),
    ("totals", Word::Total),
    ("grandtotal", Word::Total),
    ("grandtotals", Word::Total),
    ("sum", Word::Total),
    ("sumtotal", Word::Total),
    ("overall", Word::Total),
    ("overalltotal", Word::Total),
    ("totalamount", Word::Total),
    ("totalspend", Word::Total),
    ("totalcost", Word::Total),
    ("totalpaid", Word::Total),
    ("totalsales", Word::Total),
    ("totalorders", Word::Total),
    ("summary", Word::Total),
    ("subtotal", Word::Subtotal),
    ("subtotals", Word::Subtotal),
    ("pagetotal", Word::Subtotal),
    ("dailytotal", Word::Subtotal),
    ("average", Word::Average),
    ("averages", Word::Average),
    ("avg", Word::Average),
    ("mean", Word::Average),
    ("median", Word::Average),
    ("meanvalue", Word::Average),
    ("averagevalue", Word::Average),
];
/// The first two letters of [`ENGLISH`].
const BEGINNINGS: [[u8; 2]; 7] = [*b"to", *b"gr", *b"su", *b"ov", *b"pa", *b"da", *b"av"];
/// ... and of the others, which names begin with as well.
const RARE: [u8; 2] = *b"me";

/// So many bytes are looked at.
const LONGEST: usize = 160;

/// May a cell that begins with a letter or a digit say something with a word for a total? At a glance, and so that few
/// ids do.
#[inline(always)]
pub fn may_say(cell: &[u8]) -> bool {
    let Some(&[first, second]) = cell.first_chunk() else { return false };
    let begins = [first | 0x20, second | 0x20];
    (begins[0].is_ascii_lowercase() && begins[1].is_ascii_lowercase())
        && (BEGINNINGS.contains(&begins) || begins == RARE)
        && english_says(cell)
}

#[cold]
#[inline(never)]
fn english_says(cell: &[u8]) -> bool {
    says(cell).is_some()
}

/// What a cell says, if it begins with a word for a total.
pub fn says(cell: &[u8]) -> Option<Says> {
    if cell.len() < 3 || cell.len() > LONGEST {
        return None;
    }
    let text = std::str::from_utf8(cell).ok()?;
    // Most texts are told from words by their first letter.
    let first = text.chars().find(|c| !c.is_ascii_punctuation() && *c != ' ')?;
    if first.is_ascii_digit() || !may_hold_a_word(text, first) {
        return None;
    }
    let text: String = text.nfkc().flat_map(char::to_lowercase).filter(|c| !is_invisible(*c)).collect();
    let text = closed(&text);
    let text = text.trim_matches(|c: char| "*#-_=~·•()[]【】<>《》「」|.。:、'\"` \t".contains(c));
    let (word, bare, rest) = word(text)?;
    let (word, bare, rest) = match rest.trim_start_matches(['/', ' ', '(', '|']) {
        again if again.len() < rest.len() || again.starts_with(is_chinese) => match self::word(again) {
            // In both languages.
            Some((second, is_bare, rest)) if second == word => (word, bare && is_bare, rest),
            _ => (word, bare, rest),
        },
        _ => (word, bare, rest),
    };
    let is_count = text.starts_with('共') && !text.starts_with("共计");
    let figures = figures(rest)?;
    let counts = figures.first().is_some_and(|f| matches!(f, Figure::Rows(_)));
    (!is_count || counts).then_some(Says { word, bare, figures })
}

/// How many rows there are, as a cell says: `3笔`.
pub fn rows_in(cell: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(cell).ok().filter(|text| text.len() <= LONGEST)?;
    match figures(&text.nfkc().collect::<String>().to_lowercase())?[..] {
        [Figure::Rows(rows)] => Some(rows),
        _ => None,
    }
}

/// A text without blanks between Chinese characters: `合 计`.
fn closed(text: &str) -> String {
    let mut closed = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let is_between = c == ' '
            && closed.trim_end().ends_with(is_chinese)
            && text[at..].trim_start().starts_with(is_chinese);
        if !is_between {
            closed.push(c);
        }
    }
    closed
}

/// Most texts show at once that they begin with no word.
fn may_hold_a_word(text: &str, first: char) -> bool {
    if !text.is_ascii() {
        let is_sign =
            |c: char| "计汇总均累全整体数值和共比".contains(c) || ('\u{ff21}'..='\u{ff5a}').contains(&c);
        return text.contains(is_sign);
    }
    let mut letters = text.bytes().skip_while(|b| u32::from(*b) != u32::from(first)).map(|b| b | 0x20);
    let begins = [letters.next().unwrap_or(0), letters.next().unwrap_or(0)];
    BEGINNINGS.contains(&begins) || begins == RARE
}

/// Does a cell say nothing but a word for a total or an average, without anything that says of what it is?
pub fn is_bare_word(cell: &[u8]) -> Option<Word> {
    says(cell).filter(|says| says.bare && says.figures.is_empty()).map(|says| says.word)
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// The word at the beginning of a text, whether it is bare, and what stands behind it.
fn word(text: &str) -> Option<(Word, bool, &str)> {
    if text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return english(text);
    }
    let end = text.find(|c: char| !is_chinese(c)).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    if let Some(behind) = run.strip_prefix('共').filter(|behind| behind.is_empty() || *behind == "有") {
        return rest.trim_start().starts_with(|c: char| c.is_ascii_digit()).then_some((
            Word::Total,
            behind.is_empty(),
            rest,
        ));
    }
    let (word, bare) = chinese(run.trim_end_matches(['为', '是']))?;
    Some((word, bare, rest))
}

fn chinese(run: &str) -> Option<(Word, bool)> {
    if let Some((_, word)) = ALONE.iter().find(|(alone, _)| *alone == run) {
        return Some((*word, false));
    }
    let short = || BEHIND.iter().find_map(|end| run.strip_suffix(end));
    let shorter = || short().and_then(|run| BEHIND.iter().find_map(|end| run.strip_suffix(end)));
    let of = |run: &str| {
        let (core, word) = CHINESE.iter().find(|(core, _)| run.ends_with(core))?;
        let before = run.strip_suffix(core)?;
        let is_part = *word == Word::Total && PART.contains(&before);
        let is_of_all = ALL.contains(&before);
        // 总合计, 全部汇总 are no other total than 合计.
        let before = before.trim_matches(['总', '全', '部', '本', '表']);
        let is_some = *word == Word::Total && !(is_of_all || before.is_empty());
        let word = if is_part || is_some { Word::Subtotal } else { *word };
        (before.chars().count() <= 8).then_some((word, before.is_empty() || is_part))
    };
    of(run).or_else(|| short().and_then(of)).or_else(|| shorter().and_then(of))
}

fn english(text: &str) -> Option<(Word, bool, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_lowercase() || c == ' ' || c == '-')).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    let joined: String = run.chars().filter(char::is_ascii_lowercase).collect();
    let is_known = ENGLISH.iter().any(|(word, _)| *word == joined);
    // `A 小计`: of what is called A.
    let behind = &rest[..rest.find(|c: char| !is_chinese(c)).unwrap_or(rest.len())];
    if ["小计", "合计", "总计"].contains(&behind) && !is_known {
        return Some((Word::Subtotal, false, &rest[behind.len()..]));
    }
    // A digit that follows a letter at once is part of a name.
    let is_glued = rest.starts_with(|c: char| (c.is_alphanumeric() || c == '_') && !is_chinese(c));
    if is_glued && !run.ends_with(' ') {
        return None;
    }
    ENGLISH.iter().find(|(word, _)| *word == joined).map(|(_, word)| (*word, true, rest))
}

/// Words that say what a number is, before or behind it.
const COUNTS: [&str; 24] = [
    "条",
    "笔",
    "单",
    "行",
    "项",
    "个订单",
    "笔订单",
    "条订单",
    "条记录",
    "笔记录",
    "笔交易",
    "条数据",
    "行数据",
    "订单",
    "订单数",
    "单数",
    "笔数",
    "行数",
    "条数",
    "记录",
    "记录数",
    "共",
    "总笔数",
    "总单数",
];
const COUNTS_EN: [&str; 9] =
    ["rows", "row", "orders", "order", "records", "record", "lines", "items", "count"];
const MONEY: [&str; 16] = [
    "元",
    "圆",
    "人民币",
    "元整",
    "金额",
    "总金额",
    "总额",
    "消耗",
    "花费",
    "支出",
    "费用",
    "实付",
    "支付",
    "支付金额",
    "实付金额",
    "订单金额",
];
const MONEY_EN: [&str; 5] = ["rmb", "cny", "yuan", "amount", "spend"];
const OTHERS: [&str; 8] = ["%", "万", "万元", "亿元", "人", "人次", "次", "个"];

/// What a label or a unit says of its number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    None,
    Rows,
    Money,
    Fen,
    Other,
}

fn unit(text: &str) -> Option<Unit> {
    match text {
        "" | "合计" | "总计" | "共计" => Some(Unit::None),
        _ if COUNTS.contains(&text) || COUNTS_EN.contains(&text) => Some(Unit::Rows),
        _ if MONEY.contains(&text) || MONEY_EN.contains(&text) => Some(Unit::Money),
        "分" | "人民币分" => Some(Unit::Fen),
        _ if OTHERS.contains(&text) => Some(Unit::Other),
        _ => None,
    }
}

/// The numbers of a text that holds nothing else; `None` where something is not understood.
fn figures(text: &str) -> Option<Vec<Figure>> {
    let (mut rest, mut all) = (text, Vec::new());
    loop {
        rest = rest.trim_start_matches(|c: char| ":=(),;/|、。-_~* )\t".contains(c));
        if rest.is_empty() {
            return Some(all);
        }
        let is_word = |c: char| is_chinese(c) || c.is_ascii_lowercase();
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (label, behind) = rest.split_at(end);
        let label = unit(label)?;
        let is_unit = matches!(label, Unit::Money | Unit::Fen);
        if is_unit && (behind.is_empty() || behind.starts_with(')')) {
            rest = behind; // 合计(元)
            continue;
        }
        let behind = behind.trim_start_matches([':', '=', ' ']);
        let end = behind.find(|c: char| !(c.is_ascii_digit() || ".,+-¥".contains(c))).unwrap_or(behind.len());
        let (number, behind) = behind.split_at(end);
        // A comma that ends it divides it from the next.
        let (number, behind) = match number.strip_suffix([',', '.', '-']) {
            Some(number) => (number, behind),
            None => (number, behind),
        };
        let behind = behind.trim_start_matches(' ');
        let end = behind.find(|c: char| !is_word(c) && c != '%').unwrap_or(behind.len());
        let (after, behind) = behind.split_at(end);
        let read = money::money(number.as_bytes()).ok()?;
        all.push(figure(number, read, [label, unit(after)?])?);
        rest = behind;
    }
}

fn figure(number: &str, read: Read, units: [Unit; 2]) -> Option<Figure> {
    if units.contains(&Unit::Other) {
        return Some(Figure::Other);
    }
    if units.contains(&Unit::Rows) {
        return number.replace(',', "").parse().ok().map(Figure::Rows);
    }
    if units.contains(&Unit::Fen) {
        return Some(Figure::Fen(read));
    }
    let is_money = units.contains(&Unit::Money) || number.contains('¥');
    Some(if is_money { Figure::Money(read) } else { Figure::Number(read) })
}

/// Is a text two dates with something between them, as a total's period is written?
pub fn is_period(cell: &[u8], is_date: impl Fn(&[u8]) -> bool) -> bool {
    if cell.len() < 9 || cell.len() > LONGEST {
        return false;
    }
    let Ok(text) = std::str::from_utf8(cell) else { return false };
    let between = ["~", "～", "至", "到", "—", "–", "－", " to ", "..", "-", "/"];
    between.iter().any(|sign| {
        // As many of a sign stand in each of two dates that are written alike.
        let at: Vec<usize> = text.match_indices(sign).map(|(at, _)| at).collect();
        let at = at.get(at.len() / 2).filter(|_| at.len() % 2 == 1 || *sign == "—");
        at.is_some_and(|at| {
            let (first, last) = (&text[..*at], &text[at + sign.len()..]);
            let bare = |t: &str| t.trim().trim_matches(['—', '–', '-']).trim().as_bytes().to_vec();
            is_date(&bare(first)) && is_date(&bare(last))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::field::date;
    use jiff::tz::TimeZone;
    use scrm_core::money::Amount;

    fn word_of(text: &str) -> Option<Word> {
        says(text.as_bytes()).map(|says| says.word)
    }

    #[test]
    fn words() {
        for word in [
            "合计",
            "合计：",
            "总计(3条)",
            "总计（元）",
            "共计3笔",
            "Total",
            "Grand total",
            "汇总",
            "支付合计",
            "订单合计",
            "账户合计",
            "总和",
            "TOTAL:",
            "【合计】",
            "合计/Total",
            "Total 合计",
            "总计金额",
            "总消耗",
            "全部",
            "--合计--",
            "合 计",
            "合　　计：",
        ] {
            assert_eq!(word_of(word), Some(Word::Total), "{word}");
        }
        for word in [
            "抖音合计",
            "A小计",
            "B 合计",
            "小计",
            "Subtotal",
            "sub-total",
            "本页合计",
            "当日合计",
            "Page total",
        ] {
            assert_eq!(word_of(word), Some(Word::Subtotal), "{word}");
        }
        for word in ["平均", "均值", "平均值", "Average", "AVG", "日均", "每日平均", "环比"] {
            assert_eq!(word_of(word), Some(Word::Average), "{word}");
        }
        for word in [
            "合计划",
            "总计划投放",
            "合计套餐",
            "平均价活动",
            "Total123",
            "total recall",
            "totally",
            "总",
            "sum41x",
            "o1",
            "Total_1",
            "averagejoe",
            "门店：全部",
            "共",
            "共享单车",
            "合计：套餐",
            "汇总报表",
            "3合计",
            "Summer",
            "",
        ] {
            assert_eq!(word_of(word), None, "{word}");
        }
    }

    #[test]
    fn bare_words() {
        for (word, want) in [
            ("合计", Some(Word::Total)),
            ("总计（元）", Some(Word::Total)),
            ("Total spend", Some(Word::Total)),
            ("支付合计", None),
            ("合计300", None),
            ("全部", None),
        ] {
            assert_eq!(is_bare_word(word.as_bytes()), want, "{word}");
        }
    }

    #[test]
    fn numbers_beside_them() {
        let read = |units: i64| Read { amount: Amount(units), rounded: false };
        let money = |units| Figure::Money(read(units));
        for (text, want) in [
            ("总计:300元", vec![money(3_000_000)]),
            ("总计：300.00", vec![Figure::Number(read(3_000_000))]),
            ("合计 300", vec![Figure::Number(read(3_000_000))]),
            ("合计300", vec![Figure::Number(read(3_000_000))]),
            ("合计：¥1,300.50", vec![money(13_005_000)]),
            ("共43笔记录", vec![Figure::Rows(43)]),
            ("共 2 条，合计", vec![]),
            ("合计：3笔，300.00元", vec![Figure::Rows(3), money(3_000_000)]),
            ("合计：订单 1,204 笔, 金额 5.5 元", vec![Figure::Rows(1204), money(55_000)]),
            ("Total: 300.00", vec![Figure::Number(read(3_000_000))]),
            ("Total (3 orders)", vec![Figure::Rows(3)]),
            ("总计：1.2万", vec![Figure::Other]),
        ] {
            if want.is_empty() {
                assert_eq!(says(text.as_bytes()), None, "{text}");
            } else {
                assert_eq!(says(text.as_bytes()).map(|s| s.figures), Some(want), "{text}");
            }
        }
    }

    #[test]
    fn a_first_look_misses_no_word() {
        for (word, _) in CHINESE.iter().chain(&ALONE) {
            assert!(says(word.as_bytes()).is_some(), "{word}");
        }
    }

    /// What is not looked at closely says nothing: each word in English has a beginning that is known at a glance.
    #[test]
    fn a_glance_misses_no_word() {
        for (word, _) in ENGLISH {
            assert!(may_say(word.as_bytes()), "{word}");
        }
        for id in ["T1001", "to", "o1", "su7", "SUN-3", "average1", "total-2", "x"] {
            assert!(!may_say(id.as_bytes()), "{id}");
        }
    }

    #[test]
    fn periods() {
        let is_date = |text: &[u8]| date::stamp(text, &TimeZone::UTC).is_ok();
        for text in [
            "2026-03-01~2026-03-02",
            "2026-03-01 至 2026-03-31",
            "2026-03-01至2026-03-31",
            "2026/3/1-2026/3/31",
            "20260301-20260331",
            "2026-03-01 - 2026-03-31",
            "2026-03-01 ~ 2026-03-31",
            "2026-03-01 to 2026-03-31",
            "2026年3月1日—2026年3月31日",
            "2026-03-01—2026-03-31",
        ] {
            assert!(is_period(text.as_bytes(), is_date), "{text}");
        }
        for text in ["2026-03-01", "2026-03-01 10:00:00", "2026-03-01~", "2026-03", "合计", "1-2"] {
            assert!(!is_period(text.as_bytes(), is_date), "{text}");
        }
    }
}
