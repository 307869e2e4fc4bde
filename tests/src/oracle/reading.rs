//! The request as the oracle reads it, beside the split: who is picked, what counts, who owns what, who is kin.

use super::filter;
use super::measure;
use super::pool::Pools;
use super::split::{Found, Split};
use carve_solver::input::{Input, SelectorInput};

/// A request, read.
pub struct Reading<'a> {
    /// What they said.
    pub input: &'a Input,
    /// The tree.
    pub split: Split,
    /// The territory that owns each account, if one does.
    pub owners: Vec<Option<usize>>,
    /// What follows from seats outside the balance.
    pub pools: Pools,
}

impl Reading<'_> {
    /// Reads a request, and of its answer what the request leaves open: the tree over seats.
    pub fn of<'a>(input: &'a Input, found: Found) -> Reading<'a> {
        let split = Split::of(input, found);
        let owner = |owner: &String| {
            let of = split.territories.iter().copied().find(|&t| split.nodes[t].id == *owner);
            of.filter(|_| !owner.is_empty())
        };
        let owners = input.book.current_owners.iter().map(owner).collect();
        let alone = Reading { input, split, owners, pools: Pools::default() };
        let pools = Pools::of(&alone);
        Reading { pools, ..alone }
    }

    /// How many there are.
    pub fn accounts(&self) -> usize {
        self.input.book.account_ids.len()
    }

    /// The account of this id.
    pub fn account(&self, id: &str) -> Option<usize> {
        self.input.book.account_ids.iter().position(|a| a == id)
    }

    /// The accounts a rule speaks of, each once; all where it names none.
    pub fn picked(&self, selector: Option<&SelectorInput>) -> Vec<usize> {
        let Some(selector) = selector else { return (0..self.accounts()).collect() };
        let named = |a: &usize| selector.account_ids.contains(&self.input.book.account_ids[*a]);
        let filtered = |a: &usize| !selector.filter.is_empty() && filter::holds(&selector.filter, self.input, *a);
        (0..self.accounts()).filter(|a| named(a) || filtered(a)).collect()
    }

    /// What each account counts, in whole numbers of 10^-decimals.
    pub fn amounts(&self, measure: &str) -> Vec<i128> {
        if measure.is_empty() || measure == "account_count" {
            return vec![1; self.accounts()];
        }
        (0..self.accounts()).map(|account| measure::whole(self.input, measure, account)).collect()
    }

    /// Accounts joined by parents, two or more each; none where families do not move whole.
    pub fn families(&self) -> Vec<Vec<usize>> {
        if self.input.families_separate {
            return Vec::new();
        }
        let heads: Vec<usize> = (0..self.accounts()).map(|a| self.head(a)).collect();
        let family = |head: usize| (0..self.accounts()).filter(|&a| heads[a] == head).collect::<Vec<usize>>();
        (0..self.accounts()).map(family).filter(|f| f.len() > 1).collect()
    }

    fn head(&self, account: usize) -> usize {
        let up = |a: &usize| self.account(&self.input.book.parents[*a]);
        std::iter::successors(Some(account), up).take(self.accounts()).last().unwrap_or(account)
    }
}
