//! One value, many spellings: how a cell may be written so that it means the same.

use super::random::Random;
use super::{Day, Q, Stamp, Status};
use jiff::ToSpan;

/// What a row of orders may be: an order, or an item of one, with its own amount or with the order's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rows {
    Orders,
    Lines,
    RepeatedAmounts,
}

/// How the cells of a directory are spelt; a plain pen writes each value in one way.
#[derive(Debug)]
pub struct Pen {
    pub r: Random,
    pub plain: bool,
    /// What a row of orders is.
    pub rows: Rows,
    /// The local zone's offset from UTC, in minutes.
    pub offset: i32,
}

impl Pen {
    pub fn money(&mut self, m: &Q) -> String {
        let exact = super::pnl::money(m);
        if self.plain {
            return exact;
        }
        let (sign, digits) = exact.strip_prefix('-').map_or(("", exact.as_str()), |d| ("-", d));
        let (whole, part) = digits.split_once('.').expect("money has decimals");
        let part = match self.r.within(0, 5) {
            0 => format!("{part:0<4}0000"),
            1 => format!("{part:0<4}49"),
            2 => part.trim_end_matches('0').to_string(),
            _ => part.to_string(),
        };
        let whole = if self.r.chance(30) { grouped(whole) } else { whole.to_string() };
        let number = if part.is_empty() { whole } else { format!("{whole}.{part}") };
        let number = match self.r.within(0, 15) {
            0 if sign.is_empty() => format!("¥{number}"),
            1 if sign.is_empty() => format!("￥ {number}"),
            2 => format!("{number}元"),
            3 => wide(&number),
            _ => number,
        };
        format!("{sign}{number}")
    }

    pub fn day(&mut self, d: Day) -> String {
        let (y, m, n) = (d.year(), d.month(), d.day());
        match if self.plain { 0 } else { self.r.within(0, 5) } {
            1 => format!("{y}/{m}/{n}"),
            2 => format!("{y}.{m}.{n}"),
            3 => format!("{y}{m:02}{n:02}"),
            4 => format!("{y}年{m}月{n}日"),
            _ => d.to_string(),
        }
    }

    pub fn month(&mut self, first: Day) -> String {
        let (y, m) = (first.year(), first.month());
        match if self.plain { 0 } else { self.r.within(0, 4) } {
            1 => format!("{y}/{m}"),
            2 => format!("{y}{m:02}"),
            3 => format!("{y}年{m}月"),
            _ => format!("{y}-{m:02}"),
        }
    }

    pub fn stamp(&mut self, s: &Stamp) -> String {
        if !s.timed {
            return self.day(s.day());
        }
        if !self.plain && self.r.chance(25) {
            let (mark, minutes) = *self.r.pick(&[("Z", 0), ("+00:00", 0), ("-05:00", -300), ("+05:30", 330)]);
            let there = s.at + i64::from(minutes - self.offset).minutes();
            return format!("{}{mark}", there.strftime("%Y-%m-%dT%H:%M:%S"));
        }
        let time = s.at.strftime("%H:%M:%S").to_string();
        let time = if self.plain || self.r.chance(80) { time } else { format!("{time}.75") };
        let time = match time.strip_suffix(":00") {
            Some(short) if !self.plain && self.r.chance(50) => short.to_string(),
            _ => time,
        };
        format!("{} {time}", self.day(s.day()))
    }

    pub fn status(&mut self, s: Status) -> String {
        let words: &[&str] = match s {
            Status::Unpaid => &["unpaid", "待付款"],
            // The last is a word of the settings.
            Status::Paid => &["paid", "已支付", "待发货", "买家已付款"],
            Status::Shipped => &["shipped", "已发货"],
            Status::Completed => &["completed", "已完成", "交易成功"],
            Status::Refunded => &["refunded", "已退款"],
            Status::Cancelled => &["cancelled", "已取消", "已关闭", "交易关闭"],
        };
        (if self.plain { words[0] } else { self.r.pick(words) }).to_string()
    }

    /// What did not fail is paid, said or not.
    pub fn payment_status(&mut self, failed: bool) -> String {
        let words: &[&str] = if failed { &["failed"] } else { &["paid", ""] };
        (if self.plain { words[0] } else { self.r.pick(words) }).to_string()
    }

    /// Whether a setting that says no more than its default is written down.
    pub fn writes_defaults(&mut self) -> bool {
        self.plain || self.r.chance(50)
    }

    /// With the guards that spreadsheets put around ids.
    pub fn id(&mut self, id: &str) -> String {
        if id.is_empty() || self.plain {
            return id.to_string();
        }
        match self.r.within(0, 40) {
            0 => format!("'{id}"),
            1 => format!("\t{id}"),
            2 => format!("{id}\t"),
            3 => format!(" {id} "),
            _ => id.to_string(),
        }
    }

    /// For a column nobody reads.
    pub fn remark(&mut self) -> String {
        self.r.pick(&["", "ok", "a,b", "say \"hi\"", "two\nlines", "=1+1", "tab\there"]).to_string()
    }

    /// As a cell of a file: quoted where it must be, and now and then where it need not.
    pub fn cell(&mut self, text: &str, delimiter: char) -> String {
        let must = text.contains([delimiter, '"', '\n', '\r', '\t']);
        if must || (!self.plain && self.r.chance(8)) {
            return format!("\"{}\"", text.replace('"', "\"\""));
        }
        text.to_string()
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn wide(text: &str) -> String {
    let wider = |c: char| match c {
        '0'..='9' | '.' | ',' => char::from_u32(u32::from(c) + 0xfee0).expect("has a full-width form"),
        c => c,
    };
    text.chars().map(wider).collect()
}
