//! A part of a column as it fills, some rows at a time.

use super::cell::degree::{Degree, degree, plain_degree};
use super::cell::form::Form;
use super::cell::number::{self, Cell, Written};
use super::intern::Interner;
use super::survey::{Survey, Tally};
use crate::formula::{restore, unwrap_text};
use crate::table;
use carve_solver::hash::{EXACT_BYTES_MAX, hash, hash_short};
use std::borrow::Cow;
use std::ops::Range;

/// Room for what is kept of the cells that are still to come.
#[derive(Debug)]
pub(crate) enum Room<'a> {
    Texts(&'a mut [String]),
    /// The numbers of the texts, as the part counts them.
    Interned(&'a mut [u32]),
    Amounts(&'a mut [i64]),
    /// Degrees, and whether they are there.
    Degrees(&'a mut [f64], &'a mut [bool]),
    /// None: it is only counted how many hold text.
    Count,
    /// None: it is only counted what they are.
    Survey,
}

/// What a part saw of its cells.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What they are, where numbers matter.
    pub survey: Survey,
    /// Cells that hold text.
    pub filled: u64,
    /// Cells that are longer than they may be, and are taken as empty.
    pub too_long: Tally,
    /// Degrees that are no number.
    pub bad_degrees: Tally,
    /// The different texts.
    pub texts: Interner,
    /// The forms of amounts, by row; none: all are plain.
    pub forms: Vec<Form>,
}

/// A part of a column while it is read.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    room: Room<'a>,
    seen: Seen,
    bytes_max: usize,
    rows: Range<usize>,
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

impl<'a> Part<'a> {
    /// Of these rows. `bytes_max`: bytes that a cell may have whose text is kept.
    pub(crate) fn new(room: Room<'a>, rows: &Range<usize>, bytes_max: usize) -> Part<'a> {
        Part { room, seen: Seen::default(), bytes_max, rows: rows.clone(), known: Known::default() }
    }

    /// What it saw, when all of its rows were taken.
    pub(crate) fn into_seen(self) -> Seen {
        self.seen
    }

    /// Takes the cells of the next rows, of which `first_row` is the first. What is beyond the part's rows is left out.
    pub(crate) fn take<'t>(&mut self, first_row: usize, cells: impl Iterator<Item = table::Cell<'t>>) {
        let from = (first_row - self.rows.start).min(self.rows.len());
        let cells = (first_row..self.rows.end).zip(cells);
        let Part { room, seen, bytes_max, rows, known } = self;
        match room {
            Room::Texts(room) => {
                for ((row, cell), slot) in cells.zip(&mut room[from..]).filter(|((_, cell), _)| cell.length() > 0) {
                    *slot = match seen.is_usual(cell, *bytes_max) {
                        true => cell.text().to_owned(),
                        false => restore(&seen.text(row, cell.text(), *bytes_max)).to_owned(),
                    };
                }
            }
            Room::Interned(room) => {
                for ((row, cell), slot) in cells.zip(&mut room[from..]) {
                    *slot = match seen.is_usual(cell, *bytes_max) {
                        true => seen.code(row, cell),
                        false => {
                            let text = seen.text(row, cell.text(), *bytes_max);
                            let text = restore(&text);
                            seen.texts.code(row, hash(text.as_bytes()), text)
                        }
                    };
                }
            }
            Room::Degrees(values, are_there) => {
                let room = values[from..].iter_mut().zip(&mut are_there[from..]);
                for ((row, cell), (value, is_there)) in cells.zip(room) {
                    if let Degree::Value(read) = seen.degree(row, cell) {
                        (*value, *is_there) = (read, true);
                    }
                }
            }
            Room::Amounts(room) => {
                for ((row, cell), slot) in cells.zip(&mut room[from..]) {
                    *slot = match seen.plain(cell) {
                        Some(amount) => amount,
                        None => seen.amount(row, cell.text(), known, rows),
                    };
                }
            }
            Room::Survey => {
                for (row, cell) in cells {
                    if seen.plain(cell).is_none() {
                        seen.number(row, cell.text(), known);
                    }
                }
            }
            // What is not kept may be as long as it likes.
            Room::Count => {
                for (row, cell) in cells {
                    if !seen.is_usual(cell, usize::MAX) {
                        seen.text(row, cell.text(), usize::MAX);
                    }
                }
            }
        }
    }
}

impl Seen {
    /// Counts a cell that stands for itself as it is, as nearly all do that are not empty. Else nothing is done.
    #[inline]
    fn is_usual(&mut self, cell: table::Cell<'_>, bytes_max: usize) -> bool {
        let first = cell.bytes().first();
        let is_usual = first.is_some_and(|byte| byte.is_ascii_graphic() && !matches!(byte, b'=' | b'\''));
        let is_usual = is_usual && cell.length() <= bytes_max;
        self.filled += u64::from(is_usual);
        is_usual
    }

    /// The text of a cell; none of one that is too long.
    fn text<'t>(&mut self, row: usize, cell: &'t str, bytes_max: usize) -> Cow<'t, str> {
        let text = unwrap_text(cell);
        if text.len() > bytes_max {
            self.too_long.add(row, &text, 1);
            return Cow::Borrowed("");
        }
        self.filled += u64::from(!text.is_empty() && !number::trim(&text).is_empty());
        text
    }

    /// The number of the text that a cell is.
    #[inline]
    fn code(&mut self, row: usize, cell: table::Cell<'_>) -> u32 {
        let hash = match cell.length() {
            length @ ..=EXACT_BYTES_MAX => hash_short(length, cell.head()),
            _ => hash(cell.bytes()),
        };
        self.texts.code(row, hash, cell.text())
    }

    fn degree(&mut self, row: usize, cell: table::Cell<'_>) -> Degree {
        if let Some(degree) = plain_degree(cell.bytes()) {
            self.filled += 1;
            return Degree::Value(degree);
        }
        let text = self.text(row, cell.text(), usize::MAX);
        degree(&text).unwrap_or_else(|| {
            self.bad_degrees.add(row, &text, 1);
            Degree::Missing
        })
    }

    /// Takes a cell that is empty or holds digits alone, as most amounts do, and gives its amount. Else nothing is done.
    #[inline]
    fn plain(&mut self, cell: table::Cell<'_>) -> Option<i64> {
        let digits = match cell.length() {
            0 => {
                self.survey.empty += 1;
                return Some(0);
            }
            length @ ..=number::SHORT_DIGITS_MAX => number::short_whole(cell.head(), length)?,
            _ => number::whole(cell.bytes())?,
        };
        self.filled += 1;
        self.survey.add_whole(digits);
        Some(digits)
    }

    /// Takes any other cell of a column of amounts, whose rows are these; gives its amount.
    fn amount(&mut self, row: usize, cell: &str, known: &mut Known, rows: &Range<usize>) -> i64 {
        let Some(number) = self.number(row, cell, known) else { return 0 };
        self.keep_form(&number, row, rows);
        number.digits
    }

    /// Takes any other cell; gives its number if it is one.
    fn number(&mut self, row: usize, cell: &str, known: &mut Known) -> Option<Written> {
        let text = unwrap_text(cell);
        let read = known.read(&text);
        self.filled += u64::from(read != Cell::Empty);
        self.survey.add(row, &text, &read, 1);
        if let Cell::Number(number) = read { Some(number) } else { None }
    }

    /// Keeps the form of the number of a row among these.
    fn keep_form(&mut self, number: &Written, row: usize, rows: &Range<usize>) {
        let form = Form::of(number);
        if !form.is_plain() {
            self.forms.resize(rows.len(), Form::default());
            self.forms[row - rows.start] = form;
        }
    }
}
