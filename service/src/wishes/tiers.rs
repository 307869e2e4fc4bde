//! `--measure` and `--tolerance`: what is balanced, and how well.

use super::owners::folded;
use super::{Said, each, said, text};
use crate::cli::ShapeArgs;
use crate::findings::Located;
use crate::plan_file::PlanFile;
use crate::{decode, encode};
use carve_proto::v1::{self as proto, criterion::Kind};
use carve_solver::input::Book;
use carve_solver::limits::TOLERANCE_DEFAULT;
use carve_solver::{Code, default_tiers};
use std::collections::BTreeSet;

/// What is asked of the tiers.
pub struct Wish {
    measures: Vec<Said<(String, Option<f64>)>>,
    tolerance: Option<Said<f64>>,
}

impl Wish {
    /// Reads the flags.
    pub fn read(args: &ShapeArgs, faults: &mut Vec<Located>) -> Wish {
        let read = |given: &str| {
            let (name, tolerance) = text::name_and(given, '=')?;
            let advice = "if the = belongs to the name, write the name in double quotes";
            let tolerance = tolerance.map(text::part).transpose().map_err(|message| format!("{message}; {advice}"));
            Ok((name, tolerance?))
        };
        let mut measures = each("--measure", &args.wishes.measure, read, faults);
        let mut seen = BTreeSet::new();
        measures.retain(|measure| {
            let first = seen.insert(folded(&measure.value.0));
            if !first {
                let message = format!("measure {:?} is asked for twice", measure.value.0);
                faults.push(measure.finding(Code::FlagInvalid, message));
            }
            first
        });
        let tolerance = args.wishes.tolerance.as_ref();
        Wish { measures, tolerance: tolerance.and_then(|given| said("--tolerance", given, text::part, faults)) }
    }

    /// Names the measures in a request that is only to be looked at, which has all that tiers by default have.
    pub fn preview(&self, request: &mut proto::SolveRequest) {
        if self.measures.is_empty() {
            return;
        }
        let others = [Kind::Continuity(proto::Continuity::default()), Kind::Compactness(proto::Compactness::default())];
        let kinds = self.measures.iter().map(balance).chain(others);
        let criteria = kinds.map(|kind| proto::Criterion { kind: Some(kind) }).collect();
        request.tiers.push(proto::Tier { criteria, ..proto::Tier::default() });
    }

    /// Puts the measures and tolerances into the plan's tiers, or into those that stand for none. With `whole` those are
    /// written out in any case.
    pub fn apply(self, plan: &mut PlanFile, book: &mut Book, whole: bool, won: &mut Vec<String>) {
        let Wish { measures, tolerance } = self;
        if measures.is_empty() && tolerance.is_none() && !whole {
            return;
        }
        let own = !plan.request.tiers.is_empty();
        if !own {
            plan.request.tiers = defaults(plan, book);
            plan.forget("tiers");
        }
        let mut fixed = BTreeSet::new();
        if !measures.is_empty() {
            let replaced = balance_exactly(plan, &measures, &mut fixed);
            if own {
                let what = if replaced.is_empty() { "nothing".into() } else { replaced.join(", ") };
                let flags: Vec<&str> = measures.iter().map(|m| m.flag.as_str()).collect();
                won.push(format!("{}: balanced instead of {what} in {}", flags.join(" "), plan.name()));
            }
        }
        if let Some(tolerance) = &tolerance {
            let (bands, replaced) = tolerate(plan, tolerance.value, &fixed);
            // Without a shape there are no tiers to be seen, and that is a fault of its own.
            if bands == 0 && !plan.request.tiers.is_empty() {
                let message = "there is no band left for it: no balance or mix without a tolerance of its own";
                plan.take_in([tolerance.finding(Code::FlagInvalid, message)]);
            }
            if own && !replaced.is_empty() {
                won.push(format!("{}: instead of {} in {}", tolerance.flag, replaced.join(", "), plan.name()));
            }
        }
    }
}

/// The tiers of a plan that names none.
fn defaults(plan: &PlanFile, book: &mut Book) -> Vec<proto::Tier> {
    let (mut input, _) = decode::input(plan.request.clone());
    std::mem::swap(&mut input.book, book);
    let tiers = default_tiers(&input);
    std::mem::swap(&mut input.book, book);
    tiers.iter().map(encode::tier_input).collect()
}

fn balance(measure: &Said<(String, Option<f64>)>) -> Kind {
    let (measure, tolerance) = measure.value.clone();
    Kind::Balance(proto::Balance { measure, tolerance, ..proto::Balance::default() })
}

/// Replaces every balance criterion by these, where the first one stood; the measures that were balanced before. Criteria
/// whose tolerance was named are noted as fixed.
fn balance_exactly(
    plan: &mut PlanFile,
    measures: &[Said<(String, Option<f64>)>],
    fixed: &mut BTreeSet<String>,
) -> Vec<String> {
    let mut replaced = Vec::new();
    let mut first = None;
    for (at, tier) in plan.request.tiers.iter_mut().enumerate() {
        tier.criteria.retain(|criterion| match &criterion.kind {
            Some(Kind::Balance(balance)) => {
                first.get_or_insert(at);
                replaced.push(balance.measure.clone());
                false
            }
            _ => true,
        });
    }
    fixed.extend(measures.iter().filter(|m| m.value.1.is_some()).map(|m| m.value.0.clone()));
    let balances = measures.iter().map(|measure| proto::Criterion { kind: Some(balance(measure)) });
    let at = first.unwrap_or(0);
    if first.is_none() {
        plan.request.tiers.insert(0, proto::Tier::default());
        let from: Vec<Option<usize>> =
            std::iter::once(None).chain((0..plan.request.tiers.len() - 1).map(Some)).collect();
        plan.rearranged("tiers", &from);
    }
    plan.request.tiers[at].criteria.splice(0..0, balances);
    // Where criteria of the file stand now is not looked up; they are found at their tier.
    (0..plan.request.tiers.len()).for_each(|tier| plan.forget(&format!("tiers[{tier}].criteria")));
    for (criterion, measure) in measures.iter().enumerate() {
        plan.said(&format!("tiers[{at}].criteria[{criterion}]"), &measure.spot());
    }
    let filled: Vec<usize> =
        (0..plan.request.tiers.len()).filter(|&t| !plan.request.tiers[t].criteria.is_empty()).collect();
    plan.rearranged("tiers", &filled.iter().copied().map(Some).collect::<Vec<_>>());
    plan.request.tiers.retain(|tier| !tier.criteria.is_empty());
    replaced
}

/// Gives every band this tolerance at all levels but those that are fixed; how many there were, and the other tolerances
/// that they had.
fn tolerate(plan: &mut PlanFile, tolerance: f64, fixed: &BTreeSet<String>) -> (usize, Vec<String>) {
    let (mut bands, mut replaced) = (0, Vec::new());
    for criterion in plan.request.tiers.iter_mut().flat_map(|tier| &mut tier.criteria) {
        let (name, own, levels) = match &mut criterion.kind {
            Some(Kind::Balance(b)) if !fixed.contains(&b.measure) => (&b.measure, &mut b.tolerance, &mut b.levels),
            Some(Kind::Mix(mix)) => (&mix.attribute, &mut mix.tolerance, &mut mix.levels),
            _ => continue,
        };
        let said = levels.iter_mut().filter_map(|level| level.tolerance.take());
        let others: Vec<f64> =
            std::iter::once(own.unwrap_or(TOLERANCE_DEFAULT)).chain(said).filter(|t| *t != tolerance).collect();
        if let Some(other) = others.first() {
            replaced.push(format!("{} % on {name}", shifted(*other)));
        }
        *own = Some(tolerance);
        bands += 1;
    }
    (bands, replaced)
}

/// A part in hundredths, without the noise of a multiplication.
fn shifted(part: f64) -> f64 {
    (part * 1e8).round() / 1e6
}
