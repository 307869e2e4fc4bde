//! Placing accounts by their addresses: time and memory for columns of ZIPs, towns and states.

use crate::memory::held_mb;
use carve_places::{Accounts, Addresses, Cells, fill};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

/// Towns with their states.
const TOWNS: [(&str, &str); 8] = [
    ("Boston", "MA"),
    ("San Francisco", "CA"),
    ("Houston", "TX"),
    ("Buffalo", "NY"),
    ("Miami", "FL"),
    ("Chicago", "IL"),
    ("Seattle", "WA"),
    ("Saint Paul", "MN"),
];
/// Numbers that ZIPs have.
const ZIPS: std::ops::Range<u32> = 501..99_951;

/// One kind of addresses, and what placing them took.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The columns that there are.
    pub columns: &'static str,
    /// Accounts that were placed.
    pub placed: usize,
    /// Seconds, what a book says of itself among them; the data were read before.
    pub seconds: f64,
}

/// Places so many made accounts by each kind of address; `out` gets the lines of a table.
pub fn run(accounts: usize, seed: u64, out: &dyn Fn(&str)) -> Vec<Row> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut zips, mut cities, mut states) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..accounts {
        // Any number is drawn, so about half are of no ZIP and end at a coarser step.
        let number = rng.random_range(ZIPS);
        zips.push(match rng.random_range(0..4_u32) {
            0 => format!("{number}"),
            1 => format!("{number:05}-1234"),
            _ => format!("{number:05}"),
        });
        let (city, state) = TOWNS[rng.random_range(0..TOWNS.len())];
        cities.push(city.to_owned());
        states.push(state.to_owned());
    }
    let countries = vec!["United States".to_owned(); accounts];
    let (zips, cities) = (Cells::Plain(&zips), Cells::Plain(&cities));
    let (states, countries) = (Cells::Plain(&states), Cells::Plain(&countries));
    let none = Addresses::default();
    let kinds = [
        ("ZIP, country", Addresses { postal_codes: zips, countries, ..none }),
        ("town, state", Addresses { cities, states, ..none }),
        ("state, country", Addresses { states, countries, ..none }),
        ("ZIP, state, country", Addresses { postal_codes: zips, states, countries, ..none }),
    ];
    let before = held_mb();
    for (_, addresses) in &kinds {
        place(1, addresses);
    }
    if let (Some(before), Some(after)) = (before, held_mb()) {
        out(&format!("the data hold {:.1} MB once read", after - before));
    }
    out("| columns | accounts | placed | s |");
    out("|---|---|---|---|");
    let row = |(columns, addresses): (&'static str, Addresses<'_>)| {
        let start = Instant::now();
        let placed = place(accounts, &addresses);
        let seconds = start.elapsed().as_secs_f64();
        out(&format!("| {columns} | {accounts} | {placed} | {seconds:.3} |"));
        Row { columns, placed, seconds }
    };
    kinds.into_iter().map(row).collect()
}

/// Places the first accounts of the columns; gives how many have a place then.
fn place(accounts: usize, addresses: &Addresses<'_>) -> usize {
    let ids = vec![String::new(); accounts];
    let (mut places, mut errors_km) = (vec![None; accounts], Vec::new());
    fill(Accounts { ids: &ids, places: &mut places, errors_km: &mut errors_km }, addresses);
    places.iter().flatten().count()
}
