//! What seats are called to people, where the accounts know their owners by ids and by names.

use carve_proto::v1::{ExternalIds, Seat, Seats, SolveRequest, Split, split::Shape};
use carve_reader::OwnerLabel;
use carve_solver::input::Book;
use std::collections::BTreeSet;

/// What ids of Salesforce's users begin with.
const USER_PREFIX: &str = "005";

/// Gives seats the names, e-mail addresses and user ids that the accounts have for their owners; what a seat has
/// already stays. Without a split the owners are the seats, as the solver would have it.
pub fn name_seats(request: &mut SolveRequest, labels: &[OwnerLabel], book: &Book) {
    if labels.is_empty() {
        return;
    }
    if request.split.is_none() {
        let owners: BTreeSet<&String> = book.current_owners.iter().filter(|owner| !owner.is_empty()).collect();
        if owners.is_empty() {
            return;
        }
        let seats = owners.into_iter().map(|id| Seat { seat_id: id.clone(), ..Seat::default() }).collect();
        request.split = Some(Split { shape: Some(Shape::Seats(Seats { max_children: 0, seats })) });
    }
    let Some(Shape::Seats(seats)) = request.split.as_mut().and_then(|split| split.shape.as_mut()) else { return };
    for seat in &mut seats.seats {
        if let Some(label) = labels.iter().find(|label| label.owner == seat.seat_id) {
            name(seat, label);
        }
    }
}

fn name(seat: &mut Seat, label: &OwnerLabel) {
    if seat.display_name.is_empty() {
        seat.display_name.clone_from(&label.name);
    }
    let known = ExternalIds {
        user_id: if is_user_id(&label.owner) { label.owner.clone() } else { String::new() },
        email: label.email.clone(),
        ..ExternalIds::default()
    };
    if seat.external_ids.is_none() && known != ExternalIds::default() {
        seat.external_ids = Some(known);
    }
}

/// Whether an owner is the id of a user: 15 or 18 letters and digits that begin as theirs do.
fn is_user_id(owner: &str) -> bool {
    let letters = owner.chars().all(|c| c.is_ascii_alphanumeric());
    owner.starts_with(USER_PREFIX) && letters && [15, 18].contains(&owner.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_take_the_names_of_their_owners() {
        let (eve, ana) = ("0053z00000AbCdEAAV", "Ana");
        let label =
            |owner: &str, name: &str| OwnerLabel { owner: owner.into(), name: name.into(), email: String::new() };
        let labels = [label(eve, "Eve"), label(ana, "Ana Diaz")];
        let owners = [ana, "", eve, ana].map(String::from).to_vec();
        let book = Book { current_owners: owners, ..Book::default() };
        let mut request = SolveRequest::default();
        name_seats(&mut request, &labels, &book);
        let Some(Shape::Seats(named)) = request.split.clone().and_then(|split| split.shape) else { panic!("no seats") };
        let told: Vec<(&str, &str)> =
            named.seats.iter().map(|seat| (seat.seat_id.as_str(), seat.display_name.as_str())).collect();
        assert_eq!(told, [(eve, "Eve"), (ana, "Ana Diaz")]);
        let ids: Vec<Option<&str>> =
            named.seats.iter().map(|seat| seat.external_ids.as_ref().map(|ids| ids.user_id.as_str())).collect();
        assert_eq!(ids, [Some(eve), None]);
        // What is given stays, and a book that knows no names leaves the request alone.
        let given = [label(eve, "Somebody else")];
        name_seats(&mut request, &given, &book);
        let Some(Shape::Seats(again)) = request.split.and_then(|split| split.shape) else { panic!("no seats") };
        assert_eq!(again, named);
        let mut untouched = SolveRequest::default();
        name_seats(&mut untouched, &[], &book);
        assert_eq!(untouched, SolveRequest::default());
    }
}
