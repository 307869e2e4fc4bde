//! Conflicts of totals: what limits leave room for, or ask for, beside what there is.

use super::story::{Story, Told};
use super::words::{capital, named};
use crate::index::{Keyed, LineIndex, RuleIndex, TierIndex};
use crate::problem::rows::RowOrBudget;
use crate::problem::rules::RuleKind;
use crate::proof::evidence::{Evidence, Fork};
use crate::proof::prices::Prices;

/// Which limits are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Lower ones: they ask for something.
    Least,
    /// Upper ones: they leave room.
    Most,
}

impl Story<'_> {
    /// The arithmetic where limits on one thing, each counted once, prove it by themselves.
    pub(super) fn totals(&self) -> Option<Told> {
        let Evidence { sets, forks } = &self.refuted.evidence;
        let [prices] = &sets[..] else { return None };
        let open = self.hard.open().filter(|_| forks.is_empty())?;
        let (most, _) = self.hard.weighed(prices, &open)?;
        let by: Keyed<LineIndex, f64> = prices.rows.iter().chain(&prices.budgets).copied().collect();
        let lines =
            |price: f64| by.pairs().filter(|(_, p)| **p == price).map(|(line, _)| line).collect::<Vec<LineIndex>>();
        let (above, below) = (lines(1.0), lines(-1.0));
        let first = *above.first().or(below.first())?;
        let unlike = |(line, price): (LineIndex, &f64)| {
            *price != 0.0 && (price.abs() != 1.0 || self.amount(self.rule(line), 0) != self.amount(self.rule(first), 0))
        };
        if by.pairs().any(unlike) {
            return None;
        }
        let (asked, room) = (self.sum(&above, Side::Least), self.sum(&below, Side::Most));
        let most_of_all = self.most_of_all(&above, &below).map_or(most, |of_all| of_all.min(most));
        let (sentence, remedy) = match (above.is_empty(), below.is_empty()) {
            (true, false) => {
                let held = self.with_all(self.rule(first), -most, -most_of_all);
                let (change, limit) = self.raised(&below, -most_of_all);
                let there = if self.is_all(first, -most) { "there are" } else { "what must go there is" };
                let sentence = format!("{}, and {there} {held}: {change}.", self.list(&below, Side::Most));
                (sentence, limit.and_then(|limit| self.remedy(first, false, limit)))
            }
            (false, true) => {
                let (change, limit) = self.lowered(&above, most_of_all);
                let there = if self.is_all(first, most) { "there are" } else { "what can go there is" };
                let held = self.with_all(self.rule(first), most, most_of_all);
                let sentence = format!("{}, and {there} {held}: {change}.", self.list(&above, Side::Least));
                (sentence, limit.and_then(|limit| self.remedy(first, true, limit)))
            }
            (false, false) if most == 0 => {
                let (asks, leaves) = (self.list(&above, Side::Least), self.list(&below, Side::Most));
                let lacking = self.bare(self.rule(first), asked - room);
                (format!("{asks}, and {leaves} for it: {lacking} too few."), None)
            }
            _ => return None,
        };
        Some(Told { sentence: capital(&sentence), accounts: Vec::new(), remedy })
    }

    /// The largest difference of sums over these lines that any assignment can have which keeps to where all rules let
    /// accounts go, families as one.
    fn most_of_all(&self, above: &[LineIndex], below: &[LineIndex]) -> Option<i128> {
        let mut prices = Prices::none(self.all.problem, TierIndex::FIRST);
        for (lines, price) in [(above, 1.0), (below, -1.0)] {
            for &line in lines {
                match self.all.problem.rows.row_or_budget(self.among_all(line)?) {
                    RowOrBudget::Row(row) => prices.rows[row] = price,
                    RowOrBudget::Budget(_) => return None,
                }
            }
        }
        self.all.weighed(&prices, &self.all.allowed()).map(|(most, _)| most)
    }

    /// What is left to say where no single fact tells it.
    pub(super) fn cases(&self) -> Told {
        let rules = capital(&named(self.subset.rules.iter().map(|rule| format!("rule {}", rule.id))));
        let cases = self.refuted.evidence.forks.iter().filter(|fork| matches!(fork, Fork::Outer(_))).count();
        let how = match cases {
            0 => "what their limits leave room for and ask for, added up, shows it".to_string(),
            _ => format!("each of {cases} cases that units can be in is shown to break one of them"),
        };
        let sentence = match self.subset.rules.len() {
            1 => format!("{rules} cannot be met: {how}."),
            _ => format!("{rules} cannot hold together: {how}."),
        };
        Told { sentence, accounts: Vec::new(), remedy: None }
    }

    fn limit(&self, line: LineIndex, side: Side) -> i128 {
        let line = &self.hard.lines[line];
        if side == Side::Least { line.lo } else { line.hi }.unwrap_or(0)
    }

    fn sum(&self, lines: &[LineIndex], side: Side) -> i128 {
        lines.iter().map(|&line| self.limit(line, side)).sum()
    }

    /// Whether an amount is all that there is of what a line counts.
    fn is_all(&self, line: LineIndex, amount: i128) -> bool {
        self.hard.lines[line].reach == amount
    }

    /// Rule by rule how often its limit counts and what that makes: `rule cap leaves room for 6 x 60 = 360 accounts`.
    fn list(&self, lines: &[LineIndex], side: Side) -> String {
        let mut groups: Vec<(RuleIndex, i128, i128)> = Vec::new();
        for &line in lines {
            let (rule, limit) = (self.hard.rule(line), self.limit(line, side));
            match groups.iter_mut().find(|(r, l, _)| (*r, *l) == (rule, limit)) {
                Some((_, _, count)) => *count += 1,
                None => groups.push((rule, limit, 1)),
            }
        }
        let verb = if side == Side::Least { "asks for" } else { "leaves room for" };
        let one = |&(rule, limit, count): &(RuleIndex, i128, i128)| {
            let data = &self.subset.rules[rule];
            let sum = self.amount(data, count * limit);
            let sum = if count == 1 { sum } else { format!("{count} x {} = {sum}", self.bare(data, limit)) };
            format!("rule {} {verb} {sum}", data.id)
        };
        let first = self.rule(lines[0]);
        let total = match groups.len() > 1 {
            true => format!(", {} in all", self.bare(first, self.sum(lines, side))),
            false => String::new(),
        };
        let step = self.bare(first, self.step(lines[0]));
        let rounded = lines.iter().any(|&line| self.stated(line, side).is_some_and(|l| l != self.limit(line, side)));
        let step = if rounded { format!(" (all amounts are multiples of {step})") } else { String::new() };
        format!("{}{total}{step}", named(groups.iter().map(one)))
    }

    /// The limit as the rule states it.
    fn stated(&self, line: LineIndex, side: Side) -> Option<i128> {
        match &self.rule(line).kind {
            RuleKind::Bounds { min, max, .. } => if side == Side::Least { *min } else { *max }.map(i128::from),
            RuleKind::Allow { .. }
            | RuleKind::Together { .. }
            | RuleKind::Apart { .. }
            | RuleKind::MoveLimit { .. }
            | RuleKind::Keep { .. }
            | RuleKind::CoverLimit { .. } => None,
        }
    }

    /// What divides all amounts that a line counts.
    fn step(&self, line: LineIndex) -> i128 {
        let rows = &self.subset.rows;
        match rows.row_or_budget(line) {
            RowOrBudget::Row(row) => i128::from(rows.loads[rows.rows[row].load].step),
            RowOrBudget::Budget(_) => 1,
        }
    }

    /// What upper limits must be raised to at least, in words, and as a number where they are one rule's.
    fn raised(&self, lines: &[LineIndex], held: i128) -> (String, Option<i128>) {
        let (count, step) = (lines.len() as i128, self.step(lines[0]));
        let shown = |amount: i128| self.bare(self.rule(lines[0]), amount);
        let lacking = shown(held - self.sum(lines, Side::Most));
        match self.alike(lines) {
            true if self.rule(lines[0]).kind.kept_apart().is_some() => {
                (format!("leave at least {lacking} of them out of it"), None)
            }
            true => {
                let limit = (held + count * step - 1).div_euclid(count * step) * step;
                (format!("raise the limit to at least {}", shown(limit)), Some(limit))
            }
            false => (format!("raise the limits by at least {lacking} in all"), None),
        }
    }

    /// What lower limits must be lowered to at least, in words, and as a number where they are one rule's.
    fn lowered(&self, lines: &[LineIndex], there: i128) -> (String, Option<i128>) {
        let (count, step) = (lines.len() as i128, self.step(lines[0]));
        let shown = |amount: i128| self.bare(self.rule(lines[0]), amount);
        match self.alike(lines) {
            true => {
                let limit = there.div_euclid(count * step) * step;
                (format!("lower the limit to at most {}", shown(limit)), Some(limit))
            }
            false => {
                let lacking = shown(self.sum(lines, Side::Least) - there);
                (format!("lower the limits by at least {lacking} in all"), None)
            }
        }
    }

    /// Whether the lines are one rule's.
    fn alike(&self, lines: &[LineIndex]) -> bool {
        lines.iter().all(|&line| self.hard.rule(line) == self.hard.rule(lines[0]))
    }
}
