//! The baseline: nearest anchor with room. Families in order of regret (what second best costs over best, summed
//! over their accounts) each go to the nearest anchor whose territory still has room for them; room is an equal part
//! of the accounts, rounded up. It balances the count of accounts and nothing else.

use carve_solver::input::{Book, NodeInput, RawPlace};
use carve_solver::space::Point;

/// Leaf of each account.
pub fn nearest_with_room(book: &Book, leaves: &[NodeInput]) -> Vec<usize> {
    let families = families(book);
    let point = |p: RawPlace| Point::new(p.latitude, p.longitude);
    let anchors: Vec<Option<Point>> = leaves.iter().map(|l| l.anchor.and_then(point)).collect();
    let costs: Vec<Vec<f64>> = families.iter().map(|members| costs(book, members, &anchors)).collect();
    let regret = |f: usize| {
        let mut sorted = costs[f].clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(1).map_or(0.0, |second| second - sorted[0])
    };
    let mut order: Vec<usize> = (0..families.len()).collect();
    order.sort_by(|&a, &b| regret(b).total_cmp(&regret(a)).then(a.cmp(&b)));
    let room = book.account_ids.len().div_ceil(leaves.len());
    let mut held = vec![0; leaves.len()];
    let mut leaf_of = vec![0; book.account_ids.len()];
    for family in order {
        let size = families[family].len();
        let open = (0..leaves.len()).filter(|&l| held[l] + size <= room);
        let nearest = open.min_by(|&a, &b| costs[family][a].total_cmp(&costs[family][b]));
        let leaf = nearest.or_else(|| (0..leaves.len()).min_by_key(|&l| held[l])).unwrap_or_default();
        held[leaf] += size;
        families[family].iter().for_each(|&a| leaf_of[a] = leaf);
    }
    leaf_of
}

/// Sum of squared distances (km²) of the members to each anchor.
fn costs(book: &Book, members: &[usize], anchors: &[Option<Point>]) -> Vec<f64> {
    let places: Vec<Point> =
        members.iter().filter_map(|&a| book.places[a].and_then(|p| Point::new(p.latitude, p.longitude))).collect();
    let to = |anchor: &Option<Point>| anchor.map_or(0.0, |a| places.iter().map(|p| p.distance_km(a).powi(2)).sum());
    anchors.iter().map(to).collect()
}

/// Accounts by the topmost parent in the book, in the order of the book.
fn families(book: &Book) -> Vec<Vec<usize>> {
    let at: std::collections::HashMap<&str, usize> =
        book.account_ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let top = |mut account: usize| {
        // As many steps as accounts, lest a circle of parents never ends.
        for _ in 0..book.account_ids.len() {
            match at.get(book.parents[account].as_str()) {
                Some(&parent) => account = parent,
                None => break,
            }
        }
        account
    };
    let mut members = vec![Vec::new(); book.account_ids.len()];
    (0..book.account_ids.len()).for_each(|a| members[top(a)].push(a));
    members.retain(|m| !m.is_empty());
    members
}
