//! What a heading can mean.

/// What a column is by its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Known {
    /// The account's id.
    AccountId,
    /// The account's name.
    Name,
    /// The account's parent, by id or by name.
    Parent,
    /// Who owns the account now, in one of the forms that exports give.
    Owner(OwnerForm),
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
    /// An amount that the words of the trade name; balanced by default.
    Amount(&'static str),
    /// A number that is known and never balanced by itself.
    Number(&'static str),
    /// The currency of the row's amounts.
    Currency,
    /// The day something last happened.
    LastActivity,
    /// A website or domain.
    Website,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number of the account's that is no id of its record.
    AccountNumber,
    /// A code, such as that of an industry.
    Code,
    /// Whether the account is deleted or archived.
    Deleted,
    /// Whether the account is active, among other things that a status says.
    Status,
    /// Whether the owner is active; `false`: whether it is not.
    OwnerActive(bool),
}

/// How a column names an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum OwnerForm {
    /// By the id of a user.
    Id,
    /// By name.
    Name,
    /// By e-mail address or login.
    Email,
    /// By a short name.
    Alias,
}

impl Known {
    /// The name that plan files use; `None`: the heading itself.
    pub(crate) fn own_name(self) -> Option<&'static str> {
        Some(match self {
            Known::AccountId => "account_id",
            Known::Name => "name",
            Known::Parent => "parent_account_id",
            Known::Owner(_) => "current_owner",
            Known::Latitude => "latitude",
            Known::Longitude => "longitude",
            Known::Street => "street",
            Known::City => "city",
            Known::State => "state",
            Known::Country => "country",
            Known::PostalCode => "postal_code",
            Known::Amount(name) | Known::Number(name) => name,
            Known::Currency
            | Known::LastActivity
            | Known::Website
            | Known::Email
            | Known::Phone
            | Known::AccountNumber
            | Known::Code
            | Known::Deleted
            | Known::Status
            | Known::OwnerActive(_) => return None,
        })
    }

    /// Whether one column alone can be it, so that of two one has to be chosen.
    pub(crate) fn is_single(self) -> bool {
        self.own_name().is_some()
    }

    /// Whether it says where an account is.
    pub(crate) fn is_place(self) -> bool {
        matches!(
            self,
            Known::Latitude
                | Known::Longitude
                | Known::Street
                | Known::City
                | Known::State
                | Known::Country
                | Known::PostalCode
        )
    }

    /// Whether it is a number of things, and not of money.
    pub(crate) fn is_count(self) -> bool {
        matches!(self, Known::Number("employees") | Known::Amount("lead_volume" | "opportunities" | "score"))
    }

    /// Whether it counts or measures something.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Known::Amount(_) | Known::Number(_))
    }
}
