//! Sets of leaves.

use super::number::{LeafIndex, Number};

/// Leaves in one word of a set.
const WORD: usize = 64;

/// A set of leaves, of any number of them. Sets over up to 64 leaves are held in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeafSet {
    /// Leaves 0 to 63, the first in the lowest bit.
    first: u64,
    /// The leaves after them, 64 in each word.
    rest: Vec<u64>,
    /// Whether the leaves after the last word are in it.
    beyond: bool,
}

impl LeafSet {
    /// Leaves 0 to 63 as bits, and none after them.
    pub fn of_bits(first: u64) -> LeafSet {
        LeafSet { first, rest: Vec::new(), beyond: false }
    }

    /// Puts a leaf in.
    pub fn insert(&mut self, leaf: LeafIndex) {
        let leaf = leaf.get();
        if leaf < WORD {
            self.first |= 1 << leaf;
            return;
        }
        if self.rest.len() < leaf / WORD {
            self.rest.resize(leaf / WORD, if self.beyond { u64::MAX } else { 0 });
        }
        self.rest[leaf / WORD - 1] |= 1 << (leaf % WORD);
    }

    /// Whether a leaf is in it.
    pub fn contains(&self, leaf: LeafIndex) -> bool {
        let leaf = leaf.get();
        self.word(leaf / WORD) >> (leaf % WORD) & 1 == 1
    }

    /// Sixty-four leaves as bits: word 0 has leaves 0 to 63.
    pub fn word(&self, word: usize) -> u64 {
        match word.checked_sub(1) {
            None => self.first,
            Some(at) => self.rest.get(at).copied().unwrap_or(if self.beyond { u64::MAX } else { 0 }),
        }
    }

    /// All leaves that are not in it.
    pub fn complement(&self) -> LeafSet {
        LeafSet { first: !self.first, rest: self.rest.iter().map(|word| !word).collect(), beyond: !self.beyond }
    }

    /// Keeps only the leaves that are in `other`, too.
    pub fn keep(&mut self, other: &LeafSet) {
        let words = self.rest.len().max(other.rest.len());
        self.rest = (1..=words).map(|word| self.word(word) & other.word(word)).collect();
        self.first &= other.first;
        self.beyond &= other.beyond;
    }
}

impl FromIterator<LeafIndex> for LeafSet {
    fn from_iter<It: IntoIterator<Item = LeafIndex>>(leaves: It) -> LeafSet {
        let mut set = LeafSet::of_bits(0);
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
            let all: LeafSet = (0..count).map(LeafIndex::new).collect();
            let odd: LeafSet = (0..count).filter(|leaf| leaf % 2 == 1).map(LeafIndex::new).collect();
            let (mut kept, mut left) = (all.clone(), all.clone());
            kept.keep(&odd);
            left.keep(&odd.complement());
            for leaf in 0..count + 70 {
                let (inside, at) = (leaf < count, LeafIndex::new(leaf));
                assert_eq!(all.contains(at), inside, "{leaf} of {count}");
                assert_eq!(all.complement().contains(at), !inside, "{leaf} of {count}");
                assert_eq!(kept.contains(at), inside && leaf % 2 == 1, "{leaf} of {count}");
                assert_eq!(left.contains(at), inside && leaf % 2 == 0, "{leaf} of {count}");
            }
        }
        let mut few = LeafSet::of_bits(0b101).complement();
        few.insert(LeafIndex::new(200));
        few.insert(LeafIndex::new(0));
        assert!((0..300).all(|leaf| few.contains(LeafIndex::new(leaf)) == (leaf != 2)));
    }
}
