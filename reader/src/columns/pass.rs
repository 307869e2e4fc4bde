//! The one pass over the rows.

use super::cell::number;
use super::fill::{Fill, Held, Keep};
use super::intern::TextColumn;
use super::part::{Part, Seen};
use super::survey::Survey;
use super::target::Target;
use crate::table::Table;
use carve_solver::limits::{ACCOUNTS_MAX, FIELD_BYTES_MAX};
use std::ops::Range;

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
    let wanted: Vec<Wanted> = (targets.iter().enumerate())
        .map(|(column, target)| Wanted { column, keep: target.keep, bytes_max: target.bytes_max() })
        .collect();
    let lines = table.lines().take(ACCOUNTS_MAX).map(|line| u32::try_from(line).unwrap_or(u32::MAX)).collect();
    Pass { fills: fill(table, &wanted), lines }
}

/// Reads some columns once more, as text: what was read of them as amounts are none.
pub(crate) fn texts(table: &Table, columns: &[usize]) -> Vec<Held> {
    let wanted = |&column: &usize| Wanted { column, keep: Keep::Interned, bytes_max: FIELD_BYTES_MAX };
    let wanted: Vec<Wanted> = columns.iter().map(wanted).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    fill(table, &wanted).into_iter().map(|fill| fill.held).collect()
}

/// A column to be read.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    column: usize,
    keep: Keep,
    /// Bytes that a cell may have whose text is kept.
    bytes_max: usize,
}

/// Reads columns: each has room for all of its rows before, which the parts of the file fill side by side.
fn fill(table: &Table, wanted: &[Wanted]) -> Vec<Fill> {
    let accounts = table.row_count().min(ACCOUNTS_MAX);
    let rows: Vec<Range<usize>> = table.parts().map(|rows| rows.start.min(accounts)..rows.end.min(accounts)).collect();
    let mut fills = table.share(wanted.to_vec(), |wanted| Fill::new(wanted.keep, accounts));
    let mut parts: Vec<Vec<Part<'_>>> = rows.iter().map(|_| Vec::with_capacity(wanted.len())).collect();
    for (fill, wanted) in fills.iter_mut().zip(wanted) {
        let columns = fill.parts(wanted.keep, wanted.bytes_max, &rows);
        parts.iter_mut().zip(columns).for_each(|(part, column)| part.push(column));
    }
    let parts = table.chunks(parts, |part, batch| {
        for (column, wanted) in part.iter_mut().zip(wanted) {
            column.take(batch.first_row, batch.column(wanted.column));
        }
    });
    let mut seen: Vec<Vec<Seen>> = wanted.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for part in parts {
        seen.iter_mut().zip(part).for_each(|(column, part)| column.push(part.into_seen()));
    }
    table.share(fills.into_iter().zip(seen).collect(), |(mut fill, seen)| {
        seen.into_iter().zip(&rows).for_each(|(seen, rows)| fill.join(seen, rows.clone()));
        fill
    })
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
