//! Every test from end to end, in one program, so that it is linked once. A file or folder for each subject:
//! `cargo test --release -p carve-tests --test all oracle::` runs one of them.

// What plans must be, by example.
mod compare;
mod decimals;
mod depth;
mod examples;
mod leximin;
mod moves;
mod places;
mod planned_splits;
mod pools;
mod seats;
mod standing;
mod words;

// What holds for every plan, and for the same input twice.
mod determinism;
mod laws;

// Beside every assignment there is, and against altered plans.
mod checker;
mod every_field;
mod fuzz;
mod infeasible;
mod inquiry;
mod judge;
mod oracle;
mod small_books;
mod start;
mod truth_cases;

// The program from outside: input, files, exit codes, wire.
mod any_export;
mod bad_input;
mod cli;
mod contract;
mod contract_style;
mod guarded;
mod hostile_files;
mod languages;
mod names;
mod outputs;
mod python;
mod runs;
mod wishes;

// The rules of the house.
mod tidy;
