//! Seats that cover others, held against the plan's leaves.

use super::Checker;
use crate::index::{MeasureIndex, NodeIndex};
use crate::plan::CoverResult;
use crate::problem::rules::CoverMost;
use crate::problem::tree::Cover;

impl Checker<'_> {
    /// Every seat that covers another, once, with those it covers.
    pub(super) fn covers(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        let covers = problem.tree.covers();
        let id = |n: NodeIndex| &problem.tree.nodes[n].id;
        let same = |(said, cover): (&CoverResult, &Cover)| {
            said.seat_id == *id(cover.seat) && said.covered_seat_ids.iter().eq(cover.covered.iter().map(|&n| id(n)))
        };
        let all_there = plan.covers.len() == covers.len() && plan.covers.iter().zip(&covers).all(same);
        self.require(all_there, || "the seats that cover others are not those of the problem".into());
        if all_there {
            plan.covers.iter().zip(&covers).for_each(|(said, cover)| self.cover(said, cover));
        }
    }

    fn cover(&mut self, said: &CoverResult, cover: &Cover) {
        let problem = self.problem;
        let names = problem.reported_measures().map(|(_, m)| &m.name);
        let all_there = said.measures.iter().map(|m| &m.measure).eq(names);
        self.require(all_there, || format!("the measures that {} covers are not the problem's", said.seat_id));
        for ((m, _), told) in problem.reported_measures().zip(&said.measures).filter(|_| all_there) {
            let name = || format!("{} of {} while it covers", told.measure, said.seat_id);
            let found = self.load_of(cover, m);
            self.require(i128::from(told.amount) == found, || {
                let (said, found) = (problem.measures[m].amount(told.amount), problem.measures[m].amount(found));
                format!("{}: the plan says {said}, it is {found}", name())
            });
            let target = self.target(cover.seat, m);
            self.same(|| format!("target of {}", name()), told.target, target);
            let deviation = if target > 0.0 { (found as f64 - target) / target } else { 0.0 };
            self.same(|| format!("deviation of {}", name()), told.deviation, deviation);
        }
    }

    /// Its own and what it covers.
    fn load_of(&self, cover: &Cover, measure: MeasureIndex) -> i128 {
        let own = self.tally.amount(cover.seat, measure);
        own + cover.covered.iter().map(|&n| self.tally.amount(n, measure)).sum::<i128>()
    }

    /// What each of the seats holds while it covers is at most what the rule allows, in whole numbers.
    pub(super) fn cover_limit(&mut self, id: &str, covers: &[Cover], measure: MeasureIndex, most: CoverMost) {
        let tree = &self.problem.tree;
        for cover in covers {
            let found = self.load_of(cover, measure);
            let holds = match most {
                CoverMost::Amount(most) => found <= i128::from(most),
                CoverMost::OfTarget(ratio) => {
                    let (share, whole) = (tree.nodes[cover.seat].share, tree.whole_share());
                    let total = i128::from(self.problem.facts().shared(measure));
                    found * i128::from(whole) * i128::from(ratio.denominator)
                        <= total * i128::from(share) * i128::from(ratio.numerator)
                }
            };
            self.require(holds, || {
                let found = self.problem.measures[measure].amount(found);
                format!("rule {id:?}: {} holds {found} while it covers, too much", tree.nodes[cover.seat].id)
            });
        }
    }
}
