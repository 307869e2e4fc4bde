//! Findings row by row: every account that one is about, with its line in the file.

use crate::files::Loaded;
use crate::findings::{Findings, Located, severity};
use carve_report::FindingRow;
use carve_solver::{Concerned, Place};
use std::borrow::Cow;

/// A row for each account that a finding is about, and one for every other finding, in the order of the findings. The
/// accounts stand in the problem as they do in the file.
pub fn of<'a>(loaded: &'a Loaded, findings: &'a Findings) -> Box<dyn Iterator<Item = FindingRow<'a>> + 'a> {
    let rows = findings.kept.iter().flat_map(|located| rows(loaded, located));
    Box::new(rows.chain(more(findings.omitted)))
}

fn rows<'a>(loaded: &'a Loaded, located: &'a Located) -> Box<dyn Iterator<Item = FindingRow<'a>> + 'a> {
    let finding = &located.finding;
    let concerned = loaded.problem.concerned().iter().find(|c| c.code == finding.code && !c.rows.is_empty());
    let (code, severity) = (finding.code.as_str(), severity(finding.severity));
    match concerned {
        Some(Concerned { rows, what_to_do, .. }) => Box::new(rows.iter().map(move |(account, value)| FindingRow {
            code,
            severity,
            line: loaded.line(*account),
            value: Cow::from(&**value),
            what_to_do: Cow::from(*what_to_do),
            ..of_account(loaded, *account)
        })),
        None => {
            let about = match finding.place {
                Place::Account(account, _) => of_account(loaded, account),
                Place::Book | Place::Plan(_) => FindingRow::default(),
            };
            let what_to_do = Cow::from(&finding.message);
            Box::new(std::iter::once(FindingRow { code, severity, line: located.line, what_to_do, ..about }))
        }
    }
}

fn of_account(loaded: &Loaded, account: usize) -> FindingRow<'_> {
    let account_id = if account < loaded.problem.account_count() { loaded.problem.account_id(account) } else { "" };
    FindingRow { account_id: account_id.into(), name: loaded.names.get(account).into(), ..FindingRow::default() }
}

/// What a reader found and did not keep is counted.
fn more(omitted: u64) -> Option<FindingRow<'static>> {
    let what_to_do = Cow::from(format!("{omitted} more findings of the file are not kept; mend these first"));
    (omitted > 0).then(|| FindingRow { what_to_do, ..FindingRow::default() })
}
