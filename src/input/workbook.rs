//! A sheet of a workbook as text: each row a line, so that what reads files of delimited text reads it as well, and the
//! line of an error is the row of the sheet.
//!
//! Cells are streamed by a thread of their own. What a cell's type says beyond its text (that it is a date, say) is told
//! beside the text, as a [`Note`], to be judged once it is known what the cell's column is for.

mod book;
mod cells;
mod limits;
mod lines;

use book::Book;
pub use limits::Limit;
use lines::Lines;
pub use lines::{Note, What};
use std::io::{self, BufReader, Read, Seek};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// What divides the cells of the text: a sign that no text in a workbook holds.
pub const DELIMITER: u8 = 0x1f;

/// Why a workbook cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is damaged, or nothing but its first bytes is a workbook's.
    Broken(String),
    /// There is no sheet of the name in the settings; these are there.
    NoSheet {
        named: String,
        sheets: Vec<String>,
    },
    /// None of these sheets has the columns of the table.
    NoneFits(Vec<String>),
    /// All of these have them.
    SeveralFit {
        table: &'static str,
        sheets: Vec<String>,
    },
    Limit(Limit),
}

impl Fault {
    fn broken(cause: impl std::fmt::Display) -> Fault {
        Fault::Broken(cause.to_string().chars().take(120).collect())
    }
}

/// Which sheet of a workbook is wanted.
pub struct Wanted<'a> {
    /// The one of this name.
    pub name: Option<&'a str>,
    /// The table.
    pub table: &'static str,
    /// Has one of these rows, the first of a sheet, the columns of the table?
    pub fits: &'a dyn Fn(&[Vec<String>]) -> bool,
    /// Amounts are written with a comma before the decimals, so that numbers are to be, too.
    pub decimal_comma: bool,
}

/// The first rows of a sheet that hold any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub name: String,
    pub hidden: bool,
    pub rows: Vec<Vec<String>>,
}

/// Cells that are shown as one: the rows and columns they span, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    pub rows: (u32, u32),
    pub columns: (u32, u32),
}

/// Some lines, with what there is to say about their cells.
#[derive(Default)]
struct Piece {
    text: Vec<u8>,
    notes: Vec<Note>,
}

/// What the thread says.
enum Said {
    Piece(Piece),
    End(Result<(), Fault>),
}

/// An open sheet.
pub struct Sheet {
    pub name: String,
    pub merged: Vec<Merged>,
    /// The beginnings of the other sheets, of those that hold anything.
    pub others: Vec<Head>,
    from: Receiver<Said>,
    piece: Piece,
    at: usize,
    notes: Vec<Note>,
    ended: bool,
    fault: Option<Fault>,
}

/// Opens the sheet that is wanted.
///
/// # Errors
/// [`Fault`] where the workbook is damaged, asks for too much, or has no such sheet.
pub fn open<R: Read + Seek + Send + 'static>(file: R, wanted: &Wanted) -> Result<Sheet, Fault> {
    // Whatever a damaged workbook does to its reader is no defect of this program.
    let opened = catch_unwind(AssertUnwindSafe(|| chosen(file, wanted)));
    let Chosen { book, name, merged, others, width } =
        opened.unwrap_or_else(|_| Err(Fault::broken("it cannot be read")))?;
    let (to, from) = sync_channel(4);
    let (of, lines) = (name.clone(), Lines::of(width, wanted.decimal_comma));
    let run = move || {
        let streamed = catch_unwind(AssertUnwindSafe(|| stream(book, &of, lines, &to)));
        let ended = streamed.unwrap_or_else(|_| Err(Fault::broken("it cannot be read")));
        // Where nobody listens any more, nobody misses it.
        let _ = to.send(Said::End(ended));
    };
    std::thread::Builder::new().name("sheet".into()).spawn(run).map_err(Fault::broken)?;
    let (piece, notes) = (Piece::default(), Vec::new());
    Ok(Sheet { name, merged, others, from, piece, at: 0, notes, ended: false, fault: None })
}

/// The beginnings of all sheets of a workbook.
///
/// # Errors
/// [`Fault`] where the workbook is damaged or asks for too much.
pub fn heads<R: Read + Seek>(file: R) -> Result<Vec<Head>, Fault> {
    let all = || {
        let mut book = opened(file)?;
        Ok(heads_of(&mut book, &|_, hidden| !hidden)?.into_iter().filter(|h| !h.rows.is_empty()).collect())
    };
    catch_unwind(AssertUnwindSafe(all)).unwrap_or_else(|_| Err(Fault::broken("it cannot be read")))
}

/// A workbook, with the sheet that is wanted.
struct Chosen<R: Read + Seek> {
    book: Book<BufReader<R>>,
    name: String,
    merged: Vec<Merged>,
    others: Vec<Head>,
    /// The cells of each row at least, where that is not the number of the first row's.
    width: Option<u32>,
}

fn opened<R: Read + Seek>(mut file: R) -> Result<Book<BufReader<R>>, Fault> {
    let seen = limits::check(&mut file)?;
    file.rewind().map_err(Fault::broken)?;
    Book::open(BufReader::new(file), seen)
}

/// The beginnings of all sheets; what is wrong with one that need not be read says nothing of the others.
fn heads_of<R: Read + Seek>(
    book: &mut Book<R>,
    is_needed: &dyn Fn(&str, bool) -> bool,
) -> Result<Vec<Head>, Fault> {
    let mut heads = Vec::new();
    for (name, hidden) in book.sheets() {
        let rows = match is_needed(&name, hidden) {
            true => book.head(&name)?,
            false => {
                let rows = catch_unwind(AssertUnwindSafe(|| book.head(&name)));
                rows.ok().and_then(Result::ok).unwrap_or_default()
            }
        };
        heads.push(Head { name, hidden, rows });
    }
    Ok(heads)
}

/// Chooses the sheet that is wanted.
fn chosen<R: Read + Seek>(file: R, wanted: &Wanted) -> Result<Chosen<R>, Fault> {
    let mut book = opened(file)?;
    let mut heads =
        heads_of(&mut book, &|name, hidden| wanted.name.map_or(!hidden, |wanted| wanted == name))?;
    let at = match wanted.name {
        Some(named) => heads.iter().position(|head| head.name == named),
        None => {
            let name = by_header(&heads, wanted)?;
            heads.iter().position(|head| head.name == name)
        }
    };
    let Some(at) = at else {
        let named = wanted.name.unwrap_or_default().to_string();
        return Err(Fault::NoSheet { named, sheets: heads.into_iter().map(|head| head.name).collect() });
    };
    let Head { name, rows, .. } = heads.remove(at);
    let merged = book.merged(&name)?;
    // The header is a row further down.
    let is_below = rows.first().is_some_and(|first| !(wanted.fits)(std::slice::from_ref(first)));
    let widest = rows.iter().map(Vec::len).max().and_then(|n| u32::try_from(n).ok());
    heads.retain(|head| !head.rows.is_empty());
    Ok(Chosen { book, name, merged, others: heads, width: widest.filter(|_| is_below) })
}

/// The one sheet with the columns of the table, of several the one with rows under them; the only one there is, whatever
/// it has.
fn by_header(heads: &[Head], wanted: &Wanted) -> Result<String, Fault> {
    let several = |sheets| Err(Fault::SeveralFit { table: wanted.table, sheets });
    let filled: Vec<&Head> = heads.iter().filter(|head| !head.hidden && !head.rows.is_empty()).collect();
    let fitting: Vec<&Head> = filled.iter().filter(|head| (wanted.fits)(&head.rows)).copied().collect();
    let with_rows: Vec<&Head> =
        fitting.iter().filter(|head| (wanted.fits)(&head.rows[..head.rows.len() - 1])).copied().collect();
    let names = |heads: &[&Head]| heads.iter().map(|head| head.name.clone()).collect();
    match (&with_rows[..], &fitting[..], &filled[..]) {
        ([only], ..) | ([], [only], _) | ([], [], [only]) => Ok(only.name.clone()),
        ([], [], _) => Err(Fault::NoneFits(names(&filled))),
        ([], _, _) => several(names(&fitting)),
        _ => several(names(&with_rows)),
    }
}

/// As much text is handed over at once.
const PIECE: usize = 64 * 1024;

/// Streams the lines of a sheet to whoever reads it.
fn stream<R: Read + Seek>(
    mut book: Book<R>,
    name: &str,
    mut lines: Lines,
    to: &SyncSender<Said>,
) -> Result<(), Fault> {
    let send = |lines: &mut Lines| {
        let (text, notes) = lines.take();
        match to.send(Said::Piece(Piece { text, notes })) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(Ok(())),
        }
    };
    let read = book.each_cell(name, &mut |row, column, value| {
        if let Err(fault) = lines.cell(row, column, value) {
            return ControlFlow::Break(Err(fault));
        }
        if lines.len() < PIECE { ControlFlow::Continue(()) } else { send(&mut lines) }
    });
    // Rows before one that cannot be read are told as well.
    if read.is_ok() {
        lines.end();
    }
    let _ = send(&mut lines);
    read
}

impl Sheet {
    /// What there is to say about the cells read since it was asked last.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// What ended the text too early.
    pub fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }
}

impl Read for Sheet {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.text.len() {
            if self.ended {
                return Ok(0);
            }
            match self.from.recv() {
                Ok(Said::Piece(mut piece)) => {
                    self.notes.append(&mut piece.notes);
                    (self.piece, self.at) = (piece, 0);
                }
                Ok(Said::End(result)) => (self.ended, self.fault) = (true, result.err()),
                Err(_) => (self.ended, self.fault) = (true, Some(Fault::broken("it cannot be read"))),
            }
        }
        let n = out.len().min(self.piece.text.len() - self.at);
        out[..n].copy_from_slice(&self.piece.text[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
