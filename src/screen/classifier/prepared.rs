//! Models that were read, hashed and tried, before a thread runs them.
//!
//! Owns the way from a folder to a running set, in two steps: the first takes seconds of a processor and can be done
//! where nobody waits for it, the second starts threads. Refuses to know why a folder is read again.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::cache::Memory;
use super::cascade::Models;
use super::counts::Counters;
use super::fault::LoadFaults;
use super::load;
use super::model::Model;
use super::pool::{Pool, Serve, StartFault, WarmUp};
use super::reading::Waiting;
use super::stamp::Stamp;
use super::trial;
use super::{Classifiers, Settings};

/// Models that were read and tried, and that no thread runs yet.
#[derive(Debug)]
pub struct Prepared {
    models: Vec<Model>,
    digest: String,
    stamp: Stamp,
    taken_over: usize,
}

impl Prepared {
    /// Reads every model of a folder, holds it against its hash and tries it. A model of a set in `known` whose files have the
    /// same bytes is taken over as it is.
    ///
    /// # Errors
    /// Everything that is wrong, in one go.
    pub fn read(folder: &Path, known: &[&Classifiers]) -> Result<Self, LoadFaults> {
        // What is written from here on makes another stamp.
        let stamp = Stamp::of(folder);
        let known: Vec<Model> = known.iter().flat_map(|set| set.models.models.iter().cloned()).collect();
        let models = load::folder(folder, &known)?;
        let mut digest = Sha256::new();
        for model in &models {
            digest.update(&model.digest);
        }
        let digest = if models.is_empty() { String::new() } else { hex::encode(digest.finalize()) };
        let is_known = |model: &&Model| known.iter().any(|known| known.digest == model.digest);
        let taken_over = models.iter().filter(is_known).count();
        Ok(Self { models, digest, stamp, taken_over })
    }

    /// What the digest of the set will be.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How many models there are.
    #[must_use]
    pub fn models(&self) -> usize {
        self.models.len()
    }

    /// How many of them were loaded before, and not again.
    #[must_use]
    pub fn taken_over(&self) -> usize {
        self.taken_over
    }

    /// Starts the threads, and lets each run each model once. The threads have the priority of this one.
    ///
    /// # Errors
    /// When the system gives no threads, or a model fails on one.
    pub fn start(self, settings: &Settings) -> Result<Classifiers, LoadFaults> {
        let Self { models, digest, stamp, .. } = self;
        let fast = load::fast(&models);
        let everything = load::everything(&models, fast);
        let memory = Memory::new(settings.cache_bytes);
        let models = Arc::new(Models { models, fast, everything, memory, counters: Counters::default() });
        let pool = if models.models.is_empty() {
            None
        } else {
            let threads = settings.threads.map_or_else(std::thread::available_parallelism, Ok);
            let to_warm = Arc::clone(&models);
            let warm_up: WarmUp = Arc::new(move || trial::warm_up(&to_warm));
            let to_serve = Arc::clone(&models);
            let serve: Serve<Waiting> = Arc::new(move |work| to_serve.serve(work));
            let started = threads
                .map_err(StartFault::Threads)
                .and_then(|threads| Pool::start(threads, settings.queue, &warm_up, &serve));
            Some(Arc::new(started.map_err(|fault| match fault {
                StartFault::Threads(error) => LoadFaults::of_system(&error),
                StartFault::WarmUp(failed) => LoadFaults::of_warm_up(&failed),
            })?))
        };
        let (digest, stamp) = (digest.into(), Arc::new(stamp));
        Ok(Classifiers { models, pool, deadline: settings.deadline, digest, stamp })
    }
}
