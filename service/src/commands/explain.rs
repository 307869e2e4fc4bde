//! `carve explain`: an account, a territory, what rules cost, or why there is no plan.

use crate::cli::{ExplainArgs, OptionArgs, Subject};
use crate::exit::{CommandError, Exit};
use crate::files::{self, Loaded};
use crate::findings::{Findings, Located};
use crate::plan_file::Spot;
use crate::summary::explained;
use crate::terminal::Terminal;
use crate::{decode_plan, explanations, interrupt, json, output};
use carve_solver::inquiry::{
    Asked, AskedFault, explain_account, explain_infeasible, explain_rules, explain_territory, names,
};
use carve_solver::{Code, Control, Plan};
use std::path::Path;
use std::time::{Duration, Instant};

/// Time for repairs where nothing else is said.
const REPAIR_TIME: Duration = Duration::from_secs(5);
/// Time for a conflict where nothing else is said.
const CONFLICT_TIME: Duration = Duration::from_secs(10);
/// Ids that a message lists of those there are.
const SHOWN: usize = 5;

/// Reads, explains, prints.
///
/// # Errors
/// Bad input, an answer that is none of it, an id that is not there, output that cannot be written.
pub fn run(args: &ExplainArgs) -> Result<Exit, CommandError> {
    if args.subject == Subject::Conflict {
        return conflict(args);
    }
    let Some(dir) = &args.answer else {
        return Err(fault("--answer", "say which answer is asked: the folder that carve solve wrote".into()));
    };
    let read = read_plan(dir);
    let ids: Vec<&str> =
        read.as_ref().map_or(&[][..], |plan| &plan.assignments).iter().map(|a| a.account_id.as_str()).collect();
    let loaded = files::load_in_order(&args.request.book, &args.request.shape, &OptionArgs::default(), &ids);
    let loaded = loaded.map_err(CommandError::Input)?;
    if super::grant(&loaded, &args.request)? {
        return Ok(Exit::Done);
    }
    let shown = dir.join("plan.json").display().to_string();
    let plan = decode_plan::plan(read.map_err(CommandError::Input)?);
    let plan = plan.map_err(|error| fault(&shown, format!("cannot be read as an answer: {error}")))?;
    explain(args, &loaded, &plan, &shown)
}

fn explain(args: &ExplainArgs, loaded: &Loaded, plan: &Plan, shown: &str) -> Result<Exit, CommandError> {
    let problem = &loaded.problem;
    let stop = interrupt::stop_flag()?;
    let control = Control { deadline: Instant::now() + args.time_limit.unwrap_or(REPAIR_TIME), stop: &stop };
    let asked = Asked::of(problem, plan).map_err(|why| {
        let dir = args.answer.as_deref().unwrap_or(Path::new("")).join(output::ASKED);
        let mend = match why {
            AskedFault::Differs(_) => format!("; give the accounts it was made of, and --plan {}", dir.display()),
            AskedFault::NoPlan | AskedFault::Breaks(_) => String::new(),
        };
        fault(shown, format!("{why}{mend}"))
    })?;
    let id = || {
        args.id.as_deref().ok_or_else(|| fault("carve explain", "say which one: its id comes after the subject".into()))
    };
    let terminal = Terminal::of_stdout();
    let (message, text) = match args.subject {
        Subject::Account => {
            let id = id()?;
            let account = problem.account(id).ok_or_else(|| fault(id, format!("account {id:?} is not in the book")))?;
            let to: Vec<usize> = args.to.iter().map(|to| territory(loaded, to)).collect::<Result<_, _>>()?;
            let found = explain_account(&asked, account, &to, &control);
            let message = json::text("carve.v1.AccountExplanation", &explanations::account(&found))?;
            (message, explained::account(&found, loaded.names.get(account), &|id| name(loaded, id), terminal))
        }
        Subject::Territory => {
            let found = explain_territory(&asked, territory(loaded, id()?)?, &control);
            let message = json::text("carve.v1.TerritoryExplanation", &explanations::territory(&found))?;
            (message, explained::territory(&found, terminal))
        }
        Subject::Rule => {
            let found = explain_rules(&asked, args.id.as_deref(), args.time_limit.is_some(), &control);
            let found = found.ok_or_else(|| no_rule(loaded, args.id.as_deref().unwrap_or_default()))?;
            let message = json::text("carve.v1.RulesExplanation", &explanations::rules(&found))?;
            (message, explained::rules(&found, terminal))
        }
        Subject::Conflict => return conflict(args),
    };
    let shown = if args.json { message } else { text };
    output::print_text(&shown)?;
    Ok(Exit::Done)
}

fn conflict(args: &ExplainArgs) -> Result<Exit, CommandError> {
    let loaded =
        files::load(&args.request.book, &args.request.shape, &OptionArgs::default()).map_err(CommandError::Input)?;
    if super::grant(&loaded, &args.request)? {
        return Ok(Exit::Done);
    }
    let stop = interrupt::stop_flag()?;
    let control = Control { deadline: Instant::now() + args.time_limit.unwrap_or(CONFLICT_TIME), stop: &stop };
    let found = explain_infeasible(&loaded.problem, &control);
    let shown = match args.json {
        true => json::text("carve.v1.InfeasibilityExplanation", &explanations::infeasibility(&found))?,
        false => explained::conflict(&found, Terminal::of_stdout()),
    };
    output::print_text(&shown)?;
    Ok(match found.is_infeasible {
        Some(true) => Exit::Infeasible,
        Some(false) => Exit::Done,
        None => Exit::NoPlanFound,
    })
}

/// The plan of an answer's folder.
pub(super) fn read_plan(dir: &Path) -> Result<carve_proto::v1::Plan, Findings> {
    let file = dir.join("plan.json");
    let shown = file.display().to_string();
    let bytes = files::read_bytes(&file).map_err(|error| Findings::from(vec![files::unreadable(&shown, &error)]))?;
    let plan = std::str::from_utf8(&bytes).ok().and_then(|text| json::read_plan(text).ok());
    plan.ok_or_else(|| vec![located(&shown, Code::FileSyntax, "it is no plan.json that carve wrote".into())].into())
}

/// The number of a territory, by its id or by the name that people know its seat by.
fn territory(loaded: &Loaded, id: &str) -> Result<usize, CommandError> {
    let problem = &loaded.problem;
    let territories = || problem.territory_ids();
    let named =
        || territories().find(|known| loaded.granted.owners.called(known) == id).and_then(|known| problem.node(known));
    let known = territories().any(|known| known == id).then(|| problem.node(id)).flatten().or_else(named);
    let some: Vec<&str> = territories().take(SHOWN).collect();
    known.ok_or_else(|| fault(id, format!("{id:?} is no territory of the plan; there are {} …", some.join(", "))))
}

fn name(loaded: &Loaded, account_id: &str) -> String {
    loaded.problem.account(account_id).map_or_else(String::new, |account| loaded.names.get(account).to_owned())
}

fn no_rule(loaded: &Loaded, id: &str) -> CommandError {
    let known = names(&loaded.problem);
    let some: Vec<&str> = known.iter().take(SHOWN).map(String::as_str).collect();
    fault(id, format!("{id:?} is no rule of the plan; there are {}", some.join(", ")))
}

pub(super) fn fault(source: &str, message: String) -> CommandError {
    CommandError::Input(vec![located(source, Code::FlagInvalid, message)].into())
}

fn located(source: &str, code: Code, message: String) -> Located {
    Spot { source: source.into(), ..Spot::default() }.finding(code, message)
}
