//! Writes a data directory for the benchmark in `bench/`: as large as is asked for, and invented throughout.
//!
//! ```text
//! cargo run --release --example make_bench -- OUTDIR [--size XS|S|L|XL | --orders N]
//!     [--ids short|openid] [--seed N] [--quoted-newlines] [--gzip]
//! ```
//!
//! The same arguments give the same bytes on every machine: random numbers of its own, whole numbers only, no clock
//! and no hash map. A row depends on nothing but the seed, its table and its number, so that memory does not grow with
//! the size. It knows no rule of the calculation; what the figures are, the programs that are compared must find out.

use flate2::{Compression, write::GzEncoder};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let asked = Asked::read(std::env::args().skip(1)).map_err(io::Error::other)?;
    fs::create_dir_all(&asked.dir)?;
    let shop = Shop::new(&asked);
    shop.users()?;
    shop.orders_and_referrals()?;
    shop.distributors()?;
    shop.ad_spend()?;
    shop.team_cost()?;
    shop.other_cost()?;
    fs::write(asked.dir.join("scrm.toml"), SCRM_TOML)
}

const SCRM_TOML: &str = "[commission]\nlevels = [\"10%\"]\nsettle_after_days = 0\n";

// ---- what was asked for ---------------------------------------------------------------------------------

struct Asked {
    dir: PathBuf,
    orders: u64,
    openid: bool,
    seed: u64,
    quoted_newlines: bool,
    gzip: bool,
}

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
        let mut asked = Asked {
            dir: PathBuf::new(),
            orders: 1_000_000,
            openid: false,
            seed: 1,
            quoted_newlines: false,
            gzip: false,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--size" => asked.orders = size(&value()?)?,
                "--orders" => asked.orders = number(&value()?)?,
                "--seed" => asked.seed = number(&value()?)?,
                "--ids" => {
                    asked.openid = match value()?.as_str() {
                        "short" => false,
                        "openid" => true,
                        other => return Err(format!("--ids is short or openid, not {other}")),
                    }
                }
                "--quoted-newlines" => asked.quoted_newlines = true,
                "--gzip" => asked.gzip = true,
                dir if !dir.starts_with('-') => asked.dir = PathBuf::from(dir),
                other => return Err(format!("unknown argument {other}")),
            }
        }
        if asked.dir.as_os_str().is_empty() || !(10_000..=ORDER_NUMBERS).contains(&asked.orders) {
            return Err("make_bench OUTDIR [--size XS|S|L|XL] [--orders N, at least 10000] …".into());
        }
        Ok(asked)
    }
}

fn size(name: &str) -> Result<u64, String> {
    match name {
        "XS" => Ok(20_000),
        "S" => Ok(1_000_000),
        "L" => Ok(20_000_000),
        "XL" => Ok(100_000_000),
        other => Err(format!("--size is XS, S, L or XL, not {other}")),
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is not a whole number"))
}

// ---- what the shop is -----------------------------------------------------------------------------------

/// Each with its share of new users, in per cent.
const CHANNELS: [(&str, u64); 8] = [
    ("douyin", 27),
    ("wechat-ads", 22),
    ("xiaohongshu", 16),
    ("kuaishou", 11),
    ("offline", 9),
    ("referral", 7),
    ("bilibili", 5),
    ("公众号", 3),
];

/// Each as it stands in the file, with its price in cents and its share of orders, in per cent.
const PRODUCTS: [(&str, u64, u64); 10] = [
    ("TRIAL-7D", 990, 24),
    ("MASK-5P", 8_900, 19),
    ("SERUM-30ML", 19_900, 15),
    ("洁面乳", 5_900, 12),
    ("CREAM-50G", 25_900, 9),
    ("GIFT-SET", 39_800, 7),
    ("防晒霜", 12_900, 6),
    ("\"礼盒, 两件装\"", 59_800, 3),
    ("年度会员", 129_900, 3),
    ("VIP-COURSE", 298_000, 2),
];

const MOTIVES: [(&str, u64); 3] = [("interest", 55), ("affinity", 30), ("brand", 15)];
const TEAMS: [(&str, &str); 4] =
    [("livestream", "douyin"), ("community", ""), ("service", ""), ("content", "")];
const OTHERS: [(&str, &str); 5] =
    [("software", ""), ("packaging", ""), ("samples", "wechat-ads"), ("rent", "offline"), ("sms", "")];

/// What buyers write; the last column of its table, which nothing reads.
const REMARKS: [&str; 4] =
    ["\"请放门口, 谢谢\n先打电话 \"\"急\"\"\"", "\"两件分开包\r\n\r\n写贺卡\"", "尽快发货", "\"a, b\""];

/// One row in so many.
const UNKNOWN_BUYER: u64 = 1_000;
const REMARKED: u64 = 25;
const REFERRED: u64 = 10;
/// ... of the referrals has no order.
const ORPHANED: u64 = 2_000;

/// Distributors are so many times fewer than users.
const USERS_PER_DISTRIBUTOR: u64 = 200;
const ORDERS_PER_USER: u64 = 10;

/// Rows of `users` are mixed within blocks of this many, those of `referrals` within as many orders.
const USER_BLOCK: u64 = 512;
const REFERRAL_BLOCK: u64 = 4_096;

// ---- days -----------------------------------------------------------------------------------------------

const FIRST_YEAR: u64 = 2024;
const MONTHS: u64 = 24;
/// 2024 and 2025.
const DAYS: u64 = 366 + 365;
const DAY_SECONDS: u64 = 86_400;
const SECONDS: u64 = DAYS * DAY_SECONDS;

fn days_of(month: u64) -> u64 {
    match month % 12 + 1 {
        2 if month < 12 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn month_name(month: u64) -> String {
    format!("{}-{:02}", FIRST_YEAR + month / 12, month % 12 + 1)
}

/// All days as they are written.
fn calendar() -> Vec<String> {
    let days = |m: u64| (1..=days_of(m)).map(move |d| format!("{}-{d:02}", month_name(m)));
    (0..MONTHS).flat_map(days).collect()
}

// ---- chance ---------------------------------------------------------------------------------------------

/// Numbers that look random, the same for the same row.
struct Dice(u64);

/// Stafford's finisher "Mix13" of a 64-bit hash.
fn stir(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Dice {
    fn new(seed: u64, table: Table, row: u64) -> Dice {
        let start = stir(seed.wrapping_add(0x1234_5678_9abc_def1)) ^ ((table as u64) << 56);
        Dice(stir(start.wrapping_add(stir(row.wrapping_add(1)))))
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        stir(self.0)
    }

    /// Below `n`.
    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.roll()) * u128::from(n)) >> 64) as u64
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Below `n`, the small ones far more often: the first per cent of them comes up in 16 of 100 rolls.
    fn favourite(&mut self, n: u64) -> u64 {
        (0..3).fold(n, |n, _| self.below(n) + 1) - 1
    }

    /// One of some things with their shares of 100.
    fn pick<'a, T>(&mut self, of: &'a [T], share: impl Fn(&T) -> u64) -> &'a T {
        let mut left = self.below(100);
        for thing in of {
            match left.checked_sub(share(thing)) {
                Some(more) => left = more,
                None => return thing,
            }
        }
        &of[0]
    }
}

#[derive(Clone, Copy)]
enum Table {
    Users = 1,
    Orders,
    Referrals,
    Distributors,
    AdSpend,
    TeamCost,
    OtherCost,
    Names,
    Remarks,
}

// ---- the tables -----------------------------------------------------------------------------------------

struct Shop<'a> {
    asked: &'a Asked,
    calendar: Vec<String>,
    users: u64,
    distributors: u64,
    /// Steps of this many visit every user.
    stride: u64,
}

/// Fewer orders than this have ids of their own.
const ORDER_NUMBERS: u64 = 4_000_000_000;
/// Shares no factor with it.
const ORDER_STRIDE: u64 = 2_654_435_761;

impl<'a> Shop<'a> {
    fn new(asked: &'a Asked) -> Shop<'a> {
        let users = asked.orders / ORDERS_PER_USER;
        let divisor = |mut a: u64, mut b: u64| {
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        let stride = (users * 3 / 5..).find(|s| divisor(*s, users) == 1).unwrap_or(1);
        Shop {
            asked,
            calendar: calendar(),
            users,
            distributors: (users / USERS_PER_DISTRIBUTOR).max(10),
            stride,
        }
    }

    fn dice(&self, table: Table, row: u64) -> Dice {
        Dice::new(self.asked.seed, table, row)
    }

    /// How many of the first `all` are there at a second: a twentieth from the start, the others one by one.
    fn arrived(all: u64, second: u64) -> u64 {
        let first = all / 20;
        first + (u128::from(all - first) * u128::from(second) / u128::from(SECONDS)) as u64
    }

    /// The day on which number `n` of `all` comes.
    fn arrival(all: u64, n: u64) -> u64 {
        let first = all / 20;
        n.saturating_sub(first) * DAYS / (all - first)
    }

    /// The day on which a user is acquired: later by up to six days than it is their turn.
    fn acquired(&self, user: u64) -> u64 {
        let late = self.dice(Table::Users, user).below(7);
        (Shop::arrival(self.users, user) + late).min(DAYS - 1)
    }

    fn users(&self) -> io::Result<()> {
        let mut file = self.file("users", "user_id,acquired_on,channel")?;
        for row in 0..self.users {
            let block = row / USER_BLOCK * USER_BLOCK;
            let whole = block + USER_BLOCK <= self.users;
            let user = if whole { block + (row * 181 + 59) % USER_BLOCK } else { row };
            let mut dice = self.dice(Table::Users, user);
            dice.roll(); // by which it is late
            self.user_id(&mut file.row, user);
            file.text(",").text(&self.calendar[self.acquired(user) as usize]).text(",");
            file.text(dice.pick(&CHANNELS, |c| c.1).0).end()?;
        }
        file.finish()
    }

    /// `u0000123`, or 28 characters that begin alike, as those of one official account do.
    fn user_id(&self, row: &mut Vec<u8>, user: u64) {
        const LETTERS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
        if !self.asked.openid {
            row.push(b'u');
            return digits(row, user, 7);
        }
        row.extend_from_slice(b"oKq9sT");
        let mut dice = self.dice(Table::Names, user);
        for length in [10, 10, 2] {
            let mut bits = dice.roll();
            for _ in 0..length {
                row.push(LETTERS[(bits & 63) as usize]);
                bits >>= 6;
            }
        }
    }

    fn distributor_id(row: &mut Vec<u8>, distributor: u64) {
        row.push(b'd');
        digits(row, distributor, 6);
    }

    /// The second of an order: roughly in the order of rows, up to two days off.
    fn second(&self, order: u64, dice: &mut Dice) -> u64 {
        let turn = (u128::from(SECONDS) * u128::from(order) / u128::from(self.asked.orders)) as u64;
        let off = dice.below(4 * DAY_SECONDS);
        (turn + off).saturating_sub(2 * DAY_SECONDS).min(SECONDS - 1 - off / 4)
    }

    /// Somebody who is there at a second, some of them over and over; a few nobody knows.
    fn buyer(&self, second: u64, dice: &mut Dice) -> u64 {
        if dice.one_in(UNKNOWN_BUYER) {
            return self.users + dice.below(1_000);
        }
        let there = Shop::arrived(self.users, second.saturating_sub(5 * DAY_SECONDS));
        for _ in 0..6 {
            let place = u128::from(dice.favourite(self.users));
            let user = (place * u128::from(self.stride) % u128::from(self.users)) as u64;
            if user < there {
                return user;
            }
        }
        dice.below(there)
    }

    fn orders_and_referrals(&self) -> io::Result<()> {
        let remark = if self.asked.quoted_newlines { ",buyer_remark" } else { "" };
        let header = format!("order_id,user_id,paid_at,amount,refund,product{remark}");
        let mut orders = self.file("orders", &header)?;
        let mut referrals = self.file("referrals", "order_id,distributor_id")?;
        let mut block = Vec::new();
        for order in 0..self.asked.orders {
            let mut dice = self.dice(Table::Orders, order);
            let (id, second) = self.order(&mut orders, order, &mut dice)?;
            if dice.one_in(REFERRED) {
                let there = Shop::arrived(self.distributors, second).max(1);
                block.push((id, dice.favourite(there)));
                if dice.one_in(ORPHANED) {
                    block.push((8_000_000_000_000_000_000 + order, 0));
                }
            }
            if (order + 1) % REFERRAL_BLOCK == 0 || order + 1 == self.asked.orders {
                self.referrals(&mut referrals, order, &mut block)?;
            }
        }
        orders.finish()?;
        referrals.finish()
    }

    /// Writes one order; returns its id and second.
    fn order(&self, file: &mut Csv, order: u64, dice: &mut Dice) -> io::Result<(u64, u64)> {
        let second = self.second(order, dice);
        let id = 3_700_000_000_000_000_000 + second * ORDER_NUMBERS + order * ORDER_STRIDE % ORDER_NUMBERS;
        digits(&mut file.row, id, 19);
        file.text(",");
        self.user_id(&mut file.row, self.buyer(second, dice));
        file.text(",").text(&self.calendar[(second / DAY_SECONDS) as usize]);
        for (sign, part) in [(" ", second / 3_600 % 24), (":", second / 60 % 60), (":", second % 60)] {
            file.text(sign);
            digits(&mut file.row, part, 2);
        }
        let (product, price, _) = *dice.pick(&PRODUCTS, |p| p.2);
        // Four in ten had a voucher.
        let amount = price - if dice.below(10) < 4 { dice.below(price / 4) } else { 0 };
        file.text(",").money(amount).text(",");
        match dice.below(100) {
            0..4 => file.money(amount),
            4..6 => file.money(1 + dice.below(amount)),
            _ => file,
        };
        file.text(",").text(product);
        if self.asked.quoted_newlines {
            file.text(",");
            // Dice of their own: everything else stays as it is without remarks.
            let mut dice = self.dice(Table::Remarks, order);
            if dice.one_in(REMARKED) {
                file.text(REMARKS[dice.below(REMARKS.len() as u64) as usize]);
            }
        }
        file.end()?;
        Ok((id, second))
    }

    /// Writes a block of referrals in no order.
    fn referrals(&self, file: &mut Csv, order: u64, block: &mut Vec<(u64, u64)>) -> io::Result<()> {
        let mut dice = self.dice(Table::Referrals, order);
        for last in (1..block.len()).rev() {
            block.swap(last, dice.below(last as u64 + 1) as usize);
        }
        for (id, distributor) in block.drain(..) {
            digits(&mut file.row, id, 19);
            file.text(",");
            Shop::distributor_id(&mut file.row, distributor);
            file.end()?;
        }
        Ok(())
    }

    /// In the order of joining; the upline of each joined before. Some sell a day or two before they joined.
    fn distributors(&self) -> io::Result<()> {
        let mut file = self.file("distributors", "distributor_id,user_id,joined_on,motive,upline_id")?;
        for distributor in 0..self.distributors {
            let mut dice = self.dice(Table::Distributors, distributor);
            let turn = Shop::arrival(self.distributors, distributor);
            let joined = (turn + dice.below(3)).min(DAYS - 1);
            Shop::distributor_id(&mut file.row, distributor);
            file.text(",");
            if !dice.one_in(50) {
                let there = Shop::arrived(self.users, joined.saturating_sub(6) * DAY_SECONDS);
                self.user_id(&mut file.row, dice.below(there));
            }
            file.text(",").text(&self.calendar[joined as usize]).text(",");
            file.text(dice.pick(&MOTIVES, |m| m.1).0).text(",");
            if distributor > 0 && dice.below(10) < 4 {
                Shop::distributor_id(&mut file.row, dice.below(distributor));
            }
            file.end()?;
        }
        file.finish()
    }

    /// An amount that grows with the shop, in cents.
    fn scaled(&self, cents: u64) -> u64 {
        (cents * self.asked.orders / 1_000_000).max(1)
    }

    fn ad_spend(&self) -> io::Result<()> {
        let mut file = self.file("ad_spend", "date,channel,campaign,amount")?;
        for (day, date) in self.calendar.iter().enumerate() {
            for (n, (channel, _)) in CHANNELS.iter().enumerate() {
                let mut dice = self.dice(Table::AdSpend, (day * CHANNELS.len() + n) as u64);
                for campaign in 0..3 + dice.below(2) {
                    let cents = self.scaled(4_000 + dice.below(180_000));
                    let name = format!(",{channel},c{:02}-{campaign},", day / 30);
                    file.text(date).text(&name).money(cents).end()?;
                }
            }
        }
        file.finish()
    }

    fn team_cost(&self) -> io::Result<()> {
        let mut file = self.file("team_cost", "date,amount,team,channel")?;
        for month in 0..MONTHS {
            for (n, (team, channel)) in TEAMS.iter().enumerate() {
                let cents = 900_000 + self.dice(Table::TeamCost, month * 16 + n as u64).below(8_000_000);
                let cents = self.scaled(cents);
                file.text(&month_name(month)).text(",").money(cents);
                file.text(&format!(",{team},{channel}")).end()?;
            }
        }
        file.finish()
    }

    /// By the month, but for what is dated by a day.
    fn other_cost(&self) -> io::Result<()> {
        let mut file = self.file("other_cost", "date,amount,category,channel")?;
        for month in 0..MONTHS {
            for (n, (category, channel)) in OTHERS.iter().enumerate() {
                let mut dice = self.dice(Table::OtherCost, month * 16 + n as u64);
                let day = 1 + dice.below(days_of(month));
                let date = month_name(month) + &if n == 2 { format!("-{day:02}") } else { String::new() };
                let cents = self.scaled(200_000 + dice.below(3_000_000));
                file.text(&date).text(",").money(cents);
                file.text(&format!(",{category},{channel}")).end()?;
            }
        }
        file.finish()
    }

    fn file(&self, table: &str, header: &str) -> io::Result<Csv> {
        Csv::create(&self.asked.dir, table, header, self.asked.gzip)
    }
}

// ---- writing --------------------------------------------------------------------------------------------

/// A table that is being written, row by row.
struct Csv {
    out: Out,
    row: Vec<u8>,
}

enum Out {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl Csv {
    fn create(dir: &Path, table: &str, header: &str, gzip: bool) -> io::Result<Csv> {
        let name = format!("{table}.csv{}", if gzip { ".gz" } else { "" });
        let file = BufWriter::with_capacity(1 << 20, File::create(dir.join(name))?);
        let out = if gzip {
            Out::Gzip(Box::new(GzEncoder::new(file, Compression::default())))
        } else {
            Out::Plain(file)
        };
        let mut csv = Csv { out, row: Vec::new() };
        csv.text(header).end()?;
        Ok(csv)
    }

    fn text(&mut self, text: &str) -> &mut Csv {
        self.row.extend_from_slice(text.as_bytes());
        self
    }

    fn money(&mut self, cents: u64) -> &mut Csv {
        digits(&mut self.row, cents / 100, 1);
        self.row.push(b'.');
        digits(&mut self.row, cents % 100, 2);
        self
    }

    fn end(&mut self) -> io::Result<()> {
        self.row.push(b'\n');
        match &mut self.out {
            Out::Plain(out) => out.write_all(&self.row)?,
            Out::Gzip(out) => out.write_all(&self.row)?,
        }
        self.row.clear();
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        match self.out {
            Out::Plain(mut out) => out.flush(),
            Out::Gzip(out) => out.finish()?.flush(),
        }
    }
}

/// A number with at least so many digits.
fn digits(row: &mut Vec<u8>, mut number: u64, at_least: usize) {
    let mut text = [b'0'; 20];
    let mut from = text.len();
    while number > 0 {
        from -= 1;
        text[from] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    row.extend_from_slice(&text[from.min(text.len() - at_least)..]);
}
