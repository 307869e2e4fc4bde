//! Judges answers by brute force: every assignment of the book is tried, and what the answer says is held against that.
//! Shares no code with the solver; of an answer it takes plain data (`answer.rs` alone knows the solver's types).

pub mod answer;

mod conflict;

pub mod run;

pub mod shrink;

pub mod tally;

mod verdict;

pub use verdict::judge;

/// What an answer says that isn't so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A sound request is refused.
    Refused,
    /// The solver panics.
    Panic,
    /// The answer does not pass carve's own check.
    OwnCheck,
    /// The tree is not the one asked for.
    Tree,
    /// A node's share is not the one asked for.
    Share,
    /// The plan breaks a hard rule, or tears a family.
    RuleBroken,
    /// What a node holds is not what its accounts add up to.
    Amount,
    /// A tier's or a criterion's value is not what the plan is worth.
    Value,
    /// A bound that some plan is below.
    Bound,
    /// As [`Kind::Bound`], where plans differ by less than a floating-point number of that size can say.
    BoundByLastBits,
    /// A later tier was held to less than the best value plus give-back of an earlier one.
    HeldToLess,
    /// `TierResult.limit` is not what later tiers were held to.
    LimitField,
    /// "Optimal" though a better plan exists.
    NotOptimal,
    /// "Optimal" though an anchor was found.
    OptimalForFoundAnchors,
    /// A summary says "best possible" of a value that can be improved.
    Words,
    /// "Infeasible" though a plan exists.
    FalseInfeasible,
    /// A plan where none exists.
    FalsePlan,
    /// The set named as conflicting names no rule, or one that isn't there.
    ConflictNames,
    /// The set named as conflicting allows a plan.
    ConflictAllowsPlan,
    /// The set named as conflicting allows a plan once families that are not named are taken apart.
    ConflictLacksFamilies,
    /// The set named as conflicting stays so without one of its members.
    ConflictReducible,
}

/// A disagreement.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What kind it is of.
    pub kind: Kind,
    /// With figures.
    pub detail: String,
}

impl Fault {
    fn new(kind: Kind, detail: impl Into<String>) -> Fault {
        Fault { kind, detail: detail.into() }
    }
}
