//! Salesforce ids in filters: written with 15 or 18 characters, they mean what the book writes with the other.

use crate::input::Book;
use crate::problem::tokens::tokens;
use crate::salesforce::{is_id, key};
use std::collections::HashMap;

/// The filter with its Salesforce ids as the book writes them; `None`: it has none, or they are written so already.
pub(super) fn as_written(filter: &str, book: &Book) -> Option<String> {
    let pieces = tokens(filter);
    let ids = pieces.iter().filter_map(|piece| piece.content()).filter(|text| is_id(text));
    let mut written: HashMap<&str, Option<&str>> = ids.map(|id| (key(id), None)).collect();
    if written.is_empty() {
        return None;
    }
    let texts = [&book.account_ids, &book.current_owners, &book.parents];
    for text in texts.into_iter().flatten() {
        // Where both forms stand in the book, each means itself.
        if let Some(found) = written.get_mut(key(text)) {
            found.get_or_insert(text);
        }
    }
    let mut changed = String::new();
    let mut kept = 0;
    for piece in &pieces {
        let Some(id) = piece.content().filter(|text| is_id(text)) else { continue };
        let stands = texts.into_iter().flatten().any(|text| text == id);
        if let Some(Some(other)) = written.get(key(id)).filter(|found| !stands && **found != Some(id)) {
            changed += &filter[kept..=piece.at];
            changed += other;
            kept = piece.at + piece.text.len() - 1;
        }
    }
    (kept > 0).then(|| changed + &filter[kept..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_the_book_writes_them() {
        let (long, short) = ("001A0000006Vm9uIAC", "001A0000006Vm9v");
        let owners = vec!["005A0000006Vm9u".to_owned(); 2];
        let book = Book { account_ids: vec![long.into(), short.into()], current_owners: owners, ..Book::default() };
        let written = |filter: &str| as_written(filter, &book);
        assert_eq!(
            written("account_id in [\"001A0000006Vm9u\", '001A0000006Vm9v'] || state == \"NY\"").as_deref(),
            Some("account_id in [\"001A0000006Vm9uIAC\", '001A0000006Vm9v'] || state == \"NY\"")
        );
        let owner = crate::salesforce::long("005A0000006Vm9u");
        assert_eq!(
            written(&format!("current_owner != \"{owner}\"")).as_deref(),
            Some("current_owner != \"005A0000006Vm9u\"")
        );
        for same in ["account_id == \"001A0000006Vm9uIAC\"", "state == \"NY\"", "account_id == \"001A0000006Vm9x\""] {
            assert_eq!(written(same), None, "{same}");
        }
    }
}
