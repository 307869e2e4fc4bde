//! `carve solve`: accounts and a shape in, a folder of results and a summary out.

use crate::cli::SolveArgs;
use crate::exit::{CommandError, Exit};
use crate::output::{self, Staging};
use crate::summary::{Bands, moves, summary};
use crate::{encode, files, interrupt, json, progress};
use carve_solver::plan::Reason;
use carve_solver::{Control, Plan, carve};
use std::time::Instant;

/// Loads, solves, writes, prints.
///
/// # Errors
/// Bad input, a folder that cannot be used, results that cannot be written.
pub fn run(args: &SolveArgs) -> Result<Exit, CommandError> {
    let loaded = files::load(&args.accounts, &args.shape, &args.options).map_err(CommandError::Input)?;
    let staging = Staging::new(&args.out)?;
    let stop = interrupt::stop_flag()?;
    let deadline = Instant::now() + loaded.problem.time_limit();
    let plan = {
        let display = progress::Display::new(deadline);
        carve(&loaded.problem, &Control { deadline, stop: &stop }, &display)
    };
    let findings = loaded.locate(&plan.findings);
    write(&loaded, &plan, staging)?;
    if args.json {
        output::print_json(|out| json::write_plan_of(&encode::frame(&plan), encode::lines(&plan), out))?;
    } else {
        let (measure, amounts) = loaded.problem.move_sizes();
        let text = moves(&plan, measure, amounts) + &summary(&plan, &Bands::of(&loaded.request), &findings);
        output::print(|out| out.write_all(text.as_bytes()))?;
    }
    Ok(exit(plan.termination.reason))
}

/// All files, or those of an earlier run stay.
fn write(loaded: &files::Loaded, plan: &Plan, staging: Staging) -> Result<(), CommandError> {
    let wire = encode::frame(plan);
    staging.write("plan.json", |out| Ok(json::write_plan_of(&wire, encode::lines(plan), out)?))?;
    if plan.has_assignments() {
        let certificate = json::text("carve.v1.Certificate", &wire.certificate.unwrap_or_default())?;
        staging.write("certificate.json", |out| {
            Ok(out.write_all(certificate.as_bytes()).map_err(json::JsonError::Write)?)
        })?;
        carve_report::write_outputs(&loaded.problem, plan, staging.folder())?;
    }
    staging.publish(&output::NAMES)
}

fn exit(reason: Reason) -> Exit {
    match reason {
        Reason::Optimal | Reason::Feasible => Exit::Done,
        Reason::Infeasible => Exit::Infeasible,
        Reason::NoPlanFound => Exit::NoPlanFound,
    }
}
