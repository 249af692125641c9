//! Words for problems: what was found, what was expected, what to do; in either language.

use super::document::{Cell, Node};
use super::workbook;
use crate::input::field::mojibake::Mojibake;
use crate::input::problem::{Code, Detail, FileNo, Like, Place, Problem, Severity};
use crate::lang::Lang;
use crate::render::number::{human_count, human_money};
use std::collections::BTreeMap;

/// Says problems in a language, with the names of files.
pub struct Words<'a> {
    pub lang: Lang,
    pub file: &'a dyn Fn(FileNo) -> String,
    /// The sheets of workbooks.
    pub sheets: &'a BTreeMap<FileNo, String>,
}

impl Words<'_> {
    /// One line: `error: orders.csv:17:4: amount: "12,5O" is not an amount of money`.
    pub fn line(&self, p: &Problem) -> String {
        let severity = match p.code.severity() {
            Severity::Error => self.lang.pick("error", "错误"),
            Severity::Warning => self.lang.pick("warning", "警告"),
        };
        let place = p.place.map(|at| self.place(at) + ": ").unwrap_or_default();
        format!("{severity}: {place}{}", self.message(p))
    }

    /// The line, and below it what to do.
    pub fn lines(&self, p: &Problem) -> Vec<String> {
        let help = help(p, self.lang);
        let label = self.lang.pick("help", "提示");
        let help = (!help.is_empty()).then(|| format!("  {label}: {help}"));
        [self.line(p)].into_iter().chain(help).collect()
    }

    /// `file:line:column`, as far as it is known; of a workbook `file[sheet]:row:column`.
    pub fn place(&self, at: Place) -> String {
        let numbers = [at.line.map(|n| n.to_string()), at.column.map(|n| n.to_string())];
        let sheet = self.sheets.get(&at.file).map(|s| format!("[{}]", crate::render::text::screen(s)));
        let file = (self.file)(at.file) + &sheet.unwrap_or_default();
        numbers.into_iter().flatten().fold(file, |all, n| all + ":" + &n)
    }

    /// What was found, with the name of the column, the value, and other places.
    pub fn message(&self, p: &Problem) -> String {
        let lang = self.lang;
        let name = p.name.as_ref().map(|n| format!("{n}: ")).unwrap_or_default();
        let value = p.value.as_ref().map_or_else(|| lang.pick("it", "该处").into(), |v| quoted(v));
        let related: Vec<String> = p.related.iter().map(|r| self.place(*r)).collect();
        let what = match p.code.severity() {
            Severity::Error => error(p, &value, &related.join(", "), lang),
            Severity::Warning => warning(p, &value, lang),
        };
        format!("{name}{what}")
    }

    /// A warning as it stands in a report for machines.
    pub fn json_warning(&self, p: &Problem) -> Node {
        Node::Object(vec![
            ("code", Node::text(p.code.name())),
            ("count", Node::count(p.count)),
            ("message", Node::text(&self.message(p))),
        ])
    }

    /// A problem as `check` tells it to machines.
    pub fn json_problem(&self, p: &Problem) -> Node {
        let number = |n: Option<u64>| Node::Cell(n.map_or(Cell::Null, Cell::Count));
        let maybe = |t: &Option<String>| t.as_ref().map_or(Node::Cell(Cell::Null), |t| Node::text(t));
        let related = p.related.iter().map(|r| {
            Node::Object(vec![("file", Node::text(&(self.file)(r.file))), ("line", number(r.line))])
        });
        let mut all = vec![
            ("severity", Node::text(p.code.severity().name())),
            ("code", Node::text(p.code.name())),
            ("file", p.place.map_or(Node::Cell(Cell::Null), |at| Node::text(&(self.file)(at.file)))),
            ("line", number(p.place.and_then(|at| at.line))),
            ("column", number(p.place.and_then(|at| at.column).map(u64::from))),
            ("name", maybe(&p.name)),
            ("value", maybe(&p.value)),
            ("message", Node::text(&self.message(p))),
            ("related", Node::List(related.collect())),
        ];
        if p.code.severity() == Severity::Warning {
            all.push(("count", Node::count(p.count)));
        }
        Node::Object(all)
    }
}

/// A value in quotes, with what a screen would act on escaped.
pub(super) fn quoted(value: &str) -> String {
    format!("\"{}\"", crate::render::text::screen(value))
}

fn error(p: &Problem, value: &str, related: &str, lang: Lang) -> String {
    let say = |en: &str, zh: &str| lang.pick(en, zh).to_string();
    match (p.code, &p.detail) {
        (Code::Encoding, Detail::Format(f)) => match lang {
            Lang::En => format!("the file is not plain UTF-8 but {f}"),
            Lang::Zh => {
                let f = if *f == "two byte order marks" { "两个字节顺序标记" } else { f };
                format!("文件不是普通 UTF-8，而是 {f}")
            }
        },
        (Code::Encoding, Detail::Unlike(f)) => match lang {
            Lang::En => format!("not {f}"),
            Lang::Zh => format!("不是 {f} 编码"),
        },
        (Code::Encoding, _) => say("not UTF-8", "不是 UTF-8 编码"),
        (Code::Mojibake, Detail::Mojibake(Mojibake::ReadAs(encoding, meant))) => {
            let meant = quoted(meant);
            match lang {
                Lang::En => format!("{value} is UTF-8 that was read as {encoding}; it was {meant}"),
                Lang::Zh => format!("{value} 是被当作 {encoding} 读取的 UTF-8 乱码，原文为 {meant}"),
            }
        }
        (Code::Mojibake, _) => {
            format!("{value} {}", say("holds characters that were lost", "含有已丢失的字符（乱码）"))
        }
        (Code::Nul, _) => say("a NUL byte", "含 NUL 字节"),
        (Code::ControlChar, _) => say("a control character", "含控制字符"),
        (Code::InvisibleChar, _) => {
            format!("{value} {}", say("holds an invisible character", "含不可见字符"))
        }
        (Code::MissingColumn, Detail::Format(f)) => match lang {
            Lang::En => format!("no header is there: this is {f}, a web page"),
            Lang::Zh => format!("没有表头：这是网页（{f}）"),
        },
        (Code::BinaryFile, Detail::Format(f)) => match lang {
            Lang::En => format!("this is no text but {f}"),
            Lang::Zh => format!("不是文本文件，而是 {f}"),
        },
        (_, Detail::Workbook(fault)) => workbook::fault(fault, lang),
        (Code::WorkbookCell, Detail::Cell(what)) => workbook::cell(*what, value, lang),
        (Code::BinaryFile, _) => say("this is no text", "不是文本文件"),
        (Code::EmptyFile, _) => say("the file is empty; it lacks even a header", "文件为空，连表头都没有"),
        (Code::Delimiter, Detail::Delimiter(d)) => match lang {
            Lang::En => format!("the header is one cell; it seems to be delimited by {d:?}"),
            Lang::Zh => format!("表头只有一格，似乎以 {d:?} 分隔"),
        },
        (Code::Delimiter, _) => say("the header is one cell", "表头只有一格"),
        (Code::BareCr, _) => say("a carriage return (CR) without a line feed", "只有回车（CR）而没有换行"),
        (Code::StrayQuote, _) => say("a quote where none may stand", "引号位置不对"),
        (Code::UnclosedQuote, _) => say("the quote opened here never closes", "此处打开的引号没有闭合"),
        (Code::LineBreak, Detail::Fold) => {
            say("two stray quotes seem to fold rows into this cell", "两个多余的引号似乎把几行折进了这一格")
        }
        (Code::LineBreak, _) => say("a line break in a column that is read", "要读取的列中有换行"),
        (Code::RowLength, Detail::Cells { expected, found }) => match lang {
            Lang::En => {
                format!("{found} cell{}, the header has {expected}", if *found == 1 { "" } else { "s" })
            }
            Lang::Zh => format!("本行 {found} 格，表头 {expected} 格"),
        },
        (Code::RowLength, _) => say("not as many cells as the header", "格数与表头不同"),
        (Code::MissingColumn, Detail::Missing { tried, near, like }) => {
            missing(tried, near.as_deref(), lang)
                + &like.as_ref().map(|l| most_like(l, lang)).unwrap_or_default()
        }
        (Code::MissingColumn, _) => say("the header lacks this column", "表头缺此列"),
        (Code::DuplicateColumn, _) => say("the header names this column twice", "表头中此列出现两次"),
        (Code::RepeatedHeader, Detail::SecondHeader) => {
            say("a second row of names under the header", "表头下还有第二行列名（分组表头）")
        }
        (Code::RepeatedHeader, _) => say("the header again", "表头重复出现"),
        (Code::CellTooLong, Detail::Limit(n)) => match lang {
            Lang::En => format!("longer than {n} bytes"),
            Lang::Zh => format!("超过 {n} 字节"),
        },
        (Code::CellTooLong, _) => say("too long", "过长"),
        (Code::EmptyId, _) => say("no id", "缺少编号"),
        (Code::ScientificId, _) => {
            format!(
                "{value} {}",
                say(
                    "is what a spreadsheet makes of a long number; its digits are lost",
                    "是表格软件改写的长数字，位数已丢失"
                )
            )
        }
        (Code::BadMoney, Detail::Scale(word)) => match lang {
            Lang::En => format!("amounts in {word}, which were rounded"),
            Lang::Zh => format!("金额以{word}为单位，是约数"),
        },
        (Code::BadMoney, Detail::Sign) => format!(
            "{value} {}",
            say("does not say whether the amount was given or taken", "无法判断该金额是奖励还是扣款")
        ),
        (Code::BadMoney, _) if p.value.as_deref() == Some("") => say("no amount", "缺少金额"),
        (Code::BadMoney, _) => format!("{value} {}", say("is not an amount of money", "不是金额")),
        (Code::MoneyRange, _) => {
            format!("{value} {}", say("has more than 12 digits before the point", "整数部分超过 12 位"))
        }
        (Code::Negative, _) => format!("{value} {}", say("is below zero", "小于零")),
        (Code::BadDate, Detail::Before(joined)) => match lang {
            Lang::En => format!("{value} is before joined_on {joined}"),
            Lang::Zh => format!("{value} 早于 joined_on {joined}"),
        },
        (Code::BadDate, Detail::Month) => format!("{value} {}", say("is not a month", "不是月份")),
        (Code::BadDate, Detail::Serial(day)) => match lang {
            Lang::En => format!("{value} is not a date but the number by which Excel stores {day}"),
            Lang::Zh => format!("{value} 不是日期，而是 Excel 存储日期用的序列号，即 {day}"),
        },
        (Code::BadDate, _) if p.value.as_deref() == Some("") => say("no date", "缺少日期"),
        (Code::BadDate, _) => format!("{value} {}", say("is not a date", "不是日期")),
        (Code::AmbiguousDate, _) => {
            format!("{value} {}", say("may be day first or month first", "日月先后不明"))
        }
        (Code::BadStatus, Detail::NoDay) => format!(
            "{value} {}",
            say(
                "says that somebody does not distribute, and left_on does not say since when",
                "表示已不是（或还不是）分销员，却没有 left_on（退出日期）"
            )
        ),
        (Code::BadStatus, _) => format!("{value} {}", say("is not a status", "不是已知状态")),
        (Code::BadMotive, _) => format!("{value} {}", say("is not a motive", "不是已知动机")),
        (Code::DuplicateId, _) => format!("{value} {} {related}", say("stands already in", "已出现在")),
        (Code::UnknownKey, Detail::Other(near)) => match lang {
            Lang::En => format!("{value} is no key of the statement; did you mean {near}?"),
            Lang::Zh => format!("没有指标 {value}，是否指 {near}？"),
        },
        (Code::UnknownKey, _) => {
            format!("{value} {}", say("is no key of the statement", "不是损益表的指标"))
        }
        (Code::BadTarget, _) => {
            format!("{value} {}", say("is no target for this key", "不能作该指标的目标"))
        }
        (Code::DuplicateTarget, _) => match lang {
            Lang::En => format!("{value} has a target for this month and channel already in {related}"),
            Lang::Zh => format!("{value} 在该月该渠道已有目标，见 {related}"),
        },
        (Code::RefundExceeds, Detail::Exceeds { refunds, amount }) => {
            let (r, a) = (human_money(*refunds), human_money(*amount));
            let at = if related.is_empty() { String::new() } else { format!(" ({related})") };
            match lang {
                Lang::En => format!("refunds of {r} exceed the order's amount {a}{at}"),
                Lang::Zh => format!("退款 {r} 超过订单金额 {a}{at}"),
            }
        }
        (Code::RefundExceeds, _) => say("refunds exceed the order's amount", "退款超过订单金额"),
        (Code::TwoRefundSources, _) => {
            say("refunds stand here and in the refunds table", "此列与 refunds 表都有退款")
        }
        (Code::PaidWithoutDate, _) => say("a paid order without a date", "已支付的订单没有支付时间"),
        (Code::ConflictingReferral, _) => {
            format!(
                "{value} {} ({related})",
                say("is referred to another distributor already", "已归于另一分销员")
            )
        }
        (Code::ConflictingLine, Detail::Totals { stated, ours }) => {
            let (one, other) = (human_money(*stated), human_money(*ours));
            match lang {
                Lang::En => {
                    format!("rows of the order say that {one} and that {other} was given back of all of it")
                }
                Lang::Zh => format!("同一订单的各行写明整单退款 {one} 与 {other}，不一致"),
            }
        }
        (Code::ConflictingLine, _) => format!(
            "{value} {} {related}",
            say("is not what the same order has in", "与同一订单在下列行的内容不一致：")
        ),
        (Code::WideTable, _) => say(
            "[ad_spend] wide says that each column is a channel, and this one holds the amounts of all rows",
            "[ad_spend] wide 表示每列一个渠道，而此列是各行的金额",
        ),
        (Code::RepeatedLines, Detail::Amount(money)) => {
            let money = human_money(*money);
            match lang {
                Lang::En => format!("the same rows of order {value} ({money}) stand already at {related}"),
                Lang::Zh => format!("订单 {value} 的相同行（{money}）已出现在 {related}"),
            }
        }
        (Code::MixedReferrals, _) => say(
            "referrals by order and by binding in one table",
            "同一张表中既有按订单的推荐又有按绑定的推荐",
        ),
        (Code::UplineCycle, Detail::Ring(ids)) => {
            format!(
                "{}: {}",
                say("the uplines form a ring", "上级关系成环"),
                ids.iter()
                    .map(|i| crate::render::text::screen(i).into_owned())
                    .collect::<Vec<_>>()
                    .join(" → ")
            )
        }
        (Code::UplineCycle, _) => say("the uplines form a ring", "上级关系成环"),
        (Code::ControlTotal, Detail::Totals { stated, ours } | Detail::NamedTotals { stated, ours }) => {
            let (stated, ours) = (human_money(*stated), human_money(*ours));
            match lang {
                Lang::En => format!("the file's total is {stated}, its rows add up to {ours}"),
                Lang::Zh => format!("文件的合计为 {stated}，各行相加为 {ours}"),
            }
        }
        (Code::ControlTotal, Detail::Channels { stated, ours }) => {
            let (stated, ours) = (human_money(*stated), human_money(*ours));
            match lang {
                Lang::En => format!("the row's total is {stated}, its channels add up to {ours}"),
                Lang::Zh => format!("该行的合计为 {stated}，各渠道相加为 {ours}"),
            }
        }
        (Code::ControlTotal, Detail::Rows { stated, ours }) => {
            let (stated, ours) = (human_count(*stated), human_count(*ours));
            match lang {
                Lang::En => format!("the file says it has {stated} rows, and has {ours}"),
                Lang::Zh => format!("文件写明有 {stated} 行，实有 {ours} 行"),
            }
        }
        (Code::MisplacedTotal, Detail::Limit(n)) => {
            let n = human_count(*n as u64);
            match lang {
                Lang::En => format!("more than {n} rows of totals stand beside its rows"),
                Lang::Zh => format!("合计与小计超过 {n} 行"),
            }
        }
        (Code::DifferingColumns, Detail::Rival { header, other, value: theirs }) => {
            let (header, other, theirs) = (quoted(header), quoted(other), quoted(theirs));
            match lang {
                Lang::En => format!("{header} is {value} and {other} is {theirs}; either could be meant"),
                Lang::Zh => format!("{header} 为 {value}，而 {other} 为 {theirs}，无从判断取哪一列"),
            }
        }
        (Code::Currency, Detail::Other(ours)) => match lang {
            Lang::En => format!("{value} is another currency than {ours}, in which all is counted"),
            Lang::Zh => format!("{value} 与报表币种 {ours} 不同"),
        },
        (Code::UnappliedDiscount, _) => format!(
            "{value} {}",
            say(
                "is a discount that quantity × unit price does not have off",
                "是优惠，而数量 × 单价并未扣除它"
            )
        ),
        (Code::AfterSale, Detail::Given { refund }) => {
            let refund = human_money(*refund);
            match lang {
                Lang::En => format!("{value} says that nothing was given back, and the refund is {refund}"),
                Lang::Zh => format!("{value} 表示没有退款，退款列却为 {refund}"),
            }
        }
        (Code::AfterSale, _) => match lang {
            Lang::En => format!("{value} says that money was given back, and no sum says how much"),
            Lang::Zh => format!("{value} 表示已退款，却没有退款金额"),
        },
        (Code::MisplacedTotal, _) => match lang {
            Lang::En => format!("{value} stands before other rows, the last at {related}; totals end a file"),
            Lang::Zh => format!("{value} 之后还有数据行（最后一行在 {related}），合计应在文件末尾"),
        },
        (Code::UplineSelf, _) => format!("{value} {}", say("is its own upline", "以自己为上级")),
        (Code::UnknownUserRefused, _) => say(
            "the order's user is not in users, which the settings refuse",
            "订单用户不在 users 表中（设置为拒绝）",
        ),
        (Code::BeforeJoiningRefused, _) => {
            say("paid before its user joined, which the settings refuse", "支付早于用户加入（设置为拒绝）")
        }
        _ => p.code.name().to_string(),
    }
}

fn most_like(like: &Like, lang: Lang) -> String {
    let Like { profile, matched, of } = like;
    match lang {
        Lang::En => format!("; it is most like the profile {profile} ({matched} of {of} headers)"),
        Lang::Zh => format!("；与配置 {profile} 最接近（{of} 个表头中有 {matched} 个）"),
    }
}

fn missing(tried: &[String], near: Option<&str>, lang: Lang) -> String {
    let names = tried.iter().filter(|t| !t.is_empty()).map(|t| quoted(t)).collect::<Vec<_>>().join(", ");
    let near = near.map(quoted);
    match (lang, near) {
        (Lang::En, None) => format!("the header lacks this column; looked for {names}"),
        (Lang::En, Some(n)) => {
            format!("the header lacks this column; looked for {names}, the nearest is {n}")
        }
        (Lang::Zh, None) => format!("表头缺此列；找过 {names}"),
        (Lang::Zh, Some(n)) => format!("表头缺此列；找过 {names}，最接近的是 {n}"),
    }
}

fn warning(p: &Problem, value: &str, lang: Lang) -> String {
    let n = human_count(p.count);
    let money = match &p.detail {
        // Most tables of users have no costs.
        Detail::Amount(m) if m.is_zero() && is_about_users(p.code) => String::new(),
        Detail::Amount(m) => format!(" ({})", human_money(*m)),
        _ => String::new(),
    };
    let s = |one: &str, many: &str, zh: &str| {
        let noun = if p.count == 1 { one } else { many };
        lang.pick(&format!("{n} {noun}{money}"), &format!("{n} {zh}{money}")).to_string()
    };
    let first = lang.pick("; first: ", "；首例：").to_string() + value;
    let first = if p.value.is_some() { first } else { String::new() };
    match (p.code, &p.detail) {
        (Code::MissingFile, Detail::Names(names)) => match lang {
            Lang::En => format!("no {}: profit looks better than it is", names.join(", no ")),
            Lang::Zh => format!("没有 {} 表，利润看起来会偏高", names.join("、")),
        },
        (Code::NoFinalNewline, _) => lang
            .pick(
                "the last line has no line end; the file may have been cut",
                "最后一行没有换行，文件可能被截断",
            )
            .into(),
        (Code::MoneyRounded, _) => {
            s("amount rounded to 4 decimals", "amounts rounded to 4 decimals", "个金额四舍五入到 4 位小数")
                + &first
        }
        (Code::UnknownUser, _) => {
            s("order of a user not in users", "orders of users not in users", "笔订单的用户不在 users 表中")
                + &first
        }
        (Code::BeforeJoining, _) => {
            s(
                "order paid before its user joined",
                "orders paid before their users joined",
                "笔订单早于用户加入",
            ) + &first
        }
        (Code::ReferralWithoutOrder, _) => s(
            "referral of an order that is not there",
            "referrals of orders that are not there",
            "条推荐的订单不存在",
        ),
        (Code::RefundWithoutOrder, _) => s(
            "refund of an order that is not there",
            "refunds of orders that are not there",
            "笔退款的订单不存在",
        ),
        (Code::UnlistedDistributor, _) => {
            s(
                "distributor not in distributors",
                "distributors not in distributors",
                "名分销员不在 distributors 表中",
            ) + &first
        }
        (Code::UnknownDistributor, _) => {
            s(
                "row about a distributor nobody knows",
                "rows about distributors nobody knows",
                "行的分销员无从查起",
            ) + &first
        }
        (Code::IneligibleDistributor, _) => s(
            "order of a distributor who had not joined or had left: that share is the house's",
            "orders of distributors who had not joined or had left: those shares are the house's",
            "笔订单的分销员当时未加入或已离开，该份佣金归公司",
        ),
        (Code::NoCommissionPlan, _) => s(
            "referral and no [commission] plan: commission is 0.00",
            "referrals and no [commission] plan: commission is 0.00",
            "条推荐，但没有 [commission] 方案，佣金按 0.00 计",
        ),
        (Code::LookalikeId, Detail::Other(other)) => {
            s(
                "name that only looks like another",
                "names that only look like others",
                "个名称与其它名称形似而不同",
            ) + &first
                + lang.pick(" and ", " 与 ")
                + &quoted(other)
        }
        (Code::PlaceholderId, _) => {
            s(
                "id that seems to mean there is none; all of one count as one (leave the cell empty where there is none)",
                "ids that seem to mean there is none; all of one count as one (leave the cells empty where there is none)",
                "个编号像是“没有”的意思，相同者按同一编号计（没有编号时请留空）",
            ) + &first
        }
        (Code::UnreadColumn, detail) => {
            s(
                "column is not read, though by its name it changes a figure (map it under [columns] in scrm.toml, or choose a profile)",
                "columns are not read, though by their names they change a figure (map them under [columns] in scrm.toml, or choose a profile)",
                "列未被读取，但从列名看会影响数字（可在 scrm.toml 的 [columns] 中对应，或选用一个配置）",
            ) + &listed(detail, lang)
        }
        (Code::NameAsId, _) => match lang {
            Lang::En => format!("{value} is taken for the id, and people of one name count as one (export an id or a phone)"),
            Lang::Zh => format!("以 {value} 作用户编号，同名的人会算作一人（请导出编号或手机号）"),
        },
        (Code::NoBuyer, _) => lang
            .pick(
                "no column says who bought: all orders are of nobody in users (export the buyers' phone or id)",
                "没有买家列，所有订单都不属于 users 中的任何人（请连同买家手机号或编号一起导出）",
            )
            .into(),
        (Code::UserWithoutId, _) => s(
            "user without an id, in no figure",
            "users without ids, in no figure",
            "名用户没有编号，不计入任何指标",
        ),
        (Code::RefundInFull, _) => {
            s(
                "order given back of which no sum says how much, taken as all of it",
                "orders given back of which no sum says how much, taken as all of them",
                "笔订单表示已退款而没有金额，按全额退款计",
            ) + &first
        }
        (Code::RowLeftOut, _) => {
            s("row left out by the profile", "rows left out by the profile", "行按配置不计入") + &first
        }
        (Code::BillAmount, Detail::Totals { stated, ours }) => {
            let (stated, ours) = (human_money(*stated), human_money(*ours));
            s(
                "order of which the bill says otherwise",
                "orders of which the bill says otherwise",
                "笔订单与账单不符",
            ) + &match lang {
                Lang::En => format!("; first: {stated} in the bill, {ours} in orders"),
                Lang::Zh => format!("；首例：账单为 {stated}，订单为 {ours}"),
            }
        }
        (Code::BillWithoutOrder, _) => s(
            "order in the bill that is not in orders",
            "orders in the bill that are not in orders",
            "笔账单中的订单不在 orders 表中",
        ),
        (Code::MaskedId, _) => {
            s(
                "masked id; different people may look like one",
                "masked ids; different people may look like one",
                "个编号被打码，不同的人可能混为一人",
            ) + &first
        }
        (Code::RepeatedSpend, _) => s(
            "repeated row of ad spend; all count",
            "repeated rows of ad spend; all count",
            "行投放与前面某行完全相同，均计入",
        ),
        (Code::EmptyRow, _) => {
            s("row of delimiters only, skipped", "rows of delimiters only, skipped", "行只有分隔符，已跳过")
        }
        (Code::UnknownChannel, Detail::Target) => {
            s(
                "target for a channel that no other table names, shown nowhere",
                "targets for channels that no other table names, shown nowhere",
                "个目标的渠道不见于其它表，不显示",
            ) + &first
        }
        (Code::UnknownChannel, _) => {
            s(
                "row of spend for a channel no user has",
                "rows of spend for channels no user has",
                "行投放的渠道没有任何用户",
            ) + &first
        }
        (Code::FutureDate, _) => s("date after today", "dates after today", "个日期晚于今天") + &first,
        (Code::BindingTie, _) => s(
            "order whose user was bound to two distributors at the same moment: the smaller id has it",
            "orders whose users were bound to two distributors at the same moment: the smaller id has them",
            "笔订单的用户同时绑定两名分销员，归编号较小者",
        ),
        (Code::RefundWithoutCommission, _) => s(
            "refund row of a distributor's buyer names no order: no commission is lowered",
            "refund rows of distributors' buyers name no order: no commission is lowered",
            "行分销退款没有指明订单，佣金不因此减少",
        ),
        (Code::RepeatedUser, _) => {
            s(
                "more row about a user, left out: the earliest acquired_on counts",
                "more rows about users, left out: the earliest acquired_on counts",
                "行重复的用户记录，未计入：以最早的 acquired_on 为准",
            ) + &first
        }
        (Code::UnreadSheet, Detail::Sheets(sheets)) => workbook::unread(sheets, lang),
        (Code::UnusedReferrals, _) => {
            let column = quoted(p.name.as_deref().unwrap_or_default());
            match (lang, p.count) {
                (Lang::En, 1) => format!(
                    "1 order names a distributor in {column}, not used: referrals are those of the table"
                ),
                (Lang::En, _) => format!(
                    "{n} orders name a distributor in {column}, not used: referrals are those of the table"
                ),
                (Lang::Zh, _) => format!("{n} 个订单在 {column} 列写有分销员，未采用：以 referrals 表为准"),
            }
        }
        (Code::RepeatedLine, _) => {
            s(
                "order with the same rows in another file, all counted: where these are no two items alike, exports overlap",
                "orders with the same rows in another file, all counted: where these are no items alike, exports overlap",
                "个订单在另一文件中有相同的行，均已计入：若不是两件相同的商品，便是导出有重叠",
            ) + &first
        }
        (Code::UserWithoutOrder, _) => {
            s(
                "user without a paid order, and so without a date: in no figure",
                "users without a paid order, and so without a date: in no figure",
                "名用户没有已支付的订单，因而没有加入日期，不计入任何指标",
            ) + &first
        }
        _ => legal(p, value, lang),
    }
}

/// Names in quotes, the first of many.
fn listed(detail: &Detail, lang: Lang) -> String {
    const MOST: usize = 6;
    let Detail::Names(names) = detail else { return String::new() };
    let shown = names.iter().take(MOST).map(|name| quoted(name)).collect::<Vec<_>>();
    let more = if names.len() > MOST { lang.pick(", …", "等") } else { "" };
    lang.pick(": ", "：").to_string() + &shown.join(lang.pick(", ", "、")) + more
}

/// Is the money at stake what users cost?
fn is_about_users(code: Code) -> bool {
    matches!(code, Code::RepeatedUser | Code::UserWithoutOrder | Code::UserWithoutId)
}

/// Facts that the law asks about.
fn legal(p: &Problem, value: &str, lang: Lang) -> String {
    let n = human_count(p.count);
    match (p.code, &p.detail, lang) {
        (Code::DeepUpline, Detail::Pyramid { people, depth }, Lang::En) => format!(
            "{value} has {} people under it, in {} levels with its own{}. From 3 levels and 30 people \
             on, 刑法第224条之一 (pyramid selling) looks at whether pay comes from recruiting; have it reviewed",
            human_count((*people).into()),
            human_count((*depth).into()),
            if p.count > 1 { format!("; there are {n} such distributors") } else { String::new() }
        ),
        (Code::DeepUpline, Detail::Pyramid { people, depth }, Lang::Zh) => format!(
            "{value} 之下有 {} 人，含本人共 {} 级；此类分销员共 {n} 名。三级以上且三十人以上，涉及刑法第224条之一\
             与《禁止传销条例》的认定标准，请请法务审查报酬是否来自发展人员",
            human_count((*people).into()),
            human_count((*depth).into())
        ),
        (Code::LevelTwoOnly, Detail::Amount(m), Lang::En) => {
            let (who, verb) = if p.count == 1 { ("distributor", "earns") } else { ("distributors", "earn") };
            format!(
                "{n} {who} {verb} only from level 2 and never sold ({}); first: {value}. Pay without own sales may \
                 count as pay for recruiting (禁止传销条例)",
                human_money(*m)
            )
        }
        (Code::LevelTwoOnly, Detail::Amount(m), Lang::Zh) => format!(
            "{n} 名分销员只有二级佣金、没有自己的销售（{}）；首例：{value}。无销售而取酬，可能被认定为以发展人员计酬（《禁止传销条例》）",
            human_money(*m)
        ),
        (Code::RatesOverHalf, Detail::Names(rules), Lang::En) => format!(
            "{n} rule{} of the plan exceed{} 50 % with both levels; first: {}",
            if p.count == 1 { "" } else { "s" },
            if p.count == 1 { "s" } else { "" },
            rules.join(", ")
        ),
        (Code::RatesOverHalf, Detail::Names(rules), Lang::Zh) => {
            format!("{n} 条佣金规则两级合计超过 50 %；首例：{}", rules.join("、"))
        }
        (Code::RatesOverHalf, Detail::Orders(rules), Lang::En) => {
            let s = if p.count == 1 { "" } else { "s" };
            format!("both levels of {n} order{s} together exceed 50 %; the most: {rules}")
        }
        (Code::RatesOverHalf, Detail::Orders(rules), Lang::Zh) => {
            format!("{n} 笔订单的两级费率合计超过 50 %；最高：{rules}")
        }
        _ => p.code.name().into(),
    }
}

/// Is the value an id of which a part is masked, so that two of them may be two people's?
fn is_masked(p: &Problem) -> bool {
    p.value.as_deref().is_some_and(|value| value.contains("**"))
}

/// Does an amount end with a comma and one or two digits?
fn has_decimal_comma(value: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    value.rsplit_once(',').is_some_and(|(whole, part)| {
        is_number(whole) && (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    })
}

/// What to do about an error.
fn help(p: &Problem, lang: Lang) -> String {
    let say = |en: &str, zh: &str| lang.pick(en, zh).to_string();
    match (p.code, &p.detail) {
        _ if p.value.as_deref().is_some_and(|v| v.contains('\u{feff}')) => say(
            "\\u{feff} is the byte order mark with which a file begins: two files were joined here; keep each in a file of its own",
            "\\u{feff} 是文件开头的字节顺序标记：此处拼接了两个文件；请让每份导出各为一个文件",
        ),
        (Code::RepeatedHeader, Detail::SecondHeader) => say(
            "leave one row of names, in which each column has its own",
            "请只保留一行表头，每列各有自己的列名",
        ),
        (Code::RepeatedHeader, _) => say(
            "files were joined here; keep each in a file of its own, such as orders-1.csv and orders-2.csv",
            "此处拼接了两个文件；请让每份导出各为一个文件，如 orders-1.csv 与 orders-2.csv",
        ),
        (Code::Encoding, Detail::Unlike("UTF-16LE" | "UTF-16BE")) => say(
            "the file is damaged there, or cut within a character: export or fetch it again",
            "文件在此处损坏，或在半个字符处被截断；请重新导出或下载",
        ),
        (Code::Encoding, _) => say(
            "save the file as UTF-8 (\"CSV UTF-8\" in spreadsheets), or name its table's encoding in scrm.toml, like \
             [input.encoding] orders = \"latin-1\"",
            "另存为 UTF-8（表格软件中选“CSV UTF-8”），或在 scrm.toml 中写明该表的编码，如 [input.encoding] orders = \"latin-1\"",
        ),
        (Code::Mojibake, _) => say(
            "a program opened the file in the wrong encoding and saved it; export it again, and do not open it in between",
            "文件曾被以错误的编码打开并保存；请重新导出，中途不要打开保存",
        ),
        (_, Detail::Workbook(fault)) => workbook::fault_help(fault, lang),
        (Code::WorkbookCell, Detail::Cell(what)) => workbook::cell_help(*what, lang),
        (Code::MissingColumn, Detail::Format(_)) => say(
            "a web page, whatever its ending; open it in a spreadsheet and save it as .xlsx, ids as text",
            "这是网页，与扩展名无关；请用表格软件打开，将编号列设为文本后另存为 .xlsx",
        ),
        (Code::BinaryFile, _) => {
            say("export it as CSV, or give it its right ending", "导出为 CSV，或改回正确的扩展名")
        }
        (Code::Delimiter, _) => {
            say("export with commas, semicolons or tabs", "请用逗号、分号或制表符分隔导出")
        }
        (Code::BareCr, _) => say("save the file with LF or CRLF line ends", "请以 LF 或 CRLF 换行保存"),
        (Code::StrayQuote, _) => {
            say("put the whole cell in quotes and double those inside", "整格加引号，格内的引号写两个")
        }
        (Code::ScientificId, _) => {
            say("export again with the id column as text", "将编号列设为文本后重新导出")
        }
        (Code::BadMoney, Detail::OfOrder) => say(
            "an amount may be left out in the rows of an order but for one, where the day of payment and the status are left out \
             too; here no row of the order has any",
            "同一订单可以只有一行写金额，其余各行金额、支付时间与状态都留空；但此订单没有一行写明",
        ),
        (Code::BadMoney, Detail::Sign) => say(
            "write what was taken as an amount below zero and leave the word out, or use words such as 奖励 and 扣款",
            "扣款请写成负数并清空该词，或使用“奖励”“扣款”等词",
        ),
        (Code::BadStatus, Detail::NoDay) => say(
            "give the day in a column of its own (清退时间, or left_on); leave out who never distributed",
            "请另列写明退出日期（清退时间，或 left_on）；从未生效的人请从表中删去",
        ),
        (Code::Currency, _) => say(
            "keep one currency: convert the amounts, or leave the other rows out by leave_out in a profile; currency in scrm.toml \
             says which one it is",
            "只保留一种币种：请先换算，或用配置的 leave_out 剔除其它币种的行；报表币种由 scrm.toml 的 currency 设定",
        ),
        (Code::UnappliedDiscount, _) => say(
            "export what was paid (实付金额, amount), which then counts in place of the price",
            "请导出实付金额（amount），有此列时不再以数量 × 单价计算",
        ),
        (Code::BadMoney, Detail::Scale(_)) => say(
            "export them in yuan (元) or fen (分), and say so in the header",
            "请以元或分导出，并在表头注明",
        ),
        (Code::BadMoney, Detail::DecimalComma) => say(
            "digits with at most 4 decimals behind a comma, like 1234,50, as [input] decimal_comma says",
            "数字，逗号后最多 4 位小数，如 1234,50（见 [input] decimal_comma）",
        ),
        (Code::BadMoney, _) if p.value.as_deref().is_some_and(has_decimal_comma) => say(
            "digits with at most 4 decimals, like 1234.50; for decimals behind commas set [input] decimal_comma = true",
            "数字，最多 4 位小数，如 1234.50；若以逗号为小数点，请设 [input] decimal_comma = true",
        ),
        (Code::BadMoney, _) => {
            say("digits with at most 4 decimals, like 1234.50", "数字，最多 4 位小数，如 1234.50")
        }
        (Code::Negative, Detail::OfOrder) => say(
            "give refunds in their own column, as positive amounts; where rows below zero are refunds set [orders] \
             negative = \"refund\"",
            "退款请写在退款列，且为正数；若负数行即为退款，请设 [orders] negative = \"refund\"",
        ),
        (Code::Negative, _) => {
            say("give refunds in their own column, as positive amounts", "退款请写在退款列，且为正数")
        }
        (Code::BadDate, Detail::Before(_)) => say(
            "who came back needs the new joined_on and no left_on",
            "重新加入者请写新的 joined_on，并清空 left_on",
        ),
        (Code::AmbiguousDate, _) => say(
            "a day like 2026-03-01, or say what stands first: [input] date_order = \"mdy\" or \"dmy\"",
            "日期请写如 2026-03-01，或注明先后：[input] date_order = \"mdy\"（月在前）或 \"dmy\"（日在前）",
        ),
        (Code::BadDate, Detail::Serial(_)) => say(
            "in the spreadsheet give the column a format of dates, like yyyy-mm-dd, and export again",
            "请在表格软件中把该列设为日期格式（如 yyyy-mm-dd）后重新导出",
        ),
        (Code::BadDate, Detail::Month) => say("a month like 2026-03", "月份如 2026-03"),
        (Code::UnknownKey, _) => say(
            "the keys are those of pnl -O json, such as direct.profit",
            "指标与 pnl -O json 中的相同，如 direct.profit",
        ),
        (Code::BadTarget, _) => {
            say("a whole number for a count, 3% or 0.03 for a share", "人数、单数须为整数，比率写 3% 或 0.03")
        }
        (Code::BadDate, _) => say(
            "a day like 2026-03-01, perhaps with a time like 12:00:05",
            "日期如 2026-03-01，可加时间 12:00:05",
        ),
        (Code::DifferingColumns, _) => say(
            "say under [columns] in scrm.toml which of them it is",
            "请在 scrm.toml 的 [columns] 中写明取哪一列",
        ),
        (Code::AfterSale, Detail::Given { .. }) => say(
            "clear the sum; or say under [orders.status] in scrm.toml what the word means: \"refunded\" where it was given back, \
             \"completed\" where it was not",
            "请清空退款金额；或在 scrm.toml 的 [orders.status] 中写明该词的含义：已退款写 \"refunded\"，未退款写 \"completed\"",
        ),
        (Code::AfterSale, _) => say(
            "export the refunded amounts too, or give a refunds table; where it always means the whole order, say so under \
             [orders.status] in scrm.toml: \"refunded\"",
            "请连同退款金额一起导出，或另给 refunds 表；若该词总是指全额退款，请在 scrm.toml 的 [orders.status] 中写 \"refunded\"",
        ),
        // Only an order's words can be mapped; a payment's are two.
        (Code::BadStatus, Detail::Expected(words)) if words.len() > 2 => {
            let words = words.join(", ");
            match lang {
                Lang::En => format!("one of {words}; map your own words under [orders.status] in scrm.toml"),
                Lang::Zh => format!("可用：{words}；自己的词可在 scrm.toml 的 [orders.status] 中对应"),
            }
        }
        (_, Detail::Expected(words)) => {
            format!("{} {}", say("one of", "可用："), words.join(", "))
        }
        (Code::DuplicateId, _) if p.name.as_deref() == Some("user_id") && !is_masked(p) => say(
            "exports that overlap: keep one; where one person stands in several rows, as with each of the staff, set [users] \
             duplicates = \"first\"",
            "重叠的导出请只留一份；若同一人本就有多行（如被多名员工添加），请设 [users] duplicates = \"first\"",
        ),
        (Code::DuplicateId, _) if p.name.as_deref() == Some("order_id") => say(
            "exports that overlap count money twice; keep one; where the rows of an order are its items, set [orders] grain = \
             \"line\"",
            "重叠的导出会重复计数，请只留一份；若一笔订单的各行是其商品，请设 [orders] grain = \"line\"",
        ),
        (Code::WideTable, _) => say(
            "keep such files in a data directory of their own, or take wide out",
            "请把此类文件另放一个数据目录，或去掉 wide",
        ),
        (Code::RepeatedLines, _) => {
            say("exports that overlap count money twice; keep one", "重叠的导出会重复计数，请只留一份")
        }
        (Code::DuplicateId, _) => {
            say("exports that overlap count money twice; keep one", "重叠的导出会重复计数，请只留一份")
        }
        (Code::MissingColumn, _) => {
            say("map your header under [columns] in scrm.toml", "可在 scrm.toml 的 [columns] 中对应您的表头")
        }
        (Code::ControlTotal, Detail::Channels { .. }) => say(
            "a column with a word for totals is no channel; where a channel is missing, see [ad_spend] suffix",
            "表头为合计一类的列不作渠道；若缺少渠道列，请查看 [ad_spend] 的 suffix",
        ),
        (Code::ControlTotal, Detail::NamedTotals { .. }) => say(
            "where it is a total, export again, since rows are missing or were changed; where it is a row, give its channel, team or category another name",
            "若为合计，请重新导出（有行缺失或被改动）；若为数据行，请把其渠道、团队或类别改为其他名称",
        ),
        (Code::ControlTotal, _) => say(
            "rows are missing or were changed since the export; export it again",
            "导出后有行缺失或被改动，请重新导出",
        ),
        (Code::MisplacedTotal, _) => say(
            "take it out, or keep each export in a file of its own",
            "请删去该行，或让每份导出各为一个文件",
        ),
        (Code::ConflictingLine, Detail::OfOrder) => say(
            "the order's amount stands on each of its rows ([orders] order_amount_repeats = true), so they must agree; where \
             each row has the amount of its item, set [orders] grain = \"line\" and order_amount_repeats = false",
            "整单金额在每行重复（[orders] order_amount_repeats = true），各行须一致；若每行是该商品自己的金额，请设 [orders] grain = \
             \"line\" 与 order_amount_repeats = false",
        ),
        (Code::ConflictingLine, _) => say(
            "rows of one order_id are one order here ([orders] grain = \"line\"): its user, day of payment and status must agree",
            "此处同一 order_id 的各行是一笔订单（[orders] grain = \"line\"），其用户、支付日期与状态须一致",
        ),
        (Code::TwoRefundSources, _) => say("keep one of the two", "两者只留其一"),
        _ => String::new(),
    }
}
