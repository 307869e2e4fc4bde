//! Columns without a known heading: measure or attribute, by all of their values.

use super::number::{Whole, whole};
use super::text::restore;

/// A column that may turn out to be a measure or an attribute.
#[derive(Debug)]
pub(super) struct Guess {
    unnamed: bool,
    /// Whether its text is kept if that is what it turns out to be.
    asked: bool,
    state: State,
    /// Values that are whole numbers.
    wholes: usize,
    /// Values that are not, and the first of them with its row.
    others: usize,
    first_other: Option<(usize, String)>,
}

/// Numbers are kept as numbers for as long as nothing else turns up: most columns of a large file are numbers.
#[derive(Debug)]
enum State {
    /// Only empty cells so far.
    Empty(usize),
    /// Only whole numbers and empty cells so far; `odd` keeps the text of those that `amounts` does not give back.
    Wholes {
        amounts: Vec<i64>,
        odd: Vec<(usize, String)>,
    },
    Text(Vec<String>),
    /// Text that nobody asks for; the rows so far.
    Unasked(usize),
}

/// What a column turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Settled {
    Measure(Vec<i64>),
    /// Its values, none if nobody asks for them, and the first that is no whole number if most are.
    Attribute(Vec<String>, Option<(usize, String)>),
    /// No heading and no values.
    Nothing,
}

impl Guess {
    pub(super) fn new(unnamed: bool, asked: bool) -> Guess {
        Guess { unnamed, asked, state: State::Empty(0), wholes: 0, others: 0, first_other: None }
    }

    /// Takes the next row's cell.
    pub(super) fn push(&mut self, cell: &str) {
        let text = restore(cell);
        let read = match whole(cell.as_bytes()) {
            Whole::Empty if !cell.is_empty() => Whole::NoNumber, // spaces are text
            read => read,
        };
        match read {
            Whole::Amount(_) => self.wholes += 1,
            Whole::Empty => {}
            _ => {
                self.others += 1;
                if self.others == 1 {
                    self.state.become_text(self.asked);
                    self.first_other = Some((self.state.len(), text.to_owned()));
                }
            }
        }
        match (&mut self.state, read) {
            (State::Empty(rows), Whole::Empty) => *rows += 1,
            (State::Empty(rows), Whole::Amount(amount)) => {
                let mut amounts = vec![0; *rows];
                let mut odd: Vec<_> = (0..*rows).filter(|_| self.asked).map(|row| (row, String::new())).collect();
                odd.extend(odd_text(text).filter(|_| self.asked).map(|text| (*rows, text)));
                amounts.push(amount);
                self.state = State::Wholes { amounts, odd };
            }
            (State::Wholes { amounts, odd }, read) => {
                odd.extend(odd_text(text).filter(|_| self.asked).map(|text| (amounts.len(), text)));
                amounts.push(if let Whole::Amount(amount) = read { amount } else { 0 });
            }
            (State::Text(values), _) => values.push(text.to_owned()),
            (State::Empty(rows) | State::Unasked(rows), _) => *rows += 1,
        }
    }

    pub(super) fn settle(self) -> Settled {
        let near = self.first_other.filter(|_| self.wholes > self.others);
        match self.state {
            State::Empty(_) if self.unnamed => Settled::Nothing,
            State::Empty(rows) if self.asked => Settled::Attribute(vec![String::new(); rows], None),
            State::Empty(_) => Settled::Attribute(Vec::new(), None),
            State::Wholes { amounts, .. } => Settled::Measure(amounts),
            State::Text(values) => Settled::Attribute(values, near),
            State::Unasked(_) => Settled::Attribute(Vec::new(), near),
        }
    }
}

/// Text that writing its number would not give back: `007`, `+5`, ` 5`, `5.0`, and no text at all.
fn odd_text(text: &str) -> Option<String> {
    let plain = match text.as_bytes() {
        [b'1'..=b'9', rest @ ..] | [b'-', b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        digits => digits == b"0",
    };
    (!plain).then(|| text.to_owned())
}

impl State {
    fn len(&self) -> usize {
        match self {
            State::Empty(rows) => *rows,
            State::Wholes { amounts, .. } => amounts.len(),
            State::Text(values) => values.len(),
            State::Unasked(rows) => *rows,
        }
    }

    fn become_text(&mut self, asked: bool) {
        if !asked {
            *self = State::Unasked(self.len());
            return;
        }
        let values = match self {
            State::Empty(rows) => vec![String::new(); *rows],
            State::Wholes { amounts, odd } => {
                let mut values: Vec<String> = amounts.iter().map(i64::to_string).collect();
                for (row, text) in odd.drain(..) {
                    values[row] = text;
                }
                values
            }
            State::Text(_) | State::Unasked(_) => return,
        };
        *self = State::Text(values);
    }
}
