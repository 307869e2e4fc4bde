//! `--previous`: the territories of an earlier answer, as today's owners or as where the work starts.

use super::table::Table;
use crate::cli::{PreviousAs, ShapeArgs};
use crate::findings::Located;
use crate::plan_file::{PlanFile, Spot};
use carve_proto::v1::{self as proto, split::Shape};
use carve_reader::restore;
use carve_report::OwnersInBook;
use carve_solver::counting::{does, has, is, many, they};
use carve_solver::input::Book;
use carve_solver::{Code, Finding, Place};
use std::collections::{HashMap, HashSet};

/// An earlier answer: where it has each account.
pub struct Previous {
    spot: Spot,
    used_as: PreviousAs,
    /// The number of an account's row.
    rows: HashMap<String, usize>,
    /// The territory of each row.
    territories: Vec<String>,
    /// Of a planned stage, by its count, the node of each row; empty where the territories are owners.
    stages: Vec<(i32, Vec<String>)>,
}

/// The table of an answer that tells of each account's territory.
const FILE: &str = "assignments.csv";
/// A planned stage's column is called so, with its count behind it.
const STAGE: &str = "stage_";

/// Ids shown of many.
const IDS_SHOWN: usize = 3;

impl Previous {
    /// Reads `assignments.csv` of the folder that is named, or the file itself.
    pub fn read(args: &ShapeArgs, faults: &mut Vec<Located>) -> Option<Previous> {
        let given = args.wishes.previous.as_ref()?;
        let path = if given.is_file() { given.clone() } else { given.join(FILE) };
        let spot = Spot { source: format!("--previous {}", given.display()), ..Spot::default() };
        // Moves that are accepted are moves from the owners of the book: the answer is where the work starts.
        let picks = args.wishes.accept.is_some() || args.wishes.reject.is_some();
        let unless_said = if picks { PreviousAs::Start } else { PreviousAs::default() };
        let used_as = args.wishes.previous_as.unwrap_or(unless_said);
        let read = Table::open(&path).and_then(|table| Previous::of(&table, spot, used_as));
        read.map_err(|fault| faults.push(fault)).ok()
    }

    fn of(table: &Table, spot: Spot, used_as: PreviousAs) -> Result<Previous, Located> {
        let column = |name: &str| {
            let missing = || {
                let message = format!("there is no column {name}; is this an answer of carve solve?");
                table.spot(1, 0).finding(Code::ColumnMissing, message)
            };
            table.headings().iter().position(|heading| heading == name).ok_or_else(missing)
        };
        let (account, node) = (column("account_id")?, column("node_id")?);
        let count_of = |heading: &String| heading.strip_prefix(STAGE)?.parse::<i32>().ok();
        let planned = table.headings().iter().enumerate().filter(|_| used_as == PreviousAs::Start);
        let planned: Vec<(usize, i32)> = planned.filter_map(|(at, heading)| Some((at, count_of(heading)?))).collect();
        let mut stages: Vec<(i32, Vec<String>)> = planned.iter().map(|&(_, count)| (count, Vec::new())).collect();
        let (mut rows, mut territories, mut doubled) = (HashMap::new(), Vec::new(), None);
        table.for_each_row(|line, cells| {
            let cell = |at: usize| restore(cells.get(at).unwrap_or_default()).to_owned();
            if rows.insert(cell(account), territories.len()).is_some() && doubled.is_none() {
                doubled = Some((line, cell(account)));
            }
            territories.push(cell(node));
            planned.iter().zip(&mut stages).for_each(|(&(at, _), (_, nodes))| nodes.push(cell(at)));
        })?;
        match doubled {
            None => Ok(Previous { spot, used_as, rows, territories, stages }),
            Some((line, id)) => {
                let message = format!("account {id:?} is there twice");
                Err(table.spot(line, account).finding(Code::AccountIdDuplicate, message))
            }
        }
    }

    /// Puts the territories into the book as owners, if they are meant so. Gives whom the book has as owner of each account
    /// that gets another.
    pub fn apply_owners(&self, plan: &mut PlanFile, book: &mut Book, won: &mut Vec<String>) -> OwnersInBook {
        let mut in_book = OwnersInBook::new();
        if self.used_as != PreviousAs::Owners || !self.tell_differences(plan, book) {
            return in_book;
        }
        let mut replaced = 0_usize;
        book.current_owners.resize(book.account_ids.len(), String::new());
        for (account, owner) in book.account_ids.iter().zip(&mut book.current_owners) {
            if let Some(&row) = self.rows.get(account) {
                let territory = &self.territories[row];
                replaced += usize::from(!owner.is_empty() && owner != territory);
                if owner != territory {
                    in_book.insert(account.clone(), std::mem::replace(owner, territory.clone()));
                }
            }
        }
        if replaced > 0 {
            won.push(format!(
                "{}: {} {} another owner there than in the book",
                self.spot.source,
                many(replaced, "account"),
                has(replaced)
            ));
        }
        in_book
    }

    /// Lets the accounts start where the answer has them, if that is what is meant: at the last planned stage that the plan
    /// has, too, else at their territory. Owners stay as they are. The plan must have its shape.
    pub fn apply_starts(&self, plan: &mut PlanFile, book: &mut Book, won: &mut Vec<String>) {
        if self.used_as != PreviousAs::Start || !self.tell_differences(plan, book) {
            return;
        }
        let counts = match plan.request.split.as_ref().and_then(|split| split.shape.as_ref()) {
            Some(Shape::Stages(proto::Stages { counts, .. })) => counts.as_slice(),
            Some(Shape::Tree(_) | Shape::Seats(_)) | None => &[],
        };
        let last = self.stages.iter().filter(|(count, _)| counts.contains(count)).max_by_key(|(count, _)| *count);
        let nodes = last.map_or(&self.territories, |(_, nodes)| nodes);
        let node_of = |account: &String| self.rows.get(account).map_or_else(String::new, |&row| nodes[row].clone());
        book.starts = book.account_ids.iter().map(node_of).collect();
        let count = book.starts.iter().filter(|node| !node.is_empty()).count();
        let stage = last.map_or_else(String::new, |(count, _)| format!(" in its column {STAGE}{count}"));
        won.push(format!(
            "{}: {} {} where that answer has {}{stage}; owners are those of the book",
            self.spot.source,
            many(count, "account"),
            does(count, "start"),
            if count == 1 { "it" } else { "them" },
        ));
        plan.starts_from = Some(self.spot.clone());
    }

    /// Tells which accounts only one of the two has; whether there is any that both have.
    fn tell_differences(&self, plan: &mut PlanFile, book: &Book) -> bool {
        let missing: Vec<&str> =
            book.account_ids.iter().filter(|id| !self.rows.contains_key(*id)).map(String::as_str).collect();
        if missing.len() == book.account_ids.len() && !missing.is_empty() {
            let message = "no account of the book is in that answer; is it another book's?";
            plan.take_in([self.spot.finding(Code::FlagInvalid, message)]);
            return false;
        }
        let mut gone = Vec::new();
        // As many as the book has are all of them.
        if self.rows.len() + missing.len() > book.account_ids.len() {
            let here: HashSet<&str> = book.account_ids.iter().map(String::as_str).collect();
            gone = self.rows.keys().map(String::as_str).filter(|id| !here.contains(id)).collect();
            gone.sort_unstable();
        }
        if !missing.is_empty() || !gone.is_empty() {
            let message = format!("{}{}", self.newcomers(&missing), left(&gone));
            let finding = Finding::new(Code::PreviousDiffers, Place::Plan(String::new()), message.trim_end());
            plan.take_in([self.spot.locate(finding)]);
        }
        true
    }

    fn newcomers(&self, accounts: &[&str]) -> String {
        let n = accounts.len();
        let instead = match self.used_as {
            _ if n == 0 => return String::new(),
            PreviousAs::Owners => format!("{} the owner {} {}", does(n, "keep"), they(n), has(n)),
            PreviousAs::Start => {
                format!("{} where {} owner is", does(n, "start"), if n == 1 { "its" } else { "their" })
            }
        };
        let of_book = many(n, "account");
        format!("{of_book} of the book {} not in that answer and {instead} ({}). ", is(n), first(accounts))
    }
}

fn left(accounts: &[&str]) -> String {
    match accounts.len() {
        0 => String::new(),
        n => format!("{} of that answer {} no longer in the book ({}).", many(n, "account"), is(n), first(accounts)),
    }
}

fn first(ids: &[&str]) -> String {
    let shown: Vec<String> = ids.iter().take(IDS_SHOWN).map(|id| format!("{id:?}")).collect();
    format!("{}{}", shown.join(", "), if ids.len() > IDS_SHOWN { ", …" } else { "" })
}
