//! A flat book as the oracle reads it: leaves, amounts, owners, and every assignment of what moves as one.

use carve_solver::input::{Input, NodeInput, SelectorInput, SplitInput};

/// A leaf: its share of the book, and its anchor in degrees.
pub(super) struct Leaf {
    pub id: String,
    pub share: f64,
    pub anchor: Option<(f64, f64)>,
}

pub(super) struct Flat<'a> {
    pub input: &'a Input,
    pub leaves: Vec<Leaf>,
    /// Leaf that owns each account, if one does.
    owners: Vec<Option<usize>>,
}

impl Flat<'_> {
    pub fn of(input: &Input) -> Flat<'_> {
        let Some(SplitInput::Tree(root)) = &input.split else { panic!("the oracle knows flat trees only") };
        let whole: f64 = root.children.iter().map(|n| n.share.unwrap_or(1.0)).sum();
        let leaf = |n: &NodeInput| Leaf {
            id: n.node_id.clone(),
            share: n.share.unwrap_or(1.0) / whole,
            anchor: n.anchor.map(|a| (a.latitude, a.longitude)),
        };
        let leaves: Vec<Leaf> = root.children.iter().map(leaf).collect();
        let owner = |owner: &String| leaves.iter().position(|l| l.id == *owner);
        let owners = input.book.current_owners.iter().map(owner).collect();
        Flat { input, leaves, owners }
    }

    pub fn accounts(&self) -> usize {
        self.input.book.account_ids.len()
    }

    pub fn leaf(&self, id: &str) -> usize {
        self.leaves.iter().position(|l| l.id == id).expect("nodes are leaves")
    }

    /// The accounts a rule speaks of; all where it names none.
    pub fn picked(&self, selector: Option<&SelectorInput>) -> Vec<usize> {
        let Some(selector) = selector else { return (0..self.accounts()).collect() };
        assert!(selector.filter.is_empty(), "the oracle picks by id");
        selector.account_ids.iter().map(|id| self.account(id).expect("ids are in the book")).collect()
    }

    fn account(&self, id: &str) -> Option<usize> {
        self.input.book.account_ids.iter().position(|a| a == id)
    }

    pub fn amounts(&self, measure: &str) -> Vec<i64> {
        if measure.is_empty() || measure == "account_count" {
            return vec![1; self.accounts()];
        }
        self.input.book.measures.iter().find(|m| m.name == measure).expect("the measure is there").amounts.clone()
    }

    /// Accounts whose owner is in the plan: account, owner, amount.
    pub fn owned(&self, measure: &str, among: Option<&SelectorInput>) -> Vec<(usize, usize, i64)> {
        let amounts = self.amounts(measure);
        let owned = |a: usize| self.owners[a].map(|by| (a, by, amounts[a]));
        self.picked(among).into_iter().filter_map(owned).collect()
    }

    /// Calls `each` with the leaf of every account, for every way to give one to each family.
    pub fn every_assignment(&self, mut each: impl FnMut(&[usize])) {
        let heads: Vec<usize> = (0..self.accounts()).map(|a| self.head(a)).collect();
        let families: Vec<usize> = (0..self.accounts()).filter(|&a| heads[a] == a).collect();
        let mut to = vec![0; self.accounts()];
        loop {
            for a in 0..to.len() {
                to[a] = to[heads[a]];
            }
            each(&to);
            // Counts up, one digit a family.
            let Some(&next) = families.iter().find(|&&head| to[head] + 1 < self.leaves.len()) else { return };
            families.iter().take_while(|&&head| head != next).for_each(|&head| to[head] = 0);
            to[next] += 1;
        }
    }

    /// The account at the top of an account's family; itself where families do not move whole.
    fn head(&self, account: usize) -> usize {
        if self.input.families_separate {
            return account;
        }
        let up = |a: &usize| self.account(&self.input.book.parents[*a]);
        std::iter::successors(Some(account), up).take(self.accounts()).last().unwrap_or(account)
    }
}
