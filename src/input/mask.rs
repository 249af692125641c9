//! Values as they may be shown of somebody's export: names, phones, addresses and the like are hidden.
//!
//! What a value is, is told by the header it stands under and by what it looks like, whichever says more: a phone in a
//! column of remarks is a phone. In doubt it is hidden.

mod looks;

use super::field::text::is_invisible;
use super::profile::fold;
use super::schema::kind_of_name;
use looks::{ends, is_address, is_foreign_phone, is_name, is_wechat_id, phone, without_numbers};

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
    /// Amounts and dates of ours, whatever the header is: a channel may be called WeChat.
    Measure,
    /// Nothing about people, as one of our columns that are none: only what looks like a person's is hidden.
    Plain,
    /// Whoever knows: what looks like a name or is long is hidden as well.
    Unknown,
}

/// What is hidden altogether is shown as this.
pub const HIDDEN: &str = "***";

const YES_OR_NO: [&str; 10] = ["是", "否", "有", "无", "yes", "no", "Y", "N", "true", "false"];
/// So many characters of a value are shown.
const LONGEST: usize = 40;
/// A text of this length in a column that nobody knows may say anything.
const LONG: usize = 24;
/// Ids of people from this length on are shown in part.
const LONG_ID: usize = 12;

/// Words of a header, compared as [`fold`] makes them: anywhere in it, at its end, or all of it.
struct Words {
    within: &'static [&'static str],
    at_end: &'static [&'static str],
    whole: &'static [&'static str],
}

impl Words {
    fn are_in(&self, name: &str) -> bool {
        self.within.iter().any(|word| name.contains(word))
            || self.at_end.iter().any(|word| name.ends_with(word))
            || self.whole.contains(&name)
    }
}

const FREE: Words = Words {
    within: &[
        "地址",
        "住址",
        "备注",
        "留言",
        "生日",
        "出生",
        "定制",
        "说明",
        "描述",
        "标签",
        "内容",
        "反馈",
        "评价",
        "签名",
        "门牌",
        "街道",
        "邮编",
        "邮政编码",
        "收货信息",
        "收件信息",
        "收货详情",
        "发货信息",
        "寄件信息",
        "联系信息",
        "客户信息",
        "买家信息",
        "用户信息",
        "会员信息",
        "配送信息",
        "个人信息",
        "发票抬头",
        "开票",
        "address",
        "street",
        "zipcode",
        "postcode",
        "postalcode",
        "remark",
        "note",
        "memo",
        "comment",
        "message",
        "birth",
        "reason",
        "description",
        "signature",
        "shippingcity",
        "shippingzip",
        "shippingprovince",
        "billingcity",
        "billingzip",
        "billingprovince",
    ],
    at_end: &["address1", "address2", "tag", "tags", "company"],
    whole: &[
        "省",
        "市",
        "区",
        "县",
        "省份",
        "城市",
        "区县",
        "省市",
        "省市区",
        "地区",
        "区域",
        "乡镇",
        "抬头",
        "zip",
        "city",
        "province",
        "town",
        "district",
        "dob",
    ],
};
const PHONES: Words = Words {
    within: &[
        "手机",
        "电话",
        "联系方式",
        "联系号码",
        "座机",
        "phone",
        "mobile",
        "telnumber",
        "telno",
        "cellno",
        "whatsapp",
    ],
    at_end: &["fax", "msisdn"],
    whole: &["传真", "号码", "tel", "cell", "customertel", "usertel"],
};
const NUMBERS: Words = Words {
    within: &[
        "身份证",
        "证件",
        "护照",
        "银行卡",
        "卡号",
        "账号",
        "帐号",
        "微信号",
        "抖音号",
        "快手号",
        "小红书号",
        "微博",
        "qq",
        "邮箱",
        "邮件",
        "idcard",
        "idno",
        "passport",
        "iban",
        "email",
        "mail",
        "wechatid",
        "车牌",
        "openid",
        "unionid",
        "externaluser",
        "外部联系人",
        "加密id",
        "用户标识",
        "驾驶证",
        "社保",
        "税号",
        "快递单号",
        "运单号",
        "物流单号",
        "tracking",
        "ipaddress",
        "deviceid",
        "userip",
        "clientip",
        "browserip",
        "loginip",
    ],
    at_end: &["wechat"],
    whole: &["ip", "idnumber", "bankaccount", "ssn"],
};
const PEOPLE: Words = Words {
    within: &[
        "姓名",
        "昵称",
        "名字",
        "称呼",
        "实名",
        "收件人",
        "收货人",
        "提货人",
        "联系人",
        "寄件人",
        "发件人",
        "签收人",
        "买家",
        "客户",
        "会员",
        "用户",
        "顾客",
        "旺旺",
        "微信名",
        "好友",
        "粉丝",
        "导购",
        "分销员",
        "推广员",
        "员工",
        "店员",
        "店长",
        "业务员",
        "顾问",
        "跟进人",
        "添加人",
        "负责人",
        "推荐人",
        "邀请人",
        "收银员",
        "团长",
        "群主",
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
        "学员",
        "家长",
        "患者",
        "经销商",
        "代理商",
        "合伙人",
        "nick",
        "receiver",
        "recipient",
        "consignee",
        "contact",
        "customer",
        "buyer",
        "client",
        "member",
        "username",
        "realname",
        "fullname",
        "firstname",
        "lastname",
        "middlename",
        "surname",
        "givenname",
        "familyname",
        "billingname",
        "shippingname",
        "displayname",
        "legalname",
        "shipto",
        "billto",
        "soldto",
        "deliverto",
        "cardholder",
        "accountholder",
        "attention",
        "payer",
        "payee",
        "staff",
        "employee",
        "salesperson",
        "salesrep",
        "owner",
        "referrer",
        "referredby",
        "sender",
        "cashier",
    ],
    at_end: &["人", "员", "者", "attn"],
    whole: &[
        "name", "user", "guest", "guide", "agent", "旺旺", "微信", "客户", "销售", "人员", "老师", "上级",
        "下级",
    ],
};
/// Where one of these stands in the header, it is something about people and not their name.
const ABOUT: Words = Words {
    within: &[
        "是否",
        "状态",
        "类型",
        "等级",
        "级别",
        "时间",
        "日期",
        "金额",
        "数量",
        "次数",
        "积分",
        "编号",
        "比例",
        "来源",
        "渠道",
        "佣金",
        "店铺",
        "门店",
        "方式",
        "成本",
        "余额",
        "人数",
        "单价",
        "总数",
        "订单",
        "membership",
        "price",
        "total",
        "amount",
        "level",
        "cost",
        "status",
        "channel",
        "source",
        "orders",
    ],
    at_end: &["id", "id号", "数", "率", "价", "额", "费", "date", "time", "at", "count", "type", "rate"],
    whole: &[],
};

/// What a header says, and the column of ours that it is.
pub fn under(header: &str, ours: Option<&str>) -> Under {
    let name = fold(header);
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if ours.is_some_and(|ours| kind_of_name(ours).is_measure()) {
        return Under::Measure;
    }
    // The most telling comes first: 买家手机号备注 is no phone, 收件人手机 no name.
    if FREE.are_in(&name) {
        return Under::Hidden;
    }
    if NUMBERS.are_in(&name) && !has(&["类型", "时间", "日期", "金额", "费用", "昵称"]) {
        return Under::Number;
    }
    if PHONES.are_in(&name) && !has(&["类型", "时间", "日期", "品牌", "型号"]) {
        return Under::Phone;
    }
    if PEOPLE.are_in(&name) && !ABOUT.are_in(&name) {
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
    let has_letters = value.chars().any(char::is_alphabetic);
    match under {
        _ if value.is_empty() => String::new(),
        Under::Hidden => HIDDEN.into(),
        Under::Phone => phone(value),
        Under::Number => ends(value, 1, 1),
        _ if value.contains(['@', '＠']) => ends(value, 1, 0),
        _ if is_address(value) => HIDDEN.into(),
        _ if is_foreign_phone(value) => phone(value),
        _ if is_wechat_id(value) => ends(value, 2, 1),
        // Words around a phone are whose it is.
        _ if !is_token(value) && has_letters && without_numbers(value) != value => HIDDEN.into(),
        // 企微好友: 是
        Under::Name if YES_OR_NO.contains(&value) => value.into(),
        Under::Name if has_letters && !seems_id(value) => first(value),
        Under::Person if has_letters && !(is_ascii_word(value) && has_digit(value)) => first(value),
        Under::Person if is_token(value) && value.len() >= LONG_ID => id(value),
        Under::Unknown | Under::Measure if value.chars().count() > LONG && !value.is_ascii() => HIDDEN.into(),
        Under::Unknown | Under::Measure if is_name(value) => first(value),
        _ => shortened(&without_numbers(value)),
    }
}

/// A header's own text: a row of data may stand where a header should, so what looks like a person's is hidden.
pub fn header(text: &str) -> String {
    if text.contains('@') || is_address(text) { HIDDEN.into() } else { shortened(&without_numbers(text)) }
}

/// One word of letters, digits and what joins them in an id.
fn is_token(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-*#".contains(&b))
}

fn is_ascii_word(value: &str) -> bool {
    value.is_ascii() && !value.contains(' ')
}

fn has_digit(value: &str) -> bool {
    value.bytes().any(|b| b.is_ascii_digit())
}

/// An id of a platform: most of it digits, so that a name with a number behind it is none.
fn seems_id(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    is_token(value) && without_numbers(value) == value && digits * 2 >= value.len()
}

/// `wmA1********42`: enough to tell what was done to it.
fn id(value: &str) -> String {
    let shown = without_numbers(value);
    if shown == value { ends_of_id(value) } else { shown }
}

fn ends_of_id(value: &str) -> String {
    // A token is ASCII, and longer than what is shown of it.
    let (begin, rest) = value.split_at(4);
    let (middle, end) = rest.split_at(rest.len() - 2);
    format!("{begin}{}{end}", "*".repeat(middle.len().min(16)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_stands_under_them() {
        let all: [(Under, &[&str]); 6] = [
            (
                Under::Hidden,
                &[
                    "买家备注",
                    "详细收货地址/提货地址",
                    "客户生日",
                    "收货信息",
                    "收件信息",
                    "联系信息",
                    "省市区",
                    "区",
                    "街道",
                    "邮编",
                    "发票抬头",
                    "Billing Street",
                    "Shipping Address1",
                    "Billing Zip",
                    "Shipping City",
                    "Note Attributes",
                    "Tags",
                    "Delivery address",
                    "Company",
                    "Date of Birth",
                ],
            ),
            (
                Under::Phone,
                &[
                    "联系方式",
                    "手机",
                    "收件人手机",
                    "挂账手机号",
                    "Billing Phone",
                    "Mobile",
                    "Tel",
                    "WhatsApp",
                    "联系电话",
                ],
            ),
            (
                Under::Number,
                &[
                    "身份证号",
                    "Email",
                    "微信号",
                    "QQ",
                    "external_userid",
                    "openid",
                    "unionid",
                    "企业微信加密id",
                    "用户标识",
                    "IP",
                    "快递单号",
                    "抖音号",
                    "外部联系人ID",
                ],
            ),
            (
                Under::Name,
                &[
                    "收货人/提货人",
                    "收件人",
                    "收货人",
                    "联系人",
                    "真实姓名",
                    "旺旺",
                    "旺旺昵称",
                    "微信昵称",
                    "微信名",
                    "微信",
                    "签收人",
                    "销售导购",
                    "分销员",
                    "业务员",
                    "领取人",
                    "参与者",
                    "企微好友",
                    "带货账号昵称",
                    "客户",
                    "客户名称",
                    "Customer",
                    "Customer Name",
                    "Billing Name",
                    "Shipping Name",
                    "Ship To",
                    "Bill to:",
                    "Recipient",
                    "Full name",
                    "First Name",
                    "Buyer",
                    "Contact person",
                    "Attn.",
                    "Employee",
                    "name",
                ],
            ),
            (
                Under::Unknown,
                &[
                    "买家是否会员",
                    "分销员等级",
                    "桌号",
                    "会员积分",
                    "客户来源",
                    "会员数",
                    "商品名称",
                    "商品规格",
                    "订单状态",
                    "归属店铺",
                    "Total",
                    "Lineitem name",
                    "Lineitem sku",
                    "Shipping Method",
                    "Fulfillment Status",
                    "Discount Code",
                    "Membership",
                    "Hotel",
                    "Percentage",
                    "消费次数",
                    "成交金额",
                    "推广计划",
                    "达人ID",
                    "Customer orders",
                    "Vendor",
                ],
            ),
            // No column of the kind.
            (Under::Plain, &[]),
        ];
        for (want, headers) in all {
            headers.iter().for_each(|header| assert_eq!(under(header, None), want, "{header}"));
        }
    }

    #[test]
    fn headers_that_are_columns_of_ours() {
        for (header, ours, want) in [
            ("收货人手机号/提货人手机号", "user_id", Under::Phone),
            ("买家昵称", "user_id", Under::Name),
            ("Customer", "user_id", Under::Name),
            ("name", "name", Under::Name),
            ("导购员", "staff", Under::Name),
            ("商品名称", "product", Under::Plain),
            ("订单号", "order_id", Under::Plain),
            ("投放渠道", "channel", Under::Plain),
            ("客户ID", "user_id", Under::Person),
            ("user_id", "user_id", Under::Person),
            ("成为客户时间", "acquired_on", Under::Measure),
            // A channel with a column of its own.
            ("wechat", "amount", Under::Measure),
            ("会员消费", "amount", Under::Measure),
        ] {
            assert_eq!(under(header, Some(ours)), want, "{header}");
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
            ("john_smith90", Under::Name, "j*"),
            ("SPH_20260301", Under::Name, "SPH_20260301"),
            ("#1001", Under::Name, "#1001"),
            ("C1001", Under::Name, "C1001"),
            ("10086", Under::Name, "10086"),
            ("1,135.27", Under::Name, "1,135.27"),
            ("是", Under::Name, "是"),
            ("18600000005", Under::Name, "186******05"),
            ("张三", Under::Person, "张*"),
            ("John Smith", Under::Person, "J*"),
            ("tom", Under::Person, "t*"),
            ("u17", Under::Person, "u17"),
            ("10000042", Under::Person, "10000042"),
            ("wmAbCd0123456789", Under::Person, "wmAb**********89"),
            ("1030000000000000000", Under::Person, "1030*************00"),
            // What went wrong with an id must be seen.
            ("1.03E+19", Under::Person, "1.03E+19"),
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
            ("138 0013 8000", Under::Measure, "138********00"),
            ("138-0013-8000", Under::Plain, "138********00"),
            ("138.0013.8000", Under::Plain, "138********00"),
            ("１３８０００００００１", Under::Plain, "１３８******０１"),
            ("8613800000001", Under::Unknown, "861********01"),
            ("+86 138-0000-0001", Under::Unknown, "+86************01"),
            ("(+86)138 0000 0001", Under::Unknown, "(+86)***********01"),
            ("+44 20 7946 0958", Under::Unknown, "+44***********58"),
            ("0571-88886666", Under::Unknown, "057********66"),
            ("(0571) 88886666", Under::Unknown, "(057*********66"),
            ("110101199003070016", Under::Plain, "1****************6"),
            ("11010119900307001X", Under::Unknown, "1****************X"),
            ("13800000001 13900000002", Under::Unknown, "138******01 139******02"),
            ("13800000001-1234", Under::Unknown, "138******01-1234"),
            ("2026-03-03 13800000001", Under::Unknown, "2026-03-03 138******01"),
            ("2026-03-03 138 0013 8000", Under::Unknown, "2026-03-03 138********00"),
            ("me@example.com", Under::Plain, "m*************"),
            // Words around a phone are whose it is.
            ("王五 13800000001 收", Under::Plain, HIDDEN),
            ("张三 138 0013 8000 广东省深圳市南山区", Under::Unknown, HIDDEN),
            ("张三，138-0013-8000", Under::Measure, HIDDEN),
            ("张三 身份证 110101199003070016", Under::Plain, HIDDEN),
            ("浙江省杭州市西湖区文三路 1 号", Under::Plain, HIDDEN),
            ("广东省深圳市南山区", Under::Unknown, HIDDEN),
            ("北京朝阳区望京街道", Under::Plain, HIDDEN),
            ("文三路1号2幢3单元401室", Under::Unknown, HIDDEN),
            ("12 Main Street, Springfield", Under::Plain, HIDDEN),
            ("Flat 3, 221B Baker St", Under::Unknown, HIDDEN),
            ("oX1a2B3c4D5e6F7g8H9i0J1k2L3m", Under::Plain, "oX****************m"),
            ("wxid_ab12cd34ef56", Under::Unknown, "wx**************6"),
            // Where nobody knows what the column is.
            ("张三", Under::Unknown, "张*"),
            ("张三", Under::Measure, "张*"),
            ("王女士", Under::Unknown, "王*"),
            ("司马光", Under::Unknown, "司*"),
            ("阿依古丽·买买提", Under::Unknown, "阿*"),
            ("这位客人上次说想要礼盒装的茶叶，下次见面记得带一份过去", Under::Unknown, HIDDEN),
            // None of them.
            ("E20260303100000000001", Under::Plain, "E20260303100000000001"),
            ("4200000000000000001", Under::Plain, "4200000000000000001"),
            ("2026-03-03 10:00:00", Under::Plain, "2026-03-03 10:00:00"),
            ("2026-03-01 10:00:00 +0800", Under::Measure, "2026-03-01 10:00:00 +0800"),
            ("20260301", Under::Measure, "20260301"),
            ("1,135.27", Under::Plain, "1,135.27"),
            ("¥28.16", Under::Measure, "¥28.16"),
            ("抖音", Under::Unknown, "抖音"),
            ("交易完成", Under::Unknown, "交易完成"),
            ("黄金会员礼", Under::Unknown, "黄金会员礼"),
            ("新会员礼盒（红茶 250克）", Under::Plain, "新会员礼盒（红茶 250克）"),
            ("Wireless Earbuds Pro 2", Under::Plain, "Wireless Earbuds Pro 2"),
            ("SKU-13-150", Under::Unknown, "SKU-13-150"),
            ("u1", Under::Unknown, "u1"),
        ] {
            assert_eq!(masked(value, of), want, "{value}");
        }
    }

    #[test]
    fn a_row_of_data_may_stand_where_a_header_should() {
        assert_eq!(header("订单号"), "订单号");
        assert_eq!(header("Billing Address1"), "Billing Address1");
        assert_eq!(header("13800000001"), "138******01");
        assert_eq!(header("浙江省杭州市西湖区文三路 1 号"), HIDDEN);
    }
}
