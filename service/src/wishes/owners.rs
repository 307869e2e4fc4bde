//! Who owns accounts today, and names that are meant for one of the sellers.

use carve_proto::v1::Seat;
use carve_reader::{OwnerLabel, same_id};
use carve_solver::input::Book;
use carve_solver::nearest;
use std::collections::{BTreeMap, BTreeSet};

/// Owners with the number of their accounts, by the name or id that the accounts have; and what those that are known by
/// ids are called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    counts: BTreeMap<String, usize>,
    labels: BTreeMap<String, OwnerLabel>,
}

impl Owners {
    /// Those of the accounts, as the reader of the accounts tells them apart and names them.
    pub fn of(book: &Book, labels: &[OwnerLabel]) -> Owners {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for owner in book.current_owners.iter().filter(|owner| !owner.is_empty()) {
            match counts.get_mut(owner) {
                Some(count) => *count += 1,
                None => _ = counts.insert(owner.clone(), 1),
            }
        }
        Owners { counts, labels: labels.iter().map(|label| (label.owner.clone(), label.clone())).collect() }
    }

    /// By the name or id that the accounts have, in the order of their bytes.
    pub fn ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.counts.keys().map(String::as_str)
    }

    /// How many accounts somebody owns.
    pub fn accounts(&self, id: &str) -> usize {
        self.counts.get(id).copied().unwrap_or_default()
    }

    /// Whether nobody owns an account.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// What people call a seller: `Ana Diaz (0053z00000AbCdEAAV)`, or the name alone where that is the id.
    pub fn called(&self, id: &str) -> String {
        self.person(id).called()
    }

    fn person(&self, id: &str) -> Person {
        let mut person = Person { id: id.to_owned(), ..Person::default() };
        if let Some(label) = self.labels.get(id) {
            person.names.extend([&label.name, &label.email].into_iter().filter(|name| !name.is_empty()).cloned());
        }
        person
    }
}

/// One of those whom a name may be meant for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Person {
    id: String,
    /// What people call them, the usual name first.
    names: Vec<String>,
}

impl Person {
    fn called(&self) -> String {
        match self.names.first().filter(|name| **name != self.id) {
            Some(name) => format!("{name} ({})", self.id),
            None => self.id.clone(),
        }
    }
}

/// Whom a name is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// The one with this id.
    One(String),
    /// Any of these, as people call them.
    Several(Vec<String>),
    /// Nobody known.
    Nobody,
}

/// Sellers by their ids, each once, with all that they are called.
#[derive(Debug, Clone, Default)]
pub struct People(BTreeMap<String, Person>);

impl People {
    /// All who own accounts.
    pub fn owners(owners: &Owners) -> People {
        People::default().with(owners.ids(), owners)
    }

    /// Those who have a seat.
    pub fn seats(seats: &[Seat], owners: &Owners) -> People {
        let mut people = People::default().with(seats.iter().map(|seat| seat.seat_id.as_str()), owners);
        for seat in seats {
            let ids = seat.external_ids.as_ref();
            let told = [Some(&seat.display_name), ids.map(|ids| &ids.email), ids.map(|ids| &ids.user_id)];
            let told: Vec<&String> = told.into_iter().flatten().filter(|name| !name.is_empty()).collect();
            let Some(person) = people.0.get_mut(&seat.seat_id) else { continue };
            person.names.retain(|name| !told.contains(&name));
            person.names.splice(0..0, told.into_iter().cloned());
        }
        people
    }

    /// These, and others by their ids.
    pub fn with<'a>(mut self, ids: impl Iterator<Item = &'a str>, owners: &Owners) -> People {
        for id in ids {
            self.0.entry(id.to_owned()).or_insert_with(|| owners.person(id));
        }
        self
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whom a name is meant for: the one with this id, else the only one whose id differs in how it is written alone, else
    /// the only one who is called so.
    pub fn meant(&self, name: &str) -> Meant {
        if self.0.contains_key(name) {
            return Meant::One(name.to_owned());
        }
        let by_id = |person: &&Person| same(&person.id, name);
        if let Some(person) = self.0.values().find(|person| person.called() == name) {
            return Meant::One(person.id.clone());
        }
        let called = |person: &&Person| person.names.iter().any(|other| same(other, name));
        let mut found: Vec<&Person> = self.0.values().filter(by_id).collect();
        if found.is_empty() {
            found = self.0.values().filter(called).collect();
        }
        match found.as_slice() {
            [] => Meant::Nobody,
            [one] => Meant::One(one.id.clone()),
            several => Meant::Several(several.iter().map(|person| person.called()).collect()),
        }
    }

    /// What people call somebody: `Ana Diaz (0053z00000AbCdEAAV)`.
    pub fn called(&self, id: &str) -> String {
        self.0.get(id).map_or_else(|| id.to_owned(), Person::called)
    }

    /// The shortest that means this one alone.
    pub fn name_for(&self, id: &str) -> String {
        let name = self.0.get(id).and_then(|person| person.names.first());
        name.filter(|name| self.meant(name) == Meant::One(id.to_owned())).map_or_else(|| id.to_owned(), String::clone)
    }

    /// What a name that nobody has may have been: the nearest, or who there is.
    pub fn advice(&self, name: &str) -> String {
        let all = || self.0.values().flat_map(|person| std::iter::once(&person.id).chain(&person.names));
        if let Some(near) = nearest(name, all().map(String::as_str)) {
            let whose: BTreeSet<String> = self
                .0
                .values()
                .filter(|p| p.id == near || p.names.iter().any(|n| n == near))
                .map(Person::called)
                .collect();
            return match whose.first().filter(|_| whose.len() == 1) {
                Some(one) if *one != near => format!("did you mean {near:?}, who is {one}?"),
                _ => format!("did you mean {near:?}?"),
            };
        }
        let shown: Vec<String> =
            self.0.values().take(NAMES_SHOWN).map(|person| format!("{:?}", person.called())).collect();
        let more = self.0.len().saturating_sub(NAMES_SHOWN);
        match (shown.is_empty(), more) {
            (true, _) => "there are none".into(),
            (false, 0) => format!("there are {}", shown.join(", ")),
            (false, more) => format!("there are {} and {more} more", shown.join(", ")),
        }
    }
}

/// Says whom an ambiguous name may mean, and what to write.
pub fn ambiguous(name: &str, several: &[String]) -> String {
    let listed: Vec<String> = several.iter().map(|person| format!("{person:?}")).collect();
    let ids_tell = several.iter().any(|person| folded(person) != folded(name));
    let advice = if ids_tell { "write the id" } else { "write it exactly as it is there" };
    format!("{name:?} may be any of {}; {advice}", listed.join(", "))
}

/// Names shown of a long list.
const NAMES_SHOWN: usize = 20;

/// Whether two spellings are one name or id.
fn same(one: &str, other: &str) -> bool {
    same_id(one, other).unwrap_or_else(|| folded(one) == folded(other))
}

/// A name without what does not make two people of one: case and white space.
pub fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(named: &[(&str, &str, &str)]) -> Owners {
        let current_owners = named.iter().map(|(id, ..)| (*id).to_owned()).collect();
        let label = |(owner, name, email): &(&str, &str, &str)| OwnerLabel {
            owner: (*owner).into(),
            name: (*name).into(),
            email: (*email).into(),
        };
        let labels: Vec<OwnerLabel> = named.iter().filter(|(_, name, _)| !name.is_empty()).map(label).collect();
        Owners::of(&Book { current_owners, ..Book::default() }, &labels)
    }

    #[test]
    fn a_name_is_meant_for_one_for_several_or_for_nobody() {
        let owners = owners(&[("Ana Diaz", "", ""), ("ben", "", ""), ("BEN", "", ""), ("Cy", "", "")]);
        let people = People::owners(&owners);
        let one = |name: &str| Meant::One(name.into());
        assert_eq!(people.meant("ana  diaz "), one("Ana Diaz"));
        assert_eq!((people.meant("ben"), people.meant("Dee")), (one("ben"), Meant::Nobody));
        assert_eq!(people.meant("Ben"), Meant::Several(vec!["BEN".into(), "ben".into()]));
        assert_eq!(people.advice("Anna Diaz"), "did you mean \"Ana Diaz\"?");
        assert!(people.advice("Somebody").starts_with("there are \"Ana Diaz\", "));
    }

    #[test]
    fn people_known_by_ids_are_called_by_their_names_and_by_both_forms_of_the_id() {
        let (eve, ana, other) = ("0053z00000AbCdEAAV", "0053z00000AbCdF", "0053z00000abcdE");
        let owners = owners(&[
            (eve, "Eve Adams", "eve@corp.com"),
            (ana, "Ana Diaz", "ana@corp.com"),
            (other, "ana diaz", "ana2@corp.com"),
        ]);
        let people = People::owners(&owners);
        for name in [eve, "0053z00000AbCdE", "eve adams", "EVE@corp.com", "Eve Adams (0053z00000AbCdEAAV)"] {
            assert_eq!(people.meant(name), Meant::One(eve.into()), "{name}");
        }
        // The case of ids counts, and a name that two have is nobody's alone.
        assert_eq!(people.meant("0053z00000ABCDE"), Meant::Nobody);
        let Meant::Several(several) = people.meant("Ana Diaz") else { panic!("two have it") };
        assert_eq!(several, ["Ana Diaz (0053z00000AbCdF)", "ana diaz (0053z00000abcdE)"]);
        assert_eq!(people.meant(&several[1]), Meant::One(other.into()));
        assert_eq!((people.name_for(eve), people.name_for(ana)), ("Eve Adams".into(), ana.to_owned()));
        let said = ambiguous("Ana Diaz", &several);
        assert!(said.contains("\"Ana Diaz (0053z00000AbCdF)\"") && said.ends_with("write the id"), "{said}");
    }
}
