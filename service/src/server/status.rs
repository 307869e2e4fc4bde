//! Every gRPC code that the server answers with, and the details that ride along.

use super::limits::MESSAGE_BYTES_MAX;
use carve_proto::v1::{Finding, ValidateResponse};
use std::collections::HashMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// The domain of every `ErrorInfo`.
pub const DOMAIN: &str = "carve.v1";
/// What a refused call is told to wait.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Details travel as a header, and many clients take at most 8 KiB of headers; after base64 this fits.
const VIOLATION_BYTES_MAX: usize = 4_096;
const DESCRIPTION_BYTES_MAX: usize = 512;

/// The request has errors: INVALID_ARGUMENT with as many of them as fit, and the number of all.
pub fn invalid(found: &ValidateResponse) -> Status {
    let errors: Vec<&Finding> = found.findings.iter().filter(|f| f.severity == 1).collect();
    let total = found.findings.len() as i64 + found.findings_omitted;
    let mut violations = Vec::new();
    let mut bytes = 0;
    for finding in &errors {
        let description = shortened(format!("{}: {}", finding.code, finding.message));
        bytes += finding.path.len() + description.len();
        if bytes > VIOLATION_BYTES_MAX && !violations.is_empty() {
            break;
        }
        violations.push(FieldViolation::new(shortened(finding.path.clone()), description));
    }
    let reason = errors.first().map_or_else(|| "INVALID_REQUEST".into(), |f| f.code.to_uppercase());
    let facts = [("findings_total", total.to_string()), ("violations_shown", violations.len().to_string())];
    let message = match errors.first() {
        Some(first) => {
            let line = first.message.lines().next().unwrap_or_default();
            shortened(format!("{}: {}: {line}", first.path, first.code))
        }
        None => "the request is not valid".into(),
    };
    let mut details = ErrorDetails::new();
    details.set_bad_request(violations).set_error_info(reason, DOMAIN, metadata(facts));
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// As [`invalid`], of these findings.
pub fn refused(found: &[carve_solver::Finding]) -> Status {
    invalid(&crate::findings::response(false, found, &[]))
}

/// One field of the request cannot be: INVALID_ARGUMENT.
pub fn argument(field: &str, reason: &str, text: &str) -> Status {
    let mut details = ErrorDetails::new();
    let violation = FieldViolation::new(field, shortened(text.to_owned()));
    details.set_bad_request(vec![violation]).set_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(Code::InvalidArgument, shortened(format!("{field}: {text}")), details)
}

/// Nobody is known by what the call shows, if it shows anything: UNAUTHENTICATED.
pub fn unauthenticated() -> Status {
    let text = "send a valid token as metadata, authorization: Bearer TOKEN, or show a certificate that is known here";
    fault(Code::Unauthenticated, "UNAUTHENTICATED", text)
}

/// The token is known and does not allow the call: PERMISSION_DENIED.
pub fn not_allowed(right: &str) -> Status {
    fault(
        Code::PermissionDenied,
        "RIGHT_MISSING",
        &format!("the token does not have the right that this needs: {right}"),
    )
}

/// There is no such call: UNIMPLEMENTED.
pub fn no_such_call() -> Status {
    fault(
        Code::Unimplemented,
        "CALL_UNKNOWN",
        "there is no such call; paths are /carve.v1.CarveService/Solve, to the letter",
    )
}

/// There is no such run, or it is somebody else's: NOT_FOUND.
pub fn run_unknown() -> Status {
    fault(Code::NotFound, "RUN_UNKNOWN", "there is no run of this id; it may have been deleted, or its time is over")
}

/// There is no such book, or it is somebody else's: NOT_FOUND.
pub fn book_unknown() -> Status {
    fault(Code::NotFound, "BOOK_UNKNOWN", "there is no book of this digest; upload it, or send its accounts")
}

/// Another run has this request id: ALREADY_EXISTS.
pub fn request_id_taken() -> Status {
    let text = "another run was made by this request_id, of another request; choose an id that no other run has";
    fault(Code::AlreadyExists, "REQUEST_ID_TAKEN", text)
}

/// The run has not come to its end: FAILED_PRECONDITION.
pub fn run_not_ended() -> Status {
    let text = "the run has not ended; wait for it, or cancel it first";
    fault(Code::FailedPrecondition, "RUN_NOT_ENDED", text)
}

/// The run has ended and has no plan: FAILED_PRECONDITION.
pub fn run_without_answer() -> Status {
    fault(Code::FailedPrecondition, "RUN_WITHOUT_ANSWER", "the run failed or was cancelled; it has no plan")
}

/// Too much is waiting: RESOURCE_EXHAUSTED, with when there will be room.
pub fn queue_full(after: Duration) -> Status {
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(after)).set_error_info("QUEUE_FULL", DOMAIN, HashMap::new());
    let seconds = after.as_secs();
    let message = format!("the runs that wait ask for as much time as may wait; there is room in about {seconds} s");
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// The run asks for more than all runs together may: RESOURCE_EXHAUSTED without a time to come again.
pub fn run_never_fits(cost_ms: i64, most_ms: i64) -> Status {
    let (asks, most) = (cost_ms / 1_000, most_ms / 1_000);
    let message = format!(
        "the run asks for {asks} s of solve time, times threads, and all runs together may ask for {most} s: it never fits; \
         give a shorter options.time_limit or fewer threads, or have the server's setting max-queue raised"
    );
    fault(Code::ResourceExhausted, "RUN_NEVER_FITS", &message)
}

/// The message is larger than all requests together may be: RESOURCE_EXHAUSTED without a time to come again.
pub fn message_never_fits(bytes: usize, most: usize, setting: &str) -> Status {
    let message = format!(
        "the message has {bytes} bytes or more, and the server's setting {setting} is {most}: it never fits; send less at a \
         time, as with UploadBook, or have the setting raised"
    );
    fault(Code::ResourceExhausted, "MESSAGE_NEVER_FITS", &message)
}

/// A part of an upload is too large: INVALID_ARGUMENT.
pub fn part_too_large(bytes: usize, most: usize) -> Status {
    let text = format!("the part has {bytes} bytes; send parts of at most {most}");
    argument("accounts", "PART_TOO_LARGE", &text)
}

/// The store does not keep such a value: INVALID_ARGUMENT.
pub fn value_refused() -> Status {
    let text =
        "the store refuses a value of the request for what it is, as a text with a NUL character; nothing was done";
    fault(Code::InvalidArgument, "VALUE_REFUSED", text)
}

/// The store does not answer or does not take anything: UNAVAILABLE, try again. `wrote`: it was to change something, and may have.
pub fn store_unavailable(wrote: bool) -> Status {
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(RETRY_AFTER)).set_error_info("STORE_UNAVAILABLE", DOMAIN, HashMap::new());
    let message = match wrote {
        true => {
            "the store does not answer; what was asked for may not have been done: ask again, by the same request_id"
        }
        false => "the store does not answer, and nothing was changed: ask again",
    };
    Status::with_error_details(Code::Unavailable, message, details)
}

/// The server is going down: UNAVAILABLE, ask again.
pub fn going_down() -> Status {
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(RETRY_AFTER)).set_error_info("GOING_DOWN", DOMAIN, HashMap::new());
    let message = "the server is going down; runs go on when it is back, or on another: ask again";
    Status::with_error_details(Code::Unavailable, message, details)
}

/// There is no room for one more solve: RESOURCE_EXHAUSTED, with when there will be at the latest.
pub fn overloaded(after: Duration) -> Status {
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(after)).set_error_info("SOLVES_IN_FLIGHT_TOO_MANY", DOMAIN, HashMap::new());
    let message =
        "as many solves are under way and waiting as this server takes at one time; try again, or make a run of it";
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// The requests under way hold as many bytes as they may: RESOURCE_EXHAUSTED, try again.
pub fn too_many_bytes() -> Status {
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(RETRY_AFTER)).set_error_info("REQUEST_BYTES_TOO_MANY", DOMAIN, HashMap::new());
    let message = "the requests under way are as large as this server takes at one time; try again";
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// One peer holds as many bytes as one may: RESOURCE_EXHAUSTED, try again.
pub fn too_many_bytes_of_peer() -> Status {
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(RETRY_AFTER)).set_error_info("REQUEST_BYTES_OF_PEER_TOO_MANY", DOMAIN, HashMap::new());
    let message = "your requests under way are as large as this server takes of one peer at one time; try again";
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// A message is longer than it may be: OUT_OF_RANGE.
pub fn message_too_large(bytes: usize) -> Status {
    let message = format!("the message has {bytes} bytes; at most {MESSAGE_BYTES_MAX}");
    fault(Code::OutOfRange, "MESSAGE_TOO_LARGE", &message)
}

/// A message would take more memory than it may once it is decoded: INVALID_ARGUMENT.
pub fn message_grows(bytes: u64, most: u64) -> Status {
    let message =
        format!("the message takes {bytes} bytes or more once it is decoded; at most {most}: send less at a time");
    fault(Code::InvalidArgument, "MESSAGE_GROWS_TOO_LARGE", &message)
}

/// A message has more accounts than a book may: INVALID_ARGUMENT.
pub fn too_many_accounts(most: usize) -> Status {
    fault(Code::InvalidArgument, "ACCOUNTS_TOO_MANY", &format!("the message has more than {most} accounts"))
}

/// A message nests deeper than it may: INVALID_ARGUMENT.
pub fn message_too_deep(most: usize) -> Status {
    let message = format!("the message holds more than {most} messages inside each other; a tree has at most 6 levels");
    fault(Code::InvalidArgument, "MESSAGE_TOO_DEEP", &message)
}

/// The bytes are no message of the call: INVALID_ARGUMENT.
pub fn no_message(why: &str) -> Status {
    fault(Code::InvalidArgument, "MESSAGE_INVALID", why)
}

/// A call of one message was sent a second one: INVALID_ARGUMENT.
pub fn too_many_messages() -> Status {
    fault(Code::InvalidArgument, "MESSAGES_TOO_MANY", "this call takes one message, and a second one was sent")
}

/// A message took too long to arrive: DEADLINE_EXCEEDED.
pub fn too_slow() -> Status {
    fault(Code::DeadlineExceeded, "MESSAGE_TOO_SLOW", "the message did not arrive in time")
}

/// What the transport could not read, in words of ours; `None`: the status is another.
pub fn unreadable(status: &Status) -> Option<Status> {
    let is_ours = !status.details().is_empty();
    (status.code() == Code::Internal && !is_ours).then(|| no_message(status.message()))
}

/// The call's time is over before there was an answer: DEADLINE_EXCEEDED.
pub fn too_late() -> Status {
    fault(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the call's time was over before there was an answer")
}

/// The worker process died and had sent no plan: INTERNAL, for this call only.
pub fn worker_died() -> Status {
    fault(Code::Internal, "WORKER_DIED", "the worker process of this call died; other calls are not affected")
}

/// The worker process cannot be started: INTERNAL.
pub fn worker_not_started() -> Status {
    fault(Code::Internal, "WORKER_NOT_STARTED", "the worker process of this call could not be started")
}

/// A plan failed the check before it was sent: INTERNAL; a wrong plan is never sent. The log has what was wrong beside
/// the reference.
pub fn check_failed(reference: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info("PLAN_CHECK_FAILED", DOMAIN, metadata([("reference", reference.to_owned())]));
    let message = format!("the plan did not pass the check and is not sent; the server's log has it as {reference}");
    Status::with_error_details(Code::Internal, message, details)
}

/// The program met a state it cannot be in: INTERNAL.
pub fn our_fault() -> Status {
    fault(Code::Internal, "OUR_FAULT", "the server met a state it cannot be in; this call is lost")
}

fn fault(code: Code, reason: &str, message: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

fn metadata<const N: usize>(facts: [(&str, String); N]) -> HashMap<String, String> {
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn shortened(mut text: String) -> String {
    if text.len() > DESCRIPTION_BYTES_MAX {
        text.truncate(text.floor_char_boundary(DESCRIPTION_BYTES_MAX));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_violations_and_the_first_is_the_reason() {
        let finding = |code: &str, path: &str| Finding {
            code: code.into(),
            severity: 1,
            path: path.into(),
            message: "is wrong".into(),
            ..Default::default()
        };
        let findings = vec![finding("share_invalid", "split.tree.share"), finding("weight_invalid", "tiers[0]")];
        let status = invalid(&ValidateResponse { valid: false, findings, findings_omitted: 7, columns: Vec::new() });
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        let info = details.error_info().expect("set");
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("SHARE_INVALID", "carve.v1"));
        assert_eq!(info.metadata["findings_total"], "9");
        let violations = &details.bad_request().expect("set").field_violations;
        assert_eq!(violations[0].field, "split.tree.share");
        assert_eq!(violations[0].description, "share_invalid: is wrong");
        assert_eq!(violations.len(), 2);
    }

    #[test]
    fn details_stay_small_enough_for_a_header() {
        let finding = Finding { severity: 1, message: "é".repeat(5_000), ..Default::default() };
        let response = ValidateResponse { findings: vec![finding; 100], ..Default::default() };
        let status = invalid(&response);
        assert!(status.details().len() < 6_000, "{}", status.details().len());
        assert!(!status.get_error_details().bad_request().expect("set").field_violations.is_empty());
    }
}
