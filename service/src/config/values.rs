//! Values of settings, as people write them.

use crate::cli::duration;
use std::time::Duration;

/// Memory that a worker cannot do without.
const WORKER_MEMORY_MIN: u64 = 64 << 20;
/// The longest limit of a solve: whoever waits longer has no use for the answer.
const TIME_LIMIT_MAX: Duration = Duration::from_secs(24 * 3_600);
/// What may stand behind the question mark of a database's URL.
const DATABASE_PARAMETERS: [&str; 17] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

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

/// Memory of a worker.
pub fn worker_memory(text: &str) -> Result<u64, String> {
    let bytes = size(text)?;
    if bytes >= WORKER_MEMORY_MIN {
        Ok(bytes)
    } else {
        Err(format!("{text:?} is too little for a worker; give 64MiB or more"))
    }
}

/// The longest time limit of a solve.
pub fn time_limit(text: &str) -> Result<Duration, String> {
    let limit = time(text)?;
    if limit <= TIME_LIMIT_MAX { Ok(limit) } else { Err(format!("{text:?} is too long; give 24h or less")) }
}

/// The URL of a database. It may have a password, so that no fault shows more of it than what is no secret.
pub fn database(text: &str) -> Result<String, String> {
    match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => {}
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            return Err(format!(
                "{scheme}:// is no database that runs are kept in; write postgres://user@host/database"
            ));
        }
        _ => return Err("it is no URL; write postgres://user@host/database".into()),
    }
    let parameters = text.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or(query));
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        let name = parameter.split('=').next().unwrap_or(parameter);
        let is_option = name == "options" || name.starts_with("options[") || name.starts_with("options%5B");
        if !is_option && !DATABASE_PARAMETERS.contains(&name) {
            let known = DATABASE_PARAMETERS.join(", ");
            return Err(format!("the URL has the parameter {name:?}, which is none; there are {known}, options"));
        }
    }
    Ok(text.to_owned())
}
