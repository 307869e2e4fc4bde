//! Whether a set named as conflicting allows no plan, and whether all of it is needed.

use super::answer::Conflict;
use super::{Fault, Kind};
use crate::oracle::hard::Hard;
use crate::oracle::model::Model;
use crate::oracle::reading::Reading;
use carve_solver::input::RuleInput;

/// Steps of a search for a plan, at most; what is not told by then is not judged.
const STEPS_MAX: u64 = 20_000_000;

/// What a set is made of: rules, and families that are joined.
#[derive(Clone)]
struct Set<'a> {
    rules: Vec<&'a RuleInput>,
    families: Vec<Vec<usize>>,
}

impl Set<'_> {
    /// Whether some plan keeps all of it; `None`: not told.
    fn allows(&self, reading: &Reading) -> Option<bool> {
        let rules: Vec<Hard> = self.rules.iter().map(|rule| Hard::of(reading, rule)).collect();
        let rules: Vec<&Hard> = rules.iter().collect();
        Model::of(reading, &rules, &self.families, &crate::oracle::criterion::Sums::default()).allows(STEPS_MAX)
    }
}

/// Judges the set; `None` among the faults' places means that a search did not end.
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
    let set = Set { rules, families: joined };
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
    for left_out in 0..set.rules.len() {
        let mut fewer = set.clone();
        let rule = fewer.rules.remove(left_out);
        if fewer.allows(reading) == Some(false) {
            let detail = format!("{:?} allows no plan without {:?} either", conflict.rule_ids, rule.rule_id);
            faults.push(Fault::new(Kind::ConflictReducible, detail));
        }
    }
    for left_out in 0..if conflict.families.is_some() { set.families.len() } else { 0 } {
        let mut fewer = set.clone();
        let family = fewer.families.remove(left_out);
        if fewer.allows(reading) == Some(false) {
            let head = &reading.input.book.account_ids[family[0]];
            let detail = format!("{:?} allows no plan without the family of {head:?} either", conflict.rule_ids);
            faults.push(Fault::new(Kind::ConflictReducible, detail));
        }
    }
    faults
}
