//! A column as it fills, cell by cell.

use super::cell::number::{self, Cell, Mark, Marks, Written};
use super::intern::Interner;
use super::survey::{Survey, Tally};
use crate::formula::{restore, unwrap_text};
use carve_solver::hash::hash;
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
    /// `NaN` where there are none.
    Degrees(Vec<Degree>),
    Nothing,
}

/// A latitude or longitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Degree {
    /// The cell is empty, or is no number, which is a finding.
    Missing,
    /// Possibly out of range or not finite.
    Value(f64),
}

/// Amounts before the column has told which mark is the decimal one.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Amounts {
    digits: Vec<i64>,
    /// What the marks of each say, and the digits behind the last one.
    forms: Vec<u8>,
}

/// Most digits behind a mark that a form tells; what has more is next to nothing.
const BEHIND_MAX: u8 = 31;

impl Amounts {
    /// Of numbers in the order of the rows.
    pub(crate) fn of<'a>(numbers: impl Iterator<Item = Option<&'a Written>>) -> Amounts {
        let mut amounts = Amounts::default();
        numbers.for_each(|number| amounts.push(number));
        amounts
    }

    fn push(&mut self, number: Option<&Written>) {
        self.digits.push(number.map_or(0, |number| number.digits));
        self.forms.push(number.map_or(0, |number| {
            let kind = match number.marks {
                Marks::None => 0,
                Marks::Once(Mark::Point) => 1,
                Marks::Once(Mark::Comma) => 2,
                Marks::Decimal(Mark::Point) => 3,
                Marks::Decimal(Mark::Comma) => 4,
                Marks::Thousands(_) => 5,
            };
            kind << 5 | number.behind.min(BEHIND_MAX)
        }));
    }

    /// The amounts in whole numbers of 10^-`decimals`, and the rows of those that do not fit.
    pub(crate) fn settle(self, decimal: Mark, decimals: u8) -> (Vec<i64>, Vec<usize>) {
        let mut too_large = Vec::new();
        let mut amounts = self.digits;
        for (row, (amount, form)) in amounts.iter_mut().zip(&self.forms).enumerate() {
            match scaled(*amount, behind(*form, decimal), decimals) {
                Some(scaled) => *amount = scaled,
                None => {
                    *amount = 0;
                    too_large.push(row);
                }
            }
        }
        (amounts, too_large)
    }

    fn join(&mut self, later: Amounts) {
        self.digits.extend(later.digits);
        self.forms.extend(later.forms);
    }
}

/// The decimals of a number of this form.
fn behind(form: u8, decimal: Mark) -> u8 {
    let behind = form & BEHIND_MAX;
    match (form >> 5, decimal) {
        (0, _) | (1 | 3, Mark::Point) | (2 | 4, Mark::Comma) => behind,
        _ => 0,
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

/// A column while it is read.
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
    bytes_max: usize,
    surveyed: bool,
    /// What texts that came before are.
    known: Known,
}

/// What texts are that came before: a column says the same again and again.
#[derive(Debug, Default)]
struct Known {
    /// A text and what it is, at the place of its hash.
    places: Vec<(String, Option<Cell>)>,
}

/// Places of texts that came before; a power of two.
const KNOWN_MAX: usize = 64;
/// Bytes of a text that is remembered.
const KNOWN_BYTES_MAX: usize = 32;

impl Known {
    fn read(&mut self, cell: &str) -> Cell {
        // Numbers are quick to read, and seldom the same.
        let is_text = cell.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        if !is_text || cell.len() > KNOWN_BYTES_MAX {
            return number::read(cell);
        }
        if self.places.is_empty() {
            self.places.resize(KNOWN_MAX, (String::new(), None));
        }
        let at = hash(cell.as_bytes()) as usize % KNOWN_MAX;
        let Some((text, known)) = self.places.get_mut(at) else { return number::read(cell) };
        match known {
            Some(known) if text == cell => *known,
            _ => {
                text.clear();
                text.push_str(cell);
                *known.insert(number::read(cell))
            }
        }
    }
}

impl Fill {
    pub(crate) fn new(keep: Keep, bytes_max: usize, rows: &Range<usize>) -> Fill {
        let size = rows.len();
        let held = match keep {
            Keep::Texts => Held::Texts(Vec::with_capacity(size)),
            Keep::Interned => Held::Interned(Interner::with_room(size)),
            Keep::Amounts => {
                Held::Amounts(Amounts { digits: Vec::with_capacity(size), forms: Vec::with_capacity(size) })
            }
            Keep::Degrees => Held::Degrees(Vec::with_capacity(size)),
            Keep::Count | Keep::Survey => Held::Nothing,
        };
        let surveyed = matches!(keep, Keep::Amounts | Keep::Survey);
        // What is not kept may be as long as it likes.
        let bytes_max = if matches!(keep, Keep::Texts | Keep::Interned) { bytes_max } else { usize::MAX };
        Fill {
            held,
            survey: Survey::default(),
            filled: 0,
            too_long: Tally::default(),
            bad_degrees: Tally::default(),
            bytes_max,
            surveyed,
            known: Known::default(),
        }
    }

    /// Takes the next row's cell.
    pub(crate) fn push(&mut self, row: usize, cell: &str) {
        if self.surveyed && self.push_plain(cell) {
            return;
        }
        let unwrapped;
        let cell = match cell.starts_with('=') {
            true => {
                unwrapped = unwrap_text(cell);
                &*unwrapped
            }
            false => cell,
        };
        let cell = if cell.len() > self.bytes_max {
            self.too_long.add(row, cell, 1);
            ""
        } else {
            cell
        };
        if self.surveyed {
            let read = self.known.read(cell);
            self.filled += u64::from(read != Cell::Empty);
            self.survey.add(row, cell, &read, 1);
            if let Held::Amounts(amounts) = &mut self.held {
                amounts.push(if let Cell::Number(number) = &read { Some(number) } else { None });
            }
            return;
        }
        self.filled += u64::from(!cell.is_empty() && !number::trim(cell).is_empty());
        match &mut self.held {
            Held::Texts(texts) => texts.push(restore(cell).to_owned()),
            Held::Interned(interner) => interner.push(row, restore(cell)),
            Held::Degrees(degrees) => degrees.push(degree(cell).unwrap_or_else(|| {
                self.bad_degrees.add(row, cell, 1);
                Degree::Missing
            })),
            Held::Amounts(_) | Held::Nothing => {}
        }
    }

    /// Takes a cell that is empty or holds digits alone, as most amounts do. Else nothing is done.
    fn push_plain(&mut self, cell: &str) -> bool {
        let whole = match cell.is_empty() {
            true => None,
            false => match number::whole(cell.as_bytes()) {
                Some(whole) => Some(whole),
                None => return false,
            },
        };
        match whole {
            Some(digits) => {
                self.filled += 1;
                self.survey.add_whole(digits);
            }
            None => self.survey.empty += 1,
        }
        if let Held::Amounts(amounts) = &mut self.held {
            amounts.digits.push(whole.unwrap_or(0));
            amounts.forms.push(0);
        }
        true
    }

    /// Takes the rows of a later part of the file.
    pub(crate) fn join(&mut self, later: Fill) {
        match (&mut self.held, later.held) {
            (Held::Texts(texts), Held::Texts(more)) => texts.extend(more),
            (Held::Interned(interner), Held::Interned(more)) => interner.join(more),
            (Held::Amounts(amounts), Held::Amounts(more)) => amounts.join(more),
            (Held::Degrees(degrees), Held::Degrees(more)) => degrees.extend(more),
            _ => {}
        }
        self.survey.join(later.survey);
        self.filled += later.filled;
        self.too_long.join(later.too_long);
        self.bad_degrees.join(later.bad_degrees);
    }
}

/// Degrees with a point or a comma before decimals. `None`: it is no number.
fn degree(cell: &str) -> Option<Degree> {
    let text = number::trim(cell);
    if text.is_empty() {
        return Some(Degree::Missing);
    }
    if let Ok(value) = text.parse() {
        return Some(Degree::Value(value));
    }
    if super::cell::nothing::is_nothing(text) {
        return Some(Degree::Missing);
    }
    let text = text.trim_end_matches('°').trim_end();
    text.replacen(',', ".", 1).parse().ok().map(Degree::Value)
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

    #[test]
    fn degrees_are_read_with_either_mark() {
        assert_eq!(degree(" 40.5 "), Some(Degree::Value(40.5)));
        assert_eq!(degree("-73,25"), Some(Degree::Value(-73.25)));
        assert_eq!(degree("40.5°"), Some(Degree::Value(40.5)));
        assert_eq!([degree(""), degree("#N/A")], [Some(Degree::Missing); 2]);
        assert_eq!(degree("north"), None);
    }
}
