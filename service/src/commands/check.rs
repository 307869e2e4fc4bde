//! `carve check`: an answer against the accounts and the plan file. The engine is not used, and nothing in the answer is
//! believed: the solver's independent checker recomputes plan.json, and what stands in the other files must be what
//! plan.json says.

mod hints;

mod others;

use crate::cli::{CheckArgs, OptionArgs};
use crate::exit::{CommandError, Exit};
use crate::files::{self, Loaded};
use crate::findings::{Findings, Located, printable};
use crate::plan_file::PlanFile;
use crate::terminal::Terminal;
use crate::{decode_plan, json, output};
use carve_proto::v1 as proto;
use carve_reader::restore;
use carve_report::{Answer, AssignmentColumns, ChosenColumns, FindingRow};
use carve_solver::check::TOLD;
use carve_solver::counting::many;
use carve_solver::{Code, Finding, Place, Plan};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

/// Faults printed; the rest is counted.
const FAULTS_SHOWN_MAX: usize = 100;

/// Prints OK with the number of statements and what is told, or every fault.
///
/// # Errors
/// When the input or the answer cannot be read.
pub fn run(args: &CheckArgs) -> Result<Exit, CommandError> {
    let answer = read_answer(&args.answer);
    let assignments = answer.as_ref().map_or(&[][..], |answer| &answer.plan.assignments);
    let ids: Vec<&str> = assignments.iter().map(|a| a.account_id.as_str()).collect();
    let loaded = files::load_in_order(&args.request.book, &args.request.shape, &OptionArgs::default(), &ids);
    let loaded = loaded.map_err(CommandError::Input)?;
    if super::grant(&loaded, &args.request)? {
        return Ok(Exit::Done);
    }
    let verdict = verdict(&loaded, answer.map_err(CommandError::Input)?, &args.answer)?;
    let text = verdict.text(Terminal::of_stdout());
    output::print_text(&text)?;
    Ok(if verdict.faults.is_empty() { Exit::Done } else { Exit::CheckFailed })
}

struct Read {
    plan: proto::Plan,
    /// assignments.csv, which may be missing.
    table: Option<Table>,
    /// certificate.json, which may be missing: plan.json holds it too.
    certificate: Option<proto::Certificate>,
    /// territories.geojson, which may be missing.
    territories: Option<String>,
    /// asked.yaml, which may be missing.
    asked: Option<PlanFile>,
}

/// What stands in assignments.csv, as it was before it was neutralised.
#[derive(Debug, PartialEq, Eq)]
struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn read_answer(dir: &Path) -> Result<Read, Findings> {
    let path = dir.join("plan.json");
    let plan =
        read_text(&path).and_then(|text| json::read_plan(&text).map_err(|error| refused(&path, &sources(&error))));
    let path = dir.join("assignments.csv");
    let table = path
        .exists()
        .then(|| read_text(&path).and_then(|text| read_table(&text).map_err(|error| refused(&path, &error))));
    let path = dir.join("certificate.json");
    let certificate = path.exists().then(|| {
        read_text(&path)
            .and_then(|text| json::read_certificate(&text).map_err(|error| refused(&path, &sources(&error))))
    });
    let path = dir.join("territories.geojson");
    let territories = path.exists().then(|| read_text(&path));
    let path = dir.join(output::ASKED);
    let asked = path.exists().then(|| {
        let text = read_text(&path).map_err(|fault| vec![fault])?;
        PlanFile::read(&path.display().to_string(), text.as_bytes())
    });
    match (plan, table.transpose(), certificate.transpose(), territories.transpose(), asked.transpose()) {
        (Ok(plan), Ok(table), Ok(certificate), Ok(territories), Ok(asked)) => {
            Ok(Read { plan, table, certificate, territories, asked })
        }
        (plan, table, certificate, territories, asked) => {
            let faults = [plan.err(), table.err(), certificate.err(), territories.err()];
            Err(faults.into_iter().flatten().chain(asked.err().into_iter().flatten()).collect::<Vec<Located>>().into())
        }
    }
}

fn read_table(text: &str) -> Result<Table, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let restored = |record: &csv::StringRecord| record.iter().map(|cell| restore(cell).to_owned()).collect();
    let headings = restored(reader.headers().map_err(|e| e.to_string())?);
    let rows = reader.records().map(|record| record.map(|record| restored(&record)));
    Ok(Table { headings, rows: rows.collect::<Result<_, _>>().map_err(|e| e.to_string())? })
}

/// What an answer is worth.
#[derive(Default)]
struct Verdict {
    faults: Vec<String>,
    statements: u64,
    /// Names of what the plan says and nothing recomputes.
    told: Vec<String>,
    /// Whether the rows stand in another order than when the plan was made.
    rearranged: bool,
    /// Files that were compared with the plan.
    files: Vec<String>,
    /// Files that were not, with why.
    files_told: Vec<String>,
    /// Flags that may have been forgotten, where something does not hold.
    hints: Vec<String>,
}

fn verdict(loaded: &Loaded, answer: Read, dir: &Path) -> Result<Verdict, CommandError> {
    let Read { plan, table, certificate, territories, asked } = answer;
    let mut faults = Vec::new();
    let mut statements = 0;
    let mut files = vec!["plan.json".to_owned()];
    if let Some(certificate) = certificate {
        statements += 1;
        files.push("certificate.json".into());
        if plan.certificate.clone().unwrap_or_default() != certificate {
            faults.push("certificate.json and the certificate in plan.json differ".into());
        }
    }
    if let Some(asked) = asked {
        statements += 1;
        files.push(output::ASKED.into());
        if !asks_the_same(loaded, asked) {
            faults.push(format!("{} asks for something else than the plan file and the flags here", output::ASKED));
        }
    }
    let plan = match decode_plan::plan(plan) {
        Ok(plan) => as_the_file_stands(plan, loaded),
        Err(error) => {
            faults.push(format!("plan.json: {error}"));
            return Ok(Verdict { faults, statements, ..Verdict::default() });
        }
    };
    let mut result = carve_solver::check_answer(&loaded.problem, &plan);
    if let Some(table) = table {
        statements += table.rows.len() as u64;
        files.push("assignments.csv".into());
        let rows = || -> Box<dyn Iterator<Item = FindingRow<'_>>> { Box::new(std::iter::empty()) };
        // Who is at which place in the plan is known once it holds; a plan that does not has other faults.
        let answer = Answer::of(&loaded.problem, &plan, &loaded.names, &rows);
        faults.extend(differences(&answer, &table));
    }
    // A map can only be drawn again of a plan that holds.
    if let Some(territories) = territories.filter(|_| result.ok()) {
        statements += 1;
        files.push("territories.geojson".into());
        let drawn = draw(loaded, &plan);
        if drawn.as_deref() != Some(territories.as_bytes()) {
            faults.push("territories.geojson is not the map of the plan".into());
        }
    }
    let mut files_told = Vec::new();
    // Files can only be written again of a plan that holds.
    if result.ok() {
        let others = others::compare(loaded, &plan, dir)?;
        statements += (others.checked.len() + others.faults.len()) as u64;
        files.extend(others.checked);
        faults.extend(others.faults);
        files_told = others.told;
    }
    let hints = if result.ok() { Vec::new() } else { hints::forgotten(loaded, &plan) };
    faults.append(&mut result.faults);
    let statements = statements + result.statements;
    let rearranged = loaded.is_rearranged();
    Ok(Verdict { faults, statements, told: result.told, files, files_told, hints, rearranged })
}

/// Whether what an answer was asked by is what is asked for now, but for how long and how hard to work.
pub(super) fn asks_the_same(loaded: &Loaded, mut asked: PlanFile) -> bool {
    let unfit = asked.settle_limits(&|measure| loaded.decimals(measure));
    let ours = proto::SolveRequest { options: None, ..loaded.request.clone() };
    unfit.is_empty() && proto::SolveRequest { options: None, ..asked.request } == ours
}

/// The plan with what its reader found in the words of the file as it stands: these name lines, and the first of the values
/// that they count, which are others where rows stand in another order.
fn as_the_file_stands(mut plan: Plan, loaded: &Loaded) -> Plan {
    if !loaded.is_rearranged() && plan.has_assignments() {
        return plan;
    }
    let known: Vec<&Finding> = loaded.of_reader().collect();
    let mut left: Vec<Code> = known.iter().map(|finding| finding.code).collect();
    let is_of_reader = |finding: &&mut Finding| {
        let at = left.iter().position(|code| *code == finding.code);
        at.map(|at| left.swap_remove(at)).is_some()
    };
    let said: Vec<&mut Finding> = plan.findings.iter_mut().filter(is_of_reader).collect();
    // Fewer than there are is a fault that the check finds.
    said.into_iter().zip(known).for_each(|(said, known)| said.clone_from(known));
    plan
}

fn draw(loaded: &Loaded, plan: &Plan) -> Option<Vec<u8>> {
    let places: Vec<_> = (0..loaded.problem.account_count()).map(|account| loaded.problem.place(account)).collect();
    let mut bytes = Vec::new();
    carve_report::territories_geojson(plan, &places, &mut bytes).ok()?;
    Some(bytes)
}

/// Every cell of assignments.csv that is not what plan.json says. Its rows may stand in any order.
fn differences(answer: &Answer<'_>, table: &Table) -> Vec<String> {
    let plan = answer.plan;
    let headings = &table.headings;
    let id = headings.iter().position(|heading| heading == "account_id");
    let (Ok(columns), Some(id)) = (ChosenColumns::of(answer, headings), id) else {
        let (said, expected) = (headings.join(","), AssignmentColumns::of(plan).headings().join(","));
        return vec![format!("assignments.csv has the columns {said}; those of the plan are {expected}")];
    };
    let mut faults = Vec::new();
    let mut row_of: HashMap<&str, &Vec<String>> = HashMap::with_capacity(table.rows.len());
    for row in &table.rows {
        let account = row.get(id).map_or("", String::as_str);
        if row_of.insert(account, row).is_some() {
            faults.push(format!("assignments.csv has account {account:?} twice"));
        }
    }
    for (number, assignment) in plan.assignments.iter().enumerate() {
        let account = &assignment.account_id;
        let Some(row) = row_of.remove(account.as_str()) else {
            faults.push(format!("assignments.csv lacks account {account:?}"));
            continue;
        };
        for ((here, there), heading) in row.iter().zip(columns.row(number, assignment)).zip(headings) {
            if *here != there {
                faults.push(format!(
                    "{heading} of account {account:?} is {here:?} in assignments.csv; plan.json has {there:?}"
                ));
            }
        }
    }
    let mut more: Vec<&str> = row_of.into_keys().collect();
    more.sort_unstable();
    faults.extend(more.into_iter().map(|account| format!("plan.json lacks account {account:?} of assignments.csv")));
    faults
}

impl Verdict {
    fn text(&self, terminal: Terminal) -> String {
        let Verdict { faults, statements, told, files, files_told, hints, rearranged } = self;
        let mut text = String::new();
        for fault in faults.iter().take(FAULTS_SHOWN_MAX) {
            text += &terminal.wrapped("fault: ", "  ", &printable(fault));
        }
        if faults.len() > FAULTS_SHOWN_MAX {
            let _ = writeln!(text, "and {} more", faults.len() - FAULTS_SHOWN_MAX);
        }
        let _ = match faults.is_empty() {
            true => writeln!(text, "OK: all of {} hold", many(*statements as usize, "statement")),
            false => {
                writeln!(text, "NOT OK: {} in {}", many(faults.len(), "fault"), many(*statements as usize, "statement"))
            }
        };
        let mut fold = |line: String| text += &terminal.wrapped("", "  ", &printable(&line));
        hints.iter().for_each(|hint| fold(format!("hint: {hint}")));
        fold(format!("files compared with the plan: {}", files.join(", ")));
        files_told.iter().for_each(|told| fold(format!("file not compared: {told}")));
        for one in TOLD.iter().filter(|one| told.iter().any(|name| name == one.field)) {
            fold(format!("told, not checked: {}: {}", one.field, one.reason));
        }
        if *rearranged {
            fold("told, not checked: lines and first values in findings: the rows of the file stand in another order now".into());
        }
        text
    }
}

fn read_text(path: &Path) -> Result<String, Located> {
    let bytes = files::read_bytes(path).map_err(|error| files::unreadable(&path.display().to_string(), &error))?;
    String::from_utf8(bytes).map_err(|_| refused(path, "the text is not UTF-8"))
}

fn refused(path: &Path, why: &str) -> Located {
    let message = format!("cannot be read as an answer: {why}");
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
    use crate::decode_plan::tests::sample;
    use carve_report::Names;

    /// What differs from the sample, whose accounts have no book here.
    fn differences(table: &Table) -> Vec<String> {
        let (plan, names) = (sample(), Names::default());
        super::differences(&Answer::bare(&plan, &names, &|| Box::new(std::iter::empty())), table)
    }

    /// The table of the sample: a in e1, b in e2, c in west.
    fn table() -> Table {
        let mut bytes = Vec::new();
        carve_report::assignments_csv(&sample(), &mut bytes).expect("memory takes all");
        read_table(std::str::from_utf8(&bytes).expect("UTF-8")).expect("well-formed")
    }

    #[test]
    fn a_table_that_agrees_has_no_fault_in_any_order() {
        let mut table = table();
        assert_eq!(table.headings, ["account_id", "node_id", "current_owner", "moved", "stage_3", "reason"]);
        assert_eq!(differences(&table), Vec::<String>::new());
        table.rows.reverse();
        assert_eq!(differences(&table), Vec::<String>::new());
    }

    #[test]
    fn every_cell_that_differs_is_named() {
        for column in 1..table().headings.len() {
            let mut table = table();
            table.rows[2][column] = "other".into();
            let faults = differences(&table);
            let heading = &table.headings[column];
            assert_eq!(faults.len(), 1, "{heading}: {faults:?}");
            assert!(faults[0].starts_with(&format!("{heading} of account \"c\" is \"other\" in ")), "{faults:?}");
        }
        let mut table = table();
        table.rows[1] = table.rows[0].clone();
        table.rows[2][0] = "d".into();
        assert_eq!(
            differences(&table),
            [
                "assignments.csv has account \"a\" twice",
                "assignments.csv lacks account \"b\"",
                "assignments.csv lacks account \"c\"",
                "plan.json lacks account \"d\" of assignments.csv",
            ]
        );
    }

    #[test]
    fn columns_that_no_plan_has_and_rows_cut_short_are_refused() {
        let mut table = table();
        table.headings[2] = "owner".into();
        assert!(differences(&table)[0].starts_with("assignments.csv has the columns account_id,node_id,owner"));
        assert!(read_table("account_id,node_id\na\n").is_err());
    }
}
