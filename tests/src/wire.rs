//! Books as they cross the wire.

use carve_proto::v1 as proto;
use carve_solver::input::Book;

/// The accounts of a book; empty text and 0 are left out, as a client would.
pub fn accounts(book: &Book) -> Vec<proto::Account> {
    (0..book.account_ids.len()).map(|index| account(book, index)).collect()
}

fn account(book: &Book, index: usize) -> proto::Account {
    let amounts = book.measures.iter().map(|column| (column.name.clone(), column.amounts[index]));
    let texts = book.attributes.iter().map(|column| (column.name.clone(), column.values[index].clone()));
    proto::Account {
        account_id: book.account_ids[index].clone(),
        name: book.names[index].clone(),
        parent_account_id: book.parents[index].clone(),
        place: book.places[index].map(|p| proto::Place {
            latitude: p.latitude,
            longitude: p.longitude,
            typical_error_km: book.place_errors_km.get(index).copied(),
        }),
        current_owner: book.current_owners[index].clone(),
        measures: amounts.filter(|(_, amount)| *amount != 0).collect(),
        attributes: texts.filter(|(_, text)| !text.is_empty()).collect(),
        start_node_id: book.starts.get(index).cloned().unwrap_or_default(),
    }
}
