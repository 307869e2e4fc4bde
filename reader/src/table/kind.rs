//! What kind of file it is, by its first bytes. What its name ends with says nothing.

use memchr::memmem;

/// Kinds that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text with delimiters.
    Text,
    /// A zip archive, as workbooks are.
    Archive,
}

/// What to do about a file that is no table.
const EXPORT: &str = "export the accounts as CSV or .xlsx";

/// What to do about an older or another workbook.
const SAVE: &str = "open it and save it as .xlsx or CSV UTF-8";

/// First bytes of files, what they are, and what to do.
const SIGNATURES: &[(&[u8], &str, &str)] = &[
    (b"%PDF", "a PDF", EXPORT),
    (b"\x1F\x8B", "compressed by gzip", "unpack it first"),
    (b"BZh", "compressed by bzip2", "unpack it first"),
    (b"\xFD7zXZ\0", "compressed by xz", "unpack it first"),
    (b"\x28\xB5\x2F\xFD", "compressed by zstd", "unpack it first"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive", "unpack it first"),
    (b"Rar!\x1A\x07", "a RAR archive", "unpack it first"),
    (b"PAR1", "a Parquet file", EXPORT),
    (b"SQLite format 3\0", "a SQLite database", EXPORT),
    (b"\x89PNG", "an image", EXPORT),
    (b"\xFF\xD8\xFF", "an image", EXPORT),
    (b"GIF8", "an image", EXPORT),
    (b"{\\rtf", "an RTF document", EXPORT),
    (b"\xFF\xFE\0\0", "UTF-32 text", "save it as CSV UTF-8"),
    (b"\0\0\xFE\xFF", "UTF-32 text", "save it as CSV UTF-8"),
];

/// First characters of text files that are no tables, in lower case.
const MARKUP: &[(&str, &str, &str)] = &[
    ("<!doctype html", "an HTML page, whatever its name ends with", SAVE),
    ("<html", "an HTML page, whatever its name ends with", SAVE),
    ("<table", "an HTML table, whatever its name ends with", SAVE),
    ("<?xml", "XML, as old spreadsheets and feeds are", SAVE),
    ("{\"", "JSON", EXPORT),
    ("[{", "JSON", EXPORT),
];

/// The first bytes of old and of encrypted Office files.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// The kind of a file, or what it is and what to do about it.
pub(super) fn kind(bytes: &[u8]) -> Result<Kind, String> {
    if bytes.starts_with(COMPOUND) {
        return Err(compound(bytes));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(Kind::Archive);
    }
    if let Some((_, what, remedy)) = SIGNATURES.iter().find(|(signature, _, _)| bytes.starts_with(signature)) {
        return Err(format!("the file is {what}; {remedy}"));
    }
    let head = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let head = String::from_utf8_lossy(&head[..head.len().min(64)]).to_ascii_lowercase();
    match MARKUP.iter().find(|(start, _, _)| head.starts_with(start)) {
        Some((_, what, remedy)) => Err(format!("the file is {what}; {remedy}")),
        None => Ok(Kind::Text),
    }
}

/// Office files before 2007, and newer ones with a password, are of one make; the names of their parts tell them apart.
fn compound(bytes: &[u8]) -> String {
    let holds = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(bytes, &wide).is_some()
    };
    if holds("EncryptedPackage") {
        return "the workbook is protected by a password; open it, take the password off and save it".to_owned();
    }
    match holds("Workbook") || holds("Book") {
        true => format!("the file is an Excel workbook of before 2007 (.xls); {SAVE}"),
        false => format!("the file is an Office file of before 2007, and no workbook; {EXPORT}"),
    }
}
