//! Runs that end well, that end early, and that are killed at every step.

use super::*;

const STALE: [&str; 3] = ["plan.json", "certificate.json", "crm"];

/// Every file below a folder.
fn names(dir: &Path) -> Vec<String> {
    let (mut names, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => names.push(path.strip_prefix(dir).expect("below").display().to_string()),
            }
        }
    }
    names.sort();
    names
}

fn written(staging: &Staging, name: &str) {
    let fill =
        |out: &mut BufWriter<File>| out.write_all(b"x").map_err(|source| ReportError { path: PathBuf::new(), source });
    staging.write(name, fill).expect("written");
}

#[test]
fn files_appear_together_and_old_results_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("deep/out");
    let staging = Staging::new(&out).expect("usable");
    written(&staging, "plan.json");
    assert!(!out.join("plan.json").exists());
    staging.publish(STALE).expect("published");
    assert_eq!(names(&out), ["plan.json"]);

    fs::write(out.join("notes.txt"), "mine").expect("written");
    let staging = Staging::new(&out).expect("usable again");
    written(&staging, "certificate.json");
    staging.publish(STALE).expect("published");
    assert_eq!(names(&out), ["certificate.json", "notes.txt"]);
}

#[test]
fn of_a_folder_only_what_was_written_goes() {
    let dir = tempfile::tempdir().expect("a folder");
    let run = |files: &[&str]| {
        let staging = Staging::new(dir.path()).expect("usable");
        files.iter().for_each(|file| written(&staging, file));
        staging.publish(STALE).expect("published");
    };
    run(&["crm/now/a.csv", "crm/now/b.csv", "crm/2027-02-01/a.csv"]);
    fs::write(dir.path().join("crm/now/notes.txt"), "mine").expect("written");
    run(&["crm/now/a.csv"]);
    assert_eq!(names(dir.path()), ["crm/.carve-files", "crm/now/a.csv", "crm/now/notes.txt"]);
    assert!(!dir.path().join("crm/2027-02-01").exists());
    run(&["plan.json"]);
    assert_eq!(names(dir.path()), ["crm/now/notes.txt", "plan.json"]);
    // A list that points elsewhere, and a folder that is not of carve, take nothing with them.
    fs::write(dir.path().join("crm/.carve-files"), "../plan.json\n/plan.json\nnow/../../plan.json\n").expect("written");
    run(&["plan.json"]);
    run(&[]);
    assert_eq!(names(dir.path()), ["crm/now/notes.txt"]);
}

#[test]
fn an_abandoned_run_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let staging = Staging::new(dir.path()).expect("usable");
    written(&staging, "crm/now/a.csv");
    drop(staging);
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    fs::write(&file, "").expect("written");
    assert_eq!(Staging::new(&file).expect_err("refused").path, file);
}

/// A run into `out` of these files, each with its own name as its content after `run`.
fn staged(staging: &Staging, run: &str, files: &[&str]) {
    for file in files {
        let fill = |out: &mut BufWriter<File>| {
            write!(out, "{run} {file}").map_err(|source| ReportError { path: PathBuf::new(), source })
        };
        staging.write(file, fill).expect("written");
    }
}

/// Which runs the results in a folder are of, and how many there are.
fn runs(out: &Path) -> (Vec<String>, usize) {
    let ours =
        names(out).into_iter().filter(|name| !name.contains("mine") && !name.contains(MARK) && !name.ends_with(LIST));
    let text = |name: String| fs::read_to_string(out.join(name)).expect("text");
    let mut runs: Vec<String> = ours.map(|name| text(name).split(' ').next().unwrap_or_default().to_owned()).collect();
    let count = runs.len();
    runs.dedup();
    (runs, count)
}

const OLD: [&str; 3] = ["plan.json", "certificate.json", "crm/now/a.csv"];
const NEW: [&str; 3] = ["plan.json", "crm/now/a.csv", "crm/later/b.csv"];

/// Kills a run at every step in turn; gives what the folder then held of which runs.
fn killed_at_every_step(start: &dyn Fn(&Path) -> Staging) -> Vec<(Vec<String>, usize)> {
    let mut seen = Vec::new();
    for steps in 0.. {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        let first = Staging::new(&out).expect("usable");
        staged(&first, "old", &OLD);
        first.publish(STALE).expect("published");
        fs::create_dir_all(out.join("mine/deep")).expect("made");
        for file in ["mine.txt", "mine/deep/file", "crm/now/mine.txt"] {
            fs::write(out.join(file), "mine").expect("written");
        }
        let second = start(&out);
        staged(&second, "new", &NEW);
        second.steps.set(steps);
        let ended = second.publish(STALE);
        for file in ["mine.txt", "mine/deep/file", "crm/now/mine.txt"] {
            assert_eq!(fs::read_to_string(out.join(file)).expect("it survives"), "mine", "step {steps}: {file}");
        }
        seen.push(runs(&out));
        // The next run leaves nothing hidden behind, and the whole answer.
        let third = Staging::new(&out).expect("usable");
        staged(&third, "third", &NEW);
        third.publish(STALE).expect("published");
        assert_eq!(runs(&out), (vec!["third".to_owned()], 3), "step {steps}");
        let all = names(dir.path());
        assert!(all.iter().all(|name| !name.contains(MARK) || name.ends_with(LIST)), "step {steps}: {all:?}");
        assert_eq!(all.iter().filter(|name| name.contains("mine")).count(), 3, "step {steps}: {all:?}");
        if ended.is_ok() {
            return seen;
        }
    }
    seen
}

#[test]
fn a_run_that_is_killed_leaves_the_whole_answer_before_or_the_whole_answer_after() {
    let seen = killed_at_every_step(&|out| Staging::new(out).expect("usable"));
    assert!(seen.len() > 4, "{seen:?}");
    for (runs, count) in &seen {
        assert!(runs == &["old"] || runs == &["new"], "{seen:?}");
        assert_eq!(*count, 3, "{seen:?}");
    }
    assert_eq!(seen.last(), Some(&(vec!["new".to_owned()], 3)));
}

#[test]
fn where_folders_cannot_change_places_a_run_that_is_killed_leaves_no_mixture() {
    let inside = |out: &Path| Staging::inside(out, fs::canonicalize(out).expect("there")).expect("usable");
    let seen = killed_at_every_step(&inside);
    assert!(seen.len() > 6, "{seen:?}");
    assert!(seen.iter().all(|(runs, _)| runs.len() <= 1), "{seen:?}");
    assert_eq!(seen.last(), Some(&(vec!["new".to_owned()], 3)));
}

#[test]
fn hidden_folders_of_runs_that_live_stay() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    let first = Staging::new(&out).expect("usable");
    staged(&first, "first", &NEW);
    let second = Staging::new(&out).expect("usable");
    staged(&second, "second", &NEW);
    second.publish(STALE).expect("published");
    first.publish(STALE).expect("published");
    assert_eq!(runs(&out), (vec!["first".to_owned()], 3));
    fs::create_dir(dir.path().join(".out.carve-7")).expect("made");
    fs::create_dir(dir.path().join(".out.carve-mine")).expect("made");
    fs::create_dir(dir.path().join(".other.carve-7")).expect("made");
    drop(Staging::new(&out).expect("usable"));
    let mut left: Vec<String> = (fs::read_dir(dir.path()).expect("a folder"))
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, [".other.carve-7", ".out.carve-mine", "out"]);
}

#[test]
fn runs_into_one_folder_at_one_time_keep_out_of_each_others_way() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    std::thread::scope(|scope| {
        for run in 0..4 {
            let out = &out;
            scope.spawn(move || {
                for round in 0..50 {
                    let staging = Staging::new(out).expect("usable");
                    // Without the folder that it made this would fail.
                    staged(&staging, &format!("{run}-{round}"), &NEW);
                }
            });
        }
    });
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1, "hidden folders are left");
}
