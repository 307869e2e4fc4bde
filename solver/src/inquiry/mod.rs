//! What people ask of a plan: why an account is where it is and what it would take to have it elsewhere, what binds a
//! territory, what a rule costs, why there is no plan and what would make one, and what balance costs in moves.
//!
//! Nothing that a plan says is believed: values are counted again from who has which account, and bounds are proved again from
//! the prices of the certificate.

mod asked;

mod words;

mod change;

mod place;

mod repair;

mod account;

mod territory;

mod without;

mod rule;

mod conflict;

mod curve;

pub use account::{AccountExplained, Elsewhere, explain_account};
pub use asked::{Asked, AskedFault};
pub use change::{Broken, TierChange, beside};
pub use conflict::{ConflictExplained, ConflictRepair, RepairKind, explain_infeasible};
pub use curve::{Against, Curve, CurvePoint, NoCurve, PointTier, curve};
pub use repair::{Repair, RepairMove};
pub use rule::{Cost, RuleCost, RulesExplained, TierCost, explain_rules, names};
pub use territory::{AtEdge, Envy, Holding, TerritoryExplained, explain_territory};
