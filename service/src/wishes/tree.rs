//! Seats dropped from, and added to, a tree that a plan file gives node by node.

use crate::plan_file::{PlanFile, Spot};
use carve_proto::v1 as proto;

/// The leaves below a node as seats, each with its part of the whole: what a node says of its own share holds for all below.
pub fn seats(node: &proto::Node) -> Vec<proto::Seat> {
    let mut found = Vec::new();
    collect(node, 1.0, &mut found);
    found
}

fn collect(node: &proto::Node, factor: f64, found: &mut Vec<proto::Seat>) {
    for child in &node.children {
        // Where a node states no share of its own, its children's are parts of the same whole as its siblings'.
        if child.outside_balance {
            let (seat_id, outside_balance) = (child.node_id.clone(), true);
            found.push(proto::Seat { seat_id, outside_balance, ..Default::default() });
            continue;
        }
        let own = child.share.filter(|_| !child.children.is_empty());
        let below: f64 = child.children.iter().map(share).sum();
        let factor = own.map_or(factor, |own| factor * own / below);
        if child.children.is_empty() {
            let share = child.share.map(|share| share * factor).or_else(|| (factor != 1.0).then_some(factor));
            found.push(proto::Seat { seat_id: child.node_id.clone(), share, home: child.anchor, ..Default::default() });
        } else {
            collect(child, factor, found);
        }
    }
}

/// The share of a node: its own, else the sum of its children's, 1 for a leaf.
fn share(node: &proto::Node) -> f64 {
    let below = || node.children.iter().map(share).sum();
    node.share.unwrap_or_else(|| if node.children.is_empty() { 1.0 } else { below() })
}

/// Ids of the leaves below a node.
pub fn leaves(node: &proto::Node) -> Vec<&str> {
    if node.children.is_empty() {
        return vec![&node.node_id];
    }
    node.children.iter().flat_map(leaves).collect()
}

/// Ids of a node and of all below it.
pub fn ids(node: &proto::Node) -> Vec<&str> {
    std::iter::once(node.node_id.as_str()).chain(node.children.iter().flat_map(ids)).collect()
}

/// Takes the leaf of this id away, and sides that are empty then; whether it was there.
pub fn drop_leaf(root: &mut proto::Node, id: &str, plan: &mut PlanFile) -> bool {
    drop_below(root, id, "split.tree", plan)
}

fn drop_below(node: &mut proto::Node, id: &str, path: &str, plan: &mut PlanFile) -> bool {
    let list = format!("{path}.children");
    for at in 0..node.children.len() {
        let child = &mut node.children[at];
        let found = if child.children.is_empty() {
            child.node_id == id
        } else {
            drop_below(child, id, &format!("{list}[{at}]"), plan)
        };
        if found {
            if child.children.is_empty() {
                node.children.remove(at);
                let stay: Vec<Option<usize>> = (0..=node.children.len()).filter(|&n| n != at).map(Some).collect();
                plan.rearranged(&list, &stay);
            }
            return true;
        }
    }
    false
}

/// Adds a seat as a leaf where the tree has one level; else says so.
pub fn add_leaf(root: &mut proto::Node, seat: &proto::Seat, spot: &Spot, plan: &mut PlanFile) -> bool {
    if root.children.iter().any(|child| !child.children.is_empty()) {
        return false;
    }
    let (node_id, anchor) = (seat.seat_id.clone(), seat.home);
    plan.said(&format!("split.tree.children[{}]", root.children.len()), spot);
    root.children.push(proto::Node { node_id, share: seat.capacity, anchor, ..Default::default() });
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> (PlanFile, proto::Node) {
        let plan = PlanFile::read("plan.yaml", text.as_bytes()).expect("well-formed");
        let Some(proto::split::Shape::Tree(root)) = plan.request.split.clone().and_then(|s| s.shape) else {
            panic!("no tree")
        };
        (plan, root)
    }

    const DEEP: &str = "split: {tree: {node_id: root, children: [
      {node_id: east, share: 3, children: [{node_id: a}, {node_id: b, share: 2}]},
      {node_id: west, children: [{node_id: c}]}]}}";

    #[test]
    fn leaves_become_seats_with_their_parts_of_the_whole() {
        let (_, root) = plan(DEEP);
        let shares: Vec<(String, f64)> =
            seats(&root).into_iter().map(|s| (s.seat_id, s.share.unwrap_or(1.0))).collect();
        assert_eq!(shares, [("a".into(), 1.0), ("b".into(), 2.0), ("c".into(), 1.0)]);
        let (_, doubled) = plan(&DEEP.replace("share: 3", "share: 6"));
        let shares: Vec<f64> = seats(&doubled).into_iter().map(|s| s.share.unwrap_or(1.0)).collect();
        assert_eq!(shares, [2.0, 4.0, 1.0]);
    }

    #[test]
    fn a_side_that_is_empty_goes_with_its_last_leaf() {
        let (mut file, mut root) = plan(DEEP);
        assert!(drop_leaf(&mut root, "c", &mut file));
        assert_eq!(leaves(&root), ["a", "b"]);
        assert!(drop_leaf(&mut root, "a", &mut file));
        assert_eq!(ids(&root), ["root", "east", "b"]);
        assert!(!drop_leaf(&mut root, "nobody", &mut file));
        let path = carve_solver::Place::Plan("split.tree.children[0].children[0].share".into());
        let located = file.locate(carve_solver::Finding::new(carve_solver::Code::ShareInvalid, path, ""));
        assert_eq!((located.line, located.column), (2, 78), "b stands where a stood");
    }

    #[test]
    fn only_a_tree_of_one_level_takes_another_leaf() {
        let seat = proto::Seat { seat_id: "d".into(), capacity: Some(0.5), ..Default::default() };
        let (mut file, mut root) = plan(DEEP);
        assert!(!add_leaf(&mut root, &seat, &Spot::default(), &mut file));
        let (mut file, mut root) = plan("split: {tree: {node_id: root, children: [{node_id: a}]}}");
        assert!(add_leaf(&mut root, &seat, &Spot::default(), &mut file));
        assert_eq!((leaves(&root), root.children[1].share), (vec!["a", "d"], Some(0.5)));
    }
}
