//! The table of territories: as many measures side by side as fit, the others below.

use super::Bands;
use crate::findings::printable;
use carve_solver::plan::{CoverResult, MeasureResult, NodeResult, SplitDay};

/// Characters of a line.
pub const WIDTH_MAX: usize = 120;
/// Characters of a line of what stands below the table.
pub const TEXT_WIDTH_MAX: usize = 100;
const NAME_WIDTH_MAX: usize = 24;
/// Splits and covering seats shown; the rest is counted.
const ROWS_MAX: usize = 20;

/// One block of lines for each group of measures that fits; `!` marks what lies outside its band.
pub fn table(territories: &[&NodeResult], bands: &Bands) -> String {
    let Some(first) = territories.first() else {
        return String::new();
    };
    let of = |index| territories.iter().filter_map(|n| n.measures.get(index).map(|m| (n.level, m))).collect();
    let groups: Vec<Vec<Column>> = (0..first.measures.len()).map(|index| measure(of(index), bands)).collect();
    let names = Column::new("", territories.iter().map(|n| name(&n.node_id)), Align::Left);
    let groups = std::iter::once(moves(territories)).chain(groups);
    let any_outside =
        territories.iter().any(|n| n.measures.iter().any(|m| bands.outside(&m.measure, n.level, m.deviation)));
    let note = if any_outside { "! outside its band\n\n" } else { "" };
    blocks(&[names], groups, WIDTH_MAX).iter().map(|block| block.clone() + "\n").collect::<String>() + note
}

/// A line for each split: its node, the child that is kept, and how much of each measure that is.
pub fn kept(days: &[SplitDay]) -> String {
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
    blocks(&names, groups, TEXT_WIDTH_MAX).concat() + &more(days.len())
}

/// A line for each seat that covers others: what it holds meanwhile, against its own target.
pub fn covers(covers: &[CoverResult]) -> String {
    let shown = || covers.iter().take(ROWS_MAX);
    let Some(first) = covers.first() else { return String::new() };
    let also = |cover: &CoverResult| match cover.covered_seat_ids.as_slice() {
        [one] => name(one),
        many => format!("{} seats", many.len()),
    };
    let names = [
        Column::new("  seat", shown().map(|c| format!("  {}", name(&c.seat_id))), Align::Left),
        Column::new("covers", shown().map(also), Align::Left),
    ];
    let of = |index| shown().filter_map(|c| c.measures.get(index).map(|m| (0, m))).collect();
    let groups = (0..first.measures.len()).map(|index| measure(of(index), &Bands::default()));
    blocks(&names, groups, TEXT_WIDTH_MAX).concat() + &more(covers.len())
}

fn more(rows: usize) -> String {
    if rows > ROWS_MAX { format!("  and {} more\n", rows - ROWS_MAX) } else { String::new() }
}

/// As many groups of columns side by side as fit, the others below, each block of lines with the names.
fn blocks(names: &[Column], groups: impl Iterator<Item = Vec<Column>>, width_max: usize) -> Vec<String> {
    let mut blocks: Vec<Vec<Column>> = vec![names.to_vec()];
    for group in groups {
        let last = blocks.last().map_or(0, |block| width(block));
        if last + width(&group) > width_max {
            blocks.push(names.to_vec());
        }
        if let Some(block) = blocks.last_mut() {
            block.extend(group);
        }
    }
    blocks.iter().map(|block| lines(block)).collect()
}

/// An amount in at most five characters: `1.23M`, `999k`, `17`.
pub fn amount(value: f64) -> String {
    let mut scaled = value.abs();
    let mut unit = "";
    for larger in ["k", "M", "G", "T", "P", "E"] {
        if scaled < 999.5 {
            break;
        }
        scaled /= 1_000.0;
        unit = larger;
    }
    let decimals = if unit.is_empty() || scaled >= 99.95 {
        0
    } else if scaled >= 9.995 {
        1
    } else {
        2
    };
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{scaled:.decimals$}{unit}")
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
    let same_target = results().all(|(_, m)| (m.target - first.target).abs() <= 0.005 * first.target.abs());
    let heading = name(&first.measure);
    let amounts = Column::new(&heading, results().map(|(_, m)| amount(m.amount as f64)), Align::Right);
    let deviations = results().map(|(level, m)| {
        let mark = if bands.outside(&m.measure, level, m.deviation) { '!' } else { ' ' };
        format!("{}{mark}", percent(m.deviation))
    });
    if same_target && given.len() > 1 {
        let target = format!("of {} ", amount(first.target));
        return vec![amounts, Column::new(&target, deviations, Align::Right)];
    }
    let targets = Column::new("target", results().map(|(_, m)| amount(m.target)), Align::Right);
    vec![amounts, targets, Column::new("off ", deviations, Align::Right)]
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

fn lines(columns: &[Column]) -> String {
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
        ] {
            assert_eq!(amount(value), text);
        }
    }
}
