//! Seats as they are asked for, with and without owners and plan files.

use super::*;
use crate::cli::WishArgs;
use carve_reader::OwnerLabel;
use carve_solver::input::Book;

/// What comes of flags: the seats (to be hired: with a `?`, outside the balance: with a `*`), codes of what was found, lines of what won.
struct Became {
    seats: Vec<String>,
    found: Vec<Located>,
    won: Vec<String>,
    plan: PlanFile,
}

impl Became {
    fn codes(&self) -> Vec<Code> {
        self.found.iter().map(|located| located.finding.code).collect()
    }
}

/// Flags as they are typed, one a line.
fn args(flags: &[&str]) -> ShapeArgs {
    let mut args = ShapeArgs { wishes: WishArgs::default(), ..ShapeArgs::default() };
    for flag in flags {
        let (name, value) = flag.split_once(' ').expect("a flag and its value");
        match name {
            "--seats" => args.counts.seats = Some(value.parse().expect("a number")),
            "--stages" => args.counts.stages = value.split(',').map(|count| count.parse().expect("a number")).collect(),
            "--drop-owner" => args.wishes.drop_owner.push(value.into()),
            "--add-seat" => args.wishes.add_seat.push(value.into()),
            "--pool" => args.wishes.pool.push(value.into()),
            "--seats-file" => args.wishes.seats_file = Some(value.into()),
            other => panic!("{other}"),
        }
    }
    args
}

fn became(plan: &str, owners: &[&str], flags: &[&str]) -> Became {
    labelled(plan, owners, &[], flags)
}

fn labelled(plan: &str, owners: &[&str], labels: &[OwnerLabel], flags: &[&str]) -> Became {
    let mut plan = match plan {
        "" => PlanFile::default(),
        plan => PlanFile::read("plan.yaml", plan.as_bytes()).expect("well-formed"),
    };
    let book = Book { current_owners: owners.iter().map(ToString::to_string).collect(), ..Book::default() };
    let (mut found, mut won) = (Vec::new(), Vec::new());
    let wish = Wish::read(&args(flags), &mut found);
    wish.apply(&mut plan, &Owners::of(&book, labels), &mut won);
    found.append(&mut plan.faults);
    found.append(&mut plan.remarks);
    let seats = match plan.request.split.as_ref().and_then(|split| split.shape.as_ref()) {
        None => Vec::new(),
        Some(Shape::Seats(seats)) => {
            let open =
                |seat: &proto::Seat| match (seat.state == proto::SeatState::ToBeHired as i32, seat.outside_balance) {
                    (true, _) => "?",
                    (false, true) => "*",
                    (false, false) => "",
                };
            seats.seats.iter().map(|seat| format!("{}{}", seat.seat_id, open(seat))).collect()
        }
        Some(Shape::Tree(root)) => tree::leaves(root).into_iter().map(String::from).collect(),
        Some(Shape::Stages(stages)) => stages.counts.iter().map(|count| format!("stage {count}")).collect(),
    };
    Became { seats, found, won, plan }
}

const OWNERS: &[&str] = &["Cy", "Ana Diaz", "", "ben", "Ana Diaz"];

#[test]
fn seats_keep_todays_owners_and_more_are_to_be_hired() {
    for (flags, expected) in [
        (&["--seats 3"][..], &["Ana Diaz", "Cy", "ben"][..]),
        (&["--seats 5"], &["Ana Diaz", "Cy", "ben", "tbh-1?", "tbh-2?"]),
        (&["--drop-owner cy"], &["Ana Diaz", "ben"]),
        (&["--drop-owner \"Ana Diaz\"", "--drop-owner ana  diaz", "--seats 2"], &["Cy", "ben"]),
        (&["--drop-owner Cy", "--add-seat Dee", "--seats 4"], &["Ana Diaz", "ben", "Dee", "tbh-1?"]),
        (&["--add-seat tbh-1", "--seats 5"], &["Ana Diaz", "Cy", "ben", "tbh-1", "tbh-2?"]),
        (&["--pool cy"], &["Ana Diaz", "Cy*", "ben"]),
        // The house is none of the seats that are counted.
        (&["--pool cy", "--seats 3"], &["Ana Diaz", "Cy*", "ben", "tbh-1?"]),
        (&["--add-seat house", "--pool House", "--seats 3"], &["Ana Diaz", "Cy", "ben", "house*"]),
        (&["--stages 2,4"], &["stage 2", "stage 4"]),
    ] {
        let became = became("", OWNERS, flags);
        assert_eq!(became.seats, expected, "{flags:?}: {:?}", became.found);
        assert!(became.found.is_empty() && became.won.is_empty(), "{flags:?}: {:?} {:?}", became.found, became.won);
    }
}

#[test]
fn what_a_plan_file_says_of_a_pools_share_gives_way() {
    let plan = "split: {seats: {seats: [{seat_id: a, share: 2}, {seat_id: house, share: 0.5, home: {latitude: 1}}]}}";
    let found = became(plan, &[], &["--pool HOUSE"]);
    assert_eq!(found.seats, ["a", "house*"]);
    assert_eq!(found.won, ["--pool HOUSE: its share, home in plan.yaml gives way"]);
    let plan = "split: {tree: {node_id: root, children: [{node_id: a}, {node_id: house, share: 2}]}}";
    let found = became(plan, &[], &["--pool house"]);
    assert_eq!(found.won, ["--pool house: its share in plan.yaml gives way"]);
    let Some(Shape::Tree(root)) = found.plan.request.split.and_then(|split| split.shape) else { panic!("no tree") };
    assert!(root.children[1].outside_balance && root.children[1].share.is_none() && !root.children[0].outside_balance);
    // As a list of seats, a tree's pool stays one.
    let seats = tree::seats(&root);
    assert_eq!(seats.iter().map(|seat| seat.outside_balance).collect::<Vec<_>>(), [false, true]);
    let deep = "split: {tree: {node_id: root, children: [{node_id: s, children: [{node_id: a}, {node_id: b}]}]}}";
    let found = became(deep, &[], &["--pool a"]);
    assert_eq!(found.codes(), [Code::FlagInvalid]);
    assert!(found.found[0].finding.message.contains("below a side"), "{:?}", found.found);
}

#[test]
fn without_owners_seats_are_numbered_from_one() {
    assert_eq!(became("", &["", ""], &["--seats 3"]).seats, ["seat-1", "seat-2", "seat-3"]);
    assert_eq!(became("", &[], &["--add-seat A", "--seats 2"]).seats, ["A", "tbh-1?"]);
    assert!(became("", &["x"], &[]).seats.is_empty());
}

#[test]
fn fewer_seats_than_owners_name_those_to_choose_from() {
    let became = became("", OWNERS, &["--seats 1"]);
    assert_eq!(became.codes(), [Code::SeatsTooFew]);
    let finding = &became.found[0].finding;
    assert!(finding.message.contains("2 of these"), "{finding:?}");
    let listed = [
        "--drop-owner Cy          1 account",
        "--drop-owner ben         1 account",
        "--drop-owner 'Ana Diaz'  2 accounts",
    ];
    assert_eq!(finding.below(), listed);
}

#[test]
fn nonsense_is_a_finding_at_its_flag() {
    for (flags, code, says) in [
        (&["--drop-owner Ana Dias"][..], Code::OwnerNotFound, "did you mean \"Ana Diaz\"?"),
        (&["--drop-owner Somebody Else"], Code::OwnerNotFound, "there are \"Ana Diaz\", "),
        (&["--drop-owner \"Ana"], Code::FlagInvalid, "no second \""),
        (&["--add-seat Cy"], Code::NodeIdDuplicate, "there is a seat \"Cy\" already"),
        (&["--add-seat BEN"], Code::NodeIdDuplicate, "already"),
        (&["--add-seat dee@corp.com"], Code::FlagInvalid, "in double quotes"),
        (&["--add-seat Dee:many"], Code::FlagInvalid, "no number above 0"),
        (&["--add-seat @40,-74"], Code::FlagInvalid, "name is empty"),
        (&["--add-seat Dee@91,200"], Code::FlagInvalid, "not on Earth"),
        (&["--pool Hous"], Code::OwnerNotFound, "there are \"Ana Diaz\", "),
        (&["--pool  "], Code::FlagInvalid, "name is empty"),
        (&["--stages 2,4", "--pool Cy"], Code::FlagInvalid, "leave out --pool Cy"),
        (&["--stages 2,4", "--drop-owner Cy"], Code::FlagInvalid, "leave out --drop-owner Cy"),
    ] {
        let became = became("", OWNERS, flags);
        assert_eq!(became.codes(), [code], "{flags:?}: {:?}", became.found);
        let located = &became.found[0];
        assert!(located.finding.message.contains(says), "{flags:?}: {located:?}");
        let flag = flags[0].split(' ').next().expect("a flag");
        assert!(located.file.starts_with(flag), "{flags:?}: {located:?}");
    }
}

#[test]
fn added_seats_have_a_home_and_a_capacity() {
    let place = |latitude, longitude| Some(proto::Place { latitude, longitude, ..Default::default() });
    for (given, name, home, capacity) in [
        ("Dee", "Dee", None, None),
        (" Dee ", "Dee", None, None),
        ("Dee@40.7,-74", "Dee", place(40.7, -74.0), None),
        ("Dee:0.5", "Dee", None, Some(0.5)),
        ("Dee Lee @ 40.7, -74 : 150%", "Dee Lee", place(40.7, -74.0), Some(1.5)),
        ("dee@corp.com@40.7,-74", "dee@corp.com", place(40.7, -74.0), None),
        ("\"dee@corp.com\"", "dee@corp.com", None, None),
        ("\"dee: @ \"\"x\"\"\":2", "dee: @ \"x\"", None, Some(2.0)),
        ("\"d=e\"@1,2:3", "d=e", place(1.0, 2.0), Some(3.0)),
    ] {
        let read = seat(given).unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!((read.seat.seat_id.as_str(), read.seat.home, read.seat.capacity), (name, home, capacity), "{given}");
    }
}

const SEATS: &str = "split:
  seats:
    max_children: 4
    seats:
      - {seat_id: Ana Diaz, capacity: 2}
      - {seat_id: ben}
      - {seat_id: tbh-1, state: TO_BE_HIRED, covering_seat_id: ben}
";

#[test]
fn the_command_line_wins_over_a_plans_seats_and_says_so() {
    for (flags, expected, lines) in [
        (&["--seats 4"][..], &["Ana Diaz", "ben", "tbh-1?", "tbh-2?"][..], 1),
        (&["--seats 3"], &["Ana Diaz", "ben", "tbh-1?"], 0),
        (&["--drop-owner ana diaz", "--add-seat Dee"], &["ben", "tbh-1?", "Dee"], 2),
        // Cy owns accounts and has no seat in the plan: gone already.
        (&["--drop-owner Cy"], &["Ana Diaz", "ben", "tbh-1?"], 0),
        (&["--stages 2,4"], &["stage 2", "stage 4"], 1),
    ] {
        let became = became(SEATS, OWNERS, flags);
        assert_eq!(became.seats, expected, "{flags:?}: {:?}", became.found);
        assert_eq!(
            (became.won.len(), became.found.len()),
            (lines, 0),
            "{flags:?}: {:?} {:?}",
            became.won,
            became.found
        );
    }
    let became = became(SEATS, OWNERS, &["--drop-owner ana diaz", "--add-seat Dee"]);
    let Some(Shape::Seats(seats)) = &became.plan.request.split.as_ref().expect("a split").shape else {
        panic!("no seats")
    };
    assert_eq!(seats.max_children, 4);
    let at = |path: &str| {
        let finding = carve_solver::Finding::new(Code::ShareInvalid, carve_solver::Place::Plan(path.into()), "");
        let located = became.plan.locate(finding);
        (located.file, located.line)
    };
    assert_eq!(at("split.seats.seats[1].covering_seat_id"), ("plan.yaml".into(), 7));
    assert_eq!(at("split.seats.seats[2].capacity"), ("--add-seat Dee".into(), 0));
}

const TREE: &str = "split: {tree: {node_id: root, children: [{node_id: Ana Diaz, share: 2}, {node_id: ben, anchor: {latitude: 1, longitude: 2}}]}}";
const SIDES: &str = "split: {tree: {node_id: root, children: [{node_id: w, children: [{node_id: ben}]}, {node_id: e, children: [{node_id: Cy}]}]}}";

#[test]
fn the_command_line_wins_over_a_plans_tree() {
    for (plan, flags, expected, lines) in [
        (TREE, &["--drop-owner Ben"][..], &["Ana Diaz"][..], 1),
        (TREE, &["--add-seat Dee"], &["Ana Diaz", "ben", "Dee"], 1),
        (TREE, &["--seats 3"], &["Ana Diaz", "ben", "tbh-1?"], 1),
        (SIDES, &["--drop-owner Cy"], &["ben"], 1),
        (SIDES, &["--seats 2", "--drop-owner Cy"], &["ben", "tbh-1?"], 1),
    ] {
        let became = became(plan, OWNERS, flags);
        assert_eq!(became.seats, expected, "{flags:?}: {:?}", became.found);
        assert_eq!(
            (became.won.len(), became.found.len()),
            (lines, 0),
            "{flags:?}: {:?} {:?}",
            became.won,
            became.found
        );
    }
    let became = became(SIDES, OWNERS, &["--add-seat Dee"]);
    assert_eq!(became.codes(), [Code::FlagInvalid]);
    let stages = "split: {stages: {counts: [2, 4]}}";
    assert_eq!(super::tests::became(stages, OWNERS, &["--drop-owner Cy"]).codes(), [Code::FlagInvalid]);
    let replaced = super::tests::became(stages, OWNERS, &["--seats 3"]);
    assert_eq!((replaced.seats.len(), replaced.won.len()), (3, 1));
}

/// A file of seats, and what comes of it.
fn from_file(csv: &str, owners: &[&str], flags: &[&str]) -> Became {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("seats.csv");
    std::fs::write(&path, csv).expect("written");
    let file = format!("--seats-file {}", path.display());
    became("", owners, &[&[file.as_str()], flags].concat())
}

#[test]
fn a_seats_file_is_read_by_headings_of_many_kinds() {
    let csv = "\u{feff}Seller Name;E-Mail;User ID;Home (lat, lon);Capacity;Ramp %;Start Date;Covered by\n\
               ana diaz;ana@corp.com;005A;40.7,-74;1.5;;;\n\
               Benjamin;ben;005B;;80%;50%;2027-01-31;\n\
               Boston;;;;;;2027-03-01;Benjamin\n";
    let csv = csv.replace("Home (lat, lon)", "Home lat/lon").replace("E-Mail", "Email Address");
    let became = from_file(&csv, OWNERS, &["--seats 4"]);
    assert_eq!(became.seats, ["Ana Diaz", "ben", "Boston?", "tbh-1?"], "{:?}", became.found);
    assert_eq!(became.codes(), [Code::DelimiterRead], "{:?}", became.found);
    assert!(became.won[0].ends_with("3 seats, name <- Seller Name, email <- Email Address, user id <- User ID, home <- Home lat/lon, capacity <- Capacity, ramp <- Ramp %, start date <- Start Date, covering seat <- Covered by"), "{:?}", became.won);
    let Some(Shape::Seats(seats)) = &became.plan.request.split.as_ref().expect("a split").shape else {
        panic!("no seats")
    };
    let [ana, ben, boston, _] = &seats.seats[..] else { panic!("{seats:?}") };
    assert_eq!((ana.capacity, ana.home.map(|home| home.latitude)), (Some(1.5), Some(40.7)));
    assert_eq!((ben.capacity, ben.ramp, ben.start_date.as_str()), (Some(0.8), Some(0.5), "2027-01-31"));
    assert_eq!(boston.covering_seat_id, "ben");
}

#[test]
fn faults_of_a_seats_file_are_named_in_place_all_at_once() {
    for (csv, expected) in [
        ("name\nAna\n ana \n", &["node_id_duplicate 3:1"][..]),
        (
            "name,capacity,ramp,home\nA,0,1,\nB,1,2,\nC,1,50%,here\n,1,1,\n",
            &["field_type 2:2", "field_type 3:3", "field_type 4:4", "node_id_missing 5:1"],
        ),
        ("name,seller\nA,B\n", &["column_duplicate 1:2"]),
        ("capacity\n1\n", &["column_missing 1:1"]),
        ("name\n", &["split_empty 1:0"]),
        ("name,capacity\nA\n", &["row_length 2:0"]),
        ("name,status\nA,perhaps\n", &["field_type 2:2"]),
        ("name,covered by\nCy,Dee\n", &["seat_unknown 2:2"]),
        ("name,shoe size\nCy,42\n", &["seat_column_unused 1:2"]),
        ("name\nBen\nAna Dias\nCy\n", &["seat_without_accounts 3:1"]),
        ("name,status\nDee,TBH\nBEN,filled\n", &[]),
        ("name,outside balance\nCy,perhaps\n", &["field_type 2:2"]),
        ("name,pool\nBEN,\nCy,Yes\nAna Diaz,no\n", &[]),
    ] {
        let became = from_file(csv, OWNERS, &[]);
        let found: Vec<String> =
            became.found.iter().map(|f| format!("{} {}:{}", f.finding.code, f.line, f.column)).collect();
        assert_eq!(found, expected, "{csv}: {:?}", became.found);
    }
    assert_eq!(from_file("name,pool\nBEN,\nCy,Yes\n", OWNERS, &[]).seats, ["ben", "Cy*"]);
    let became = from_file("name\nAna Dias\n", OWNERS, &[]);
    assert!(became.found[0].finding.message.contains("did you mean \"Ana Diaz\"?"), "{:?}", became.found);
    assert_eq!(super::tests::became("", OWNERS, &["--seats-file nowhere.csv"]).codes(), [Code::FileUnreadable]);
}

/// Two sellers known by ids, of whom two have one name, and a third of the same name but for case.
fn by_ids() -> (Vec<&'static str>, Vec<OwnerLabel>) {
    let (eve, ana, other) = ("0053z00000AbCdEAAV", "0053z00000AbCdF", "0053z00000abcdE");
    let label = |owner: &str, name: &str, email: &str| OwnerLabel {
        owner: owner.into(),
        name: name.into(),
        email: email.into(),
    };
    let labels = vec![
        label(eve, "Eve Adams", "eve@corp.com"),
        label(ana, "Ana Diaz", "ana@corp.com"),
        label(other, "ana diaz", "ana2@corp.com"),
    ];
    (vec![eve, ana, other, eve], labels)
}

#[test]
fn sellers_known_by_ids_are_called_by_name_by_address_and_by_both_forms_of_the_id() {
    let (owners, labels) = by_ids();
    for dropped in ["eve adams", "EVE@corp.com", "0053z00000AbCdE", "Eve Adams (0053z00000AbCdEAAV)"] {
        let became = labelled("", &owners, &labels, &[&format!("--drop-owner {dropped}")]);
        assert_eq!(became.seats, ["0053z00000AbCdF", "0053z00000abcdE"], "{dropped}: {:?}", became.found);
    }
    let became = labelled("", &owners, &labels, &["--drop-owner Ana Diaz"]);
    assert_eq!(became.codes(), [Code::OwnerAmbiguous]);
    let message = &became.found[0].finding.message;
    assert!(message.contains("\"Ana Diaz (0053z00000AbCdF)\", \"ana diaz (0053z00000abcdE)\""), "{message}");
    // One who is there by id has no second seat by name.
    assert_eq!(labelled("", &owners, &labels, &["--add-seat Eve Adams"]).codes(), [Code::NodeIdDuplicate]);
    let plan = "split: {seats: {seats: [{seat_id: 0053z00000AbCdF}]}}";
    let became = labelled(plan, &owners, &labels, &["--add-seat Eve Adams"]);
    assert_eq!(became.seats, ["0053z00000AbCdF", "0053z00000AbCdEAAV"], "{:?}", became.found);
    // Those to choose from are shown by name and id, and each can be typed as it is shown.
    let became = labelled("", &owners, &labels, &["--seats 1"]);
    let listed = [
        "--drop-owner 0053z00000AbCdF  1 account   Ana Diaz (0053z00000AbCdF)",
        "--drop-owner 0053z00000abcdE  1 account   ana diaz (0053z00000abcdE)",
        "--drop-owner 'Eve Adams'      2 accounts  Eve Adams (0053z00000AbCdEAAV)",
    ];
    assert_eq!(*became.found[0].finding.below(), listed);
}

#[test]
fn a_seats_file_finds_sellers_by_user_id_name_or_address() {
    let (owners, labels) = by_ids();
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("seats.csv");
    let flag = format!("--seats-file {}", path.display());
    for (csv, seats, codes) in [
        ("name\nEve Adams\n", &["0053z00000AbCdEAAV"][..], &[][..]),
        ("name,user id\nEve,0053z00000AbCdE\n", &["0053z00000AbCdEAAV"], &[]),
        ("name,email\nAna Diaz,ana2@corp.com\n", &["0053z00000abcdE"], &[]),
        ("name\nAna Diaz\n", &["Ana Diaz"], &[Code::OwnerAmbiguous]),
    ] {
        std::fs::write(&path, csv).expect("written");
        let became = labelled("", &owners, &labels, &[&flag]);
        assert_eq!(
            (&became.seats[..], &became.codes()[..]),
            (&seats.iter().map(ToString::to_string).collect::<Vec<_>>()[..], codes),
            "{csv}: {:?}",
            became.found
        );
    }
}
