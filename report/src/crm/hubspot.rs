//! HubSpot's import of companies: who owns which from a day on.

use super::calendar::{change, days};
use super::parts::Load;
use super::{FOLDER, counted, folder, missing, readme};
use crate::ReportError;
use crate::answer::{Answer, display_name};
use crate::output::{Format, Output};
use crate::staging::Staging;
use carve_solver::plan::NodeResult;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Owners of companies, by day.
pub(crate) const OUTPUT: Output = Output::staged(FOLDER, Format::Hubspot, write);

/// Rows of an import with its heading; HubSpot takes fewer than 250,000.
const ROWS_MAX: usize = 249_998;

fn write(answer: &Answer<'_>, staging: &Staging) -> Result<(), ReportError> {
    let days = days(answer);
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
            let owner = owner(seat);
            if owner.is_empty() {
                unknown.insert(&seat.node_id);
                return None;
            }
            let id = assignment.account_id.as_str();
            foreign += usize::from(id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()));
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
                counted("seats have no external_ids.email and no display_name, so their companies are left out", &unknown),
                (foreign > 0).then(|| format!("{foreign} account ids are no HubSpot Record ID (digits alone), and HubSpot will not find them")),
            ]),
        ];
        readme(staging, &folder, lines.each_ref().map(String::as_str))?;
    }
    Ok(())
}

/// What HubSpot knows an owner by: the e-mail address, or the name.
fn owner(seat: &NodeResult) -> &str {
    match seat.seat.as_ref().map_or("", |seat| &seat.external_ids.email) {
        "" => display_name(seat),
        email => email,
    }
}
