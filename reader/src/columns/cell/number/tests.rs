//! Ways to write a number, one after the other.

use super::*;

/// The value in millionths under this decimal mark, if the cell is a number.
fn value(cell: &str, decimal: Mark) -> Option<i128> {
    let Cell::Number(written) = read(cell) else { return None };
    let behind = match written.marks {
        Marks::Once(mark) | Marks::Decimal(mark) if mark == decimal => written.behind,
        Marks::None => written.behind,
        Marks::Once(_) | Marks::Thousands(_) => 0,
        Marks::Decimal(_) => return None,
    };
    Some(i128::from(written.digits) * 10_i128.pow(6) / 10_i128.pow(u32::from(behind)))
}

#[test]
fn numbers_are_read_in_the_places_that_write_them() {
    for (cell, millionths) in [
        ("1100", 1_100_000_000),
        ("$1,100.04 ", 1_100_040_000),
        ("$ 0.00", 0),
        ("USD 10,000.00", 10_000_000_000),
        ("10,000.00 USD", 10_000_000_000),
        ("1054$", 1_054_000_000),
        ("1'100", 1_100_000_000),
        ("1’234’567.89", 1_234_567_890_000),
        ("1\u{a0}100", 1_100_000_000),
        ("1 234 567", 1_234_567_000_000),
        ("(250)", -250_000_000),
        ("($1,250.50)", -1_250_500_000),
        ("$(250)", -250_000_000),
        ("-$5", -5_000_000),
        ("250-", -250_000_000),
        ("−3", -3_000_000),
        ("+12", 12_000_000),
        (" 007 ", 7_000_000),
        ("'-5", -5_000_000),
        ("12,34,567.5", 1_234_567_500_000),
        ("1.1E+06", 1_100_000_000_000),
        ("6.47E+05", 647_000_000_000),
        ("1e3", 1_000_000_000),
        ("2.5E-01", 250_000),
        ("1.2M", 1_200_000_000_000),
        ("350 K", 350_000_000_000),
        ("$1.5 million", 1_500_000_000_000),
        (".5", 500_000),
        ("5.", 5_000_000),
        ("CHF 1'200.-", 1_200_000_000),
        ("Fr. 20.50", 20_500_000),
        ("Rs.500", 500_000_000),
        ("US$3", 3_000_000),
        ("5 kr", 5_000_000),
        ("1,234", 1_234_000_000),
        ("1.234", 1_234_000),
        ("9223372036854775807", 9_223_372_036_854_775_807_000_000),
        ("-9223372036854775808", -9_223_372_036_854_775_808_000_000),
    ] {
        assert_eq!(value(cell, Mark::Point), Some(millionths), "{cell}");
    }
    for (cell, millionths) in [
        ("1.234.567,89", 1_234_567_890_000),
        ("1.234,56 €", 1_234_560_000),
        ("1 234,5", 1_234_500_000),
        ("1.234", 1_234_000_000),
        ("1,234", 1_234_000),
        ("0,125", 125_000),
        ("1,5 Mio. €", 1_500_000_000_000),
        ("1.200,-", 1_200_000_000),
        ("-1.250,00", -1_250_000_000),
    ] {
        assert_eq!(value(cell, Mark::Comma), Some(millionths), "{cell}");
    }
}

#[test]
fn what_is_no_number_says_what_it_is() {
    for (cell, unfit) in [
        ("12a", Unfit::Text),
        ("Acme 12", Unfit::Text),
        ("1.2.3", Unfit::Text),
        ("--1", Unfit::Text),
        ("1,23,4", Unfit::Text),
        ("0x10", Unfit::Text),
        ("١٢", Unfit::Text),
        ("(555) 123-4567", Unfit::Text),
        ("+49 30 1234", Unfit::Text),
        ("(5", Unfit::Text),
        ("5)", Unfit::Text),
        ("$5 USD", Unfit::Text),
        ("$1M-$10M", Unfit::Text),
        ("A1", Unfit::Text),
        ("1e", Unfit::Text),
        ("2026-01-05", Unfit::Date),
        ("5.1.2026", Unfit::Date),
        ("01/05/2026 7:20 AM", Unfit::Date),
        ("2026-01-05T10:00:00Z", Unfit::Date),
        ("10%", Unfit::Percent),
        ("12,5 %", Unfit::Percent),
        ("TRUE", Unfit::Flag),
        ("nein", Unfit::Flag),
        ("NaN", Unfit::NotFinite),
        ("-inf", Unfit::NotFinite),
        ("ZZZ 100", Unfit::CurrencyUnknown),
        ("9223372036854775808", Unfit::TooLarge),
        ("1E+30", Unfit::TooLarge),
        ("-9223372036854775809", Unfit::TooSmall),
    ] {
        assert_eq!(read(cell), Cell::Unfit(unfit), "{cell}");
    }
    for cell in ["#N/A", "-", "null", "n/a", "(blank)", "$ -   ", "- €", "USD -"] {
        assert_eq!(read(cell), Cell::Nothing, "{cell}");
    }
    for cell in ["", "  ", "\u{a0}"] {
        assert_eq!(read(cell), Cell::Empty, "{cell:?}");
    }
}

#[test]
fn what_marks_can_mean_is_kept() {
    let marks = |cell: &str| match read(cell) {
        Cell::Number(written) => (written.marks, written.behind, written.needed),
        other => panic!("{cell}: {other:?}"),
    };
    assert_eq!(marks("1.234"), (Marks::Once(Mark::Point), 3, 3));
    assert_eq!(marks("1,200"), (Marks::Once(Mark::Comma), 3, 1));
    assert_eq!(marks("1234.567"), (Marks::Decimal(Mark::Point), 3, 3));
    assert_eq!(marks("0.500"), (Marks::Decimal(Mark::Point), 3, 1));
    assert_eq!(marks("1.234.567"), (Marks::Thousands(Mark::Point), 0, 0));
    assert_eq!(marks("1,234.50"), (Marks::Decimal(Mark::Point), 2, 1));
    assert_eq!(marks("1 234"), (Marks::None, 0, 0));
    assert_eq!(marks("1.25E+01"), (Marks::None, 1, 1));
}

#[test]
fn eight_digits_are_read_at_once_as_one_by_one() {
    let mut texts: Vec<String> = (0..100_000_u64).step_by(7).map(|n| (n * n % 99_999_999).to_string()).collect();
    let others =
        ["", "0", "00", "9", "05", "-5", "1.5", "1 2", "12345678", "99999999", "1234567a", "/1", ":1", "1:", "é", "1é"];
    texts.extend(others.map(String::from));
    for text in &texts {
        let bytes = text.bytes().rev().fold(0, |word, byte| word << 8 | u64::from(byte));
        assert_eq!(short_whole(bytes, text.len()), whole(text.as_bytes()), "{text}");
    }
    assert_eq!(short_whole(u64::from_le_bytes(*b"12345678"), 9), None);
}
