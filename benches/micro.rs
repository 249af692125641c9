//! Times of the parts in which a run over many orders spends its time: lexers, splitter, fold.
//!
//! ```text
//! cargo bench                  # all of them
//! cargo bench -- split         # those with this in their name
//! ```
//!
//! They tell which of two ways to write a part is faster. Whether it matters for a whole run, `bench/run.py` tells.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scrm_calc::input::count_records;
use scrm_calc::input::field::{date, id, money};
use scrm_core::classify::Buyer;
use scrm_core::date::{Day, Stamp};
use scrm_core::fold::{Basis, BuyerBits, Context, Fold, NONE, Order, Shape};
use scrm_core::money::Amount;
use scrm_core::period::{Ends, Grain};
use scrm_core::world::{Distributor, User, World};
use std::hint::black_box;

const CELLS: usize = 1_000;
const ROWS: usize = 10_000;

fn first_day() -> Day {
    Day::from_ymd(2024, 1, 1).expect("a day")
}

/// The day of row `i`: later rows are on later days, as in exports.
fn day(i: usize) -> Day {
    first_day().plus(i as i32 * 700 / ROWS as i32)
}

fn written(i: usize) -> String {
    let (year, month, day) = day(i).ymd();
    format!("{year}-{month:02}-{day:02} {:02}:{:02}:{:02}", i % 24, i % 60, i * 7 % 60)
}

/// Something like random, the same in every run.
fn stir(i: usize) -> usize {
    (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) as usize
}

/// Times one lexer over many cells.
fn lexer<T>(c: &mut Criterion, name: &str, cells: &[String], mut lex: impl FnMut(&[u8]) -> T) {
    let mut group = c.benchmark_group("lex");
    group.throughput(Throughput::Elements(cells.len() as u64));
    group.bench_function(name, |b| {
        b.iter(|| {
            for cell in cells {
                black_box(lex(black_box(cell.as_bytes())));
            }
        });
    });
}

fn lexers(c: &mut Criterion) {
    let cells = |of: &dyn Fn(usize) -> String| (0..CELLS).map(of).collect::<Vec<_>>();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    let mut days = date::Days::default();
    let stamps = cells(&|i| written(i * 10));
    lexer(c, "date/plain", &stamps, date::plain);
    lexer(c, "date/days read lately", &stamps, |cell| days.read(cell));
    let other = cells(&|i| written(i * 10).replace('-', "/"));
    lexer(c, "date/slashes", &other, |cell| date::stamp(cell, &zone));
    let offset = cells(&|i| written(i * 10).replace(' ', "T") + "+00:00");
    lexer(c, "date/offset", &offset, |cell| date::stamp(cell, &zone));
    let amounts = cells(&|i| format!("{}.{:02}", stir(i) % 1_000, i % 100));
    lexer(c, "money/plain", &amounts, money::money);
    let decorated = cells(&|i| format!("¥{},{:03}.{:02}", i % 9 + 1, stir(i) % 1_000, i % 100));
    lexer(c, "money/decorated", &decorated, money::money);
    let ids = cells(&|i| format!("37{:017}", stir(i) % 100_000_000_000_000_000));
    lexer(c, "id/is plain", &ids, id::is_plain);
    lexer(c, "id/plain", &ids, |cell| id::id(cell).map(<[u8]>::len));
    let guarded = cells(&|i| format!("'37{:017}", stir(i) % 100_000_000_000_000_000));
    lexer(c, "id/guarded", &guarded, |cell| id::id(cell).map(<[u8]>::len));
}

/// Rows of orders, one in `quoted` with a cell in quotes.
fn rows(quoted: usize) -> Vec<u8> {
    let row = |i: usize| {
        let product = if i.is_multiple_of(quoted) { "\"礼盒, 两件装\"" } else { "SERUM-30ML" };
        let id = 3_700_000_000_000_000_000 + stir(i) % 100_000_000_000_000_000;
        format!("{id},u{:07},{},{}.00,,{product}\n", stir(i) % 10_000_000, written(i), 9 + i % 400)
    };
    (0..ROWS).map(row).collect::<String>().into_bytes()
}

fn splitter(c: &mut Criterion) {
    let mut group = c.benchmark_group("split");
    for (name, quoted) in [("plain", usize::MAX), ("3 % in quotes", 33), ("all in quotes", 1)] {
        let bytes = rows(quoted);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| count_records(black_box(&bytes), 6));
        });
    }
}

/// Users of eight channels and ten distributors.
fn world() -> World {
    let users = 10_000;
    World {
        channels: (0..8).map(|n| format!("channel-{n}").into()).collect(),
        named_channels: 8,
        users: (0..users).map(|n| User { acquired: first_day(), channel: (n % 8) as u32 }).collect(),
        persons: users as u32,
        distributors: (0..10).map(|n| Distributor::new(&format!("d{n}"))).collect(),
        ..World::default()
    }
}

/// Which bucket, and into the sums of its month and channel: all but the reading.
fn fold(c: &mut Criterion) {
    let world = world();
    let mut group = c.benchmark_group("fold");
    group.throughput(Throughput::Elements(ROWS as u64));
    for (name, one_in) in [("direct", usize::MAX), ("one in ten referred", 10)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let shape = Shape {
                    grain: Grain::Month,
                    ends: Ends::default(),
                    basis: Basis::Period,
                    by_channel: true,
                    keep_ids: false,
                };
                let buyers = BuyerBits::new(world.users.len(), Grain::Month.number(first_day()), 24);
                let cx = Context { world: &world, shape };
                let mut fold = Fold::new(buyers);
                for i in 0..ROWS {
                    add(&mut fold, &cx, i, i % one_in == one_in - 1);
                }
                fold
            });
        });
    }
}

fn add(fold: &mut Fold, cx: &Context, i: usize, referred: bool) {
    let amount = Amount::from_cents(990 + (i % 400) as i64 * 100);
    let paid = Stamp { day: day(i), second: Some((i % 86_400) as u32) };
    let refund = [(paid.day, amount)];
    let order = Order {
        id: b"3700000000000000000",
        buyer: Buyer::Known((stir(i) % cx.world.users.len()) as u32),
        paid: Some(paid),
        amount,
        refunds: if i.is_multiple_of(16) { &refund } else { &[] },
        goods_cost: Amount::ZERO,
        completed: None,
        product: NONE,
        category: NONE,
    };
    let verdict = cx.world.classify(order.buyer, order.paid, referred.then_some((i % 10) as u32));
    fold.add(cx, &order, verdict, || 0);
}

criterion_group!(benches, lexers, splitter, fold);
criterion_main!(benches);
