//! The curve of balance against moves beside every assignment.

use super::{NEAR, control, drawn, every};
use carve_solver::Problem;
use carve_solver::inquiry::{Against, NoCurve, curve};
use carve_tests::oracle::reading::Reading;

#[test]
fn every_point_is_the_best_that_moves_so_few() {
    let mut points = 0;
    for seed in 40_000..40_060 {
        let mut input = drawn(seed, (seed % 3) as usize);
        input.tiers.truncate(1);
        let all = every(&input);
        let problem = Problem::new(&input).expect("no faults");
        let told = std::cell::Cell::new(0);
        let drawn = curve(&problem, Against::Balance, 4, &control(), &(), &|_| told.set(told.get() + 1));
        let owners = &Reading::of(&input, &[]).input.book.current_owners;
        let owned = owners.iter().filter(|owner| !owner.is_empty()).count();
        let Ok(drawn) = drawn else {
            assert_eq!((drawn, owned), (Err(NoCurve::NobodyOwns), 0), "seed {seed}");
            continue;
        };
        assert_eq!((drawn.owned as usize, told.get()), (owned, drawn.points.len()), "seed {seed}");
        assert_eq!(drawn.points.last().expect("points").most_moved as usize, owned);
        let moved = |leaf_of: &[usize]| {
            let left =
                owners.iter().zip(leaf_of).filter(|(owner, leaf)| !owner.is_empty() && **owner != format!("t{leaf}"));
            left.count() as i64
        };
        for point in &drawn.points {
            let within = all.iter().filter(|(leaf_of, _)| moved(leaf_of) <= point.most_moved);
            let best = within.map(|(_, values)| values[0]).min_by(f64::total_cmp);
            let name = format!("seed {seed}: {point:?}, best {best:?}");
            assert_eq!(point.tiers.is_empty(), best.is_none(), "{name}");
            assert_eq!(point.is_infeasible, best.is_none(), "{name}");
            if let (Some(tier), Some(best)) = (point.tiers.first(), best) {
                assert!(point.moved <= point.most_moved, "{name}");
                assert!((tier.value - best).abs() <= NEAR && tier.bound <= best + NEAR, "{name}");
                points += 1;
            }
        }
    }
    assert!(points > 80, "{points}");
}
