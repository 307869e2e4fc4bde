//! A budget of bytes over all requests under way. A message claims its length before a byte of it is held,
//! and gives it back when the call has been answered.

use super::{MESSAGE_BYTES_MAX, status};
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Bytes, Service, http};
use tonic::server::NamedService;

/// Bytes of one permit: a semaphore counts in 32 bits at a time.
const PERMIT_BYTES: usize = 1 << 10;
/// The head of a gRPC message: whether it is compressed, and its length, big-endian.
const HEAD_BYTES: usize = 5;

/// A service whose requests share a budget.
#[derive(Debug, Clone)]
pub struct Budgeted<S> {
    inner: S,
    left: Arc<Semaphore>,
}

impl<S> Budgeted<S> {
    /// `bytes` for all requests together.
    pub fn new(inner: S, bytes: usize) -> Budgeted<S> {
        let permits = (bytes / PERMIT_BYTES).min(Semaphore::MAX_PERMITS);
        Budgeted { inner, left: Arc::new(Semaphore::new(permits)) }
    }
}

impl<S: NamedService> NamedService for Budgeted<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Budgeted<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let claims = Claims::default();
        let left = Arc::clone(&self.left);
        let metered = |body| Metered { body, head: Vec::new(), left, claims: Arc::clone(&claims) };
        let answer = self.inner.call(request.map(|body| Body::new(metered(body))));
        Box::pin(async move {
            let answer = answer.await;
            drop(claims);
            answer
        })
    }
}

/// What a call has claimed.
type Claims = Arc<Mutex<Option<OwnedSemaphorePermit>>>;

struct Metered {
    body: Body,
    /// What came of the message's head.
    head: Vec<u8>,
    left: Arc<Semaphore>,
    claims: Claims,
}

impl Metered {
    /// Claims the message's length once its head is there. Every call has one message.
    #[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
    fn meter(&mut self, bytes: &[u8]) -> Result<(), Status> {
        if self.head.len() == HEAD_BYTES {
            return Ok(());
        }
        let missing = HEAD_BYTES - self.head.len();
        self.head.extend(bytes.iter().take(missing));
        let &[_, a, b, c, d] = self.head.as_slice() else {
            return Ok(());
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if length > MESSAGE_BYTES_MAX {
            // Refused by the decoder, which names the limit.
            return Ok(());
        }
        let permits = (length / PERMIT_BYTES + 1) as u32;
        let claim = Arc::clone(&self.left).try_acquire_many_owned(permits).map_err(|_| status::too_many_bytes())?;
        *self.claims.lock().unwrap_or_else(PoisonError::into_inner) = Some(claim);
        Ok(())
    }
}

impl HttpBody for Metered {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(bytes) = frame.data_ref()
            && let Err(refused) = this.meter(bytes)
        {
            return Poll::Ready(Some(Err(refused)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
