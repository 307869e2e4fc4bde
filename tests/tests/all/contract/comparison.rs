//! `ComparePlans`: plans solved now, lists and today's book, side by side.

use super::{Worker, carve, made, reason_of, small, solve};
use carve_datasets::Shape;
use carve_proto::v1 as proto;
use carve_tests::server::start;
use proto::compared::Aspect;
use proto::compared_book::Source;
use proto::comparison_case::Kind;
use std::time::Duration;
use tonic::{Code, Request};

fn case(name: &str, kind: Kind) -> proto::ComparisonCase {
    proto::ComparisonCase { name: name.into(), kind: Some(kind) }
}

fn without_accounts(request: &proto::SolveRequest) -> proto::SolveRequest {
    proto::SolveRequest { accounts: Vec::new(), ..request.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_lists_and_todays_book_stand_side_by_side() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let (_, request) = made(200, 4, Shape::Owned);
    let plan = solve(&mut client, request.clone()).await;
    let mut loose = without_accounts(&request);
    for criterion in loose.tiers.iter_mut().flat_map(|tier| &mut tier.criteria) {
        if let Some(proto::criterion::Kind::Balance(balance)) = &mut criterion.kind {
            balance.tolerance = Some(0.3);
        }
    }
    let list = proto::AssignmentList { assignments: plan.assignments.clone(), ..Default::default() };
    let compare = proto::ComparePlansRequest {
        cases: vec![
            case("today", Kind::TodaysBook(proto::TodaysBook {})),
            case("list", Kind::Assignments(list)),
            case("same", Kind::SolveRequest(without_accounts(&request))),
            case("", Kind::SolveRequest(loose)),
        ],
        solve_request: Some(request),
    };
    let answer = client.compare_plans(compare.clone()).await.expect("answered").into_inner();
    let comparison = answer.comparison.expect("compared");
    let books: Vec<(&str, Source, bool)> =
        comparison.books.iter().map(|book| (book.name.as_str(), book.source(), book.same_tiers)).collect();
    let expected = [
        ("today", Source::Today, false),
        ("list", Source::List, false),
        ("same", Source::Solved, true),
        ("case 4", Source::Solved, false),
    ];
    assert_eq!(books, expected);
    // What is solved here is what Solve gives, and the list is that plan.
    let tier = |book: &proto::ComparedBook| book.standing.as_ref().expect("it stands").tiers[0].value.expect("defined");
    assert_eq!(tier(&comparison.books[2]), plan.tiers[0].value);
    assert_eq!(tier(&comparison.books[1]), plan.tiers[0].value);
    let solved = comparison.books[2].plan.as_ref().expect("solved");
    assert!(solved.check.as_ref().is_some_and(|check| check.ok) && solved.assignments.is_empty());
    assert_eq!(solved.tiers, plan.tiers);
    // The looser plan is scored by the narrow bands.
    let own = comparison.books[3].plan.as_ref().expect("solved").tiers[0].value;
    assert!(tier(&comparison.books[3]) >= own);
    let tiers = comparison.compared.iter().find(|compared| compared.aspect() == Aspect::Tier).expect("tiers");
    assert_eq!(tiers.values.len(), 4);
    let moved = comparison.compared.iter().find(|compared| compared.aspect() == Aspect::MovedAccounts).expect("moves");
    assert!(moved.values[0].value == Some(0.0) && !moved.best.contains(&0), "{moved:?}");
    assert_eq!(comparison.differences.len() as i64, comparison.differing_accounts);
    assert!(comparison.differences.iter().all(|difference| difference.holders.len() == 4));
    // By counted work it is the same again.
    let again = client.compare_plans(compare).await.expect("answered").into_inner().comparison.expect("compared");
    let untimed = |mut comparison: proto::Comparison| {
        let plans = comparison.books.iter_mut().filter_map(|book| book.plan.as_mut());
        plans.for_each(|plan| plan.solve_time = None);
        comparison
    };
    assert_eq!(untimed(again), untimed(comparison));
    server.shut_down().await;
}

#[tokio::test]
async fn cases_that_make_no_sense_are_refused_each_at_its_place() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let today = || case("today", Kind::TodaysBook(proto::TodaysBook {}));
    let ask = |cases: Vec<proto::ComparisonCase>| proto::ComparePlansRequest { solve_request: Some(small()), cases };
    let many: Vec<proto::ComparisonCase> =
        (0..17).map(|i| proto::ComparisonCase { name: format!("{i}"), ..today() }).collect();
    assert!(client.compare_plans(ask(many[..16].to_vec())).await.is_ok());
    let list = proto::AssignmentList::default();
    for (cases, field) in [
        (vec![today()], "cases"),
        (many, "cases"),
        (vec![today(), today()], "cases[1].name"),
        (vec![today(), proto::ComparisonCase::default()], "cases[1]"),
        (vec![today(), case("own", Kind::SolveRequest(small()))], "cases[1].solve_request.accounts"),
        (vec![today(), case("list", Kind::Assignments(list))], "cases[1].assignments.assignments"),
    ] {
        let refused = client.compare_plans(ask(cases)).await.expect_err("refused");
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        let details = tonic_types::StatusExt::get_error_details(&refused);
        let violations = &details.bad_request().expect("violations").field_violations;
        assert!(violations.iter().any(|violation| violation.field == field), "{field}: {violations:?}");
    }
    let nothing = client.compare_plans(proto::ComparePlansRequest::default()).await.expect_err("refused");
    assert_eq!(reason_of(&nothing), "BOOK_EMPTY");
    server.shut_down().await;
}

#[tokio::test]
async fn an_infeasible_case_is_told_beside_the_others() {
    let server = carve(|_| {}).await;
    let mut client = server.client().await;
    let mut request = without_accounts(&small());
    request.rules = vec![super::pinned("here", "a", "t0"), super::pinned("there", "b", "t1")];
    let compare = proto::ComparePlansRequest {
        solve_request: Some(small()),
        cases: vec![
            case("fine", Kind::SolveRequest(without_accounts(&small()))),
            case("torn", Kind::SolveRequest(request)),
        ],
    };
    let comparison = client.compare_plans(compare).await.expect("answered").into_inner().comparison.expect("compared");
    assert!(comparison.books[0].standing.is_some() && comparison.books[1].standing.is_none());
    let plan = comparison.books[1].plan.as_ref().expect("an answer");
    assert_eq!(plan.termination.as_ref().map(|t| t.conflicting_rule_ids.len()), Some(2));
    server.shut_down().await;
}

#[tokio::test]
async fn solves_of_a_comparison_count_and_share_the_deadline() {
    let worker = Worker::new("waits");
    let server = start(&worker.program, |config| {
        config.max_solves = 1;
        config.drain = Duration::from_millis(100);
    })
    .await;
    let compare = || proto::ComparePlansRequest {
        solve_request: Some(small()),
        cases: ["a", "b"].map(|name| case(name, Kind::SolveRequest(without_accounts(&small())))).to_vec(),
    };
    let mut first = server.client().await;
    let under_way = tokio::spawn(async move { first.compare_plans(compare()).await });
    worker.started().await;
    let refused = server.client().await.compare_plans(compare()).await.expect_err("no room");
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::ResourceExhausted, "SOLVES_IN_FLIGHT_TOO_MANY"));
    under_way.abort();
    server.shut_down().await;
    // Workers that never answer: both cases come back in time, without a plan.
    let server = start(&worker.program, |config| config.drain = Duration::from_millis(100)).await;
    let mut client = server.client().await;
    let mut request = Request::new(compare());
    request.set_timeout(Duration::from_secs(1));
    let comparison = client.compare_plans(request).await.expect("in time").into_inner().comparison.expect("compared");
    assert!(comparison.books.iter().all(|book| book.standing.is_none() && book.plan.is_some()));
    server.shut_down().await;
}
