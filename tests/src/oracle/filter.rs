//! Account filters of a small part of CEL: comparisons of a field with a literal, joined by `&&` and `||`.

use super::measure;
use super::ratio::Ratio;
use carve_solver::input::Input;

/// What a field holds, or a literal says.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Value {
    Number(Ratio),
    Text(String),
    Truth(bool),
}

/// Whether the filter is true of an account.
pub fn holds(filter: &str, input: &Input, account: usize) -> bool {
    // `&&` binds before `||`.
    filter.split(" || ").any(|all| all.split(" && ").all(|one| comparison(one.trim(), input, account)))
}

/// How a field is compared.
type Holds = fn(&Value, &Value) -> bool;

const COMPARISONS: [(&str, Holds); 6] = [
    (" == ", |a, b| a == b),
    (" != ", |a, b| a != b),
    (" <= ", |a, b| a <= b),
    (" >= ", |a, b| a >= b),
    (" < ", |a, b| a < b),
    (" > ", |a, b| a > b),
];

fn comparison(text: &str, input: &Input, account: usize) -> bool {
    for (sign, holds) in COMPARISONS {
        if let Some((field, literal)) = text.split_once(sign) {
            return holds(&value(field.trim(), input, account), &literal_of(literal.trim()));
        }
    }
    value(text, input, account) == Value::Truth(true)
}

fn literal_of(text: &str) -> Value {
    match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        Some(text) => Value::Text(text.to_string()),
        None if text.starts_with(|c: char| c.is_ascii_digit()) => Value::Number(Ratio::written(text)),
        None => panic!("the oracle reads no literal {text:?}"),
    }
}

fn value(field: &str, input: &Input, account: usize) -> Value {
    let book = &input.book;
    let text = |column: &[String]| Value::Text(column[account].clone());
    match field {
        "account_id" => return text(&book.account_ids),
        "name" => return text(&book.names),
        "parent_account_id" => return text(&book.parents),
        "current_owner" => return text(&book.current_owners),
        "has_place" => return Value::Truth(book.places[account].is_some()),
        _ => {}
    }
    if let Some(number) = measure::number(input, field, account) {
        return Value::Number(number);
    }
    let attribute = book.attributes.iter().find(|a| a.name == field);
    text(&attribute.unwrap_or_else(|| panic!("the oracle knows no field {field:?}")).values)
}
