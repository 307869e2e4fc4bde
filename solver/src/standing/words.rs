//! What is said of a book as it stands.

use super::data::{CriterionStanding, OtherHolder, TierStanding};
use super::places::Places;
use crate::counting::many;
use crate::explain::summary::{called, in_full};
use crate::explain::wording::percent;
use crate::index::{AccountIndex, TierIndex};
use crate::plan::CriterionResult;
use crate::problem::Problem;

/// Why what counts planned splits has no value where owners are territories.
pub(super) const NOT_SPLIT_YET: &str = "not defined, as it counts splits that are still to come";

/// The accounts that no distance is told of; empty where there are none.
pub(super) fn unplaced(places: &Places) -> String {
    let located = |account: AccountIndex| places.problem.accounts.places[account].is_some();
    let without = places.node_of.pairs().filter(|(account, node)| node.is_none() && located(*account)).count();
    match without {
        0 => String::new(),
        count => format!("without {} that no territory has", many(count, "account")),
    }
}

/// One tier in planner units: each criterion in the words of a plan, and what it lacks.
pub(super) fn tier(problem: &Problem, t: TierIndex, standings: &[CriterionStanding]) -> String {
    let one = |(data, standing): (&crate::problem::criteria::Criterion, &CriterionStanding)| {
        let Some(value) = standing.value else {
            return format!("{}: {}", standing.criterion, standing.lacks);
        };
        let result = CriterionResult {
            criterion: standing.criterion.clone(),
            value,
            worst_deviation: standing.worst_deviation,
            worst_node_id: standing.worst_node_id.clone(),
        };
        let said = in_full(problem, data, &result);
        if standing.lacks.is_empty() { said } else { format!("{said}, {}", standing.lacks) }
    };
    problem.tiers[t].criteria.iter().zip(standings).map(one).collect::<Vec<String>>().join("; ")
}

/// One sentence: who has the accounts, and the worst deviation.
pub(super) fn book(places: &Places, others: &[OtherHolder], tiers: &[TierStanding]) -> String {
    let territories = places.problem.tree.territories().len();
    let mut who = vec![format!("{} in {}", many(places.placed(), "account"), many(territories, "territory"))];
    let (nobody, left): (Vec<&OtherHolder>, Vec<&OtherHolder>) =
        others.iter().partition(|other| other.holder.is_empty());
    if !left.is_empty() {
        let held: usize = left.iter().map(|other| other.accounts).sum();
        let whom = if left.len() == 1 { "one who is" } else { "who are" };
        let count = if left.len() == 1 { String::new() } else { format!("{} ", left.len()) };
        who.push(format!("{held} with {count}{whom} no territory of the plan"));
    }
    who.extend(nobody.iter().map(|nobody| format!("{} with nobody", nobody.accounts)));
    let criteria = tiers.iter().flat_map(|tier| &tier.criteria);
    let worse = |a: &&CriterionStanding, b: &&CriterionStanding| b.worst_deviation > a.worst_deviation;
    let worst = criteria.reduce(|a, b| if worse(&a, &b) { b } else { a }).filter(|worst| worst.worst_deviation > 0.0);
    let worst = worst.map_or_else(String::new, |worst| {
        let at = called(places.problem, &worst.worst_node_id);
        format!("; worst deviation {}, {} at {at}", percent(worst.worst_deviation), worst.criterion)
    });
    format!("{}{worst}.", who.join(", "))
}
