//! The proof that no assignment meets the hard rules, in whole numbers: nothing is rounded, so nothing is forgiven.
//!
//! Lines     lo_r <= sum_u c_r(u, l_u) <= hi_r     each hard row and each budget; unit u goes to leaf l_u
//! Shut      A leaf is shut to a unit when some line cannot hold with the unit there, wherever the others go among the
//!           leaves that are open to them. A unit with no open leaf, or a line that cannot hold at all, is a proof.
//! Totals    Any whole multipliers k_r prove it when  sum_u max_{l open} sum_r k_r c_r(u,l)  <  sum_r k_r lim_r,  where
//!           lim_r is lo_r for k_r > 0 and hi_r for k_r < 0: a plan would make the left side at least the right one.
//! Branches  A split sends a unit to some of its leaves in one child, to the others in the other; a plan is in one outer
//!           node, so it is enough that each of them is proved.

use crate::index::{AccountIndex, Keyed, LineIndex, RuleIndex, TierIndex};
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::certificate::{InfeasibilityCertificate, PriceSet, RowOf, RowReference, TierCertificate};
use crate::proof::costs::Costs;
use crate::proof::evidence::{Evidence, Reader};
use crate::proof::lines::Hard;
use rayon::prelude::*;

/// What is proved to allow no plan.
#[derive(Debug, Clone)]
pub(crate) struct Refuted {
    /// The rules, ascending; their places are their numbers in the problem cut down to them.
    pub rules: Keyed<RuleIndex, RuleIndex>,
    /// Families that move as one, by account; all others are apart.
    pub families: Vec<Vec<AccountIndex>>,
    /// Of the problem cut down to these.
    pub evidence: Evidence,
    /// The accounts whose owners count in the move limits among the rules; empty: there is none.
    pub owners: Vec<AccountIndex>,
    /// Without any one of them some plan was found.
    pub irreducible: bool,
}

impl Refuted {
    /// As it is written out; `problem` is the whole one.
    pub fn written(&self, problem: &Problem) -> InfeasibilityCertificate {
        let subset = problem.subset(self.rules.as_slice(), &self.families);
        let frame = Frame::of(&subset, &Costs::none(&subset), TierIndex::FIRST, &Keyed::new());
        let TierCertificate { prices, rows, price_sets, branches, .. } =
            self.evidence.written(&subset, &frame.limits, 0.0, 0.0);
        InfeasibilityCertificate { prices, rows, price_sets, branches }
    }
}

/// The evidence written out for a problem cut down to what conflicts.
///
/// # Errors
/// What it names that is not there, as one sentence.
pub(crate) fn read(subset: &Problem, said: &InfeasibilityCertificate) -> Result<Evidence, String> {
    let InfeasibilityCertificate { prices, rows, price_sets, branches } = said.clone();
    Reader::new(subset)
        .read(TierIndex::FIRST, &TierCertificate { prices, rows, price_sets, branches, ..TierCertificate::default() })
}

/// The evidence without a rule's lines, for a problem without the rule.
pub(crate) fn without_rule(said: &InfeasibilityCertificate, id: &str) -> InfeasibilityCertificate {
    let other = |row: &RowReference| !matches!(&row.row, RowOf::Rule { rule_id, .. } if rule_id == id);
    let kept: Vec<usize> = (0..said.rows.len()).filter(|&at| other(&said.rows[at])).collect();
    let set = |set: &PriceSet| PriceSet {
        prices: kept.iter().filter_map(|&at| set.prices.get(at).copied()).collect(),
        tier_prices: set.tier_prices.clone(),
        step_prices: set.step_prices.clone(),
        cut_prices: set.cut_prices.clone(),
    };
    InfeasibilityCertificate {
        prices: said.prices.iter().filter(|price| other(&price.row)).cloned().collect(),
        rows: kept.iter().map(|&at| said.rows[at].clone()).collect(),
        price_sets: said.price_sets.iter().map(set).collect(),
        branches: said.branches.clone(),
    }
}

/// Whether the evidence proves that no assignment meets the hard rules of `problem`.
pub(crate) fn proves(problem: &Problem, evidence: &Evidence) -> bool {
    let hard = Hard::of(problem);
    let Some(root) = hard.open() else { return true };
    let Some(outer) = evidence.outer() else { return false };
    outer.par_iter().all(|(set, restrictions)| match hard.open_under(&root, restrictions) {
        None => true,
        Some(open) => evidence.sets.get(*set).is_some_and(|prices| hard.refutes(prices, &open)),
    })
}

/// The lines that take part in the evidence: those that shut leaves at some outer node, and those with a multiplier.
pub(crate) fn taking_part(hard: &Hard, evidence: &Evidence) -> Keyed<LineIndex, bool> {
    let mut part = hard.lines.map(|_| false);
    let mut root = hard.allowed();
    let proved = !hard.shut(&mut root, &mut |line| part[line] = true);
    for (set, restrictions) in evidence.outer().unwrap_or_default() {
        let mut open = root.clone();
        restrictions.iter().for_each(|(unit, leaves)| open.keep(*unit, |word| leaves.word(word)));
        if !proved && hard.shut(&mut open, &mut |line| part[line] = true) {
            let prices = evidence.sets[set].rows.iter().chain(&evidence.sets[set].budgets);
            part.iter_mut().zip(prices).for_each(|(part, price)| *part |= *price != 0.0);
        }
    }
    part
}
