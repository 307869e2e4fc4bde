//! Findings with their file, line and column: what both readers hand over and what people read.

use crate::columns;
use crate::terminal::Terminal;
pub use crate::terminal::printable;
use carve_proto::v1 as proto;
use carve_solver::column::Column;
use carve_solver::{Finding, Severity, limits::FINDINGS_SHOWN_MAX};
use std::fmt::Write;

/// A finding and where in which file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// What was found.
    pub finding: Finding,
    /// The file's name as it was given; empty: not from a file.
    pub file: String,
    /// 1-based; 0: not known.
    pub line: u64,
    /// 1-based; 0: not known.
    pub column: u64,
}

/// Findings, and how many more there are that a reader did not keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Those kept, in the order found.
    pub kept: Vec<Located>,
    /// Found and not kept.
    pub omitted: u64,
    /// How the accounts were read, as far as they were.
    pub columns: Vec<Column>,
}

impl From<Vec<Located>> for Findings {
    fn from(kept: Vec<Located>) -> Findings {
        Findings { kept, ..Findings::default() }
    }
}

impl Findings {
    /// These, then the others.
    pub fn and(mut self, others: impl Into<Findings>) -> Findings {
        let others = others.into();
        self.kept.extend(others.kept);
        self.omitted += others.omitted;
        self.columns.extend(others.columns);
        self
    }
}

/// Whether one is an error.
pub fn has_errors(findings: &[Located]) -> bool {
    findings.iter().any(|f| f.finding.severity == Severity::Error)
}

/// Errors first, otherwise in the order found; at most 100; the number left off.
pub fn to_proto(findings: &Findings) -> (Vec<proto::Finding>, i64) {
    let shown = in_order(&findings.kept)
        .take(FINDINGS_SHOWN_MAX)
        .map(|located| proto::Finding {
            file: located.file.clone(),
            line: located.line as i64,
            column: located.column as i64,
            ..crate::encode::finding(&located.finding)
        })
        .collect();
    (shown, omitted(findings) as i64)
}

/// The answer to Validate, for findings that are not from a file.
pub fn response(valid: bool, found: &[Finding], columns: &[Column]) -> proto::ValidateResponse {
    let located = |finding: &Finding| Located { finding: finding.clone(), file: String::new(), line: 0, column: 0 };
    let found: Vec<Located> = found.iter().map(located).collect();
    let (findings, findings_omitted) = to_proto(&found.into());
    proto::ValidateResponse { valid, findings, findings_omitted, columns: columns::encode(columns) }
}

/// One finding after another, errors first, at most 100, then how many more there are:
/// `error[account_id_duplicate] accounts.csv:18:1 accounts[16].account_id: message`. Lines are folded to the width.
pub fn to_text(findings: &Findings, terminal: Terminal) -> String {
    let mut text = String::new();
    for located in in_order(&findings.kept).take(FINDINGS_SHOWN_MAX) {
        text += &folded(located, terminal, "");
    }
    match omitted(findings) {
        0 => {}
        more => {
            let _ = writeln!(text, "and {more} more");
        }
    }
    text
}

/// One finding in lines of at most the width, each after `margin`, with a deeper one from the second on; control characters
/// are escaped. What stands below its message keeps its spaces, so that a mark stays below what it marks.
pub fn folded(located: &Located, terminal: Terminal, margin: &str) -> String {
    let deeper = format!("{margin}    ");
    let mut text = terminal.wrapped(margin, &deeper, &line(located));
    for below in located.finding.below().iter().map(|below| printable(below)) {
        let fits = deeper.len() + below.chars().count() <= terminal.width;
        text += &if fits {
            format!("{deeper}{below}\n")
        } else {
            terminal.wrapped(&deeper, &format!("{deeper}  "), &below)
        };
    }
    text
}

/// One finding in one line, without what stands below it; control characters are escaped.
fn line(located: &Located) -> String {
    let Finding { code, severity, place, message, .. } = &located.finding;
    let severity = self::severity(*severity);
    let position = match (located.file.as_str(), located.line, located.column) {
        (file, 0, _) => file.to_owned(),
        (file, line, 0) => format!("{file}:{line}"),
        (file, line, column) => format!("{file}:{line}:{column}"),
    };
    let place = place.to_string();
    let parts: Vec<&str> = [position.as_str(), &place].into_iter().filter(|part| !part.is_empty()).collect();
    let whereabouts = if parts.is_empty() { String::new() } else { format!("{}: ", parts.join(" ")) };
    printable(&format!("{severity}[{code}] {whereabouts}{message}"))
}

/// In files and text.
pub fn severity(given: Severity) -> &'static str {
    match given {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn in_order(findings: &[Located]) -> impl Iterator<Item = &Located> {
    let mut order: Vec<&Located> = findings.iter().collect();
    order.sort_by_key(|f| f.finding.severity);
    order.into_iter()
}

fn omitted(findings: &Findings) -> u64 {
    findings.kept.len().saturating_sub(FINDINGS_SHOWN_MAX) as u64 + findings.omitted
}

#[cfg(test)]
mod tests {
    use super::*;
    use carve_solver::{Code, Place};

    fn located(code: Code, place: Place, line: u64) -> Located {
        Located {
            finding: Finding::new(code, place, "what \u{1b}[31mwas\n wrong"),
            file: "accounts.csv".into(),
            line,
            column: 1,
        }
    }

    #[test]
    fn a_line_names_severity_code_position_and_path() {
        let finding = located(Code::AccountIdDuplicate, Place::Account(16, "account_id".into()), 18);
        assert_eq!(
            line(&finding),
            "error[account_id_duplicate] accounts.csv:18:1 accounts[16].account_id: what \\u001b[31mwas\\u000a wrong"
        );
    }

    #[test]
    fn what_is_longer_than_the_terminal_is_wide_is_folded_and_marks_stay_in_place() {
        let words = "this is said at some length, so that it needs more than the one line that there is room for";
        let mut long = located(Code::FilterSyntax, Place::Plan("rules[0].pin.accounts.filter".into()), 18);
        long.finding.message = words.into();
        long.finding = long.finding.with_below(vec!["state = \"TX\"".into(), "      ^".into(), "word ".repeat(30)]);
        for width in [40, 80] {
            let text = folded(&long, Terminal { width, colour: false }, "  ");
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            assert!(text.contains("\n      state = \"TX\"\n            ^\n      word word"), "{text}");
            let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(one_line.contains(words) && one_line.ends_with(&"word ".repeat(30).trim_end()), "{text}");
        }
    }

    #[test]
    fn errors_come_first_and_the_rest_is_counted() {
        let mut findings = vec![located(Code::PlaceMissing, Place::Book, 0); 150];
        findings.push(located(Code::NumberSyntax, Place::Account(1, "score".into()), 3));
        let findings = Findings { kept: findings, omitted: 9, columns: Vec::new() };
        let text = to_text(&findings, Terminal::PLAIN);
        assert!(text.starts_with("error[number_syntax] "), "{text}");
        assert!(text.ends_with("and 60 more\n"), "{text}");
        assert_eq!(text.lines().filter(|line| !line.starts_with(' ')).count(), 101);
        assert_eq!(to_proto(&findings).0.len(), 100);
        assert_eq!(to_proto(&findings).1, 60);
    }
}
