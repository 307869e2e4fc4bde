//! Realignment: who gives whom how many accounts and how much, and each move with its reason.

use super::Shown;
use super::today::Owner;
use super::words::{count, many, percent, said, short, spoken};
use crate::answer::Answer;
use carve_solver::plan::{MoveCode, MoveReason};
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
    /// What each territory gets from others, and all together.
    pub gets: Vec<MatrixCell>,
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
    pub gives: MatrixCell,
    /// What it gets less what it gives; empty for who has no territory.
    pub net: MatrixCell,
}

/// What goes from an owner to a territory.
#[derive(Default)]
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
fn reason_words(code: MoveCode) -> &'static str {
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

/// What the solver says of moves that it would have taken back, had it found so in time.
const NOT_FOUND: &str = "staying alone would be better";
/// The same in a few words, the last of the reasons.
const NOT_FOUND_WORDS: &str = "Would be better where it was; not found in time";

/// All reasons in a few words, by their numbers from 1 on.
pub(super) fn all_reasons() -> Vec<&'static str> {
    MoveCode::ALL.into_iter().map(reason_words).chain([NOT_FOUND_WORDS]).collect()
}

/// The number of a reason.
pub(super) fn reason_number(reason: &MoveReason) -> usize {
    match reason.code {
        MoveCode::Unforced if reason.detail.starts_with(NOT_FOUND) => 1 + MoveCode::ALL.len(),
        code => 1 + MoveCode::ALL.iter().position(|&other| other == code).unwrap_or(0),
    }
}

/// A reason in a few words, by its number.
fn words_of(number: usize) -> &'static str {
    number.checked_sub(1).and_then(|place| all_reasons().get(place).copied()).unwrap_or("")
}

/// What a reason says of an account.
pub(super) fn detail(answer: &Answer<'_>, reason: &MoveReason) -> String {
    said(&reason.detail, answer.measures.iter().map(|of| of.measure))
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

    fn with(self, other: &Sum) -> Sum {
        Sum { accounts: self.accounts + other.accounts, amount: self.amount.saturating_add(other.amount) }
    }
}

/// The section of an answer.
pub(super) fn realignment(shown: &Shown<'_, '_>) -> Realignment {
    let plan = shown.answer.plan;
    let mut flows: BTreeMap<(Owner, usize), Sum> = BTreeMap::new();
    let mut reasons: BTreeMap<usize, Sum> = BTreeMap::new();
    let mut all = Sum::default();
    let mut moving: Vec<usize> = Vec::new();
    for (account, assignment) in plan.assignments.iter().enumerate() {
        let size = shown.sizes.get(account).copied().unwrap_or(0);
        flows.entry((shown.today.of[account], assignment.territory)).or_default().add(size);
        if assignment.moved {
            moving.push(account);
            all.add(size);
            if let Some(reason) = &assignment.move_reason {
                reasons.entry(reason_number(reason)).or_default().add(size);
            }
        }
    }
    moving.sort_by_key(|&account| (std::cmp::Reverse(shown.sizes.get(account).copied().unwrap_or(0)), account));
    let short = |amount: i64| short(amount, shown.size_decimals());
    let reason = |(&number, sum): (&usize, &Sum)| ReasonRow {
        words: words_of(number).into(),
        accounts: count(sum.accounts),
        amount: short(sum.amount),
        part: format!("{:.1}", sum.accounts as f64 / all.accounts.max(1) as f64 * 100.0),
    };
    let mut reasons: Vec<(usize, ReasonRow)> = reasons.iter().map(|each| (each.1.accounts, reason(each))).collect();
    reasons.sort_by_key(|(accounts, _)| std::cmp::Reverse(*accounts));
    let Matrix { columns, rows: matrix, gets } = matrix(shown, &flows);
    let listed = moving.len().min(LISTED_MAX);
    Realignment {
        owned: shown.today.is_owned(),
        headline: headline(shown, all),
        measure: spoken(shown.size_name()),
        reasons: reasons.into_iter().map(|(_, row)| row).collect(),
        flows: if matrix.is_empty() { largest(shown, &flows) } else { Vec::new() },
        columns,
        matrix,
        gets,
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

/// Who gives whom how much.
#[derive(Default)]
struct Matrix {
    columns: Vec<Name>,
    rows: Vec<MatrixRow>,
    gets: Vec<MatrixCell>,
}

fn matrix(shown: &Shown<'_, '_>, flows: &BTreeMap<(Owner, usize), Sum>) -> Matrix {
    let territories: Vec<usize> = shown.answer.nodes_in_force().map(|(node, _)| node).collect();
    let others: Vec<Owner> = shown.today.others().collect();
    if territories.len() > MATRIX_MAX || others.len() > MATRIX_MAX || !shown.today.is_owned() {
        return Matrix::default();
    }
    let name = |owner: Owner| Name {
        label: shown.today.called(owner, shown.labels).to_owned(),
        colour: if let Owner::Territory(node) = owner { shown.colour_class(node) } else { "gone".into() },
    };
    let moves = || flows.iter().filter(|((owner, to), _)| *owner != Owner::Territory(*to));
    let most = moves().map(|(_, sum)| sum.accounts).max().unwrap_or(1).max(1);
    let gives =
        |of: Owner| moves().filter(|((owner, _), _)| *owner == of).fold(Sum::default(), |all, (_, sum)| all.with(sum));
    let gets = |of: usize| moves().filter(|((_, to), _)| *to == of).fold(Sum::default(), |all, (_, sum)| all.with(sum));
    let owners = territories.iter().map(|&node| Owner::Territory(node)).chain(others);
    let row = |owner: Owner| {
        let cell = |&to: &usize| {
            let sum = flows.get(&(owner, to)).copied().unwrap_or_default();
            let shade = match (owner == Owner::Territory(to), sum.accounts) {
                (true, _) => 9,
                (false, 0) => 0,
                (false, accounts) => (1 + accounts * 4 / (most + 1)) as u8,
            };
            MatrixCell { shade, ..sum_cell(shown, sum) }
        };
        let given = gives(owner);
        let net = match owner {
            Owner::Territory(node) => net_cell(shown, gets(node), given),
            _ => MatrixCell::default(),
        };
        MatrixRow {
            owner: name(owner),
            cells: territories.iter().map(cell).collect(),
            gives: sum_cell(shown, given),
            net,
        }
    };
    let all = moves().fold(Sum::default(), |all, (_, sum)| all.with(sum));
    Matrix {
        columns: territories.iter().map(|&node| name(Owner::Territory(node))).collect(),
        rows: owners.map(row).collect(),
        gets: territories.iter().map(|&node| gets(node)).chain([all]).map(|sum| sum_cell(shown, sum)).collect(),
    }
}

/// A cell of accounts and what they hold; nothing where there are none.
fn sum_cell(shown: &Shown<'_, '_>, sum: Sum) -> MatrixCell {
    if sum.accounts == 0 {
        return MatrixCell::default();
    }
    let amount = if shown.sized == 0 { String::new() } else { short(sum.amount, shown.size_decimals()) };
    MatrixCell { accounts: count(sum.accounts), amount, shade: 0 }
}

/// What is got less what is given, with its sign.
fn net_cell(shown: &Shown<'_, '_>, gets: Sum, gives: Sum) -> MatrixCell {
    let with_sign = |net: i64, text: String| match net {
        0 => "0".into(),
        net => format!("{}{text}", if net < 0 { '−' } else { '+' }),
    };
    let accounts = gets.accounts as i64 - gives.accounts as i64;
    let amount = gets.amount.saturating_sub(gives.amount);
    let size = |net: i64| short(net.saturating_abs(), shown.size_decimals());
    MatrixCell {
        accounts: with_sign(accounts, count(accounts.unsigned_abs() as usize)),
        amount: if shown.sized == 0 { String::new() } else { with_sign(amount, size(amount)) },
        shade: 0,
    }
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
        reason: reason.map_or("", |reason| words_of(reason_number(reason))).into(),
        detail: reason.filter(|_| named).map_or_else(String::new, |reason| detail(shown.answer, reason)),
    }
}
