//! Workbooks for the tests, written by hand from a description:
//!
//! ```text
//! [orders]                     a sheet; [orders] hidden is one that is not shown
//! order_id | paid_at | amount  a row of texts
//! o1 | d:46082 | n:10          a date by its serial number, a number
//! ```
//!
//! | cell | what it is |
//! |---|---|
//! | `n:NUMBER` | a number, as it stands in the file |
//! | `d:SERIAL` `m:SERIAL` | a date, or one of which the month alone is shown |
//! | `b:1` `e:#N/A` | a truth, an error |
//! | `i:TEXT` | a text in the cell itself, and not among those that cells share |
//! | `f:` `f:VALUE` | a formula without a result, or with a number |
//! | `merge A1:A2` | alone in a line: cells that are merged |
//!
//! An empty line is an empty row.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/// A date is the first format of cells but the general one, a month the second.
const STYLES: &str = r#"<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts>
    <cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="164"/></cellXfs>"#;

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `A1` for the first cell of the first row, both counted from 0.
pub fn name_of(row: usize, column: usize) -> String {
    let (mut letters, mut n) = (String::new(), column + 1);
    while n > 0 {
        letters.insert(0, char::from(b'A' + ((n - 1) % 26) as u8));
        n = (n - 1) / 26;
    }
    format!("{letters}{}", row + 1)
}

/// A zip of some parts.
pub fn zipped(parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

struct Sheet {
    name: String,
    hidden: bool,
    rows: String,
    count: usize,
    merged: String,
}

/// The parts of a workbook that is described, so that a test may spoil some.
pub fn parts(text: &str) -> Vec<(&'static str, String)> {
    let (mut sheets, mut shared): (Vec<Sheet>, Vec<String>) = (Vec::new(), Vec::new());
    for line in text.trim_start_matches('\n').lines().map(str::trim) {
        if let Some((name, more)) = line.strip_prefix('[').and_then(|l| l.split_once(']')) {
            let (name, hidden) = (name.into(), more.trim() == "hidden");
            sheets.push(Sheet { name, hidden, rows: String::new(), count: 0, merged: String::new() });
            continue;
        }
        let sheet = sheets.last_mut().expect("a sheet has begun");
        if let Some(range) = line.strip_prefix("merge ") {
            let _ = write!(sheet.merged, "<mergeCell ref=\"{range}\"/>");
            continue;
        }
        let cells = line
            .split('|')
            .enumerate()
            .map(|(i, cell)| cell_of(cell.trim(), &name_of(sheet.count, i), &mut shared));
        let cells: String = cells.collect();
        let _ = write!(sheet.rows, "<row r=\"{}\">{cells}</row>", sheet.count + 1);
        sheet.count += 1;
    }
    all_parts(&sheets, &shared)
}

fn cell_of(cell: &str, at: &str, shared: &mut Vec<String>) -> String {
    match cell.split_once(':').unwrap_or(("", "")) {
        _ if cell.is_empty() => String::new(),
        ("n", n) => format!("<c r=\"{at}\"><v>{n}</v></c>"),
        ("d", n) => format!("<c r=\"{at}\" s=\"1\"><v>{n}</v></c>"),
        ("m", n) => format!("<c r=\"{at}\" s=\"2\"><v>{n}</v></c>"),
        ("b", n) => format!("<c r=\"{at}\" t=\"b\"><v>{n}</v></c>"),
        ("e", e) => format!("<c r=\"{at}\" t=\"e\"><v>{e}</v></c>"),
        ("i", text) => format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(text)),
        ("f", "") => format!("<c r=\"{at}\"><f>SUM(A1:A2)</f></c>"),
        ("f", n) => format!("<c r=\"{at}\"><f>SUM(A1:A2)</f><v>{n}</v></c>"),
        _ => {
            let text = cell.replace("\\n", "\n").replace("\\t", "\t");
            shared.push(format!("<si><t xml:space=\"preserve\">{}</t></si>", escaped(&text)));
            format!("<c r=\"{at}\" t=\"s\"><v>{}</v></c>", shared.len() - 1)
        }
    }
}

fn all_parts(sheets: &[Sheet], shared: &[String]) -> Vec<(&'static str, String)> {
    const PATHS: [&str; 6] = [
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet3.xml",
        "xl/worksheets/sheet4.xml",
        "xl/worksheets/sheet5.xml",
        "xl/worksheets/sheet6.xml",
    ];
    let (mut listed, mut related, mut parts) = (String::new(), String::new(), Vec::new());
    for (i, sheet) in sheets.iter().enumerate() {
        let state = if sheet.hidden { " state=\"hidden\"" } else { "" };
        let name = escaped(&sheet.name);
        let _ = write!(listed, "<sheet name=\"{name}\" sheetId=\"{n}\"{state} r:id=\"r{n}\"/>", n = i + 1);
        let _ = write!(
            related,
            "<Relationship Id=\"r{}\" Type=\"{OFFICE}/worksheet\" Target=\"{}\"/>",
            i + 1,
            &PATHS[i]["xl/".len()..]
        );
        let merged = match sheet.merged.is_empty() {
            true => String::new(),
            false => format!("<mergeCells>{}</mergeCells>", sheet.merged),
        };
        let data = format!("<sheetData>{}</sheetData>{merged}", sheet.rows);
        parts.push((PATHS[i], format!("<worksheet xmlns=\"{MAIN}\">{data}</worksheet>")));
    }
    let count = shared.len();
    let strings =
        format!("<sst xmlns=\"{MAIN}\" count=\"{count}\" uniqueCount=\"{count}\">{}</sst>", shared.concat());
    let book =
        format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{listed}</sheets></workbook>");
    let relations = |all: &str| format!("<Relationships xmlns=\"{RELATIONS}\">{all}</Relationships>");
    let root =
        format!("<Relationship Id=\"r1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/>");
    parts.extend([
        ("_rels/.rels", relations(&root)),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", relations(&related)),
        ("xl/sharedStrings.xml", strings),
        ("xl/styles.xml", format!("<styleSheet xmlns=\"{MAIN}\">{STYLES}</styleSheet>")),
    ]);
    parts
}

/// A workbook as it is described.
pub fn workbook(text: &str) -> Vec<u8> {
    zipped(&parts(text))
}

/// A sheet of texts, as the rows are.
pub fn of_rows(name: &str, rows: &[&[&str]]) -> Vec<u8> {
    let cell = |text: &&str| {
        let text = text.replace('\n', "\\n").replace('\t', "\\t");
        // What would be taken for the description of a cell.
        if text.get(1..2) == Some(":") { format!("i:{text}") } else { text }
    };
    let lines: Vec<String> =
        rows.iter().map(|r| r.iter().map(cell).collect::<Vec<_>>().join(" | ")).collect();
    workbook(&format!("[{name}]\n{}\n", lines.join("\n")))
}

/// An old workbook: one sheet, in the records of BIFF8, which hold texts and numbers.
pub fn old(name: &str, rows: &[&[&str]], more: &[(u16, Vec<u8>)]) -> Vec<u8> {
    old_with(&[], name, rows, more)
}

/// The same with records before those of sheets. A cell `d:` has the first of their formats, as all numbers do.
pub fn old_with(
    formats: &[(u16, Vec<u8>)],
    name: &str,
    rows: &[&[&str]],
    more: &[(u16, Vec<u8>)],
) -> Vec<u8> {
    let record =
        |kind: u16, data: &[u8]| [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat();
    let text = |t: &str| t.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let begin = |kind: u16| [&0x0600u16.to_le_bytes()[..], &kind.to_le_bytes(), &[0; 12]].concat();
    let named = [&[0, 0, name.encode_utf16().count() as u8, 1][..], &text(name)].concat();
    let listed = |at: u32| record(0x85, &[&at.to_le_bytes()[..], &named].concat());
    let formats: Vec<u8> = formats.iter().flat_map(|(kind, data)| record(*kind, data)).collect();
    let head = [record(0x809, &begin(5)), formats].concat();
    let end = record(0x0a, &[]);
    let at = head.len() + listed(0).len() + end.len();
    let mut stream = [head, listed(at as u32), end.clone(), record(0x809, &begin(0x10))].concat();
    for (r, row) in rows.iter().enumerate() {
        for (c, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let place = [(r as u16).to_le_bytes(), (c as u16).to_le_bytes(), [0, 0]].concat();
            stream.extend(match cell.strip_prefix("n:").or(cell.strip_prefix("d:")) {
                Some(n) => record(0x203, &[&place[..], &n.parse::<f64>().unwrap().to_le_bytes()].concat()),
                None => {
                    let length = (cell.encode_utf16().count() as u16).to_le_bytes();
                    record(0x204, &[&place[..], &length, &[1], &text(cell)].concat())
                }
            });
        }
    }
    more.iter().for_each(|(kind, data)| stream.extend(record(*kind, data)));
    stream.extend(end);
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream("/Workbook").unwrap().write_all(&stream).unwrap();
    file.into_inner().into_inner()
}
