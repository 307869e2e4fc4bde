//! What `report.html` tells of the run that made a plan: what was asked for, and what the rules did.

use crate::exit::CommandError;
use crate::files::Loaded;
use crate::plan_file::{self, Notes};
use carve_proto::v1 as proto;
use carve_report::{Run, sha256_hex};
use carve_solver::{Plan, rule_effects};
use std::fs::File;
use std::path::Path;

/// Longest plan file that a report holds, in bytes; of a longer one the beginning.
const PLAN_FILE_MAX: usize = 65_536;

/// SHA-256 of a file; empty where it cannot be read twice, as standard input, or at all: then its reader says so.
pub fn digest(accounts: &Path) -> String {
    match accounts.is_file() {
        true => File::open(accounts).and_then(sha256_hex).unwrap_or_default(),
        false => String::new(),
    }
}

/// The name of a file without its folder, which is nobody's business; empty: it is no file.
pub fn name_of(accounts: &Path) -> String {
    let name = accounts.file_name().filter(|_| accounts != Path::new("-"));
    name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The run, but for its moments and where its accounts came from.
///
/// # Errors
/// When the plan file cannot be written out.
pub fn of(loaded: &Loaded, plan: &Plan) -> Result<Run, CommandError> {
    let mut request = loaded.request.clone();
    let options = request.options.take().unwrap_or_default();
    let text = plan_file::write(&request, &Notes::new(), &|measure| loaded.decimals(measure))?;
    let seconds = |limit: &prost_types::Duration| format!("{} s", limit.seconds as f64 + f64::from(limit.nanos) / 1e9);
    let named = [
        ("Time limit", options.time_limit.as_ref().map(seconds)),
        ("Gap target", options.gap_target.map(|gap| gap.to_string())),
        ("Work limit", (options.work_limit > 0).then(|| options.work_limit.to_string())),
        ("Seed", Some(options.seed.to_string())),
        ("Threads", Some(loaded.problem.threads().to_string())),
        ("Thorough", options.thorough.then(|| "yes".to_owned())),
    ];
    Ok(Run {
        version: env!("CARGO_PKG_VERSION").into(),
        plan_file: shortened(text),
        options: named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        conflict: conflict(loaded, plan)?,
        rules: rule_effects(&loaded.problem, plan),
        ..Run::default()
    })
}

/// The rules of a conflict, as a plan file has them.
fn conflict(loaded: &Loaded, plan: &Plan) -> Result<String, CommandError> {
    let ids = &plan.termination.conflicting_rule_ids;
    let rules: Vec<_> = loaded.request.rules.iter().filter(|rule| ids.contains(&rule.rule_id)).cloned().collect();
    if rules.is_empty() {
        return Ok(String::new());
    }
    let request = proto::SolveRequest { rules, ..proto::SolveRequest::default() };
    Ok(shortened(plan_file::write(&request, &Notes::new(), &|measure| loaded.decimals(measure))?))
}

fn shortened(text: String) -> String {
    if text.len() <= PLAN_FILE_MAX {
        return text;
    }
    let end = text[..=text.floor_char_boundary(PLAN_FILE_MAX)].rfind('\n').unwrap_or(0);
    let more = text[end..].lines().count().saturating_sub(1);
    format!("{}\n# and {more} more lines: carve solve --print-plan shows them\n", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_plan_file_is_cut_at_a_line_and_the_rest_is_counted() {
        assert_eq!(shortened("a: 1\n".into()), "a: 1\n");
        let text = shortened("- {rule_id: ä}\n".repeat(10_000));
        assert!(text.len() < PLAN_FILE_MAX + 100 && text.contains("\n# and "), "{}", text.len());
    }
}
