//! The ladder by a table, and the data as a whole.

use crate::atlas::atlas;
use crate::towns::towns;
use crate::zips::zips;
use crate::{Accounts, Address, Addresses, Cells, Doubt, Evidence, Habits, Located, Step, fill, locate};
use carve_solver::finding::{Code, Finding};
use carve_solver::input::RawPlace;
use carve_solver::space::Point;

mod ladder;

mod columns;

mod sources;
