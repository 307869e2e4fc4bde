//! Why no plan meets the hard rules, in words: the arithmetic of what conflicts and the least change that it asks for.
//! Everything here follows from the rules, families and evidence named, so that a check says the same.

use crate::plan::{ConflictingDefault, DefaultKind, Reason, Termination};
use crate::problem::Problem;
use crate::problem::rules::{Rule, RuleKind};
use crate::proof::evidence::{Evidence, Fork};
use crate::proof::infeasible::{Hard, Open, Refuted, Shutters};

/// Accounts named in an answer, at most; where more matter, none is named.
const ACCOUNTS_MAX: usize = 100;
/// Accounts, rules or families named in a sentence, at most; the rest is counted.
const NAMED_MAX: usize = 4;

/// What conflicts, one fact after another.
struct Story<'a> {
    problem: &'a Problem,
    /// Cut down to what conflicts.
    subset: &'a Problem,
    hard: &'a Hard<'a>,
    refuted: &'a Refuted,
}

/// A sentence, and the accounts it is about; empty where it is about totals.
struct Told {
    sentence: String,
    accounts: Vec<usize>,
}

/// The end of a request that is proved to have no plan.
pub(crate) fn termination(problem: &Problem, refuted: &Refuted) -> Termination {
    let subset = problem.subset(&refuted.rules, &refuted.families);
    let hard = Hard::of(&subset);
    let story = Story { problem, subset: &subset, hard: &hard, refuted };
    let told = story.told();
    let mut rule_ids: Vec<String> = subset.rules.iter().map(|rule| rule.id.clone()).collect();
    rule_ids.sort();
    let families = refuted
        .families
        .iter()
        .map(|family| ConflictingDefault { kind: DefaultKind::Families, account_ids: ids(problem, family) });
    let owners = (!refuted.owners.is_empty())
        .then(|| ConflictingDefault { kind: DefaultKind::Owners, account_ids: ids(problem, &refuted.owners) });
    Termination {
        conflicting_rule_ids: rule_ids,
        conflicting_defaults: families.chain(owners).collect(),
        conflicting_account_ids: ids(problem, &story.accounts(told.accounts)),
        conflict_irreducible: refuted.irreducible,
        ..Termination::new(Reason::Infeasible, None, story.detail(&told.sentence))
    }
}

/// Ids of accounts, in order.
fn ids(problem: &Problem, accounts: &[usize]) -> Vec<String> {
    let mut ids: Vec<String> = accounts.iter().map(|&account| problem.accounts.ids[account].clone()).collect();
    ids.sort();
    ids
}

/// The accounts whose owners a problem's move limits count: all of them, and those of units that leave some owner wherever
/// they go.
pub(crate) fn owned(problem: &Problem) -> [Vec<usize>; 2] {
    let hard = Hard::of(problem);
    let open = hard.allowed();
    let limits: Vec<_> = hard.lines.iter().filter(|line| line.counts_moves()).collect();
    let leaves = |unit: usize| limits.iter().any(|line| line.extremes(unit, &open).0 > 0);
    let (mut all, mut leaving) = (Vec::new(), Vec::new());
    for unit in 0..problem.units.count() {
        for &account in problem.units.members(unit) {
            if problem.accounts.owners[account].is_some() && problem.rules.iter().any(|r| counts(r, problem, account)) {
                all.push(account);
                if leaves(unit) {
                    leaving.push(account);
                }
            }
        }
    }
    all.sort_unstable();
    leaving.sort_unstable();
    [all, leaving]
}

/// Whether a rule is a move limit over an account.
fn counts(rule: &Rule, problem: &Problem, account: usize) -> bool {
    match &rule.kind {
        RuleKind::MoveLimit { accounts, measure, .. } => {
            problem.measures[*measure].amounts[account] > 0
                && accounts.as_ref().is_none_or(|some| some.binary_search(&account).is_ok())
        }
        _ => false,
    }
}

/// What there is to say where no plan was found and none is proved not to exist. `broken` are the rules that the nearest
/// one breaks.
pub(crate) fn none_found(broken: &[String], general_solver_says_none: bool) -> String {
    let nearest = match broken.is_empty() {
        true => String::new(),
        false => format!(" The nearest one breaks {}.", named(broken.iter().map(|id| format!("rule {id}")))),
    };
    let says = match general_solver_says_none {
        true => " A general solver says there is none, which is no proof.",
        false => "",
    };
    format!(
        "No assignment that meets all hard rules was found, and none is proved not to exist.{says}{nearest} Give more time or loosen a rule."
    )
}

/// A list for reading: `a, b and c`, or `a, b, c and 4 more`.
fn named(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    if items.len() > NAMED_MAX + 1 {
        let more = items.len() - NAMED_MAX;
        items.truncate(NAMED_MAX);
        items.push(format!("{more} more"));
    }
    match items.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

impl Story<'_> {
    /// The simplest reason that holds.
    fn told(&self) -> Told {
        let open = self.hard.allowed();
        let nowhere = (0..self.subset.units.count()).find(|&unit| open.count(unit) == 0);
        if let Some(unit) = nowhere {
            return self.nowhere_by_rules(unit);
        }
        let failing = (0..self.hard.lines.len()).find_map(|line| self.fails_alone(line, &open));
        if let Some(told) = failing.or_else(|| self.fits_nowhere(&open)) {
            return told;
        }
        let sentence = self.totals().unwrap_or_else(|| self.cases());
        Told { sentence, accounts: Vec::new() }
    }

    fn detail(&self, sentence: &str) -> String {
        let families = match &self.refuted.families[..] {
            [] => String::new(),
            [family] => format!(
                " {} one family, and families move as one unless they are set SEPARATE.",
                self.with_owners(family)
            ),
            many => {
                let heads = many.iter().map(|family| self.problem.accounts.ids[family[0]].clone());
                format!(" The families of {} move as one unless they are set SEPARATE.", named(heads))
            }
        };
        let extent = match self.refuted.irreducible {
            true => "",
            false => " Not all of what is named may be needed: time did not suffice to see that.",
        };
        format!("Proved: no assignment meets all hard rules. {sentence}{families}{extent}")
    }

    /// Accounts of a family with who owns them.
    fn with_owners(&self, family: &[usize]) -> String {
        let one = |&account: &usize| {
            let (id, owner) = (&self.problem.accounts.ids[account], self.problem.accounts.owner_id(account));
            if owner.is_empty() { format!("{id:?}") } else { format!("{id:?} (owned by {owner})") }
        };
        format!("{} are", named(family.iter().map(one)))
    }

    /// Pins, forbids and restrictions leave a unit no leaf.
    fn nowhere_by_rules(&self, unit: usize) -> Told {
        let members = self.subset.units.members(unit);
        let touches = |rule: &&Rule| match &rule.kind {
            RuleKind::Allow { accounts, .. } => accounts.iter().any(|a| self.subset.units.of[*a] == unit),
            _ => false,
        };
        let rules = self.subset.rules.iter().filter(touches).map(|rule| rule.id.clone());
        let together = self.together(unit);
        let sentence = format!("Rules {} together leave {} no leaf to go to{together}.", named(rules), self.who(unit));
        Told { sentence, accounts: members.to_vec() }
    }

    /// What joins the accounts of a unit, as a clause; empty for one account.
    fn together(&self, unit: usize) -> String {
        let joins = |rule: &&Rule| match &rule.kind {
            RuleKind::Together { accounts } => {
                accounts.iter().filter(|a| self.subset.units.of[**a] == unit).count() > 1
            }
            _ => false,
        };
        let rules: Vec<String> =
            self.subset.rules.iter().filter(joins).map(|rule| format!("rule {}", rule.id)).collect();
        match rules.is_empty() {
            true => String::new(),
            false => format!("; {} keeps them together", named(rules.into_iter())),
        }
    }

    fn who(&self, unit: usize) -> String {
        let id = |account: &usize| format!("{:?}", self.problem.accounts.ids[*account]);
        match self.subset.units.members(unit) {
            [one] => format!("account {}", id(one)),
            many => format!("the accounts {}, which move as one,", named(many.iter().map(id))),
        }
    }

    /// A line that what rules say of places breaks by itself.
    fn fails_alone(&self, line: usize, open: &Open) -> Option<Told> {
        let data = &self.hard.lines[line];
        let each: Vec<(i128, i128)> = (0..self.subset.units.count()).map(|u| data.extremes(u, open)).collect();
        let (least, most) = each.iter().fold((0, 0), |sum, (low, high)| (sum.0 + low, sum.1 + high));
        let rule = &self.subset.rules[self.hard.rule(line)];
        let limit = self.limit(line);
        let place = self.place(line);
        if let Some(hi) = data.hi.filter(|hi| least > *hi) {
            let forced: Vec<usize> = (0..each.len()).filter(|&u| each[u].0 > 0).collect();
            let accounts: Vec<usize> = forced.iter().flat_map(|&u| self.subset.units.members(u)).copied().collect();
            let sentence = match &rule.kind {
                RuleKind::MoveLimit { .. } => format!(
                    "Rule {} lets {hi} of {} leave its owner{place}, and at least {least} must, wherever accounts go: allow at least {least}.",
                    rule.id,
                    self.counted(rule)
                ),
                RuleKind::Keep { .. } => format!("Rule {} cannot hold{place} with where accounts may go.", rule.id),
                _ => format!(
                    "Rule {} allows at most {limit} of {}{place}, and {least} must go there: raise it to at least {least}{}.",
                    rule.id,
                    self.counted(rule),
                    self.by_places()
                ),
            };
            return Some(Told { sentence, accounts });
        }
        let lo = data.lo.filter(|lo| most < *lo)?;
        let sentence = format!(
            "Rule {} asks for at least {lo} of {}{place}, and at most {most} can go there: lower it to at most {most}{}.",
            rule.id,
            self.counted(rule),
            self.by_places()
        );
        Some(Told { sentence, accounts: Vec::new() })
    }

    /// The rules that say where accounts may go, as a clause to loosen instead.
    fn by_places(&self) -> String {
        let about = |rule: &&Rule| matches!(rule.kind, RuleKind::Allow { .. } | RuleKind::Together { .. });
        let rules: Vec<String> =
            self.subset.rules.iter().filter(about).map(|rule| format!("rule {}", rule.id)).collect();
        if rules.is_empty() { String::new() } else { format!(", or loosen {}", named(rules.into_iter())) }
    }

    /// A unit that at every leaf breaks some line by itself or with what must be there.
    fn fits_nowhere(&self, open: &Open) -> Option<Told> {
        let shutters = Shutters::of(self.hard, open);
        let unit =
            (0..self.subset.units.count()).find(|&unit| open.leaves(unit).all(|l| shutters.at(unit, l).is_some()))?;
        let mut lines: Vec<usize> = open.leaves(unit).filter_map(|leaf| shutters.at(unit, leaf)).collect();
        lines.sort_unstable();
        lines.dedup();
        let clause = |&line: &usize| {
            let rule = &self.subset.rules[self.hard.rule(line)];
            let data = &self.hard.lines[line];
            let adds = open.leaves(unit).map(|leaf| data.amount(unit, leaf)).max().unwrap_or(0);
            let alone = data.hi.is_some_and(|hi| adds > hi);
            match alone {
                true => format!(
                    "rule {} allows at most {} of {}{}, and it holds {adds}",
                    rule.id,
                    self.limit(line),
                    self.counted(rule),
                    self.place(line)
                ),
                false => format!("rule {} has no room for it{}", rule.id, self.place(line)),
            }
        };
        let sentence = format!(
            "There is no leaf for {}: {}{}.",
            self.who(unit).trim_end_matches(','),
            named(lines.iter().map(clause)),
            self.together(unit)
        );
        Some(Told { sentence, accounts: self.subset.units.members(unit).to_vec() })
    }

    /// The arithmetic where limits of one direction, each counted once, prove it by themselves.
    fn totals(&self) -> Option<String> {
        let Evidence { sets, forks } = &self.refuted.evidence;
        let [prices] = &sets[..] else { return None };
        if !forks.is_empty() {
            return None;
        }
        let open = self.hard.open()?;
        let (most, _) = self.hard.weighed(prices, &open)?;
        let by = || prices.rows.iter().chain(&prices.budgets).enumerate().filter(|(_, k)| **k != 0.0);
        if by().any(|(_, k)| k.abs() != 1.0) {
            return None;
        }
        let above: Vec<usize> = by().filter(|(_, k)| **k > 0.0).map(|(line, _)| line).collect();
        let below: Vec<usize> = by().filter(|(_, k)| **k < 0.0).map(|(line, _)| line).collect();
        let asked: i128 = above.iter().filter_map(|&line| self.hard.lines[line].lo).sum();
        let room: i128 = below.iter().filter_map(|&line| self.hard.lines[line].hi).sum();
        let what = self.counted(&self.subset.rules[self.hard.rule(*above.first().or(below.first())?)]);
        Some(match (above.is_empty(), below.is_empty()) {
            (true, false) => {
                let held = -most;
                let change = self.raise(&below, held - room, held);
                format!(
                    "{} of {what}, and {held} must go there: {change}.",
                    self.sum_of(&below, "leaves room for", false)
                )
            }
            (false, true) => {
                let change = self.lower(&above, asked - most, most);
                format!("{} of {what}, and there are {most} for them: {change}.", self.sum_of(&above, "asks for", true))
            }
            (false, false) if most == 0 => format!(
                "{} of {what}, and {}: {} are lacking.",
                self.sum_of(&above, "asks for", true),
                self.sum_of(&below, "leaves room for", false),
                asked - room
            ),
            _ => return None,
        })
    }

    /// Rule by rule how often its limit counts and what that makes: `Rule cap leaves room for 6 x 60 = 360`.
    fn sum_of(&self, lines: &[usize], verb: &str, least: bool) -> String {
        let limit = |line: usize| if least { self.hard.lines[line].lo } else { self.hard.lines[line].hi }.unwrap_or(0);
        let mut groups: Vec<(usize, i128, i128)> = Vec::new();
        for &line in lines {
            let (rule, limit) = (self.hard.rule(line), limit(line));
            match groups.iter_mut().find(|(r, l, _)| (*r, *l) == (rule, limit)) {
                Some((_, _, count)) => *count += 1,
                None => groups.push((rule, limit, 1)),
            }
        }
        let one = |&(rule, limit, count): &(usize, i128, i128)| {
            let sum = if count == 1 { limit.to_string() } else { format!("{count} x {limit} = {}", count * limit) };
            format!("rule {} {verb} {sum}", self.subset.rules[rule].id)
        };
        let all: i128 = groups.iter().map(|(_, limit, count)| limit * count).sum();
        let total = if groups.len() > 1 { format!(", {all} in all,") } else { String::new() };
        capital(&format!("{}{total}", named(groups.iter().map(one))))
    }

    fn raise(&self, lines: &[usize], lacking: i128, held: i128) -> String {
        let count = lines.len() as i128;
        match self.alike(lines) {
            true if count > 1 => format!("raise the limit to at least {}", (held + count - 1).div_euclid(count)),
            true => format!("raise the limit to at least {held}"),
            false => format!("raise the limits by at least {lacking} in all"),
        }
    }

    fn lower(&self, lines: &[usize], lacking: i128, held: i128) -> String {
        match self.alike(lines) {
            true => format!("lower the limit to at most {}", held.div_euclid(lines.len() as i128)),
            false => format!("lower the limits by at least {lacking} in all"),
        }
    }

    /// Whether the lines are one rule's.
    fn alike(&self, lines: &[usize]) -> bool {
        lines.iter().all(|&line| self.hard.rule(line) == self.hard.rule(lines[0]))
    }

    /// What is left to say where no single fact tells it.
    fn cases(&self) -> String {
        let rules = named(self.subset.rules.iter().map(|rule| format!("rule {}", rule.id)));
        let cases = self.refuted.evidence.forks.iter().filter(|fork| matches!(fork, Fork::Outer(_))).count();
        let how = match cases {
            0 => "what their limits leave room for, added up, shows it".to_string(),
            _ => format!("each of {cases} cases is shown to break one of them"),
        };
        match self.subset.rules.len() {
            1 => format!("{} cannot be met: {how}.", capital(&rules)),
            _ => format!("{} cannot hold together: {how}.", capital(&rules)),
        }
    }

    /// A line's upper limit as the rule has it.
    fn limit(&self, line: usize) -> i128 {
        match &self.subset.rules[self.hard.rule(line)].kind {
            RuleKind::Bounds { max: Some(max), .. } => i128::from(*max),
            _ => self.hard.lines[line].hi.unwrap_or(0),
        }
    }

    /// What a rule counts.
    fn counted(&self, rule: &Rule) -> String {
        let measure =
            |m: usize| if m == 0 { "the accounts".to_string() } else { self.problem.measures[m].name.clone() };
        match &rule.kind {
            RuleKind::Bounds { measure: m, .. }
            | RuleKind::MoveLimit { measure: m, .. }
            | RuleKind::Keep { measure: m, .. }
            | RuleKind::CoverLimit { measure: m, .. } => measure(*m),
            RuleKind::Allow { .. } | RuleKind::Together { .. } | RuleKind::Apart { .. } => "its accounts".to_string(),
        }
    }

    /// The node a line speaks of, as `at west`; empty: all of them.
    fn place(&self, line: usize) -> String {
        let rows = &self.subset.rows;
        let node = match rows.rows.get(line) {
            Some(row) => Some(row.node),
            None => rows.budgets[line - rows.rows.len()].node,
        };
        node.map_or(String::new(), |node| format!(" at {}", self.problem.tree.nodes[node].id))
    }

    /// The accounts that matter: those told of, else those that the rules of the conflict name or families join.
    fn accounts(&self, told: Vec<usize>) -> Vec<usize> {
        let mut accounts = told;
        if accounts.is_empty() {
            for rule in &self.subset.rules {
                match &rule.kind {
                    RuleKind::Allow { accounts: some, .. }
                    | RuleKind::Together { accounts: some }
                    | RuleKind::Apart { accounts: some }
                    | RuleKind::Bounds { accounts: Some(some), .. }
                    | RuleKind::MoveLimit { accounts: Some(some), .. } => accounts.extend(some),
                    _ => {}
                }
            }
            accounts.extend(self.refuted.families.iter().flatten());
        }
        accounts.sort_unstable();
        accounts.dedup();
        if accounts.len() > ACCOUNTS_MAX { Vec::new() } else { accounts }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
