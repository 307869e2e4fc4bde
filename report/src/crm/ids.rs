//! Salesforce's ids: 15 characters that tell upper from lower case, or 18, whose last three say which are upper.

pub(crate) use carve_solver::salesforce::long;

/// What ids of accounts begin with.
pub(crate) const ACCOUNT: &str = "001";
/// What ids of users begin with.
pub(crate) const USER: &str = "005";
/// What ids of territories begin with.
pub(crate) const TERRITORY: &str = "0MI";

use carve_solver::salesforce::SHORT;
/// Whether a text is an id of the kind that begins so; one of 18 characters must have the suffix of its first 15.
pub(crate) fn is(text: &str, kind: &str) -> bool {
    let plain = text.starts_with(kind) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain && (text.len() == SHORT || text.len() == SHORT + 3 && *text == long(&text[..SHORT]))
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
