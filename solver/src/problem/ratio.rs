//! Shares as exact ratios of whole numbers.

use crate::limits::SHARE_DENOMINATOR_MAX;

/// How far a share may be from its ratio: the last bits of what somebody wrote.
const NEAR: f64 = 1e-12;

/// A part, or a multiple, of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ratio {
    /// 0 or more.
    pub numerator: i64,
    /// 1 to [`SHARE_DENOMINATOR_MAX`].
    pub denominator: i64,
}

impl Ratio {
    /// The ratio with the smallest denominator that a number from 0 to 1,000,000 stands for; `None` when there is
    /// none, such as for 0.12345.
    pub fn of(value: f64) -> Option<Ratio> {
        if !(0.0..=1e6).contains(&value) {
            return None;
        }
        let near = |denominator: &i64| {
            let whole = value * *denominator as f64;
            (whole - whole.round()).abs() <= NEAR * whole.max(1.0)
        };
        let denominator = (1..=SHARE_DENOMINATOR_MAX).find(near)?;
        Some(Ratio { numerator: (value * denominator as f64).round() as i64, denominator })
    }

    /// The same where nothing but the number's last bits is forgiven: what is too small for a ratio is no 0.
    pub fn to_the_last_bits(value: f64) -> Option<Ratio> {
        let off = |ratio: &Ratio| (ratio.numerator as f64 / ratio.denominator as f64 - value).abs();
        Ratio::of(value).filter(|ratio| off(ratio) <= 4.0 * f64::EPSILON * value)
    }
}

/// A part from 0 to 1 as somebody meant it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// 0 to `denominator`.
    numerator: i128,
    /// 1 to 10^18.
    denominator: i128,
}

/// Digits after the point that are held. A part of 10^-18 of the largest total is 9.
const DIGITS: usize = 18;

impl Part {
    /// The ratio of small whole numbers that the number stands for, as 1/3 is written in floats, else its digits: the
    /// shortest decimal that is read back as the same number, which is what was written. `value` is from 0 to 1.
    pub fn of(value: f64) -> Part {
        if let Some(Ratio { numerator, denominator }) = Ratio::to_the_last_bits(value) {
            return Part { numerator: numerator.into(), denominator: denominator.into() };
        }
        // Plain notation, never an exponent.
        let text = format!("{value}");
        let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
        let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(DIGITS).collect();
        Part { numerator: digits.parse().unwrap_or(0), denominator: 10_i128.pow(DIGITS as u32) }
    }

    /// The nearest floating-point number.
    pub fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// This part of a whole, rounded down, exactly.
    pub fn of_whole(self, whole: i64) -> i64 {
        // 10^18 × 2^63 is below 2^123.
        i64::try_from(self.numerator * i128::from(whole) / self.denominator).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_whole_is_exact() {
        for (part, whole, expected) in [
            (0.1, 30, 3),
            (0.29, 100, 29),
            (0.7, 10, 7),
            (0.0, 5, 0),
            (1.0, i64::MAX, i64::MAX),
            (0.1, i64::MAX, 922_337_203_685_477_580),
            (0.123_456_789_012, 1_000_000_000_000, 123_456_789_012),
            (1e-18, i64::MAX, 9),
            (1e-300, i64::MAX, 0),
            (0.333, 3, 0),
            (1.0 / 3.0, 3, 1),
            (2.0 / 7.0, 7, 2),
        ] {
            assert_eq!(Part::of(part).of_whole(whole), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn what_is_written_is_what_is_meant() {
        for (value, expected) in [
            (0.0, Some((0, 1))),
            (1.0, Some((1, 1))),
            (0.6, Some((3, 5))),
            (0.333, Some((333, 1_000))),
            (0.1234, Some((617, 5_000))),
            (1.0 / 3.0, Some((1, 3))),
            (0.9999, Some((9_999, 10_000))),
            (1.25, Some((5, 4))),
            (0.12345, None),
            (0.333_333, None),
            (-0.1, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            let found = Ratio::of(value).map(|ratio| (ratio.numerator, ratio.denominator));
            assert_eq!(found, expected, "{value}");
        }
    }
}
