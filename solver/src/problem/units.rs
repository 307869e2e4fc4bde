//! Units: accounts that move as one, in an order that does not depend on the order of the rows.

use super::rules::{Rule, RuleKind};
use super::tree::Tree;
use std::collections::HashMap;

/// The units of a book.
#[derive(Debug, Clone)]
pub(crate) struct Units {
    /// Accounts of each unit, by id; units by their first id.
    pub members: Vec<Vec<usize>>,
    /// Unit of each account.
    pub of: Vec<usize>,
    /// Class of each unit's allowed leaves; class 0 is "all".
    pub class: Vec<usize>,
    /// Allowed leaves of each class.
    pub classes: Vec<Vec<bool>>,
}

impl Units {
    /// Whether unit `unit` may go to leaf `leaf`.
    pub fn allows(&self, unit: usize, leaf: usize) -> bool {
        self.classes[self.class[unit]][leaf]
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.class.len()
    }

    /// Adds up per-account amounts by unit.
    pub fn sum(&self, amounts: &[i64]) -> Vec<i64> {
        let mut sums = vec![0; self.members.len()];
        for (account, &amount) in amounts.iter().enumerate() {
            sums[self.of[account]] += amount;
        }
        sums
    }
}

/// Rules that together leave some unit nowhere to go.
#[derive(Debug, Clone)]
pub(crate) struct Conflict {
    pub rule_ids: Vec<String>,
    pub detail: String,
}

/// Folds families, keep-together and pins into units.
pub(crate) fn fold(ids: &[String], parents: &[Option<usize>], rules: &[Rule], tree: &Tree) -> (Units, Vec<Conflict>) {
    let mut roots: Vec<usize> = (0..ids.len()).collect();
    for (account, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            join(&mut roots, account, *parent);
        }
    }
    for rule in rules {
        if let RuleKind::Together { accounts } = &rule.kind {
            accounts.windows(2).for_each(|pair| join(&mut roots, pair[0], pair[1]));
        }
    }
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_unstable_by(|&a, &b| ids[a].cmp(&ids[b]));
    let mut unit_of_root = HashMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut of = vec![0; ids.len()];
    for account in order {
        let unit = *unit_of_root.entry(root(&mut roots, account)).or_insert_with(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        members[unit].push(account);
        of[account] = unit;
    }
    let mut units = Units { class: vec![0; members.len()], members, of, classes: vec![vec![true; tree.leaves.len()]] };
    let conflicts = allow(&mut units, ids, rules);
    (units, conflicts)
}

fn root(roots: &mut [usize], mut at: usize) -> usize {
    while roots[at] != at {
        roots[at] = roots[roots[at]];
        at = roots[at];
    }
    at
}

fn join(roots: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(roots, a), root(roots, b));
    roots[a.max(b)] = a.min(b);
}

/// Applies pins, forbids and restrictions; a unit left with no leaf, or with two accounts to be kept apart, is a
/// conflict.
fn allow(units: &mut Units, ids: &[String], rules: &[Rule]) -> Vec<Conflict> {
    let mut touched: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut conflicts = Vec::new();
    for (r, rule) in rules.iter().enumerate() {
        match &rule.kind {
            RuleKind::Allow { accounts, .. } => {
                for &account in accounts {
                    let rules = touched.entry(units.of[account]).or_default();
                    if rules.last() != Some(&r) {
                        rules.push(r);
                    }
                }
            }
            RuleKind::Apart { accounts } => conflicts.extend(joined_apart(units, ids, rule, accounts, rules)),
            _ => {}
        }
    }
    let mut touched: Vec<(usize, Vec<usize>)> = touched.into_iter().collect();
    touched.sort_unstable();
    let mut class_of: HashMap<Vec<bool>, usize> = HashMap::new();
    class_of.insert(units.classes[0].clone(), 0);
    for (unit, by) in touched {
        let mut allowed = units.classes[0].clone();
        for &r in &by {
            if let RuleKind::Allow { leaves, .. } = &rules[r].kind {
                allowed.iter_mut().zip(leaves).for_each(|(a, l)| *a &= l);
            }
        }
        if !allowed.contains(&true) {
            conflicts.push(nowhere(&units.members[unit], ids, &by, rules));
        }
        let next = units.classes.len();
        units.class[unit] = *class_of.entry(allowed.clone()).or_insert(next);
        if units.class[unit] == next {
            units.classes.push(allowed);
        }
    }
    conflicts
}

fn joined_apart(units: &Units, ids: &[String], rule: &Rule, accounts: &[usize], rules: &[Rule]) -> Option<Conflict> {
    let mut seen: HashMap<usize, usize> = HashMap::new();
    let (a, b) = accounts.iter().find_map(|&a| seen.insert(units.of[a], a).map(|b| (b, a)))?;
    let holds = |r: &&Rule| matches!(&r.kind, RuleKind::Together { accounts } if accounts.iter().filter(|&&x| units.of[x] == units.of[a]).count() > 1);
    let mut rule_ids = vec![rule.id.clone()];
    rule_ids.extend(rules.iter().filter(holds).map(|r| r.id.clone()));
    let detail = format!(
        "rule {:?} keeps accounts {:?} and {:?} apart, but they belong together (family or keep_together)",
        rule.id, ids[a], ids[b]
    );
    Some(Conflict { rule_ids, detail })
}

fn nowhere(members: &[usize], ids: &[String], by: &[usize], rules: &[Rule]) -> Conflict {
    let rule_ids: Vec<String> = by.iter().map(|&r| rules[r].id.clone()).collect();
    let who = match members {
        [one] => format!("account {:?}", ids[*one]),
        [first, ..] => format!("the {} accounts that move together with {:?}", members.len(), ids[*first]),
        [] => "a unit".to_string(),
    };
    Conflict { detail: format!("rules {} together leave {who} no leaf to go to", rule_ids.join(", ")), rule_ids }
}
