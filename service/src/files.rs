//! Reads the accounts and the plan file into a [`Problem`], with every fault of both at its line and column.
//! The one door to the reader of accounts.

use crate::asked::asked;
use crate::cli::{BookArgs, OptionArgs, ReadArgs, ShapeArgs};
use crate::decode;
use crate::findings::{Findings, Located};
use crate::limits::{ANSWER_FILE_BYTES_MAX, PLAN_FILE_BYTES_MAX};
use crate::owner_names::name_seats;
use crate::places;
use crate::plan_file::{PlanFile, Spot};
use crate::wishes::{Granted, Wishes};
use carve_proto::v1 as proto;
use carve_reader::{Address, Asked, LocatedFinding, Origin, OwnerLabel, Source, TableOptions};
use carve_report::Names;
use carve_solver::column::Column;
use carve_solver::input::Book;
use carve_solver::{Code, Finding, Input, Place, Problem, Severity};
use std::collections::HashMap;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// What was read, ready to be solved.
pub struct Loaded {
    /// What it means.
    pub problem: Problem,
    /// The request without its accounts.
    pub request: proto::SolveRequest,
    /// What became of the wishes of the command line.
    pub granted: Granted,
    /// The names of the accounts, in the problem's order.
    pub names: Names,
    /// What became of the wishes, beside what the problem itself knows; and how the accounts were read.
    remarks: Findings,
    sources: Sources,
}

impl Loaded {
    /// The decimals of a measure that rules may name; empty is account_count.
    pub fn decimals(&self, measure: &str) -> Option<u8> {
        if measure.is_empty() { Some(0) } else { self.problem.decimals(measure) }
    }

    /// Findings with file, line and column, after the remarks on wishes.
    pub fn locate(&self, findings: &[Finding]) -> Findings {
        let found: Vec<Located> = findings.iter().map(|f| self.sources.locate(f.clone())).collect();
        self.remarks.clone().and(found)
    }

    /// What the reader found in the accounts.
    pub fn of_reader(&self) -> impl Iterator<Item = &Finding> {
        self.sources.of_reader.iter().map(|located| &located.finding)
    }

    /// Whether the accounts stand in another order than their rows in the file.
    pub fn is_rearranged(&self) -> bool {
        self.sources.order.is_some()
    }

    /// The line of the file that an account stands on; 0: it is not known.
    pub fn line(&self, account: usize) -> u64 {
        self.sources.line(account)
    }
}

/// Reads and judges all of it.
///
/// # Errors
/// Every finding of the accounts and of the plan at once, warnings included, when one is an error.
pub fn load(book: &BookArgs, shape: &ShapeArgs, options: &OptionArgs) -> Result<Loaded, Findings> {
    load_in_order(book, shape, options, &[])
}

/// As [`load`], with the accounts as they were read, to be sent on.
///
/// # Errors
/// As [`load`].
pub fn load_with_book(book: &BookArgs, shape: &ShapeArgs, options: &OptionArgs) -> Result<(Loaded, Book), Findings> {
    let mut read = Book::default();
    let loaded = load_plan(book, shape, options, &[], read_request(shape), Some(&mut read))?;
    Ok((loaded, read))
}

/// As [`load`], with the accounts in the order of `account_ids` where these are all of them: an answer speaks of them in
/// the order they had when it was made.
///
/// # Errors
/// As [`load`].
pub fn load_in_order(
    book: &BookArgs,
    shape: &ShapeArgs,
    options: &OptionArgs,
    account_ids: &[&str],
) -> Result<Loaded, Findings> {
    load_plan(book, shape, options, account_ids, read_request(shape), None)
}

/// As [`load`], of a request that was read before and in which what was wished for is said already.
///
/// # Errors
/// As [`load`].
pub fn load_request(book: &BookArgs, shape: &ShapeArgs, request: proto::SolveRequest) -> Result<Loaded, Findings> {
    load_plan(book, shape, &OptionArgs::default(), &[], Ok(PlanFile::of(request)), None)
}

fn load_plan(
    book: &BookArgs,
    shape: &ShapeArgs,
    options: &OptionArgs,
    account_ids: &[&str],
    plan: Result<PlanFile, Vec<Located>>,
    kept: Option<&mut Book>,
) -> Result<Loaded, Findings> {
    let wishes = Wishes::read(shape);
    let preview = plan.as_ref().ok().map(|plan| wishes.preview(&plan.request));
    let asked = asked(preview.as_ref(), &book.reading);
    let accounts = read_book(&book.accounts, &book.reading, &asked);
    let of_wishes = wishes.faults().to_vec();
    let (mut accounts, mut plan) = match (accounts, plan) {
        (Ok(accounts), Ok(plan)) => (accounts, plan),
        (Ok(accounts), Err(faults)) => return Err(faults_of_book_alone(accounts).and(faults).and(of_wishes)),
        (Err(faults), Ok(plan)) => return Err(faults.and(faults_of_plan_alone(&plan)).and(of_wishes)),
        (Err(of_accounts), Err(of_plan)) => return Err(of_accounts.and(of_plan).and(of_wishes)),
    };
    let order = order_of(&accounts.book, account_ids);
    if let Some(order) = &order {
        arrange(&mut accounts.book, order);
        arrange_findings(&mut accounts.warnings.kept, order);
    }
    accounts.book.findings.extend(accounts.warnings.kept.iter().map(|located| located.finding.clone()));
    places::fill_by(&mut accounts.book, &accounts.address, order.as_deref());
    let granted = wishes.apply(&mut plan, &mut accounts.book, &accounts.owner_labels);
    name_seats(&mut plan.request, &accounts.owner_labels, &accounts.book);
    override_options(&mut plan.request, options);
    if let Some(day) = &shape.stale {
        plan.request.options.get_or_insert_default().stale_before.clone_from(day);
        plan.said("options.stale_before", &Spot { source: format!("--stale {day}"), ..Spot::default() });
    }
    let (mut input, wire_faults) = decode::input(plan.request.clone());
    input.book = accounts.book;
    // A book with values that could not be read may lack the decimals that a limit needs.
    let of_limits = plan.settle_limits(&|measure| input.decimals(measure).filter(|_| !accounts.broken));
    plan.take_in(of_limits);
    input.rules = decode::rules(plan.request.rules.clone());
    carve_solver::tell_uses(&mut input);
    if let Some(kept) = kept {
        kept.clone_from(&input.book);
    }
    let columns = input.book.columns.clone();
    let of_reader = accounts.warnings.kept;
    let sources = Sources { accounts: accounts.name, origin: accounts.origin, plan, order, of_reader };
    let names = Names::of(&input.book.names);
    match Problem::of(input) {
        Ok(problem) if wire_faults.is_empty() && !accounts.broken && sources.plan.faults.is_empty() => {
            let remarks = Findings { kept: sources.plan.remarks.clone(), columns, omitted: 0 };
            let request = sources.plan.request.clone();
            Ok(Loaded { problem, request, granted, names, remarks, sources })
        }
        judged => {
            let found = judged.map_or_else(|findings| findings, |problem| carve_solver::findings(&problem));
            let partly = accounts.broken || !sources.plan.faults.is_empty();
            let of_reader = |f: &Finding| sources.of_reader.iter().any(|known| known.finding == *f);
            let found = found.into_iter().filter(|f| !of_reader(f));
            let found = wire_faults.into_iter().chain(found).filter(|f| !partly || f.severity == Severity::Error);
            let found: Vec<Located> = found.filter(|f| !sources.plan.explains(f)).map(|f| sources.locate(f)).collect();
            let read = Findings { kept: sources.of_reader, columns, omitted: 0 };
            Err(read.and(sources.plan.faults).and(sources.plan.remarks).and(found))
        }
    }
}

struct Sources {
    accounts: String,
    origin: Origin,
    plan: PlanFile,
    /// Where in the file the accounts stand, if not in their own order.
    order: Option<Vec<usize>>,
    /// What the reader of the accounts found, as the problem has it.
    of_reader: Vec<Located>,
}

impl Sources {
    fn locate(&self, mut finding: Finding) -> Located {
        if matches!(finding.place, Place::Plan(_)) {
            return self.plan.locate(finding);
        }
        // No column of the file tells of starts.
        if let (Code::StartUnknown, Some(spot)) = (finding.code, &self.plan.starts_from) {
            return spot.locate(Finding { place: Place::Plan(String::new()), ..finding });
        }
        // The reader knows where in the file its own findings are.
        let known = self.of_reader.iter().find(|known| known.finding == finding);
        let (line, column) = known.map_or_else(|| self.position(&finding.place), |known| (known.line, known.column));
        let also: Vec<u64> = finding.also().iter().map(|&at| self.line(at)).filter(|line| *line > 0).collect();
        if line > 0 && !also.is_empty() {
            let lines: Vec<String> = std::iter::once(&line).chain(&also).map(u64::to_string).collect();
            finding.message = format!("{} (first: lines {})", finding.message, lines.join(", "));
        }
        if let (Place::Account(account, _), Some(order)) = (&mut finding.place, &self.order) {
            *account = order[*account];
        }
        Located { finding, file: self.accounts.clone(), line, column }
    }

    /// The line that an account stands on; 0: it is not known.
    fn line(&self, account: usize) -> u64 {
        self.position(&Place::Account(account, String::new())).0
    }

    /// Line and column of a place in the accounts.
    fn position(&self, place: &Place) -> (u64, u64) {
        match (place, &self.order) {
            (Place::Account(account, field), Some(order)) => {
                self.origin.locate(&Place::Account(order[*account], field.clone()))
            }
            _ => self.origin.locate(place),
        }
    }
}

/// Where in the book each of `account_ids` stands; `None` when they stand so already, or are not all of its accounts.
fn order_of(book: &Book, account_ids: &[&str]) -> Option<Vec<usize>> {
    if account_ids.len() != book.account_ids.len() || book.account_ids.iter().eq(account_ids) {
        return None;
    }
    let at: HashMap<&str, usize> = book.account_ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let order: Vec<usize> = account_ids.iter().map(|id| at.get(id).copied()).collect::<Option<_>>()?;
    let mut taken = vec![false; order.len()];
    order.iter().all(|&at| !std::mem::replace(&mut taken[at], true)).then_some(order)
}

/// Puts the accounts into this order.
fn arrange(book: &mut Book, order: &[usize]) {
    fn column<T: Clone>(values: &mut Vec<T>, order: &[usize]) {
        if values.len() == order.len() {
            *values = order.iter().map(|&at| values[at].clone()).collect();
        }
    }
    for values in [&mut book.account_ids, &mut book.names, &mut book.parents, &mut book.current_owners] {
        column(values, order);
    }
    column(&mut book.places, order);
    book.measures.iter_mut().for_each(|measure| column(&mut measure.amounts, order));
    book.attributes.iter_mut().for_each(|attribute| column(&mut attribute.values, order));
}

/// Lets findings speak of the accounts by their numbers in this order.
fn arrange_findings(found: &mut [Located], order: &[usize]) {
    let mut number_of = vec![0; order.len()];
    order.iter().enumerate().for_each(|(number, &row)| number_of[row] = number);
    for located in found {
        if let Place::Account(row, _) = &mut located.finding.place {
            *row = number_of.get(*row).copied().unwrap_or(*row);
        }
    }
}

struct Accounts {
    name: String,
    book: Book,
    origin: Origin,
    /// Where the accounts are, as text.
    address: Address,
    /// What owners are called, where the book knows them by ids.
    owner_labels: Vec<OwnerLabel>,
    /// The reader's findings; errors among them when `broken`.
    warnings: Findings,
    /// Some values could not be read; the book serves to find its other faults only.
    broken: bool,
}

fn read_book(path: &Path, reading: &ReadArgs, asked: &Asked) -> Result<Accounts, Findings> {
    let name = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    let source =
        if path == Path::new("-") { Source::stream(name.as_str(), std::io::stdin()) } else { Source::path(path) };
    let options = TableOptions { sheet: reading.sheet.clone(), ..TableOptions::default() };
    match carve_reader::read(source, &options, asked) {
        Ok(file) => {
            let warnings = in_file(&name, file.warnings, file.book.columns.clone());
            let (book, origin, address, owner_labels) = (file.book, file.origin, file.address, file.owner_labels);
            Ok(Accounts { book, origin, address, owner_labels, warnings, broken: false, name })
        }
        Err(faults) => {
            let warnings = in_file(&name, faults.findings, faults.columns);
            match faults.rest {
                Some(rest) => {
                    let (book, origin) = *rest;
                    let (address, owner_labels) = (Address::default(), Vec::new());
                    Ok(Accounts { book, origin, address, owner_labels, warnings, broken: true, name })
                }
                None => Err(warnings),
            }
        }
    }
}

fn in_file(name: &str, found: Vec<LocatedFinding>, columns: Vec<Column>) -> Findings {
    let located = |LocatedFinding { finding, line, column }| Located { finding, file: name.to_owned(), line, column };
    Findings { kept: found.into_iter().map(located).collect(), omitted: 0, columns }
}

fn read_request(shape: &ShapeArgs) -> Result<PlanFile, Vec<Located>> {
    if let Some(path) = &shape.plan {
        let name = path.display().to_string();
        let bytes = read_up_to(path, PLAN_FILE_BYTES_MAX).map_err(|error| vec![unreadable(&name, &error)])?;
        return PlanFile::read_through(&name, &bytes);
    }
    Ok(PlanFile::default())
}

fn override_options(request: &mut proto::SolveRequest, given: &OptionArgs) {
    let options = request.options.get_or_insert_default();
    if let Some(limit) = given.time_limit {
        // What does not fit is longer than any limit; the solver refuses it.
        let most = prost_types::Duration { seconds: i64::MAX, nanos: 0 };
        options.time_limit = Some(prost_types::Duration::try_from(limit).unwrap_or(most));
    }
    options.gap_target = given.gap.or(options.gap_target);
    options.seed = given.seed.unwrap_or(options.seed);
    options.threads = given.threads.unwrap_or(options.threads);
    options.work_limit = given.work_limit.unwrap_or(options.work_limit);
    options.price_of_nesting |= given.price_of_nesting;
    options.thorough |= given.thorough;
}

/// What is wrong with the accounts whatever the plan, which could not be read.
fn faults_of_book_alone(accounts: Accounts) -> Findings {
    let seat = carve_solver::input::SeatInput { seat_id: "any".into(), ..Default::default() };
    let split = carve_solver::input::SplitInput::Seats { max_children: 0, seats: vec![seat] };
    let input = Input { book: accounts.book, split: Some(split), ..Default::default() };
    let (accounts_file, origin, plan) = (accounts.name, accounts.origin, PlanFile::default());
    let sources = Sources { accounts: accounts_file, origin, plan, order: None, of_reader: Vec::new() };
    let faults = Problem::of(input).err().unwrap_or_default().into_iter();
    let errors = faults.filter(|f| f.severity == Severity::Error && !matches!(f.place, Place::Plan(_)));
    let found: Vec<Located> = errors.map(|f| sources.locate(f)).collect();
    accounts.warnings.and(found)
}

/// What is wrong with the plan whatever the accounts, which could not be read.
fn faults_of_plan_alone(plan: &PlanFile) -> Vec<Located> {
    let (input, wire_faults) = decode::input(plan.request.clone());
    let faults = wire_faults.into_iter().chain(Problem::of(input).err().unwrap_or_default());
    let faults = faults
        .filter(|f| f.severity == Severity::Error && matches!(f.place, Place::Plan(_)))
        .filter(|f| !needs_accounts(f.code) && !plan.explains(f))
        .map(|f| plan.locate(f));
    plan.faults.iter().cloned().chain(faults).collect()
}

/// Whether a finding may only be there because the accounts are not.
fn needs_accounts(code: Code) -> bool {
    use Code::*;
    matches!(
        code,
        BookEmpty
            | SplitMissing
            | SplitEmpty
            | MeasureUnknown
            | MeasureDuplicate
            | ExpressionType
            | AttributeUnknown
            | FilterType
            | RuleAccountUnknown
            | RuleEmpty
            | NodeUnknown
            | SeatUnknown
    )
}

/// The bytes of a file of an answer, or of standard input for `-`.
///
/// # Errors
/// When it cannot be opened or read, or is too large.
pub fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    read_up_to(path, ANSWER_FILE_BYTES_MAX)
}

/// The bytes of a file, or of standard input for `-`; no more than `most` of them.
fn read_up_to(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more tells that there are more; what has no length, such as a pipe, is held to it too.
    match path == Path::new("-") {
        true => std::io::stdin().lock().take(most + 1).read_to_end(&mut bytes)?,
        false => std::fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?,
    };
    match bytes.len() as u64 > most {
        true => Err(std::io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// The finding for a file that cannot be read.
pub fn unreadable(name: &str, error: &std::io::Error) -> Located {
    let message = format!("cannot be read: {error}");
    let code = if error.kind() == ErrorKind::FileTooLarge { Code::FileTooLarge } else { Code::FileUnreadable };
    let finding = Finding::new(code, Place::Plan(String::new()), message);
    Located { finding, file: name.to_owned(), line: 0, column: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_overrides_the_plan_and_only_what_it_names() {
        let options = proto::Options { seed: 7, threads: 3, gap_target: Some(0.5), ..Default::default() };
        let mut request = proto::SolveRequest { options: Some(options), ..Default::default() };
        let given = OptionArgs { seed: Some(0), gap: Some(0.1), ..Default::default() };
        override_options(&mut request, &given);
        let options = request.options.expect("kept");
        assert_eq!((options.seed, options.threads, options.gap_target), (0, 3, Some(0.1)));
        assert_eq!(options.time_limit, None);
    }

    #[test]
    fn text_is_read_where_a_mix_or_a_filter_speaks_of_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let (accounts, plan) = (dir.path().join("accounts.csv"), dir.path().join("plan.yaml"));
        let csv = "account_id,name,state,role,segment\na,Ann,NY,hunter,smb\nb,Bob,CA,farmer,mid\n";
        std::fs::write(&accounts, csv).expect("written");
        let split = "split: {tree: {node_id: root, children: [{node_id: t0}, {node_id: t1}]}}";
        let tiers = "tiers: [{criteria: [{mix: {attribute: role}}, {balance: {measure: big}}]}]";
        let rules = "rules: [{rule_id: r, pin: {accounts: {filter: 'state == \"NY\"'}, node_id: t0}}]";
        let measures = "measures: [{measure: big, count_filter: 'name.startsWith(\"A\") && segment != \"mid\"'}]";
        std::fs::write(&plan, [split, tiers, rules, measures].join("\n")).expect("written");
        let shape = ShapeArgs { plan: Some(plan), ..Default::default() };
        let loaded =
            load(&BookArgs::of(&accounts), &shape, &OptionArgs::default()).map_err(|faults| format!("{faults:?}"));
        assert_eq!(loaded.map(|loaded| loaded.problem.account_count()), Ok(2));
    }

    #[test]
    fn faults_of_files_that_are_not_there_are_named_together() {
        let dir = tempfile::tempdir().expect("a folder");
        let shape = ShapeArgs { plan: Some(dir.path().join("no.yaml")), ..Default::default() };
        let faults =
            load(&BookArgs::of(&dir.path().join("no.csv")), &shape, &OptionArgs::default()).err().expect("refused");
        assert_eq!(faults.kept.len(), 2);
        assert!(faults.kept.iter().all(|f| f.finding.code == Code::FileUnreadable), "{faults:?}");
    }
}
