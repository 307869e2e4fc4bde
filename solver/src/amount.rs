//! Amounts as people write them: whole numbers of 10^-decimals, read and shown to the last digit without floats.

use std::fmt;

/// Digits of a computed amount that are kept below its measure's decimals: more than anybody is shown.
const COMPUTED_DIGITS: u8 = 9;
/// The largest size of a computed amount, in whole units: far above any sum, and with the digits below it still within 128
/// bits.
const COMPUTED_MAX: f64 = 1e27;
/// Thousands and their names, each a thousand times the one before.
const UNITS: [(&str, u32); 7] = [("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
/// Digits of a number as it is written, sign, point and exponent aside; more are no amount.
const WRITTEN_DIGITS_MAX: usize = 60;
/// The largest exponent that is read, either way.
const EXPONENT_MAX: i64 = 60;

/// An amount of a measure. Its text is the number with all its decimals: `1250.50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    whole: i128,
    decimals: u8,
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountFault {
    /// It is no decimal number.
    NoNumber,
    /// It needs this many decimals.
    Decimals(usize),
    /// In whole units it is not between -2^63 and 2^63 - 1.
    TooLarge,
}

impl Amount {
    /// `whole` times 10^-`decimals`.
    pub fn new(whole: impl Into<i128>, decimals: u8) -> Amount {
        Amount { whole: whole.into(), decimals }
    }

    /// The whole units that a text stands for: digits with an optional sign, fraction and exponent (`1250.50`, `1.2e6`).
    /// Zeros at the end of the fraction do not count as decimals.
    ///
    /// # Errors
    /// When it is no number, has more decimals, or is out of range.
    pub fn read(text: &str, decimals: u8) -> Result<i64, AmountFault> {
        let Written { negative, digits, places } = Written::of(text).ok_or(AmountFault::NoNumber)?;
        if let Some(needed) = usize::try_from(places).ok().filter(|needed| *needed > usize::from(decimals)) {
            return Err(AmountFault::Decimals(needed));
        }
        let size = usize::try_from(i64::from(decimals) - places).ok().and_then(|zeros| {
            let digits = format!("{digits}{}", "0".repeat(zeros));
            if digits.is_empty() { Some(0) } else { digits.parse::<i128>().ok() }
        });
        let whole = size.map(|size| if negative { -size } else { size });
        whole.and_then(|whole| i64::try_from(whole).ok()).ok_or(AmountFault::TooLarge)
    }

    /// An amount that was computed, such as a target: `whole` need not be a whole number. It has the decimals of its measure,
    /// and up to nine more where they say something.
    pub fn computed(whole: f64, decimals: u8) -> Amount {
        let size = if whole.is_nan() { 0.0 } else { whole.clamp(-COMPUTED_MAX, COMPUTED_MAX) };
        let mut amount = Amount {
            whole: (size * 10.0_f64.powi(i32::from(COMPUTED_DIGITS))).round() as i128,
            decimals: decimals + COMPUTED_DIGITS,
        };
        while amount.decimals > decimals && amount.whole % 10 == 0 {
            amount = Amount { whole: amount.whole / 10, decimals: amount.decimals - 1 };
        }
        amount
    }

    /// The nearest floating-point number.
    pub fn value(self) -> f64 {
        self.whole as f64 / 10.0_f64.powi(i32::from(self.decimals))
    }

    /// The amount rounded to `digits` digits (3 or more) and its text, in thousands from 1,000 on: `1.285M`, `12.5k`. Below
    /// 1,000 it keeps at least `decimals` decimals, and with no more than these it stands as it is: `12.50`.
    pub fn short(self, digits: u8, decimals: u8) -> (f64, String) {
        let size = self.whole.unsigned_abs();
        let one = power(u32::from(self.decimals));
        if self.decimals <= decimals && size < 1_000 * one {
            return (self.value(), self.to_string());
        }
        // To `places` decimals of 10^`exponent`, half away from zero.
        let rounded = |exponent: u32, places: u32| {
            let (above, below) = (power(places), one * power(exponent));
            let product = size.saturating_mul(above);
            product / below + u128::from(product % below >= below.div_ceil(2))
        };
        let extra = u32::from(digits).saturating_sub(3);
        // What rounds to a thousand of a unit is one of the next.
        let fits = |&&(_, exponent): &&(&str, u32)| rounded(exponent, extra) < 1_000 * power(extra);
        let (unit, exponent) = UNITS.iter().find(fits).copied().unwrap_or(UNITS[UNITS.len() - 1]);
        let places = |before: u32| extra + 3 - before;
        let before = (1..3).find(|&before| rounded(exponent, places(before)) < power(extra + 3)).unwrap_or(3);
        let places = if exponent == 0 { places(before).max(u32::from(decimals)) } else { places(before) };
        let shown = Amount { whole: rounded(exponent, places) as i128 * self.whole.signum(), decimals: places as u8 };
        (shown.value() * 10.0_f64.powi(exponent as i32), format!("{shown}{unit}"))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.whole < 0 { "-" } else { "" };
        let one = power(u32::from(self.decimals));
        let (whole, rest) = (self.whole.unsigned_abs() / one, self.whole.unsigned_abs() % one);
        match usize::from(self.decimals) {
            0 => f.pad(&format!("{sign}{whole}")),
            places => f.pad(&format!("{sign}{whole}.{rest:0places$}")),
        }
    }
}

/// A whole number of 0 or more with its digits in groups of three: `1204` as `1,204`.
pub fn grouped(number: impl fmt::Display) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A decimal number as it is written: `digits` times 10^-`places`, without zeros at the end of a fraction.
pub(crate) struct Written {
    pub negative: bool,
    /// Without zeros before them; none for 0.
    pub digits: String,
    /// Below 0 where zeros are left out after the digits.
    pub places: i64,
}

impl Written {
    /// `None` where the text is none.
    pub fn of(text: &str) -> Option<Written> {
        let (negative, size) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        let (number, exponent) = match size.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i64>().ok().filter(|e| e.abs() <= EXPONENT_MAX)?),
            None => (size, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let all_digits = || whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        if whole.len() + fraction.len() > WRITTEN_DIGITS_MAX || whole.len() + fraction.len() == 0 || !all_digits() {
            return None;
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0').trim_end_matches('0').to_string();
        let zeros = all.len() - all.trim_end_matches('0').len();
        let places = if digits.is_empty() { 0 } else { fraction.len() as i64 - exponent - zeros as i64 };
        Some(Written { negative, digits, places })
    }
}

/// 10^`exponent`; exponents here are below 39.
fn power(exponent: u32) -> u128 {
    10_u128.pow(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_with_all_their_decimals() {
        for (whole, decimals, text) in [
            (125_050, 2, "1250.50"),
            (0, 2, "0.00"),
            (-5, 2, "-0.05"),
            (7, 0, "7"),
            (i64::MAX, 2, "92233720368547758.07"),
            (i64::MIN, 6, "-9223372036854.775808"),
            (1, 6, "0.000001"),
            (i64::MAX, 0, "9223372036854775807"),
            (0, 6, "0.000000"),
            (i64::MIN, 1, "-922337203685477580.8"),
        ] {
            assert_eq!(Amount::new(whole, decimals).to_string(), text);
            assert_eq!(Amount::read(text, decimals), Ok(whole), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_exactly_or_not_at_all() {
        use AmountFault::*;
        for (text, decimals, read) in [
            ("1250.5", 2, Ok(125_050)),
            ("1250.500", 2, Ok(125_050)),
            ("+7", 0, Ok(7)),
            ("007.00", 0, Ok(7)),
            (".5", 1, Ok(5)),
            ("5.", 0, Ok(5)),
            ("1.2e6", 0, Ok(1_200_000)),
            ("1.25e1", 1, Ok(125)),
            ("125e-2", 2, Ok(125)),
            ("100e-2", 0, Ok(1)),
            ("-0.00", 0, Ok(0)),
            ("0e60", 0, Ok(0)),
            ("92233720368547758.07", 2, Ok(i64::MAX)),
            ("-92233720368547758.08", 2, Ok(i64::MIN)),
            ("92233720368547758.08", 2, Err(TooLarge)),
            ("1e60", 0, Err(TooLarge)),
            ("1250.505", 2, Err(Decimals(3))),
            ("2.5", 0, Err(Decimals(1))),
            ("1e-7", 6, Err(Decimals(7))),
            ("1e61", 0, Err(NoNumber)),
            ("", 2, Err(NoNumber)),
            ("-", 2, Err(NoNumber)),
            (".", 2, Err(NoNumber)),
            ("1,250", 2, Err(NoNumber)),
            ("1 250", 2, Err(NoNumber)),
            ("$5", 2, Err(NoNumber)),
            ("NaN", 2, Err(NoNumber)),
            ("0x10", 0, Err(NoNumber)),
            ("١٢", 0, Err(NoNumber)),
            ("1.2.3", 2, Err(NoNumber)),
            ("--1", 2, Err(NoNumber)),
        ] {
            assert_eq!(Amount::read(text, decimals), read, "{text} in {decimals} decimals");
        }
        assert_eq!(Amount::read(&"1".repeat(WRITTEN_DIGITS_MAX + 1), 0), Err(NoNumber));
    }

    #[test]
    fn computed_amounts_keep_what_says_something() {
        for (whole, decimals, text) in [
            (62.5, 0, "62.5"),
            (125.0, 0, "125"),
            (6_250.0, 2, "62.50"),
            (10.0 / 3.0, 0, "3.333333333"),
            (0.1 + 0.2, 0, "0.3"),
            (-0.5, 1, "-0.05"),
            (f64::NAN, 2, "0.00"),
        ] {
            assert_eq!(Amount::computed(whole, decimals).to_string(), text);
        }
        assert!(Amount::computed(f64::INFINITY, 6).short(6, 6).1.ends_with('E'));
    }

    #[test]
    fn short_amounts_have_the_digits_asked_for() {
        for (whole, decimals, digits, text) in [
            (0, 0, 3, "0"),
            (17, 0, 3, "17"),
            (999, 0, 3, "999"),
            (1_000, 0, 3, "1.00k"),
            (999_499, 0, 3, "999k"),
            (999_500, 0, 3, "1.00M"),
            (1_234_567, 0, 3, "1.23M"),
            (12_345_678, 0, 3, "12.3M"),
            (i64::MAX, 0, 3, "9.22E"),
            (i64::MAX, 6, 6, "9.22337T"),
            (-1_500, 0, 3, "-1.50k"),
            (1_285_200, 0, 4, "1.285M"),
            (999_960, 0, 4, "1.000M"),
            (1_250, 2, 3, "12.50"),
            (99_999, 2, 3, "999.99"),
            (125_050, 2, 3, "1.25k"),
            (128_520_000, 2, 4, "1.285M"),
            (5, 2, 3, "0.05"),
        ] {
            assert_eq!(Amount::new(whole, decimals).short(digits, decimals).1, text);
        }
        for (whole, decimals, digits, text) in [
            (10.0 / 3.0, 0, 3, "3.33"),
            (99.96, 0, 3, "100"),
            (999.7, 0, 3, "1.00k"),
            (1_000.4, 0, 5, "1.0004k"),
            (33_333.333_333, 2, 3, "333.33"),
            (33_333_333.333, 2, 3, "333k"),
        ] {
            assert_eq!(Amount::computed(whole, decimals).short(digits, decimals).1, text);
        }
    }
}
