//! What a measure counts for an account, as the oracle reads it: columns, counts, and expressions of its own arithmetic.

use super::expression;
use super::filter;
use super::ratio::Ratio;
use carve_solver::input::{Input, MeasureInput, Negatives};

/// The entry of the request's list that has this name.
fn entry<'a>(input: &'a Input, measure: &str) -> Option<&'a MeasureInput> {
    input.measures.iter().find(|m| m.measure == measure)
}

/// Decimals that its amounts are whole numbers of.
fn decimals(input: &Input, measure: &str) -> u32 {
    let given = entry(input, measure).and_then(|m| m.decimals).map(|d| u32::try_from(d).expect("it is 0 to 6"));
    let column = || input.book.measures.iter().find(|c| c.name == measure).map(|c| u32::from(c.decimals));
    given.or_else(column).unwrap_or(0)
}

/// 10^`decimals`.
fn units(decimals: u32) -> Ratio {
    Ratio::whole(10_i128.pow(decimals))
}

/// The number that people write; `None`: there is no such measure.
pub fn number(input: &Input, measure: &str, account: usize) -> Option<Ratio> {
    if measure == "account_count" {
        return Some(Ratio::whole(1));
    }
    let entry = entry(input, measure);
    let value = match (entry, input.book.measures.iter().find(|c| c.name == measure)) {
        (Some(entry), _) if !entry.count_filter.is_empty() => {
            return Some(Ratio::whole(i128::from(filter::holds(&entry.count_filter, input, account))));
        }
        (Some(entry), _) if !entry.expression.is_empty() => {
            let value = expression::value(&entry.expression, &|name| number(input, name, account));
            let units = units(decimals(input, measure));
            Ratio::whole(value.times(units).nearest()).over(units)
        }
        (_, Some(column)) => Ratio::whole(column.amounts[account].into()).over(units(column.decimals.into())),
        (_, None) => return None,
    };
    let zero = entry.is_some_and(|entry| entry.negatives == Negatives::Zero) && value.num < 0;
    Some(if zero { Ratio::whole(0) } else { value })
}

/// The same in whole numbers of 10^-decimals.
pub fn whole(input: &Input, measure: &str, account: usize) -> i128 {
    let value = number(input, measure, account).unwrap_or_else(|| panic!("the book has no measure {measure:?}"));
    let value = value.times(units(decimals(input, measure)));
    assert_eq!(value.den, 1, "{measure} has more decimals than it may have");
    value.num
}
