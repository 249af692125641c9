//! What a value looks like, whatever column it stands in: a phone, an identity card, an address, a name.

/// The text with the phones and the numbers of identity cards in it masked.
pub fn without_numbers(value: &str) -> String {
    let chars: Vec<char> = value.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    while at < chars.len() {
        // A plus and a bracket may stand before a country.
        let joins = |i: usize| {
            let next = chars[i + 1..].iter().find(|c| !between(**c));
            digit(chars[i]) || between(chars[i]) && next.is_some_and(|c| digit(*c))
        };
        let mut end = at;
        while digit(chars[at]) && end < chars.len() && joins(end) {
            end += 1;
        }
        if end == at {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        if chars.get(end).is_some_and(|c| matches!(c, 'x' | 'X' | 'ｘ' | 'Ｘ')) {
            end += 1;
        }
        out += &number(&chars[at..end]);
        at = end;
    }
    out
}

/// Full-width digits are digits to whoever reads them.
fn digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

/// What people put between the digits of a phone.
fn between(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{3000}' | '\u{a0}' | '-' | '－' | '–' | '—' | '*' | '.' | '·' | '(' | ')' | '（' | '）'
    )
}

/// Digits, perhaps in groups: masked where they, or some neighbouring groups of them, are a person's.
fn number(text: &[char]) -> String {
    // Where each group begins, and where the last ends.
    let is_start = |i: usize| !between(text[i]) && (i == 0 || between(text[i - 1]));
    let starts: Vec<usize> = (0..text.len()).filter(|i| is_start(*i)).collect();
    let end_of = |from: usize| (from..text.len()).find(|i| between(text[*i])).unwrap_or(text.len());
    let (mut out, mut at) = (String::new(), 0);
    while at < text.len() {
        let ends = || starts.iter().rev().filter(|s| **s >= at).map(|s| end_of(*s));
        let found = starts.contains(&at).then(|| ends().find_map(|end| Some((whole(&text[at..end])?, end))));
        match found.flatten() {
            Some((masked, end)) => {
                out += &masked;
                at = end;
            }
            None => {
                let end = starts.iter().copied().find(|s| *s > at).unwrap_or(text.len());
                out.extend(&text[at..end]);
                at = end;
            }
        }
    }
    out
}

/// Some digits that are a person's, masked.
fn whole(text: &[char]) -> Option<String> {
    let shown: String = text.iter().collect();
    let digits: Vec<u8> = text.iter().filter(|c| !between(**c)).map(|c| plain(*c)).collect();
    match digits.len() {
        18 if is_birth(&digits[6..14]) => Some(ends(&shown, 1, 1)),
        15 if is_birth(&[b"19", &digits[6..12]].concat()) => Some(ends(&shown, 1, 1)),
        _ if is_phone(&digits, &shown) => Some(phone(&shown)),
        _ => None,
    }
}

fn plain(c: char) -> u8 {
    match c {
        '０'..='９' => b"0123456789"[(c as usize - '０' as usize) % 10],
        c => u8::try_from(c).unwrap_or(b'?'),
    }
}

/// A mobile number, with +86 or without, or one with an area code and a hyphen.
fn is_phone(digits: &[u8], text: &str) -> bool {
    let bare = digits.strip_prefix(b"0086").or_else(|| digits.strip_prefix(b"86")).unwrap_or(digits);
    let is_mobile = |d: &[u8]| d.len() == 11 && d[0] == b'1' && (b'3'..=b'9').contains(&d[1]);
    let hyphens = text.matches(['-', '－', '–', '—']).count();
    let is_in_brackets = text.contains([')', '）']);
    // An area has a code of three or four digits.
    let area = text.chars().take_while(|c| digit(*c)).count();
    let is_line = digits.first() == Some(&b'0')
        && (3..=4).contains(&area)
        && (hyphens == 1 || is_in_brackets)
        && (10..=12).contains(&digits.len())
        || hyphens == 2 && text.starts_with("400-") && digits.len() == 10;
    is_mobile(bare) || is_mobile(digits) || is_line
}

/// Eight digits of a day on which somebody may have been born.
fn is_birth(digits: &[u8]) -> bool {
    let number = |d: &[u8]| d.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let (year, month, day) = (number(&digits[..4]), number(&digits[4..6]), number(&digits[6..8]));
    (1900..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// A phone of another country: a plus, and as many digits as one has, in groups or not.
pub fn is_foreign_phone(value: &str) -> bool {
    let rest = value.strip_prefix(['+', '＋']).unwrap_or_default();
    let digits = rest.chars().filter(|c| digit(*c)).count();
    (8..=15).contains(&digits) && rest.chars().all(|c| digit(c) || between(c))
}

/// `186******05`
pub fn phone(value: &str) -> String {
    let chars: Vec<char> = value.chars().collect();
    if chars.len() < 9 {
        return ends(value, 1, 0);
    }
    let star = |(i, c): (usize, &char)| if i < 3 || i + 2 >= chars.len() { *c } else { '*' };
    chars.iter().enumerate().map(star).collect()
}

/// The first and the last characters, and stars for those between.
pub fn ends(value: &str, begin: usize, end: usize) -> String {
    let chars: Vec<char> = value.chars().collect();
    let (begin, end) = if chars.len() > 4 * (begin + end) { (begin, end) } else { (begin.min(1), 0) };
    let stars = "*".repeat((chars.len() - begin - end).clamp(1, 16));
    chars[..begin]
        .iter()
        .chain(stars.chars().collect::<Vec<_>>().iter())
        .chain(&chars[chars.len() - end..])
        .collect()
}

const PROVINCES: &str = "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 \
                         海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门";

/// Does a text name a place, down to a town or a street?
pub fn is_address(value: &str) -> bool {
    let count = |words: &[&str]| words.iter().filter(|w| value.contains(**w)).count();
    let wide = count(&["省", "市", "区", "县", "自治", "镇", "乡"]);
    let near =
        count(&["路", "街", "道", "号", "栋", "幢", "室", "村", "楼", "单元", "小区", "巷", "弄", "大厦"]);
    let all = value.chars().count();
    let in_province = || PROVINCES.split_whitespace().any(|p| value.starts_with(p));
    all >= 6
        && (wide >= 1 && near >= 1 && value.chars().any(char::is_numeric)
            || near >= 2 && wide + near >= 3
            || wide >= 2 && near >= 1
            || wide + near >= 2 && in_province())
        || is_english_address(value)
}

/// `12 Main Street, Springfield`
fn is_english_address(value: &str) -> bool {
    const STREETS: [&str; 19] = [
        "street",
        "st",
        "road",
        "rd",
        "avenue",
        "ave",
        "lane",
        "ln",
        "drive",
        "dr",
        "boulevard",
        "blvd",
        "court",
        "square",
        "terrace",
        "apt",
        "suite",
        "floor",
        "box",
    ];
    let words: Vec<String> = value
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let is_number = |w: &String| w.starts_with(|c: char| c.is_ascii_digit());
    words.len() >= 3 && words.iter().any(is_number) && words.iter().any(|w| STREETS.contains(&w.as_str()))
}

/// The commonest surnames, of one character and of two.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈\
钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文樊兰殷施洪翟安\
颜倪温庄齐牛葛柳俞鲁聂祝岳焦章梅霍";
const DOUBLE: [&str; 12] =
    ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯"];

/// Two or three Chinese characters that begin with a surname (four with one of two), or names with a point between.
pub fn is_name(value: &str) -> bool {
    let chars: Vec<char> = value.chars().collect();
    let chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c) || matches!(c, '*' | '·');
    let double = DOUBLE.iter().any(|d| value.starts_with(d));
    let most = if double { 4 } else { 3 };
    let is_short = (2..=most).contains(&chars.len()) && (double || SURNAMES.contains(chars[0]));
    let has_point = chars.len() <= 20 && chars.get(1..chars.len() - 1).is_some_and(|mid| mid.contains(&'·'));
    chars.len() >= 2 && chars.iter().all(chinese) && (is_short || has_point)
}

/// An id that WeChat gives a person: `openid` and `unionid` have 28 characters, those of WeCom begin with wm or wo.
pub fn is_wechat_id(value: &str) -> bool {
    let is_token = value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let has = |is: fn(&u8) -> bool| value.as_bytes().iter().any(is);
    let is_mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    is_token
        && (value.starts_with('o') && value.len() == 28 && is_mixed
            || (value.starts_with("wm") || value.starts_with("wo")) && value.len() == 32
            || value.starts_with("wxid_"))
}
