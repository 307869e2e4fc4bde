//! What they said: a book and what to do with it, raw, before anything is believed.
//!
//! Readers (CSV, the wire) fill these types; [`crate::Problem::new`] alone decides what they mean and names
//! every fault. Nothing here is checked.

use crate::column::Column;
use crate::finding::Finding;
use crate::limits::DECIMALS_MAX;
use std::time::Duration;

/// The measure every book has: 1 for each account.
pub const ACCOUNT_COUNT: &str = "account_count";

/// A book of accounts, by column. All per-account vectors have the length of `account_ids`; `names`, the values of
/// an attribute and the amounts of a measure that is balanced only by name are empty where a reader was told that the rest
/// of the input does not speak of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Book {
    /// Ids, the clients' own text.
    pub account_ids: Vec<String>,
    /// Names; empty text where there is none.
    pub names: Vec<String>,
    /// Parents' ids; empty text where there is none.
    pub parents: Vec<String>,
    /// Places as given: degrees, possibly out of range or not finite.
    pub places: Vec<Option<RawPlace>>,
    /// How far each account is from its place, typically, km: 0 where the place is its own, more where it is that of a
    /// ZIP, a town or a state. Empty: every place is exact.
    pub place_errors_km: Vec<f64>,
    /// Ids of the owners now; empty text where there is none.
    pub current_owners: Vec<String>,
    /// Node where a plan at hand has each account, to start from; empty text where it has none. Empty: there is no such plan.
    pub starts: Vec<String>,
    /// Amounts by measure, in the order of their columns.
    pub measures: Vec<MeasureColumn>,
    /// Text by attribute, in the order of their columns.
    pub attributes: Vec<AttributeColumn>,
    /// Set by file readers: columns with numbers that are no measure, and why, so that a plan that names one gets told.
    pub near_measures: Vec<NearMeasure>,
    /// How the columns were read, in their order.
    pub columns: Vec<Column>,
    /// What readers found in the accounts, and how they read them, to ride along with the answer.
    pub findings: Vec<Finding>,
}

/// A point as the client gave it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawPlace {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// A numeric column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeasureColumn {
    /// Its heading.
    pub name: String,
    /// One amount an account, in whole numbers of 10^-`decimals` units; a missing one is 0.
    pub amounts: Vec<i64>,
    /// Decimals of an amount as people write it, 0 to 6: with 2, an amount of 125050 is 1250.50.
    pub decimals: u8,
    /// What it is counted in, such as USD; empty: not known.
    pub unit: String,
    /// Whether it is balanced only where the plan names it. File readers set it on numbers that the words of the trade
    /// do not name as an amount to share out.
    pub only_by_name: bool,
}

/// A text column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AttributeColumn {
    /// Its heading.
    pub name: String,
    /// One value an account; a missing one is empty text.
    pub values: Vec<String>,
}

/// A column with numbers that is no measure.
#[derive(Debug, Clone, PartialEq)]
pub struct NearMeasure {
    /// Its name.
    pub name: String,
    /// Why it is none and what to do, as the rest of a sentence that ends in a colon.
    pub reason: String,
}

/// A whole request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    /// The accounts.
    pub book: Book,
    /// The shape; `None`: a seat for each current owner.
    pub split: Option<SplitInput>,
    /// Tiers in order of priority; empty: the defaults.
    pub tiers: Vec<TierInput>,
    /// Hard rules.
    pub rules: Vec<RuleInput>,
    /// Measures counted by a filter or derived from others, and how columns are kept.
    pub measures: Vec<MeasureInput>,
    /// Whether families move whole; the default is yes.
    pub families_separate: bool,
    /// How long and how hard to work.
    pub options: OptionsInput,
}

/// The shape to carve into.
#[derive(Debug, Clone, PartialEq)]
pub enum SplitInput {
    /// Given node by node.
    Tree(NodeInput),
    /// Nested stages: counts, and the one in force today (0: the first).
    Stages {
        /// Territories at each stage.
        counts: Vec<i32>,
        /// Today's count; 0: the first.
        current: i32,
    },
    /// Seats, over which a tree is found.
    Seats {
        /// The most children a split may have; 0: ten.
        max_children: i32,
        /// The seats.
        seats: Vec<SeatInput>,
    },
}

/// A node of a given tree.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodeInput {
    /// Its id.
    pub node_id: String,
    /// Its part of its parent relative to its siblings; `None`: the sum of its children's, 1 for a leaf.
    pub share: Option<f64>,
    /// The point it is drawn around.
    pub anchor: Option<RawPlace>,
    /// Its children; none for a leaf.
    pub children: Vec<NodeInput>,
    /// Whether it is a pool: a leaf outside the balance.
    pub outside_balance: bool,
}

/// A seat.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeatInput {
    /// Its id.
    pub seat_id: String,
    /// Its part of the book; `None`: capacity × ramp.
    pub share: Option<f64>,
    /// Whether it is still to be hired.
    pub to_be_hired: bool,
    /// Full capacity; `None`: 1.
    pub capacity: Option<f64>,
    /// Part of full capacity at the plan's date; `None`: 1.
    pub ramp: Option<f64>,
    /// First day of work, ISO 8601; empty: not known.
    pub start_date: String,
    /// The seller's home.
    pub home: Option<RawPlace>,
    /// The seat that covers until it is filled; empty: none.
    pub covering_seat_id: String,
    /// The name that people know it by; empty: none.
    pub display_name: String,
    /// What it is called in a CRM.
    pub external_ids: ExternalIds,
    /// Whether it is a pool: it stands outside the balance.
    pub outside_balance: bool,
}

/// What a seat is called in a CRM; a field is empty where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalIds {
    /// The id of the user on it.
    pub user_id: String,
    /// The e-mail address of the user on it.
    pub email: String,
    /// The name or id of its territory.
    pub territory_api_name: String,
}

/// Criteria of one priority.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TierInput {
    /// The criteria; `None` where the client set no kind.
    pub criteria: Vec<Option<CriterionInput>>,
    /// Relative give-back.
    pub give_back: f64,
    /// Absolute give-back.
    pub give_back_absolute: f64,
}

/// One thing to be good at.
#[derive(Debug, Clone, PartialEq)]
pub enum CriterionInput {
    /// Amounts of a measure near their targets.
    Balance(BandInput),
    /// Counts of each value of an attribute near their targets.
    Mix(BandInput),
    /// Accounts staying with their owner.
    Continuity {
        /// What is kept; empty: account_count.
        measure: String,
        /// Weight inside the tier; `None`: 1.
        weight: Option<f64>,
    },
    /// Planned splits that leave much with the incumbent.
    Incumbent {
        /// What is kept; empty: account_count.
        measure: String,
        /// Weight inside the tier; `None`: 1.
        weight: Option<f64>,
    },
    /// Accounts close to their anchor.
    Compactness {
        /// Weight of each level below the root; empty: the default.
        level_weights: Vec<f64>,
        /// Distance rather than its square.
        distance: bool,
        /// Weight inside the tier; `None`: 1.
        weight: Option<f64>,
    },
}

impl CriterionInput {
    /// The measure it names; mix counts values, and compactness distances.
    pub fn measure(&self) -> Option<&str> {
        match self {
            CriterionInput::Balance(band) => Some(&band.column),
            CriterionInput::Continuity { measure, .. } | CriterionInput::Incumbent { measure, .. } => Some(measure),
            CriterionInput::Mix(_) | CriterionInput::Compactness { .. } => None,
        }
    }

    /// The attribute it names, if it is about one.
    pub fn attribute(&self) -> Option<&str> {
        match self {
            CriterionInput::Mix(band) => Some(&band.column),
            CriterionInput::Balance(_)
            | CriterionInput::Continuity { .. }
            | CriterionInput::Incumbent { .. }
            | CriterionInput::Compactness { .. } => None,
        }
    }
}

/// A band around targets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BandInput {
    /// The measure (balance) or the attribute (mix).
    pub column: String,
    /// Half-width relative to the target; `None`: 0.05.
    pub tolerance: Option<f64>,
    /// Weight inside the tier; `None`: 1.
    pub weight: Option<f64>,
    /// Settings for level 1, 2, …
    pub levels: Vec<LevelInput>,
}

/// Settings of one level.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LevelInput {
    /// Half-width at this level; `None`: the criterion's.
    pub tolerance: Option<f64>,
    /// Weight of this level; `None`: 1.
    pub weight: Option<f64>,
}

/// A hard rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleInput {
    /// Its id.
    pub rule_id: String,
    /// What it says; `None` where the client set no kind.
    pub kind: Option<RuleKindInput>,
}

/// The accounts a rule speaks of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SelectorInput {
    /// By id.
    pub account_ids: Vec<String>,
    /// By CEL filter; empty: none.
    pub filter: String,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleKindInput {
    /// To one node.
    Pin {
        /// Which accounts.
        accounts: SelectorInput,
        /// The node.
        node_id: String,
    },
    /// To none of these nodes.
    Forbid {
        /// Which accounts.
        accounts: SelectorInput,
        /// The nodes.
        node_ids: Vec<String>,
    },
    /// To one of these nodes.
    Restrict {
        /// Which accounts.
        accounts: SelectorInput,
        /// The nodes.
        node_ids: Vec<String>,
    },
    /// To one leaf, together.
    KeepTogether {
        /// Which accounts.
        accounts: SelectorInput,
    },
    /// No two in one leaf.
    KeepApart {
        /// Which accounts.
        accounts: SelectorInput,
    },
    /// What nodes may hold.
    Bounds {
        /// Which accounts count; `None`: all.
        accounts: Option<SelectorInput>,
        /// The nodes; empty: every leaf.
        node_ids: Vec<String>,
        /// What is counted; empty: account_count.
        measure: String,
        /// The least.
        min: Option<i64>,
        /// The most.
        max: Option<i64>,
    },
    /// What may leave its owner.
    MoveLimit {
        /// Which accounts count; `None`: all.
        accounts: Option<SelectorInput>,
        /// What is counted; empty: account_count.
        measure: String,
        /// The most, in the measure's unit.
        max_amount: Option<i64>,
        /// The most, as a part.
        max_share: Option<f64>,
        /// Whether it holds for each owner by itself.
        per_owner: bool,
    },
    /// What the incumbent's child keeps of a node that is split.
    Keep {
        /// What is kept; empty: account_count.
        measure: String,
        /// The least, as a part of the node's.
        min_share: Option<f64>,
        /// The most, as a part of the node's.
        max_share: Option<f64>,
        /// Nodes that are split; empty: every planned split.
        node_ids: Vec<String>,
    },
    /// What a seat may hold together with the seats it covers.
    CoverLimit {
        /// What is counted; empty: account_count.
        measure: String,
        /// The most, in the measure's unit.
        max: Option<i64>,
        /// The most, as a multiple of the seat's own target.
        max_share_of_target: Option<f64>,
        /// The covering seats; empty: all.
        seat_ids: Vec<String>,
    },
}

impl Input {
    /// The decimals that a measure is kept in, and that limits on it may be written with: those that its entry gives, else
    /// those of the column. Empty is account_count. `None`: there is no such measure.
    pub fn decimals(&self, measure: &str) -> Option<u8> {
        if measure.is_empty() || measure == ACCOUNT_COUNT {
            return Some(0);
        }
        let entry = self.measures.iter().find(|m| m.measure == measure);
        let given = entry.and_then(|m| m.decimals).and_then(|d| u8::try_from(d).ok()).filter(|d| *d <= DECIMALS_MAX);
        let column = || self.book.measures.iter().find(|c| c.name == measure).map(|c| c.decimals);
        given.or_else(column).or(entry.map(|_| 0))
    }
}

impl RuleKindInput {
    /// The accounts it speaks of; `None`: all, or it speaks of none.
    pub fn accounts(&self) -> Option<&SelectorInput> {
        match self {
            RuleKindInput::Pin { accounts, .. }
            | RuleKindInput::Forbid { accounts, .. }
            | RuleKindInput::Restrict { accounts, .. }
            | RuleKindInput::KeepTogether { accounts }
            | RuleKindInput::KeepApart { accounts } => Some(accounts),
            RuleKindInput::Bounds { accounts, .. } | RuleKindInput::MoveLimit { accounts, .. } => accounts.as_ref(),
            RuleKindInput::Keep { .. } | RuleKindInput::CoverLimit { .. } => None,
        }
    }

    /// The measure it names, if it counts one.
    pub fn measure(&self) -> Option<&str> {
        match self {
            RuleKindInput::Bounds { measure, .. }
            | RuleKindInput::MoveLimit { measure, .. }
            | RuleKindInput::Keep { measure, .. }
            | RuleKindInput::CoverLimit { measure, .. } => Some(measure),
            RuleKindInput::Pin { .. }
            | RuleKindInput::Forbid { .. }
            | RuleKindInput::Restrict { .. }
            | RuleKindInput::KeepTogether { .. }
            | RuleKindInput::KeepApart { .. } => None,
        }
    }
}

/// A measure counted by a filter or derived by an expression; with neither, how a column of this name is kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeasureInput {
    /// Its name.
    pub measure: String,
    /// The CEL filter; empty: none.
    pub count_filter: String,
    /// The CEL expression; empty: none.
    pub expression: String,
    /// Decimals of its amounts; `None`: those of the column, 0 for others.
    pub decimals: Option<i32>,
    /// What it is counted in; empty: as the column says.
    pub unit: String,
    /// What amounts below 0 mean.
    pub negatives: Negatives,
    /// Whether it is only told: nothing balances it.
    pub report_only: bool,
}

/// What amounts below 0 mean in a measure that is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Negatives {
    /// A fault.
    #[default]
    Reject,
    /// They count as 0.
    Zero,
}

/// How long and how hard to work; `None` or 0 means the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OptionsInput {
    /// Wall-clock limit; `None`: 30 s, or 300 s where counted work ends the search.
    pub time_limit: Option<Duration>,
    /// Relative gap at which a tier is good enough; `None`: 0.0001.
    pub gap_target: Option<f64>,
    /// Seed of every random choice.
    pub seed: u64,
    /// Limit in work units; 0: none, or what the size of the book says where nothing else does.
    pub work_limit: i64,
    /// Go on until all is proved, nothing more is found or a limit is reached, though more work gains little.
    pub thorough: bool,
    /// Threads; 0: one a core.
    pub threads: i32,
    /// Also draw every stage by itself.
    pub price_of_nesting: bool,
    /// Accounts with nothing sold or open and no activity since this day, ISO 8601, are a finding; empty: nobody asks.
    pub stale_before: String,
}
