//! The form of a number: what its marks say and the digits behind the last one, in a byte.

use super::number::{Mark, Marks, Written};

/// The form of a number; 0: it has no mark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Form(u8);

/// Most digits behind a mark that a form tells; what has more is next to nothing.
const BEHIND_MAX: u8 = 31;

impl Form {
    /// The form of a number.
    pub(crate) fn of(number: &Written) -> Form {
        let kind = match number.marks {
            Marks::None => 0,
            Marks::Once(Mark::Point) => 1,
            Marks::Once(Mark::Comma) => 2,
            Marks::Decimal(Mark::Point) => 3,
            Marks::Decimal(Mark::Comma) => 4,
            Marks::Thousands(_) => 5,
        };
        Form(kind << 5 | number.behind.min(BEHIND_MAX))
    }

    /// The decimals of a number of this form.
    pub(crate) fn behind(self, decimal: Mark) -> u8 {
        let behind = self.0 & BEHIND_MAX;
        match (self.0 >> 5, decimal) {
            (0, _) | (1 | 3, Mark::Point) | (2 | 4, Mark::Comma) => behind,
            _ => 0,
        }
    }

    /// Whether the number stands as it is written, whatever the decimal mark is.
    pub(crate) fn is_plain(self) -> bool {
        self == Form::default()
    }
}
