//! The program `carve`.

use std::process::ExitCode;

fn main() -> ExitCode {
    carve_service::main()
}
