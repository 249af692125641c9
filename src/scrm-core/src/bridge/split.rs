//! A product split into the effects of its factors, exactly.
//!
//! A part's amount is a product down a chain of counts: `X = T · (b₁/T) · (b₂/b₁) · … · (X/bₙ)`, where `T` is the sum
//! of `b₁` over all parts. At each link the rest is a product of two, `q = n · q′`, and its change is split into
//! `Δn · q′` and `n · Δq′`, the other factor taken by the [`Method`]. So a link that is split further keeps its effect.

use super::Method;
use crate::money::Money;
use alloc::vec::Vec;
use num_bigint::BigInt;
use num_rational::BigRational;

/// An exact number: money in units of 1/10,000, a count or a quotient of these.
pub(super) type Exact = BigRational;

pub(super) fn exact(n: impl Into<BigInt>) -> Exact {
    Exact::from_integer(n.into())
}

/// One part's amount in one period and the counts it is a product over, the first of them `T`.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub counts: Vec<Exact>,
    pub amount: Money,
}

impl Chain {
    /// So many ratios are defined: those over a count above zero that stands below no zero.
    pub fn defined(&self) -> usize {
        self.counts.iter().take_while(|n| **n > exact(0)).count()
    }

    /// The amount ÷ the count at a link.
    fn rest(&self, link: usize) -> Exact {
        exact(self.amount.0) / &self.counts[link]
    }

    /// The count at the next link ÷ the one at this.
    fn ratio(&self, link: usize) -> Exact {
        &self.counts[link + 1] / &self.counts[link]
    }

    /// What of the rest at a link stands over a next count of zero, so that no product holds it.
    fn unsplit(&self, link: usize) -> Exact {
        if self.counts[link + 1] > exact(0) { exact(0) } else { self.rest(link) }
    }
}

/// What the change of each factor does to the amount.
#[derive(Clone, Debug)]
pub(super) struct Effects {
    /// Of `T`.
    pub base: Exact,
    /// Of `b₁/T`: the share of this part.
    pub share: Exact,
    /// Of the ratios below it, down to `X/bₙ`.
    pub ratios: Vec<Exact>,
    /// The change of what stands over a count of zero.
    pub unsplit: Exact,
}

impl Effects {
    /// Base, share, ratios, and what is not split.
    pub fn in_order(self) -> impl Iterator<Item = Exact> {
        [self.base, self.share].into_iter().chain(self.ratios).chain([self.unsplit])
    }
}

/// Both periods of a part.
pub(super) struct Links<'a> {
    pub before: &'a Chain,
    pub after: &'a Chain,
    pub method: Method,
}

impl Links<'_> {
    /// The effects; they add up to the change of the amount, exactly.
    pub fn effects(&self) -> Effects {
        let last = self.before.counts.len() - 1;
        let base = [self.before, self.after].map(|c| c.counts[0].clone());
        let without = [self.before, self.after].map(|c| exact(if c.defined() == 0 { c.amount.0 } else { 0 }));
        let mut unsplit = change(&without);
        let of_base = change(&base) * self.following(&self.values(0, Chain::rest));
        let mut weight = self.preceding(&base);
        let mut ratios = Vec::with_capacity(last + 1);
        for link in 0..last {
            let ratio = self.values(link, Chain::ratio);
            let below = self.values(link + 1, Chain::rest);
            ratios.push(&weight * change(&ratio) * self.following(&below));
            unsplit += &weight * change(&self.values(link, Chain::unsplit));
            weight *= self.preceding(&ratio);
        }
        ratios.push(weight * change(&self.values(last, Chain::rest)));
        let share = ratios.remove(0);
        Effects { base: of_base, share, ratios, unsplit }
    }

    /// A value of both periods. One that is undefined is that of the other period, and all below it with it, so that
    /// it has no effect.
    fn values(&self, link: usize, of: fn(&Chain, usize) -> Exact) -> [Exact; 2] {
        let own = |c: &Chain| (c.defined() > link).then(|| of(c, link));
        match (own(self.before), own(self.after)) {
            (Some(before), Some(after)) => [before, after],
            (Some(one), None) | (None, Some(one)) => [one.clone(), one],
            (None, None) => [exact(0), exact(0)],
        }
    }

    /// The factor that follows one whose effect is asked for.
    fn following(&self, [before, after]: &[Exact; 2]) -> Exact {
        match self.method {
            Method::Shapley => (before + after) / exact(2),
            Method::Chain => before.clone(),
        }
    }

    /// The factor that precedes one whose effect is asked for.
    fn preceding(&self, [before, after]: &[Exact; 2]) -> Exact {
        match self.method {
            Method::Shapley => (before + after) / exact(2),
            Method::Chain => after.clone(),
        }
    }
}

fn change([before, after]: &[Exact; 2]) -> Exact {
    after - before
}
