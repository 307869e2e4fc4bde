//! Several books of the same accounts side by side: what each comes to, which is better in what, and where they differ.
//! All of them are scored by the same tiers, or their values could not be held against each other.

use crate::index::{AccountIndex, NodeIndex, Number};
use crate::plan::NOTHING;
use crate::problem::Problem;
use crate::standing::{Holder, NodeStanding, Standing, TierStanding};
use std::sync::Arc;

/// Books nearer than this, relative, are alike: sums are added up in another order, and anchors are written with few digits.
const ALIKE: f64 = 1e-5;

/// One thing that books are compared in. Less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// A tier, by its number: its value, then what more of its largest excesses come to.
    Tier(usize),
    /// A criterion, by the numbers of its tier and of itself.
    Criterion(usize, usize),
    /// How far the worst-off territory is below its target, relative.
    Shortfall,
    /// How far the best-off territory is above its target, relative.
    Surplus,
    /// Accounts that are not with their current owner.
    MovedAccounts,
    /// What these hold of the measure that moves are measured in, in whole units of 10^-decimals.
    MovedAmount,
    /// Mean distance of accounts to the anchor of their territory, km.
    Distance,
    /// Accounts that no territory of the plan has.
    Unplaced,
    /// Rules that do not hold.
    Broken,
}

/// How several books stand in one aspect.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What is compared.
    pub aspect: Aspect,
    /// One for each book; `None` where it is not defined.
    pub values: Vec<Option<f64>>,
    /// Numbers of the books that are best of those that are ranked. Empty where fewer than two have a value, or all that have
    /// one are alike.
    pub best: Vec<usize>,
}

/// A territory at one end.
#[derive(Debug, Clone, PartialEq)]
pub struct Extreme {
    /// The territory.
    pub node_id: String,
    /// The measure that says so.
    pub measure: String,
    /// (amount − target) ÷ target.
    pub deviation: f64,
}

/// The territory that is furthest below its target in a balanced measure; where nothing is balanced, in any. `None` where no
/// measure has a target.
pub fn worst_off(standing: &Standing) -> Option<Extreme> {
    extremes(standing).reduce(|a, b| if b.deviation < a.deviation { b } else { a })
}

/// The territory that is furthest above its target, in the same measures.
pub fn best_off(standing: &Standing) -> Option<Extreme> {
    extremes(standing).reduce(|a, b| if b.deviation > a.deviation { b } else { a })
}

fn extremes(standing: &Standing) -> impl Iterator<Item = Extreme> + '_ {
    let territories = || standing.nodes.iter().filter(|n| n.node.territory && !n.node.outside_balance);
    let balanced = territories().any(|n| n.bands.iter().any(Option::is_some));
    territories().flat_map(move |n: &NodeStanding| {
        let measures = n.node.measures.iter().zip(&n.bands).filter(move |(_, band)| !balanced || band.is_some());
        measures.filter(|(held, _)| held.target > 0.0).map(|(held, _)| Extreme {
            node_id: n.node.node_id.clone(),
            measure: held.measure.clone(),
            deviation: held.deviation,
        })
    })
}

/// Every aspect of books that the same tiers score, in the order in which they are told; `None`: there is no such book, as a
/// search has found none. `ranked` says of each whether it may be best: today's book need not be one of those to choose from.
/// One that leaves more accounts without a territory than another does is best in nothing that these would count in.
pub fn compare(books: &[Option<&Standing>], ranked: &[bool]) -> Vec<Compared> {
    let mut all = Vec::new();
    let Some(first) = books.iter().flatten().next() else { return all };
    let asked = ranked;
    let ranked = &whole(books, ranked);
    for (t, tier) in first.tiers.iter().enumerate() {
        let tiers: Vec<Option<&TierStanding>> =
            books.iter().map(|book| book.and_then(|book| book.tiers.get(t))).collect();
        all.push(of_tier(t, &tiers, ranked));
        if tier.criteria.len() > 1 {
            let criterion = |c: usize| {
                let value = |tier: &Option<&TierStanding>| tier.and_then(|tier| tier.criteria.get(c)?.value);
                let values = tiers.iter().map(value).collect();
                compared(Aspect::Criterion(t, c), values, ranked)
            };
            all.extend((0..tier.criteria.len()).map(criterion));
        }
    }
    let each = |aspect: Aspect, of: &dyn Fn(&Standing) -> Option<f64>| {
        let ranked = if matches!(aspect, Aspect::Unplaced | Aspect::Broken) { asked } else { ranked };
        compared(aspect, books.iter().map(|book| book.and_then(of)).collect(), ranked)
    };
    let count = |standing: &Standing| unplaced(standing) as f64;
    all.push(each(Aspect::Shortfall, &|book| worst_off(book).map(|worst| (-worst.deviation).max(0.0))));
    all.push(each(Aspect::Surplus, &|book| best_off(book).map(|best| best.deviation.max(0.0))));
    all.push(each(Aspect::MovedAccounts, &|book| Some(book.moved.accounts as f64)));
    all.push(each(Aspect::MovedAmount, &|book| Some(book.moved.amount as f64)));
    all.push(each(Aspect::Distance, &|book| (book.root_mean_square_km > 0.0).then_some(book.mean_distance_km)));
    all.push(each(Aspect::Unplaced, &|book| Some(count(book))));
    all.push(each(Aspect::Broken, &|book| Some(book.broken.len() as f64)));
    all
}

/// Of the books that are ranked those that leave as few accounts without a territory as any of them.
pub fn whole(books: &[Option<&Standing>], ranked: &[bool]) -> Vec<bool> {
    let left = |(book, ranked): (&Option<&Standing>, &bool)| book.filter(|_| *ranked).map(unplaced);
    let least = books.iter().zip(ranked).filter_map(left).min();
    books.iter().zip(ranked).map(|each| left(each).is_some_and(|left| Some(left) == least)).collect()
}

/// Accounts that no territory of the plan has.
fn unplaced(standing: &Standing) -> usize {
    standing.others.iter().map(|other| other.accounts).sum()
}

fn compared(aspect: Aspect, values: Vec<Option<f64>>, ranked: &[bool]) -> Compared {
    let ranked = values.iter().zip(ranked).map(|(value, ranked)| value.filter(|_| *ranked));
    let sums: Vec<Option<Vec<f64>>> = ranked.map(|value| value.map(|value| vec![value])).collect();
    Compared { aspect, best: best(&sums), values }
}

/// A tier's sums tell books of one value apart.
fn of_tier(t: usize, tiers: &[Option<&TierStanding>], ranked: &[bool]) -> Compared {
    let values = tiers.iter().map(|tier| tier.and_then(|tier| tier.value)).collect();
    let sums_of = |(tier, ranked): (&Option<&TierStanding>, &bool)| {
        tier.filter(|_| *ranked).map(|tier| tier.sums.clone()).filter(|sums| !sums.is_empty())
    };
    let sums: Vec<Option<Vec<f64>>> = tiers.iter().zip(ranked).map(sums_of).collect();
    Compared { aspect: Aspect::Tier(t), values, best: best(&sums) }
}

/// The numbers of those whose sums are least, the first that differs deciding.
fn best(sums: &[Option<Vec<f64>>]) -> Vec<usize> {
    let with = || sums.iter().enumerate().filter_map(|(number, sums)| Some((number, sums.as_deref()?)));
    let Some((_, least)) = with().reduce(|a, b| if is_less(b.1, a.1) { b } else { a }) else { return Vec::new() };
    let best: Vec<usize> = with().filter(|(_, sums)| !is_less(least, sums)).map(|(number, _)| number).collect();
    if best.len() == with().count() { Vec::new() } else { best }
}

fn is_less(a: &[f64], b: &[f64]) -> bool {
    let at = |sums: &[f64], step: usize| sums.get(step).or(sums.last()).copied().unwrap_or(0.0);
    let differs = (0..a.len().max(b.len())).map(|step| (at(a, step), at(b, step))).find(|(a, b)| !are_alike(*a, *b));
    differs.is_some_and(|(a, b)| a < b)
}

fn are_alike(a: f64, b: f64) -> bool {
    (a - b).abs() <= NOTHING + ALIKE * a.abs().max(b.abs())
}

/// Who has each account, by id or name: its territory of today, somebody who is none, or nobody (empty).
pub fn holder_names(problem: &Problem, holders: &[Holder]) -> Vec<Arc<str>> {
    let tree = &problem.tree;
    let ids: Vec<Arc<str>> = tree.nodes.iter().map(|node| node.id.as_str().into()).collect();
    let nobody: Arc<str> = "".into();
    let name = |holder: &Holder| match holder {
        Holder::Node(number) => {
            let node = &tree.nodes[NodeIndex::new(*number)];
            let at = if node.children.is_empty() { tree.territory_of_leaf[node.leaves.start].get() } else { *number };
            Arc::clone(&ids[at])
        }
        Holder::Other(other) => Arc::clone(other),
        Holder::Nobody => Arc::clone(&nobody),
    };
    holders.iter().map(name).collect()
}

/// The accounts that not all of these books give to the same, in the order of the book.
pub fn differences(books: &[Vec<Arc<str>>]) -> Vec<usize> {
    let Some((first, others)) = books.split_first() else { return Vec::new() };
    let differs = |account: &usize| others.iter().any(|other| other[*account] != first[*account]);
    (0..first.len()).filter(differs).collect()
}

impl Problem {
    /// Whether two problems are of the same accounts, in the same order.
    pub fn has_the_accounts_of(&self, other: &Problem) -> bool {
        self.accounts.ids == other.accounts.ids
    }

    /// What an account holds of the measure that moves are measured in.
    pub fn move_size(&self, account: usize) -> i64 {
        self.moved_measure().amounts[AccountIndex::new(account)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_are_better_by_the_first_sum_that_differs() {
        let book = |sums: &[f64]| Some(sums.to_vec());
        for (books, expected) in [
            (vec![book(&[0.2, 0.3]), book(&[0.2, 0.25]), book(&[0.3])], &[1][..]),
            // The last of a shorter list stands for those it lacks.
            (vec![book(&[0.2]), book(&[0.2, 0.21])], &[0]),
            (vec![book(&[0.2]), book(&[0.2 + 1e-13]), book(&[0.4])], &[0, 1]),
            (vec![book(&[0.2]), book(&[0.2])], &[]),
            (vec![book(&[0.0]), None, book(&[1e-13])], &[]),
            (vec![None, book(&[1.0])], &[]),
            (vec![None, None], &[]),
        ] {
            assert_eq!(best(&books), expected, "{books:?}");
        }
    }

    #[test]
    fn accounts_differ_where_not_all_agree() {
        let book = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect::<Vec<Arc<str>>>();
        let books = [book(&["a", "b", ""]), book(&["a", "c", ""]), book(&["a", "b", "x"])];
        assert_eq!(differences(&books), [1, 2]);
        assert_eq!(differences(&books[..1]), [0_usize; 0]);
        assert_eq!(differences(&[]), [0_usize; 0]);
    }
}
