//! Books that come in parts.

use super::{Runs, UPLOAD_MESSAGE_BYTES_MAX};
use crate::server::identity::Identity;
use crate::server::status;
use crate::store::Upload;
use carve_proto::v1 as proto;
use carve_solver::limits::ACCOUNTS_MAX;
use carve_solver::{Code, Finding, Place};
use prost::Message;
use std::time::{Duration, SystemTime};
use tonic::{Request, Status, Streaming};

/// Longest silence within an upload.
const PART_TIMEOUT: Duration = Duration::from_secs(30);

/// The bytes of a book as it is kept: a SolveRequest that has these accounts alone.
pub fn kept(accounts: &mut Vec<proto::Account>) -> Vec<u8> {
    let mut request = proto::SolveRequest { accounts: std::mem::take(accounts), ..Default::default() };
    let bytes = request.encode_to_vec();
    *accounts = std::mem::take(&mut request.accounts);
    bytes
}

impl Runs {
    /// Takes a book, part by part; no more than a part is held.
    pub async fn upload(
        &self,
        request: Request<Streaming<proto::UploadBookRequest>>,
    ) -> Result<proto::UploadBookResponse, Status> {
        let identity = Identity::of(&request);
        let mut parts = request.into_inner();
        let (mut upload, mut count) = (Upload::new(), 0);
        loop {
            let part = tokio::time::timeout(PART_TIMEOUT, parts.message()).await.map_err(|_| status::too_late())??;
            let Some(mut part) = part else { break };
            if part.encoded_len() > UPLOAD_MESSAGE_BYTES_MAX {
                return Err(status::part_too_large(part.encoded_len(), UPLOAD_MESSAGE_BYTES_MAX));
            }
            count += part.accounts.len();
            if count > ACCOUNTS_MAX {
                return Err(status::refused(&[too_many(count)]));
            }
            let bytes = kept(&mut part.accounts);
            self.store.add(&mut upload, &bytes).await.map_err(|error| self.store_fault(&error))?;
        }
        if count == 0 {
            let text = "the upload has no account; send the book's accounts in parts";
            return Err(status::refused(&[Finding::new(Code::BookEmpty, Place::Book, text)]));
        }
        let byte_count = upload.byte_count();
        let digest = self.store.keep_book(&identity.tenant, upload, count as i64).await;
        let kept_until = SystemTime::now() + Duration::from_millis(self.settings.retention.book_ms.max(0) as u64);
        Ok(proto::UploadBookResponse {
            book_digest: digest.map_err(|error| self.store_fault(&error))?,
            account_count: count as i64,
            byte_count,
            expire_time: Some(kept_until.into()),
        })
    }
}

fn too_many(count: usize) -> Finding {
    let text = format!("the book has more than {count} accounts; at most {ACCOUNTS_MAX} are taken");
    Finding::new(Code::AccountsTooMany, Place::Book, text)
}
