//! A hash that is quick for texts as short as ids and values of columns are.
//!
//! The hasher of the standard library takes longer than all else where a million accounts are looked up. This one begins
//! with a number drawn at random, so that no file can be made whose texts all meet in one place.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

/// What hashes begin with.
static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());

/// An odd number whose bits follow no pattern.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// Bytes of a text up to which no two of one length have one hash.
pub const EXACT_BYTES_MAX: usize = 8;

/// A map with quick hashes. Nothing may depend on the order of its entries.
pub type QuickMap<K, V> = HashMap<K, V, Quick>;

/// Makes quick hashers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quick;

/// A quick hasher.
#[derive(Debug, Clone, Copy)]
pub struct QuickHasher(u64);

impl BuildHasher for Quick {
    type Hasher = QuickHasher;

    fn build_hasher(&self) -> QuickHasher {
        QuickHasher(*SEED)
    }
}

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = of_bytes(self.0, bytes);
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = mixed(self.0, number);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// A hash of a text. Texts of one length have different ones up to [`EXACT_BYTES_MAX`] bytes.
pub fn hash(bytes: &[u8]) -> u64 {
    let hash = of_bytes(*SEED, bytes);
    hash ^ hash >> 32
}

/// What [`hash`] gives for a text of up to [`EXACT_BYTES_MAX`] bytes: so many, and as a number, the first the lowest.
pub fn hash_short(length: usize, bytes: u64) -> u64 {
    let seed = *SEED ^ length as u64;
    let hash = if length == 0 { seed } else { mixed(seed, bytes) };
    hash ^ hash >> 32
}

/// Eight bytes at a time; each step keeps different numbers apart.
fn of_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = seed ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = mixed(hash, u64::from_le_bytes(*word));
    }
    if rest.is_empty() { hash } else { mixed(hash, rest.iter().rfold(0, |word, byte| word << 8 | u64::from(*byte))) }
}

fn mixed(hash: u64, word: u64) -> u64 {
    let hash = (hash ^ word).wrapping_mul(FACTOR);
    hash ^ hash >> 29
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn short_texts_of_one_length_have_different_hashes() {
        let mut seen = HashSet::new();
        for number in 0..100_000_u32 {
            assert!(seen.insert(hash(format!("{number:08}").as_bytes())));
            assert!(seen.insert(hash(format!("A{number:06}").as_bytes())));
        }
        assert_eq!(hash(b"same text as that"), hash(b"same text as that"));
        assert_ne!(hash(b""), hash(b"\0"));
        for text in ["", "a", "ab", "\0", "1234567", "12345678"] {
            let mut bytes = [0; EXACT_BYTES_MAX];
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            assert_eq!(hash_short(text.len(), u64::from_le_bytes(bytes)), hash(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn maps_find_what_was_put_in() {
        let mut map: QuickMap<(String, u32), u32> = QuickMap::default();
        (0..1_000).for_each(|number| _ = map.insert((number.to_string(), number), number));
        assert!((0..1_000).all(|number| map.get(&(number.to_string(), number)) == Some(&number)));
        assert_eq!(map.get(&("1".into(), 2)), None);
    }
}
