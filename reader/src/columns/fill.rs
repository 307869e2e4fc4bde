//! Columns with room for all of their rows, which parts of the file fill.

use super::cell::degree::Degree;
use super::cell::form::Form;
use super::cell::number::{Mark, Written};
use super::intern::Interner;
use super::part::{Part, Room, Seen};
use super::survey::{Survey, Tally};
use std::ops::Range;

/// What is kept of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Their text, each by itself.
    Texts,
    /// Their text, equal ones once.
    Interned,
    /// Amounts.
    Amounts,
    /// Degrees of latitude or longitude.
    Degrees,
    /// Nothing: it is only counted how many hold text.
    Count,
    /// Nothing: it is only counted what they are.
    Survey,
}

/// The cells that are kept.
#[derive(Debug)]
pub(crate) enum Held {
    Texts(Vec<String>),
    Interned(Interner),
    Amounts(Amounts),
    Degrees(Degrees),
    Nothing,
}

/// Latitudes or longitudes, by row.
#[derive(Debug, PartialEq)]
pub(crate) struct Degrees {
    /// 0 where there is none.
    values: Vec<f64>,
    are_there: Vec<bool>,
}

impl Degrees {
    /// Of no row.
    pub(crate) const NONE: Degrees = Degrees { values: Vec::new(), are_there: Vec::new() };

    /// That of a row; missing beyond the last one.
    pub(crate) fn get(&self, row: usize) -> Degree {
        match (self.values.get(row), self.are_there.get(row)) {
            (Some(value), Some(true)) => Degree::Value(*value),
            _ => Degree::Missing,
        }
    }
}

/// Amounts before the column has told which mark is the decimal one.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Amounts {
    digits: Vec<i64>,
    /// The form of each; empty where all are plain.
    forms: Vec<Form>,
}

impl Amounts {
    /// Of numbers in the order of the rows.
    pub(crate) fn of<'a>(numbers: impl Iterator<Item = Option<&'a Written>> + Clone) -> Amounts {
        let digits = numbers.clone().map(|number| number.map_or(0, |number| number.digits)).collect();
        let forms: Vec<Form> = numbers.map(|number| number.map_or_else(Form::default, Form::of)).collect();
        Amounts { digits, forms: if forms.iter().all(|form| form.is_plain()) { Vec::new() } else { forms } }
    }

    /// The amounts in whole numbers of 10^-`decimals`, and the rows of those that do not fit.
    pub(crate) fn settle(self, decimal: Mark, decimals: u8) -> (Vec<i64>, Vec<usize>) {
        let mut too_large = Vec::new();
        let mut amounts = self.digits;
        if self.forms.is_empty() && decimals == 0 {
            return (amounts, too_large);
        }
        let mut forms = self.forms.iter();
        for (row, amount) in amounts.iter_mut().enumerate() {
            let form = forms.next().copied().unwrap_or_default();
            match scaled(*amount, form.behind(decimal), decimals) {
                Some(scaled) => *amount = scaled,
                None => {
                    *amount = 0;
                    too_large.push(row);
                }
            }
        }
        (amounts, too_large)
    }

    /// Takes the forms of some rows; none: all are plain.
    fn join(&mut self, forms: &[Form], rows: Range<usize>) {
        if !forms.is_empty() {
            self.forms.resize(self.digits.len(), Form::default());
            self.forms[rows].copy_from_slice(forms);
        }
    }
}

/// `digits` with `behind` decimals in whole numbers of 10^-`decimals`, halves away from zero. `None`: too large.
pub(crate) fn scaled(digits: i64, behind: u8, decimals: u8) -> Option<i64> {
    if behind <= decimals {
        return digits.checked_mul(10_i64.checked_pow(u32::from(decimals - behind))?);
    }
    let Some(divisor) = 10_i64.checked_pow(u32::from(behind - decimals)) else { return Some(0) };
    let (whole, rest) = (digits / divisor, digits % divisor);
    Some(whole + if rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2) { rest.signum() } else { 0 })
}

/// A column as it was read.
#[derive(Debug)]
pub(crate) struct Fill {
    pub held: Held,
    /// What its cells are, where numbers matter.
    pub survey: Survey,
    /// Cells that hold text.
    pub filled: u64,
    /// Cells that are longer than they may be, and are taken as empty.
    pub too_long: Tally,
    /// Degrees that are no number.
    pub bad_degrees: Tally,
}

impl Fill {
    /// With room for so many rows.
    pub(crate) fn new(keep: Keep, rows: usize) -> Fill {
        let held = match keep {
            Keep::Texts => Held::Texts((0..rows).map(|_| String::new()).collect()),
            Keep::Interned => Held::Interned(Interner::with_rows(rows)),
            Keep::Amounts => Held::Amounts(Amounts { digits: vec![0; rows], forms: Vec::new() }),
            Keep::Degrees => Held::Degrees(Degrees { values: vec![0.0; rows], are_there: vec![false; rows] }),
            Keep::Count | Keep::Survey => Held::Nothing,
        };
        Fill { held, survey: Survey::default(), filled: 0, too_long: Tally::default(), bad_degrees: Tally::default() }
    }

    /// The column in parts of these rows, to be filled by several threads. `bytes_max`: bytes that a cell may have.
    pub(crate) fn parts(&mut self, keep: Keep, bytes_max: usize, rows: &[Range<usize>]) -> Vec<Part<'_>> {
        let rooms: Vec<Room<'_>> = match &mut self.held {
            Held::Texts(texts) => cut(texts, rows).map(Room::Texts).collect(),
            Held::Interned(interner) => cut(interner.codes_mut(), rows).map(Room::Interned).collect(),
            Held::Amounts(amounts) => cut(&mut amounts.digits, rows).map(Room::Amounts).collect(),
            Held::Degrees(degrees) => (cut(&mut degrees.values, rows).zip(cut(&mut degrees.are_there, rows)))
                .map(|(values, are_there)| Room::Degrees(values, are_there))
                .collect(),
            Held::Nothing => {
                rows.iter().map(|_| if keep == Keep::Survey { Room::Survey } else { Room::Count }).collect()
            }
        };
        rooms.into_iter().zip(rows).map(|(room, rows)| Part::new(room, rows, bytes_max)).collect()
    }

    /// Takes what a later part of the file saw of its rows, which it has filled.
    pub(crate) fn join(&mut self, later: Seen, rows: Range<usize>) {
        match &mut self.held {
            Held::Interned(interner) => interner.join(&later.texts, rows),
            Held::Amounts(amounts) => amounts.join(&later.forms, rows),
            Held::Texts(_) | Held::Degrees(_) | Held::Nothing => {}
        }
        self.survey.join(later.survey);
        self.filled += later.filled;
        self.too_long.join(later.too_long);
        self.bad_degrees.join(later.bad_degrees);
    }
}

/// Cuts a list into pieces of these rows, which follow upon each other.
fn cut<'a, T>(mut list: &'a mut [T], rows: &[Range<usize>]) -> impl Iterator<Item = &'a mut [T]> {
    rows.iter().map(move |rows| {
        let (piece, rest) = std::mem::take(&mut list).split_at_mut(rows.len());
        list = rest;
        piece
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_scaled_exactly() {
        assert_eq!(scaled(110_004, 2, 2), Some(110_004));
        assert_eq!(scaled(1_100, 0, 2), Some(110_000));
        assert_eq!(scaled(12_345_678, 7, 6), Some(1_234_568));
        assert_eq!(scaled(-15, 1, 0), Some(-2));
        assert_eq!(scaled(14, 1, 0), Some(1));
        assert_eq!(scaled(i64::MAX, 31, 6), Some(0));
        assert_eq!(scaled(1_000_000_000_000_000_000, 0, 2), None);
        assert_eq!(scaled(i64::MIN, 0, 0), Some(i64::MIN));
    }
}
