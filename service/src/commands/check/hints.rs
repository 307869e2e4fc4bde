//! What an answer that does not hold was probably made with: flags that were left out of the check.

use crate::files::Loaded;
use carve_solver::Plan;

/// Names shown of many.
const NAMES_SHOWN: usize = 5;

/// What to give to the check as it was given to the solve; empty: nothing tells that a flag was forgotten.
pub(super) fn forgotten(loaded: &Loaded, plan: &Plan) -> Vec<String> {
    let problem = &loaded.problem;
    let mut hints = Vec::new();
    let only: Vec<&str> =
        plan.nodes.iter().map(|node| node.node_id.as_str()).filter(|id| problem.node(id).is_none()).collect();
    if !only.is_empty() || plan.nodes.len() != problem.node_count() {
        let which = match only.as_slice() {
            [] => format!("{} nodes, where these flags ask for {}", plan.nodes.len(), problem.node_count()),
            ids => {
                let more = ids.len().saturating_sub(NAMES_SHOWN);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("{}{more}, which these flags do not ask for", ids[..ids.len().min(NAMES_SHOWN)].join(", "))
            }
        };
        hints.push(format!(
            "the answer has {which}: give the --plan, --seats, --drop-owner, --add-seat, --seats-file or --stages that it was solved with"
        ));
    }
    let criteria = plan.tiers.iter().flat_map(|tier| &tier.criteria).map(|result| result.criterion.as_str());
    if !criteria.eq(problem.criteria()) {
        let named: Vec<&str> = plan.tiers.iter().flat_map(|t| &t.criteria).map(|c| c.criterion.as_str()).collect();
        hints.push(format!(
            "the answer is good at {}: give the --measure or --plan that it was solved with",
            named.join(", ")
        ));
    }
    let owner = |(account, assignment): (usize, &carve_solver::plan::Assignment)| {
        account < problem.account_count() && *assignment.current_owner != *problem.current_owner(account)
    };
    let others = plan.assignments.iter().enumerate().filter(|&both| owner(both)).count();
    if others > 0 {
        hints.push(format!(
            "the answer has another owner of {}: give the --previous (and --previous-as) that it was solved with, or the accounts as they were then",
            carve_solver::counting::many(others, "account")
        ));
    }
    if hints.is_empty() {
        hints.push(
            "if the answer was solved with --tolerance, --protect, --pin, --max, --stale or --decimal-mark, give them here, too".into(),
        );
    }
    hints
}
