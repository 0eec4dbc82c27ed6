//! Every way in which an exchange ends without the backend's reply, and what the client is told.
//!
//! The one place where causes become statuses, codes and sentences. What the client reads is safe
//! and stable; the full cause goes to the log.

use crate::audit::{Ended, EntryRefused};
use crate::decide::{Outcome, Words};
use crate::dialect::{Refusal, Unreadable};
use crate::rewrite::stream::StreamFault;
use crate::screen::classifier::Unavailable;
use crate::telemetry::metrics::UpstreamFault;
use crate::wire::{BodyError, UpstreamError};

/// Why an exchange ends without the backend's reply.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("the request was refused: {0}")]
    Refused(#[from] Refusal),
    #[error("the request's body could not be read: {0}")]
    RequestBody(BodyError),
    #[error("blocked by a rule")]
    Blocked(Outcome, Words),
    #[error("no upstream serves the model")]
    NoUpstream,
    #[error("the backend failed: {0}")]
    Upstream(#[from] UpstreamError),
    #[error("the reply's body could not be read: {0}")]
    ReplyBody(BodyError),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("the reply is not strict JSON: {0}")]
    ReplyNotJson(String),
    #[error("the reply cannot be cut into events: {0}")]
    NotAStream(String),
    #[error("the stream cannot go on: {0}")]
    Stream(#[from] StreamFault),
    #[error("the exchange took longer than it may")]
    TimedOut,
    #[error("too many exchanges at once")]
    Overloaded,
    #[error("the audit log takes no record: {0}")]
    Audit(#[from] EntryRefused),
    #[error("the audit record could not be written")]
    AuditLost,
    #[error("a classifier gave no answer: {0}")]
    Classifier(Unavailable),
    #[error("a fault of the gateway")]
    Internal,
}

/// What the client is told, and how the record says the exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) ended: Ended,
}

impl Fault {
    pub(super) fn told(&self) -> Told {
        let (status, code, message, ended) = match self {
            Self::Refused(refusal) => (refusal.status, refusal.code, refusal.message.clone(), Ended::Refused),
            Self::RequestBody(error) => of_request_body(error),
            Self::Blocked(_, words) => (400, "content_blocked", words.text.clone(), Ended::Refused),
            Self::NoUpstream => {
                (404, "model_not_found", "No backend of this gateway serves the model that was asked for.".into(), Ended::Refused)
            }
            Self::Upstream(error @ (UpstreamError::ConnectTimeout | UpstreamError::FirstByteTimeout)) => {
                (504, error.code(), "The backend did not answer in time.".into(), Ended::UpstreamTimeout)
            }
            Self::Upstream(error) => {
                (502, error.code(), "The backend could not be reached, or broke the connection.".into(), Ended::UpstreamError)
            }
            Self::ReplyBody(error) => of_reply_body(error),
            Self::Classifier(_) | Self::Stream(StreamFault::Unavailable(_)) => (
                503,
                "classifier_unavailable",
                "A classifier that a policy needs gave no answer, so this is not passed on; try again later.".into(),
                Ended::Unavailable,
            ),
            Self::Unreadable(_) | Self::ReplyNotJson(_) | Self::NotAStream(_) | Self::Stream(_) => (
                502,
                "upstream_unreadable",
                "The backend's reply does not have the form of its API, so it cannot be screened and is not passed on.".into(),
                Ended::Malformed,
            ),
            Self::TimedOut => (504, "timeout", "The exchange took longer than this gateway allows.".into(), Ended::UpstreamTimeout),
            Self::Overloaded => {
                (503, "overloaded", "This gateway serves as many requests as it can; try again later.".into(), Ended::Shed)
            }
            Self::Audit(refused) => {
                (503, refused.code(), "The audit log takes no record, so nothing is served.".into(), Ended::Unavailable)
            }
            Self::AuditLost => {
                (503, "audit_failed", "The audit record could not be written, so the reply is not given out.".into(), Ended::Unavailable)
            }
            Self::Internal => (500, "internal_error", "The gateway failed; the log knows more.".into(), Ended::InternalError),
        };
        Told { status, code, message, ended }
    }
}

impl Fault {
    /// What the backend did wrong, for its metric; `None` where it did nothing.
    pub(super) fn of_upstream(&self) -> Option<UpstreamFault> {
        Some(match self {
            Self::Upstream(UpstreamError::Connect(_)) => UpstreamFault::Connect,
            Self::Upstream(UpstreamError::ConnectTimeout) => UpstreamFault::ConnectTimeout,
            Self::Upstream(UpstreamError::FirstByteTimeout) => UpstreamFault::FirstByteTimeout,
            Self::Upstream(UpstreamError::Broken(_)) => UpstreamFault::Reset,
            Self::Upstream(UpstreamError::Malformed(_))
            | Self::Unreadable(_)
            | Self::ReplyNotJson(_)
            | Self::NotAStream(_) => UpstreamFault::Malformed,
            Self::Stream(StreamFault::Unavailable(_)) => return None,
            Self::Stream(StreamFault::TooMuch(_)) => UpstreamFault::TooLarge,
            Self::Stream(_) => UpstreamFault::Malformed,
            Self::ReplyBody(error) => of_body(error),
            Self::TimedOut => UpstreamFault::TotalTimeout,
            _ => return None,
        })
    }
}

/// What a backend did whose reply's body cannot be used.
pub(super) fn of_body(error: &BodyError) -> UpstreamFault {
    match error {
        BodyError::TooLarge { .. } => UpstreamFault::TooLarge,
        BodyError::TimedOut => UpstreamFault::IdleTimeout,
        BodyError::Broken(_) => UpstreamFault::Reset,
        BodyError::UnknownEncoding | BodyError::Undecodable { .. } => UpstreamFault::Encoding,
    }
}

fn of_request_body(error: &BodyError) -> (u16, &'static str, String, Ended) {
    let (status, ended) = match error {
        BodyError::TooLarge { .. } => (413, Ended::Refused),
        BodyError::TimedOut => (408, Ended::ClientTimeout),
        error if error.is_departure() => (400, Ended::ClientGone),
        _ => (400, Ended::Refused),
    };
    (status, error.code(), format!("The request's body cannot be used: {error}."), ended)
}

fn of_reply_body(error: &BodyError) -> (u16, &'static str, String, Ended) {
    match error {
        BodyError::TimedOut => {
            (504, "upstream_timeout", "The backend fell silent in mid-reply.".into(), Ended::UpstreamTimeout)
        }
        BodyError::TooLarge { .. } => (
            502,
            "upstream_reply_too_large",
            "The backend's reply is larger than this gateway screens.".into(),
            Ended::Malformed,
        ),
        BodyError::Broken(_) => (
            502,
            "upstream_error",
            "The backend broke the connection in mid-reply.".into(),
            Ended::UpstreamError,
        ),
        _ => (
            502,
            "upstream_unreadable",
            "The backend's reply is not encoded as it says.".into(),
            Ended::Malformed,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_backend_did_is_counted_as_what_it_was() {
        let broken = || "it broke".into();
        let undecodable = BodyError::Undecodable { encoding: "gzip", reason: "cut short" };
        let unreadable = Unreadable { dialect: "openai.chat", reason: String::new() };
        for (fault, counted) in [
            (Fault::Upstream(UpstreamError::Connect(broken())), Some(UpstreamFault::Connect)),
            (Fault::Upstream(UpstreamError::ConnectTimeout), Some(UpstreamFault::ConnectTimeout)),
            (Fault::Upstream(UpstreamError::FirstByteTimeout), Some(UpstreamFault::FirstByteTimeout)),
            (Fault::Upstream(UpstreamError::Broken(broken())), Some(UpstreamFault::Reset)),
            (Fault::Upstream(UpstreamError::Malformed(broken())), Some(UpstreamFault::Malformed)),
            (Fault::ReplyBody(BodyError::TimedOut), Some(UpstreamFault::IdleTimeout)),
            (Fault::ReplyBody(BodyError::TooLarge { cap: 1 }), Some(UpstreamFault::TooLarge)),
            (Fault::ReplyBody(BodyError::Broken(broken())), Some(UpstreamFault::Reset)),
            (Fault::ReplyBody(undecodable), Some(UpstreamFault::Encoding)),
            (Fault::Stream(StreamFault::TooMuch("held text")), Some(UpstreamFault::TooLarge)),
            (Fault::Stream(unreadable.clone().into()), Some(UpstreamFault::Malformed)),
            (Fault::Unreadable(unreadable), Some(UpstreamFault::Malformed)),
            (Fault::NotAStream(String::new()), Some(UpstreamFault::Malformed)),
            (Fault::TimedOut, Some(UpstreamFault::TotalTimeout)),
            (Fault::RequestBody(BodyError::TimedOut), None),
            (Fault::NoUpstream, None),
            (Fault::Classifier(Unavailable::Deadline), None),
            (Fault::Stream(StreamFault::Unavailable(Unavailable::Failed)), None),
            (Fault::Overloaded, None),
        ] {
            assert_eq!(fault.of_upstream(), counted, "{fault}");
        }
    }
}
