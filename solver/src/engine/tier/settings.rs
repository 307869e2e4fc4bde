//! The numbers by which a tier's search is steered. They were set by measurements on the made books of `benches/`; none
//! of them has a say in what is proved.

use std::ops::Range;
use std::time::Duration;

/// Units of a small book. Its search has been through everything by the time it is tired.
pub(super) const SMALL_UNITS: usize = 350;
/// Rounds without a better plan after which nothing more is expected of the search.
pub(super) const TIRED_ROUNDS: usize = 40;
/// Rounds of the same kind that a book without units would be given; small books tire sooner.
pub(super) const TIRED_ROUNDS_MIN: usize = 5;
/// Units of a small book for which one more round is given.
pub(super) const TIRED_UNITS: usize = 10;

/// Part of the work on a tier that must gain something for more to follow, where nothing says how long to search.
pub(crate) const RETURNS_WORK: f64 = 0.5;
/// Part of the gap that must be closed by it.
pub(super) const RETURNS_GAIN: f64 = 0.05;
/// What must be closed by it, at least, as part of the value.
pub(super) const RETURNS_LEAST: f64 = 1e-3;
/// The same work for each unit, at least.
pub(super) const RETURNS_A_UNIT: u64 = 1_000;
/// Rounds that do so, at least.
pub(super) const RETURNS_ROUNDS: u64 = 3;

/// Units that fix-and-optimise frees at first, at least.
pub(super) const FREED_MIN: usize = 60;
/// Units of the book for which one is freed at first.
pub(super) const FREED_UNITS: usize = 40;
/// Units freed, at most: HiGHS solves that many in about a second.
pub(super) const FREED_MAX: usize = 400;
/// Sub-problems solved side by side when work is counted; fixed, so that threads do not change the result.
pub(super) const LANES: usize = 2;

/// Work of the branches beside one round of the search, when work is counted.
pub(super) const BRANCH_WORK: u64 = 300_000;
/// Time of the branches where they have no thread of their own.
pub(super) const BRANCH_SLICE: Duration = Duration::from_millis(500);

/// Steps of an annealing for each unit that may move.
pub(super) const STEPS_A_UNIT: u64 = 3_000;
/// Steps of an annealing, at most.
pub(super) const STEPS_MAX: u64 = 3_000_000;
/// Steps that a second will do at least; an annealing is kept short enough to end in time.
pub(super) const STEPS_A_SECOND: f64 = 8e6;
/// An annealing's scale is the gap, but at most this fraction of the value.
pub(super) const SCALE_MAX: f64 = 0.1;
/// Leaves are tried whose price-corrected cost is within this fraction of the scale of a unit's cheapest.
pub(super) const NEAR_TIED: f64 = 0.05;
/// Temperature at which an annealing starts, as a fraction of the scale.
pub(super) const HOT: f64 = 0.05;
/// Temperature at which an annealing ends, as a fraction of the scale.
pub(super) const COLD: f64 = 0.001;
/// How much of the usual heat every second annealing of a small book has.
pub(super) const COOLER: f64 = 0.1;
/// How far fees on broken limits rise while an annealing cools, as powers of e; drawn anew for each.
pub(super) const RISES: Range<f64> = 4.0..9.0;
/// How far fees on limits that hold sink meanwhile, as a power of e.
pub(super) const SINKS: f64 = 1.0;

/// Open nodes of the search tree that an annealing may start from, the most promising first.
pub(super) const OPEN_NODES: f64 = 64.0;
/// Every so many rounds an annealing starts from an open node.
pub(super) const OPEN_NODE_EVERY: u64 = 2;
/// The same in larger books, whose relaxation says more.
pub(super) const OPEN_NODE_EVERY_LARGE: u64 = 8;

/// Repairs of a rounding side by side, in books whose units are gone through one by one; fixed, so that threads do not change
/// the result.
pub(super) const REPAIRS: usize = 2;
/// Nearly tied units for each row that a repair looks at first.
pub(super) const REPAIR_UNITS: usize = 40;
/// How often a repair looks at four times as many.
pub(super) const REPAIR_ROUNDS: u64 = 3;
/// Steps of a repair for each unit that may move.
pub(super) const REPAIR_STEPS: u64 = STEPS_A_UNIT / 20;
/// A hot repair takes this many times the steps of a cold one.
pub(super) const HOT_REPAIR_STEPS: u64 = 4;
/// The hottest repair starts at this many times the fee of one unit too many at a leaf.
pub(super) const HOTTEST_REPAIR: f64 = 5.0;
/// A repair ends at its first temperature divided by this.
pub(super) const REPAIR_COOLS: f64 = 50.0;
/// How often what was repaired is annealed again, while that lowers its cost.
pub(super) const POLISHES: u64 = 4;
/// How far off limits a repair keeps amounts, as part of the width between them.
pub(super) const REPAIR_OFF: f64 = 0.08;
