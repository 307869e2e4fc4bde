//! Lists that only the right number opens.

use super::number::Number;
use super::span::Span;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// One `T` for each of the things that `I` numbers, in their order. What opens and goes through it is inlined, so that a
/// kernel pays no more for it than for a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Keyed<I, T> {
    items: Vec<T>,
    by: PhantomData<I>,
}

impl<I: Number, T> Keyed<I, T> {
    /// None yet.
    pub const fn new() -> Keyed<I, T> {
        Keyed { items: Vec::new(), by: PhantomData }
    }

    /// The same for each of `count` things.
    pub fn filled(count: usize, item: T) -> Keyed<I, T>
    where
        T: Clone,
    {
        Keyed::from(vec![item; count])
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All numbers, in order.
    #[inline]
    pub fn keys(&self) -> Span<I> {
        Span::first(self.items.len())
    }

    /// The items, in order.
    #[inline]
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The items, in order, to be changed.
    #[inline]
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// The items with their numbers.
    #[inline]
    pub fn pairs(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator + Clone {
        self.items.iter().enumerate().map(|(place, item)| (I::new(place), item))
    }

    /// The items with those of another list by the same kind of thing.
    #[inline]
    pub fn zip<'a, U>(
        &'a self,
        other: &'a Keyed<I, U>,
    ) -> std::iter::Zip<std::slice::Iter<'a, T>, std::slice::Iter<'a, U>> {
        self.items.iter().zip(&other.items)
    }

    /// What `of` makes of each item, by the same kind of thing.
    pub fn map<U>(&self, of: impl FnMut(&T) -> U) -> Keyed<I, U> {
        self.items.iter().map(of).collect()
    }

    /// What is left of it with the numbers before `end`, and `item` for those that it lacks.
    pub fn resized(mut self, end: I, item: T) -> Keyed<I, T>
    where
        T: Clone,
    {
        self.items.resize(end.get(), item);
        self
    }

    /// The item of this number, if there is one.
    #[inline]
    pub fn get(&self, at: I) -> Option<&T> {
        self.items.get(at.get())
    }

    /// Adds one, and gives its number.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::new(self.items.len() - 1)
    }

    /// Keeps the items that `is_kept`; what follows one that goes has another number then.
    pub fn retain(&mut self, is_kept: impl FnMut(&T) -> bool) {
        self.items.retain(is_kept);
    }

    /// The items without their numbers, for kernels that do without.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        &self.items
    }

    /// The items without their numbers, to keep.
    pub fn into_vec(self) -> Vec<T> {
        self.items
    }
}

impl<I, T> Default for Keyed<I, T> {
    fn default() -> Keyed<I, T> {
        Keyed { items: Vec::new(), by: PhantomData }
    }
}

impl<I, T> From<Vec<T>> for Keyed<I, T> {
    fn from(items: Vec<T>) -> Keyed<I, T> {
        Keyed { items, by: PhantomData }
    }
}

impl<I, T> FromIterator<T> for Keyed<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(items: It) -> Keyed<I, T> {
        Keyed::from(Vec::from_iter(items))
    }
}

impl<I, T> IntoIterator for Keyed<I, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    #[inline]
    fn into_iter(self) -> std::vec::IntoIter<T> {
        self.items.into_iter()
    }
}

impl<'a, I, T> IntoIterator for &'a Keyed<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> std::slice::Iter<'a, T> {
        self.items.iter()
    }
}

impl<'a, I, T> IntoIterator for &'a mut Keyed<I, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    #[inline]
    fn into_iter(self) -> std::slice::IterMut<'a, T> {
        self.items.iter_mut()
    }
}

impl<I: Number, T> Index<I> for Keyed<I, T> {
    type Output = T;

    #[inline]
    fn index(&self, at: I) -> &T {
        &self.items[at.get()]
    }
}

impl<I: Number, T> IndexMut<I> for Keyed<I, T> {
    #[inline]
    fn index_mut(&mut self, at: I) -> &mut T {
        &mut self.items[at.get()]
    }
}

impl<I: Number, T> Index<Span<I>> for Keyed<I, T> {
    type Output = [T];

    #[inline]
    fn index(&self, span: Span<I>) -> &[T] {
        &self.items[span.places()]
    }
}

impl<I: Number, T> IndexMut<Span<I>> for Keyed<I, T> {
    #[inline]
    fn index_mut(&mut self, span: Span<I>) -> &mut [T] {
        &mut self.items[span.places()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::number::{LeafIndex, NodeIndex};

    #[test]
    fn a_list_is_opened_by_its_own_numbers_in_their_order() {
        let mut shares: Keyed<NodeIndex, i64> = Keyed::new();
        let numbers: Vec<NodeIndex> = [6, 4, 2].into_iter().map(|share| shares.push(share)).collect();
        assert_eq!(numbers, shares.keys().iter().collect::<Vec<_>>());
        assert_eq!(numbers.iter().map(|&n| shares[n]).collect::<Vec<_>>(), [6, 4, 2]);
        let below = Span { start: numbers[1], end: shares.keys().end };
        assert_eq!((&shares[below], below.len()), (&[4, 2][..], 2));
        assert!(!below.contains(numbers[0]) && below.iter().rev().eq([numbers[2], numbers[1]]));
        shares[below].fill(3);
        assert_eq!(shares.map(|share| 2 * share).pairs().last(), Some((numbers[2], &6)));
        assert_eq!(shares.get(numbers[2]), Some(&3));
        assert_eq!(shares.get(NodeIndex::new(3)), None);
    }

    #[test]
    fn a_list_cut_short_keeps_its_first_items_and_one_drawn_out_is_filled_up() {
        let list: Keyed<LeafIndex, i64> = vec![1, 2, 3].into();
        assert_eq!(list.clone().resized(LeafIndex::new(2), 9).as_slice(), [1, 2]);
        assert_eq!(list.resized(LeafIndex::new(5), 9).as_slice(), [1, 2, 3, 9, 9]);
    }
}
