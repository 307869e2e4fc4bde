//! Certificates with one branch or price set altered prove a bound that is true, or are refused.

use super::certificates::{BOOKS, PLACES};
use carve_solver::certificate::TierCertificate;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Alters a tree at one of its branches.
type Graft = (&'static str, fn(&mut TierCertificate, usize));

const GRAFTS: [Graft; 13] = [
    ("a branch left out", |c, at| {
        c.branches.remove(at);
    }),
    ("a branch doubled", |c, at| c.branches.insert(at, c.branches[at].clone())),
    ("all after a branch left out", |c, at| c.branches.truncate(at)),
    ("a split and one of its children left out", |c, at| {
        if !c.branches[at].account_id.is_empty() {
            let end = end(c, at + 1);
            c.branches.drain(at..end);
        }
    }),
    ("children exchanged", |c, at| {
        if !c.branches[at].account_id.is_empty() {
            let (middle, end) = (end(c, at + 1), end(c, end(c, at + 1)));
            c.branches[at + 1..end].rotate_left(middle - at - 1);
        }
    }),
    ("two branches exchanged", |c, at| {
        let other = (at + 1) % c.branches.len();
        c.branches.swap(at, other);
    }),
    ("a leaf more or less in a split", |c, at| {
        let ids = &mut c.branches[at].node_ids;
        match ids.iter().position(|id| id == "t0") {
            Some(there) => drop(ids.remove(there)),
            None => ids.push("t0".into()),
        }
    }),
    ("no leaf in a split", |c, at| c.branches[at].node_ids.clear()),
    ("every leaf in a split", |c, at| c.branches[at].node_ids = ["t0", "t1"].map(String::from).to_vec()),
    ("a split of another account", |c, at| {
        let mut others = c.branches.iter().map(|b| b.account_id.clone());
        let other = others.find(|id| !id.is_empty() && *id != c.branches[at].account_id);
        if let Some(other) = other.filter(|_| !c.branches[at].account_id.is_empty()) {
            c.branches[at].account_id = other;
        }
    }),
    ("the next price set", |c, at| c.branches[at].price_set += 1),
    ("the first prices", |c, at| c.branches[at].price_set = 0),
    ("a split that is none", |c, at| c.branches[at].account_id.clear()),
];

/// Where the tree that starts at `at` ends.
fn end(certificate: &TierCertificate, mut at: usize) -> usize {
    let mut open = 1;
    while open > 0 {
        open = if certificate.branches[at].account_id.is_empty() { open - 1 } else { open + 1 };
        at += 1;
    }
    at
}

#[test]
fn a_tree_with_one_branch_altered_proves_a_true_bound_or_is_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (mut taken, mut refused) = (0, 0);
    for book in BOOKS.iter() {
        for (t, certificate) in book.plan.certificate.tiers.iter().enumerate() {
            let mut places: Vec<usize> = (0..certificate.branches.len()).collect();
            while places.len() > PLACES {
                places.swap_remove(rng.random_range(0..places.len()));
            }
            for at in places {
                for (what, graft) in GRAFTS {
                    match book.is_taken(t, &format!("{what} at {at}"), book.most[t], &|c| graft(c, at)) {
                        true => taken += 1,
                        false => refused += 1,
                    }
                }
            }
            for set in 0..certificate.price_sets.len().min(PLACES) {
                let left_out = |c: &mut TierCertificate| drop(c.price_sets.remove(set));
                book.is_taken(t, &format!("price set {set} left out"), book.most[t], &left_out);
            }
        }
    }
    assert!(taken >= 100 && refused >= 1_000, "too few to tell: {taken} taken, {refused} refused");
}
