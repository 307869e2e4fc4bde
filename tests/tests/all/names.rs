//! Names on the command line: of sellers whom the accounts know by ids, of fields that are no plain words, of places.

use crate::cli::{Desk, unfolded};
use std::fs;

/// Six accounts of sellers that are known by ids, with headings that are no plain words.
fn named_desk() -> Desk {
    let desk = Desk::new();
    desk.write(
        "accounts.csv",
        "Account ID,Owner ID,Account Owner,Account Segment,Owner.Region,\u{c5}bc,package,Open Pipeline\n\
         001000000000001AAA,005000000000001AAA,Eve Adams,Named Account,North,x,a,100.25\n\
         001000000000002AAA,005000000000001AAA,Eve Adams,SMB,South,y,b,200.50\n\
         001000000000003AAA,005000000000002AAA,Ana Diaz,SMB,North,x,a,300.75\n\
         001000000000004AAA,005000000000002AAA,Ana Diaz,Named Account,South,y,b,400.00\n\
         001000000000005AAA,005000000000003AAA,ana diaz,SMB,North,x,a,500.00\n\
         001000000000006AAA,005000000000003AAA,ana diaz,Named Account,South,y,b,600.00\n",
    );
    desk
}

#[test]
fn sellers_known_by_ids_are_called_by_their_names_in_every_flag() {
    let desk = named_desk();
    let (eve, ana) = ("005000000000001AAA", "005000000000002AAA");
    for name in ["Eve Adams", "eve  adams", "005000000000001", eve] {
        let printed = desk.run(0, &["validate", "accounts.csv", "--drop-owner", name, "--print-plan"]).stdout;
        assert!(!printed.contains(&format!("seat_id: {eve}")) && printed.contains(ana), "{name}: {printed}");
        assert!(printed.contains("\"Eve Adams (005000000000001AAA)\" (2 accounts)"), "{printed}");
        let pin = format!("`Account Segment` == \"SMB\" && current_owner != 'Eve Adams'={name}");
        let printed = desk.run(0, &["validate", "accounts.csv", "--pin", &pin, "--print-plan"]).stdout;
        assert!(printed.contains(&format!("node_id: {eve}")), "{name}: {printed}");
        assert!(printed.contains("these go to Eve Adams (005000000000001AAA)"), "{printed}");
        let protect = format!("current_owner in ['{name}']");
        let found = desk.run(0, &["validate", "accounts.csv", "--protect", &protect]).stdout;
        assert!(!found.contains("rule_matches_nothing"), "{name}: {found}");
    }
    for flags in
        [["--drop-owner", "Ana Diaz"], ["--pin", "has_place=Ana Diaz"], ["--protect", "current_owner == 'ANA DIAZ'"]]
    {
        let refused = unfolded(&desk.run(2, &[&["solve", "accounts.csv"], &flags[..]].concat()).stderr);
        for part in [
            "error[owner_ambiguous]",
            "\"Ana Diaz (005000000000002AAA)\"",
            "\"ana diaz (005000000000003AAA)\"",
            "write the id",
        ] {
            assert!(refused.contains(part), "{flags:?}: {part} is not in\n{refused}");
        }
    }
    let refused = unfolded(&desk.run(2, &["solve", "accounts.csv", "--seats", "2"]).stderr);
    assert!(
        refused.contains("--drop-owner 'Eve Adams'         2 accounts  Eve Adams (005000000000001AAA)"),
        "{refused}"
    );
    let refused = unfolded(&desk.run(2, &["solve", "accounts.csv", "--pin", "has_place=Eve Adam"]).stderr);
    assert!(refused.contains("did you mean \"Eve Adams\", who is Eve Adams (005000000000001AAA)?"), "{refused}");
}

#[test]
fn fields_of_any_name_are_used_in_filters_rules_mixes_and_expressions() {
    let desk = named_desk();
    let filter = "`Account Segment` == 'Named Account' && `Owner.Region` != 'East' && \u{c5}bc in ['x', 'y'] && `package` != 'c'";
    desk.write(
        "plan.yaml",
        format!(
            "tiers: [{{criteria: [{{balance: {{measure: named}}}}, {{mix: {{attribute: Account Segment}}}}, {{balance: {{measure: half}}}}]}}]\n\
             measures: [{{measure: named, count_filter: \"{filter}\"}}, {{measure: half, expression: \"`Owner.Region` == 'North' ? open_pipeline / 2 : 0\", decimals: 2}}]\n"
        ),
    );
    let flags = ["--plan", "plan.yaml", "--protect", filter, "--max", "open_pipeline=1300.50"];
    desk.run(
        0,
        &[&["solve", "accounts.csv", "--out", "out", "--work-limit", "20000", "--time-limit", "24h"], &flags[..]]
            .concat(),
    );
    let plan = desk.json("out/plan.json");
    // A column is used that a filter or an expression calls by its name in backquotes.
    let columns = plan["columns"].as_array().expect("columns");
    for heading in ["Account Segment", "Owner.Region", "\u{c5}bc", "package", "Open Pipeline"] {
        let column = columns.iter().find(|column| column["heading"] == heading).expect("there");
        let is_used = column["used_for"].as_array().is_some_and(|used| !used.is_empty());
        assert!(is_used, "{heading}: {column}");
    }
    let total = |measure: &str| -> i64 {
        let measures = plan["nodes"][0]["measures"].as_array().expect("measures");
        let found = measures.iter().find(|m| m["measure"] == measure).expect("there");
        found["amount"].as_str().map_or_else(|| found["amount"].as_i64(), |a| a.parse().ok()).expect("a number")
    };
    assert_eq!((total("named"), total("half")), (3, 45_051), "{plan}");
    desk.run(0, &[&["check", "accounts.csv", "--answer", "out"], &flags[..]].concat());
    for (filter, says) in [
        (
            "Account Segment == 'SMB'",
            "at character 1 of the filter: this field is written in backquotes, as its name is no plain word: `Account Segment`",
        ),
        (
            "has_place || owner.region == 'North'",
            "at character 14 of the filter: this field is written in backquotes, as its name is no plain word: `Owner.Region`",
        ),
        ("package == 'a'", "written in backquotes, as its name is no plain word: `package`"),
        ("`Acount Segment` == 'SMB'", "no account has a field `Acount Segment`; did you mean `Account Segment`?"),
        ("`Account Segment == 'SMB'", "this name has no end; close it with `"),
    ] {
        let refused = unfolded(&desk.run(2, &["validate", "accounts.csv", "--protect", filter]).stdout);
        assert!(refused.contains(says), "{filter}: {says} is not in\n{refused}");
    }
    desk.write("wrong.yaml", "measures: [{measure: m, expression: \"Owner.Region == 'x' ? 1 : 0\"}]\ntiers: [{criteria: [{balance: {measure: m}}]}]\n");
    let refused = unfolded(&desk.run(2, &["validate", "accounts.csv", "--plan", "wrong.yaml"]).stdout);
    assert!(refused.contains("written in backquotes, as its name is no plain word: `Owner.Region`"), "{refused}");
}

#[test]
fn homes_are_told_by_names_and_a_seats_file_is_read_as_accounts_are() {
    let desk = Desk::new();
    desk.write("accounts.csv", "account_id,state,current_owner\na,TX,Ana Diaz\nb,NY,Cy\n");
    let latin = "Seller;Wohnort;Home;Capacity;Start\nAna Diaz;x;Boston, MA;0,5;\nJos\u{e9};y;\"40,7;-74,0\";1,5;2027-01-31\nCy;z;02139;;\n";
    let bytes: Vec<u8> = latin.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    fs::write(desk.path("seats.csv"), bytes).expect("written");
    let printed = desk.run(0, &["validate", "accounts.csv", "--seats-file", "seats.csv", "--print-plan"]);
    for part in ["capacity: 0.5", "latitude: 42.3", "Jos\u{e9}", "longitude: -74", "capacity: 1.5"] {
        assert!(printed.stdout.contains(part), "{part} is not in\n{}", printed.stdout);
    }
    assert!(
        unfolded(&printed.stderr).contains(
            "--seats-file seats.csv: 3 seats, name <- Seller, home <- Home, capacity <- Capacity, start date <- Start"
        ),
        "{}",
        printed.stderr
    );
    let told = unfolded(&desk.run(0, &["validate", "accounts.csv", "--seats-file", "seats.csv"]).stdout);
    for part in [
        "info[home_from_name] ",
        "\"Ana Diaz\" in Boston, Massachusetts, United States",
        "seat_column_unused",
        "\"Wohnort\"",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    let told = unfolded(&desk.run(0, &["validate", "accounts.csv", "--add-seat", "Dee@Boston, MA:0.5"]).stdout);
    assert!(
        told.contains(
            "info[home_from_name] --add-seat 'Dee@Boston, MA:0.5': the home is read as Boston, Massachusetts"
        ),
        "{told}"
    );
}
