//! Salesforce's ids: 15 characters that tell upper from lower case, or 18, whose last three say which are upper.

use std::borrow::Cow;

/// What ids of accounts begin with.
pub(crate) const ACCOUNT: &str = "001";
/// What ids of users begin with.
pub(crate) const USER: &str = "005";
/// What ids of territories begin with.
pub(crate) const TERRITORY: &str = "0MI";

/// Length of an id without its suffix.
const SHORT: usize = 15;
/// The characters of the suffix, each for five bits.
const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// Whether a text is an id of the kind that begins so; one of 18 characters must have the suffix of its first 15.
pub(crate) fn is(text: &str, kind: &str) -> bool {
    let plain = text.starts_with(kind) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain && (text.len() == SHORT || text.len() == SHORT + 3 && *text == long(&text[..SHORT]))
}

/// An id of 15 characters with its suffix; any other text as it is.
pub(crate) fn long(id: &str) -> Cow<'_, str> {
    if id.len() != SHORT || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Cow::Borrowed(id);
    }
    let bits = |five: &[u8]| {
        let upper = five.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
        upper.map(|(bit, _)| 1_usize << bit).sum::<usize>()
    };
    let suffix = id.as_bytes().chunks(5).map(|five| char::from(SUFFIX[bits(five)]));
    Cow::Owned(id.chars().chain(suffix).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_those_of_salesforce() {
        for (short, suffix) in [("001A0000006Vm9r", "IAC"), ("005000000000001", "AAA"), ("001Z0000000SdLC", "IA0")] {
            assert_eq!(long(short), format!("{short}{suffix}"), "{short}");
        }
        for other in ["", "A0000001", "001A0000006Vm9rIAC", "001A0000006Vm-r"] {
            assert_eq!(long(other), other);
        }
    }

    #[test]
    fn only_ids_of_the_kind_are_ids() {
        for (text, is_id) in [
            ("001A0000006Vm9r", true),
            ("001A0000006Vm9rIAC", true),
            ("001A0000006Vm9rIAD", false),
            ("001A0000006Vm9rIA", false),
            ("005A0000006Vm9r", false),
            ("001A0000006Vm9é", false),
            ("", false),
        ] {
            assert_eq!(is(text, ACCOUNT), is_id, "{text}");
        }
    }
}
