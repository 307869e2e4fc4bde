//! The one pass over the rows.

use super::cell::number;
use super::fill::{Fill, Held};
use super::intern::{Interner, TextColumn};
use super::survey::Survey;
use super::target::Target;
use crate::formula::{restore, unwrap_text};
use crate::table::Table;
use carve_solver::limits::{ACCOUNTS_MAX, FIELD_BYTES_MAX};

/// What was read of all rows.
#[derive(Debug)]
pub(crate) struct Pass {
    /// One for each column.
    pub fills: Vec<Fill>,
    /// The line of each row.
    pub lines: Vec<u32>,
}

/// Reads every row, up to the most accounts that a book may have.
pub(crate) fn pass(table: &Table, targets: &[Target]) -> Pass {
    let parts = table.chunks(
        |rows| {
            let fills = targets.iter().map(|target| Fill::new(target.keep, target.bytes_max(), &rows)).collect();
            Pass { fills, lines: Vec::with_capacity(rows.len()) }
        },
        |part, row| {
            if row.index >= ACCOUNTS_MAX {
                return;
            }
            part.lines.push(u32::try_from(row.line).unwrap_or(u32::MAX));
            for (column, fill) in part.fills.iter_mut().enumerate() {
                fill.push(row.index, row.cells.get(column));
            }
        },
    );
    let mut lines = Vec::with_capacity(parts.iter().map(|part| part.lines.len()).sum());
    let mut columns: Vec<Vec<Fill>> = targets.iter().map(|_| Vec::with_capacity(parts.len())).collect();
    for part in parts {
        lines.extend(part.lines);
        columns.iter_mut().zip(part.fills).for_each(|(column, fill)| column.push(fill));
    }
    let joined = |(at, column): (usize, Vec<Fill>)| {
        let mut fill = Fill::new(targets[at].keep, targets[at].bytes_max(), &(0..lines.len()));
        column.into_iter().for_each(|part| fill.join(part));
        fill
    };
    let fills = table.share(columns.into_iter().enumerate().collect(), joined);
    Pass { fills, lines }
}

/// Reads some columns once more, as text: what was read of them as amounts are none.
pub(crate) fn texts(table: &Table, columns: &[usize]) -> Vec<Interner> {
    if columns.is_empty() {
        return Vec::new();
    }
    let parts = table.chunks(
        |_| columns.iter().map(|_| Interner::default()).collect::<Vec<_>>(),
        |part, row| {
            if row.index < ACCOUNTS_MAX {
                for (interner, &column) in part.iter_mut().zip(columns) {
                    let cell = &*unwrap_text(row.cells.get(column));
                    interner.push(row.index, if cell.len() > FIELD_BYTES_MAX { "" } else { restore(cell) });
                }
            }
        },
    );
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_else(|| columns.iter().map(|_| Interner::default()).collect());
    for part in parts {
        all.iter_mut().zip(part).for_each(|(interner, later)| interner.join(later));
    }
    all
}

/// What the cells of a column of text are, seen from its different texts.
pub(crate) fn survey_of(column: &TextColumn) -> Survey {
    let mut survey = Survey::default();
    for (code, times) in column.counts().into_iter().enumerate() {
        let text = &column.texts()[code];
        survey.add(column.first_row(code), text, &number::read(text), times);
    }
    survey
}

/// Whether two columns hold the same in every row, as far as it was kept.
pub(crate) fn hold_the_same(one: &Held, other: &Held) -> bool {
    match (one, other) {
        (Held::Texts(one), Held::Texts(other)) => one == other,
        (Held::Interned(one), Held::Interned(other)) => one.column() == other.column(),
        (Held::Amounts(one), Held::Amounts(other)) => one == other,
        (Held::Degrees(one), Held::Degrees(other)) => one == other,
        _ => false,
    }
}
