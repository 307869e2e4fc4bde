//! Numbers as people write them, held exactly: 0.1 is a tenth.

/// A ratio of whole numbers in lowest terms; the denominator is above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// Above the line.
    pub num: i128,
    /// Below the line.
    pub den: i128,
}

/// Why products of the numbers of a small book stay below 2^127.
const FITS: &str = "amounts are below 2^63, and what shares and tolerances multiply them by is below 2^63 too";

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<std::cmp::Ordering> {
        let cross = |a: i128, b: i128| a.checked_mul(b).expect(FITS);
        Some(cross(self.num, other.den).cmp(&cross(other.num, self.den)))
    }
}

impl Ratio {
    /// In lowest terms.
    pub fn new(num: i128, den: i128) -> Ratio {
        let divisor = common_divisor(num, den) * den.signum();
        Ratio { num: num / divisor, den: den / divisor }
    }

    /// A whole number.
    pub fn whole(num: i128) -> Ratio {
        Ratio { num, den: 1 }
    }

    /// What the shortest decimal that stands for this number says.
    pub fn decimal(value: f64) -> Ratio {
        Ratio::written(&value.to_string())
    }

    /// What digits with a point among them say.
    pub fn written(text: &str) -> Ratio {
        let places = text.split_once('.').map_or(0, |(_, after)| after.len() as u32);
        let digits: i128 = text.replace('.', "").parse().expect("small books have finite numbers of few digits");
        Ratio::new(digits, 10_i128.checked_pow(places).expect(FITS))
    }

    /// The nearest whole number; of two the one farther from 0.
    pub fn nearest(self) -> i128 {
        let twice = 2 * self.num.abs() + self.den;
        self.num.signum() * twice.div_euclid(2 * self.den)
    }

    /// What a share of a rule stands for: the ratio of whole numbers up to 10,000 that its last bits stand for, such as
    /// a third, else its decimal.
    pub fn meant(value: f64) -> Ratio {
        let near = |den: &i128| (value * *den as f64 - (value * *den as f64).round()).abs() <= 1e-12;
        let ratio = |den: i128| Ratio::new((value * den as f64).round() as i128, den);
        (1..=10_000).find(near).map_or_else(|| Ratio::decimal(value), ratio)
    }

    /// The product.
    pub fn times(self, other: Ratio) -> Ratio {
        // Crosswise first, so that nothing is larger than it must be.
        let (a, b) = (Ratio::new(self.num, other.den), Ratio::new(other.num, self.den));
        Ratio { num: a.num.checked_mul(b.num).expect(FITS), den: a.den.checked_mul(b.den).expect(FITS) }
    }

    /// The quotient; `other` is not 0.
    pub fn over(self, other: Ratio) -> Ratio {
        self.times(Ratio::new(other.den, other.num))
    }

    /// The sum.
    pub fn plus(self, other: Ratio) -> Ratio {
        let cross = |a: i128, b: i128| a.checked_mul(b).expect(FITS);
        Ratio::new(cross(self.num, other.den) + cross(other.num, self.den), cross(self.den, other.den))
    }

    /// The largest whole number that is not above it.
    pub fn floor(self) -> i128 {
        self.num.div_euclid(self.den)
    }

    /// The nearest floating-point number, or its neighbour.
    pub fn real(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

fn common_divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_what_is_written() {
        for (value, num, den) in [(0.1, 1, 10), (0.05, 1, 20), (3.0, 3, 1), (1e-12, 1, 1_000_000_000_000), (2.5, 5, 2)]
        {
            assert_eq!(Ratio::decimal(value), Ratio { num, den }, "{value}");
        }
        assert_eq!(Ratio::decimal(0.1).plus(Ratio::decimal(0.2)), Ratio::decimal(0.3));
        assert_eq!(Ratio::new(7, -2).floor(), -4);
        assert_eq!(Ratio::meant(1.0 / 3.0), Ratio { num: 1, den: 3 });
        assert_eq!(Ratio::meant(0.73), Ratio { num: 73, den: 100 });
    }
}
