//! `accounts.xlsx`: the answer as a workbook. Sheets of accounts are written row by row to the disk, so that a large book
//! needs no more memory than a small one.

mod sheet;

use crate::ReportError;
use crate::answer::{Answer, FindingRow, display_name};
use crate::assignments::AssignmentColumns;
use crate::output::{Format, Output, write_file};
use crate::staging::Staging;
use crate::{findings, moves};
use carve_solver::plan::NodeResult;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};
use sheet::{Cell, Column, Cut, Looks, fill};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// The answer as a workbook.
pub(crate) const OUTPUT: Output = Output::staged(NAME, Format::Xlsx, write);

const NAME: &str = "accounts.xlsx";
/// The sheets, in order.
const SHEETS: [&str; 6] = ["Summary", "Territories", "Moves", "Accounts", "Stages", "Findings"];
/// Width of a column of ids.
const ID_WIDTH: f64 = 20.0;
/// Width of a column of names.
const NAME_WIDTH: f64 = 32.0;
/// Width of a column of sentences.
const SENTENCE_WIDTH: f64 = 60.0;
/// Width of a column of numbers.
const NUMBER_WIDTH: f64 = 16.0;

fn write(answer: &Answer<'_>, staging: &Staging) -> Result<(), ReportError> {
    let mut cuts = Vec::new();
    write_file(staging, NAME, |out| {
        cuts = workbook(answer, staging.hidden(), out).map_err(|error| match error {
            XlsxError::IoError(error) => error,
            other => io::Error::other(other),
        })?;
        Ok(())
    })?;
    cuts.iter().for_each(|cut| staging.note(NAME, cut));
    Ok(())
}

/// Writes the workbook; gives what did not fit, in words. `room` is a folder for what is kept on the disk meanwhile.
fn workbook(answer: &Answer<'_>, room: &Path, out: &mut BufWriter<File>) -> Result<Vec<String>, XlsxError> {
    let mut workbook = Workbook::new();
    // No clock: the same plan is the same file.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    workbook.set_tempdir(room)?;
    for name in SHEETS {
        workbook.add_worksheet_with_constant_memory()?.set_name(name)?;
    }
    let looks = Looks::new();
    let mut cuts = Vec::new();
    let rest: [(&str, Filler); 5] = [
        ("Territories", territories),
        ("Moves", moving),
        ("Accounts", accounts),
        ("Stages", stages),
        ("Findings", finding_rows),
    ];
    for (name, filler) in rest {
        let cut = filler(answer, &looks, workbook.worksheet_from_name(name)?)?;
        cuts.extend(said(name, cut));
    }
    summary(answer, &looks, &cuts, workbook.worksheet_from_name("Summary")?)?;
    workbook.save_to_writer(out)?;
    Ok(cuts)
}

/// Fills one sheet.
type Filler = fn(&Answer<'_>, &Looks, &mut Worksheet) -> Result<Cut, XlsxError>;

fn said(sheet: &str, cut: Cut) -> Vec<String> {
    let rows =
        format!("{} rows of the sheet {sheet} are left out: Excel shows 1,048,576; the CSV files have all", cut.rows);
    let texts = format!("{} texts of the sheet {sheet} are cut: Excel takes 32,767 characters a cell", cut.texts);
    [(cut.rows, rows), (cut.texts, texts)].into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text).collect()
}

fn summary(answer: &Answer<'_>, looks: &Looks, cuts: &[String], sheet: &mut Worksheet) -> Result<Cut, XlsxError> {
    let plan = answer.plan;
    let count = |count: usize| Cell::Amount(count as i64, 0);
    let moved: Vec<usize> = moves::moved(answer).map(|(account, _)| account).collect();
    let mut rows: Vec<[Cell<'_>; 2]> = vec![
        ["Plan".into(), plan.summary.as_str().into()],
        ["How the work ended".into(), plan.termination.detail.as_str().into()],
        ["Accounts".into(), count(plan.assignments.len())],
        ["Territories".into(), count(answer.nodes_in_force().filter(|(_, node)| !node.outside_balance).count())],
        ["Accounts that change owner".into(), count(moved.len())],
    ];
    let pools: Vec<&NodeResult> =
        answer.nodes_in_force().map(|(_, node)| node).filter(|node| node.outside_balance).collect();
    if !pools.is_empty() {
        let called: Vec<&str> = pools.iter().map(|node| node.node_id.as_str()).collect();
        rows.insert(4, ["Outside the balance".into(), called.join(", ").into()]);
    }
    for of in answer.measures.iter().skip(1) {
        let sum = |amounts: &mut dyn Iterator<Item = i64>| Cell::Amount(amounts.sum(), of.decimals);
        rows.push([of.measure.into(), sum(&mut of.amounts.iter().copied())]);
        rows.push([
            format!("{} that changes owner", of.measure).into(),
            sum(&mut moved.iter().map(|&a| of.amounts[a])),
        ]);
    }
    for (number, tier) in (1..).zip(&plan.tiers) {
        rows.push([format!("Tier {number}").into(), tier.summary.as_str().into()]);
    }
    let check = match plan.check.ok() {
        true => format!("OK: all of {} statements hold", plan.check.statements),
        false => format!("NOT OK: {}", plan.check.faults.join("; ")),
    };
    rows.push(["Check".into(), check.into()]);
    rows.extend(cuts.iter().map(|cut| ["Not shown here".into(), cut.as_str().into()]));
    let columns = [Column::new("what", NAME_WIDTH), Column::new("value", SENTENCE_WIDTH)];
    fill(sheet, looks, &columns, rows.into_iter().map(Vec::from))
}

fn territories(answer: &Answer<'_>, looks: &Looks, sheet: &mut Worksheet) -> Result<Cut, XlsxError> {
    let mut columns: Vec<Column<'_>> =
        ["node_id", "name", "parent"].map(|heading| Column::new(heading, ID_WIDTH)).into();
    columns.extend(["seat", "start_date", "covered_by"].map(|heading| Column::new(heading, NUMBER_WIDTH)));
    columns.extend(
        ["share", "moved_in", "moved_out", "mean_distance_km"].map(|heading| Column::new(heading, NUMBER_WIDTH)),
    );
    columns.extend(measure_columns(answer));
    let rows = answer.nodes_in_force().map(|(_, node)| {
        let seat = node.seat.as_ref();
        let state = match seat {
            _ if node.outside_balance => "outside the balance",
            Some(seat) if seat.to_be_hired => "to be hired",
            Some(_) => "filled",
            None => "",
        };
        let mut row: Vec<Cell<'_>> = vec![
            node.node_id.as_str().into(),
            display_name(node).into(),
            node.parent_node_id.as_str().into(),
            state.into(),
            seat.map_or("", |seat| &seat.start_date).into(),
            seat.map_or("", |seat| &seat.covering_seat_id).into(),
            if node.outside_balance { "".into() } else { Cell::Share(node.share) },
            Cell::Amount(node.moved_in, 0),
            Cell::Amount(node.moved_out, 0),
            Cell::Number(node.mean_distance_km),
        ];
        row.extend(measures(answer, node));
        row
    });
    fill(sheet, looks, &columns, rows)
}

fn moving(answer: &Answer<'_>, looks: &Looks, sheet: &mut Worksheet) -> Result<Cut, XlsxError> {
    let width = |heading: &str| match heading {
        "name" => NAME_WIDTH,
        "reason_text" => SENTENCE_WIDTH,
        _ => ID_WIDTH,
    };
    let columns = moves::headings().into_iter().map(|heading| Column::new(heading, width(heading)));
    let columns: Vec<Column<'_>> = columns.chain(amount_columns(answer)).collect();
    let rows = moves::moved(answer).map(|(account, assignment)| {
        let row = moves::row(answer, account, assignment).into_iter().map(Cell::Text);
        row.chain(amounts(answer, account)).collect()
    });
    fill(sheet, looks, &columns, rows)
}

fn accounts(answer: &Answer<'_>, looks: &Looks, sheet: &mut Worksheet) -> Result<Cut, XlsxError> {
    let known = AssignmentColumns::of(answer.plan);
    let mut headings = known.headings().into_iter();
    let columns = headings.next().into_iter().map(|id| Column::new(id, ID_WIDTH));
    let columns =
        columns.chain([Column::new("name", NAME_WIDTH)]).chain(headings.map(|heading| Column::new(heading, ID_WIDTH)));
    let columns: Vec<Column<'_>> = columns.chain(amount_columns(answer)).collect();
    let rows = answer.plan.assignments.iter().enumerate().map(|(account, assignment)| {
        let mut row: Vec<Cell<'_>> = known.row(assignment).into_iter().map(Cell::Text).collect();
        row.insert(1, answer.name(account).into());
        row.extend(amounts(answer, account));
        row
    });
    fill(sheet, looks, &columns, rows)
}

/// A row for each node of each stage.
fn stages(answer: &Answer<'_>, looks: &Looks, sheet: &mut Worksheet) -> Result<Cut, XlsxError> {
    let plan = answer.plan;
    let mut columns = vec![Column::new("territories", NUMBER_WIDTH), Column::new("today", NUMBER_WIDTH)];
    columns.extend(["node_id", "parent"].map(|heading| Column::new(heading, ID_WIDTH)));
    columns.extend(["share", "mean_distance_km"].map(|heading| Column::new(heading, NUMBER_WIDTH)));
    columns.extend(measure_columns(answer));
    let nodes = plan
        .stages
        .iter()
        .flat_map(|stage| plan.nodes.iter().filter(|node| node.level == stage.level).map(move |node| (stage, node)));
    let rows = nodes.map(|(stage, node)| {
        let mut row: Vec<Cell<'_>> = vec![
            Cell::Amount(stage.count as i64, 0),
            if stage.current { "yes" } else { "no" }.into(),
            node.node_id.as_str().into(),
            node.parent_node_id.as_str().into(),
            Cell::Share(node.share),
            Cell::Number(node.mean_distance_km),
        ];
        row.extend(measures(answer, node));
        row
    });
    fill(sheet, looks, &columns, rows)
}

fn finding_rows(answer: &Answer<'_>, looks: &Looks, sheet: &mut Worksheet) -> Result<Cut, XlsxError> {
    let widths = [ID_WIDTH, NUMBER_WIDTH, ID_WIDTH, NAME_WIDTH, NUMBER_WIDTH, ID_WIDTH, SENTENCE_WIDTH];
    let columns = findings::HEADINGS.into_iter().zip(widths).map(|(heading, width)| Column::new(heading, width));
    let rows = answer.finding_rows().map(|FindingRow { code, severity, account_id, name, line, value, what_to_do }| {
        let line = if line == 0 { "".into() } else { Cell::Amount(line.try_into().unwrap_or(i64::MAX), 0) };
        vec![
            code.into(),
            severity.into(),
            Cell::Text(account_id),
            Cell::Text(name),
            line,
            Cell::Text(value),
            Cell::Text(what_to_do),
        ]
    });
    fill(sheet, looks, &columns.collect::<Vec<_>>(), rows)
}

/// Three columns for each measure of a node.
fn measure_columns<'a>(answer: &Answer<'a>) -> impl Iterator<Item = Column<'a>> {
    let names: Vec<&str> = answer.measures.iter().map(|of| of.measure).collect();
    names.into_iter().flat_map(|name| {
        [name.to_owned(), format!("{name} target"), format!("{name} off")]
            .map(|heading| Column::new(heading, NUMBER_WIDTH))
    })
}

fn measures<'a>(answer: &Answer<'_>, node: &'a NodeResult) -> Vec<Cell<'a>> {
    let of = node.measures.iter().zip(&answer.measures);
    of.flat_map(|(result, amounts)| {
        let target = result.target / 10_f64.powi(amounts.decimals.into());
        let amount = Cell::Amount(result.amount, amounts.decimals);
        match node.outside_balance {
            // It has no target, and so it is off none.
            true => [amount, "".into(), "".into()],
            false => [amount, Cell::Number(target), Cell::Share(result.deviation)],
        }
    })
    .collect()
}

/// A column for each measure of an account; account_count is 1 for each and says nothing.
fn amount_columns<'a>(answer: &Answer<'a>) -> Vec<Column<'a>> {
    answer.measures.iter().skip(1).map(|of| Column::new(of.measure, NUMBER_WIDTH)).collect()
}

fn amounts<'a>(answer: &Answer<'a>, account: usize) -> Vec<Cell<'a>> {
    answer.measures.iter().skip(1).map(|of| Cell::Amount(of.amounts[account], of.decimals)).collect()
}
