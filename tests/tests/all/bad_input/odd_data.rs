//! Data that is odd and no obstacle, and what seats are called in a CRM.

use super::cases::{csv, family, input, seat};
use super::*;

/// A parent of s1 and its child of this owner.
fn owned_by(owner: &str) -> Given {
    csv(format!("account_id,parent_account_id,current_owner\na,,s1\nb,a,{owner}\n"))
}

/// Acme in 02139, and another account.
fn beside_acme(other: &str) -> Given {
    csv(format!("account_id,name,zip\na,Acme Inc.,02139\nb,{other}\n"))
}

/// Four accounts without sales and pipeline, whose last activity was on this day.
fn stale(before: &str, day: &str) -> Given {
    input(|i| {
        i.book = carve_tests::with_attribute(book(4), "last_activity_date", &[day; 4]);
        i.tiers.clear();
        i.options.stale_before = before.into();
    })
}

pub(super) fn cases_of_odd_data() -> Vec<Case> {
    use Code::*;
    let user = |bytes: usize| seat(|s| s.external_ids.user_id = "u".repeat(bytes));
    let name = |bytes: usize| seat(|s| s.display_name = "n".repeat(bytes));
    vec![
        case(ParentUnknown, family("a,z\nb,z\n"), family("a,b\nb,\n")),
        case(FamilySplit, owned_by("s2"), owned_by("s1")),
        case(AccountDuplicate, beside_acme("Acme LLC,2139"), beside_acme("Acme LLC,10115")),
        case(AccountStale, stale("2025-01-31", "2025-01-30"), stale("2025-01-31", "2025-01-31")),
        case(ActivityMissing, input(|i| i.options.stale_before = "2025-01-31".into()), stale("2025-01-31", "")),
        case(DateInvalid, stale("31.1.2025", "2026-01-01"), stale("2025-01-31", "2026-01-01")),
        case(FieldTooLong, name(4_097), name(4_096)),
        case(FieldTooLong, user(257), user(256)),
    ]
}
