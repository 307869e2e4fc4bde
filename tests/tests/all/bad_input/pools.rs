//! Cases of seats outside the balance.

use super::*;

/// A tree of two leaves and this one.
fn beside(pool: NodeInput) -> Given {
    tree(vec![leaf("t0", 1.0, None), leaf("t1", 1.0, None), pool])
}

fn house() -> NodeInput {
    NodeInput { outside_balance: true, ..node("house", Vec::new()) }
}

/// The base's seats with the first outside the balance.
fn pool(change: impl FnOnce(&mut SeatInput)) -> Given {
    seat(|s| {
        s.outside_balance = true;
        change(s);
    })
}

/// Ten territories and so many seats outside the balance.
fn beside_ten(pools: usize, others: usize) -> Given {
    let others = (0..others).map(|i| leaf(&format!("t{i}"), 1.0, None));
    let pools = (0..pools).map(|i| NodeInput { node_id: format!("p{i}"), ..house() });
    tree(others.chain(pools).collect())
}

/// A rule over what the first seat, outside the balance, holds while it covers the second.
fn cover_limit(max: Option<i64>, max_share_of_target: Option<f64>) -> Given {
    input(|i| {
        let first = SeatInput { seat_id: "s1".into(), outside_balance: true, ..SeatInput::default() };
        let covering_seat_id = "s1".into();
        let second = SeatInput { seat_id: "s2".into(), to_be_hired: true, covering_seat_id, ..SeatInput::default() };
        let third = SeatInput { seat_id: "s3".into(), ..SeatInput::default() };
        i.split = Some(SplitInput::Seats { max_children: 0, seats: vec![first, second, third] });
        let limit =
            RuleKindInput::CoverLimit { measure: String::new(), max, max_share_of_target, seat_ids: Vec::new() };
        i.rules = vec![rule("cover", limit)];
    })
}

/// A rule that asks the first seat, outside the balance, for an account.
fn left_over(max: Option<i64>) -> Given {
    input(|i| {
        let first = SeatInput { seat_id: "s1".into(), outside_balance: true, ..SeatInput::default() };
        let second = SeatInput { seat_id: "s2".into(), ..SeatInput::default() };
        i.split = Some(SplitInput::Seats { max_children: 0, seats: vec![first, second] });
        let node_ids = vec!["s1".into()];
        let bounds = RuleKindInput::Bounds { accounts: None, node_ids, measure: String::new(), min: Some(1), max };
        i.rules = vec![rule("rest", bounds)];
    })
}

pub(super) fn cases_of_pools() -> Vec<Case> {
    use Code::*;
    let somewhere = Some(RawPlace { latitude: 40.0, longitude: -75.0 });
    let below = node("side", vec![house(), leaf("t2", 1.0, None)]);
    let all_out = SplitInput::Seats {
        max_children: 0,
        seats: vec![SeatInput { seat_id: "s1".into(), outside_balance: true, ..SeatInput::default() }],
    };
    vec![
        case(PoolInvalid, pool(|s| s.share = Some(1.0)), pool(|_| {})),
        case(PoolInvalid, pool(|s| s.capacity = Some(1.0)), seat(|s| s.capacity = Some(1.0))),
        case(PoolInvalid, pool(|s| s.ramp = Some(0.5)), pool(|s| s.display_name = "House".into())),
        case(PoolInvalid, pool(|s| s.home = somewhere), pool(|s| s.start_date = "2027-01-31".into())),
        case(PoolInvalid, split(all_out), seat(|_| {})),
        case(PoolInvalid, beside(NodeInput { share: Some(1.0), ..house() }), beside(house())),
        case(PoolInvalid, beside(NodeInput { anchor: somewhere, ..house() }), beside(house())),
        case(PoolInvalid, beside(NodeInput { children: vec![leaf("x", 1.0, None)], ..house() }), beside(house())),
        case(PoolInvalid, beside(below), beside(leaf("t2", 1.0, None))),
        case(PoolInvalid, tree(vec![house()]), tree(vec![house(), leaf("t0", 1.0, None)])),
        case(PoolInvalid, split(SplitInput::Tree(house())), tree(vec![leaf("t0", 1.0, None), house()])),
        case(PoolInvalid, cover_limit(None, Some(1.5)), cover_limit(Some(9), None)),
        case(PoolInvalid, left_over(None), left_over(Some(4))),
        // Seats outside the balance are none of the ten that are balanced against each other.
        case(ChildrenTooMany, beside_ten(1, 11), beside_ten(3, 10)),
    ]
}
