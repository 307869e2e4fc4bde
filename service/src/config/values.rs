//! Values of settings, as people write them.

use crate::cli::duration;
use std::time::Duration;

/// A size as people write it: `256MiB`, `1GiB`, `4096`.
pub fn size(text: &str) -> Result<u64, String> {
    let advice = || format!("{text:?} is no size; write 64MiB, 1GiB, or bytes");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let shift = match &text[digits..] {
        "" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return Err(advice()),
    };
    let number: u64 = text[..digits].parse().map_err(|_| advice())?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0 && *bytes <= i64::MAX as u64).ok_or_else(advice)
}

/// A whole number from 1 on.
pub fn count(text: &str, most: usize) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| format!("{text:?} is not a whole number from 1 to {most}"))
}

/// Yes or no.
pub fn yes(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("{text:?} is neither true nor false"))
}

/// A time that may be waited for.
pub fn time(text: &str) -> Result<Duration, String> {
    duration(text).and_then(|time| if time.is_zero() { Err("it is no time at all".into()) } else { Ok(time) })
}

/// A time in milliseconds.
pub fn ms(text: &str) -> Result<i64, String> {
    i64::try_from(time(text)?.as_millis()).map_err(|_| format!("{text:?} is too long"))
}
