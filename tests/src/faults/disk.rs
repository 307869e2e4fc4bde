//! A disk that fails: every call of the store, one after the other.

use super::process::Served;
use super::{Book, PATIENCE, pause};
use carve_proto::v1 as proto;
use carve_service::store::Store;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tonic::Code;
use tonic_types::StatusExt;

/// What stands between the program and the disk.
const SHIM: &str = include_str!("../../faults/disk.c");
/// Calls of one kind that are made to fail, each in turn, at most: more than any creation makes.
const CALLS_MAX: usize = 40;

/// What came of it.
#[derive(Debug, Default)]
pub struct Broken {
    /// Faults that a creation met.
    pub met: usize,
    /// Creations that were acknowledged although a call had failed: the call belonged to something else.
    pub acknowledged_beside: usize,
    /// Acknowledged runs that were not there at the end.
    pub lost: Vec<String>,
    /// Refusals with another code or reason than they should have.
    pub wrong: Vec<String>,
    /// Longest time until the server took nothing more.
    pub read_only: Duration,
    /// Longest time until it took runs again once the disk was well.
    pub recovered: Duration,
}

/// Compiles the shim into this folder.
pub fn shim(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("disk.c"), folder.join("disk.so"));
    std::fs::write(&source, SHIM).expect("written");
    let made =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl").output();
    let made = made.expect("a C compiler is part of the set-up");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    library
}

/// Lets each write and each sync of a creation fail once with each error, and all that follow until the disk is well again.
pub async fn broken(program: &Path) -> Broken {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, fault) = (folder.path().join("data"), folder.path().join("fault"));
    let variables = [("LD_PRELOAD", shim(folder.path()).into_os_string()), ("CARVE_DISK_FAULT", fault.clone().into())];
    let path = data.to_str().expect("a plain name").to_owned();
    let arguments = ["--addr", "127.0.0.1:0", "--data", path.as_str(), "--no-workers"];
    let mut server = Served::start(program, &arguments, &variables);
    let mut client = server.client().await;
    let (mut book, mut broken, mut number) = (Book::default(), Broken::default(), 0);
    book.ask(&mut client, number).await.expect("the disk is well");
    for kind in ["write", "sync"] {
        // EIO and ENOSPC.
        for error in [5, 28] {
            for from in 1..=CALLS_MAX {
                number += 1;
                std::fs::write(&fault, format!("{kind} {from} 1000000 {error}")).expect("written");
                let failed = Instant::now();
                let first = book.ask(&mut client, number).await;
                if first.is_ok() {
                    // No call that far: the kind is through.
                    std::fs::remove_file(&fault).expect("there");
                    break;
                }
                broken.met += 1;
                note(&first, &mut broken);
                number += 1;
                note(&book.ask(&mut client, number).await, &mut broken);
                broken.read_only = broken.read_only.max(failed.elapsed());
                read_still(&mut client, &book, &mut broken).await;
                std::fs::remove_file(&fault).expect("there");
                let well = Instant::now();
                takes_again(&mut client, &mut book).await;
                broken.recovered = broken.recovered.max(well.elapsed());
            }
        }
    }
    server.kill();
    let store = Store::in_folder(&data).await.expect("opened");
    for (request_id, run_id) in &book.acknowledged {
        if store.run("", run_id).await.expect("read").is_none() {
            broken.lost.push(request_id.clone());
        }
    }
    broken
}

/// What was not acknowledged is asked for until it is.
async fn takes_again(client: &mut super::Client, book: &mut Book) {
    let until = Instant::now() + PATIENCE;
    for asked in std::mem::take(&mut book.open) {
        while book.ask(client, asked).await.is_err() {
            assert!(Instant::now() < until, "the store does not recover");
            book.open.clear();
            pause(Duration::from_millis(20)).await;
        }
    }
}

/// What is stored can be read while nothing can be written.
async fn read_still(client: &mut super::Client, book: &Book, broken: &mut Broken) {
    let Some(run_id) = book.acknowledged.values().next() else { return };
    let get = proto::GetRunRequest { run_id: run_id.clone(), view: 0 };
    if let Err(status) = client.get_run(get).await {
        broken.wrong.push(format!("a read: {status}"));
    }
}

fn note(asked: &Result<(), tonic::Status>, broken: &mut Broken) {
    match asked {
        Ok(()) => broken.acknowledged_beside += 1,
        Err(status) => {
            let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
            if status.code() != Code::Unavailable || reason.as_deref() != Some("STORE_UNAVAILABLE") {
                broken.wrong.push(status.to_string());
            }
        }
    }
}

/// The variables with which a server's disk remembers what it is told, in this file.
pub fn traced(folder: &Path, trace: &Path) -> [(&'static str, OsString); 2] {
    [("LD_PRELOAD", shim(folder).into_os_string()), ("CARVE_DISK_TRACE", trace.as_os_str().to_owned())]
}
