//! Findings: something wrong or odd in the input, each with a stable code, a place and what to do.

use crate::limits::FINDING_BYTES_MAX;
use std::fmt;
use std::sync::Arc;

/// How bad a finding is. Errors sort first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// No answer until it is mended.
    Error,
    /// An answer is given; somebody should look.
    Warning,
    /// Worth knowing.
    Info,
}

/// Where in the request a finding points.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// The book as a whole.
    Book,
    /// A field of an account (0-based); the field is a column's name, `place.latitude` or the like.
    Account(usize, String),
    /// A path into the request beside its accounts, such as `split.tree.children[2].share`.
    Plan(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Book => write!(f, "accounts"),
            Place::Account(index, field) if field.is_empty() => write!(f, "accounts[{index}]"),
            Place::Account(index, field) => write!(f, "accounts[{index}].{field}"),
            Place::Plan(path) => f.write_str(path),
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What was wrong, the value, what to do.
    pub message: String,
    /// What errors alone have beside it.
    pub beside: Option<Box<Beside>>,
}

/// What an error has beside its message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Beside {
    /// Lines that stand below the message: what was written with a mark where it fails, or a list to choose from.
    pub below: Vec<String>,
    /// Further accounts (0-based) that the error is about, the first of them: whoever knows the lines they stand on can say so.
    pub also: Vec<usize>,
}

fn cut(mut text: String) -> String {
    if text.len() > FINDING_BYTES_MAX {
        text.truncate(text.floor_char_boundary(FINDING_BYTES_MAX));
        text.push('…');
        text.shrink_to_fit();
    }
    text
}

impl Finding {
    /// A finding with the severity its code has.
    /// What is longer than [`FINDING_BYTES_MAX`] is cut.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Finding {
        let place = match place {
            Place::Book => Place::Book,
            Place::Account(account, field) => Place::Account(account, cut(field)),
            Place::Plan(path) => Place::Plan(cut(path)),
        };
        Finding { code, severity: code.severity(), place, message: cut(message.into()), beside: None }
    }

    /// Lines that stand below the message.
    pub fn below(&self) -> &[String] {
        self.beside.as_ref().map_or(&[], |beside| &beside.below)
    }

    /// Further accounts that it is about, the first of them.
    pub fn also(&self) -> &[usize] {
        self.beside.as_ref().map_or(&[], |beside| &beside.also)
    }

    /// The same with lines below its message.
    pub fn with_below(mut self, below: Vec<String>) -> Finding {
        self.beside.get_or_insert_default().below = below;
        self
    }

    /// The same with further accounts that it is about.
    pub fn with_also(mut self, also: &[usize]) -> Finding {
        self.beside.get_or_insert_default().also = also.to_vec();
        self
    }
}

/// The accounts that the finding of a code is about, where it is about many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concerned {
    /// The finding's code.
    pub code: Code,
    /// The accounts (0-based), in the order of the book, each with the value that is odd.
    pub rows: Vec<(usize, Arc<str>)>,
    /// What to do about each.
    pub what_to_do: &'static str,
}

macro_rules! codes {
    ($($variant:ident $text:literal $severity:ident $meaning:literal,)*) => {
        /// The kind of a finding. The text of a code never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the README's index.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The stable text, in snake_case.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// How bad findings of this code are.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }

            /// One line on what it means.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    FileUnreadable "file_unreadable" Error "A file cannot be opened or read.",
    FileSyntax "file_syntax" Error "The file is not well-formed CSV, YAML or JSON.",
    InvalidUtf8 "invalid_utf8" Error "Text is not UTF-8.",
    FileKind "file_kind" Error "The file is no table: a PDF, an old or protected workbook, an archive.",
    FileTooLarge "file_too_large" Error "The file is larger than 4 GiB (a plan file: 64 MiB), or a workbook unpacks to more than is allowed.",
    SheetUnknown "sheet_unknown" Error "The workbook has no sheet of the name that was asked for.",
    SheetsUnread "sheets_unread" Warning "The workbook has further sheets with data, which were not read.",
    EncodingRead "encoding_read" Info "The file is not UTF-8, and was read as UTF-16 or Windows-1252.",
    TextGarbled "text_garbled" Warning "Text looks like UTF-8 that was read as Windows-1252 and saved.",
    NulBytes "nul_bytes" Error "The file holds NUL bytes.",
    DelimiterRead "delimiter_read" Info "Cells are separated by something else than commas, or the first line says by what.",
    QuoteMisplaced "quote_misplaced" Warning "A quoted cell has text behind its closing quote.",
    RowsTitle "rows_title" Info "Rows above the headings were passed over.",
    RowsBlank "rows_blank" Info "Rows of delimiters alone were left out.",
    RowsHeading "rows_heading" Info "Rows that repeat the headings were left out.",
    RowsFooter "rows_footer" Info "Rows that a report prints below its accounts were left out.",
    RowsTotal "rows_total" Info "Rows that sum accounts up were left out.",
    RowsDoubtful "rows_doubtful" Warning "Rows look like totals or footers, and are kept as accounts.",
    RowsShortened "rows_shortened" Warning "Rows lack their last cells in blocks of 16, as Excel writes them; the cells were read as empty.",
    RowsHidden "rows_hidden" Warning "Rows that the sheet hides were read like the others.",
    CellTooLong "cell_too_long" Error "A cell is longer than 1,048,576 bytes.",
    CellOutside "cell_outside" Warning "A sheet has cells beside its table, where there is no heading.",
    CellsMerged "cells_merged" Info "Cells of a sheet that are merged over several rows were read into each of them.",
    FormulaEmpty "formula_empty" Warning "Formulas of a sheet have no stored value, and were read as empty.",
    BookEmpty "book_empty" Error "There are no accounts.",
    ColumnMissing "column_missing" Error "The accounts have no column with their ids.",
    ColumnDuplicate "column_duplicate" Error "Two columns have the same name or mean the same.",
    ColumnAmbiguous "column_ambiguous" Warning "Several columns could mean the same; the finding names the one that is used.",
    ColumnNotUsed "column_not_used" Warning "A heading looks as if it told an owner, a parent or an id, and is not used for it.",
    ColumnNotAmount "column_not_amount" Warning "A heading names an amount and the values are none; the column is not balanced.",
    ColumnNearlyNumeric "column_nearly_numeric" Warning "Most values of a column are numbers and some are not; it is text and no measure.",
    AddressFallback "address_fallback" Info "A part of the address is read from the other address, such as that of deliveries.",
    RowLength "row_length" Error "A row has more or fewer fields than the heading.",
    FieldTooLong "field_too_long" Error "A field is longer than 4,096 bytes (an id: 256).",
    ColumnsTooMany "columns_too_many" Error "A file has more than 4,096 columns.",
    NumberSyntax "number_syntax" Error "A value that must be a number is none.",
    NumberNotFinite "number_not_finite" Error "A number is NaN or infinite.",
    NumberOutOfRange "number_out_of_range" Error "A number lies outside the range its field allows.",
    AmountNegative "amount_negative" Error "Amounts of a measure that is used are below 0.",
    NegativesZeroed "negatives_zeroed" Warning "Amounts below 0 count as 0, as the plan asks.",
    AmountFractional "amount_fractional" Error "An amount has more decimals than its measure.",
    AmountPlaceholder "amount_placeholder" Warning "Texts such as #N/A stand for no amount and count as 0.",
    AmountAmbiguous "amount_ambiguous" Warning "Whether a point or a comma is the decimal mark of a column was guessed.",
    AmountLocaleMixed "amount_locale_mixed" Error "Amounts of one column have different decimal marks.",
    AmountInexact "amount_inexact" Warning "Amounts have more than 6 decimals, an exponent or a suffix such as K; digits were lost.",
    CurrencyUnknown "currency_unknown" Error "An amount is in a currency that is not known.",
    CurrencyMixed "currency_mixed" Warning "A column holds amounts in several currencies; it is no measure.",
    AmountTooLarge "amount_too_large" Error "An amount is above 2^63 - 1 whole units.",
    MeasureSumTooLarge "measure_sum_too_large" Error "The sum of a measure over the book is above 2^63 - 1.",
    AccountIdMissing "account_id_missing" Error "An account has no id.",
    AccountIdDuplicate "account_id_duplicate" Error "Two accounts have the same id.",
    IdsOfTwoForms "ids_of_two_forms" Info "Salesforce ids of 15 and of 18 characters are mixed; they match by their first 15.",
    IdsMangled "ids_mangled" Error "A spreadsheet made ids into numbers such as 9.00012E+09; several of them may be one now.",
    IdsDifferInCase "ids_differ_in_case" Info "Ids differ in upper and lower case alone, which spreadsheets do not tell apart.",
    AccountsDeleted "accounts_deleted" Warning "A column says that accounts are deleted or archived; they are left out.",
    AccountsInactive "accounts_inactive" Warning "A column says that accounts are inactive; they are carved like the others.",
    LatitudeOutOfRange "latitude_out_of_range" Error "A latitude is not between -90 and 90.",
    LongitudeOutOfRange "longitude_out_of_range" Error "A longitude is not between -180 and 180.",
    PlaceIncomplete "place_incomplete" Warning "An account has a latitude or a longitude but not both.",
    PlaceMissing "place_missing" Warning "Some accounts have no place; they have no say in compactness.",
    PlaceZero "place_zero" Warning "Accounts are at latitude 0, longitude 0, which stands for an empty place in many exports.",
    PlaceErrorInvalid "place_error_invalid" Error "A place's typical error is not between 0 and 20,000 km, or is given of an anchor or a home.",
    PlaceFromPostalCode "place_from_postal_code" Info "Accounts without coordinates are placed by ZIP, ZIP3, town, state or country; coarse places weigh less.",
    PostalCodeContradictsState "postal_code_contradicts_state" Warning "ZIPs lie in other states than the accounts say; which was believed is said.",
    PostalCodeAmbiguous "postal_code_ambiguous" Warning "Numbers that could be ZIPs are not read as such, as nothing says that these accounts are in the US.",
    AddressUnknown "address_unknown" Warning "Accounts have an address, but nothing in it is known; they have no place.",
    PlaceSwapped "place_swapped" Warning "Coordinates are in the account's state or country only with latitude and longitude swapped, or a sign turned.",
    PlaceOutsideCountry "place_outside_country" Warning "Coordinates are far from every town of the account's country.",
    PlaceOutsideState "place_outside_state" Warning "Coordinates are far from every town of the account's state.",
    PlacesAllEqual "places_all_equal" Warning "All accounts are at one point; compactness cannot tell territories apart.",
    ParentUnknown "parent_unknown" Warning "Parents are not in the book; the accounts that name them stand by themselves.",
    ParentSelf "parent_self" Info "Accounts name themselves as their parent; they have none.",
    ParentByName "parent_by_name" Info "Parents are told by the names of accounts.",
    ParentAmbiguous "parent_ambiguous" Warning "A parent is told by a name that several accounts have; the account stands by itself.",
    ParentCycle "parent_cycle" Error "Parents form a circle.",
    OwnerNobody "owner_nobody" Info "Owners such as #N/A, Unassigned or a queue are nobody; their accounts are free.",
    OwnerSpellings "owner_spellings" Info "One owner is written in several ways; white space and case make no other owner.",
    OwnerNoSeller "owner_no_seller" Warning "An owner looks like a program, a house account or somebody who left, and no seller.",
    OwnerInactive "owner_inactive" Warning "A column says that owners are no longer active; their accounts are free.",
    StartUnknown "start_unknown" Warning "Accounts are to start at what is no node of the plan; they start where their owner is.",
    OwnerUnknown "owner_unknown" Warning "Current owners are no territory of the plan; their accounts are free to move.",
    AccountDuplicate "account_duplicate" Warning "Accounts have the same name, but for case and legal form, and the same domain or place.",
    FamilySplit "family_split" Info "Families that move whole have accounts of more than one owner today.",
    AccountStale "account_stale" Warning "Accounts have nothing sold, nothing open and no activity since the day asked for.",
    ActivityMissing "activity_missing" Warning "Stale accounts are asked for and no column says when an account's last activity was.",
    MeasureUnknown "measure_unknown" Error "The plan names a measure that the accounts do not have.",
    MeasureDuplicate "measure_duplicate" Error "A measure is defined twice.",
    MeasureAllZero "measure_all_zero" Warning "A measure is 0 on every account; it cannot be balanced and is left out.",
    MeasureInvalid "measure_invalid" Error "A measure is counted and derived at once, or its decimals or unit are out of range.",
    MeasuresTooMany "measures_too_many" Error "More than 16 measures.",
    AttributeUnknown "attribute_unknown" Error "The plan names an attribute that the accounts do not have.",
    AttributeValuesTooMany "attribute_values_too_many" Error "A mix attribute has more than 32 different values.",
    FilterSyntax "filter_syntax" Error "A filter is not well-formed CEL.",
    FilterType "filter_type" Error "A filter names an unknown field or does not give true or false.",
    ExpressionSyntax "expression_syntax" Error "An expression is not well-formed CEL.",
    ExpressionType "expression_type" Error "An expression names an unknown field or does not give a number.",
    FormulaTooLarge "formula_too_large" Error "A filter or an expression is too long, nests too deep, walks lists in lists, or costs too much at an account.",
    FormulasTooCostly "formulas_too_costly" Error "Filters and expressions take more than 2,000,000,000 steps over all accounts.",
    ReadingStopped "reading_stopped" Error "The time was over, or nobody waited any more, before all of the request was read.",
    AccountsTooMany "accounts_too_many" Error "More than 2,000,000 accounts.",
    FieldUnknown "field_unknown" Error "A plan file has a field that the contract does not know.",
    FieldType "field_type" Error "A plan file has a value of the wrong type.",
    SplitMissing "split_missing" Error "No shape to carve into: no split, and no current owners to take seats from.",
    SplitEmpty "split_empty" Error "The shape has no territories.",
    NodeIdMissing "node_id_missing" Error "A node or seat has no id.",
    NodeIdDuplicate "node_id_duplicate" Error "Two nodes or seats have the same id.",
    NodeUnknown "node_unknown" Error "The plan names a node that is not in the tree.",
    NodeNotSplit "node_not_split" Error "A rule speaks of the split of a node that has no two children.",
    ChildrenTooMany "children_too_many" Error "A split has more than ten children.",
    LevelsTooMany "levels_too_many" Error "The tree has more than six levels below the root.",
    LeavesTooMany "leaves_too_many" Error "The tree has more than 1,024 leaves.",
    ShareInvalid "share_invalid" Error "A share, capacity or ramp is not above 0 and finite.",
    PoolInvalid "pool_invalid" Error "A seat or leaf outside the balance has a share, a capacity, a ramp or a home, does not hang right below the root, leaves none in the balance, or is asked for accounts (min) without a max.",
    ShareDisagrees "share_disagrees" Info "A node's share is not the sum of its children's; its own holds.",
    StagesInvalid "stages_invalid" Error "Stage counts do not increase, or the current count is not one of them.",
    SeatUnknown "seat_unknown" Error "A covering seat is not among the seats or is the seat itself, or a rule's seat covers nobody.",
    DateInvalid "date_invalid" Error "A start date is not an ISO 8601 date.",
    TiersTooMany "tiers_too_many" Error "More than 16 tiers.",
    CriteriaTooMany "criteria_too_many" Error "A tier has more than 64 criteria.",
    LimitsTooMany "limits_too_many" Error "Criteria and rules set more than 500,000 limits at nodes, or pick or count more than 200,000,000 accounts.",
    TierEmpty "tier_empty" Error "A tier has no criteria.",
    CriterionEmpty "criterion_empty" Error "A criterion has no kind.",
    ToleranceInvalid "tolerance_invalid" Error "A tolerance is negative or not finite.",
    WeightInvalid "weight_invalid" Error "A weight is not from 0.000001 to 1,000,000.",
    GiveBackInvalid "give_back_invalid" Error "A give-back is negative or not finite.",
    ContinuityWithoutOwners "continuity_without_owners" Warning "Continuity is asked for and no account has an owner in the plan.",
    IncumbentWithoutSplits "incumbent_without_splits" Warning "What incumbents keep is asked for and no later stage splits a territory.",
    CompactnessWithoutPlaces "compactness_without_places" Warning "Compactness is asked for and no account has a place.",
    RulesTooMany "rules_too_many" Error "More than 10,000 rules.",
    RuleIdMissing "rule_id_missing" Error "A rule has no id.",
    RuleIdDuplicate "rule_id_duplicate" Error "Two rules have the same id.",
    RuleEmpty "rule_empty" Error "A rule has no kind, no accounts, no nodes or no limit.",
    RuleAccountUnknown "rule_account_unknown" Error "A rule names an account that is not in the book.",
    RuleMatchesNothing "rule_matches_nothing" Warning "A rule's filter matches no account.",
    RuleLimitInvalid "rule_limit_invalid" Error "A rule's limit is negative, above 1 as a share, doubled, its min is above its max, or it has more decimals than its measure.",
    RuleSumTooLarge "rule_sum_too_large" Error "A measure's sum times the denominator of a rule's share is above 2^63 - 1.",
    OptionInvalid "option_invalid" Error "An option is outside its range.",
    OptionUnused "option_unused" Warning "An option asks for something that the plan has nothing of.",
    AssignmentInvalid "assignment_invalid" Error "A given plan lacks an account, doubles it, or names one or a leaf that is unknown.",
    CaseInvalid "case_invalid" Error "Cases to compare are fewer than 2 or more than 16, have one name, say nothing, or bring accounts of their own.",
    AssignmentsDiffer "assignments_differ" Warning "A list of assignments, or an answer, has other accounts than the book, or names them otherwise.",
    TerritoryUnknown "territory_unknown" Warning "A list of assignments names somebody who is no territory of the plan.",
    AnchorUnknown "anchor_unknown" Error "A given anchor is for a node that is no leaf and counts no distance.",
    WhaleFound "whale_found" Info "A unit is too large for a fair share; the imbalance it forces is named.",
    FlagInvalid "flag_invalid" Error "A value on the command line cannot be read, or contradicts another one.",
    SeatsTooFew "seats_too_few" Error "Fewer seats are asked for than there are owners and named seats.",
    OwnerNotFound "owner_not_found" Error "Somebody who is to be dropped owns no account and has no seat.",
    OwnerAmbiguous "owner_ambiguous" Error "A name on the command line or in a seats file is that of several sellers.",
    HomeFromName "home_from_name" Info "A seat's home is told by a ZIP, a town or a state.",
    SeatWithoutAccounts "seat_without_accounts" Warning "A filled seat of a seats file owns no account today.",
    SeatColumnUnused "seat_column_unused" Warning "A seats file has columns that say nothing carve knows.",
    PreviousDiffers "previous_differs" Info "The earlier answer has other accounts than the book.",
    FewerAccountsThanTerritories "fewer_accounts_than_territories" Warning "There are fewer units than territories; some stay empty.",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
