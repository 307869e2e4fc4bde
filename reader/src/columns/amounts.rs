//! Columns of amounts as measures, with what is odd about them.

use super::asked::Asked;
use super::cell::number::{Cell, Mark, Unfit, read};
use super::excerpt::{count, does, excerpt, has, is, many};
use super::fill::{Amounts, Fill, Held};
use super::intern::TextColumn;
use super::judge::{Customs, Doubt, Kind, Scale, Verdict, as_good_as_can_be};
use super::log::Log;
use super::survey::{DECIMALS_MAX, Tally};
use super::units::Units;
use carve_solver::finding::Code;

/// Letters of a currency's code; signs that several currencies share have fewer.
const CODE_LETTERS: usize = 3;

/// What a column of numbers gives.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// The amounts, until the book has them; `None`: it is no measure. Empty where nobody asks for them.
    pub amounts: Option<Vec<i64>>,
    pub decimals: u8,
    pub unit: String,
    /// Why it is none, for those who ask for it all the same.
    pub reason: Option<String>,
    /// What is worth knowing, for the report on columns.
    pub detail: String,
}

/// A column of numbers as it is called and used.
pub(crate) struct Reader<'a> {
    pub column: usize,
    pub heading: &'a str,
    pub name: &'a str,
    /// Whether a word of the trade names it.
    pub by_default: bool,
    /// Whether it is known to be something else, such as a code, so that nobody misses it as a measure.
    pub beside: bool,
    pub asked: &'a Asked,
    pub customs: &'a Customs,
    pub units: &'a Units,
}

impl Reader<'_> {
    /// Whether the measure is used, so that its faults are errors.
    fn is_used(&self) -> bool {
        self.asked.uses(self.name, self.by_default)
    }

    /// The measure that the column is, or why it is none.
    pub(crate) fn measure(&self, verdict: &Verdict, fill: &Fill, held: Option<Amounts>, log: &mut Log) -> Measured {
        match verdict {
            Verdict::Amounts(scale) => self.amounts(scale, fill, held, log),
            Verdict::Nearly(doubts) => self.nearly(doubts, fill, held, log),
            Verdict::Other(kind) => self.other(*kind, fill, log),
        }
    }

    fn amounts(&self, scale: &Scale, fill: &Fill, held: Option<Amounts>, log: &mut Log) -> Measured {
        let told = self.by_default || self.is_used();
        let unit = match self.units.of(self.column, &scale.currencies) {
            Ok(unit) => unit,
            Err(currencies) => return self.mixed_currencies(&currencies, told, log),
        };
        let (amounts, too_large) = held.map(|held| held.settle(scale.decimal, scale.decimals)).unwrap_or_default();
        if let Some(&first) = too_large.first() {
            return self.too_large(first, too_large.len() as u64, scale, amounts, log);
        }
        if told {
            self.say_nothings(fill, log);
            self.say_guess(scale, log);
            self.say_inexact(fill, log);
        }
        Measured { amounts: Some(amounts), decimals: scale.decimals, unit, reason: None, detail: detail(scale, fill) }
    }

    fn mixed_currencies(&self, currencies: &[(String, u64)], told: bool, log: &mut Log) -> Measured {
        let named: Vec<String> = currencies.iter().map(|(name, times)| format!("{name} {}", count(*times))).collect();
        let sign = currencies.iter().find(|(name, _)| name.len() < CODE_LETTERS).map(|(sign, _)| sign);
        let sign = sign.map(|sign| format!(", or write the code of each {sign}")).unwrap_or_default();
        let reason = format!(
            "{} holds amounts in several currencies ({}), which cannot be added up; export the converted amounts{sign}",
            self.heading,
            named.join(", ")
        );
        if told {
            log.of_column(Code::CurrencyMixed, self.column, format!("{reason}. It is not balanced"));
        }
        Measured { reason: Some(reason), detail: "several currencies".into(), ..Measured::default() }
    }

    fn too_large(&self, first: usize, rows: u64, scale: &Scale, amounts: Vec<i64>, log: &mut Log) -> Measured {
        let with = if scale.decimals > 0 { format!(" with {} decimals", scale.decimals) } else { String::new() };
        let reason = format!(
            "{} of {} {} too large for a whole number of 64 bits{with} (first: line {}); give a larger unit",
            many(rows, "value"),
            self.heading,
            is(rows),
            log.line(first)
        );
        if self.is_used() {
            log.of_cells(Code::AmountTooLarge, self.column, self.name, first, reason);
            return Measured { amounts: Some(amounts), decimals: scale.decimals, ..Measured::default() };
        }
        Measured { reason: Some(reason), detail: "too large to add up".into(), ..Measured::default() }
    }

    fn nearly(&self, doubts: &[(Doubt, Tally)], fill: &Fill, held: Option<Amounts>, log: &mut Log) -> Measured {
        let said: Vec<(Code, usize, String)> =
            doubts.iter().map(|(doubt, tally)| self.doubt(*doubt, tally, log)).collect();
        if self.is_used() {
            for (code, row, message) in said {
                log.of_cells(code, self.column, self.name, row, message);
            }
            let scale = as_good_as_can_be(&fill.survey, self.customs);
            let amounts = held.map(|held| held.settle(scale.decimal, scale.decimals).0).unwrap_or_default();
            return Measured { amounts: Some(amounts), decimals: scale.decimals, ..Measured::default() };
        }
        let messages: Vec<String> = said.iter().map(|(_, _, message)| message.clone()).collect();
        let reason = messages.join("; ");
        if !self.beside {
            let message = format!(
                "{} of {} values of {} are numbers and the rest is not, so it is text and no measure: {reason}",
                count(fill.survey.numbers),
                count(fill.survey.numbers + fill.survey.unfit_count()),
                self.heading
            );
            log.of_cells(
                Code::ColumnNearlyNumeric,
                self.column,
                self.name,
                said.first().map_or(0, |said| said.1),
                message,
            );
        }
        Measured { reason: Some(reason), detail: "nearly all numbers".into(), ..Measured::default() }
    }

    /// Code, row and message of values among numbers that are no amounts.
    fn doubt(&self, doubt: Doubt, tally: &Tally, log: &Log) -> (Code, usize, String) {
        let (code, what) = match doubt {
            Doubt::Unfit(Unfit::Text) => (Code::NumberSyntax, "no amount; correct or empty it"),
            Doubt::Unfit(Unfit::Flag) => (Code::NumberSyntax, "yes or no; correct or empty it"),
            Doubt::Unfit(Unfit::Date) => (Code::NumberSyntax, "a date; correct or empty it"),
            Doubt::Unfit(Unfit::Percent) => (Code::NumberSyntax, "a percentage; correct or empty it"),
            Doubt::Unfit(Unfit::CurrencyUnknown) => {
                (Code::CurrencyUnknown, "in a currency that is not known; correct its code")
            }
            Doubt::Unfit(Unfit::NotFinite) => (Code::NumberNotFinite, "no finite number; correct or empty it"),
            Doubt::Unfit(Unfit::TooLarge) => (Code::AmountTooLarge, "above 2^63 - 1; give a larger unit"),
            Doubt::Unfit(Unfit::TooSmall) => (Code::AmountNegative, "below -2^63; give 0 or more"),
            Doubt::Marks(Mark::Point) => (
                Code::AmountLocaleMixed,
                "written with a decimal point where others have a decimal comma; write all in one way",
            ),
            Doubt::Marks(Mark::Comma) => (
                Code::AmountLocaleMixed,
                "written with a decimal comma where others have a decimal point; write all in one way",
            ),
            Doubt::Suffix => {
                (Code::NumberSyntax, "shortened by K, M or the like where others are written out; write all out")
            }
        };
        let values = format!("{} of {} {}", many(tally.count, "value"), self.heading, is(tally.count));
        let message = format!("{values} {what} ({})", log.places(tally));
        (code, tally.first.first().map_or(0, |example| example.row), message)
    }

    fn other(&self, kind: Kind, fill: &Fill, log: &mut Log) -> Measured {
        let what = match kind {
            Kind::Empty => return Measured { detail: "empty".into(), ..Measured::default() },
            Kind::Flags => "yes or no",
            Kind::Dates => "dates",
            Kind::Percentages => "percentages",
            Kind::Text => "text",
        };
        let reason = format!("{} holds {what} and no amounts", self.heading);
        if self.by_default {
            let message = format!("{reason}, whatever its heading says; it is not balanced ({})", examples(fill));
            log.of_column(Code::ColumnNotAmount, self.column, message);
        }
        // That text is no measure needs no reason.
        let is_plain = kind == Kind::Text && !self.by_default;
        Measured {
            reason: Some(reason).filter(|_| !is_plain),
            detail: if kind == Kind::Text { String::new() } else { what.into() },
            ..Measured::default()
        }
    }

    fn say_nothings(&self, fill: &Fill, log: &mut Log) {
        let nothings = &fill.survey.nothings;
        let Some(first) = nothings.iter().filter_map(|(_, tally)| tally.first.first()).map(|example| example.row).min()
        else {
            return;
        };
        let mut named: Vec<(u64, &str)> = nothings.iter().map(|(text, tally)| (tally.count, text.as_str())).collect();
        named.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
        let named: Vec<String> =
            named.iter().map(|(times, text)| format!("\"{}\" {}", excerpt(text), count(*times))).collect();
        let total = fill.survey.nothing_count();
        let message = format!(
            "{} of {} {} for none ({}) and {} as 0",
            many(total, "value"),
            self.heading,
            does(total, "stand"),
            named.join(", "),
            does(total, "count")
        );
        log.of_cells(Code::AmountPlaceholder, self.column, self.name, first, message);
    }

    fn say_guess(&self, scale: &Scale, log: &mut Log) {
        let Some((seen, tally)) = &scale.guessed else { return };
        let Some(first) = tally.first.first() else { return };
        let (read, other) = match *seen == scale.decimal {
            true => ("decimals", "thousands"),
            false => ("thousands", "decimals"),
        };
        let asked = if scale.decimal == Mark::Point { "comma" } else { "point" };
        let message = format!(
            "{} of {} {} thousands or decimals behind the mark ({}), which the column does not tell; it is read as {read}: if it is {other}, say --decimal-mark {asked}",
            many(tally.count, "value"),
            self.heading,
            has(tally.count),
            log.places(tally)
        );
        log.of_cells(Code::AmountAmbiguous, self.column, self.name, first.row, message);
    }

    fn say_inexact(&self, fill: &Fill, log: &mut Log) {
        let survey = &fill.survey;
        let rounded = format!("more than {DECIMALS_MAX} decimals, rounded to {DECIMALS_MAX}");
        let sorts = [
            (&survey.finer, rounded.as_str()),
            (
                &survey.exponents,
                "written with an exponent, as spreadsheets do where a column is too narrow, so digits may be lost",
            ),
            (&survey.suffixes, "shortened by K, M or the like, so digits are lost"),
        ];
        let said: Vec<String> = (sorts.iter().filter(|(tally, _)| tally.count > 0))
            .map(|(tally, what)| {
                format!("{} of {}: {what} ({})", many(tally.count, "value"), self.heading, log.places(tally))
            })
            .collect();
        let first = sorts.iter().filter_map(|(tally, _)| tally.first.first()).map(|example| example.row).min();
        if let Some(first) = first {
            log.of_cells(Code::AmountInexact, self.column, self.name, first, said.join("; "));
        }
    }
}

/// The first values that are none, in quotes.
fn examples(fill: &Fill) -> String {
    let all = fill.survey.unfit.iter().flat_map(|(_, tally)| &tally.first);
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|example| example.row);
    all.iter().take(2).map(|example| format!("\"{}\"", example.text)).collect::<Vec<_>>().join(", ")
}

fn detail(scale: &Scale, fill: &Fill) -> String {
    let mut said = Vec::new();
    if scale.decimal == Mark::Comma && (fill.survey.comma.decimal.count > 0 || scale.guessed.is_some()) {
        said.push("decimal comma");
    }
    if scale.guessed.is_some() {
        said.push("decimal mark guessed");
    }
    let survey = &fill.survey;
    if scale.currencies.len() < survey.currencies.len() && survey.currencies.iter().any(|(known, _)| known.is_shared())
    {
        said.push("$ alone read as US dollars");
    }
    if survey.numbers > 0 && survey.years == survey.numbers {
        said.push("looks like years");
    }
    if survey.leading_zeros > 0 {
        said.push("has zeros before numbers, as codes do");
    }
    said.join(", ")
}

/// The amounts of a column that was read as text.
pub(crate) fn from_text(column: &TextColumn) -> Amounts {
    let read: Vec<Cell> = column.texts().iter().map(|text| read(text)).collect();
    Amounts::of(column.codes().iter().map(|&code| match &read[code as usize] {
        Cell::Number(number) => Some(number),
        _ => None,
    }))
}

/// What is held as amounts, taken out.
pub(crate) fn take(fill: &mut Fill) -> Option<Amounts> {
    match &mut fill.held {
        Held::Amounts(amounts) => Some(std::mem::take(amounts)),
        Held::Interned(interner) => Some(from_text(interner.column())),
        Held::Texts(_) | Held::Degrees(_) | Held::Nothing => None,
    }
}
