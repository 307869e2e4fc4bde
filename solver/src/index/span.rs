//! Things that follow one another.

use super::number::Number;
use std::marker::PhantomData;
use std::ops::Range;

/// Numbers that follow one another: from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span<I> {
    pub start: I,
    pub end: I,
}

impl<I: Number> Span<I> {
    /// The first `count` numbers.
    #[inline]
    pub fn first(count: usize) -> Span<I> {
        Span { start: I::new(0), end: I::new(count) }
    }

    /// How many there are.
    #[inline]
    pub fn len(self) -> usize {
        self.end.get() - self.start.get()
    }

    /// Whether a number is one of them.
    #[inline]
    pub fn contains(self, at: I) -> bool {
        self.start <= at && at < self.end
    }

    /// All of them, in order.
    #[inline]
    pub fn iter(self) -> Numbers<I> {
        Numbers { places: self.places(), of: PhantomData }
    }

    /// The same as places in a list.
    #[inline]
    pub fn places(self) -> Range<usize> {
        self.start.get()..self.end.get()
    }
}

impl<I: Number> IntoIterator for Span<I> {
    type Item = I;
    type IntoIter = Numbers<I>;

    #[inline]
    fn into_iter(self) -> Numbers<I> {
        self.iter()
    }
}

/// The numbers of a span, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Numbers<I> {
    places: Range<usize>,
    of: PhantomData<I>,
}

impl<I: Number> Iterator for Numbers<I> {
    type Item = I;

    #[inline]
    fn next(&mut self) -> Option<I> {
        self.places.next().map(I::new)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.places.size_hint()
    }
}

impl<I: Number> DoubleEndedIterator for Numbers<I> {
    #[inline]
    fn next_back(&mut self) -> Option<I> {
        self.places.next_back().map(I::new)
    }
}

impl<I: Number> ExactSizeIterator for Numbers<I> {}
