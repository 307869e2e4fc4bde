//! The summary that a person reads after a solve.

use super::*;
use crate::decode_plan::tests::sample;
use crate::findings::Located;
use carve_solver::plan::MeasureResult;
use carve_solver::{Code, Finding, Place};

const PLAIN: Style = Style { terminal: Terminal::PLAIN, proof: false };

fn asked(tolerance: f64) -> Bands {
    Bands::of([("open_pipeline", vec![tolerance, tolerance])].into_iter())
}

fn located(count: usize) -> Findings {
    let finding = Finding::new(Code::PlaceMissing, Place::Account(2, "place".into()), "no place");
    vec![Located { finding, file: "a.csv".into(), line: 4, column: 1 }; count].into()
}

#[test]
fn a_plan_of_two_territories_reads_like_this() {
    let mut plan = sample();
    plan.termination.conflicting_rule_ids.clear();
    let style = Style { proof: true, ..PLAIN };
    let text = summary(&plan, &asked(0.07), "  2 of 3 accounts\n", &located(1), &[], style);
    let expected = "Two territories.

      in  out  open_pipeline  of 1.200M
east  +1   -2         1.285M      +7.1%!
west  +1   -2         1.115M      -7.1%!

! outside its band

Open seats
  west: to be hired, starts 2027-01-31, east covers until then

While it covers, a seat holds
  seat  covers  open_pipeline  target      off
  east  west            2.40M   1.20M  +100.0%

Stages
  2 territories (today): worst open_pipeline 7.1 %; 12.5 km to the centre on
       average (root mean square 15 km)
  3 territories: worst open_pipeline 25.0 % (no plan below 12.5 %); 8 km to the
       centre on average (root mean square 10 km) 1.250 times the best found for
       this stage alone, 1.500 times what is proved for it

On the split to 3 territories the incumbent keeps
  node  keeps  open_pipeline    kept
  east  e2              685k  53.3 %

Moves
  2 of 3 accounts

Too large for a fair share
  a: open_pipeline 600k forces +25.0 % on its bucket at level 2

Findings
  warning[place_missing] a.csv:4:1 accounts[2].place: no place

What was proved
  1. worst open_pipeline deviation 7.1 %; nothing under your rules beats 6.8 %
     value 0.021, bound 0.018, gap 14.29 %; later tiers were held to 0.021
     the 2 worst: value 0.03, bound 0.029; later tiers were held to 0.031

Ended by the time limit, after 1.5 s.
";
    assert_eq!(text, expected, "{text}");
}

#[test]
fn inside_the_band_nothing_is_marked() {
    let text = summary(&sample(), &asked(0.08), "", &Findings::default(), &[], PLAIN);
    assert!(!text.contains('!'), "{text}");
    let text = summary(&sample(), &asked(0.05), "", &Findings::default(), &[], PLAIN);
    assert!(text.contains("+7.1%!"), "{text}");
    // A measure that nothing balances has no band to be outside of.
    let other = Bands::of([("closed_won", vec![0.05, 0.05])].into_iter());
    let text = summary(&sample(), &other, "", &Findings::default(), &[], PLAIN);
    assert!(!text.contains('!'), "{text}");
}

#[test]
fn seventeen_territories_and_six_measures_stay_readable() {
    let mut plan = sample();
    let territory = plan.nodes[1].clone();
    plan.nodes = (0..17)
        .map(|i| {
            let mut node = territory.clone();
            node.node_id = format!("territory-{i}");
            node.measures = ["account_count", "open_pipeline", "closed_won", "lead_volume", "score", "prospects"]
                .map(|name| MeasureResult {
                    measure: name.into(),
                    amount: 1_234_567 + i,
                    target: 1_200_000.0,
                    deviation: 0.0288,
                })
                .into();
            node
        })
        .collect();
    for spread in [0.0, 1_000_000.0] {
        for (i, node) in plan.nodes.iter_mut().enumerate() {
            node.measures.iter_mut().for_each(|m| m.target += spread * i as f64);
        }
        let text = summary(&plan, &asked(0.01), "", &located(25), &[], PLAIN);
        let widest = text.lines().map(|l| l.chars().count()).max().unwrap_or_default();
        assert!(widest <= Terminal::PLAIN.width, "{widest}\n{text}");
        assert!(text.lines().count() < 140, "{text}");
        assert!(text.contains("and 15 more"), "{text}");
    }
}

#[test]
fn one_territory_and_no_plan_read_well_too() {
    let mut plan = sample();
    plan.nodes.truncate(2);
    let text = summary(&plan, &Bands::default(), "", &Findings::default(), &[], PLAIN);
    assert!(
        text.starts_with("Two territories.\n\n      in  out  open_pipeline  target    off\neast  +1   -2         1.285M  1.200M  +7.1%\n"),
        "{text}"
    );

    plan.termination.reason = Reason::Infeasible;
    plan.summary = "There is no plan: r1 and r2 cannot both hold".into();
    plan.termination.conflicting_rule_ids = vec!["r1".into(), "r2".into()];
    let text = summary(&plan, &Bands::default(), "", &Findings::default(), &[], PLAIN);
    assert_eq!(
        text,
        "There is no plan: r1 and r2 cannot both hold\n\nInfeasible: proved that no plan meets the rules, after 1.5 s.\n\
         Rules that conflict: r1, r2\n"
    );
}

#[test]
fn a_found_tree_is_named_in_one_line() {
    let mut plan = sample();
    let [root, leaf] = [plan.nodes[0].clone(), plan.nodes[1].clone()];
    let node = |id: &str, level: usize, seat: bool| NodeResult {
        node_id: id.into(),
        level,
        seat: leaf.seat.clone().filter(|_| seat),
        ..leaf.clone()
    };
    let sides = [("west", 1, false), ("w-1", 2, true), ("w-2", 2, true), ("s-9", 1, true), ("east", 1, false)];
    let below = [("east-south", 2, false), ("e-1", 3, true), ("e-2", 3, true), ("e-3", 2, true)];
    plan.nodes = vec![root];
    plan.nodes.extend(sides.into_iter().chain(below).map(|(id, level, seat)| node(id, level, seat)));
    let text = summary(&plan, &Bands::default(), "", &Findings::default(), &[], PLAIN);
    assert!(text.contains("\n6 seats: west (2: w-1 …) + s-9 + east (3: e-1 …)\n"), "{text}");
    // Seats right below the root are no tree to speak of.
    plan.nodes.retain(|n| n.level == 0 || n.seat.is_some());
    plan.nodes.iter_mut().skip(1).for_each(|n| n.level = 1);
    assert!(!summary(&plan, &Bands::default(), "", &Findings::default(), &[], PLAIN).contains("seats:"));
}

#[test]
fn colour_changes_no_letter() {
    let colours = Style { terminal: Terminal { colour: true, ..Terminal::PLAIN }, proof: false };
    let plain = summary(&sample(), &asked(0.07), "", &located(1), &[], PLAIN);
    let coloured = summary(&sample(), &asked(0.07), "", &located(1), &[], colours);
    assert!(coloured.starts_with("\u{1b}[1mTwo territories.\u{1b}[0m\n"), "{coloured}");
    assert!(coloured.contains("+7.1%\u{1b}[31m\u{1b}[1m!\u{1b}[0m"), "{coloured}");
    let letters = ["\u{1b}[1m", "\u{1b}[31m", "\u{1b}[0m"].iter().fold(coloured, |text, code| text.replace(code, ""));
    assert_eq!(letters, plain);
}
