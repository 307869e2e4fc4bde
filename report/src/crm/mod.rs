//! `crm/`: a plan as files that a CRM loads, one folder for each day on which something is to be loaded, and one for each
//! planned stage.

mod calendar;

mod developer_name;

pub(crate) mod ids;

mod parts;

mod soql;

mod hubspot;

mod salesforce;

pub(crate) use hubspot::OUTPUT as HUBSPOT;
pub(crate) use salesforce::OUTPUT as SALESFORCE;

use crate::ReportError;
use crate::output::write_file;
use crate::staging::Staging;
use crate::text::folded;
use std::io::Write;

/// The folder of all of them.
const FOLDER: &str = "crm";

/// The last paragraph of a folder's README where all is there.
const NOTHING_MISSING: &str = "Missing: nothing.";

/// Where a CRM's files of a day or a stage stand.
fn folder(day: &str, crm: &str) -> String {
    format!("{FOLDER}/{day}/{crm}")
}

/// Characters of a line of a folder's README.
const WIDTH: usize = 80;

/// Writes the three paragraphs that stand beside the files of a folder: what to load in which order, what that does, and what
/// is missing.
fn readme(staging: &Staging, folder: &str, lines: [&str; 3]) -> Result<(), ReportError> {
    let name = format!("{folder}/README.txt");
    if lines[2] != NOTHING_MISSING {
        staging.note(&name, lines[2]);
    }
    let text = lines.map(|line| folded(WIDTH, "", "  ", line)).concat();
    write_file(staging, &name, |out| out.write_all(text.as_bytes()))
}

/// What is missing, as a sentence for each; or that nothing is.
fn missing(parts: Vec<Option<String>>) -> String {
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if said.is_empty() { NOTHING_MISSING.into() } else { format!("Missing: {}.", said.join("; ")) }
}

/// What `say` says of how many there are, with the first few; `None` where there are none.
fn counted(named: &[String], say: impl Fn(usize) -> String) -> Option<String> {
    /// Names shown; the rest is counted.
    const SHOWN_MAX: usize = 5;
    let more = named.len().saturating_sub(SHOWN_MAX);
    let shown =
        named.iter().take(SHOWN_MAX).map(|name| name.escape_debug().to_string()).collect::<Vec<String>>().join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("{} ({shown}{more})", say(named.len())))
}
