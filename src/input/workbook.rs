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
    SeveralFit(Vec<String>),
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
    /// Has one of these rows, the first of a sheet, the columns of the table?
    pub fits: &'a dyn Fn(&[Vec<String>]) -> bool,
    /// Amounts are written with a comma before the decimals, so that numbers are to be, too.
    pub decimal_comma: bool,
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
    let Chosen { book, name, merged, width } =
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
    Ok(Sheet { name, merged, from, piece, at: 0, notes, ended: false, fault: None })
}

/// A workbook, with the sheet that is wanted.
struct Chosen<R: Read + Seek> {
    book: Book<BufReader<R>>,
    name: String,
    merged: Vec<Merged>,
    /// The cells of each row at least, where that is not the number of the first row's.
    width: Option<u32>,
}

/// Chooses the sheet that is wanted.
fn chosen<R: Read + Seek>(mut file: R, wanted: &Wanted) -> Result<Chosen<R>, Fault> {
    let seen = limits::check(&mut file)?;
    file.rewind().map_err(Fault::broken)?;
    let mut book = Book::open(BufReader::new(file), seen)?;
    let (all, shown) = book.sheets();
    let name = match wanted.name {
        Some(name) if all.iter().any(|s| s == name) => name.to_string(),
        Some(name) => return Err(Fault::NoSheet { named: name.into(), sheets: all }),
        None => by_header(&mut book, shown, wanted.fits)?,
    };
    let merged = book.merged(&name)?;
    let head = book.head(&name)?;
    // The header is a row further down.
    let is_below = head.first().is_some_and(|first| !(wanted.fits)(std::slice::from_ref(first)));
    let widest = head.iter().map(Vec::len).max().and_then(|n| u32::try_from(n).ok());
    Ok(Chosen { book, name, merged, width: widest.filter(|_| is_below) })
}

/// The one sheet with the columns of the table; the only one there is, whatever it has.
fn by_header<R: Read + Seek>(
    book: &mut Book<R>,
    shown: Vec<String>,
    fits: &dyn Fn(&[Vec<String>]) -> bool,
) -> Result<String, Fault> {
    let (mut filled, mut fitting) = (Vec::new(), Vec::new());
    for name in shown {
        let head = book.head(&name)?;
        if fits(&head) {
            fitting.push(name.clone());
        }
        if !head.is_empty() {
            filled.push(name);
        }
    }
    match (&fitting[..], &filled[..]) {
        ([only], _) | ([], [only]) => Ok(only.clone()),
        ([], _) => Err(Fault::NoneFits(filled)),
        _ => Err(Fault::SeveralFit(fitting)),
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
