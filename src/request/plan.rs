//! What the arguments of `plan` mean: a base, changes of drivers, and what is asked.

use super::{Condition, Meant, conditions, range_of, whole, wrong};
use crate::cli::PlanArgs;
use crate::error::UsageError;
use crate::lang::Said;
use crate::said;
use crate::words::near;
use scrm_core::date::Day;
use scrm_core::fold::Shape;
use scrm_core::scenario::{self, Change, Driver, Exact, Kind, Line, Refused, Target};
use std::path::{Path, PathBuf};

/// What `plan` is to show.
#[derive(Clone, Debug)]
pub struct Plan {
    pub base: Base,
    pub sets: Vec<(Driver, Change)>,
    pub view: View,
    pub conditions: Vec<Condition<Line>>,
}

/// Where the base comes from.
#[derive(Clone, Debug)]
pub enum Base {
    /// The statement of the data, laid out so.
    Data(Shape),
    /// What was typed.
    Given(Vec<(Driver, Exact)>),
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum View {
    /// The base, and the scenario that the changes make.
    Compare,
    Scenarios(PathBuf),
    Solve(Driver, Target),
    BreakEven(Target),
    Vary(Vec<(Driver, Vec<Change>)>, Line),
    Tornado(Line),
}

/// A table over a driver has no more values.
const MOST_VALUES: usize = 200;

/// `plan break-even` is `plan --break-even`, with a directory behind the word, before it or nowhere; but a directory of
/// that name is one.
pub fn with_its_word(mut args: PlanArgs) -> Meant<PlanArgs> {
    const WORD: &str = "break-even";
    let first = args.common.dir == Path::new(WORD) && !args.common.dir.exists();
    match args.word.take() {
        Some(dir) if first => args.common.dir = dir,
        Some(word) if word != Path::new(WORD) => {
            let dir = &args.common.dir;
            return wrong(said!(
                "plan: {word:?} beside {dir:?}: there is one directory",
                "plan：{word:?} 与 {dir:?}：目录只能有一个"
            ));
        }
        None if !first => return Ok(args),
        None => args.common.dir = PathBuf::from("."),
        Some(_) => {}
    }
    if args.solve.is_some()
        || args.tornado
        || args.scenario.is_some()
        || !args.vary.is_empty()
        || args.of.is_some()
    {
        return wrong(said!(
            "plan break-even is --break-even, which goes with none of --solve, --vary, --tornado, --scenario and --of",
            "plan break-even 即 --break-even，不能与 --solve、--vary、--tornado、--scenario、--of 同用"
        ));
    }
    args.break_even = true;
    Ok(args)
}

/// What the arguments of `plan` mean.
pub fn plan(args: &PlanArgs, today: Day) -> Meant<Plan> {
    let given = given(args)?;
    let base = match given.is_empty() {
        true => Base::Data(Shape { ends: range_of(&args.range, today)?, ..whole() }),
        false if args.common.dir != Path::new(".") => {
            let dir = &args.common.dir;
            return wrong(said!(
                "a base comes from the data in {dir:?} or from flags such as --users, not from both; change it by --set",
                "基准要么取自 {dir:?} 中的数据，要么取自 --users 等参数，不能兼有；请用 --set 改动"
            ));
        }
        false => Base::Given(given),
    };
    if args.target.is_some() && args.solve.is_none() && !args.break_even {
        return wrong(said!(
            "--target needs --solve or --break-even",
            "--target 须与 --solve 或 --break-even 同用"
        ));
    }
    if args.of.is_some() && args.vary.is_empty() && !args.tornado {
        return wrong(said!("--of needs --vary or --tornado", "--of 须与 --vary 或 --tornado 同用"));
    }
    Ok(Plan {
        base,
        sets: args.set.iter().map(|text| set(text, "--set")).collect::<Meant<_>>()?,
        view: view(args)?,
        conditions: conditions(&args.fail_if, Line::ALL, Line::name)?,
    })
}

fn view(args: &PlanArgs) -> Meant<View> {
    let target = || args.target.as_deref().map_or(Ok(profit_of_zero()), target);
    let of = || args.of.as_deref().map_or(Ok(Line::TotalProfit), |name| line(name, "--of"));
    if let Some(name) = &args.solve {
        return Ok(View::Solve(driver(name, "--solve")?, target()?));
    }
    if args.break_even {
        return Ok(View::BreakEven(target()?));
    }
    if args.tornado {
        return Ok(View::Tornado(of()?));
    }
    if let Some(path) = &args.scenario {
        return Ok(View::Scenarios(path.clone()));
    }
    if args.vary.is_empty() {
        return Ok(View::Compare);
    }
    let axes: Vec<_> = args.vary.iter().map(|text| axis(text)).collect::<Meant<_>>()?;
    match &axes[..] {
        [_] => {}
        [(a, _), (b, _)] if a != b => {}
        _ => {
            return wrong(said!(
                "--vary: one driver, or two different ones",
                "--vary：一个因素，或两个不同的因素"
            ));
        }
    }
    Ok(View::Vary(axes, of()?))
}

fn profit_of_zero() -> Target {
    Target { line: Line::TotalProfit, value: scenario::whole(0) }
}

/// The base that was typed.
fn given(args: &PlanArgs) -> Meant<Vec<(Driver, Exact)>> {
    let flags = [
        (&args.users, Driver::Users, "--users"),
        (&args.new_users, Driver::NewUsers, "--new-users"),
        (&args.cost_per_user, Driver::CostPerUser, "--cost-per-user"),
        (&args.team, Driver::TeamCost, "--team"),
        (&args.other, Driver::OtherCost, "--other"),
        (&args.conversion, Driver::Conversion, "--conversion"),
        (&args.revenue_per_buyer, Driver::RevenuePerBuyer, "--revenue-per-buyer"),
        (&args.distributor_rate, Driver::DistributorRate, "--distributor-rate"),
        (&args.active_rate, Driver::ActiveRate, "--active-rate"),
        (&args.revenue_per_active, Driver::RevenuePerActive, "--revenue-per-active"),
        (&args.commission_rate, Driver::CommissionRate, "--commission-rate"),
    ];
    let mut given = Vec::new();
    for (text, driver, option) in flags {
        if let Some(text) = text {
            given.push((driver, value(text, driver.kind(), option)?));
        }
    }
    Ok(given)
}

/// A number, or a percentage where it is of a share.
fn value(text: &str, kind: Kind, option: &str) -> Meant<Exact> {
    let text = text.trim();
    let number = match (text.strip_suffix('%'), kind) {
        (Some(percent), Kind::Share) => {
            scenario::decimal(percent.trim_end()).map(|x| x / scenario::whole(100))
        }
        (Some(_), _) => None,
        (None, _) => scenario::decimal(text),
    };
    let share = kind == Kind::Share;
    number.ok_or_else(|| {
        UsageError(match share {
            true => said!(
                "{option}: {text:?} is no share; write 3% or 0.03",
                "{option}：{text:?} 不是比率，请写 3% 或 0.03"
            ),
            false => said!(
                "{option}: {text:?} is no number from 0 up of at most 15 digits; write it without commas, like 1234.50",
                "{option}：{text:?} 不是至多 15 位的非负数，请写不带逗号的数字，如 1234.50"
            ),
        })
    })
}

fn driver(name: &str, option: &str) -> Meant<Driver> {
    let name = name.trim();
    Driver::named(name).ok_or_else(|| {
        let names: Vec<&str> = Driver::ALL.iter().map(|d| d.name()).collect();
        let like = near(name, names.iter().copied());
        let known = names.join(", ");
        UsageError(match like {
            Some(n) => said!(
                "{option}: no driver {name:?}; did you mean {n}?",
                "{option}：没有因素 {name:?}，是否指 {n}？"
            ),
            None => said!(
                "{option}: no driver {name:?}; there are {known}",
                "{option}：没有因素 {name:?}，可用：{known}"
            ),
        })
    })
}

fn line(name: &str, option: &str) -> Meant<Line> {
    let name = name.trim();
    Line::named(name).ok_or_else(|| {
        let like = near(name, Line::ALL.iter().map(|l| l.name()));
        UsageError(match like {
            Some(n) => {
                said!(
                    "{option}: no key {name:?}; did you mean {n}?",
                    "{option}：没有指标 {name:?}，是否指 {n}？"
                )
            }
            None => said!(
                "{option}: no key {name:?}; see the keys of plan -O json",
                "{option}：没有指标 {name:?}，可用 plan -O json 查看"
            ),
        })
    })
}

fn target(text: &str) -> Meant<Target> {
    let Some((key, number)) = text.split_once('=') else {
        return wrong(said!(
            "--target: {text:?}: write a key, = and a value, such as direct.profit=0",
            "--target：{text:?}：请写指标、= 和数值，如 direct.profit=0"
        ));
    };
    let line = line(key, "--target")?;
    let number = number.trim();
    let (negative, plain) = number.strip_prefix('-').map_or((false, number), |n| (true, n));
    let value = value(plain, line.kind(), "--target")?;
    Ok(Target { line, value: if negative { -value } else { value } })
}

/// A change of a driver, typed as `driver=change`.
pub fn set(text: &str, option: &str) -> Meant<(Driver, Change)> {
    match text.split_once('=') {
        Some((name, how)) => {
            let driver = driver(name, option)?;
            Ok((driver, Step::parse(how, driver, option)?.change()))
        }
        None => wrong(said!(
            "{option}: {text:?}: write a driver, = and a change, such as conversion=+10%",
            "{option}：{text:?}：请写因素、= 和改动，如 conversion=+10%"
        )),
    }
}

/// How a change is meant, and its number.
struct Step {
    how: How,
    number: Exact,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    To,
    /// So many more.
    By,
    /// More by this share of what it is.
    ByShare,
}

impl Step {
    /// `40000`, `3%`; with a sign `+10%` of what it is, `+1pp`, `-5000`.
    fn parse(text: &str, driver: Driver, option: &str) -> Meant<Step> {
        let text = text.trim();
        let (sign, plain) = match text.strip_prefix(['+', '-']) {
            Some(plain) => (text.chars().next(), plain),
            None => (None, text),
        };
        let hundredth = |number: &str| scenario::decimal(number.trim_end()).map(|x| x / scenario::whole(100));
        let points = plain.strip_suffix("pp").or_else(|| plain.strip_suffix("个百分点"));
        let step = match (sign, plain.strip_suffix('%'), points) {
            (None, ..) => Some(Step { how: How::To, number: value(plain, driver.kind(), option)? }),
            (_, Some(percent), _) => hundredth(percent).map(|number| Step { how: How::ByShare, number }),
            (_, _, Some(points)) if driver.kind() == Kind::Share => {
                hundredth(points).map(|number| Step { how: How::By, number })
            }
            _ => scenario::decimal(plain).map(|number| Step { how: How::By, number }),
        };
        let Some(Step { how, number }) = step else {
            return wrong(said!(
                "{option}: {text:?} is no change; write 4%, +10% (of what it is), +1pp, 40000 or -5000",
                "{option}：{text:?} 不是改动，可写 4%、+10%（按现值的比例）、+1pp（百分点）、40000 或 -5000"
            ));
        };
        Ok(Step { how, number: if sign == Some('-') { -number } else { number } })
    }

    fn change(self) -> Change {
        match self.how {
            How::To => Change::To(self.number),
            How::By => Change::By(self.number),
            How::ByShare => Change::Times(scenario::whole(1) + self.number),
        }
    }
}

/// A driver and its values, typed as `driver=from..to/step`.
fn axis(text: &str) -> Meant<(Driver, Vec<Change>)> {
    let parts = text.split_once('=').and_then(|(name, range)| {
        let (from, rest) = range.split_once("..")?;
        let (to, step) = rest.split_once('/')?;
        Some((name, from, to, step.trim()))
    });
    let Some((name, from, to, step)) = parts else {
        return wrong(said!(
            "--vary: {text:?}: write driver=from..to/step, such as conversion=1%..5%/1%",
            "--vary：{text:?}：请写 因素=起..止/步长，如 conversion=1%..5%/1%"
        ));
    };
    let driver = driver(name, "--vary")?;
    let [first, last] = [Step::parse(from, driver, "--vary")?, Step::parse(to, driver, "--vary")?];
    // The step is written as the ends are; its sign does not matter.
    let is_signed = first.how != How::To;
    let step = format!("{}{}", if is_signed { "+" } else { "" }, step.trim_start_matches(['+', '-']));
    let step = Step::parse(&step, driver, "--vary")?;
    if first.how != last.how || first.how != step.how {
        return wrong(said!(
            "--vary: {text:?}: both ends and the step must be of one kind, such as 1%..5%/1% or -20%..+20%/10%",
            "--vary：{text:?}：起、止与步长须同一种写法，如 1%..5%/1% 或 -20%..+20%/10%"
        ));
    }
    let mut number = first.number;
    let mut values = Vec::new();
    while number <= last.number && values.len() <= MOST_VALUES {
        values.push(Step { how: first.how, number: number.clone() }.change());
        number += &step.number;
    }
    match values.len() {
        0 => wrong(said!("--vary: {text:?} ends before it begins", "--vary：{text:?} 的止值小于起值")),
        n if n > MOST_VALUES => wrong(said!(
            "--vary: {text:?} has more than {MOST_VALUES} values; choose a larger step",
            "--vary：{text:?} 超过 {MOST_VALUES} 个值，请加大步长"
        )),
        _ => Ok((driver, values)),
    }
}

/// Why a plan cannot be changed so.
pub fn refused(why: &Refused) -> Said {
    let percent = |x: &Exact| rounded(&(x * scenario::whole(100)));
    match why {
        Refused::Undefined(d) => {
            let name = d.name();
            said!(
                "{name} is undefined in the base, so it cannot be changed by something; give it a value",
                "{name} 在基准中无定义，无法按比例或增减改动，请直接给出数值"
            )
        }
        Refused::BelowZero(d, x) => {
            let (name, x) = (d.name(), rounded(x));
            said!("{name} would be {x}, which is below zero", "{name} 将为 {x}，小于零")
        }
        Refused::AboveOne(d, x) => {
            let (name, x) = (d.name(), percent(x));
            said!("{name} would be {x}%, which is more than all", "{name} 将为 {x}%，超过 100%")
        }
        Refused::FewerThanBefore(Driver::NewUsers | Driver::Users, x) => {
            let x = rounded(x);
            said!(
                "there would be fewer users than {x}, who were there before or are new ones",
                "用户量将少于 {x}（此前已有的，或新增的用户）"
            )
        }
        Refused::FewerThanBefore(d, _) | Refused::TooLarge(d) => {
            let name = d.name();
            said!("{name} would be more than a million billions", "{name} 超过一千万亿")
        }
        Refused::Twice(d) => {
            let name = d.name();
            said!("{name} is changed twice", "{name} 被改动两次")
        }
    }
}

/// A number in a message, to six decimals without zeros at its end.
fn rounded(x: &Exact) -> String {
    let million = scenario::whole(1_000_000);
    let exact = (x * &million).round() / million;
    let whole = exact.trunc();
    let sign = if exact < scenario::whole(0) && whole == scenario::whole(0) { "-" } else { "" };
    let part = (&exact - &whole) * scenario::whole(1_000_000);
    let digits = format!("{:0>6}", part.to_integer().magnitude().to_string());
    let text = format!("{sign}{}.{digits}", whole.to_integer());
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Exact {
        let (sign, plain) = text.strip_prefix('-').map_or((1, text), |t| (-1, t));
        scenario::decimal(plain).unwrap() * scenario::whole(sign)
    }

    #[test]
    fn changes_are_values_shares_of_what_is_points_or_amounts() {
        for (text, want) in [
            ("conversion=4%", Change::To(d("0.04"))),
            ("conversion = 0.04", Change::To(d("0.04"))),
            ("direct.conversion=+10%", Change::Times(d("1.1"))),
            ("conversion=-10 %", Change::Times(d("0.9"))),
            ("conversion=+1pp", Change::By(d("0.01"))),
            ("conversion=-0.5个百分点", Change::By(d("-0.005"))),
            ("conversion=+0.01", Change::By(d("0.01"))),
            ("team_cost=40000", Change::To(d("40000"))),
            ("team_cost=-5000", Change::By(d("-5000"))),
            ("team_cost=+2.5%", Change::Times(d("1.025"))),
        ] {
            assert_eq!(set(text, "--set").unwrap().1, want, "{text}");
        }
        for text in [
            "conversion",
            "convertion=1%",
            "conversion=",
            "conversion=ten",
            "team_cost=50%",
            "team_cost=+1pp",
            "team_cost=1,000",
            "conversion=1pp",
            "conversion=+-1%",
            "conversion=+",
            "direct.profit=1",
        ] {
            assert!(set(text, "--set").is_err(), "{text}");
        }
    }

    #[test]
    fn an_axis_has_both_its_ends() {
        let values = |text: &str| axis(text).unwrap().1;
        assert_eq!(values("conversion=1%..3%/1%"), ["0.01", "0.02", "0.03"].map(|x| Change::To(d(x))));
        assert_eq!(values("cost_per_user=5..6/0.4"), ["5", "5.4", "5.8"].map(|x| Change::To(d(x))));
        assert_eq!(values("users=-10%..+10%/10%"), ["0.9", "1", "1.1"].map(|x| Change::Times(d(x))));
        assert_eq!(values("team_cost=-5..+5/5"), ["-5", "0", "5"].map(|x| Change::By(d(x))));
        assert_eq!(values("conversion=2%..2%/1%").len(), 1);
        assert_eq!(values("users=1..200/1").len(), 200);
        for text in [
            "conversion=1%..3%",
            "conversion=3%..1%/1%",
            "conversion=1%..3%/0%",
            "users=1..201/1",
            "users=1..+5/1",
            "users",
            "users=1/2..3",
            "conversion=-1%..+1pp/1%",
        ] {
            assert!(axis(text).is_err(), "{text}");
        }
    }

    #[test]
    fn targets_have_a_sign_and_perhaps_a_percent_sign() {
        for (text, line, value) in [
            ("direct.profit=0", Line::DirectProfit, "0"),
            ("total.profit = -1000.5", Line::TotalProfit, "-1000.5"),
            ("total.margin=20%", Line::TotalMargin, "0.2"),
        ] {
            assert_eq!(target(text).unwrap(), Target { line, value: d(value) }, "{text}");
        }
        for text in ["direct.profit", "direct.profi=0", "direct.profit=10%", "total.margin=x", "=0"] {
            assert!(target(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_in_messages() {
        for (x, want) in [("1.5", "1.5"), ("-0.25", "-0.25"), ("3", "3"), ("-12.0000001", "-12"), ("0", "0")]
        {
            assert_eq!(rounded(&d(x)), want);
        }
    }
}
