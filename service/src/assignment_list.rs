//! A list of who is to have which account, that somebody made: any table with a column of account ids and one of
//! territories or owners. Which columns these are is told by what stands in them.

use crate::files::Loaded;
use crate::findings::{Findings, Located};
use crate::plan_file::Spot;
use crate::wishes::{Meant, People, ambiguous, folded};
use carve_proto::v1::{Seat, split::Shape};
use carve_reader::{LocatedFinding, Source, Table, TableOptions, is_nobody, restore};
use carve_solver::counting::{is, many};
use carve_solver::standing::Holder;
use carve_solver::{Code, Problem, salesforce};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Headings of the column with territories or owners, in letters and digits alone; the first that is there is meant.
const HOLDERS: [&str; 17] = [
    "nodeid",
    "territory",
    "territoryid",
    "territoryname",
    "newowner",
    "newownerid",
    "newterritory",
    "seat",
    "seatid",
    "seller",
    "rep",
    "ownerid",
    "owner",
    "accountowner",
    "ownername",
    "hubspotownerid",
    "currentowner",
];
/// Ids and names shown of many.
const SHOWN: usize = 3;

/// A list, read beside a book.
pub struct AssignmentList {
    /// Who has each account, in the book's order; nobody has what the list lacks.
    pub holders: Vec<Holder>,
    /// How its columns were read, in a line.
    pub told: String,
    /// Warnings.
    pub remarks: Vec<Located>,
}

/// Reads the list beside the accounts and the plan that were loaded.
///
/// # Errors
/// Every fault: a file that is no table, no account of the book, an account that two have, a name that several have.
pub fn read(path: &Path, loaded: &Loaded) -> Result<AssignmentList, Findings> {
    let name = path.display().to_string();
    let source = if path == Path::new("-") { Source::stream("stdin", std::io::stdin()) } else { Source::path(path) };
    let located = |found: LocatedFinding| {
        let spot = Spot { source: name.clone(), line: found.line, column: found.column };
        spot.finding(found.finding.code, found.finding.message)
    };
    let table = Table::open(source, &TableOptions::default())
        .map_err(|faults| Findings::from(faults.findings.into_iter().map(located).collect::<Vec<Located>>()))?;
    let mut remarks: Vec<Located> = table.findings().iter().cloned().map(located).collect();
    let people = people(loaded);
    let accounts = Accounts::of(loaded);
    let columns = Columns::of(&table, &loaded.problem, &accounts, &people)?;
    let mut list = Reading { table: &table, accounts, people, known: HashMap::new(), faults: Vec::new() };
    let holders = list.holders(columns, &loaded.problem, &mut remarks);
    if !list.faults.is_empty() {
        return Err(list.faults.into());
    }
    let heading = |at: usize| &table.headings()[at];
    let told = format!("account <- {} · with <- {}", heading(columns.account), heading(columns.holder));
    Ok(AssignmentList { holders, told, remarks })
}

/// All whom a name may be meant for: seats, territories, and owners of today.
fn people(loaded: &Loaded) -> People {
    let seats: &[Seat] = match loaded.request.split.as_ref().and_then(|split| split.shape.as_ref()) {
        Some(Shape::Seats(seats)) => &seats.seats,
        Some(Shape::Tree(_) | Shape::Stages(_)) | None => &[],
    };
    let owners = &loaded.granted.owners;
    People::seats(seats, owners).with(owners.ids(), owners).with(loaded.problem.holding_ids(), owners)
}

/// The accounts of a book by their ids, and by their names, which are no ids but may be all that a list has.
struct Accounts<'a> {
    /// By what all forms of an id share.
    by_id: HashMap<&'a str, usize>,
    /// The same in lower case; `None`: several.
    by_letters: HashMap<String, Option<usize>>,
    /// By name, white space and case aside; `None`: several.
    by_name: HashMap<String, Option<usize>>,
}

/// What an account is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Id,
    Name,
}

impl<'a> Accounts<'a> {
    fn of(loaded: &'a Loaded) -> Accounts<'a> {
        let problem = &loaded.problem;
        let all = || 0..problem.account_count();
        let key = |account: usize| salesforce::key(problem.account_id(account));
        Accounts {
            by_id: all().map(|account| (key(account), account)).collect(),
            by_letters: alone(all().map(|account| (key(account).to_lowercase(), account))),
            by_name: alone(all().map(|account| (folded(loaded.names.get(account)), account))),
        }
    }

    /// The account with this id, and whether upper and lower case had to be left aside.
    fn find(&self, id: &str) -> Option<(usize, bool)> {
        let key = salesforce::key(id);
        let exact = self.by_id.get(key).map(|&account| (account, false));
        exact.or_else(|| self.by_letters.get(&key.to_lowercase()).copied().flatten().map(|account| (account, true)))
    }

    /// Whether a text is the name of an account, or of several.
    fn is_name(&self, text: &str) -> bool {
        !text.is_empty() && self.by_name.contains_key(&folded(text))
    }
}

/// What has a key alone; `None` at those that several have.
fn alone(all: impl Iterator<Item = (String, usize)>) -> HashMap<String, Option<usize>> {
    let mut found: HashMap<String, Option<usize>> = HashMap::new();
    for (key, account) in all {
        found.entry(key).and_modify(|known| *known = None).or_insert(Some(account));
    }
    found
}

/// The columns that are read.
#[derive(Debug, Clone, Copy)]
struct Columns {
    account: usize,
    /// What stands in it.
    by: By,
    holder: usize,
}

impl Columns {
    /// The column with most ids of the book's accounts; and the one that is called so, the only other one, or the one with
    /// most names of territories and owners.
    fn of(table: &Table, problem: &Problem, accounts: &Accounts, people: &People) -> Result<Columns, Findings> {
        let width = table.headings().len();
        let mut ids = vec![0_usize; width];
        let mut names = vec![0_usize; width];
        let mut of_accounts = vec![0_usize; width];
        let mut meant: HashMap<String, bool> = HashMap::new();
        table.for_each_row(|row| {
            for (at, cell) in row.cells.iter().enumerate().take(width) {
                let cell = restore(cell).trim();
                ids[at] += usize::from(accounts.find(cell).is_some());
                of_accounts[at] += usize::from(accounts.is_name(cell));
                if !meant.contains_key(cell) {
                    meant.insert(cell.to_owned(), people.meant(cell) != Meant::Nobody);
                }
                names[at] += usize::from(meant[cell]);
            }
        });
        let most = |counts: &[usize], but: Option<usize>| {
            let others = (0..width).filter(|at| Some(*at) != but && counts[*at] > 0);
            others.fold(None, |best: Option<usize>, at| Some(best.filter(|&b| counts[b] >= counts[at]).unwrap_or(at)))
        };
        let spot = Spot { source: table.name().to_owned(), line: table.heading_line(), column: 0 };
        let refused = |message: &str| Findings::from(vec![spot.finding(Code::ColumnMissing, message)]);
        let by_id = most(&ids, None).map(|at| (at, By::Id));
        let (account, by) = by_id.or_else(|| most(&of_accounts, None).map(|at| (at, By::Name))).ok_or_else(|| {
            refused("no column has ids of the book's accounts, nor names of them; is it another book's?")
        })?;
        let plain = |at: usize| -> String {
            table.headings()[at].chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let called = |name: &str| (0..width).find(|&at| at != account && plain(at) == name);
        let planned = problem.last_stage().and_then(|count| called(&format!("stage{count}")));
        let holder = planned
            .or_else(|| HOLDERS.iter().find_map(|name| called(name)))
            .or_else(|| (width == 2).then_some(1 - account))
            .or_else(|| most(&names, Some(account)));
        let holder = holder.ok_or_else(|| {
            refused("no column says who has the accounts; call it territory or owner, or leave two columns alone")
        })?;
        Ok(Columns { account, by, holder })
    }
}

/// What is known while the rows are read.
struct Reading<'a> {
    table: &'a Table,
    accounts: Accounts<'a>,
    people: People,
    /// Whom each name stands for.
    known: HashMap<String, Holder>,
    faults: Vec<Located>,
}

impl Reading<'_> {
    fn holders(&mut self, columns: Columns, problem: &Problem, remarks: &mut Vec<Located>) -> Vec<Holder> {
        let mut holders: Vec<Option<Holder>> = vec![None; problem.account_count()];
        let mut gone: Vec<String> = Vec::new();
        let mut by_letters: Vec<String> = Vec::new();
        let mut strangers: BTreeMap<String, usize> = BTreeMap::new();
        let table = self.table;
        table.for_each_row(|row| {
            let cell = |at: usize| restore(row.cells.get(at)).trim();
            let id = cell(columns.account);
            if id.is_empty() {
                return;
            }
            let holder = self.holder(cell(columns.holder), problem, (row.line, columns.holder), &mut strangers);
            let Some(account) = self.account(id, columns, row.line, &mut by_letters) else {
                return gone.push(id.to_owned());
            };
            let before = holders[account].replace(holder.clone());
            if before.is_some_and(|before| before != holder) {
                let message = format!("account {id:?} is there twice, with two holders; keep one row");
                self.fault((row.line, columns.account), Code::AccountIdDuplicate, message);
            }
        });
        let missing: Vec<&str> =
            (0..holders.len()).filter(|&a| holders[a].is_none()).map(|a| problem.account_id(a)).collect();
        let spot = Spot { source: table.name().to_owned(), ..Spot::default() };
        let mut differ = Vec::new();
        if columns.by == By::Name {
            let heading = &table.headings()[columns.account];
            differ.push(format!(
                "no column has ids of the book's accounts, so they are told by their names in {heading:?}, each of which is one \
                 account's; ids are safer"
            ));
        }
        if !by_letters.is_empty() {
            let (count, shown) = (by_letters.len(), first(&by_letters));
            let differs = if count == 1 { "differs" } else { "differ" };
            differ.push(format!(
                "{} {differs} from the book's in upper and lower case alone ({shown})",
                many(count, "id")
            ));
        }
        if !missing.is_empty() {
            let count = missing.len();
            let text = format!("{} of the book {} not in the list", many(count, "account"), is(count));
            differ.push(format!(
                "{text}, and nobody has {} ({})",
                if count == 1 { "it" } else { "them" },
                first(&missing)
            ));
        }
        if !gone.is_empty() {
            let text = format!("{} of the list {} not in the book", many(gone.len(), "account"), is(gone.len()));
            differ.push(format!("{text} ({})", first(&gone)));
        }
        if !differ.is_empty() {
            remarks.push(spot.finding(Code::AssignmentsDiffer, differ.join("; ")));
        }
        for (name, count) in strangers {
            let (advice, has) = (self.people.advice(&name), if count == 1 { "has" } else { "have" });
            let message =
                format!("{} {has} {name:?}, who is no territory of the plan; {advice}", many(count, "account"));
            remarks.push(spot.finding(Code::TerritoryUnknown, message));
        }
        holders.into_iter().map(|holder| holder.unwrap_or(Holder::Nobody)).collect()
    }

    /// The account that a row is of. Ids in other letters are listed; a name that several accounts have is a fault.
    fn account(&mut self, text: &str, columns: Columns, line: u64, by_letters: &mut Vec<String>) -> Option<usize> {
        if columns.by == By::Name {
            return match self.accounts.by_name.get(&folded(text)).copied() {
                Some(Some(account)) => Some(account),
                Some(None) => {
                    let message = format!(
                        "{text:?} is the name of several accounts of the book, and the list has no column with their ids; add one"
                    );
                    self.fault((line, columns.account), Code::ColumnMissing, message);
                    None
                }
                None => None,
            };
        }
        let (account, in_other_letters) = self.accounts.find(text)?;
        if in_other_letters {
            by_letters.push(text.to_owned());
        }
        Some(account)
    }

    /// Whom a cell means; who is unknown is counted.
    fn holder(
        &mut self,
        name: &str,
        problem: &Problem,
        place: (u64, usize),
        strangers: &mut BTreeMap<String, usize>,
    ) -> Holder {
        let key = folded(name);
        let known = self.known.get(name).or_else(|| self.known.get(&key)).cloned();
        let holder = known.unwrap_or_else(|| {
            let (key, holder) = match self.people.meant(name) {
                Meant::One(id) => {
                    (name.to_owned(), problem.holding_node(&id).map_or_else(|| Holder::Other(id.into()), Holder::Node))
                }
                Meant::Several(several) => {
                    self.fault(place, Code::OwnerAmbiguous, ambiguous(name, &several));
                    (name.to_owned(), Holder::Nobody)
                }
                Meant::Nobody if is_nobody(name) => (key, Holder::Nobody),
                Meant::Nobody => (key, Holder::Other(name.into())),
            };
            self.known.insert(key, holder.clone());
            holder
        });
        if let Holder::Other(other) = &holder {
            *strangers.entry(other.to_string()).or_default() += 1;
        }
        holder
    }

    fn fault(&mut self, (line, column): (u64, usize), code: Code, message: String) {
        let spot = Spot { source: self.table.name().to_owned(), line, column: column as u64 + 1 };
        self.faults.push(spot.finding(code, message));
    }
}

fn first<T: AsRef<str>>(ids: &[T]) -> String {
    let shown: Vec<String> = ids.iter().take(SHOWN).map(|id| format!("{:?}", id.as_ref())).collect();
    format!("{}{}", shown.join(", "), if ids.len() > SHOWN { ", …" } else { "" })
}
