//! Numbers as people and programs write them, read without knowing yet whether a dot or a comma is the decimal mark.
//!
//! Signs, parentheses, currencies before and behind, groups of digits, exponents of spreadsheets and suffixes such as `K`
//! are understood. Digits are kept as a whole number, exactly, beside what the marks between them can mean; the column as
//! a whole then decides which mark is the decimal one.

use super::currency::{self, Currency};
use super::groups::{self, Groups};
use super::nothing::is_nothing;

/// A mark between digits that one place writes before decimals and another between thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    /// `.`
    Point,
    /// `,`
    Comma,
}

impl Mark {
    /// The other one.
    pub(crate) fn other(self) -> Mark {
        match self {
            Mark::Point => Mark::Comma,
            Mark::Comma => Mark::Point,
        }
    }
}

/// What the marks between the digits of a number say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// There are none that could be a decimal mark; `behind` digits are decimals whatever the column says.
    None,
    /// One mark, with three digits behind it: decimals or thousands.
    Once(Mark),
    /// This one is the decimal mark.
    Decimal(Mark),
    /// This one divides thousands, so the other is the decimal mark.
    Thousands(Mark),
}

/// A number as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// All of its digits, with its sign.
    pub digits: i64,
    /// What its marks say.
    pub marks: Marks,
    /// Digits behind the last mark.
    pub behind: u8,
    /// Of these, those up to the last that is not 0.
    pub needed: u8,
    /// Its currency.
    pub currency: Option<Currency>,
    /// How else it is written.
    pub style: Style,
}

/// What is worth knowing about how a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    /// Nothing.
    #[default]
    Plain,
    /// With an exponent, as spreadsheets write numbers that do not fit their column.
    Exponent,
    /// With a suffix that stands for thousands or more.
    Suffix,
    /// With zeros before its digits, as codes are.
    LeadingZero,
}

/// What a cell is that is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unfit {
    /// Text.
    Text,
    /// Yes or no.
    Flag,
    /// A date.
    Date,
    /// A percentage.
    Percent,
    /// An amount in a currency that nobody knows.
    CurrencyUnknown,
    /// A number that is not finite.
    NotFinite,
    /// A number above 2^63 - 1.
    TooLarge,
    /// A number below -2^63.
    TooSmall,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing but white space.
    Empty,
    /// Text that stands for no value.
    Nothing,
    /// A number.
    Number(Written),
    /// Anything else.
    Unfit(Unfit),
}

impl Written {
    /// A whole number without marks.
    fn whole(digits: i64, style: Style) -> Written {
        Written { digits, marks: Marks::None, behind: 0, needed: 0, currency: None, style }
    }
}

/// Digits that always fit a whole number of 64 bits.
const DIGITS_SAFE: usize = 18;

/// Reads a cell.
pub(crate) fn read(cell: &str) -> Cell {
    if let Some(whole) = plain(cell.as_bytes()) {
        return Cell::Number(whole);
    }
    let text = trim(cell);
    if text.is_empty() {
        return Cell::Empty;
    }
    let text = match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit() || "+-($€£".contains(c)) => rest,
        _ => text,
    };
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return words(text);
    }
    Scan::new(text).read().unwrap_or_else(|| Cell::Unfit(if is_date(text) { Unfit::Date } else { Unfit::Text }))
}

/// A whole number of digits alone, without a zero before them.
pub(crate) fn whole(bytes: &[u8]) -> Option<i64> {
    match bytes {
        [b'0', _, ..] => None,
        _ => digits(bytes),
    }
}

/// Most digits that [`short_whole`] reads.
pub(crate) const SHORT_DIGITS_MAX: usize = 8;

/// As [`whole`], of so many bytes, which are given as a number, the first the lowest: all at once, as most cells of most
/// files hold one to eight digits, and to guess how many takes longer than all else.
#[inline]
pub(crate) fn short_whole(bytes: u64, length: usize) -> Option<i64> {
    if length == 0 || length > SHORT_DIGITS_MAX || length > 1 && bytes & 0xFF == u64::from(b'0') {
        return None;
    }
    // The digits go up to the last of eight places, behind zeros.
    let places = 8 * (SHORT_DIGITS_MAX - length);
    let digits = (bytes ^ 0x3030_3030_3030_3030) << places;
    if (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    // Two neighbours at a time make one number: of eight digits four, then two, then one.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    let eight = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF;
    i64::try_from(eight).ok()
}

/// Digits alone.
fn plain(bytes: &[u8]) -> Option<Written> {
    let number = digits(bytes)?;
    let style = if bytes[0] == b'0' && bytes.len() > 1 { Style::LeadingZero } else { Style::Plain };
    Some(Written::whole(number, style))
}

fn digits(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > DIGITS_SAFE {
        return None;
    }
    let mut number = 0_i64;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + i64::from(digit);
    }
    Some(number)
}

/// Without white space and marks of direction at its ends.
pub(crate) fn trim(text: &str) -> &str {
    let first = text.as_bytes().first().is_some_and(|b| b.is_ascii_graphic());
    let last = text.as_bytes().last().is_some_and(|b| b.is_ascii_graphic());
    if first && last {
        return text;
    }
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}'))
}

/// A cell without digits.
fn words(text: &str) -> Cell {
    const FLAGS: [&str; 28] = [
        "true",
        "false",
        "yes",
        "no",
        "y",
        "n",
        "t",
        "f",
        "x",
        "wahr",
        "falsch",
        "ja",
        "nein",
        "vrai",
        "faux",
        "oui",
        "non",
        "verdadero",
        "falso",
        "si",
        "sí",
        "sim",
        "não",
        "nao",
        "verdadeiro",
        "vero",
        "sì",
        "nee",
    ];
    const NOT_FINITE: [&str; 3] = ["nan", "inf", "infinity"];
    let is_among = |list: &[&str]| list.iter().any(|word| word.len() == text.len() && word.eq_ignore_ascii_case(text));
    if is_nothing(text) || is_no_amount(text) {
        return Cell::Nothing;
    }
    if text.len() <= 10 {
        if is_among(&FLAGS) {
            return Cell::Unfit(Unfit::Flag);
        }
        if NOT_FINITE.iter().any(|word| text.trim_start_matches(['+', '-']).eq_ignore_ascii_case(word)) {
            return Cell::Unfit(Unfit::NotFinite);
        }
    }
    Cell::Unfit(Unfit::Text)
}

/// `$ -`, as spreadsheets write nothing in a currency.
fn is_no_amount(text: &str) -> bool {
    let Some(dash) = text.find(['-', '–', '—']).filter(|_| text.len() <= 12) else { return false };
    let mut names = [&text[..dash], text[dash..].trim_start_matches(['-', '–', '—'])].map(trim).into_iter();
    let all = names.clone().all(|name| name.is_empty() || currency::known(name).is_some());
    all && names.any(|name| !name.is_empty())
}

/// `2026-01-05`, `5.1.2026`, `01/05/26`, with or without a time behind it.
fn is_date(text: &str) -> bool {
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let Some(mark) = day.chars().find(|c| !c.is_ascii_digit()).filter(|c| "-/.".contains(*c)) else { return false };
    let parts: Vec<&str> = day.split(mark).collect();
    let fits = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(|part| fits(part)) && parts[1].len() <= 2 && day.len() >= 6
}

/// A cell with digits, from its start to its end.
struct Scan<'a> {
    rest: &'a str,
    negative: bool,
    signs: u8,
    parenthesis: bool,
    currency: Option<Currency>,
    /// Whether a currency was named that nobody knows.
    currency_unknown: bool,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Scan<'a> {
        Scan { rest: text, negative: false, signs: 0, parenthesis: false, currency: None, currency_unknown: false }
    }

    /// `None`: it is no number.
    fn read(mut self) -> Option<Cell> {
        self.before()?;
        let groups = Groups::take(&mut self.rest)?;
        let mut number = groups.number()?;
        let mut style = if groups.has_leading_zero() { Style::LeadingZero } else { Style::Plain };
        if let Some(power) = self.exponent()? {
            style = Style::Exponent;
            number = number.times_ten_to(power);
        } else if let Some(power) = self.suffix() {
            style = Style::Suffix;
            number = number.times_ten_to(power);
        }
        let percent = self.behind()?;
        if self.parenthesis || !self.rest.is_empty() {
            return None;
        }
        if self.currency_unknown {
            return Some(Cell::Unfit(Unfit::CurrencyUnknown));
        }
        if percent {
            return Some(Cell::Unfit(Unfit::Percent));
        }
        let digits = number.digits.and_then(|digits| match self.negative {
            true => 0_i64.checked_sub_unsigned(digits),
            false => i64::try_from(digits).ok(),
        });
        Some(match digits {
            Some(digits) => Cell::Number(Written {
                digits,
                marks: number.marks,
                behind: number.behind,
                needed: number.needed,
                currency: self.currency,
                style,
            }),
            None => Cell::Unfit(if self.negative { Unfit::TooSmall } else { Unfit::TooLarge }),
        })
    }

    /// Signs, an opening parenthesis and a currency, in any order, once each.
    fn before(&mut self) -> Option<()> {
        loop {
            let c = self.rest.chars().next()?;
            match c {
                '0'..='9' | '.' | ',' => return Some(()),
                '+' | '-' | '−' | '–' => self.sign(c)?,
                '(' if !self.parenthesis => {
                    self.parenthesis = true;
                    self.negative = true;
                    self.signs += 1;
                    self.skip(1);
                }
                c if groups::is_space(c) => self.skip(c.len_utf8()),
                _ => self.name()?,
            }
        }
    }

    /// What follows the digits; whether it is a percentage.
    fn behind(&mut self) -> Option<bool> {
        let mut percent = false;
        while let Some(c) = self.rest.chars().next() {
            match c {
                '%' if !percent => {
                    percent = true;
                    self.skip(1);
                }
                '+' | '-' | '−' | '–' => self.sign(c)?,
                ')' if self.parenthesis => {
                    self.parenthesis = false;
                    self.skip(1);
                }
                c if groups::is_space(c) => self.skip(c.len_utf8()),
                _ => self.name()?,
            }
        }
        Some(percent)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        self.signs += 1;
        self.negative |= sign != '+';
        self.skip(sign.len_utf8());
        (self.signs == 1).then_some(())
    }

    /// A currency.
    fn name(&mut self) -> Option<()> {
        let ends = |c: char| c.is_ascii_digit() || groups::is_space(c) || "+-−–().,%".contains(c);
        let mut end = self.rest.find(ends).unwrap_or(self.rest.len());
        // `Fr.` and `Rs.` have a dot of their own.
        let dotted = self.rest[end..].starts_with('.') && currency::known(&self.rest[..end]).is_some();
        let name = &self.rest[..end];
        if name.is_empty() || self.currency.is_some() || self.currency_unknown {
            return None;
        }
        match currency::known(name) {
            Some(known) => self.currency = Some(known),
            None if currency::is_like_code(name) => self.currency_unknown = true,
            None => return None,
        }
        end += usize::from(
            dotted
                && (!self.rest[end + 1..].starts_with(|c: char| c.is_ascii_digit())
                    || name.chars().all(char::is_alphabetic)),
        );
        self.skip(end);
        Some(())
    }

    /// `E+06`; `None` if it begins like one and is none.
    fn exponent(&mut self) -> Option<Option<i32>> {
        let Some(rest) = self.rest.strip_prefix(['e', 'E']) else { return Some(None) };
        let (negative, rest) = match rest.as_bytes().first() {
            Some(b'-') => (true, &rest[1..]),
            Some(b'+') => (false, &rest[1..]),
            Some(b'0'..=b'9') => (false, rest),
            _ => return Some(None),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let power: i32 = rest[..end].parse().ok().filter(|power| *power <= 400)?;
        self.rest = &rest[end..];
        Some(Some(if negative { -power } else { power }))
    }

    /// `K`, `M`, `Mio.` and the like.
    fn suffix(&mut self) -> Option<i32> {
        const SUFFIXES: [(&str, i32); 16] = [
            ("k", 3),
            ("t", 3),
            ("tsd", 3),
            ("thousand", 3),
            ("m", 6),
            ("mm", 6),
            ("mio", 6),
            ("mln", 6),
            ("mn", 6),
            ("million", 6),
            ("millionen", 6),
            ("b", 9),
            ("bn", 9),
            ("mrd", 9),
            ("billion", 9),
            ("md", 9),
        ];
        let rest = self.rest.trim_start_matches(groups::is_space);
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (_, power) = SUFFIXES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&rest[..end]))?;
        self.rest = rest[end..].trim_start_matches('.');
        Some(*power)
    }
}

#[cfg(test)]
mod tests;
