//! `--protect`, `--pin` and `--max`: hard rules.

use super::owners::{Meant, Owners, People, ambiguous, folded};
use super::{Said, each, text, tree};
use crate::cli::ShapeArgs;
use crate::findings::Located;
use crate::plan_file::PlanFile;
use carve_proto::v1::{self as proto, rule::Kind, split::Shape};
use carve_solver::{Code, with_values};
use std::collections::BTreeSet;

/// The rules that are asked for.
pub struct Wish {
    protected: Vec<Said<String>>,
    pinned: Vec<Said<(String, String)>>,
    most: Vec<Said<(String, String)>>,
}

impl Wish {
    /// Reads the flags.
    pub fn read(args: &ShapeArgs, faults: &mut Vec<Located>) -> Wish {
        let filled = |given: &str| match given.trim() {
            "" => Err("the filter is empty; write one such as segment == \"named\"".to_owned()),
            filter => Ok(filter.to_owned()),
        };
        let mut most = each("--max", &args.wishes.max, limit, faults);
        let mut seen = BTreeSet::new();
        most.retain(|limit| {
            let first = seen.insert(folded(&limit.value.0));
            if !first {
                faults.push(limit.finding(Code::FlagInvalid, format!("{:?} is limited twice", limit.value.0)));
            }
            first
        });
        Wish {
            protected: each("--protect", &args.wishes.protect, filled, faults),
            pinned: each("--pin", &args.wishes.pin, pin, faults),
            most,
        }
    }

    /// Names what they name in a request that is only to be looked at.
    pub fn preview(&self, request: &mut proto::SolveRequest) {
        let protected = self.protected.iter().map(|said| protect(&said.value));
        let pinned = self.pinned.iter().map(|said| pinned(&said.value.0, &said.value.1));
        let kinds = protected.chain(pinned).chain(self.most.iter().map(most));
        request.rules.extend(kinds.map(|kind| proto::Rule { kind: Some(kind), ..proto::Rule::default() }));
    }

    /// Adds the rules to the plan; a rule of the plan file about the same gives way.
    pub fn apply(self, plan: &mut PlanFile, owners: &Owners, won: &mut Vec<String>) {
        let sellers = People::owners(owners);
        for said in &self.protected {
            if let Some(filter) = by_id(said, &said.value, &sellers, plan) {
                add(plan, said, "protect", protect(&filter), won);
            }
        }
        let nodes = nodes(plan, owners);
        for said in &self.pinned {
            let filter = by_id(said, &said.value.0, &sellers, plan);
            let node = node(said, &nodes, plan);
            if let (Some(filter), Some(node)) = (filter, node) {
                add(plan, said, "pin", pinned(&filter, &node), won);
            }
        }
        for said in &self.most {
            let at = add(plan, said, "max", most(said), won);
            // Limits are said as people write the measure's amounts, whatever its decimals turn out to be.
            plan.write_limit(&format!("rules[{at}].bounds.max"), &said.value.1);
        }
    }
}

/// Nothing of these accounts leaves its owner.
fn protect(filter: &str) -> Kind {
    let accounts = Some(selector(filter));
    Kind::MoveLimit(proto::MoveLimit { accounts, max_amount: Some(0), ..proto::MoveLimit::default() })
}

/// These accounts go to this node.
fn pinned(filter: &str, node_id: &str) -> Kind {
    Kind::Pin(proto::Pin { accounts: Some(selector(filter)), node_id: node_id.to_owned() })
}

/// The id of the seat or node that a pin names; `None` after a fault.
fn node(said: &Said<(String, String)>, nodes: &People, plan: &mut PlanFile) -> Option<String> {
    let seat = &said.value.1;
    match nodes.meant(seat) {
        Meant::One(id) => Some(id),
        Meant::Several(several) => {
            plan.take_in([said.finding(Code::OwnerAmbiguous, ambiguous(seat, &several))]);
            None
        }
        // What stages are called, and that there is no shape at all, is said elsewhere.
        Meant::Nobody if nodes.is_empty() => Some(seat.clone()),
        Meant::Nobody => {
            let message = format!("there is no seat or node {seat:?}; {}", nodes.advice(seat));
            plan.take_in([said.finding(Code::NodeUnknown, message)]);
            None
        }
    }
}

/// A filter in which sellers that `current_owner` is compared with stand by the ids that the accounts have; `None` after a
/// fault.
fn by_id<T>(said: &Said<T>, filter: &str, sellers: &People, plan: &mut PlanFile) -> Option<String> {
    let mut faults = Vec::new();
    let written = with_values(filter, OWNER, &mut |name| match sellers.meant(name) {
        Meant::One(id) => Some(id),
        Meant::Nobody => None,
        Meant::Several(several) => {
            faults.push(said.finding(Code::OwnerAmbiguous, ambiguous(name, &several)));
            None
        }
    });
    let sound = faults.is_empty();
    plan.take_in(faults);
    sound.then_some(written)
}

/// The field of accounts that names their owner.
const OWNER: &str = "current_owner";

/// Every territory holds at most this. A limit with decimals says nothing until those of the measure are known.
fn most(said: &Said<(String, String)>) -> Kind {
    let (measure, max) = said.value.clone();
    let max = Some(max.parse().unwrap_or(i64::MAX));
    Kind::Bounds(proto::Bounds { measure, max, ..proto::Bounds::default() })
}

/// `FILTER=SEAT`: a filter has no single = outside of quotes, so the first one ends it, and all behind it is the seat.
fn pin(given: &str) -> Result<(String, String), String> {
    let advice = "write --pin 'FILTER=SEAT', such as 'state == \"TX\"=Ana Diaz'";
    let at = single_equals(given).ok_or_else(|| format!("there is no =SEAT behind the filter; {advice}"))?;
    let (filter, seat) = (given[..at].trim(), given[at + 1..].trim());
    if filter.is_empty() {
        return Err(format!("there is no filter before the =; {advice}"));
    }
    if single_equals(seat).is_some() && seat.starts_with(['"', '\'']) {
        return Err(format!("one = ends the filter here, at {filter:?}; if it compares, write =="));
    }
    Ok((filter.to_owned(), text::name(seat)?))
}

/// The first = that is no part of ==, !=, <= or >= and stands in no quotes.
fn single_equals(given: &str) -> Option<usize> {
    let bytes = given.as_bytes();
    let (mut quote, mut at) = (None, 0);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, c @ (b'"' | b'\'' | b'`')) => quote = Some(c),
            (None, b'=' | b'!' | b'<' | b'>') if bytes.get(at + 1) == Some(&b'=') => at += 1,
            (None, b'=') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// `MEASURE=N`.
fn limit(given: &str) -> Result<(String, String), String> {
    let (name, amount) = text::name_and(given, '=')?;
    let amount = amount.ok_or("there is no =N behind the measure; write --max account_count=150")?;
    Ok((name, text::amount(amount)?))
}

fn selector(filter: &str) -> proto::AccountSelector {
    proto::AccountSelector { filter: filter.to_owned(), ..proto::AccountSelector::default() }
}

/// Names of the seats and nodes that a pin may mean.
fn nodes(plan: &PlanFile, owners: &Owners) -> People {
    match plan.request.split.as_ref().and_then(|split| split.shape.as_ref()) {
        Some(Shape::Seats(seats)) => People::seats(&seats.seats, owners),
        Some(Shape::Tree(root)) => People::default().with(tree::ids(root).into_iter(), owners),
        Some(Shape::Stages(_)) => People::default(),
        None => People::owners(owners),
    }
}

/// Adds a rule in place of one of the plan file that is about the same, else at the end; where it stands.
fn add<T>(plan: &mut PlanFile, said: &Said<T>, name: &str, kind: Kind, won: &mut Vec<String>) -> usize {
    let same =
        plan.request.rules.iter().position(|rule| rule.kind.as_ref().is_some_and(|old| is_about_the_same(old, &kind)));
    let at = match same {
        Some(at) => {
            if plan.request.rules[at].kind.as_ref() == Some(&kind) {
                return at;
            }
            won.push(format!("{}: instead of rule {} of {}", said.flag, plan.request.rules[at].rule_id, plan.name()));
            let rule = &mut plan.request.rules[at];
            rule.kind = Some(kept_minimum(rule.kind.take(), kind));
            at
        }
        None => {
            let rule_id = free_id(plan, name);
            plan.request.rules.push(proto::Rule { rule_id, kind: Some(kind) });
            plan.request.rules.len() - 1
        }
    };
    // The least of the rule that gives way stays as it was written.
    let least = format!("rules[{at}].bounds.min");
    let kept = plan.written_limit(&least).map(String::from);
    plan.said(&format!("rules[{at}]"), &said.spot());
    if let Some(kept) = kept.filter(|_| matches!(plan.request.rules[at].kind, Some(Kind::Bounds(_)))) {
        plan.write_limit(&least, &kept);
    }
    at
}

/// Whether two rules limit the same, so that the later one stands for the earlier: limits on one measure at every
/// territory over all accounts, and pins of the accounts of one filter.
fn is_about_the_same(old: &Kind, new: &Kind) -> bool {
    match (old, new) {
        (Kind::Bounds(old), Kind::Bounds(new)) => {
            let count =
                |measure: &str| if measure.is_empty() { "account_count".to_owned() } else { measure.to_owned() };
            old.accounts.is_none() && old.node_ids.is_empty() && count(&old.measure) == count(&new.measure)
        }
        (Kind::Pin(old), Kind::Pin(new)) => old.accounts == new.accounts,
        (Kind::MoveLimit(old), Kind::MoveLimit(new)) => old == new,
        _ => false,
    }
}

/// New bounds keep the least of the old ones: only the most was asked for.
fn kept_minimum(old: Option<Kind>, new: Kind) -> Kind {
    match (old, new) {
        (Some(Kind::Bounds(old)), Kind::Bounds(new)) => Kind::Bounds(proto::Bounds { min: old.min, ..new }),
        (_, new) => new,
    }
}

/// `pin-1`, `pin-2` …, the first that no rule has.
fn free_id(plan: &PlanFile, name: &str) -> String {
    let taken: BTreeSet<&str> = plan.request.rules.iter().map(|rule| rule.rule_id.as_str()).collect();
    let numbered = (1..).map(|n: u64| format!("{name}-{n}"));
    numbered.into_iter().find(|id| !taken.contains(id.as_str())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_ends_its_filter_at_the_first_single_equals() {
        for (given, filter, seat) in [
            ("state == \"TX\"=Ana Diaz", "state == \"TX\"", "Ana Diaz"),
            ("score>=5 && name != 'a=b' = s=1 ", "score>=5 && name != 'a=b'", "s=1"),
            ("name == \"\\\"=\"=\"Ana \"\"A\"\" Diaz\"", "name == \"\\\"=\"", "Ana \"A\" Diaz"),
            ("has_place=ana@corp.com:1", "has_place", "ana@corp.com:1"),
        ] {
            assert_eq!(pin(given), Ok((filter.into(), seat.into())), "{given}");
        }
        for (given, says) in [
            ("state == \"TX\"", "no =SEAT"),
            ("=Ana", "no filter"),
            ("state = \"TX\"=Ana", "if it compares, write =="),
            ("state == \"TX\"=", "name is empty"),
            ("", "no =SEAT"),
        ] {
            assert!(pin(given).is_err_and(|error| error.contains(says)), "{given}: {:?}", pin(given));
        }
    }

    #[test]
    fn a_limit_of_the_plan_gives_way_and_its_least_stays() {
        let text = "rules: [{rule_id: r, bounds: {measure: score, min: 1, max: 9}}, {rule_id: s, bounds: {node_ids: [a], measure: score, max: 9}}]";
        let mut plan = PlanFile::read("plan.yaml", text.as_bytes()).expect("well-formed");
        let args = ShapeArgs {
            wishes: crate::cli::WishArgs { max: vec!["score=7".into()], ..Default::default() },
            ..Default::default()
        };
        let (mut faults, mut won) = (Vec::new(), Vec::new());
        Wish::read(&args, &mut faults).apply(&mut plan, &Owners::default(), &mut won);
        let limits = plan.request.rules.iter().map(|rule| match &rule.kind {
            Some(Kind::Bounds(bounds)) => (rule.rule_id.as_str(), bounds.min, bounds.max),
            other => panic!("{other:?}"),
        });
        let limits: Vec<_> = limits.collect();
        assert_eq!(limits, [("r", Some(1), Some(7)), ("s", None, Some(9))]);
        assert_eq!((won, faults.len()), (vec!["--max score=7: instead of rule r of plan.yaml".to_string()], 0));
    }
}
