//! Why no plan meets the hard rules, in words: the arithmetic of what conflicts, and the least change it asks for.
//! All of it follows from the rules, families and evidence named, so that a check finds the same.

mod story;

mod places;

mod totals;

mod words;

use crate::index::{AccountIndex, UnitIndex};
use crate::plan::{ConflictingDefault, DefaultKind, Reason, Termination};
use crate::problem::Problem;
use crate::problem::rules::{Rule, RuleKind};
use crate::proof::infeasible::{Refuted, proves};
use crate::proof::lines::Hard;
use story::{Story, Told};
use words::named;

pub(crate) use story::{NewLimit, Remedy};

/// Accounts that matter, at most; where more do, none is named.
const ACCOUNTS_MAX: usize = 100;

/// The end of a request that is proved to have no plan, with the change that its detail proposes.
pub(crate) fn termination(problem: &Problem, refuted: &Refuted) -> (Termination, Option<Remedy>) {
    let subset = problem.subset(refuted.rules.as_slice(), &refuted.families);
    let hard_rules = problem.hard_rules();
    let (hard, all) = (Hard::of(&subset), Hard::of(&hard_rules));
    let story = Story { problem, subset: &subset, hard: &hard, all: &all, refuted };
    let told = story.told();
    let mut rule_ids: Vec<String> = subset.rules.iter().map(|rule| rule.id.clone()).collect();
    rule_ids.sort();
    let default = |kind, accounts: &Vec<AccountIndex>| ConflictingDefault { kind, account_ids: ids(problem, accounts) };
    let families = refuted.families.iter().map(|family| default(DefaultKind::Families, family));
    let owners = (!refuted.owners.is_empty()).then(|| default(DefaultKind::Owners, &refuted.owners));
    let pools = needs_pool_defaults(problem, refuted).then(|| default(DefaultKind::Pools, &Vec::new()));
    let termination = Termination {
        conflicting_rule_ids: rule_ids,
        conflicting_defaults: families.chain(owners).chain(pools.clone()).collect(),
        conflicting_account_ids: ids(problem, &story.accounts(told.accounts)),
        conflict_irreducible: refuted.irreducible,
        ..Termination::new(Reason::Infeasible, None, story.detail(&told.sentence, pools.is_some()))
    };
    (termination, told.remedy)
}

/// Whether what is proved is not proved where rules alone say who may be outside the balance.
fn needs_pool_defaults(problem: &Problem, refuted: &Refuted) -> bool {
    if problem.pools.defaults.is_empty() {
        return false;
    }
    let free = problem.without_pool_defaults().subset(refuted.rules.as_slice(), &refuted.families);
    !proves(&free, &refuted.evidence)
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

/// What the search says of a proposed change: whether a plan was found with it. `None`: it was not told in time.
pub(crate) fn remedied(found: Option<bool>) -> &'static str {
    match found {
        Some(true) => " With that limit changed, and nothing else, a plan was found.",
        Some(false) => " That limit alone does not do: more conflicts than this.",
        None => "",
    }
}

/// The accounts whose owners a problem's move limits count: all of them, and those of units that leave some owner wherever
/// they go.
pub(crate) fn owned(problem: &Problem) -> [Vec<AccountIndex>; 2] {
    let hard = Hard::of(problem);
    let open = hard.allowed();
    let limits: Vec<_> = hard.lines.iter().filter(|line| line.counts_moves()).collect();
    let leaves = |unit: UnitIndex| limits.iter().any(|line| line.extremes(unit, &open).0 > 0);
    let (mut all, mut leaving) = (Vec::new(), Vec::new());
    for unit in problem.units.all() {
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
fn counts(rule: &Rule, problem: &Problem, account: AccountIndex) -> bool {
    match &rule.kind {
        RuleKind::MoveLimit { accounts, measure, .. } => {
            problem.measures[*measure].amounts[account] > 0
                && accounts.as_ref().is_none_or(|some| some.binary_search(&account).is_ok())
        }
        RuleKind::Allow { .. }
        | RuleKind::Together { .. }
        | RuleKind::Apart { .. }
        | RuleKind::Bounds { .. }
        | RuleKind::Keep { .. }
        | RuleKind::CoverLimit { .. } => false,
    }
}

/// Ids of accounts, in order.
fn ids(problem: &Problem, accounts: &[AccountIndex]) -> Vec<String> {
    let mut ids: Vec<String> = accounts.iter().map(|&account| problem.accounts.ids[account].clone()).collect();
    ids.sort();
    ids
}

impl Story<'_> {
    /// The simplest reason that holds.
    fn told(&self) -> Told {
        let open = self.hard.allowed();
        let mut units = self.subset.units.all().iter();
        if let Some(unit) = units.find(|&unit| open.count(unit) == 0) {
            return self.nowhere_by_rules(unit);
        }
        let alone = self.hard.lines.keys().iter().find_map(|line| self.fails_alone(line, &open));
        alone.or_else(|| self.fits_nowhere(&open)).or_else(|| self.totals()).unwrap_or_else(|| self.cases())
    }

    fn detail(&self, sentence: &str, pools: bool) -> String {
        let families = match &self.refuted.families[..] {
            [] => String::new(),
            [family] => format!(
                " {} are one family, and families move as one unless they are set SEPARATE.",
                named(family.iter().map(|&account| self.with_owner(account)))
            ),
            many => {
                let heads = many.iter().map(|family| format!("{:?}", self.problem.accounts.ids[family[0]]));
                format!(" The families of {} move as one unless they are set SEPARATE.", named(heads))
            }
        };
        let pools = match pools {
            true => self.pools(),
            false => String::new(),
        };
        let extent = match self.refuted.irreducible {
            true => "",
            false => " Not all of what is named may be needed: time did not suffice to see that.",
        };
        format!("{sentence}{families}{pools}{extent}")
    }

    /// Who keeps to the seats outside the balance, and how others get there.
    fn pools(&self) -> String {
        let tree = &self.problem.tree;
        let ids = tree.pools().map(|leaf| tree.nodes[tree.leaves[leaf]].id.clone());
        format!(
            " Outside the balance, at {}, are the accounts owned there and no others, unless a rule says so: a pin, a restriction that names it, or bounds with a min and a max on it.",
            named(ids)
        )
    }

    /// An account with who owns it.
    fn with_owner(&self, account: AccountIndex) -> String {
        let (id, owner) = (&self.problem.accounts.ids[account], self.problem.accounts.owner_id(account));
        if owner.is_empty() { format!("{id:?}") } else { format!("{id:?} (owned by {owner})") }
    }

    /// The accounts that matter: those told of, else those that the rules of the conflict pick or families join.
    fn accounts(&self, told: Vec<AccountIndex>) -> Vec<AccountIndex> {
        let mut accounts = told;
        if accounts.is_empty() {
            for rule in &self.subset.rules {
                accounts.extend(rule.kind.picked().into_iter().flatten());
            }
            accounts.extend(self.refuted.families.iter().flatten());
        }
        accounts.sort_unstable();
        accounts.dedup();
        if accounts.len() > ACCOUNTS_MAX { Vec::new() } else { accounts }
    }
}
