//! What is balanced where nobody says.

use super::criteria::scope::Scope;
use super::effort::{Effort, Patience};
use super::{accounts, definitions, measures, tiers, tree};
use crate::input::{Input, TierInput};
use crate::space::Point;

/// The tiers that an input has when it names none, for those who want to see or change them; none where the shape or the
/// book is faulty.
pub fn default_tiers(input: &Input) -> Vec<TierInput> {
    let effort = Effort::new(Patience::default());
    // What is found is found again when the problem is read.
    let mut findings = Vec::new();
    let nameless = input.tiers.is_empty();
    let mut defining = None;
    let (input, defined) = match input.measures.is_empty() {
        true => (input, Vec::new()),
        false => {
            let input = defining.insert(input.clone());
            let defined = definitions::settle(input, &effort, &mut findings);
            (&*input, defined)
        }
    };
    let measures = measures::read(input, &defined, &mut findings);
    let Some(tree) = tree::read(input.split.as_ref(), &input.book, &mut findings).filter(|_| nameless) else {
        return Vec::new();
    };
    let places = input.book.places.iter().flatten().any(|p| Point::new(p.latitude, p.longitude).is_some());
    let owners = accounts::owners(&input.book, &tree).iter().any(Option::is_some);
    tiers::defaults(&Scope::new(input, &tree, owners, places, &effort), &measures, &mut findings)
}
