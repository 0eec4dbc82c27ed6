//! Between hyper and the service: the peer goes in, refused requests are answered, ends are counted.
//!
//! Owns the one place where a request becomes the service's. Refuses to know what it asks for.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use http::{Request, Response, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;
use tower::ServiceExt;
use tower::util::Oneshot;

use super::{Front, Peer};
use crate::wire::guard::Shared;
use crate::wire::head::{self, Malformed};
use crate::wire::reply::{ReplyBody, StreamCut};

/// The service as hyper calls it, for one connection.
pub(super) struct Bridge<S> {
    service: S,
    front: Arc<Front>,
    peer: Option<SocketAddr>,
    shared: Arc<Shared>,
}

impl<S> Bridge<S> {
    pub(super) fn new(service: S, front: Arc<Front>, peer: Option<SocketAddr>, shared: Arc<Shared>) -> Self {
        Self { service, front, peer, shared }
    }

    fn refuse(&self, malformed: Malformed, version: Version) -> Response<ReplyBody> {
        let id = (self.front.on_malformed)(self.peer, malformed);
        let mut response = Response::new(ReplyBody::whole(malformed.body()));
        *response.status_mut() = malformed.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(id) = head::id_value(&id) {
            headers.insert(head::ID, id);
        }
        if version != Version::HTTP_2 {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl<S> hyper::service::Service<Request<Incoming>> for Bridge<S>
where
    S: tower::Service<Request<Incoming>, Response = Response<ReplyBody>, Error = Infallible> + Clone,
{
    type Response = Response<Counted>;
    type Error = Infallible;
    type Future = Answer<Oneshot<S, Request<Incoming>>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        // The guard has read the heads of HTTP/1 before hyper did.
        let refused = self.shared.call().or_else(|| match parts.version {
            Version::HTTP_2 => head::ambiguity(&parts),
            _ => None,
        });
        let state = match refused {
            Some(malformed) => State::Refused { response: Some(self.refuse(malformed, parts.version)) },
            None => {
                if let Some(peer) = self.peer {
                    parts.extensions.insert(Peer(peer));
                }
                let request = Request::from_parts(parts, body);
                State::Served { response: self.service.clone().oneshot(request) }
            }
        };
        Answer { state, shared: Some(self.shared.clone()) }
    }
}

pin_project! {
    /// A response on its way to hyper.
    pub(super) struct Answer<F> {
        #[pin]
        state: State<F>,
        shared: Option<Arc<Shared>>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Served { #[pin] response: F },
        Refused { response: Option<Response<ReplyBody>> },
    }
}

impl<F> Future for Answer<F>
where
    F: Future<Output = Result<Response<ReplyBody>, Infallible>>,
{
    type Output = Result<Response<Counted>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = match this.state.project() {
            StateProjection::Served { response } => ready!(response.poll(cx))?,
            // Polled again after it was ready, against the contract of futures.
            StateProjection::Refused { response } => match response.take() {
                Some(response) => response,
                None => return Poll::Pending,
            },
        };
        let shared = this.shared.take();
        Poll::Ready(Ok(response.map(|body| Counted { body, shared })))
    }
}

/// A reply's body that tells the guard when hyper is done with it.
pub(super) struct Counted {
    body: ReplyBody,
    shared: Option<Arc<Shared>>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.finish();
        }
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = StreamCut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamCut>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
