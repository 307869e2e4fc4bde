//! `ExplainAccount`, `ExplainRules`, `ExplainInfeasible`: as the library answers, with the limits of a solve.

use super::{Worker, carve, made, pinned, reason_of, small, solve};
use carve_datasets::Shape;
use carve_proto::v1 as proto;
use carve_tests::server::start;
use proto::infeasibility_explanation::Verdict;
use std::time::Duration;
use tonic::{Code, Request};

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_rules_of_a_solved_plan_are_explained() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let (_, request) = made(150, 4, Shape::Owned);
    let plan = solve(&mut client, request.clone()).await;
    let account_id = plan.assignments[3].account_id.clone();
    let elsewhere = plan.nodes.iter().filter(|node| node.territory && node.node_id != plan.assignments[3].node_id);
    let to = elsewhere.map(|node| node.node_id.clone()).next().expect("another territory");
    let ask = proto::ExplainAccountRequest {
        solve_request: Some(request.clone()),
        plan: Some(plan.clone()),
        account_id: account_id.clone(),
        territory_ids: vec![to.clone()],
        time_limit: None,
    };
    let account = client.explain_account(ask).await.expect("answered").into_inner().account.expect("an account");
    assert_eq!((&account.account_id, &account.territory_id), (&account_id, &plan.assignments[3].node_id));
    assert_eq!(account.elsewhere.len(), 3);
    for one in &account.elsewhere {
        assert_eq!(one.repair_tried, one.territory_id == to, "{one:?}");
        assert_eq!((one.tiers.len(), one.at_least.len()), (plan.tiers.len(), plan.tiers.len()), "{one:?}");
        assert!(!one.summary.is_empty());
    }
    let ask = proto::ExplainRulesRequest { solve_request: Some(request), plan: Some(plan), ..Default::default() };
    let rules = client.explain_rules(ask).await.expect("answered").into_inner().rules.expect("rules");
    assert!(!rules.rules.is_empty() && rules.solved_rules == 0, "{rules:?}");
    let estimates = rules.rules.iter().flat_map(|rule| &rule.tiers).map(|tier| tier.estimate.expect("an estimate"));
    assert!(estimates.clone().all(|e| e.least == 0.0 && e.least <= e.cost && e.cost <= e.most), "{rules:?}");
    server.shut_down().await;
}

#[tokio::test]
async fn a_request_without_a_plan_is_explained_and_one_with_a_plan_is_said_to_have_it() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let mut request = small();
    request.rules = vec![pinned("here", "a", "t0"), pinned("there", "b", "t1")];
    for (request, verdict) in [(request, Verdict::Infeasible), (small(), Verdict::Feasible)] {
        let ask = proto::ExplainInfeasibleRequest { solve_request: Some(request), time_limit: None };
        let answer = client.explain_infeasible(ask).await.expect("answered").into_inner();
        let told = answer.infeasibility.expect("an explanation");
        assert_eq!(told.verdict(), verdict);
        assert_eq!(told.conflict.is_some(), verdict == Verdict::Infeasible);
        assert_eq!(told.repairs.is_empty(), verdict == Verdict::Feasible, "{told:?}");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn what_is_not_there_is_refused_at_its_place() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let plan = solve(&mut client, small()).await;
    let account = |account_id: &str, territory_ids: &[&str]| proto::ExplainAccountRequest {
        solve_request: Some(small()),
        plan: Some(plan.clone()),
        account_id: account_id.into(),
        territory_ids: territory_ids.iter().map(ToString::to_string).collect(),
        time_limit: None,
    };
    let negative = proto::ExplainAccountRequest {
        time_limit: Some(prost_types::Duration { seconds: -1, nanos: 0 }),
        ..account("a", &[])
    };
    let without = proto::ExplainAccountRequest { plan: None, ..account("a", &[]) };
    let field_of = |refused: tonic::Status| {
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
        let details = tonic_types::StatusExt::get_error_details(&refused);
        details.bad_request().expect("violations").field_violations[0].field.clone()
    };
    for (ask, field) in [
        (account("nobody", &[]), "account_id"),
        (account("a", &["t0", "nowhere"]), "territory_ids[1]"),
        (without, "plan"),
        (negative, "time_limit"),
    ] {
        assert_eq!(field_of(client.explain_account(ask).await.expect_err(field)), field);
    }
    let rules = proto::ExplainRulesRequest {
        solve_request: Some(small()),
        plan: Some(plan.clone()),
        rule_id: "nobody".into(),
        time_limit: None,
    };
    assert_eq!(field_of(client.explain_rules(rules).await.expect_err("no rule")), "rule_id");
    let nothing = client.explain_infeasible(proto::ExplainInfeasibleRequest::default()).await.expect_err("no book");
    assert_eq!(reason_of(&nothing), "BOOK_EMPTY");
    server.shut_down().await;
}

#[tokio::test]
async fn explanations_count_as_solves_and_end_by_the_deadline() {
    let worker = Worker::new("waits");
    let server = start(&worker.program, |config| {
        config.max_solves = 1;
        config.drain = Duration::from_millis(100);
    })
    .await;
    let ask = || proto::ExplainInfeasibleRequest { solve_request: Some(small()), time_limit: None };
    let mut first = server.client().await;
    let under_way = tokio::spawn(async move { first.explain_infeasible(ask()).await });
    worker.started().await;
    let refused = server.client().await.explain_infeasible(ask()).await.expect_err("no room");
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::ResourceExhausted, "SOLVES_IN_FLIGHT_TOO_MANY"));
    under_way.abort();
    server.shut_down().await;
    let server = start(&worker.program, |config| config.drain = Duration::from_millis(100)).await;
    let mut request = Request::new(ask());
    request.set_timeout(Duration::from_secs(1));
    let late = server.client().await.explain_infeasible(request).await.expect_err("a worker that never answers");
    assert_eq!(late.code(), Code::DeadlineExceeded, "{late:?}");
    server.shut_down().await;
}
