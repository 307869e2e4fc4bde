//! HubSpot's import of companies: who owns which from a day on.

use super::calendar::{change, days};
use super::parts::Load;
use super::{FOLDER, counted, folder, ids, missing, readme};
use crate::ReportError;
use crate::answer::{Answer, display_name};
use crate::output::{Format, Output};
use crate::staging::Staging;
use carve_solver::counting::{has, is, many};
use carve_solver::plan::NodeResult;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

/// Owners of companies, by day.
pub(crate) const OUTPUT: Output = Output::staged(FOLDER, Format::Hubspot, write);

/// Rows of an import with its heading; HubSpot takes fewer than 250,000.
const ROWS_MAX: usize = 249_998;

fn write(answer: &Answer<'_>, staging: &Staging) -> Result<(), ReportError> {
    let days = days(answer);
    let owners: HashSet<&str> = answer.plan.assignments.iter().map(|assignment| &*assignment.current_owner).collect();
    for (number, day) in days.iter().enumerate() {
        let folder = folder(&day.folder, "hubspot");
        let mut unknown: BTreeSet<&str> = BTreeSet::new();
        let mut foreign = 0_usize;
        let load = Load {
            folder: &folder,
            name: "companies_owner",
            headings: &["Record ID", "Company owner"],
            rows_max: ROWS_MAX,
        };
        let rows = answer.plan.assignments.iter().filter_map(|assignment| {
            let (_, to) = change(answer, &days, number, assignment)?;
            let seat = &answer.plan.nodes[to];
            let owner = owner(seat, &owners);
            if owner.is_empty() {
                unknown.insert(&seat.node_id);
                return None;
            }
            let id = assignment.account_id.as_str();
            if !is_number(id) {
                foreign += 1;
                return None;
            }
            Some(vec![Cow::from(id), Cow::from(owner)])
        });
        let count = load.write(staging, rows)?;
        let unknown: Vec<String> = unknown.into_iter().map(String::from).collect();
        let lines = [
            format!(
                "Import companies_owner.csv (and its numbered parts) as companies, update existing records by Record ID: {count} companies get the owner they have from {} on.",
                day.folder
            ),
            "HubSpot sends no notice to owners set by an import, and changes neither the contacts nor the deals of a company unless a workflow of yours does.".to_owned(),
            missing(vec![
                counted(&unknown, |n| {
                    format!("{} {} neither an e-mail address nor a name, and the companies are left out: give them with --seats-file (columns name and email)", many(n, "seat"), has(n))
                }),
                (foreign > 0).then(|| {
                    format!("{} {} no Record ID of HubSpot (digits alone), and these companies are left out: export the book with its Record ID", many(foreign, "account id"), is(foreign))
                }),
            ]),
        ];
        readme(staging, &folder, lines.each_ref().map(String::as_str))?;
    }
    Ok(())
}

/// What HubSpot knows an owner by: the e-mail address, else the name, which is the seat's id where the accounts name their
/// owners so.
fn owner<'a>(seat: &'a NodeResult, owners: &HashSet<&str>) -> &'a str {
    let email = seat.seat.as_ref().map_or("", |seat| seat.external_ids.email.as_str());
    let id = seat.node_id.as_str();
    let is_name = owners.contains(id) && !is_number(id) && !ids::is(id, ids::USER);
    [email, display_name(seat), if is_name { id } else { "" }].into_iter().find(|name| !name.is_empty()).unwrap_or("")
}

/// Whether a text is digits alone, as HubSpot's own ids are.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
