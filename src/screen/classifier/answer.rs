//! The place where an answer arrives: a future that can also be waited for by a plain thread.
//!
//! Owns the hand-over between a thread of the pool and whoever asked, and the end of the wait at
//! the deadline. Refuses to know what is handed over.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::time::Sleep;

use super::question::{Scores, Unavailable};

type Outcome = Result<Scores, Unavailable>;

/// An answer that is there or on its way. Dropping it cancels work that has not begun.
#[must_use = "an answer that nobody waits for is cancelled"]
pub struct Answer {
    state: State,
}

enum State {
    Ready(Option<Outcome>),
    Waiting { slot: Arc<Slot>, deadline: Instant, sleep: Option<Pin<Box<Sleep>>> },
}

/// What the asker and the thread that answers share.
#[derive(Debug, Default)]
pub(super) struct Slot {
    inner: Mutex<Inner>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    outcome: Option<Outcome>,
    waker: Option<Waker>,
    abandoned: bool,
}

impl Slot {
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the answer over; the first one stands.
    pub(super) fn fill(&self, outcome: Outcome) {
        let waker = {
            let mut inner = self.lock();
            if inner.outcome.is_none() {
                inner.outcome = Some(outcome);
            }
            inner.waker.take()
        };
        self.filled.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether nobody waits any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.lock().abandoned
    }
}

impl Answer {
    pub(super) fn ready(outcome: Outcome) -> Self {
        Self { state: State::Ready(Some(outcome)) }
    }

    pub(super) fn waiting(slot: Arc<Slot>, deadline: Instant) -> Self {
        Self { state: State::Waiting { slot, deadline, sleep: None } }
    }

    /// Waits on this thread. Not for threads that serve others, such as those of an async runtime.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn wait(mut self) -> Result<Scores, Unavailable> {
        match &mut self.state {
            State::Ready(outcome) => outcome.take().unwrap_or(Err(Unavailable::Closed)),
            State::Waiting { slot, deadline, .. } => {
                let mut inner = slot.lock();
                loop {
                    if let Some(outcome) = inner.outcome.take() {
                        return outcome;
                    }
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(Unavailable::Deadline);
                    }
                    inner = slot.filled.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }
}

impl Future for Answer {
    type Output = Result<Scores, Unavailable>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.state {
            State::Ready(outcome) => Poll::Ready(outcome.take().unwrap_or(Err(Unavailable::Closed))),
            State::Waiting { slot, deadline, sleep } => {
                {
                    let mut inner = slot.lock();
                    if let Some(outcome) = inner.outcome.take() {
                        return Poll::Ready(outcome);
                    }
                    inner.waker = Some(context.waker().clone());
                }
                let sleep =
                    sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until((*deadline).into())));
                sleep.as_mut().poll(context).map(|()| Err(Unavailable::Deadline))
            }
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let State::Waiting { slot, .. } = &self.state {
            slot.lock().abandoned = true;
        }
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("ready", &matches!(self.state, State::Ready(_))).finish()
    }
}
