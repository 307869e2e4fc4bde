//! `ComparePlans`: plans solved now, lists and today's book, side by side.

use super::evaluation;
use crate::comparison::{self, BOOKS_MAX, Book, Source, planned, side_by_side};
use crate::worker::frames::Frame;
use crate::{decode, decode_plan, encode};
use carve_proto::v1 as proto;
use carve_proto::v1::comparison_case::Kind;
use carve_solver::plan::Limit;
use carve_solver::space::Point;
use carve_solver::standing::{Holder, holders_today};
use carve_solver::{Code, Finding, Patience, Place, Plan, Problem};
use std::collections::HashSet;
use std::time::Duration;

/// A request that was read.
pub struct Cases {
    /// The request whose tiers score all.
    words: Problem,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    what: What,
}

enum What {
    Given(Source, Vec<Holder>, Vec<Option<Point>>),
    Solved(Box<Solved>),
}

struct Solved {
    /// As it is asked for.
    problem: Problem,
    /// With the tiers that score all; `None`: they are its own.
    scored: Option<Problem>,
    /// What the worker is sent.
    frame: Vec<u8>,
}

/// What came of a plan that was to be solved.
pub enum Answered {
    /// A plan, as the worker sent it.
    Plan(Box<proto::Plan>),
    /// None before this limit.
    None(Limit),
}

impl Cases {
    /// Reads all cases.
    ///
    /// # Errors
    /// Every finding of the first request or case that is at fault.
    pub fn read(request: proto::ComparePlansRequest, patience: Patience) -> Result<Cases, Vec<Finding>> {
        let words = request.solve_request.unwrap_or_default();
        let problem = decode::problem_within(words.clone(), patience)?;
        let mut faults = Vec::new();
        if !(2..=BOOKS_MAX).contains(&request.cases.len()) {
            let text = format!("{} cases are to be compared; give 2 to {BOOKS_MAX}", request.cases.len());
            faults.push(Finding::new(Code::CaseInvalid, Place::Plan("cases".into()), text));
            return Err(faults);
        }
        let mut names = HashSet::new();
        let mut cases = Vec::new();
        for (index, case) in request.cases.into_iter().enumerate() {
            let path = format!("cases[{index}]");
            let name = if case.name.is_empty() { format!("case {}", index + 1) } else { case.name };
            if !names.insert(name.clone()) {
                let place = Place::Plan(format!("{path}.name"));
                faults.push(Finding::new(Code::CaseInvalid, place, format!("two cases are called {name:?}")));
            }
            match what(&problem, &words, case.kind, &path, patience) {
                Ok(what) => cases.push(Case { name, what }),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(Cases { words: problem, cases }) } else { Err(faults) }
    }

    /// What is to be sent to workers, in the order of the cases that are solved.
    pub fn frames(&self) -> Vec<Vec<u8>> {
        self.solved().map(|solved| solved.frame.clone()).collect()
    }

    /// The time that all solves share.
    pub fn time(&self) -> Duration {
        self.solved().map(|solved| solved.problem.time_limit()).max().unwrap_or_default()
    }

    fn solved(&self) -> impl Iterator<Item = &Solved> {
        self.cases.iter().filter_map(|case| match &case.what {
            What::Solved(solved) => Some(&**solved),
            What::Given(..) => None,
        })
    }

    /// The answer.
    ///
    /// # Errors
    /// What is wrong with a plan that does not pass the check.
    pub fn answer(self, answered: Vec<Answered>) -> Result<proto::ComparePlansResponse, Vec<String>> {
        let (mut books, mut plans): (Vec<Book>, Vec<Option<proto::Plan>>) = (Vec::new(), Vec::new());
        let mut answered = answered.into_iter();
        for Case { name, what } in self.cases {
            match what {
                What::Given(source, holders, anchors) => {
                    books.push(comparison::anchored(name, source, &self.words, &holders, &anchors));
                    plans.push(None);
                }
                What::Solved(solved) => {
                    let plan = checked(&solved.problem, answered.next())?;
                    let same_tiers = solved.scored.is_none();
                    let scored = solved.scored.as_ref().unwrap_or(&solved.problem);
                    books.push(planned(name, Source::Solved, scored, &plan, same_tiers, true));
                    plans.push(Some(proto::Plan { certificate: None, ..encode::frame(&plan) }));
                }
            }
        }
        let comparison = side_by_side(books, &self.words, String::new());
        let comparison = comparison::encode(&comparison, &self.words, plans);
        Ok(proto::ComparePlansResponse { comparison: Some(comparison) })
    }
}

fn what(
    problem: &Problem,
    words: &proto::SolveRequest,
    kind: Option<Kind>,
    path: &str,
    patience: Patience,
) -> Result<What, Vec<Finding>> {
    match kind {
        None => {
            let text = "give one of todays_book, assignments and solve_request";
            Err(vec![Finding::new(Code::CaseInvalid, Place::Plan(path.to_owned()), text)])
        }
        Some(Kind::TodaysBook(_)) => Ok(What::Given(Source::Today, holders_today(problem), Vec::new())),
        Some(Kind::Assignments(list)) => {
            let mut faults = Vec::new();
            let holders = evaluation::holders(problem, &list.assignments, list.todays_book, &mut faults);
            let anchors = evaluation::anchors(problem, &list.anchors, &mut faults);
            if faults.is_empty() {
                return Ok(What::Given(Source::List, holders, anchors));
            }
            Err(faults.into_iter().map(|fault| below(&format!("{path}.assignments"), fault)).collect())
        }
        Some(Kind::SolveRequest(own)) => solved(words, own, patience)
            .map(|solved| What::Solved(Box::new(solved)))
            .map_err(|faults| faults.into_iter().map(|fault| below(&format!("{path}.solve_request"), fault)).collect()),
    }
}

/// A request without accounts, with those of the first one.
fn solved(words: &proto::SolveRequest, own: proto::SolveRequest, patience: Patience) -> Result<Solved, Vec<Finding>> {
    if !own.accounts.is_empty() {
        let text = "the accounts are those of solve_request; leave them out here";
        return Err(vec![Finding::new(Code::CaseInvalid, Place::Plan("accounts".into()), text)]);
    }
    let whole = proto::SolveRequest { accounts: words.accounts.clone(), ..own };
    let is_same = comparison::has_tiers_of(&whole, words);
    let scored =
        (!is_same).then(|| decode::problem_within(comparison::with_tiers_of(&whole, words), patience)).transpose()?;
    let frame = Frame::Request(whole);
    let unsent = |_| vec![Finding::new(Code::AccountsTooMany, Place::Book, "the request is too large to be solved")];
    let bytes = frame.bytes().map_err(unsent)?;
    let Frame::Request(whole) = frame else { unreachable!("it was made of a request") };
    Ok(Solved { problem: decode::problem_within(whole, patience)?, scored, frame: bytes })
}

/// The finding, in a case.
fn below(path: &str, finding: Finding) -> Finding {
    let place = match &finding.place {
        Place::Plan(inner) => Place::Plan(format!("{path}.{inner}")),
        other => other.clone(),
    };
    Finding { place, ..finding }
}

/// The plan, checked here: the worker's word is not enough.
fn checked(problem: &Problem, answered: Option<Answered>) -> Result<Plan, Vec<String>> {
    let plan = match answered {
        Some(Answered::Plan(plan)) => *plan,
        Some(Answered::None(limit)) => return Ok(carve_solver::none_found(problem, limit, problem.time_limit())),
        None => return Err(vec!["a plan is missing".into()]),
    };
    let mut plan = decode_plan::plan(plan).map_err(|fault| vec![fault.to_string()])?;
    let check = carve_solver::check(problem, &plan);
    if !check.ok() {
        return Err(check.faults);
    }
    plan.check = check;
    Ok(plan)
}
