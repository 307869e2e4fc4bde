//! The answer: which account goes where, how good that is, and what was proved.

mod measure;

mod step;

pub use measure::MeasureDescription;
pub use step::StepResult;

use crate::amount::Amount;
use crate::column::Column;
use crate::finding::Finding;
use crate::input::ExternalIds;
use crate::problem::tree::Seat;
use crate::proof::certificate::Certificate;
use crate::space::Point;
use std::sync::Arc;
use std::time::Duration;

/// Why the work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Every tier was decided at its proved bound, but for rounding, and no distance to a found anchor counts.
    Optimal,
    /// Every tier is within the gap target of its bound, but not all to within rounding, or distances to found anchors
    /// count, and what is proved holds for these.
    WithinGap,
    /// A plan is there; something ended the search before the gap target.
    Feasible,
    /// Proved: no assignment meets the hard rules.
    Infeasible,
    /// None found, none proved not to exist.
    NoPlanFound,
}

/// Which limit ended the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The time limit.
    Time,
    /// The work limit.
    Work,
    /// A stop was asked for.
    Stopped,
    /// No further improvement was found.
    Stalled,
    /// More work gained little, and nothing said how long to search.
    DiminishingReturns,
    /// The process that searched was lost; the plan is the best that it had sent.
    WorkerLost,
}

/// How the work ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Termination {
    /// Why.
    pub reason: Reason,
    /// Which limit, if one.
    pub limit: Option<Limit>,
    /// One sentence with the facts.
    pub detail: String,
    /// Rules that with `conflicting_defaults` allow no plan; empty unless infeasible.
    pub conflicting_rule_ids: Vec<String>,
    /// What holds unless the request says otherwise, and takes part in the conflict.
    pub conflicting_defaults: Vec<ConflictingDefault>,
    /// The accounts that matter to the conflict, where they are few.
    pub conflicting_account_ids: Vec<String>,
    /// Whether each rule and each family named was seen to be needed: without it some plan was found.
    pub conflict_irreducible: bool,
}

impl Termination {
    /// An end without a conflict.
    pub fn new(reason: Reason, limit: Option<Limit>, detail: String) -> Termination {
        Termination {
            reason,
            limit,
            detail,
            conflicting_rule_ids: Vec::new(),
            conflicting_defaults: Vec::new(),
            conflicting_account_ids: Vec::new(),
            conflict_irreducible: false,
        }
    }
}

/// What kind of default takes part in a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultKind {
    /// Accounts joined by parent move as one.
    Families,
    /// Who owns the accounts that a move limit counts.
    Owners,
    /// Who is outside the balance where no rule says so.
    Pools,
}

/// A default that takes part in a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictingDefault {
    /// Its kind.
    pub kind: DefaultKind,
    /// The accounts: of one family, or those that are owned; none of pools.
    pub account_ids: Vec<String>,
}

/// A plan that the work started from: one that knows one level at a time, or the request's own.
#[derive(Debug, Clone, PartialEq)]
pub struct StartResult {
    /// How it was made.
    pub method: StartMethod,
    /// The value of each tier, at anchors at the centres of this plan.
    pub values: Vec<f64>,
}

/// How a plan that the work started from was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartMethod {
    /// Every split by itself, from the whole book on.
    TopDown,
    /// All leaves side by side, then joined level by level.
    LeafFirst,
    /// As the request has it.
    Given,
}

/// Values this far apart are alike, in any tier's unit: sums of parts of a whole lose as much in their last bits.
pub(crate) const NOTHING: f64 = 1e-12;

/// How far a value may be above the best there is, as a part of it: (value − bound) ÷ value; 0 for what is alike.
pub fn gap(value: f64, bound: f64) -> f64 {
    if value - bound <= NOTHING { 0.0 } else { (value - bound) / value }
}

/// What a tier reached. Values are minimised.
#[derive(Debug, Clone, PartialEq)]
pub struct TierResult {
    /// The weighted sum over its criteria.
    pub value: f64,
    /// Proved: no plan has less.
    pub bound: f64,
    /// (value − bound) ÷ value, 0 where the two are nearer than [`NOTHING`]; see [`gap`].
    pub gap: f64,
    /// What later tiers were held to: the value it was decided at plus what it gives back.
    pub limit: f64,
    /// One for each criterion.
    pub criteria: Vec<CriterionResult>,
    /// One sentence in planner units.
    pub summary: String,
    /// Where it counts bands alone and one is not met: the steps after the first, each with one more of the largest
    /// excesses of every group.
    pub steps: Vec<StepResult>,
}

/// What a criterion reached.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionResult {
    /// What it is: `balance open_pipeline`.
    pub criterion: String,
    /// Its value before its weight.
    pub value: f64,
    /// Bands: the worst |amount − target| ÷ target at any node.
    pub worst_deviation: f64,
    /// Bands: where that is.
    pub worst_node_id: String,
}

/// One measure at one node.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureResult {
    /// Its name.
    pub measure: String,
    /// What the node holds, in whole numbers of 10^-decimals.
    pub amount: i64,
    /// share × total, in the same units.
    pub target: f64,
    /// (amount − target) ÷ target; 0 when the target is 0.
    pub deviation: f64,
}

/// One node as the plan fills it.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeResult {
    /// Its id.
    pub node_id: String,
    /// The parent's; empty for the root.
    pub parent_node_id: String,
    /// 0 for the root.
    pub level: usize,
    /// Part of the whole book.
    pub share: f64,
    /// Whether it is a territory today.
    pub territory: bool,
    /// Every measure, in one order at every node.
    pub measures: Vec<MeasureResult>,
    /// Leaves: the anchor used; others: the centre of their accounts.
    pub anchor: Option<Point>,
    /// Whether the anchor was found rather than given.
    pub anchor_found: bool,
    /// Mean great-circle distance of its accounts to the anchor, km.
    pub mean_distance_km: f64,
    /// Accounts that came from another owner.
    pub moved_in: i64,
    /// Accounts this node's seat owned and lost.
    pub moved_out: i64,
    /// Seats only.
    pub seat: Option<SeatResult>,
    /// Whether it stands outside the balance: it has no share.
    pub outside_balance: bool,
}

/// What is known of a node's seat.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeatResult {
    /// Whether it is still to be hired.
    pub to_be_hired: bool,
    /// ISO 8601; empty: not known.
    pub start_date: String,
    /// Who covers; empty: nobody.
    pub covering_seat_id: String,
    /// The name that people know it by; empty: none.
    pub display_name: String,
    /// What it is called in a CRM.
    pub external_ids: ExternalIds,
}

impl From<&Seat> for SeatResult {
    fn from(seat: &Seat) -> SeatResult {
        let Seat { to_be_hired, start_date, covering_seat_id, display_name, external_ids } = seat.clone();
        SeatResult { to_be_hired, start_date, covering_seat_id, display_name, external_ids }
    }
}

/// What a seat holds while it covers others.
#[derive(Debug, Clone, PartialEq)]
pub struct CoverResult {
    /// The seat that covers.
    pub seat_id: String,
    /// Those it covers until they are filled.
    pub covered_seat_ids: Vec<String>,
    /// Its own and what it covers, against its own target.
    pub measures: Vec<MeasureResult>,
}

/// What kind of reason an account has to leave its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MoveCode {
    /// Its owner is no territory of the plan.
    OwnerLeft,
    /// A rule keeps it from its owner.
    Rule,
    /// It moves with accounts that stay with theirs.
    Family,
    /// Staying would put a measure outside its band.
    Balance,
    /// Staying would worsen another criterion of higher priority, such as mix.
    Priority,
    /// Staying would be farther from the anchor.
    Compactness,
    /// Staying alone would make no tier worse.
    Unforced,
}

impl MoveCode {
    /// Every code, in order.
    pub const ALL: [MoveCode; 7] = [
        MoveCode::OwnerLeft,
        MoveCode::Rule,
        MoveCode::Family,
        MoveCode::Balance,
        MoveCode::Priority,
        MoveCode::Compactness,
        MoveCode::Unforced,
    ];

    /// In files and text.
    pub fn as_str(self) -> &'static str {
        match self {
            MoveCode::OwnerLeft => "owner_left",
            MoveCode::Rule => "rule",
            MoveCode::Family => "family",
            MoveCode::Balance => "balance",
            MoveCode::Priority => "priority",
            MoveCode::Compactness => "compactness",
            MoveCode::Unforced => "unforced",
        }
    }
}

/// Why an account leaves its owner, found by putting it back alone, with those that move with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveReason {
    /// What kind of reason.
    pub code: MoveCode,
    /// One clause with the facts; empty beyond [`MOVES_EXPLAINED_MAX`](crate::limits::MOVES_EXPLAINED_MAX) moves.
    pub detail: String,
}

/// Where an account goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The account.
    pub account_id: String,
    /// Its nodes from level 1 down to its leaf, as indices into [`Plan::nodes`].
    pub path: Vec<usize>,
    /// Its territory today, as an index into [`Plan::nodes`].
    pub territory: usize,
    /// Its owner before; empty: nobody. Accounts of one owner share the text.
    pub current_owner: Arc<str>,
    /// Whether it leaves its owner.
    pub moved: bool,
    /// Why; there exactly if it moves.
    pub move_reason: Option<MoveReason>,
}

/// A unit too large for a fair share.
#[derive(Debug, Clone, PartialEq)]
pub struct Whale {
    /// Its accounts.
    pub account_ids: Vec<String>,
    /// The measure.
    pub measure: String,
    /// What it holds, in whole numbers of 10^-decimals.
    pub amount: i64,
    /// The level whose buckets it does not fit.
    pub level: usize,
    /// The deviation it forces at best.
    pub forced_deviation: f64,
}

/// One stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageResult {
    /// Territories in it.
    pub count: usize,
    /// The level that holds them.
    pub level: usize,
    /// Whether it is in force today.
    pub current: bool,
    /// Worst |deviation| of each measure over its nodes.
    pub deviations: Vec<MeasureDeviation>,
    /// Mean distance of accounts to the centre of their node, km.
    pub mean_distance_km: f64,
    /// Mean of the same distances squared, km².
    pub mean_squared_distance_km2: f64,
    /// One for each node of the stage before that this one splits, when that is still to come.
    pub split_days: Vec<SplitDay>,
    /// What nesting costs, if it was asked for.
    pub nesting: Option<Nesting>,
}

/// A stage beside the best plan found for it alone, nested in nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nesting {
    /// That plan's mean distance (km) or mean squared distance (km²) to the centres of its territories.
    pub independent: f64,
    /// No plan for the stage alone has less, for the anchors found for it; 0 when nothing is proved.
    pub independent_bound: f64,
    /// This plan's over `independent`.
    pub price: f64,
    /// This plan's over `independent_bound`; 0 when that is 0.
    pub price_against_bound: f64,
}

/// The worst deviation of one measure in a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureDeviation {
    /// Its name.
    pub measure: String,
    /// |amount − target| ÷ target.
    pub worst_deviation: f64,
    /// Proved: no plan has less.
    pub worst_deviation_bound: f64,
}

/// What the incumbent keeps when a node is split.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitDay {
    /// The node.
    pub node_id: String,
    /// The child that the incumbent keeps.
    pub kept_node_id: String,
    /// Every measure, in the order of the nodes'.
    pub measures: Vec<MeasureKept>,
}

/// What an incumbent keeps of a measure.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureKept {
    /// Its name.
    pub measure: String,
    /// What the kept child holds, in whole numbers of 10^-decimals.
    pub amount: i64,
    /// As a part of the node's; 0 when that holds none.
    pub share: f64,
}

/// What the independent checker found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckResult {
    /// What does not hold; empty when all does.
    pub faults: Vec<String>,
    /// How many statements were checked.
    pub statements: u64,
    /// What the plan says that cannot be recomputed, by name; [`TOLD`](crate::check::TOLD) has the reasons.
    pub told: Vec<String>,
}

impl CheckResult {
    /// Whether all holds.
    pub fn ok(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The answer. Without a plan, `tiers`, `nodes`, `assignments`, `stages` and `covers` are empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How the work ended.
    pub termination: Termination,
    /// One for each tier.
    pub tiers: Vec<TierResult>,
    /// Every node in tree order, the root first.
    pub nodes: Vec<NodeResult>,
    /// One for each account, in the order of the book.
    pub assignments: Vec<Assignment>,
    /// Warnings and information.
    pub findings: Vec<Finding>,
    /// Units too large for a fair share.
    pub whales: Vec<Whale>,
    /// The evidence.
    pub certificate: Certificate,
    /// Stages, in order.
    pub stages: Vec<StageResult>,
    /// Plans that the search started beside: the request's own, and of several stages those that know one at a time where
    /// distances count.
    pub starts: Vec<StartResult>,
    /// Seats that cover others, in tree order.
    pub covers: Vec<CoverResult>,
    /// One sentence: how good, and what was proved.
    pub summary: String,
    /// The independent check.
    pub check: CheckResult,
    /// Wall-clock time of the solve.
    pub solve_time: Duration,
    /// The gap target that the search was given.
    pub gap_target: f64,
    /// How the relaxations behind the bounds ended.
    pub relaxations: Relaxations,
    /// How the accounts were read.
    pub columns: Vec<Column>,
    /// Every measure, in the order that nodes and stages have them.
    pub measures: Vec<MeasureDescription>,
}

/// How relaxations ended; those that the time did not suffice for are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relaxations {
    /// At an optimum, or with the proof that there is none.
    pub solved: u64,
    /// The engine's own simplex reached neither.
    pub failed: u64,
    /// Of those that failed: HiGHS stood in.
    pub by_highs: u64,
}

impl Plan {
    /// The decimals of a measure; 0 where the plan does not have it.
    pub fn decimals(&self, measure: &str) -> u8 {
        self.measures.iter().find(|described| described.measure == measure).map_or(0, |described| described.decimals)
    }

    /// An amount of a measure, as people write it.
    pub fn amount(&self, measure: &str, whole: i64) -> Amount {
        Amount::new(whole, self.decimals(measure))
    }

    /// Whether there is an assignment.
    pub fn has_assignments(&self) -> bool {
        matches!(self.termination.reason, Reason::Optimal | Reason::WithinGap | Reason::Feasible)
    }
}
