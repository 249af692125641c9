//! Rows that are read many abreast are read as those that are read one by one.
//!
//! A column that only the other way reads, and that is empty, changes no figure. So a shop is the same with it and
//! without it, whatever its cells hold.

use super::shop::Shop;
use scrm_calc::app::Run;

const LONG: &str = "oXk3d5abcdefghijklmnopqrstuv";
const PLAN: &str = "[commission]\nlevels = [\"10%\"]\n\
    [[commission.rate]]\nproduct = \"a \\\"b\\\" c\"\nlevels = [\"30%\"]\n\
    [[commission.rate]]\nproduct = \"茶\"\nlevels = [\"20%\"]\n";

/// The cells of a column: plain ones, others that are right, and others that mostly are not. N is another number in each
/// row.
const CELLS: [[&[&str]; 3]; 6] = [
    [
        &["N", "7N", "400000000N", "40000000000000N", "SO-N", "4200001234202601011234N", "99999999999999N"],
        &["'9N", " 8N", "0N", "`N", "N ", "1N0000000000000000000"],
        &["1.03E+19", "", "a\tb", "#N/A"],
    ],
    [
        &["mei", "tom", "u0000017", LONG, "nobody", ""],
        &[" mei", "u 1", "用户", "'tom", "d1", "mei "],
        &["-", "a\tb", "\u{200b}mei"],
    ],
    [
        &["2026-03-01 10:00:05", "2026-03-02 23:59:59", "2026-02-28", "2026-01-19 00:00:00"],
        &["2026/3/1", "2026-03-01T10:00:00", "2026-03-01 10:00", "20260301", " 2026-03-01", ""],
        &["2026-02-30", "2026-03-01 24:00:00", "2026-03-01-10:00:00", "2027-01-01 10:00:00", "x"],
    ],
    [
        &["9.90", "12345.67", "99999999.99", "0.50", "12", "12.5"],
        &["0.1234", "¥5", "\"1,234.50\"", "123456789.99", "+3", " 7.00"],
        &["-5", "x", "1.2.3", "", ".50", "\"5,0\"", "0.00"],
    ],
    [&["", "", "", "0", "0.00", "0.10", "\"\""], &["0.5", "¥0.10", " "], &["1000000000", "y", "-1"]],
    [
        &["tea", "green tea", "茶", ""],
        &["\"a \"\"b\"\" c\"", "\"tea, green\"", "\"\"", "\"茶\"", "杯\u{e000}"],
        &["a\tb", "a\"b"],
    ],
];

/// Numbers that look random and are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    /// The rows of a file, with how many cells in a thousand of another kind than the plain.
    fn rows(&mut self, count: usize, odd: usize, wrong: usize) -> Vec<[String; 6]> {
        let cell = |draw: &mut Draw, column: usize, row: usize| {
            let kind = match draw.below(1_000) {
                n if n < wrong => 2,
                n if n < wrong + odd => 1,
                _ => 0,
            };
            let cells = CELLS[column][kind];
            cells[draw.below(cells.len())].replace('N', &format!("{row:05}"))
        };
        (0..count).map(|row| std::array::from_fn(|column| cell(self, column, row))).collect()
    }
}

/// How a file is written: what ends a line, and whether every cell is in quotes.
fn shop(rows: &[[String; 6]], more: bool, end: &str, quoted: bool) -> Shop {
    let (name, cell) = if more { (",refunded_at", ",") } else { ("", "") };
    let mut text = format!("order_id,user_id,paid_at,amount,refund,product{name}{end}");
    for row in rows {
        let dress =
            |cell: &String| if quoted && !cell.contains('"') { format!("\"{cell}\"") } else { cell.clone() };
        text += &(row.iter().map(dress).collect::<Vec<_>>().join(",") + cell + end);
    }
    let referrals: String = rows.iter().step_by(3).map(|row| format!("{},D1\n", row[0].trim())).collect();
    Shop::new(&[
        ("orders.csv", &text),
        ("referrals.csv", &format!("order_id,distributor_id\n{referrals}")),
        ("distributors.csv", "distributor_id,user_id,joined_on\nD1,d1,2026-01-02\n"),
        (
            "users.csv",
            &format!(
                "user_id,acquired_on,channel\nmei,2026-01-05,douyin\ntom,2026-01-20,douyin\n{LONG},2026-01-20,kol\n\
                 u0000017,2026-02-01,douyin\nu 1,2026-01-01,kol\n用户,2026-01-01,kol\nd1,2026-01-01,kol\n"
            ),
        ),
        ("scrm.toml", PLAN),
    ])
}

/// What is told of it all, but for the name of the column.
fn told(run: &Run) -> (u8, String, String) {
    let clean = |text: &[u8]| String::from_utf8_lossy(text).replace(",\"refunded_at\"", "");
    (run.status, clean(&run.out), clean(run.err.as_bytes()))
}

#[test]
fn rows_abreast_are_read_as_one_by_one() {
    let (mut right, mut refused) = (0, 0);
    for seed in 0..60 {
        let mut draw = Draw(seed);
        let (odd, wrong) = ([0, 30, 300][seed as usize % 3], [0, 0, 0, 5][seed as usize % 4]);
        let count = 1 + draw.below(700);
        let rows = draw.rows(count, odd, wrong);
        let (end, quoted) = (["\n", "\r\n"][draw.below(2)], draw.below(4) == 0);
        let pieces = ["", " --chunk-bytes 4096 --threads 2", " --chunk-bytes 700"][draw.below(3)];
        for line in ["pnl -D --by channel -O json --max-errors 0", "payouts --lines -O csv"] {
            let [abreast, other] = [false, true]
                .map(|more| told(&shop(&rows, more, end, quoted).run(&format!("{line}{pieces}"))));
            assert_eq!(abreast, other, "seed {seed}: {line}{pieces}");
            (right, refused) = if abreast.0 == 0 { (right + 1, refused) } else { (right, refused + 1) };
        }
    }
    assert!(right > 40 && refused > 15, "{right} shops were read and {refused} refused");
}
