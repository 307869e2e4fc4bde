//! The leaves that are open to each unit.

use crate::index::{LeafIndex, Number, Span, UnitIndex};
use crate::problem::units::Units;

/// Leaves in one word.
const WORD: usize = 64;

/// The leaves open to each unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Open {
    /// Units × words, a bit for each leaf.
    bits: Vec<u64>,
    words: usize,
}

impl Open {
    /// As rules over where units go have it.
    pub fn allowed(units: &Units, leaves: usize) -> Open {
        let words = leaves.div_ceil(WORD);
        let mut of_class = vec![0; units.classes.len() * words];
        for (class, allowed) in units.classes.iter().enumerate() {
            let leaves = allowed.pairs().filter(|(_, allowed)| **allowed).map(|(leaf, _)| leaf.get());
            leaves.for_each(|leaf| of_class[class * words + leaf / WORD] |= 1 << (leaf % WORD));
        }
        let bits = units.class.iter().flat_map(|class| &of_class[class * words..(class + 1) * words]);
        Open { bits: bits.copied().collect(), words }
    }

    /// Shuts one leaf to a unit.
    pub fn shut(&mut self, unit: UnitIndex, leaf: LeafIndex) {
        let leaf = leaf.get();
        self.bits[unit.get() * self.words + leaf / WORD] &= !(1 << (leaf % WORD));
    }

    /// Whether the unit may go to a leaf.
    pub fn has(&self, unit: UnitIndex, leaf: LeafIndex) -> bool {
        let leaf = leaf.get();
        self.bits[unit.get() * self.words + leaf / WORD] >> (leaf % WORD) & 1 == 1
    }

    /// The leaves open to a unit, in order.
    pub fn leaves(&self, unit: UnitIndex) -> impl Iterator<Item = LeafIndex> + '_ {
        let words = self.of(unit).iter().enumerate();
        let inside = |bits: u64| (0..WORD).filter(move |b| bits >> b & 1 == 1);
        words.flat_map(move |(w, &bits)| inside(bits).map(move |b| LeafIndex::new(w * WORD + b)))
    }

    /// How many leaves are open to a unit.
    pub fn count(&self, unit: UnitIndex) -> u32 {
        self.of(unit).iter().map(|bits| bits.count_ones()).sum()
    }

    fn of(&self, unit: UnitIndex) -> &[u64] {
        &self.bits[unit.get() * self.words..][..self.words]
    }

    pub fn is_shut(&self, unit: UnitIndex) -> bool {
        self.of(unit).iter().all(|bits| *bits == 0)
    }

    /// Whether a unit may go inside a set of leaves, and whether outside.
    pub fn sides(&self, unit: UnitIndex, inside: &[u64]) -> (bool, bool) {
        let both = self.of(unit).iter().zip(inside);
        both.fold((false, false), |(i, o), (bits, mask)| (i || bits & mask != 0, o || bits & !mask != 0))
    }

    /// Leaves a unit what the mask and it have in common.
    pub fn keep(&mut self, unit: UnitIndex, mask: impl Fn(usize) -> u64) {
        let words = self.words;
        self.bits[unit.get() * words..][..words].iter_mut().enumerate().for_each(|(w, bits)| *bits &= mask(w));
    }
}

/// Leaves as bits, 64 in a word.
pub(super) fn bits_of(leaves: Span<LeafIndex>, count: usize) -> Vec<u64> {
    let mut bits = vec![0; count.div_ceil(WORD)];
    leaves.places().for_each(|leaf| bits[leaf / WORD] |= 1 << (leaf % WORD));
    bits
}
