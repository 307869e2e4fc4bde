//! Attributes that are known by what their headings mean, as exports call them.

use crate::input::Book;

/// Where the website or mail domain of an account stands.
pub(super) const DOMAIN: &[&str] =
    &["domain", "website", "websiteurl", "webaddress", "url", "companydomain", "companydomainname", "emaildomain"];
/// Where its postal code stands.
pub(super) const POSTAL_CODE: &[&str] = &[
    "postalcode",
    "billingpostalcode",
    "billingzippostalcode",
    "zip",
    "zipcode",
    "zippostalcode",
    "address1zippostalcode",
    "shippingpostalcode",
];
/// Where its city stands.
pub(super) const CITY: &[&str] = &["city", "billingcity", "address1city", "shippingcity"];
/// Where its state stands.
pub(super) const STATE: &[&str] =
    &["state", "stateregion", "billingstate", "billingstateprovince", "billingstatecode", "address1stateprovince"];
/// Where its country stands.
pub(super) const COUNTRY: &[&str] =
    &["country", "countryregion", "billingcountry", "billingcountrycode", "address1countryregion"];
/// Where the day of its last activity stands.
pub(super) const LAST_ACTIVITY: &[&str] =
    &["lastactivity", "lastactivitydate", "noteslastupdated", "lastcontacted", "noteslastcontacted"];

/// The first attribute with a value for each account that has one of these headings, whatever their case and what
/// stands between their words: its own heading, and its values.
pub(super) fn find<'a>(book: &'a Book, headings: &[&str]) -> Option<(&'a str, &'a [String])> {
    let fits = |name: &str| headings.contains(&normal(name).as_str());
    let known = book.attributes.iter().filter(|column| column.values.len() == book.account_ids.len());
    known.into_iter().find(|column| fits(&column.name)).map(|column| (column.name.as_str(), column.values.as_slice()))
}

/// Whether findings about the data look at an attribute with this heading, so that a reader of a large file knows what to
/// keep. States and countries tell accounts apart only beside cities.
pub fn looks_at(heading: &str, has_city: bool) -> bool {
    let normal = normal(heading);
    let alone = [DOMAIN, POSTAL_CODE, CITY, LAST_ACTIVITY];
    let beside = [STATE, COUNTRY].into_iter().filter(|_| has_city);
    alone.into_iter().chain(beside).any(|known| known.contains(&normal.as_str()))
}

/// Whether findings about the data take a heading for that of cities.
pub fn is_city(heading: &str) -> bool {
    CITY.contains(&normal(heading).as_str())
}

fn normal(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
