//! Units: accounts that move as one, in an order that does not depend on the order of the rows.

use super::rules::kind::Rule;
use super::tree::Tree;
use crate::index::{AccountIndex, Keyed, LeafIndex, Number, RuleIndex, Span, UnitIndex};
use std::collections::HashMap;
use std::ops::Range;

/// The units of a book.
#[derive(Debug, Clone)]
pub(crate) struct Units {
    /// Accounts in the order of units, those of a unit by id; units by their first id.
    accounts: Vec<AccountIndex>,
    starts: Starts,
    /// Unit of each account.
    pub of: Keyed<AccountIndex, UnitIndex>,
    /// Class of each unit's allowed leaves; class 0 is "all".
    pub class: Keyed<UnitIndex, usize>,
    /// Allowed leaves of each class.
    pub classes: Vec<Keyed<LeafIndex, bool>>,
}

/// Where what is listed unit by unit starts for each unit.
#[derive(Debug, Clone)]
pub(crate) struct Starts {
    /// Of each unit, and where the list ends. No list is longer than the accounts.
    places: Vec<u32>,
}

impl Starts {
    /// For `units` units that are still to come.
    pub fn with_capacity(units: usize) -> Starts {
        let mut places = Vec::with_capacity(units + 1);
        places.push(0);
        Starts { places }
    }

    /// The next unit's part of the list ends here.
    pub fn end(&mut self, place: usize) {
        debug_assert!(u32::try_from(place).is_ok(), "lists are shorter than 2^32");
        self.places.push(place as u32);
    }

    /// How many units there are.
    pub fn count(&self) -> usize {
        self.places.len() - 1
    }

    /// A unit's part of the list.
    pub fn of(&self, unit: UnitIndex) -> Range<usize> {
        self.places[unit.get()] as usize..self.places[unit.get() + 1] as usize
    }
}

impl Units {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.starts.count()
    }

    /// All of them.
    pub fn all(&self) -> Span<UnitIndex> {
        self.class.keys()
    }

    /// The accounts of unit `unit`, by id; at least one.
    pub fn members(&self, unit: UnitIndex) -> &[AccountIndex] {
        &self.accounts[self.starts.of(unit)]
    }

    /// The accounts of every unit, in the order of units.
    pub fn all_members(&self) -> impl ExactSizeIterator<Item = &[AccountIndex]> {
        self.all().iter().map(|unit| self.members(unit))
    }

    /// Units from the unit of each account and how many accounts each has; `order` are the accounts by id.
    fn of(
        order: &[AccountIndex],
        of: Keyed<AccountIndex, UnitIndex>,
        sizes: &Keyed<UnitIndex, usize>,
        tree: &Tree,
    ) -> Units {
        let mut starts = Starts::with_capacity(sizes.len());
        let mut next = sizes.map(|_| 0);
        let mut end = 0;
        for (unit, size) in sizes.pairs() {
            next[unit] = end;
            end += size;
            starts.end(end);
        }
        let mut accounts = vec![AccountIndex::new(0); order.len()];
        for &account in order {
            let place = &mut next[of[account]];
            accounts[*place] = account;
            *place += 1;
        }
        Units { accounts, starts, of, class: sizes.map(|_| 0), classes: vec![tree.leaves.map(|_| true)] }
    }

    /// Whether unit `unit` may go to leaf `leaf`.
    pub fn allows(&self, unit: UnitIndex, leaf: LeafIndex) -> bool {
        self.classes[self.class[unit]][leaf]
    }

    /// Whether pins, forbids and restrictions leave some unit no leaf to go to.
    pub fn is_any_shut_out(&self) -> bool {
        let shut: Vec<bool> = self.classes.iter().map(|leaves| !leaves.as_slice().contains(&true)).collect();
        shut.contains(&true) && self.class.iter().any(|&class| shut[class])
    }

    /// These units, with the accounts they have numbered in order, among leaves that each stand for some of these.
    pub(super) fn part(&self, units: &[UnitIndex], leaves: &Keyed<LeafIndex, Span<LeafIndex>>) -> Units {
        let mut starts = Starts::with_capacity(units.len());
        let mut of = Vec::new();
        for (i, &unit) in units.iter().enumerate() {
            of.resize(of.len() + self.members(unit).len(), UnitIndex::new(i));
            starts.end(of.len());
        }
        let open = |class: &Keyed<LeafIndex, bool>| leaves.map(|&some| class[some].contains(&true));
        Units {
            accounts: (0..of.len()).map(AccountIndex::new).collect(),
            starts,
            of: of.into(),
            class: units.iter().map(|&u| self.class[u]).collect(),
            classes: self.classes.iter().map(open).collect(),
        }
    }

    /// Leaves the units of some accounts no more than some leaves, time after time.
    pub(super) fn narrow<'a>(&mut self, each: impl Iterator<Item = (&'a [AccountIndex], &'a Keyed<LeafIndex, bool>)>) {
        let mut classes = Classes::new(std::mem::take(&mut self.classes));
        let mut last = self.class.map(|_| None);
        for (turn, (accounts, leaves)) in each.enumerate() {
            // What becomes of each class.
            let mut becomes = HashMap::new();
            for &account in accounts {
                let unit = self.of[account];
                if last[unit].replace(turn) != Some(turn) {
                    let class = self.class[unit];
                    self.class[unit] = *becomes.entry(class).or_insert_with(|| classes.narrowed(class, leaves));
                }
            }
        }
        self.classes = classes.in_order(&mut self.class);
    }

    /// Adds up per-account amounts by unit.
    pub fn sum(&self, amounts: &Keyed<AccountIndex, i64>) -> Keyed<UnitIndex, i64> {
        let mut sums = self.class.map(|_| 0);
        self.of.zip(amounts).for_each(|(&unit, &amount)| sums[unit] += amount);
        sums
    }
}

/// No number yet.
const NONE: usize = usize::MAX;

/// Folds families, keep-together and pins into units. `order` are the accounts by id.
pub(crate) fn fold(
    order: &[AccountIndex],
    parents: &Keyed<AccountIndex, Option<AccountIndex>>,
    rules: &Keyed<RuleIndex, Rule>,
    tree: &Tree,
) -> Units {
    let mut roots: Keyed<AccountIndex, AccountIndex> = parents.keys().iter().collect();
    for (account, parent) in parents.pairs() {
        if let Some(parent) = parent {
            join(&mut roots, account, *parent);
        }
    }
    for rule in rules {
        if let Some(accounts) = rule.kind.joined() {
            accounts.windows(2).for_each(|pair| join(&mut roots, pair[0], pair[1]));
        }
    }
    let mut unit_of_root: Keyed<AccountIndex, Option<UnitIndex>> = parents.map(|_| None);
    let mut of = parents.map(|_| UnitIndex::new(0));
    let mut sizes: Keyed<UnitIndex, usize> = Keyed::new();
    for &account in order {
        let unit = *unit_of_root[root(&mut roots, account)].get_or_insert_with(|| sizes.push(0));
        of[account] = unit;
        sizes[unit] += 1;
    }
    let mut units = Units::of(order, of, &sizes, tree);
    // Pins, forbids and restrictions.
    units.narrow(rules.iter().filter_map(|rule| rule.kind.allowed()));
    units
}

/// The account that stands for those joined with account `at`.
pub(super) fn root(roots: &mut Keyed<AccountIndex, AccountIndex>, mut at: AccountIndex) -> AccountIndex {
    while roots[at] != at {
        roots[at] = roots[roots[at]];
        at = roots[at];
    }
    at
}

/// Joins two accounts and all that are joined with them.
pub(super) fn join(roots: &mut Keyed<AccountIndex, AccountIndex>, a: AccountIndex, b: AccountIndex) {
    let (a, b) = (root(roots, a), root(roots, b));
    roots[a.max(b)] = a.min(b);
}

/// Sets of allowed leaves by number, each once.
struct Classes {
    numbers: HashMap<Keyed<LeafIndex, bool>, usize>,
    sets: Vec<Keyed<LeafIndex, bool>>,
}

impl Classes {
    fn new(sets: Vec<Keyed<LeafIndex, bool>>) -> Classes {
        Classes { numbers: sets.iter().enumerate().map(|(number, set)| (set.clone(), number)).collect(), sets }
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
    fn in_order(mut self, class_of: &mut Keyed<UnitIndex, usize>) -> Vec<Keyed<LeafIndex, bool>> {
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
