//! Several books of the same accounts side by side: today's, lists, answers, and plans solved now. Every book is scored by the
//! tiers of one request; rules and shape are each one's own.

mod solve;

mod rows;

mod text;

mod markdown;

mod wire;

pub use markdown::markdown;
pub use rows::{Row, better, in_unit, rows};
pub use solve::{Shared, solve_all};
pub use text::{ended, headline, text};
pub use wire::encode;

use carve_proto::v1 as proto;
use carve_solver::comparison::{Compared, compare, differences, holder_names, whole};
use carve_solver::plan::{MeasureDescription, Reason};
use carve_solver::space::Point;
use carve_solver::standing::{Holder, Standing, standing};
use carve_solver::{Plan, Problem, ValueUnit};
use std::collections::HashMap;
use std::sync::Arc;

/// Books that are compared, at most.
pub const BOOKS_MAX: usize = 16;

/// Where a book comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Today's owners.
    Today,
    /// A list that somebody made.
    List,
    /// An answer that was there.
    Answer,
    /// A plan solved now.
    Solved,
}

/// One of the books.
#[derive(Debug, Clone)]
pub struct Book {
    /// What it is called.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// How it stands; `None`: the search found no plan.
    pub standing: Option<Standing>,
    /// Who has each account: a territory, somebody who is none, or nobody (empty). Empty where there is no plan.
    pub holders: Vec<Arc<str>>,
    /// What was proved of it; `None`: it is no plan of carve's.
    pub proof: Option<Proof>,
}

/// What was proved of a plan, under its own tiers.
#[derive(Debug, Clone)]
pub struct Proof {
    /// How the search ended.
    pub reason: Reason,
    /// The same in a sentence.
    pub detail: String,
    /// The gap of each of its tiers.
    pub gaps: Vec<f64>,
    /// Whether its tiers are those that all books are scored by.
    pub same_tiers: bool,
}

/// What was to be compared, and why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it would be called.
    pub name: String,
    /// Why, and what to do.
    pub reasons: Vec<String>,
}

/// The books side by side.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The books, in order.
    pub books: Vec<Book>,
    /// What they are compared in.
    pub compared: Vec<Compared>,
    /// The numbers of books that are not ranked: today's beside two to choose from, and those that leave more accounts
    /// without a territory than others.
    pub unranked: Vec<usize>,
    /// The criteria of each tier that scores them, and what their values are numbers of.
    pub tiers: Vec<Vec<(String, ValueUnit)>>,
    /// Whose tiers these are.
    pub scored_by: String,
    /// The measures of the first book, for the decimals of amounts.
    pub measures: Vec<MeasureDescription>,
    /// The accounts that not all books give to the same, by their numbers.
    pub differing: Vec<usize>,
    /// How many accounts there are.
    pub accounts: usize,
    /// What was refused.
    pub refused: Vec<Refused>,
}

/// A book that nobody searched for: today's, or a list; measured from the centres of its territories.
pub fn given(name: String, source: Source, problem: &Problem, holders: &[Holder]) -> Book {
    anchored(name, source, problem, holders, &[])
}

/// The same, measured from these anchors where there are some.
pub fn anchored(
    name: String,
    source: Source,
    problem: &Problem,
    holders: &[Holder],
    anchors: &[Option<Point>],
) -> Book {
    let standing = Some(standing(problem, holders, anchors));
    Book { name, source, standing, holders: holder_names(problem, holders), proof: None }
}

/// A plan, scored by the tiers of `problem`, which has the plan's accounts, in its own order, and its tree. `is_proved` says
/// whether what the plan says of its bounds was checked.
pub fn planned(
    name: String,
    source: Source,
    problem: &Problem,
    plan: &Plan,
    same_tiers: bool,
    is_proved: bool,
) -> Book {
    let termination = &plan.termination;
    let proof = is_proved.then(|| Proof {
        reason: termination.reason,
        detail: termination.detail.clone(),
        gaps: plan.tiers.iter().map(|tier| tier.gap).collect(),
        same_tiers,
    });
    if !plan.has_assignments() {
        return Book { name, source, standing: None, holders: Vec::new(), proof };
    }
    let (holders, anchors) = held(problem, plan);
    let standing = Some(standing(problem, &holders, &anchors));
    Book { name, source, standing, holders: holder_names(problem, &holders), proof }
}

/// Who has each account in a plan, and where its nodes have their anchors. Accounts that the plan lacks are with nobody.
pub fn held(problem: &Problem, plan: &Plan) -> (Vec<Holder>, Vec<Option<Point>>) {
    let number: Vec<Option<usize>> = plan.nodes.iter().map(|node| problem.node(&node.node_id)).collect();
    let holds: Vec<Option<usize>> = plan.nodes.iter().map(|node| problem.holding_node(&node.node_id)).collect();
    let at = |path: &[usize]| path.last().and_then(|leaf| *holds.get(*leaf)?).map_or(Holder::Nobody, Holder::Node);
    let by_id: HashMap<&str, Holder> = plan.assignments.iter().map(|a| (a.account_id.as_str(), at(&a.path))).collect();
    let holder = |account: usize| by_id.get(problem.account_id(account)).cloned().unwrap_or(Holder::Nobody);
    let mut anchors = vec![None; problem.node_count()];
    for (node, number) in plan.nodes.iter().zip(number) {
        if let Some(number) = number {
            anchors[number] = node.anchor;
        }
    }
    ((0..problem.account_count()).map(holder).collect(), anchors)
}

/// Puts the books side by side. `words` has the tiers that score them, and `scored_by` whose these are.
pub fn side_by_side(books: Vec<Book>, words: &Problem, scored_by: String) -> Comparison {
    let standings: Vec<Option<&Standing>> = books.iter().map(|book| book.standing.as_ref()).collect();
    // Beside two that may be chosen, today's book is what they are held against: nobody moves in it, of course.
    let stands = |book: &&Book| book.standing.is_some() && book.source != Source::Today;
    let choice = books.iter().filter(stands).count() > 1;
    let ranked: Vec<bool> = books.iter().map(|book| !choice || book.source != Source::Today).collect();
    let compared = compare(&standings, &ranked);
    let whole = whole(&standings, &ranked);
    let unranked = (0..books.len()).filter(|&book| books[book].standing.is_some() && !whole[book]).collect();
    let holders: Vec<Vec<Arc<str>>> =
        books.iter().filter(|book| book.standing.is_some()).map(|book| book.holders.clone()).collect();
    let named = |tier: Vec<(&str, ValueUnit)>| tier.into_iter().map(|(name, unit)| (name.to_owned(), unit)).collect();
    Comparison {
        compared,
        unranked,
        tiers: words.tier_criteria().map(named).collect(),
        scored_by,
        measures: standings.iter().flatten().next().map_or_else(Vec::new, |standing| standing.measures.clone()),
        differing: differences(&holders),
        accounts: words.account_count(),
        refused: Vec::new(),
        books,
    }
}

/// Whether a request has the tiers of another, and what they count is the same.
pub fn has_tiers_of(request: &proto::SolveRequest, words: &proto::SolveRequest) -> bool {
    request.tiers == words.tiers && words.measures.iter().all(|measure| request.measures.contains(measure))
}

/// The request with the tiers of another, and what these count.
pub fn with_tiers_of(request: &proto::SolveRequest, words: &proto::SolveRequest) -> proto::SolveRequest {
    let mut request = request.clone();
    request.tiers.clone_from(&words.tiers);
    request.measures.retain(|own| words.measures.iter().all(|measure| measure.measure != own.measure));
    request.measures.splice(0..0, words.measures.iter().cloned());
    request
}
