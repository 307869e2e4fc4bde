//! Numbers of things, each kind a type of its own, and lists that are read by them.
//!
//! A measure's number and a load's number are both small whole numbers; as types they cannot be taken for each other.
//! Numbers start at 0 and are in the order of the list they belong to. Inside a linear program units have numbers of
//! their own ([`crate::engine`]'s `relax`), which are no `UnitIndex`.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut, Range};

/// A number of one kind of thing.
pub(crate) trait Number: Copy + Eq + Ord {
    /// From a place in a list. Lists are shorter than 2^32: the limits on accounts, leaves and rules see to it.
    fn new(place: usize) -> Self;
    /// The place in the list.
    fn get(self) -> usize;
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub(crate) struct $name(u32);

        impl Number for $name {
            fn new(place: usize) -> $name {
                debug_assert!(u32::try_from(place).is_ok(), "lists are shorter than 2^32");
                $name(place as u32)
            }

            fn get(self) -> usize {
                self.0 as usize
            }
        }
    };
}

number! {
    /// An account, in the order of the book.
    AccountIndex
}
number! {
    /// A unit: accounts that move as one, in the order of their first ids.
    UnitIndex
}
number! {
    /// A node of the split tree, parents before their children; the root is 0.
    NodeIndex
}
number! {
    /// A leaf of the split tree, from left to right.
    LeafIndex
}
number! {
    /// A measure of the problem: account_count is 0, counts that mix criteria make come last.
    MeasureIndex
}
number! {
    /// A load: amounts of one thing by unit. Every measure has one, then come those of rules over some accounts.
    LoadIndex
}
number! {
    /// A row: one node's limits on one load.
    RowIndex
}
number! {
    /// A group: rows whose worst excess is one term of a tier.
    GroupIndex
}
number! {
    /// A budget: a limit on what all units together add by going where they go.
    BudgetIndex
}
number! {
    /// A tier, the most important first.
    TierIndex
}
number! {
    /// A rule, in the order of the request.
    RuleIndex
}

impl MeasureIndex {
    /// Number of accounts, which every book has.
    pub const ACCOUNT_COUNT: MeasureIndex = MeasureIndex(0);

    /// The load that holds the measure's amounts by unit: loads begin with one for each measure, in their order.
    pub fn load(self) -> LoadIndex {
        LoadIndex(self.0)
    }
}

impl NodeIndex {
    /// The whole book.
    pub const ROOT: NodeIndex = NodeIndex(0);
}

/// All numbers from `range`'s start to before its end.
pub(crate) fn numbers<I: Number>(
    range: Range<usize>,
) -> impl ExactSizeIterator<Item = I> + DoubleEndedIterator + Clone {
    range.map(I::new)
}

/// Numbers that follow one another, such as the leaves below a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Span<I> {
    start: I,
    end: I,
}

impl<I: Number> Span<I> {
    /// From `start` to before `end`.
    pub fn new(start: usize, end: usize) -> Span<I> {
        Span { start: I::new(start), end: I::new(end) }
    }

    /// The first.
    pub fn first(self) -> I {
        self.start
    }

    /// Places in the list.
    pub fn range(self) -> Range<usize> {
        self.start.get()..self.end.get()
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.range().len()
    }

    /// Whether a number is one of them.
    pub fn contains(self, number: I) -> bool {
        self.start <= number && number < self.end
    }

    /// Whether every number of `other` is one of these.
    pub fn covers(self, other: Span<I>) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share a number.
    pub fn meets(self, other: Span<I>) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Each of them.
    pub fn iter(self) -> impl ExactSizeIterator<Item = I> + DoubleEndedIterator + Clone {
        numbers(self.range())
    }
}

/// A list that is read by numbers of one kind.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Keyed<I, T> {
    items: Vec<T>,
    kind: PhantomData<fn(I) -> I>,
}

impl<I: Number, T> Keyed<I, T> {
    /// Empty.
    pub fn new() -> Keyed<I, T> {
        Keyed { items: Vec::new(), kind: PhantomData }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Adds an item, and gives its number.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::new(self.items.len() - 1)
    }

    /// The items in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The items in order, to be changed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// The items with their numbers.
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = (I, &T)> + DoubleEndedIterator + Clone {
        self.items.iter().enumerate().map(|(place, item)| (I::new(place), item))
    }

    /// The numbers of all items.
    pub fn numbers(&self) -> impl ExactSizeIterator<Item = I> + DoubleEndedIterator + Clone + use<I, T> {
        numbers(0..self.items.len())
    }

    /// The item with this number, if there is one.
    pub fn get(&self, number: I) -> Option<&T> {
        self.items.get(number.get())
    }

    /// The first item, if there is one.
    pub fn first(&self) -> Option<&T> {
        self.items.first()
    }

    /// The items whose numbers follow one another.
    pub fn span(&self, span: Span<I>) -> &[T] {
        &self.items[span.range()]
    }

    /// The same, to be changed.
    pub fn span_mut(&mut self, span: Span<I>) -> &mut [T] {
        &mut self.items[span.range()]
    }

    /// All items without their numbers.
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// The same, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items
    }

    /// The items as a plain list.
    pub fn into_vec(self) -> Vec<T> {
        self.items
    }
}

impl<I: Number, T: Clone> Keyed<I, T> {
    /// `count` times the same.
    pub fn filled(item: T, count: usize) -> Keyed<I, T> {
        vec![item; count].into()
    }
}

impl<I, T> Default for Keyed<I, T> {
    fn default() -> Keyed<I, T> {
        Keyed { items: Vec::new(), kind: PhantomData }
    }
}

impl<I, T: std::fmt::Debug> std::fmt::Debug for Keyed<I, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.items.fmt(f)
    }
}

impl<I: Number, T> Index<I> for Keyed<I, T> {
    type Output = T;

    fn index(&self, number: I) -> &T {
        &self.items[number.get()]
    }
}

impl<I: Number, T> IndexMut<I> for Keyed<I, T> {
    fn index_mut(&mut self, number: I) -> &mut T {
        &mut self.items[number.get()]
    }
}

impl<I, T> From<Vec<T>> for Keyed<I, T> {
    fn from(items: Vec<T>) -> Keyed<I, T> {
        Keyed { items, kind: PhantomData }
    }
}

impl<I, T> FromIterator<T> for Keyed<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(items: It) -> Keyed<I, T> {
        Vec::from_iter(items).into()
    }
}

impl<I, T> Extend<T> for Keyed<I, T> {
    fn extend<It: IntoIterator<Item = T>>(&mut self, items: It) {
        self.items.extend(items);
    }
}

impl<I, T> IntoIterator for Keyed<I, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, I, T> IntoIterator for &'a Keyed<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'a, I, T> IntoIterator for &'a mut Keyed<I, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter_mut()
    }
}

/// Bits in one word of a leaf set.
const WORD: usize = 64;

/// A set of leaves, of any number of them. Trees of up to 64 leaves take one word, which is held in place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LeafSet {
    /// Leaves 0 to 63.
    first: u64,
    /// The leaves after them, 64 in each word; as many words as the largest leaf ever put in needs.
    rest: Vec<u64>,
}

impl LeafSet {
    /// Without a leaf.
    pub fn empty() -> LeafSet {
        LeafSet { first: 0, rest: Vec::new() }
    }

    /// All leaves of a tree that has `count`.
    pub fn all(count: usize) -> LeafSet {
        let mut set = LeafSet::empty();
        numbers(0..count).for_each(|leaf| set.insert(leaf));
        set
    }

    /// One leaf.
    pub fn one(leaf: LeafIndex) -> LeafSet {
        let mut set = LeafSet::empty();
        set.insert(leaf);
        set
    }

    /// Puts a leaf in.
    pub fn insert(&mut self, leaf: LeafIndex) {
        let (word, bit) = (leaf.get() / WORD, leaf.get() % WORD);
        if word == 0 {
            self.first |= 1 << bit;
            return;
        }
        if self.rest.len() < word {
            self.rest.resize(word, 0);
        }
        self.rest[word - 1] |= 1 << bit;
    }

    /// Whether a leaf is in it.
    pub fn contains(&self, leaf: LeafIndex) -> bool {
        let (word, bit) = (leaf.get() / WORD, leaf.get() % WORD);
        let bits = if word == 0 { self.first } else { self.rest.get(word - 1).copied().unwrap_or(0) };
        bits >> bit & 1 == 1
    }

    /// Whether no leaf is in it.
    pub fn is_empty(&self) -> bool {
        self.first == 0 && self.rest.iter().all(|word| *word == 0)
    }

    /// Keeps only the leaves that are in `other`, too.
    pub fn keep(&mut self, other: &LeafSet) {
        self.first &= other.first;
        for (i, word) in self.rest.iter_mut().enumerate() {
            *word &= other.rest.get(i).copied().unwrap_or(0);
        }
    }

    /// Takes out the leaves that are in `other`.
    pub fn remove(&mut self, other: &LeafSet) {
        self.first &= !other.first;
        self.rest.iter_mut().zip(&other.rest).for_each(|(word, out)| *word &= !out);
    }
}

impl FromIterator<LeafIndex> for LeafSet {
    fn from_iter<It: IntoIterator<Item = LeafIndex>>(leaves: It) -> LeafSet {
        let mut set = LeafSet::empty();
        leaves.into_iter().for_each(|leaf| set.insert(leaf));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaf_sets_of_any_size_are_sets() {
        for count in [1, 2, 63, 64, 65, 130, 1_024] {
            let all = LeafSet::all(count);
            let odd: LeafSet = numbers(0..count).filter(|leaf: &LeafIndex| leaf.get() % 2 == 1).collect();
            let (mut kept, mut left) = (all.clone(), all.clone());
            kept.keep(&odd);
            left.remove(&odd);
            for leaf in numbers::<LeafIndex>(0..count + 70) {
                let inside = leaf.get() < count;
                assert_eq!(all.contains(leaf), inside, "{leaf:?} of {count}");
                assert_eq!(kept.contains(leaf), inside && leaf.get() % 2 == 1, "{leaf:?} of {count}");
                assert_eq!(left.contains(leaf), inside && leaf.get() % 2 == 0, "{leaf:?} of {count}");
            }
            assert!(!all.is_empty() && LeafSet::empty().is_empty());
            kept.remove(&all);
            assert!(kept.is_empty(), "{count}");
        }
    }

    #[test]
    fn spans_know_what_they_share() {
        let span = |start, end| Span::<LeafIndex>::new(start, end);
        assert!(span(2, 6).covers(span(3, 6)) && !span(2, 6).covers(span(3, 7)));
        assert!(span(2, 6).meets(span(5, 9)) && !span(2, 6).meets(span(6, 9)));
        assert_eq!((span(2, 6).len(), span(2, 6).first()), (4, LeafIndex::new(2)));
    }
}
