//! Accounts taken out of a book that was read.

use super::AccountsFile;
use crate::table::LocatedFinding;
use carve_solver::finding::Place;
use carve_solver::input::Book;

/// Takes out the accounts of some rows, wherever the file speaks of accounts.
pub(crate) fn leave_out(file: &mut AccountsFile, gone: &[bool]) {
    of_book(&mut file.book, gone);
    let address = &mut file.address;
    for column in [&mut address.postal_code, &mut address.city, &mut address.state, &mut address.country] {
        column.iter_mut().for_each(|column| column.leave_out(gone));
    }
    file.origin.leave_out(gone);
    file.warnings.iter_mut().for_each(|found| renumber(found, gone));
}

fn of_book(book: &mut Book, gone: &[bool]) {
    let texts = [&mut book.account_ids, &mut book.names, &mut book.parents, &mut book.current_owners];
    let values = book.attributes.iter_mut().map(|column| &mut column.values);
    texts.into_iter().chain(values).for_each(|texts| keep(texts, gone));
    keep(&mut book.places, gone);
    book.measures.iter_mut().for_each(|column| keep(&mut column.amounts, gone));
}

/// Keeps what is not gone of a column; one that holds nothing stays so.
pub(crate) fn keep<T>(column: &mut Vec<T>, gone: &[bool]) {
    let mut rows = gone.iter();
    column.retain(|_| rows.next().is_none_or(|gone| !gone));
}

/// A finding about an account has the account's new number; one about an account that is gone, none.
fn renumber(found: &mut LocatedFinding, gone: &[bool]) {
    if let Place::Account(row, field) = &mut found.finding.place {
        let is_gone = gone.get(*row).copied().unwrap_or(false);
        let before = gone.iter().take(*row).filter(|gone| **gone).count();
        found.finding.place = match is_gone {
            true => Place::Book,
            false => Place::Account(*row - before, std::mem::take(field)),
        };
    }
}
