//! The digits of a number with the marks between them.

use super::number::{Mark, Marks};

/// Groups of digits that a number may have.
const GROUPS_MAX: usize = 12;

/// Whether a character is a space that may stand between digits or beside a number.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}')
}

/// Groups of digits, as long as there are digits and marks between them.
#[derive(Debug)]
pub(super) struct Groups {
    /// All digits as one number; `None`: too large.
    digits: Option<u64>,
    lengths: [u8; GROUPS_MAX],
    /// The mark behind each group but the last.
    marks: [char; GROUPS_MAX],
    count: usize,
    first_is_zero: bool,
    /// Zeros at the very end.
    zeros: u8,
}

/// A number and what its marks say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    /// `None`: too large.
    pub digits: Option<u64>,
    pub marks: Marks,
    pub behind: u8,
    pub needed: u8,
}

impl Groups {
    /// Takes them from the start of the text. `None` when there is no digit, or too much.
    pub fn take(rest: &mut &str) -> Option<Groups> {
        let mut groups = Groups {
            digits: Some(0),
            lengths: [0; GROUPS_MAX],
            marks: [' '; GROUPS_MAX],
            count: 1,
            first_is_zero: false,
            zeros: 0,
        };
        let mut any = false;
        while let Some(c) = rest.chars().next() {
            let behind = &rest[c.len_utf8()..];
            if let Some(digit) = c.to_digit(10) {
                any = true;
                groups.first_is_zero |= groups.count == 1 && groups.lengths[0] == 0 && digit == 0;
                groups.zeros = if digit == 0 { groups.zeros.saturating_add(1) } else { 0 };
                groups.digits = groups.digits.and_then(|d| d.checked_mul(10)?.checked_add(u64::from(digit)));
                groups.lengths[groups.count - 1] = groups.lengths[groups.count - 1].saturating_add(1);
            } else if is_mark(c, behind) {
                if groups.count == GROUPS_MAX {
                    return None;
                }
                groups.marks[groups.count - 1] = if is_space(c) {
                    ' '
                } else if c == '’' {
                    '\''
                } else {
                    c
                };
                groups.count += 1;
            } else {
                break;
            }
            *rest = behind;
        }
        // `1'200.-` and `1.200,-` write that there are no cents.
        if any && groups.count > 1 && groups.lengths[groups.count - 1] == 0 {
            *rest = rest.strip_prefix(['-', '–', '—']).unwrap_or(rest);
        }
        any.then_some(groups)
    }

    /// Whether a whole number begins with a 0 that says nothing.
    pub fn has_leading_zero(&self) -> bool {
        self.first_is_zero && self.count == 1 && self.lengths[0] > 1
    }

    /// What the groups say. `None` when no place writes numbers so.
    pub fn number(&self) -> Option<Number> {
        let lengths = &self.lengths[..self.count];
        let marks = &self.marks[..self.count - 1];
        let last = *lengths.last()?;
        let (read, behind) = match marks {
            [] => (Marks::None, 0),
            [one] if mark(*one).is_some() => {
                let mark = mark(*one)?;
                let groups = last == 3 && (1..=3).contains(&lengths[0]) && !self.first_is_zero;
                (if groups { Marks::Once(mark) } else { Marks::Decimal(mark) }, last)
            }
            [before @ .., end] if before.iter().all(|m| m != end) && mark(*end).is_some() => {
                let whole = &lengths[..lengths.len() - 1];
                (are_thousands(whole, before).then_some(Marks::Decimal(mark(*end)?))?, last)
            }
            all => {
                let read = mark(all[0]).map_or(Marks::None, Marks::Thousands);
                (are_thousands(lengths, all).then_some(read)?, 0)
            }
        };
        let zeros = self.zeros.min(behind);
        Some(Number { digits: self.digits, marks: read, behind, needed: behind - zeros })
    }
}

/// Whether a character stands between digits: a point or comma, also at the end; spaces and apostrophes only before a
/// digit.
fn is_mark(c: char, behind: &str) -> bool {
    let before_digit = || behind.starts_with(|c: char| c.is_ascii_digit());
    matches!(c, '.' | ',') || (matches!(c, '\'' | '’') || is_space(c)) && before_digit()
}

fn mark(c: char) -> Option<Mark> {
    match c {
        '.' => Some(Mark::Point),
        ',' => Some(Mark::Comma),
        _ => None,
    }
}

/// Whether these are thousands with the same mark between all of them: `1,234,567`, or in India `12,34,567`.
fn are_thousands(lengths: &[u8], marks: &[char]) -> bool {
    let (Some(first), Some(last)) = (lengths.first(), lengths.last()) else { return false };
    let Some(mark) = marks.first() else { return *first > 0 };
    let inner = &lengths[1..lengths.len() - 1];
    let western = (1..=3).contains(first) && inner.iter().all(|length| *length == 3);
    let indian =
        *mark == ',' && (1..=2).contains(first) && !inner.is_empty() && inner.iter().all(|length| *length == 2);
    marks.iter().all(|other| other == mark) && *last == 3 && (western || indian)
}

impl Number {
    /// The number times a power of ten, exactly.
    pub fn times_ten_to(self, power: i32) -> Number {
        // Behind a power of ten the mark can only be the decimal one.
        let marks = match self.marks {
            Marks::Once(mark) => Marks::Decimal(mark),
            marks => marks,
        };
        let decimals =
            i32::from(if matches!(marks, Marks::Decimal(_) | Marks::None) { self.behind } else { 0 }) - power;
        let zeros = i32::from(self.behind - self.needed);
        if self.digits == Some(0) {
            return Number { digits: Some(0), marks: Marks::None, behind: 0, needed: 0 };
        }
        if decimals > 0 {
            let needed = (decimals - zeros).max(0);
            let narrow = |count: i32| u8::try_from(count).unwrap_or(u8::MAX);
            return Number {
                digits: self.digits,
                marks: Marks::None,
                behind: narrow(decimals),
                needed: narrow(needed),
            };
        }
        let scale = 10_u64.checked_pow(decimals.unsigned_abs());
        let digits = self.digits.and_then(|digits| digits.checked_mul(scale?));
        Number { digits, marks: Marks::None, behind: 0, needed: 0 }
    }
}
