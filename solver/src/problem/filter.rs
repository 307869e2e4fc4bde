//! Account filters.

mod words;

mod ids;

use super::faulty::shown;
use super::field::Field;
use super::formula::{self, Formula};
use super::naming::Plain;
use super::tokens;
use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, Number};
use crate::input::{Book, SelectorInput};
use crate::limits::FILTER_BYTES_MAX;
use cel::{Context, ExecutionError, ParseErrors, Program, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use words::{Fault, FieldKind};

/// Unknown accounts of a rule that a finding names before it only counts.
const UNKNOWN_NAMED_MAX: usize = 3;

/// The fields that a filter names, each once, in the order of their letters.
pub(crate) fn fields(filter: &str) -> BTreeSet<String> {
    tokens::fields(&tokens::tokens(filter)).filter_map(|token| token.name().map(Cow::into_owned)).collect()
}

/// Evaluates `filter` on every account. `None` with findings at `path` when it does not parse, names an unknown
/// field, or does not give true or false.
pub(crate) fn matches(filter: &str, book: &Book, path: &str, findings: &mut Vec<Finding>) -> Option<Vec<bool>> {
    let evaluated = match ids::as_written(filter, book) {
        // What is wrong is shown in the filter as it was given.
        Some(written) => evaluate(&written, book).or_else(|_| evaluate(filter, book)),
        None => evaluate(filter, book),
    };
    match evaluated {
        Ok(found) => Some(found),
        Err(faults) => {
            findings.extend(faults.into_iter().map(|fault| fault.finding(filter, path)));
            None
        }
    }
}

fn evaluate(filter: &str, book: &Book) -> Result<Vec<bool>, Vec<Fault>> {
    if filter.len() > FILTER_BYTES_MAX {
        let what = format!("has {} bytes; at most {FILTER_BYTES_MAX}", filter.len());
        return Err(vec![Fault { code: Code::FilterSyntax, what, at: None }]);
    }
    let plain = Plain::of(filter);
    let program = Program::compile(&plain.text).map_err(|errors| unreadable(filter, &plain, &errors, book))?;
    let references = program.references();
    let mut columns = Vec::new();
    let mut unknown = BTreeSet::new();
    let pieces = tokens::tokens(filter);
    let bound = tokens::bound(&pieces);
    for variable in references.variables() {
        let name = plain.name(variable);
        match Field::find(name, book) {
            Some(column) => columns.push((variable, column)),
            None if bound.contains(&name) => {}
            None => _ = unknown.insert((tokens::first(&pieces, name), name)),
        }
    }
    if !unknown.is_empty() {
        let known = known(book);
        if let Some(fault) = words::needs_backquotes(filter, &known, Code::FilterType) {
            return Err(vec![fault]);
        }
        return Err(unknown.into_iter().map(|(_, name)| words::unknown_field(filter, name, &known)).collect());
    }
    if let Some(found) = exactly(filter, book) {
        return found;
    }
    let root = Context::default();
    let mut found = Vec::with_capacity(book.account_ids.len());
    for account in 0..book.account_ids.len() {
        let mut scope = root.new_inner_scope();
        for (name, column) in &columns {
            scope.add_variable_from_value(*name, formula::value(column, account));
        }
        match program.execute(&scope) {
            Ok(Value::Bool(value)) => found.push(value),
            Ok(other) => return Err(vec![no_condition(&other)]),
            Err(error) => return Err(vec![failure(filter, &error, book, account)]),
        }
    }
    Ok(found)
}

/// The filter where an amount with decimals is compared: exactly. `None`: none is, or CEL binds names of its own.
fn exactly(filter: &str, book: &Book) -> Option<Result<Vec<bool>, Vec<Fault>>> {
    let formula = Formula::read(filter, book).ok()?;
    let truth = formula.truth();
    if !truth.is_exact() {
        return None;
    }
    let mut found = Vec::with_capacity(book.account_ids.len());
    let asked = formula.each(book.account_ids.len(), truth.needs_cel(), |at| {
        let what = |fault: formula::Fault| match fault {
            formula::Fault::ByZero => "divides by 0".to_string(),
            formula::Fault::TooLarge => "needs numbers of more than 38 digits".to_string(),
            formula::Fault::Cel(what) => what,
        };
        let said = |fault| {
            let id = &book.account_ids[at.account()];
            vec![Fault::of_type(None, format!("{} for account {id:?}; a filter must give true or false", what(fault)))]
        };
        found.push(truth.at(at).map_err(said)?);
        Ok(())
    });
    Some(asked.map(|()| found))
}

/// A filter that is no CEL; fields that no account has are named with it.
fn unreadable(filter: &str, plain: &Plain, errors: &ParseErrors, book: &Book) -> Vec<Fault> {
    let known = known(book);
    if let Some(fault) = words::needs_backquotes(filter, &known, Code::FilterSyntax) {
        return vec![fault];
    }
    let at = errors.errors.first().and_then(|e| Some((usize::try_from(e.pos.0).ok()?, usize::try_from(e.pos.1).ok()?)));
    let at = at.and_then(|(line, column)| words::byte_at(&plain.text, line, column)).map(|at| plain.given(at));
    let mut faults = vec![words::unreadable(filter, at)];
    let pieces = tokens::tokens(filter);
    let compared = |name: &str| {
        let at = pieces.iter().position(|p| p.names(name));
        at.is_some_and(|at| pieces.get(at + 1).is_some_and(|next| next.compares() || next.is("=")))
    };
    // What is not compared may be a slip of another kind, such as text without quotes.
    let names: BTreeSet<_> =
        tokens::fields(&pieces).filter_map(|p| p.name()).filter(|name| compared(name.as_ref())).collect();
    let unknown = names.into_iter().filter(|name| Field::find(name, book).is_none());
    faults.extend(unknown.map(|name| words::unknown_field(filter, &name, &known)));
    faults
}

/// A filter that gives something else than true or false.
fn no_condition(given: &Value) -> Fault {
    let what = match given {
        Value::String(_) => "gives text",
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => "gives a number",
        _ => "gives neither",
    };
    Fault::of_type(None, format!("{what}; a filter must be true or false, as state == \"TX\" is: compare it"))
}

/// A filter that cannot be worked out for an account.
fn failure(filter: &str, error: &ExecutionError, book: &Book, account: usize) -> Fault {
    if let Some(fault) = words::odd_call(filter) {
        return fault;
    }
    let pieces = tokens::tokens(filter);
    let sign = |sign: &str| pieces.iter().find(|p| p.is(sign)).map(|p| p.at);
    let id = &book.account_ids[account];
    let (at, what) = match error {
        ExecutionError::UndeclaredReference(name) => return words::unknown_function(filter, name),
        ExecutionError::NotSupportedAsMethod { method, .. } => return words::unknown_function(filter, method),
        ExecutionError::InvalidArgumentCount { expected, actual } => {
            (None, format!("gives a function {actual} values; it takes {expected}"))
        }
        ExecutionError::DivisionByZero(_) => (sign("/"), format!("for account {id:?} this divides by 0")),
        ExecutionError::RemainderByZero(_) => (sign("%"), format!("for account {id:?} this divides by 0")),
        ExecutionError::Overflow(..) => (None, format!("gives a number outside -2^63 to 2^63 - 1 for account {id:?}")),
        ExecutionError::IndexOutOfBounds(_) | ExecutionError::NoSuchKey(_) => {
            (sign("["), format!("for account {id:?} this asks for something that is not there"))
        }
        _ => match words::mismatch(filter, &|name| Some(kind(&Field::find(name, book)?))) {
            Some((at, what)) => (Some(at), what),
            None => {
                let kinds = kinds(&pieces, book);
                (None, format!("compares or joins what does not fit together, for account {id:?}; {kinds}"))
            }
        },
    };
    Fault::of_type(at, what)
}

/// What the fields of a filter are: `state is text, score is a number`.
fn kinds(pieces: &[tokens::Token], book: &Book) -> String {
    let names: BTreeSet<_> = tokens::fields(pieces).filter_map(|p| p.name()).collect();
    let words =
        names.into_iter().filter_map(|name| Some(format!("{name} is {}", kind(&Field::find(&name, book)?).words())));
    words.collect::<Vec<String>>().join(", ")
}

/// The fields that a filter can name.
fn known(book: &Book) -> Vec<&str> {
    Field::names(book).collect()
}

/// What a field is, for words about it.
fn kind(field: &Field) -> FieldKind {
    match field {
        Field::Text(_) => FieldKind::Text,
        Field::Amounts(..) | Field::Place(..) | Field::One => FieldKind::Number,
        Field::HasPlace(_) => FieldKind::Flag,
    }
}

/// The accounts a rule picks, in ascending order without doubles. `None` after a finding that is an error.
pub(crate) fn select(
    selector: &SelectorInput,
    path: &str,
    book: &Book,
    by_id: &impl Fn(&str) -> Option<AccountIndex>,
    findings: &mut Vec<Finding>,
) -> Option<Vec<AccountIndex>> {
    let mut picked = Vec::new();
    let mut ok = true;
    if selector.account_ids.is_empty() && selector.filter.is_empty() {
        findings.push(Finding::new(
            Code::RuleEmpty,
            Place::Plan(path.to_string()),
            format!("{path} picks no accounts; give account_ids or a filter"),
        ));
        return None;
    }
    let mut unknown = Vec::new();
    for (i, id) in selector.account_ids.iter().enumerate() {
        match by_id(id) {
            Some(account) => picked.push(account),
            None => unknown.push((i, shown(id))),
        }
    }
    if let Some((first, id)) = unknown.first() {
        ok = false;
        let message = match unknown.len() {
            1 => format!("account {id} is not in the book; correct the id or leave it out"),
            count => {
                let named: Vec<&str> = unknown.iter().take(UNKNOWN_NAMED_MAX).map(|(_, id)| id.as_str()).collect();
                let (named, all) = (named.join(", "), selector.account_ids.len());
                format!(
                    "{count} of {all} accounts are not in the book (first: {named}); correct the ids or leave them out"
                )
            }
        };
        let place = Place::Plan(format!("{path}.account_ids[{first}]"));
        findings.push(Finding::new(Code::RuleAccountUnknown, place, message));
    }
    if !selector.filter.is_empty() {
        let path = format!("{path}.filter");
        let found = matches(&selector.filter, book, &path, findings)?;
        let before = picked.len();
        picked.extend((0..found.len()).filter(|&a| found[a]).map(AccountIndex::new));
        if picked.len() == before {
            let why = matches_nothing(&selector.filter, book).map(|why| format!(": {why}")).unwrap_or_default();
            findings.push(Finding::new(
                Code::RuleMatchesNothing,
                Place::Plan(path),
                format!("{} matches no account, so the rule does nothing by it{why}", selector.filter),
            ));
        }
    }
    picked.sort_unstable();
    picked.dedup();
    ok.then_some(picked)
}

/// Different values of a field that are looked through for the one that a filter may have meant.
const VALUES_TRIED_MAX: usize = 10_000;

/// Why a filter matches no account, where it can be told.
fn matches_nothing(filter: &str, book: &Book) -> Option<String> {
    let kind = |name: &str| Some(kind(&Field::find(name, book)?));
    let values = |name: &str| match Field::find(name, book)? {
        Field::Text(values) => {
            let different: BTreeSet<&String> = values.iter().collect();
            (different.len() <= VALUES_TRIED_MAX).then(|| different.into_iter().cloned().collect())
        }
        Field::Amounts(..) | Field::Place(..) | Field::HasPlace(_) | Field::One => None,
    };
    words::mismatch(filter, &kind).map(|(_, what)| what).or_else(|| words::no_such_value(filter, &values))
}
