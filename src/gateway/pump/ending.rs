//! How a stream ends: in order, by a rule, by the backend's going, or by a fault.
//!
//! Owns what the record says of the end, and whether the client's connection ends in order too. Refuses to know how
//! the stream got there.

use super::{Close, Pump, Stage};
use crate::audit::Ended;
use crate::gateway::fault::{self, Fault};
use crate::rewrite::stream::{Outgoing, StreamFault};
use crate::wire::BodyError;
use crate::wire::frame::Tail;

impl Pump {
    /// The stream has said its last word.
    pub(super) async fn end(&mut self, out: Vec<Outgoing>) {
        let cut = self.rewriter.was_cut();
        let ended = if cut {
            Ended::CutByPolicy
        } else if self.rewriter.failed() {
            self.exchange.trail.note(|draft| draft.code = Some("upstream_error".into()));
            Ended::UpstreamError
        } else {
            Ended::Complete
        };
        self.stage = if cut && self.rewriter.ended() { Stage::Ended } else { Stage::Draining };
        if self.record(ended).await {
            self.send(out);
        } else {
            self.stage = Stage::Breaking("the audit record could not be written");
        }
        if self.stage != Stage::Draining {
            self.body = None;
        }
        self.to_ask.clear();
        self.asked.clear();
    }

    /// The backend closed its body, maybe without the last word.
    pub(super) async fn closed(&mut self, mut out: Vec<Outgoing>) {
        let inflated = self.inflate.as_ref().is_none_or(|inflate| inflate.finish().is_ok());
        // A last event whose end is missing is a whole one if it can be read: some backends leave
        // the end out, and lenient clients do not ask for it.
        let read = match self.frames.finish() {
            Some(tail) if tail.frame.foreign => Ok(false),
            Some(Tail { frame, terminated }) => {
                match self.rewriter.tail(frame.raw, frame.payload, terminated, &mut out) {
                    Err(fault @ StreamFault::Unavailable(_)) => Err(fault),
                    other => Ok(other.is_ok()),
                }
            }
            None => Ok(true),
        };
        match read {
            Ok(read) => self.await_answers(Close::Closed { whole: read && inflated }, out).await,
            Err(fault) => self.fail(&fault.into(), out).await,
        }
    }

    /// The backend's connection broke: what was said so far is judged as it stands, and the client
    /// sees a broken reply too.
    pub(super) async fn broken(&mut self, error: &BodyError, out: Vec<Outgoing>) {
        tracing::warn!(id = %self.exchange.id, %error, "the backend's stream broke off");
        self.exchange.gateway.metrics.upstream_failed(fault::of_body(error));
        self.await_answers(Close::Broken { silent: matches!(error, BodyError::TimedOut) }, out).await;
    }

    /// Ends the stream once every question about it is answered; what may leave meanwhile leaves.
    async fn await_answers(&mut self, close: Close, out: Vec<Outgoing>) {
        self.stage = Stage::Closing(close);
        self.rewriter.close();
        self.ask();
        self.time_held();
        if self.asked.is_empty() { self.close_with(close, out).await } else { self.send(out) }
    }

    /// Every question is answered, unless what waited for the answers brings new ones.
    pub(super) async fn close(&mut self, close: Close) {
        self.rewriter.close();
        self.ask();
        if self.asked.is_empty() {
            self.close_with(close, Vec::new()).await;
        }
    }

    async fn close_with(&mut self, close: Close, mut out: Vec<Outgoing>) {
        self.rewriter.finish(&mut out);
        let whole = close == Close::Closed { whole: true };
        let said = whole && !self.rewriter.left_open() && !self.rewriter.failed();
        let ended = match close {
            Close::Broken { silent: true } => Ended::UpstreamTimeout,
            Close::Broken { silent: false } => Ended::UpstreamError,
            Close::Closed { .. } if self.rewriter.was_cut() => Ended::CutByPolicy,
            Close::Closed { .. } if said => Ended::Complete,
            Close::Closed { .. } => Ended::UpstreamError,
        };
        if !said {
            let code = if ended == Ended::UpstreamTimeout { "upstream_timeout" } else { "upstream_error" };
            self.exchange.trail.note(|draft| draft.code = Some(code.into()));
        }
        let recorded = self.record(ended).await;
        self.stage = match close {
            Close::Broken { .. } => Stage::Breaking("the backend broke off"),
            Close::Closed { .. } if !recorded => Stage::Breaking("the audit record could not be written"),
            Close::Closed { whole: true } => Stage::Ended,
            Close::Closed { whole: false } => Stage::Breaking("the backend broke off in mid-event"),
        };
        if recorded || matches!(close, Close::Broken { .. }) {
            self.send(out);
        }
    }

    /// What follows cannot be judged: the client is told, in the API's own shape.
    pub(super) async fn fail(&mut self, fault: &Fault, mut out: Vec<Outgoing>) {
        let told = fault.told();
        tracing::warn!(id = %self.exchange.id, error = %fault, code = told.code, "a stream was ended");
        if let Some(cause) = fault.of_upstream() {
            self.exchange.gateway.metrics.upstream_failed(cause);
        }
        self.rewriter.fail(told.status, told.code, &told.message, &mut out);
        self.exchange.trail.note(|draft| draft.code = Some(told.code.into()));
        let _ = self.record(told.ended).await;
        self.stage = Stage::Ended;
        self.body = None;
        self.to_ask.clear();
        self.asked.clear();
        self.send(out);
    }
}
