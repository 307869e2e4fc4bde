//! `--previous`: the territories of an earlier answer as today's owners.

use super::table::Table;
use crate::cli::ShapeArgs;
use crate::findings::Located;
use crate::plan_file::{PlanFile, Spot};
use carve_reader::restore;
use carve_solver::counting::{does, has, is, many, they};
use carve_solver::input::Book;
use carve_solver::{Code, Finding, Place};
use std::collections::HashMap;

/// An earlier answer: the territory of each account.
pub struct Previous {
    spot: Spot,
    territories: HashMap<String, String>,
}

/// The table of an answer that tells of each account's territory.
const FILE: &str = "assignments.csv";

/// Ids shown of many.
const IDS_SHOWN: usize = 3;

impl Previous {
    /// Reads `assignments.csv` of the folder that is named, or the file itself.
    pub fn read(args: &ShapeArgs, faults: &mut Vec<Located>) -> Option<Previous> {
        let given = args.wishes.previous.as_ref()?;
        let path = if given.is_file() { given.clone() } else { given.join(FILE) };
        let spot = Spot { source: format!("--previous {}", given.display()), ..Spot::default() };
        let read = Table::open(&path).and_then(|table| territories(&table));
        read.map(|territories| Previous { spot, territories }).map_err(|fault| faults.push(fault)).ok()
    }

    /// Puts the territories into the book as owners.
    pub fn apply(self, plan: &mut PlanFile, book: &mut Book, won: &mut Vec<String>) {
        let Previous { spot, mut territories } = self;
        let (mut missing, mut replaced) = (Vec::new(), 0_usize);
        book.current_owners.resize(book.account_ids.len(), String::new());
        for (account, owner) in book.account_ids.iter().zip(&mut book.current_owners) {
            match territories.remove(account) {
                Some(territory) => {
                    replaced += usize::from(!owner.is_empty() && *owner != territory);
                    *owner = territory;
                }
                None => missing.push(account.as_str()),
            }
        }
        if missing.len() == book.account_ids.len() && !missing.is_empty() {
            plan.take_in([
                spot.finding(Code::FlagInvalid, "no account of the book is in that answer; is it another book's?")
            ]);
            return;
        }
        let mut gone: Vec<&str> = territories.keys().map(String::as_str).collect();
        gone.sort_unstable();
        if !missing.is_empty() || !gone.is_empty() {
            let message = format!("{}{}", new(&missing), left(&gone));
            let finding = Finding::new(Code::PreviousDiffers, Place::Plan(String::new()), message.trim_end());
            plan.take_in([spot.locate(finding)]);
        }
        if replaced > 0 {
            won.push(format!(
                "{}: {} {} another owner there than in the book",
                spot.source,
                many(replaced, "account"),
                has(replaced)
            ));
        }
    }
}

fn new(accounts: &[&str]) -> String {
    match accounts.len() {
        0 => String::new(),
        n => format!(
            "{} of the book {} not in that answer and {} the owner {} {} ({}). ",
            many(n, "account"),
            is(n),
            does(n, "keep"),
            they(n),
            has(n),
            first(accounts)
        ),
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

fn territories(table: &Table) -> Result<HashMap<String, String>, Located> {
    let column = |name: &str| {
        let missing = || {
            table
                .spot(1, 0)
                .finding(Code::ColumnMissing, format!("there is no column {name}; is this an answer of carve solve?"))
        };
        table.headings().iter().position(|heading| heading == name).ok_or_else(missing)
    };
    let (account, node) = (column("account_id")?, column("node_id")?);
    let mut found = HashMap::new();
    let mut doubled = None;
    table.for_each_row(|line, cells| {
        let cell = |at: usize| restore(cells.get(at).unwrap_or_default()).to_owned();
        if found.insert(cell(account), cell(node)).is_some() && doubled.is_none() {
            doubled = Some((line, cell(account)));
        }
    })?;
    match doubled {
        None => Ok(found),
        Some((line, id)) => {
            Err(table.spot(line, account).finding(Code::AccountIdDuplicate, format!("account {id:?} is there twice")))
        }
    }
}
