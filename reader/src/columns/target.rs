//! What is looked for in each column, before any of its cells are read.

use super::asked::Asked;
use super::fill::Keep;
use super::heading::{Known, Said, Spellings};
use crate::formula::restore;
use carve_solver::is_city;
use carve_solver::limits::{FIELD_BYTES_MAX, ID_BYTES_MAX};
use std::collections::HashSet;

/// What is looked for in a column.
#[derive(Debug)]
pub(crate) struct Target {
    pub heading: String,
    pub said: Said,
    /// What plan files call it if it is taken for what its heading says.
    pub name: String,
    /// What they call it otherwise: its heading, or a name made for it.
    pub plain: String,
    pub keep: Keep,
    /// Whether heading or plan say that it holds amounts.
    pub expected: bool,
}

/// The targets of all columns.
pub(crate) fn targets(headings: &[String], asked: &Asked) -> Vec<Target> {
    let spellings = Spellings::new();
    let said: Vec<Said> = headings.iter().map(|heading| spellings.read(heading)).collect();
    let plain: Vec<String> = (headings.iter().zip(1..))
        .map(
            |(heading, number)| {
                if heading.is_empty() { format!("column_{number}") } else { restore(heading).to_owned() }
            },
        )
        .collect();
    let own = |at: usize| said[at].known.and_then(Known::own_name);
    let taken: HashSet<&str> = (0..headings.len()).map(|at| own(at).unwrap_or(&plain[at])).collect();
    // Parents may be told by name, which only the names of the accounts can resolve.
    let by_name = said.iter().any(|said| said.known == Some(Known::Parent) && !is_by_id(said));
    let named: Vec<(String, String)> = (0..headings.len())
        .map(|at| {
            let name = asked.name(&plain[at], own(at), |name| taken.contains(name));
            let plain = asked.name(&plain[at], None, |name| taken.contains(name));
            (name, plain)
        })
        .collect();
    let has_city = named.iter().any(|(name, plain)| is_city(name) || is_city(plain));
    (headings.iter().zip(said).zip(named))
        .map(|((heading, said), (name, plain))| {
            let expected = matches!(said.known, Some(Known::Amount(_))) || asked.measures.contains(&name);
            let asked_for = asked.keeps(&name, has_city) || asked.keeps(&plain, has_city);
            let keep = keep(&said, &name, expected, (by_name, asked_for), asked);
            Target { heading: heading.clone(), said, name, plain, keep, expected }
        })
        .collect()
}

/// Whether some column holds cities, beside which states and countries tell accounts apart.
pub(crate) fn has_city(targets: &[Target]) -> bool {
    targets.iter().any(|target| is_city(&target.name) || is_city(&target.plain))
}

/// Whether the heading says that parents are told by id.
pub(crate) fn is_by_id(said: &Said) -> bool {
    said.rank <= 1
}

impl Target {
    /// Bytes that a cell may have.
    pub(crate) fn bytes_max(&self) -> usize {
        match self.said.known {
            Some(Known::AccountId | Known::Parent | Known::Owner(_)) => ID_BYTES_MAX,
            _ => FIELD_BYTES_MAX,
        }
    }

    /// The name by which findings call the column if it is taken for what its heading says.
    pub(crate) fn field(&self) -> String {
        match self.said.known {
            Some(Known::Latitude) => "place.latitude".to_owned(),
            Some(Known::Longitude) => "place.longitude".to_owned(),
            _ => self.name.clone(),
        }
    }
}

/// `by_name`: parents may be told by the names of accounts; `asked_for`: somebody wants the text.
fn keep(said: &Said, name: &str, expected: bool, (by_name, asked_for): (bool, bool), asked: &Asked) -> Keep {
    let text = if asked_for { Keep::Interned } else { Keep::Count };
    match said.known {
        Some(Known::AccountId | Known::Parent) => Keep::Texts,
        Some(Known::Name) if asked_for || by_name => Keep::Texts,
        Some(Known::Name) => Keep::Count,
        Some(Known::Owner(_) | Known::Currency | Known::Deleted | Known::Status | Known::OwnerActive(_)) => {
            Keep::Interned
        }
        Some(Known::Latitude | Known::Longitude) => Keep::Degrees,
        Some(Known::City | Known::State | Known::Country | Known::PostalCode) if asked.places => Keep::Interned,
        Some(Known::Street | Known::City | Known::State | Known::Country | Known::PostalCode) => text,
        Some(Known::Amount(_)) => Keep::Amounts,
        Some(Known::Number(_)) if asked.everything => Keep::Amounts,
        _ if said.currency_of.is_some() => Keep::Interned,
        // A filter may want it as text; what it holds is then seen from its different texts.
        _ if asked.filters.iter().any(|filter| filter.contains(name)) => Keep::Interned,
        _ if expected => Keep::Amounts,
        _ if asked_for => Keep::Interned,
        _ => Keep::Survey,
    }
}
