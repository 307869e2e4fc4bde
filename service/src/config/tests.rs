//! Flags, file, defaults and what is printed say the same.

use super::*;
use crate::server::Storage;
use crate::server::metrics::Metrics;
use std::sync::OnceLock;

fn settings(given: &Given) -> Result<String, ConfigError> {
    let mut settings = Settings::new().expect("a program");
    settings.take(given)?;
    // What is counted is no setting.
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    settings.server.metrics = METRICS.get_or_init(Metrics::new).clone();
    Ok(format!("{:?}", settings.finished()?))
}

fn setting(name: &str) -> &'static Setting {
    SETTINGS.iter().find(|setting| setting.name == name).expect("a setting")
}

#[test]
fn every_default_is_what_holds_without_it() {
    let defaults: Given = SETTINGS.iter().filter_map(|s| Some((s, s.default?.to_owned()))).collect();
    // Those that contradict one another are "false".
    let one = |given: &(&'static Setting, String)| settings(&vec![(given.0, given.1.clone())]).expect("good");
    let nothing = settings(&Vec::new()).expect("good");
    for given in &defaults {
        assert_eq!(one(given), nothing, "{}", given.0.name);
    }
}

#[test]
fn what_is_printed_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("carve.toml");
    let given: Given = vec![
        (setting("addr"), "unix:/run/a \"b\".sock".into()),
        (setting("max-solves"), "3".into()),
        (setting("reflection"), "true".into()),
        (setting("worker-memory"), "2GiB".into()),
    ];
    std::fs::write(&path, printed(&given)).expect("written");
    let again = read(&path).expect("read");
    assert_eq!(settings(&again).expect("good"), settings(&given).expect("good"));
    // Every line that shows a default is one, and no setting is left out.
    let uncommented: String = printed(&Vec::new())
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| SETTINGS.iter().any(|s| s.default.is_some() && line.starts_with(&format!("{} = ", s.name))))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(&path, &uncommented).expect("written");
    let defaults = SETTINGS.iter().filter(|setting| setting.default.is_some()).count();
    let table: toml::Table = uncommented.parse().expect("TOML");
    assert_eq!(table.len(), defaults);
    for setting in SETTINGS {
        assert!(printed(&Vec::new()).contains(&format!("\n# {} =", setting.name)), "{}", setting.name);
    }
}

#[test]
fn what_cannot_be_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("carve.toml");
    for (text, expected) in [
        ("max-solves = 2\ndrain = \"1s\"\n", ""),
        ("max_solves = 2\n", "is max-solves meant?"),
        ("max-solve = 2\n", "is max-solves meant?"),
        ("colour = 2\n", "there is no setting \"colour\""),
        ("max-solves = [2]\n", "max-solves: a array is no value"),
        ("max-solves = 0\n", "max-solves: \"0\" is not a whole number from 1 to 1024"),
        ("max-solves = \n", "is not understood"),
        ("data = \"a\"\ndatabase = \"postgres://b\"\n", "data and database cannot be given together"),
        ("tls-cert = \"a\"\n", "tls-cert needs tls-key"),
        ("client-ca = \"a\"\n", "client-ca needs tls-cert"),
        ("tls-cert = \"a\"\ntls-key = \"b\"\nclient-ca = \"c\"\n", "client-ca needs tokens"),
        ("worker-memory = \"2GB\"\n", "write 64MiB"),
        ("max-time-limit = \"0s\"\n", "no time at all"),
        ("max-time-limit = \"25h\"\n", "give 24h or less"),
        ("worker-memory = \"1MiB\"\n", "give 64MiB or more"),
        ("database = \"mysql://u:secret@h/d\"\n", "mysql:// is no database"),
        ("database = \"u:secret@h/d\"\n", "it is no URL"),
        ("database = \"postgres://u@h/d?sslmod=require\"\n", "the parameter \"sslmod\", which is none"),
        ("database = \"postgres://u@h/d?sslmode=require&options[x]=y\"\n", ""),
        ("database = \"\"\n", "database: it is empty; give URL"),
        ("max-request-bytes = \"1MiB\"\n", ""),
        (
            "max-request-bytes = \"1MiB\"\nmax-request-bytes-per-peer = \"2MiB\"\n",
            "max-request-bytes-per-peer is above",
        ),
        ("max-connections = 4\nmax-connections-per-peer = 5\n", "max-connections-per-peer is above"),
        ("max-solves = 2\ndata =\n", "line 2, \"data =\": "),
        ("reflection = \"yes\"\n", "neither true nor false"),
        ("log-level = \"trace\"\n", "is no level"),
    ] {
        std::fs::write(&path, text).expect("written");
        let told = read(&path).and_then(|given| settings(&given)).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{text}: {told}");
    }
    assert!(read(&folder.path().join("none")).is_err());
}

#[test]
fn the_later_source_wins() {
    let file: Given = vec![(setting("data"), "a".into()), (setting("reflection"), "true".into())];
    let flags: Given = vec![(setting("database"), "postgres://b".into()), (setting("reflection"), "false".into())];
    let mut both = Settings::new().expect("a program");
    both.take(&file).expect("good");
    both.take(&flags).expect("good");
    assert!(matches!(both.server.storage, Storage::Database(_)) && !both.server.reflection);
}
