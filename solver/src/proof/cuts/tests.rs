//! Cuts against every set of units that a row may hold.

use super::{Cut, Limited, Rounded};
use crate::index::{Keyed, Number, RowIndex, UnitIndex};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Units of a row: all their sets are gone through.
const UNITS: usize = 9;

fn random(rng: &mut ChaCha8Rng) -> (Keyed<UnitIndex, i64>, Cut) {
    let largest = [3, 20, 1_000, 4_000_000_000_000_000_000 / UNITS as i64][rng.random_range(0..4)];
    let amounts: Vec<i64> = (0..UNITS).map(|_| rng.random_range(-largest / 8..=largest)).collect();
    let total: i64 = amounts.iter().sum();
    let cut = Cut {
        row: RowIndex::new(0),
        limited: if rng.random() { Limited::Most } else { Limited::Least },
        limit: rng.random_range(-largest..=total.max(largest)),
        divisor: rng.random_range(1..=largest),
        soft: false,
        absent: (0..UNITS).filter(|_| rng.random()).map(UnitIndex::new).collect(),
    };
    (amounts.into(), cut)
}

fn sum(of: impl Iterator<Item = i128>, held: u32) -> i128 {
    of.enumerate().filter(|(unit, _)| held >> unit & 1 == 1).map(|(_, k)| k).sum()
}

#[test]
fn no_cut_takes_away_what_its_row_holds() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut tight, mut stronger) = (0, 0);
    for _ in 0..600 {
        let (amounts, cut) = random(&mut rng);
        let Rounded { coefficients, most, .. } = cut.rounded(&amounts);
        let mut largest = None;
        for held in 0..1_u32 << UNITS {
            let amount = sum(amounts.iter().map(|a| i128::from(*a)), held);
            let beyond = match cut.limited {
                Limited::Most => amount - i128::from(cut.limit),
                Limited::Least => i128::from(cut.limit) - amount,
            };
            // What is beyond the row is beyond the cut by no more, so a row's excess may be added to both.
            let left = sum(coefficients.iter().copied(), held);
            assert!(left <= most + beyond.max(0), "{cut:?} of {amounts:?} with {held:b}: {left} of {most}, {beyond}");
            if beyond <= 0 {
                largest = largest.max(Some(left));
            }
        }
        tight += usize::from(largest == Some(most));
        stronger += usize::from(coefficients.iter().zip(&amounts).any(|(k, a)| k.abs() != i128::from(*a).abs()));
    }
    assert!(tight > 60 && stronger > 400, "{tight} hold with equality, {stronger} are no copies of their rows");
}

#[test]
fn an_account_named_twice_counts_once() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for _ in 0..50 {
        let (amounts, cut) = random(&mut rng);
        let twice = Cut { absent: cut.absent.iter().chain(&cut.absent).copied().collect(), ..cut.clone() };
        assert_eq!(twice.rounded(&amounts), cut.rounded(&amounts));
    }
}
