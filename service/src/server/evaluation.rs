//! `EvaluatePlan`: a plan that someone else made, or today's book, in the words of a plan.

use crate::{decode, encode, standings};
use carve_proto::v1 as proto;
use carve_solver::space::Point;
use carve_solver::standing::{Holder, holders_today, standing};
use carve_solver::{Code, Finding, Patience, Place, Problem};

/// The answer, or what is wrong with the request.
pub fn evaluate(
    request: proto::EvaluatePlanRequest,
    patience: Patience,
) -> Result<proto::EvaluatePlanResponse, Vec<Finding>> {
    let problem = decode::problem_within(request.solve_request.unwrap_or_default(), patience)?;
    let mut faults = Vec::new();
    let holders = holders(&problem, &request.assignments, request.todays_book, &mut faults);
    let anchors = anchors(&problem, &request.anchors, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut response = proto::EvaluatePlanResponse::default();
    if !request.todays_book {
        let leaf = |holder: &Holder| match holder {
            Holder::Node(node) => problem.leaf_of_node(*node),
            Holder::Other(_) | Holder::Nobody => None,
        };
        let leaf_of: Vec<usize> = holders.iter().filter_map(leaf).collect();
        response.plan = Some(encode::plan(&carve_solver::evaluate(&problem, &leaf_of, &anchors)));
    }
    response.standing = Some(standings::encode(&standing(&problem, &holders, &anchors)));
    Ok(response)
}

/// Who has each account: the node that it is assigned to, and without an assignment its current owner, where today's book is
/// asked for; else that is a fault.
pub fn holders(
    problem: &Problem,
    assignments: &[proto::Assignment],
    todays_book: bool,
    faults: &mut Vec<Finding>,
) -> Vec<Holder> {
    let assigned = assigned(problem, assignments, todays_book, faults);
    let today = if todays_book { holders_today(problem) } else { vec![Holder::Nobody; assigned.len()] };
    today.into_iter().zip(assigned).map(|(today, node)| node.map_or(today, Holder::Node)).collect()
}

/// The node that each account is assigned to: a leaf, or in today's book a territory too. An account without one is a fault
/// but in today's book.
fn assigned(
    problem: &Problem,
    assignments: &[proto::Assignment],
    todays_book: bool,
    faults: &mut Vec<Finding>,
) -> Vec<Option<usize>> {
    let mut node_of: Vec<Option<usize>> = vec![None; problem.account_count()];
    let mut fault = |index: usize, field: &str, text: String| {
        let place = Place::Plan(format!("assignments[{index}].{field}"));
        faults.push(Finding::new(Code::AssignmentInvalid, place, text));
    };
    for (index, given) in assignments.iter().enumerate() {
        let (field, id) = match given.leaf_node_id.as_str() {
            "" => ("node_id", &given.node_id),
            _ => ("leaf_node_id", &given.leaf_node_id),
        };
        let account = problem.account(&given.account_id);
        if account.is_none() {
            fault(index, "account_id", format!("account {:?} is not in the book", given.account_id));
        }
        let node = problem.holding_node(id).filter(|&node| todays_book || problem.leaf_of_node(node).is_some());
        if node.is_none() {
            let what = if todays_book { "neither leaf nor territory" } else { "no leaf" };
            fault(index, field, format!("{id:?} is {what} of the split"));
        }
        if let Some(account) = account
            && node_of[account].replace(node.unwrap_or_default()).is_some()
        {
            fault(index, "account_id", format!("account {:?} is assigned twice", given.account_id));
        }
    }
    let missing = node_of.iter().filter(|node| node.is_none()).count();
    if missing > 0 && !todays_book {
        let text = format!(
            "{missing} accounts of the book have no assignment; give each exactly one, or set todays_book to leave them with \
             their owners"
        );
        faults.push(Finding::new(Code::AssignmentInvalid, Place::Plan("assignments".into()), text));
    }
    node_of
}

/// The anchor of each node that one is given for.
pub fn anchors(problem: &Problem, given: &[proto::LeafAnchor], faults: &mut Vec<Finding>) -> Vec<Option<Point>> {
    let mut anchors = vec![None; problem.node_count()];
    for (index, anchor) in given.iter().enumerate() {
        let place = anchor.anchor.unwrap_or_default();
        faults.extend(decode::inexact(anchor.anchor.as_ref(), &format!("anchors[{index}].anchor")));
        let point = anchor.anchor.and_then(|a| Point::new(a.latitude, a.longitude));
        match (problem.node(&anchor.node_id).filter(|&n| problem.has_anchor(n)), point) {
            (Some(node), Some(point)) => anchors[node] = Some(point),
            (None, _) => faults.push(Finding::new(
                Code::AnchorUnknown,
                Place::Plan(format!("anchors[{index}].node_id")),
                format!("{:?} is no leaf of the split, nor a node that distances count to", anchor.node_id),
            )),
            (_, None) => {
                let latitude_is_good = (-90.0..=90.0).contains(&place.latitude) && anchor.anchor.is_some();
                let (code, field) = match latitude_is_good {
                    true => (Code::LongitudeOutOfRange, "longitude"),
                    false => (Code::LatitudeOutOfRange, "latitude"),
                };
                let text = format!("({}, {}) is no point on Earth", place.latitude, place.longitude);
                faults.push(Finding::new(code, Place::Plan(format!("anchors[{index}].anchor.{field}")), text));
            }
        }
    }
    anchors
}
