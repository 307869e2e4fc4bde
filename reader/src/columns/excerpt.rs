//! How much of a value a message shows.

use carve_solver::counting;

/// Characters of a value that a message shows.
const SHOWN_MAX: usize = 40;

/// The first characters of a value, for messages.
pub(crate) fn excerpt(value: &str) -> String {
    match value.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// Names in quotes with commas between them: the first few, and how many more there are.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>, shown_max: usize) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = names.iter().take(shown_max).map(|name| format!("\"{}\"", excerpt(name))).collect();
    let more = names.len().saturating_sub(shown_max);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// `1 value`, `1,204 values`.
pub(crate) fn many(number: u64, what: &str) -> String {
    counting::many(number as usize, what)
}

/// `stands` of one thing, `stand` of several.
pub(crate) fn does(number: u64, verb: &str) -> String {
    counting::does(number as usize, verb)
}

/// `is` of one thing, `are` of several.
pub(crate) fn is(number: u64) -> &'static str {
    counting::is(number as usize)
}

/// `has` of one thing, `have` of several.
pub(crate) fn has(number: u64) -> &'static str {
    counting::has(number as usize)
}

/// `1204` as `1,204`.
pub(crate) fn count(number: u64) -> String {
    carve_solver::grouped(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stay_short() {
        assert_eq!(excerpt("short"), "short");
        assert_eq!(excerpt(&"ü".repeat(41)), "ü".repeat(40) + "…");
        assert_eq!(listed(["a", "b", "c"], 2), "\"a\", \"b\" and 1 more");
        assert_eq!(many(1, "value") + " " + &does(1, "stand"), "1 value stands");
        assert_eq!(many(2, "value") + " " + is(2), "2 values are");
        assert_eq!([count(0), count(999), count(1_204), count(12_345_678)], ["0", "999", "1,204", "12,345,678"]);
    }
}
