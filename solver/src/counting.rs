//! Counts of things in messages: one is not several.

use crate::amount::grouped;

/// `1 account`, `1,204 accounts`, `2 territories`.
pub fn many(number: usize, what: &str) -> String {
    let number_text = grouped(number as u64);
    match what.strip_suffix('y') {
        _ if number == 1 => format!("{number_text} {what}"),
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number_text} {stem}ies"),
        _ => format!("{number_text} {what}s"),
    }
}

/// `stands` of one thing, `stand` of several.
pub fn does(number: usize, verb: &str) -> String {
    format!("{verb}{}", if number == 1 { "s" } else { "" })
}

/// `is` of one thing, `are` of several.
pub fn is(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// `has` of one thing, `have` of several.
pub fn has(number: usize) -> &'static str {
    if number == 1 { "has" } else { "have" }
}

/// `it` for one thing, `they` for several.
pub fn they(number: usize) -> &'static str {
    if number == 1 { "it" } else { "they" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_several() {
        assert_eq!([many(0, "value"), many(1, "value"), many(1_204, "value")], ["0 values", "1 value", "1,204 values"]);
        assert_eq!(
            [many(1, "territory"), many(2, "territory"), many(2, "day")],
            ["1 territory", "2 territories", "2 days"]
        );
        assert_eq!([does(1, "stand"), does(2, "stand")], ["stands", "stand"]);
        assert_eq!([is(1), is(0), has(1), has(2), they(1), they(2)], ["is", "are", "has", "have", "it", "they"]);
    }
}
