//! Units: accounts that move as one, in an order that does not depend on the order of the rows.

use super::rules::kind::Rule;
use super::tree::Tree;
use crate::index::{Keyed, LeafIndex, Span};
use std::collections::HashMap;

/// The units of a book.
#[derive(Debug, Clone)]
pub(crate) struct Units {
    /// Accounts in the order of units, those of a unit by id; units by their first id.
    accounts: Vec<usize>,
    /// Where the accounts of each unit start, and where those of the last one end.
    starts: Vec<usize>,
    /// Unit of each account.
    pub of: Vec<usize>,
    /// Class of each unit's allowed leaves; class 0 is "all".
    pub class: Vec<usize>,
    /// Allowed leaves of each class.
    pub classes: Vec<Keyed<LeafIndex, bool>>,
}

impl Units {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The accounts of unit `unit`, by id; at least one.
    pub fn members(&self, unit: usize) -> &[usize] {
        &self.accounts[self.starts[unit]..self.starts[unit + 1]]
    }

    /// The accounts of every unit, in the order of units.
    pub fn all_members(&self) -> impl ExactSizeIterator<Item = &[usize]> {
        self.starts.windows(2).map(|ends| &self.accounts[ends[0]..ends[1]])
    }

    /// Units from the unit of each account and how many accounts each has; `order` are the accounts by id.
    fn of(order: &[usize], of: Vec<usize>, sizes: &[usize], tree: &Tree) -> Units {
        let mut starts = vec![0; sizes.len() + 1];
        for (unit, size) in sizes.iter().enumerate() {
            starts[unit + 1] = starts[unit] + size;
        }
        let mut next = starts.clone();
        let mut accounts = vec![0; order.len()];
        for &account in order {
            accounts[next[of[account]]] = account;
            next[of[account]] += 1;
        }
        Units { accounts, starts, of, class: vec![0; sizes.len()], classes: vec![tree.leaves.map(|_| true)] }
    }

    /// Whether unit `unit` may go to leaf `leaf`.
    pub fn allows(&self, unit: usize, leaf: LeafIndex) -> bool {
        self.classes[self.class[unit]][leaf]
    }

    /// Whether pins, forbids and restrictions leave some unit no leaf to go to.
    pub fn is_any_shut_out(&self) -> bool {
        let shut: Vec<bool> = self.classes.iter().map(|leaves| !leaves.as_slice().contains(&true)).collect();
        shut.contains(&true) && self.class.iter().any(|&class| shut[class])
    }

    /// These units, with the accounts they have numbered in order, among leaves that each stand for some of these.
    pub(super) fn part(&self, units: &[usize], leaves: &Keyed<LeafIndex, Span<LeafIndex>>) -> Units {
        let mut starts = vec![0];
        let mut of = Vec::new();
        for (i, &unit) in units.iter().enumerate() {
            of.resize(of.len() + self.members(unit).len(), i);
            starts.push(of.len());
        }
        let open = |class: &Keyed<LeafIndex, bool>| leaves.map(|&some| class[some].contains(&true));
        Units {
            accounts: (0..of.len()).collect(),
            starts,
            of,
            class: units.iter().map(|&u| self.class[u]).collect(),
            classes: self.classes.iter().map(open).collect(),
        }
    }

    /// Adds up per-account amounts by unit.
    pub fn sum(&self, amounts: &[i64]) -> Vec<i64> {
        let mut sums = vec![0; self.count()];
        for (account, &amount) in amounts.iter().enumerate() {
            sums[self.of[account]] += amount;
        }
        sums
    }
}

/// No unit yet.
const NONE: usize = usize::MAX;

/// Folds families, keep-together and pins into units. `order` are the accounts by id.
pub(crate) fn fold(order: &[usize], parents: &[Option<usize>], rules: &[Rule], tree: &Tree) -> Units {
    let mut roots: Vec<usize> = (0..order.len()).collect();
    for (account, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            join(&mut roots, account, *parent);
        }
    }
    for rule in rules {
        if let Some(accounts) = rule.kind.joined() {
            accounts.windows(2).for_each(|pair| join(&mut roots, pair[0], pair[1]));
        }
    }
    let mut unit_of_root = vec![NONE; order.len()];
    let mut of = vec![0; order.len()];
    let mut sizes: Vec<usize> = Vec::new();
    for &account in order {
        let unit = &mut unit_of_root[root(&mut roots, account)];
        if *unit == NONE {
            *unit = sizes.len();
            sizes.push(0);
        }
        of[account] = *unit;
        sizes[*unit] += 1;
    }
    let mut units = Units::of(order, of, &sizes, tree);
    allow(&mut units, rules);
    units
}

/// The account that stands for those joined with account `at`.
pub(super) fn root(roots: &mut [usize], mut at: usize) -> usize {
    while roots[at] != at {
        roots[at] = roots[roots[at]];
        at = roots[at];
    }
    at
}

/// Joins two accounts and all that are joined with them.
pub(super) fn join(roots: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(roots, a), root(roots, b));
    roots[a.max(b)] = a.min(b);
}

/// Applies pins, forbids and restrictions.
fn allow(units: &mut Units, rules: &[Rule]) {
    let mut classes = Classes::new(units.classes[0].clone());
    let mut last = vec![NONE; units.count()];
    for (r, rule) in rules.iter().enumerate() {
        let Some((accounts, leaves)) = rule.kind.allowed() else { continue };
        // What the rule makes of each class.
        let mut becomes = HashMap::new();
        for &account in accounts {
            let unit = units.of[account];
            if std::mem::replace(&mut last[unit], r) != r {
                let class = units.class[unit];
                units.class[unit] = *becomes.entry(class).or_insert_with(|| classes.narrowed(class, leaves));
            }
        }
    }
    units.classes = classes.in_order(&mut units.class);
}

/// Sets of allowed leaves by number, each once.
struct Classes {
    numbers: HashMap<Keyed<LeafIndex, bool>, usize>,
    sets: Vec<Keyed<LeafIndex, bool>>,
}

impl Classes {
    fn new(all: Keyed<LeafIndex, bool>) -> Classes {
        Classes { numbers: HashMap::from([(all.clone(), 0)]), sets: vec![all] }
    }

    /// The number of what class `class` and `leaves` both allow.
    fn narrowed(&mut self, class: usize, leaves: &Keyed<LeafIndex, bool>) -> usize {
        let both: Keyed<LeafIndex, bool> = self.sets[class].zip(leaves).map(|(a, b)| *a && *b).collect();
        if let Some(&known) = self.numbers.get(&both) {
            return known;
        }
        self.numbers.insert(both.clone(), self.sets.len());
        self.sets.push(both);
        self.sets.len() - 1
    }

    /// Class 0, then those in use by the first unit of each; `class_of` is renumbered alike.
    fn in_order(mut self, class_of: &mut [usize]) -> Vec<Keyed<LeafIndex, bool>> {
        let mut number = vec![NONE; self.sets.len()];
        number[0] = 0;
        let mut ordered = vec![std::mem::take(&mut self.sets[0])];
        for class in class_of {
            if number[*class] == NONE {
                number[*class] = ordered.len();
                ordered.push(std::mem::take(&mut self.sets[*class]));
            }
            *class = number[*class];
        }
        ordered
    }
}
