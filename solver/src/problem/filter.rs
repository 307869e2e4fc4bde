//! Account filters. The one door to the CEL crate.

use crate::finding::{Code, Finding, Place};
use crate::index::{AccountIndex, Number};
use crate::input::{Book, SelectorInput};
use crate::limits::FILTER_BYTES_MAX;
use cel::{Context, Program, Value};
use std::collections::HashMap;

/// Evaluates `filter` on every account. `None` with a finding at `path` when it does not parse, names an unknown
/// field, or does not give true or false.
pub(crate) fn matches(filter: &str, book: &Book, path: &str, findings: &mut Vec<Finding>) -> Option<Vec<bool>> {
    match evaluate(filter, book) {
        Ok(found) => Some(found),
        Err((code, message)) => {
            findings.push(Finding::new(code, Place::Plan(path.to_string()), message));
            None
        }
    }
}

fn evaluate(filter: &str, book: &Book) -> Result<Vec<bool>, (Code, String)> {
    if filter.len() > FILTER_BYTES_MAX {
        return Err((Code::FilterSyntax, format!("the filter has {} bytes; at most {FILTER_BYTES_MAX}", filter.len())));
    }
    let program = Program::compile(filter).map_err(|e| {
        (Code::FilterSyntax, format!("{filter:?} is not well-formed CEL: {}", one_line(&e.to_string())))
    })?;
    let references = program.references();
    let mut columns = Vec::new();
    for name in references.variables() {
        let column = Column::find(name, book).ok_or_else(|| unknown(filter, name, book))?;
        columns.push((name, column));
    }
    let root = Context::default();
    let mut found = Vec::with_capacity(book.account_ids.len());
    for account in 0..book.account_ids.len() {
        let mut scope = root.new_inner_scope();
        for (name, column) in &columns {
            scope.add_variable_from_value(*name, column.value(account));
        }
        match program.execute(&scope) {
            Ok(Value::Bool(value)) => found.push(value),
            Ok(other) => {
                let message = format!(
                    "{filter:?} gives {other:?} for account {:?}; a filter must give true or false",
                    book.account_ids[account]
                );
                return Err((Code::FilterType, message));
            }
            Err(e) => {
                let message = format!(
                    "{filter:?} fails for account {:?}: {}",
                    book.account_ids[account],
                    one_line(&e.to_string())
                );
                return Err((Code::FilterType, message));
            }
        }
    }
    Ok(found)
}

/// Where a variable of a filter gets its value.
enum Column<'a> {
    Text(&'a [String]),
    Whole(&'a [i64]),
    Place(&'a Book, fn(f64, f64) -> f64),
    HasPlace(&'a Book),
    One,
}

impl<'a> Column<'a> {
    fn find(name: &str, book: &'a Book) -> Option<Column<'a>> {
        Some(match name {
            "account_id" => Column::Text(&book.account_ids),
            "name" => Column::Text(&book.names),
            "parent_account_id" => Column::Text(&book.parents),
            "current_owner" => Column::Text(&book.current_owners),
            "latitude" => Column::Place(book, |latitude, _| latitude),
            "longitude" => Column::Place(book, |_, longitude| longitude),
            "has_place" => Column::HasPlace(book),
            "account_count" => Column::One,
            _ => {
                let measure = book.measures.iter().find(|m| m.name == name).map(|m| Column::Whole(&m.amounts));
                let attribute = || book.attributes.iter().find(|a| a.name == name).map(|a| Column::Text(&a.values));
                measure.or_else(attribute)?
            }
        })
    }

    fn value(&self, account: usize) -> Value {
        match self {
            Column::Text(values) => Value::from(values[account].as_str()),
            Column::Whole(amounts) => Value::from(amounts[account]),
            Column::Place(book, part) => {
                Value::from(book.places[account].map_or(0.0, |p| part(p.latitude, p.longitude)))
            }
            Column::HasPlace(book) => Value::from(book.places[account].is_some()),
            Column::One => Value::from(1_i64),
        }
    }
}

fn unknown(filter: &str, name: &str, book: &Book) -> (Code, String) {
    let columns = book.measures.iter().map(|m| &m.name).chain(book.attributes.iter().map(|a| &a.name));
    let known: Vec<&str> = columns.map(String::as_str).take(20).collect();
    let message = format!(
        "{filter:?} names {name:?}, which no account has; known are account_id, name, parent_account_id, current_owner, latitude, longitude, has_place, account_count, {}",
        known.join(", ")
    );
    (Code::FilterType, message)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The accounts a rule picks, in ascending order without doubles. `None` after a finding that is an error.
pub(crate) fn select(
    selector: &SelectorInput,
    path: &str,
    book: &Book,
    by_id: &HashMap<&str, AccountIndex>,
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
    for (i, id) in selector.account_ids.iter().enumerate() {
        match by_id.get(id.as_str()) {
            Some(&account) => picked.push(account),
            None => {
                ok = false;
                findings.push(Finding::new(
                    Code::RuleAccountUnknown,
                    Place::Plan(format!("{path}.account_ids[{i}]")),
                    format!("account {id:?} is not in the book; correct the id or leave it out"),
                ));
            }
        }
    }
    if !selector.filter.is_empty() {
        let path = format!("{path}.filter");
        let found = matches(&selector.filter, book, &path, findings)?;
        let before = picked.len();
        picked.extend((0..found.len()).filter(|&a| found[a]).map(AccountIndex::new));
        if picked.len() == before {
            findings.push(Finding::new(
                Code::RuleMatchesNothing,
                Place::Plan(path),
                format!("{:?} matches no account, so the rule does nothing by it", selector.filter),
            ));
        }
    }
    picked.sort_unstable();
    picked.dedup();
    ok.then_some(picked)
}
