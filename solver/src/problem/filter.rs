//! Account filters.

mod words;

mod ids;

use super::effort::Effort;
use super::faulty::shown;
use super::field::{Field, Fields};
use super::formula::{self, Formula, Parsed, Unparsed};
use super::naming::Plain;
use super::tokens;
use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, Number};
use crate::input::SelectorInput;
use cel::{ExecutionError, ParseErrors, Value};
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
/// field, does not give true or false, or costs too much.
pub(crate) fn matches(
    filter: &str,
    (fields, effort): (&Fields, &Effort),
    path: &str,
    findings: &mut Vec<Finding>,
) -> Option<Vec<bool>> {
    // Ids of Salesforce in a filter are looked for in the whole book.
    let looks = effort.spend(fields.book.account_ids.len() as u64);
    let evaluated = match looks.then(|| ids::as_written(filter, fields.book)).flatten() {
        // What is wrong is shown in the filter as it was given.
        Some(written) => evaluate(&written, fields, effort).or_else(|_| evaluate(filter, fields, effort)),
        None => evaluate(filter, fields, effort),
    };
    match evaluated {
        Ok(found) => Some(found),
        Err(faults) => {
            findings.extend(faults.into_iter().map(|fault| fault.finding(filter, path)));
            findings.extend(effort.told(path));
            None
        }
    }
}

/// No faults: reading has ended, see [`Effort::told`].
fn evaluate(filter: &str, fields: &Fields, effort: &Effort) -> Result<Vec<bool>, Vec<Fault>> {
    let too_large = |what| vec![Fault { code: Code::FormulaTooLarge, what, at: None }];
    let parsed = Parsed::of(filter, effort).map_err(|unparsed| match unparsed {
        Unparsed::TooLarge(what) => too_large(what),
        Unparsed::Malformed(plain, errors) => unreadable(filter, &plain, &errors, fields, effort),
        Unparsed::Stopped => Vec::new(),
    })?;
    let mut columns = Vec::new();
    let mut unknown = BTreeSet::new();
    let pieces = tokens::tokens(filter);
    let bound = tokens::bound(&pieces);
    for variable in parsed.variables() {
        let name = parsed.plain.name(&variable);
        match fields.find(name) {
            Some(column) => columns.push((variable, column)),
            None if bound.contains(&name) => {}
            None => _ = unknown.insert((tokens::first(&pieces, name), name.to_owned())),
        }
    }
    if !unknown.is_empty() {
        let known = known(fields);
        if let Some(fault) = words::needs_backquotes(filter, &known, Code::FilterType) {
            return Err(vec![fault]);
        }
        let named = |(_, name): (_, String)| words::unknown_field(filter, &name, advised(&known, effort));
        return Err(unknown.into_iter().map(named).collect());
    }
    let formula = Formula::over(parsed, columns).map_err(too_large)?;
    match formula.quick() {
        Some(quick) => {
            let steps = quick.steps();
            let accounts = 0..fields.book.account_ids.len();
            accounts.map(|account| effort.spend(steps).then(|| quick.at(account)).ok_or_else(Vec::new)).collect()
        }
        None => by_cel(filter, &formula, fields, effort),
    }
}

/// The known names, or none where enough names were compared with them.
fn advised<'a, 'b>(known: &'a [&'b str], effort: &Effort) -> &'a [&'b str] {
    if effort.advises() { known } else { &[] }
}

/// Account by account: exactly, where an amount with decimals is compared, else by CEL.
fn by_cel(filter: &str, formula: &Formula, fields: &Fields, effort: &Effort) -> Result<Vec<bool>, Vec<Fault>> {
    let book = fields.book;
    let truth = Some(formula.truth()).filter(formula::Truth::is_exact);
    let steps = formula.steps(truth.as_ref().is_none_or(formula::Truth::needs_cel));
    let mut found = Vec::with_capacity(book.account_ids.len());
    formula.each(book.account_ids.len(), |at| {
        if !effort.spend(steps) {
            return Err(Vec::new());
        }
        let id = &book.account_ids[at.account()];
        found.push(match &truth {
            Some(truth) => truth.at(at).map_err(|fault| vec![inexact(fault, id)])?,
            None => match at.value() {
                Ok(Value::Bool(value)) => value,
                Ok(other) => return Err(vec![no_condition(&other)]),
                Err(error) => return Err(vec![failure(filter, &error, fields, id)]),
            },
        });
        Ok(())
    })?;
    Ok(found)
}

/// A comparison of exact amounts that cannot be worked out for an account.
fn inexact(fault: formula::Fault, id: &str) -> Fault {
    let what = match fault {
        formula::Fault::ByZero => "divides by 0".to_string(),
        formula::Fault::TooLarge => "needs numbers of more than 38 digits".to_string(),
        formula::Fault::Cel(what) => what,
    };
    Fault::of_type(None, format!("{what} for account {id:?}; a filter must give true or false"))
}

/// A filter that is no CEL; fields that no account has are named with it.
fn unreadable(filter: &str, plain: &Plain, errors: &ParseErrors, fields: &Fields, effort: &Effort) -> Vec<Fault> {
    let known = known(fields);
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
    let unknown = names.into_iter().filter(|name| fields.find(name).is_none());
    faults.extend(unknown.map(|name| words::unknown_field(filter, &name, advised(&known, effort))));
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
fn failure(filter: &str, error: &ExecutionError, fields: &Fields, id: &str) -> Fault {
    if let Some(fault) = words::odd_call(filter) {
        return fault;
    }
    let pieces = tokens::tokens(filter);
    let sign = |sign: &str| pieces.iter().find(|p| p.is(sign)).map(|p| p.at);
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
        _ => match words::mismatch(filter, &|name| Some(kind(&fields.find(name)?))) {
            Some((at, what)) => (Some(at), what),
            None => {
                let kinds = kinds(&pieces, fields);
                (None, format!("compares or joins what does not fit together, for account {id:?}; {kinds}"))
            }
        },
    };
    Fault::of_type(at, what)
}

/// What the fields of a filter are: `state is text, score is a number`.
fn kinds(pieces: &[tokens::Token], fields: &Fields) -> String {
    let names: BTreeSet<_> = tokens::fields(pieces).filter_map(|p| p.name()).collect();
    let words = names.into_iter().filter_map(|name| Some(format!("{name} is {}", kind(&fields.find(&name)?).words())));
    words.collect::<Vec<String>>().join(", ")
}

/// The fields that a filter can name.
fn known<'a>(fields: &Fields<'a>) -> Vec<&'a str> {
    fields.names().collect()
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
    (fields, effort): (&Fields, &Effort),
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
        let found = matches(&selector.filter, (fields, effort), &path, findings)?;
        let before = picked.len();
        picked.extend((0..found.len()).filter(|&a| found[a]).map(AccountIndex::new));
        if picked.len() == before {
            let why = effort.advises().then(|| matches_nothing(&selector.filter, fields)).flatten();
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
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
fn matches_nothing(filter: &str, fields: &Fields) -> Option<String> {
    let kind = |name: &str| Some(kind(&fields.find(name)?));
    let values = |name: &str| match fields.find(name)? {
        Field::Text(values) => {
            let different: BTreeSet<&String> = values.iter().collect();
            (different.len() <= VALUES_TRIED_MAX).then(|| different.into_iter().cloned().collect())
        }
        Field::Amounts(..) | Field::Place(..) | Field::HasPlace(_) | Field::One => None,
    };
    words::mismatch(filter, &kind).map(|(_, what)| what).or_else(|| words::no_such_value(filter, &values))
}
