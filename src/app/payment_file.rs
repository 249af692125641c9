//! `payouts --payment-file`: what the finance desk uploads, once for each run.

use super::payouts::Desk;
use super::{Run, Start};
use crate::error::{Refused, UsageError, exit};
use crate::input::{self, Header};
use crate::lang::{Lang, Said};
use crate::output;
use crate::render::number::human_money;
use crate::render::render_table;
use crate::report::payment_run::{Found, found, payment_file, payments, prefix};
use crate::request::{PaymentRun, Sheet};
use crate::said;
use scrm_core::date::Day;
use scrm_core::pay_run::{PayRun, paid_later, pay_run};
use std::path::Path;

/// Before anything is read: may both files be written, and could the rows be read back?
pub fn check(asked: &PaymentRun, start: &Start) -> anyhow::Result<()> {
    start.may_write(&asked.file.path, asked.file.option, NOT_DATA)?;
    let Some(rows) = &asked.rows else { return Ok(()) };
    start.may_write(&rows.path, rows.option, UNTIL_PAID)?;
    if output::are_one(&asked.file.path, &rows.path) {
        let path = &rows.path;
        return Err(UsageError(said!(
            "--payment-file and --payments-csv lead to one file, {path:?}",
            "--payment-file 与 --payments-csv 指向同一个文件 {path:?}"
        ))
        .into());
    }
    Ok(())
}

const NOT_DATA: [&str; 2] = ["choose another", "请换一个名字"];
const UNTIL_PAID: [&str; 2] =
    ["write it elsewhere, and move it there once it is paid", "请先写到别处，付款之后再移入"];

pub fn run(desk: &Desk, asked: &PaymentRun, run: &mut Run) -> anyhow::Result<u8> {
    let data = desk.data;
    if let Some(of_run) = found(&asked.id, &data.references) {
        return Err(stands_already(&asked.id, &of_run).into());
    }
    let Some(accounts) = desk.accounts(asked.as_of, run)? else { return Ok(exit::REFUSED) };
    let day = accounts.day();
    if asked.as_of.is_none() && day > desk.start.today {
        let today = desk.start.today;
        return Err(Refused(said!(
            "the last day of the data is {day}, after today, {today}: a slip in a date would settle what is still \
             pending; give --as-of",
            "数据的最后一天 {day} 晚于今天 {today}：日期若有笔误，待结算的会提前付出；请给出 --as-of"
        ))
        .into());
    }
    if let Some(later) = paid_later(&data.world, day) {
        return Err(Refused(said!(
            "payments of up to {later} come after the end of {day} and would not be counted: people would be paid \
             twice; take --as-of {later} or later",
            "截至 {later} 的付款晚于 {day} 终了，不会计入，会重复付款；请用 --as-of {later} 或更晚的日期"
        ))
        .into());
    }
    let paid = pay_run(&data.world, &accounts.payouts, day).map_err(super::payouts::defect)?;
    desk.notes(&accounts.warnings, run);
    write(desk, asked, &paid, day, run)?;
    if asked.rows.is_none() && !desk.common.quiet && !paid.rows.is_empty() {
        run.say(desk.words.lang.pick(
            "note: until what is paid stands in payments, the next run pays it again; --payments-csv writes the rows",
            "说明：已付款项记入 payments 之前，下一批会再付一次；--payments-csv 可写出应记入的各行",
        ));
    }
    run.say(&control_line(desk, &asked.id, &paid, accounts.as_of));
    Ok(exit::DONE)
}

fn stands_already(id: &str, Found { rows, first }: &Found) -> Refused {
    let begin = prefix(id);
    Refused(said!(
        "run {id:?} stands already in payments: {rows} references begin with {begin:?}, the first is {first:?}; to \
         pay what failed or was added since, take a new --run",
        "批次 {id:?} 已在 payments 中：有 {rows} 个流水号以 {begin:?} 开头，第一个是 {first:?}；要付失败的或新增的款项，请用新的 --run"
    ))
}

/// Writes the files, all or none. The rows come first: a payment file must not be uploaded without them.
fn write(desk: &Desk, asked: &PaymentRun, paid: &PayRun, day: Day, run: &mut Run) -> anyhow::Result<()> {
    let world = &desk.data.world;
    let file = payment_file(world, &asked.id, paid);
    let own: Vec<String> = file.fields.iter().map(|f| f.key.to_string()).collect();
    let file_bytes = render_table(&file, &own, asked.file.delimiter);
    let mut files: Vec<(&Path, &[u8])> = Vec::new();
    let row_bytes;
    if let Some(rows @ Sheet { path, delimiter, .. }) = &asked.rows {
        let (names, columns) = header(desk, &asked.id, paid, rows, run);
        row_bytes = render_table(&payments(world, &asked.id, paid, day, &columns), &names, *delimiter);
        files.push((path, &row_bytes));
    }
    files.push((&asked.file.path, &file_bytes));
    Ok(output::to_files(&files, &desk.start.inputs)?)
}

/// The names of the rows' columns, and which of ours each is: those of the first file of payments that has all that
/// the rows say, so that they can be added to it as they are; where none has, our own. Says which file that is where
/// it could be mistaken.
fn header(
    desk: &Desk,
    id: &str,
    paid: &PayRun,
    rows: &Sheet,
    run: &mut Run,
) -> (Vec<String>, Vec<Option<usize>>) {
    let headers = &desk.data.payment_headers;
    let mut needed = vec![input::payments::REFERENCE];
    needed.extend((!paid.total.tax.is_zero()).then_some(input::payments::TAX));
    let fits = |h: &&Header| needed.iter().all(|c| h.has(*c));
    let (names, note) = match headers.iter().find(fits) {
        Some(found) => {
            let several = headers.iter().any(|h| h.names != found.names);
            (found.names.clone(), several.then(|| columns_of(&desk.start.file(found.file))))
        }
        None => {
            let note = (!headers.is_empty()).then(|| lacking(needed.len() > 1, id, rows));
            (input::payments_header(&desk.start.settings), note)
        }
    };
    if let Some(note) = note.filter(|_| !desk.common.quiet) {
        run.say(note.in_lang(desk.words.lang));
    }
    names.into_iter().unzip()
}

fn columns_of(file: &str) -> Said {
    said!(
        "note: the files of payments differ in their columns: the rows have those of {file}, so that they can be added \
         to it and to no other",
        "说明：payments 各文件的列不同；这些行按 {file} 的列写出，只可并入该文件"
    )
}

/// Where no file of payments has the columns that the rows need, they cannot be added to any as they are.
fn lacking(tax_too: bool, id: &str, rows: &Sheet) -> Said {
    let ending = if rows.delimiter == b'\t' { "tsv" } else { "csv" };
    let columns = match tax_too {
        false => said!("the column reference", " reference 列"),
        true => said!("the columns reference and tax", "齐 reference、tax 两列"),
    };
    let (en, zh) = (columns.en, columns.zh);
    said!(
        "note: no file of payments has {en}: once they are paid, put the rows beside it as payments-{id}.{ending}, and \
         do not add them to a file without",
        "说明：payments 没有一个文件有{zh}；付款之后请把这些行作为 payments-{id}.{ending} 放在旁边，不要并入没有该列的文件"
    )
}

/// What the finance desk compares with the sum of its upload.
fn control_line(desk: &Desk, id: &str, paid: &PayRun, as_of: Option<Day>) -> String {
    let (lang, currency, n) = (desk.words.lang, &desk.start.settings.currency, paid.rows.len());
    let h = human_money;
    let (gross, tax, net) = (h(paid.total.gross), h(paid.total.tax), h(paid.total.net()));
    let day = match (as_of, lang) {
        (Some(day), Lang::En) => format!("at the end of {day}"),
        (Some(day), Lang::Zh) => format!("截至 {day} 终了"),
        (None, _) => lang.pick("no dated row", "没有任何带日期的数据").into(),
    };
    let (left, stays) = (paid.left_out, h(paid.stays));
    let s = if n == 1 { "" } else { "s" };
    let mut line = match lang {
        Lang::En => {
            format!("run {id}: {n} payment{s}, gross {gross} − tax {tax} = net {net} {currency}, {day}")
        }
        Lang::Zh => format!("批次 {id}：{n} 笔，应付 {gross} − 代扣税 {tax} = 实付 {net} {currency}，{day}"),
    };
    if left > 0 {
        line += &match lang {
            Lang::En => format!("; left out, as nothing would be transferred: {left}"),
            Lang::Zh => format!("；实付不大于 0 而未列入：{left} 人"),
        };
    }
    if !paid.stays.is_zero() {
        line += &match lang {
            Lang::En => format!("; {stays} stays owed"),
            Lang::Zh => format!("；仍欠 {stays}"),
        };
    }
    line
}
