//! Who owns accounts today, and names that are meant for one of them.

use carve_solver::input::Book;
use carve_solver::nearest;
use std::collections::BTreeMap;

/// Owners with the number of their accounts, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners(BTreeMap<String, u64>);

impl Owners {
    /// Those of the accounts, as the reader of the accounts tells them apart.
    pub fn of(book: &Book) -> Owners {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for owner in book.current_owners.iter().filter(|owner| !owner.is_empty()) {
            match counts.get_mut(owner) {
                Some(count) => *count += 1,
                None => _ = counts.insert(owner.clone(), 1),
            }
        }
        Owners(counts)
    }

    /// By name, in the order of their bytes.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(String::as_str)
    }

    /// How many accounts somebody owns.
    pub fn accounts(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Whether nobody owns an account.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The one of `known` that a name is meant for: the same, else the only one that differs in case and white space alone.
pub fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let mut like = known.clone().filter(|other| folded(other) == folded(name));
    known.clone().find(|other| *other == name).or_else(|| like.next().filter(|_| like.next().is_none()))
}

/// What a name that nobody has may have been: the nearest, or who there is.
pub fn advice<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean {near:?}?");
    }
    let shown: Vec<String> = known.clone().take(NAMES_SHOWN).map(|name| format!("{name:?}")).collect();
    let more = known.count().saturating_sub(NAMES_SHOWN);
    match (shown.is_empty(), more) {
        (true, _) => "there are none".into(),
        (false, 0) => format!("there are {}", shown.join(", ")),
        (false, more) => format!("there are {} and {more} more", shown.join(", ")),
    }
}

/// Names shown of a long list.
const NAMES_SHOWN: usize = 20;

/// A name without what does not make two people of one: case and white space.
pub fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_meant_for_one_or_for_nobody() {
        let known = ["Ana Diaz", "ben", "BEN", "Cy"];
        let meant = |name| meant(name, known.into_iter());
        assert_eq!(meant("ana  diaz "), Some("Ana Diaz"));
        assert_eq!((meant("ben"), meant("Ben"), meant("Dee")), (Some("ben"), None, None));
        assert_eq!(advice("Anna Diaz", known.into_iter()), "did you mean \"Ana Diaz\"?");
        assert!(advice("Somebody", known.into_iter()).starts_with("there are \"Ana Diaz\", "));
    }
}
