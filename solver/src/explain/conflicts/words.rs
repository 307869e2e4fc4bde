//! The words that sentences on conflicts share.

use super::story::Story;
use crate::amount::Amount;
use crate::index::{AccountIndex, LineIndex, MeasureIndex, UnitIndex};
use crate::problem::rules::{Rule, RuleKind};

/// Accounts, rules or places named in a sentence, at most; the rest is counted.
const NAMED_MAX: usize = 4;

/// A list for reading: `a, b and c`, or `a, b, c, d and 4 more`.
pub(super) fn named(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    if items.len() > NAMED_MAX + 1 {
        let more = items.len() - NAMED_MAX;
        items.truncate(NAMED_MAX);
        items.push(format!("{more} more"));
    }
    match items.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The text with a capital letter first.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

impl Story<'_> {
    /// The rule that sets a line.
    pub(super) fn rule(&self, line: LineIndex) -> &Rule {
        &self.subset.rules[self.hard.rule(line)]
    }

    /// An amount of what a rule counts: `3 accounts`, `500 of open_pipeline`, `3 of its accounts`.
    pub(super) fn amount(&self, rule: &Rule, amount: i128) -> String {
        let measure = rule.kind.measure().unwrap_or(MeasureIndex::ACCOUNT_COUNT);
        let (name, whole, amount) = (&self.problem.measures[measure].name, amount, self.bare(rule, amount));
        match (measure == MeasureIndex::ACCOUNT_COUNT, rule.kind.picked().is_some()) {
            (true, false) if whole == 1 => "1 account".to_string(),
            (true, false) => format!("{amount} accounts"),
            (true, true) => format!("{amount} of its accounts"),
            (false, false) => format!("{amount} of {name}"),
            (false, true) => format!("{amount} of its accounts' {name}"),
        }
    }

    /// An amount of what a rule counts, as people write it.
    pub(super) fn bare(&self, rule: &Rule, amount: i128) -> Amount {
        self.problem.measures[rule.kind.measure().unwrap_or(MeasureIndex::ACCOUNT_COUNT)].amount(amount)
    }

    /// The line among those of all hard rules.
    pub(super) fn among_all(&self, line: LineIndex) -> Option<LineIndex> {
        let rule = self.refuted.rules[self.hard.rule(line)];
        let (_, side, node) = self.hard.key(line);
        self.all.lines.keys().iter().find(|&other| self.all.key(other) == (rule, side, node))
    }

    /// An amount of what a rule counts, and what it is with all rules and families where that is more (or less), in
    /// brackets.
    pub(super) fn with_all(&self, rule: &Rule, amount: i128, of_all: i128) -> String {
        match amount == of_all {
            true => self.bare(rule, amount).to_string(),
            false => {
                format!("{} ({} with all rules and families)", self.bare(rule, amount), self.bare(rule, of_all))
            }
        }
    }

    /// The node a line speaks of; `None`: all of them.
    pub(super) fn node(&self, line: LineIndex) -> Option<&str> {
        let (_, node) = self.subset.rows.key(line);
        node.map(|node| self.problem.tree.nodes[node].id.as_str())
    }

    /// The same as a clause: ` at west`.
    pub(super) fn place(&self, line: LineIndex) -> String {
        self.node(line).map_or(String::new(), |node| format!(" at {node}"))
    }

    /// A line's upper limit as its rule states it.
    pub(super) fn stated_most(&self, line: LineIndex) -> i128 {
        let stated = match &self.rule(line).kind {
            RuleKind::Bounds { max, .. } => max.map(i128::from),
            RuleKind::Allow { .. }
            | RuleKind::Together { .. }
            | RuleKind::Apart { .. }
            | RuleKind::MoveLimit { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => None,
        };
        stated.or(self.hard.lines[line].hi).unwrap_or(0)
    }

    /// What joins the accounts of a unit, as a clause; empty where no rule does.
    pub(super) fn together(&self, unit: UnitIndex) -> String {
        let inside =
            |accounts: &[AccountIndex]| accounts.iter().filter(|a| self.subset.units.of[**a] == unit).count() > 1;
        let joins = |rule: &&Rule| rule.kind.joined().is_some_and(inside);
        let rules: Vec<String> =
            self.subset.rules.iter().filter(joins).map(|rule| format!("rule {}", rule.id)).collect();
        let keeps = if rules.len() == 1 { "keeps" } else { "keep" };
        match rules.is_empty() {
            true => String::new(),
            false => format!("; {} {keeps} them together", named(rules.into_iter())),
        }
    }

    /// A unit by its accounts.
    pub(super) fn who(&self, unit: UnitIndex) -> String {
        let id = |account: &AccountIndex| format!("{:?}", self.problem.accounts.ids[*account]);
        match self.subset.units.members(unit) {
            [one] => format!("account {}", id(one)),
            many => format!("the accounts {} as one", named(many.iter().map(id))),
        }
    }
}
