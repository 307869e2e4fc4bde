//! The table of territories: as many measures side by side as fit, the others below.

use super::{Bands, display_name};
use crate::findings::printable;
use crate::terminal::Terminal;
use carve_solver::plan::{CoverResult, MeasureResult, NodeResult, SplitDay};

const NAME_WIDTH_MAX: usize = 24;
/// Splits and covering seats shown; the rest is counted.
const ROWS_MAX: usize = 20;
/// Digits of amounts: three, or as many as it takes for the deviations beside them, up to six.
const DIGITS_MIN: usize = 3;
const DIGITS_MAX: usize = 6;
/// What a deviation that a reader works out from the amounts shown may be off, as a part of the target: half of the
/// last digit that deviations are shown with.
const ADDS_UP: f64 = 0.0005;
/// Targets that differ by no more than this part are one target.
const SAME_TARGET: f64 = 1e-6;

/// One block of lines for each group of measures that fits; `!` marks what lies outside its band.
pub fn table(territories: &[&NodeResult], bands: &Bands, terminal: Terminal) -> String {
    let Some(first) = territories.first() else {
        return String::new();
    };
    let of = |index| territories.iter().filter_map(|n| n.measures.get(index).map(|m| (n.level, m))).collect();
    let groups: Vec<Vec<Column>> = (0..first.measures.len()).map(|index| measure(of(index), bands)).collect();
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

/// A line for each split: its node, the child that is kept, and how much of each measure that is.
pub fn kept(days: &[SplitDay], terminal: Terminal) -> String {
    let shown = || days.iter().take(ROWS_MAX);
    let Some(first) = days.first() else { return String::new() };
    let names = [
        Column::new("  node", shown().map(|d| format!("  {}", name(&d.node_id))), Align::Left),
        Column::new("keeps", shown().map(|d| name(&d.kept_node_id)), Align::Left),
    ];
    let groups = first.measures.iter().enumerate().map(|(index, measure)| {
        let kept = || shown().filter_map(move |d| d.measures.get(index));
        vec![
            Column::new(&name(&measure.measure), kept().map(|k| amount(k.amount as f64)), Align::Right),
            Column::new("kept", kept().map(|k| format!("{:.1} %", k.share * 100.0)), Align::Right),
        ]
    });
    blocks(&names, groups, terminal).concat() + &more(days.len())
}

/// A line for each seat that covers others: what it holds meanwhile, against its own target.
pub fn covers(covers: &[CoverResult], nodes: &[NodeResult], terminal: Terminal) -> String {
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
    let groups = (0..first.measures.len()).map(|index| measure(of(index), &Bands::default()));
    blocks(&names, groups, terminal).concat() + &more(covers.len())
}

fn more(rows: usize) -> String {
    if rows > ROWS_MAX { format!("  and {} more\n", rows - ROWS_MAX) } else { String::new() }
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

/// An amount in at most five characters: `1.23M`, `999k`, `17`.
pub fn amount(value: f64) -> String {
    rounded(value, DIGITS_MIN).1
}

/// An amount in this many digits, 3 or more, as a number and as text. Whole numbers below 1,000 stand as they are.
fn rounded(value: f64, digits: usize) -> (f64, String) {
    let size = value.abs();
    let sign = if value < 0.0 { "-" } else { "" };
    if size < 1_000.0 && size.fract() == 0.0 {
        return (value, format!("{value}"));
    }
    let (mut unit, mut factor) = ("", 1.0);
    // What rounds to a thousand of a unit is one of the next.
    let most = 1_000.0 - 0.5 * 10.0_f64.powi(3 - digits as i32);
    for larger in ["k", "M", "G", "T", "P", "E"] {
        if size / factor < most {
            break;
        }
        (unit, factor) = (larger, factor * 1_000.0);
    }
    let scaled = size / factor;
    let places = |before: usize| digits.saturating_sub(before);
    let short = |before: usize| 0.5 * 10.0_f64.powi(-(places(before) as i32));
    let decimals = match scaled {
        s if s >= 100.0 - short(2) => places(3),
        s if s >= 10.0 - short(1) => places(2),
        _ => places(1),
    };
    let text = format!("{scaled:.decimals$}");
    let shown = text.parse::<f64>().unwrap_or(scaled) * factor * if value < 0.0 { -1.0 } else { 1.0 };
    (shown, format!("{sign}{text}{unit}"))
}

/// The fewest digits in which amounts and targets, as they are shown, have the deviations that stand beside them.
fn digits(results: &[(usize, &MeasureResult)]) -> usize {
    let adds_up = |digits: usize| {
        results.iter().filter(|(_, m)| m.target > 0.0).all(|(_, m)| {
            let (held, target) = (rounded(m.amount as f64, digits).0, rounded(m.target, digits).0);
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
fn measure(given: Vec<(usize, &MeasureResult)>, bands: &Bands) -> Vec<Column> {
    let results = || given.iter().copied();
    let Some((_, first)) = results().next() else {
        return Vec::new();
    };
    let same_target = results().all(|(_, m)| (m.target - first.target).abs() <= SAME_TARGET * first.target.abs());
    let heading = name(&first.measure);
    let digits = digits(&given);
    let amount = |value: f64| rounded(value, digits).1;
    let amounts = Column::new(&heading, results().map(|(_, m)| amount(m.amount as f64)), Align::Right);
    let deviations = results().map(|(level, m)| {
        let mark = if bands.outside(&m.measure, level, m.deviation) { '!' } else { ' ' };
        format!("{}{mark}", percent(m.deviation))
    });
    if same_target && given.len() > 1 {
        let target = format!("of {} ", amount(first.target));
        return vec![amounts, Column::new(&target, deviations, Align::Marked)];
    }
    let targets = Column::new("target", results().map(|(_, m)| amount(m.target)), Align::Right);
    vec![amounts, targets, Column::new("off ", deviations, Align::Marked)]
}

fn moves(territories: &[&NodeResult]) -> Vec<Column> {
    if territories.iter().all(|n| n.moved_in == 0 && n.moved_out == 0) {
        return Vec::new();
    }
    vec![
        Column::new("in", territories.iter().map(|n| format!("+{}", amount(n.moved_in as f64))), Align::Right),
        Column::new("out", territories.iter().map(|n| format!("-{}", amount(n.moved_out as f64))), Align::Right),
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
    fn amounts_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (17.0, "17"),
            (999.0, "999"),
            (1_000.0, "1.00k"),
            (999_499.0, "999k"),
            (999_500.0, "1.00M"),
            (1_234_567.0, "1.23M"),
            (12_345_678.0, "12.3M"),
            (i64::MAX as f64, "9.22E"),
            (-1_500.0, "-1.50k"),
            (10.0 / 3.0, "3.33"),
            (99.96, "100"),
            (999.7, "1.00k"),
        ] {
            assert_eq!(amount(value), text);
        }
        for (value, digits, text) in [(1_285_200.0, 4, "1.285M"), (999_960.0, 4, "1.000M"), (1_000.4, 5, "1.0004k")] {
            assert_eq!(rounded(value, digits).1, text);
        }
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
            let digits = digits(&given);
            for row in &rows {
                let (held, target) = (rounded(row.amount as f64, digits).0, rounded(row.target, digits).0);
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
        let columns = measure(rows.iter().map(|m| (1, m)).collect(), &Bands::default());
        let cells: Vec<&[String]> = columns.iter().map(|c| c.cells.as_slice()).collect();
        assert_eq!(cells, [["account_count", "3", "4"], ["of 3.333 ", "-10.0% ", "+20.0% "]]);
    }
}
