//! How large a formula may be. Whoever writes one must not be able to stop the program that reads it: CEL reads, asks and
//! forgets a tree by recursion, walks lists in lists, and joins texts to ever longer ones. So the depth is known before CEL
//! sees a text, and what one account costs before it is asked of any.

use crate::limits::{FORMULA_ACCOUNT_STEPS_MAX, FORMULA_DEPTH_MAX, FORMULA_NESTING_MAX, FORMULA_VALUE_BYTES_MAX};
use crate::problem::tokens::{Kind, Token, tokens};
use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators};
use cel::parser::Expression;

/// What every value holds beside its bytes.
const VALUE_BYTES: u64 = 16;
/// Bytes of a text that are joined to another in one step.
const STEP_BYTES: u64 = 64;

/// What stands in one bracket, or in none.
#[derive(Debug, Default)]
struct Level {
    /// Operators since the last "and", "or", question mark, colon or comma, and the deepest bracket since.
    operators: usize,
    deepest: usize,
    /// The deepest of the operands before, since the last comma; how many were joined by "and" or "or", which CEL puts into
    /// balanced trees, and how many by question marks.
    operand: usize,
    joined: usize,
    choices: usize,
    /// The deepest of what stands before the last comma.
    done: usize,
}

impl Level {
    fn end_operand(&mut self) {
        self.operand = self.operand.max(self.operators + self.deepest);
        (self.operators, self.deepest) = (0, 0);
    }

    fn depth(&self) -> usize {
        let operand = self.operand.max(self.operators + self.deepest);
        // A tree of "or" above one of "and".
        let balanced = 2 * (usize::BITS - self.joined.leading_zeros()) as usize;
        self.done.max(operand + balanced + self.choices)
    }
}

/// What is wrong with a formula that nests too deep.
pub(super) fn too_deep(text: &str) -> Option<String> {
    match depth(text) {
        None => Some(format!("opens more than {FORMULA_NESTING_MAX} brackets inside each other; write it in parts")),
        Some(depth) if depth > FORMULA_DEPTH_MAX => Some(format!(
            "nests {depth} operators; at most {FORMULA_DEPTH_MAX}: join fewer values in a row, or make a measure of a part of it"
        )),
        Some(_) => None,
    }
}

/// No tree that CEL makes of the text is deeper, by its words and signs. `None`: more brackets are open than may be.
fn depth(text: &str) -> Option<usize> {
    let mut levels = vec![Level::default()];
    let mut after_value = false;
    for Token { kind, text, .. } in tokens(text) {
        let level = levels.last_mut()?;
        match (kind, text) {
            (Kind::Sign, "(" | "[" | "{") => {
                // What stands in brackets behind a value is an operator of it.
                level.operators += usize::from(after_value);
                levels.push(Level::default());
                if levels.len() > FORMULA_NESTING_MAX + 1 {
                    return None;
                }
            }
            (Kind::Sign, ")" | "]" | "}") => {
                let inner = level.depth();
                // What closes nothing is no CEL.
                if levels.len() > 1 {
                    levels.pop();
                }
                let outer = levels.last_mut()?;
                outer.deepest = outer.deepest.max(inner + 1);
            }
            (Kind::Sign, ",") => {
                *level = Level { done: level.depth(), ..Level::default() };
            }
            (Kind::Sign, "&&" | "||" | "?" | ":") => {
                level.end_operand();
                level.joined += usize::from(text == "&&" || text == "||");
                level.choices += usize::from(text == "?");
            }
            (Kind::Sign, _) | (Kind::Word, "in") => level.operators += 1,
            (Kind::Word | Kind::Name { .. } | Kind::Number | Kind::Text { .. }, _) => {}
        }
        after_value = !matches!((kind, text), (Kind::Word, "in")) && kind != Kind::Sign
            || [")", "]", "}"].contains(&text) && kind == Kind::Sign;
    }
    let mut deepest = 0;
    for level in levels.iter_mut().rev() {
        level.deepest = level.deepest.max(deepest);
        deepest = level.depth() + 1;
    }
    Some(deepest)
}

/// What a part of a formula costs at one account.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    steps: u64,
    /// Of its value, at most.
    bytes: u64,
}

impl Cost {
    fn of(bytes: u64) -> Cost {
        Cost { steps: 1, bytes: VALUE_BYTES + bytes }
    }

    fn and(self, other: Cost) -> Cost {
        Cost { steps: self.steps.saturating_add(other.steps), bytes: self.bytes.saturating_add(other.bytes) }
    }
}

/// Steps that a formula takes at one account; `longest` tells the bytes of the longest value of a field.
///
/// # Errors
/// What is wrong with a formula that walks lists in lists, or costs too much.
pub(super) fn steps(root: &Expression, longest: &dyn Fn(&str) -> u64) -> Result<u64, String> {
    let Cost { steps, bytes } = cost(root, longest)?;
    if steps > FORMULA_ACCOUNT_STEPS_MAX {
        return Err(format!("takes {steps} steps for each account; at most {FORMULA_ACCOUNT_STEPS_MAX}: shorten it"));
    }
    if bytes > FORMULA_VALUE_BYTES_MAX {
        return Err(format!(
            "makes values of up to {bytes} bytes; at most {FORMULA_VALUE_BYTES_MAX}: join fewer texts"
        ));
    }
    Ok(steps)
}

fn cost(at: &Expression, longest: &dyn Fn(&str) -> u64) -> Result<Cost, String> {
    match &at.expr {
        Expr::Unspecified => Ok(Cost::of(0)),
        Expr::Literal(LiteralValue::String(text)) => Ok(Cost::of(text.inner().len() as u64)),
        Expr::Literal(LiteralValue::Bytes(bytes)) => Ok(Cost::of(bytes.inner().len() as u64)),
        Expr::Literal(_) => Ok(Cost::of(0)),
        Expr::Ident(name) => Ok(Cost::of(longest(name))),
        Expr::Call(call) => {
            let Cost { steps, bytes } = sum(inner(at), longest)?;
            let joined = if call.func_name == operators::ADD { bytes / STEP_BYTES } else { 0 };
            Ok(Cost { steps: steps.saturating_add(joined), bytes })
        }
        Expr::List(_) | Expr::Select(_) | Expr::Map(_) | Expr::Struct(_) => sum(inner(at), longest),
        Expr::Comprehension(walk) => walked(walk, longest),
    }
}

/// What parts cost together, and the value that is made of them.
fn sum(parts: Vec<&Expression>, longest: &dyn Fn(&str) -> u64) -> Result<Cost, String> {
    parts.into_iter().try_fold(Cost::of(0), |sum, part| Ok(sum.and(cost(part, longest)?)))
}

fn parts(entry: &EntryExpr) -> impl Iterator<Item = &Expression> {
    let (key, value) = match entry {
        EntryExpr::MapEntry(entry) => (Some(&entry.key), &entry.value),
        EntryExpr::StructField(field) => (None, &field.value),
    };
    key.into_iter().chain([value])
}

/// What `all`, `exists`, `exists_one`, `map` and `filter` cost: as many times as the list has items.
fn walked(walk: &ComprehensionExpr, longest: &dyn Fn(&str) -> u64) -> Result<Cost, String> {
    let Expr::List(list) = &walk.iter_range.expr else {
        return Err(
            "walks something else than a list that is written out, as [\"a\", \"b\"] is; write the list out".into()
        );
    };
    let items = list.elements.len() as u64;
    let inside = [&walk.accu_init, &walk.loop_cond, &walk.loop_step, &walk.result];
    if list.elements.iter().chain(inside).any(walks) {
        return Err(
            "walks a list inside another walk; all, exists, exists_one, map and filter stand in none of each other"
                .into(),
        );
    }
    let range = cost(&walk.iter_range, longest)?;
    // An item is no larger than all of them together.
    let of_item = |name: &str| if name == walk.iter_var { range.bytes } else { longest(name) };
    let once = sum(inside.to_vec(), &of_item)?;
    let times = |one: u64| one.saturating_mul(items);
    // A list that grows by an item at a time is copied as often.
    let grows = if joins(&walk.loop_step) { items.saturating_mul(items) } else { 0 };
    let loops = Cost { steps: times(once.steps).saturating_add(grows), bytes: times(once.bytes) };
    Ok(range.and(loops))
}

/// Whether a walk stands in a part of a formula.
fn walks(at: &Expression) -> bool {
    matches!(at.expr, Expr::Comprehension(_)) || inner(at).into_iter().any(walks)
}

/// Whether something is joined in a part of a formula.
fn joins(at: &Expression) -> bool {
    let adds = matches!(&at.expr, Expr::Call(call) if call.func_name == operators::ADD);
    adds || inner(at).into_iter().any(joins)
}

fn inner(at: &Expression) -> Vec<&Expression> {
    match &at.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => Vec::new(),
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Map(map) => map.entries.iter().flat_map(|entry| parts(&entry.expr)).collect(),
        Expr::Struct(given) => given.entries.iter().flat_map(|entry| parts(&entry.expr)).collect(),
        Expr::Comprehension(walk) => {
            vec![&walk.iter_range, &walk.accu_init, &walk.loop_cond, &walk.loop_step, &walk.result]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cel::parser::Parser;

    fn depth_of(at: &Expression) -> usize {
        1 + inner(at).into_iter().map(depth_of).max().unwrap_or(0)
    }

    #[test]
    fn what_words_and_signs_allow_bounds_the_tree() {
        for text in [
            "a",
            "a + b * c - d > 0 && (a < 1 || b > 2) && !(c == d)",
            "f(a + 1, (b + (c - 1))) + x.size() == 3",
            "[1, 2 + 3, [4]] == [a ? b : c ? d : -e]",
            "a || b || c || d || e || f && g && h",
            "{'k': [1 + 1]}['k'][0] in [1, 2]",
            "[1, 2].exists(x, x > 1 && x < 3) && [1].exists_one(x, x == 1)",
            "[1, 2].map(x, x > 1, -x) == [1].filter(x, x != 1) || has(a.b)",
            "a[0][b[1]].c.d(e)",
        ] {
            let tree = Parser::default().parse(text).expect("CEL");
            let bound = depth(text).expect("few brackets");
            assert!(bound >= depth_of(&tree), "{text}: {bound} below {}", depth_of(&tree));
        }
    }

    #[test]
    fn chains_and_brackets_are_refused_beyond_their_limits_alone() {
        let chain = |terms: usize| format!("{} > 0", vec!["1"; terms].join("+"));
        // One is for the comparison, one for what stands in no operator.
        assert!(too_deep(&chain(FORMULA_DEPTH_MAX - 1)).is_none());
        assert!(too_deep(&chain(FORMULA_DEPTH_MAX)).is_some());
        let nested = |brackets: usize| format!("{}1{} > 0", "(".repeat(brackets), ")".repeat(brackets));
        assert!(depth(&nested(FORMULA_NESTING_MAX)).is_some());
        assert!(depth(&nested(FORMULA_NESTING_MAX + 1)).is_none());
        assert!(too_deep(&"!".repeat(4_000)).is_some() && too_deep(&"-".repeat(4_000)).is_some());
        assert!(too_deep(&"a?b:".repeat(500)).is_some() && too_deep(&"a.b".repeat(500)).is_some());
        assert!(too_deep(&vec!["state == 'TX'"; 250].join(" || ")).is_none());
        let ids: Vec<String> = (0..500).map(|i| format!("'{i}'")).collect();
        assert!(too_deep(&format!("account_id in [{}]", ids.join(","))).is_none());
    }

    #[test]
    fn walks_are_bounded_by_the_lists_that_are_written_out() {
        let steps = |text: &str| steps(&Parser::default().parse(text).expect("CEL"), &|_| 100);
        assert!(steps("['a', 'b'].exists(x, x == state)").is_ok());
        assert!(steps("['a', 'b'].exists(x, x == state) && [1, 2].all(y, y > score)").is_ok());
        for refused in [
            "[1, 2].all(a, [1, 2].all(b, a > b))",
            "[[1]].map(x, x + x).map(x, x + x) == []",
            "[name].map(x, [x].map(y, y)) == []",
            "name.all(x, x == 'a')",
        ] {
            assert!(steps(refused).is_err_and(|why| why.contains("walks")), "{refused}");
        }
        let items = |n: usize| vec!["1"; n].join(",");
        assert!(steps(&format!("[{}].map(x, x) == []", items(100))).is_ok());
        let many = format!("[{}].all(x, x + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 > 0)", items(1_500));
        assert!(steps(&many).is_err_and(|why| why.contains("steps")));
    }
}
