//! Hard rules, read: accounts as indices, nodes as leaves.

mod cover;

mod keep;

use super::filter;
use super::measures::{self, Measure};
use super::ratio::{Decimal, Ratio};
use super::tree::{Cover, Tree};
use crate::finding::{Code, Finding, Place};
use crate::input::{Input, RuleInput, RuleKindInput, SelectorInput};
use crate::limits::RULES_MAX;
use std::collections::{HashMap, HashSet};

pub(crate) use cover::CoverMost;

/// A hard rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub id: String,
    pub kind: RuleKind,
}

/// What it says. `accounts` are ascending; `None`: all.
#[derive(Debug, Clone)]
pub(crate) enum RuleKind {
    /// Pin, forbid and restrict: the leaves that remain, by leaf number.
    Allow {
        accounts: Vec<usize>,
        leaves: Vec<bool>,
    },
    Together {
        accounts: Vec<usize>,
    },
    /// No two in one territory.
    Apart {
        accounts: Vec<usize>,
    },
    Bounds {
        accounts: Option<Vec<usize>>,
        nodes: Vec<usize>,
        measure: usize,
        min: Option<i64>,
        max: Option<i64>,
    },
    /// The most that may leave its owner; `share` of what is counted, or an amount.
    MoveLimit {
        accounts: Option<Vec<usize>>,
        measure: usize,
        most: Most,
        per_owner: bool,
    },
    /// What the first child of each node holds of its parent's part of the measure.
    Keep {
        nodes: Vec<usize>,
        measure: usize,
        min: Option<Ratio>,
        max: Option<Ratio>,
    },
    /// What each seat holds of the measure together with those it covers.
    CoverLimit {
        covers: Vec<Cover>,
        measure: usize,
        most: CoverMost,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Most {
    Amount(i64),
    Share(Decimal),
}

impl Most {
    /// The most in the measure's unit when `counted` is what is counted.
    pub fn of(self, counted: i64) -> i64 {
        match self {
            Most::Amount(amount) => amount,
            Most::Share(share) => share.of_whole(counted),
        }
    }
}

struct Reader<'a> {
    input: &'a Input,
    tree: &'a Tree,
    nodes: HashMap<&'a str, usize>,
    measures: &'a [Measure],
    accounts: &'a HashMap<&'a str, usize>,
}

/// Reads the rules; those with an error are left out.
pub(crate) fn read(
    input: &Input,
    tree: &Tree,
    measures: &[Measure],
    accounts: &HashMap<&str, usize>,
    findings: &mut Vec<Finding>,
) -> Vec<Rule> {
    let reader = Reader { input, tree, nodes: tree.by_id(), measures, accounts };
    if input.rules.len() > RULES_MAX {
        findings.push(Finding::new(
            Code::RulesTooMany,
            Place::Plan("rules".into()),
            format!("{} rules; at most {RULES_MAX}", input.rules.len()),
        ));
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut rules = Vec::new();
    for (i, rule) in input.rules.iter().enumerate() {
        let path = format!("rules[{i}]");
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
        if let Some(kind) = reader.kind(rule, &path, findings) {
            rules.push(Rule { id: rule.rule_id.clone(), kind });
        }
    }
    rules
}

impl Reader<'_> {
    fn kind(&self, rule: &RuleInput, path: &str, findings: &mut Vec<Finding>) -> Option<RuleKind> {
        match rule.kind.as_ref() {
            None => {
                findings.push(Finding::new(
                    Code::RuleEmpty,
                    Place::Plan(path.into()),
                    "the rule has no kind; give pin, forbid, restrict, keep_together, keep_apart, bounds, move_limit, keep or cover_limit",
                ));
                None
            }
            Some(RuleKindInput::Pin { accounts, node_id }) => {
                let path = format!("{path}.pin");
                let accounts = self.select(accounts, &path, findings);
                let leaves = self.leaves(std::slice::from_ref(node_id), &path, "node_id", findings);
                Some(RuleKind::Allow { accounts: accounts?, leaves: leaves? })
            }
            Some(RuleKindInput::Forbid { accounts, node_ids }) => {
                let path = format!("{path}.forbid");
                let accounts = self.select(accounts, &path, findings);
                let leaves = self.leaves(node_ids, &path, "node_ids", findings)?.into_iter().map(|l| !l).collect();
                Some(RuleKind::Allow { accounts: accounts?, leaves })
            }
            Some(RuleKindInput::Restrict { accounts, node_ids }) => {
                let path = format!("{path}.restrict");
                let accounts = self.select(accounts, &path, findings);
                let leaves = self.leaves(node_ids, &path, "node_ids", findings);
                Some(RuleKind::Allow { accounts: accounts?, leaves: leaves? })
            }
            Some(RuleKindInput::KeepTogether { accounts }) => Some(RuleKind::Together {
                accounts: self.select(accounts, &format!("{path}.keep_together"), findings)?,
            }),
            Some(RuleKindInput::KeepApart { accounts }) => {
                Some(RuleKind::Apart { accounts: self.select(accounts, &format!("{path}.keep_apart"), findings)? })
            }
            Some(RuleKindInput::Bounds { accounts, node_ids, measure, min, max }) => {
                self.bounds(accounts.as_ref(), node_ids, measure, (*min, *max), &format!("{path}.bounds"), findings)
            }
            Some(RuleKindInput::MoveLimit { accounts, measure, max_amount, max_share, per_owner }) => {
                let path = format!("{path}.move_limit");
                let accounts = self.select_or_all(accounts.as_ref(), &path, findings);
                let measure = measures::find(measure, &format!("{path}.measure"), self.measures, self.input, findings);
                let most = most(*max_amount, *max_share, &path, findings);
                Some(RuleKind::MoveLimit { accounts: accounts?, measure: measure?, most: most?, per_owner: *per_owner })
            }
            Some(RuleKindInput::CoverLimit { measure, max, max_share_of_target, seat_ids }) => {
                let (max, max_share_of_target) = (*max, *max_share_of_target);
                self.cover_limit(&cover::Given { measure, max, max_share_of_target, seat_ids }, path, findings)
            }
            Some(RuleKindInput::Keep { measure, min_share, max_share, node_ids }) => {
                let (min_share, max_share) = (*min_share, *max_share);
                self.keep(&keep::Given { measure, min_share, max_share, node_ids }, path, findings)
            }
        }
    }

    fn select(&self, selector: &SelectorInput, path: &str, findings: &mut Vec<Finding>) -> Option<Vec<usize>> {
        filter::select(selector, &format!("{path}.accounts"), &self.input.book, self.accounts, findings)
    }

    fn select_or_all(
        &self,
        selector: Option<&SelectorInput>,
        path: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Option<Vec<usize>>> {
        match selector {
            None => Some(None),
            Some(selector) => self.select(selector, path, findings).map(Some),
        }
    }

    fn find_nodes(&self, ids: &[String], path: &str, field: &str, findings: &mut Vec<Finding>) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        for (i, id) in ids.iter().enumerate() {
            match self.nodes.get(id.as_str()) {
                Some(&node) => found.push(node),
                None => {
                    let path =
                        if field == "node_id" { format!("{path}.{field}") } else { format!("{path}.{field}[{i}]") };
                    let known: Vec<&str> = self.tree.nodes.iter().map(|n| n.id.as_str()).take(20).collect();
                    findings.push(Finding::new(
                        Code::NodeUnknown,
                        Place::Plan(path),
                        format!("node {id:?} is not in the tree; there are {}", known.join(", ")),
                    ));
                }
            }
        }
        let all = found.len() == ids.len();
        found.sort_unstable();
        found.dedup();
        all.then_some(found)
    }

    fn leaves(&self, ids: &[String], path: &str, field: &str, findings: &mut Vec<Finding>) -> Option<Vec<bool>> {
        if ids.is_empty() {
            findings.push(Finding::new(
                Code::RuleEmpty,
                Place::Plan(format!("{path}.{field}")),
                format!("{path} names no nodes; give at least one"),
            ));
            return None;
        }
        let mut leaves = vec![false; self.tree.leaves.len()];
        for node in self.find_nodes(ids, path, field, findings)? {
            leaves[self.tree.nodes[node].leaves.clone()].fill(true);
        }
        Some(leaves)
    }

    fn bounds(
        &self,
        accounts: Option<&SelectorInput>,
        node_ids: &[String],
        measure: &str,
        (min, max): (Option<i64>, Option<i64>),
        path: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<RuleKind> {
        let accounts = self.select_or_all(accounts, path, findings);
        let measure = measures::find(measure, &format!("{path}.measure"), self.measures, self.input, findings);
        let nodes = if node_ids.is_empty() {
            Some(self.tree.territories())
        } else {
            self.find_nodes(node_ids, path, "node_ids", findings)
        };
        let fault = match (min, max) {
            (None, None) => Some((Code::RuleEmpty, "bounds has neither min nor max; give at least one".to_string())),
            (Some(min), Some(max)) if min > max => {
                Some((Code::RuleLimitInvalid, format!("min is {min}, above max {max}; exchange them")))
            }
            (_, Some(max)) if max < 0 => Some((Code::RuleLimitInvalid, format!("max is {max}; amounts are 0 or more"))),
            _ => None,
        };
        if let Some((code, message)) = fault {
            findings.push(Finding::new(code, Place::Plan(path.into()), message));
            return None;
        }
        Some(RuleKind::Bounds { accounts: accounts?, nodes: nodes?, measure: measure?, min, max })
    }
}

fn most(amount: Option<i64>, share: Option<f64>, path: &str, findings: &mut Vec<Finding>) -> Option<Most> {
    let message = match (amount, share) {
        (Some(amount), None) if amount >= 0 => return Some(Most::Amount(amount)),
        (None, Some(share)) if (0.0..=1.0).contains(&share) => return Some(Most::Share(Decimal::of(share))),
        (Some(amount), None) => format!("max_amount is {amount}; give 0 or more"),
        (None, Some(share)) => format!("max_share is {share}; give a part from 0 to 1"),
        (None, None) => "the move limit has neither max_amount nor max_share; give one".to_string(),
        (Some(_), Some(_)) => "the move limit has both max_amount and max_share; give one".to_string(),
    };
    findings.push(Finding::new(Code::RuleLimitInvalid, Place::Plan(path.into()), message));
    None
}
