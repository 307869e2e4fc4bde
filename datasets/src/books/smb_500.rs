//! 500 small businesses around the Great Lakes, five sellers, nothing else said.

use super::NamedBook;
use super::parts::cap;
use crate::draw;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const ACCOUNTS: usize = 500;
const STATES: [&str; 5] = ["IL", "IN", "MI", "OH", "WI"];
const SELLERS: [&str; 5] = ["ana", "ben", "chloe", "dev", "elif"];
const SIGMA: f64 = 0.9;

pub(super) fn make() -> NamedBook {
    let rng = &mut ChaCha8Rng::seed_from_u64(500);
    let sites = draw::sites(rng, ACCOUNTS, &STATES);
    let sizes = draw::sizes(rng, ACCOUNTS, SIGMA);
    let mut pipeline = draw::amounts(rng, &sizes, SIGMA, 0.5, 4_000.0);
    let mut won = draw::amounts(rng, &sizes, SIGMA, 0.6, 6_000.0);
    for amounts in [&mut pipeline, &mut won] {
        cap(amounts, SELLERS.len() as f64, 0.1);
    }
    let industry = draw::industries(rng, ACCOUNTS);
    let mut book = draw::book(&sites, &industry, &[None; ACCOUNTS]);
    book.measures = vec![draw::measure("open_pipeline", pipeline), draw::measure("closed_won", won)];
    book.attributes.push(industry);
    NamedBook { book, plan_yaml: plan(), recarve_yaml: None }
}

fn plan() -> String {
    let seats = SELLERS.map(|seller| format!("      - {{seat_id: {seller}}}\n")).concat();
    format!(
        "# Five equal seats and nothing else. Without tiers every measure is balanced at 5 %, then territories are\n\
         # made compact; without homes the anchors are found.\n\
         split:\n  seats:\n    seats:\n{seats}"
    )
}
