//! Compiles carve/v1/*.proto with protox: no protoc is needed on the machine.
use prost::Message;
use std::{env, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=carve");
    let mut files: Vec<PathBuf> =
        fs::read_dir("carve/v1")?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let descriptors = protox::compile(files, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("carve.v1.bin"), descriptors.encode_to_vec())?;
    // Maps in the order of their keys, so that a message has one encoding, and a book one digest.
    tonic_prost_build::configure().btree_map(".").compile_fds(descriptors)?;
    Ok(())
}
