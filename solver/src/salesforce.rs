//! Ids as Salesforce writes them: 15 characters whose case counts, or 18 that end in what tells the case of the others.

use std::borrow::Cow;

/// Characters of the short form, which two forms of one id share.
pub const SHORT: usize = 15;
/// Characters of the long form.
pub const LONG: usize = 18;
/// What the last three characters of the long form are taken from, five bits each.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
/// What two forms of one id have in common: of a Salesforce id the first 15 characters, of any other the whole.
pub fn key(id: &str) -> &str {
    match id.len() {
        LONG if id.bytes().all(|b| b.is_ascii_alphanumeric()) && ending(&id[..SHORT]) == id.as_bytes()[SHORT..] => {
            &id[..SHORT]
        }
        _ => id,
    }
}

/// Whether the text has the form of a Salesforce id.
pub fn is_id(id: &str) -> bool {
    let alphanumeric = || id.bytes().all(|b| b.is_ascii_alphanumeric());
    match id.len() {
        SHORT => alphanumeric() && id.as_bytes()[0] == b'0' && id.bytes().any(|b| b.is_ascii_alphabetic()),
        LONG => key(id).len() == SHORT,
        _ => false,
    }
}

/// The long form of an id of 15 characters; any other text as it is.
pub fn long(id: &str) -> Cow<'_, str> {
    match id.len() == SHORT && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        true => Cow::Owned(id.chars().chain(ending(id).map(char::from)).collect()),
        false => Cow::Borrowed(id),
    }
}

/// The last three characters of the long form: in each, which of five characters are upper case.
fn ending(short: &str) -> [u8; 3] {
    let mut ending = [0; 3];
    for (of, part) in ending.iter_mut().zip(short.as_bytes().chunks(5)) {
        let bits = part.iter().enumerate().map(|(at, b)| usize::from(b.is_ascii_uppercase()) << at).sum::<usize>();
        *of = ALPHABET[bits];
    }
    ending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_forms_of_an_id_have_one_key() {
        assert_eq!(key("001A0000006Vm9uIAC"), "001A0000006Vm9u");
        assert_eq!(key("001A0000006Vm9u"), "001A0000006Vm9u");
        assert_eq!(key("001A0000006Vm9uXXX"), "001A0000006Vm9uXXX");
        assert_eq!(key("über-eine-id-1234"), "über-eine-id-1234");
        assert_eq!(long("001A0000006Vm9u"), "001A0000006Vm9uIAC");
        assert_eq!(long("001A0000006Vm9uIAC"), "001A0000006Vm9uIAC");
        assert!(is_id("001A0000006Vm9u") && is_id("001A0000006Vm9uIAC"));
        assert!(!is_id("CUSTOMER0000001") && !is_id("a") && !is_id("000000000000001"));
    }
}
