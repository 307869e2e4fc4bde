//! Records of the file, each with the line it starts on.

use csv::{ByteRecord, Reader, ReaderBuilder};

/// Reads records one after the other into one buffer.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    reader: Reader<&'a [u8]>,
    fields: ByteRecord,
    /// Where the last record starts, and on which line.
    start: usize,
    line: u64,
}

/// A record.
pub(super) struct Record<'a> {
    pub(super) fields: &'a ByteRecord,
    /// 1-based.
    pub(super) line: u64,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Records<'a> {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        Records { bytes, reader, fields: ByteRecord::new(), start: 0, line: 1 }
    }

    pub(super) fn read(&mut self) -> Option<Record<'_>> {
        let before = self.reader.position().byte() as usize;
        let read = self.reader.read_byte_record(&mut self.fields);
        if !read.expect("bytes in memory, rows of any length and no UTF-8 check: nothing can fail") {
            return None;
        }
        // The reader's position is before blank lines and before the LF of the CRLF that ended the last record.
        let blank = self.bytes[before..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let start = before + blank;
        self.line += line_ends(&self.bytes[self.start..start]);
        self.start = start;
        Some(Record { fields: &self.fields, line: self.line })
    }

    /// The line of the last record if one of its quoted fields is never closed. After the last record.
    pub(super) fn unclosed_quote(&self) -> Option<u64> {
        let mut at = At::Start;
        for byte in &self.bytes[self.start..] {
            at = match (at, byte) {
                (At::Start, b'"') | (At::Closed, b'"') => At::Quoted,
                (At::Quoted, b'"') => At::Closed,
                (At::Quoted, _) => At::Quoted,
                (_, b',' | b'\r' | b'\n') => At::Start,
                _ => At::Plain,
            };
        }
        matches!(at, At::Quoted).then_some(self.line)
    }
}

/// Where in a field a byte stands.
enum At {
    Start,
    Plain,
    Quoted,
    /// After a quote that closes the field, unless another one makes it a doubled quote.
    Closed,
}

/// LF, CRLF and CR each end a line.
fn line_ends(bytes: &[u8]) -> u64 {
    let feeds = bytes.iter().filter(|b| **b == b'\n').count();
    let returns = bytes.iter().filter(|b| **b == b'\r').count();
    if returns == 0 {
        return feeds as u64;
    }
    let pairs = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    (feeds + returns - pairs) as u64
}
