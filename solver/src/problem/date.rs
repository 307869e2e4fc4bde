//! Days as people and exports write them.

use std::fmt;
use std::ops::Range;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    year: u32,
    month: u32,
    day: u32,
}

/// The days that spreadsheets count from 30 December 1899; those that are read as days lie between 1954 and 2119.
const SERIALS: Range<u32> = 20_000..80_000;

impl Date {
    /// Reads an ISO 8601 calendar date that exists, YYYY-MM-DD and nothing else.
    pub fn iso(text: &str) -> Option<Date> {
        let [year, month, day] = parts(text, '-')?;
        let plain = text.len() == 10 && year.len() == 4 && month.len() == 2 && day.len() == 2;
        if plain { Date::new(year, month, day) } else { None }
    }

    fn new(year: &str, month: &str, day: &str) -> Option<Date> {
        let number = |text: &str, digits: Range<usize>| {
            let plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            if plain { text.parse().ok() } else { None }
        };
        let date = Date { year: number(year, 4..5)?, month: number(month, 1..3)?, day: number(day, 1..3)? };
        (1..=12).contains(&date.month).then_some(())?;
        (1..=days_of(date.year, date.month)).contains(&date.day).then_some(date)
    }

    /// The day that a spreadsheet has for its number.
    fn serial(text: &str) -> Option<Date> {
        let mut date = Date { year: 1900, month: 1, day: 1 };
        // 1 January 1900 is two days after the one they are counted from.
        let mut left: u32 = text.parse().ok().filter(|days| SERIALS.contains(days))? - 2;
        while left >= days_of(date.year, date.month) {
            left -= days_of(date.year, date.month);
            date.month += 1;
            if date.month > 12 {
                date.month = 1;
                date.year += 1;
            }
        }
        date.day = left + 1;
        Some(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn days_of(year: u32, month: u32) -> u32 {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn parts(text: &str, between: char) -> Option<[&str; 3]> {
    let mut parts = text.split(between);
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

/// Which of day and month comes first where a column writes both as numbers before the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// 3/31/2026.
    MonthFirst,
    /// 31/3/2026.
    DayFirst,
    /// No value of the column tells.
    Either,
}

impl Order {
    /// That of a column, told by the values that fit one order alone; a column that has both kinds tells nothing.
    pub fn of<'a>(values: impl Iterator<Item = &'a str>) -> Order {
        let (mut month_first, mut day_first) = (false, false);
        for value in values {
            if let Some([first, second, year]) = parts(day_of(value), '/').filter(|[_, _, year]| year.len() == 4) {
                let (month, day) = (Date::new(year, first, second), Date::new(year, second, first));
                month_first |= month.is_some() && day.is_none();
                day_first |= day.is_some() && month.is_none();
            }
        }
        match (month_first, day_first) {
            (true, false) => Order::MonthFirst,
            (false, true) => Order::DayFirst,
            _ => Order::Either,
        }
    }

    /// The day that a value names, with or without a time behind it: 2026-03-31, 2026/3/31, 31.3.2026, 3/31/2026 in this
    /// order, or a spreadsheet's number. Where it can be read in two ways, the later day.
    pub fn latest(self, value: &str) -> Option<Date> {
        let text = day_of(value);
        if let Some([first, second, third]) = parts(text, '-').or_else(|| parts(text, '/')) {
            if first.len() == 4 {
                return Date::new(first, second, third);
            }
            let (month, day) = (Date::new(third, first, second), Date::new(third, second, first));
            return match self {
                Order::MonthFirst => month,
                Order::DayFirst => day,
                Order::Either => month.max(day),
            };
        }
        let [day, month, year] = match parts(text, '.') {
            Some(parts) => parts,
            None => return Date::serial(text),
        };
        Date::new(year, month, day)
    }
}

/// What stands before the time of day.
fn day_of(value: &str) -> &str {
    let value = value.trim();
    value.split(['T', ' ', ',']).next().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(order: Order, text: &str) -> String {
        order.latest(text).map_or("none".into(), |date| date.to_string())
    }

    #[test]
    fn days_are_read_as_exports_write_them() {
        for (text, date) in [
            ("2026-03-31", "2026-03-31"),
            ("2026-03-31T10:00:00.000Z", "2026-03-31"),
            ("2026-03-31 10:00", "2026-03-31"),
            ("2026/3/1", "2026-03-01"),
            ("31.3.2026", "2026-03-31"),
            ("3/31/2026", "2026-03-31"),
            ("3/4/2026, 9:15 AM", "2026-03-04"),
            ("46112", "2026-03-31"),
            ("36586", "2000-03-01"),
            ("2026-02-29", "none"),
            ("31/3/2026", "none"),
            ("3/31/26", "none"),
            ("yesterday", "none"),
            ("", "none"),
        ] {
            assert_eq!(said(Order::MonthFirst, text), date, "{text}");
        }
        assert_eq!(said(Order::DayFirst, "3/4/2026"), "2026-04-03");
        assert_eq!(said(Order::Either, "3/4/2026"), "2026-04-03");
        assert_eq!(said(Order::Either, "12/1/2026"), "2026-12-01");
    }

    #[test]
    fn a_column_tells_its_order_where_one_value_does() {
        for (values, order) in [
            (&["1/2/2026", "1/13/2026"][..], Order::MonthFirst),
            (&["1/2/2026", "13/1/2026"], Order::DayFirst),
            (&["1/2/2026", ""], Order::Either),
            (&["1/13/2026", "13/1/2026"], Order::Either),
        ] {
            assert_eq!(Order::of(values.iter().copied()), order, "{values:?}");
        }
    }

    #[test]
    fn only_iso_is_iso() {
        for (text, is) in [("2028-02-29", true), ("2027-02-29", false), ("2027-2-1", false), ("2027-02-01T", false)] {
            assert_eq!(Date::iso(text).is_some(), is, "{text}");
        }
    }
}
