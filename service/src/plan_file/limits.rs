//! Limits of rules in a plan file: written as people write the measure's amounts (`max: 1250.50`), whole units of
//! 10^-decimals in the request. A file is read before the accounts are, and only these tell the decimals of their columns,
//! so the text is kept until then.

use super::PlanFile;
use crate::findings::Located;
use carve_proto::v1::{Rule, SolveRequest, rule::Kind};
use carve_solver::amount::{Amount, AmountFault};
use carve_solver::{Code, Finding, Place};
use prost_reflect::FieldDescriptor;
use std::collections::BTreeMap;

/// The fields that hold such limits.
const FIELDS: [&str; 4] =
    ["carve.v1.Bounds.min", "carve.v1.Bounds.max", "carve.v1.MoveLimit.max_amount", "carve.v1.CoverLimit.max"];
/// The most digits behind the point with which a nearby limit is proposed.
const PROPOSED_DECIMALS_MAX: usize = 12;

/// What tells the decimals of a measure; `None`: there is no such measure.
pub type DecimalsOf<'a> = &'a dyn Fn(&str) -> Option<u8>;

/// Whether the field is a limit on a measure's amount.
pub(super) fn is_limit(field: &FieldDescriptor) -> bool {
    FIELDS.contains(&field.full_name())
}

/// What stands in the request until the decimals are known: the limit itself where it is a whole number, else one that says
/// nothing. `None` where the text is no number.
pub(super) fn provisional(field: &FieldDescriptor, text: &str) -> Option<i64> {
    match Amount::read(text, 0) {
        Ok(whole) => Some(whole),
        Err(AmountFault::NoNumber) => None,
        Err(_) => Some(says_nothing(field.name())),
    }
}

/// No amount is below the one, or above the other.
fn says_nothing(field: &str) -> i64 {
    if field == "min" { 0 } else { i64::MAX }
}

/// A limit of a rule: its path, what it is on, and where it stands.
struct Limit<'a> {
    path: String,
    measure: &'a str,
    whole: &'a mut Option<i64>,
}

/// All of them, in order.
fn limits(rules: &mut [Rule]) -> impl Iterator<Item = Limit<'_>> {
    rules.iter_mut().enumerate().flat_map(|(r, rule)| {
        let at = |field: &str| format!("rules[{r}].{field}");
        let found: Vec<Limit> = match &mut rule.kind {
            Some(Kind::Bounds(bounds)) => {
                let measure = bounds.measure.as_str();
                let (min, max) = (&mut bounds.min, &mut bounds.max);
                vec![
                    Limit { path: at("bounds.min"), measure, whole: min },
                    Limit { path: at("bounds.max"), measure, whole: max },
                ]
            }
            Some(Kind::MoveLimit(limit)) => {
                vec![Limit { path: at("move_limit.max_amount"), measure: &limit.measure, whole: &mut limit.max_amount }]
            }
            Some(Kind::CoverLimit(limit)) => {
                vec![Limit { path: at("cover_limit.max"), measure: &limit.measure, whole: &mut limit.max }]
            }
            Some(Kind::Pin(_) | Kind::Forbid(_) | Kind::Restrict(_) | Kind::KeepTogether(_) | Kind::KeepApart(_))
            | Some(Kind::Keep(_))
            | None => Vec::new(),
        };
        found
    })
}

/// The limits of a request as a plan file has them, by path (`rules[0].bounds.max`): what [`PlanFile::settle_limits`] reads
/// as these whole units again.
pub fn as_written(request: &SolveRequest, decimals: DecimalsOf) -> BTreeMap<String, String> {
    let mut rules = request.rules.clone();
    let written = |limit: Limit| {
        let whole = (*limit.whole)?;
        Some((limit.path, Amount::new(whole, decimals(limit.measure).unwrap_or(0)).to_string()))
    };
    limits(&mut rules).filter_map(written).collect()
}

impl PlanFile {
    /// Says a limit as the file would at this path; it replaces what is there. For what comes from elsewhere, such as the
    /// command line.
    pub fn write_limit(&mut self, path: &str, text: &str) {
        self.limits.insert(path.to_owned(), text.to_owned());
    }

    /// A limit as it is written.
    pub fn written_limit(&self, path: &str) -> Option<&str> {
        self.limits.get(path).map(String::as_str)
    }

    /// Puts every limit that the file writes into the request, in whole units of its measure's decimals. To be called once
    /// the accounts are known, before the request is used. Limits on measures that are not there are left alone: they have a
    /// finding of their own.
    ///
    /// Gives the limits that cannot be said in these decimals; such a limit then says nothing.
    pub fn settle_limits(&mut self, decimals: DecimalsOf) -> Vec<Located> {
        let written = std::mem::take(&mut self.limits);
        let mut faults = Vec::new();
        for limit in limits(&mut self.request.rules) {
            let (Some(text), Some(decimals)) = (written.get(&limit.path), decimals(limit.measure)) else { continue };
            let field = limit.path.rsplit('.').next().unwrap_or_default();
            match Amount::read(text, decimals) {
                Ok(whole) => *limit.whole = Some(whole),
                Err(fault) => {
                    let message = message(field, text, limit.measure, decimals, fault);
                    *limit.whole = Some(says_nothing(field));
                    faults.push(Finding::new(Code::RuleLimitInvalid, Place::Plan(limit.path), message));
                }
            }
        }
        faults.into_iter().map(|fault| self.locate(fault)).collect()
    }
}

/// What is wrong with a limit, and what to write instead.
fn message(field: &str, text: &str, measure: &str, decimals: u8, fault: AmountFault) -> String {
    let measure = if measure.is_empty() { "account_count" } else { measure };
    match fault {
        AmountFault::Decimals(needed) => {
            let has = match decimals {
                0 => format!("{measure} is counted in whole numbers"),
                1 => format!("{measure} has 1 decimal"),
                more => format!("{measure} has {more} decimals"),
            };
            let advice = match near(text, needed, decimals) {
                Some((below, above)) => format!("write {below} or {above}"),
                None => format!("write at most {decimals}"),
            };
            let s = if needed == 1 { "" } else { "s" };
            format!("{field} is {text}, with {needed} decimal{s}; {has}: {advice}")
        }
        AmountFault::TooLarge => {
            let most = Amount::new(i64::MAX, decimals);
            format!("{field} is {text}; amounts of {measure} are at most {most}: leave the limit out or write less")
        }
        AmountFault::NoNumber => format!("{field} is {text:?}, which is no number; write one such as 1250.50"),
    }
}

/// The limits in `decimals` next to one that needs more.
fn near(text: &str, needed: usize, decimals: u8) -> Option<(Amount, Amount)> {
    let needed = u8::try_from(needed).ok().filter(|n| usize::from(*n) <= PROPOSED_DECIMALS_MAX)?;
    let fine = Amount::read(text, needed).ok()?;
    let below = fine.div_euclid(10_i64.checked_pow(u32::from(needed - decimals))?);
    Some((Amount::new(below, decimals), Amount::new(below.checked_add(1)?, decimals)))
}
