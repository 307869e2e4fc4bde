//! The mix of each territory: of every value of an attribute how many accounts it has, how many it should have, and how far
//! off that is.

use super::Shown;
use super::today::Owner;
use super::words::{count, many, percent, short_of, signed, spoken};
use carve_solver::{Mix, MixValue};

/// Cells of a table, at most: of more values and territories those that are farthest off.
const CELLS_MAX: usize = 480;
/// Values that a table has at most.
const VALUES_MAX: usize = 12;

/// One attribute.
pub(super) struct Mixed {
    pub attribute: String,
    pub verdict: String,
    /// Values with their bands.
    pub values: Vec<(String, String)>,
    /// Columns that a value has.
    pub columns: usize,
    pub rows: Vec<Row>,
    /// What is not shown.
    pub hidden: String,
}

/// One territory.
pub(super) struct Row {
    pub node: usize,
    pub label: String,
    pub colour: String,
    pub cells: Vec<Cell>,
}

/// A territory's accounts of one value.
pub(super) struct Cell {
    pub before: String,
    pub has: String,
    /// Part of the territory's accounts.
    pub share: String,
    pub target: String,
    pub off: String,
    pub outside: bool,
}

/// A table for each mix criterion.
pub(super) fn mixes(shown: &Shown<'_, '_>) -> Vec<Mixed> {
    let Some(problem) = shown.answer.problem else { return Vec::new() };
    problem.mixes().iter().map(|mix| mixed(shown, mix)).collect()
}

/// What a territory has of a value.
struct Held {
    before: i64,
    has: i64,
    target: f64,
    off: f64,
    tolerance: f64,
}

impl Held {
    fn is_outside(&self) -> bool {
        self.off.abs() > self.tolerance + 1e-9
    }
}

fn mixed(shown: &Shown<'_, '_>, mix: &Mix<'_>) -> Mixed {
    let territories: Vec<usize> =
        shown.answer.nodes_in_force().filter(|(_, node)| !node.outside_balance).map(|(index, _)| index).collect();
    let held: Vec<Vec<Held>> = mix.values.iter().map(|value| held(shown, value, &territories)).collect();
    let worst_of = |value: usize| held[value].iter().map(|held| held.off.abs()).fold(0.0, f64::max);
    let mut values: Vec<usize> = (0..held.len()).collect();
    values.sort_by(|&a, &b| worst_of(b).total_cmp(&worst_of(a)).then(a.cmp(&b)));
    values.truncate(VALUES_MAX);
    values.sort_unstable();
    let rows_max = (CELLS_MAX / values.len().max(1)).max(1);
    let worst = |row: usize| values.iter().map(|&value| held[value][row].off.abs()).fold(0.0, f64::max);
    let mut rows: Vec<usize> = (0..territories.len()).collect();
    if rows.len() > rows_max {
        rows.sort_by(|&a, &b| worst(b).total_cmp(&worst(a)).then(a.cmp(&b)));
        rows.truncate(rows_max);
    }
    let row = |&row: &usize| {
        let node = territories[row];
        let accounts: i64 = held.iter().map(|of_value| of_value[row].has).sum();
        Row {
            node,
            label: shown.labels.node(node).to_owned(),
            colour: shown.colour_class(node),
            cells: values.iter().map(|&value| cell(shown, &held[value][row], accounts)).collect(),
        }
    };
    let named = |&value: &usize| {
        let widest = held[value].iter().map(|held| held.tolerance).fold(0.0, f64::max);
        (called(shown, mix, value), format!("±{}", percent(widest).replace(".0\u{a0}%", "\u{a0}%")))
    };
    Mixed {
        attribute: spoken(mix.attribute),
        verdict: verdict(shown, mix, &held, &territories),
        values: values.iter().map(named).collect(),
        columns: if shown.compares() { 5 } else { 4 },
        hidden: hidden(held.len() - values.len(), territories.len() - rows.len()),
        rows: rows.iter().map(row).collect(),
    }
}

/// What a value is called; where names are left out, by its number.
fn called(shown: &Shown<'_, '_>, mix: &Mix<'_>, value: usize) -> String {
    if shown.labels.anonymous { format!("value {}", value + 1) } else { mix.values[value].value.to_owned() }
}

/// What every territory has of a value.
fn held(shown: &Shown<'_, '_>, value: &MixValue<'_>, territories: &[usize]) -> Vec<Held> {
    let plan = shown.answer.plan;
    let (mut has, mut before) = (vec![0; plan.nodes.len()], vec![0; plan.nodes.len()]);
    for ((assignment, owner), count) in plan.assignments.iter().zip(&shown.today.of).zip(value.counts) {
        has[assignment.territory] += count;
        if let Owner::Territory(node) = owner {
            before[*node] += count;
        }
    }
    let of_node = |&node: &usize| {
        let number = shown.answer.problem.and_then(|problem| problem.node(&plan.nodes[node].node_id));
        let target = number.map_or(0.0, |number| value.targets[number]);
        let tolerance = plan.nodes[node].level.checked_sub(1).and_then(|level| value.tolerances.get(level));
        Held {
            before: before[node],
            has: has[node],
            target,
            off: if target > 0.0 { (has[node] as f64 - target) / target } else { 0.0 },
            tolerance: tolerance.copied().unwrap_or(f64::INFINITY),
        }
    };
    territories.iter().map(of_node).collect()
}

fn cell(shown: &Shown<'_, '_>, held: &Held, accounts: i64) -> Cell {
    let whole = |number: i64| count(usize::try_from(number).unwrap_or(0));
    Cell {
        before: if shown.compares() { whole(held.before) } else { String::new() },
        has: whole(held.has),
        share: if accounts > 0 { percent(held.has as f64 / accounts as f64) } else { String::new() },
        target: short_of(held.target, 0),
        off: signed(held.off),
        outside: held.is_outside(),
    }
}

fn verdict(shown: &Shown<'_, '_>, mix: &Mix<'_>, held: &[Vec<Held>], territories: &[usize]) -> String {
    let all = || {
        held.iter().enumerate().flat_map(|(value, rows)| rows.iter().enumerate().map(move |(row, h)| (value, row, h)))
    };
    let inside = (0..territories.len()).filter(|&row| held.iter().all(|of_value| !of_value[row].is_outside())).count();
    let worst = all().max_by(|a, b| a.2.off.abs().total_cmp(&b.2.off.abs()));
    let farthest = worst.map_or_else(String::new, |(value, row, held)| {
        format!(
            "Farthest off: {} with {} at {}. ",
            shown.labels.node(territories[row]),
            called(shown, mix, value),
            signed(held.off)
        )
    });
    format!("{farthest}Within every band: {} of {}.", count(inside), count(territories.len()))
}

fn hidden(values: usize, territories: usize) -> String {
    let parts: Vec<String> = [(values, "value"), (territories, "territory")]
        .into_iter()
        .filter(|(more, _)| *more > 0)
        .map(|(more, what)| many(more, what))
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("Shown is what is farthest off: {} not shown.", parts.join(" and ")),
    }
}
