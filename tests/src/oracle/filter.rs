//! Account filters of a small part of CEL: comparisons of a field with a literal, joined by `&&` and `||`.

use carve_solver::input::Book;

/// What a field holds, or a literal says.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Value {
    Whole(i64),
    Text(String),
    Truth(bool),
}

/// Whether the filter is true of an account.
pub fn holds(filter: &str, book: &Book, account: usize) -> bool {
    // `&&` binds before `||`.
    filter.split(" || ").any(|all| all.split(" && ").all(|one| comparison(one.trim(), book, account)))
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

fn comparison(text: &str, book: &Book, account: usize) -> bool {
    for (sign, holds) in COMPARISONS {
        if let Some((field, literal)) = text.split_once(sign) {
            return holds(&value(field.trim(), book, account), &literal_of(literal.trim()));
        }
    }
    value(text, book, account) == Value::Truth(true)
}

fn literal_of(text: &str) -> Value {
    match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        Some(text) => Value::Text(text.to_string()),
        None => Value::Whole(text.parse().unwrap_or_else(|_| panic!("the oracle reads no literal {text:?}"))),
    }
}

fn value(field: &str, book: &Book, account: usize) -> Value {
    let text = |column: &[String]| Value::Text(column[account].clone());
    match field {
        "account_id" => return text(&book.account_ids),
        "name" => return text(&book.names),
        "parent_account_id" => return text(&book.parents),
        "current_owner" => return text(&book.current_owners),
        "account_count" => return Value::Whole(1),
        "has_place" => return Value::Truth(book.places[account].is_some()),
        _ => {}
    }
    if let Some(measure) = book.measures.iter().find(|m| m.name == field) {
        return Value::Whole(measure.amounts[account]);
    }
    let attribute = book.attributes.iter().find(|a| a.name == field);
    text(&attribute.unwrap_or_else(|| panic!("the oracle knows no field {field:?}")).values)
}
