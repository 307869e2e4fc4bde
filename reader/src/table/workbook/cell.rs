//! What a cell of a sheet holds, as text: what it shows, without the look that its format gives to numbers.

use calamine::{DataRef, ExcelDateTime};

/// Significant digits that a spreadsheet shows. It stores more, and sums of cents then end in 0000000002.
const DIGITS_SHOWN: usize = 15;

/// The day behind the last one that a spreadsheet knows, 9999-12-31.
const DAYS_MAX: f64 = 2_958_466.0;

/// Writes the value of a cell. Dates are ISO 8601, numbers have no exponent.
pub(super) fn write_value(value: &DataRef<'_>, text: &mut String) {
    match value {
        DataRef::Empty => {}
        DataRef::String(value) => write_text(value, text),
        DataRef::SharedString(value) => write_text(value, text),
        DataRef::DateTimeIso(value) => write_text(value.trim_end_matches("T00:00:00"), text),
        DataRef::DurationIso(value) => write_text(value, text),
        DataRef::Int(value) => text.push_str(&value.to_string()),
        DataRef::Float(value) => text.push_str(&number(*value)),
        DataRef::Bool(value) => text.push_str(if *value { "TRUE" } else { "FALSE" }),
        DataRef::Error(value) => text.push_str(&value.to_string()),
        DataRef::DateTime(value) => text.push_str(&date(value)),
    }
}

/// Writes text; the two characters that part cells and rows are shown by their pictures.
pub(super) fn write_text(value: &str, text: &mut String) {
    match value.contains(['\u{1E}', '\u{1F}']) {
        true => text.push_str(&value.replace('\u{1E}', "\u{241E}").replace('\u{1F}', "\u{241F}")),
        false => text.push_str(value),
    }
}

/// The shortest text that is the number; of fractions that show more digits than a spreadsheet does, as it shows them.
fn number(value: f64) -> String {
    let text = if value == 0.0 { "0".to_owned() } else { value.to_string() };
    let digits = text.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    if value.fract() == 0.0 || digits <= DIGITS_SHOWN {
        return text;
    }
    let shown = format!("{value:.*e}", DIGITS_SHOWN - 1);
    shown.parse::<f64>().map_or(text, |shown| shown.to_string())
}

fn date(value: &ExcelDateTime) -> String {
    let days = value.as_f64();
    if !(0.0..DAYS_MAX).contains(&days) {
        return number(days);
    }
    if value.is_duration() {
        let seconds = (days * 86_400.0).round() as u64;
        return format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, millisecond) = value.to_ymd_hms_milli();
    let mut time = format!("{hour:02}:{minute:02}:{second:02}");
    if millisecond > 0 {
        time.push_str(&format!(".{millisecond:03}"));
    }
    if days < 1.0 {
        return time;
    }
    match (hour, minute, second, millisecond) {
        (0, 0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{time}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{CellErrorType, ExcelDateTimeType};

    #[test]
    fn values_are_what_a_spreadsheet_shows() {
        let check = |value: DataRef<'_>, expected: &str| {
            let mut text = String::new();
            write_value(&value, &mut text);
            assert_eq!(text, expected);
        };
        for (value, expected) in [
            (1250.5, "1250.5"),
            (1e16, "10000000000000000"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (0.1 + 0.2, "0.3"),
            (1_234.100_000_000_000_1, "1234.1"),
            (0.125, "0.125"),
            (-0.0, "0"),
            (-12.25, "-12.25"),
            (1e-7, "0.0000001"),
            (1.0 / 3.0, "0.333333333333333"),
        ] {
            check(DataRef::Float(value), expected);
        }
        let at = |days, kind| DataRef::DateTime(ExcelDateTime::new(days, kind, false));
        check(at(46_352.0, ExcelDateTimeType::DateTime), "2026-11-26");
        check(at(46_352.305_555_555_56, ExcelDateTimeType::DateTime), "2026-11-26T07:20:00");
        check(at(0.5, ExcelDateTimeType::DateTime), "12:00:00");
        check(at(1.5, ExcelDateTimeType::TimeDelta), "36:00:00");
        check(at(-5.0, ExcelDateTimeType::DateTime), "-5");
        check(at(1e18, ExcelDateTimeType::DateTime), "1000000000000000000");
        check(DataRef::Bool(true), "TRUE");
        check(DataRef::Error(CellErrorType::NA), "#N/A");
        check(DataRef::String("a\u{1F}b".into()), "a\u{241F}b");
        check(DataRef::DateTimeIso("2026-11-26T00:00:00".into()), "2026-11-26");
        check(DataRef::Empty, "");
    }
}
