//! What of a request only the decoder sees.

use super::*;

fn account(id: &str, measures: &[(&str, i64)], attributes: &[(&str, &str)]) -> proto::Account {
    proto::Account {
        account_id: id.into(),
        measures: measures.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect(),
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Default::default()
    }
}

#[test]
fn an_empty_request_is_an_empty_input() {
    assert_eq!(input(proto::SolveRequest::default()), (Input::default(), Vec::new()));
}

#[test]
fn messages_with_nothing_in_them_stay_unset() {
    let request = proto::SolveRequest {
        accounts: vec![proto::Account::default()],
        split: Some(proto::Split::default()),
        tiers: vec![proto::Tier { criteria: vec![proto::Criterion::default()], ..Default::default() }],
        rules: vec![
            proto::Rule::default(),
            proto::Rule { kind: Some(proto::rule::Kind::Pin(Default::default())), ..Default::default() },
        ],
        options: Some(proto::Options::default()),
        measures: vec![proto::Measure::default()],
        families: 0,
    };
    let (input, faults) = input(request);
    assert!(faults.is_empty() && input.split.is_none() && input.options == OptionsInput::default());
    assert_eq!(input.tiers[0].criteria, [None]);
    assert_eq!(input.rules[0].kind, None);
    assert_eq!(input.book.places, [None]);
}

#[test]
fn accounts_become_columns_by_name() {
    let accounts =
        vec![account("a", &[("score", 3), ("closed_won", 1)], &[("state", "TX")]), account("b", &[("score", 4)], &[])];
    let (input, _) = input(proto::SolveRequest { accounts, ..Default::default() });
    let column = |name: &str, amounts: [i64; 2]| MeasureColumn {
        name: name.into(),
        amounts: amounts.into(),
        ..MeasureColumn::default()
    };
    assert_eq!(input.book.measures, [column("closed_won", [1, 0]), column("score", [3, 4])]);
    assert_eq!(input.book.attributes[0].values, ["TX", ""]);
}

#[test]
fn too_many_columns_are_refused_before_they_are_held() {
    let accounts = (0..5_000).map(|i| account("a", &[(format!("m{i}").as_str(), 1)], &[])).collect();
    let (input, faults) = input(proto::SolveRequest { accounts, ..Default::default() });
    assert_eq!(faults[0].code, Code::ColumnsTooMany);
    assert!(input.book.measures.is_empty());
}

#[test]
fn a_time_limit_that_is_none_is_a_finding() {
    for (seconds, nanos, accepted) in
        [(30, 0, true), (0, 0, true), (-1, 0, false), (1, -1, false), (1, 1_000_000_000, false), (i64::MAX, 0, true)]
    {
        let options =
            proto::Options { time_limit: Some(prost_types::Duration { seconds, nanos }), ..Default::default() };
        let (_, faults) = input(proto::SolveRequest { options: Some(options), ..Default::default() });
        let paths: Vec<String> = faults.iter().map(|f| format!("{} {}", f.code, f.place)).collect();
        let expected: &[&str] = if accepted { &[] } else { &["option_invalid options.time_limit"] };
        assert_eq!(paths, expected, "{seconds} s {nanos} ns");
    }
}

#[test]
fn an_unknown_choice_is_a_finding() {
    let request = |families| proto::SolveRequest { families, ..Default::default() };
    assert!(input(request(2)).1.is_empty());
    assert_eq!(input(request(7)).1[0].code, Code::OptionInvalid);
}
