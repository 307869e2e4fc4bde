//! The archive that a workbook is: what it holds, and that it is not more than is allowed. The one door to `zip`.
//!
//! Every part is unpacked once and thrown away, before anything is read from it: the sizes that an archive states are
//! not to be trusted, nor is what a part says of itself.

use super::super::finding::{TableFaults, counted, excerpt};
use super::super::limits::{CELL_BYTES_MAX, PARTS_MAX};
use super::{broken, too_large};
use carve_solver::finding::Code;
use memchr::{memchr, memchr_iter, memmem, memrchr};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Bytes that are unpacked at a time.
const STEP_BYTES: usize = 65_536;

/// Bytes of the parts that say which sheet is where; larger ones are not looked at for hidden rows.
const INDEX_BYTES_MAX: usize = 1_048_576;

/// What is known of a workbook's archive.
pub(super) struct Package {
    /// Hidden rows of each part that has any, by its name.
    hidden: HashMap<String, u64>,
    /// Parts that merge cells, by their names.
    merged: HashSet<String>,
    /// The parts of the sheets, in their order.
    sheets: Vec<String>,
}

/// What a part of the archive turned out to be.
#[derive(Default)]
struct Part {
    hidden: u64,
    is_merged: bool,
    /// Its text, of a part that says which sheet is where.
    text: Vec<u8>,
}

impl Package {
    /// Looks over an archive that may unpack to so many bytes.
    pub(super) fn look_over(bytes: &[u8], bytes_max: u64) -> Result<Package, TableFaults> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        let names: Vec<String> =
            archive.file_names().map(|name| name.map(Cow::into_owned)).collect::<Result<_, _>>().map_err(broken)?;
        if let Some(message) = other_kind(&names, &mut archive) {
            return Err(TableFaults::one(Code::FileKind, 0, message));
        }
        if names.len() > PARTS_MAX {
            return Err(broken(format_args!("it has {} parts and the most is {PARTS_MAX}", names.len())));
        }
        let mut room = bytes_max;
        let (mut hidden, mut merged) = (HashMap::new(), HashSet::new());
        let mut index = HashMap::new();
        for at in 0..archive.len() {
            let part = archive.by_index(at).map_err(broken)?;
            let name = plain(&part.name().map_err(broken)?);
            if part.size() > room {
                return Err(too_large("unpacks to more"));
            }
            let part = look_into(part, &name, &mut room)?;
            if part.hidden > 0 {
                hidden.insert(name.clone(), part.hidden);
            }
            if part.is_merged {
                merged.insert(name.clone());
            }
            if is_index(&name) {
                index.insert(name, part.text);
            }
        }
        let sheets = sheets(&index);
        Ok(Package { hidden, merged, sheets })
    }

    /// Rows that a sheet hides, by its place among all sheets.
    pub(super) fn hidden_rows(&self, sheet: usize) -> u64 {
        self.sheets.get(sheet).and_then(|part| self.hidden.get(part)).copied().unwrap_or(0)
    }

    /// Whether a sheet merges cells, by its place among all sheets.
    pub(super) fn has_merged_cells(&self, sheet: usize) -> bool {
        self.sheets.get(sheet).is_some_and(|part| self.merged.contains(part))
    }
}

/// What the archive is if it is no workbook that is read, and what to do.
fn other_kind(names: &[String], archive: &mut ZipArchive<Cursor<&[u8]>>) -> Option<String> {
    let lower: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let has = |name: &str| lower.iter().any(|n| n == name);
    let begins = |folder: &str| lower.iter().any(|n| n.starts_with(folder));
    let save = "open it and save it as .xlsx or CSV UTF-8";
    let mut kind = String::new();
    if let Ok(part) = archive.by_name("mimetype") {
        // What cannot be read is no kind that is known.
        let _ = part.take(200).read_to_string(&mut kind);
    }
    let what = if kind.contains("opendocument.spreadsheet") {
        "an OpenDocument sheet (.ods)"
    } else if kind.contains("opendocument") {
        "an OpenDocument file that is no sheet"
    } else if has("xl/workbook.bin") {
        "a binary Excel workbook (.xlsb)"
    } else if begins("word/") {
        "a Word document"
    } else if begins("ppt/") {
        "a PowerPoint file"
    } else if begins("index/") && lower.iter().any(|name| name.ends_with(".iwa")) {
        "a Numbers or Pages document"
    } else if has("[content_types].xml") || has("_rels/.rels") {
        return None;
    } else {
        let first = names.first().map(|name| excerpt(name)).unwrap_or_default();
        return Some(format!(
            "the file is a zip archive of {} (\"{first}\"); unpack it first",
            counted(names.len() as u64, "file")
        ));
    };
    Some(format!("the file is {what}; {save}"))
}

/// Unpacks a part; refuses it when all parts together, a cell of it, or what it says of itself is more than is allowed.
fn look_into(mut part: impl Read, name: &str, room: &mut u64) -> Result<Part, TableFaults> {
    let is_markup = [".xml", ".rels", ".vml"].iter().any(|end| name.ends_with(end));
    let mut found = Part::default();
    let mut buffer = vec![0; STEP_BYTES];
    let mut held: Vec<u8> = Vec::new();
    let (mut size, mut strings) = (0, 0);
    loop {
        let read = part.read(&mut buffer).map_err(broken)?;
        if read == 0 {
            break;
        }
        if size == 0 && (buffer.starts_with(b"\xFF\xFE") || buffer.starts_with(b"\xFE\xFF")) {
            return Err(broken("a part of it is UTF-16"));
        }
        size += read as u64;
        *room = room.checked_sub(read as u64).ok_or_else(|| too_large("unpacks to more"))?;
        held.extend_from_slice(&buffer[..read]);
        if is_index(name) && found.text.len() < INDEX_BYTES_MAX {
            found.text.extend_from_slice(&buffer[..read]);
        }
        let end = memrchr(b'>', &held).map_or(0, |at| at + 1);
        found.is_merged |= memmem::find(&held[..end], b"mergeCell").is_some();
        // Few parts have either word, and tags are many.
        let is_telling = [&b"hidden"[..], b"uniqueCount"].iter().any(|word| memmem::find(&held[..end], word).is_some());
        for tag in tags(if is_telling { &held[..end] } else { &[] }) {
            match local_name(tag) {
                b"row" => found.hidden += u64::from(is_hidden(tag)),
                b"sst" => strings = attribute(tag, b"uniqueCount").map_or(0, number),
                _ => {}
            }
        }
        held.drain(..end);
        if held.len() > CELL_BYTES_MAX {
            if is_markup {
                let message = "a cell of the workbook has more than 1,048,576 bytes; shorten it";
                return Err(TableFaults::one(Code::CellTooLong, 0, message));
            }
            held.clear();
        }
    }
    // Memory is set aside for as many strings as a part states; each takes five bytes of it at least.
    match strings > size / 5 {
        true => Err(broken(format_args!("it states {strings} strings and cannot hold as many"))),
        false => Ok(found),
    }
}

/// The name of a part as others are compared with it.
fn plain(name: &str) -> String {
    name.replace('\\', "/").to_lowercase()
}

/// Whether a part says which sheet is where.
fn is_index(name: &str) -> bool {
    name.ends_with("workbook.xml") || name.ends_with("workbook.xml.rels")
}

/// The tags of a text, without their brackets.
fn tags(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr_iter(b'<', text).map(|at| {
        let rest = &text[at + 1..];
        &rest[..memchr(b'>', rest).unwrap_or(rest.len())]
    })
}

/// The name of a tag without the space that it is from.
fn local_name(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(|b| b.is_ascii_whitespace() || *b == b'/').unwrap_or(tag.len());
    let name = &tag[..end];
    memrchr(b':', name).map_or(name, |colon| &name[colon + 1..])
}

/// The value of a tag's attribute, by its name without the space that it is from.
fn attribute<'a>(tag: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    memmem::find_iter(tag, name).find_map(|at| {
        let before = tag[..at].last()?;
        let rest = tag[at + name.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let (quote, rest) = rest.split_first()?;
        let is_whole = before.is_ascii_whitespace() || *before == b':';
        let end = memchr(*quote, rest)?;
        (is_whole && matches!(quote, b'"' | b'\'')).then(|| &rest[..end])
    })
}

/// A whole number; what is none, or too large, is as large as can be.
fn number(text: &[u8]) -> u64 {
    std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(u64::MAX)
}

fn is_hidden(row: &[u8]) -> bool {
    attribute(row, b"hidden").is_some_and(|value| matches!(value, b"1" | b"true"))
}

/// The parts of the sheets in their order, by the names that the archive has for them in lower case.
fn sheets(index: &HashMap<String, Vec<u8>>) -> Vec<String> {
    let part = |end: &str| index.iter().find(|(name, _)| name.ends_with(end));
    let (Some((path, workbook)), Some((_, links))) = (part("workbook.xml"), part("workbook.xml.rels")) else {
        return Vec::new();
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let targets: HashMap<&[u8], &[u8]> = tags(links)
        .filter(|tag| local_name(tag) == b"Relationship")
        .filter_map(|tag| Some((attribute(tag, b"Id")?, attribute(tag, b"Target")?)))
        .collect();
    let sheets = tags(workbook).filter(|tag| local_name(tag) == b"sheet");
    let target = |tag: &[u8]| {
        let target = targets.get(attribute(tag, b"id").unwrap_or_default()).copied().unwrap_or_default();
        let target = plain(&String::from_utf8_lossy(target));
        match target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None if folder.is_empty() => target,
            None => format!("{folder}/{target}"),
        }
    };
    sheets.map(target).collect()
}
