//! `--pool`: seats that stand outside the balance.

use super::Said;
use super::owners::{advice, meant};
use super::tree;
use crate::findings::Located;
use crate::plan_file::PlanFile;
use carve_proto::v1 as proto;
use carve_solver::Code;

/// Takes a leaf right below the root of a tree out of the balance; what the tree says of its share gives way.
pub(super) fn take_out_of_tree(
    root: &mut proto::Node,
    pooled: &[Said<String>],
    plan: &mut PlanFile,
    won: &mut Vec<String>,
) {
    for pool in pooled {
        let id = meant(&pool.value, tree::leaves(root).into_iter()).map(String::from);
        let Some(id) = id else {
            let known: Vec<String> = tree::leaves(root).into_iter().map(String::from).collect();
            plan.take_in([unknown(pool, &known)]);
            continue;
        };
        let Some(at) = root.children.iter().position(|child| child.node_id == id && child.children.is_empty()) else {
            let message = format!(
                "{id:?} hangs below a side of the tree of {}; only what hangs right below its root can be taken out of the balance",
                plan.name()
            );
            plan.take_in([pool.finding(Code::FlagInvalid, message)]);
            continue;
        };
        let leaf = &mut root.children[at];
        let gone = [leaf.share.take().map(|_| "share"), leaf.anchor.take().map(|_| "anchor")];
        won.push(line(pool, leaf.outside_balance, &gone, plan));
        leaf.outside_balance = true;
        plan.said(&format!("split.tree.children[{at}].outside_balance"), &pool.spot());
    }
    won.retain(|line| !line.is_empty());
}

/// Takes seats out of the balance, each with whether it stands in the plan file: what that says of its share gives way.
pub(super) fn take_out<'a>(
    seats: impl Iterator<Item = (&'a mut proto::Seat, bool)>,
    pooled: &[Said<String>],
    plan: &mut PlanFile,
    won: &mut Vec<String>,
) {
    let mut seats: Vec<(&mut proto::Seat, bool)> = seats.collect();
    for pool in pooled {
        let ids: Vec<String> = seats.iter().map(|(seat, _)| seat.seat_id.clone()).collect();
        let Some(id) = meant(&pool.value, ids.iter().map(String::as_str)) else {
            plan.take_in([unknown(pool, &ids)]);
            continue;
        };
        for (seat, in_plan) in seats.iter_mut().filter(|(seat, _)| seat.seat_id == id) {
            if *in_plan {
                let gone = [
                    seat.share.take().map(|_| "share"),
                    seat.capacity.take().map(|_| "capacity"),
                    seat.ramp.take().map(|_| "ramp"),
                    seat.home.take().map(|_| "home"),
                ];
                won.push(line(pool, seat.outside_balance, &gone, plan));
            }
            seat.outside_balance = true;
        }
    }
    won.retain(|line| !line.is_empty());
}

/// What gives way in the plan file; empty where nothing does.
fn line(pool: &Said<String>, already: bool, gone: &[Option<&str>], plan: &PlanFile) -> String {
    let gone: Vec<&str> = gone.iter().flatten().copied().collect();
    match (already, gone.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("{}: it has a share in {}, and has none now", pool.flag, plan.name()),
        (_, false) => format!("{}: its {} in {} gives way", pool.flag, gone.join(", "), plan.name()),
    }
}

fn unknown(pool: &Said<String>, known: &[String]) -> Located {
    let advice = advice(&pool.value, known.iter().map(String::as_str));
    let message = format!("there is no seat {:?} to take out of the balance; {advice}", pool.value);
    pool.finding(Code::OwnerNotFound, message)
}
