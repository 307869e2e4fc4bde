//! Conflicts over where accounts can go: a unit without a leaf, and limits that break whatever goes where.

use super::story::{NewLimit, Remedy, Story, Told};
use super::words::{capital, named};
use crate::index::{AccountIndex, LeafIndex, LineIndex, Number, RuleIndex, UnitIndex};
use crate::problem::rules::{Rule, RuleKind};
use crate::proof::lines::{Hard, Open};

impl Story<'_> {
    /// Pins, forbids and restrictions leave a unit no leaf.
    pub(super) fn nowhere_by_rules(&self, unit: UnitIndex) -> Told {
        let inside = |accounts: &[AccountIndex]| accounts.iter().any(|a| self.subset.units.of[*a] == unit);
        let touches = |rule: &&Rule| rule.kind.allowed().is_some_and(|(accounts, _)| inside(accounts));
        let rules: Vec<String> =
            self.subset.rules.iter().filter(touches).map(|rule| format!("rule {}", rule.id)).collect();
        let leave = if rules.len() == 1 { "leaves" } else { "together leave" };
        let (who, joined) = (self.who(unit), self.together(unit));
        Told {
            sentence: format!("{} {leave} {who} no leaf to go to{joined}.", capital(&named(rules.into_iter()))),
            accounts: self.subset.units.members(unit).to_vec(),
            remedy: None,
        }
    }

    /// A line that breaks by itself, by where rules let accounts go.
    pub(super) fn fails_alone(&self, line: LineIndex, open: &Open) -> Option<Told> {
        let data = &self.hard.lines[line];
        let (least, most) = self.hard.activity(line, open);
        let of_all = self.among_all(line).map(|line| self.all.activity(line, &self.all.allowed()));
        let (least_of_all, most_of_all) = of_all.map_or((least, most), |(low, high)| (low.max(least), high.min(most)));
        let (rule, place, loosen) = (self.rule(line), self.place(line), self.loosen_instead());
        if data.hi.is_some_and(|hi| least > hi) {
            let forced = self.subset.units.all().iter().filter(|&u| data.extremes(u, open).0 > 0);
            let (must, least_allowed) = (self.with_all(rule, least, least_of_all), self.bare(rule, least_of_all));
            let accounts: Vec<AccountIndex> = forced.flat_map(|u| self.subset.units.members(u)).copied().collect();
            let allowed = self.amount(rule, self.stated_most(line));
            let sentence = match &rule.kind {
                RuleKind::MoveLimit { .. } => format!(
                    "Rule {} lets at most {allowed} leave their owner{place}, and wherever accounts go at least {must} must: allow at least {least_allowed}{loosen}.",
                    rule.id
                ),
                RuleKind::Keep { .. } => format!("Rule {} cannot hold{place}, wherever accounts go{loosen}.", rule.id),
                RuleKind::Allow { .. }
                | RuleKind::Together { .. }
                | RuleKind::Apart { .. }
                | RuleKind::Bounds { .. }
                | RuleKind::CoverLimit { .. } => format!(
                    "Rule {} allows at most {allowed}{place}, and {must} must go there: raise it to at least {least_allowed}{loosen}.",
                    rule.id
                ),
            };
            return Some(Told { sentence, accounts, remedy: self.remedy(line, false, least_of_all) });
        }
        let lo = data.lo.filter(|lo| most < *lo)?;
        let sentence = format!(
            "Rule {} asks for at least {}{place}, and at most {} can go there: lower it to at most {}{loosen}.",
            rule.id,
            self.amount(rule, lo),
            self.with_all(rule, most, most_of_all),
            self.bare(rule, most_of_all)
        );
        Some(Told { sentence, accounts: Vec::new(), remedy: self.remedy(line, true, most_of_all) })
    }

    /// A rule's new limit, where it is one that can be changed.
    pub(super) fn remedy(&self, line: LineIndex, min: bool, limit: i128) -> Option<Remedy> {
        let limit = i64::try_from(limit).ok()?;
        let to = if min { NewLimit::Min(limit) } else { NewLimit::Max(limit) };
        let rule = self.hard.rule(line);
        let changes = match self.subset.rules[rule].kind {
            RuleKind::Bounds { .. } => true,
            RuleKind::MoveLimit { per_owner, .. } => !per_owner,
            RuleKind::Allow { .. }
            | RuleKind::Together { .. }
            | RuleKind::Apart { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => false,
        };
        changes.then(|| Remedy { rule: self.refuted.rules[rule], to })
    }

    /// The rules that say where accounts go, as a clause to loosen them instead.
    fn loosen_instead(&self) -> String {
        let rules: Vec<String> = self
            .subset
            .rules
            .iter()
            .filter(|rule| rule.kind.speaks_of_places())
            .map(|rule| format!("rule {}", rule.id))
            .collect();
        if rules.is_empty() { String::new() } else { format!(", or loosen {}", named(rules.into_iter())) }
    }

    /// A unit that at every leaf breaks some line, by itself or with what must be there.
    pub(super) fn fits_nowhere(&self, open: &Open) -> Option<Told> {
        let shutters = Shutters::of(self.hard, open);
        let mut units = self.subset.units.all().iter();
        let unit = units.find(|&unit| open.leaves(unit).all(|leaf| shutters.at(unit, leaf).is_some()))?;
        let mut lines: Vec<LineIndex> = open.leaves(unit).filter_map(|leaf| shutters.at(unit, leaf)).collect();
        lines.sort_unstable();
        lines.dedup();
        let adds =
            |line: LineIndex| open.leaves(unit).map(|l| self.hard.lines[line].amount(unit, l)).max().unwrap_or(0);
        let alone = |line: LineIndex| self.hard.lines[line].hi.is_some_and(|hi| adds(line) > hi);
        let mut rules: Vec<RuleIndex> = lines.iter().map(|&line| self.hard.rule(line)).collect();
        rules.dedup();
        let clause = |&rule: &RuleIndex| {
            let own: Vec<LineIndex> = lines.iter().copied().filter(|&line| self.hard.rule(line) == rule).collect();
            let at = named(own.iter().filter_map(|&line| self.node(line)).map(String::from));
            let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
            let data = &self.subset.rules[rule];
            match data.kind.kept_apart() {
                Some(accounts) if own.iter().all(|&line| alone(line)) => {
                    let inside = accounts.iter().filter(|a| self.subset.units.of[**a] == unit);
                    let inside = named(inside.map(|&a| format!("{:?}", self.problem.accounts.ids[a])));
                    format!("rule {} keeps {inside} apart", data.id)
                }
                _ if own.iter().all(|&line| alone(line)) => format!(
                    "rule {} allows at most {}{at}, and it holds {}",
                    data.id,
                    self.amount(data, self.stated_most(own[0])),
                    self.bare(data, adds(own[0]))
                ),
                _ => format!("rule {} has no room for it{at}", data.id),
            }
        };
        let single = rules.len() == 1 && alone(lines[0]);
        let remedy = single.then(|| self.remedy(lines[0], false, adds(lines[0]))).flatten();
        let change = match remedy {
            Some(_) => {
                let least = self.bare(self.rule(lines[0]), adds(lines[0]));
                format!(": raise the limit to at least {least}")
            }
            None => String::new(),
        };
        let sentence = format!(
            "There is no leaf for {}: {}{}{change}.",
            self.who(unit),
            named(rules.iter().map(clause)),
            self.together(unit)
        );
        Some(Told { sentence, accounts: self.subset.units.members(unit).to_vec(), remedy })
    }
}

/// For each unit and open leaf the first line that cannot hold with the unit there.
struct Shutters {
    /// Units × leaves.
    first: Vec<Option<LineIndex>>,
    leaves: usize,
}

impl Shutters {
    fn of(hard: &Hard, open: &Open) -> Shutters {
        let (units, leaves) = (hard.problem.units.count(), hard.problem.tree.leaves.len());
        let mut first = vec![None; units * leaves];
        for (number, line) in hard.lines.pairs() {
            let (least, most) = hard.activity(number, open);
            for unit in hard.problem.units.all() {
                let (low, high) = line.extremes(unit, open);
                for leaf in open.leaves(unit) {
                    let added = line.amount(unit, leaf);
                    let over = line.hi.is_some_and(|hi| least - low + added > hi);
                    let under = line.lo.is_some_and(|lo| most - high + added < lo);
                    let cell = &mut first[unit.get() * leaves + leaf.get()];
                    if cell.is_none() && (over || under) {
                        *cell = Some(number);
                    }
                }
            }
        }
        Shutters { first, leaves }
    }

    /// The line that shuts a leaf to a unit.
    fn at(&self, unit: UnitIndex, leaf: LeafIndex) -> Option<LineIndex> {
        self.first[unit.get() * self.leaves + leaf.get()]
    }
}
