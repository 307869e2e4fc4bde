//! Realignment: who gives whom how many accounts and how much, and each move with its reason.

use super::Shown;
use super::today::Owner;
use super::words::{count, many, percent, short, spoken};
use carve_solver::plan::MoveCode;
use std::collections::BTreeMap;

/// Territories of a matrix; of more the largest flows are listed.
const MATRIX_MAX: usize = 24;
/// Flows listed then.
const FLOWS_MAX: usize = 40;
/// Moves in the page for those who read it without its script; the script lists them all.
const LISTED_MAX: usize = 15;

/// The whole section.
pub(super) struct Realignment {
    /// Whether anybody owns anything today.
    pub owned: bool,
    pub headline: String,
    /// What moves are measured in.
    pub measure: String,
    pub reasons: Vec<ReasonRow>,
    pub columns: Vec<Name>,
    pub matrix: Vec<MatrixRow>,
    pub flows: Vec<[String; 4]>,
    pub moves: Vec<MoveRow>,
    /// What is not listed.
    pub more: String,
    pub named: bool,
}

/// A territory or an owner.
pub(super) struct Name {
    pub label: String,
    pub colour: String,
}

/// Moves of one reason.
pub(super) struct ReasonRow {
    pub words: String,
    pub accounts: String,
    pub amount: String,
    /// Part of all moves, in hundredths of the bar.
    pub part: String,
}

/// What one owner keeps and gives.
pub(super) struct MatrixRow {
    pub owner: Name,
    pub cells: Vec<MatrixCell>,
    pub total: String,
    pub amount: String,
}

/// What goes from an owner to a territory.
pub(super) struct MatrixCell {
    pub accounts: String,
    pub amount: String,
    /// 0 nothing, 1 to 4 by how much moves, 9 what stays.
    pub shade: u8,
}

/// One account that moves.
pub(super) struct MoveRow {
    pub account: String,
    pub name: String,
    pub from: String,
    pub to: String,
    pub amount: String,
    pub reason: String,
    pub detail: String,
}

/// A reason in a few words.
pub(super) fn reason_words(code: MoveCode) -> &'static str {
    match code {
        MoveCode::OwnerLeft => "Its owner has no territory",
        MoveCode::Rule => "A rule asks for it",
        MoveCode::Family => "Moves with its family",
        MoveCode::Balance => "Staying would break a band",
        MoveCode::Priority => "Staying would hurt what comes first",
        MoveCode::Compactness => "Nearer to its new territory",
        MoveCode::Unforced => "Could stay at no cost to the goals",
    }
}

/// Accounts and what they hold.
#[derive(Clone, Copy, Default)]
struct Sum {
    accounts: usize,
    amount: i64,
}

impl Sum {
    fn add(&mut self, amount: i64) {
        self.accounts += 1;
        self.amount = self.amount.saturating_add(amount);
    }
}

/// The section of an answer.
pub(super) fn realignment(shown: &Shown<'_, '_>) -> Realignment {
    let plan = shown.answer.plan;
    let mut flows: BTreeMap<(Owner, usize), Sum> = BTreeMap::new();
    let mut reasons: BTreeMap<MoveCode, Sum> = BTreeMap::new();
    let mut all = Sum::default();
    let mut moving: Vec<usize> = Vec::new();
    for (account, assignment) in plan.assignments.iter().enumerate() {
        let size = shown.sizes.get(account).copied().unwrap_or(0);
        flows.entry((shown.today.of[account], assignment.territory)).or_default().add(size);
        if assignment.moved {
            moving.push(account);
            all.add(size);
            if let Some(reason) = &assignment.move_reason {
                reasons.entry(reason.code).or_default().add(size);
            }
        }
    }
    moving.sort_by_key(|&account| (std::cmp::Reverse(shown.sizes.get(account).copied().unwrap_or(0)), account));
    let short = |amount: i64| short(amount, shown.size_decimals());
    let reason = |(code, sum): (&MoveCode, &Sum)| ReasonRow {
        words: reason_words(*code).into(),
        accounts: count(sum.accounts),
        amount: short(sum.amount),
        part: format!("{:.1}", sum.accounts as f64 / all.accounts.max(1) as f64 * 100.0),
    };
    let mut reasons: Vec<(usize, ReasonRow)> = reasons.iter().map(|each| (each.1.accounts, reason(each))).collect();
    reasons.sort_by_key(|(accounts, _)| std::cmp::Reverse(*accounts));
    let (columns, matrix) = matrix(shown, &flows);
    let listed = moving.len().min(LISTED_MAX);
    Realignment {
        owned: shown.today.is_owned(),
        headline: headline(shown, all),
        measure: spoken(shown.size_name()),
        reasons: reasons.into_iter().map(|(_, row)| row).collect(),
        flows: if matrix.is_empty() { largest(shown, &flows) } else { Vec::new() },
        columns,
        matrix,
        moves: moving.iter().take(LISTED_MAX).map(|&account| move_row(shown, account)).collect(),
        more: if listed < moving.len() {
            format!(
                "The {listed} largest of {}; all are in moves.csv, and listed here where scripts run.",
                count(moving.len())
            )
        } else {
            String::new()
        },
        named: !shown.labels.anonymous,
    }
}

fn headline(shown: &Shown<'_, '_>, moved: Sum) -> String {
    let all: i64 = shown.sizes.iter().fold(0, |sum, size| sum.saturating_add(*size));
    let owned = shown.today.of.iter().filter(|owner| **owner != Owner::Nobody).count();
    let mut text = format!(
        "{} of {} that have an owner {} to another",
        count(moved.accounts),
        many(owned, "account"),
        if moved.accounts == 1 { "goes" } else { "go" },
    );
    if shown.sized > 0 && all > 0 {
        text += &format!(
            ", with {} of {}, {} of the book",
            short(moved.amount, shown.size_decimals()),
            spoken(shown.size_name()),
            percent(moved.amount as f64 / all as f64)
        );
    }
    let unowned = shown.today.of.len() - owned;
    match unowned {
        0 => text + ".",
        more => format!(
            "{text}. {} without an owner {} one.",
            many(more, "account"),
            if more == 1 { "gets" } else { "get" }
        ),
    }
}

fn matrix(shown: &Shown<'_, '_>, flows: &BTreeMap<(Owner, usize), Sum>) -> (Vec<Name>, Vec<MatrixRow>) {
    let territories: Vec<usize> = shown.answer.nodes_in_force().map(|(node, _)| node).collect();
    let others: Vec<Owner> = shown.today.others().collect();
    if territories.len() > MATRIX_MAX || others.len() > MATRIX_MAX || !shown.today.is_owned() {
        return (Vec::new(), Vec::new());
    }
    let name = |owner: Owner| Name {
        label: shown.today.called(owner, shown.labels).to_owned(),
        colour: if let Owner::Territory(node) = owner { shown.colour_class(node) } else { "gone".into() },
    };
    let moves = flows.iter().filter(|((owner, to), _)| *owner != Owner::Territory(*to));
    let most = moves.map(|(_, sum)| sum.accounts).max().unwrap_or(1).max(1);
    let owners = territories.iter().map(|&node| Owner::Territory(node)).chain(others);
    let row = |owner: Owner| {
        let mut given = Sum::default();
        let cell = |&to: &usize| {
            let sum = flows.get(&(owner, to)).copied().unwrap_or_default();
            let stays = owner == Owner::Territory(to);
            if !stays {
                given.accounts += sum.accounts;
                given.amount = given.amount.saturating_add(sum.amount);
            }
            MatrixCell {
                accounts: if sum.accounts == 0 { String::new() } else { count(sum.accounts) },
                amount: if sum.accounts == 0 || shown.sized == 0 {
                    String::new()
                } else {
                    short(sum.amount, shown.size_decimals())
                },
                shade: match (stays, sum.accounts) {
                    (true, _) => 9,
                    (false, 0) => 0,
                    (false, accounts) => (1 + accounts * 4 / (most + 1)) as u8,
                },
            }
        };
        let cells = territories.iter().map(cell).collect();
        let amount = if shown.sized == 0 { String::new() } else { short(given.amount, shown.size_decimals()) };
        MatrixRow { owner: name(owner), cells, total: count(given.accounts), amount }
    };
    (territories.iter().map(|&node| name(Owner::Territory(node))).collect(), owners.map(row).collect())
}

/// The largest flows: from, to, accounts, amount.
fn largest(shown: &Shown<'_, '_>, flows: &BTreeMap<(Owner, usize), Sum>) -> Vec<[String; 4]> {
    let mut moves: Vec<(&(Owner, usize), &Sum)> =
        flows.iter().filter(|((owner, to), _)| *owner != Owner::Territory(*to) && *owner != Owner::Nobody).collect();
    moves.sort_by_key(|(way, sum)| (std::cmp::Reverse(sum.accounts), **way));
    let row = |((owner, to), sum): (&(Owner, usize), &Sum)| {
        [
            shown.today.called(*owner, shown.labels).to_owned(),
            shown.labels.node(*to).to_owned(),
            count(sum.accounts),
            short(sum.amount, shown.size_decimals()),
        ]
    };
    moves.into_iter().take(FLOWS_MAX).map(row).collect()
}

fn move_row(shown: &Shown<'_, '_>, account: usize) -> MoveRow {
    let assignment = &shown.answer.plan.assignments[account];
    let reason = assignment.move_reason.as_ref();
    let named = !shown.labels.anonymous;
    MoveRow {
        account: if named { assignment.account_id.clone() } else { format!("account {}", account + 1) },
        name: if named { shown.answer.name(account).to_owned() } else { String::new() },
        from: shown.today.called(shown.today.of[account], shown.labels).to_owned(),
        to: shown.labels.node(assignment.territory).to_owned(),
        amount: short(shown.sizes.get(account).copied().unwrap_or(0), shown.size_decimals()),
        reason: reason.map_or("", |reason| reason_words(reason.code)).into(),
        detail: reason.filter(|_| named).map_or_else(String::new, |reason| reason.detail.clone()),
    }
}
