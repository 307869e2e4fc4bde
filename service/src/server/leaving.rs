//! An answer on its way out: in small pieces, so that what its client does not take is held here, where it is counted and
//! does not stay for ever.

use super::budget::Claim;
use super::limits::ANSWER_PIECE_BYTES;
use super::open::{Call, Unread};
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;

/// The body of an answer.
pub struct Leaving {
    body: Body,
    /// What is still to be taken of the last message.
    rest: Bytes,
    /// Bytes of the piece that was handed on last: it is held until the next one is asked for.
    handed: usize,
    claim: Option<Claim>,
    /// `None`: nothing waits to be taken.
    unread: Option<Unread>,
    call: Option<Call>,
}

impl Leaving {
    /// The whole body is still to be taken. What it holds is claimed where there is a claim.
    pub fn new(body: Body, claim: Option<Claim>, call: Option<Call>) -> Leaving {
        let unread = call.as_ref().map(Call::unread);
        Leaving { body, rest: Bytes::new(), handed: 0, claim, unread, call }
    }

    /// The piece before has been taken.
    fn taken(&mut self) {
        if let Some(claim) = &mut self.claim {
            claim.give(std::mem::take(&mut self.handed));
        }
        self.unread = None;
    }

    fn piece(&mut self) -> Frame<Bytes> {
        let piece = self.rest.split_to(self.rest.len().min(ANSWER_PIECE_BYTES));
        self.handed = piece.len();
        self.unread = self.call.as_ref().map(Call::unread);
        Frame::data(piece)
    }
}

impl HttpBody for Leaving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        this.taken();
        if !this.rest.is_empty() {
            return Poll::Ready(Some(Ok(this.piece())));
        }
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        let Some(Ok(frame)) = frame else { return Poll::Ready(frame) };
        match frame.into_data() {
            Ok(data) => {
                if let Some(claim) = &mut this.claim {
                    claim.add(data.len());
                }
                this.rest = data;
                Poll::Ready(Some(Ok(this.piece())))
            }
            Err(trailers) => Poll::Ready(Some(Ok(trailers))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
