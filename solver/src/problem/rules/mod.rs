//! Hard rules: a file for each kind, with its reading and the rows or budgets that hold a plan to it. What is done for
//! every kind is done here, once a task.

pub(crate) mod kind;

mod reader;

mod pin;

mod forbid;

mod restrict;

mod keep_together;

mod keep_apart;

mod bounds;

mod move_limit;

mod keep;

mod cover_limit;

use super::by_id::ById;
use super::effort::Effort;
use super::facts::Facts;
use super::measures::Measure;
use super::rows::Rows;
use super::tree::Tree;
use super::whole::WholeLimits;
use crate::finding::{Code, Finding, Place};
use crate::index::{Keyed, MeasureIndex, RuleIndex};
use crate::input::{Input, RuleInput, RuleKindInput};
use crate::limits::RULES_MAX;
use reader::Reader;
use std::collections::HashSet;

pub(crate) use kind::{CoverMost, Most, Rule, RuleKind};

/// Factors of a budget, one for each leaf, that take as much room as a row.
const FACTORS_A_ROW: usize = 16;

/// Reads the rules; those with an error are left out.
pub(super) fn read(
    input: &Input,
    tree: &Tree,
    measures: &Keyed<MeasureIndex, Measure>,
    accounts: &ById,
    effort: &Effort,
    findings: &mut Vec<Finding>,
) -> Keyed<RuleIndex, Rule> {
    let reader = Reader::new(input, tree, measures, accounts, effort);
    if input.rules.len() > RULES_MAX {
        findings.push(Finding::new(
            Code::RulesTooMany,
            Place::Plan("rules".into()),
            format!("{} rules; at most {RULES_MAX}", input.rules.len()),
        ));
        return Keyed::new();
    }
    let mut seen = HashSet::new();
    let mut rules = Keyed::new();
    for (i, rule) in input.rules.iter().enumerate() {
        let path = format!("rules[{i}]");
        if !effort.spend(1) {
            findings.extend(effort.told(&path));
            break;
        }
        if rule.rule_id.is_empty() {
            findings.push(Finding::new(
                Code::RuleIdMissing,
                Place::Plan(format!("{path}.rule_id")),
                "the rule has no rule_id; give it one, so that answers can name it",
            ));
        } else if !seen.insert(rule.rule_id.as_str()) {
            findings.push(Finding::new(
                Code::RuleIdDuplicate,
                Place::Plan(format!("{path}.rule_id")),
                format!("another rule has the rule_id {:?} too; ids must differ", rule.rule_id),
            ));
        }
        if let Some(kind) = read_kind(&reader, rule, &path, findings) {
            let counts = kind.counts_accounts() * input.book.account_ids.len();
            let fits = reader.picks(counts, &path, findings) && reader.limits(kind.row_count(tree), &path, findings);
            if fits {
                rules.push(Rule { id: rule.rule_id.clone(), kind });
            }
        }
    }
    rules
}

fn read_kind(reader: &Reader, rule: &RuleInput, path: &str, findings: &mut Vec<Finding>) -> Option<RuleKind> {
    match rule.kind.as_ref() {
        None => {
            findings.push(Finding::new(
                Code::RuleEmpty,
                Place::Plan(path.into()),
                "the rule has no kind; give pin, forbid, restrict, keep_together, keep_apart, bounds, move_limit, keep or cover_limit",
            ));
            None
        }
        Some(RuleKindInput::Pin { accounts, node_id }) => pin::read(reader, accounts, node_id, path, findings),
        Some(RuleKindInput::Forbid { accounts, node_ids }) => forbid::read(reader, accounts, node_ids, path, findings),
        Some(RuleKindInput::Restrict { accounts, node_ids }) => {
            restrict::read(reader, accounts, node_ids, path, findings)
        }
        Some(RuleKindInput::KeepTogether { accounts }) => keep_together::read(reader, accounts, path, findings),
        Some(RuleKindInput::KeepApart { accounts }) => keep_apart::read(reader, accounts, path, findings),
        Some(RuleKindInput::Bounds { accounts, node_ids, measure, min, max }) => {
            let given = bounds::Given { accounts: accounts.as_ref(), node_ids, measure, min: *min, max: *max };
            bounds::read(reader, &given, path, findings)
        }
        Some(RuleKindInput::MoveLimit { accounts, measure, max_amount, max_share, per_owner }) => {
            let (max_amount, max_share, per_owner) = (*max_amount, *max_share, *per_owner);
            let given = move_limit::Given { accounts: accounts.as_ref(), measure, max_amount, max_share, per_owner };
            move_limit::read(reader, &given, path, findings)
        }
        Some(RuleKindInput::CoverLimit { measure, max, max_share_of_target, seat_ids }) => {
            let (max, max_share_of_target) = (*max, *max_share_of_target);
            let given = cover_limit::Given { measure, max, max_share_of_target, seat_ids };
            cover_limit::read(reader, &given, path, findings)
        }
        Some(RuleKindInput::Keep { measure, min_share, max_share, node_ids }) => {
            let given = keep::Given { measure, min_share: *min_share, max_share: *max_share, node_ids };
            keep::read(reader, &given, path, findings)
        }
    }
}

impl RuleKind {
    /// The rows and budgets that it writes, at most.
    fn row_count(&self, tree: &Tree) -> usize {
        match self {
            RuleKind::Allow { .. } | RuleKind::Together { .. } => 0,
            RuleKind::Apart { .. } => tree.leaves.len(),
            RuleKind::Bounds { nodes, .. } => nodes.len(),
            RuleKind::MoveLimit { per_owner: false, .. } => 1,
            RuleKind::MoveLimit { per_owner: true, .. } => tree.leaves.len(),
            // Each has a factor for every leaf.
            RuleKind::Keep { nodes, .. } => 2 * nodes.len() * (1 + tree.leaves.len() / FACTORS_A_ROW),
            RuleKind::CoverLimit { covers, .. } => covers.len() * (1 + tree.leaves.len() / FACTORS_A_ROW),
        }
    }

    /// How many amounts it holds for every account.
    fn counts_accounts(&self) -> usize {
        match self {
            RuleKind::Apart { .. } | RuleKind::Bounds { accounts: Some(_), .. } | RuleKind::MoveLimit { .. } => 1,
            RuleKind::Bounds { accounts: None, .. }
            | RuleKind::Allow { .. }
            | RuleKind::Together { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => 0,
        }
    }

    /// Writes its hard rows and budgets, if it has any; what it says of single units is in the units.
    pub(super) fn write(&self, rows: &mut Rows, facts: &Facts, rule: RuleIndex) {
        match self {
            RuleKind::Allow { .. } | RuleKind::Together { .. } => {}
            RuleKind::Apart { accounts } => keep_apart::write(rows, facts, rule, accounts),
            RuleKind::Bounds { accounts, nodes, measure, min, max } => {
                let limits = WholeLimits::stated(*min, *max);
                bounds::write(rows, facts, rule, (accounts.as_deref(), nodes, *measure), limits);
            }
            RuleKind::MoveLimit { accounts, measure, most, per_owner } => {
                move_limit::write(rows, facts, rule, (accounts.as_deref(), *measure), *most, *per_owner);
            }
            RuleKind::Keep { nodes, measure, min, max } => {
                keep::write(rows, facts, rule, (nodes, *measure), (*min, *max));
            }
            RuleKind::CoverLimit { covers, measure, most } => {
                cover_limit::write(rows, facts, rule, (covers, *measure), *most);
            }
        }
    }
}
