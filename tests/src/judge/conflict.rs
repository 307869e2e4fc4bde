//! Whether a set named as conflicting allows no plan, and whether all of it is needed.

use super::answer::Conflict;
use super::{Fault, Kind};
use crate::oracle::criterion::Sums;
use crate::oracle::hard::Hard;
use crate::oracle::model::Model;
use crate::oracle::reading::Reading;
use carve_solver::input::RuleInput;

/// Steps of a search for a plan, at most; what is not told by then is not judged.
const STEPS_MAX: u64 = 20_000_000;

/// What a set is made of.
#[derive(Clone)]
struct Set<'a> {
    rules: Vec<&'a RuleInput>,
    /// Joined; all others are taken apart.
    families: Vec<Vec<usize>>,
    /// Accounts that nobody owns here.
    unowned: Vec<usize>,
}

impl Set<'_> {
    /// Whether some plan keeps all of it; `None`: not told.
    fn allows(&self, reading: &Reading) -> Option<bool> {
        let Reading { input, split, owners, pools } = reading;
        let (split, owners, pools) = (split.clone(), owners.clone(), pools.clone());
        let mut reading = Reading { input, split, owners, pools };
        self.unowned.iter().for_each(|&a| reading.owners[a] = None);
        let rules: Vec<Hard> = self.rules.iter().map(|rule| Hard::of(&reading, rule)).collect();
        let rules: Vec<&Hard> = rules.iter().chain(&reading.pools.kept).collect();
        Model::of(&reading, &rules, &self.families, &Sums::default()).allows(STEPS_MAX)
    }
}

/// Judges the set; what a search that did not end would tell is no fault.
pub(super) fn judge(reading: &Reading, conflict: &Conflict) -> Vec<Fault> {
    let rule = |id: &String| reading.input.rules.iter().find(|rule| rule.rule_id == *id);
    let rules: Vec<&RuleInput> = conflict.rule_ids.iter().filter_map(rule).collect();
    if rules.is_empty() || rules.len() < conflict.rule_ids.len() {
        return vec![Fault::new(Kind::ConflictNames, format!("{:?} is named", conflict.rule_ids))];
    }
    let all = reading.families();
    let joined: Vec<Vec<usize>> = match &conflict.families {
        None => all,
        Some(named) => {
            let has = |family: &Vec<usize>| {
                family.iter().any(|&a| named.iter().flatten().any(|id| *id == reading.input.book.account_ids[a]))
            };
            all.into_iter().filter(has).collect()
        }
    };
    let set = Set { rules, families: joined, unowned: Vec::new() };
    if set.allows(reading) == Some(true) {
        let detail = format!("{:?} with {} families joined allows a plan", conflict.rule_ids, set.families.len());
        return vec![Fault::new(Kind::ConflictAllowsPlan, detail)];
    }
    let mut faults = Vec::new();
    if conflict.families.is_none() && !set.families.is_empty() {
        let apart = Set { families: Vec::new(), ..set.clone() };
        if apart.allows(reading) == Some(true) {
            let detail = format!("{:?} allows a plan when families are taken apart", conflict.rule_ids);
            faults.push(Fault::new(Kind::ConflictLacksFamilies, detail));
        }
    }
    if !conflict.irreducible {
        return faults;
    }
    for (without, fewer) in fewer(reading, conflict, &set) {
        if fewer.allows(reading) == Some(false) {
            let detail = format!("{:?} allows no plan without {without} either", conflict.rule_ids);
            faults.push(Fault::new(Kind::ConflictReducible, detail));
        }
    }
    faults
}

/// The set without each of its rules, all families of the request joined then, as they are for whoever takes a rule out
/// of it; and without each of the defaults that it names. With what is left out.
fn fewer<'a>(reading: &Reading, conflict: &Conflict, set: &Set<'a>) -> Vec<(String, Set<'a>)> {
    let mut all = Vec::new();
    for at in 0..set.rules.len() {
        let mut fewer = Set { families: reading.families(), ..set.clone() };
        let rule = fewer.rules.remove(at);
        all.push((format!("{:?}", rule.rule_id), fewer));
    }
    let named = if conflict.families.is_some() { set.families.len() } else { 0 };
    for at in 0..named {
        let mut fewer = set.clone();
        let family = fewer.families.remove(at);
        all.push((format!("the family of {:?}", reading.input.book.account_ids[family[0]]), fewer));
    }
    for owned in &conflict.owners {
        let unowned = owned.iter().filter_map(|id| reading.account(id)).collect();
        all.push((format!("the owners of {owned:?}"), Set { unowned, ..set.clone() }));
    }
    all
}
