//! A record on its way to the disk, and the promise that it will be as safe as its log says.
//!
//! Owns both ends of the promise and waiting for it. Refuses to know who keeps the promise.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Sleep;

use super::health::LogError;
use super::record::Draft;

/// A record that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its place in the log; `None` where nobody waited to learn it: the log is relaxed, or failing
    /// while its [`super::Failure`] is open.
    pub seq: Option<u64>,
}

/// Resolves when the record is as safe as the log's [`super::Durability`] promises.
#[derive(Debug)]
#[must_use = "a strict log has not written the record before the receipt says so"]
pub struct Receipt(pub(super) State);

#[derive(Debug)]
pub(super) enum State {
    Ready(Option<Result<Written, LogError>>),
    Waiting(oneshot::Receiver<Result<Written, LogError>>),
    /// Failure is open: neither an error nor a disk that does not answer stops the exchange.
    Patient {
        receipt: oneshot::Receiver<Result<Written, LogError>>,
        stall: Duration,
        /// Made when it is first waited for, where there is a runtime.
        sleep: Option<Pin<Box<Sleep>>>,
    },
}

impl Future for Receipt {
    type Output = Result<Written, LogError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Ready(outcome) => Poll::Ready(outcome.take().unwrap_or(Err(LogError::Closed))),
            State::Waiting(receipt) => {
                let outcome = ready!(Pin::new(receipt).poll(context));
                // The sender is only ever dropped unused by a thread that died.
                Poll::Ready(outcome.unwrap_or(Err(LogError::Closed)))
            }
            State::Patient { receipt, stall, sleep } => {
                if let Poll::Ready(outcome) = Pin::new(receipt).poll(context) {
                    return Poll::Ready(match outcome.unwrap_or(Err(LogError::Closed)) {
                        Err(LogError::Failed { .. }) => Ok(Written { seq: None }),
                        other => other,
                    });
                }
                let sleep = sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(*stall)));
                ready!(sleep.as_mut().poll(context));
                Poll::Ready(Ok(Written { seq: None }))
            }
        }
    }
}

/// A record on its way to the disk.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) draft: Box<Draft>,
    /// Who waits for it; nobody where the log is relaxed.
    pub(super) ack: Option<oneshot::Sender<Result<Written, LogError>>>,
}

impl Ticket {
    /// Tells whoever waits that the record is not on the disk, and gives it back marked as late.
    pub(super) fn refuse(self, reason: Arc<str>) -> Box<Draft> {
        let Self { mut draft, ack } = self;
        if let Some(ack) = ack {
            let _ = ack.send(Err(LogError::Failed { reason }));
        }
        draft.late = true;
        draft
    }
}
