//! Certificates with one cut altered in any field prove a bound that is true, or are refused; so do cuts of one's own.

use super::certificates::{BOOKS, PLACES};
use carve_solver::certificate::{Cut, RowReference, TierCertificate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Alters a cut.
type Forgery = (&'static str, fn(&mut Cut));

const FORGERIES: [Forgery; 14] = [
    ("the other limit", |cut| cut.lower = !cut.lower),
    ("a limit tighter by one", |cut| cut.limit += if cut.lower { 1 } else { -1 }),
    ("a limit looser by one", |cut| cut.limit -= if cut.lower { 1 } else { -1 }),
    ("a limit of the other sign", |cut| cut.limit = -cut.limit),
    ("the least limit there is", |cut| cut.limit = i64::MIN),
    ("the largest limit there is", |cut| cut.limit = i64::MAX),
    ("a divisor larger by one", |cut| cut.divisor += 1),
    ("a divisor smaller by one", |cut| cut.divisor -= 1),
    ("no divisor", |cut| cut.divisor = 0),
    ("the opposite divisor", |cut| cut.divisor = -cut.divisor),
    ("the largest divisor", |cut| cut.divisor = i64::MAX),
    ("with excess, or without", |cut| cut.with_excess = !cut.with_excess),
    ("no account by absence", |cut| cut.account_ids.clear()),
    ("every account by absence twice", |cut| {
        let again = cut.account_ids.clone();
        cut.account_ids.extend(again);
    }),
];

#[test]
fn a_forged_cut_proves_a_true_bound_or_is_refused() {
    let (mut refused, mut cuts) = ([0; FORGERIES.len()], 0);
    for book in BOOKS.iter() {
        for (t, certificate) in book.plan.certificate.tiers.iter().enumerate() {
            for at in 0..certificate.cuts.len().min(PLACES) {
                cuts += 1;
                for (k, (what, forge)) in FORGERIES.into_iter().enumerate() {
                    let alter = |c: &mut TierCertificate| forge(&mut c.cuts[at]);
                    refused[k] += usize::from(!book.is_taken(t, &format!("cut {at}, {what}"), book.most[t], &alter));
                }
            }
        }
    }
    // An account that is named twice counts once.
    let told = refused.iter().zip(FORGERIES).filter(|(_, (what, _))| !what.ends_with("twice"));
    assert!(cuts >= 20 && told.clone().all(|(count, _)| *count > 0), "{cuts} cuts: {refused:?}");
}

/// Cuts of any row by any divisor at any price.
#[test]
fn a_cut_of_any_row_proves_a_true_bound_or_is_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for book in BOOKS.iter() {
        let tiers = &book.plan.certificate.tiers;
        let accounts: Vec<String> = book.plan.assignments.iter().map(|a| a.account_id.clone()).collect();
        let priced = tiers.iter().flat_map(|c| c.prices.iter().map(|p| p.row.clone()));
        let rows: Vec<RowReference> = priced.chain(tiers.iter().flat_map(|c| c.rows.iter().cloned())).collect();
        for t in 0..tiers.len() {
            for row in rows.iter().take(PLACES) {
                let cut = Cut {
                    row: row.clone(),
                    lower: rng.random(),
                    limit: rng.random_range(-3..2_000),
                    divisor: rng.random_range(1..500),
                    with_excess: rng.random(),
                    account_ids: accounts.iter().filter(|_| rng.random()).cloned().collect(),
                };
                for price in [-0.01, -1.0, -book.most[t], -1e6, 1.0] {
                    let add = |c: &mut TierCertificate| {
                        (c.branches, c.price_sets) = (Vec::new(), Vec::new());
                        c.cuts.push(cut.clone());
                        c.cut_prices.push(price);
                    };
                    book.is_taken(t, &format!("{cut:?} for {price}"), book.most[t], &add);
                }
            }
        }
    }
}

/// What is done to a certificate, and how.
type Way = (&'static str, fn(&mut TierCertificate));

#[test]
fn as_many_prices_as_cuts_or_none_is_taken() {
    for book in BOOKS.iter() {
        for (t, certificate) in book.plan.certificate.tiers.iter().enumerate().filter(|(_, c)| !c.cuts.is_empty()) {
            let ways: [Way; 4] = [
                ("a price more", |c| c.cut_prices.push(0.0)),
                ("a cut more", |c| c.cuts.push(c.cuts[0].clone())),
                ("a cut less", |c| drop(c.cuts.pop())),
                ("a price of a set more", |c| c.price_sets.iter_mut().for_each(|set| set.cut_prices.push(0.0))),
            ];
            for (what, alter) in ways {
                let taken = book.is_taken(t, what, book.most[t], &alter);
                assert!(!taken || what.contains("set") && certificate.price_sets.is_empty(), "tier {t}: {what}");
            }
        }
    }
}
