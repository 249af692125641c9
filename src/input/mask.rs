//! Values as they may be shown of somebody's export: names, phones, addresses and the like are hidden.
//!
//! What a value is, is told by the header it stands under and by what it looks like, whichever says more: a phone in a
//! column of remarks is a phone. In doubt it is hidden.

use super::field::text::is_invisible;
use super::profile::fold;

/// What a header says that stands under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// Words of people, addresses, birthdays: never shown.
    Hidden,
    /// A person's name.
    Name,
    Phone,
    /// Numbers of documents, cards and accounts.
    Number,
    /// Ids of people: a name may stand for one.
    Person,
    /// Nothing about people, as one of our columns that are none: only what looks like a phone is hidden.
    Plain,
    /// Whoever knows: what looks like a name or is long is hidden as well.
    Unknown,
}

/// What is hidden altogether is shown as this.
pub const HIDDEN: &str = "***";

/// So many characters of a value are shown.
const LONGEST: usize = 40;
/// A text of this length in a column that nobody knows may say anything.
const LONG: usize = 24;

const FREE: &[&str] = &[
    "地址",
    "备注",
    "留言",
    "生日",
    "定制",
    "说明",
    "描述",
    "标签",
    "内容",
    "反馈",
    "评价",
    "签名",
    "address",
    "remark",
    "note",
    "memo",
    "comment",
    "message",
    "birth",
    "reason",
    "description",
    "tag",
];
const PHONES: &[&str] = &["手机", "电话", "联系方式", "联系号码", "phone", "mobile", "tel", "cell"];
const NUMBERS: &[&str] = &[
    "身份证",
    "证件",
    "护照",
    "银行卡",
    "卡号",
    "账号",
    "帐号",
    "微信号",
    "qq",
    "邮箱",
    "邮件",
    "idcard",
    "idno",
    "passport",
    "bank",
    "iban",
    "email",
    "mail",
    "wechat",
    "车牌",
    "openid",
    "unionid",
    "外部联系人",
];
const PEOPLE: &[&str] = &[
    "姓名",
    "昵称",
    "收件人",
    "收货人",
    "提货人",
    "联系人",
    "买家",
    "客户",
    "会员",
    "用户",
    "顾客",
    "导购",
    "分销员",
    "推广员",
    "员工",
    "跟进人",
    "添加人",
    "负责人",
    "收银员",
    "团长",
    "下单人",
    "购买人",
    "付款人",
    "持卡人",
    "开户",
    "客服",
    "主播",
    "达人",
    "成员",
    "挂账主体",
    "nickname",
    "receiver",
    "recipient",
    "consignee",
    "contact",
    "customername",
    "username",
    "realname",
    "fullname",
    "firstname",
    "lastname",
    "buyer",
    "staff",
    "owner",
];
/// Where one of these stands in the header, it is something about people and not their name.
const ABOUT: &[&str] = &[
    "是否", "状态", "类型", "等级", "时间", "日期", "金额", "数量", "次数", "积分", "编号", "比例", "来源",
    "渠道", "佣金", "店铺", "方式", "成本", "余额", "人数", "id", "date", "time", "count", "amount", "level",
    "cost",
];

/// What a header says, and the column of ours that it is.
pub fn under(header: &str, ours: Option<&str>) -> Under {
    let name = fold(header);
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let is_about = has(ABOUT);
    // The most telling comes first: 买家手机号备注 is no phone, 收件人手机 no name.
    if has(FREE) {
        return Under::Hidden;
    }
    if has(NUMBERS) && !has(&["类型", "时间", "日期", "金额", "费用"]) {
        return Under::Number;
    }
    if has(PHONES) && !has(&["类型", "时间", "日期", "品牌", "型号"]) {
        return Under::Phone;
    }
    if has(PEOPLE) && !is_about || name == "name" {
        return Under::Name;
    }
    match ours {
        Some("name" | "staff") => Under::Name,
        Some("reason" | "reference") => Under::Hidden,
        Some("user_id" | "distributor_id" | "upline_id") => Under::Person,
        Some(_) => Under::Plain,
        None => Under::Unknown,
    }
}

/// A value as it may be shown.
pub fn masked(value: &str, under: Under) -> String {
    let value: String = value.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect();
    let value = value.trim();
    let is_id = value.is_ascii() && value.bytes().any(|b| b.is_ascii_digit()) && !value.contains(' ');
    match under {
        _ if value.is_empty() => String::new(),
        Under::Hidden => HIDDEN.into(),
        Under::Phone => phone(value),
        Under::Number => ends(value, 1, 1),
        _ if value.contains('@') => ends(value, 1, 0),
        _ if is_address(value) => HIDDEN.into(),
        Under::Name if value.chars().any(char::is_alphabetic) && !(is_id && seems_id(value)) => first(value),
        Under::Person if !value.is_ascii() && value.chars().any(char::is_alphabetic) => first(value),
        Under::Unknown if value.chars().count() > LONG && !value.is_ascii() => HIDDEN.into(),
        Under::Unknown if is_name(value) => first(value),
        _ => shortened(&without_numbers(value)),
    }
}

/// A header's own text: a row of data may stand where a header should, so what looks like a person's is hidden.
pub fn header(text: &str) -> String {
    if text.contains('@') || is_address(text) { HIDDEN.into() } else { shortened(&without_numbers(text)) }
}

/// An id of a platform: letters and digits without a point, so that a name with a number behind it is none.
fn seems_id(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-*".contains(&b))
        && without_numbers(value) == value
        && (digits * 2 >= value.len() || value.contains('_'))
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.into(),
    }
}

/// `张*`
fn first(value: &str) -> String {
    let mut chars = value.chars();
    let first: String = chars.next().into_iter().collect();
    if chars.next().is_none() { "*".into() } else { first + "*" }
}

/// The first and the last characters, and stars for those between.
fn ends(value: &str, begin: usize, end: usize) -> String {
    let chars: Vec<char> = value.chars().collect();
    let (begin, end) = if chars.len() > 4 * (begin + end) { (begin, end) } else { (begin.min(1), 0) };
    let stars = "*".repeat((chars.len() - begin - end).clamp(1, 16));
    chars[..begin]
        .iter()
        .chain(stars.chars().collect::<Vec<_>>().iter())
        .chain(&chars[chars.len() - end..])
        .collect()
}

/// `186******05`
fn phone(value: &str) -> String {
    let chars: Vec<char> = value.chars().collect();
    if chars.len() < 9 {
        return ends(value, 1, 0);
    }
    let star = |(i, c): (usize, &char)| if i < 3 || i + 2 >= chars.len() { *c } else { '*' };
    chars.iter().enumerate().map(star).collect()
}

/// The text with the phones and the numbers of identity cards in it masked.
fn without_numbers(value: &str) -> String {
    // Full-width digits are digits to whoever reads them.
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let chars: Vec<char> = value.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    while at < chars.len() {
        let joins = |i: usize| {
            let between = |c: char| matches!(c, ' ' | '-' | '*');
            digit(chars[i]) || between(chars[i]) && chars.get(i + 1).is_some_and(|c| digit(*c))
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
        if chars.get(end).is_some_and(|c| matches!(c, 'x' | 'X')) {
            end += 1;
        }
        out += &number(&chars[at..end].iter().collect::<String>());
        at = end;
    }
    out
}

/// Digits, perhaps in groups: masked where they, or a group of them, are a person's.
fn number(text: &str) -> String {
    let whole = |text: &str| {
        let digits: Vec<u8> = text.chars().filter(|c| !matches!(c, ' ' | '-' | '*')).map(plain).collect();
        match digits.len() {
            18 if is_birth(&digits[6..14]) => Some(ends(text, 1, 1)),
            15 if is_birth(&[b"19", &digits[6..12]].concat()) => Some(ends(text, 1, 1)),
            _ if is_phone(&digits, text) => Some(phone(text)),
            _ => None,
        }
    };
    let groups = || {
        text.split_inclusive([' ', '-', '*']).map(|group| {
            let digits = group.trim_end_matches([' ', '-', '*']);
            whole(digits).unwrap_or_else(|| digits.into()) + &group[digits.len()..]
        })
    };
    whole(text).unwrap_or_else(|| groups().collect())
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
    let hyphens = text.matches('-').count();
    let is_line = digits.first() == Some(&b'0') && hyphens == 1 && (10..=12).contains(&digits.len())
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

fn is_address(value: &str) -> bool {
    let count = |words: &[&str]| words.iter().filter(|w| value.contains(**w)).count();
    let wide = count(&["省", "市", "区", "县", "自治", "镇", "乡"]);
    let near =
        count(&["路", "街", "道", "号", "栋", "幢", "室", "村", "楼", "单元", "小区", "巷", "弄", "大厦"]);
    let all = value.chars().count();
    all >= 6
        && (wide >= 1 && near >= 1 && value.chars().any(|c| c.is_numeric())
            || near >= 2 && wide + near >= 3
            || wide >= 2 && near >= 1)
}

/// The commonest surnames, of one character and of two.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈\
钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文";
const DOUBLE: [&str; 12] =
    ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯"];

/// Two or three Chinese characters that begin with a surname (four with one of two).
fn is_name(value: &str) -> bool {
    let chars: Vec<char> = value.chars().collect();
    let chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c) || matches!(c, '*' | '·');
    let double = DOUBLE.iter().any(|d| value.starts_with(d));
    let most = if double { 4 } else { 3 };
    (2..=most).contains(&chars.len()) && chars.iter().all(chinese) && (double || SURNAMES.contains(chars[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_stands_under_them() {
        for (header, ours, want) in [
            ("买家备注", None, Under::Hidden),
            ("详细收货地址/提货地址", None, Under::Hidden),
            ("客户生日", None, Under::Hidden),
            ("收货人手机号/提货人手机号", Some("user_id"), Under::Phone),
            ("联系方式", None, Under::Phone),
            ("身份证号", None, Under::Number),
            ("Email", None, Under::Number),
            ("微信号", None, Under::Number),
            ("收货人/提货人", None, Under::Name),
            ("买家昵称", Some("user_id"), Under::Name),
            ("分销员", None, Under::Name),
            ("Name", None, Under::Name),
            ("name", Some("name"), Under::Name),
            ("导购员", Some("staff"), Under::Name),
            ("买家是否会员", None, Under::Unknown),
            ("分销员等级", None, Under::Unknown),
            ("商品名称", Some("product"), Under::Plain),
            ("订单号", Some("order_id"), Under::Plain),
            ("客户ID", Some("user_id"), Under::Person),
            ("user_id", Some("user_id"), Under::Person),
            ("成为客户时间", Some("acquired_on"), Under::Plain),
            ("桌号", None, Under::Unknown),
        ] {
            assert_eq!(under(header, ours), want, "{header}");
        }
    }

    #[test]
    fn values_under_headers_that_say_it() {
        for (value, of, want) in [
            ("张三", Under::Name, "张*"),
            ("欧阳小明", Under::Name, "欧*"),
            ("John Smith", Under::Name, "J*"),
            ("李", Under::Name, "*"),
            ("Spha9", Under::Name, "S*"),
            ("SPH_20260301", Under::Name, "SPH_20260301"),
            ("10086", Under::Name, "10086"),
            ("18600000005", Under::Name, "186******05"),
            ("张三", Under::Person, "张*"),
            ("u17", Under::Person, "u17"),
            ("18600000005", Under::Person, "186******05"),
            ("18600000005", Under::Phone, "186******05"),
            ("186******05", Under::Phone, "186******05"),
            ("+8618600000005", Under::Phone, "+86*********05"),
            ("5551234", Under::Phone, "5******"),
            ("110101199003070016", Under::Number, "1****************6"),
            ("a.b@c.cn", Under::Number, "a*******"),
            ("放门口，谢谢", Under::Hidden, HIDDEN),
            ("", Under::Hidden, ""),
        ] {
            assert_eq!(masked(value, of), want, "{value}");
        }
    }

    #[test]
    fn values_by_their_looks() {
        for (value, of, want) in [
            // Whatever the column is.
            ("13800000001", Under::Plain, "138******01"),
            ("1380 0000 001", Under::Plain, "138********01"),
            ("１３８０００００００１", Under::Plain, "１３８******０１"),
            ("8613800000001", Under::Unknown, "861********01"),
            ("+86 138-0000-0001", Under::Unknown, "+86 ***********01"),
            ("0571-88886666", Under::Unknown, "057********66"),
            ("王五 13800000001 收", Under::Plain, "王五 138******01 收"),
            ("110101199003070016", Under::Plain, "1****************6"),
            ("11010119900307001X", Under::Unknown, "1****************X"),
            ("13800000001 13900000002", Under::Unknown, "138******01 139******02"),
            ("13800000001-1234", Under::Unknown, "138******01-1234"),
            ("2026-03-03 13800000001", Under::Unknown, "2026-03-03 138******01"),
            ("me@example.com", Under::Plain, "m*************"),
            ("浙江省杭州市西湖区文三路 1 号", Under::Plain, HIDDEN),
            ("文三路1号2幢3单元401室", Under::Unknown, HIDDEN),
            // Where nobody knows what the column is.
            ("张三", Under::Unknown, "张*"),
            ("司马光", Under::Unknown, "司*"),
            ("这位客人上次说想要礼盒装的茶叶，下次见面记得带一份过去", Under::Unknown, HIDDEN),
            // None of them.
            ("E20260303100000000001", Under::Plain, "E20260303100000000001"),
            ("4200000000000000001", Under::Plain, "4200000000000000001"),
            ("2026-03-03 10:00:00", Under::Plain, "2026-03-03 10:00:00"),
            ("1,135.27", Under::Plain, "1,135.27"),
            ("抖音", Under::Unknown, "抖音"),
            ("交易完成", Under::Unknown, "交易完成"),
            ("黄金会员礼", Under::Unknown, "黄金会员礼"),
            ("u1", Under::Unknown, "u1"),
        ] {
            assert_eq!(masked(value, of), want, "{value}");
        }
    }

    #[test]
    fn a_row_of_data_may_stand_where_a_header_should() {
        assert_eq!(header("订单号"), "订单号");
        assert_eq!(header("13800000001"), "138******01");
        assert_eq!(header("浙江省杭州市西湖区文三路 1 号"), HIDDEN);
    }
}
