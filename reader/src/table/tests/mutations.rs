//! Files of every kind with seeded damage: no panic, no hang, no more rows than lines, and the same rows whatever the
//! parts and threads.

use super::archive::book;
use super::*;
use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Damaged files of each kind.
const FILES: u64 = 600;

/// What is put into a file in place of something else.
const PIECES: &[&[u8]] = &[
    b"\"",
    b"\"\"",
    b",",
    b";",
    b"\t",
    b"|",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xFF\xFE",
    b"\xEF\xBB\xBF",
    b"\xC3",
    b"\x80",
    b"\x1E",
    b"\x1F",
    b"Total,",
    b"Copyright (c)",
    b"\n\n\n",
    b",,,,,,,",
    b"sep=;\n",
    b"PK\x03\x04",
    b"  ",
];

fn damaged(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..6) {
        let at = rng.random_range(0..=bytes.len());
        match rng.random_range(0..6) {
            0 => bytes.truncate(at),
            1 => {
                let end = (at + rng.random_range(0..40)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let end = (at + rng.random_range(0..200)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = rng.random_range(0..=bytes.len());
                bytes.splice(to..to, copy);
            }
            3 if at < bytes.len() => bytes[at] = rng.random(),
            4 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            _ => {
                let piece = PIECES[rng.random_range(0..PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

fn kinds() -> Vec<Vec<u8>> {
    let plain = "Id,Name,Owner,Pipeline\n1,\"A, Inc\",ana,5\n2,\"B \"\"x\"\"\",ben,6\n3,\"C\nD\",cy,7\n4,E,,\nTotal,,,18\n\n\n\"Report\"\n\"Copyright (c) 2026\"\n";
    let accents = plain.replace('E', "Müller & Söhne");
    let windows = accents.chars().map(|c| u8::try_from(c).expect("ISO-8859-1")).collect();
    let titled = format!("Accounts\nFiltered By\n\n{}", plain.replace(',', "\t"));
    vec![
        plain.into(),
        plain.replace('\n', "\r\n").into(),
        plain.replace('\n', "\r").into(),
        format!("sep=;\r\n{}", plain.replace(',', ";")).into(),
        titled.into(),
        format!("\u{FEFF}{accents}").into(),
        windows,
        format!("\u{FEFF}{accents}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ]
}

fn check(bytes: &[u8], what: &str) {
    let whole = seen(&open_by(bytes, usize::MAX, 1));
    let ends = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    assert!(whole.1.len() <= ends + 1 || bytes.starts_with(b"PK"), "{what}: {} rows", whole.1.len());
    for (part_bytes, threads) in [(1, 2), (17, 1), (64, 3)] {
        assert_eq!(seen(&open_by(bytes, part_bytes, threads)), whole, "{what}: parts of {part_bytes}");
    }
}

#[test]
fn damaged_texts_are_read_or_refused() {
    for (kind, bytes) in kinds().iter().enumerate() {
        check(bytes, "whole");
        for seed in 0..FILES {
            let mut rng = ChaCha8Rng::seed_from_u64(seed * 100 + kind as u64);
            check(&damaged(bytes, &mut rng), &format!("kind {kind}, seed {seed}"));
        }
    }
}

#[test]
fn damaged_workbooks_are_read_or_refused() {
    let good = book(&[
        &["Id", "Name", "Since", "Pipeline"],
        &["1", "A", "<c r=\"@\" s=\"1\"><v>46352</v></c>", "5"],
        &["2", "B", "", "<c r=\"@\"><f>A1</f><v>6</v></c>"],
    ]);
    check(&good, "whole");
    for seed in 0..FILES {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        check(&damaged(&good, &mut rng), &format!("archive, seed {seed}"));
    }
}

#[test]
fn damaged_sheets_are_read_or_refused() {
    let row = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>Id</v></c><c r=\"B1\" t=\"str\"><v>Name</v></c></row>\
               <row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"s\"><v>0</v></c></row>\
               <row r=\"3\" hidden=\"1\"><c r=\"A3\" s=\"1\"><v>46352</v></c><c r=\"B3\" t=\"e\"><v>#N/A</v></c></row>";
    let strings = "<sst uniqueCount=\"2\"><si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t></r></si></sst>";
    for seed in 0..FILES {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (data, strings) = match seed % 2 {
            0 => (damaged(row.as_bytes(), &mut rng), strings.as_bytes().to_vec()),
            _ => (row.as_bytes().to_vec(), damaged(strings.as_bytes(), &mut rng)),
        };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let sheet = super::archive::SheetXml("A", "visible", text(data));
        check(&super::archive::workbook(&[sheet], &text(strings)), &format!("sheet, seed {seed}"));
    }
}
