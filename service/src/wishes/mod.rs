//! Everyday wishes: what people ask for on the command line without a plan file, or beside one.
//!
//! Wishes become part of the same message that a plan file is, so nothing else knows of flags: `--print-plan` writes that
//! message. Where a plan file says something else the command line wins, and a line says so. A finding about what a flag
//! stands for is located at the flag.
//!
//! | file | wishes |
//! |---|---|
//! | `text` | how names, parts, amounts and points are written |
//! | `owners` | who owns accounts today, and names that are meant for one of them |
//! | `table` | small tables that flags name |
//! | `home` | where a seat's seller lives |
//! | `previous` | `--previous`: an earlier answer as today's owners, or as the start |
//! | `accepted` | `--accept`, `--reject`: moves of an earlier answer that stand, or do not |
//! | `seats` | `--seats`, `--drop-owner`, `--add-seat`; `--stages` |
//! | `seats_file` | `--seats-file` |
//! | `pools` | `--pool` |
//! | `tree` | seats dropped from, and added to, a tree that a plan file gives |
//! | `tiers` | `--measure`, `--tolerance` |
//! | `rules` | `--protect`, `--pin`, `--max` |
//! | `print` | `--print-plan` |

mod text;

mod owners;

mod table;

mod home;

mod previous;

mod accepted;

mod tree;

mod seats;

mod seats_file;

mod pools;

mod tiers;

mod rules;

mod print;

use crate::cli::ShapeArgs;
use crate::findings::Located;
use crate::plan_file::{PlanFile, Spot};
use carve_proto::v1::SolveRequest;
use carve_reader::OwnerLabel;
use carve_report::OwnersInBook;
use carve_solver::Code;
use carve_solver::input::Book;

pub use owners::{Meant, Owners, People, ambiguous, folded};
pub use print::{as_plan_file, print};

/// What was asked for, read as far as that goes without the accounts.
pub struct Wishes {
    previous: Option<previous::Previous>,
    seats: seats::Wish,
    tiers: tiers::Wish,
    rules: rules::Wish,
    accepted: accepted::Wish,
    /// Whether the plan is to be shown whole.
    print: bool,
    faults: Vec<Located>,
}

impl Wishes {
    /// Reads the flags, and the files that they name. What cannot be read is left out, and is among the faults that
    /// [`Wishes::apply`] hands over.
    pub fn read(args: &ShapeArgs) -> Wishes {
        let mut faults = Vec::new();
        let wishes = Wishes {
            previous: previous::Previous::read(args, &mut faults),
            seats: seats::Wish::read(args, &mut faults),
            tiers: tiers::Wish::read(args, &mut faults),
            rules: rules::Wish::read(args, &mut faults),
            accepted: accepted::Wish::read(args, &mut faults),
            print: args.print_plan,
            faults: Vec::new(),
        };
        Wishes { faults, ..wishes }
    }

    /// What cannot be read.
    pub fn faults(&self) -> &[Located] {
        &self.faults
    }

    /// A request that speaks of all that the plan and the wishes speak of, so that those columns of the accounts are read.
    pub fn preview(&self, request: &SolveRequest) -> SolveRequest {
        let mut request = request.clone();
        self.seats.preview(&mut request);
        self.tiers.preview(&mut request);
        self.rules.preview(&mut request);
        request
    }

    /// Puts them into the plan, and an earlier answer's territories into the book. `labels` say what owners are called who are
    /// known by ids.
    pub fn apply(self, plan: &mut PlanFile, book: &mut Book, labels: &[OwnerLabel]) -> Granted {
        let Wishes { previous, seats, tiers, rules, accepted, print, faults } = self;
        let mut won = Vec::new();
        plan.take_in(faults);
        let in_book = previous.as_ref().map(|previous| previous.apply_owners(plan, book, &mut won));
        let owners = Owners::of(book, labels);
        seats.apply(plan, &owners, &mut won);
        if let Some(previous) = &previous {
            previous.apply_starts(plan, book, &mut won);
        }
        tiers.apply(plan, book, print, &mut won);
        rules.apply(plan, &owners, &mut won);
        accepted.apply(plan, &mut won);
        if print {
            print::make_whole(plan, &owners);
        }
        Granted { won, owners, in_book: in_book.unwrap_or_default() }
    }
}

/// What became of the wishes.
#[derive(Debug, Default)]
pub struct Granted {
    /// A line for each wish that wins over what the plan file says.
    pub won: Vec<String>,
    /// Who owns accounts today.
    pub owners: Owners,
    /// Whom the book has as owner of the accounts that an earlier answer gives to others.
    pub in_book: OwnersInBook,
}

/// A flag as it was typed, with what it means.
#[derive(Debug, Clone)]
struct Said<T> {
    flag: String,
    value: T,
}

impl<T> Said<T> {
    fn spot(&self) -> Spot {
        Spot { source: self.flag.clone(), ..Spot::default() }
    }

    /// A fault of the flag, or of what it says together with others.
    fn finding(&self, code: Code, message: impl Into<String>) -> Located {
        self.spot().finding(code, message)
    }
}

/// A flag's text with what `read` makes of it; `None` after a fault.
fn said<T>(
    flag: &str,
    text: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
    faults: &mut Vec<Located>,
) -> Option<Said<T>> {
    let typed = Said { flag: format!("{flag} {}", text::for_a_shell(text)), value: () };
    match read(text) {
        Ok(value) => Some(Said { flag: typed.flag, value }),
        Err(message) => {
            faults.push(typed.finding(Code::FlagInvalid, message));
            None
        }
    }
}

/// The texts of a flag that may be given many times.
fn each<T>(
    flag: &str,
    texts: &[String],
    read: impl Fn(&str) -> Result<T, String>,
    faults: &mut Vec<Located>,
) -> Vec<Said<T>> {
    texts.iter().filter_map(|text| said(flag, text, &read, faults)).collect()
}
