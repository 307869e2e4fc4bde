//! How names, parts and amounts are written on the command line.
//!
//! A name is what stands there, without white space around it. Where a flag has more than a name, the name ends at the
//! last sign of its kind; a name that has such signs itself stands in double quotes, in which `""` is one quote:
//! `--add-seat '"ana@corp.com"@40.7,-74.0:1.5'`.

use std::borrow::Cow;

/// A name and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<'a> {
    /// Without its quotes.
    pub name: String,
    /// All behind a name in quotes; of any other the rest is not known yet.
    pub rest: Rest<'a>,
}

/// What stands behind a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest<'a> {
    /// The name was in quotes, and this is behind them.
    Known(&'a str),
    /// The name was not in quotes: this is all of it.
    Open(&'a str),
}

/// A name at the start of a text.
///
/// # Errors
/// What is wrong with it.
pub fn named(text: &str) -> Result<Named<'_>, String> {
    let text = text.trim();
    let Some(quoted) = text.strip_prefix('"') else {
        return Ok(Named { name: text.to_owned(), rest: Rest::Open(text) });
    };
    let mut name = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' if characters.next_if(|(_, next)| *next == '"').is_some() => name.push('"'),
            '"' => {
                let rest = quoted[at + 1..].trim_start();
                return Ok(Named { name: filled(&name)?, rest: Rest::Known(rest) });
            }
            c => name.push(c),
        }
    }
    Err("the name has no second \" at its end".into())
}

/// A name that is all there is.
///
/// # Errors
/// What is wrong with it.
pub fn name(text: &str) -> Result<String, String> {
    match named(text)? {
        Named { name, rest: Rest::Open(_) | Rest::Known("") } => filled(&name),
        Named { rest: Rest::Known(rest), .. } => Err(format!("{rest:?} stands behind the name in quotes")),
    }
}

/// A name, and what stands behind the last `sign` that follows it, if there is one.
///
/// # Errors
/// What is wrong with it.
pub fn name_and(text: &str, sign: char) -> Result<(String, Option<&str>), String> {
    match named(text)? {
        Named { name, rest: Rest::Known("") } => Ok((name, None)),
        Named { name, rest: Rest::Known(rest) } => match rest.strip_prefix(sign) {
            Some(rest) => Ok((name, Some(rest.trim()))),
            None => Err(format!("{rest:?} stands behind the name in quotes, where {sign} is expected")),
        },
        Named { rest: Rest::Open(text), .. } => match text.rsplit_once(sign) {
            Some((name, rest)) => Ok((filled(name.trim())?, Some(rest.trim()))),
            None => Ok((filled(text)?, None)),
        },
    }
}

fn filled(name: &str) -> Result<String, String> {
    if name.trim().is_empty() { Err("the name is empty".into()) } else { Ok(name.to_owned()) }
}

/// A part of something, as people write it: `0.05`, `5%`, `5 %`.
///
/// # Errors
/// What to write instead; a number of 1 or more without a sign is nearly always one of hundredths.
pub fn part(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let (digits, percent) = match text.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), true),
        None => (text, false),
    };
    // Shifted as text, so that 0.1% is 0.001 and not a hair beside it.
    let number =
        |digits: &str, shift: &str| decimal(digits).and_then(|digits| format!("{digits}{shift}").parse::<f64>().ok());
    let Some(value) = number(digits, if percent { "e-2" } else { "" }) else {
        let commas = digits.replace(',', ".");
        return Err(match number(&commas, "") {
            Some(_) if commas != digits => {
                format!("{text:?} is no number; did you mean {commas}{}?", if percent { "%" } else { "" })
            }
            _ => format!("{text:?} is no part; write 0.05 or 5%"),
        });
    };
    if value < 1.0 || percent {
        return Ok(value);
    }
    let hundredths = number(digits, "e-2").unwrap_or(value);
    Err(format!(
        "{digits} is {} %; did you mean {hundredths} ({digits} %)? Write {}% if not",
        value * 100.0,
        value * 100.0
    ))
}

/// A number above 0: a capacity.
///
/// # Errors
/// What to write instead.
pub fn positive(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let (digits, shift) = match text.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), "e-2"),
        None => (text, ""),
    };
    let digits = pointed(digits);
    let number = decimal(&digits).and_then(|digits| format!("{digits}{shift}").parse::<f64>().ok());
    number.filter(|n| n.is_finite() && *n > 0.0).ok_or_else(|| format!("{text:?} is no number above 0, such as 1.5"))
}

/// The text with a point where a comma stands before its decimals: `0,5`. A comma before three digits may stand between
/// thousands, and stays.
pub fn pointed(text: &str) -> Cow<'_, str> {
    match text.trim().split_once(',') {
        Some((before, after)) if !after.contains([',', '.']) && !before.contains('.') && is_decimals(before, after) => {
            Cow::Owned(format!("{before}.{after}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Whether what stands behind a comma can only be decimals.
fn is_decimals(before: &str, after: &str) -> bool {
    let digits = after.trim_end_matches(['%', ' ']);
    digits.len() != 3 || matches!(before.trim_start_matches('-'), "0" | "")
}

/// The text, if it is digits with at most one point among them.
fn decimal(text: &str) -> Option<&str> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let points = text.bytes().filter(|b| *b == b'.').count();
    (digits > 0 && points <= 1 && digits + points == text.len()).then_some(text)
}

/// An amount of 0 or more as plain digits, with a point where there are decimals. In the digits `_` may stand, and `,` or
/// spaces between thousands.
///
/// # Errors
/// What to write instead.
pub fn amount(text: &str) -> Result<String, String> {
    let text = text.trim();
    let (whole, decimals) = text.split_once('.').map_or((text, None), |(whole, decimals)| (whole, Some(decimals)));
    let groups: Vec<&str> = whole.split([',', ' ', '\u{a0}']).collect();
    let grouped = groups.len() == 1 || groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    let digits = groups.concat().replace('_', "");
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !grouped || !are_digits(&digits) || decimals.is_some_and(|decimals| !are_digits(decimals)) {
        let advice = match pointed(text) {
            Cow::Owned(other) if decimal(&other).is_some() => format!("did you mean {other}?"),
            _ => "write a number of 0 or more, such as 150, 2,000,000 or 1250.50".to_owned(),
        };
        return Err(format!("{text:?} is no amount; {advice}"));
    }
    match decimals {
        Some(decimals) => Ok(format!("{digits}.{decimals}")),
        None => digits.parse::<i64>().map(|_| digits).map_err(|_| format!("{text:?} is above 2^63 - 1")),
    }
}

/// A point as `latitude,longitude` in degrees; with `;` between them each may have a decimal comma.
pub fn point(text: &str) -> Option<(f64, f64)> {
    let degrees = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
    if let Some((latitude, longitude)) = text.split_once(';') {
        return Some((degrees(&latitude.replace(',', "."))?, degrees(&longitude.replace(',', "."))?));
    }
    let (latitude, longitude) = text.split_once(',')?;
    Some((degrees(latitude)?, degrees(longitude)?))
}

/// A text in the form that a shell reads back as one word.
pub fn for_a_shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./,:@%+=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_people_write_them() {
        for (text, expected) in [
            ("0.05", 0.05),
            ("5%", 0.05),
            ("5 %", 0.05),
            ("0", 0.0),
            (".5", 0.5),
            ("0.1%", 0.001),
            ("300%", 3.0),
            ("7%", 0.07),
        ] {
            assert_eq!(part(text), Ok(expected), "{text}");
        }
        for (text, says) in [
            ("3", "did you mean 0.03 (3 %)?"),
            ("1", "did you mean 0.01 (1 %)?"),
            ("2.5", "did you mean 0.025 (2.5 %)?"),
            ("0,05", "did you mean 0.05?"),
            ("2,5%", "did you mean 2.5%?"),
            ("-1", "write 0.05 or 5%"),
            ("", "write 0.05 or 5%"),
            ("NaN", "write 0.05 or 5%"),
            ("1e-2", "write 0.05 or 5%"),
            ("five", "write 0.05 or 5%"),
            ("%", "write 0.05 or 5%"),
        ] {
            assert!(part(text).is_err_and(|error| error.contains(says)), "{text}: {:?}", part(text));
        }
    }

    #[test]
    fn names_may_hold_anything() {
        for (text, expected) in [
            ("Ana Diaz", ("Ana Diaz", None)),
            (" Ana = 5% ", ("Ana", Some("5%"))),
            ("a=b=5%", ("a=b", Some("5%"))),
            ("\"a=b\"", ("a=b", None)),
            ("\"a=b\"=5%", ("a=b", Some("5%"))),
            ("\"say \"\"hi\"\"\" = 1", ("say \"hi\"", Some("1"))),
        ] {
            let read = name_and(text, '=');
            assert_eq!(read.as_ref().map(|(name, rest)| (name.as_str(), *rest)), Ok(expected), "{text}");
        }
        for text in ["", "=5%", "\"\"", "\"a", "\"a\"b"] {
            assert!(name_and(text, '=').is_err(), "{text}");
        }
        assert_eq!(name("a = b: c@d").as_deref(), Ok("a = b: c@d"));
        assert!(name("\"a\" b").is_err());
    }

    #[test]
    fn amounts_and_points() {
        for (text, expected) in [
            ("150", "150"),
            ("2,000,000", "2000000"),
            ("2 000", "2000"),
            ("1_000", "1000"),
            ("0", "0"),
            ("1250.50", "1250.50"),
            ("1,250.5", "1250.5"),
        ] {
            assert_eq!(amount(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "-1", "1.", ".5", "1.5.6", "2,00", "1,0000", "many", "99999999999999999999", ","] {
            assert!(amount(text).is_err(), "{text}");
        }
        assert!(amount("1250,50").is_err_and(|error| error.ends_with("did you mean 1250.50?")));
        assert_eq!(point("40.7, -74"), Some((40.7, -74.0)));
        assert_eq!((point("New York, NY"), point("40.7"), point("1,inf")), (None, None, None));
        assert_eq!((positive("1.5"), positive("80%")), (Ok(1.5), Ok(0.8)));
        assert_eq!((positive("0,5"), positive("0,125"), positive("37,5%")), (Ok(0.5), Ok(0.125), Ok(0.375)));
        assert_eq!(point("40,7;-74,0"), Some((40.7, -74.0)));
        assert!(positive("1,000").is_err(), "it may be 1 or 1000");
        assert!(["0", "-1", "x", "", "inf"].iter().all(|text| positive(text).is_err()));
    }

    #[test]
    fn shells_read_back_what_is_written_for_them() {
        assert_eq!(for_a_shell("a=5%"), "a=5%");
        assert_eq!(for_a_shell("it's $x"), "'it'\\''s $x'");
        assert_eq!(for_a_shell(""), "''");
    }
}
