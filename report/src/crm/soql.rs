//! Queries that fetch the ids which Salesforce alone knows.

use std::io::{self, Write};

/// Characters of one query; Salesforce takes 100,000.
const QUERY_CHARS_MAX: usize = 90_000;

/// Writes a query for as many of `values` as fit, then one for the next, each on a line of its own: `head (values)`.
pub(super) fn queries<'a>(
    out: &mut impl Write,
    head: &str,
    values: impl Iterator<Item = std::borrow::Cow<'a, str>>,
) -> io::Result<()> {
    let mut values = values.map(|value| literal(&value)).peekable();
    while values.peek().is_some() {
        let mut room = QUERY_CHARS_MAX.saturating_sub(head.len() + 3);
        write!(out, "{head} (")?;
        let mut first = true;
        while let Some(value) = values.next_if(|value| first || value.len() < room) {
            room = room.saturating_sub(value.len() + 1);
            write!(out, "{}{value}", if first { "" } else { "," })?;
            first = false;
        }
        writeln!(out, ")")?;
    }
    Ok(())
}

/// A text as SOQL writes it.
pub(super) fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn written(values: &[String]) -> String {
        let mut out = Vec::new();
        queries(&mut out, "SELECT Id FROM Account WHERE Id IN", values.iter().map(|v| Cow::from(v.as_str())))
            .expect("memory takes all");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn queries_end_where_salesforce_takes_no_more() {
        assert_eq!(written(&[]), "");
        assert_eq!(
            written(&["a".into(), "O'Neil\\".into()]),
            "SELECT Id FROM Account WHERE Id IN ('a','O\\'Neil\\\\')\n"
        );
        let many: Vec<String> = (0..10_000).map(|i| format!("{i:018}")).collect();
        let text = written(&many);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.len() <= QUERY_CHARS_MAX && line.ends_with("')")));
        assert_eq!(text.matches("'0").count(), 10_000);
    }
}
