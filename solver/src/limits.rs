//! Named limits. docs/limits.md lists them; tests try each from both sides.

/// Accounts in a book.
pub const ACCOUNTS_MAX: usize = 2_000_000;
/// Measures of a request: account_count, columns used, counted and derived ones.
pub const MEASURES_MAX: usize = 16;
/// Entries of a request's list of measures: those that say how a column is kept, and those that define one.
pub const COLUMNS_KEPT_MAX: usize = 4_096;
/// Children of a split.
pub const CHILDREN_MAX: usize = 10;
/// Levels below the root.
pub const LEVELS_MAX: usize = 6;
/// Leaves of a tree.
pub const LEAVES_MAX: usize = 1_024;
/// Tiers.
pub const TIERS_MAX: usize = 16;
/// Steps of a tier: how many of a group's largest excesses are compared at most.
pub const STEPS_MAX: usize = 10;
/// Rules.
pub const RULES_MAX: usize = 10_000;
/// Different values of a mix attribute.
pub const MIX_VALUES_MAX: usize = 32;
/// Denominator of a share that a rule states.
pub const SHARE_DENOMINATOR_MAX: i64 = 10_000;
/// Bytes of an id.
pub const ID_BYTES_MAX: usize = 256;
/// Bytes of any other text field of an account.
pub const FIELD_BYTES_MAX: usize = 4_096;
/// Bytes of a filter or an expression.
pub const FILTER_BYTES_MAX: usize = 4_096;
/// Brackets of a filter or an expression that are open at one place.
pub const FORMULA_NESTING_MAX: usize = 32;
/// Operators of a filter or an expression of which each stands in the one before; "and" and "or" in a row count by their
/// logarithm. CEL works by recursion, and this many fit into a small part of a thread's stack.
pub const FORMULA_DEPTH_MAX: usize = 96;
/// Steps that a filter or an expression takes at one account; a walk over a list takes each of its steps for every item.
pub const FORMULA_ACCOUNT_STEPS_MAX: u64 = 20_000;
/// Bytes of the values that a filter or an expression makes at one account.
pub const FORMULA_VALUE_BYTES_MAX: u64 = 1_048_576;
/// Steps of all filters and expressions of a request over all its accounts: some tens of seconds.
pub const FORMULA_STEPS_MAX: u64 = 2_000_000_000;
/// Unknown names of a request that are compared with the known ones, for "did you mean".
pub const ADVICE_MAX: usize = 200;
/// Bytes of a finding's message.
pub const FINDING_BYTES_MAX: usize = 4_096;
/// Criteria of a tier.
pub const CRITERIA_MAX: usize = 64;
/// Least and greatest weight of a criterion, or of a level where it is not 0: sums of weighted values keep their digits.
pub const WEIGHT_MIN: f64 = 1e-6;
/// See [`WEIGHT_MIN`].
pub const WEIGHT_MAX: f64 = 1e6;
/// Limits that criteria and rules set at nodes, together.
pub const ROWS_MAX: usize = 500_000;
/// Accounts that the rules pick, and amounts that they count by account, together.
pub const PICKED_MAX: usize = 200_000_000;
/// Decimals of a measure.
pub const DECIMALS_MAX: u8 = 6;
/// Bytes of a measure's unit.
pub const UNIT_BYTES_MAX: usize = 32;
/// Moves whose reason is written out, the largest first; the others have its code alone.
pub const MOVES_EXPLAINED_MAX: usize = 100_000;
/// Leaves of an owner's territory that a returning unit is tried in, the nearest first.
pub const RETURNS_TRIED_MAX: usize = 16;
/// Threads of a solve.
pub const THREADS_MAX: i32 = 256;
/// Findings shown; the rest is counted.
pub const FINDINGS_SHOWN_MAX: usize = 100;
/// Shortest time limit.
pub const TIME_LIMIT_MIN: std::time::Duration = std::time::Duration::from_millis(100);
/// Longest time limit.
pub const TIME_LIMIT_MAX: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
/// Time limit when none is given, but a gap or thoroughness.
pub const TIME_LIMIT_DEFAULT: std::time::Duration = std::time::Duration::from_secs(30);
/// Time limit when none is given and counted work ends the search, long before this.
pub const TIME_LIMIT_COUNTED: std::time::Duration = std::time::Duration::from_secs(300);
/// Work limit when nothing says how long to search, in work units: about twenty seconds of two cores.
pub const WORK_LIMIT_DEFAULT: u64 = 20_000_000;
/// The same for each account of a small book, in work units.
pub const WORK_LIMIT_ACCOUNT: u64 = 20_000;
/// The same, whatever the book, in work units.
pub const WORK_LIMIT_LEAST: u64 = 1_000_000;
/// The same for each account of a large book, in work units: a million accounts take some forty million.
pub const WORK_LIMIT_LARGE: u64 = 100;
/// Relative gap target when none is given.
pub const GAP_TARGET_DEFAULT: f64 = 1e-4;
/// Typical error of a place, km: half the circumference of the Earth, in round numbers.
pub const PLACE_ERROR_KM_MAX: f64 = 20000.0;
/// Typical error at which a place counts half as much in compactness as an exact one, km.
pub const PLACE_ERROR_KM_HALF: f64 = 50.0;
/// Tolerance of a band when none is given.
pub const TOLERANCE_DEFAULT: f64 = 0.05;
