//! What strangers send, altered at random: nothing may panic, whatever it is. Each target has good inputs as its beginnings, and
//! files that once mattered under `__fuzz__`, which every run tries, and a second of alterations beside them; `BOLERO_RANDOM_TEST_TIME_MS=3600000` goes on for an hour.

use bolero::check;
use carve_datasets::{GenerateOptions, Shape, generate, write_accounts};
use carve_proto::v1 as proto;
use carve_service::plan_file::PlanFile;
use carve_service::worker::frames::Frame;
use carve_service::{decode, decode_plan, encode};
use carve_solver::input::RuleKindInput;
use carve_solver::{Plan, Problem, check};
use carve_tests::{book, exact, filter, flat, rule, solve, with_attribute, with_measure};
use prost::Message;
use std::sync::OnceLock;

/// A beginning with some of its bytes altered: three bytes of `edits` say each time what is done, where, and with what.
fn altered(beginnings: &[Vec<u8>], edits: &[u8]) -> Vec<u8> {
    let (first, edits) = edits.split_first().unwrap_or((&0, &[]));
    let mut bytes = beginnings[usize::from(*first) % beginnings.len()].clone();
    for edit in edits.chunks_exact(4) {
        let &[what, high, low, value] = edit else { continue };
        let at = usize::from(u16::from_be_bytes([high, low])) % bytes.len().max(1);
        match what % 6 {
            0 if !bytes.is_empty() => bytes[at] = value,
            1 => bytes.insert(at.min(bytes.len()), value),
            2 if !bytes.is_empty() => _ = bytes.remove(at),
            3 => bytes.truncate(at.max(1)),
            4 if !bytes.is_empty() => {
                // A piece once more, somewhere else.
                let piece: Vec<u8> = bytes[at..(at + usize::from(value)).min(bytes.len())].to_vec();
                let to = usize::from(value) * 7 % (bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            _ if !bytes.is_empty() => bytes[at] ^= 1 << (value % 8),
            _ => {}
        }
    }
    bytes
}

/// A small book with everything in it: places, families, owners, measures, attributes, rules.
fn everything() -> &'static (proto::SolveRequest, String, Vec<u8>) {
    static MADE: OnceLock<(proto::SolveRequest, String, Vec<u8>)> = OnceLock::new();
    MADE.get_or_init(|| {
        let options = GenerateOptions {
            accounts: 12,
            buckets: 3,
            seed: 3,
            shape: Shape::Crm,
            tolerance: 0.05,
            extra_measures: 1,
        };
        let made = generate(&options);
        let mut request = PlanFile::read("plan.yaml", made.plan_yaml.as_bytes()).expect("a good plan").request;
        request.accounts = carve_tests::wire::accounts(&made.book);
        let mut csv = Vec::new();
        write_accounts(&made.book, &mut csv).expect("written");
        (request, made.plan_yaml, csv)
    })
}

#[test]
fn requests() {
    let (request, ..) = everything();
    let stages = proto::Stages { counts: vec![2, 4], current: 2 };
    let staged = proto::SolveRequest {
        split: Some(proto::Split { shape: Some(proto::split::Shape::Stages(stages)) }),
        ..request.clone()
    };
    let beginnings = [request.encode_to_vec(), staged.encode_to_vec()];
    check!().for_each(|edits: &[u8]| {
        if let Ok(request) = proto::SolveRequest::decode(altered(&beginnings, edits).as_slice()) {
            let _ = decode::problem(request);
        }
    });
}

#[test]
fn plan_files() {
    let (_, yaml, _) = everything();
    let json = br#"{"split": {"seats": {"seats": [{"seat_id": "a", "share": 1.5}]}}, "tiers": [{"give_back": 0.1}]}"#;
    let beginnings = [yaml.clone().into_bytes(), json.to_vec()];
    check!().for_each(|edits: &[u8]| {
        let bytes = altered(&beginnings, edits);
        for name in ["plan.yaml", "plan.json"] {
            let _ = PlanFile::read_through(name, &bytes);
        }
    });
}

#[test]
fn account_files() {
    let (_, _, csv) = everything();
    let export =
        b"\"Account ID\",\"Account Name\",\"Open Pipeline\",\"Owner\"\r\n001A,\"M\xfcller, K\",\"$1,234.50\",Jo\r\n"
            .to_vec();
    let other = "Id;Betrag;PLZ\n1;1.234,50 \u{20ac};01067\n2;(3,5);10115\n".encode_utf16().flat_map(u16::to_le_bytes);
    let beginnings = [csv.clone(), export, [0xff, 0xfe].into_iter().chain(other).collect()];
    check!().for_each(|edits: &[u8]| {
        let _ = carve_reader::read_accounts(&altered(&beginnings, edits));
    });
}

#[test]
fn filters() {
    let beginnings: Vec<Vec<u8>> = [
        "m > 3 && industry == \"x\" || !(name.startsWith('A'))",
        "account_id in ['a0', 'a1'] && m * 2 + 1 <= 7.5",
        "['x', 'y'].exists(v, v == industry) && size(name) < 3",
        "`odd name` == '' ? true : double(m) / 3.0 > 1e3",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    let small = with_attribute(with_measure(book(4), "m", &[1, 2, 3, 4]), "industry", &["x", "y", "", "x"]);
    check!().for_each(|edits: &[u8]| {
        let text = String::from_utf8_lossy(&altered(&beginnings, edits)).into_owned();
        let pin = RuleKindInput::Pin { accounts: filter(&text), node_id: "t0".into() };
        let input = carve_solver::input::Input {
            book: small.clone(),
            split: Some(flat(&[1.0, 1.0])),
            rules: vec![rule("r", pin)],
            ..Default::default()
        };
        let _ = Problem::new(&input);
    });
}

/// A problem with its plan, solved once.
fn solved() -> &'static (Problem, Plan) {
    static SOLVED: OnceLock<(Problem, Plan)> = OnceLock::new();
    SOLVED.get_or_init(|| {
        let input = carve_solver::input::Input {
            book: with_measure(book(7), "m", &[5, 4, 3, 3, 2, 2, 1]),
            split: Some(flat(&[1.0, 1.0])),
            options: exact(),
            ..Default::default()
        };
        solve(&input)
    })
}

#[test]
fn certificates() {
    let (problem, plan) = solved();
    let beginnings = [encode::plan(plan).encode_to_vec()];
    check!().for_each(|edits: &[u8]| {
        let Ok(wire) = proto::Plan::decode(altered(&beginnings, edits).as_slice()) else { return };
        if let Ok(plan) = decode_plan::plan(wire) {
            let _ = check(problem, &plan);
        }
    });
}

#[test]
fn frames() {
    let (request, ..) = everything();
    let told = proto::RunProgress { tier: 1, ..Default::default() };
    let beginnings: Vec<Vec<u8>> =
        [Frame::Request(request.clone()), Frame::Progress(told), Frame::Explained(vec![1, 2])]
            .iter()
            .map(|frame| frame.bytes().expect("small"))
            .collect();
    check!().for_each(|edits: &[u8]| {
        let bytes = altered(&beginnings, edits);
        let mut rest = bytes.as_slice();
        while Frame::read(&mut rest).is_ok() {}
    });
}
