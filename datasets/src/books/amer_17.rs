//! 2,000 accounts, 15 sellers with unequal books and strays, two seats still to be hired.

use super::NamedBook;
use super::parts::{cap, home, neighbours};
use crate::anchors::{dense, least};
use crate::draw;
use crate::places::Town;
use carve_solver::input::Book;
use carve_solver::space::Point;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;

const ACCOUNTS: usize = 2_000;
const SIGMA: f64 = 1.1;
const FILLED_SEATS: usize = 15;
/// Seats in force: 15 filled, and two to be hired at half their capacity.
const SHARES: f64 = 16.0;
/// Seat id and first day of the seats to be hired.
const TO_BE_HIRED: [(&str, &str); 2] = [("amer-16", "2027-02-01"), ("amer-17", "2027-04-05")];
/// Open pipeline of the two largest accounts, as parts of a fair share.
const WHALE_PARTS: [f64; 2] = [0.55, 0.45];
/// The seat whose seller leaves in the plan file of a later day: amer-06.
const LEFT: usize = 5;
/// Accounts that someone owns who is not the one nearby.
const STRAY_PART: f64 = 0.15;
/// How much nearer or farther than it is a seller counts: what makes today's books unequal.
const REACH: std::ops::Range<f64> = 0.65..1.35;

pub(super) fn make() -> NamedBook {
    let rng = &mut ChaCha8Rng::seed_from_u64(17);
    let sites = draw::sites(rng, ACCOUNTS, &[]);
    let sizes = draw::sizes(rng, ACCOUNTS, SIGMA);
    let mut pipeline = draw::amounts(rng, &sizes, SIGMA, 0.45, 20_000.0);
    let mut won = draw::amounts(rng, &sizes, SIGMA, 0.4, 30_000.0);
    for amounts in [&mut pipeline, &mut won] {
        cap(amounts, SHARES, 0.12);
    }
    let whales = add_whales(rng, &mut pipeline);
    let parents = neighbours(rng, &sites.places, 0.2, 6, &whales);
    let leads = draw::leads(rng, &sizes);
    let scores = draw::scores(rng, ACCOUNTS);
    let industry = draw::industries(rng, ACCOUNTS);
    let role = draw::roles(&won);
    let (owners, homes) = owners(rng, &sites.places, &parents);
    let mut book = draw::book(&sites, &industry, &parents);
    book.current_owners = owners.into_iter().map(seat_id).collect();
    book.measures = vec![
        draw::measure("open_pipeline", pipeline),
        draw::measure("closed_won", won),
        draw::measure("lead_volume", leads),
        draw::measure("score", scores),
    ];
    book.attributes.extend([draw::segments(&sizes, SIGMA), industry, role]);
    let plan_yaml = PLAN_HEAD.to_owned() + &seats(&book, &homes, None) + PLAN_TIERS;
    let recarve_yaml = RECARVE_HEAD.to_owned() + &seats(&book, &homes, Some(LEFT)) + RECARVE_TIERS;
    NamedBook { book, plan_yaml, recarve_yaml: Some(recarve_yaml) }
}

fn seat_id(seat: usize) -> String {
    format!("amer-{:02}", seat + 1)
}

/// Gives two accounts their part of the fair share that comes out with them.
fn add_whales(rng: &mut ChaCha8Rng, pipeline: &mut [i64]) -> Vec<usize> {
    let whales = draw::shuffled(rng, pipeline.len());
    let whales = whales[..WHALE_PARTS.len()].to_vec();
    for whale in &whales {
        pipeline[*whale] = 0;
    }
    let fair = pipeline.iter().sum::<i64>() as f64 / (SHARES - WHALE_PARTS.iter().sum::<f64>());
    for (whale, part) in whales.iter().zip(WHALE_PARTS) {
        pipeline[*whale] = (fair * part).round() as i64;
    }
    whales
}

/// The seat that owns each account, and the home of each filled seat: sellers sit amid the accounts they have a
/// reason to own; families are owned by whoever is near their head; strays are the rest of history.
fn owners(rng: &mut ChaCha8Rng, places: &[Point], parents: &[Option<usize>]) -> (Vec<usize>, Vec<&'static Town>) {
    let middles = dense(rng, places, FILLED_SEATS);
    let reaches: Vec<f64> = middles.iter().map(|_| rng.random_range(REACH)).collect();
    let near = |place: &Point| least(middles.iter().zip(&reaches).map(|(m, reach)| place.distance_km(*m) / reach));
    let own: Vec<usize> = places.iter().map(near).collect();
    let natural: Vec<usize> = (0..places.len()).map(|account| own[parents[account].unwrap_or(account)]).collect();
    let mut homes: Vec<&'static Town> = Vec::new();
    for seat in 0..FILLED_SEATS {
        let owned = places.iter().zip(&natural).filter(|(_, owner)| **owner == seat);
        homes.push(home(owned.map(|(place, _)| *place), &homes));
    }
    let stray = |owner: usize| {
        let (stray, steps) = (rng.random::<f64>() < STRAY_PART, rng.random_range(1..FILLED_SEATS));
        if stray { (owner + steps) % FILLED_SEATS } else { owner }
    };
    (natural.into_iter().map(stray).collect(), homes)
}

/// The seats of the plan file, but for the one that left.
fn seats(book: &Book, homes: &[&Town], left: Option<usize>) -> String {
    let held = |seat: usize| {
        let owners = book.current_owners.iter().zip(&book.measures[0].amounts);
        let owned = owners.filter(|(owner, _)| **owner == seat_id(seat));
        owned.fold((0, 0), |(count, pipeline), (_, amount)| (count + 1, pipeline + amount))
    };
    let mut fullest: Vec<usize> = (0..homes.len()).collect();
    fullest.sort_by_key(|seat| std::cmp::Reverse(held(*seat).1));
    let mut yaml = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(yaml, "{text}").expect("text takes every line");
    for (seat, town) in homes.iter().enumerate() {
        let (count, pipeline) = held(seat);
        if left == Some(seat) {
            line(format_args!(
                "      # {} has left {}, {}: {count} accounts, {} k open pipeline are free",
                seat_id(seat),
                town.name,
                town.state,
                pipeline / 1_000
            ));
            continue;
        }
        let (latitude, longitude) = (town.place.latitude(), town.place.longitude());
        line(format_args!(
            "      # {}, {}; today {count} accounts, {} k open pipeline",
            town.name,
            town.state,
            pipeline / 1_000
        ));
        line(format_args!(
            "      - {{seat_id: {}, home: {{latitude: {latitude}, longitude: {longitude}}}}}",
            seat_id(seat)
        ));
    }
    line(format_args!("      # drawn now, at half capacity; covered by the two sellers with the most open pipeline"));
    for ((hire, start), cover) in TO_BE_HIRED.iter().zip(fullest) {
        line(format_args!(
            "      - seat_id: {hire}\n        state: SEAT_STATE_TO_BE_HIRED\n        start_date: \"{start}\""
        ));
        line(format_args!("        ramp: 0.5\n        covering_seat_id: {}", seat_id(cover)));
    }
    yaml
}

const PLAN_HEAD: &str = "\
# 17 seats are more than a planner balances at once: a tree of at most ten children a split is found over them.
split:
  seats:
    max_children: 10
    seats:
";

const PLAN_TIERS: &str = "\
tiers:
  # First a fair book for every seat, and a fair mix of accounts to keep (farmer) and to win (hunter).
  - criteria:
      - balance: {measure: account_count, tolerance: 0.05}
      - balance: {measure: open_pipeline, tolerance: 0.05}
      - balance: {measure: closed_won, tolerance: 0.05}
      - balance: {measure: lead_volume, tolerance: 0.05}
      - mix: {attribute: role, tolerance: 0.1}
  # Then as much open pipeline as possible stays with its owner; a fifth of what moves at best is given back
  # for geography.
  - criteria:
      - continuity: {measure: open_pipeline}
    give_back: 0.2
  # Then territories close to the sellers' homes.
  - criteria:
      - compactness: {metric: SQUARED_DISTANCE}
# Work is counted, so that every run gives the same plan; the time limit is only a guard.
options: {time_limit: 29s, work_limit: 20000000}
";

const RECARVE_HEAD: &str = "\
# The seller of amer-06 has left: the plan of plan.yaml without that seat. Accounts of a seat that is not in the plan
# are free to move; all others stay with their owner unless a band needs them.
split:
  seats:
    max_children: 10
    seats:
";

const RECARVE_TIERS: &str = "\
tiers:
  # First a fair book for every seat, as in plan.yaml.
  - criteria:
      - balance: {measure: account_count, tolerance: 0.05}
      - balance: {measure: open_pipeline, tolerance: 0.05}
      - balance: {measure: closed_won, tolerance: 0.05}
      - balance: {measure: lead_volume, tolerance: 0.05}
      - mix: {attribute: role, tolerance: 0.1}
  # Then as few accounts as possible change their owner.
  - criteria:
      - continuity: {measure: account_count}
  # Then territories close to the sellers' homes.
  - criteria:
      - compactness: {metric: SQUARED_DISTANCE}
options: {time_limit: 30s}
";
