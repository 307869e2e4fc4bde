//! What outputs are made of: a plan, and what the book says of its accounts.

use crate::names::Names;
use crate::run::Run;
use carve_solver::plan::{Assignment, NodeResult};
use carve_solver::space::Point;
use carve_solver::{Plan, Problem};
use std::borrow::Cow;
use std::collections::HashMap;

/// An answer that has assignments, with what the book says of their accounts, in the same order.
pub struct Answer<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// One for each assignment.
    pub(crate) places: Vec<Option<Point>>,
    names: &'a Names,
    /// Every measure of the plan, in the order of the nodes' measures.
    pub(crate) measures: Vec<Amounts<'a>>,
    rows: FindingRows<'a>,
    /// Headings chosen for assignments.csv; empty: the usual ones.
    pub(crate) columns: &'a [String],
    /// Territories by id, as an account's owner names them.
    territories: HashMap<&'a str, usize>,
    /// Half-widths of the bands of each measure that has one, relative to the target, at levels 1, 2, …
    bands: HashMap<&'a str, Vec<f64>>,
    /// The measure that moves are told in, by its place; 0: their count.
    pub(crate) sized: usize,
    /// What each tier was decided at, before later ones took what it gives back; empty: not known.
    pub(crate) decided: Vec<f64>,
    /// Of what book it is; `None`: it is not at hand.
    pub(crate) problem: Option<&'a Problem>,
    /// The run that made the plan; `None`: nothing is known of it.
    pub(crate) run: Option<&'a Run>,
    /// Owners in the book that are not those of the plan; `None`: there are none.
    in_book: Option<&'a OwnersInBook>,
}

/// Whom a book has as owner of accounts that count as owned by others, by the accounts' ids; empty: nobody.
pub type OwnersInBook = HashMap<String, String>;

/// A measure's amounts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amounts<'a> {
    pub measure: &'a str,
    /// Decimals that people write it with.
    pub decimals: u8,
    /// One for each assignment.
    pub amounts: &'a [i64],
}

/// Gives what was found in the input row by row, as often as it is asked: one output may write it after the other.
pub type FindingRows<'a> = &'a dyn Fn() -> Box<dyn Iterator<Item = FindingRow<'a>> + 'a>;

/// A row that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindingRow<'a> {
    /// The finding's code.
    pub code: &'static str,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// The account; empty: it is about no single one.
    pub account_id: Cow<'a, str>,
    /// The account's name.
    pub name: Cow<'a, str>,
    /// 1-based line of the file; 0: not from one.
    pub line: u64,
    /// What stands there.
    pub value: Cow<'a, str>,
    /// What is wrong, and what to do.
    pub what_to_do: Cow<'a, str>,
}

impl<'a> Answer<'a> {
    /// Of a plan of this problem.
    pub fn of(problem: &'a Problem, plan: &'a Plan, names: &'a Names, rows: FindingRows<'a>) -> Answer<'a> {
        let places = (0..problem.account_count()).map(|account| problem.place(account)).collect();
        let measures =
            problem.amounts().map(|(measure, amounts)| Amounts { measure, decimals: plan.decimals(measure), amounts });
        let measures: Vec<Amounts<'a>> = measures.collect();
        let moved = problem.move_sizes().0;
        let sized = measures.iter().position(|of| of.measure == moved).unwrap_or(0);
        let mut answer = Answer::new(plan, places, names, measures, rows);
        (answer.problem, answer.sized) = (Some(problem), sized);
        answer.decided = carve_solver::decided_values(problem, plan);
        for (measure, levels) in problem.bands() {
            match answer.bands.get_mut(measure) {
                // Of two bands of one measure the narrower counts.
                Some(others) => others.iter_mut().zip(levels).for_each(|(other, own)| *other = other.min(own)),
                None => _ = answer.bands.insert(measure, levels),
            }
        }
        answer
    }

    /// Of a plan whose book is not at hand: no places, and no amounts.
    pub fn bare(plan: &'a Plan, names: &'a Names, rows: FindingRows<'a>) -> Answer<'a> {
        Answer::new(plan, vec![None; plan.assignments.len()], names, Vec::new(), rows)
    }

    pub(crate) fn new(
        plan: &'a Plan,
        places: Vec<Option<Point>>,
        names: &'a Names,
        measures: Vec<Amounts<'a>>,
        rows: FindingRows<'a>,
    ) -> Answer<'a> {
        let territories = plan.nodes.iter().enumerate().filter(|(_, node)| node.territory);
        let territories = territories.map(|(index, node)| (node.node_id.as_str(), index)).collect();
        let (bands, columns) = (HashMap::new(), &[][..]);
        Answer {
            plan,
            places,
            names,
            measures,
            rows,
            columns,
            territories,
            bands,
            sized: 0,
            decided: Vec::new(),
            problem: None,
            run: None,
            in_book: None,
        }
    }

    /// The same book with the accounts of those who hold them in `plan`, which is no plan of carve's: `territories` are its
    /// nodes that stand for a territory of the plan that was asked for, and `rows` what was found in the input.
    pub(crate) fn held_as<'b>(&'b self, plan: &'b Plan, territories: &[usize], rows: FindingRows<'b>) -> Answer<'b> {
        let Answer { places, names, measures, columns, bands, sized, problem, run, in_book, .. } = self;
        let id = |&node: &usize| (plan.nodes[node].node_id.as_str(), node);
        Answer {
            plan,
            places: places.clone(),
            names,
            measures: measures.clone(),
            rows,
            columns,
            territories: territories.iter().map(id).collect(),
            bands: bands.clone(),
            sized: *sized,
            decided: Vec::new(),
            problem: *problem,
            run: *run,
            in_book: *in_book,
        }
    }

    /// With the run that made the plan, of which `report.html` tells.
    pub fn with_run(self, run: &'a Run) -> Answer<'a> {
        Answer { run: Some(run), ..self }
    }

    /// With whom the book has as owner of accounts that count as owned by others, as after an earlier answer.
    pub fn with_owners(self, in_book: &'a OwnersInBook) -> Answer<'a> {
        Answer { in_book: Some(in_book), ..self }
    }

    /// How far a node of this level may be off its target in a measure; `None`: the measure has no band there.
    pub(crate) fn tolerance(&self, measure: &str, level: usize) -> Option<f64> {
        self.bands.get(measure)?.get(level.checked_sub(1)?).copied()
    }

    /// With these columns in assignments.csv, of which [`ChosenColumns`](crate::ChosenColumns) knows; none: the usual.
    pub fn with_columns(self, columns: &'a [String]) -> Answer<'a> {
        Answer { columns, ..self }
    }

    /// The territory that owns an account today; `None`: nobody does, or somebody who is not in the plan.
    pub(crate) fn owner(&self, assignment: &Assignment) -> Option<usize> {
        self.territories.get(&*assignment.current_owner).copied()
    }

    /// Whom the book has as owner of an account, whoever counts as its owner; empty: nobody.
    pub(crate) fn owner_in_book<'b>(&'b self, assignment: &'b Assignment) -> &'b str {
        let other = self.in_book.and_then(|owners| owners.get(assignment.account_id.as_str()));
        other.map_or(&*assignment.current_owner, String::as_str)
    }

    /// As [`owner`](Answer::owner), of the owner that the book has.
    pub(crate) fn holder_in_book(&self, assignment: &Assignment) -> Option<usize> {
        self.territory(self.owner_in_book(assignment))
    }

    /// Whether an account leaves the owner that the book has.
    pub(crate) fn leaves_book(&self, assignment: &Assignment) -> bool {
        match self.in_book.is_some_and(|owners| owners.contains_key(assignment.account_id.as_str())) {
            true => {
                let owner = self.owner_in_book(assignment);
                !owner.is_empty() && self.territory(owner) != Some(assignment.territory)
            }
            false => assignment.moved,
        }
    }

    /// The node with this id, if it is a territory.
    pub(crate) fn territory(&self, node_id: &str) -> Option<usize> {
        self.territories.get(node_id).copied()
    }

    /// The territories in tree order.
    pub(crate) fn nodes_in_force(&self) -> impl Iterator<Item = (usize, &'a NodeResult)> {
        self.plan.nodes.iter().enumerate().filter(|(_, node)| node.territory)
    }

    /// The name of an account; empty where it has none.
    pub(crate) fn name(&self, account: usize) -> &'a str {
        self.names.get(account)
    }

    /// What was found in the input, row by row.
    pub(crate) fn finding_rows(&self) -> Box<dyn Iterator<Item = FindingRow<'a>> + 'a> {
        (self.rows)()
    }
}

/// The name that people know a node by; empty where it has none.
pub(crate) fn display_name(node: &NodeResult) -> &str {
    node.seat.as_ref().map_or("", |seat| &seat.display_name)
}

/// Whether somebody else holds a seat's territory until a day to come: it is to be hired, or covered until it starts.
pub(crate) fn waits(node: &NodeResult) -> bool {
    let waits = |seat: &carve_solver::plan::SeatResult| {
        seat.to_be_hired || !(seat.start_date.is_empty() || seat.covering_seat_id.is_empty())
    };
    node.seat.as_ref().is_some_and(waits)
}
