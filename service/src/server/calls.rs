//! Every call is counted, timed and told of in the log, by a number of its own that its client gets too. The log has the call's
//! method, tenant, code, time and bytes; nothing of what it says.

use super::metrics::Metrics;
use super::policy;
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::{self, HeaderMap, HeaderValue};
use tonic::codegen::{Bytes, Service};
use tower_layer::Layer;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

/// The header of an answer that has the number under which the log has the call.
pub const CALL_ID_HEADER: &str = "carve-call-id";
/// Names of gRPC's codes, in their order.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];
/// What a call is called whose path is none of ours: the path may be anything.
const UNKNOWN_METHOD: &str = "unknown";
/// What ended without a code, as when the client has gone.
const GONE: &str = CODES[1];

/// Tells of calls.
#[derive(Debug, Clone)]
pub struct Calls(pub Metrics);

impl<S> Layer<S> for Calls {
    type Service = Told<S>;

    fn layer(&self, inner: S) -> Told<S> {
        Told { metrics: self.0.clone(), inner }
    }
}

/// What is told of.
#[derive(Debug, Clone)]
pub struct Told<S> {
    metrics: Metrics,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Told<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = policy::of(request.uri().path()).map_or(UNKNOWN_METHOD, |policy| policy.method);
        let call_id = Uuid::now_v7().simple().to_string();
        let span = tracing::info_span!("call", call_id, method, tenant = Empty, token = Empty);
        let bytes = Arc::new(AtomicU64::new(0));
        let (metrics, started) = (self.metrics.clone(), Instant::now());
        let mut end = End {
            metrics: metrics.clone(),
            method,
            started,
            bytes: Arc::clone(&bytes),
            span: span.clone(),
            code: None,
        };
        let arriving = |body| Body::new(Arriving { body, metrics, method, bytes });
        let answer = span.in_scope(|| self.inner.call(request.map(arriving)));
        let told = async move {
            let mut answer = answer.await?;
            if let Ok(id) = HeaderValue::from_str(&call_id) {
                answer.headers_mut().insert(CALL_ID_HEADER, id);
            }
            // An answer that is a status alone has it in its head.
            end.code = code(answer.headers());
            if end.code.is_some() || !answer.status().is_success() {
                end.code.get_or_insert(CODES[2]);
                drop(end);
                return Ok(answer);
            }
            Ok(answer.map(|body| Body::new(Leaving { body, end })))
        };
        Box::pin(told.instrument(span))
    }
}

/// The code among these headers.
fn code(headers: &HeaderMap) -> Option<&'static str> {
    let number = headers.get("grpc-status")?.to_str().ok()?.parse::<usize>().ok();
    Some(number.and_then(|number| CODES.get(number)).copied().unwrap_or(CODES[2]))
}

/// Tells of the call when it is dropped.
struct End {
    metrics: Metrics,
    method: &'static str,
    started: Instant,
    bytes: Arc<AtomicU64>,
    span: Span,
    code: Option<&'static str>,
}

impl Drop for End {
    fn drop(&mut self) {
        let (code, took) = (self.code.unwrap_or(GONE), self.started.elapsed());
        self.metrics.call(self.method, code, took);
        let (ms, request_bytes) = (took.as_millis() as u64, self.bytes.load(Ordering::Relaxed));
        self.span.in_scope(|| {
            // Whether the server is well is asked all the time.
            if self.method.starts_with("Health.") {
                tracing::debug!(code, ms, request_bytes, "call ended");
            } else {
                tracing::info!(code, ms, request_bytes, "call ended");
            }
        });
    }
}

/// A request whose bytes are counted.
struct Arriving {
    body: Body,
    metrics: Metrics,
    method: &'static str,
    bytes: Arc<AtomicU64>,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            this.metrics.request_bytes(this.method, data.len());
            this.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
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

/// An answer whose end is waited for.
struct Leaving {
    body: Body,
    end: End,
}

impl HttpBody for Leaving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        // What a stream does while it is read is told under the call's number too.
        let entered = this.end.span.clone();
        let frame = ready!(entered.in_scope(|| Pin::new(&mut this.body).poll_frame(context)));
        if let Some(Ok(frame)) = &frame
            && let Some(trailers) = frame.trailers_ref()
        {
            this.end.code = code(trailers);
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
