//! What was tried, by kind.

use crate::oracle::reading::Reading;
use carve_solver::input::{CriterionInput, Input, RuleKindInput, SplitInput};
use std::collections::BTreeMap;

/// Above this an amount is not held by a floating-point number.
const HUGE: i64 = 1 << 53;

/// How many books have each feature.
#[derive(Debug, Clone, Default)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    /// One more of it.
    pub fn add(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    /// How many have it.
    pub fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or(0)
    }

    /// One more of each feature that the book has.
    pub fn add_book(&mut self, input: &Input) {
        let mut has: Vec<&str> = vec![match &input.split {
            Some(SplitInput::Tree(root)) if root.children.iter().all(|c| c.children.is_empty()) => "split: flat tree",
            Some(SplitInput::Tree(_)) => "split: deep tree",
            Some(SplitInput::Stages { .. }) => "split: stages",
            Some(SplitInput::Seats { max_children, .. }) if *max_children > 0 => "split: seats with levels",
            Some(SplitInput::Seats { .. }) => "split: seats",
            None => "split: owners",
        }];
        let reading = Reading::of(input, &[]);
        let pools = || reading.split.nodes.iter().filter(|n| n.pool);
        if pools().next().is_some() {
            has.push("split: with a pool");
        }
        if reading.pools.only.iter().any(Option::is_some) {
            has.push("pool: accounts that are there for certain");
        }
        let asks = |kind: &RuleKindInput| match kind {
            RuleKindInput::Bounds { node_ids, min: Some(1..), .. } => pools().any(|n| node_ids.contains(&n.id)),
            _ => false,
        };
        if input.rules.iter().filter_map(|r| r.kind.as_ref()).any(asks) {
            has.push("pool: asked for leftovers");
        }
        has.extend(input.rules.iter().filter_map(|r| r.kind.as_ref()).map(rule));
        let criteria = input.tiers.iter().flat_map(|t| t.criteria.iter().flatten());
        has.extend(criteria.map(criterion));
        if !Reading::of(input, &[]).families().is_empty() {
            has.push("families");
        }
        if input.book.measures.iter().flat_map(|m| &m.amounts).any(|a| *a > HUGE) {
            has.push("amounts above 2^53");
        }
        if hostile(input) {
            has.push("hostile names");
        }
        if input.tiers.is_empty() {
            has.push("default tiers");
        }
        if input.tiers.iter().any(|t| t.give_back > 0.0 || t.give_back_absolute > 0.0) {
            has.push("give-back");
        }
        if !input.measures.is_empty() {
            has.push("counted measures");
        }
        has.sort_unstable();
        has.dedup();
        has.into_iter().for_each(|what| self.add(what));
    }
}

fn rule(kind: &RuleKindInput) -> &'static str {
    match kind {
        RuleKindInput::Pin { .. } => "rule: pin",
        RuleKindInput::Forbid { .. } => "rule: forbid",
        RuleKindInput::Restrict { .. } => "rule: restrict",
        RuleKindInput::KeepTogether { .. } => "rule: keep_together",
        RuleKindInput::KeepApart { .. } => "rule: keep_apart",
        RuleKindInput::Bounds { accounts: Some(_), .. } => "rule: bounds over some accounts",
        RuleKindInput::Bounds { .. } => "rule: bounds",
        RuleKindInput::MoveLimit { per_owner: true, .. } => "rule: move_limit per owner",
        RuleKindInput::MoveLimit { .. } => "rule: move_limit",
        RuleKindInput::Keep { .. } => "rule: keep",
        RuleKindInput::CoverLimit { .. } => "rule: cover_limit",
    }
}

fn criterion(kind: &CriterionInput) -> &'static str {
    match kind {
        CriterionInput::Balance(_) => "tier: balance",
        CriterionInput::Mix(_) => "tier: mix",
        CriterionInput::Continuity { .. } => "tier: continuity",
        CriterionInput::Incumbent { .. } => "tier: incumbent",
        CriterionInput::Compactness { .. } => "tier: compactness",
    }
}

/// Whether a name is no plain word.
fn hostile(input: &Input) -> bool {
    let columns = input.book.measures.iter().map(|m| &m.name).chain(input.book.attributes.iter().map(|a| &a.name));
    let mut names =
        columns.chain(input.rules.iter().map(|r| &r.rule_id)).chain(input.measures.iter().map(|m| &m.measure));
    names.any(|name| name.chars().any(|c| !c.is_ascii_alphanumeric() && c != '_'))
}
