//! What only the run knows that made a plan: neither the plan nor the book has it.

use carve_solver::RuleEffect;

/// The run that made a plan, for `report.html`.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// The program's version.
    pub version: String,
    /// The name of the file of accounts, without its folder; empty: not known.
    pub accounts_file: String,
    /// SHA-256 of that file; empty: not known.
    pub accounts_digest: String,
    /// The plan file that all of what was asked for stands for, without its options.
    pub plan_file: String,
    /// The rules that allow no plan, as the plan file has them; empty: there is a plan, or nobody knows.
    pub conflict: String,
    /// What the search was given, such as its time limit and its seed, by name.
    pub options: Vec<(String, String)>,
    /// How values and bounds went, in the order of time.
    pub progress: Vec<Sample>,
    /// What each rule did.
    pub rules: Vec<RuleEffect>,
    /// Whether names and ids are left out.
    pub anonymous: bool,
}

/// How far a tier was at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Since the start.
    pub seconds: f64,
    /// 0-based.
    pub tier: usize,
    /// The best value, if a plan is there.
    pub best: Option<f64>,
    /// What is proved.
    pub bound: Option<f64>,
}
