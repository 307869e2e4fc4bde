//! How the columns of the accounts were read: said in every answer, so that nothing is taken or dropped in silence.

/// How a column was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Its heading as it stands in the file; over the wire the name of the measure or attribute.
    pub heading: String,
    /// Its number in the file, from 1; 0: it is not from a file.
    pub number: u32,
    /// What it was taken for.
    pub meaning: Meaning,
    /// What plan files and filters call it; empty: they cannot speak of it.
    pub name: String,
    /// What its amounts are counted in, such as USD; empty: not known, or no amounts.
    pub unit: String,
    /// Decimals of its amounts.
    pub decimals: u8,
    /// Cells with a value that was taken.
    pub value_count: u64,
    /// Cells without one, those with text such as `#N/A` included.
    pub empty_count: u64,
    /// Cells with a value that does not fit what the column was taken for.
    pub unfit_count: u64,
    /// The first of these.
    pub unfit_examples: Vec<String>,
    /// Whether it is balanced where no tiers are given.
    pub balanced_by_default: bool,
    /// What else is worth knowing, in a few words.
    pub detail: String,
    /// What tiers, rules and measures use it for, such as `mix` or `rule r1`. Empty: none names it.
    pub used_for: Vec<String>,
}

/// What a column was taken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meaning {
    /// Nothing: another column was taken in its place, or it is empty.
    #[default]
    Unused,
    /// The accounts' ids.
    AccountId,
    /// The accounts' names.
    Name,
    /// Parents.
    Parent,
    /// Who owns the accounts now.
    CurrentOwner,
    /// What the owners are called beside their ids.
    OwnerLabel,
    /// Degrees north.
    Latitude,
    /// Degrees east.
    Longitude,
    /// Street and house number.
    Street,
    /// City.
    City,
    /// State, province or region.
    State,
    /// Country.
    Country,
    /// ZIP or postal code.
    PostalCode,
    /// Amounts.
    Measure,
    /// The currency of amounts.
    Currency,
    /// Text that filters and mix criteria can use.
    Attribute,
    /// Yes or no, as text.
    Flag,
    /// Days, as text.
    Date,
    /// Percentages, as text.
    Percentage,
    /// Websites, e-mail addresses, telephone numbers and the like, as text.
    Contact,
    /// Codes and other numbers that measure nothing.
    Code,
}

impl Meaning {
    /// Every meaning.
    pub const ALL: [Meaning; 21] = [
        Meaning::Unused,
        Meaning::AccountId,
        Meaning::Name,
        Meaning::Parent,
        Meaning::CurrentOwner,
        Meaning::OwnerLabel,
        Meaning::Latitude,
        Meaning::Longitude,
        Meaning::Street,
        Meaning::City,
        Meaning::State,
        Meaning::Country,
        Meaning::PostalCode,
        Meaning::Measure,
        Meaning::Currency,
        Meaning::Attribute,
        Meaning::Flag,
        Meaning::Date,
        Meaning::Percentage,
        Meaning::Contact,
        Meaning::Code,
    ];
}
