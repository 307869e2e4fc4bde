//! Who leaves their owner, and why.

use super::{called, table};
use crate::findings::printable;
use crate::terminal::Terminal;
use crate::wishes::Owners;
use carve_report::Names;
use carve_solver::Plan;
use carve_solver::counting::{does, many};
use carve_solver::plan::{Assignment, MoveCode};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Moves shown, the largest.
const MOVES_SHOWN_MAX: usize = 10;

/// How many accounts move for each reason, and the largest moves with theirs; empty when nothing moves. `amounts` are
/// those of `measure` by account, see [`carve_solver::Problem::move_sizes`]; `names` are the accounts', and `owners` know what
/// owners are called; `rest` says where all moves are.
pub fn moves(
    plan: &Plan,
    (measure, amounts): (&str, &[i64]),
    names: &Names,
    owners: &Owners,
    rest: &str,
    terminal: Terminal,
) -> String {
    let moved = |(at, assignment): (usize, &'_ Assignment)| assignment.moved.then_some(at);
    let mut moves: Vec<usize> = plan.assignments.iter().enumerate().filter_map(moved).collect();
    if moves.is_empty() {
        return String::new();
    }
    let code = |at: usize| plan.assignments[at].move_reason.as_ref().map(|reason| reason.code);
    let counts = MoveCode::ALL.iter().filter_map(|&one| {
        let count = moves.iter().filter(|&&at| code(at) == Some(one)).count();
        (count > 0).then(|| format!("{count} {}", one.as_str()))
    });
    let counts: Vec<String> = counts.collect();
    let mut text = match nobody_stays(plan) {
        Some(owners) => {
            let who = if owners == 1 { "the one owner".to_owned() } else { format!("any of the {owners} owners") };
            let line = format!(
                "No territory of this plan is named after {who} of today, so {} {} as owner_left, whoever gets which \
                 territory; who keeps what is known once the territories are sellers' seats (--seats, --seats-file)",
                many(moves.len(), "account"),
                does(moves.len(), "count")
            );
            return terminal.wrapped("  ", "  ", &line);
        }
        None => {
            let of = many(plan.assignments.len(), "account");
            terminal.wrapped("  ", "    ", &format!("{} of {of}: {}", moves.len(), counts.join(", ")))
        }
    };
    let amount = |at: usize| amounts.get(at).copied().unwrap_or(0);
    let larger = |a: &usize, b: &usize| {
        let ids = || plan.assignments[*a].account_id.cmp(&plan.assignments[*b].account_id);
        amount(*b).cmp(&amount(*a)).then_with(ids)
    };
    if moves.len() > MOVES_SHOWN_MAX {
        moves.select_nth_unstable_by(MOVES_SHOWN_MAX, larger);
    }
    let more = moves.len().saturating_sub(MOVES_SHOWN_MAX);
    moves.truncate(MOVES_SHOWN_MAX);
    moves.sort_unstable_by(larger);
    for at in moves {
        let assignment = &plan.assignments[at];
        let to = plan.nodes.get(assignment.territory).map_or_else(String::new, called);
        let owner = plan.nodes.iter().find(|node| node.territory && *node.node_id == *assignment.current_owner);
        let from = owner.map_or_else(|| printable(&owners.called(&assignment.current_owner)), called);
        let id = match printable(names.get(at)) {
            name if name.is_empty() => printable(&assignment.account_id),
            name => format!("{name} {}", printable(&assignment.account_id)),
        };
        let size = table::short(plan.amount(measure, amount(at)), plan.decimals(measure));
        let mut line = format!("{id} ({measure} {size}) from {from} to {to}");
        if let Some(reason) = &assignment.move_reason {
            // Whom it leaves stands there already.
            let detail = if reason.code == MoveCode::OwnerLeft { String::new() } else { printable(&reason.detail) };
            let _ = write!(line, ": {}{}{detail}", reason.code.as_str(), if detail.is_empty() { "" } else { ": " });
        }
        text += &terminal.wrapped("  ", "    ", &line);
    }
    if more > 0 {
        let _ = writeln!(text, "  and {more} more{rest}");
    }
    text
}

/// How many owners there are today where none of them is a territory of the plan; `None` where one is.
fn nobody_stays(plan: &Plan) -> Option<usize> {
    let owners: BTreeSet<&str> = plan.assignments.iter().map(|a| &*a.current_owner).filter(|o| !o.is_empty()).collect();
    let stays = plan.nodes.iter().any(|node| node.territory && owners.contains(node.node_id.as_str()));
    (!stays && !owners.is_empty()).then_some(owners.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode_plan::tests::sample;

    #[test]
    fn moves_are_counted_and_the_largest_named() {
        let mut plan = sample();
        let moved = plan.assignments[2].clone();
        plan.assignments.truncate(2);
        for (i, code) in [MoveCode::Balance, MoveCode::OwnerLeft].into_iter().cycle().take(11).enumerate() {
            let mut one = Assignment { account_id: format!("m{i:02}"), ..moved.clone() };
            one.move_reason.iter_mut().for_each(|reason| reason.code = code);
            plan.assignments.push(one);
        }
        let amounts: Vec<i64> = (0..13).map(|i| i * 1_000).collect();
        let wide = Terminal { width: 200, colour: false };
        let called: Vec<String> = (0..13).map(|i| if i == 12 { "Ann's shop".into() } else { String::new() }).collect();
        let names = Names::of(&called);
        let text = moves(&plan, ("open_pipeline", &amounts), &names, &Owners::default(), " in moves.csv", wide);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "  11 of 13 accounts: 5 owner_left, 6 balance");
        assert_eq!(
            lines[1],
            "  Ann's shop m10 (open_pipeline 12.0k) from east to west: balance: staying would put east's open_pipeline at +9.2 % (band 5 %)"
        );
        assert_eq!(lines[11], "  and 1 more in moves.csv");
        assert!(lines[10].starts_with("  m01 "), "{text}");
        plan.assignments.truncate(2);
        assert_eq!(moves(&plan, ("open_pipeline", &amounts), &names, &Owners::default(), " in moves.csv", wide), "");
    }
}
