//! A number type for each kind of thing.

/// A number of one kind of thing.
pub(crate) trait Number: Copy + Eq + Ord {
    /// From a place in a list. Lists are shorter than 2^32: the limits on accounts, leaves and rules see to it.
    fn new(place: usize) -> Self;
    /// The place in the list.
    fn get(self) -> usize;
}

macro_rules! numbers {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u32);

        impl Number for $name {
            #[inline]
            fn new(place: usize) -> $name {
                debug_assert!(u32::try_from(place).is_ok(), "lists are shorter than 2^32");
                $name(place as u32)
            }

            #[inline]
            fn get(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

numbers! {
    /// An account, in the order of the book; in a part of a problem, in the order of the part's units.
    AccountIndex;
    /// A unit: accounts that move as one. Units are in the order of their first accounts' ids, whatever the order of the
    /// book.
    UnitIndex;
    /// A rule, in the order of the request; in a problem cut down to some rules, in the order of those.
    RuleIndex;
    /// A measure of a problem: `account_count` is 0, then those that the request names, then the counts that mix makes.
    MeasureIndex;
    /// A node of the split tree, in tree order: the root is 0, every node comes before its children, and those of one
    /// subtree follow one another.
    NodeIndex;
    /// A leaf: a node without children, counted among those alone, from left to right. Leaves of one subtree follow one
    /// another.
    LeafIndex;
    /// A tier, the most important first.
    TierIndex;
    /// A row, soft ones first.
    RowIndex;
    /// A group of soft rows: one criterion, one measure, one level. Its rows follow one another.
    GroupIndex;
    /// A budget: a limit on what all units together add by going where they go.
    BudgetIndex;
    /// A row or a budget where both are limits on a sum over all units: all rows first, then all budgets.
    LineIndex;
    /// A load: what rows and budgets count, by unit. Every measure has one, and what a rule counts that is no measure
    /// has one of its own.
    LoadIndex;
}

impl NodeIndex {
    /// The root.
    pub const ROOT: NodeIndex = NodeIndex(0);
}

impl TierIndex {
    /// The most important one; of a problem without tiers the one that nothing is counted in.
    pub const FIRST: TierIndex = TierIndex(0);
}

impl MeasureIndex {
    /// The count of accounts, which every problem has.
    pub const ACCOUNT_COUNT: MeasureIndex = MeasureIndex(0);
}
