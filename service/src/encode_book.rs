//! A book that was read from a file, as the accounts of a request.

use crate::decode::EMPTY_CELLS_MAX;
use carve_proto::v1 as proto;
use carve_solver::input::Book;
use std::collections::BTreeMap;

/// The accounts in their order. The first one names every measure and attribute, so that a column which is empty is still
/// known; the others leave out what is 0 or empty, unless that were more than a request may leave out.
pub fn accounts(book: &Book) -> impl Iterator<Item = proto::Account> + '_ {
    let whole = leaves_out(book) > EMPTY_CELLS_MAX;
    (0..book.account_ids.len()).map(move |at| account(book, at, whole || at == 0))
}

/// How many amounts of 0 and empty texts there are.
fn leaves_out(book: &Book) -> usize {
    let zeros = book.measures.iter().map(|column| column.amounts.iter().filter(|amount| **amount == 0).count());
    let empty = book.attributes.iter().map(|column| column.values.iter().filter(|value| value.is_empty()).count());
    zeros.chain(empty).sum()
}

fn account(book: &Book, at: usize, whole: bool) -> proto::Account {
    // A column that nobody asked for has a name and no values.
    let measures = book.measures.iter().filter_map(|column| Some((column.name.clone(), *column.amounts.get(at)?)));
    let attributes = book.attributes.iter().filter_map(|column| Some((&column.name, column.values.get(at)?)));
    let attributes = attributes.filter(|(_, value)| whole || !value.is_empty());
    let error_km = book.place_errors_km.get(at).copied().filter(|error| *error != 0.0);
    proto::Account {
        account_id: book.account_ids[at].clone(),
        name: book.names[at].clone(),
        parent_account_id: book.parents[at].clone(),
        place: book.places[at].map(|place| proto::Place {
            latitude: place.latitude,
            longitude: place.longitude,
            typical_error_km: error_km,
        }),
        current_owner: book.current_owners[at].clone(),
        measures: measures.filter(|(_, amount)| whole || *amount != 0).collect(),
        attributes: attributes.map(|(name, value)| (name.clone(), value.clone())).collect::<BTreeMap<_, _>>(),
        start_node_id: book.starts.get(at).cloned().unwrap_or_default(),
    }
}

/// Says in the request what decimals and unit the book's amounts have; what the request says of a unit itself stands.
pub fn describe_measures(book: &Book, request: &mut proto::SolveRequest) {
    let mut described = Vec::new();
    for column in book.measures.iter().filter(|column| !column.amounts.is_empty()) {
        match request.measures.iter_mut().find(|measure| measure.measure == column.name) {
            Some(measure) => {
                measure.decimals = Some(i32::from(column.decimals));
                if measure.unit.is_empty() {
                    measure.unit.clone_from(&column.unit);
                }
            }
            None if column.decimals == 0 && column.unit.is_empty() => {}
            None => described.push(proto::Measure {
                measure: column.name.clone(),
                decimals: Some(i32::from(column.decimals)),
                unit: column.unit.clone(),
                ..proto::Measure::default()
            }),
        }
    }
    // Before the request's own, whose formulas see the measures before them.
    request.measures.splice(0..0, described);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode;
    use carve_solver::input::{AttributeColumn, MeasureColumn, RawPlace};

    #[test]
    fn a_book_comes_back_from_the_wire_as_it_was() {
        let text = |values: [&str; 2]| values.map(String::from).to_vec();
        let book = Book {
            account_ids: text(["a", "b"]),
            names: text(["Ann", ""]),
            parents: text(["", "a"]),
            places: vec![None, Some(RawPlace { latitude: 1.5, longitude: -2.5 })],
            place_errors_km: vec![0.0, 30.0],
            current_owners: text(["x", ""]),
            measures: vec![
                MeasureColumn { name: "arr".into(), amounts: vec![0, 125_050], decimals: 2, ..Default::default() },
                MeasureColumn { name: "leads".into(), amounts: vec![0, 0], ..Default::default() },
                MeasureColumn { name: "not asked for".into(), decimals: 2, ..Default::default() },
            ],
            attributes: vec![AttributeColumn { name: "role".into(), values: text(["", "hunter"]) }],
            ..Book::default()
        };
        let mut request = proto::SolveRequest { accounts: accounts(&book).collect(), ..Default::default() };
        describe_measures(&book, &mut request);
        assert_eq!(request.measures.len(), 1, "whole numbers without a unit need no word");
        let (read, faults) = decode::input(request);
        assert_eq!(faults, []);
        let read = read.book;
        assert_eq!(
            (&read.account_ids, &read.names, &read.parents, &read.places, &read.place_errors_km, &read.current_owners),
            (&book.account_ids, &book.names, &book.parents, &book.places, &book.place_errors_km, &book.current_owners)
        );
        assert_eq!((&read.measures[..], &read.attributes), (&book.measures[..2], &book.attributes));
    }
}
