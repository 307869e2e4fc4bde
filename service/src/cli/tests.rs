//! The command line is consistent, and its texts are read as people write them.

use super::*;
use clap::CommandFactory;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn times_are_read_as_people_write_them() {
    for (text, ms) in [
        ("30s", 30_000),
        ("500ms", 500),
        ("2m", 120_000),
        ("1h", 3_600_000),
        ("30", 30_000),
        ("1.5s", 1_500),
        ("0.1", 100),
    ] {
        assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
    }
    for text in ["", "s", "-1s", "30 s", "1d", "1e3", "..", "NaN", "inf", "99999999999999999999999h"] {
        assert!(duration(text).is_err(), "{text}");
    }
}

#[test]
fn formats_are_named_together() {
    use Format::{Csv, Geojson, Xlsx};
    let only = |formats: &[Format]| Formats { formats: formats.to_vec(), columns: Vec::new() };
    for (text, expected) in
        [("csv", &[Csv][..]), ("xlsx, csv,csv", &[Csv, Xlsx]), ("all", &Format::ALL), ("geojson,csv", &[Csv, Geojson])]
    {
        assert_eq!(formats(text), Ok(only(expected)), "{text}");
    }
    for (text, said) in [
        ("xslx", "\"xslx\" is no format"),
        ("csv,", "\"\" is no format"),
        ("pdf", "write some of csv, "),
        ("xlsx:name", "no columns to choose"),
        ("csv:name", "lack account_id"),
    ] {
        assert!(formats(text).is_err_and(|error| error.contains(said)), "{text}");
    }
    let default = Cli::try_parse_from(["carve", "solve", "a.csv", "--out", "o"]).map(|cli| cli.command);
    let Ok(Command::Solve(args)) = default else { panic!("it is a command") };
    assert_eq!(args.format, only(&Format::DEFAULT));
    let chosen = Formats { formats: vec![Csv], columns: ["account_id", "score"].map(String::from).to_vec() };
    assert_eq!(formats("csv:account_id+score"), Ok(chosen));
}

#[test]
fn one_shape_at_a_time() {
    let solve =
        |shape: &[&str]| Cli::try_parse_from([&["carve", "solve", "a.csv", "--out", "o"], shape].concat()).is_ok();
    for accepted in [
        &[][..],
        &["--plan", "p.yaml"],
        &["--seats", "4"],
        &["--stages", "2,4,8"],
        &["--stages", "2,4,8", "--current", "4"],
        &["--plan", "p", "--seats", "4"],
        &["--plan", "p", "--stages", "2"],
    ] {
        assert!(solve(accepted), "{accepted:?}");
    }
    for refused in [
        &["--seats", "4", "--stages", "2"][..],
        &["--seats", "0"],
        &["--current", "2"],
        &["--stages", "two"],
        &["--gap", "NaN"],
        &["--gap", "-1"],
    ] {
        assert!(!solve(refused), "{refused:?}");
    }
}
