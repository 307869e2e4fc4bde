//! The tests of the benchmarks, in one program, so that it is linked once.

mod toy;

mod files;

mod places;

mod reading;

mod conflicts;
