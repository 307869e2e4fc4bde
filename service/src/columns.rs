//! How columns were read, to and from the wire, and as people read it.

use crate::findings::printable;
use carve_proto::v1 as proto;
use carve_solver::column::{Column, Meaning};
use carve_solver::grouped;
use std::fmt::Write;

/// Columns that the block at the top names as not used, or as available, before it only counts.
const NAMED_MAX: usize = 8;
/// Width of the block at the top.
const WIDTH_MAX: usize = 80;

/// Every meaning with what stands for it on the wire.
const MEANINGS: [(Meaning, proto::column::Meaning); 21] = {
    use proto::column::Meaning as Wire;
    [
        (Meaning::Unused, Wire::Unused),
        (Meaning::AccountId, Wire::AccountId),
        (Meaning::Name, Wire::Name),
        (Meaning::Parent, Wire::Parent),
        (Meaning::CurrentOwner, Wire::CurrentOwner),
        (Meaning::OwnerLabel, Wire::OwnerLabel),
        (Meaning::Latitude, Wire::Latitude),
        (Meaning::Longitude, Wire::Longitude),
        (Meaning::Street, Wire::Street),
        (Meaning::City, Wire::City),
        (Meaning::State, Wire::State),
        (Meaning::Country, Wire::Country),
        (Meaning::PostalCode, Wire::PostalCode),
        (Meaning::Measure, Wire::Measure),
        (Meaning::Currency, Wire::Currency),
        (Meaning::Attribute, Wire::Attribute),
        (Meaning::Flag, Wire::Flag),
        (Meaning::Date, Wire::Date),
        (Meaning::Percentage, Wire::Percentage),
        (Meaning::Contact, Wire::Contact),
        (Meaning::Code, Wire::Code),
    ]
};

/// The columns as they cross the wire.
pub fn encode(columns: &[Column]) -> Vec<proto::Column> {
    columns.iter().map(encode_one).collect()
}

fn encode_one(column: &Column) -> proto::Column {
    let meaning = MEANINGS.iter().find(|(meaning, _)| *meaning == column.meaning);
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    proto::Column {
        heading: column.heading.clone(),
        number: i32::try_from(column.number).unwrap_or(i32::MAX),
        meaning: meaning.map_or(proto::column::Meaning::Unspecified, |(_, wire)| *wire).into(),
        name: column.name.clone(),
        unit: column.unit.clone(),
        decimals: i32::from(column.decimals),
        value_count: whole(column.value_count),
        empty_count: whole(column.empty_count),
        unfit_count: whole(column.unfit_count),
        unfit_examples: column.unfit_examples.clone(),
        balanced_by_default: column.balanced_by_default,
        detail: column.detail.clone(),
        used_for: column.used_for.clone(),
    }
}

/// The columns as an answer has them; `None` where a number does not fit or a meaning is not known.
pub fn decode(columns: Vec<proto::Column>) -> Option<Vec<Column>> {
    columns.into_iter().map(decode_one).collect()
}

fn decode_one(column: proto::Column) -> Option<Column> {
    let (meaning, _) = MEANINGS.iter().find(|(_, wire)| i32::from(*wire) == column.meaning)?;
    Some(Column {
        number: column.number.try_into().ok()?,
        meaning: *meaning,
        decimals: column.decimals.try_into().ok()?,
        value_count: column.value_count.try_into().ok()?,
        empty_count: column.empty_count.try_into().ok()?,
        unfit_count: column.unfit_count.try_into().ok()?,
        heading: column.heading,
        name: column.name,
        unit: column.unit,
        unfit_examples: column.unfit_examples,
        balanced_by_default: column.balanced_by_default,
        detail: column.detail,
        used_for: column.used_for,
    })
}

/// What is printed before anything else: the block, or the table where everything is asked for.
pub fn said(columns: &[Column], in_full: bool) -> String {
    match (columns, in_full) {
        ([], _) => String::new(),
        (_, true) => table(columns) + "\n",
        (_, false) => block(columns) + "\n",
    }
}

/// A summary whose first paragraph is what matters most, with how the columns were read below it.
pub fn below_first_line(summary: &str, columns: &[Column], in_full: bool) -> String {
    match summary.split_once("\n\n") {
        Some((first, rest)) => format!("{first}\n\n{}{rest}", said(columns, in_full)),
        None => format!("{summary}\n{}", said(columns, in_full)),
    }
}

/// How the columns were read, in a few lines: what each meaning is read from, how many attributes there are, and what is
/// not used. Empty where nothing was read from a file.
pub fn block(columns: &[Column]) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let mut parts: Vec<String> = Vec::new();
    let of = |meaning: Meaning| columns.iter().filter(move |column| column.meaning == meaning);
    for (meaning, called) in [
        (Meaning::AccountId, "account_id"),
        (Meaning::Name, "name"),
        (Meaning::Parent, "parent"),
        (Meaning::CurrentOwner, "owner"),
    ] {
        parts.extend(of(meaning).map(|column| format!("{called} <- {}{}", heading(column), filled(column))));
    }
    parts.extend(of(Meaning::Measure).filter(|column| column.balanced_by_default).map(measure));
    if let (Some(latitude), Some(longitude)) = (of(Meaning::Latitude).next(), of(Meaning::Longitude).next()) {
        parts.push(format!("place <- {}, {}{}", heading(latitude), heading(longitude), filled(latitude)));
    }
    for (meaning, called) in [
        (Meaning::PostalCode, "postal_code"),
        (Meaning::City, "city"),
        (Meaning::State, "state"),
        (Meaning::Country, "country"),
    ] {
        parts.extend(of(meaning).map(|column| format!("{called} <- {}{}", heading(column), filled(column))));
    }
    parts.push(format!("attributes: {}", of(Meaning::Attribute).count()));
    let used = columns.iter().filter(|column| !column.used_for.is_empty() && is_named_by_use(column));
    parts.extend(named("used", used.map(|column| format!("{} ({})", heading(column), uses(column)))));
    let available = of(Meaning::Measure).filter(|column| !column.balanced_by_default && column.used_for.is_empty());
    parts.extend(named("available", available.map(|column| printable(&column.name))));
    let unused = columns.iter().filter(|column| is_unused(column));
    parts.extend(named("not used", unused.map(heading)));
    wrapped(&parts)
}

/// Whether nothing else of the block names the column.
fn is_named_by_use(column: &Column) -> bool {
    match column.meaning {
        Meaning::Measure => !column.balanced_by_default,
        Meaning::Attribute | Meaning::Street => true,
        _ => is_beside(column),
    }
}

/// `mix, rule r1`.
fn uses(column: &Column) -> String {
    printable(&column.used_for.join(", "))
}

fn is_unused(column: &Column) -> bool {
    column.used_for.is_empty() && is_beside(column)
}

/// Whether the column is of a kind that nothing uses by itself.
fn is_beside(column: &Column) -> bool {
    match column.meaning {
        Meaning::Unused => !column.heading.is_empty(),
        Meaning::Flag | Meaning::Date | Meaning::Percentage | Meaning::Contact | Meaning::Code => true,
        _ => false,
    }
}

fn heading(column: &Column) -> String {
    if column.heading.is_empty() { format!("column {}", column.number) } else { printable(&column.heading) }
}

/// ` (1,204 of 1,250)` where not every cell has a value.
fn filled(column: &Column) -> String {
    let all = column.value_count + column.empty_count + column.unfit_count;
    if column.value_count == all {
        return String::new();
    }
    format!(" ({} of {})", grouped(column.value_count), grouped(all))
}

/// `open_pipeline <- Open Pipeline (USD, cents)`.
fn measure(column: &Column) -> String {
    let said: Vec<String> = [&column.unit, &column.detail]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| printable(text))
        .collect();
    let said = if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) };
    format!("{} <- {}{said}{}", printable(&column.name), heading(column), filled(column))
}

fn named(what: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let shown = names.get(..NAMED_MAX).unwrap_or(&names).join(", ");
    (!names.is_empty()).then(|| format!("{what}: {shown}{more}"))
}

fn wrapped(parts: &[String]) -> String {
    let mut text = "columns:".to_owned();
    let mut width = text.len();
    for (at, part) in parts.iter().enumerate() {
        let part = if at == 0 { format!(" {part}") } else { format!(" · {part}") };
        let length = part.chars().count();
        if width + length > WIDTH_MAX && at > 0 {
            text += "\n ";
            width = 1;
        }
        text += &part;
        width += length;
    }
    text + "\n"
}

/// How every column was read, one line each.
pub fn table(columns: &[Column]) -> String {
    let rows: Vec<[String; 5]> = columns
        .iter()
        .map(|column| {
            let meaning = MEANINGS.iter().find(|(meaning, _)| *meaning == column.meaning);
            let meaning = meaning.map_or("", |(_, wire)| wire.as_str_name());
            let meaning = meaning.trim_start_matches("MEANING_").to_lowercase();
            let balanced = if column.balanced_by_default { ", balanced by default" } else { "" };
            let name = if column.name.is_empty() { "-".to_owned() } else { printable(&column.name) };
            [column.number.to_string(), heading(column), format!("{meaning}{balanced}"), name, about(column)]
        })
        .collect();
    let titles = ["#", "heading", "read as", "called", "values"].map(str::to_owned);
    let width = |at: usize| rows.iter().chain([&titles]).map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let mut text = String::new();
    for row in [&titles].into_iter().chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell}{}  ", " ".repeat(width - cell.chars().count()));
        }
        text += line.trim_end();
        text += "\n";
    }
    text
}

/// Counts, unit and what else is worth knowing.
fn about(column: &Column) -> String {
    let mut said = vec![grouped(column.value_count)];
    if column.empty_count > 0 {
        said.push(format!("{} empty", grouped(column.empty_count)));
    }
    if column.unfit_count > 0 {
        let examples: Vec<String> =
            column.unfit_examples.iter().map(|text| format!("\"{}\"", printable(text))).collect();
        said.push(format!("{} unfit ({})", grouped(column.unfit_count), examples.join(", ")));
    }
    said.extend([&column.unit, &column.detail].into_iter().filter(|text| !text.is_empty()).map(|text| printable(text)));
    if !column.used_for.is_empty() {
        said.push(format!("used for {}", uses(column)));
    }
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(number: u32, heading: &str, meaning: Meaning) -> Column {
        Column {
            heading: heading.into(),
            name: heading.to_lowercase(),
            number,
            meaning,
            value_count: 1_250,
            ..Column::default()
        }
    }

    #[test]
    fn columns_come_back_as_they_went() {
        let columns: Vec<Column> =
            Meaning::ALL.into_iter().zip(1..).map(|(meaning, number)| column(number, "A", meaning)).collect();
        assert_eq!(decode(encode(&columns)), Some(columns));
        assert_eq!(decode(vec![proto::Column { meaning: 99, ..Default::default() }]), None);
        assert_eq!(decode(vec![proto::Column { meaning: 1, decimals: -1, ..Default::default() }]), None);
    }

    #[test]
    fn the_block_says_what_became_of_every_column() {
        let pipeline = Column {
            name: "open_pipeline".into(),
            unit: "USD".into(),
            detail: "cents".into(),
            decimals: 2,
            balanced_by_default: true,
            ..column(3, "Open Pipeline", Meaning::Measure)
        };
        let zip = Column { value_count: 1_204, empty_count: 46, ..column(4, "Billing Zip", Meaning::PostalCode) };
        let columns = [
            column(1, "Account ID", Meaning::AccountId),
            column(2, "Account Owner", Meaning::CurrentOwner),
            pipeline,
            zip,
            column(5, "Industry", Meaning::Attribute),
            column(6, "Employees", Meaning::Measure),
            column(7, "Phone", Meaning::Contact),
            column(8, "IsDeleted\u{1b}", Meaning::Flag),
            Column { used_for: vec!["mix".into(), "rule key".into()], ..column(9, "Strategic", Meaning::Flag) },
            Column { used_for: vec!["balance".into()], ..column(10, "Seats", Meaning::Measure) },
        ];
        assert_eq!(
            block(&columns),
            "columns: account_id <- Account ID · owner <- Account Owner\n  \
             · open_pipeline <- Open Pipeline (USD, cents)\n  \
             · postal_code <- Billing Zip (1,204 of 1,250) · attributes: 1\n  \
             · used: Strategic (mix, rule key), Seats (balance) · available: employees\n  \
             · not used: Phone, IsDeleted\\u001b\n"
        );
        let full = table(&columns);
        assert_eq!(full.lines().count(), 11);
        assert!(full.contains("1,250, used for mix, rule key"), "{full}");
        assert!(full.contains("Billing Zip      postal_code") && full.contains("1,204, 46 empty"), "{full}");
        assert_eq!(block(&[]), "");
    }
}
