//! What the committed books share: amounts small enough for a fair plan, families of neighbours, home towns.

use crate::anchors::least;
use crate::draw;
use crate::places::{Town, us_towns};
use carve_solver::space::{Point, centre};
use rand_chacha::ChaCha8Rng;

/// Chance by which a family ends at each further member.
const FAMILY_ENDING: f64 = 0.35;
/// Members are drawn among this many times as many neighbours.
const NEIGHBOURS_PER_MEMBER: usize = 4;

/// Cuts amounts down to `part` of what one of `buckets` would hold in a fair plan.
pub(super) fn cap(amounts: &mut [i64], buckets: f64, part: f64) {
    let most = amounts.iter().sum::<i64>() as f64 / buckets * part;
    for amount in amounts {
        *amount = (*amount).min(most as i64);
    }
}

/// The parent of each account: about `part` of them in families of neighbours; `apart` stay by themselves.
pub(super) fn neighbours(
    rng: &mut ChaCha8Rng,
    places: &[Point],
    part: f64,
    members_max: usize,
    apart: &[usize],
) -> Vec<Option<usize>> {
    let mut parents = vec![None; places.len()];
    let mut free = vec![true; places.len()];
    for account in apart {
        free[*account] = false;
    }
    let mut joined = 0;
    for head in draw::shuffled(rng, places.len()) {
        if joined as f64 >= part * places.len() as f64 {
            break;
        }
        if !std::mem::replace(&mut free[head], false) {
            continue;
        }
        let members = draw::family_size(rng, FAMILY_ENDING, members_max) - 1;
        let mut near: Vec<usize> = (0..places.len()).filter(|other| free[*other]).collect();
        near.sort_by(|a, b| places[head].distance_km(places[*a]).total_cmp(&places[head].distance_km(places[*b])));
        near.truncate(members * NEIGHBOURS_PER_MEMBER);
        let order = draw::shuffled(rng, near.len());
        for member in order.into_iter().take(members).map(|index| near[index]) {
            free[member] = false;
            parents[member] = Some(head);
            joined += 1;
        }
        joined += 1;
    }
    parents
}

/// The town of at least 150,000 people nearest to the centre of the places, none of those `taken`.
pub(super) fn home(places: impl Iterator<Item = Point>, taken: &[&Town]) -> &'static Town {
    let middle = centre(places.map(|place| (place, 1.0))).expect("a seat owns accounts on one continent");
    let towns: Vec<&Town> =
        us_towns().iter().filter(|town| town.population >= 150_000 && !taken.contains(town)).collect();
    towns[least(towns.iter().map(|town| town.place.distance_km(middle)))]
}
