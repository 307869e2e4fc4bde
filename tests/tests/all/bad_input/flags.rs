//! Codes that only flags raise, beside a book of two owners.

use super::{Case, Given, case};
use carve_service::cli::{BookArgs, CountArgs, OptionArgs, ShapeArgs, WishArgs};
use carve_service::{assignment_list, files};
use carve_solver::Code;
use std::fs;
use std::path::Path;

pub(super) fn cases_of_flags() -> Vec<Case> {
    use Code::*;
    vec![
        case(FlagInvalid, wish(|w| w.tolerance = Some("3".into())), wish(|w| w.tolerance = Some("0.03".into()))),
        case(
            FlagInvalid,
            wish(|w| w.max = vec!["account_count".into()]),
            wish(|w| w.max = vec!["account_count=2".into()]),
        ),
        case(SeatsTooFew, seats(1), seats(2)),
        case(OwnerNotFound, wish(|w| w.drop_owner = vec!["t9".into()]), wish(|w| w.drop_owner = vec!["t1".into()])),
        case(
            OwnerAmbiguous,
            file_without("name,email\nt0,x@corp.com\nt1,x@corp.com\n", "x@corp.com"),
            file_without("name,email\nt0,x@corp.com\nt1,y@corp.com\n", "x@corp.com"),
        ),
        case(HomeFromName, file("name,home\nt0,02139\nt1,\n"), file("name,home\nt0,\"42.4,-71.1\"\nt1,\n")),
        case(SeatWithoutAccounts, file("name\nt0\nt1\nnew\n"), file("name,status\nt0,\nt1,\nnew,TBH\n")),
        case(SeatColumnUnused, file("name,shoe size\nt0,42\nt1,43\n"), file("name,capacity\nt0,42\nt1,43\n")),
        case(CaseInvalid, compared(1), compared(2)),
        case(AssignmentsDiffer, list("a,t1\nx,t0\n"), list("a,t1\nb,t0\n")),
        case(TerritoryUnknown, list("a,t1\nb,t9\n"), list("a,t1\nb,\n")),
        case(PreviousDiffers, previous("a,t1\nx,t0\n"), previous("a,t1\nb,t0\n")),
    ]
}

/// What is found when these flags are read in a folder.
pub(super) fn load(flags: &dyn Fn(&Path) -> ShapeArgs) -> (bool, Vec<Code>) {
    let dir = tempfile::tempdir().expect("a folder");
    let accounts = dir.path().join("accounts.csv");
    fs::write(&accounts, "account_id,current_owner\na,t0\nb,t1\n").expect("written");
    match files::load(&BookArgs::of(&accounts), &flags(dir.path()), &OptionArgs::default()) {
        Ok(loaded) => {
            let found = loaded.locate(&carve_solver::findings(&loaded.problem));
            (true, found.kept.iter().map(|f| f.finding.code).collect())
        }
        Err(found) => (false, found.kept.iter().map(|f| f.finding.code).collect()),
    }
}

/// What is found when a list with these rows is read beside the same book.
pub(super) fn load_list(rows: &str) -> (bool, Vec<Code>) {
    let dir = tempfile::tempdir().expect("a folder");
    let (accounts, list) = (dir.path().join("accounts.csv"), dir.path().join("list.csv"));
    fs::write(&accounts, "account_id,current_owner\na,t0\nb,t1\n").expect("written");
    fs::write(&list, format!("account_id,territory\n{rows}")).expect("written");
    let loaded = files::load(&BookArgs::of(&accounts), &ShapeArgs::default(), &OptionArgs::default());
    match assignment_list::read(&list, &loaded.unwrap_or_else(|found| panic!("{found:?}"))) {
        Ok(list) => (true, list.remarks.iter().map(|f| f.finding.code).collect()),
        Err(found) => (false, found.kept.iter().map(|f| f.finding.code).collect()),
    }
}

/// So many times today's book, to be compared.
fn compared(count: usize) -> Given {
    use carve_proto::v1 as proto;
    let Given::Wire(request) = super::wire(|_| {}) else { unreachable!("wire gives Wire") };
    let kind = proto::comparison_case::Kind::TodaysBook(proto::TodaysBook {});
    let case = proto::ComparisonCase { kind: Some(kind), ..Default::default() };
    let cases = vec![case; count];
    Given::Compare(Box::new(proto::ComparePlansRequest { solve_request: Some(*request), cases }))
}

fn list(rows: &'static str) -> Given {
    Given::List(rows)
}

fn wish(wish: impl Fn(&mut WishArgs) + 'static) -> Given {
    flags(move |_| {
        let mut args = ShapeArgs::default();
        wish(&mut args.wishes);
        args
    })
}

fn flags(make: impl Fn(&Path) -> ShapeArgs + 'static) -> Given {
    Given::Flags(Box::new(make))
}

fn seats(count: i32) -> Given {
    flags(move |_| ShapeArgs {
        counts: CountArgs { seats: Some(count), ..CountArgs::default() },
        ..ShapeArgs::default()
    })
}

/// A seats file of this content.
fn file(csv: &'static str) -> Given {
    flags(move |dir| seats_file(dir, csv))
}

/// A seats file of this content, and one who is to be dropped.
fn file_without(csv: &'static str, name: &'static str) -> Given {
    flags(move |dir| {
        let mut args = seats_file(dir, csv);
        args.wishes.drop_owner = vec![name.into()];
        args
    })
}

fn seats_file(dir: &Path, csv: &str) -> ShapeArgs {
    let path = dir.join("seats.csv");
    fs::write(&path, csv).expect("written");
    let wishes = WishArgs { seats_file: Some(path), ..WishArgs::default() };
    ShapeArgs { wishes, ..ShapeArgs::default() }
}

/// An earlier answer with these rows.
fn previous(rows: &'static str) -> Given {
    flags(move |dir| {
        fs::write(dir.join("assignments.csv"), format!("account_id,node_id\n{rows}")).expect("written");
        let wishes = WishArgs { previous: Some(dir.to_owned()), ..WishArgs::default() };
        ShapeArgs { wishes, ..ShapeArgs::default() }
    })
}
