//! Prints the tables of docs/findings.md and docs/limits.md: `cargo run --release -p carve-tests --example index`.

use carve_tests::index;

fn main() {
    println!("| code | severity | meaning |\n|---|---|---|\n{}\n", index::codes().join("\n"));
    println!("| limit | value |\n|---|---|");
    for (name, value) in index::limits(include_str!("../../solver/src/limits.rs")) {
        println!("| `{name}` | {value} |");
    }
}
