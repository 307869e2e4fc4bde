//! Writes the committed books anew: `cargo run --release -p carve-datasets --example write_books`.

use carve_datasets::books::{BookName, write_book};
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    for name in BookName::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("books").join(name.folder());
        std::fs::create_dir_all(&folder)?;
        write_book(name, &folder)?;
    }
    Ok(())
}
