//! Columns without a known heading: measure or attribute, by all of their values.

use super::number::{Whole, whole};
use super::text::restore;

/// A column that may turn out to be a measure or an attribute.
#[derive(Debug)]
pub(super) struct Guess {
    unnamed: bool,
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
}

/// What a column turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Settled {
    Measure(Vec<i64>),
    /// Its values, and the first that is no whole number if most are.
    Attribute(Vec<String>, Option<(usize, String)>),
    /// No heading and no values.
    Nothing,
}

impl Guess {
    pub(super) fn new(unnamed: bool) -> Guess {
        Guess { unnamed, state: State::Empty(0), wholes: 0, others: 0, first_other: None }
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
                    self.state.become_text();
                    self.first_other = Some((self.state.len(), text.to_owned()));
                }
            }
        }
        match (&mut self.state, read) {
            (State::Empty(rows), Whole::Empty) => *rows += 1,
            (State::Empty(rows), Whole::Amount(amount)) => {
                let mut amounts = vec![0; *rows];
                let mut odd: Vec<_> = (0..*rows).map(|row| (row, String::new())).collect();
                push_whole(&mut amounts, &mut odd, amount, text);
                self.state = State::Wholes { amounts, odd };
            }
            (State::Wholes { amounts, odd }, Whole::Amount(amount)) => push_whole(amounts, odd, amount, text),
            (State::Wholes { amounts, odd }, _) => {
                odd.push((amounts.len(), String::new()));
                amounts.push(0);
            }
            (State::Text(values), _) => values.push(text.to_owned()),
            (State::Empty(rows), _) => *rows += 1,
        }
    }

    pub(super) fn settle(self) -> Settled {
        match self.state {
            State::Empty(_) if self.unnamed => Settled::Nothing,
            State::Empty(rows) => Settled::Attribute(vec![String::new(); rows], None),
            State::Wholes { amounts, .. } => Settled::Measure(amounts),
            State::Text(values) => {
                let near = self.first_other.filter(|_| self.wholes > self.others);
                Settled::Attribute(values, near)
            }
        }
    }
}

fn push_whole(amounts: &mut Vec<i64>, odd: &mut Vec<(usize, String)>, amount: i64, text: &str) {
    // `007`, `+5`, ` 5` and `5.0` are not what writing the number would give back.
    let plain = match text.as_bytes() {
        [b'1'..=b'9', ..] | [b'0'] => text.bytes().all(|b| b.is_ascii_digit()),
        [b'-', b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !plain {
        odd.push((amounts.len(), text.to_owned()));
    }
    amounts.push(amount);
}

impl State {
    fn len(&self) -> usize {
        match self {
            State::Empty(rows) => *rows,
            State::Wholes { amounts, .. } => amounts.len(),
            State::Text(values) => values.len(),
        }
    }

    fn become_text(&mut self) {
        let values = match self {
            State::Empty(rows) => vec![String::new(); *rows],
            State::Wholes { amounts, odd } => {
                let mut values: Vec<String> = amounts.iter().map(i64::to_string).collect();
                for (row, text) in odd.drain(..) {
                    values[row] = text;
                }
                values
            }
            State::Text(_) => return,
        };
        *self = State::Text(values);
    }
}
