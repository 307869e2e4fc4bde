//! Random mixed books beside every assignment there is: what an answer says of rules, values, bounds, limits,
//! infeasibility and conflicts is so. The example `judge` does the same on as many books as asked for.

use carve_solver::input::{Book, CriterionInput, Input, RuleKindInput};
use carve_tests::judge::answer::{Answer, Ended};
use carve_tests::judge::run::{Disagreement, answer, run};
use carve_tests::judge::{Kind, judge};
use carve_tests::mixed::{Size, draw};
use carve_tests::{balance, book, exact, flat, ids, request_files, rule, tier, with_measure};

/// Few enough assignments and little enough work for hundreds of books in a minute.
const SIZE: Size = Size { assignments_max: 20_000, work_limits: &[1, 1_000, 20_000, 100_000] };
const BOOKS: u64 = 400;
/// Books judged at a time.
const SIDE_BY_SIDE: usize = 2;

#[test]
fn no_answer_to_a_mixed_book_says_what_is_not_so() {
    let outcome = run(0, BOOKS, SIDE_BY_SIDE, SIZE, &|_, _| {});
    let counts = &outcome.counts;
    for (what, at_least) in [
        ("book: plans exist", BOOKS / 3),
        ("book: no plan exists", BOOKS / 5),
        ("split: flat tree", BOOKS / 10),
        ("split: deep tree", BOOKS / 10),
        ("split: stages", BOOKS / 10),
        ("split: seats", BOOKS / 20),
        ("split: seats with levels", BOOKS / 20),
        ("rule: pin", BOOKS / 20),
        ("rule: forbid", BOOKS / 20),
        ("rule: restrict", BOOKS / 20),
        ("rule: keep_together", BOOKS / 20),
        ("rule: keep_apart", BOOKS / 20),
        ("rule: bounds", BOOKS / 10),
        ("rule: bounds over some accounts", BOOKS / 20),
        ("rule: move_limit", BOOKS / 20),
        ("rule: move_limit per owner", BOOKS / 20),
        ("rule: keep", BOOKS / 40),
        ("rule: cover_limit", BOOKS / 100),
        ("split: with a pool", BOOKS / 10),
        ("pool: accounts that are there for certain", BOOKS / 20),
        ("pool: asked for leftovers", BOOKS / 100),
        ("families", BOOKS / 4),
        ("hostile names", BOOKS / 4),
        ("amounts above 2^53", BOOKS / 4),
    ] {
        assert!(counts.of(what) >= at_least, "{what}: {} books are too few to tell", counts.of(what));
    }
    let told = |d: &&Disagreement| d.faults.iter().any(|f| f.kind != Kind::BoundByLastBits);
    let wrong: Vec<_> = outcome.disagreements.iter().filter(told).collect();
    assert!(wrong.is_empty(), "{} of {BOOKS} answers say what is not so: {wrong:#?}", wrong.len());
}

#[test]
fn the_files_of_a_book_say_the_same_request() {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 0..60 {
        let input = draw(seed, SIZE);
        request_files::write(&input, folder.path()).expect("written");
        let mut read = request_files::read(folder.path());
        // A file may hold columns in another order, and only a plan knows which of them are balanced.
        read.book = by_name(read.book);
        let input = Input { book: by_name(input.book.clone()), ..input };
        assert_eq!(read, input, "seed {seed}");
    }
}

/// A book with its columns by name, nothing of how they were read, and nobody where an export says so.
fn by_name(mut book: Book) -> Book {
    book.near_measures.clear();
    book.columns.clear();
    book.measures.sort_by(|one, other| one.name.cmp(&other.name));
    book.measures.iter_mut().for_each(|measure| measure.only_by_name = false);
    book.attributes.sort_by(|one, other| one.name.cmp(&other.name));
    // Exports write so where there is nobody; over the wire it may be a name.
    let nobody = |text: &String| ["(none)", "null"].contains(&text.as_str());
    for texts in [&mut book.current_owners, &mut book.parents] {
        texts.iter_mut().filter(|text| nobody(text)).for_each(String::clear);
    }
    book
}

/// What the judge finds in the answer to a book once it is altered.
fn found(input: &Input, alter: impl Fn(&mut Answer)) -> Vec<Kind> {
    let mut answer = answer(input).expect("the book is sound");
    alter(&mut answer);
    judge(input, &answer).0.into_iter().map(|fault| fault.kind).collect()
}

/// Five accounts for two leaves, 4 to 7 of 11 at each, as near to half as can be, then near their owners.
fn sound() -> Input {
    let mut book = with_measure(book(5), "open_pipeline", &[1, 2, 2, 3, 3]);
    book.current_owners = ["t0", "t0", "t0", "t1", "t1"].map(String::from).to_vec();
    let min = RuleKindInput::Bounds {
        accounts: None,
        node_ids: Vec::new(),
        measure: "open_pipeline".into(),
        min: Some(4),
        max: None,
    };
    let continuity = CriterionInput::Continuity { measure: String::new(), weight: None };
    let tiers = vec![tier(vec![balance("open_pipeline", 0.0)]), tier(vec![Some(continuity)])];
    let options = exact();
    Input { book, split: Some(flat(&[1.0, 1.0])), tiers, rules: vec![rule("least", min)], options, ..Input::default() }
}

/// The same where each leaf is to hold six of eleven, and a rule has no part in that.
fn unsound() -> Input {
    let mut input = sound();
    if let Some(RuleKindInput::Bounds { min, .. }) = &mut input.rules[0].kind {
        *min = Some(6);
    }
    let harmless = RuleKindInput::Forbid { accounts: ids(&["a0"]), node_ids: vec!["t1".into()] };
    input.rules.push(rule("harmless", harmless));
    input
}

#[test]
fn an_altered_answer_is_found_out() {
    let input = sound();
    let one = |kind: Kind, alter: &dyn Fn(&mut Answer)| {
        let found = found(&input, alter);
        assert!(found.contains(&kind), "{kind:?} is not in {found:?}");
    };
    one(Kind::Value, &|answer| answer.tiers[0].value += 1e-9);
    one(Kind::Value, &|answer| answer.tiers[1].criteria[0] += 1e-9);
    one(Kind::Bound, &|answer| answer.tiers[0].bounds[0] += 1e-6);
    one(Kind::Bound, &|answer| answer.tiers[1].bounds[2] = 1.0);
    one(Kind::HeldToLess, &|answer| answer.tiers[1].tier_limits[0] -= 1e-6);
    one(Kind::LimitField, &|answer| answer.tiers[0].limit += 1e-6);
    one(Kind::Amount, &|answer| answer.nodes[1].amounts[1].1 += 1);
    one(Kind::Share, &|answer| answer.nodes[1].share += 1e-9);
    one(Kind::Tree, &|answer| answer.nodes[1].id.push('x'));
    one(Kind::RuleBroken, &|answer| answer.leaves.fill(1));
    one(Kind::FalseInfeasible, &|answer| answer.ended = Ended::Infeasible);
    one(Kind::OwnCheck, &|answer| answer.own_faults.push("it does not hold".into()));
    // The owners' six and five swapped: as even, and everybody moves.
    let swapped = |answer: &mut Answer| {
        answer.ended = Ended::Optimal;
        answer.tiers[1].value = 1.0;
        answer.tiers[1].summary = "proved best possible".into();
    };
    one(Kind::NotOptimal, &swapped);
    one(Kind::Words, &swapped);
}

#[test]
fn an_altered_conflict_is_found_out() {
    let input = unsound();
    let conflict = |rules: &[&str], answer: &mut Answer| {
        answer.ended = Ended::Infeasible;
        answer.conflict.rule_ids = rules.iter().map(ToString::to_string).collect();
    };
    assert_eq!(found(&input, |answer| conflict(&["least"], answer)), []);
    assert_eq!(found(&input, |answer| conflict(&["harmless"], answer)), [Kind::ConflictAllowsPlan]);
    assert_eq!(found(&input, |answer| conflict(&["least", "harmless"], answer)), [Kind::ConflictReducible]);
    assert_eq!(found(&input, |answer| conflict(&[], answer)), [Kind::ConflictNames]);
    assert_eq!(found(&input, |answer| conflict(&["nobody"], answer)), [Kind::ConflictNames]);
}
