//! What the cells of a column are, counted.

use super::cell::currency::Currency;
use super::cell::number::{Cell, Mark, Marks, Style, Unfit, Written};
use super::excerpt::excerpt;

/// Places that a finding names before it only counts.
pub(crate) const PLACES_NAMED_MAX: usize = 3;
/// Decimals that an amount keeps.
pub(crate) const DECIMALS_MAX: u8 = 6;
/// Different texts that stand for no value which are told apart.
const NOTHINGS_MAX: usize = 8;

/// A cell of the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Example {
    /// Its row, from 0.
    pub row: usize,
    /// What it holds, cut short.
    pub text: String,
}

/// Cells of one sort: how many, and the first ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub count: u64,
    pub first: Vec<Example>,
}

impl Tally {
    /// Counts a cell, or `times` cells of which this is the first.
    pub(crate) fn add(&mut self, row: usize, text: &str, times: u64) {
        self.count += times;
        if self.first.len() < PLACES_NAMED_MAX {
            self.first.push(Example { row, text: excerpt(text) });
        }
    }

    /// Those of a later part of the file behind these.
    pub(crate) fn join(&mut self, later: Tally) {
        self.count += later.count;
        self.first.extend(later.first);
        self.first.sort_by_key(|example| example.row);
        self.first.truncate(PLACES_NAMED_MAX);
    }
}

/// Decimals behind one mark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Decimals {
    /// The most that are written.
    pub written: u8,
    /// The most that are needed: without zeros at the end.
    pub needed: u8,
}

impl Decimals {
    fn add(&mut self, written: &Written) {
        self.join(Decimals { written: written.behind, needed: written.needed });
    }

    pub(crate) fn join(&mut self, other: Decimals) {
        self.written = self.written.max(other.written);
        self.needed = self.needed.max(other.needed);
    }
}

/// What is known of one of the two marks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MarkSurvey {
    /// Numbers that have it as their decimal mark, or the other one between thousands.
    pub decimal: Tally,
    /// Numbers that have it once with three digits behind it.
    pub once: Tally,
    /// Decimals behind it where it is the decimal mark.
    pub decimals: Decimals,
    /// Decimals behind it where it may be.
    pub once_decimals: Decimals,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Cells without anything.
    pub empty: u64,
    /// Texts that stand for no value, each with its cells.
    pub nothings: Vec<(String, Tally)>,
    /// Numbers.
    pub numbers: u64,
    /// What is no number, by sort.
    pub unfit: Vec<(Unfit, Tally)>,
    /// The point, as far as it is a decimal mark.
    pub point: MarkSurvey,
    /// The comma, likewise.
    pub comma: MarkSurvey,
    /// Decimals that are certain whatever the marks.
    pub exact: Decimals,
    /// Numbers with their currency.
    pub currencies: Vec<(Currency, Tally)>,
    /// Numbers below 0.
    pub negative: Tally,
    /// Numbers with more decimals than an amount can keep.
    pub finer: Tally,
    /// Numbers with an exponent.
    pub exponents: Tally,
    /// Numbers with a suffix such as `K`.
    pub suffixes: Tally,
    /// Whole numbers from 1,000 on without marks.
    pub large_plain: u64,
    /// Whole numbers from 1 to 999 without marks.
    pub small_plain: u64,
    /// Whole numbers with zeros before them.
    pub leading_zeros: u64,
    /// Numbers that are 0 or 1.
    pub zeros_and_ones: u64,
    /// Whole numbers that can be a day, such as 20260105.
    pub compact_dates: u64,
    /// Whole numbers that can be a year.
    pub years: u64,
}

impl Survey {
    /// Counts a cell, or `times` cells of which this is the first.
    pub(crate) fn add(&mut self, row: usize, text: &str, cell: &Cell, times: u64) {
        match cell {
            Cell::Empty => self.empty += times,
            Cell::Nothing => self.nothing(row, text, times),
            Cell::Unfit(unfit) => tally_of(&mut self.unfit, *unfit).add(row, text, times),
            Cell::Number(number) => self.number(row, text, number, times),
        }
    }

    fn nothing(&mut self, row: usize, text: &str, times: u64) {
        let text = text.trim();
        let known = self.nothings.iter().position(|(known, _)| known == text);
        let at = known.unwrap_or_else(|| {
            if self.nothings.len() < NOTHINGS_MAX {
                self.nothings.push((text.to_owned(), Tally::default()));
            }
            self.nothings.len() - 1
        });
        self.nothings[at].1.add(row, text, times);
    }

    fn number(&mut self, row: usize, text: &str, number: &Written, times: u64) {
        self.numbers += times;
        match number.marks {
            Marks::None if number.behind == 0 => {}
            Marks::None => self.exact.add(number),
            Marks::Once(mark) => {
                let survey = self.of_mark(mark);
                survey.once.add(row, text, times);
                survey.once_decimals.add(number);
            }
            Marks::Decimal(mark) => {
                let survey = self.of_mark(mark);
                survey.decimals.add(number);
                if number.behind > 0 {
                    survey.decimal.add(row, text, times);
                }
            }
            Marks::Thousands(mark) => self.of_mark(mark.other()).decimal.add(row, text, times),
        }
        if number.needed > DECIMALS_MAX && matches!(number.marks, Marks::None | Marks::Decimal(_)) {
            self.finer.add(row, text, times);
        }
        if number.digits < 0 {
            self.negative.add(row, text, times);
        }
        match number.style {
            Style::Plain => {}
            Style::LeadingZero => self.leading_zeros += times,
            Style::Exponent => self.exponents.add(row, text, times),
            Style::Suffix => self.suffixes.add(row, text, times),
        }
        if let Some(currency) = number.currency {
            tally_of(&mut self.currencies, currency).add(row, text, times);
        }
        if number.marks == Marks::None && number.behind == 0 {
            self.plain(number, times);
        }
    }

    fn plain(&mut self, number: &Written, times: u64) {
        let digits = number.digits;
        if number.style == Style::Plain {
            self.sizes(digits, times);
        }
        if number.currency.is_none() {
            self.kinds(digits, times);
        }
    }

    /// Counts a cell of digits alone, without a zero before them.
    #[inline]
    pub(crate) fn add_whole(&mut self, digits: i64) {
        self.numbers += 1;
        self.sizes(digits, 1);
        self.kinds(digits, 1);
    }

    // Nothing here is decided by a branch: small numbers stand in no order that could be guessed.
    fn sizes(&mut self, digits: i64, times: u64) {
        self.large_plain += times * u64::from(digits.unsigned_abs() >= 1_000);
        self.small_plain += times * u64::from((1..1_000).contains(&digits.unsigned_abs()));
    }

    fn kinds(&mut self, digits: i64, times: u64) {
        self.zeros_and_ones += times * u64::from((0..=1).contains(&digits));
        self.years += times * u64::from((1_990..=2_100).contains(&digits));
        if (19_000_101..=21_001_231).contains(&digits)
            && (1..=12).contains(&(digits / 100 % 100))
            && (1..=31).contains(&(digits % 100))
        {
            self.compact_dates += times;
        }
    }

    /// What is known of a mark.
    pub(crate) fn of_mark(&mut self, mark: Mark) -> &mut MarkSurvey {
        match mark {
            Mark::Point => &mut self.point,
            Mark::Comma => &mut self.comma,
        }
    }

    /// Cells that are neither numbers nor stand for none.
    pub(crate) fn unfit_count(&self) -> u64 {
        self.unfit.iter().map(|(_, tally)| tally.count).sum()
    }

    /// Cells of one sort that are no number.
    pub(crate) fn unfit_of(&self, unfit: Unfit) -> u64 {
        self.unfit.iter().filter(|(sort, _)| *sort == unfit).map(|(_, tally)| tally.count).sum()
    }

    /// Cells that stand for no value.
    pub(crate) fn nothing_count(&self) -> u64 {
        self.nothings.iter().map(|(_, tally)| tally.count).sum()
    }

    /// Counts those of a later part of the file to these.
    pub(crate) fn join(&mut self, later: Survey) {
        self.empty += later.empty;
        self.numbers += later.numbers;
        self.large_plain += later.large_plain;
        self.small_plain += later.small_plain;
        self.leading_zeros += later.leading_zeros;
        self.zeros_and_ones += later.zeros_and_ones;
        self.compact_dates += later.compact_dates;
        self.years += later.years;
        for (text, tally) in later.nothings {
            let at = self.nothings.iter().position(|(known, _)| *known == text);
            match at.or((self.nothings.len() == NOTHINGS_MAX).then_some(NOTHINGS_MAX - 1)) {
                Some(at) => self.nothings[at].1.join(tally),
                None => self.nothings.push((text, tally)),
            }
        }
        later.unfit.into_iter().for_each(|(sort, tally)| tally_of(&mut self.unfit, sort).join(tally));
        later.currencies.into_iter().for_each(|(sort, tally)| tally_of(&mut self.currencies, sort).join(tally));
        for (mine, theirs) in [(&mut self.point, later.point), (&mut self.comma, later.comma)] {
            mine.decimal.join(theirs.decimal);
            mine.once.join(theirs.once);
            mine.decimals.join(theirs.decimals);
            mine.once_decimals.join(theirs.once_decimals);
        }
        self.exact.join(later.exact);
        self.negative.join(later.negative);
        self.finer.join(later.finer);
        self.exponents.join(later.exponents);
        self.suffixes.join(later.suffixes);
    }
}

/// The tally of a sort, made when it is the first of its sort.
fn tally_of<T: PartialEq + Copy>(tallies: &mut Vec<(T, Tally)>, sort: T) -> &mut Tally {
    let at = tallies.iter().position(|(known, _)| *known == sort).unwrap_or_else(|| {
        tallies.push((sort, Tally::default()));
        tallies.len() - 1
    });
    &mut tallies[at].1
}
