//! Certificates with one number altered prove a bound that is true, or are refused: prices and limits bit by bit, and
//! claims of more than is proved.

use super::books::{Kind, draw};
use super::least;
use carve_datasets::Shape;
use carve_solver::certificate::{Price, TierCertificate};
use carve_solver::input::{Input, OptionsInput};
use carve_solver::{Plan, Problem, check};
use carve_tests::oracle::Oracle;
use carve_tests::{made, solve};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Small books of each kind, with branches and without.
const EACH: usize = 3;
/// Of books that no other test draws.
const FIRST_SEED: u64 = 1_000_000;
/// Numbers of a small book's certificate altered in every bit, at most; others in a few.
const EVERY_BIT: usize = 5;
const SOME_BITS: usize = 4;
/// Numbers, and places of a tree, altered in one certificate, at most.
pub(super) const PLACES: usize = 24;
/// What a number becomes beside flipped bits.
const NUMBERS: [f64; 9] = [0.0, -0.0, 5e-324, 1.0, -1.0, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
/// What a claim must be above to be false; sums in another order differ by less.
const NEAR: f64 = 1e-9;

/// A solved book, and what no tier's bound may be above.
pub(super) struct Solved {
    name: String,
    problem: Problem,
    pub(super) plan: Plan,
    is_small: bool,
    /// The least value of each tier under the limits of its certificate, or the plan's.
    pub(super) most: Vec<f64>,
}

fn above(value: f64) -> f64 {
    value + NEAR * value.abs() + 1e-11
}

impl Solved {
    fn of(name: String, input: &Input, is_small: bool) -> Solved {
        let (problem, plan) = solve(input);
        let mut most: Vec<f64> = plan.tiers.iter().map(|tier| tier.value).collect();
        if is_small {
            let oracle = Oracle::of(input);
            let all = plan.certificate.tiers.iter().enumerate();
            let least = |(t, said)| least(&oracle, &plan, (t, 0), said).expect("the plan is within them");
            most = all.map(least).collect();
        }
        Solved { name, problem, plan, is_small, most }
    }

    /// The certificate of a tier, altered. Tells whether the checker still takes the plan, and fails where it takes
    /// a claim above `most`.
    pub(super) fn is_taken(&self, tier: usize, what: &str, most: f64, alter: &dyn Fn(&mut TierCertificate)) -> bool {
        let mut altered = self.plan.clone();
        alter(&mut altered.certificate.tiers[tier]);
        let taken = check(&self.problem, &altered).ok();
        let claim = above(most);
        altered.certificate.tiers[tier].bound = claim;
        let verdict = check(&self.problem, &altered);
        assert!(
            !verdict.ok(),
            "{}, tier {tier}, {what}: the checker takes {claim} for proved, where {most} can be had",
            self.name
        );
        taken
    }
}

/// Books of each kind: some whose bounds need branches and more than one set of prices, some that prices alone prove.
fn small() -> Vec<Solved> {
    let branched = |t: &TierCertificate| t.branches.len() > 4 && t.price_sets.len() > 1;
    let priced = |t: &TierCertificate| t.branches.is_empty() && t.bound > t.lumpiness_floor;
    let of = |kind: Kind, wanted: &dyn Fn(&TierCertificate) -> bool| -> Vec<Solved> {
        let inputs = (FIRST_SEED..).map(|seed| (format!("{kind:?} {seed}"), draw(kind, seed)));
        let solvable = inputs.filter(|(_, input)| !Oracle::of(input).is_infeasible());
        let solved = solvable.map(|(name, input)| Solved::of(name, &input, true));
        solved.filter(|s| s.plan.certificate.tiers.iter().any(wanted)).take(EACH).collect()
    };
    let cut = |t: &TierCertificate| !t.cuts.is_empty();
    let kinds = [Kind::Whales, Kind::Families, Kind::MoveLimits, Kind::Mixed];
    let each = |kind| [of(kind, &branched), of(kind, &priced), of(kind, &cut)].into_iter().flatten();
    kinds.into_iter().flat_map(each).collect()
}

/// Books solved to the end, and made ones that are not.
pub(super) static BOOKS: LazyLock<Vec<Solved>> = LazyLock::new(|| {
    let unfinished = |shape: Shape, accounts: usize| {
        let options =
            OptionsInput { work_limit: 1_500_000, gap_target: Some(0.0), threads: 2, ..OptionsInput::default() };
        Solved::of(format!("{} {accounts}", shape.name()), &Input { options, ..made(shape, accounts, 4) }, false)
    };
    let mut books = small();
    books.extend([unfinished(Shape::Crm, 60), unfinished(Shape::Whales, 120)]);
    books
});

/// Where a number of a certificate is.
type Number = fn(&mut TierCertificate, usize, usize) -> Option<&mut f64>;

/// Kinds of numbers that prices are, by set and by place in it.
const PRICES: [(&str, Number); 6] = [
    ("price", |c, _, at| c.prices.get_mut(at).map(|p| &mut p.price)),
    ("tier price", |c, _, at| c.tier_prices.get_mut(at)),
    ("price of a set", |c, set, at| c.price_sets.get_mut(set)?.prices.get_mut(at)),
    ("tier price of a set", |c, set, at| c.price_sets.get_mut(set)?.tier_prices.get_mut(at)),
    ("price of a cut", |c, _, at| c.cut_prices.get_mut(at)),
    ("price of a cut in a set", |c, set, at| c.price_sets.get_mut(set)?.cut_prices.get_mut(at)),
];

/// Every place of a kind of number, or some.
fn places(certificate: &TierCertificate, number: Number, rng: &mut ChaCha8Rng) -> Vec<(usize, usize)> {
    let mut copy = certificate.clone();
    let sets = 0..certificate.price_sets.len().max(1);
    let all = sets.flat_map(|set| (0..64).map(move |at| (set, at)));
    let mut there: Vec<(usize, usize)> = all.filter(|&(set, at)| number(&mut copy, set, at).is_some()).collect();
    // Prices of the one certificate are the same in every "set".
    there.sort_unstable();
    while there.len() > PLACES {
        there.swap_remove(rng.random_range(0..there.len()));
    }
    there
}

/// The number with one bit flipped, or another.
fn altered(number: f64, way: usize) -> f64 {
    if way < 64 { f64::from_bits(number.to_bits() ^ 1 << way) } else { NUMBERS[way - 64] }
}

#[test]
fn a_price_with_one_bit_flipped_proves_a_true_bound_or_is_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let all = 64 + NUMBERS.len();
    let (mut taken, mut refused) = ([0; PRICES.len()], [0; PRICES.len()]);
    for book in BOOKS.iter() {
        for (t, certificate) in book.plan.certificate.tiers.iter().enumerate() {
            for (k, (what, number)) in PRICES.into_iter().enumerate() {
                for (nth, (set, at)) in places(certificate, number, &mut rng).into_iter().enumerate() {
                    let ways: Vec<usize> = match book.is_small && nth < EVERY_BIT {
                        true => (0..all).collect(),
                        false => (0..SOME_BITS).map(|_| rng.random_range(0..all)).collect(),
                    };
                    for way in ways {
                        let alter = |c: &mut TierCertificate| {
                            let number = number(c, set, at).expect("the number is there");
                            *number = altered(*number, way);
                        };
                        match book.is_taken(t, &format!("{what} {at} of {set}, bit {way}"), book.most[t], &alter) {
                            true => taken[k] += 1,
                            false => refused[k] += 1,
                        }
                    }
                }
            }
        }
    }
    assert!(taken.iter().chain(&refused).all(|count| *count >= 100), "too few to tell: {taken:?} taken, {refused:?}");
}

#[test]
fn a_price_of_any_row_proves_a_true_bound_or_is_refused() {
    for book in BOOKS.iter() {
        let tiers = &book.plan.certificate.tiers;
        let priced = tiers.iter().flat_map(|c| c.prices.iter().map(|p| p.row.clone()));
        let rows: BTreeSet<_> = priced.chain(tiers.iter().flat_map(|c| c.rows.iter().cloned())).collect();
        for t in 0..tiers.len() {
            for row in &rows {
                for price in [1.0, -1.0, book.most[t], -book.most[t]] {
                    let add = |c: &mut TierCertificate| {
                        let all = c.prices.iter_mut().filter(|p| p.row == *row);
                        all.for_each(|p| p.price = price);
                        c.prices.push(Price { row: row.clone(), price });
                        (c.branches, c.price_sets) = (Vec::new(), Vec::new());
                    };
                    book.is_taken(t, &format!("{row} for {price}"), book.most[t], &add);
                }
            }
        }
    }
}

#[test]
fn a_limit_with_one_bit_flipped_proves_nothing_above_the_plan() {
    for book in BOOKS.iter() {
        for (t, certificate) in book.plan.certificate.tiers.iter().enumerate() {
            // The plan is within what its certificate says earlier tiers are held to.
            let most = book.plan.tiers[t].value;
            for at in 0..certificate.tier_limits.len() {
                for bit in 0..64 {
                    let flip = |c: &mut TierCertificate| c.tier_limits[at] = altered(c.tier_limits[at], bit);
                    book.is_taken(t, &format!("limit {at}, bit {bit}"), most, &flip);
                }
                // At a price that is high enough, a limit that nothing is within proves anything.
                for lower in [1e-9, 1e-10, 1e-11, 1e-12] {
                    let press = |c: &mut TierCertificate| {
                        let limit = book.plan.tiers[at].value * (1.0 - lower);
                        (c.branches, c.price_sets, c.prices) = (Vec::new(), Vec::new(), Vec::new());
                        c.tier_limits[at] = limit;
                        c.tier_prices[at] = 1e14 * (1.0 + most) / (1.0 + limit);
                    };
                    book.is_taken(t, &format!("limit {at} lower by {lower}"), most, &press);
                }
            }
        }
    }
}

#[test]
fn a_claim_above_what_is_proved_is_refused() {
    for book in BOOKS.iter() {
        assert!(check(&book.problem, &book.plan).ok());
        for (t, said) in book.plan.certificate.tiers.iter().enumerate().filter(|(_, said)| !said.branches.is_empty()) {
            assert!(said.bound <= above(book.most[t]), "{}, tier {t}: {} of {}", book.name, said.bound, book.most[t]);
            for raised in
                [said.bound * (1.0 + 1e-9), said.bound * 1.01, 2.0 * said.bound + 1.0, f64::INFINITY, f64::NAN]
            {
                let mut claimed = book.plan.clone();
                claimed.certificate.tiers[t].bound = raised;
                assert!(!check(&book.problem, &claimed).ok(), "{}, tier {t}: the certificate says {raised}", book.name);
                let tier = &mut claimed.tiers[t];
                (tier.bound, tier.gap) = (raised, (tier.value - raised) / tier.value);
                assert!(!check(&book.problem, &claimed).ok(), "{}, tier {t}: both say {raised}", book.name);
                claimed.certificate.tiers[t].bound = said.bound;
                assert!(!check(&book.problem, &claimed).ok(), "{}, tier {t}: the tier says {raised}", book.name);
            }
        }
    }
}
