//! Accounts that are likely in the book twice: the same name, but for how it is written, at the same domain or place.
//! Only accounts of one name are compared, so that a million take about a second.

use super::column::{CITY, COUNTRY, DOMAIN, POSTAL_CODE, STATE, find as column};
use super::seen::{Odd, Rows, Seen, first_of, odd};
use crate::counting::{is, many};
use crate::finding::Code;
use crate::input::Book;
use crate::problem::accounts::shown;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What companies add to their names to say what they are in law; words without dots, in lower case. Those of several
/// words are gone when each of their words is.
const LEGAL_FORMS: &[&str] = &[
    "inc",
    "incorporated",
    "llc",
    "llp",
    "lp",
    "ltd",
    "limited",
    "corp",
    "corporation",
    "co",
    "company",
    "plc",
    "pllc",
    "pc",
    "gmbh",
    "mbh",
    "ag",
    "kg",
    "kgaa",
    "ug",
    "ohg",
    "ev",
    "se",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "sl",
    "slu",
    "bv",
    "nv",
    "cv",
    "ab",
    "as",
    "asa",
    "aps",
    "oy",
    "oyj",
    "pty",
    "pvt",
    "pte",
    "kk",
    "sro",
    "doo",
    "ltda",
    "eireli",
    "and",
];
/// Words before a name that say nothing.
const ARTICLES: &[&str] = &["the"];
/// What an empty field is filled with.
const PLACEHOLDERS: &[&str] = &["", "#n/a", "n/a", "na", "none", "null", "unknown", "-", "."];

/// A way in which two accounts of one name are at one place.
struct Sameness<'a> {
    /// The columns it is told by.
    columns: Vec<(&'a str, &'a [String])>,
    /// The part of a value that counts.
    read: fn(&str) -> String,
}

/// Groups of accounts that are likely one.
pub(super) fn find(seen: &Seen<'_>) -> Option<Odd> {
    let book = seen.book;
    if book.names.len() != book.account_ids.len() {
        return None;
    }
    let ways = ways(book);
    let mut named: Vec<(u64, usize)> = Vec::with_capacity(if ways.is_empty() { 0 } else { book.names.len() });
    let mut normal = String::new();
    for (account, name) in book.names.iter().enumerate().filter(|_| !ways.is_empty()) {
        normalise(name, &mut normal);
        if !normal.is_empty() {
            let mut hasher = DefaultHasher::new();
            normal.hash(&mut hasher);
            named.push((hasher.finish(), account));
        }
    }
    named.sort_unstable();
    let mut groups: Vec<Group> = Vec::new();
    for same in named.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        groups.extend(alike(seen, &ways, same));
    }
    groups.sort_unstable_by_key(|group| group.accounts[0]);
    told(book, &groups)
}

/// Accounts that are likely one, ascending, and the heading that says so of the first two.
struct Group {
    accounts: Vec<usize>,
    by: String,
}

fn ways(book: &Book) -> Vec<Sameness<'_>> {
    let domain = column(book, DOMAIN).map(|found| Sameness { columns: vec![found], read: domain_of });
    let postal_code = column(book, POSTAL_CODE).map(|found| Sameness { columns: vec![found], read: postal_code_of });
    let city = column(book, CITY).map(|city| {
        let wider = [STATE, COUNTRY].into_iter().filter_map(|headings| column(book, headings));
        Sameness { columns: std::iter::once(city).chain(wider).collect(), read: text_of }
    });
    [domain, postal_code, city].into_iter().flatten().collect()
}

/// Of accounts whose names have one hash, those that are alike.
fn alike(seen: &Seen<'_>, ways: &[Sameness<'_>], same: &[(u64, usize)]) -> Vec<Group> {
    let book = seen.book;
    // For each account an earlier one of its group, by its number in `same`; the first is its own.
    let mut earlier: Vec<usize> = (0..same.len()).collect();
    let mut by: Vec<Option<&str>> = vec![None; same.len()];
    let mut first: HashMap<(usize, String), usize> = HashMap::new();
    let mut name = String::new();
    for (number, &(_, account)) in same.iter().enumerate() {
        normalise(&book.names[account], &mut name);
        for (way, sameness) in ways.iter().enumerate() {
            let Some(key) = sameness.key(account) else { continue };
            let at = *first.entry((way, format!("{name}\0{key}"))).or_insert(number);
            let (a, b) = (first_in(&mut earlier, at), first_in(&mut earlier, number));
            if a != b {
                earlier[a.max(b)] = a.min(b);
                by[a.min(b)] = by[a.min(b)].or(Some(sameness.columns[0].0));
            }
        }
    }
    let of = (0..same.len()).map(|number| (first_in(&mut earlier, number), same[number].1));
    let mut members: Vec<(usize, usize)> = of.collect();
    members.sort_unstable();
    let groups = members.chunk_by(|a, b| a.0 == b.0).map(|members| {
        let accounts: Vec<usize> = members.iter().map(|&(_, account)| account).collect();
        // Whoever joined them by parent knows of both.
        let known =
            |account: &usize| seen.parents[*account].is_some_and(|parent| accounts.binary_search(&parent).is_ok());
        let accounts: Vec<usize> = accounts.iter().copied().filter(|account| !known(account)).collect();
        Group { accounts, by: by[members[0].0].unwrap_or_default().to_owned() }
    });
    groups.filter(|group| group.accounts.len() > 1).collect()
}

/// The first account of a group; the way there is made shorter.
fn first_in(earlier: &mut [usize], number: usize) -> usize {
    let mut at = number;
    while earlier[at] != at {
        earlier[at] = earlier[earlier[at]];
        at = earlier[at];
    }
    at
}

impl Sameness<'_> {
    /// What two accounts have in common; `None` where the first column is empty.
    fn key(&self, account: usize) -> Option<String> {
        let mut parts = self.columns.iter().map(|(_, values)| (self.read)(&values[account]));
        let first = parts.next().filter(|first| !PLACEHOLDERS.contains(&first.as_str()))?;
        Some(parts.fold(first, |key, part| key + "\0" + &part))
    }
}

fn told(book: &Book, groups: &[Group]) -> Option<Odd> {
    let id = |account: usize| shown(&book.account_ids[account]);
    let first = first_of(groups.iter().map(|group| {
        let [a, b] = [group.accounts[0], group.accounts[1]];
        format!("{} {} and {} {} by {}", id(a), shown(&book.names[a]), id(b), shown(&book.names[b]), group.by)
    }));
    let mut rows: Rows = Vec::new();
    for group in groups {
        for &account in &group.accounts {
            let other = if account == group.accounts[0] { group.accounts[1] } else { group.accounts[0] };
            rows.push((account, format!("like {} by {}", book.account_ids[other], group.by).into()));
        }
    }
    rows.sort_unstable_by_key(|(account, _)| *account);
    let message = format!(
        "{} {} likely the same as another, {} in all without their doubles: one name but for case, punctuation and legal form, at one domain or place (first: {first})",
        many(rows.len(), "account"),
        is(rows.len()),
        groups.len()
    );
    odd(
        Code::AccountDuplicate,
        "name",
        rows,
        message,
        "merge them, or join them by parent_account_id so that they move as one",
    )
}

/// Puts into `normal` the words of a name in lower case, without articles before and legal forms behind; a name that is
/// nothing else stays.
fn normalise(name: &str, normal: &mut String) {
    normal.clear();
    for c in name.chars() {
        match c {
            // L.L.C. and d'Or are one word each.
            '.' | '\'' | '’' => {}
            '&' | '+' => normal.push_str(" and "),
            c if c.is_alphanumeric() => normal.extend(c.to_lowercase()),
            _ => normal.push(' '),
        }
    }
    let words: Vec<&str> = normal.split_whitespace().collect();
    let start = words.iter().take_while(|word| ARTICLES.contains(word)).count();
    let behind = words.iter().rev().take_while(|word| LEGAL_FORMS.contains(word)).count();
    let kept = words.get(start..words.len() - behind).filter(|kept| !kept.is_empty()).unwrap_or(&words);
    let joined = kept.join(" ");
    *normal = joined;
}

/// The host of an address, without `www.`; of an e-mail address what stands behind the `@`.
fn domain_of(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let host = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or(host);
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host);
    host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.').to_owned()
}

/// A postal code without spaces; of an American one the first five digits, with the zeros that a spreadsheet took.
fn postal_code_of(text: &str) -> String {
    let code: String = text.chars().filter(|c| c.is_alphanumeric() || *c == '-').flat_map(char::to_lowercase).collect();
    let zip = code.split('-').next().unwrap_or_default();
    match zip.bytes().all(|byte| byte.is_ascii_digit()) && !zip.is_empty() {
        true if code.len() == 9 && code == zip => code[..5].to_owned(),
        true => format!("{zip:0>5}"),
        false => code.replace('-', ""),
    }
}

/// Words in lower case.
fn text_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(name: &str) -> String {
        let mut normal = String::new();
        normalise(name, &mut normal);
        normal
    }

    #[test]
    fn names_are_told_apart_by_what_they_say() {
        for (a, b) in [
            ("Acme, Inc.", "ACME LLC"),
            ("The Acme Company", "Acme Co"),
            ("Müller GmbH & Co. KG", "müller"),
            ("Smith & Sons Ltd", "SMITH AND SONS, L.L.C."),
            ("L'Oréal S.A.", "LOréal"),
            ("A-B  C", "a b c"),
        ] {
            assert_eq!(normal(a), normal(b), "{a} and {b}");
        }
        for (a, b) in [("Acme East", "Acme West"), ("Acme 1", "Acme 2"), ("Inc", "Co"), ("Acme", "Acmé")] {
            assert_ne!(normal(a), normal(b), "{a} and {b}");
        }
        assert_eq!(normal("The Company"), "the company");
        assert_eq!(normal(" .,- "), "");
    }

    #[test]
    fn domains_and_postal_codes_are_read_through_what_surrounds_them() {
        for text in ["acme.com", "https://www.Acme.com/about?x", "WWW.acme.com.", "info@acme.com", "acme.com:8080"] {
            assert_eq!(domain_of(text), "acme.com", "{text}");
        }
        for (text, code) in [
            ("02139", "02139"),
            ("2139", "02139"),
            ("02139-4307", "02139"),
            ("021394307", "02139"),
            ("SW1A 1AA", "sw1a1aa"),
        ] {
            assert_eq!(postal_code_of(text), code, "{text}");
        }
    }
}
