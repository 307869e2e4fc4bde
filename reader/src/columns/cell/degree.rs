//! Degrees of latitude and longitude.

use super::nothing::is_nothing;
use super::number::trim;

/// A latitude or longitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Degree {
    /// The cell is empty, or is no number, which is a finding.
    Missing,
    /// Possibly out of range or not finite.
    Value(f64),
}

/// Digits that a floating-point number of 64 bits holds exactly, whatever they are.
const DIGITS_MAX: usize = 15;

/// Powers of ten, each exact.
const TENS: [f64; DIGITS_MAX + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Degrees with a point or a comma before decimals. `None`: it is no number.
pub(crate) fn degree(cell: &str) -> Option<Degree> {
    let text = trim(cell);
    if text.is_empty() {
        return Some(Degree::Missing);
    }
    if let Ok(value) = text.parse() {
        return Some(Degree::Value(value));
    }
    if is_nothing(text) {
        return Some(Degree::Missing);
    }
    let text = text.trim_end_matches('°').trim_end();
    text.replacen(',', ".", 1).parse().ok().map(Degree::Value)
}

/// A few digits with a point among them and perhaps a minus before them, as nearly all degrees are. The quotient of two
/// numbers that are exact is the one nearest to what is written, as for any other way to read it.
pub(crate) fn plain_degree(cell: &[u8]) -> Option<f64> {
    let (is_negative, digits) = match cell {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > DIGITS_MAX + 1 {
        return None;
    }
    let (mut number, mut count, mut point) = (0_u64, 0, None);
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            number = number * 10 + u64::from(digit);
            count += 1;
        } else if *byte == b'.' && point.is_none() {
            point = Some(count);
        } else {
            return None;
        }
    }
    let behind = count - point?;
    if count == 0 {
        return None;
    }
    let size = number as f64 / TENS.get(behind)?;
    Some(if is_negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_read_with_either_mark() {
        assert_eq!(degree(" 40.5 "), Some(Degree::Value(40.5)));
        assert_eq!(degree("-73,25"), Some(Degree::Value(-73.25)));
        assert_eq!(degree("40.5°"), Some(Degree::Value(40.5)));
        assert_eq!([degree(""), degree("#N/A")], [Some(Degree::Missing); 2]);
        assert_eq!(degree("north"), None);
    }

    #[test]
    fn plain_degrees_are_those_that_the_standard_library_reads() {
        let mut texts: Vec<String> = (0..20_000_u64)
            .map(|n| format!("{}{}.{}", if n % 2 == 0 { "-" } else { "" }, n % 181, n * n * 977))
            .collect();
        texts.extend(
            ["-0.0", "0.0", ".5", "5.", "-.5", "000.100", "0.00000000000001", "99999999999999.9"].map(String::from),
        );
        for text in &texts {
            let expected: f64 = text.parse().expect("a number");
            let read = plain_degree(text.as_bytes()).expect("it is short");
            assert_eq!(read.to_bits(), expected.to_bits(), "{text}");
        }
        for text in ["", "-", ".", "-.", "7", "1.2.3", "+1.5", "1.5e3", "1,5", "0.1234567890123456", "NaN"] {
            assert_eq!(plain_degree(text.as_bytes()), None, "{text}");
        }
    }
}
