//! Books with one thing odd each, and the same books mended.

use super::*;
use crate::finding::{Code, Finding};
use crate::input::Book;
use crate::input::{AttributeColumn, Input, MeasureColumn, NodeInput, OptionsInput, SplitInput};
use crate::problem::Problem;
use crate::problem::by_id::ById;
use std::time::Instant;

/// Accounts a0, a1 … with these names and attributes, in two territories.
fn input(names: &[&str], attributes: &[(&str, &[&str])]) -> Input {
    let text = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<String>>();
    let column = |(name, values): &(&str, &[&str])| AttributeColumn { name: (*name).into(), values: text(values) };
    let leaf = |id: &str| NodeInput { node_id: id.into(), ..NodeInput::default() };
    let root = NodeInput { node_id: "root".into(), children: vec![leaf("t0"), leaf("t1")], ..NodeInput::default() };
    let book = Book {
        account_ids: (0..names.len()).map(|i| format!("a{i}")).collect(),
        names: text(names),
        parents: vec![String::new(); names.len()],
        places: vec![None; names.len()],
        current_owners: vec![String::new(); names.len()],
        attributes: attributes.iter().map(column).collect(),
        ..Book::default()
    };
    Input { book, split: Some(SplitInput::Tree(root)), ..Input::default() }
}

/// What is said of one kind: the message, and each account with its value.
fn said(input: &Input, code: Code) -> Option<(String, Vec<(usize, String)>)> {
    let problem = Problem::new(input).expect("nothing here is an error");
    let found: Vec<&Finding> = problem.findings().iter().filter(|found| found.code == code).collect();
    let rows = problem.concerned().iter().filter(|concerned| concerned.code == code).flat_map(|c| &c.rows);
    let rows = rows.map(|(account, value)| (*account, value.to_string())).collect();
    assert!(found.len() < 2, "{found:?}");
    found.first().map(|found| (found.message.clone(), rows))
}

fn accounts(input: &Input, code: Code) -> Vec<usize> {
    said(input, code).map_or(Vec::new(), |(_, rows)| rows.into_iter().map(|(account, _)| account).collect())
}

#[test]
fn doubles_have_one_name_and_one_place_or_domain() {
    let names = ["Acme Inc.", "ACME, LLC", "Acme GmbH", "Acme", "Other", "Other"];
    let zip: &[&str] = &["02139", "2139-4307", "10115", "", "", "N/A"];
    let web: &[&str] = &["", "acme.com", "https://www.acme.com/de", "acme.org", "", ""];
    let mut input = input(&names, &[("Billing Zip/Postal Code", zip), ("Website", web)]);
    let (message, rows) = said(&input, Code::AccountDuplicate).expect("three are one");
    assert!(
        message.starts_with("3 accounts are likely the same as another, 1 in all without their doubles"),
        "{message}"
    );
    let like = |of: &str| format!("like {of} by Website");
    assert_eq!(
        rows,
        [(0, like("a1")), (1, like("a0")), (2, like("a0"))]
            .map(|(a, v)| (a, v.replace("Website", "Billing Zip/Postal Code")))
    );
    // Whoever joined two of them by parent knows.
    input.book.parents[1] = "a0".into();
    assert_eq!(accounts(&input, Code::AccountDuplicate), [0, 2]);
    input.book.parents[2] = "a1".into();
    assert!(accounts(&input, Code::AccountDuplicate).is_empty());
}

#[test]
fn a_city_is_one_place_in_one_state_alone() {
    let names = ["Acme"; 3];
    let cities: &[&str] = &["Portland", "PORTLAND", "Portland"];
    let states: &[&str] = &["OR", "ME", "or"];
    assert_eq!(accounts(&input(&names, &[("city", cities), ("state", states)]), Code::AccountDuplicate), [0, 2]);
    assert!(accounts(&input(&names, &[("state", states)]), Code::AccountDuplicate).is_empty());
}

#[test]
fn parents_and_owners_that_are_not_there_are_one_finding_each() {
    let mut input = input(&["", "", "", ""], &[]);
    input.book.parents = ["x", "", "x", "y"].map(String::from).to_vec();
    input.book.current_owners = ["gone", "t0", "gone", "away"].map(String::from).to_vec();
    let (message, rows) = said(&input, Code::ParentUnknown).expect("two are not there");
    assert!(
        message.starts_with("3 accounts name 2 parents that are not in the book (\"x\" named by 2, \"y\" named by 1)"),
        "{message}"
    );
    assert_eq!(rows, [(0, "x".into()), (2, "x".into()), (3, "y".into())]);
    let (message, rows) = said(&input, Code::OwnerUnknown).expect("two are no territories");
    assert!(message.contains("2 owners in all (\"gone\" with 2, \"away\" with 1)"), "{message}");
    assert_eq!(rows, [(0, "gone".into()), (2, "gone".into()), (3, "away".into())]);
}

#[test]
fn families_are_split_where_two_own_them() {
    let mut input = input(&["", "", "", "", ""], &[]);
    input.book.parents = ["", "a0", "a1", "", "a3"].map(String::from).to_vec();
    input.book.current_owners = ["t0", "", "t1", "t1", "t1"].map(String::from).to_vec();
    let (message, rows) = said(&input, Code::FamilySplit).expect("one is split");
    assert!(message.starts_with("1 family, 3 accounts in all, "), "{message}");
    assert_eq!(rows, [(0, "t0".into()), (1, String::new()), (2, "t1".into())]);
    input.families_separate = true;
    assert_eq!(said(&input, Code::FamilySplit), None);
    input.families_separate = false;
    input.book.current_owners[0] = "t1".into();
    assert_eq!(said(&input, Code::FamilySplit), None);
}

#[test]
fn stale_is_who_has_nothing_sold_or_open_and_no_activity() {
    let days: &[&str] = &["2023-12-31", "2024-01-01", "", "1/2/2020", "soon", "2020-01-01"];
    let mut input = input(&[""; 6], &[("Last Activity", days)]);
    let column = |name: &str, amounts: [i64; 6]| MeasureColumn {
        name: name.into(),
        amounts: amounts.into(),
        ..MeasureColumn::default()
    };
    input.book.measures = vec![column("open_pipeline", [0, 0, 0, 0, 0, 7]), column("closed_won", [0; 6])];
    assert_eq!(said(&input, Code::AccountStale), None);
    input.options = OptionsInput { stale_before: "2024-01-01".into(), ..OptionsInput::default() };
    let (message, rows) = said(&input, Code::AccountStale).expect("three are");
    assert_eq!(rows, [(0, "2023-12-31".into()), (2, String::new()), (3, "1/2/2020".into())]);
    for part in [
        "3 of 6 accounts have no closed_won, no open_pipeline and no activity since 2024-01-01",
        "1 of them has none at all",
        "1 more value of Last Activity is no date",
        "the later day holds",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
    input.book.attributes.clear();
    assert!(accounts(&input, Code::AccountStale).is_empty());
    assert!(said(&input, Code::ActivityMissing).is_some());
    input.options.stale_before = "1.1.2024".into();
    assert!(Problem::new(&input).is_err_and(|found| found.iter().any(|f| f.code == Code::DateInvalid)));
}

/// A name that a hundred thousand accounts have is no reason to compare all with all.
#[test]
fn many_of_one_name_take_no_longer_than_many_of_different_names() {
    let count = 100_000;
    let seconds = |name: &dyn Fn(usize) -> String| {
        let mut input = input(&[], &[]);
        let book = &mut input.book;
        book.account_ids = (0..count).map(|i| format!("a{i}")).collect();
        book.names = (0..count).map(name).collect();
        book.parents = vec![String::new(); count];
        book.current_owners = vec![String::new(); count];
        let values = (0..count).map(|i| format!("{:05}", i % 50_000)).collect();
        book.attributes = vec![AttributeColumn { name: "postal_code".into(), values }];
        let by_id = ById::new(&[], |_, _| {});
        let seen = Seen {
            book,
            by_id: &by_id,
            parents: vec![None; count],
            owners: &vec![None; count],
            families_whole: true,
            stale_before: None,
        };
        let start = Instant::now();
        let found = duplicates::find(&seen).map_or(0, |odd| odd.concerned.rows.len());
        (found, start.elapsed().as_secs_f64())
    };
    assert_eq!(seconds(&|i| format!("Account {i} Inc")).0, 0);
    let (found, spent) = seconds(&|_| "Unknown".into());
    assert_eq!(found, count);
    assert!(spent < 10.0, "{spent} s");
}
