//! The page of an answer without a plan: why there is none, what was tried, and the book as it stands today. The book is
//! shown as a plan of its own would be, in which everybody keeps what they have.

use super::data::{self, Sources};
use super::words::{self, many, short, spoken};
use super::{Explorer, Shell, Shown, balance, explorer, mix, shown, standing};
use crate::answer::{Answer, FindingRow};
use askama::Template;
use carve_solver::plan::{Assignment, ConflictingDefault, DefaultKind, Limit, MeasureResult, NodeResult, Reason};
use carve_solver::standing::{Holder, Standing, holders_today, todays_book};
use carve_solver::{Plan, Problem};
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::Arc;

/// Accounts of a conflict that are listed.
const ACCOUNTS_MAX: usize = 40;
/// Accounts of a family that are named.
const FAMILY_MAX: usize = 12;
/// Sentences on rules that do not hold today.
const BROKEN_MAX: usize = 40;

#[derive(Template)]
#[template(path = "planless.html")]
struct Page<'a> {
    shell: Shell,
    title: &'static str,
    headline: &'a str,
    verdict: &'static str,
    parts: Vec<Part>,
    /// Whether each part is needed, in a sentence; empty: it was not seen.
    needed: &'static str,
    /// The rules of the conflict as they were asked for.
    asked: &'a str,
    accounts: Vec<Row>,
    more_accounts: String,
    measures: Vec<String>,
    tried: Vec<String>,
    /// How long it took.
    spent: String,
    next: &'static str,
    command: &'static str,
    explorer: Explorer,
    /// Whether anybody owns anything today.
    owned: bool,
    standing: &'a str,
    panels: Vec<balance::Panel>,
    mixes: Vec<mix::Mixed>,
    broken: Vec<String>,
    data: Sources<'a>,
}

/// What takes part in the conflict.
struct Part {
    kind: &'static str,
    name: String,
    words: String,
}

/// An account of the conflict.
struct Row {
    id: String,
    name: String,
    owner: String,
    cells: Vec<String>,
}

/// The page.
pub(super) fn page(answer: &Answer<'_>) -> io::Result<String> {
    let (plan, territories) = as_it_stands(answer);
    // The page lists findings as the plan has them, not row by row.
    let rows = || -> Box<dyn Iterator<Item = FindingRow<'_>>> { Box::new(std::iter::empty()) };
    shown(&answer.held_as(&plan, &territories, &rows), true, &render)
}

fn render(shown: &Shown<'_, '_>) -> io::Result<String> {
    let (plan, anonymous) = (shown.answer.plan, shown.labels.anonymous);
    let ended = &plan.termination;
    let is_infeasible = ended.reason == Reason::Infeasible;
    let explorer = explorer(shown)?;
    let owned = shown.today.is_owned();
    let (parts, (accounts, more_accounts)) = (parts(shown), accounts(shown));
    let broken = shown.standing.filter(|_| !anonymous).map_or(&[][..], |standing| &standing.broken);
    let page = Page {
        shell: Shell::of(shown, &explorer)?,
        title: match is_infeasible {
            true => "No plan meets the rules",
            false => "No plan was found",
        },
        headline: if anonymous { "Names of accounts and sellers are left out of this page." } else { &ended.detail },
        verdict: match is_infeasible {
            true => {
                "That is proved: whatever is searched, and however long, nothing meets all of what follows at once."
            }
            false => "That is no proof that there is none: neither a plan nor such a proof was found.",
        },
        needed: match ended.conflict_irreducible && parts.len() > 1 {
            true => "Each of these is needed for it: without any one of them, a plan for the others was found.",
            false => "",
        },
        parts,
        asked: shown.run.filter(|run| !run.anonymous).map_or("", |run| run.conflict.as_str()),
        accounts,
        more_accounts,
        measures: shown.answer.measures.iter().skip(1).map(|of| spoken(of.measure)).collect(),
        tried: tried(plan),
        spent: shown.run.map_or_else(String::new, |_| spent(plan)),
        next: match is_infeasible {
            true => "The command below tries every change of what conflicts, and tells the least that does.",
            false => "The command below goes on looking for a conflict, and where there is one tells what resolves it.",
        },
        command: "carve explain ACCOUNTS conflict --plan asked.yaml --time-limit 60s",
        explorer,
        owned,
        standing: standing(shown),
        panels: if owned { balance::panels(shown) } else { Vec::new() },
        mixes: if owned { mix::mixes(shown) } else { Vec::new() },
        broken: some(broken, "more sentence of this kind"),
        data: data::sources(shown),
    };
    page.render().map_err(io::Error::other)
}

/// The first of some sentences, and how many more there are.
fn some(all: &[String], more: &str) -> Vec<String> {
    let rest = all.len().saturating_sub(BROKEN_MAX);
    all.iter().take(BROKEN_MAX).cloned().chain((rest > 0).then(|| format!("And {}.", many(rest, more)))).collect()
}

/// The rules and defaults that conflict.
fn parts(shown: &Shown<'_, '_>) -> Vec<Part> {
    let (ended, anonymous) = (&shown.answer.plan.termination, shown.labels.anonymous);
    let rule = |(number, id): (usize, &String)| Part {
        kind: "Rule",
        name: if anonymous { (number + 1).to_string() } else { id.clone() },
        words: String::new(),
    };
    let default = |default: &ConflictingDefault| {
        let ids = &default.account_ids;
        let named = |id: &String| called(shown, id);
        let listed = ids.iter().take(FAMILY_MAX).map(named).collect::<Vec<_>>().join(", ");
        let rest = ids.len().saturating_sub(FAMILY_MAX);
        let more = if rest > 0 { format!(" and {}", many(rest, "more account")) } else { String::new() };
        let (kind, words) = match default.kind {
            DefaultKind::Families => ("Family", "These accounts move as one unless the plan says otherwise"),
            DefaultKind::Owners => ("Owners of today", "Who owns these accounts counts in the limits on moves"),
            DefaultKind::Pools => ("Outside the balance", "Who may be in a pool follows from rules and owners"),
        };
        let words = match (anonymous, ids.is_empty()) {
            (true, _) | (_, true) => format!("{words}."),
            (false, false) => format!("{words}: {listed}{more}."),
        };
        Part { kind, name: String::new(), words }
    };
    ended
        .conflicting_rule_ids
        .iter()
        .enumerate()
        .map(rule)
        .chain(ended.conflicting_defaults.iter().map(default))
        .collect()
}

/// An account's name and id.
fn called(shown: &Shown<'_, '_>, id: &str) -> String {
    match shown.place_of(id).map(|place| shown.answer.name(place)).filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} ({id})"),
        None => id.to_owned(),
    }
}

/// The accounts that matter to the conflict, with who owns them and what they hold.
fn accounts(shown: &Shown<'_, '_>) -> (Vec<Row>, String) {
    if shown.labels.anonymous {
        return (Vec::new(), String::new());
    }
    let all = &shown.answer.plan.termination.conflicting_account_ids;
    let row = |id: &String| {
        let place = shown.place_of(id)?;
        let cell = |of: &crate::answer::Amounts<'_>| short(of.amounts[place], of.decimals);
        Some(Row {
            id: id.clone(),
            name: shown.answer.name(place).to_owned(),
            owner: shown.today.called(shown.today.of[place], shown.labels).to_owned(),
            cells: shown.answer.measures.iter().skip(1).map(cell).collect(),
        })
    };
    let more = match all.len().saturating_sub(ACCOUNTS_MAX) {
        0 => String::new(),
        more => format!("{} in plan.json.", many(more, "more account")),
    };
    (all.iter().take(ACCOUNTS_MAX).filter_map(row).collect(), more)
}

/// What was done before the answer was given.
fn tried(plan: &Plan) -> Vec<String> {
    let ended = &plan.termination;
    let mut lines = Vec::new();
    match ended.reason {
        Reason::Infeasible => lines.push(
            "Rules, families and limits were refuted, by evidence that the certificate of the answer has.".into(),
        ),
        _ => lines.push(
            "Plans were looked for that break no rule, branch by branch, each with the least breach that can be."
                .into(),
        ),
    }
    if ended.conflict_irreducible {
        let parts = ended.conflicting_rule_ids.len() + ended.conflicting_defaults.len();
        lines.push(format!("The conflict was made as small as it goes: {}.", many(parts, "part")));
    }
    lines.extend(
        match ended.limit {
            Some(Limit::Time) => Some("The time limit ended the search."),
            Some(Limit::Work) => Some("The work limit ended the search."),
            Some(Limit::Stopped) => Some("The search was stopped."),
            Some(Limit::WorkerLost) => Some("The process that searched was lost."),
            Some(Limit::Stalled | Limit::DiminishingReturns) | None => None,
        }
        .map(String::from),
    );
    lines.push(match plan.check.ok() {
        true => format!(
            "An independent check recomputed {} of this answer from the accounts: all hold.",
            many(plan.check.statements as usize, "statement")
        ),
        false => "The independent check of this answer FAILED.".into(),
    });
    lines
}

fn spent(plan: &Plan) -> String {
    match plan.solve_time.as_secs_f64() {
        seconds if seconds < 0.1 => "That took less than 0.1 s.".into(),
        seconds => format!("That took {seconds:.1} s."),
    }
}

/// The book as a plan in which everybody keeps what they have, and which of its nodes are territories that the request has:
/// the others are those who have accounts and no territory.
fn as_it_stands(answer: &Answer<'_>) -> (Plan, Vec<usize>) {
    let mut plan = answer.plan.clone();
    let Some(problem) = answer.problem else { return (plan, Vec::new()) };
    let standing = todays_book(problem);
    plan.nodes = down_to_territories(&standing);
    let territories: Vec<usize> = (0..plan.nodes.len()).filter(|&node| plan.nodes[node].territory).collect();
    let others = plan.nodes.len();
    let root = plan.nodes.first().map_or_else(String::new, |root| root.node_id.clone());
    plan.nodes.extend(standing.others.iter().map(|other| {
        let measure = |(described, &amount): (&carve_solver::plan::MeasureDescription, &i64)| MeasureResult {
            measure: described.measure.clone(),
            amount,
            target: 0.0,
            deviation: 0.0,
        };
        holding_none(&other.holder, &root, standing.measures.iter().zip(&other.amounts).map(measure).collect())
    }));
    plan.assignments = assignments(problem, &plan.nodes, &territories, others);
    (plan, territories)
}

/// The nodes of the standing that have no territory above them.
fn down_to_territories(standing: &Standing) -> Vec<NodeResult> {
    let mut within: BTreeSet<&str> = BTreeSet::new();
    let mut nodes = Vec::new();
    for node in standing.nodes.iter().map(|standing| &standing.node) {
        match within.contains(node.parent_node_id.as_str()) {
            true => _ = within.insert(&node.node_id),
            false => nodes.push(node.clone()),
        }
        if node.territory {
            within.insert(&node.node_id);
        }
    }
    nodes
}

/// Somebody, or nobody, who has accounts and no territory.
fn holding_none(holder: &str, root: &str, measures: Vec<MeasureResult>) -> NodeResult {
    NodeResult {
        node_id: holder.to_owned(),
        parent_node_id: root.to_owned(),
        level: 1,
        share: 0.0,
        territory: true,
        measures,
        anchor: None,
        anchor_found: true,
        mean_distance_km: 0.0,
        moved_in: 0,
        moved_out: 0,
        seat: None,
        outside_balance: true,
    }
}

/// Every account where it is: with one of `territories`, or with one of the nodes from `others` on.
fn assignments(problem: &Problem, nodes: &[NodeResult], territories: &[usize], others: usize) -> Vec<Assignment> {
    let by_number: HashMap<usize, usize> =
        territories.iter().filter_map(|&node| Some((problem.node(&nodes[node].node_id)?, node))).collect();
    let others: HashMap<&str, usize> = (others..nodes.len()).map(|node| (nodes[node].node_id.as_str(), node)).collect();
    let mut texts: HashMap<&str, Arc<str>> = HashMap::new();
    let assignment = |(account, holder): (usize, Holder)| {
        let node = match &holder {
            Holder::Node(number) => by_number.get(number).copied(),
            Holder::Other(holder) => others.get(&**holder).copied(),
            Holder::Nobody => others.get("").copied(),
        };
        let node = node.expect("the standing has everybody who has an account");
        let owner = if matches!(holder, Holder::Node(_)) {
            nodes[node].node_id.as_str()
        } else {
            problem.current_owner(account)
        };
        Assignment {
            account_id: problem.account_id(account).to_owned(),
            path: vec![node],
            territory: node,
            current_owner: Arc::clone(texts.entry(owner).or_insert_with(|| owner.into())),
            moved: false,
            move_reason: None,
        }
    };
    holders_today(problem).into_iter().enumerate().map(assignment).collect()
}
