//! A territory: what it holds, what binds it, what it takes to bring its worst measure in, and whether its seller would rather
//! have another's book.

use super::account::reduced;
use super::asked::Asked;
use super::place::territories;
use super::repair::{Repair, Repairer};
use super::words::{listed, much_of};
use crate::amount::Amount;
use crate::engine::Control;
use crate::engine::clock::Clock;
use crate::explain::wording::percent;
use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex, NodeIndex, Number, RowIndex, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::rows::Row;
use crate::proof::costs::Costs;
use crate::score::{Model, State};

/// Part of a band's width that is left where an amount is at the band's edge.
const EDGE: f64 = 0.1;
/// Part of a target by which room is made, to say what that saves.
const MORE_ROOM: f64 = 0.01;
/// Part of a tier's value that room must save to be told of.
const NO_SAVING: f64 = 1e-6;
/// What two books must differ by to count, as a part.
const DIFFERS: f64 = 1e-6;

/// What there is to say of a territory.
#[derive(Debug, Clone, PartialEq)]
pub struct TerritoryExplained {
    /// The territory.
    pub territory_id: String,
    /// What it holds of every measure.
    pub holdings: Vec<Holding>,
    /// What binds it: bands and rules at their edge, or with a price; the dearest first.
    pub binding: Vec<AtEdge>,
    /// The measure that is farthest outside its band, in words; empty: all are inside.
    pub worst: String,
    /// The cheapest way to bring that in; `None`: nothing is outside, or none was found.
    pub bring_in: Option<Repair>,
    /// The account that by itself is more than the band allows; empty: none.
    pub too_large_id: String,
    /// The territories whose books its seller would rather have.
    pub envies: Vec<Envy>,
    /// All of it in a few sentences.
    pub summary: String,
}

/// What a territory holds of a measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// The measure.
    pub measure: String,
    /// How much.
    pub amount: Amount,
    /// Its target.
    pub target: f64,
    /// (amount − target) ÷ target; 0 without a target.
    pub deviation: f64,
}

/// A band or a limit that holds a territory.
#[derive(Debug, Clone, PartialEq)]
pub struct AtEdge {
    /// The rule's id; empty: it is a band.
    pub rule_id: String,
    /// What is counted.
    pub what: String,
    /// The node that it holds: the territory, or one above it.
    pub node_id: String,
    /// What that node has.
    pub amount: Amount,
    /// The limit that is near: the most or the least.
    pub limit: Amount,
    /// Whether it is the most.
    pub is_most: bool,
    /// By the prices of the plan's certificate, what room of 1 % more saves a tier: the tier and how much, an estimate; `None`:
    /// it has no price.
    pub saves: Option<(usize, f64)>,
    /// All of it in words.
    pub words: String,
}

/// A book that another seller has and this one would rather have: by bands, by what is kept, by distance none worse.
#[derive(Debug, Clone, PartialEq)]
pub struct Envy {
    /// The other territory.
    pub territory_id: String,
    /// Worst deviation from its own targets: with its book, with the other's. `None`: there are no bands.
    pub deviation: Option<(f64, f64)>,
    /// What it owns today of either book, in the measure that moves are counted in. `None`: there are no owners.
    pub owned: Option<(Amount, Amount)>,
    /// Mean distance from its anchor, km. `None`: nothing has a place.
    pub distance_km: Option<(f64, f64)>,
}

/// Explains a territory, by its number in tree order.
///
/// # Panics
/// When there is no such node.
pub fn explain_territory(asked: &Asked, territory: usize, control: &Control) -> TerritoryExplained {
    let clock = Clock::new(control.deadline, control.stop, None, 0);
    let (problem, node) = (asked.problem, NodeIndex::new(territory));
    let model = Model::new(problem, &asked.costs);
    let plan = State::new(&model, asked.leaf_of.clone());
    let binding = binding(asked, &plan, node);
    let worst = worst(problem, &plan, node);
    let mut explained = TerritoryExplained {
        territory_id: problem.tree.nodes[node].id.clone(),
        holdings: holdings(asked, node),
        binding,
        worst: worst.map_or_else(String::new, |r| outside(problem, &plan, r)),
        bring_in: worst.and_then(|r| brought_in(asked, node, r, &clock)),
        too_large_id: worst.and_then(|r| too_large(problem, &asked.leaf_of, r)).unwrap_or_default(),
        envies: envies(asked, node),
        summary: String::new(),
    };
    explained.summary = summary(&explained, worst.is_some());
    explained
}

fn accounts_of(asked: &Asked, node: NodeIndex) -> impl Iterator<Item = AccountIndex> {
    let leaves = asked.problem.tree.nodes[node].leaves;
    asked
        .account_leaf
        .pairs()
        .filter(move |(_, leaf)| leaves.places().contains(&leaf.get()))
        .map(|(account, _)| account)
}

fn holdings(asked: &Asked, node: NodeIndex) -> Vec<Holding> {
    let problem = asked.problem;
    let of = |(m, measure): (MeasureIndex, &crate::problem::measures::Measure)| {
        let amount: i64 = accounts_of(asked, node).map(|account| measure.amounts[account]).sum();
        let target = problem.tree.target(node, problem.facts().shared(m));
        let deviation = if target > 0.0 { (amount as f64 - target) / target } else { 0.0 };
        Holding { measure: measure.name.clone(), amount: measure.amount(amount), target, deviation }
    };
    problem.reported_measures().map(of).collect()
}

/// Whether a row holds the node or one above it.
fn holds(problem: &Problem, row: &Row, node: NodeIndex) -> bool {
    let mut above = std::iter::successors(Some(node), |&n| problem.tree.nodes[n].parent);
    row.node != NodeIndex::ROOT && above.any(|n| n == row.node)
}

fn binding(asked: &Asked, plan: &State, node: NodeIndex) -> Vec<AtEdge> {
    let problem = asked.problem;
    let prices = prices(asked);
    let mut found = Vec::new();
    for (r, row) in problem.rows.rows.pairs().filter(|(_, row)| holds(problem, row, node)) {
        let amount = plan.rows[r];
        let (least, most) = (row.limits.least.max(0), row.limits.most);
        let width = if most < i64::MAX { (most - least).max(1) as f64 } else { row.target };
        let to_most = if most < i64::MAX { (most.saturating_sub(amount)) as f64 } else { f64::INFINITY };
        let to_least = if least > 0 { (amount - least) as f64 } else { f64::INFINITY };
        let (is_most, room) = if to_most <= to_least { (true, to_most) } else { (false, to_least) };
        let limit = if is_most { most } else { least };
        let signed = |price: f64| if is_most { -price } else { price };
        let dearest = prices.iter().map(|(t, of)| (*t, signed(of[r]))).filter(|(_, price)| *price > 0.0);
        let total = (problem.rows.loads[row.load].total as f64).max(1.0);
        // The first tier that pays for it: later ones pay within what the earlier leave.
        let much = |(t, price): (TierIndex, f64)| (t, price * row.target * MORE_ROOM / total);
        let saves = dearest.map(much).find(|(t, much)| *much > NO_SAVING * asked.values[*t]);
        if room > EDGE * width && saves.is_none() || room.is_infinite() {
            continue;
        }
        let shown = |whole: i64| problem.amount(row, whole);
        let what = problem.label(row);
        let node_id = problem.tree.nodes[row.node].id.clone();
        let words = words(problem, (&what, &node_id), shown(amount), (shown(limit), is_most), saves);
        found.push(AtEdge {
            rule_id: problem.rule_id(row.origin).unwrap_or_default().to_owned(),
            what,
            node_id,
            amount: shown(amount),
            limit: shown(limit),
            is_most,
            saves: saves.map(|(t, much)| (problem.number(t), much)),
            words,
        });
    }
    // Tiers in order, the dearest first; those without a price last.
    found.sort_by(|a: &AtEdge, b| match (a.saves, b.saves) {
        (Some((s, x)), Some((t, y))) => s.cmp(&t).then(y.total_cmp(&x)),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    found
}

fn words(
    problem: &Problem,
    (what, node_id): (&str, &str),
    amount: Amount,
    (limit, is_most): (Amount, bool),
    saves: Option<(TierIndex, f64)>,
) -> String {
    let side = if is_most { "at most" } else { "at least" };
    let price = saves.map_or_else(String::new, |(t, much)| {
        format!("; 1 % more room saves about {} (an estimate)", much_of(problem, t, much))
    });
    format!("{what} of {node_id} is {amount}, {side} {limit}{price}")
}

/// The first prices of each tier's certificate, by row of the problem.
fn prices(asked: &Asked) -> Vec<(TierIndex, Keyed<RowIndex, f64>)> {
    let (stepped, _) = asked.stepped();
    let of = |t: TierIndex| {
        let evidence = asked.evidence(&stepped, t)?;
        Some((t, evidence.sets[0].repaired(&stepped, asked.steps.at(t, 0)).rows))
    };
    asked.problem.tiers.keys().iter().filter_map(of).collect()
}

/// The band that is missed most.
fn worst(problem: &Problem, plan: &State, node: NodeIndex) -> Option<RowIndex> {
    let rows = problem.rows.rows.pairs().filter(|(_, row)| row.group.is_some() && row.node == node);
    let outside = rows.map(|(r, row)| (row.beyond(plan.rows[r]), r)).filter(|(beyond, _)| *beyond > 0.0);
    outside.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, r)| r)
}

fn outside(problem: &Problem, plan: &State, r: RowIndex) -> String {
    let row = &problem.rows.rows[r];
    let shown = |whole: i64| problem.amount(row, whole);
    let (amount, limits) = (plan.rows[r], &row.limits);
    let off = percent((amount as f64 - row.target) / row.target);
    format!(
        "{} is {}, {off} off its target, and should be {} to {}",
        problem.label(row),
        shown(amount),
        shown(limits.least.max(0)),
        shown(limits.most)
    )
}

/// The account or family at the node that is by itself more than a band allows.
fn too_large(problem: &Problem, leaf_of: &Keyed<UnitIndex, LeafIndex>, r: RowIndex) -> Option<String> {
    let row = &problem.rows.rows[r];
    let inside = problem.tree.nodes[row.node].leaves;
    let amounts = &problem.rows.loads[row.load].amounts;
    let at = leaf_of.pairs().filter(|(_, leaf)| inside.places().contains(&leaf.get())).map(|(unit, _)| unit);
    let largest = at.max_by_key(|&unit| (amounts[unit], std::cmp::Reverse(unit)))?;
    (amounts[largest] > row.limits.most).then(|| problem.accounts.ids[problem.units.members(largest)[0]].clone())
}

/// The cheapest way to have the node inside a band.
fn brought_in(asked: &Asked, node: NodeIndex, r: RowIndex, clock: &Clock) -> Option<Repair> {
    let row = &asked.problem.rows.rows[r];
    let group = &asked.problem.rows.groups[row.group?];
    let limits = (Some(row.limits.least).filter(|l| *l > 0), Some(row.limits.most).filter(|m| *m < i64::MAX));
    let asks = asked.problem.with_bounds(node, group.measure, limits);
    let costs = Costs::of(&asks, &asked.anchors);
    let model = Model::new(&asks, &costs);
    let plan = State::new(&model, asked.leaf_of.clone());
    let priced = asked.problem.tiers.keys().iter().find(|&t| asked.costs.has(t));
    let reduced = priced.map_or_else(Vec::new, |t| reduced(asked, t));
    let repairer = Repairer { model: &model, plan: &plan, values: &asked.values, reduced: &reduced, clock };
    let leaves: Vec<LeafIndex> = asked.problem.tree.nodes[node].leaves.iter().collect();
    repairer.repair(&plan, &[], &leaves).map(|(_, repair)| repair)
}

/// What a seller gets of one book or another.
struct Gets {
    deviation: Option<f64>,
    owned: Option<i64>,
    distance_km: Option<f64>,
}

fn envies(asked: &Asked, node: NodeIndex) -> Vec<Envy> {
    let problem = asked.problem;
    if problem.tree.nodes[node].is_pool {
        return Vec::new();
    }
    let others = territories(problem).into_iter().map(|(other, _)| other);
    let others = others.filter(|&other| other != node && !problem.tree.nodes[other].is_pool);
    let own = gets(asked, node, node);
    let measure = problem.moved_measure();
    let compared = |other: NodeIndex| {
        let theirs = gets(asked, node, other);
        let pairs = [
            own.deviation.zip(theirs.deviation),
            own.owned.zip(theirs.owned).map(|(a, b)| (-(a as f64), -(b as f64))),
            own.distance_km.zip(theirs.distance_km),
        ];
        let differ = |a: f64, b: f64| (a - b).abs() > DIFFERS * a.abs().max(b.abs()).max(DIFFERS);
        let none_worse = pairs.iter().flatten().all(|&(a, b)| b <= a || !differ(a, b));
        let one_better = pairs.iter().flatten().any(|&(a, b)| b < a && differ(a, b));
        (none_worse && one_better).then(|| Envy {
            territory_id: problem.tree.nodes[other].id.clone(),
            deviation: pairs[0],
            owned: own.owned.zip(theirs.owned).map(|(a, b)| (measure.amount(a), measure.amount(b))),
            distance_km: pairs[2],
        })
    };
    others.filter_map(compared).collect()
}

/// What the seller of `seat` would get of the book of `book`.
fn gets(asked: &Asked, seat: NodeIndex, book: NodeIndex) -> Gets {
    let problem = asked.problem;
    let mut measures: Vec<MeasureIndex> = problem.rows.groups.iter().map(|group| group.measure).collect();
    measures.sort_unstable();
    measures.dedup();
    let deviation = |&m: &MeasureIndex| {
        let amount: i64 = accounts_of(asked, book).map(|account| problem.measures[m].amounts[account]).sum();
        let target = problem.tree.target(seat, problem.facts().shared(m));
        if target > 0.0 { (amount as f64 - target).abs() / target } else { 0.0 }
    };
    let has_owners = problem.accounts.owners.iter().any(Option::is_some);
    let amounts = &problem.moved_measure().amounts;
    let owned =
        accounts_of(asked, book).filter(|&a| problem.accounts.owners[a] == Some(seat)).map(|a| amounts[a]).sum();
    let (mut km, mut counted) = (0.0, 0.0);
    if let Some(anchor) = asked.anchors[seat] {
        for account in accounts_of(asked, book) {
            if let Some(place) = problem.accounts.places[account] {
                km += place.distance_km(anchor);
                counted += 1.0;
            }
        }
    }
    Gets {
        deviation: (!measures.is_empty()).then(|| measures.iter().map(deviation).fold(0.0, f64::max)),
        owned: has_owners.then_some(owned),
        distance_km: (counted > 0.0).then(|| km / counted),
    }
}

fn summary(explained: &TerritoryExplained, is_outside: bool) -> String {
    let mut text = match is_outside {
        false => "Every measure is inside its band.".to_owned(),
        true => format!("{}.", explained.worst),
    };
    if !explained.too_large_id.is_empty() {
        text += &format!(" Account {} alone is more than that.", explained.too_large_id);
    }
    match (&explained.bring_in, is_outside) {
        (Some(repair), _) => {
            let moves = listed(repair.moves.iter().map(|m| format!("{} to {}", m.account_id, m.to_node_id)));
            let worse: Vec<String> =
                repair.tiers.iter().map(|tier| tier.words.clone()).filter(|words| !words.is_empty()).collect();
            let cost = if worse.is_empty() { "no tier gets worse".to_owned() } else { listed(worse.into_iter()) };
            let extent = if repair.is_least { "; nothing cheaper exists" } else { "" };
            text += &format!(" Brought in by {moves}; {cost}{extent}.");
        }
        (None, true) => text += " No way to bring it in was found.",
        (None, false) => {}
    }
    if let Some(first) = explained.binding.first() {
        text += &format!(" What binds it most: {}.", first.words);
    }
    match explained.envies.as_slice() {
        [] => text += " Its seller would swap with nobody.",
        all => {
            text += &format!(
                " Its seller would rather have the book of {}.",
                listed(all.iter().map(|e| e.territory_id.clone()))
            )
        }
    }
    text
}
