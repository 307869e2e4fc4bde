//! Whole numbers, exactly.

/// What a cell says as a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    Empty,
    Amount(i64),
    Fraction,
    NotFinite,
    TooLarge,
    TooSmall,
    NoNumber,
}

/// Reads digits with an optional sign and an optional fraction of zeros; spaces around them do not matter.
pub(super) fn whole(cell: &[u8]) -> Whole {
    let cell = cell.trim_ascii();
    let (negative, digits) = match cell {
        [] => return Whole::Empty,
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut size: Option<u64> = Some(0);
    let mut at = 0;
    while let Some(digit) = digits.get(at).filter(|b| b.is_ascii_digit()) {
        size = size.and_then(|s| s.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
        at += 1;
    }
    let fraction = match &digits[at..] {
        [] if at > 0 => &[][..],
        [b'.', rest @ ..] if at > 0 || !rest.is_empty() => rest,
        _ => return words(digits),
    };
    if !fraction.iter().all(u8::is_ascii_digit) {
        Whole::NoNumber
    } else if fraction.iter().any(|digit| *digit != b'0') {
        Whole::Fraction
    } else if negative {
        let amount = size.and_then(|s| 0_i64.checked_sub_unsigned(s));
        amount.map_or(Whole::TooSmall, Whole::Amount)
    } else {
        let amount = size.and_then(|s| i64::try_from(s).ok());
        amount.map_or(Whole::TooLarge, Whole::Amount)
    }
}

fn words(text: &[u8]) -> Whole {
    let words: [&[u8]; 3] = [b"nan", b"inf", b"infinity"];
    match words.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        true => Whole::NotFinite,
        false => Whole::NoNumber,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_exactly() {
        let check = |cell: &str, expected| assert_eq!(whole(cell.as_bytes()), expected, "{cell}");
        check("", Whole::Empty);
        check("  ", Whole::Empty);
        check("0", Whole::Amount(0));
        check("-0", Whole::Amount(0));
        check("007", Whole::Amount(7));
        check(" +12 ", Whole::Amount(12));
        check("1200.00", Whole::Amount(1200));
        check("5.", Whole::Amount(5));
        check(".0", Whole::Amount(0));
        check("9007199254740993", Whole::Amount(9_007_199_254_740_993)); // 2^53 + 1: no f64
        check("9223372036854775807", Whole::Amount(i64::MAX));
        check("9223372036854775808", Whole::TooLarge);
        check("99999999999999999999999", Whole::TooLarge);
        check("-9223372036854775808", Whole::Amount(i64::MIN));
        check("-9223372036854775809", Whole::TooSmall);
        check("0.5", Whole::Fraction);
        check("-1.25", Whole::Fraction);
        check("NaN", Whole::NotFinite);
        check("-inf", Whole::NotFinite);
        check("Infinity", Whole::NotFinite);
        for text in ["12a", "1,200", "$5", "1e6", "-", "+", ".", "1.2.3", "--1", "1 2", "0x10", "١٢"] {
            check(text, Whole::NoNumber);
        }
    }
}
