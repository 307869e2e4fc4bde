//! Explanations in a worker: the request read, the solver asked, the answer encoded.

use crate::{decode, decode_plan, explanations};
use carve_proto::v1 as proto;
use carve_solver::inquiry::{Asked, explain_account, explain_infeasible, explain_rules, names};
use carve_solver::{Code, Control, Finding, Place, Plan, Problem};
use prost::Message;

/// Ids that a message lists of those there are.
const SHOWN: usize = 5;

/// An account, or what is wrong with the request.
pub fn account(request: proto::ExplainAccountRequest, control: &Control) -> Result<Vec<u8>, Vec<Finding>> {
    let (problem, plan) = read(request.solve_request, request.plan)?;
    let asked = Asked::of(&problem, &plan).map_err(|why| vec![fault("plan", why.to_string())])?;
    let id = &request.account_id;
    let mut faults = Vec::new();
    let account = problem.account(id);
    if account.is_none() {
        faults.push(fault("account_id", format!("account {id:?} is not in the book")));
    }
    let mut to = Vec::new();
    for (number, id) in request.territory_ids.iter().enumerate() {
        match problem.territory_ids().any(|known| known == id).then(|| problem.node(id)).flatten() {
            Some(node) => to.push(node),
            None => {
                faults.push(fault(&format!("territory_ids[{number}]"), format!("{id:?} is no territory of the split")))
            }
        }
    }
    let (Some(account), true) = (account, faults.is_empty()) else { return Err(faults) };
    let found = explain_account(&asked, account, &to, control);
    Ok(proto::ExplainAccountResponse { account: Some(explanations::account(&found)) }.encode_to_vec())
}

/// What rules cost, or what is wrong with the request.
pub fn rules(request: proto::ExplainRulesRequest, control: &Control) -> Result<Vec<u8>, Vec<Finding>> {
    let (problem, plan) = read(request.solve_request, request.plan)?;
    let asked = Asked::of(&problem, &plan).map_err(|why| vec![fault("plan", why.to_string())])?;
    let id = Some(request.rule_id.as_str()).filter(|id| !id.is_empty());
    let found = explain_rules(&asked, id, request.time_limit.is_some(), control).ok_or_else(|| {
        let known = names(&problem);
        let some: Vec<&str> = known.iter().take(SHOWN).map(String::as_str).collect();
        vec![fault("rule_id", format!("{:?} is no rule of the plan; there are {}", request.rule_id, some.join(", ")))]
    })?;
    Ok(proto::ExplainRulesResponse { rules: Some(explanations::rules(&found)) }.encode_to_vec())
}

/// Why there is no plan, or what is wrong with the request.
pub fn infeasible(request: proto::ExplainInfeasibleRequest, control: &Control) -> Result<Vec<u8>, Vec<Finding>> {
    let problem = decode::problem(request.solve_request.unwrap_or_default())?;
    let found = explain_infeasible(&problem, control);
    Ok(proto::ExplainInfeasibleResponse { infeasibility: Some(explanations::infeasibility(&found)) }.encode_to_vec())
}

fn read(request: Option<proto::SolveRequest>, plan: Option<proto::Plan>) -> Result<(Problem, Plan), Vec<Finding>> {
    let problem = decode::problem(request.unwrap_or_default())?;
    let plan = plan.ok_or_else(|| vec![fault("plan", "there is no plan to be asked".into())])?;
    let plan = decode_plan::plan(plan).map_err(|error| vec![fault("plan", error.to_string())])?;
    Ok((problem, plan))
}

fn fault(path: &str, message: String) -> Finding {
    Finding::new(Code::AssignmentInvalid, Place::Plan(path.to_owned()), message)
}
