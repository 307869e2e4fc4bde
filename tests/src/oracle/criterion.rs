//! What an assignment is worth in a criterion, as the oracle reads it. Sums are whole numbers, shares and tolerances
//! exact ratios; only the last step, a division, is one of floating-point numbers.

use super::hard::{leaves, moves};
use super::ratio::Ratio;
use super::reading::Reading;
use carve_solver::input::{BandInput, CriterionInput, Input, TierInput};

/// Earth radius of the contract, km.
const RADIUS_KM: f64 = 6371.0088;
/// The tolerance of a band that states none.
const TOLERANCE: f64 = 0.05;

/// Sums that criteria are made of, by account and by leaf.
#[derive(Debug, Default)]
pub struct Sums {
    /// Whole.
    pub whole: Vec<Vec<Vec<i128>>>,
    /// Distances.
    pub real: Vec<Vec<Vec<f64>>>,
}

/// A part of a criterion's value.
#[derive(Debug)]
pub enum Term {
    /// The worst excess over rows, times a weight.
    Worst(f64, Vec<Row>),
    /// A whole sum as a part of another number, times a weight.
    Part(f64, usize, i128),
    /// A sum of distances, weighted already.
    Real(usize),
}

/// A node's amount beside its band.
#[derive(Debug)]
pub struct Row {
    /// The whole sum that counts it.
    sum: usize,
    /// Above 0.
    target: Ratio,
    tolerance: Ratio,
}

impl Row {
    /// |amount − target| ÷ target − tolerance, or 0: exact but for the last division.
    fn excess(&self, sums: &[i128]) -> f64 {
        let Row { target, tolerance, .. } = self;
        let off = (sums[self.sum] * target.den - target.num).abs();
        let above = off * tolerance.den - tolerance.num * target.num;
        if above <= 0 { 0.0 } else { above as f64 / (target.num * tolerance.den) as f64 }
    }
}

impl Term {
    /// What it adds, by sums.
    pub fn value(&self, whole: &[i128], real: &[f64]) -> f64 {
        self.largest(1, whole, real)
    }

    /// The same with so many of the largest excesses added up.
    pub fn largest(&self, count: usize, whole: &[i128], real: &[f64]) -> f64 {
        match self {
            Term::Worst(weight, rows) => {
                let mut excesses: Vec<f64> = rows.iter().map(|row| row.excess(whole)).collect();
                excesses.sort_by(|a, b| b.total_cmp(a));
                weight * excesses.iter().take(count).sum::<f64>()
            }
            Term::Part(weight, sum, of) => weight * (whole[*sum] as f64 / *of as f64),
            Term::Real(sum) => real[*sum],
        }
    }
}

/// One tier: the terms of each criterion without the criterion's weight, and that weight.
pub type Tier = Vec<(f64, Vec<Term>)>;

/// Reads every tier; `anchors` are by node.
pub fn tiers(reading: &Reading, anchors: &[Option<(f64, f64)>], sums: &mut Sums) -> Vec<Tier> {
    let given = if reading.input.tiers.is_empty() { defaults(reading) } else { reading.input.tiers.clone() };
    let mut read = |c: &Option<CriterionInput>| criterion(reading, anchors, c.as_ref(), sums);
    given.iter().map(|tier| tier.criteria.iter().map(&mut read).collect()).collect()
}

/// How many steps each tier has at most, with its first: where it has bands alone, as many as its largest level has nodes,
/// and no more than ten.
pub fn steps(reading: &Reading, tiers: &[Tier]) -> Vec<usize> {
    let given = if reading.input.tiers.is_empty() { defaults(reading) } else { reading.input.tiers.clone() };
    let band = |c: &Option<CriterionInput>| matches!(c, Some(CriterionInput::Balance(_) | CriterionInput::Mix(_)));
    let rows = |term: &Term| match term {
        Term::Worst(_, rows) => rows.len(),
        Term::Part(..) | Term::Real(_) => 1,
    };
    let widest = |tier: &Tier| tier.iter().flat_map(|(_, terms)| terms.iter().map(rows)).max().unwrap_or(1);
    let of =
        |(given, tier): (&TierInput, &Tier)| if given.criteria.iter().all(band) { widest(tier).min(10) } else { 1 };
    given.iter().zip(tiers).map(of).collect()
}

/// What later tiers may lose of each, relative and absolute.
pub fn give_back(input: &Input) -> Vec<(f64, f64)> {
    input.tiers.iter().map(|tier| (tier.give_back, tier.give_back_absolute)).collect()
}

/// Without tiers: every measure at 5 %, continuity where owners are, compactness where places are.
fn defaults(reading: &Reading) -> Vec<TierInput> {
    let Input { book, measures, .. } = reading.input;
    let by_default = book.measures.iter().filter(|m| !m.only_by_name).map(|m| &m.name);
    let defined = measures.iter().filter(|m| !(m.count_filter.is_empty() && m.expression.is_empty()));
    let columns = by_default.chain(defined.map(|m| &m.measure));
    let columns = std::iter::once("account_count".to_string()).chain(columns.cloned());
    let counts = |column: &String| reading.amounts(column).iter().any(|amount| *amount > 0);
    let balance = columns
        .filter(counts)
        .map(|column| Some(CriterionInput::Balance(BandInput { column, ..BandInput::default() })));
    let tier = |criteria| TierInput { criteria, ..TierInput::default() };
    let mut tiers = vec![tier(balance.collect())];
    if reading.owners.iter().any(Option::is_some) {
        tiers.push(tier(vec![Some(CriterionInput::Continuity { measure: String::new(), weight: None })]));
    }
    if book.places.iter().any(Option::is_some) {
        let near = CriterionInput::Compactness { distance: false, weight: None, level_weights: Vec::new() };
        tiers.push(tier(vec![Some(near)]));
    }
    tiers
}

fn criterion(
    reading: &Reading,
    anchors: &[Option<(f64, f64)>],
    given: Option<&CriterionInput>,
    sums: &mut Sums,
) -> (f64, Vec<Term>) {
    match given.expect("criteria have kinds") {
        CriterionInput::Balance(band) => (
            band.weight.unwrap_or(1.0),
            worst(reading, (Some(&band.column), &reading.amounts(&band.column)), band, sums),
        ),
        CriterionInput::Mix(band) => {
            let column = reading.input.book.attributes.iter().find(|a| a.name == band.column);
            let all = &column.expect("the attribute is there").values;
            let values: std::collections::BTreeSet<&String> = all.iter().collect();
            let count = |v: &String| all.iter().map(|x| i128::from(x == v)).collect::<Vec<i128>>();
            let terms = values.into_iter().flat_map(|v| worst(reading, (None, &count(v)), band, sums)).collect();
            (band.weight.unwrap_or(1.0), terms)
        }
        CriterionInput::Continuity { measure, weight } => {
            let amounts = reading.amounts(measure);
            let owned = amounts.iter().zip(&reading.owners).filter(|(_, owner)| owner.is_some());
            let all = owned.map(|(amount, _)| amount).sum();
            (weight.unwrap_or(1.0), part(all, moves(reading, &amounts), sums))
        }
        CriterionInput::Incumbent { measure, weight } => {
            let (amounts, split) = (reading.amounts(measure), &reading.split);
            let first = |n: &usize| leaves(reading, [split.nodes[*n].children[0]]);
            let splits: Vec<_> = split.planned().iter().map(|n| (leaves(reading, [*n]), first(n))).collect();
            let left = |leaf: usize| splits.iter().filter(|(of, kept)| of[leaf] && !kept[leaf]).count() as i128;
            let adds = |amount: &i128| (0..split.leaves).map(|leaf| amount * left(leaf)).collect();
            (weight.unwrap_or(1.0), part(amounts.iter().sum(), amounts.iter().map(adds).collect(), sums))
        }
        CriterionInput::Compactness { distance, weight, level_weights } => {
            sums.real.push(near(reading, anchors, *distance, level_weights));
            (weight.unwrap_or(1.0), vec![Term::Real(sums.real.len() - 1)])
        }
    }
}

/// A sum as a part of `all`; 0 where that is 0.
fn part(all: i128, adds: Vec<Vec<i128>>, sums: &mut Sums) -> Vec<Term> {
    if all == 0 {
        return Vec::new();
    }
    sums.whole.push(adds);
    vec![Term::Part(1.0, sums.whole.len() - 1, all)]
}

/// For each level the worst excess over its nodes, times the level's weight; nothing where nothing is to be shared out.
fn worst(
    reading: &Reading,
    (measure, amounts): (Option<&str>, &[i128]),
    band: &BandInput,
    sums: &mut Sums,
) -> Vec<Term> {
    let (split, shared) = (&reading.split, reading.pools.shared(reading, measure, amounts));
    if shared == 0 {
        return Vec::new();
    }
    let mut level = |level: usize| {
        let set = band.levels.get(level - 1).copied().unwrap_or_default();
        let tolerance = Ratio::decimal(set.tolerance.or(band.tolerance).unwrap_or(TOLERANCE));
        let nodes = (0..split.nodes.len()).filter(|&n| split.nodes[n].level == level && !split.nodes[n].pool);
        let row = |node: usize| {
            let below = leaves(reading, [node]);
            let adds = |amount: &i128| below.iter().map(|below| if *below { *amount } else { 0 }).collect();
            sums.whole.push(amounts.iter().map(adds).collect());
            let target = split.nodes[node].share.times(Ratio::whole(shared));
            Row { sum: sums.whole.len() - 1, target, tolerance }
        };
        Term::Worst(set.weight.unwrap_or(1.0), nodes.map(row).collect())
    };
    (1..=split.depth())
        .map(&mut level)
        .filter(|term| !matches!(term, Term::Worst(weight, _) if *weight == 0.0))
        .collect()
}

/// What the distance to each node's anchor counts, by node: without weights leaves alone count, and with stages every
/// stage alike; a leaf above the last level stands for those below it, too.
pub fn counted(reading: &Reading, level_weights: &[f64]) -> Vec<f64> {
    let split = &reading.split;
    let alike = vec![1.0 / split.stages.max(1) as f64; split.depth()];
    let weights = if level_weights.is_empty() && split.stages > 0 { &alike } else { level_weights };
    let count = |node: &super::split::Node| match (node.level.checked_sub(1), node.children.is_empty()) {
        (None, _) => 0.0,
        _ if node.pool => 0.0,
        (Some(_), leaf) if weights.is_empty() => f64::from(u8::from(leaf)),
        (Some(level), true) => weights[level.min(weights.len())..].iter().sum(),
        (Some(level), false) => weights.get(level).copied().unwrap_or(0.0),
    };
    split.nodes.iter().map(count).collect()
}

/// What each account adds at each leaf to the mean over accounts with a place, in which 50 km of typical error halve what
/// an account counts.
fn near(reading: &Reading, anchors: &[Option<(f64, f64)>], distance: bool, level_weights: &[f64]) -> Vec<Vec<f64>> {
    let (split, places) = (&reading.split, &reading.input.book.places);
    let errors = &reading.input.book.place_errors_km;
    let weight = |account: usize| 2500.0 / (2500.0 + errors.get(account).map_or(0.0, |error| error * error));
    let counts = |a: &usize| places[*a].is_some() && reading.pools.only[*a].is_none();
    let weights: f64 = (0..places.len()).filter(counts).map(weight).sum();
    let counted = counted(reading, level_weights).into_iter().enumerate().filter(|(_, count)| *count > 0.0);
    // A node without an anchor holds nobody with a place, so nothing is near or far there.
    let counted: Vec<_> = counted.filter_map(|(n, count)| Some((&split.nodes[n], count, anchors[n]?))).collect();
    let at = |place: (f64, f64), leaf: usize| -> f64 {
        let above = counted.iter().filter(|(node, ..)| node.leaves.contains(&leaf));
        let km = above.map(|(_, count, anchor)| (count, haversine_km(place, *anchor)));
        km.map(|(count, km)| count * if distance { km } else { km * km }).sum()
    };
    let of = |(account, place): (usize, &Option<carve_solver::input::RawPlace>)| match place {
        Some(p) => {
            let adds = |leaf| {
                if weights > 0.0 { at((p.latitude, p.longitude), leaf) * weight(account) / weights } else { 0.0 }
            };
            (0..split.leaves).map(adds).collect()
        }
        None => vec![0.0; split.leaves],
    };
    places.iter().enumerate().map(of).collect()
}

fn haversine_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat1, lat2) = (a.0.to_radians(), b.0.to_radians());
    let half = |x: f64| (x.to_radians() / 2.0).sin().powi(2);
    let h = half(b.0 - a.0) + lat1.cos() * lat2.cos() * half(b.1 - a.1);
    2.0 * RADIUS_KM * h.sqrt().min(1.0).asin()
}
