//! What a column of numbers is, decided over all of its cells.

use super::cell::currency::{self, Currency};
use super::cell::number::{Mark, Unfit};
use super::survey::{DECIMALS_MAX, Decimals, MarkSurvey, Survey, Tally};

/// What a column turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Amounts.
    Amounts(Scale),
    /// Mostly numbers, and not all.
    Nearly(Vec<(Doubt, Tally)>),
    /// Text, whatever its values are.
    Other(Kind),
}

/// What values are that are no amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There are none.
    Empty,
    /// Yes or no.
    Flags,
    /// Days.
    Dates,
    /// Percentages.
    Percentages,
    /// Anything.
    Text,
}

/// Why a value among numbers is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It is none.
    Unfit(Unfit),
    /// It has another decimal mark than the others.
    Marks(Mark),
    /// It has a suffix such as `K`, and others are written out.
    Suffix,
}

/// How digits become amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scale {
    /// The decimal mark.
    pub decimal: Mark,
    /// Decimals kept.
    pub decimals: u8,
    /// Numbers that only a guess says the mark of.
    pub guessed: Option<(Mark, Tally)>,
    /// What the numbers are counted in by their own signs; several where they differ.
    pub currencies: Vec<(Currency, u64)>,
}

/// What a file tells of its numbers beside a column.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Customs {
    /// The decimal mark that is asked for.
    pub asked: Option<Mark>,
    /// The decimal mark of most columns that tell theirs.
    pub usual: Option<Mark>,
    /// Whether semicolons separate cells, as they do where a comma is the decimal mark.
    pub semicolons: bool,
}

/// The decimal mark of most columns that tell theirs.
pub(crate) fn usual<'a>(surveys: impl Iterator<Item = &'a Survey>) -> Option<Mark> {
    let (mut point, mut comma) = (0, 0);
    for survey in surveys.filter(|survey| survey.numbers > survey.unfit_count()) {
        match (survey.point.decimal.count > 0, survey.comma.decimal.count > 0) {
            (true, false) => point += 1,
            (false, true) => comma += 1,
            _ => {}
        }
    }
    match point.cmp(&comma) {
        std::cmp::Ordering::Greater => Some(Mark::Point),
        std::cmp::Ordering::Less => Some(Mark::Comma),
        std::cmp::Ordering::Equal => None,
    }
}

/// Decides. `expected`: heading or plan say that it is an amount.
pub(crate) fn judge(survey: &Survey, expected: bool, customs: &Customs) -> Verdict {
    let unfit = survey.unfit_count();
    if survey.numbers == 0 {
        let kind = kind_of_others(survey, unfit);
        return match kind {
            Kind::Empty if expected => Verdict::Amounts(scale(survey, Mark::Point, None)),
            kind => Verdict::Other(kind),
        };
    }
    if !expected && unfit == 0 && survey.compact_dates == survey.numbers {
        return Verdict::Other(Kind::Dates);
    }
    if unfit > survey.numbers || (unfit == survey.numbers && !expected) {
        return Verdict::Other(kind_of_others(survey, unfit));
    }
    let mut doubts: Vec<(Doubt, Tally)> =
        survey.unfit.iter().map(|(unfit, tally)| (Doubt::Unfit(*unfit), tally.clone())).collect();
    doubts.sort_by_key(|(_, tally)| tally.first.first().map(|example| example.row));
    if survey.suffixes.count > 0 && survey.large_plain > 0 {
        doubts.push((Doubt::Suffix, survey.suffixes.clone()));
    }
    match decimal_mark(survey, customs) {
        Ok((mark, guessed)) if doubts.is_empty() => Verdict::Amounts(scale(survey, mark, guessed)),
        Ok(_) => Verdict::Nearly(doubts),
        Err(odd) => {
            let survey = match odd {
                Mark::Point => &survey.point,
                Mark::Comma => &survey.comma,
            };
            let tally = if survey.decimal.count > 0 { &survey.decimal } else { &survey.once };
            doubts.push((Doubt::Marks(odd), tally.clone()));
            Verdict::Nearly(doubts)
        }
    }
}

/// How amounts are made all the same of a column that is nearly one, so that its other faults can be named.
pub(crate) fn as_good_as_can_be(survey: &Survey, customs: &Customs) -> Scale {
    let mark = decimal_mark(survey, customs).map_or_else(Mark::other, |(mark, _)| mark);
    scale(survey, mark, None)
}

fn kind_of_others(survey: &Survey, unfit: u64) -> Kind {
    match unfit {
        0 => Kind::Empty,
        all if survey.unfit_of(Unfit::Flag) == all && survey.numbers == 0 => Kind::Flags,
        all if survey.unfit_of(Unfit::Date) == all => Kind::Dates,
        all if survey.unfit_of(Unfit::Percent) == all => Kind::Percentages,
        _ => Kind::Text,
    }
}

/// The decimal mark, and the numbers that do not tell it themselves when no other does; or the mark that fewer numbers
/// have when they do not agree.
fn decimal_mark(survey: &Survey, customs: &Customs) -> Result<(Mark, Option<(Mark, Tally)>), Mark> {
    let (point, comma) = (&survey.point, &survey.comma);
    if let Some(asked) = customs.asked {
        let against = if asked == Mark::Point { comma } else { point };
        return if against.decimal.count == 0 { Ok((asked, None)) } else { Err(asked.other()) };
    }
    let fewer = |point: &Tally, comma: &Tally| if point.count < comma.count { Mark::Point } else { Mark::Comma };
    match (point.decimal.count, comma.decimal.count) {
        (0, 0) => {}
        (_, 0) => return Ok((Mark::Point, None)),
        (0, _) => return Ok((Mark::Comma, None)),
        _ => return Err(fewer(&point.decimal, &comma.decimal)),
    }
    let guessed = |mark: Mark, seen: Mark, survey: &MarkSurvey| Ok((mark, Some((seen, survey.once.clone()))));
    // Who divides thousands writes 950 without a mark and 1,250 with one; who writes three decimals writes 950,000.
    let thousands = survey.small_plain > 0 && survey.large_plain == 0;
    match (point.once.count, comma.once.count) {
        (0, 0) => Ok((Mark::Point, None)),
        (0, _) if thousands && customs.usual != Some(Mark::Comma) => Ok((Mark::Point, None)),
        (_, 0) if thousands && customs.usual.map_or(customs.semicolons, |usual| usual == Mark::Comma) => {
            Ok((Mark::Comma, None))
        }
        // `1,234` has thousands unless the file writes decimals so.
        (0, _) => guessed(customs.usual.unwrap_or(Mark::Point), Mark::Comma, comma),
        (_, 0) => {
            let guess = if customs.semicolons || thousands { Mark::Comma } else { Mark::Point };
            guessed(customs.usual.unwrap_or(guess), Mark::Point, point)
        }
        _ => match customs.usual {
            Some(mark) => guessed(mark, mark, if mark == Mark::Point { point } else { comma }),
            None => Err(fewer(&point.once, &comma.once)),
        },
    }
}

fn scale(survey: &Survey, decimal: Mark, guessed: Option<(Mark, Tally)>) -> Scale {
    let of_mark = if decimal == Mark::Point { &survey.point } else { &survey.comma };
    let mut all = Decimals::default();
    [survey.exact, of_mark.decimals, of_mark.once_decimals].into_iter().for_each(|decimals| all.join(decimals));
    let decimals = match all {
        Decimals { needed: 0, .. } => 0,
        Decimals { written, .. } if written <= DECIMALS_MAX => written,
        Decimals { needed, .. } => needed.min(DECIMALS_MAX),
    };
    let mut currencies: Vec<(Currency, u64)> = Vec::new();
    for (currency, tally) in &survey.currencies {
        match currencies.iter_mut().find(|(known, _)| currency::agree(*known, *currency)) {
            Some((known, count)) => {
                // The code says more than the sign.
                *known = if known.is_shared() { *currency } else { *known };
                *count += tally.count;
            }
            None => currencies.push((*currency, tally.count)),
        }
    }
    currencies.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    Scale { decimal, decimals, guessed, currencies }
}

#[cfg(test)]
mod tests {
    use super::super::cell::number::read;
    use super::*;

    fn survey(cells: &[&str]) -> Survey {
        let mut survey = Survey::default();
        cells.iter().enumerate().for_each(|(row, cell)| survey.add(row, cell, &read(cell), 1));
        survey
    }

    /// Decimal mark and decimals, and whether the mark was guessed.
    fn scale_of(cells: &[&str], customs: &Customs) -> (char, u8, bool) {
        match judge(&survey(cells), true, customs) {
            Verdict::Amounts(scale) => {
                (if scale.decimal == Mark::Point { '.' } else { ',' }, scale.decimals, scale.guessed.is_some())
            }
            other => panic!("{cells:?}: {other:?}"),
        }
    }

    #[test]
    fn a_column_tells_its_decimal_mark() {
        let none = Customs::default();
        for (cells, expected) in [
            (&["1,234.50", "1,000", "12"][..], ('.', 2, false)),
            (&["1.234,50", "1.000"], (',', 2, false)),
            (&["1.234.567", "1.000"], (',', 0, false)),
            (&["1,234", "950"], ('.', 0, false)),
            (&["1.234", "950"], (',', 0, true)),
            (&["1,234", "5678"], ('.', 0, true)),
            (&["1.234", "12.500"], ('.', 3, true)),
            (&["1200.00", "5"], ('.', 0, false)),
            (&["1200.00", "5.5"], ('.', 2, false)),
            (&["0.1234567891"], ('.', 6, false)),
            (&[""], ('.', 0, false)),
        ] {
            assert_eq!(scale_of(cells, &none), expected, "{cells:?}");
        }
        let usual = Customs { usual: Some(Mark::Comma), ..none };
        assert_eq!(scale_of(&["1,234"], &usual), (',', 3, true));
        let semicolons = Customs { semicolons: true, ..none };
        assert_eq!(scale_of(&["1.234"], &semicolons), (',', 0, true));
        let asked = Customs { asked: Some(Mark::Comma), ..none };
        assert_eq!(scale_of(&["1,234"], &asked), (',', 3, false));
    }

    #[test]
    fn what_is_no_amount_is_told_apart() {
        let none = Customs::default();
        let judged = |cells: &[&str], expected| judge(&survey(cells), expected, &none);
        assert_eq!(judged(&["10%", "25%"], true), Verdict::Other(Kind::Percentages));
        assert_eq!(judged(&["TRUE", "FALSE", ""], false), Verdict::Other(Kind::Flags));
        assert_eq!(judged(&["20260105", "20260205"], false), Verdict::Other(Kind::Dates));
        assert_eq!(judged(&["2026-01-05", ""], true), Verdict::Other(Kind::Dates));
        assert_eq!(judged(&["", "#N/A"], false), Verdict::Other(Kind::Empty));
        assert_eq!(judged(&["a", "1"], false), Verdict::Other(Kind::Text));
        assert!(matches!(judged(&["20260105"], true), Verdict::Amounts(_)));
        let doubts = |cells: &[&str]| match judged(cells, true) {
            Verdict::Nearly(doubts) => {
                doubts.into_iter().map(|(doubt, tally)| (doubt, tally.count)).collect::<Vec<_>>()
            }
            other => panic!("{cells:?}: {other:?}"),
        };
        assert_eq!(doubts(&["1", "12a"]), [(Doubt::Unfit(Unfit::Text), 1)]);
        assert_eq!(doubts(&["1,234.50", "2,5", "3.25"]), [(Doubt::Marks(Mark::Comma), 1)]);
        assert_eq!(doubts(&["1.2M", "350000"]), [(Doubt::Suffix, 1)]);
        assert!(matches!(judged(&["1.2M", "350K", "950"], true), Verdict::Amounts(_)));
    }
}
