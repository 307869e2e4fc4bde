//! The tables of finding codes (docs/findings.md) and limits (docs/limits.md), as the code has them.

use carve_solver::{Code, Severity};

/// A row for each code, in the order of the index.
pub fn codes() -> Vec<String> {
    let row = |code: &Code| {
        let severity = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        format!("| `{code}` | {severity} | {} |", code.meaning())
    };
    Code::ALL.iter().map(row).collect()
}

/// Name and value of each constant in the text of `solver/src/limits.rs`: whole numbers with commas, durations in
/// ms, s or h, others as written.
pub fn limits(source: &str) -> Vec<(String, String)> {
    let constant = |line: &str| {
        let (name, rest) = line.strip_prefix("pub const ")?.split_once(':')?;
        let (_, value) = rest.trim_end_matches(';').split_once(" = ")?;
        Some((name.to_string(), shown(value)))
    };
    source.lines().filter_map(constant).collect()
}

fn shown(value: &str) -> String {
    let inside = |from: &str| value.split_once(from).and_then(|(_, rest)| rest.split(')').next());
    if let Some(ms) = inside("from_millis(") {
        return format!("{ms} ms");
    }
    if let Some(seconds) = inside("from_secs(") {
        return match seconds.strip_suffix(" * 3600") {
            Some(hours) => format!("{hours} h"),
            None => format!("{seconds} s"),
        };
    }
    match value.replace('_', "").parse::<u64>() {
        Ok(number) => grouped(number),
        Err(_) => value.parse::<f64>().map_or_else(|_| value.to_string(), |number| number.to_string()),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let comma = |(i, digit): (usize, char)| {
        let before = i > 0 && (digits.len() - i).is_multiple_of(3);
        before.then_some(',').into_iter().chain([digit]).collect::<String>()
    };
    digits.chars().enumerate().map(comma).collect()
}
