//! The file of a store in a folder: its owner's alone, and nothing is written once it is another.

use carve_service::store::{Store, Upload};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Writes something; what the store says.
async fn written(store: &Store) -> Result<(), String> {
    let mut upload = Upload::new();
    let added = store.add(&mut upload, b"bytes").await;
    added.map_err(|error| error.to_string())?;
    store.keep_book("", upload, 1).await.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn files_are_their_owners_alone_in_any_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("changed");
    let store = Store::in_folder(folder.path()).await.expect("opened");
    written(&store).await.expect("written");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).expect("there").flatten() {
        let name = entry.file_name().into_string().expect("UTF-8");
        assert_eq!(entry.metadata().expect("there").permissions().mode() & 0o777, 0o600, "{name}");
        names.push(name);
    }
    names.sort();
    assert_eq!(names, ["carve.sqlite3", "carve.sqlite3-shm", "carve.sqlite3-wal"]);
}

#[tokio::test]
async fn nothing_is_written_into_a_file_that_is_gone() {
    for replaced in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, aside) = (folder.path().join("carve.sqlite3"), folder.path().join("aside"));
        let store = Store::in_folder(folder.path()).await.expect("opened");
        written(&store).await.expect("written");
        fs::rename(&file, &aside).expect("moved");
        if replaced {
            fs::copy(&aside, &file).expect("copied");
        }
        for _ in 0..2 {
            let fault = written(&store).await.expect_err("it is another file");
            assert!(fault.contains("carve.sqlite3 was removed or replaced"), "{fault}");
            assert!(store.is_failing() && store.queue().await.is_err());
        }
        assert_eq!(file.exists(), replaced, "no file is made anew");
        // Also once it is back: other processes may have seen none.
        fs::rename(&aside, &file).expect("moved");
        assert!(written(&store).await.is_err() && store.is_failing());
        let again = Store::in_folder(folder.path()).await.expect("opened");
        written(&again).await.expect("written");
    }
}
