//! Who is let in to which call: the outermost thing that sees a request but for its counting. It passes on what names a call
//! to the letter and shows a token or a certificate that has the right, with whose it is; nothing else.

use super::identity::Identity;
use super::policy::{self, Policy};
use super::reload::Reloaded;
use super::status;
use super::tls::PeerInfo;
use super::tokens::{Grant, Tokens};
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{self, HeaderMap, header};
use tower_layer::Layer;

/// Asks who calls. Clones follow the same file.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    /// `None`: everybody is let in.
    tokens: Option<Reloaded<Tokens>>,
}

impl Guard {
    /// By these tokens; none: everybody is let in.
    pub fn new(tokens: Option<Reloaded<Tokens>>) -> Guard {
        Guard { tokens }
    }

    /// Whose call this is, if it may be made.
    #[allow(clippy::result_large_err, reason = "a status is what the call answers with")]
    fn admit(&self, request: &http::Request<Body>) -> Result<Identity, Status> {
        let policy = policy::of(request.uri().path());
        let Some(tokens) = &self.tokens else {
            return policy.map(|_| Identity::default()).ok_or_else(status::no_such_call);
        };
        if matches!(policy, Some(Policy { needs: None, .. })) {
            return Ok(Identity::default());
        }
        let tokens = tokens.get();
        let certificate = request.extensions().get::<PeerInfo>().and_then(|peer| peer.certificate.as_deref());
        let grant = match bearer(request.headers()) {
            Bearer::None => certificate.and_then(|der| tokens.of_certificate(der)),
            Bearer::Token(token) => tokens.of_token(token),
            Bearer::Unclear => None,
        };
        let grant = grant.ok_or_else(status::unauthenticated)?;
        let Some(needs) = policy.map(|policy| policy.needs) else {
            return Err(status::no_such_call());
        };
        match needs {
            Some(right) if !grant.rights.has(right) => Err(status::not_allowed(right.name())),
            _ => Ok(identity(grant)),
        }
    }
}

fn identity(grant: &Grant) -> Identity {
    Identity { tenant: grant.tenant.clone(), rights: grant.rights, token_id: grant.id() }
}

/// What the header says.
enum Bearer<'a> {
    None,
    Token(&'a str),
    /// There are several, or it is of another kind: nobody is let in by guessing.
    Unclear,
}

fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return if headers.contains_key(header::AUTHORIZATION) { Bearer::Unclear } else { Bearer::None };
    };
    match value.to_str().ok().and_then(|text| text.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Bearer::Token(token),
        _ => Bearer::Unclear,
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// What is behind the guard.
#[derive(Debug, Clone)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Guarded<S>
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

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let admitted = self.guard.admit(&request);
        // Nothing behind this needs a secret, so that nothing can leak one.
        request.headers_mut().remove(header::AUTHORIZATION);
        match admitted {
            Ok(identity) => {
                tracing::Span::current().record("tenant", identity.tenant.as_str());
                tracing::Span::current().record("token", identity.token_id.as_str());
                let connection = request.extensions().get::<PeerInfo>().map(|peer| &peer.connection).cloned();
                if let Some(connection) = connection {
                    request.extensions_mut().insert(connection);
                }
                request.extensions_mut().insert(identity);
                Box::pin(self.inner.call(request))
            }
            Err(refused) => Box::pin(async move { Ok(refused.into_http()) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::codegen::http::HeaderValue;

    #[test]
    fn one_bearer_token_is_read_and_nothing_else() {
        for (values, expected) in [
            (&["Bearer carve_1"][..], Some("carve_1")),
            (&["bearer carve_1"], Some("carve_1")),
            (&["BEARER carve_1"], Some("carve_1")),
            (&["Bearer  carve_1"], Some(" carve_1")),
            (&["Basic carve_1"], None),
            (&["carve_1"], None),
            (&["Bearer"], None),
            (&[""], None),
            (&["Bearer a", "Bearer b"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
            }
            let read = match bearer(&headers) {
                Bearer::Token(token) => Some(token),
                Bearer::None => {
                    assert!(values.is_empty());
                    None
                }
                Bearer::Unclear => None,
            };
            assert_eq!(read, expected, "{values:?}");
        }
    }
}
