//! Shares of leaves as exact fractions of the book, where numbers of usual size hold them.

use super::ratio::Ratio;
use super::shape::draft::Draft;

/// The largest whole that the book is divided into: totals of 2^63 times it fit into 128 bits with room.
const WHOLE_MAX: i128 = 1 << 40;
/// Digits of a decimal that are read exactly, before and after the point.
const DIGITS: usize = 18;

/// A fraction in lowest terms, above 0 but for that of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// The whole.
    const ONE: Fraction = Fraction { numerator: 1, denominator: 1 };
    /// Nothing: what a pool has.
    const NONE: Fraction = Fraction { numerator: 0, denominator: 1 };

    fn new(numerator: i128, denominator: i128) -> Option<Fraction> {
        let common = divisor(numerator, denominator);
        (numerator > 0 && denominator > 0)
            .then(|| Fraction { numerator: numerator / common, denominator: denominator / common })
    }

    /// The ratio of small whole numbers that a number stands for, to its last bits, else the decimal it is written as.
    fn of(value: f64) -> Option<Fraction> {
        if let Some(Ratio { numerator, denominator }) = Ratio::to_the_last_bits(value) {
            return Fraction::new(numerator.into(), denominator.into());
        }
        let text = format!("{value}");
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        if whole.len() > DIGITS || fraction.len() > DIGITS {
            return None;
        }
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        Fraction::new(digits, 10_i128.checked_pow(fraction.len() as u32)?)
    }

    fn plus(self, other: Fraction) -> Option<Fraction> {
        let (a, b) = (self.numerator.checked_mul(other.denominator)?, other.numerator.checked_mul(self.denominator)?);
        Fraction::new(a.checked_add(b)?, self.denominator.checked_mul(other.denominator)?)
    }

    fn times(self, other: Fraction) -> Option<Fraction> {
        // Crosswise, so that what cancels out never grows.
        let (a, b) = (divisor(self.numerator, other.denominator), divisor(other.numerator, self.denominator));
        Fraction::new(
            (self.numerator / a).checked_mul(other.numerator / b)?,
            (self.denominator / b).checked_mul(other.denominator / a)?,
        )
    }

    fn over(self, other: Fraction) -> Option<Fraction> {
        self.times(Fraction { numerator: other.denominator, denominator: other.numerator })
    }
}

fn divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.max(1), b.max(1));
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The share of every leaf, from left to right, as a whole number of one common part of the book, the largest there is.
/// `None` where that part would be smaller than a 2^40th of it.
pub(super) fn whole_shares(root: &Draft) -> Option<Vec<i64>> {
    let mut parts = Vec::new();
    split(root, Fraction::ONE, &mut parts)?;
    let mut whole = 1_i128;
    for part in &parts {
        whole = whole.checked_mul(part.denominator / divisor(whole, part.denominator))?;
        if whole > WHOLE_MAX {
            return None;
        }
    }
    let share = |part: &Fraction| i64::try_from(part.numerator * (whole / part.denominator)).ok();
    parts.iter().map(share).collect()
}

/// Adds the parts of the book of all leaves below a node that has `part` of it.
fn split(node: &Draft, part: Fraction, parts: &mut Vec<Fraction>) -> Option<()> {
    if node.children.is_empty() {
        parts.push(part);
        return Some(());
    }
    let sum = sum_of(&node.children)?;
    for child in &node.children {
        match child.is_pool {
            true => parts.push(Fraction::NONE),
            false => split(child, part.times(share(child)?.over(sum)?)?, parts)?,
        }
    }
    Some(())
}

/// The sum of the shares of nodes, pools left out.
fn sum_of(nodes: &[Draft]) -> Option<Fraction> {
    let mut shares = nodes.iter().filter(|node| !node.is_pool).map(share);
    let first = shares.next()??;
    shares.try_fold(first, |sum, share| sum.plus(share?))
}

/// A node's share among its siblings: the one given, else the sum of its children's, 1 for a leaf.
fn share(node: &Draft) -> Option<Fraction> {
    match node.share {
        Some(share) => Fraction::of(share),
        None if node.children.is_empty() => Some(Fraction::ONE),
        None => sum_of(&node.children),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_held() {
        for (value, expected) in [
            (1.0, Some((1, 1))),
            (1.0 / 3.0, Some((1, 3))),
            (0.5, Some((1, 2))),
            (1e-12, Some((1, 1_000_000_000_000))),
            (0.123_456_789_012, Some((30_864_197_253, 250_000_000_000))),
            (1e9, Some((1_000_000_000, 1))),
            (0.0, None),
            (1e300, None),
            (f64::INFINITY, None),
            (f64::NAN, None),
        ] {
            let found = Fraction::of(value).map(|f| (f.numerator, f.denominator));
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn leaves_get_whole_shares_of_the_largest_common_part() {
        let leaf = |share| Draft { share, ..Draft::leaf(String::new()) };
        let node = |share, children| Draft { share, children, ..Draft::leaf(String::new()) };
        let tree = node(None, vec![leaf(Some(0.1)), node(Some(0.2), vec![leaf(Some(1.0 / 3.0)), leaf(None)])]);
        // 1/3; 2/3 · 1/4; 2/3 · 3/4.
        assert_eq!(whole_shares(&tree), Some(vec![2, 1, 3]));
        assert_eq!(whole_shares(&node(None, vec![leaf(Some(1e-12)), leaf(None)])), Some(vec![1, 1_000_000_000_000]));
        assert_eq!(whole_shares(&node(None, vec![leaf(Some(1e-17)), leaf(None)])), None);
        let pool = Draft { is_pool: true, ..leaf(None) };
        assert_eq!(whole_shares(&node(None, vec![leaf(Some(0.5)), pool, leaf(None)])), Some(vec![1, 0, 2]));
    }
}
