//! The audit trail of one exchange: opened at accept, completed once, also when nobody is left.
//!
//! Owns when a record is written. Refuses to know what is in a body.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::OwnedSemaphorePermit;

use crate::audit::{Draft, Ended, Entry, Receipt};
use crate::decide::Outcome;
use crate::policy::Policies;

use super::Gateway;

/// The record of an exchange that is going on.
#[derive(Debug)]
pub(super) struct Trail {
    gateway: Arc<Gateway>,
    entry: Option<Entry>,
    started: Instant,
    /// What was done to the exchange, as far as it is known.
    applied: Outcome,
    /// `policy/rule` behind it.
    applied_rule: Option<Arc<str>>,
    /// Given back when the exchange is over, its body included.
    permit: Option<OwnedSemaphorePermit>,
}

/// The trail, as the layers and the body of an exchange share it. Locked for assignments only.
#[derive(Debug, Clone)]
pub(super) struct SharedTrail(Arc<Mutex<Trail>>);

impl SharedTrail {
    pub(super) fn new(gateway: Arc<Gateway>, entry: Entry) -> Self {
        gateway.metrics.exchange_began();
        Self(Arc::new(Mutex::new(Trail {
            gateway,
            entry: Some(entry),
            started: Instant::now(),
            applied: Outcome::ALLOW,
            applied_rule: None,
            permit: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Trail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes into the record. Does nothing once it is complete.
    pub(super) fn note(&self, write: impl FnOnce(&mut Draft)) {
        if let Some(entry) = &mut self.lock().entry {
            write(entry.opening());
        }
    }

    /// Keeps a place among the running exchanges until this one is over.
    pub(super) fn keep(&self, permit: OwnedSemaphorePermit) {
        self.lock().permit = Some(permit);
    }

    /// Says what was done, if it is more than what was done before.
    pub(super) fn apply(&self, policies: &Policies, outcome: Outcome) {
        let mut trail = self.lock();
        trail.applied = trail.applied.max(policies, outcome);
        trail.applied_rule = trail.applied.rule.map(|rule| policies.rule(rule).path.clone());
    }

    /// What was done, and the rule behind it.
    pub(super) fn applied(&self) -> (Outcome, Option<Arc<str>>) {
        let trail = self.lock();
        (trail.applied, trail.applied_rule.clone())
    }

    /// Completes the record; the receipt tells when it is safe. `None` when it was complete already.
    pub(super) fn complete(&self, ended: Option<Ended>) -> Option<Receipt> {
        self.lock().complete(ended)
    }
}

impl Trail {
    fn complete(&mut self, ended: Option<Ended>) -> Option<Receipt> {
        let mut entry = self.entry.take()?;
        let total = self.started.elapsed();
        let draft = entry.opening();
        draft.timing.total_us = total.as_micros() as u64;
        if let Some(ended) = ended {
            draft.ended = ended;
        }
        self.gateway.metrics.exchange_ended(draft);
        self.permit = None;
        Some(entry.complete_opening())
    }
}

impl Drop for Trail {
    /// Whoever drops the exchange before its end is the server, whose client has gone or which is
    /// being stopped, or a panic in the middle of a stream (others are caught further in). Every
    /// other end completes the record itself.
    fn drop(&mut self) {
        let ended = if std::thread::panicking() {
            Ended::InternalError
        } else if self.gateway.cuts() {
            Ended::Shutdown
        } else {
            Ended::ClientGone
        };
        if let Some(receipt) = self.complete(Some(ended)) {
            drop(receipt);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Durability, Limits, Log, query};
    use crate::config::{Config, Options};
    use crate::gateway::rules::{Rules, load};

    #[tokio::test]
    async fn whoever_drops_the_trail_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("p.yaml"),
            "policy: p\nrules: [{id: r, when: {keywords: [x]}, action: flag}]\n",
        )
        .unwrap();
        let options = Options { upstream: vec!["http://127.0.0.1:9".into()], ..Options::default() };
        let config = Config::from_sources(None, [], &options).unwrap();
        let rulebook =
            load(dir.path(), &crate::screen::classifier::Classifiers::none()).unwrap().rulebook.unwrap();
        let audit = dir.path().join("audit");
        let (log, _) = Log::open(&audit, Durability::Strict, Limits::default()).unwrap();
        let gateway = Gateway::new(config, Rules::new(dir.path().into(), rulebook), log).unwrap();
        let gateway = Arc::new(gateway);
        let trail = || SharedTrail::new(gateway.clone(), gateway.log.open_entry().unwrap());
        let (gone, panicked, whole) = (trail(), trail(), trail());
        drop(gone);
        tokio::spawn(async move {
            let _trail = panicked;
            panic!("in the middle of a stream");
        })
        .await
        .unwrap_err();
        whole.complete(Some(Ended::Complete)).unwrap().await.unwrap();
        drop(whole);
        let ended: Vec<Ended> = query::tail(&audit, 9)
            .unwrap()
            .into_iter()
            .map(|line| line.record.unwrap().draft.ended)
            .collect();
        assert_eq!(ended, [Ended::ClientGone, Ended::InternalError, Ended::Complete]);
    }
}
