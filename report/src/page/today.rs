//! Today's book beside the plan: what each owner has now.

use super::words::{Labels, NOBODY};
use crate::answer::Answer;
use std::collections::HashMap;

/// Who owns an account now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Owner {
    /// A territory of the plan, by its node.
    Territory(usize),
    /// Somebody who has none, by the place among those.
    Left(usize),
    /// Nobody.
    Nobody,
}

/// What each owner has now.
#[derive(Debug)]
pub(super) struct Today {
    /// One for each account.
    pub of: Vec<Owner>,
    /// What those are called who own accounts and have no territory, in the order in which the book names them.
    pub left: Vec<String>,
    /// Amounts of every measure, by owner.
    amounts: HashMap<Owner, Vec<i64>>,
    /// Mean distance to the owner's home over all accounts that have a place and whose owner has one that was given, km;
    /// `None`: there are none.
    pub distance_km: Option<f64>,
}

impl Today {
    /// Of an answer's book.
    pub fn of(answer: &Answer<'_>, labels: &Labels) -> Today {
        let mut place_of: HashMap<&str, usize> = HashMap::new();
        let mut left = Vec::new();
        let mut of = Vec::with_capacity(answer.plan.assignments.len());
        for assignment in &answer.plan.assignments {
            of.push(match (answer.owner(assignment), &*assignment.current_owner) {
                (Some(node), _) => Owner::Territory(node),
                (None, "") => Owner::Nobody,
                (None, id) => Owner::Left(*place_of.entry(id).or_insert_with(|| {
                    left.push(labels.left(id).to_owned());
                    left.len() - 1
                })),
            });
        }
        let mut amounts: HashMap<Owner, Vec<i64>> = HashMap::new();
        for (account, &owner) in of.iter().enumerate() {
            let sums = amounts.entry(owner).or_insert_with(|| vec![0; answer.measures.len()]);
            answer.measures.iter().zip(sums).for_each(|(of, sum)| *sum = sum.saturating_add(of.amounts[account]));
        }
        let distance_km = distance(answer, &of);
        Today { of, left, amounts, distance_km }
    }

    /// Whether anybody owns anything.
    pub fn is_owned(&self) -> bool {
        self.amounts.keys().any(|owner| *owner != Owner::Nobody)
    }

    /// What an owner has of a measure.
    pub fn amount(&self, owner: Owner, measure: usize) -> i64 {
        self.amounts.get(&owner).and_then(|sums| sums.get(measure)).copied().unwrap_or(0)
    }

    /// Owners who are no territory, and nobody, as far as they have accounts.
    pub fn others(&self) -> impl Iterator<Item = Owner> + '_ {
        let left = (0..self.left.len()).map(Owner::Left);
        left.chain([Owner::Nobody]).filter(|owner| self.amounts.contains_key(owner))
    }

    /// What an owner is called.
    pub fn called<'a>(&'a self, owner: Owner, labels: &'a Labels) -> &'a str {
        match owner {
            Owner::Territory(node) => labels.node(node),
            Owner::Left(place) => &self.left[place],
            Owner::Nobody => NOBODY,
        }
    }
}

fn distance(answer: &Answer<'_>, of: &[Owner]) -> Option<f64> {
    let home = |owner: &Owner| match owner {
        Owner::Territory(node) => answer.plan.nodes[*node].anchor.filter(|_| !answer.plan.nodes[*node].anchor_found),
        Owner::Left(_) | Owner::Nobody => None,
    };
    let (mut sum, mut count) = (0.0, 0_usize);
    for (place, owner) in answer.places.iter().zip(of) {
        if let (Some(place), Some(home)) = (place, home(owner)) {
            sum += place.distance_km(home);
            count += 1;
        }
    }
    (count > 0).then(|| sum / count as f64)
}
