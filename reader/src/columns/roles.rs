//! Which column is taken for what: of several for one meaning the best, whatever their order.

use super::asked::Asked;
use super::excerpt::listed;
use super::fill::Fill;
use super::heading::{Known, OwnerForm, normal};
use super::judge::Verdict;
use super::log::Log;
use super::pass::hold_the_same;
use super::target::Target;
use carve_solver::finding::Code;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// What a column is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// What its heading says.
    Taken(Known),
    /// What owners are called beside their ids.
    Label(OwnerForm),
    /// The currency of amounts.
    Currency,
    /// A measure or attribute by its own name.
    Ordinary,
    /// Nothing, and why.
    Unused(String),
}

/// Ranks from here on are those of what exports have beside the thing itself.
pub(crate) const RANK_BESIDE: u16 = 5;
/// Columns that a finding names.
const NAMED_MAX: usize = 4;

/// Columns with what was read of them.
pub(crate) struct Columns<'a> {
    pub targets: &'a [Target],
    pub fills: &'a [Fill],
    /// Of the columns whose cells were looked at as numbers.
    pub verdicts: &'a [Option<Verdict>],
}

/// The role of each column.
pub(crate) fn roles(columns: &Columns, asked: &Asked, log: &mut Log) -> Vec<Role> {
    let mut roles: Vec<Role> = (0..columns.targets.len()).map(|at| columns.alone(at)).collect();
    let mut by_meaning: BTreeMap<Known, Vec<usize>> = BTreeMap::new();
    for (at, target) in columns.targets.iter().enumerate() {
        if let Some(known) = target.said.known.filter(|known| known.is_single())
            && columns.is_readable(at)
        {
            by_meaning.entry(meaning(known)).or_default().push(at);
        }
    }
    for (known, candidates) in by_meaning {
        let best = columns.best(&candidates);
        let others: Vec<usize> = candidates.into_iter().filter(|at| *at != best).collect();
        roles[best] = Role::Taken(columns.targets[best].said.known.unwrap_or(known));
        for &other in &others {
            roles[other] = columns.beaten(best, other);
        }
        columns.say_beaten(known, best, &others, log);
    }
    columns.doubled_names(&mut roles, asked, log);
    columns.not_used(&roles, log);
    roles
}

/// All ways to name an owner are one meaning.
fn meaning(known: Known) -> Known {
    match known {
        Known::Owner(_) => Known::Owner(OwnerForm::Id),
        known => known,
    }
}

impl Columns<'_> {
    fn alone(&self, at: usize) -> Role {
        let target = &self.targets[at];
        match target.said.known {
            Some(Known::Currency) => Role::Currency,
            None if target.said.currency_of.is_some() => Role::Currency,
            _ if target.heading.is_empty() && self.fills[at].filled == 0 => {
                Role::Unused("no heading and no values".into())
            }
            _ => Role::Ordinary,
        }
    }

    /// Whether the column can be what its heading says.
    fn is_readable(&self, at: usize) -> bool {
        match (&self.verdicts[at], self.targets[at].said.known) {
            (Some(verdict), Some(known)) if known.is_number() => !matches!(verdict, Verdict::Other(_)),
            _ => true,
        }
    }

    /// Cells that hold what the heading says.
    fn filled(&self, at: usize) -> u64 {
        match self.targets[at].said.known {
            Some(known) if known.is_number() => self.fills[at].survey.numbers,
            _ => self.fills[at].filled,
        }
    }

    /// Of several columns the one to take: none with less than half the cells of the fullest; converted amounts before
    /// others, surer spellings before others, fuller columns before others.
    fn best(&self, candidates: &[usize]) -> usize {
        // The other address stands in account by account, not for the whole column.
        let own = |at: &usize| self.targets[*at].said.rank < RANK_BESIDE && self.filled(*at) > 0;
        let is_place = candidates.iter().any(|&at| self.targets[at].said.known.is_some_and(Known::is_place));
        let owned: Vec<usize> = candidates.iter().copied().filter(own).collect();
        let candidates = if is_place && !owned.is_empty() { owned.as_slice() } else { candidates };
        let most = candidates.iter().map(|&at| self.filled(at)).max().unwrap_or(0);
        let full = candidates.iter().copied().filter(|&at| self.filled(at) * 2 >= most);
        let key = |at: &usize| {
            let target = &self.targets[*at];
            (!target.said.converted, target.said.rank, Reverse(self.filled(*at)), Reverse(target.heading.clone()), *at)
        };
        full.min_by_key(key).unwrap_or(candidates[0])
    }

    fn beaten(&self, best: usize, other: usize) -> Role {
        let (taken, beaten) = (&self.targets[best], &self.targets[other]);
        match (taken.said.known, beaten.said.known) {
            (Some(Known::Owner(taken)), Some(Known::Owner(form))) if form != taken => Role::Label(form),
            (_, Some(Known::Latitude | Known::Longitude)) => Role::Unused(format!("{} was taken", taken.heading)),
            _ if taken.said.converted && beaten.plain == taken.name => {
                Role::Unused(format!("{} was taken, whose amounts are in one currency", taken.heading))
            }
            _ if beaten.heading == taken.heading => Role::Unused("a second column of this heading".into()),
            _ => Role::Ordinary,
        }
    }

    /// Says of columns that mean the same which one was taken.
    fn say_beaten(&self, known: Known, best: usize, others: &[usize], log: &mut Log) {
        let taken = &self.targets[best];
        let twice = others.iter().filter(|&&other| {
            let same_heading = self.targets[other].heading == taken.heading;
            same_heading && self.filled(other) > 0 && !hold_the_same(&self.fills[best].held, &self.fills[other].held)
        });
        for &other in twice {
            let message =
                format!("two columns are headed \"{}\" and hold different values; keep one of them", taken.heading);
            log.of_column(Code::ColumnDuplicate, other.max(best), message);
        }
        let is_place = known.is_place();
        let told = others.iter().filter(|&&other| {
            let beaten = &self.targets[other];
            let label = matches!(self.beaten(best, other), Role::Label(_));
            let beside = beaten.said.rank >= RANK_BESIDE && taken.said.rank < RANK_BESIDE;
            let other_address = is_place && beaten.said.rank != taken.said.rank;
            self.filled(other) > 0
                && beaten.heading != taken.heading
                && !label
                && !beside
                && !other_address
                && !beaten.said.converted
        });
        let mut told: Vec<&str> = told.map(|&other| self.targets[other].heading.as_str()).collect();
        told.sort_unstable();
        let name = known.own_name().unwrap_or_default();
        if !told.is_empty() {
            let message = format!(
                "{name} is read from \"{}\"; {} could mean it too and {} not: leave out the columns that do not count, or name the right one {name}",
                taken.heading,
                listed(told.iter().copied(), NAMED_MAX),
                if told.len() == 1 { "is" } else { "are" }
            );
            log.of_column(Code::ColumnAmbiguous, best, message);
        }
        if is_place && taken.said.rank >= RANK_BESIDE {
            let message = format!("{name} is read from \"{}\", as no other column has values", taken.heading);
            log.of_column(Code::AddressFallback, best, message);
        }
    }

    /// Two ordinary columns of one name: the second is not used, and where somebody speaks of it that is an error.
    fn doubled_names(&self, roles: &mut [Role], asked: &Asked, log: &mut Log) {
        let mut order: Vec<usize> =
            (0..roles.len()).filter(|&at| matches!(roles[at], Role::Taken(_) | Role::Ordinary)).collect();
        order.sort_by_key(|&at| (roles[at] == Role::Ordinary, Reverse(self.fills[at].filled), at));
        let mut named: HashMap<&str, usize> = HashMap::new();
        for at in order {
            let target = &self.targets[at];
            let name = if roles[at] == Role::Ordinary { &target.plain } else { &target.name };
            let Some(&first) = named.get(name.as_str()) else {
                named.insert(name, at);
                continue;
            };
            roles[at] = Role::Unused(format!("another column is called {name}"));
            let same = hold_the_same(&self.fills[first].held, &self.fills[at].held);
            if asked.speaks_of(name) && !same {
                let message = format!("\"{}\" is a second column for {name}; keep one of them", target.heading);
                log.of_column(Code::ColumnDuplicate, at.max(first), message);
            } else if !same {
                let message = format!(
                    "\"{}\" is a second column for {name} and is not used; rename one to use both",
                    target.heading
                );
                log.of_column(Code::ColumnAmbiguous, at, message);
            }
        }
    }

    /// Headings that look as if they told of owners, parents or ids, and are not known.
    fn not_used(&self, roles: &[Role], log: &mut Log) {
        const LIKE: [(&str, &str); 10] = [
            ("owner", "current_owner"),
            ("salesrep", "current_owner"),
            ("seller", "current_owner"),
            ("accountexec", "current_owner"),
            ("inhaber", "current_owner"),
            ("proprietaire", "current_owner"),
            ("propietario", "current_owner"),
            ("proprietario", "current_owner"),
            ("parent", "parent_account_id"),
            ("accountid", "account_id"),
        ];
        for (at, target) in self.targets.iter().enumerate() {
            if roles[at] != Role::Ordinary || target.said.known.is_some() || self.fills[at].filled == 0 {
                continue;
            }
            let heading = normal(&target.heading);
            let Some((_, name)) = LIKE.iter().find(|(like, _)| heading.contains(like)) else { continue };
            let dated = ["date", "created", "modified", "changed", "count", "number", "type", "email", "phone"];
            if dated.iter().any(|word| heading.contains(word)) {
                continue;
            }
            let message = format!(
                "\"{}\" looks as if it told {name} and is not used for it; if it is meant, name the column {name}",
                target.heading
            );
            log.of_column(Code::ColumnNotUsed, at, message);
        }
    }
}
