//! Numbers of formulas: exact ratios of whole numbers of 128 bits. What would need more bits is no number, never a rounded
//! one, so that every machine finds the same.

use std::cmp::Ordering;

/// A ratio; `under` is above 0. It is reduced only where it would not fit otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    over: i128,
    under: i128,
}

impl Number {
    /// `whole` times 10^-`decimals`, with at most 38 decimals.
    pub fn decimal(whole: impl Into<i128>, decimals: u8) -> Option<Number> {
        Some(Number { over: whole.into(), under: 10_i128.checked_pow(decimals.into())? })
    }

    /// `digits` times 10^-`places`, where that has a numerator and a denominator of 128 bits.
    pub fn written(digits: &str, places: i64) -> Option<Number> {
        let digits: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        let power = 10_i128.checked_pow(u32::try_from(places.abs()).ok()?)?;
        match places > 0 {
            true => Some(Number { over: digits, under: power }),
            false => Some(Number { over: digits.checked_mul(power)?, under: 1 }),
        }
    }

    pub fn plus(self, other: Number) -> Option<Number> {
        let sum = |a: Number, b: Number| -> Option<Number> {
            let (low, high) = if a.under <= b.under { (a, b) } else { (b, a) };
            if high.under % low.under == 0 {
                let more = low.over.checked_mul(high.under / low.under)?;
                return Some(Number { over: high.over.checked_add(more)?, under: high.under });
            }
            let (a_over, b_over) = (a.over.checked_mul(b.under)?, b.over.checked_mul(a.under)?);
            Some(Number { over: a_over.checked_add(b_over)?, under: a.under.checked_mul(b.under)? })
        };
        sum(self, other).or_else(|| sum(self.reduced(), other.reduced()))
    }

    pub fn minus(self, other: Number) -> Option<Number> {
        self.plus(other.negated()?)
    }

    pub fn negated(self) -> Option<Number> {
        Some(Number { over: self.over.checked_neg()?, under: self.under })
    }

    pub fn times(self, other: Number) -> Option<Number> {
        let product = |a: Number, b: Number| -> Option<Number> {
            Some(Number { over: a.over.checked_mul(b.over)?, under: a.under.checked_mul(b.under)? })
        };
        product(self, other).or_else(|| {
            // Crosswise, so that what cancels out never grows.
            let a = Number { over: self.over, under: other.under }.reduced();
            let b = Number { over: other.over, under: self.under }.reduced();
            product(a, b)
        })
    }

    /// The quotient. `other` is not 0.
    pub fn over(self, other: Number) -> Option<Number> {
        let flip = if other.over < 0 { other.negated()? } else { other };
        let quotient = self.times(Number { over: flip.under, under: flip.over })?;
        if other.over < 0 { quotient.negated() } else { Some(quotient) }
    }

    pub fn is_zero(self) -> bool {
        self.over == 0
    }

    /// Times 10^`decimals` and rounded to a whole number, halves away from 0.
    pub fn rounded(self, decimals: u8) -> Option<i128> {
        let Number { over, under } = self.times(Number::decimal(10_i128.checked_pow(decimals.into())?, 0)?)?;
        let (whole, rest) = (over / under, over % under);
        let away = rest.abs() >= under - rest.abs();
        whole.checked_add(if away { rest.signum() } else { 0 })
    }

    /// The whole number towards 0.
    pub fn truncated(self) -> Number {
        Number { over: self.over / self.under, under: 1 }
    }

    /// Which is larger, whatever the sizes: whole parts first, then what is left of each, turned over.
    pub fn compare(self, other: Number) -> Ordering {
        let products = self.over.checked_mul(other.under).zip(other.over.checked_mul(self.under));
        if let Some((a, b)) = products {
            return a.cmp(&b);
        }
        let (mut a, mut b, mut turned) = (self, other, false);
        loop {
            let (whole_a, whole_b) = (a.over.div_euclid(a.under), b.over.div_euclid(b.under));
            let (rest_a, rest_b) = (a.over.rem_euclid(a.under), b.over.rem_euclid(b.under));
            let order = whole_a.cmp(&whole_b);
            let order = match (order, rest_a, rest_b) {
                (Ordering::Equal, 0, 0) => Some(Ordering::Equal),
                (Ordering::Equal, 0, _) => Some(Ordering::Less),
                (Ordering::Equal, _, 0) => Some(Ordering::Greater),
                (Ordering::Equal, ..) => None,
                (order, ..) => Some(order),
            };
            if let Some(order) = order {
                return if turned { order.reverse() } else { order };
            }
            (a, b) = (Number { over: a.under, under: rest_a }, Number { over: b.under, under: rest_b });
            turned = !turned;
        }
    }

    fn reduced(self) -> Number {
        let (mut a, mut b) = (self.over.unsigned_abs(), self.under.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        // `under` is above 0 and below 2^127, and what divides it is, too.
        let common = i128::try_from(a.max(1)).unwrap_or(1);
        Number { over: self.over / common, under: self.under / common }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        let (size, sign) = match text.strip_prefix('-') {
            Some(size) => (size, -1),
            None => (text, 1),
        };
        let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
        let number = Number::written(&format!("{whole}{fraction}"), fraction.len() as i64).expect("it fits");
        if sign < 0 { number.negated().expect("it fits") } else { number }
    }

    fn is(found: Option<Number>, expected: &str) {
        let found = found.unwrap_or_else(|| panic!("{expected} does not fit"));
        assert_eq!(found.compare(number(expected)), Ordering::Equal, "{found:?} is not {expected}");
    }

    #[test]
    fn arithmetic_is_exact() {
        is(number("0.1").plus(number("0.2")), "0.3");
        is(number("1250.50").times(number("0.3")), "375.15");
        is(number("1").over(number("3")).and_then(|third| third.times(number("3"))), "1");
        is(number("1").over(number("-4")), "-0.25");
        is(number("2").minus(number("2.5")), "-0.5");
        // 10^18 with six decimals, squared and divided again: only what cancels out is too large.
        let large = number("1000000000000000000.000001");
        is(large.times(number("3")).and_then(|n| n.over(number("3"))), "1000000000000000000.000001");
        assert!(large.times(large).and_then(|n| n.times(large)).is_none());
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (text, decimals, whole) in [
            ("0.5", 0, 1),
            ("-0.5", 0, -1),
            ("0.4999999999", 0, 0),
            ("1.005", 2, 101),
            ("-1.005", 2, -101),
            ("2.675", 2, 268),
            ("1250.50", 0, 1251),
            ("1250.50", 6, 1_250_500_000),
        ] {
            assert_eq!(number(text).rounded(decimals), Some(whole), "{text} to {decimals} decimals");
        }
        let third = number("2").over(number("3")).expect("it fits");
        assert_eq!((third.rounded(0), third.rounded(3)), (Some(1), Some(667)));
        assert_eq!(number("-7.9").truncated().rounded(0), Some(-7));
    }

    #[test]
    fn any_two_compare() {
        let tiny = |over: i128, under: i128| Number { over, under };
        let most = i128::MAX;
        for (a, b, order) in [
            (number("0.3"), number("0.30"), Ordering::Equal),
            (number("-1"), number("0.5"), Ordering::Less),
            (tiny(most, most - 1), tiny(most - 1, most - 2), Ordering::Less),
            (tiny(-most, most - 1), tiny(1 - most, most - 2), Ordering::Greater),
            (tiny(most, 2), tiny(most - 1, 2), Ordering::Greater),
            (tiny(most, most), tiny(most - 1, most - 1), Ordering::Equal),
        ] {
            assert_eq!(a.compare(b), order, "{a:?} and {b:?}");
            assert_eq!(b.compare(a), order.reverse(), "{b:?} and {a:?}");
        }
    }
}
