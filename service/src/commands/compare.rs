//! `carve compare`: answers, plans solved now, today's book and lists of the same accounts, side by side.

mod cases;

mod sweep;

mod written;

use crate::assignment_list;
use crate::cli::{BookArgs, CompareArgs};
use crate::comparison::{self, Book, Comparison, Source, given, markdown, planned, side_by_side, solve_all, text};
use crate::exit::{CommandError, Exit};
use crate::findings::{Findings, Located, folded, printable};
use crate::terminal::{self, Terminal};
use crate::{encode, interrupt, json, output};
use carve_proto::v1 as proto;
use carve_report::ReportError;
use carve_solver::Plan;
use carve_solver::plan::Reason;
use carve_solver::standing::holders_today;
use cases::{Cases, stem};
use std::io;
use std::path::PathBuf;
use tempfile::NamedTempFile;

/// What today's book is called.
const TODAY: &str = "today";

/// Reads all of it, solves what is to be solved, scores every book by the same tiers, prints and writes.
///
/// # Errors
/// Bad input, a folder that cannot be used, results that cannot be written.
pub fn run(args: &CompareArgs) -> Result<Exit, CommandError> {
    let (held, args) = held(args)?;
    let cases = Cases::read(&args).map_err(CommandError::Input)?;
    // Who made a list may have got a name wrong: that is told before anything is solved.
    let (given, remarks) = given_books(&args, &cases).map_err(CommandError::Input)?;
    let stop = interrupt::stop_flag()?;
    let problems: Vec<_> = cases.asked.iter().map(|asked| &asked.loaded.problem).collect();
    let told = |at: usize, plan: &Plan| tell(&cases.asked[at].name, plan);
    let plans = solve_all(&problems, cases.shared, cases.time(&args), &stop, &told);
    drop(held);
    let failed = cases.asked.iter().zip(&plans).filter(|(_, plan)| !plan.check.ok());
    let failed: Vec<&str> = failed.map(|(asked, _)| asked.name.as_str()).collect();
    if !failed.is_empty() {
        let names = printable(&failed.join(", "));
        let line = format!(
            "carve: this is our fault, not yours: a plan does not pass its own check, so nothing is compared: {names}"
        );
        terminal::say(&Terminal::of_stderr().wrapped("", "  ", &line));
        return Ok(Exit::CheckFailed);
    }
    let comparison = compared(&cases, given, &plans);
    let message = message(&comparison, &cases, &plans)?;
    if let Some(out) = &args.out {
        written::write(&comparison, &cases, &message, out)?;
    }
    let shown = match (args.json, args.markdown) {
        (true, _) => message,
        (_, true) => markdown(&comparison),
        _ => text(&comparison, Terminal::of_stdout()) + &said(&remarks),
    };
    output::print_text(&shown)?;
    Ok(exit(&comparison))
}

/// Accounts from standard input are read once for each case: they are kept in a file as long as that takes.
fn held(args: &CompareArgs) -> Result<(Option<NamedTempFile>, CompareArgs), CommandError> {
    if args.book.accounts.as_os_str() != "-" {
        return Ok((None, args.clone()));
    }
    let copied = || -> io::Result<NamedTempFile> {
        let mut file = NamedTempFile::with_suffix(".csv")?;
        io::copy(&mut io::stdin().lock(), &mut file)?;
        Ok(file)
    };
    let path: PathBuf = std::env::temp_dir();
    let file = copied().map_err(|source| CommandError::Report(ReportError { path, source }))?;
    let accounts = file.path().to_owned();
    let book = BookArgs { accounts, ..args.book.clone() };
    Ok((Some(file), CompareArgs { book, ..args.clone() }))
}

/// Today's book and lists, and what there is to say of all that was read.
fn given_books(args: &CompareArgs, cases: &Cases) -> Result<(Vec<Book>, Vec<Located>), Findings> {
    let (words, _) = cases.words();
    let mut remarks: Vec<Located> = cases.answers.iter().filter_map(|answer| answer.remark.clone()).collect();
    let mut books = Vec::new();
    if args.today {
        books.push(given(TODAY.into(), Source::Today, &words.problem, &holders_today(&words.problem)));
    }
    let mut faults = Findings::default();
    for path in &args.assignments {
        match assignment_list::read(path, words) {
            Ok(list) => {
                remarks.extend(list.remarks);
                books.push(given(stem(path), Source::List, &words.problem, &list.holders));
            }
            Err(found) => faults = faults.and(found),
        }
    }
    if faults.kept.is_empty() { Ok((books, remarks)) } else { Err(faults) }
}

fn compared(cases: &Cases, given: Vec<Book>, plans: &[Plan]) -> Comparison {
    let mut books = given;
    books.extend(cases.answers.iter().map(|answer| {
        let problem = &answer.scored.problem;
        planned(answer.name.clone(), Source::Answer, problem, &answer.plan, answer.same_tiers, answer.is_proved)
    }));
    books.extend(cases.asked.iter().zip(plans).map(|(asked, plan)| {
        let (problem, same_tiers) = (&asked.scored().problem, asked.scored.is_none());
        planned(asked.name.clone(), Source::Solved, problem, plan, same_tiers, true)
    }));
    let (words, scored_by) = cases.words();
    let scored_by = scored_by.to_owned();
    tell_apart(&mut books);
    let refused = cases.refused.clone();
    Comparison { refused, ..side_by_side(books, &words.problem, scored_by) }
}

/// Gives books of one name a number.
fn tell_apart(books: &mut [Book]) {
    for at in 1..books.len() {
        let (before, from) = books.split_at_mut(at);
        let name = from[0].name.clone();
        let taken = |name: &str| before.iter().any(|book| book.name == name);
        if taken(&name) {
            let free = (2..).map(|number| format!("{name} ({number})")).find(|name| !taken(name));
            from[0].name = free.expect("there are more numbers than books");
        }
    }
}

/// The comparison as JSON.
fn message(comparison: &Comparison, cases: &Cases, plans: &[Plan]) -> Result<String, CommandError> {
    let frame = |plan: &Plan| proto::Plan { certificate: None, ..encode::frame(plan) };
    let answers = cases.answers.iter().map(|answer| answer.is_proved.then(|| frame(&answer.plan)));
    let of_carve: Vec<Option<proto::Plan>> = answers.chain(plans.iter().map(|plan| Some(frame(plan)))).collect();
    let given = comparison.books.len() - of_carve.len();
    let all = std::iter::repeat_n(None, given).chain(of_carve).collect();
    let (words, _) = cases.words();
    let message = comparison::encode(comparison, &words.problem, all);
    Ok(json::text("carve.v1.Comparison", &message)?)
}

/// A line for each plan as it is there, as the others may take their time.
fn tell(name: &str, plan: &Plan) {
    let line = format!("{}: {} ({:.1} s)", printable(name), plan.termination.detail, plan.solve_time.as_secs_f64());
    terminal::say(&Terminal::of_stderr().wrapped("", "  ", &printable(&line)));
}

/// What was found in lists and answers.
fn said(remarks: &[Located]) -> String {
    let terminal = Terminal::of_stdout();
    let lines: String = remarks.iter().map(|remark| folded(remark, terminal, "  ")).collect();
    if lines.is_empty() { lines } else { format!("\n{}\n{lines}", terminal.bold("Findings")) }
}

/// A plan that there is none of is an answer too, unless that is all there is.
fn exit(comparison: &Comparison) -> Exit {
    let reasons = || comparison.books.iter().filter_map(|book| book.proof.as_ref()).map(|proof| proof.reason);
    match comparison.books.iter().any(|book| book.standing.is_some()) {
        true => Exit::Done,
        false if reasons().all(|reason| reason == Reason::Infeasible) => Exit::Infeasible,
        false => Exit::NoPlanFound,
    }
}
