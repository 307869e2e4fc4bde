//! Makes a book about which carve and the judge disagree smaller, as long as they disagree in the same way.

use super::run::answer;
use super::{Kind, judge};
use carve_solver::input::{Input, RuleKindInput, SelectorInput};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The smallest book found by leaving parts out, one at a time, about which there is a fault of this kind.
pub fn shrink(input: &Input, kind: Kind) -> Input {
    let mut smallest = input.clone();
    loop {
        let smaller = parts_left_out(&smallest).into_iter().find(|smaller| has(smaller, kind));
        match smaller {
            Some(smaller) => smallest = smaller,
            None => return smallest,
        }
    }
}

/// Whether there is a fault of this kind. A request that is no longer sound may make the judge itself panic.
fn has(input: &Input, kind: Kind) -> bool {
    let faults = || match answer(input) {
        Ok(answer) => judge(input, &answer).0,
        Err(fault) => vec![fault],
    };
    let faults = catch_unwind(AssertUnwindSafe(faults)).unwrap_or_default();
    faults.iter().any(|fault| fault.kind == kind)
}

/// The book without one of its rules, tiers, criteria, accounts, columns or settings.
fn parts_left_out(input: &Input) -> Vec<Input> {
    let mut smaller = Vec::new();
    let mut try_with = |change: &dyn Fn(&mut Input)| {
        let mut changed = input.clone();
        change(&mut changed);
        if changed != *input {
            smaller.push(changed);
        }
    };
    for account in (0..input.book.account_ids.len()).rev() {
        try_with(&|input| without_account(input, account));
    }
    for rule in 0..input.rules.len() {
        try_with(&|input| drop(input.rules.remove(rule)));
    }
    for tier in 0..input.tiers.len() {
        if input.tiers.len() > 1 {
            try_with(&|input| drop(input.tiers.remove(tier)));
        }
        for criterion in 0..input.tiers[tier].criteria.len() {
            if input.tiers[tier].criteria.len() > 1 {
                try_with(&|input| drop(input.tiers[tier].criteria.remove(criterion)));
            }
        }
        try_with(&|input| (input.tiers[tier].give_back, input.tiers[tier].give_back_absolute) = (0.0, 0.0));
    }
    for measure in 0..input.measures.len() {
        try_with(&|input| drop(input.measures.remove(measure)));
    }
    for column in 0..input.book.measures.len() {
        try_with(&|input| drop(input.book.measures.remove(column)));
    }
    for column in 0..input.book.attributes.len() {
        try_with(&|input| drop(input.book.attributes.remove(column)));
    }
    try_with(&|input| input.book.parents.iter_mut().for_each(String::clear));
    try_with(&|input| input.book.current_owners.iter_mut().for_each(String::clear));
    try_with(&|input| input.book.places.fill(None));
    smaller
}

fn without_account(input: &mut Input, account: usize) {
    let book = &mut input.book;
    let id = book.account_ids.remove(account);
    book.names.remove(account);
    book.parents.remove(account);
    book.places.remove(account);
    book.current_owners.remove(account);
    for column in &mut book.measures {
        column.amounts.remove(account);
    }
    for column in &mut book.attributes {
        column.values.remove(account);
    }
    book.parents.iter_mut().filter(|parent| **parent == id).for_each(String::clear);
    let without = |selector: &mut SelectorInput| selector.account_ids.retain(|other| *other != id);
    for rule in &mut input.rules {
        match rule.kind.as_mut() {
            Some(
                RuleKindInput::Pin { accounts, .. }
                | RuleKindInput::Forbid { accounts, .. }
                | RuleKindInput::Restrict { accounts, .. }
                | RuleKindInput::KeepTogether { accounts }
                | RuleKindInput::KeepApart { accounts },
            ) => without(accounts),
            Some(RuleKindInput::Bounds { accounts, .. } | RuleKindInput::MoveLimit { accounts, .. }) => {
                accounts.iter_mut().for_each(without);
            }
            Some(RuleKindInput::Keep { .. } | RuleKindInput::CoverLimit { .. }) | None => {}
        }
    }
}
