//! Whose an order is: the order itself, its buyer, who claims it and in which bucket it falls.

use super::{Chain, Explained};
use crate::lang::{Lang, Said};
use crate::render::number::human_money;
use crate::report::words;
use crate::said;
use scrm_core::classify::{Bucket, Buyer};
use scrm_core::world::{Binding, BindingOutcome};

impl Explained<'_> {
    /// The steps up to the order's bucket.
    pub(super) fn whose(&self, chain: &mut Chain) {
        self.order(chain);
        self.buyer(chain);
        self.attribution(chain);
        self.bucket(chain);
    }

    fn order(&self, chain: &mut Chain) {
        let w = self.watched;
        let amount = human_money(w.amount.into());
        let status = match (&*w.status_word, w.status) {
            (word, Some(s)) if word != s.name() => {
                let meant = s.name();
                said!(", {word} ({meant})", "，{word}（{meant}）")
            }
            (word, _) if !word.is_empty() => said!(", {word}", "，{word}"),
            _ => said!("", ""),
        };
        let paid = w.paid_at.map_or(said!("", ""), |at| said!(", paid {at}", "，支付于 {at}"));
        let as_of = self.at.as_of.filter(|day| w.asked.paid.is_some_and(|p| p.day > *day));
        let (outcome, verdict) = match (w.asked.paid, as_of) {
            (None, _) => ("not_paid", said!(": it does not count as paid", "：不算已支付")),
            _ if w.is_refund() => {
                ("refund", said!(": below zero, a refund and no order", "：负数行，是退款而不是订单"))
            }
            (_, Some(day)) => ("later", said!(": later than {day}", "：晚于 {day}")),
            _ => ("paid", said!("", "")),
        };
        let text = said!("{amount}", "{amount}").then(paid).then(status).then(verdict);
        chain.add("order", Some(w.id.to_string()), outcome, text);
        let text = match (&*w.product, &*w.category) {
            ("", "") => return,
            (product, "") => said!("product {product}", "商品 {product}"),
            ("", category) => said!("category {category}", "类目 {category}"),
            (product, category) => {
                said!("product {product}, category {category}", "商品 {product}，类目 {category}")
            }
        };
        chain.add("product", Some(w.product.to_string()).filter(|p| !p.is_empty()), "given", text);
    }

    fn buyer(&self, chain: &mut Chain) {
        let (user, users) = (&self.watched.user, &self.at.world.users);
        let acquired = match self.watched.asked.buyer {
            Buyer::Known(n) => users.get(n as usize).map(|u| u.acquired),
            _ => None,
        };
        let (outcome, text) = match (&**user, acquired) {
            ("", _) => ("guest", said!("by a guest, without a user_id", "游客下单，没有 user_id")),
            (_, Some(day)) => {
                ("user", said!("by user {user}, acquired on {day}", "用户 {user}，加入于 {day}"))
            }
            (_, None) => ("unknown", said!("by {user}, who is not in users", "用户 {user} 不在 users 中")),
        };
        chain.add("buyer", Some(user.to_string()).filter(|u| !u.is_empty()), outcome, text);
    }

    fn attribution(&self, chain: &mut Chain) {
        let (asked, a) = (&self.watched.asked, &self.why.attribution);
        for (binding, outcome) in &a.bindings {
            let (word, text) = self.binding(binding, *outcome);
            chain.add("attribution", self.id(binding.distributor), word, text);
        }
        let referred = asked.referred.map(|d| (self.id(d), self.who(d)));
        let user = &self.watched.user;
        match (referred, a.claimed) {
            (Some((id, who)), _) if asked.paid.is_none() => {
                let text = said!(
                    "{who}: referrals name it, but the order is not paid",
                    "{who}：referrals 指定，但订单未支付"
                );
                chain.add("attribution", id, "not_paid", text);
            }
            (Some((id, who)), _) => {
                let text = said!(
                    "{who}: won, referrals name it for this order",
                    "{who}：胜出，referrals 为该订单指定"
                );
                chain.add("attribution", id, "won", text);
            }
            (None, Some(_)) => {}
            (None, None) if asked.paid.is_none() => {}
            (None, None) => {
                let text = match (a.bindings.is_empty(), self.at.world.bindings.is_empty(), &**user) {
                    (false, ..) => said!("no binding was in force when it was paid", "支付时没有有效的绑定"),
                    (_, true, _) => said!("referrals name nobody for it", "referrals 没有为它指定任何人"),
                    (.., "") => said!("a guest is bound to nobody", "游客没有绑定"),
                    _ => said!("{user} is bound to nobody", "{user} 没有任何绑定"),
                };
                chain.add("attribution", None, "nobody", text);
            }
        }
        if let Some(d) = a.claimed.filter(|_| a.self_purchase && asked.paid.is_some()) {
            let (who, pays) = (self.who(d), self.at.world.rules.pay_self_purchase);
            let (outcome, text) = if pays {
                let text = said!(
                    "{user} is {who}'s own user; self_purchase = \"pay\" keeps it",
                    "{user} 是 {who} 本人；self_purchase = \"pay\"，仍归其所有"
                );
                ("kept", text)
            } else {
                let text = said!(
                    "{user} is {who}'s own user: no distributor, and no other takes its place",
                    "{user} 是 {who} 本人：自购不归任何分销员，也不由他人递补"
                );
                ("none", text)
            };
            chain.add("self_purchase", self.id(d), outcome, text);
        }
    }

    fn binding(&self, b: &Binding, outcome: BindingOutcome) -> (&'static str, Said) {
        let (who, bound) = (self.who(b.distributor), b.bound);
        let expires = b.expires.map_or(said!("", ""), |e| said!(", expires {e}", "，{e} 到期"));
        let last = self.at.world.rules.last_binding;
        let (word, verdict) = match outcome {
            BindingOutcome::Won if last => {
                ("won", said!("won, the last bound in force", "胜出，有效绑定中最晚"))
            }
            BindingOutcome::Won => ("won", said!("won, the first bound in force", "胜出，有效绑定中最早")),
            BindingOutcome::NotBegun => {
                ("not_begun", said!("lost, not begun when it was paid", "落选，支付时尚未开始"))
            }
            BindingOutcome::Expired => {
                ("expired", said!("lost, expired when it was paid", "落选，支付时已过期"))
            }
            BindingOutcome::BoundLater => ("bound_later", said!("lost, bound later", "落选，绑定较晚")),
            BindingOutcome::BoundEarlier => (
                "bound_earlier",
                said!(
                    "lost, bound earlier (attribution = \"last\")",
                    "落选，绑定较早（attribution = \"last\"）"
                ),
            ),
            BindingOutcome::LargerId => (
                "larger_id",
                said!("lost, bound at the same moment, the larger id", "落选，同时绑定，编号较大"),
            ),
            BindingOutcome::Repeated => ("repeated", said!("the same binding once more", "同一绑定重复")),
        };
        let head = said!("{who}, bound {bound}", "{who}，绑定于 {bound}");
        (word, head.then(expires).then(said!(": ", "：")).then(verdict))
    }

    fn bucket(&self, chain: &mut Chain) {
        let v = self.watched.verdict;
        let key = v.bucket.key();
        let (en, zh) = (words::bucket(key, Lang::En), words::bucket(key, Lang::Zh));
        let why = match v.bucket {
            Bucket::NotPaid => said!("in no revenue, and so are its refunds", "不计入任何收入，其退款也不计"),
            Bucket::Distribution if self.watched.is_refund() => {
                let who = v.distributor.map(|d| self.who(d)).unwrap_or_default();
                said!(
                    "a refund of {who}'s sales; it names no order, so it lowers no commission",
                    "{who} 销售的退款；未指明订单，因此不减少佣金"
                )
            }
            Bucket::Distribution => {
                let who = v.distributor.map(|d| self.who(d)).unwrap_or_default();
                said!("an order of {who}", "{who} 的订单")
            }
            Bucket::UnknownUser | Bucket::BeforeJoining => {
                said!("outside the private domain, in no revenue", "不属于私域，不计入任何收入")
            }
            Bucket::Direct if v.brought_in => {
                said!("outside the private domain, brought in by the settings", "不属于私域，按设置计入直销")
            }
            Bucket::Direct => said!("the company's own sale", "公司自己的销售"),
        };
        let head = said!("{en}: ", "{zh}：");
        chain.add("bucket", None, key, head.then(why));
    }
}
