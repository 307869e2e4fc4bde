//! Numbers as people read them.

use crate::plan::NOTHING;
use crate::problem::criteria::Criterion;

/// How many worst excesses a criterion adds up: one for each measure or value of the attribute, and each level.
pub(super) fn terms(criterion: &Criterion) -> usize {
    let bands = criterion.kind.bands().unwrap_or_default();
    bands.iter().map(|band| band.levels.iter().filter(|level| level.1 > 0.0).count()).sum()
}

pub(super) fn is_nothing(value: f64) -> bool {
    value <= NOTHING
}

/// A part of a whole: two decimals, where it is small two digits that count.
pub(crate) fn percent(part: f64) -> String {
    let percent = part * 100.0;
    if percent == 0.0 {
        return "0 %".into();
    }
    let size = percent.abs();
    if size >= 0.01 { format!("{percent:.2} %") } else { format!("{} %", figures(percent)) }
}

/// Four digits that count from 1,000 down to a thousandth, every whole digit of more, two digits of less.
pub(crate) fn figures(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !size.is_finite() {
        return format!("{value}");
    }
    let first = size.log10().floor() as i32;
    let digits = if size >= 1e-3 { 3 } else { 1 };
    if first < -9 {
        return format!("{value:.1e}");
    }
    let decimals = usize::try_from(digits - first).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_parts_keep_two_digits_and_none_reads_as_nothing() {
        for (part, text) in [
            (0.0, "0 %"),
            (0.071, "7.10 %"),
            (0.000_1, "0.01 %"),
            (0.000_012, "0.0012 %"),
            (3e-25, "3.0e-23 %"),
            (605.975, "60597.50 %"),
        ] {
            assert_eq!(percent(part), text);
        }
        for (value, text) in
            [(0.0, "0"), (0.021_34, "0.02134"), (214_066.2, "214066"), (12.5, "12.5"), (1e-6, "0.000001")]
        {
            assert_eq!(figures(value), text);
        }
    }
}
