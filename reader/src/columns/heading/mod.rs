//! What headings mean.

mod known;
pub(crate) use known::{Known, OwnerForm};

mod families;

mod who;

mod owner;

mod whereabouts;

mod beside;

mod trade;

mod spelling;
pub(crate) use spelling::normal;

use crate::columns::cell::currency::Currency;
use families::Family;
use spelling::{Parts, behind_underscore};
use std::collections::HashMap;

/// Rank of the names of plan files in other spellings, such as `Open Pipeline`, where no export has them.
const RANK_OF_OWN: u8 = 1;
/// Added to the rank of a heading that means something only without the path before it.
const RANK_OF_PATH: u16 = 16;
/// Added to the rank of a heading that means something only without years and the like.
const RANK_OF_PERIOD: u16 = 32;

/// What a heading says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Said {
    /// What the column is; `None`: the heading is not known.
    pub known: Option<Known>,
    /// How sure a spelling it is: of two columns for one meaning the lower one is taken.
    pub rank: u16,
    /// Whether it says that its amounts were converted to one currency.
    pub converted: bool,
    /// The unit it names.
    pub unit: Option<Currency>,
    /// The column whose currency it holds, as [`normal`] has it: `Amount Currency` that of `Amount`.
    pub currency_of: Option<String>,
    /// As [`normal`] has it, without units.
    pub normal: String,
}

impl Said {
    /// What [`Said::currency_of`] of the column with its currency says.
    pub(crate) fn pair(&self) -> String {
        format!("{}{}", self.normal, if self.converted { "converted" } else { "" })
    }
}

/// Every spelling that is known.
pub(crate) struct Spellings {
    by_normal: HashMap<String, (Known, u8)>,
}

impl Spellings {
    pub(crate) fn new() -> Spellings {
        let mut by_normal: HashMap<String, (Known, u8)> = HashMap::new();
        for family in all() {
            for spelling in family.spellings {
                // Rank 0 is that of the names of plan files to the letter; in other spellings they are as sure as others.
                let rank = if family.rank == 0 { RANK_OF_OWN } else { family.rank };
                let entry = by_normal.entry(normal(spelling)).or_insert((family.known, rank));
                if entry.1 == RANK_OF_OWN || (rank < entry.1 && family.rank > 0) {
                    *entry = (family.known, rank);
                }
            }
        }
        Spellings { by_normal }
    }

    /// What one heading says.
    pub(crate) fn read(&self, heading: &str) -> Said {
        let said = self.read_whole(heading);
        if said.known.is_some() {
            return said;
        }
        let Some((before, unit)) = behind_underscore(heading) else { return said };
        let amount = self.read_whole(before);
        match amount.known.is_some_and(Known::is_number) {
            true => {
                let (converted, unit) = (amount.converted || unit.is_none(), unit.or(amount.unit));
                Said { rank: amount.rank + RANK_OF_PATH, converted, unit, ..amount }
            }
            false => said,
        }
    }

    fn read_whole(&self, heading: &str) -> Said {
        let parts = Parts::of(heading);
        let tries =
            [(&parts.whole, 0), (&parts.bare, 0), (&parts.inner, RANK_OF_PATH), (&parts.timeless, RANK_OF_PERIOD)];
        let found = tries.iter().find_map(|(spelling, added)| {
            let (known, rank) = self.by_normal.get(spelling.as_str())?;
            // Only amounts are said for a year.
            (*added < RANK_OF_PERIOD || known.is_number()).then_some((*known, u16::from(*rank) + added))
        });
        // Dynamics calls so what people call a status; the code of a state is written with a capital or a space.
        let found = if heading.trim() == "statecode" { Some((Known::Status, u16::from(RANK_OF_OWN))) } else { found };
        let (known, rank) = found.unzip();
        // The name of plan files itself comes before other spellings that are the same but for case and spaces.
        let own = known.and_then(Known::own_name).is_some_and(|name| name == heading.trim());
        let rank = if own { 0 } else { rank.unwrap_or_default() };
        let currency_of =
            parts.bare.strip_suffix("currency").filter(|of| !of.is_empty() && *of != "account" && *of != "transaction");
        Said {
            known,
            rank,
            converted: parts.converted,
            unit: parts.unit,
            currency_of: currency_of.map(str::to_owned),
            normal: parts.bare,
        }
    }
}

/// Every family of spellings.
fn all() -> impl Iterator<Item = &'static Family> {
    [who::WHO, owner::OWNER, whereabouts::WHERE, trade::AMOUNTS, beside::BESIDE].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn no_spelling_means_two_things() {
        let mut meaning: BTreeMap<String, (Known, &str)> = BTreeMap::new();
        for family in all() {
            assert!(!family.origin.is_empty() && !family.spellings.is_empty());
            for spelling in family.spellings {
                let (known, other) = *meaning.entry(normal(spelling)).or_insert((family.known, spelling));
                assert_eq!(known, family.known, "{spelling:?} and {other:?}");
            }
        }
    }

    #[test]
    fn own_names_come_first() {
        let spellings = Spellings::new();
        let rank = |heading: &str| spellings.read(heading).rank;
        assert!(rank("account_id") < rank("Account ID") && rank("Account ID") < rank("Customer #"));
        assert!(rank("Closed Won") < rank("FY25 Closed Won"));
        assert_eq!(spellings.read("Amount (converted) Currency").currency_of.as_deref(), Some("amountconverted"));
    }
}
