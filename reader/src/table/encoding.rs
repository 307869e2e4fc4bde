//! Bytes into text: the one door to `encoding_rs`.

use super::dialect::Encoding;
use super::finding::{LINES_NAMED_MAX, LocatedFinding, counted, excerpt, lines_named};
use super::in_parallel;
use super::split::line_ends;
use carve_solver::finding::Code;
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::{memchr, memchr_iter};

/// Bytes at the beginning of a file by which UTF-16 without a byte order mark is recognised.
const HEAD_BYTES: usize = 4_096;

/// Bytes that a thread looks over at a time: what is looked at twice is still in a near cache.
const PIECE_BYTES: usize = 262_144;

/// Bytes that Windows-1252 has no character for. A file with one of them is something else.
const NOT_IN_WINDOWS_1252: [u8; 5] = [0x81, 0x8D, 0x8F, 0x90, 0x9D];

/// The text of a file.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: Encoding,
    pub(super) byte_order_mark: bool,
    pub(super) findings: Vec<LocatedFinding>,
}

/// Turns the bytes of a file into text.
pub(super) fn decode(bytes: Vec<u8>, threads: usize) -> Decoded {
    if let Some((encoding, mark)) = utf_16(&bytes) {
        return from_utf_16(&bytes, encoding, mark);
    }
    let byte_order_mark = bytes.starts_with(b"\xEF\xBB\xBF");
    let mut findings = Vec::new();
    let (is_ascii, has_nul) = look_over(&bytes, threads);
    let (text, encoding) = match String::from_utf8(bytes) {
        Ok(text) => (text, Encoding::Utf8),
        Err(error) => from_other(&error.into_bytes(), &mut findings),
    };
    if has_nul {
        findings.extend(nul_bytes(&text));
    }
    if encoding == Encoding::Utf8 && !is_ascii {
        findings.extend(garbled(&text));
    }
    Decoded { text, encoding, byte_order_mark, findings }
}

/// Whether bytes are ASCII alone, and whether a NUL is among them.
fn look_over(bytes: &[u8], threads: usize) -> (bool, bool) {
    let pieces: Vec<&[u8]> = bytes.chunks(PIECE_BYTES).collect();
    let seen = in_parallel(&pieces, threads, |piece| (piece.is_ascii(), memchr(0, piece).is_some()));
    (seen.iter().all(|(is_ascii, _)| *is_ascii), seen.iter().any(|(_, has_nul)| *has_nul))
}

/// Which UTF-16 it is, and how long its byte order mark; without a mark by the zeros that its letters and digits have.
fn utf_16(bytes: &[u8]) -> Option<(Encoding, usize)> {
    match bytes {
        [0xFF, 0xFE, ..] => return Some((Encoding::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => return Some((Encoding::Utf16Be, 2)),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
    // Delimiters, digits and line ends alone are more than a quarter of any table.
    let (many, few) = (pairs.div_ceil(4).max(2), pairs / 50);
    match (even, odd) {
        _ if odd >= many && even <= few => Some((Encoding::Utf16Le, 0)),
        _ if even >= many && odd <= few => Some((Encoding::Utf16Be, 0)),
        _ => None,
    }
}

fn from_utf_16(bytes: &[u8], encoding: Encoding, mark: usize) -> Decoded {
    let (decoder, name) = match encoding {
        Encoding::Utf16Be => (UTF_16BE, "UTF-16 (high byte first)"),
        _ => (UTF_16LE, "UTF-16 (low byte first)"),
    };
    let (text, is_damaged) = decoder.decode_without_bom_handling(&bytes[mark..]);
    let text = text.into_owned();
    let message = format!("the file was read as {name}");
    let mut findings = vec![LocatedFinding::new(Code::EncodingRead, 1, 0, message)];
    if is_damaged {
        let at = text.find(char::REPLACEMENT_CHARACTER).unwrap_or(0);
        let message = "the file begins as UTF-16 and holds bytes that are none; export it anew as CSV UTF-8";
        findings.push(LocatedFinding::new(Code::InvalidUtf8, line_of(&text, at), 0, message));
    }
    findings.extend(nul_bytes(&text));
    Decoded { text, encoding, byte_order_mark: mark > 0, findings }
}

/// Text that is no UTF-8: Windows-1252, or UTF-8 with damage, which is an error.
fn from_other(bytes: &[u8], findings: &mut Vec<LocatedFinding>) -> (String, Encoding) {
    let (mut good, mut bad) = (0, 0);
    let mut first = None;
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            first.get_or_insert(at);
            bad += chunk.invalid().len();
        }
        at += chunk.invalid().len();
    }
    let first = first.unwrap_or(0);
    let line = line_of_bytes(bytes, first);
    let foreign = bytes.iter().any(|byte| NOT_IN_WINDOWS_1252.contains(byte));
    if good >= bad || foreign {
        let what =
            if good >= bad { "the file is UTF-8 with" } else { "the file is neither UTF-8 nor Windows-1252, and has" };
        let around = String::from_utf8_lossy(word_around(bytes, first)).into_owned();
        let message = format!(
            "{what} {} that mean nothing, the first in \"{}\"; export it anew as CSV UTF-8",
            counted(bad as u64, "byte"),
            excerpt(&around)
        );
        findings.push(LocatedFinding::new(Code::InvalidUtf8, line, 0, message));
        return (String::from_utf8_lossy(bytes).into_owned(), Encoding::Utf8);
    }
    let decode = |bytes| WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
    let message = format!(
        "the file is not UTF-8 and was read as Windows-1252, by which line {line} holds \"{}\"; if that is not what it should say, export it anew as CSV UTF-8",
        excerpt(&decode(word_around(bytes, first)))
    );
    findings.push(LocatedFinding::new(Code::EncodingRead, line, 0, message));
    (decode(bytes), Encoding::Windows1252)
}

/// What stands around a byte, up to the next control characters, delimiters or quotes.
fn word_around(bytes: &[u8], at: usize) -> &[u8] {
    let ends = |byte: &u8| byte.is_ascii_control() || b",;|\"".contains(byte);
    let start = bytes[..at].iter().rposition(ends).map_or(0, |end| end + 1);
    let end = bytes[at..].iter().position(ends).map_or(bytes.len(), |end| at + end);
    let (start, end) = (start.max(at.saturating_sub(30)), end.min(at + 30));
    &bytes[start..end]
}

fn nul_bytes(text: &str) -> Option<LocatedFinding> {
    let mut places = memchr_iter(0, text.as_bytes());
    let first: Vec<usize> = places.by_ref().take(LINES_NAMED_MAX).collect();
    let count = first.len() + places.count();
    let lines = first.iter().map(|at| line_of(text, *at)).collect::<Vec<u64>>();
    let line = *lines.first()?;
    let message = format!(
        "the file holds {count} NUL bytes ({}), as files do that were damaged; export it anew",
        lines_named(&lines, count as u64)
    );
    Some(LocatedFinding::new(Code::NulBytes, line, 0, message))
}

/// Text such as `MÃ¼ller`: UTF-8 that somebody once read as Windows-1252 and saved.
fn garbled(text: &str) -> Option<LocatedFinding> {
    let mut count = 0_u64;
    let mut first = None;
    for at in memchr_iter(0xC3, text.as_bytes()) {
        let mut rest = text[at..].chars();
        let tail_length = match rest.next() {
            Some('Â' | 'Ã') => 1,
            Some('â') => 2,
            _ => continue,
        };
        let tail: Vec<char> = rest.take(tail_length).collect();
        if tail.len() == tail_length && tail.iter().all(|c| is_tail(*c)) {
            count += 1;
            first.get_or_insert(at);
        }
    }
    let first = first?;
    let word = String::from_utf8_lossy(word_around(text.as_bytes(), first)).into_owned();
    let (bytes, _, _) = WINDOWS_1252.encode(&word);
    let meant = String::from_utf8_lossy(&bytes).into_owned();
    let line = line_of(text, first);
    let message = format!(
        "{}, such as \"{}\" on line {line} (once \"{}\"?), as UTF-8 has that was read as Windows-1252 and saved; the text is taken as it stands; export it anew as UTF-8",
        counted(count, "odd character"),
        excerpt(&word),
        excerpt(&meant)
    );
    Some(LocatedFinding::new(Code::TextGarbled, line, 0, message))
}

/// Whether Windows-1252 has the character at 0x80 to 0xBF, where UTF-8 has the further bytes of a character.
fn is_tail(c: char) -> bool {
    let specials = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";
    ('\u{80}'..='\u{BF}').contains(&c) || specials.contains(c)
}

fn line_of(text: &str, at: usize) -> u64 {
    line_of_bytes(text.as_bytes(), at)
}

/// The line, from 1, on which a byte stands.
pub(super) fn line_of_bytes(bytes: &[u8], at: usize) -> u64 {
    line_ends(&bytes[..at]) + 1
}
