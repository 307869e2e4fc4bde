//! `carve request`: accounts, plan file and wishes as the messages that a server takes, for programs that drive carve. So
//! there is one reader of accounts, whoever calls.
//!
//! Standard output has messages of carve.v1, each after its length as a varint: a ValidateResponse; where that is valid a
//! SolveRequest without accounts, an UploadBookResponse with the digest that a server gives this book, and the
//! UploadBookRequests that are its parts. The parts have the encoding of a SolveRequest with these accounts alone.

use crate::cli::MessagesArgs;
use crate::exit::{CommandError, Exit};
use crate::server::runs::UPLOAD_MESSAGE_BYTES_MAX;
use crate::{columns, encode_book, files, findings, output, store};
use carve_proto::v1 as proto;
use prost::Message;
use std::io::{self, Write};

/// Reads and prints. What has errors ends with 2, and says which.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &MessagesArgs) -> Result<Exit, CommandError> {
    let mut shape = args.request.shape.clone();
    // The seats and tiers that stand for none are written out: a server knows less of the columns than their reader.
    shape.print_plan = true;
    let loaded = files::load_with_book(&args.request.book, &shape, &args.options);
    let (found, read) = match loaded {
        Ok((loaded, book)) => (loaded.locate(&carve_solver::findings(&loaded.problem)), Some((loaded.request, book))),
        Err(found) => (found, None),
    };
    let (told, findings_omitted) = findings::to_proto(&found);
    let columns = columns::encode(&found.columns);
    let told = proto::ValidateResponse { valid: read.is_some(), findings: told, findings_omitted, columns };
    let Some((mut request, book)) = read else {
        output::print(|out| frame(&told.encode_to_vec(), out))?;
        return Ok(Exit::BadInput);
    };
    encode_book::describe_measures(&book, &mut request);
    let parts = parts(encode_book::accounts(&book));
    let uploaded = proto::UploadBookResponse {
        book_digest: store::digest(&parts.concat()),
        account_count: book.account_ids.len() as i64,
        byte_count: parts.iter().map(Vec::len).sum::<usize>() as i64,
        expire_time: None,
    };
    output::print(|out| {
        frame(&told.encode_to_vec(), out)?;
        frame(&request.encode_to_vec(), out)?;
        frame(&uploaded.encode_to_vec(), out)?;
        parts.iter().try_for_each(|part| frame(part, out))
    })?;
    Ok(Exit::Done)
}

/// Accounts in encoded parts, each as large as a message of an upload may be. An account that is larger by itself is a part,
/// and the server says so.
fn parts(accounts: impl Iterator<Item = proto::Account>) -> Vec<Vec<u8>> {
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for account in accounts {
        let one = proto::UploadBookRequest { accounts: vec![account] }.encode_to_vec();
        match parts.last_mut().filter(|part| part.len() + one.len() <= UPLOAD_MESSAGE_BYTES_MAX) {
            Some(part) => part.extend_from_slice(&one),
            None => parts.push(one),
        }
    }
    parts
}

fn frame(message: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut length = Vec::new();
    prost::encoding::encode_varint(message.len() as u64, &mut length);
    out.write_all(&length)?;
    out.write_all(message)
}
