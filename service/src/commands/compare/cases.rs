//! What is to be compared, read: every case with the request that it was asked by, and the one whose tiers score all.

use super::sweep::{Sweep, Swept};
use crate::cli::{CompareArgs, OptionArgs, ShapeArgs, WishArgs};
use crate::comparison::{BOOKS_MAX, Refused, Shared, has_tiers_of, with_tiers_of};
use crate::files::{self, Loaded};
use crate::findings::{Findings, Located};
use crate::output::ASKED;
use crate::plan_file::Spot;
use crate::{decode_plan, json};
use carve_proto::v1 as proto;
use carve_solver::column::Column;
use carve_solver::counting::{is, many};
use carve_solver::{Code, Plan, Problem, check_answer};
use std::path::{Path, PathBuf};

/// All cases.
pub struct Cases {
    /// Answers that were there.
    pub answers: Vec<Answer>,
    /// Plans to be solved.
    pub asked: Vec<Asked>,
    /// What was asked for where there is neither.
    base: Option<Loaded>,
    /// Values that are swept and were refused, as others were not.
    pub refused: Vec<Refused>,
    /// How the plans share cores and time.
    pub shared: Shared,
}

/// An answer that was there.
pub struct Answer {
    pub name: String,
    pub plan: Plan,
    /// What it was asked by, with the tiers that score all, and the accounts in the order of the file.
    pub scored: Loaded,
    pub same_tiers: bool,
    /// Whether what it says of its bounds was checked, and holds.
    pub is_proved: bool,
    pub remark: Option<Located>,
}

/// A plan to be solved.
pub struct Asked {
    pub name: String,
    pub loaded: Loaded,
    /// The same with the tiers that score all; `None`: they are its own.
    pub scored: Option<Loaded>,
}

impl Asked {
    /// What scores it.
    pub fn scored(&self) -> &Loaded {
        self.scored.as_ref().unwrap_or(&self.loaded)
    }
}

impl Cases {
    /// Reads all of them.
    ///
    /// # Errors
    /// Every finding of those that cannot be read; fewer than two cases, or too many.
    pub fn read(args: &CompareArgs) -> Result<Cases, Findings> {
        let shapes = shapes(args)?;
        let given = usize::from(args.today) + args.assignments.len() + args.answer.len();
        let count = given + shapes.len();
        if !(2..=BOOKS_MAX).contains(&count) {
            let what = "name two or more of --plan, --answer, --today, --assignments and --sweep";
            let message = match count {
                0 | 1 => format!("there is nothing to compare it with; {what}"),
                _ => format!("{count} books are to be compared; at most {BOOKS_MAX}"),
            };
            return Err(refused("carve compare", message));
        }
        let cores = args.options.threads.and_then(|threads| usize::try_from(threads).ok()).filter(|cores| *cores > 0);
        let cores = cores.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        let shared = Shared::of(shapes.len(), cores);
        let threads = i32::try_from(shared.threads).ok();
        let options = OptionArgs { threads, ..args.options.clone() };
        let mut cases = Cases { answers: Vec::new(), asked: Vec::new(), base: None, refused: Vec::new(), shared };
        let (mut faults, mut of_swept) = (Findings::default(), Findings::default());
        let mut words: Option<proto::SolveRequest> = None;
        for dir in &args.answer {
            match answer(args, dir, &mut words) {
                Ok(answer) => cases.answers.push(answer),
                Err(found) => faults = faults.and(found),
            }
        }
        for Case { name, shape, swept } in shapes {
            match asked(args, name.clone(), &shape, &options, &mut words) {
                Ok(asked) => cases.asked.push(asked),
                Err(found) if swept.is_empty() => faults = faults.and(found),
                Err(found) => {
                    let found = of_sweep(found, &swept);
                    let reason = |located: &Located| located.finding.message.clone();
                    cases.refused.push(Refused { name, reasons: found.kept.iter().map(reason).collect() });
                    of_swept = of_swept.and(found);
                }
            }
        }
        // Where nothing that was swept is left, or too little to compare, each reason is a fault.
        if cases.asked.is_empty() || given + cases.asked.len() < 2 {
            faults = faults.and(of_swept);
        }
        if words.is_none() && faults.kept.is_empty() {
            cases.base = Some(files::load(&args.book, &args.shape(None), &OptionArgs::default())?);
        }
        if faults.kept.is_empty() { Ok(cases) } else { Err(once(faults)) }
    }

    /// The request whose tiers score all, and what that is called.
    pub fn words(&self) -> (&Loaded, &str) {
        let answer = self.answers.first().map(|answer| (&answer.scored, answer.name.as_str()));
        let asked = self.asked.first().map(|asked| (asked.scored(), asked.name.as_str()));
        let base = self.base.as_ref().map(|base| (base, "what is asked for"));
        answer.or(asked).or(base).expect("one of them was read, or there were faults")
    }

    /// The time that all solves share: what the command line says, else the longest that a plan file does. `None`: nobody says.
    pub fn time(&self, args: &CompareArgs) -> Option<std::time::Duration> {
        let of_file = |asked: &Asked| {
            let options = asked.loaded.request.options.as_ref()?;
            options.time_limit.as_ref().map(|_| asked.loaded.problem.time_limit())
        };
        args.options.time_limit.or_else(|| self.asked.iter().filter_map(of_file).max())
    }
}

/// Every finding once: what is wrong with the accounts is found again for each plan.
fn once(faults: Findings) -> Findings {
    let mut kept: Vec<Located> = Vec::new();
    for found in faults.kept {
        if !kept.contains(&found) {
            kept.push(found);
        }
    }
    let mut columns: Vec<Column> = Vec::new();
    for column in faults.columns {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    Findings { kept, columns, ..faults }
}

/// A plan to be solved.
struct Case {
    name: String,
    shape: ShapeArgs,
    /// The values that are swept in it.
    swept: Vec<Swept>,
}

/// The findings of a plan with swept values, which speak of the sweep instead of flags that nobody gave.
fn of_sweep(mut found: Findings, swept: &[Swept]) -> Findings {
    for located in &mut found.kept {
        for one in swept {
            located.file = one.renamed(&located.file);
            located.finding.message = one.renamed(&located.finding.message);
        }
    }
    found
}

/// What is to be solved: each plan file with each value that is swept; without any what the flags ask for, if they do.
fn shapes(args: &CompareArgs) -> Result<Vec<Case>, Findings> {
    let case = |name: String, plan: Option<&PathBuf>| Case { name, shape: args.shape(plan), swept: Vec::new() };
    let mut shapes: Vec<Case> = args.plan.iter().map(|plan| case(stem(plan), Some(plan))).collect();
    let asks = !args.sweep.is_empty() || args.counts.seats.is_some() || !args.counts.stages.is_empty();
    if shapes.is_empty() && asks {
        shapes.push(case(String::new(), None));
    }
    let several = shapes.len() > 1;
    let mut faults = Vec::new();
    for text in &args.sweep {
        let flag = format!("--sweep {text}");
        match Sweep::read(text) {
            Err(message) => faults.extend(refused(&flag, message).kept),
            Ok(_) if text.starts_with("seats") && !args.counts.stages.is_empty() => {
                faults
                    .extend(refused(&flag, "--stages says how many territories there are; sweep one of the two").kept);
            }
            Ok(sweep) => {
                let each = |Case { name, shape, swept }: Case| {
                    let values = sweep.over(&shape).into_iter();
                    values.map(move |(value, shape)| {
                        let named = several || name.contains('=');
                        let swept = swept.iter().cloned().chain([value.clone()]).collect();
                        Case { name: if named { format!("{name} {value}") } else { value.to_string() }, shape, swept }
                    })
                };
                shapes = shapes.into_iter().flat_map(each).collect();
            }
        }
    }
    if shapes.len() == 1 && shapes[0].name.is_empty() {
        shapes[0].name = "plan".into();
    }
    if faults.is_empty() { Ok(shapes) } else { Err(faults.into()) }
}

fn asked(
    args: &CompareArgs,
    name: String,
    shape: &ShapeArgs,
    options: &OptionArgs,
    words: &mut Option<proto::SolveRequest>,
) -> Result<Asked, Findings> {
    let loaded = files::load(&args.book, shape, options)?;
    let scored = match &*words {
        None => {
            *words = Some(loaded.request.clone());
            None
        }
        Some(words) if has_tiers_of(&loaded.request, words) => None,
        Some(words) => Some(scored_by(args, &loaded.request, words)?),
    };
    Ok(Asked { name, loaded, scored })
}

fn answer(args: &CompareArgs, dir: &Path, words: &mut Option<proto::SolveRequest>) -> Result<Answer, Findings> {
    let file = dir.join("plan.json");
    let shown = file.display().to_string();
    let bytes = files::read_bytes(&file).map_err(|error| Findings::from(vec![files::unreadable(&shown, &error)]))?;
    let plan = std::str::from_utf8(&bytes).ok().and_then(|text| json::read_plan(text).ok());
    let plan = plan.ok_or_else(|| syntax(&shown, "it is no plan.json that carve wrote"))?;
    let ids: Vec<String> = plan.assignments.iter().map(|a| a.account_id.clone()).collect();
    let plan = decode_plan::plan(plan).map_err(|error| syntax(&shown, &error.to_string()))?;
    let asked = dir.join(ASKED);
    if !asked.exists() {
        let message = format!(
            "the answer has no {ASKED}, which says what was asked for; solve again, or compare its assignments.csv as a list \
             (--assignments)"
        );
        return Err(Findings::from(vec![
            Spot { source: asked.display().to_string(), ..Spot::default() }.finding(Code::FileUnreadable, message),
        ]));
    }
    let shape = args.shape(Some(&asked));
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let own = files::load_in_order(&args.book, &shape, &OptionArgs::default(), &ids)?;
    let fit = Fit::of(&own.problem, &ids);
    if fit.is_another_book() {
        let message =
            format!("the answer is of another book: {}; compare it with the accounts it was made from", fit.words());
        return Err(Findings::from(vec![
            Spot { source: shown, ..Spot::default() }.finding(Code::FlagInvalid, message),
        ]));
    }
    let checked = check_answer(&own.problem, &plan);
    let words = &*words.get_or_insert_with(|| own.request.clone());
    let same_tiers = has_tiers_of(&own.request, words);
    let scored = match same_tiers && !own.is_rearranged() {
        true => own,
        false => scored_by(args, &own.request, words)?,
    };
    let remark = checked.faults.first().map(|fault| {
        let others = if fit.fits() { String::new() } else { format!("{}; ", fit.words()) };
        let message = format!(
            "{others}the answer does not pass the check with these accounts, so its bounds are left out ({}, the first: {fault})",
            many(checked.faults.len(), "fault")
        );
        Spot { source: dir.display().to_string(), ..Spot::default() }.finding(Code::AssignmentsDiffer, message)
    });
    Ok(Answer { name: stem(dir), is_proved: remark.is_none(), plan, scored, same_tiers, remark })
}

/// How the accounts of an answer and those of the book go together.
#[derive(Debug, Clone, Copy)]
struct Fit {
    common: usize,
    of_answer: usize,
    of_book: usize,
}

impl Fit {
    fn of(problem: &Problem, ids: &[&str]) -> Fit {
        let common = ids.iter().filter(|id| problem.account(id).is_some()).count();
        Fit { common, of_answer: ids.len(), of_book: problem.account_count() }
    }

    fn fits(self) -> bool {
        self.common == self.of_answer && self.common == self.of_book
    }

    /// Whether less than half of either has a part in the other.
    fn is_another_book(self) -> bool {
        // One without a plan has none.
        self.of_answer > 0 && (2 * self.common < self.of_answer || 2 * self.common < self.of_book)
    }

    fn words(self) -> String {
        let (other, missing) = (self.of_answer - self.common, self.of_book - self.common);
        let of_answer = format!("{other} of its {} {} not in the book", many(self.of_answer, "account"), is(other));
        let of_book = format!("{missing} of the book's {} {} not in it", many(self.of_book, "account"), is(missing));
        let parts = [(other, of_answer), (missing, of_book)];
        let said: Vec<String> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
        said.join(", and ")
    }
}

/// The accounts with this request, but for the tiers and what these count.
fn scored_by(
    args: &CompareArgs,
    request: &proto::SolveRequest,
    words: &proto::SolveRequest,
) -> Result<Loaded, Findings> {
    // What is wished for is said in the request already, but for an earlier answer, which is in the book.
    let wishes = WishArgs {
        previous: args.wishes.previous.clone(),
        previous_as: args.wishes.previous_as,
        ..WishArgs::default()
    };
    let shape = ShapeArgs { wishes, ..ShapeArgs::default() };
    files::load_request(&args.book, &shape, with_tiers_of(request, words))
}

/// What a file or folder is called in a table.
pub fn stem(path: &Path) -> String {
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    name.map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn refused(source: &str, message: impl Into<String>) -> Findings {
    Findings::from(vec![Spot { source: source.into(), ..Spot::default() }.finding(Code::FlagInvalid, message)])
}

fn syntax(source: &str, message: &str) -> Findings {
    Findings::from(vec![Spot { source: source.into(), ..Spot::default() }.finding(Code::FileSyntax, message)])
}

impl CompareArgs {
    /// What is said beside the plan files, with one of them. All of it is written out, so that default tiers can be told.
    pub fn shape(&self, plan: Option<&PathBuf>) -> ShapeArgs {
        ShapeArgs {
            plan: plan.cloned(),
            counts: self.counts.clone(),
            stale: None,
            wishes: self.wishes.clone(),
            print_plan: true,
        }
    }
}
