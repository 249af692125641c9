//! Words for what is wrong with workbooks.

use super::problems::quoted;
use crate::input::other_sheets::Unread;
use crate::input::workbook::{Fault, Limit, What};
use crate::lang::Lang;

/// Why a workbook cannot be used.
pub fn fault(fault: &Fault, lang: Lang) -> String {
    let list = |names: &[String]| names.iter().map(|n| quoted(n)).collect::<Vec<_>>().join(", ");
    match (fault, lang) {
        (Fault::Broken(cause), Lang::En) => format!("this looks like a workbook and cannot be read: {cause}"),
        (Fault::Broken(cause), Lang::Zh) => format!("看似工作簿，但无法读取：{cause}"),
        (Fault::NoSheet { named, sheets }, Lang::En) => {
            format!("the workbook has no sheet {}; it has {}", quoted(named), list(sheets))
        }
        (Fault::NoSheet { named, sheets }, Lang::Zh) => {
            format!("工作簿中没有工作表 {}；有 {}", quoted(named), list(sheets))
        }
        (Fault::NoneFits(sheets), _) if sheets.is_empty() => {
            lang.pick("no sheet of the workbook holds anything", "工作簿中没有非空的工作表").into()
        }
        (Fault::NoneFits(sheets), Lang::En) => format!("no sheet has the table's columns: {}", list(sheets)),
        (Fault::NoneFits(sheets), Lang::Zh) => format!("没有工作表含有所需的列：{}", list(sheets)),
        (Fault::SeveralFit { sheets, .. }, Lang::En) => {
            format!("several sheets have the table's columns: {}", list(sheets))
        }
        (Fault::SeveralFit { sheets, .. }, Lang::Zh) => {
            format!("不止一张工作表含有所需的列：{}", list(sheets))
        }
        (Fault::Limit(limit), _) => {
            let (en, zh) = beyond(*limit);
            format!("{}{}", lang.pick("the workbook is not read: ", "不读取此工作簿："), lang.pick(en, zh))
        }
    }
}

fn beyond(limit: Limit) -> (&'static str, &'static str) {
    match limit {
        Limit::Rows => ("it has more than 1,048,576 rows", "超过 1,048,576 行"),
        Limit::Columns => ("a cell stands beyond column 1,024", "有单元格位于第 1,024 列之后"),
        Limit::Cell => ("a cell is longer than any can be", "有单元格长得不可能"),
        Limit::Unpacked => ("it unpacks to far more than its size", "解压后远超其大小"),
        Limit::Cells => ("its sheets span more than 8 million cells", "工作表范围超过八百万个单元格"),
    }
}

/// Sheets that are not read, with what they look like.
pub fn unread(sheets: &[Unread], lang: Lang) -> String {
    let one = |u: &Unread| match lang {
        Lang::En => format!("{} ({})", quoted(&u.name), look_of(u, lang)),
        Lang::Zh => format!("{}（{}）", quoted(&u.name), look_of(u, lang)),
    };
    let all = sheets.iter().map(one).collect::<Vec<_>>().join(lang.pick(", ", "、"));
    match lang {
        Lang::En => format!(
            "other sheets hold tables and are not read: {all}; name them under [files] and [input.sheet] in \
             scrm.toml, or delete them"
        ),
        Lang::Zh => format!(
            "另有含表格的工作表未读取：{all}；请在 scrm.toml 的 [files] 与 [input.sheet] 中写明，或将其删去"
        ),
    }
}

/// What a sheet looks like, and whether it is hidden.
pub fn look_of(sheet: &Unread, lang: Lang) -> String {
    let table = sheet.table.name();
    match (sheet.hidden, lang) {
        (false, Lang::En) => format!("looks like {table}"),
        (true, Lang::En) => format!("hidden, looks like {table}"),
        (false, Lang::Zh) => format!("像 {table}"),
        (true, Lang::Zh) => format!("隐藏，像 {table}"),
    }
}

/// What is wrong with a cell.
pub fn cell(what: What, value: &str, lang: Lang) -> String {
    let (en, zh) = match what {
        What::Date => ("is a date in the workbook, and no id or text", "在工作簿中是日期，而不是编号或文本"),
        What::DayOrMonth => {
            ("is a month or its first day, which an .xls does not tell", "是整月还是当月一日，.xls 无从分辨")
        }
        What::Error => ("is the error of a formula", "是公式的错误值"),
        What::LongNumber => ("is a long number", "是过长的数字"),
        What::Uncomputed => return lang.pick("a formula without a result", "公式没有计算结果").into(),
        What::Swapped => (
            "is a date among texts such as 25/02/2026: day and month were swapped where both can be a month",
            "是日期，而同列另有 25/02/2026 之类的文本：凡日月可互换处，表格软件已将其对调",
        ),
        What::Merged => {
            let (en, zh) =
                ("merged cells, of which all but the first are empty", "合并的单元格，除第一格外皆为空");
            return lang.pick(en, zh).into();
        }
    };
    format!("{value} {}", lang.pick(en, zh))
}

/// What to do about a workbook that cannot be used.
pub fn fault_help(fault: &Fault, lang: Lang) -> String {
    let (en, zh) = match fault {
        Fault::Broken(_) => {
            ("save it again as a workbook without a password, or as CSV", "请另存为未加密的工作簿或 CSV")
        }
        Fault::Limit(_) => ("save the sheet alone as CSV", "请把该工作表单独另存为 CSV"),
        Fault::SeveralFit { table, sheets } => {
            let all = sheets.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
            let one = quoted(sheets.first().map_or("", String::as_str));
            return match lang {
                Lang::En => format!(
                    "name the sheet under [input.sheet] in scrm.toml, as {table} = {one}, or all that are parts of it: \
                     {table} = [{all}]"
                ),
                Lang::Zh => format!(
                    "请在 scrm.toml 的 [input.sheet] 中写明工作表：{table} = {one}；若都是此表的一部分：{table} = [{all}]"
                ),
            };
        }
        _ => (
            "name the sheet under [input.sheet] in scrm.toml",
            "请在 scrm.toml 的 [input.sheet] 中写明工作表",
        ),
    };
    lang.pick(en, zh).into()
}

/// What to do about a cell.
pub fn cell_help(what: What, lang: Lang) -> String {
    let (en, zh) = match what {
        What::Date => (
            "a spreadsheet made a date of it; set the column to text, and enter or export it again",
            "表格软件把它改成了日期；请将该列设为文本后重新录入或导出",
        ),
        What::DayOrMonth => {
            ("write months as text, or save the workbook as .xlsx", "请把月份写成文本，或另存为 .xlsx")
        }
        What::Swapped => (
            "open the original as text, or export it again: no setting can tell which dates were swapped",
            "请把原文件按文本打开，或重新导出：没有设置能分辨哪些日期被对调",
        ),
        What::Merged => ("unmerge them, and fill each", "请取消合并，并填好每一格"),
        _ => (
            "put the value itself into the cell, and save the workbook again",
            "请在单元格中填入值本身，再保存工作簿",
        ),
    };
    lang.pick(en, zh).into()
}
