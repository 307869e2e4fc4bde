//! Amounts of a measure: small, lumpy, huge, and of very different sizes.

use super::Draw;
use rand::RngExt;

/// What a measure's sum may be at most.
const SUM_MAX: i64 = i64::MAX;

impl Draw {
    /// One for each account; the sum is below 2^63.
    pub fn amounts(&mut self, accounts: usize) -> Vec<i64> {
        let near = |draw: &mut Draw, power: u32| {
            (0..accounts).map(|_| (1_i64 << power) + draw.rng.random_range(-3..=3)).collect::<Vec<i64>>()
        };
        let up_to = |draw: &mut Draw, most: i64| {
            (0..accounts).map(|_| if draw.often(0.15) { 0 } else { draw.rng.random_range(1..=most) }).collect()
        };
        let mut amounts: Vec<i64> = match self.rng.random_range(0..22_u32) {
            0..3 => up_to(self, 6),
            3..6 => up_to(self, 100),
            6..9 => up_to(self, 100_000),
            9..12 => {
                let lump = self.pick(&[2, 5, 1_000, 7_919]);
                (0..accounts).map(|_| lump * self.rng.random_range(1..=9)).collect()
            }
            12..14 => near(self, 53),
            14..16 => near(self, 58),
            16..18 => {
                let sizes = [0, 1, 2, 100_000_000_000, 100_000_000_001, 1_000_000_000_000_000_000];
                (0..accounts).map(|_| self.pick(&sizes)).collect()
            }
            18 => {
                // The sum is the largest there may be.
                let mut amounts: Vec<i64> = (0..accounts).map(|_| self.rng.random_range(0..1 << 58)).collect();
                amounts[0] = 0;
                amounts[0] = SUM_MAX - amounts.iter().sum::<i64>();
                amounts
            }
            19 => {
                let mut amounts: Vec<i64> = up_to(self, 1_000);
                amounts[0] = 2 * amounts.iter().sum::<i64>();
                amounts
            }
            20 => vec![self.rng.random_range(1..1_000); accounts],
            _ => vec![0; accounts],
        };
        // Ten of 10^18 would be too many.
        while amounts.iter().map(|&a| i128::from(a)).sum::<i128>() > i128::from(SUM_MAX) {
            let largest = amounts.iter_mut().max().expect("there are accounts");
            *largest = 1;
        }
        amounts
    }
}
