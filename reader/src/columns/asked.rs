//! What the rest of a request speaks of: nothing else of a large file is kept.

use super::cell::number::Mark;
use super::heading::normal;
use std::collections::BTreeSet;

/// What the rest of a request speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Whether everything is kept, whatever the rest of the request says.
    pub everything: bool,
    /// Whether the measures that the words of the trade name are balanced, as no tiers are given.
    pub default_measures: bool,
    /// Measures and attributes that are named outright.
    pub names: BTreeSet<String>,
    /// Of these, measures.
    pub measures: BTreeSet<String>,
    /// Filters, which may name any column.
    pub filters: Vec<String>,
    /// Whether it matters where accounts are.
    pub places: bool,
    /// Ids of seats and nodes, which owners are to be called by.
    pub seat_ids: BTreeSet<String>,
    /// The decimal mark of all amounts; `None`: each column tells its own.
    pub decimal_mark: Option<DecimalMark>,
}

/// The mark before decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1,234.50`
    Point,
    /// `1.234,50`
    Comma,
}

impl From<DecimalMark> for Mark {
    fn from(given: DecimalMark) -> Mark {
        match given {
            DecimalMark::Point => Mark::Point,
            DecimalMark::Comma => Mark::Comma,
        }
    }
}

impl Asked {
    /// Keeps everything, and takes the default measures as balanced.
    pub fn everything() -> Asked {
        Asked { everything: true, default_measures: true, places: true, ..Asked::default() }
    }

    /// Whether something may speak of a column of this name.
    pub(crate) fn speaks_of(&self, name: &str) -> bool {
        // In backquotes a backquote is doubled.
        let speaks = |filter: &String| filter.contains(name) || filter.contains(&name.replace('`', "``"));
        self.everything || self.names.contains(name) || self.filters.iter().any(speaks)
    }

    /// Whether the text of a column of this name is kept: something may speak of it, it is shown beside ids, or findings
    /// about the data look at it; `has_city`: some column holds cities.
    pub(crate) fn keeps(&self, name: &str, has_city: bool) -> bool {
        self.speaks_of(name) || name == "name" || carve_solver::looks_at(name, has_city)
    }

    /// Whether a measure of this name is used.
    pub(crate) fn uses(&self, name: &str, by_default: bool) -> bool {
        self.measures.contains(name) || (by_default && self.default_measures)
    }

    /// What a column is called: its heading where the request names it so, else its own name, else the name by which the
    /// request means it in another spelling, else its heading. `taken` tells which names are those of other columns.
    pub(crate) fn name(&self, heading: &str, own: Option<&str>, taken: impl Fn(&str) -> bool) -> String {
        if self.names.contains(heading) {
            return heading.to_owned();
        }
        let plain = own.unwrap_or(heading);
        if self.names.contains(plain) {
            return plain.to_owned();
        }
        let means = |name: &&String| {
            let spelling = normal(name);
            !taken(name) && (spelling == normal(heading) || spelling == normal(plain))
        };
        self.names.iter().find(means).map_or(plain, |name| name).to_owned()
    }
}
