//! What made books are drawn from: towns by population, heavy-tailed amounts, families.

use crate::places::{Town, us_towns};
use carve_solver::input::{AttributeColumn, Book, MeasureColumn, RawPlace};
use carve_solver::space::Point;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Beta, Distribution, Geometric, Poisson, StandardNormal};

/// Standard deviation of an account's place around its town, degrees: about 5 km.
const JITTER_DEGREES: f64 = 0.05;

const INDUSTRIES: [&str; 6] = ["tech", "finance", "health", "retail", "manufacturing", "public"];

/// Where accounts are.
pub(crate) struct Sites {
    pub(crate) places: Vec<Point>,
    pub(crate) towns: Vec<&'static Town>,
}

/// `count` accounts in towns of these states (all when none are named), by population.
pub(crate) fn sites(rng: &mut ChaCha8Rng, count: usize, states: &[&str]) -> Sites {
    let kept = us_towns().iter().filter(|town| states.is_empty() || states.contains(&town.state));
    let kept: Vec<&'static Town> = kept.collect();
    let weights = kept.iter().map(|town| f64::from(town.population)).collect();
    let by_population = WeightedAliasIndex::new(weights).expect("towns have people");
    let (mut places, mut towns) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for _ in 0..count {
        let town = kept[by_population.sample(rng)];
        let latitude = rounded(town.place.latitude() + JITTER_DEGREES * normal(rng));
        let longitude = rounded(town.place.longitude() + JITTER_DEGREES * normal(rng));
        places.push(Point::new(latitude, longitude).expect("no town is near a pole or the antimeridian"));
        towns.push(town);
    }
    Sites { places, towns }
}

/// Five decimals: about a metre.
pub(crate) fn rounded(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Logarithm of each account's size, by which its amounts go together.
pub(crate) fn sizes(rng: &mut ChaCha8Rng, count: usize, sigma: f64) -> Vec<f64> {
    (0..count).map(|_| sigma * normal(rng)).collect()
}

/// Log-normal amounts correlated with the sizes; 0 for all but `part` of the accounts.
pub(crate) fn amounts(rng: &mut ChaCha8Rng, sizes: &[f64], sigma: f64, part: f64, scale: f64) -> Vec<i64> {
    let amount = |size: &f64| {
        let (has_one, own) = (rng.random::<f64>() < part, sigma * normal(rng));
        let amount = (0.7 * size + 0.7 * own).exp() * scale;
        if has_one { amount.round() as i64 } else { 0 }
    };
    sizes.iter().map(amount).collect()
}

/// Poisson counts around 1.5 for an account of size 0.
pub(crate) fn leads(rng: &mut ChaCha8Rng, sizes: &[f64]) -> Vec<i64> {
    let lead = |size: &f64| {
        let mean = (size.exp() * 1.5).clamp(1e-6, 60.0);
        Poisson::new(mean).expect("the mean is above 0 and small").sample(rng) as i64
    };
    sizes.iter().map(lead).collect()
}

/// Scores of 0 to 100, mostly below the middle.
pub(crate) fn scores(rng: &mut ChaCha8Rng, count: usize) -> Vec<i64> {
    let beta = Beta::new(2.0_f64, 3.0).expect("both parameters are above 0");
    (0..count).map(|_| (100.0 * beta.sample(rng)).round() as i64).collect()
}

/// The indices below `count` in random order.
pub(crate) fn shuffled(rng: &mut ChaCha8Rng, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(rng);
    order
}

/// Members of a family: 2 + a geometric number with this chance of ending, at most `members_max`.
pub(crate) fn family_size(rng: &mut ChaCha8Rng, ending: f64, members_max: usize) -> usize {
    let more = Geometric::new(ending).expect("the chance is above 0 and at most 1").sample(rng);
    usize::try_from(more).unwrap_or(usize::MAX).saturating_add(3).min(members_max)
}

/// `smb`, `mid` and `ent` by size.
pub(crate) fn segments(sizes: &[f64], sigma: f64) -> AttributeColumn {
    let segment = |size: &f64| match size / sigma {
        small if small < 0.5 => "smb",
        middle if middle < 1.5 => "mid",
        _ => "ent",
    };
    column("segment", sizes.iter().map(segment))
}

/// One of six, each as likely.
pub(crate) fn industries(rng: &mut ChaCha8Rng, count: usize) -> AttributeColumn {
    column("industry", (0..count).map(|_| INDUSTRIES[rng.random_range(0..INDUSTRIES.len())]))
}

/// Farmers keep what was won before; hunters go after the rest.
pub(crate) fn roles(closed_won: &[i64]) -> AttributeColumn {
    column("role", closed_won.iter().map(|won| if *won > 0 { "farmer" } else { "hunter" }))
}

pub(crate) fn measure(name: &str, amounts: Vec<i64>) -> MeasureColumn {
    MeasureColumn { name: name.to_owned(), amounts, ..MeasureColumn::default() }
}

pub(crate) fn column<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> AttributeColumn {
    AttributeColumn { name: name.to_owned(), values: values.map(str::to_owned).collect() }
}

pub(crate) fn account_id(account: usize) -> String {
    format!("A{account:07}")
}

/// A book of these sites with ids, names, country and state; parents by index.
pub(crate) fn book(sites: &Sites, industry: &AttributeColumn, parents: &[Option<usize>]) -> Book {
    let count = sites.places.len();
    let name = |(account, (town, industry)): (usize, (&&Town, &String))| {
        let (first, rest) = industry.split_at(1);
        format!("{} {}{rest} {account}", town.name, first.to_uppercase())
    };
    let place = |point: &Point| Some(RawPlace { latitude: point.latitude(), longitude: point.longitude() });
    Book {
        account_ids: (0..count).map(account_id).collect(),
        names: sites.towns.iter().zip(&industry.values).enumerate().map(name).collect(),
        parents: parents.iter().map(|parent| parent.map_or(String::new(), account_id)).collect(),
        places: sites.places.iter().map(place).collect(),
        current_owners: vec![String::new(); count],
        measures: Vec::new(),
        attributes: vec![
            column("country", sites.towns.iter().map(|_| "US")),
            column("state", sites.towns.iter().map(|town| town.state)),
        ],
        ..Book::default()
    }
}
