//! `carve generate`: a seeded book and its plan file.

use crate::cli::GenerateArgs;
use crate::exit::{CommandError, Exit};
use crate::output;
use carve_datasets::{GenerateOptions, generate, write_accounts};
use carve_report::{ReportError, Staging};
use std::io::Write;

/// Writes accounts.csv and plan.yaml and says how to solve them.
///
/// # Errors
/// When the folder cannot be used or written.
pub fn run(args: &GenerateArgs) -> Result<Exit, CommandError> {
    let staging = Staging::new(&args.out).map_err(CommandError::OutUnusable)?;
    let generated = generate(&GenerateOptions {
        accounts: args.accounts as usize,
        buckets: args.buckets as usize,
        seed: args.seed,
        shape: args.shape,
        tolerance: args.tolerance,
        extra_measures: args.measures as usize,
    });
    let failed = |name: &str| {
        let path = args.out.join(name);
        |source| ReportError { path, source }
    };
    staging.write("accounts.csv", |out| write_accounts(&generated.book, out).map_err(failed("accounts.csv")))?;
    staging.write("plan.yaml", |out| out.write_all(generated.plan_yaml.as_bytes()).map_err(failed("plan.yaml")))?;
    staging.publish(carve_report::names())?;
    let out = args.out.display();
    output::print_text(&format!("carve solve {out}/accounts.csv --plan {out}/plan.yaml --out {out}/out\n"))?;
    Ok(Exit::Done)
}
