//! Books out and in again.

use super::*;
use carve_reader::read_accounts;
use carve_solver::input::{AttributeColumn, MeasureColumn, RawPlace};
use proptest::prelude::*;

/// Text that spreadsheets would run, and other text that needs care.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,4}", "[=+@'＝\\-\t\r\n\",;é 0-9]{0,5}", Just("'=1".to_owned())]
}

/// Ids: what looks like an id of Salesforce or stands for none is read as such.
fn id() -> impl Strategy<Value = String> {
    "[=+@'\\-\",;é0-9b-df-h]{0,5}i"
}

fn expressible_book() -> impl Strategy<Value = Book> {
    (2_usize..6).prop_flat_map(|n| {
        let texts = || prop::collection::vec(text(), n);
        let ids = || prop::collection::vec(id(), n);
        let degree = || any::<f64>().prop_filter("NaN equals nothing", |d| !d.is_nan());
        let place =
            prop::option::of((degree(), degree()).prop_map(|(latitude, longitude)| RawPlace { latitude, longitude }));
        let attributes = prop::collection::btree_map("q[=a-z]{1,6}", texts(), 0..4);
        let measures = prop::collection::btree_map(
            "Q[A-Z]{1,6}",
            (prop::collection::vec(-1_000_000_000_000_i64..1_000_000_000_000, n), 0..=6_u8),
            0..4,
        );
        (ids(), texts(), ids(), prop::collection::vec(place, n), attributes, measures).prop_map(
            |(account_ids, names, current_owners, places, attributes, measures)| {
                let not_numbers = |values: &Vec<String>| {
                    let other = |v: &String| !v.is_empty() && !v.bytes().any(|b| b.is_ascii_digit());
                    values.iter().filter(|v| other(v)).count() > values.len() / 2
                };
                let attributes = attributes.into_iter().filter(|(_, values)| not_numbers(values));
                let measure = |(name, (amounts, decimals)): (String, (Vec<i64>, u8))| MeasureColumn {
                    // Without an amount that needs them decimals are not kept.
                    decimals: if amounts.iter().any(|a| a % 10_i64.pow(u32::from(decimals)) != 0) {
                        decimals
                    } else {
                        0
                    },
                    name,
                    amounts,
                    only_by_name: true,
                    ..MeasureColumn::default()
                };
                Book {
                    parents: vec![String::new(); account_ids.len()],
                    account_ids,
                    names,
                    places,
                    current_owners,
                    measures: measures.into_iter().map(measure).collect(),
                    attributes: attributes.map(|(name, values)| AttributeColumn { name, values }).collect(),
                    ..Book::default()
                }
            },
        )
    })
}

proptest! {
    #[test]
    fn a_written_book_is_read_back(book in expressible_book()) {
        let mut bytes = Vec::new();
        write_accounts(&book, &mut bytes).expect("memory takes every byte");
        let mut read = read_accounts(&bytes).map_err(|faults| TestCaseError::fail(format!("{faults:?}")))?.book;
        read.columns.clear();
        read.near_measures.clear();
        prop_assert_eq!(read, book);
    }
}

#[test]
fn amounts_are_written_with_their_decimals() {
    let written: Vec<String> =
        [(125_050, 2), (-5, 2), (0, 6), (7, 0)].map(|(whole, decimals)| amount(whole, decimals)).into();
    assert_eq!(written, ["1250.50", "-0.05", "0.000000", "7"]);
}
