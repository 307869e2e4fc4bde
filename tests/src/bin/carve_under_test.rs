//! The program `carve`, for the tests to start.

use std::process::ExitCode;

fn main() -> ExitCode {
    carve_service::main()
}
