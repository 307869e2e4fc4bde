//! Reading the binary files that `make.py` writes, and a quick hash for what is in them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table whose keys are the program's own, so that nobody can choose them to be slow.
pub(crate) type Table<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// Eight bytes at a time: turned, mixed in, multiplied.
#[derive(Debug, Default)]
pub(crate) struct Quick(u64);

/// Odd, and with its bits well spread: 2^64 over the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Why reading them cannot fail.
const WHOLE: &str = "the committed file is as make.py wrote it";

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(SPREAD);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as u64);
    }

    fn write_i16(&mut self, number: i16) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// What is left of a file.
pub(crate) struct Bytes(&'static [u8]);

impl Bytes {
    pub fn of(file: &'static [u8]) -> Bytes {
        Bytes(file)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> &'static [u8] {
        let (taken, rest) = self.0.split_at_checked(count).expect(WHOLE);
        self.0 = rest;
        taken
    }

    /// The next `count` bytes, which are text.
    pub fn text(&mut self, count: usize) -> &'static str {
        std::str::from_utf8(self.take(count)).expect(WHOLE)
    }

    pub fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    /// Two bytes, the lower first.
    pub fn pair(&mut self) -> u16 {
        u16::from(self.byte()) | u16::from(self.byte()) << 8
    }

    /// Seven bits a byte, the lowest first.
    pub fn varint(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }

    /// A varint of a number with its sign in the lowest bit.
    pub fn signed(&mut self) -> i32 {
        let number = self.varint();
        (number >> 1) as i32 ^ -((number & 1) as i32)
    }
}
