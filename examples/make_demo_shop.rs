//! Writes the demo shop: a data directory such as `scrm-calc pnl DIR` reads, with a story in it.
//!
//! ```text
//! cargo run --example make_demo_shop [OUTDIR]      # default: examples/demo-shop
//! ```
//!
//! The shop sells skincare in the first quarter of 2026. One channel (`wechat-ads`) costs more than its users
//! bring, the others earn; the Spring Festival is quiet and Women's Day (8 March) is loud; users buy, some of
//! them become distributors, and most of those sell. Nobody in it is real.
//!
//! The same bytes come out on every machine: the generator has its own random numbers, counts in whole cents
//! and whole days, and uses no floats, no clock and no hash map. It does not calculate a P&L; the one rule of
//! money it knows is what January's commission came to, because `payments.csv` must have paid just that.

use std::path::{Path, PathBuf};
use std::{env, fs, io, ops::Range};

/// One of a dozen that were tried: its shop tells the story most plainly.
const SEED: u64 = 20_260_111;

fn main() -> io::Result<()> {
    let dir = env::args_os().nth(1).map_or_else(default_dir, PathBuf::from);
    let shop = Shop::simulate();
    fs::create_dir_all(&dir)?;
    for (name, text) in shop.files() {
        fs::write(dir.join(name), text)?;
    }
    Ok(())
}

fn default_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo-shop")
}

// ---- what the shop is -----------------------------------------------------------------------------------

/// A channel's new users in January, February, March, and how many of 1,000 of them buy sooner or later.
struct Channel {
    name: &'static str,
    new_users: [usize; 3],
    buyers_per_1000: u64,
}

const REFERRAL: usize = 4;
const CHANNELS: [Channel; 5] = [
    Channel { name: "douyin", new_users: [240, 180, 270], buyers_per_1000: 235 },
    Channel { name: "xiaohongshu", new_users: [150, 120, 190], buyers_per_1000: 275 },
    // The same budget buys fewer users every month, and they were only after the free sample.
    Channel { name: "wechat-ads", new_users: [160, 120, 95], buyers_per_1000: 90 },
    Channel { name: "offline", new_users: [75, 40, 85], buyers_per_1000: 290 },
    // Invited users who buy nothing from their distributor; those who do are created with the sale.
    Channel { name: "referral", new_users: [30, 35, 50], buyers_per_1000: 220 },
];

/// Ad spend per month in cents, of the channels that are billed by the day.
const DAILY_SPEND: [(&str, [&str; 3], [u64; 3]); 2] = [
    ("douyin", ["feed-new-year", "feed-new-year", "feed-march-8"], [yuan(3_400), yuan(2_600), yuan(4_000)]),
    ("wechat-ads", ["moments-sample"; 3], [yuan(4_800), yuan(4_600), yuan(4_700)]),
];

/// The rest of the ad spend, as invoices come: day, channel, campaign, cents.
const OFFLINE_SPEND: [(Day, &str, u64); 6] = [
    (9, "mall-stand", yuan(680)),
    (23, "mall-stand", yuan(680)),
    (36, "new-year-market", yuan(450)),
    (65, "womens-day-stand", yuan(880)),
    (66, "leaflets", 12_650),
    (79, "mall-stand", yuan(680)),
];

/// A row without a channel is shared by all of them.
const TEAM_COST_CSV: &str = "\
date,amount,team,channel
2026-01,3600.00,livestream,douyin
2026-01,6500.00,community,
2026-01,1800.00,service,
2026-02,3000.00,livestream,douyin
2026-02,6500.00,community,
2026-02,1800.00,service,
2026-03,4200.00,livestream,douyin
2026-03,6800.00,community,
2026-03,2400.00,service,
";

/// What comes every month is dated by the month, a batch of samples by its day.
const OTHER_COST_CSV: &str = "\
date,amount,category,channel
2026-01,499.00,software,
2026-01,612.40,packaging,
2026-01-06,860.00,samples,wechat-ads
2026-01-20,420.00,samples,
2026-02,499.00,software,
2026-02,538.75,packaging,
2026-02-05,790.00,samples,wechat-ads
2026-03,499.00,software,
2026-03,1086.20,packaging,
2026-03-03,650.00,samples,wechat-ads
2026-03-06,735.00,samples,offline
";

const TARGETS: [(&str, &str, [&str; 3]); 23] = [
    ("", "traffic.new_users", ["650", "560", "790"]),
    ("", "traffic.ad_spend", ["11050.00", "9520.00", "13430.00"]),
    ("", "traffic.team_cost", ["11900.00", "11300.00", "13400.00"]),
    ("", "traffic.other_cost", ["2300.00", "1900.00", "2600.00"]),
    ("", "traffic.cost", ["25250.00", "22720.00", "29430.00"]),
    ("", "direct.users", ["650", "1210", "2000"]),
    ("", "direct.buyers", ["98", "121", "220"]),
    ("", "direct.orders", ["100", "124", "231"]),
    ("", "direct.revenue", ["18620.00", "22990.00", "41800.00"]),
    ("", "direct.profit", ["-6630.00", "270.00", "12370.00"]),
    ("", "distribution.distributors", ["20", "32", "40"]),
    ("", "distribution.active", ["14", "22", "30"]),
    ("", "distribution.revenue", ["8400.00", "11000.00", "24000.00"]),
    ("", "distribution.commission", ["900.00", "1150.00", "2760.00"]),
    ("", "distribution.profit", ["7500.00", "9850.00", "21240.00"]),
    ("", "total.revenue", ["27020.00", "33990.00", "65800.00"]),
    ("", "total.cost", ["26150.00", "23870.00", "32190.00"]),
    ("", "total.profit", ["870.00", "10120.00", "33610.00"]),
    ("douyin", "traffic.new_users", ["220", "190", "260"]),
    ("douyin", "direct.profit", ["1500.00", "3000.00", "6000.00"]),
    ("wechat-ads", "traffic.new_users", ["150", "120", "100"]),
    ("wechat-ads", "traffic.ad_spend", ["4500.00", "4200.00", "3800.00"]),
    ("wechat-ads", "direct.profit", ["-2000.00", "-1500.00", "-500.00"]),
];

const TARGET_CHANNELS: [&str; 6] = ["douyin", "offline", "referral", "wechat-ads", "xiaohongshu", "(shared)"];

/// What March is to bring in each channel, where that is not among the targets above: together those of the shop.
const MARCH_TARGETS: [(&str, [&str; 6]); 12] = [
    ("traffic.new_users", ["", "90", "140", "", "200", ""]),
    ("traffic.ad_spend", ["3900.00", "1730.00", "1400.00", "", "2600.00", ""]),
    ("traffic.team_cost", ["4200.00", "", "", "", "", "9200.00"]),
    ("traffic.other_cost", ["", "735.00", "", "650.00", "", "1215.00"]),
    ("direct.users", ["680", "205", "271", "380", "464", ""]),
    ("direct.buyers", ["82", "24", "29", "22", "63", ""]),
    ("direct.orders", ["86", "24", "31", "23", "67", ""]),
    ("direct.revenue", ["", "4500.00", "6250.00", "", "13000.00", ""]),
    ("distribution.distributors", ["23", "2", "", "3", "12", ""]),
    ("distribution.active", ["18", "2", "", "1", "9", ""]),
    ("distribution.revenue", ["15000.00", "1200.00", "", "800.00", "7000.00", ""]),
    ("distribution.commission", ["1725.00", "138.00", "", "92.00", "805.00", ""]),
];

const ADJUSTMENTS_CSV: &str = "\
distributor_id,date,amount,reason
D003,2026-02-20,-19.90,一单重复计佣，更正
D007,2026-03-09,88.00,三八节活动奖励
";

struct Product {
    sku: &'static str,
    category: &'static str,
    cents: u64,
}

const PRODUCTS: [Product; 4] = [
    Product { sku: "SERUM-30ML", category: "精华", cents: yuan(199) },
    Product { sku: "TRIAL-7D", category: "体验装", cents: yuan(69) },
    Product { sku: "GIFT-SET", category: "礼盒", cents: yuan(398) },
    Product { sku: "MASK-5P", category: "面膜", cents: yuan(89) },
];

/// Of 100 baskets, how many hold each product. A first purchase is more often a trial than a set.
const FIRST_BASKET: [u64; 4] = [68, 17, 8, 7];
const NEXT_BASKET: [u64; 4] = [74, 0, 14, 12];
const FRIEND_BASKET: [u64; 4] = [76, 8, 11, 5];

const VOUCHERS: [u64; 4] = [yuan(5), yuan(10), yuan(10), yuan(15)];

const STAFF: [&str; 3] = ["lin.xia", "he.yue", "zhou.min"];

/// How many orders each distributor will sell, in the order of joining. Those with 0 never start.
const SALES: [u64; 40] = [
    25, 9, 17, 3, 13, 0, 21, 6, 11, 0, 16, 8, 4, 12, 10, 0, 14, 7, 3, 9, 0, 5, 8, 0, 11, 4, 0, 6, 2, 0, 5, 3,
    0, 4, 3, 0, 2, 4, 0, 1,
];
const NAMES: [&str; 40] = [
    "晓芸", "雅琴", "梦洁", "若曦", "佳宁", "思彤", "美玲", "春燕", "静怡", "海棠", "玉兰", "诗涵", "婉清",
    "秋月", "丽娟", "书瑶", "明慧", "可欣", "雪莹", "桂香", "子墨", "巧云", "文静", "冬梅", "以宁", "小满",
    "彩霞", "舒雅", "念慈", "红叶", "知夏", "志远", "清荷", "乐怡", "金凤", "安琪", "沐晴", "建平", "芷若",
    "语桐",
];

/// Invited to sell before they had bought anything here; all others are buyers first.
const FOUNDERS: usize = 5;
/// How many buyers start to sell within each span of days.
const JOINING: [(Range<Day>, usize); 4] = [(4..13, 9), (13..31, 8), (31..59, 12), (59..84, 6)];
/// The first to join have no upline; these of them bring others in, some more often.
const WITHOUT_UPLINE: usize = 6;
const UPLINES: [usize; 6] = [0, 0, 1, 2, 2, 4];
/// She sells nothing, but brought one in who does: what she earns is of level 2 only.
const RECRUITER: usize = 5;
const RECRUITED: usize = 25;
/// The one who leaves, some weeks after her last sale.
const LEAVER: usize = 3;
const LEAVER_SELLS: Range<Day> = 8..15;
const LEAVER_LEFT: Day = 45;
const LEAVER_REFUND: Day = 63;

/// January's settled commission was paid on 10 February.
const PAYOUT_CUT: Day = 30;
const PAYOUT_DAY: Day = 40;
const MIN_PAYOUT_CENTS: u64 = yuan(10);
const SETTLE_AFTER_DAYS: Day = 7;
const LEVEL_PERCENT: [u64; 2] = [10, 2];

const SCRM_TOML: &str = r#"# The demo shop: skincare, January to March 2026.
# Every key is optional; what is written here is what this shop decided.
currency = "CNY"
timezone = "Asia/Shanghai"

[commission]
levels = ["10%", "2%"]     # the seller, and who brought the seller in; there is no third level
settle_after_days = 7      # counted from completed_at: the time in which goods may be returned
min_payout = "10.00"       # less than this is carried to the next payout

# In March the gift set paid more.
[[commission.rate]]
product = "GIFT-SET"
levels = ["15%", "3%"]
from = "2026-03-01"
until = "2026-04-01"       # exclusive

[tax]
rule = "none"              # nothing is withheld: each distributor declares for herself
"#;

// ---- money, days, moments, chance -----------------------------------------------------------------------

const fn yuan(n: u64) -> u64 {
    100 * n
}

/// Days since 2026-01-01.
type Day = u64;

const MONTH_DAYS: [Day; 3] = [31, 28, 31];
/// 2026-04-01, the first day that has not happened.
const END: Day = 90;
const DAY_SECONDS: u64 = 86_400;

/// Seconds since 2026-01-01 00:00, local time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(u64);

impl Moment {
    const fn day(self) -> Day {
        self.0 / DAY_SECONDS
    }

    fn text(self) -> String {
        let s = self.0 % DAY_SECONDS;
        format!("{} {:02}:{:02}:{:02}", date(self.day()), s / 3600, s / 60 % 60, s % 60)
    }
}

fn month_start(month: usize) -> Day {
    MONTH_DAYS[..month].iter().sum()
}

fn date(day: Day) -> String {
    let month = (0..3).rev().find(|&m| month_start(m) <= day).unwrap_or(0);
    format!("2026-{:02}-{:02}", month + 1, day - month_start(month) + 1)
}

/// How lively a day is, where an ordinary one is 10.
const fn bustle(day: Day) -> u64 {
    match day {
        0..=4 => 18,   // the opening
        43..=53 => 3,  // Spring Festival: parcels stand still
        59..=66 => 22, // the week of Women's Day
        _ => 10,
    }
}

/// Splitmix64: small, and the same everywhere.
struct Rng(u64);

impl Rng {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 ≤ result < `n`. The slight bias of a remainder is of no account in a demo.
    const fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    const fn chance(&mut self, per_1000: u64) -> bool {
        self.below(1000) < per_1000
    }

    /// One of `count` places.
    fn place(&mut self, count: usize) -> usize {
        self.weighted((0..count).map(|_| 1))
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.place(items.len())]
    }

    /// The place of one of `weights`, drawn in proportion to them.
    fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (place, weight) in weights.enumerate() {
            if left < weight {
                return place;
            }
            left -= weight;
        }
        unreachable!("the draw is below the sum of the weights")
    }

    /// A day of the span, lively days more often.
    fn day(&mut self, span: Range<Day>) -> Day {
        let place = self.weighted(span.clone().map(bustle));
        span.start + place as Day
    }

    /// A moment of that day between 8:00 and 23:00, evenings more often.
    fn moment(&mut self, day: Day) -> Moment {
        let hour = 8 + self.below(15).max(self.below(15));
        Moment(day * DAY_SECONDS + hour * 3600 + self.below(3600))
    }

    /// A moment so many days after another.
    fn later(&mut self, than: Moment, days: Range<Day>) -> Moment {
        let day = than.day() + days.start + self.below(days.end - days.start);
        self.moment(day)
    }
}

// ---- the simulation -------------------------------------------------------------------------------------

struct User {
    acquired: Day,
    channel: usize,
    staff: &'static str,
    voucher_cents: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Buyer {
    /// A place in `Shop::users`.
    Member(usize),
    /// Bought, but never joined the private domain.
    Stranger(u64),
    Guest,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Unpaid,
    Cancelled,
    Paid,
    Shipped,
    Completed,
    Refunded,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Cancelled => "cancelled",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
            Self::Completed => "completed",
            Self::Refunded => "refunded",
        }
    }
}

struct Refund {
    at: Moment,
    cents: u64,
}

/// What became of a paid order by the end of March.
struct Outcome {
    status: Status,
    completed: Option<Moment>,
    refund: Option<Refund>,
}

struct Order {
    id: u64,
    buyer: Buyer,
    /// A place in `Shop::distributors`.
    seller: Option<usize>,
    product: usize,
    cents: u64,
    paid: Option<Moment>,
    outcome: Outcome,
}

#[derive(Clone, Copy)]
enum Motive {
    Interest,
    Affinity,
    Brand,
}

impl Motive {
    const fn word(self) -> &'static str {
        match self {
            Self::Interest => "interest",
            Self::Affinity => "affinity",
            Self::Brand => "brand",
        }
    }

    /// Who sells for the money alone also sells to people who send it back.
    const fn refunds_per_1000(self) -> u64 {
        match self {
            Self::Interest => 75,
            Self::Affinity => 30,
            Self::Brand => 20,
        }
    }
}

/// As often as they are drawn: interest first, as usual.
const MOTIVES: [Motive; 6] =
    [Motive::Interest, Motive::Interest, Motive::Interest, Motive::Affinity, Motive::Affinity, Motive::Brand];

struct Distributor {
    user: usize,
    joined: Day,
    left: Option<Day>,
    motive: Motive,
    upline: Option<usize>,
}

struct Shop {
    rng: Rng,
    users: Vec<User>,
    orders: Vec<Order>,
    distributors: Vec<Distributor>,
    strangers: u64,
}

impl Shop {
    fn simulate() -> Self {
        let mut shop = Self {
            rng: Rng(SEED),
            users: Vec::new(),
            orders: Vec::new(),
            distributors: Vec::new(),
            strangers: 0,
        };
        shop.acquire();
        shop.buy_directly(0);
        shop.recruit();
        let invited = shop.users.len();
        shop.sell_to_friends();
        shop.buy_directly(invited);
        shop.buy_for_themselves();
        shop.give_up_baskets();
        shop.buy_from_outside();
        shop.refund_after_payout();
        shop.orders.sort_by_key(|order| order.id);
        shop
    }

    fn acquire(&mut self) {
        for (place, channel) in CHANNELS.iter().enumerate() {
            for (month, &count) in channel.new_users.iter().enumerate() {
                let start = month_start(month);
                for _ in 0..count {
                    let day = self.rng.day(start..start + MONTH_DAYS[month]);
                    self.join(place, day);
                }
            }
        }
    }

    /// A new user, whose place is returned. A referred one got a voucher, which is what it cost.
    fn join(&mut self, channel: usize, acquired: Day) -> usize {
        let staff = *self.rng.pick(&STAFF);
        let voucher_cents = (channel == REFERRAL).then(|| *self.rng.pick(&VOUCHERS));
        self.users.push(User { acquired, channel, staff, voucher_cents });
        self.users.len() - 1
    }

    /// First and further purchases of the users from place `first` on, until March ends.
    fn buy_directly(&mut self, first: usize) {
        for user in first..self.users.len() {
            let User { acquired, channel, .. } = self.users[user];
            if !self.rng.chance(CHANNELS[channel].buyers_per_1000) {
                continue;
            }
            let patience = if self.rng.chance(700) { 16 } else { 60 };
            let mut day = self.rng.day(acquired..acquired + patience);
            let mut basket = FIRST_BASKET;
            while day < END {
                self.order(Buyer::Member(user), None, day, &basket);
                if !self.rng.chance(230) {
                    break;
                }
                day = self.rng.day(day + 12..day + 50);
                basket = NEXT_BASKET;
            }
        }
    }

    /// Founders first, then buyers who kept what they bought; numbered by the day they joined.
    fn recruit(&mut self) {
        let mut joining = self.founders();
        let mut content = self.content_buyers();
        for (span, count) in JOINING {
            let mut ready: Vec<_> = content.iter().filter(|(day, _)| span.contains(day)).copied().collect();
            for _ in 0..count.min(ready.len()) {
                let chosen = ready.swap_remove(self.rng.place(ready.len()));
                content.retain(|candidate| *candidate != chosen);
                joining.push(chosen);
            }
        }
        joining.sort_unstable();
        for (place, (joined, user)) in joining.into_iter().enumerate() {
            let left = (place == LEAVER).then_some(LEAVER_LEFT);
            let motive = *self.rng.pick(&MOTIVES);
            let upline = self.upline(place, joined);
            self.distributors.push(Distributor { user, joined, left, motive, upline });
        }
        self.distributors[RECRUITED].upline = Some(RECRUITER);
    }

    /// Some of the first users who will not buy; they start on 3 January and the days after.
    fn founders(&self) -> Vec<(Day, usize)> {
        let first = (0..self.users.len()).filter(|&user| self.users[user].acquired < 2 && !self.bought(user));
        (2..).zip(first.step_by(8)).take(FOUNDERS).collect()
    }

    fn bought(&self, user: usize) -> bool {
        self.orders.iter().any(|order| order.buyer == Buyer::Member(user))
    }

    /// The day each content buyer would start to sell, and its place; once each, by its first order.
    fn content_buyers(&mut self) -> Vec<(Day, usize)> {
        let mut found: Vec<(Day, usize)> = Vec::new();
        for order in &self.orders {
            let (Buyer::Member(user), Some(paid)) = (order.buyer, order.paid) else { continue };
            let known = found.iter().any(|&(_, seen)| seen == user);
            if !known && order.outcome.refund.is_none() {
                found.push((paid.day() + 2 + self.rng.below(9), user));
            }
        }
        found
    }

    /// Only a few of the first bring others in, and they have no upline: no chain is deeper than two.
    fn upline(&mut self, place: usize, joined: Day) -> Option<usize> {
        if place < WITHOUT_UPLINE || !self.rng.chance(550) {
            return None;
        }
        let upline = *self.rng.pick(&UPLINES);
        (self.distributors[upline].joined < joined).then_some(upline)
    }

    fn sell_to_friends(&mut self) {
        for (seller, &sales) in SALES.iter().enumerate().take(self.distributors.len()) {
            let joined = self.distributors[seller].joined;
            let span = if seller == LEAVER { LEAVER_SELLS } else { joined + 1..END };
            let mut days: Vec<Day> = (0..sales).map(|_| self.rng.day(span.clone())).collect();
            days.sort_unstable();
            let mut circle = Vec::new();
            for day in days {
                let buyer = self.friend(&mut circle, day);
                self.order(buyer, Some(seller), day, &FRIEND_BASKET);
            }
        }
    }

    /// Who buys from a distributor: mostly somebody new, who joins for it; or one of the circle again; or
    /// somebody from the pool; or somebody who never joins.
    fn friend(&mut self, circle: &mut Vec<usize>, day: Day) -> Buyer {
        match self.rng.below(100) {
            0..60 => {
                let acquired = day - self.rng.below(3).min(day);
                circle.push(self.join(REFERRAL, acquired));
                Buyer::Member(circle[circle.len() - 1])
            }
            60..80 if !circle.is_empty() => Buyer::Member(*self.rng.pick(circle)),
            60..92 => self.pool_user(day),
            _ => self.stranger(),
        }
    }

    /// Somebody who is in the pool by that day and does not sell.
    fn pool_user(&mut self, day: Day) -> Buyer {
        let pool: Vec<usize> = (0..self.users.len())
            .filter(|&user| self.users[user].acquired <= day)
            .filter(|&user| self.distributors.iter().all(|distributor| distributor.user != user))
            .collect();
        Buyer::Member(*self.rng.pick(&pool))
    }

    const fn stranger(&mut self) -> Buyer {
        self.strangers += 1;
        Buyer::Stranger(self.strangers)
    }

    /// Two distributors buy through their own link, which makes it no distribution order.
    fn buy_for_themselves(&mut self) {
        for (seller, day) in [(0, 48), (6, 62)] {
            let buyer = Buyer::Member(self.distributors[seller].user);
            self.order(buyer, Some(seller), day, &NEXT_BASKET);
        }
    }

    /// Baskets that were never paid: the shop closes them after a day, so only those of yesterday are open.
    fn give_up_baskets(&mut self) {
        for place in 0..24 {
            let (day, status) = match place {
                0..3 => (END - 1, Status::Unpaid),
                _ => (self.rng.day(1..END - 1), Status::Cancelled),
            };
            let buyer = self.pool_user(day);
            // One of them came by a distributor's link: a referral alone earns nothing.
            let seller = (place == 3).then_some(0);
            self.order(buyer, seller, day, &FIRST_BASKET);
            if let Some(order) = self.orders.last_mut() {
                order.paid = None;
                order.outcome = Outcome { status, completed: None, refund: None };
            }
        }
    }

    /// Orders that no user of the pool made: strangers, a guest, and two users before they joined.
    fn buy_from_outside(&mut self) {
        for day in [7, 21, 34, 60, 64, 77] {
            let buyer = self.stranger();
            self.order(buyer, None, day, &FIRST_BASKET);
        }
        self.order(Buyer::Guest, None, 65, &FIRST_BASKET);
        for (acquired, days_before) in [(38, 11), (71, 4)] {
            let late = (0..self.users.len()).find(|&user| self.users[user].acquired == acquired);
            if let Some(user) = late {
                self.order(Buyer::Member(user), None, acquired - days_before, &FIRST_BASKET);
            }
        }
    }

    /// The one who left was paid for all she sold; then a buyer sent hers back. She owes that commission.
    fn refund_after_payout(&mut self) {
        let mut sold: Vec<_> = self.orders.iter_mut().filter(|order| order.seller == Some(LEAVER)).collect();
        for (place, order) in sold.iter_mut().enumerate() {
            let Some(paid) = order.paid else { continue };
            let completed = Some(self.rng.later(paid, 4..8));
            order.outcome = if place == 0 {
                let refund = Some(Refund { at: self.rng.moment(LEAVER_REFUND), cents: order.cents });
                Outcome { status: Status::Refunded, completed, refund }
            } else {
                Outcome { status: Status::Completed, completed, refund: None }
            };
        }
    }

    fn order(&mut self, buyer: Buyer, seller: Option<usize>, day: Day, basket: &[u64; 4]) {
        let rng = &mut self.rng;
        let paid = rng.moment(day);
        let product = rng.weighted(basket.iter().copied());
        let cents = price(rng, product);
        let refunds_per_1000 =
            seller.map_or(50, |seller| self.distributors[seller].motive.refunds_per_1000());
        let outcome = outcome(rng, paid, cents, refunds_per_1000);
        let id = order_id(rng, paid);
        self.orders.push(Order { id, buyer, seller, product, cents, paid: Some(paid), outcome });
    }
}

/// The listed price less a coupon, 5 % for members, or points, which leave odd cents.
fn price(rng: &mut Rng, product: usize) -> u64 {
    let listed = PRODUCTS[product].cents;
    if listed < yuan(100) {
        return listed;
    }
    match rng.below(100) {
        0..70 => listed,
        70..84 => listed - *rng.pick(&[yuan(10), yuan(20), yuan(20), yuan(30)]),
        84..91 => listed * 95 / 100,
        _ => listed - 1 - rng.below(yuan(15)),
    }
}

/// Nineteen digits that grow with time, as shop platforms number orders: by the basket, before it is paid.
const fn order_id(rng: &mut Rng, paid: Moment) -> u64 {
    let created = paid.0 - 10 - rng.below(600);
    3_729_418_203_551_000_000 + created * 1_000_000_000 + rng.below(1_000_000_000)
}

/// Sent back at once, still on its way, sent back later, or kept. After March nothing has happened yet.
fn outcome(rng: &mut Rng, paid: Moment, cents: u64, refunds_per_1000: u64) -> Outcome {
    let delay = if (41..=53).contains(&paid.day()) { 6 } else { 0 };
    let completed = rng.later(paid, delay + 3..delay + 9);
    let quick = rng.later(paid, 1..5);
    let late = rng.later(completed, 2..22);
    let part = *rng.pick(&[yuan(10), 1_550, yuan(20), yuan(30), 3_980]);
    let (draw, partly) = (rng.below(1000), rng.chance(30));
    let known = |moment: Moment| moment.day() < END;
    let refunded = |at| Some(Refund { at, cents });

    if draw < refunds_per_1000 / 2 && known(quick) {
        Outcome { status: Status::Refunded, completed: None, refund: refunded(quick) }
    } else if !known(completed) {
        let status = if paid.day() + 2 < END { Status::Shipped } else { Status::Paid };
        Outcome { status, completed: None, refund: None }
    } else if draw < refunds_per_1000 && known(late) {
        Outcome { status: Status::Refunded, completed: Some(completed), refund: refunded(late) }
    } else {
        // Something off the price for a broken pump or a rash that went away: the goods are kept.
        let refund = (partly && known(late)).then_some(Refund { at: late, cents: part });
        Outcome { status: Status::Completed, completed: Some(completed), refund }
    }
}

// ---- the payout of January ------------------------------------------------------------------------------

impl Shop {
    /// Per distributor, the commission that was settled by the end of January, in cents.
    fn settled_in_january(&self) -> Vec<u64> {
        let mut settled = vec![0; self.distributors.len()];
        for order in &self.orders {
            let Some(seller) = order.seller.filter(|_| is_settled(order)) else { continue };
            let distributor = &self.distributors[seller];
            if order.buyer == Buyer::Member(distributor.user) {
                continue;
            }
            let refunded = order.outcome.refund.as_ref().filter(|refund| refund.at.day() <= PAYOUT_CUT);
            let base = order.cents - refunded.map_or(0, |refund| refund.cents);
            let levels = [Some(seller), distributor.upline];
            for (payee, percent) in levels.into_iter().zip(LEVEL_PERCENT) {
                if let Some(payee) = payee {
                    settled[payee] += (base * percent + 50) / 100;
                }
            }
        }
        settled
    }
}

/// An order sent back before it was complete needs no case of its own: by then its base is 0.
fn is_settled(order: &Order) -> bool {
    order.outcome.completed.is_some_and(|completed| completed.day() + SETTLE_AFTER_DAYS <= PAYOUT_CUT)
}

// ---- the files ------------------------------------------------------------------------------------------

impl Shop {
    fn files(mut self) -> Vec<(&'static str, String)> {
        let ids = self.user_ids();
        let ad_spend = ad_spend(&mut self.rng);
        vec![
            ("users.csv", self.users_csv(&ids)),
            ("orders.csv", self.orders_csv(&ids)),
            ("ad_spend.csv", ad_spend),
            ("team_cost.csv", TEAM_COST_CSV.to_owned()),
            ("other_cost.csv", OTHER_COST_CSV.to_owned()),
            ("distributors.csv", self.distributors_csv(&ids)),
            ("referrals.csv", self.referrals_csv()),
            ("payments.csv", self.payments_csv()),
            ("adjustments.csv", ADJUSTMENTS_CSV.to_owned()),
            ("targets.csv", targets_csv()),
            ("scrm.toml", SCRM_TOML.to_owned()),
        ]
    }

    /// The number each user was given, by place: in the order in which they joined, a day's channels mixed.
    fn user_ids(&self) -> Vec<usize> {
        let mut joined: Vec<usize> = (0..self.users.len()).collect();
        joined.sort_by_key(|&user| (self.users[user].acquired, user * 619 % 1009, user));
        let mut ids = vec![0; joined.len()];
        for (number, user) in joined.into_iter().enumerate() {
            ids[user] = 10_001 + number;
        }
        ids
    }

    fn users_csv(&self, ids: &[usize]) -> String {
        let mut users: Vec<_> = ids.iter().zip(&self.users).collect();
        users.sort_by_key(|(id, _)| **id);
        csv(
            "user_id,acquired_on,channel,cost,staff",
            users.into_iter().map(|(id, user)| {
                let cost = user.voucher_cents.map(money).unwrap_or_default();
                let channel = CHANNELS[user.channel].name;
                format!("U{id},{},{channel},{cost},{}", date(user.acquired), user.staff)
            }),
        )
    }

    fn orders_csv(&self, ids: &[usize]) -> String {
        csv(
            "order_id,user_id,paid_at,amount,refund,refunded_at,status,completed_at,product,category",
            self.orders.iter().map(|order| {
                let Outcome { status, completed, refund } = &order.outcome;
                let user = match order.buyer {
                    Buyer::Member(user) => format!("U{}", ids[user]),
                    Buyer::Stranger(number) => format!("U{}", 30_000 + number),
                    Buyer::Guest => String::new(),
                };
                let product = &PRODUCTS[order.product];
                [
                    order.id.to_string(),
                    user,
                    order.paid.map(Moment::text).unwrap_or_default(),
                    money(order.cents),
                    refund.as_ref().map(|refund| money(refund.cents)).unwrap_or_default(),
                    refund.as_ref().map(|refund| refund.at.text()).unwrap_or_default(),
                    status.word().to_owned(),
                    completed.map(Moment::text).unwrap_or_default(),
                    product.sku.to_owned(),
                    product.category.to_owned(),
                ]
                .join(",")
            }),
        )
    }

    fn distributors_csv(&self, ids: &[usize]) -> String {
        csv(
            "distributor_id,user_id,joined_on,left_on,motive,grade,upline_id,name",
            self.distributors.iter().enumerate().map(|(place, distributor)| {
                let grade = match SALES[place] {
                    0..4 => "bronze",
                    4..12 => "silver",
                    _ => "gold",
                };
                format!(
                    "{},U{},{},{},{},{grade},{},{}",
                    distributor_id(place),
                    ids[distributor.user],
                    date(distributor.joined),
                    distributor.left.map(date).unwrap_or_default(),
                    distributor.motive.word(),
                    distributor.upline.map(distributor_id).unwrap_or_default(),
                    NAMES[place],
                )
            }),
        )
    }

    fn referrals_csv(&self) -> String {
        let referred = self.orders.iter().filter_map(|order| Some((order.id, order.seller?)));
        csv(
            "order_id,distributor_id",
            referred.map(|(order, seller)| format!("{order},{}", distributor_id(seller))),
        )
    }

    /// One transfer came back and was not sent again, so that amount is still owed.
    fn payments_csv(&self) -> String {
        let due =
            self.settled_in_january().into_iter().enumerate().filter(|&(_, cents)| cents >= MIN_PAYOUT_CENTS);
        csv(
            "distributor_id,paid_on,amount,tax,status,reference",
            due.enumerate().map(|(number, (place, cents))| {
                let status = if number == 4 { "failed" } else { "paid" };
                let (id, day, gross) = (distributor_id(place), date(PAYOUT_DAY), money(cents));
                format!("{id},{day},{gross},0.00,{status},2026-01.{id}")
            }),
        )
    }
}

fn targets_csv() -> String {
    let row = |month: usize| {
        TARGETS.iter().map(move |(channel, key, values)| {
            format!("2026-{:02},{channel},{key},{}", month + 1, values[month])
        })
    };
    let march = MARCH_TARGETS.iter().flat_map(|(key, values)| {
        let given = TARGET_CHANNELS.iter().zip(values).filter(|(_, value)| !value.is_empty());
        given.map(move |(channel, value)| format!("2026-03,{channel},{key},{value}"))
    });
    csv("month,channel,key,value", (0..3).flat_map(row).chain(march))
}

/// Daily bills follow the bustle, give or take a tenth; a weekly one comes each Monday.
fn ad_spend(rng: &mut Rng) -> String {
    let mut rows: Vec<(Day, &str, &str, u64)> = Vec::new();
    for (channel, campaigns, budgets) in DAILY_SPEND {
        for (month, budget) in budgets.into_iter().enumerate() {
            let span = month_start(month)..month_start(month) + MONTH_DAYS[month];
            let total: u64 = span.clone().map(bustle).sum();
            for day in span {
                let cents = budget * bustle(day) * (900 + rng.below(201)) / (total * 1000);
                rows.push((day, channel, campaigns[month], cents));
            }
        }
    }
    for monday in (4..END).step_by(7) {
        let cents = yuan(150) + yuan(20) * bustle(monday) + rng.below(yuan(80));
        let campaign = if monday < 56 { "koc-notes" } else { "koc-march-8" };
        rows.push((monday, "xiaohongshu", campaign, cents));
    }
    rows.extend(OFFLINE_SPEND.map(|(day, campaign, cents)| (day, "offline", campaign, cents)));
    rows.sort_unstable();
    csv(
        "date,channel,campaign,amount",
        rows.into_iter().map(|(day, channel, campaign, cents)| {
            format!("{},{channel},{campaign},{}", date(day), money(cents))
        }),
    )
}

fn distributor_id(place: usize) -> String {
    format!("D{:03}", place + 1)
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// No cell of this shop needs quotes: none holds a comma, a quote or a line end.
fn csv(header: &str, rows: impl Iterator<Item = String>) -> String {
    let mut text = format!("{header}\n");
    for row in rows {
        text.push_str(&row);
        text.push('\n');
    }
    text
}
