//! What clients call runs, books and labels, judged before the store is asked: a database may refuse a text for what it is, as one
//! with a NUL character, and what cannot be a name names nothing.

use super::{LABEL_BYTES_MAX, LABELS_MAX, REQUEST_ID_BYTES_MAX};
use crate::server::status;
use carve_proto::v1 as proto;
use tonic::Status;
use uuid::Uuid;

/// What stands before the digits of a digest.
const DIGEST_PREFIX: &str = "blake3:";
/// Hexadecimal digits of a digest.
const DIGEST_DIGITS: usize = 64;

/// An id that a run may have: one that is none belongs to no run.
#[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
pub fn run_id(text: &str) -> Result<&str, Status> {
    if text.is_empty() {
        let text = "it is empty; give the run_id that CreateRun answered with";
        return Err(status::argument("run_id", "RUN_ID_MISSING", text));
    }
    // As this server writes them, to the letter.
    let is_id = Uuid::try_parse(text).is_ok_and(|id| id.to_string() == text);
    is_id.then_some(text).ok_or_else(status::run_unknown)
}

/// A digest that a book may have: one that is none belongs to no book.
#[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
pub fn book_digest(text: &str) -> Result<&str, Status> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let digits = text.strip_prefix(DIGEST_PREFIX).filter(|digits| digits.len() == DIGEST_DIGITS);
    digits.filter(|digits| digits.bytes().all(is_digit)).map(|_| text).ok_or_else(status::book_unknown)
}

/// Labels that a run may have.
#[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
pub fn labels<'a>(labels: impl ExactSizeIterator<Item = (&'a String, &'a String)>) -> Result<(), Status> {
    if labels.len() > LABELS_MAX {
        let text = format!("there are {}; a run has at most {LABELS_MAX}", labels.len());
        return Err(status::argument("labels", "LABELS_TOO_MANY", &text));
    }
    for (name, value) in labels {
        if name.is_empty() || !plain(name, LABEL_BYTES_MAX) || !plain(value, LABEL_BYTES_MAX) {
            let text =
                format!("names have 1 to {LABEL_BYTES_MAX} bytes, values at most as many, neither control characters");
            return Err(status::argument("labels", "LABEL_INVALID", &text));
        }
    }
    Ok(())
}

/// Refuses names that are too long or have control characters.
#[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
pub fn judge(request: &proto::CreateRunRequest) -> Result<(), Status> {
    if !plain(&request.request_id, REQUEST_ID_BYTES_MAX) {
        let text =
            format!("it has more than {REQUEST_ID_BYTES_MAX} bytes, or control characters; choose a shorter one");
        return Err(status::argument("request_id", "REQUEST_ID_INVALID", &text));
    }
    labels(request.labels.iter())?;
    if !request.book_digest.is_empty() {
        book_digest(&request.book_digest)?;
    }
    if proto::Priority::try_from(request.priority).is_err() {
        return Err(status::argument("priority", "PRIORITY_UNKNOWN", "it is none of the priorities"));
    }
    Ok(())
}

fn plain(text: &str, most: usize) -> bool {
    text.len() <= most && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::digest;
    use tonic::Code;

    #[test]
    fn what_cannot_be_a_name_is_unknown() {
        let id = Uuid::now_v7().to_string();
        assert_eq!(run_id(&id).ok(), Some(id.as_str()));
        let odd = [
            "\0".to_owned(),
            id.to_uppercase(),
            id.replace('-', ""),
            format!("{{{id}}}"),
            format!("{id} "),
            "x".into(),
        ];
        for text in odd {
            assert_eq!(run_id(&text).expect_err("none").code(), Code::NotFound, "{text:?}");
        }
        assert_eq!(run_id("").expect_err("none").code(), Code::InvalidArgument);
        let known = digest(b"a book");
        assert_eq!(book_digest(&known).ok(), Some(known.as_str()));
        for text in ["", "blake3:", "blake3:\0", &known[7..], &known.to_uppercase(), &known.replace('3', "\u{1}")] {
            assert_eq!(book_digest(text).expect_err("none").code(), Code::NotFound, "{text:?}");
        }
    }
}
