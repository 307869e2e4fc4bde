//! `EvaluatePlan`: plans that somebody made, and today's book.

use super::{carve, made, reason_of, small, solve};
use carve_datasets::Shape;
use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use tonic::Code;
use tonic::transport::Channel;

async fn evaluate(
    client: &mut CarveServiceClient<Channel>,
    request: proto::SolveRequest,
    plan: &proto::Plan,
) -> proto::Plan {
    let leaf = |node: &proto::NodeResult| {
        Some(proto::LeafAnchor { node_id: node.node_id.clone(), anchor: Some(node.anchor?) })
    };
    let inner: Vec<&String> = plan.nodes.iter().map(|n| &n.parent_node_id).collect();
    let request = proto::EvaluatePlanRequest {
        solve_request: Some(request),
        assignments: plan.assignments.clone(),
        anchors: plan.nodes.iter().filter(|n| !inner.contains(&&n.node_id)).filter_map(leaf).collect(),
        todays_book: false,
    };
    client.evaluate_plan(request).await.expect("answered").into_inner().plan.expect("a plan")
}

#[tokio::test]
async fn evaluating_a_solved_plan_gives_its_values() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let (_, request) = made(300, 5, Shape::Families);
    let solved = solve(&mut client, request.clone()).await;
    let mut evaluated = evaluate(&mut client, request.clone(), &solved).await;
    assert!(evaluated.check.as_ref().is_some_and(|c| c.ok), "{:?}", evaluated.check);
    for (evaluated, solved) in evaluated.tiers.iter().zip(&solved.tiers) {
        // Sums of floats in another order may differ in the last bits.
        assert!((evaluated.value - solved.value).abs() <= 1e-12 * solved.value, "{evaluated:?} {solved:?}");
    }
    assert_eq!(evaluated.tiers.len(), solved.tiers.len());
    assert_eq!(evaluated.assignments, solved.assignments);
    for (evaluated, solved) in evaluated.nodes.iter_mut().zip(&solved.nodes) {
        evaluated.anchor_found = solved.anchor_found;
        assert_eq!(evaluated, solved);
    }
    server.shut_down().await;
}

#[tokio::test]
async fn evaluating_a_torn_family_names_it() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let mut plan = solve(&mut client, small()).await;
    assert!(evaluate(&mut client, small(), &plan).await.check.expect("checked").ok);
    let other = if plan.assignments[0].node_id == "t0" { "t1" } else { "t0" };
    plan.assignments[1].node_id = other.into();
    let check = evaluate(&mut client, small(), &plan).await.check.expect("checked");
    assert!(!check.ok && check.faults.iter().any(|f| f.contains("\"b\"")), "{check:?}");
    server.shut_down().await;
}

#[tokio::test]
async fn todays_book_is_a_case_of_evaluation() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let mut request = small();
    for (account, owner) in request.accounts.iter_mut().zip(["t0", "t0", "gone", ""]) {
        account.current_owner = owner.into();
    }
    let with = |account: &str, node: &str| proto::Assignment {
        account_id: account.into(),
        node_id: node.into(),
        ..proto::Assignment::default()
    };
    let today = proto::EvaluatePlanRequest {
        solve_request: Some(request.clone()),
        todays_book: true,
        ..proto::EvaluatePlanRequest::default()
    };
    let answer = client.evaluate_plan(today.clone()).await.expect("answered").into_inner();
    assert_eq!(answer.plan, None, "today's book need not be a plan");
    let standing = answer.standing.expect("scored");
    assert_eq!(standing.placed_accounts, 2);
    let others: Vec<(&str, i64)> = standing.others.iter().map(|o| (o.holder.as_str(), o.accounts)).collect();
    assert_eq!(others, [("gone", 1), ("", 1)]);
    assert!(standing.tiers[0].value.is_some_and(|value| value > 0.9), "{standing:?}");
    // One account elsewhere, the others with their owners.
    let moved = proto::EvaluatePlanRequest { assignments: vec![with("c", "t1")], ..today.clone() };
    let standing = client.evaluate_plan(moved).await.expect("answered").into_inner().standing.expect("scored");
    assert_eq!((standing.placed_accounts, standing.moved.as_ref().map(|m| m.accounts)), (3, Some(1)));
    // A node that there is none of, an account twice, and a missing one where nobody asked for today's book.
    for (assignments, todays_book) in
        [(vec![with("a", "t9")], true), (vec![with("a", "t0"), with("a", "t0")], true), (vec![with("a", "t0")], false)]
    {
        let request = proto::EvaluatePlanRequest { assignments, todays_book, ..today.clone() };
        let refused = client.evaluate_plan(request).await.expect_err("refused");
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::InvalidArgument, "ASSIGNMENT_INVALID"));
    }
    server.shut_down().await;
}
