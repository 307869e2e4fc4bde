//! The order of accounts by id, in which everything goes that must not depend on the order of the rows.

use crate::index::{AccountIndex, Number};

/// Accounts by id.
pub(crate) fn order(ids: &[String]) -> Vec<AccountIndex> {
    // Ids mostly share their beginning; eight bytes after it tell nearly all apart without a look at the text.
    let first = ids.first().map_or(&[][..], |id| id.as_bytes());
    let shared = ids
        .iter()
        .fold(first.len(), |shared, id| first[..shared].iter().zip(id.as_bytes()).take_while(|(a, b)| a == b).count());
    let key = |id: &String| {
        let mut bytes = [0; 8];
        bytes.iter_mut().zip(&id.as_bytes()[shared..]).for_each(|(to, from)| *to = *from);
        u64::from_be_bytes(bytes)
    };
    let mut keyed: Vec<(u64, usize)> = ids.iter().enumerate().map(|(account, id)| (key(id), account)).collect();
    keyed.sort_unstable_by(|(k, a), (l, b)| k.cmp(l).then_with(|| ids[*a].cmp(&ids[*b])).then(a.cmp(b)));
    keyed.into_iter().map(|(_, account)| AccountIndex::new(account)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_text() {
        for ids in [
            vec![],
            vec!["b", "a"],
            vec!["A10", "A1", "A", "A1\0", "A2", "B", ""],
            vec!["same-start-0000000002", "same-start-0000000010", "same-start-00000000100", "same-start-0000000001"],
            vec!["12345678b", "12345678a", "1234567", "12345678"],
            vec!["é", "e", "ü", "z"],
        ] {
            let ids: Vec<String> = ids.into_iter().map(String::from).collect();
            let mut expected: Vec<AccountIndex> = (0..ids.len()).map(AccountIndex::new).collect();
            expected.sort_by_key(|a| &ids[a.get()]);
            assert_eq!(order(&ids), expected, "{ids:?}");
        }
    }
}
