//! Headings without what differs between spellings of one and the same.

use crate::columns::cell::currency::{self, Currency};

/// A heading taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// The whole heading.
    pub whole: String,
    /// Without units and the mark of converted amounts.
    pub bare: String,
    /// Also without the path to the object, such as `Account.`.
    pub inner: String,
    /// Also without years, quarters and words such as total.
    pub timeless: String,
    /// The unit it names.
    pub unit: Option<Currency>,
    /// Whether it says that its amounts were converted to one currency.
    pub converted: bool,
}

/// Words in parentheses that say that amounts were converted to one currency.
const CONVERTED: [&str; 7] =
    ["converted", "base", "konvertiert", "umgerechnet", "converti", "convertido", "convertida"];
/// Objects that paths of Salesforce and Pipedrive begin with.
const OBJECTS: [&str; 9] = [
    "account.",
    "account:",
    "accounts.",
    "company:",
    "organization - ",
    "organisation - ",
    "company - ",
    "account - ",
    "companies.",
];
/// Words that say when or how, and not what.
const TIMELESS: &[&str] = &[
    "total",
    "sum",
    "of",
    "current",
    "ytd",
    "ttm",
    "ltm",
    "ly",
    "py",
    "cy",
    "lastyear",
    "prioryear",
    "previousyear",
    "thisyear",
    "lastfy",
    "priorfy",
    "previousfy",
    "thisfy",
    "lastquarter",
    "thisquarter",
    "alltime",
    "gesamt",
    "in",
    "account",
];

impl Parts {
    pub(super) fn of(heading: &str) -> Parts {
        let heading = without_custom_ending(heading.trim());
        let (bare, unit, converted) = without_units(heading);
        let lower = bare.to_lowercase();
        let inner = OBJECTS
            .iter()
            .find_map(|object| Some(&bare[lower.strip_prefix(object).map(|rest| bare.len() - rest.len())?..]));
        let inner = inner.filter(|_| lower.len() == bare.len()).unwrap_or(&bare);
        // Fields of a package have its name before theirs.
        let inner = inner.rsplit_once("__").map_or(inner, |(_, field)| field);
        Parts {
            whole: normal(heading),
            timeless: timeless(inner),
            inner: normal(inner),
            bare: normal(&bare),
            unit,
            converted,
        }
    }
}

/// Lower case, letters without accents, and nothing but letters, digits and `#`.
pub(crate) fn normal(heading: &str) -> String {
    let mut normal = String::with_capacity(heading.len());
    for c in heading.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => normal.push('a'),
            'è' | 'é' | 'ê' | 'ë' => normal.push('e'),
            'ì' | 'í' | 'î' | 'ï' => normal.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => normal.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => normal.push('u'),
            'ç' => normal.push('c'),
            'ñ' => normal.push('n'),
            'ß' => normal.push_str("ss"),
            'œ' => normal.push_str("oe"),
            '#' => normal.push('#'),
            '%' => normal.push_str("percent"),
            c if c.is_alphanumeric() => normal.push(c),
            _ => {}
        }
    }
    normal
}

/// Fields that customers add to Salesforce end in `__c`, of a package in `__pc`; relations in `__r`.
fn without_custom_ending(heading: &str) -> &str {
    let ending = ["__c", "__C", "__pc", "__r"].iter().find_map(|ending| heading.strip_suffix(ending));
    ending.unwrap_or(heading)
}

/// What a heading of a database says behind its last `_`: the currency of an amount, or that it was converted (`None`).
pub(super) fn behind_underscore(heading: &str) -> Option<(&str, Option<Currency>)> {
    /// Codes that are no word of a heading, unlike `all` or `top`.
    const CODES: [&str; 16] = [
        "usd", "eur", "gbp", "cad", "aud", "nzd", "chf", "jpy", "brl", "inr", "mxn", "sek", "nok", "dkk", "pln", "sgd",
    ];
    let (before, ending) = without_custom_ending(heading.trim()).rsplit_once('_')?;
    match ending.to_lowercase().as_str() {
        "base" | "converted" => Some((before, None)),
        code if CODES.contains(&code) => Some((before, Some(currency::known(code)?))),
        _ => None,
    }
}

/// The heading without units and `(converted)`, the unit, and whether it was converted.
fn without_units(heading: &str) -> (String, Option<Currency>, bool) {
    let mut rest = heading.trim_end().to_owned();
    let (mut unit, mut converted) = (None, false);
    loop {
        let close = rest.chars().next_back();
        let open = match close {
            Some(')') => rest.rfind('('),
            Some(']') => rest.rfind('['),
            _ => None,
        };
        let Some(open) = open.filter(|at| *at > 0) else { break };
        let inside = rest[open + 1..rest.len() - 1].trim().to_owned();
        if CONVERTED.contains(&inside.to_lowercase().as_str()) {
            converted = true;
        } else if let Some(found) = currency::large(&inside).or_else(|| unit_of(&inside)) {
            unit = Some(found);
        } else {
            break;
        }
        rest.truncate(open);
        rest.truncate(rest.trim_end().len());
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    if let [first @ .., word] = words.as_slice()
        && !first.is_empty()
        && let Some(found) = unit_of(word).filter(|_| !word.chars().any(char::is_lowercase))
    {
        let first = first.strip_suffix(&["in"]).filter(|rest| !rest.is_empty()).unwrap_or(first);
        unit = unit.or(Some(found));
        rest = first.join(" ");
    }
    (rest, unit, converted)
}

/// The currency that a few words name, such as `USD`, `in EUR`, `$` or `USD, thousands`.
fn unit_of(words: &str) -> Option<Currency> {
    let words = words.trim().trim_start_matches("in ").trim();
    let first = words.split([',', ';', ' ']).next().unwrap_or_default();
    currency::known(first).filter(|_| !first.is_empty())
}

/// Without what says when or how.
fn timeless(heading: &str) -> String {
    let mut kept = String::new();
    let words = words(heading);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let pair = words.get(at + 1).map(|next| format!("{word}{next}")).unwrap_or_default();
        if TIMELESS.contains(&pair.as_str()) {
            at += 2;
            continue;
        }
        if !TIMELESS.contains(&word.as_str()) && !is_period(word) {
            kept.push_str(word);
        }
        at += 1;
    }
    kept
}

/// The words of a heading, each as [`normal`] makes it; `ClosedWon2025` has three.
fn words(heading: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in heading.chars() {
        let begins = (c.is_uppercase() && before.is_lowercase()) || (c.is_ascii_digit() && before.is_lowercase());
        if !c.is_alphanumeric() || begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.push(c);
        }
        before = c;
    }
    words.iter().map(|word| normal(word)).filter(|word| !word.is_empty()).collect()
}

/// `2025`, `fy25`, `fy2025`, `q3`, `h1`.
fn is_period(word: &str) -> bool {
    let digits = word.trim_start_matches("fy").trim_start_matches(['q', 'h']);
    let numeric = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let year = digits.parse::<u32>().is_ok_and(|year| (1990..2100).contains(&year));
    word == "fy" || numeric && (year || digits.len() < word.len() && digits.len() <= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_taken_apart() {
        let bare = |heading: &str| Parts::of(heading).bare;
        assert_eq!(normal("Address 1: ZIP/Postal Code"), "address1zippostalcode");
        assert_eq!(normal("Propriétaire du compte"), "proprietaireducompte");
        assert_eq!(bare("Open_Pipeline__c"), "openpipeline");
        assert_eq!(bare("Open Pipeline (USD)"), "openpipeline");
        assert_eq!(bare("Umsatz in EUR"), "umsatz");
        assert_eq!(bare("(Do Not Modify) Account"), "donotmodifyaccount");
        assert_eq!(bare("Geolocation (Latitude)"), "geolocationlatitude");
        let parts = Parts::of("Amount (converted)");
        assert_eq!((parts.bare.as_str(), parts.converted), ("amount", true));
        assert_eq!(Parts::of("Annual Revenue (Base)").bare, "annualrevenue");
        assert_eq!(Parts::of("Account.Owner.Name").inner, "ownername");
        for heading in [
            "FY25 Closed Won",
            "ClosedWon2025",
            "Total Closed Won (USD)",
            "Closed Won Last Year",
            "Closed Won Q3 FY2025",
            "Closed Won Last FY",
            "All Time Closed Won",
        ] {
            assert_eq!(Parts::of(heading).timeless, "closedwon", "{heading}");
        }
        assert_eq!(Parts::of("Revenue Year").timeless, "revenueyear");
        assert_eq!(Parts::of("Open Pipeline ($)").unit, currency::known("$"));
        assert_eq!(Parts::of("ACME__Open_Pipeline__c").inner, "openpipeline");
        assert_eq!(Parts::of("Organization - Owner").inner, "owner");
        assert_eq!(Parts::of("Umsatz (TEUR)").unit, currency::large("TEUR"));
        assert_eq!(behind_underscore("arr_usd"), Some(("arr", currency::known("USD"))));
        assert_eq!(behind_underscore("revenue_base"), Some(("revenue", None)));
        assert_eq!([behind_underscore("select_all"), behind_underscore("arr")], [None, None]);
    }
}
