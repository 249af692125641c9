//! What a distribution order pays: its levels, rates, base, tier, rounding and settlement.

use super::{Chain, Explained};
use crate::lang::Said;
use crate::render::number::{exact, human_money, machine_money, rate};
use crate::said;
use scrm_core::commission::{BaseParts, PartShare, Payee};
use scrm_core::date::Day;
use scrm_core::money::{Amount, Rounding};
use scrm_core::payout::{Line, State};
use scrm_core::period::Grain;
use scrm_core::plan::{Base, Candidate, Part, RateOutcome, TierMode};
use scrm_core::why::{Complete, Level, PartPay, Pay, TierShare};
use scrm_core::world::Standing;

impl Explained<'_> {
    /// The steps from the levels to the result.
    pub(super) fn pays(&self, pay: &Pay, chain: &mut Chain) {
        for (n, level) in pay.levels.iter().enumerate() {
            self.eligibility(n, level, chain);
        }
        if self.at.world.rules.plan.is_none() {
            let text = said!(
                "scrm.toml has no [commission]: every rate is 0%",
                "scrm.toml 没有 [commission]：费率均为 0%"
            );
            chain.add("rate", None, "none", text);
        } else {
            for (n, level) in pay.levels.iter().enumerate() {
                level.rates.iter().for_each(|c| self.rate(n, c, None, chain));
                for part in &level.parts {
                    part.rates.iter().for_each(|c| self.rate(n, c, Some(&part.share), chain));
                }
            }
        }
        self.refunds(pay, chain);
        let Some(base) = &pay.base else {
            let day = self.day();
            let text = said!("paid after {day}: no commission yet", "支付晚于 {day}：尚无佣金");
            return chain.add("result", None, "later", text);
        };
        let text = base_text(base);
        chain.add("base", None, base_name(base.kind), text);
        for part in &pay.levels[0].parts {
            let items = self.rules.items(part.share.product, part.share.category);
            let amount = human_money(part.share.base.into());
            let subject = Some(items.en.clone());
            chain.add("base", subject, "part", items.then(said!(": {amount}", "：{amount}")));
        }
        if let Some(tier) = &pay.tier {
            tier_steps(tier, base.value(), chain);
        }
        for level in &pay.levels {
            let Some(line) = level.line.as_ref().filter(|l| pays_anything(l)) else { continue };
            let text = self.product(line, &level.parts);
            chain.add_level("commission", line.level, None, self.rounding().0, text);
        }
        self.settlement(pay, chain);
        pay.levels.iter().filter_map(|l| l.line.as_ref()).for_each(|line| self.result(line, chain));
    }

    /// The day at whose end all this holds.
    fn day(&self) -> Day {
        self.at.as_of.unwrap_or(Day(0))
    }

    fn paid_on(&self) -> Day {
        self.watched.asked.paid.map_or(Day(0), |p| p.day)
    }

    fn eligibility(&self, n: usize, level: &Level, chain: &mut Chain) {
        let role = [said!("seller", "出单分销员"), said!("upline", "上级")];
        let Said { en, zh } = role.into_iter().nth(n).unwrap_or(said!("", ""));
        let Some((d, standing)) = level.holder else {
            let text = said!("{en}: nobody, the share is the house's", "{zh}：无，这一份归公司");
            return chain.add_level("eligibility", n, None, "nobody", text);
        };
        let (who, paid) = (self.who(d), self.paid_on());
        let listed = &self.at.world.distributors[d as usize];
        let joined = match listed.joined {
            Some(day) => said!("joined {day}", "{day} 加入"),
            None if listed.listed => said!("no date of joining", "未注明加入日期"),
            None => said!("not listed in distributors", "不在 distributors 名单中"),
        };
        let left = listed.left.map_or(said!("", ""), |day| said!(", left {day}", "，{day} 离开"));
        let dates = joined.then(left).then(said!("; paid {paid}", "；支付于 {paid}"));
        let (outcome, verdict) = match standing {
            Standing::Eligible => ("eligible", said!("eligible", "有资格")),
            Standing::NotJoined(_) => ("not_joined", said!("not eligible", "无资格")),
            Standing::Left(_) => ("left", said!("not eligible", "无资格")),
        };
        let end = match standing {
            Standing::Eligible => said!("", ""),
            _ => said!(", the share is the house's", "，这一份归公司"),
        };
        let head = said!("{en} {who}: ", "{zh} {who}：");
        let open = said!(" (", "（");
        let text = head.then(verdict).then(open).then(dates).then(said!(")", "）")).then(end);
        chain.add_level("eligibility", n, self.id(d), outcome, text);
    }

    /// A rate that could have decided, for the order or for a part of it.
    fn rate(&self, n: usize, c: &Candidate, part: Option<&PartShare>, chain: &mut Chain) {
        let (rule, on, level) = (self.rules.text(c.rule, n), self.paid_on(), n + 1);
        let (outcome, verdict) = match c.outcome {
            RateOutcome::Won => ("won", said!("won, the most specific on {on}", "胜出，{on} 有效者中最具体")),
            RateOutcome::BeginsLater(from) => {
                ("begins_later", said!("lost, begins only on {from}", "落选，{from} 才开始"))
            }
            RateOutcome::Ended(until) => {
                ("ended", said!("lost, ended before {until}", "落选，到 {until} 为止（不含）"))
            }
            RateOutcome::LessSpecific => ("less_specific", said!("lost, less specific", "落选，不够具体")),
        };
        let short = if c.listed || c.outcome != RateOutcome::Won {
            said!("", "")
        } else {
            said!("; it lists no rate for level {level}", "；其中没有第 {level} 级的费率")
        };
        let part =
            part.map_or(said!("", ""), |p| self.rules.items(p.product, p.category).then(said!(": ", "：")));
        let head = part.then(said!("{rule}: ", "{rule}："));
        chain.add_level("rate", n, Some(rule), outcome, head.then(verdict).then(short));
    }

    fn refunds(&self, pay: &Pay, chain: &mut Chain) {
        let (day, whatever) = (self.day(), pay.base.is_some_and(|b| b.kind == Base::Paid));
        for (on, amount, known) in &pay.refunds {
            let amount = human_money((*amount).into());
            let (outcome, verdict) = match (known, whatever) {
                (false, _) => ("later", said!("later than {day}, not known yet", "晚于 {day}，尚不计入")),
                (_, true) => ("left_out", said!("left out, base = \"paid\"", "不计，base = \"paid\"")),
                _ => ("known", said!("known by {day}", "截至 {day} 已知")),
            };
            let head = said!("refund {amount} on {on}: ", "{on} 退款 {amount}：");
            chain.add("refund", Some(on.to_string()), outcome, head.then(verdict));
        }
    }

    fn rounding(&self) -> (&'static str, Said) {
        match self.at.world.rules.plan_or_none().rounding {
            Rounding::HalfUp => ("half-up", said!("half-up", "四舍五入")),
            Rounding::HalfEven => ("half-even", said!("half-even", "四舍六入五成双")),
            Rounding::Down => ("down", said!("down", "舍去")),
        }
    }

    /// `189.05 × 10% = 18.905 → 18.91 (half-up)`
    fn product(&self, line: &Line, parts: &[PartPay]) -> Said {
        let times = |base: Amount, share| format!("{} × {}", human_money(base.into()), rate(share));
        let sum = match parts {
            [] => times(line.base, line.rate),
            parts => {
                let parts = parts.iter().map(|p| times(p.share.base, p.share.rate));
                parts.collect::<Vec<_>>().join(" + ")
            }
        };
        let (product, commission) = (exact(line.product), human_money(line.commission));
        let (_, Said { en, zh }) = self.rounding();
        let tier = match line.addition {
            0 => said!("", ""),
            added => {
                let added = exact(added);
                said!(" + {added} tier", " + 阶梯 {added}")
            }
        };
        let end = said!(" = {product} → {commission} ({en})", " = {product} → {commission}（{zh}）");
        said!("{sum}", "{sum}").then(tier).then(end)
    }

    fn settlement(&self, pay: &Pay, chain: &mut Chain) {
        let (day, days) = (self.day(), pay.settle_after_days);
        let from = match pay.complete {
            Complete::No => said!("not complete", "未完成"),
            Complete::NotSaid(on) => {
                said!(
                    "orders do not say when they are complete; paid {on}",
                    "orders 不含完成信息；支付于 {on}"
                )
            }
            Complete::Since(on) if self.watched.completed_at.is_some() => {
                said!("completed {on}", "完成于 {on}")
            }
            Complete::Since(on) => {
                said!(
                    "complete by its status, without completed_at; paid {on}",
                    "按状态已完成，无 completed_at；支付于 {on}"
                )
            }
        };
        let settles =
            pay.settles.map_or(said!("", ""), |on| said!(", + {days} days = {on}", "，+ {days} 天 = {on}"));
        let (outcome, verdict) = match pay.settles {
            Some(on) if on <= day => ("settled", said!(": settled on {day}", "：{day} 时已结算")),
            _ => ("pending", said!(": pending on {day}", "：{day} 时待结算")),
        };
        let subject = pay.settles.map(|on| on.to_string());
        chain.add("settlement", subject, outcome, from.then(settles).then(verdict));
    }

    fn result(&self, line: &Line, chain: &mut Chain) {
        let money = human_money(line.commission);
        let (subject, outcome, text) = match (line.payee, line.state) {
            _ if !pays_anything(line) => {
                (None, "none", said!("no rate, so no commission", "没有费率，没有佣金"))
            }
            (Payee::House, _) => (None, "house", said!("{money} stays with the house", "{money} 归公司")),
            (Payee::Distributor(d), state) => {
                let who = self.who(d);
                let (en, zh) = match (state, line.settles) {
                    (State::Settled, Some(on)) => (format!("settled since {on}"), format!("{on} 起已结算")),
                    (_, Some(on)) => (format!("pending until {on}"), format!("{on} 前待结算")),
                    (_, None) => ("pending".into(), "待结算".into()),
                };
                (self.id(d), state.name(), said!("{who} gets {money}, {en}", "{who} 得 {money}，{zh}"))
            }
        };
        chain.add_level("result", line.level, subject, outcome, text);
    }
}

/// A second level without a rate needs no arithmetic.
fn pays_anything(line: &Line) -> bool {
    crate::report::payouts::has_rate(line)
}

const fn base_name(kind: Base) -> &'static str {
    match kind {
        Base::Net => "net",
        Base::Paid => "paid",
        Base::Margin => "margin",
    }
}

fn base_text(b: &BaseParts) -> Said {
    let m = |a: Amount| human_money(a.into());
    let (amount, refunds, goods, value) = (m(b.amount), m(b.refunds), m(b.goods_cost), m(b.value()));
    match b.kind {
        Base::Net => said!("{amount} − {refunds} refunds = {value}", "{amount} − 退款 {refunds} = {value}"),
        Base::Paid => {
            said!("{value}, whatever is refunded (base = \"paid\")", "{value}，不论退款（base = \"paid\"）")
        }
        Base::Margin => said!(
            "max(0, {amount} − {refunds} refunds − {goods} goods cost) = {value}",
            "max(0, {amount} − 退款 {refunds} − 商品成本 {goods}) = {value}"
        ),
    }
}

/// Where the order stands in the seller's volume of the month, and what each step adds.
fn tier_steps(t: &TierShare, base: Amount, chain: &mut Chain) {
    let month = Grain::Month.label(t.month.0);
    let volume = human_money(t.volume);
    let (outcome, text) = match t.mode {
        TierMode::Marginal => {
            let end = human_money(t.volume + base.into());
            let text = said!(
                "own volume of {month}: this order fills {volume} to {end}",
                "{month} 本人业绩：本单占 {volume} 至 {end}"
            );
            ("marginal", text)
        }
        TierMode::Whole => (
            "whole",
            said!(
                "own volume of {month}: {volume} (tier_mode = \"whole\")",
                "{month} 本人业绩：{volume}（tier_mode = \"whole\"）"
            ),
        ),
    };
    chain.add("tier", Some(month), outcome, text);
    for part in &t.parts {
        let (outcome, text) = tier_part(part);
        chain.add("tier", part.from.map(|from| machine_money(from.into())), outcome, text);
    }
}

fn tier_part(p: &Part) -> (&'static str, Said) {
    let money = human_money(p.money);
    match p.from {
        None => ("below", said!("{money} below the first step: nothing added", "{money} 未到第一档：不加成")),
        Some(from) => {
            let (from, add, added) = (human_money(from.into()), rate(p.add), exact(p.addition()));
            let text = said!(
                "{money} in the step from {from}: × {add} = {added}",
                "{money} 在 {from} 起的一档：× {add} = {added}"
            );
            ("step", text)
        }
    }
}
