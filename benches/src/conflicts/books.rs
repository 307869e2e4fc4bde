//! Books without a plan: a conflict of a few rules among many that one planted plan meets.

use carve_solver::input::{Book, Input, MeasureColumn, NodeInput, RuleInput, RuleKindInput, SelectorInput, SplitInput};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The measure that rules count beside accounts.
const PIPELINE: &str = "open_pipeline";
/// Part of the accounts that the planted plan leaves with their owner.
const STAYS: f64 = 0.9;
/// Part of what a territory holds in the planted plan by which limits are looser.
const SLACK: f64 = 0.05;

/// How many accounts, territories and rules.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Accounts, at least 40 for each territory.
    pub accounts: usize,
    /// Territories, 6 to 10.
    pub territories: usize,
    /// Rules, those of the conflict among them.
    pub rules: usize,
}

/// A book without a plan.
#[derive(Debug, Clone)]
pub struct HardBook {
    /// What conflicts.
    pub conflict: &'static str,
    /// The request.
    pub input: Input,
}

/// A way to ask for what cannot be, on a planted book.
type Conflict = fn(&mut Planted) -> Vec<RuleKindInput>;

/// Every kind of conflict.
const CONFLICTS: [(&str, Conflict); 16] = [
    ("most accounts of all territories add up to one less than there are", counts_add_up),
    ("least pipelines of all territories add up to more than there is", pipelines_add_up),
    ("two kept together, one of them with a third, and the ends apart", together_and_apart),
    ("a chain kept together, pinned at one end and forbidden at the other", chain),
    ("three pins against the most accounts of a territory", pins_over_count),
    ("one move limit against the most accounts of a territory", moves_against_most),
    ("moves of each owner against the least accounts of a territory", moves_against_least),
    ("pins away from owners against a move limit by value", moves_by_value),
    ("six kept apart, restricted to five territories by two rules", pigeonhole),
    ("thirteen restricted to four territories of at most three of them", pigeonhole_of_three),
    ("seven of which two fit into each of three territories", packing_seven),
    ("eleven of which two fit into each of five territories", packing_eleven),
    ("multiples of a hundred, and limits between two of them", divisors),
    ("ten amounts, and limits that no sum of them is between", subset_sum),
    ("a family pinned to two territories", family),
    ("two conflicts side by side", side_by_side),
];

/// One book for each kind of conflict.
pub fn hard_books(size: Size, seed: u64) -> Vec<HardBook> {
    let one = |(number, (conflict, ask)): (usize, (&'static str, Conflict))| {
        let mut planted = Planted::new(size, seed * 1_000 + number as u64);
        let mut kinds = ask(&mut planted);
        while kinds.len() < size.rules {
            kinds.push(planted.holds());
        }
        kinds.shuffle(&mut planted.rng);
        let rules = kinds.into_iter().enumerate();
        let rules = rules.map(|(number, kind)| RuleInput { rule_id: format!("r{number:02}"), kind: Some(kind) });
        HardBook { conflict, input: Input { rules: rules.collect(), ..planted.input() } }
    };
    CONFLICTS.into_iter().enumerate().map(one).collect()
}

/// A book with a plan that the rules beside the conflict hold in.
struct Planted {
    rng: ChaCha8Rng,
    territories: usize,
    /// Territory of each account.
    home: Vec<usize>,
    owner: Vec<usize>,
    pipeline: Vec<i64>,
    parents: Vec<String>,
    /// Accounts that the conflict is of: no other rule picks them.
    taken: Vec<usize>,
}

fn id(account: usize) -> String {
    format!("a{account:05}")
}

fn territory(number: usize) -> String {
    format!("t{number}")
}

fn some(accounts: &[usize]) -> SelectorInput {
    SelectorInput { account_ids: accounts.iter().map(|&account| id(account)).collect(), filter: String::new() }
}

fn bounds(
    accounts: Option<&[usize]>,
    at: Option<usize>,
    measure: &str,
    (min, max): (Option<i64>, Option<i64>),
) -> RuleKindInput {
    let node_ids = at.map(territory).into_iter().collect();
    RuleKindInput::Bounds { accounts: accounts.map(some), node_ids, measure: measure.into(), min, max }
}

fn pin(accounts: &[usize], to: usize) -> RuleKindInput {
    RuleKindInput::Pin { accounts: some(accounts), node_id: territory(to) }
}

fn together(accounts: &[usize]) -> RuleKindInput {
    RuleKindInput::KeepTogether { accounts: some(accounts) }
}

fn restrict(accounts: &[usize], to: std::ops::Range<usize>) -> RuleKindInput {
    RuleKindInput::Restrict { accounts: some(accounts), node_ids: to.map(territory).collect() }
}

fn moves(measure: &str, most: i64, per_owner: bool) -> RuleKindInput {
    let (measure, max_amount) = (measure.to_owned(), Some(most));
    RuleKindInput::MoveLimit { accounts: None, measure, max_amount, max_share: None, per_owner }
}

impl Planted {
    fn new(size: Size, seed: u64) -> Planted {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let count = size.accounts;
        let home: Vec<usize> = (0..count).map(|_| rng.random_range(0..size.territories)).collect();
        let any = size.territories;
        let owner = home.iter().map(|&at| if rng.random_bool(STAYS) { at } else { rng.random_range(0..any) }).collect();
        let pipeline = (0..count).map(|_| (10.0_f64.powf(rng.random_range(2.0..5.0))) as i64).collect();
        let parents = vec![String::new(); count];
        Planted { rng, territories: size.territories, home, owner, pipeline, parents, taken: Vec::new() }
    }

    fn input(&self) -> Input {
        let count = self.home.len();
        let leaf = |number| NodeInput { node_id: territory(number), ..NodeInput::default() };
        let children = (0..self.territories).map(leaf).collect();
        let root = NodeInput { node_id: "root".into(), children, ..NodeInput::default() };
        let amounts = self.pipeline.clone();
        let book = Book {
            account_ids: (0..count).map(id).collect(),
            names: vec![String::new(); count],
            parents: self.parents.clone(),
            places: vec![None; count],
            current_owners: self.owner.iter().map(|&owner| territory(owner)).collect(),
            measures: vec![MeasureColumn { name: PIPELINE.into(), amounts, ..MeasureColumn::default() }],
            ..Book::default()
        };
        Input { book, split: Some(SplitInput::Tree(root)), ..Input::default() }
    }

    /// So many accounts that hold what is asked of them, and of which no other rule speaks.
    fn take(&mut self, count: usize, is: impl Fn(&Planted, usize) -> bool) -> Vec<usize> {
        let free = (0..self.home.len()).filter(|account| !self.taken.contains(account) && is(self, *account));
        let found: Vec<usize> = free.take(count).collect();
        self.taken.extend(&found);
        found
    }

    fn any(&mut self, count: usize) -> Vec<usize> {
        self.take(count, |_, _| true)
    }

    /// Accounts of which no conflict speaks.
    fn drawn(&mut self, count: usize, is: impl Fn(&Planted, usize) -> bool) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for _ in 0..100 * count {
            let account = self.rng.random_range(0..self.home.len());
            if found.len() < count && !self.taken.contains(&account) && !found.contains(&account) && is(self, account) {
                found.push(account);
            }
        }
        found
    }

    fn amount(&self, account: usize, measure: &str) -> i64 {
        if measure == PIPELINE { self.pipeline[account] } else { 1 }
    }

    fn held(&self, at: usize, measure: &str) -> i64 {
        let here = (0..self.home.len()).filter(|&account| self.home[account] == at);
        here.map(|account| self.amount(account, measure)).sum()
    }

    fn owned(&self, owner: usize) -> i64 {
        self.owner.iter().filter(|&&by| by == owner).count() as i64
    }

    /// What leaves its owner in the planted plan: all, and the most of one.
    fn moved(&self, measure: &str) -> (i64, i64) {
        let leaves = |&account: &usize| self.home[account] != self.owner[account];
        let mut each = vec![0; self.territories];
        (0..self.home.len())
            .filter(leaves)
            .for_each(|account| each[self.owner[account]] += self.amount(account, measure));
        (each.iter().sum(), each.into_iter().max().unwrap_or(0))
    }

    /// A rule that holds in the planted plan.
    fn holds(&mut self) -> RuleKindInput {
        let at = self.rng.random_range(0..self.territories);
        let measure = if self.rng.random_bool(0.5) { PIPELINE } else { "" };
        let slack = |held: i64| (held as f64 * SLACK) as i64 + 1;
        match self.rng.random_range(0..10) {
            0 => {
                let held = self.held(at, measure);
                bounds(None, Some(at), measure, (Some(held - slack(held)), Some(held + slack(held))))
            }
            1 => {
                let most = (0..self.territories).map(|at| self.held(at, measure)).max().unwrap_or(0);
                bounds(None, None, measure, (None, Some(most + slack(most))))
            }
            2 => {
                let count = self.home.len() / 20;
                let among = self.drawn(count, |_, _| true);
                let held = among.iter().filter(|&&account| self.home[account] == at).count() as i64;
                bounds(Some(&among), Some(at), "", (Some(held - slack(held)), Some(held + slack(held))))
            }
            3 => pin(&self.drawn(4, |planted, account| planted.home[account] == at), at),
            4 => {
                let accounts = self.drawn(10, |planted, account| planted.home[account] != at);
                RuleKindInput::Forbid { accounts: some(&accounts), node_ids: vec![territory(at)] }
            }
            5 => together(&self.drawn(3, |planted, account| planted.home[account] == at)),
            6 => {
                let mut accounts = self.drawn(8, |_, _| true);
                let mut seen = Vec::new();
                accounts.retain(|&account| {
                    let is_new = !seen.contains(&self.home[account]);
                    seen.push(self.home[account]);
                    is_new
                });
                RuleKindInput::KeepApart { accounts: some(&accounts) }
            }
            7 => {
                let all = self.moved(measure).0;
                moves(measure, all + slack(all), false)
            }
            8 => {
                let most = self.moved(measure).1;
                moves(measure, most + slack(most), true)
            }
            _ => {
                let near = at.min(self.territories - 3);
                let range = near..near + 3;
                let inside = range.clone();
                let accounts = self.drawn(6, move |planted, account| inside.contains(&planted.home[account]));
                restrict(&accounts, range)
            }
        }
    }
}

fn counts_add_up(planted: &mut Planted) -> Vec<RuleKindInput> {
    let most = |at: usize| planted.held(at, "") - i64::from(at == 0);
    (0..planted.territories).map(|at| bounds(None, Some(at), "", (None, Some(most(at))))).collect()
}

fn pipelines_add_up(planted: &mut Planted) -> Vec<RuleKindInput> {
    // To the thousandth of what there is, so that plans between the limits can be found.
    let all: i64 = planted.pipeline.iter().sum();
    let least = |at: usize| planted.held(at, PIPELINE) - all / 1_000 + if at == 0 { all / 50 } else { 0 };
    (0..planted.territories).map(|at| bounds(None, Some(at), PIPELINE, (Some(least(at)), None))).collect()
}

fn together_and_apart(planted: &mut Planted) -> Vec<RuleKindInput> {
    let a = planted.any(3);
    vec![together(&a[..2]), together(&a[1..]), RuleKindInput::KeepApart { accounts: some(&[a[0], a[2]]) }]
}

fn chain(planted: &mut Planted) -> Vec<RuleKindInput> {
    let a = planted.any(4);
    let mut kinds: Vec<RuleKindInput> = a.windows(2).map(together).collect();
    kinds.push(pin(&a[..1], 0));
    kinds.push(RuleKindInput::Forbid { accounts: some(&a[3..]), node_ids: vec![territory(0)] });
    kinds
}

fn pins_over_count(planted: &mut Planted) -> Vec<RuleKindInput> {
    let most = planted.held(3, "") * 9 / 10;
    let each = most as usize / 3 + 1;
    let pinned = planted.any(3 * each);
    let mut kinds: Vec<RuleKindInput> = pinned.chunks(each).map(|some| pin(some, 3)).collect();
    kinds.push(bounds(None, Some(3), "", (None, Some(most))));
    kinds
}

fn moves_against_most(planted: &mut Planted) -> Vec<RuleKindInput> {
    let (owned, leave) = (planted.owned(0), planted.moved("").0);
    vec![moves("", leave, false), bounds(None, Some(0), "", (None, Some((owned - leave - 1).max(0))))]
}

fn moves_against_least(planted: &mut Planted) -> Vec<RuleKindInput> {
    let others = planted.territories as i64 - 1;
    let least = planted.owned(1) + others * 3 + 1;
    vec![moves("", 3, true), bounds(None, Some(1), "", (Some(least), None))]
}

fn moves_by_value(planted: &mut Planted) -> Vec<RuleKindInput> {
    let away = planted.take(20, |planted, account| planted.owner[account] > 2);
    let value: i64 = away.iter().map(|&account| planted.pipeline[account]).sum();
    vec![pin(&away[..10], 0), pin(&away[10..], 1), moves(PIPELINE, value - 1, false)]
}

fn pigeonhole(planted: &mut Planted) -> Vec<RuleKindInput> {
    let a = planted.any(6);
    let apart = RuleKindInput::KeepApart { accounts: some(&a) };
    vec![apart, restrict(&a[..3], 0..5), restrict(&a[3..], 0..5)]
}

fn pigeonhole_of_three(planted: &mut Planted) -> Vec<RuleKindInput> {
    let a = planted.any(13);
    vec![restrict(&a, 1..5), bounds(Some(&a), None, "", (None, Some(3)))]
}

/// Accounts of 34 to 40, of which no three are at most 100.
fn packing(planted: &mut Planted, territories: usize) -> Vec<RuleKindInput> {
    let a = planted.any(2 * territories + 1);
    for &account in &a {
        planted.pipeline[account] = planted.rng.random_range(34..=40);
    }
    vec![restrict(&a, 0..territories), bounds(Some(&a), None, PIPELINE, (None, Some(100)))]
}

fn packing_seven(planted: &mut Planted) -> Vec<RuleKindInput> {
    packing(planted, 3)
}

fn packing_eleven(planted: &mut Planted) -> Vec<RuleKindInput> {
    packing(planted, 5)
}

fn divisors(planted: &mut Planted) -> Vec<RuleKindInput> {
    let a = planted.any(30);
    for &account in &a {
        planted.pipeline[account] = 100 * planted.rng.random_range(1..=50);
    }
    let limit = |limits| bounds(Some(&a), Some(2), PIPELINE, limits);
    vec![limit((Some(1_330), None)), limit((None, Some(1_370)))]
}

/// Amounts of which sums are far apart, and limits between two sums that follow each other.
fn subset_sum(planted: &mut Planted) -> Vec<RuleKindInput> {
    let a = planted.any(10);
    for &account in &a {
        planted.pipeline[account] = planted.rng.random_range(100_000..1_000_000);
    }
    let sum = |set: usize| (0..a.len()).filter(|at| set >> at & 1 == 1).map(|at| planted.pipeline[a[at]]).sum();
    let mut sums: Vec<i64> = (0..1 << a.len()).map(sum).collect();
    sums.sort_unstable();
    let middle = sums.len() / 2;
    let widest = (middle - 50..middle + 50).max_by_key(|&at| sums[at + 1] - sums[at]).unwrap_or(middle);
    let limit = |limits| bounds(Some(&a), Some(4), PIPELINE, limits);
    vec![limit((Some(sums[widest] + 1), None)), limit((None, Some(sums[widest + 1] - 1)))]
}

fn family(planted: &mut Planted) -> Vec<RuleKindInput> {
    let a = planted.any(3);
    planted.parents[a[1]] = id(a[0]);
    planted.parents[a[2]] = id(a[1]);
    vec![pin(&a[..1], 1), pin(&a[2..], 2)]
}

fn side_by_side(planted: &mut Planted) -> Vec<RuleKindInput> {
    let first = pigeonhole(planted);
    first.into_iter().chain(chain(planted)).collect()
}
