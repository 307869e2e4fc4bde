//! Power cuts: what a disk could hold at any moment, made from what it was told.
//!
//! A sync makes all that was written to its file before it durable. Of what came later any part may be there, in any order,
//! and any write may be torn at a sector. Acknowledgements are noted beside the record, so each image says what it must hold.

use super::process::Served;
use super::{Book, disk, ended};
use carve_service::store::Store;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes that a disk writes whole.
const SECTOR: usize = 512;

/// What came of it.
#[derive(Debug, Default)]
pub struct Cut {
    /// Images that were opened.
    pub images: usize,
    /// Acknowledgements that an image had to hold, over all of them.
    pub promised: usize,
    /// Those that an image did not hold.
    pub lost: Vec<String>,
}

/// One thing that a disk was told.
#[derive(Debug)]
enum Told {
    Write(usize, Vec<u8>),
    Cut(usize),
    Sync,
    /// The file is removed. That is taken as durable: the store syncs its folder before it acknowledges anything.
    Remove,
}

#[derive(Debug)]
struct Entry {
    file: String,
    told: Told,
    /// Where its record ends.
    end: usize,
}

/// What was acknowledged when so much had been recorded.
#[derive(Debug)]
struct Promise {
    run_id: String,
    /// Whether the client knows that it succeeded.
    ended: bool,
    from: usize,
}

/// Works with a store so that there is something to lose, then opens so many images of its disk.
pub async fn cut(program: &Path, runs: u64, images: usize, seed: u64) -> Cut {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("trace");
    let promises = work(program, folder.path(), &trace, runs).await;
    let bytes = std::fs::read(&trace).expect("recorded");
    let entries = entries(&bytes);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut cut = Cut::default();
    for _ in 0..images {
        let upto = random.random_range(0..=entries.len());
        let image = tempfile::tempdir().expect("a folder");
        for (name, content) in disk_at(&entries[..upto], &mut random) {
            std::fs::write(image.path().join(name), content).expect("written");
        }
        let recorded = upto.checked_sub(1).map_or(0, |last| entries[last].end);
        let due: Vec<&Promise> = promises.iter().filter(|promise| promise.from <= recorded).collect();
        cut.images += 1;
        cut.promised += due.len();
        judge(image.path(), &due, &mut cut).await;
    }
    cut
}

async fn work(program: &Path, folder: &Path, trace: &Path, runs: u64) -> Vec<Promise> {
    let data = folder.join("data");
    let path = data.to_str().expect("a plain name");
    let server = Served::start(program, &["--addr", "127.0.0.1:0", "--data", path], &disk::traced(folder, trace));
    let mut client = server.client().await;
    let (mut book, mut promises) = (Book::default(), Vec::new());
    let recorded = || std::fs::metadata(trace).map_or(0, |file| file.len() as usize);
    for number in 0..runs {
        book.ask(&mut client, number).await.expect("accepted");
        let run_id = book.acknowledged[&format!("r{number}")].clone();
        promises.push(Promise { run_id: run_id.clone(), ended: false, from: recorded() });
        if number % 3 == 2 {
            let run = ended(&mut client, &run_id).await.expect("there");
            assert!(run.failure.is_none(), "{run:?}");
            promises.push(Promise { run_id, ended: true, from: recorded() });
        }
    }
    promises
}

/// Opens the image and looks for what it must hold.
async fn judge(image: &Path, due: &[&Promise], cut: &mut Cut) {
    let store = match Store::in_folder(image).await {
        Ok(store) => store,
        Err(error) => {
            cut.lost.push(format!("the store does not open: {error}"));
            return;
        }
    };
    for promise in due {
        let run = store.run("", &promise.run_id).await;
        match run {
            Ok(Some(run)) if !promise.ended => drop(run),
            Ok(Some(run)) => {
                let bytes = match &run.answer_content {
                    Some(content) => store.bytes_of(content).await.map_or(0, |bytes| bytes.len() as i64),
                    None => -1,
                };
                if bytes != run.answer_bytes {
                    cut.lost.push(format!("{}: {bytes} of {} bytes of the answer", promise.run_id, run.answer_bytes));
                }
            }
            other => cut.lost.push(format!("{}: {other:?}", promise.run_id)),
        }
    }
}

/// What the disk could hold after these.
fn disk_at(told: &[Entry], random: &mut ChaCha8Rng) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut waiting: BTreeMap<String, Vec<&Told>> = BTreeMap::new();
    for entry in told {
        let (file, waiting) =
            (files.entry(entry.file.clone()).or_default(), waiting.entry(entry.file.clone()).or_default());
        match &entry.told {
            Told::Sync => std::mem::take(waiting).into_iter().for_each(|told| apply(file, told, usize::MAX)),
            Told::Remove => {
                waiting.clear();
                files.remove(&entry.file);
            }
            other => waiting.push(other),
        }
    }
    for (name, mut waiting) in waiting.into_iter().filter(|(_, waiting)| !waiting.is_empty()) {
        let file = files.entry(name).or_default();
        if random.random_bool(0.5) {
            waiting.shuffle(random);
        }
        for told in waiting {
            match random.random_range(0..10) {
                0..3 => {}
                3..8 => apply(file, told, usize::MAX),
                _ => apply(file, told, random.random_range(0..16) * SECTOR),
            }
        }
    }
    files
}

/// Does what was told, a write no further than so many bytes.
fn apply(file: &mut Vec<u8>, told: &Told, most: usize) {
    match told {
        Told::Write(offset, bytes) => {
            let bytes = &bytes[..bytes.len().min(most)];
            if file.len() < offset + bytes.len() {
                file.resize(offset + bytes.len(), 0);
            }
            file[*offset..offset + bytes.len()].copy_from_slice(bytes);
        }
        Told::Cut(length) => file.resize(*length, 0),
        Told::Sync | Told::Remove => {}
    }
}

/// The records of the shim; `tests/faults/disk.c` says how they are written.
fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let whole = bytes.len();
    let mut entries = Vec::new();
    while let Some((entry, rest)) = entry(bytes, whole) {
        entries.push(entry);
        bytes = rest;
    }
    entries
}

fn entry(bytes: &[u8], whole: usize) -> Option<(Entry, &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_at_checked(4)?;
    let (name, rest) = rest.split_at_checked(u32::from_le_bytes(length.try_into().ok()?) as usize)?;
    let (offset, rest) = rest.split_at_checked(8)?;
    let (length, rest) = rest.split_at_checked(8)?;
    let number = |bytes: &[u8]| bytes.try_into().ok().map(|bytes| u64::from_le_bytes(bytes) as usize);
    let (offset, length) = (number(offset)?, number(length)?);
    let (told, rest) = match kind {
        b'w' => {
            let (written, rest) = rest.split_at_checked(length)?;
            (Told::Write(offset, written.to_vec()), rest)
        }
        b't' => (Told::Cut(offset), rest),
        b'u' => (Told::Remove, rest),
        _ => (Told::Sync, rest),
    };
    let file = String::from_utf8_lossy(name).into_owned();
    Some((Entry { file, told, end: whole - rest.len() }, rest))
}
