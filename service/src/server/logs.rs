//! Lines for whoever runs the server, on standard error. They have ids, counts and times, and names of files and tenants;
//! names, ids and amounts of accounts, and tokens, are in none of them: no event of ours has them, and other crates' events,
//! which might, are not written.

use crate::store::StoreError;
use std::io;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The least time between two lines about a store that fails.
const TROUBLE_EVERY: Duration = Duration::from_secs(1);
/// Whose events are written.
const TARGET: &str = "carve_service";

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// An object a line, for programs.
    Json,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        match text {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            other => Err(format!("{other:?} is no format; write text or json")),
        }
    }
}

/// Which lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level(LevelFilter);

impl Default for Level {
    fn default() -> Level {
        Level(LevelFilter::INFO)
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Level, String> {
        let known = ["off", "error", "warn", "info", "debug"];
        let level = text.parse().ok().filter(|_| known.contains(&text));
        level.map(Level).ok_or_else(|| format!("{text:?} is no level; write one of {}", known.join(", ")))
    }
}

/// Writes lines from now on. A process that writes them already goes on as it did.
pub fn start(format: Format, level: Level) {
    let lines = tracing_subscriber::registry().with(Targets::new().with_target(TARGET, level.0));
    let began = match format {
        Format::Text => lines.with(fmt::layer().with_ansi(false).with_target(false).with_writer(io::stderr)).try_init(),
        Format::Json => {
            let layer = fmt::layer().json().flatten_event(true).with_span_list(false).with_target(false);
            lines.with(layer.with_writer(io::stderr)).try_init()
        }
    };
    if began.is_err() {
        tracing::debug!("lines are written already");
    }
}

/// Tells of a store that fails, not more than once a second.
#[derive(Debug, Default)]
pub struct Troubles(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    /// Whether the store has failed and is not known to answer again.
    open: bool,
    last: Option<Instant>,
    /// Failures since that were not told.
    kept_back: u64,
}

impl Troubles {
    /// Tells what failed, unless something was told just now.
    pub fn tell(&self, doing: &'static str, error: &StoreError) {
        if let Some(more) = self.due(Instant::now()) {
            tracing::error!(doing, error = %error, kept_back = more, "the store failed; it is asked again");
        }
    }

    /// Whether a failure was heard of, and not yet that the store answers again.
    pub fn is_open(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).open
    }

    /// The store answers again: says so, where it had failed.
    pub fn close(&self) {
        let was_open = std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).open);
        if was_open {
            tracing::info!("the store answers again");
        }
    }

    /// How many were not told since the last line, where a line is due.
    fn due(&self, now: Instant) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.open = true;
        if told.last.is_some_and(|last| now.saturating_duration_since(last) < TROUBLE_EVERY) {
            told.kept_back += 1;
            return None;
        }
        told.last = Some(now);
        Some(std::mem::take(&mut told.kept_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_fails_is_told_once_a_second() {
        let (troubles, now) = (Troubles::default(), Instant::now());
        let at = |ms| troubles.due(now + Duration::from_millis(ms));
        assert_eq!(
            [at(0), at(1), at(999), at(1_000), at(1_001), at(3_000)],
            [Some(0), None, None, Some(2), None, Some(1)]
        );
    }

    #[test]
    fn formats_and_levels_are_read() {
        assert_eq!(("json".parse(), "text".parse()), (Ok(Format::Json), Ok(Format::Text)));
        assert!("JSON".parse::<Format>().is_err() && "trace".parse::<Level>().is_err());
        assert_eq!("info".parse(), Ok(Level::default()));
        assert!(["off", "error", "warn", "debug"].iter().all(|level| level.parse::<Level>().is_ok()));
    }
}
