//! `carve check`: an answer against the accounts and the plan file. The engine is not used, and nothing in
//! the answer is believed: assignments come from assignments.csv, values and bounds from plan.json, prices from
//! certificate.json, and the solver's independent checker recomputes them.

use crate::cli::{CheckArgs, OptionArgs};
use crate::exit::{CommandError, Exit};
use crate::files::{self, Loaded};
use crate::findings::{Findings, Located, printable};
use crate::{decode_plan, json, output};
use carve_datasets::accounts_csv::restore;
use carve_proto::v1 as proto;
use carve_solver::{Code, Finding, Place};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

/// Faults printed; the rest is counted.
const FAULTS_SHOWN_MAX: usize = 100;

/// Prints OK with the number of statements, or every fault.
///
/// # Errors
/// When the input or the answer cannot be read.
pub fn run(args: &CheckArgs) -> Result<Exit, CommandError> {
    let loaded = files::load(&args.accounts, &args.shape, &OptionArgs::default()).map_err(CommandError::Input)?;
    let answer = read_answer(&args.answer).map_err(CommandError::Input)?;
    let (faults, statements) = verdict(&loaded, answer);
    let text = text(&faults, statements);
    output::print(|out| out.write_all(text.as_bytes()))?;
    Ok(if faults.is_empty() { Exit::Done } else { Exit::CheckFailed })
}

struct Answer {
    plan: proto::Plan,
    rows: Vec<Row>,
    /// certificate.json, which may be missing: plan.json holds it too.
    certificate: Option<proto::Certificate>,
}

/// A row of assignments.csv.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    account_id: String,
    /// The territory today.
    node_id: String,
    /// The territory in the last planned stage; empty when that is the same.
    leaf_node_id: String,
}

fn read_answer(dir: &Path) -> Result<Answer, Findings> {
    let path = dir.join("plan.json");
    let plan =
        read_text(&path).and_then(|text| json::read_plan(&text).map_err(|error| refused(&path, &sources(&error))));
    let path = dir.join("assignments.csv");
    let rows = match &plan {
        // Without a plan there are no assignments to read.
        Ok(plan) if plan.assignments.is_empty() && !path.exists() => Ok(Vec::new()),
        _ => read_text(&path).and_then(|text| read_rows(&text).map_err(|error| refused(&path, &error))),
    };
    let path = dir.join("certificate.json");
    let certificate = path.exists().then(|| {
        read_text(&path)
            .and_then(|text| json::read_certificate(&text).map_err(|error| refused(&path, &sources(&error))))
    });
    match (plan, rows, certificate.transpose()) {
        (Ok(plan), Ok(rows), Ok(certificate)) => Ok(Answer { plan, rows, certificate }),
        (plan, rows, certificate) => {
            let faults = [plan.err(), rows.err(), certificate.err()];
            Err(faults.into_iter().flatten().collect::<Vec<Located>>().into())
        }
    }
}

fn read_rows(text: &str) -> Result<Vec<Row>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|e| e.to_string())?.clone();
    let column = |name: &str| headings.iter().position(|h| h == name).ok_or(format!("there is no column {name}"));
    let (account, node) = (column("account_id")?, column("node_id")?);
    let stages = headings.iter().enumerate().filter(|(_, heading)| heading.starts_with("stage_"));
    let leaf = stages.last().map_or(node, |(index, _)| index);
    let row = |record: csv::StringRecord| {
        let text = |column| restore(record.get(column).unwrap_or_default()).to_owned();
        let (node_id, leaf_node_id) = (text(node), text(leaf));
        let leaf_node_id = if leaf_node_id == node_id { String::new() } else { leaf_node_id };
        Row { account_id: text(account), node_id, leaf_node_id }
    };
    let rows = reader.records().map(|record| record.map(row));
    rows.collect::<Result<_, _>>().map_err(|e| e.to_string())
}

/// What does not hold, and how many statements were checked.
fn verdict(loaded: &Loaded, mut answer: Answer) -> (Vec<String>, u64) {
    let mut faults = take_rows(&mut answer.plan, &answer.rows);
    let mut statements = answer.rows.len() as u64;
    if let Some(certificate) = answer.certificate {
        statements += 1;
        if answer.plan.certificate.as_ref() != Some(&certificate) {
            faults.push("certificate.json and the certificate in plan.json differ".into());
            answer.plan.certificate = Some(certificate);
        }
    }
    match decode_plan::plan(answer.plan) {
        Ok(plan) => {
            let result = carve_solver::check(&loaded.problem, &plan);
            statements += result.statements;
            faults.extend(result.faults);
        }
        Err(error) => faults.push(format!("plan.json: {error}")),
    }
    (faults, statements)
}

/// Makes the plan say what assignments.csv says, and names every row in which they differ.
fn take_rows(plan: &mut proto::Plan, rows: &[Row]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut row_of: HashMap<&str, &Row> = HashMap::with_capacity(rows.len());
    for row in rows {
        if row_of.insert(&row.account_id, row).is_some() {
            faults.push(format!("assignments.csv assigns account {:?} twice", row.account_id));
        }
    }
    for assignment in &mut plan.assignments {
        let account = &assignment.account_id;
        let Some(row) = row_of.remove(account.as_str()) else {
            faults.push(format!("assignments.csv lacks account {account:?}"));
            continue;
        };
        let fields = [(&row.node_id, &mut assignment.node_id), (&row.leaf_node_id, &mut assignment.leaf_node_id)];
        for (here, there) in fields {
            if here != there {
                faults.push(format!(
                    "account {account:?} goes to {here:?} in assignments.csv and to {there:?} in plan.json"
                ));
                there.clone_from(here);
            }
        }
    }
    let mut more: Vec<&str> = row_of.into_keys().collect();
    more.sort_unstable();
    faults.extend(more.into_iter().map(|account| format!("plan.json lacks account {account:?} of assignments.csv")));
    faults
}

fn text(faults: &[String], statements: u64) -> String {
    if faults.is_empty() {
        return format!("OK: all of {statements} statements hold\n");
    }
    let mut text = String::new();
    for fault in faults.iter().take(FAULTS_SHOWN_MAX) {
        let _ = writeln!(text, "fault: {}", printable(fault));
    }
    if faults.len() > FAULTS_SHOWN_MAX {
        let _ = writeln!(text, "and {} more", faults.len() - FAULTS_SHOWN_MAX);
    }
    let _ = writeln!(text, "NOT OK: {} faults in {statements} statements", faults.len());
    text
}

fn read_text(path: &Path) -> Result<String, Located> {
    let bytes = files::read_bytes(path).map_err(|error| files::unreadable(&path.display().to_string(), &error))?;
    String::from_utf8(bytes).map_err(|_| refused(path, "the text is not UTF-8"))
}

fn refused(path: &Path, why: &str) -> Located {
    let message = format!("{} cannot be read as an answer: {why}", path.display());
    let finding = Finding::new(Code::FileSyntax, Place::Plan(String::new()), message);
    Located { finding, file: path.display().to_string(), line: 0, column: 0 }
}

/// An error with all it rests on.
fn sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(source) = inner {
        let _ = write!(text, ": {source}");
        inner = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(assignments: &[(&str, &str)]) -> proto::Plan {
        let assignment = |(account, node): &(&str, &str)| proto::Assignment {
            account_id: (*account).into(),
            node_id: (*node).into(),
            ..Default::default()
        };
        proto::Plan { assignments: assignments.iter().map(assignment).collect(), ..Default::default() }
    }

    fn rows(csv: &str) -> Vec<Row> {
        read_rows(csv).expect("well-formed")
    }

    #[test]
    fn rows_that_agree_have_no_fault() {
        let csv = "account_id,side,node_id\na,w,west\nb,e,east\n";
        assert!(take_rows(&mut plan(&[("a", "west"), ("b", "east")]), &rows(csv)).is_empty());
    }

    #[test]
    fn rows_that_differ_are_named_and_the_file_wins() {
        let csv = "account_id,node_id\na,east\na,east\nc,east\n";
        let mut plan = plan(&[("a", "west"), ("b", "east")]);
        assert_eq!(
            take_rows(&mut plan, &rows(csv)),
            [
                "assignments.csv assigns account \"a\" twice",
                "account \"a\" goes to \"east\" in assignments.csv and to \"west\" in plan.json",
                "assignments.csv lacks account \"b\"",
                "plan.json lacks account \"c\" of assignments.csv",
            ]
        );
        assert_eq!(plan.assignments[0].node_id, "east");
    }

    #[test]
    fn the_last_stage_is_the_leaf() {
        let csv = "account_id,node_id,moved,stage_4,stage_8\na,s2-1,true,s4-1,s8-2\nb,s2-2,false,s4-3,s2-2\n";
        let mut plan = plan(&[("a", "s2-1"), ("b", "s2-2")]);
        plan.assignments[0].leaf_node_id = "s8-2".into();
        assert!(take_rows(&mut plan, &rows(csv)).is_empty());
        plan.assignments[0].leaf_node_id = "s8-1".into();
        assert_eq!(take_rows(&mut plan, &rows(csv)).len(), 1);
        assert_eq!(plan.assignments[0].leaf_node_id, "s8-2");
    }

    #[test]
    fn a_file_without_the_columns_is_refused() {
        assert_eq!(read_rows("account_id,x\na,b\n"), Err::<Vec<Row>, _>("there is no column node_id".into()));
        assert!(read_rows("account_id,node_id\na\n").is_err());
    }
}
