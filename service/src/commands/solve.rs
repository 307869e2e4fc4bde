//! `carve solve`: accounts and a shape in, a folder of results and a summary out.

use crate::cli::{Formats, SolveArgs};
use crate::exit::{CommandError, Exit};
use crate::findings::printable;
use crate::json::JsonError;
use crate::picked;
use crate::summary::{Bands, Style, caution, cautioned, moves, summary};
use crate::terminal::{self, Terminal};
use crate::{columns, encode, files, finding_rows, interrupt, json, output, progress, run_told, wishes};
use carve_report::{Answer, Format, Run, Staging};
use carve_solver::plan::Reason;
use carve_solver::{Control, Problem, carve};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

/// The folder inside the folder for results that keeps a plan which did not pass its check.
const FAILED_CHECK: &str = "failed-check";
/// What was wrong with it, a fault a line.
const FAULTS: &str = "faults.txt";

/// Loads, solves, writes, prints. A plan that does not pass its own check is not written as an answer.
///
/// # Errors
/// Bad input, a folder that cannot be used, results that cannot be written.
pub fn run(args: &SolveArgs) -> Result<Exit, CommandError> {
    let told = args.out.is_some() && args.format.formats.contains(&Format::Html);
    let digest = if told { run_told::digest(&args.request.book.accounts) } else { String::new() };
    let loaded = files::load(&args.request.book, &args.request.shape, &args.options).map_err(CommandError::Input)?;
    if super::grant(&loaded, &args.request)? {
        return Ok(Exit::Done);
    }
    choosable(&loaded.problem, &args.format.columns)?;
    let staging = args.out.as_deref().map(Staging::new).transpose().map_err(CommandError::OutUnusable)?;
    let stop = interrupt::stop_flag()?;
    let deadline = Instant::now() + loaded.problem.time_limit();
    let (plan, samples) = {
        let until = (!loaded.problem.ends_by_returns()).then_some(deadline);
        let display = progress::Display::new(until);
        let plan = carve(&loaded.problem, &Control { deadline, stop: &stop }, &display);
        (plan, display.samples())
    };
    let findings = loaded.locate(&plan.findings);
    let rows = || finding_rows::of(&loaded, &findings);
    let Formats { formats, columns } = &args.format;
    let accounts = args.request.book.accounts.display().to_string();
    let asked = wishes::as_plan_file(&loaded, &accounts, &args.request.shape)?;
    let run = Run {
        accounts_digest: digest,
        progress: samples,
        accounts_file: run_told::name_of(&args.request.book.accounts),
        ..run_told::of(&loaded, &plan)?
    };
    let run = Run { anonymous: args.anonymous, ..run };
    let answer = Answer::of(&loaded.problem, &plan, &loaded.names, &rows)
        .with_owners(&loaded.granted.in_book)
        .with_columns(columns)
        .with_run(&run);
    if !plan.check.ok() {
        return refuse(&answer, &asked, formats, args.out.as_deref());
    }
    let mut notes = Vec::new();
    if let Some(staging) = staging {
        write(&answer, &asked, formats, &staging)?;
        notes = staging.notes();
        staging.publish(output::names(&[]))?;
    }
    if args.json {
        notes.iter().for_each(|note| tell(&format!("carve: {}", printable(note))));
        output::print_json(|out| json::write_plan_of(&encode::frame(&plan), encode::lines(&plan), out))?;
    } else {
        let style = Style { terminal: Terminal::of_stdout(), proof: args.proof };
        let rest = match (&args.out, formats.contains(&Format::Csv)) {
            (None, _) => "; --out DIR writes them all",
            (Some(_), true) => " in moves.csv",
            (Some(_), false) => "; --format csv writes them all",
        };
        let (owners, sizes) = (&loaded.granted.owners, loaded.problem.move_sizes());
        let moves = moves(&plan, sizes, &loaded.names, owners, rest, style.terminal);
        let text = summary(&plan, &Bands::of(loaded.problem.bands()), &moves, &findings, &notes, style);
        let text = cautioned(&text, &caution(&loaded.problem, &plan), style.terminal);
        let text = columns::below_first_line(&text, &findings.columns, args.request.book.reading.columns);
        let beside = picked::told(&loaded, &plan, &args.request.shape);
        let beside = beside
            .map_or_else(String::new, |line| format!("\n{}", style.terminal.wrapped("", "  ", &printable(&line))));
        output::print_text(&(text + &beside))?;
    }
    Ok(exit(plan.termination.reason))
}

/// A column that no plan of this problem has is told before anything is solved.
///
/// # Errors
/// Which one, and which there are.
pub(super) fn choosable(problem: &Problem, columns: &[String]) -> Result<(), CommandError> {
    let measure = |name: &String| problem.amounts().any(|(measure, _)| measure == name);
    let unknown = columns.iter().find(|name| !carve_report::is_column(name) && !measure(name));
    unknown.map_or(Ok(()), |name| {
        let measures: Vec<&str> = problem.amounts().map(|(measure, _)| measure).collect();
        Err(CommandError::Column { name: name.clone(), measures: measures.join(", ") })
    })
}

/// A plan that does not pass the check is no answer: what earlier runs left in `out` stays, and the plan is kept apart
/// with what is wrong. Without an `out` the first fault is all that is told.
fn refuse(answer: &Answer<'_>, asked: &str, formats: &[Format], out: Option<&Path>) -> Result<Exit, CommandError> {
    let plan = answer.plan;
    let first = plan.check.faults.first().map_or(String::new(), |fault| printable(fault));
    let Some(out) = out else {
        tell(&format!(
            "carve: this is our fault, not yours: the plan does not pass its own check, so it is no answer; the first \
             fault: {first}"
        ));
        return Ok(Exit::CheckFailed);
    };
    let apart = out.join(FAILED_CHECK);
    let staging = Staging::new(&apart).map_err(CommandError::OutUnusable)?;
    write(answer, asked, formats, &staging)?;
    let faults: String = plan.check.faults.iter().map(|fault| printable(fault) + "\n").collect();
    staging
        .write(FAULTS, |out| out.write_all(faults.as_bytes()).map_err(|e| CommandError::from(JsonError::Write(e))))?;
    staging.publish(output::names(&[FAULTS]))?;
    tell(&format!(
        "carve: this is our fault, not yours: the plan does not pass its own check, so it is no answer and nothing in {} is \
         replaced. Plan and faults are kept in {}; the first: {first}",
        out.display(),
        apart.display()
    ));
    Ok(Exit::CheckFailed)
}

/// Says something on standard error, in lines that fit.
fn tell(text: &str) {
    terminal::say(&Terminal::of_stderr().wrapped("", "  ", text));
}

/// Writes the files of an answer; `asked` is what was asked for.
///
/// # Errors
/// When one cannot be written.
pub(super) fn write(
    answer: &Answer<'_>,
    asked: &str,
    formats: &[Format],
    staging: &Staging,
) -> Result<(), CommandError> {
    let plan = answer.plan;
    let text = |out: &mut BufWriter<File>, text: &str| {
        out.write_all(text.as_bytes()).map_err(|error| CommandError::from(JsonError::Write(error)))
    };
    staging.write(output::ASKED, |out| text(out, asked))?;
    let wire = encode::frame(plan);
    staging.write("plan.json", |out| Ok::<_, CommandError>(json::write_plan_of(&wire, encode::lines(plan), out)?))?;
    let certificate = json::text("carve.v1.Certificate", &wire.certificate.unwrap_or_default())?;
    staging.write("certificate.json", |out| text(out, &certificate))?;
    carve_report::write_outputs(answer, formats, staging)?;
    Ok(())
}

fn exit(reason: Reason) -> Exit {
    match reason {
        Reason::Optimal | Reason::WithinGap | Reason::Feasible => Exit::Done,
        Reason::Infeasible => Exit::Infeasible,
        Reason::NoPlanFound => Exit::NoPlanFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carve_report::Names;
    use carve_solver::Plan;
    use carve_solver::input::{Book, Input, SeatInput, SplitInput};
    use std::fs;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    /// Two accounts for two seats, solved.
    fn solved() -> (Problem, Plan) {
        let seat = |id: &str| SeatInput { seat_id: id.into(), ..SeatInput::default() };
        let input = Input {
            book: Book {
                account_ids: vec!["a".into(), "b".into()],
                names: vec![String::new(); 2],
                parents: vec![String::new(); 2],
                places: vec![None; 2],
                current_owners: vec![String::new(); 2],
                ..Book::default()
            },
            split: Some(SplitInput::Seats { max_children: 0, seats: vec![seat("s1"), seat("s2")] }),
            ..Input::default()
        };
        let problem = Problem::of(input).expect("sound");
        let stop = AtomicBool::new(false);
        let plan = carve(&problem, &Control { deadline: Instant::now() + Duration::from_secs(60), stop: &stop }, &());
        (problem, plan)
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_plan_that_fails_its_check_replaces_nothing_and_is_kept_apart() {
        let (problem, mut plan) = solved();
        assert!(plan.check.ok(), "{:?}", plan.check);
        // An account in two places at one time: the plan says t, its amounts say otherwise.
        plan.assignments[0].path = plan.assignments[1].path.clone();
        plan.check = carve_solver::check(&problem, &plan);
        assert!(!plan.check.ok());

        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        fs::create_dir(&out).expect("made");
        fs::write(out.join("plan.json"), "of the run before").expect("written");
        let unnamed = Names::default();
        let answer = Answer::of(&problem, &plan, &unnamed, &|| Box::new(std::iter::empty()));
        assert_eq!(refuse(&answer, "split: {}\n", &[Format::Csv], Some(&out)).expect("kept"), Exit::CheckFailed);
        assert_eq!(names(&out), ["failed-check", "plan.json"]);
        assert_eq!(fs::read_to_string(out.join("plan.json")).expect("there"), "of the run before");
        let apart = out.join(FAILED_CHECK);
        assert_eq!(
            names(&apart),
            [
                "asked.yaml",
                "assignments.csv",
                "certificate.json",
                "faults.txt",
                "findings.csv",
                "moves.csv",
                "plan.json"
            ]
        );
        let faults = fs::read_to_string(apart.join(FAULTS)).expect("there");
        assert_eq!(faults.lines().count(), plan.check.faults.len());
        assert!(fs::read_to_string(apart.join("plan.json")).expect("there").contains("\"ok\": false"));
    }
}
