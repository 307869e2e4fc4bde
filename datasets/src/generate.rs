//! Seeded books on real towns, with a plan that carves them into one level of given anchors.

use crate::anchors;
use crate::draw::{self, Sites};
use carve_solver::input::{Book, MeasureColumn, RawPlace};
use carve_solver::space::Point;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;
use std::str::FromStr;

/// Parts of all open pipeline that the whales hold.
const WHALE_PARTS: [f64; 5] = [0.20, 0.10, 0.06, 0.04, 0.03];
/// Part of the accounts that belong to families.
const FAMILY_PART: f64 = 0.3;
const FAMILY_MEMBERS_MAX: usize = 40;
/// Part of the accounts whose owner is drawn without regard to where they are.
const STRAY_PART: f64 = 0.2;

/// What to make.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateOptions {
    /// Accounts, 1 or more.
    pub accounts: usize,
    /// Territories, 1 to 10.
    pub buckets: usize,
    /// The same options with the same seed give the same bytes.
    pub seed: u64,
    /// How amounts, families and owners look.
    pub shape: Shape,
    /// Half-width of the plan's bands.
    pub tolerance: f64,
    /// Measures beside the shape's own, named `extra_1`, `extra_2` …
    pub extra_measures: usize,
}

/// How amounts, families and owners look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Amounts with moderate tails (sigma 1.0); pipeline and leads on 35 % of accounts.
    Plain,
    /// Heavier tails (sigma 1.6); pipeline on 35 % and closed-won on 22 % of accounts, Poisson leads.
    Crm,
    /// `Crm`, and five accounts that hold 20, 10, 6, 4 and 3 % of all open pipeline.
    Whales,
    /// `Crm`, and about 30 % of accounts in families of 2 to 40.
    Families,
    /// `Crm`, and every account has an owner: the nearest anchor's for 80 %, anyone for the rest.
    Owned,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Shape; 5] = [Shape::Plain, Shape::Crm, Shape::Whales, Shape::Families, Shape::Owned];

    /// Its name, which [`FromStr`] reads.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Plain => "plain",
            Shape::Crm => "crm",
            Shape::Whales => "whales",
            Shape::Families => "families",
            Shape::Owned => "owned",
        }
    }
}

/// A text is no shape's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no shape; choose one of plain, crm, whales, families, owned")]
pub struct ShapeUnknown(pub String);

impl FromStr for Shape {
    type Err = ShapeUnknown;

    fn from_str(text: &str) -> Result<Shape, ShapeUnknown> {
        let found = Shape::ALL.into_iter().find(|shape| shape.name() == text);
        found.ok_or_else(|| ShapeUnknown(text.to_owned()))
    }
}

/// A made book.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The accounts.
    pub book: Book,
    /// The plan file: anchors `t0`, `t1` …, every measure balanced, then continuity (`Owned` only), then
    /// compactness.
    pub plan_yaml: String,
    /// The plan's anchors, of `t0`, `t1` … in order.
    pub anchors: Vec<RawPlace>,
}

/// Makes a book and its plan.
pub fn generate(options: &GenerateOptions) -> Generated {
    let rng = &mut ChaCha8Rng::seed_from_u64(options.seed);
    let count = options.accounts;
    let sites = draw::sites(rng, count, &[]);
    let sigma = if options.shape == Shape::Plain { 1.0 } else { 1.6 };
    let sizes = draw::sizes(rng, count, sigma);
    let mut measures = own_measures(rng, options.shape, &sizes, sigma);
    let parents = match options.shape {
        Shape::Families => families(rng, count),
        _ => vec![None; count],
    };
    let anchors = anchors::balanced(rng, &sites.places, options.buckets);
    let owners = match options.shape {
        Shape::Owned => owners(rng, &sites, &anchors),
        _ => vec![String::new(); count],
    };
    let industry = draw::industries(rng, count);
    let role = draw::roles(&measures[1].amounts);
    for extra in 1..=options.extra_measures {
        let part = if extra % 2 == 1 { 1.0 } else { 0.35 };
        measures.push(draw::measure(&format!("extra_{extra}"), draw::amounts(rng, &sizes, sigma, part, 1_000.0)));
    }
    let plan_yaml = plan_yaml(options, &anchors, &measures);
    let mut book = draw::book(&sites, &industry, &parents);
    book.current_owners = owners;
    book.measures = measures;
    book.attributes.extend([draw::segments(&sizes, sigma), industry, role]);
    let anchors = anchors
        .iter()
        .map(|a| RawPlace { latitude: draw::rounded(a.latitude()), longitude: draw::rounded(a.longitude()) })
        .collect();
    Generated { book, plan_yaml, anchors }
}

/// open_pipeline, closed_won, lead_volume, score, in this order.
fn own_measures(rng: &mut ChaCha8Rng, shape: Shape, sizes: &[f64], sigma: f64) -> Vec<MeasureColumn> {
    let mut pipeline = draw::amounts(rng, sizes, sigma, 0.35, 20_000.0);
    let (won, leads, scores) = match shape {
        Shape::Plain => (
            draw::amounts(rng, sizes, sigma, 1.0, 30_000.0),
            draw::amounts(rng, sizes, sigma, 0.35, 4.0),
            draw::amounts(rng, sizes, sigma, 1.0, 10.0),
        ),
        _ => {
            (draw::amounts(rng, sizes, sigma, 0.22, 30_000.0), draw::leads(rng, sizes), draw::scores(rng, sizes.len()))
        }
    };
    if shape == Shape::Whales {
        add_whales(rng, &mut pipeline);
    }
    vec![
        draw::measure("open_pipeline", pipeline),
        draw::measure("closed_won", won),
        draw::measure("lead_volume", leads),
        draw::measure("score", scores),
    ]
}

fn add_whales(rng: &mut ChaCha8Rng, pipeline: &mut [i64]) {
    let whales = draw::shuffled(rng, pipeline.len());
    let whales = &whales[..pipeline.len().min(WHALE_PARTS.len())];
    for whale in whales {
        pipeline[*whale] = 0;
    }
    let others = pipeline.iter().sum::<i64>() as f64;
    let total = others / (1.0 - WHALE_PARTS.iter().sum::<f64>());
    for (whale, part) in whales.iter().zip(WHALE_PARTS) {
        pipeline[*whale] = (total * part).round() as i64;
    }
}

/// The parent of each account. The last family may go over the part, or end with the book.
fn families(rng: &mut ChaCha8Rng, count: usize) -> Vec<Option<usize>> {
    let mut parents = vec![None; count];
    let order = draw::shuffled(rng, count);
    let mut at = 0;
    while (at as f64) < FAMILY_PART * count as f64 {
        let end = (at + draw::family_size(rng, 0.25, FAMILY_MEMBERS_MAX)).min(count);
        for member in &order[at + 1..end] {
            parents[*member] = Some(order[at]);
        }
        at = end;
    }
    parents
}

fn owners(rng: &mut ChaCha8Rng, sites: &Sites, anchors: &[Point]) -> Vec<String> {
    let nearest = anchors::nearest(&sites.places, anchors);
    let owner = |near: usize| {
        let (stray, anyone) = (rng.random::<f64>() < STRAY_PART, rng.random_range(0..anchors.len()));
        format!("t{}", if stray { anyone } else { near })
    };
    nearest.into_iter().map(owner).collect()
}

fn plan_yaml(options: &GenerateOptions, anchors: &[Point], measures: &[MeasureColumn]) -> String {
    let mut yaml =
        "# one level, given anchors: every measure inside its band first, then as compact as possible\n".to_owned();
    yaml.push_str("split:\n  tree:\n    node_id: root\n    children:\n");
    let mut line = |text: std::fmt::Arguments<'_>| writeln!(yaml, "{text}").expect("text takes every line");
    for (index, anchor) in anchors.iter().enumerate() {
        let (latitude, longitude) = (draw::rounded(anchor.latitude()), draw::rounded(anchor.longitude()));
        line(format_args!(
            "      - {{node_id: t{index}, share: 1, anchor: {{latitude: {latitude}, longitude: {longitude}}}}}"
        ));
    }
    line(format_args!("tiers:\n  - criteria:"));
    let names = measures.iter().map(|column| column.name.as_str());
    // The plain shape leaves the score out, as a book that nobody scored.
    let unbalanced = if options.shape == Shape::Plain { "score" } else { "" };
    for name in std::iter::once("account_count").chain(names).filter(|name| *name != unbalanced) {
        line(format_args!("      - balance: {{measure: {name}, tolerance: {}}}", options.tolerance));
    }
    if options.shape == Shape::Owned {
        line(format_args!("  - criteria:\n      - continuity: {{}}\n    give_back: 0.1"));
    }
    line(format_args!("  - criteria:\n      - compactness: {{metric: SQUARED_DISTANCE}}"));
    yaml
}

#[cfg(test)]
mod tests;
