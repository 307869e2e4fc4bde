//! `carve write`: the files of an answer that a server gave, for programs that drive carve. Nothing is solved; the plan is
//! checked anew, and one that is none of these accounts is refused.

use super::solve;
use crate::cli::{Formats, WriteArgs};
use crate::exit::{CommandError, Exit};
use crate::findings::Located;
use crate::plan_file::Spot;
use crate::progress::Course;
use crate::{decode_plan, files, finding_rows, output, run_told, wishes};
use carve_proto::v1 as proto;
use carve_report::{Answer, Run, Sample, Staging};
use carve_solver::{Code, Plan};
use prost::Message;
use std::path::Path;

/// Reads, checks, writes.
///
/// # Errors
/// Bad input, a plan that is none of it, a folder that cannot be used.
pub fn run(args: &WriteArgs) -> Result<Exit, CommandError> {
    let shown = args.answer.display().to_string();
    let read = files::read_bytes(&args.answer).map_err(|error| fault(&shown, format!("cannot be read: {error}")))?;
    let read = proto::Plan::decode(read.as_slice()).map_err(|_| fault(&shown, "it is no carve.v1.Plan".into()))?;
    let ids: Vec<&str> = read.assignments.iter().map(|a| a.account_id.as_str()).collect();
    let loaded = files::load_in_order(&args.request.book, &args.request.shape, &args.options, &ids);
    let loaded = loaded.map_err(CommandError::Input)?;
    let plan = decode_plan::plan(read).map_err(|error| fault(&shown, format!("cannot be read as a plan: {error}")))?;
    // A server was sent what the accounts mean; how they were read is known here.
    let (found, columns) = (carve_solver::findings(&loaded.problem), loaded.problem.columns().to_vec());
    let plan = Plan { findings: found, columns, ..plan };
    let checked = carve_solver::check(&loaded.problem, &plan);
    if let Some(first) = checked.faults.first() {
        return Err(fault(&shown, format!("it is no plan of these accounts and this request: {first}")));
    }
    let findings = loaded.locate(&plan.findings);
    let rows = || finding_rows::of(&loaded, &findings);
    let Formats { formats, columns } = &args.format;
    solve::choosable(&loaded.problem, columns)?;
    let accounts = &args.request.book.accounts;
    let given = |known: String| args.accounts_name.clone().unwrap_or(known);
    let asked = wishes::as_plan_file(&loaded, &given(accounts.display().to_string()), &args.request.shape)?;
    let run = run_told::of(&loaded, &plan)?;
    let (digest, name) = (run_told::digest(accounts), given(run_told::name_of(accounts)));
    let progress = steps(args.steps.as_deref())?;
    let run = Run { accounts_digest: digest, accounts_file: name, progress, anonymous: args.anonymous, ..run };
    let answer = Answer::of(&loaded.problem, &plan, &loaded.names, &rows)
        .with_owners(&loaded.granted.in_book)
        .with_columns(columns)
        .with_run(&run);
    let staging = Staging::new(&args.out).map_err(CommandError::OutUnusable)?;
    solve::write(&answer, &asked, formats, &staging)?;
    staging.publish(output::names(&[]))?;
    Ok(Exit::Done)
}

/// How the search went, as the server told it.
fn steps(path: Option<&Path>) -> Result<Vec<Sample>, CommandError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let shown = path.display().to_string();
    let bytes = files::read_bytes(path).map_err(|error| fault(&shown, format!("cannot be read: {error}")))?;
    let (mut rest, mut course) = (bytes.as_slice(), Course::default());
    while !rest.is_empty() {
        let step = proto::RunProgress::decode_length_delimited(&mut rest);
        let step = step.map_err(|_| fault(&shown, "it has something that is no carve.v1.RunProgress".into()))?;
        for (tier, told) in step.tiers.iter().enumerate() {
            course.keep(Sample {
                seconds: step.elapsed_ms as f64 / 1_000.0,
                tier,
                best: told.value,
                bound: told.bound,
            });
        }
    }
    Ok(course.samples())
}

fn fault(source: &str, message: String) -> CommandError {
    let found: Vec<Located> =
        vec![Spot { source: source.into(), ..Spot::default() }.finding(Code::FlagInvalid, message)];
    CommandError::Input(found.into())
}
