//! 1,200 accounts, two territories today, and every split up to sixteen planned now.

use super::NamedBook;
use super::parts::{cap, neighbours};
use crate::draw;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ACCOUNTS: usize = 1_200;
const SIGMA: f64 = 1.1;
const LAST_STAGE: f64 = 16.0;
/// West of it the first seller's accounts, east of it the second's.
const DIVIDE_LONGITUDE: f64 = -90.0;
/// Accounts that the other seller owns nevertheless.
const STRAY_PART: f64 = 0.06;

pub(super) fn make() -> NamedBook {
    let rng = &mut ChaCha8Rng::seed_from_u64(16);
    let sites = draw::sites(rng, ACCOUNTS, &[]);
    let sizes = draw::sizes(rng, ACCOUNTS, SIGMA);
    let mut pipeline = draw::amounts(rng, &sizes, SIGMA, 0.55, 20_000.0);
    let mut won = draw::amounts(rng, &sizes, SIGMA, 0.45, 30_000.0);
    for amounts in [&mut pipeline, &mut won] {
        cap(amounts, LAST_STAGE, 0.12);
    }
    let parents = neighbours(rng, &sites.places, 0.1, 5, &[]);
    let industry = draw::industries(rng, ACCOUNTS);
    let role = draw::roles(&won);
    let owner = |place: &carve_solver::space::Point| {
        let west = place.longitude() < DIVIDE_LONGITUDE;
        let stray = rng.random::<f64>() < STRAY_PART;
        if west != stray { "s2-1" } else { "s2-2" }.to_owned()
    };
    let owners = sites.places.iter().map(owner).collect();
    let mut book = draw::book(&sites, &industry, &parents);
    book.current_owners = owners;
    book.measures = vec![draw::measure("open_pipeline", pipeline), draw::measure("closed_won", won)];
    book.attributes.extend([draw::segments(&sizes, SIGMA), industry, role]);
    NamedBook { book, plan_yaml: PLAN.to_owned(), recarve_yaml: None }
}

const PLAN: &str = "\
# Two territories today (s2-1 and s2-2, as the accounts' current_owner says), and the next three doublings.
# Every territory of a stage lies inside one of the stage before, so no later split cuts across an earlier one.
split:
  stages: {counts: [2, 4, 8, 16], current: 2}
tiers:
  # Fair at every stage: a balance criterion counts the worst territory of each.
  - criteria:
      - balance: {measure: account_count, tolerance: 0.05}
      - balance: {measure: open_pipeline, tolerance: 0.05}
      - balance: {measure: closed_won, tolerance: 0.05}
  # Then as little travel as that leaves, at every stage alike.
  - criteria:
      - compactness: {metric: SQUARED_DISTANCE}
# Also draws each stage by itself, to tell what foresight costs.
options: {time_limit: 29s, price_of_nesting: true}
";
