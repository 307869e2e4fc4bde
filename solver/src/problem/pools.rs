//! What follows from pools, seats outside the balance: who is in them for certain or keeps out of them, and what the others
//! share. How it is found: `settle`.

use super::measures::Measure;
use super::units::Units;
use crate::index::{AccountIndex, Keyed, LeafIndex, MeasureIndex};

/// What stands outside the balance. Empty where there are no pools.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pools {
    /// What holds of accounts because no rule says otherwise.
    pub defaults: Vec<Unruled>,
    /// Whether each account is in a pool in every plan; empty: none is.
    pub settled: Keyed<AccountIndex, bool>,
    /// What pools take away from each measure before it is shared; empty: nothing.
    pub outside: Keyed<MeasureIndex, i64>,
}

/// Accounts with the leaves that are left to them.
#[derive(Debug, Clone)]
pub(crate) struct Unruled {
    /// Ascending.
    pub accounts: Vec<AccountIndex>,
    pub leaves: Keyed<LeafIndex, bool>,
}

impl Pools {
    /// Leaves units what the defaults leave their accounts.
    pub fn narrow(&self, units: &mut Units) {
        if !self.defaults.is_empty() {
            units.narrow(self.defaults.iter().map(|default| (default.accounts.as_slice(), &default.leaves)));
        }
    }

    /// Whether an account is in a pool in every plan.
    pub fn is_settled(&self, account: AccountIndex) -> bool {
        self.settled.get(account).is_some_and(|settled| *settled)
    }

    /// What pools take away from a measure before it is shared.
    pub fn outside(&self, measure: MeasureIndex) -> i64 {
        self.outside.get(measure).copied().unwrap_or(0)
    }

    /// The same for some of the accounts, in their order. What is asked of pools beyond what they hold for certain is
    /// left out.
    pub fn part(&self, accounts: &[AccountIndex], measures: &Keyed<MeasureIndex, Measure>) -> Pools {
        if self.settled.is_empty() {
            return Pools::default();
        }
        let settled: Keyed<AccountIndex, bool> = accounts.iter().map(|&account| self.is_settled(account)).collect();
        let outside = |measure: &Measure| {
            let amounts = accounts.iter().filter(|&&account| self.is_settled(account));
            amounts.map(|&account| measure.amounts[account]).sum()
        };
        Pools { defaults: Vec::new(), outside: measures.map(outside), settled }
    }

    /// The same where nothing holds of single accounts that no rule says.
    pub fn without_defaults(&self) -> Pools {
        Pools { defaults: Vec::new(), ..self.clone() }
    }
}
