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
}

#[cfg(test)]
mod tests {
    use super::*;

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
