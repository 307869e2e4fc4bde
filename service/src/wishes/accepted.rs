//! `--accept` and `--reject`: moves of an earlier answer that stand, and moves that do not. Tables such as its moves.csv, or
//! rows of it.

use super::table::Table;
use crate::cli::ShapeArgs;
use crate::findings::Located;
use crate::plan_file::{PlanFile, Spot};
use carve_proto::v1::{self as proto, rule::Kind};
use carve_reader::restore;
use carve_solver::Code;
use carve_solver::counting::many;
use std::collections::BTreeMap;
use std::path::Path;

/// Headings of the column with the accounts, and with where they go; the first that is there is meant.
const ACCOUNT: &str = "account_id";
const TO: [&str; 2] = ["to", "node_id"];

/// The moves that are spoken of.
pub struct Wish {
    accepted: Option<Moves>,
    rejected: Option<Moves>,
}

/// Accounts by where they go.
struct Moves {
    spot: Spot,
    by_node: BTreeMap<String, Vec<String>>,
}

impl Wish {
    /// Reads the files.
    pub fn read(args: &ShapeArgs, faults: &mut Vec<Located>) -> Wish {
        let mut read = |flag: &str, path: Option<&Path>| {
            let path = path?;
            let spot = Spot { source: format!("{flag} {}", path.display()), ..Spot::default() };
            let read = Table::open(path).and_then(|table| Moves::of(&table, spot));
            read.map_err(|fault| faults.push(fault)).ok()
        };
        let (accept, reject) = (args.wishes.accept.as_deref(), args.wishes.reject.as_deref());
        Wish { accepted: read("--accept", accept), rejected: read("--reject", reject) }
    }

    /// Adds a rule for each territory that accounts go to, or must not.
    pub fn apply(self, plan: &mut PlanFile, won: &mut Vec<String>) {
        let Wish { accepted, rejected } = self;
        for (moves, stands) in [(accepted, true), (rejected, false)] {
            let Some(Moves { spot, by_node }) = moves else { continue };
            let count: usize = by_node.values().map(Vec::len).sum();
            let what = if stands { "kept where they go" } else { "kept from where they went" };
            won.push(format!("{}: {} {what}", spot.source, many(count, "move")));
            for (node, account_ids) in by_node {
                let accounts = Some(proto::AccountSelector { account_ids, ..proto::AccountSelector::default() });
                let (name, kind) = match stands {
                    true => ("accepted", Kind::Pin(proto::Pin { accounts, node_id: node.clone() })),
                    false => ("rejected", Kind::Forbid(proto::Forbid { accounts, node_ids: vec![node.clone()] })),
                };
                let rule_id = free_id(plan, &format!("{name}-{node}"));
                plan.said(&format!("rules[{}]", plan.request.rules.len()), &spot);
                plan.request.rules.push(proto::Rule { rule_id, kind: Some(kind) });
            }
        }
    }
}

impl Moves {
    fn of(table: &Table, spot: Spot) -> Result<Moves, Located> {
        let column = |names: &[&str]| names.iter().find_map(|name| table.headings().iter().position(|h| h == name));
        let missing = |name: &str| {
            let message = format!("there is no column {name}; give rows of moves.csv, with account_id and to");
            table.spot(1, 0).finding(Code::ColumnMissing, message)
        };
        let account = column(&[ACCOUNT]).ok_or_else(|| missing(ACCOUNT))?;
        let to = column(&TO).ok_or_else(|| missing(TO[0]))?;
        let mut node_of: BTreeMap<String, String> = BTreeMap::new();
        let mut fault = None;
        table.for_each_row(|line, cells| {
            let cell = |at: usize| restore(cells.get(at).unwrap_or_default()).trim().to_owned();
            let (id, node) = (cell(account), cell(to));
            let wrong = if id.is_empty() {
                Some((account, "the row names no account".to_owned()))
            } else if node.is_empty() {
                Some((to, format!("account {id:?} goes nowhere; say where")))
            } else {
                let before = node_of.insert(id.clone(), node.clone()).filter(|before| *before != node);
                before.map(|before| (to, format!("account {id:?} goes to {before:?} and to {node:?}; keep one row")))
            };
            if let Some((column, message)) = wrong
                && fault.is_none()
            {
                fault = Some(table.spot(line, column).finding(Code::FlagInvalid, message));
            }
        })?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        let mut by_node: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (account, node) in node_of {
            by_node.entry(node).or_default().push(account);
        }
        Ok(Moves { spot, by_node })
    }
}

/// A rule id that the plan does not have.
fn free_id(plan: &PlanFile, name: &str) -> String {
    let taken = |id: &str| plan.request.rules.iter().any(|rule| rule.rule_id == id);
    let mut id = name.to_owned();
    while taken(&id) {
        id.push('_');
    }
    id
}
