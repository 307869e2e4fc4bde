//! `--pool`: seats that stand outside the balance.

use super::Said;
use super::owners::{Meant, Owners, People, ambiguous};
use super::tree;
use crate::plan_file::PlanFile;
use carve_proto::v1 as proto;
use carve_solver::Code;

/// Takes a leaf right below the root of a tree out of the balance; what the tree says of its share gives way.
pub(super) fn take_out_of_tree(
    root: &mut proto::Node,
    pooled: &[Said<String>],
    owners: &Owners,
    plan: &mut PlanFile,
    won: &mut Vec<String>,
) {
    for pool in pooled {
        let leaves = People::default().with(tree::leaves(root).into_iter(), owners);
        let Some(id) = whom(pool, &leaves, plan) else { continue };
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
    people: &People,
    plan: &mut PlanFile,
    won: &mut Vec<String>,
) {
    let mut seats: Vec<(&mut proto::Seat, bool)> = seats.collect();
    for pool in pooled {
        let Some(id) = whom(pool, people, plan) else { continue };
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

/// The id of the seat that is to be taken out; a fault where that is none, or may be several.
fn whom(pool: &Said<String>, people: &People, plan: &mut PlanFile) -> Option<String> {
    let (code, message) = match people.meant(&pool.value) {
        Meant::One(id) => return Some(id),
        Meant::Several(several) => (Code::OwnerAmbiguous, ambiguous(&pool.value, &several)),
        Meant::Nobody => {
            let advice = people.advice(&pool.value);
            let message = format!(
                "there is no seat {:?} to take out of the balance; {advice}; a new one is made by --add-seat beside --pool",
                pool.value
            );
            (Code::OwnerNotFound, message)
        }
    };
    plan.take_in([pool.finding(code, message)]);
    None
}
