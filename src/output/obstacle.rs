//! What is in the way of a file where it is we who say so, and not the system: words in both languages.

use crate::lang::{Lang, Said};
use crate::said;
use std::fmt;
use std::io::{self, ErrorKind};

/// Why something cannot be written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    Directory,
    NoDirectory,
    NoName,
    BlockDevice,
    /// Its directory is not there.
    Nowhere,
    Links,
    /// Standard output was closed when the program began.
    Closed,
    /// It takes no more bytes, and gives no reason.
    Full,
}

impl Obstacle {
    fn said(self) -> Said {
        match self {
            Obstacle::Directory => said!("it is a directory", "它是目录"),
            Obstacle::NoDirectory => said!("it is not a directory", "它不是目录"),
            Obstacle::NoName => said!("it is not the name of a file", "它不是文件名"),
            Obstacle::BlockDevice => said!("it is a block device", "它是块设备"),
            Obstacle::Nowhere => said!("its directory is not there", "它所在的目录不存在"),
            Obstacle::Links => said!("too many symbolic links", "符号链接层数过多"),
            Obstacle::Closed => said!("it is closed", "它已关闭"),
            Obstacle::Full => said!("it takes no more bytes", "它不再接收数据"),
        }
    }

    fn kind(self) -> ErrorKind {
        match self {
            Obstacle::Directory => ErrorKind::IsADirectory,
            Obstacle::NoDirectory => ErrorKind::NotADirectory,
            Obstacle::NoName | Obstacle::BlockDevice => ErrorKind::InvalidInput,
            Obstacle::Nowhere => ErrorKind::NotFound,
            Obstacle::Links | Obstacle::Closed => ErrorKind::Other,
            Obstacle::Full => ErrorKind::WriteZero,
        }
    }
}

impl std::error::Error for Obstacle {}
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said().en)
    }
}

impl From<Obstacle> for io::Error {
    fn from(obstacle: Obstacle) -> io::Error {
        io::Error::new(obstacle.kind(), obstacle)
    }
}

/// The cause of an error in a language; what the system says stays as it is.
pub fn cause(error: &io::Error, lang: Lang) -> String {
    match error.get_ref().and_then(|own| own.downcast_ref::<Obstacle>()) {
        Some(own) => own.said().into_lang(lang),
        None => error.to_string(),
    }
}
