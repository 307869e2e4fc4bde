//! Limits as whole numbers. Amounts are whole, so a limit is the largest (or least) whole amount that is inside it, and
//! what is beyond it is counted from there: nothing is lost however large the amounts are.

/// The limits that one row sets to a whole amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WholeLimits {
    /// The least amount inside; `i64::MIN`: none.
    pub least: i64,
    /// The largest amount inside; `i64::MAX`: none.
    pub most: i64,
    /// How far the limit itself is below `least`, from 0 to less than 1.
    pub least_slack: f64,
    /// How far the limit itself is above `most`, from 0 to less than 1.
    pub most_slack: f64,
}

/// Billionths in 1: tolerances are held in them.
pub(crate) const BILLION: i128 = 1_000_000_000;
/// From this tolerance on a band has no upper limit: a target is at least a 2^40th of the total, so 2^41 times it is more
/// than there is.
const OPEN_TOLERANCE: f64 = 2.2e12;

/// What is forgiven when limits are widened, absolutely and as a fraction: sums of a few numbers of 53 bits are that
/// exact, and a whole amount too many is far more.
const WIDENED: f64 = 1e-12;

impl WholeLimits {
    /// Nothing is limited.
    pub const NONE: WholeLimits = WholeLimits { least: i64::MIN, most: i64::MAX, least_slack: 0.0, most_slack: 0.0 };

    /// Of a rule, which states whole limits.
    pub fn stated(least: Option<i64>, most: Option<i64>) -> WholeLimits {
        WholeLimits {
            // Amounts are 0 or more, so a limit of less is none.
            least: least.filter(|l| *l > 0).unwrap_or(i64::MIN),
            most: most.unwrap_or(i64::MAX),
            ..WholeLimits::NONE
        }
    }

    /// Of the band `total` × `share` ÷ `whole` × (1 ± `tolerance`), exactly: the tolerance is a whole number of billionths.
    /// `total` and `share` are 0 or more, `whole` is above 0 and at most 2^40.
    pub fn band(total: i64, share: i64, whole: i64, tolerance: f64) -> WholeLimits {
        let mut limits = WholeLimits::NONE;
        let (product, whole) = (i128::from(total) * i128::from(share), i128::from(whole));
        let wide = if tolerance < OPEN_TOLERANCE { (tolerance * 1e9).round() as i128 } else { i128::MAX };
        if tolerance < OPEN_TOLERANCE {
            let (floor, rest) = scaled(product, whole, BILLION + wide);
            if let Ok(most) = i64::try_from(floor) {
                (limits.most, limits.most_slack) = (most, rest);
            }
        }
        if wide < BILLION {
            let (floor, rest) = scaled(product, whole, BILLION - wide);
            let least = floor + i128::from(rest > 0.0);
            if let Ok(least) = i64::try_from(least)
                && least > 0
            {
                limits.least = least;
                limits.least_slack = if rest > 0.0 { 1.0 - rest } else { 0.0 };
            }
        }
        limits
    }

    /// Of limits that are computed, such as those of a sample: `lo` and `hi` may be infinite.
    pub fn computed(lo: f64, hi: f64) -> WholeLimits {
        let mut limits = WholeLimits::NONE;
        // Casts saturate.
        if lo > 0.0 {
            limits.least = lo.ceil() as i64;
            limits.least_slack = lo.ceil() - lo;
        }
        if hi < i64::MAX as f64 {
            limits.most = hi.floor() as i64;
            limits.most_slack = hi - hi.floor();
        }
        limits
    }

    /// These limits with `by` more on both sides; `by` is 0 or more, and forgiven the last bits of its computation.
    pub fn widened(self, by: f64) -> WholeLimits {
        let mut limits = self;
        if self.most < i64::MAX {
            let more = self.most_slack + by * (1.0 + WIDENED) + WIDENED;
            limits.most = self.most.saturating_add(more.floor() as i64);
            limits.most_slack = more - more.floor();
        }
        if self.least > i64::MIN {
            let more = self.least_slack + by * (1.0 + WIDENED) + WIDENED;
            limits.least = self.least.saturating_sub(more.floor() as i64);
            limits.least_slack = more - more.floor();
        }
        limits
    }

    /// Whether an amount is inside.
    pub fn hold(&self, amount: i64) -> bool {
        self.least <= amount && amount <= self.most
    }

    /// How far an amount is beyond the limits themselves; 0 inside, above 0 outside.
    pub fn beyond(&self, amount: i64) -> f64 {
        if amount > self.most {
            distance(self.most, amount) - self.most_slack
        } else if amount < self.least {
            distance(amount, self.least) - self.least_slack
        } else {
            0.0
        }
    }

    /// The upper limit itself; infinite: none.
    pub fn hi(&self) -> f64 {
        if self.most == i64::MAX { f64::INFINITY } else { self.most as f64 + self.most_slack }
    }

    /// The lower limit itself; minus infinity: none.
    pub fn lo(&self) -> f64 {
        if self.least == i64::MIN { f64::NEG_INFINITY } else { self.least as f64 - self.least_slack }
    }
}

/// From `low` to `high`, exact before it is rounded once.
fn distance(low: i64, high: i64) -> f64 {
    (i128::from(high) - i128::from(low)) as f64
}

/// `product` × `factor` ÷ (`whole` × billion): its floor, and what is above that. Products of 2^103 and factors of 2^72
/// would not fit together, so quotient and rest are scaled one by one.
fn scaled(product: i128, whole: i128, factor: i128) -> (i128, f64) {
    let (quotient, rest) = (product / whole, product % whole);
    let Some(large) = quotient.checked_mul(factor) else { return (i128::MAX, 0.0) };
    let from_rest = rest * factor;
    let (more, lost) = (from_rest / whole, from_rest % whole);
    let sum = large.saturating_add(more);
    let above = (sum % BILLION) as f64 + lost as f64 / whole as f64;
    (sum / BILLION, (above / BILLION as f64).min(1.0 - f64::EPSILON))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_exact_however_large() {
        // total, share, whole, tolerance, least, most
        for (total, share, whole, tolerance, least, most) in [
            (100, 1, 4, 0.0, 25, 25),
            (10, 1, 3, 0.0, 4, 3),
            (10, 1, 3, 0.1, 3, 3),
            (1_000, 1, 8, 0.05, 119, 131),
            (1_000, 1, 8, 0.048, 119, 131),
            (1_000, 1, 8, 0.047, 120, 130),
            ((1 << 53) + 1, 1, 1, 0.0, (1 << 53) + 1, (1 << 53) + 1),
            (i64::MAX, 1, 2, 0.0, 4_611_686_018_427_387_904, 4_611_686_018_427_387_903),
            (i64::MAX, 1, 1, 0.5, 4_611_686_018_427_387_904, i64::MAX),
            (i64::MAX, 999_999_999_999, 1_000_000_000_000, 0.0, 9_223_372_036_845_552_435, 9_223_372_036_845_552_434),
            (7, 1, 1, 1.0, i64::MIN, 14),
            (7, 1, 1, 1e13, i64::MIN, i64::MAX),
        ] {
            let limits = WholeLimits::band(total, share, whole, tolerance);
            assert_eq!((limits.least, limits.most), (least, most), "{total} × {share}/{whole} ± {tolerance}");
            for slack in [limits.least_slack, limits.most_slack] {
                assert!((0.0..1.0).contains(&slack), "{slack}");
            }
        }
    }

    #[test]
    fn what_is_beyond_is_counted_from_the_limit_itself() {
        let limits = WholeLimits::band(10, 1, 3, 0.0);
        assert!((limits.beyond(4) - 2.0 / 3.0).abs() < 1e-12 && (limits.beyond(3) - 1.0 / 3.0).abs() < 1e-12);
        assert!((limits.lo() - 10.0 / 3.0).abs() < 1e-12 && (limits.hi() - 10.0 / 3.0).abs() < 1e-12);
        let limits = WholeLimits::stated(None, Some(1 << 53));
        assert_eq!((limits.beyond(1 << 53), limits.beyond((1 << 53) + 1)), (0.0, 1.0));
        assert!(limits.hold(0) && !limits.hold((1 << 53) + 1));
        assert_eq!(WholeLimits::computed(2.25, f64::INFINITY).least, 3);
        assert_eq!(WholeLimits::computed(f64::NEG_INFINITY, 7.75).beyond(9), 1.25);
    }
}
