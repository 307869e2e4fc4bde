//! Headings: what each column is.

use super::column::{Cells, Column};
use super::guess::Guess;
use super::origin::Log;
use super::text::{excerpt, restore};
use carve_solver::finding::{Code, Finding, Place};
use carve_solver::limits::FIELD_BYTES_MAX;
use csv::ByteRecord;
use std::collections::HashSet;

/// Columns of a file.
pub(super) const COLUMNS_MAX: usize = 4_096;

/// The fields that every book may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Known {
    AccountId,
    Name,
    Parent,
    Latitude,
    Longitude,
    Country,
    State,
    PostalCode,
    OpenPipeline,
    ClosedWon,
    LeadVolume,
    Score,
    CurrentOwner,
}

/// A field, its own name, and headings that mean it: always, and only when no other column does. Headings stand
/// here as [`normal`] makes them.
type Row = (Known, &'static str, &'static [&'static str], &'static [&'static str]);

const TABLE: &[Row] = &[
    (Known::AccountId, "account_id", &["accountid", "id"], &[]),
    (Known::Name, "name", &["name", "accountname"], &[]),
    (Known::Parent, "parent_account_id", &["parentaccountid", "parentid"], &[]),
    (Known::Latitude, "latitude", &["latitude", "billinglatitude"], &[]),
    (Known::Longitude, "longitude", &["longitude", "billinglongitude"], &[]),
    (Known::Country, "country", &["country", "billingcountry"], &["billingcountrycode"]),
    (Known::State, "state", &["state", "billingstate", "billingstateprovince"], &["billingstatecode"]),
    (
        Known::PostalCode,
        "postal_code",
        &["postalcode", "billingpostalcode", "billingzippostalcode"],
        &["zip", "zipcode", "zippostalcode"],
    ),
    (Known::OpenPipeline, "open_pipeline", &["openpipeline"], &[]),
    (Known::ClosedWon, "closed_won", &["closedwon"], &[]),
    (Known::LeadVolume, "lead_volume", &["leadvolume"], &[]),
    (Known::Score, "score", &["score"], &[]),
    (Known::CurrentOwner, "current_owner", &["currentowner", "ownerid", "accountownerid"], &["accountowner"]),
];

/// Whether a column by this heading would be taken for a known field.
#[cfg(test)]
pub(super) fn is_known(heading: &str) -> bool {
    let heading = normal(heading);
    TABLE.iter().any(|row| row.2.contains(&heading.as_str()) || row.3.contains(&heading.as_str()))
}

/// The columns that the headings announce, one for each field of the record; `asked` tells by its name whether the
/// text of one is kept. `None` when there are too many to go on with.
pub(super) fn columns(
    record: &ByteRecord,
    line: u64,
    asked: &dyn Fn(&str) -> bool,
    log: &mut Log,
) -> Option<Vec<Column>> {
    if record.len() > COLUMNS_MAX {
        let message = format!(
            "the file has {} columns and the most is {COLUMNS_MAX}; leave out what the plan does not use",
            record.len()
        );
        log.add(Finding::new(Code::ColumnsTooMany, Place::Book, message), line, 0);
        return None;
    }
    let headings = headings(record, line, log);
    let fields = fields(&headings);
    let mut seen = HashSet::new();
    let mut columns = Vec::with_capacity(headings.len());
    for (index, (heading, known)) in headings.iter().zip(fields).enumerate() {
        let name = match known {
            Some(known) => own_name(known).to_owned(),
            None if heading.is_empty() => format!("column_{}", index + 1),
            None => heading.clone(),
        };
        let mut cells = cells(known, heading, asked(&name));
        if !seen.insert(name.clone()) {
            let message =
                format!("\"{}\" is a second column for {name}; keep one of them", excerpt(heading.as_bytes()));
            log.add(Finding::new(Code::ColumnDuplicate, Place::Book, message), line, index as u64 + 1);
            cells = Cells::Skipped;
        }
        columns.push(Column { name, known, cells });
    }
    if !columns.iter().any(|column| column.known == Some(Known::AccountId)) {
        log.add(Finding::new(Code::ColumnMissing, Place::Book, id_missing(&headings)), line, 0);
    }
    Some(columns)
}

fn headings(record: &ByteRecord, line: u64, log: &mut Log) -> Vec<String> {
    let mut fault =
        |code, column: u64, message: String| log.add(Finding::new(code, Place::Book, message), line, column);
    let numbered = record.iter().zip(1..);
    numbered
        .map(|(field, column)| {
            if field.len() > FIELD_BYTES_MAX {
                let message = format!("heading {column} has {} bytes and the most is {FIELD_BYTES_MAX}", field.len());
                fault(Code::FieldTooLong, column, message);
                return format!("column_{column}");
            }
            let heading = String::from_utf8_lossy(field);
            if matches!(heading, std::borrow::Cow::Owned(_)) {
                let message = format!("heading \"{}\" is not UTF-8; save the file as CSV UTF-8", excerpt(field));
                fault(Code::InvalidUtf8, column, message);
            }
            restore(heading.trim()).to_owned()
        })
        .collect()
}

/// The known field of each heading: sure spellings first, then the others for fields that nobody took.
fn fields(headings: &[String]) -> Vec<Option<Known>> {
    let normals: Vec<String> = headings.iter().map(|heading| normal(heading)).collect();
    let find = |heading: &str, sure: bool| {
        let row = TABLE.iter().find(|row| if sure { row.2 } else { row.3 }.contains(&heading));
        row.map(|row| row.0)
    };
    let mut fields: Vec<Option<Known>> = normals.iter().map(|heading| find(heading, true)).collect();
    let mut taken: HashSet<Known> = fields.iter().flatten().copied().collect();
    for (field, heading) in fields.iter_mut().zip(&normals).filter(|(field, _)| field.is_none()) {
        *field = find(heading, false).filter(|known| taken.insert(*known));
    }
    fields
}

fn own_name(known: Known) -> &'static str {
    let row = TABLE.iter().find(|row| row.0 == known);
    row.expect("the table has a row for every known field").1
}

fn cells(known: Option<Known>, heading: &str, asked: bool) -> Cells {
    match known {
        None => Cells::Guess(Guess::new(heading.is_empty(), asked)),
        Some(Known::Latitude | Known::Longitude) => Cells::Degrees(Vec::new()),
        Some(Known::OpenPipeline | Known::ClosedWon | Known::LeadVolume | Known::Score) => Cells::Amounts(Vec::new()),
        Some(Known::Name | Known::Country | Known::State | Known::PostalCode) if !asked => Cells::Unasked,
        Some(_) => Cells::Text(Vec::new()),
    }
}

/// Lower case, without what exports put between words.
fn normal(heading: &str) -> String {
    let kept = heading.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '/' | '.'));
    kept.flat_map(char::to_lowercase).collect()
}

fn id_missing(headings: &[String]) -> String {
    let found: Vec<String> = headings.iter().take(10).map(|h| format!("\"{}\"", excerpt(h.as_bytes()))).collect();
    let more = if headings.len() > 10 { format!(" and {} more", headings.len() - 10) } else { String::new() };
    let hint = match headings {
        [one] if one.contains([';', '\t', '|']) => "; separate fields by commas",
        _ => "",
    };
    format!(
        "there is no account_id (or Id) column among {}{more}{hint}; name the column that holds the accounts' ids account_id",
        found.join(", ")
    )
}
