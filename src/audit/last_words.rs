//! The end of the writer's thread, told however it comes about.
//!
//! Owns saying that a log is closed. Refuses to know why.

use std::sync::Arc;

use super::log::{Health, LogError, Shared};

/// Says that the log is closed however the thread ends, so that nobody waits for a dead one.
pub(super) struct LastWords(pub(super) Arc<Shared>);

impl LastWords {
    pub(super) fn say(self, outcome: Result<(), LogError>) {
        self.0.health.send_replace(Health::Closed);
        self.0.done.send_replace(Some(outcome));
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        self.0.health.send_replace(Health::Closed);
        self.0.done.send_if_modified(|done| match done {
            Some(_) => false,
            None => {
                *done = Some(Err(LogError::Closed));
                true
            }
        });
    }
}
