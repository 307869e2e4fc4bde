//! Places for a book's accounts that have none, and what to say about it: one finding a kind.

use crate::ladder::{Doubt, Ladder, Step};
use crate::{Address, Addresses, Habits, coordinates};
use carve_solver::counting::{has, is, many};
use carve_solver::finding::{Code, Finding, Place};
use carve_solver::grouped;
use carve_solver::input::RawPlace;

/// Accounts named in a finding; the rest is counted.
const NAMED: usize = 3;
/// Letters of a value shown in a finding.
const LETTERS: usize = 60;

/// The columns of a book that places are written to.
#[derive(Debug)]
pub struct Accounts<'a> {
    /// Their ids, to name them in findings.
    pub ids: &'a [String],
    /// Their places; those that are there stay.
    pub places: &'a mut [Option<RawPlace>],
    /// Typical errors of all places, km; made as long as the book where a place is not exact.
    pub errors_km: &'a mut Vec<f64>,
}

/// Places the accounts that have no coordinates by their addresses, and checks the coordinates of the others against
/// theirs. Gives what there is to say.
pub fn fill(accounts: Accounts<'_>, addresses: &Addresses<'_>) -> Vec<Finding> {
    let Accounts { ids, places, errors_km } = accounts;
    if addresses.count() == 0 {
        return Vec::new();
    }
    let mut findings = coordinates::check(ids, places, addresses);
    if places.iter().all(Option::is_some) {
        return findings;
    }
    let habits = Habits::of(addresses);
    let mut ladder = Ladder::of(&habits);
    let mut said = Said::default();
    for (account, place) in places.iter_mut().enumerate().filter(|(_, place)| place.is_none()) {
        let address = addresses.of(account);
        let answer = ladder.locate(&address);
        said.without += 1;
        said.unnamed += usize::from(address.country.trim().is_empty() && answer.located.is_some());
        if let Some(doubt) = answer.doubt {
            said.doubt(doubt, account, &address);
        }
        if let Some(located) = answer.located {
            errors_km.resize(errors_km.len().max(ids.len()), 0.0);
            errors_km[account] = located.typical_error_km;
            said.errors_km[located.step as usize].push(located.typical_error_km as f32);
            *place = Some(RawPlace { latitude: located.latitude, longitude: located.longitude });
        }
    }
    findings.extend(said.findings(ids, &habits));
    findings
}

/// What is to be said of the accounts without coordinates.
#[derive(Default)]
struct Said {
    without: usize,
    /// Placed, and without a country.
    unnamed: usize,
    /// Typical errors of those placed at each step.
    errors_km: [Vec<f32>; Step::ALL.len()],
    zip_believed: Listed,
    state_believed: Listed,
    ambiguous: Listed,
    unknown: Listed,
    military: usize,
}

impl Said {
    fn doubt(&mut self, doubt: Doubt, account: usize, address: &Address<'_>) {
        let text = |a: &str, b: &str| (a.trim().to_owned(), b.trim().to_owned());
        match doubt {
            Doubt::ZipBelieved => self.zip_believed.add(account, || text(address.postal_code, address.state)),
            Doubt::StateBelieved => self.state_believed.add(account, || text(address.postal_code, address.state)),
            Doubt::Ambiguous => self.ambiguous.add(account, || text(address.postal_code, "")),
            Doubt::Military | Doubt::Unknown => {
                self.military += usize::from(doubt == Doubt::Military);
                let given = [address.city, address.state, address.postal_code, address.country];
                let given: Vec<&str> = given.into_iter().map(str::trim).filter(|text| !text.is_empty()).collect();
                self.unknown.add(account, || (given.join(", "), String::new()));
            }
        }
    }

    fn findings(mut self, ids: &[String], habits: &Habits) -> Vec<Finding> {
        let all = [self.placed(habits), self.contradicting(ids), self.ambiguous(ids), self.unknown(ids)];
        all.into_iter().flatten().collect()
    }

    fn placed(&mut self, habits: &Habits) -> Option<Finding> {
        let placed: usize = self.errors_km.iter().map(Vec::len).sum();
        let step = |(step, errors): (&Step, &mut Vec<f32>)| {
            let count = errors.len();
            if count == 0 {
                return None;
            }
            let (_, median, _) = errors.select_nth_unstable_by(count / 2, f32::total_cmp);
            Some(format!("{} by {} (±{} km)", grouped(count), step.name(), rounded(*median)))
        };
        let steps: Vec<String> = Step::ALL.iter().zip(&mut self.errors_km).filter_map(step).collect();
        let habits = habits.say().filter(|_| self.unnamed > 0).map_or(String::new(), |say| format!("; {say}"));
        let message = format!(
            "{} of the {} without coordinates {} placed by address: {}; the coarser, the less they count in \
             compactness{habits}",
            grouped(placed),
            many(self.without, "account"),
            is(placed),
            steps.join(", "),
        );
        (placed > 0).then(|| Finding::new(Code::PlaceFromPostalCode, Place::Book, message))
    }

    fn contradicting(&self, ids: &[String]) -> Option<Finding> {
        let (zip, state) = (&self.zip_believed, &self.state_believed);
        let say = |(zip, state): &(String, String)| format!("{zip} in {state}");
        let parts = [(zip, "the ZIP is believed"), (state, "the state is believed, as the town is in it")];
        let part = |(listed, what): (&Listed, &str)| {
            let first = listed.first_with(ids, say);
            (listed.count() > 0).then(|| format!("{what} for {} (first: {first})", grouped(listed.count())))
        };
        let parts: Vec<String> = parts.into_iter().filter_map(part).collect();
        let message = format!(
            "{} {} a ZIP that lies in another state than the one given: {}; mend the one that is wrong",
            many(zip.count() + state.count(), "account"),
            has(zip.count() + state.count()),
            parts.join("; ")
        );
        let listed = if zip.first() <= state.first() { zip } else { state };
        listed.finding(Code::PostalCodeContradictsState, "postal_code", message)
    }

    fn ambiguous(&self, ids: &[String]) -> Option<Finding> {
        let first = self.ambiguous.first_with(ids, |(code, _)| code.clone());
        let message = format!(
            "{} could be US ZIPs (first: {first}), but no country is named there, and the book does not tell that these \
             accounts are in the US; give a country",
            many(self.ambiguous.count(), "postal code")
        );
        self.ambiguous.finding(Code::PostalCodeAmbiguous, "postal_code", message)
    }

    fn unknown(&self, ids: &[String]) -> Option<Finding> {
        let first = self.unknown.first_with(ids, |(text, _)| text.clone());
        let military = match self.military {
            0 => String::new(),
            count => {
                format!("; {} of them {} military post, which is nowhere in particular", grouped(count), is(count))
            }
        };
        let message = format!(
            "{} {} an address in which nothing is known (first: {first}), and no place{military}; give \
             coordinates, a ZIP, a state or a country",
            many(self.unknown.count(), "account"),
            has(self.unknown.count())
        );
        self.unknown.finding(Code::AddressUnknown, "place", message)
    }
}

/// Accounts of one kind: how many, and the first of them with what they have.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    count: usize,
    first: Vec<(usize, (String, String))>,
}

impl Listed {
    pub fn add(&mut self, account: usize, what: impl FnOnce() -> (String, String)) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push((account, what()));
        }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// The first account, after all others where there is none.
    fn first(&self) -> usize {
        self.first.first().map_or(usize::MAX, |(account, _)| *account)
    }

    /// The first of them in words.
    pub fn first_with(&self, ids: &[String], say: impl Fn(&(String, String)) -> String) -> String {
        let named = |(account, what): &(usize, (String, String))| {
            let id = ids.get(*account).map_or("", String::as_str);
            format!("{:?}: {}", short(id), short(&say(what)))
        };
        self.first.iter().map(named).collect::<Vec<String>>().join("; ")
    }

    /// The finding on them, where there are any.
    pub fn finding(&self, code: Code, field: &str, message: String) -> Option<Finding> {
        let (account, _) = self.first.first()?;
        Some(Finding::new(code, Place::Account(*account, field.to_owned()), message))
    }
}

/// Text that others wrote, so short that it fits a sentence and without what a terminal would obey.
fn short(text: &str) -> String {
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(LETTERS).collect();
    if text.chars().count() > LETTERS {
        shown.push('…');
    }
    shown
}

/// Km in two digits.
fn rounded(km: f32) -> String {
    let unit = if km >= 100.0 { 10.0 } else { 1.0 };
    format!("{:.0}", (km / unit).round() * unit)
}
