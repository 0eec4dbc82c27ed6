//! Rewriting: a decision and a body become what may leave.
//!
//! The only mint of [`Permitted`]: bytes of somebody else's that were judged, and [`Own`]: bytes
//! that the gateway wrote itself. `wire` sends nothing else, so a path that forgets to ask for a
//! decision does not compile. This room refuses to know sockets and how findings came about.

pub mod body;
pub mod own;
pub mod restore;
pub mod stream;

use bytes::Bytes;
use http::Request;
use http::request::Parts;

/// Something of a client's or a backend's that was judged and may leave.
#[derive(Debug)]
#[must_use]
pub struct Permitted<T>(T);

impl<T> Permitted<T> {
    /// For the tests of rooms that only carry what was permitted.
    #[cfg(test)]
    pub(crate) fn for_test(value: T) -> Self {
        Self(value)
    }

    /// Only this room calls it.
    fn mint(value: T) -> Self {
        Self(value)
    }

    /// What may leave.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// What may leave, to look at.
    pub fn inner(&self) -> &T {
        &self.0
    }
}

impl Permitted<Bytes> {
    /// The body under a head that carries no text of a model.
    pub fn with_head(self, head: Parts) -> Permitted<Request<Bytes>> {
        Permitted(Request::from_parts(head, self.0))
    }
}

/// Something that the gateway wrote itself: a deflection, an error, an answer of its own.
#[derive(Debug)]
#[must_use]
pub struct Own<T>(T);

impl<T> Own<T> {
    /// For the tests of rooms that only carry what was permitted.
    #[cfg(test)]
    pub(crate) fn for_test(value: T) -> Self {
        Self(value)
    }

    /// Only this room calls it.
    fn mint(value: T) -> Self {
        Self(value)
    }

    /// What may leave.
    pub fn into_inner(self) -> T {
        self.0
    }
}
