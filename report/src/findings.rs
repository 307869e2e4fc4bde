//! `findings.csv`: every row that a finding is about.

use crate::answer::FindingRow;
use crate::output::Output;
use crate::table::Table;
use std::borrow::Cow;
use std::io::{self, Write};

/// What to mend in the data, row by row.
pub(crate) const OUTPUT: Output =
    Output::file("findings.csv", crate::Format::Csv, |answer, out| findings_csv(answer.finding_rows(), out));

/// What findings.csv says.
pub(crate) const HEADINGS: [&str; 7] = ["code", "severity", "account_id", "name", "line", "value", "what_to_do"];

/// Writes the rows, one a line; what is not known of one is empty. Text is neutralised, see [`crate::neutralise`].
///
/// # Errors
/// When `out` fails.
pub fn findings_csv<'a>(rows: impl Iterator<Item = FindingRow<'a>>, out: impl Write) -> io::Result<()> {
    let mut table = Table::neutral(out);
    table.row(HEADINGS)?;
    for FindingRow { code, severity, account_id, name, line, value, what_to_do } in rows {
        let line = if line == 0 { Cow::from("") } else { Cow::from(line.to_string()) };
        table.row([code.into(), severity.into(), account_id, name, line, value, what_to_do])?;
    }
    table.end()
}
