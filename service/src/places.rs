//! Places of accounts without coordinates, by their addresses: for files and for the wire alike, so that both give the
//! same for the same table.

use carve_places::{Accounts, Addresses, Cells};
use carve_reader::{Address, TextColumn};
use carve_solver::input::{Book, CriterionInput, Input};

/// Places the accounts of a request by their attributes of these names, if it matters where they are.
pub fn fill(input: &mut Input) {
    let mut criteria = input.tiers.iter().flat_map(|tier| tier.criteria.iter().flatten());
    let wanted =
        input.tiers.is_empty() || criteria.any(|criterion| matches!(criterion, CriterionInput::Compactness { .. }));
    if !wanted {
        return;
    }
    let Book { account_ids, places, place_errors_km, attributes, findings, .. } = &mut input.book;
    let column = |name: &str| {
        let found = attributes.iter().find(|column| column.name == name);
        found.map_or(Cells::Absent, |column| Cells::Plain(&column.values))
    };
    let addresses = Addresses {
        postal_codes: column("postal_code"),
        cities: column("city"),
        states: column("state"),
        countries: column("country"),
    };
    let accounts = Accounts { ids: account_ids, places, errors_km: place_errors_km };
    findings.extend(carve_places::fill(accounts, &addresses));
}

/// Places the accounts of a file by what its reader found of their addresses. The accounts stand in `order`, the rows of
/// the file; `None`: in the file's own.
pub fn fill_by(book: &mut Book, address: &Address, order: Option<&[usize]>) {
    let Address { postal_code, city, state, country } = address;
    let columns = [postal_code, city, state, country].map(|column| column.as_ref().map(|c| (c, arranged(c, order))));
    let [postal_codes, cities, states, countries] = columns.each_ref().map(|column| {
        column.as_ref().map_or(Cells::Absent, |(column, codes)| Cells::Interned { texts: column.texts(), codes })
    });
    let addresses = Addresses { postal_codes, cities, states, countries };
    let accounts = Accounts { ids: &book.account_ids, places: &mut book.places, errors_km: &mut book.place_errors_km };
    book.findings.extend(carve_places::fill(accounts, &addresses));
}

/// The numbers of the texts of all accounts, in this order.
fn arranged(column: &TextColumn, order: Option<&[usize]>) -> Vec<u32> {
    let codes = column.codes();
    order.map_or_else(|| codes.to_vec(), |order| order.iter().map(|&row| codes[row]).collect())
}
