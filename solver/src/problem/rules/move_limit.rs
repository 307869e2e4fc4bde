//! Move limit: the most that may leave its owner, over all owners together or each by itself.

use super::kind::{Most, RuleKind};
use super::reader::Reader;
use crate::amount::Amount;
use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, MeasureIndex, NodeIndex, RuleIndex};
use crate::input::SelectorInput;
use crate::problem::budget::{Adds, Budget, Moves};
use crate::problem::facts::Facts;
use crate::problem::origin::{Origin, Side};
use crate::problem::ratio::Part;
use crate::problem::rows::Rows;

/// A move limit as it was given.
pub(super) struct Given<'a> {
    pub accounts: Option<&'a SelectorInput>,
    pub measure: &'a str,
    pub max_amount: Option<i64>,
    pub max_share: Option<f64>,
    pub per_owner: bool,
}

pub(super) fn read(reader: &Reader, given: &Given, path: &str, findings: &mut Vec<Finding>) -> Option<RuleKind> {
    let path = format!("{path}.move_limit");
    let accounts = reader.select_or_all(given.accounts, &path, findings);
    let measure = reader.measure(given.measure, &path, findings);
    let most = most(given, &|amount| reader.amount(measure, amount), &path, findings)?;
    Some(RuleKind::MoveLimit { accounts: accounts?, measure: measure?, most, per_owner: given.per_owner })
}

fn most(given: &Given, shown: &dyn Fn(i64) -> Amount, path: &str, findings: &mut Vec<Finding>) -> Option<Most> {
    let message = match (given.max_amount, given.max_share) {
        (Some(amount), None) if amount >= 0 => return Some(Most::Amount(amount)),
        (None, Some(share)) if (0.0..=1.0).contains(&share) => return Some(Most::Share(Part::of(share))),
        (Some(amount), None) => format!("max_amount is {}; give 0 or more", shown(amount)),
        (None, Some(share)) => format!("max_share is {share}; give a part from 0 to 1"),
        (None, None) => "the move limit has neither max_amount nor max_share; give one".to_string(),
        (Some(_), Some(_)) => "the move limit has both max_amount and max_share; give one".to_string(),
    };
    findings.push(Finding::new(Code::RuleLimitInvalid, Place::Plan(path.into()), message));
    None
}

/// A budget over all that moves, or one for each owner.
pub(super) fn write(
    rows: &mut Rows,
    facts: &Facts,
    rule: RuleIndex,
    (accounts, measure): (Option<&[AccountIndex]>, MeasureIndex),
    most: Most,
    per_owner: bool,
) {
    let Facts { units, tree, .. } = facts;
    let amounts = &facts.measures[measure].amounts;
    let all = Moves::of(&facts.accounts.owners, units, tree, amounts, accounts);
    let each: Vec<(Option<NodeIndex>, Moves)> = match per_owner {
        true => all.by_owner(tree).into_iter().map(|(o, moves)| (Some(o), moves)).collect(),
        false => vec![(None, all)],
    };
    for (owner, moves) in each.into_iter().filter(|(_, moves)| moves.total > 0) {
        rows.budgets.push(Budget {
            origin: Origin::Rule(rule, Side::Only),
            node: owner,
            keep: None,
            most: most.of(moves.total),
            whole: moves.total as f64,
            adds: Adds::Moves(moves),
        });
    }
}
