//! What a made book asks of every method, as plain numbers: the same for all, and none of it read by the solver.

use crate::sphere::km;
use carve_solver::input::{BandInput, Book, CriterionInput, Input, NodeInput, RawPlace, SplitInput};
use std::collections::HashMap;

/// A measure to balance.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// One amount an account.
    pub amounts: Vec<i64>,
    /// Sum of the amounts; above 0.
    pub total: i64,
    /// Half-width of the band relative to the target.
    pub tolerance: f64,
    /// Weight inside the tier.
    pub weight: f64,
}

/// A book to be carved into one level of territories.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// Accounts that move as one, by their indices.
    pub families: Vec<Vec<usize>>,
    /// Where each account is.
    pub places: Vec<Option<RawPlace>>,
    /// The leaf that owns each account now.
    pub owners: Vec<Option<usize>>,
    /// What is balanced; measures of which there is nothing are left out.
    pub bands: Vec<Band>,
    /// Part of the whole that each leaf is to get; they sum to 1.
    pub shares: Vec<f64>,
    /// The given anchor of each leaf; `None`: for the method to find.
    pub anchors: Vec<Option<RawPlace>>,
}

impl Model {
    /// Reads a request; `None` unless it is one level of leaves, balance criteria and costs, without rules.
    pub fn of(input: &Input) -> Option<Model> {
        let Some(SplitInput::Tree(NodeInput { children: leaves, .. })) = &input.split else { return None };
        if leaves.is_empty() || leaves.iter().any(|leaf| !leaf.children.is_empty()) || !input.rules.is_empty() {
            return None;
        }
        let mut bands = Vec::new();
        for criterion in input.tiers.iter().flat_map(|tier| &tier.criteria) {
            match criterion.as_ref()? {
                CriterionInput::Balance(asked) => bands.push(band(&input.book, asked)?),
                CriterionInput::Continuity { .. } | CriterionInput::Compactness { distance: false, .. } => {}
                // The peer states no other kind, and says so.
                _ => return None,
            }
        }
        bands.retain(|band| band.total > 0);
        let whole: f64 = leaves.iter().map(|leaf| leaf.share.unwrap_or(1.0)).sum();
        let at: HashMap<&str, usize> = leaves.iter().enumerate().map(|(l, leaf)| (leaf.node_id.as_str(), l)).collect();
        Some(Model {
            families: families(&input.book),
            places: input.book.places.clone(),
            owners: input.book.current_owners.iter().map(|owner| at.get(owner.as_str()).copied()).collect(),
            bands,
            shares: leaves.iter().map(|leaf| leaf.share.unwrap_or(1.0) / whole).collect(),
            anchors: leaves.iter().map(|leaf| leaf.anchor).collect(),
        })
    }

    /// Number of accounts.
    pub fn accounts(&self) -> usize {
        self.places.len()
    }

    /// Number of territories.
    pub fn leaves(&self) -> usize {
        self.shares.len()
    }

    /// What a family holds of a measure.
    pub fn amount(&self, family: usize, band: usize) -> i64 {
        self.families[family].iter().map(|&account| self.bands[band].amounts[account]).sum()
    }

    /// Sum over the family's accounts of the squared distance to a point, km²; 0 to no point.
    pub fn squares(&self, family: usize, to: Option<RawPlace>) -> f64 {
        let Some(to) = to else { return 0.0 };
        let places = self.families[family].iter().filter_map(|&account| self.places[account]);
        places.map(|place| km(place, to).powi(2)).sum()
    }

    /// The leaf of each account from that of each family.
    pub fn spread(&self, leaf_of_family: &[usize]) -> Vec<usize> {
        let mut leaf_of = vec![0; self.accounts()];
        for (members, &leaf) in self.families.iter().zip(leaf_of_family) {
            members.iter().for_each(|&account| leaf_of[account] = leaf);
        }
        leaf_of
    }
}

fn band(book: &Book, asked: &BandInput) -> Option<Band> {
    let amounts = match book.measures.iter().find(|measure| measure.name == asked.column) {
        Some(measure) => measure.amounts.clone(),
        None if asked.column == "account_count" => vec![1; book.account_ids.len()],
        None => return None,
    };
    let (total, tolerance) = (amounts.iter().sum(), asked.tolerance.unwrap_or(0.05));
    Some(Band { amounts, total, tolerance, weight: asked.weight.unwrap_or(1.0) })
}

/// Accounts by the topmost parent in the book, in the order of the book.
fn families(book: &Book) -> Vec<Vec<usize>> {
    let count = book.account_ids.len();
    let at: HashMap<&str, usize> = book.account_ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let top = |mut account: usize| {
        // As many steps as accounts, lest a circle of parents never ends.
        for _ in 0..count {
            match at.get(book.parents[account].as_str()) {
                Some(&parent) => account = parent,
                None => break,
            }
        }
        account
    };
    let mut members = vec![Vec::new(); count];
    (0..count).for_each(|account| members[top(account)].push(account));
    members.retain(|family| !family.is_empty());
    members
}
