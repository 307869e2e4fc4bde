//! A request's body as it arrives: its bytes are counted, its messages too, and it must not take for ever.

use super::budget::Claim;
use super::limits::{MESSAGE_BYTES_MAX, MESSAGE_RATE_GRACE, MESSAGE_RATE_MIN, MESSAGE_TIME_MAX};
use super::status;
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::Sleep;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;

/// The head of a gRPC message: whether it is compressed, and its length, big-endian.
const HEAD_BYTES: usize = 5;
/// Time between two looks at how fast a message arrives.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A body of one message, or of a stream of them.
pub struct Arriving {
    body: Body,
    claim: Claim,
    one: bool,
    /// What came of the next message's head.
    head: Vec<u8>,
    /// Bytes of the message under way that are still to come.
    missing: usize,
    /// Messages whose head has come.
    messages: usize,
    /// When the message under way, or the first one, was begun to be waited for, and what has come of it.
    since: Instant,
    came: usize,
    look: Pin<Box<Sleep>>,
}

impl Arriving {
    /// Nothing has come yet. `one`: a second message is refused.
    pub fn new(body: Body, claim: Claim, one: bool) -> Arriving {
        let look = Box::pin(tokio::time::sleep(LOOK_EVERY));
        Arriving { body, claim, one, head: Vec::new(), missing: 0, messages: 0, since: Instant::now(), came: 0, look }
    }

    /// All of it, and what it has taken of the budget.
    ///
    /// # Errors
    /// Why it is refused.
    pub async fn whole(mut self) -> Result<(Vec<u8>, Claim), Status> {
        let mut bytes = Vec::new();
        while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut self).poll_frame(context)).await {
            // Trailers of a request say nothing.
            if let Ok(data) = frame?.into_data() {
                bytes.extend_from_slice(&data);
            }
        }
        Ok((bytes, self.claim))
    }

    #[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
    fn count(&mut self, mut bytes: &[u8]) -> Result<(), Status> {
        self.claim.take(bytes.len())?;
        self.came += bytes.len();
        while !bytes.is_empty() {
            if self.missing > 0 {
                let part = self.missing.min(bytes.len());
                self.missing -= part;
                bytes = &bytes[part..];
                continue;
            }
            if self.head.is_empty() {
                if self.one && self.messages > 0 {
                    return Err(status::too_many_messages());
                }
                // Of a stream one message is held at a time.
                if self.messages > 0 {
                    self.claim.give(self.came.saturating_sub(bytes.len()));
                    (self.since, self.came) = (Instant::now(), bytes.len());
                }
            }
            let part = (HEAD_BYTES - self.head.len()).min(bytes.len());
            self.head.extend_from_slice(&bytes[..part]);
            bytes = &bytes[part..];
            if let &[_, a, b, c, d] = self.head.as_slice() {
                self.missing = u32::from_be_bytes([a, b, c, d]) as usize;
                if self.missing > MESSAGE_BYTES_MAX {
                    return Err(status::message_too_large(self.missing));
                }
                self.claim.fits(self.missing)?;
                self.messages += 1;
                self.head.clear();
            }
        }
        Ok(())
    }

    fn is_late(&self) -> bool {
        let waits = self.messages == 0 || self.missing > 0 || !self.head.is_empty();
        let elapsed = self.since.elapsed();
        let counted = elapsed.saturating_sub(MESSAGE_RATE_GRACE);
        let least = counted.as_millis() as u64 * MESSAGE_RATE_MIN / 1_000;
        waits && (elapsed > MESSAGE_TIME_MAX || (self.came as u64) < least)
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let counted = frame.data_ref().map_or(Ok(()), |bytes| this.count(bytes));
                Poll::Ready(Some(counted.map(|()| frame)))
            }
            Poll::Ready(other) => Poll::Ready(other),
            Poll::Pending => {
                while this.look.as_mut().poll(context).is_ready() {
                    if this.is_late() {
                        return Poll::Ready(Some(Err(status::too_slow())));
                    }
                    this.look.as_mut().reset(tokio::time::Instant::now() + LOOK_EVERY);
                }
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
