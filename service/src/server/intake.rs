//! Requests on their way in. A call of one message is let through once the message is whole, is no more than it may be when
//! decoded, and, where it is large, has a place among the large ones: these are decoded on a thread that may be busy, so that
//! small calls never wait for them.

use super::arriving::Arriving;
use super::budget::{Budget, Claim};
use super::leaving::Leaving;
use super::limits::SMALL_MESSAGE_BYTES_MAX;
use super::open::{Call, Open};
use super::{deadline, status, wire_size};
use http_body::{Body as HttpBody, Frame};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::{self, HeaderValue, Method, StatusCode, header};
use tonic::codegen::{Bytes, Service};
use tonic::server::NamedService;

/// Calls whose client sends a stream of messages.
pub const CLIENT_STREAMS: &[&str] = &["UploadBook"];

/// A place among the large calls, in the extensions of their requests. Whoever takes it keeps it while the call keeps a thread
/// busy.
#[derive(Debug, Clone)]
pub struct Large(#[allow(dead_code, reason = "it is given back when it is dropped")] Arc<OwnedSemaphorePermit>);

/// A service whose requests are looked at before they are decoded.
#[derive(Debug, Clone)]
pub struct Intake<S> {
    inner: S,
    /// `None`: the service's calls are small, and answered at once.
    shared: Option<Shared>,
}

#[derive(Debug, Clone)]
struct Shared {
    budget: Arc<Budget>,
    large: Arc<Semaphore>,
    /// The paths of calls that are streams of messages.
    streams: Arc<[String]>,
}

impl<S: NamedService> Intake<S> {
    /// Calls share the budget, and large ones these places.
    pub fn new(inner: S, budget: Arc<Budget>, large: Arc<Semaphore>) -> Intake<S> {
        let streams = CLIENT_STREAMS.iter().map(|method| format!("/{}/{method}", S::NAME)).collect();
        Intake { inner, shared: Some(Shared { budget, large, streams }) }
    }

    /// Only what every call must be is asked of it: POST, and gRPC.
    pub fn of_small_calls(inner: S) -> Intake<S> {
        Intake { inner, shared: None }
    }
}

impl<S: NamedService> NamedService for Intake<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Intake<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        if let Some(refused) = no_grpc(&request) {
            return Box::pin(std::future::ready(Ok(refused)));
        }
        // The one that is ready is used, its clone waits for the next call.
        let other = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, other);
        let open = request.extensions().get::<Arc<Open>>().cloned();
        let call = open.as_ref().map(Call::begin);
        let peer = open.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |open| open.peer());
        let Some(shared) = self.shared.clone() else {
            let mut inner = inner;
            let answer = inner.call(request);
            return Box::pin(async move { answer.await.map(|answer| leaving(named(answer), None, call)) });
        };
        Box::pin(async move {
            let claim = shared.budget.claim(peer);
            let answer = if shared.streams.iter().any(|path| path == request.uri().path()) {
                let mut inner = inner;
                inner.call(request.map(|body| Body::new(Arriving::new(body, claim, false)))).await?
            } else {
                whole(inner, request, claim, &shared.large).await.unwrap_or_else(Status::into_http)
            };
            Ok(leaving(named(answer), Some(shared.budget.claim(peer)), call))
        })
    }
}

/// A call of one message.
async fn whole<S>(
    mut inner: S,
    request: http::Request<Body>,
    claim: Claim,
    large: &Arc<Semaphore>,
) -> Result<http::Response<Body>, Status>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
{
    let (mut parts, body) = request.into_parts();
    let (bytes, claim) = Arriving::new(body, claim, true).whole().await?;
    let path = parts.uri.path().to_owned();
    let answer = if bytes.len() <= SMALL_MESSAGE_BYTES_MAX {
        wire_size::check(&path, &bytes)?;
        inner.call(http::Request::from_parts(parts, Body::new(One(Some(bytes.into()))))).await
    } else {
        let place = Arc::clone(large).acquire_owned();
        let end = deadline::of_parts(&parts);
        let place = tokio::time::timeout_at(end.into(), place).await.map_err(|_| status::too_late())?;
        parts.extensions.insert(Large(Arc::new(place.map_err(|_| status::our_fault())?)));
        let begun = tokio::task::spawn_blocking(move || {
            wire_size::check(&path, &bytes)?;
            let mut answer = Box::pin(inner.call(http::Request::from_parts(parts, Body::new(One(Some(bytes.into()))))));
            // The message is there, so that it is decoded the first time that the call is asked to get on. The waker of this
            // time wakes nobody: the call is asked again at once.
            let first = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            Ok::<_, Status>((first, answer))
        });
        match begun.await.map_err(|_| status::our_fault())?? {
            (Poll::Ready(answer), _) => answer,
            (Poll::Pending, answer) => answer.await,
        }
    };
    drop(claim);
    answer.map_err(|never| match never {})
}

/// What is no call over gRPC is refused before its body is read.
fn no_grpc(request: &http::Request<Body>) -> Option<http::Response<Body>> {
    let refused = |code, name, value| {
        let mut response = http::Response::new(Body::empty());
        *response.status_mut() = code;
        response.headers_mut().insert(name, HeaderValue::from_static(value));
        response
    };
    if request.method() != Method::POST {
        return Some(refused(StatusCode::METHOD_NOT_ALLOWED, header::ALLOW, "POST"));
    }
    let content = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kinds: [&[u8]; 2] = [b"application/grpc", b"application/grpc+proto"];
    // What stands behind a semicolon are parameters.
    let kind = content.and_then(|content| content.split(|byte| *byte == b';').next()).map(<[u8]>::trim_ascii);
    let is_grpc = kind.is_some_and(|kind| kinds.contains(&kind));
    (!is_grpc).then(|| refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, header::ACCEPT, "application/grpc"))
}

/// The same answer; one of the transport, which could not read the message, says so as ours do.
fn named(answer: http::Response<Body>) -> http::Response<Body> {
    match answer.extensions().get::<Status>().and_then(status::unreadable) {
        Some(status) => status.into_http(),
        None => answer,
    }
}

fn leaving(answer: http::Response<Body>, claim: Option<Claim>, call: Option<Call>) -> http::Response<Body> {
    answer.map(|body| Body::new(Leaving::new(body, claim, call)))
}

/// A body that is there.
struct One(Option<Bytes>);

impl HttpBody for One {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Ready(self.get_mut().0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    #[test]
    fn every_call_whose_client_streams_is_known() {
        let set = prost_types::FileDescriptorSet::decode(carve_proto::DESCRIPTOR_SET).expect("compiled in");
        let services = set.file.iter().flat_map(|file| &file.service);
        let methods = services.flat_map(|service| &service.method).filter(|method| method.client_streaming());
        assert_eq!(methods.map(|method| method.name()).collect::<Vec<_>>(), CLIENT_STREAMS);
    }
}
