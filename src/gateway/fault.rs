//! Every way in which an exchange ends without the backend's reply, and what the client is told.
//!
//! The one place where causes become statuses, codes and sentences. What the client reads is safe
//! and stable; the full cause goes to the log.

use crate::audit::{Ended, EntryRefused};
use crate::decide::{Outcome, Words};
use crate::dialect::{Refusal, Unreadable};
use crate::rewrite::stream::StreamFault;
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
