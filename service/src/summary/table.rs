//! The table of territories: as many measures side by side as fit, the others below.

use super::{Bands, called, display_name};
use crate::findings::printable;
use crate::terminal::Terminal;
use carve_solver::plan::{CoverResult, MeasureDescription, MeasureResult, NodeResult, SplitDay};
use carve_solver::standing::{OtherHolder, Standing};
use carve_solver::{Amount, Plan};

const NAME_WIDTH_MAX: usize = 24;
/// Splits and covering seats shown; the rest is counted.
const ROWS_MAX: usize = 20;
/// Digits of amounts, at least.
const DIGITS_MIN: u8 = 3;
/// Digits of amounts where it takes more for the deviations beside them, at most.
const DIGITS_MAX: u8 = 6;
/// What a deviation that a reader works out from the amounts shown may be off, as a part of the target: half of the
/// last digit that deviations are shown with.
const ADDS_UP: f64 = 0.0005;
/// Targets that differ by no more than this part are one target.
const SAME_TARGET: f64 = 1e-6;

/// One block of lines for each group of measures that fits; `!` marks what lies outside its band.
pub fn table(
    territories: &[&NodeResult],
    measures: &[MeasureDescription],
    bands: &Bands,
    terminal: Terminal,
) -> String {
    let Some(first) = territories.first() else {
        return String::new();
    };
    let of = |index| territories.iter().filter_map(|n| n.measures.get(index).map(|m| (n.level, m))).collect();
    let balanced = |index: &usize| !measures.get(*index).is_some_and(|described| described.report_only);
    let groups: Vec<Vec<Column>> = (0..first.measures.len())
        .filter(balanced)
        .map(|index| measure(of(index), measures.get(index), bands))
        .collect();
    let mut names = vec![Column::new("", territories.iter().map(|n| name(&n.node_id)), Align::Left)];
    if territories.iter().any(|n| !display_name(n).is_empty()) {
        names.push(Column::new("", territories.iter().map(|n| name(display_name(n))), Align::Left));
    }
    let groups = std::iter::once(moves(territories)).chain(groups);
    let any_outside =
        territories.iter().any(|n| n.measures.iter().any(|m| bands.outside(&m.measure, n.level, m.deviation)));
    let note = if any_outside { terminal.warning("!") + " outside its band\n\n" } else { String::new() };
    blocks(&names, groups, terminal).iter().map(|block| block.clone() + "\n").collect::<String>() + &note
}

/// What stands outside the balance holds, with what came and went: `house: 41 accounts (+3 -0), open_pipeline 1.2M, outside
/// the balance`.
pub fn pools(pools: &[&NodeResult], measures: &[MeasureDescription], terminal: Terminal) -> String {
    let line = |node: &&NodeResult| {
        let held = node.measures.iter().enumerate().map(|(index, held)| {
            let described = measures.get(index);
            match held.measure.as_str() {
                "account_count" if held.amount == 1 => "1 account".to_owned(),
                "account_count" => format!("{} accounts", held.amount),
                name => {
                    let amount = short(Amount::new(held.amount, decimals(described)), decimals(described));
                    format!("{} {amount}", heading(name, described))
                }
            }
        });
        let held: Vec<String> = held.collect();
        let (came, left) = (node.moved_in, node.moved_out);
        let line = format!("{}: {}, outside the balance (in +{came}, out -{left})", called(node), held.join(", "));
        terminal.wrapped("", "  ", &line)
    };
    let lines: String = pools.iter().map(line).collect();
    if lines.is_empty() { lines } else { lines + "\n" }
}

/// A line for each of those who have accounts and are no territory: how many, and what part of each measure. `totals` are
/// those of the book.
pub fn others(
    others: &[OtherHolder],
    totals: &[MeasureResult],
    standing: &Standing,
    called: &dyn Fn(&str) -> String,
    terminal: Terminal,
) -> String {
    if others.is_empty() {
        return String::new();
    }
    let shown = || others.iter().take(ROWS_MAX);
    let names = [Column::new("", shown().map(|other| format!("  {}", name(&called(&other.holder)))), Align::Left)];
    let groups = standing.measures.iter().enumerate().map(|(index, described)| {
        let amount = |other: &OtherHolder| other.amounts.get(index).copied().unwrap_or(0);
        let total = totals.get(index).map_or(0.0, |total| total.target);
        let part = |other: &OtherHolder| if total > 0.0 { amount(other) as f64 / total } else { 0.0 };
        let shown_amount = |other| short(Amount::new(amount(other), described.decimals), described.decimals);
        vec![
            Column::new(&heading(&described.measure, Some(described)), shown().map(shown_amount), Align::Right),
            Column::new("of all", shown().map(|other| format!("{:.1} %", part(other) * 100.0)), Align::Right),
        ]
    });
    blocks(&names, groups, terminal).concat() + &more(others.len())
}

/// What is only told of nodes, a line for each: `east: 579 qualified, 289 in market`; empty where nothing is only told.
pub fn depth<'a>(
    nodes: impl Iterator<Item = &'a NodeResult>,
    measures: &[MeasureDescription],
    margin: &str,
    terminal: Terminal,
) -> String {
    let told: Vec<(usize, &MeasureDescription)> =
        measures.iter().enumerate().filter(|(_, described)| described.report_only).collect();
    if told.is_empty() {
        return String::new();
    }
    let nodes: Vec<&NodeResult> = nodes.collect();
    let line = |node: &&NodeResult| {
        let amount = |(index, described): &(usize, &MeasureDescription)| {
            let held = node.measures.get(*index).map_or(0, |held| held.amount);
            let unit = if described.unit.is_empty() { String::new() } else { format!(" {}", described.unit) };
            format!("{}{unit} {}", Amount::new(held, described.decimals), described.measure.replace('_', " "))
        };
        let amounts: Vec<String> = told.iter().map(amount).collect();
        let line = format!("{}: {}", called(node), printable(&amounts.join(", ")));
        terminal.wrapped(margin, &format!("{margin}  "), &line)
    };
    nodes.iter().take(ROWS_MAX).map(line).collect::<String>() + &more(nodes.len())
}

/// A line for each split: its node, the child that is kept, and how much of each measure that is.
pub fn kept(days: &[SplitDay], measures: &[MeasureDescription], terminal: Terminal) -> String {
    let shown = || days.iter().take(ROWS_MAX);
    let Some(first) = days.first() else { return String::new() };
    let names = [
        Column::new("  node", shown().map(|d| format!("  {}", name(&d.node_id))), Align::Left),
        Column::new("keeps", shown().map(|d| name(&d.kept_node_id)), Align::Left),
    ];
    let groups = first.measures.iter().enumerate().map(|(index, measure)| {
        let kept = || shown().filter_map(move |d| d.measures.get(index));
        let described = measures.get(index);
        let amount = |whole: i64| short(Amount::new(whole, decimals(described)), decimals(described));
        vec![
            Column::new(&heading(&measure.measure, described), kept().map(|k| amount(k.amount)), Align::Right),
            Column::new("kept", kept().map(|k| format!("{:.1} %", k.share * 100.0)), Align::Right),
        ]
    });
    blocks(&names, groups, terminal).concat() + &more(days.len())
}

/// A line for each seat that covers others: what it holds meanwhile, against its own target.
pub fn covers(plan: &Plan, terminal: Terminal) -> String {
    let (covers, nodes, measures) = (&plan.covers, &plan.nodes, &plan.measures);
    let shown = || covers.iter().take(ROWS_MAX);
    let Some(first) = covers.first() else { return String::new() };
    let known_as = |id: &str| nodes.iter().find(|n| n.node_id == id).map_or("", display_name);
    let named = shown().any(|cover| !known_as(&cover.seat_id).is_empty());
    let also = |cover: &CoverResult| match cover.covered_seat_ids.as_slice() {
        [one] => name(one),
        many => format!("{} seats", many.len()),
    };
    let mut names = vec![Column::new("  seat", shown().map(|c| format!("  {}", name(&c.seat_id))), Align::Left)];
    names.extend(named.then(|| Column::new("", shown().map(|c| name(known_as(&c.seat_id))), Align::Left)));
    names.push(Column::new("covers", shown().map(also), Align::Left));
    let of = |index| shown().filter_map(|c| c.measures.get(index).map(|m| (0, m))).collect();
    let groups = (0..first.measures.len()).map(|index| measure(of(index), measures.get(index), &Bands::default()));
    blocks(&names, groups, terminal).concat() + &more(covers.len())
}

fn more(rows: usize) -> String {
    if rows > ROWS_MAX { format!("  and {} more\n", rows - ROWS_MAX) } else { String::new() }
}

/// A table with a column for each of several things under its name, and a label before each row: as many columns side by side
/// as fit. A cell that ends in `*` is the best of its row.
pub fn grid(labels: &[String], columns: Vec<(String, Vec<String>)>, terminal: Terminal) -> String {
    let names = [Column::new("", labels.iter().cloned(), Align::Left)];
    let groups =
        columns.into_iter().map(|(name, cells)| vec![Column::new(&self::name(&name), cells.into_iter(), Align::Right)]);
    blocks(&names, groups, terminal).join("\n")
}

/// As many groups of columns side by side as fit, the others below, each block of lines with the names.
fn blocks(names: &[Column], groups: impl Iterator<Item = Vec<Column>>, terminal: Terminal) -> Vec<String> {
    let mut blocks: Vec<Vec<Column>> = vec![names.to_vec()];
    for group in groups {
        let last = blocks.last().map_or(0, |block| width(block));
        // The two spaces after the last column are not written.
        if last + width(&group) > terminal.width + 2 && blocks.last().is_some_and(|b| b.len() > names.len()) {
            blocks.push(names.to_vec());
        }
        if let Some(block) = blocks.last_mut() {
            block.extend(group);
        }
    }
    blocks.iter().map(|block| lines(block, terminal)).collect()
}

/// A count in at most five characters: `1.23M`, `999k`, `17`.
pub fn count(value: i64) -> String {
    short(Amount::new(value, 0), 0)
}

/// An amount of a measure with these decimals in few digits: `1.23M`, `12.50`.
pub fn short(amount: Amount, decimals: u8) -> String {
    amount.short(DIGITS_MIN, decimals).1
}

fn decimals(described: Option<&MeasureDescription>) -> u8 {
    described.map_or(0, |described| described.decimals)
}

/// The measure's name, with its unit where there is one.
fn heading(measure: &str, described: Option<&MeasureDescription>) -> String {
    match described.map_or("", |described| described.unit.as_str()) {
        "" => name(measure),
        unit => format!("{} ({})", name(measure), printable(unit)),
    }
}

/// The fewest digits in which amounts and targets, as they are shown, have the deviations that stand beside them.
fn digits(results: &[(usize, &MeasureResult)], decimals: u8) -> u8 {
    let adds_up = |digits: u8| {
        results.iter().filter(|(_, m)| m.target > 0.0).all(|(_, m)| {
            let held = Amount::new(m.amount, decimals).short(digits, decimals).0;
            let target = Amount::computed(m.target, decimals).short(digits, decimals).0;
            ((held - target) / target - m.deviation).abs() <= ADDS_UP * m.deviation.abs().max(1.0)
        })
    };
    (DIGITS_MIN..DIGITS_MAX).find(|&digits| adds_up(digits)).unwrap_or(DIGITS_MAX)
}

#[derive(Debug, Clone)]
struct Column {
    cells: Vec<String>,
    align: Align,
    width: usize,
}

#[derive(Debug, Clone, Copy)]
enum Align {
    Left,
    Right,
    /// To the right; a `!` at the end warns.
    Marked,
}

impl Column {
    fn new(heading: &str, cells: impl Iterator<Item = String>, align: Align) -> Column {
        let cells: Vec<String> = std::iter::once(heading.to_owned()).chain(cells).collect();
        let width = cells.iter().map(|c| c.chars().count()).max().unwrap_or_default();
        Column { cells, align, width }
    }
}

/// Amount, target and deviation of one measure. A target that is the same everywhere stands in the heading.
fn measure(given: Vec<(usize, &MeasureResult)>, described: Option<&MeasureDescription>, bands: &Bands) -> Vec<Column> {
    let results = || given.iter().copied();
    let Some((_, first)) = results().next() else {
        return Vec::new();
    };
    let same_target = results().all(|(_, m)| (m.target - first.target).abs() <= SAME_TARGET * first.target.abs());
    let (heading, decimals) = (heading(&first.measure, described), decimals(described));
    let digits = digits(&given, decimals);
    let held = |whole: i64| Amount::new(whole, decimals).short(digits, decimals).1;
    let target = |whole: f64| Amount::computed(whole, decimals).short(digits, decimals).1;
    let amounts = Column::new(&heading, results().map(|(_, m)| held(m.amount)), Align::Right);
    let deviations = results().map(|(level, m)| {
        let mark = if bands.outside(&m.measure, level, m.deviation) { '!' } else { ' ' };
        format!("{}{mark}", percent(m.deviation))
    });
    if same_target && given.len() > 1 {
        let target = format!("of {} ", target(first.target));
        return vec![amounts, Column::new(&target, deviations, Align::Marked)];
    }
    let targets = Column::new("target", results().map(|(_, m)| target(m.target)), Align::Right);
    vec![amounts, targets, Column::new("off ", deviations, Align::Marked)]
}

fn moves(territories: &[&NodeResult]) -> Vec<Column> {
    if territories.iter().all(|n| n.moved_in == 0 && n.moved_out == 0) {
        return Vec::new();
    }
    vec![
        Column::new("in", territories.iter().map(|n| format!("+{}", count(n.moved_in))), Align::Right),
        Column::new("out", territories.iter().map(|n| format!("-{}", count(n.moved_out))), Align::Right),
    ]
}

fn lines(columns: &[Column], terminal: Terminal) -> String {
    let rows = columns.iter().map(|c| c.cells.len()).max().unwrap_or_default();
    let mut text = String::new();
    for row in 0..rows {
        let mut line = String::new();
        for (index, column) in columns.iter().enumerate() {
            let cell = column.cells.get(row).map(String::as_str).unwrap_or_default();
            let space = " ".repeat(column.width - cell.chars().count());
            if index > 0 {
                line.push_str("  ");
            }
            match column.align {
                Align::Left => line.extend([cell, &space]),
                Align::Right => line.extend([space.as_str(), cell]),
                Align::Marked => {
                    line.push_str(&space);
                    match cell.strip_suffix('!') {
                        Some(figure) => line.extend([figure, &terminal.warning("!")]),
                        None => line.push_str(cell),
                    }
                }
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn width(columns: &[Column]) -> usize {
    columns.iter().map(|c| c.width + 2).sum()
}

fn percent(part: f64) -> String {
    let percent = part * 100.0;
    // No minus before what is shown as nothing.
    let percent = if percent.abs() < 0.05 { 0.0 } else { percent };
    if percent.abs() < 999.5 { format!("{percent:+.1}%") } else { format!("{percent:+.0e}%") }
}

fn name(text: &str) -> String {
    let text = printable(text);
    if text.chars().count() <= NAME_WIDTH_MAX {
        return text;
    }
    text.chars().take(NAME_WIDTH_MAX - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_and_the_unit_of_their_measure() {
        let described = MeasureDescription {
            measure: "open_pipeline".into(),
            decimals: 2,
            unit: "USD".into(),
            ..MeasureDescription::default()
        };
        let row = |amount: i64| MeasureResult {
            measure: "open_pipeline".into(),
            amount,
            target: 62_525.0,
            deviation: amount as f64 / 62_525.0 - 1.0,
        };
        let rows = [row(62_550), row(62_500)];
        let columns = measure(rows.iter().map(|m| (1, m)).collect(), Some(&described), &Bands::default());
        let cells: Vec<&[String]> = columns.iter().map(|c| c.cells.as_slice()).collect();
        assert_eq!(cells, [["open_pipeline (USD)", "625.50", "625.00"], ["of 625.25 ", "+0.0% ", "+0.0% "]]);
        let rows = [row(125_050), row(0)];
        let columns = measure(rows.iter().map(|m| (1, m)).collect(), Some(&described), &Bands::default());
        assert_eq!(columns[0].cells[1..], ["1.2505k", "0.00"]);
    }

    /// What a reader works out from amount and target is the deviation that stands there, in every row.
    #[test]
    fn amounts_and_targets_have_the_deviations_shown() {
        let totals = [10_i64, 11, 97, 1_003, 25_431, 999_501, 4_821_337, 7_350_000_123, i64::MAX / 7];
        for (total, leaves) in totals.into_iter().flat_map(|total| [2_i64, 3, 7, 17].map(|leaves| (total, leaves))) {
            let target = total as f64 / leaves as f64;
            let held = |i: i64| (total / leaves + (i - 1) * (total / 40)).max(0);
            let row = |i: i64| MeasureResult {
                measure: "m".into(),
                amount: held(i),
                target,
                deviation: (held(i) as f64 - target) / target,
            };
            let rows: Vec<MeasureResult> = (0..3).map(row).collect();
            let given: Vec<(usize, &MeasureResult)> = rows.iter().map(|m| (1, m)).collect();
            let digits = digits(&given, 0);
            for row in &rows {
                let held = Amount::new(row.amount, 0).short(digits, 0).0;
                let target = Amount::computed(row.target, 0).short(digits, 0).0;
                let off = (held - target) / target - row.deviation;
                assert!(off.abs() <= ADDS_UP * row.deviation.abs().max(1.0), "{row:?} in {digits} digits: {off}");
            }
        }
        // Three accounts of a target of 3.33, not of 3.
        let third = |amount: i64| MeasureResult {
            measure: "account_count".into(),
            amount,
            target: 10.0 / 3.0,
            deviation: amount as f64 / (10.0 / 3.0) - 1.0,
        };
        let rows = [third(3), third(4)];
        let columns = measure(rows.iter().map(|m| (1, m)).collect(), None, &Bands::default());
        let cells: Vec<&[String]> = columns.iter().map(|c| c.cells.as_slice()).collect();
        assert_eq!(cells, [["account_count", "3", "4"], ["of 3.333 ", "-10.0% ", "+20.0% "]]);
    }
}
