//! Accounts by their ids. A table of numbers alone: the ids stay where they are, and a million of them are put in and found
//! in little more time than it takes to look at each.

use crate::hash::hash;
use crate::index::{AccountIndex, Number};

/// Places of the smallest table.
const SLOTS_MIN: usize = 16;
/// Bits of a slot that hold an account's number and one; the others hold the upper half of its id's hash.
const NUMBER_BITS: u32 = 32;

/// Accounts by id; of several with one id the first.
#[derive(Debug)]
pub(crate) struct ById<'a> {
    ids: &'a [String],
    /// A power of two of places, at most half of them taken; 0: free.
    slots: Vec<u64>,
}

impl<'a> ById<'a> {
    /// Puts in every account that has an id; tells of each further one with the same id: the first, and it.
    pub fn new(ids: &'a [String], mut doubled: impl FnMut(AccountIndex, usize)) -> ById<'a> {
        let size = (ids.len() * 2).next_power_of_two().max(SLOTS_MIN);
        let mut by_id = ById { ids, slots: vec![0; size] };
        for (account, id) in ids.iter().enumerate().filter(|(_, id)| !id.is_empty()) {
            let hash = hash(id.as_bytes());
            match by_id.find(hash, id) {
                Ok(first) => doubled(AccountIndex::new(first), account),
                Err(free) => by_id.slots[free] = hash >> NUMBER_BITS << NUMBER_BITS | (account as u64 + 1),
            }
        }
        by_id
    }

    /// The account with an id.
    pub fn get(&self, id: &str) -> Option<AccountIndex> {
        if id.is_empty() {
            return None;
        }
        self.find(hash(id.as_bytes()), id).ok().map(AccountIndex::new)
    }

    /// Every account that is the first with its id.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, AccountIndex)> {
        let number = |slot: &u64| (slot & (u64::MAX >> NUMBER_BITS)).checked_sub(1);
        let accounts = self.slots.iter().filter_map(number);
        accounts.map(|account| (self.ids[account as usize].as_str(), AccountIndex::new(account as usize)))
    }

    /// The account with an id of this hash, or the place that is free for it.
    fn find(&self, hash: u64, id: &str) -> Result<usize, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            let Some(account) = (slot & (u64::MAX >> NUMBER_BITS)).checked_sub(1) else { return Err(at) };
            if slot >> NUMBER_BITS == hash >> NUMBER_BITS && self.ids[account as usize] == id {
                return Ok(account as usize);
            }
            at = (at + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_their_ids() {
        let mut ids: Vec<String> = (0..1_000).map(|number| format!("A{number:07}")).collect();
        ids.extend([String::new(), "A0000007".into(), "A0000007".into()]);
        let mut doubled = Vec::new();
        let by_id = ById::new(&ids, |first, account| doubled.push((first.get(), account)));
        assert_eq!(doubled, [(7, 1_001), (7, 1_002)]);
        for (account, id) in ids.iter().enumerate().take(1_000) {
            assert_eq!(by_id.get(id), Some(AccountIndex::new(account)));
        }
        assert_eq!([by_id.get(""), by_id.get("A"), by_id.get("A1000000")], [None; 3]);
        assert_eq!(by_id.iter().count(), 1_000);
        assert!(by_id.iter().all(|(id, account)| ids[account.get()] == id));
        assert_eq!(ById::new(&[], |_, _| {}).get("a"), None);
    }
}
