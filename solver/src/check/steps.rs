//! The steps of tiers that count bands alone, recomputed.

use super::{AGREE, Checker};
use crate::explain::is_finished;
use crate::index::{NodeIndex, Number, TierIndex};
use crate::plan::TierResult;
use crate::problem::tiers::Tier;

impl Checker<'_> {
    /// Every step that the plan comes to is there, and says what the plan has; see
    /// [`State::steps`](crate::score::State::steps).
    pub(super) fn steps(&mut self, t: usize, tier: &Tier, said: &TierResult) {
        let most = self.problem.steps_max(TierIndex::new(t));
        let (sums, outside) = if most == 0 { (Vec::new(), 0) } else { self.sums_of(tier, most + 1) };
        let due = outside.min(most);
        self.require((due..=most).contains(&said.steps.len()), || {
            format!("tier {t}: {} steps after the first, and there are {due}", said.steps.len())
        });
        for (step, sum) in said.steps.iter().zip(sums.iter().skip(1)) {
            let name = || format!("tier {t}, step {}", step.largest);
            self.same(|| format!("value of {}", name()), step.value, *sum);
            self.require(step.bound <= step.value * (1.0 + AGREE) + 1e-12, || {
                format!("{}: the bound {} is above the value {}", name(), step.bound, step.value)
            });
            let limit = |value: f64| tier.limit_of(value, step.largest);
            self.limit(name, (t, &limit), (step.value, step.bound, step.limit));
            let finished = is_finished(tier, step, self.plan.gap_target);
            self.require(step.finished == finished, || {
                format!("{}: whether it is finished is not what its bound says", name())
            });
        }
        let numbered = said.steps.iter().zip(2..).all(|(step, largest)| step.largest == largest);
        self.require(numbered, || format!("tier {t}: its steps do not count one more excess each"));
        self.sums.push(sums);
    }

    /// The weighted sum of the largest excess of every group, of the two largest, and so on; and how many excesses a group
    /// has at most.
    fn sums_of(&self, tier: &Tier, most: usize) -> (Vec<f64>, usize) {
        let (mut sums, mut outside) = (vec![0.0; most], 0);
        for criterion in &tier.criteria {
            for band in criterion.kind.bands().unwrap_or_default() {
                for (i, &(tolerance, weight)) in band.levels.iter().enumerate().filter(|(_, level)| level.1 > 0.0) {
                    let nodes = self.problem.tree.sharing(i + 1);
                    let of = |n: NodeIndex| self.excess(n, band.measure, tolerance);
                    let mut excesses: Vec<f64> = nodes.map(of).filter(|excess| *excess > 0.0).collect();
                    excesses.sort_by(|a, b| b.total_cmp(a));
                    outside = outside.max(excesses.len());
                    for (count, sum) in sums.iter_mut().enumerate() {
                        let largest: f64 = excesses.iter().take(count + 1).sum();
                        *sum += criterion.weight * weight * largest;
                    }
                }
            }
        }
        (sums, outside)
    }
}
