//! The threads that run encoders, and the queue in front of them.
//!
//! Owns a bounded number of threads and a bounded queue: what does not fit is refused at once, what is too late
//! is dropped before it costs anything, and a panic ends one answer and no thread. Refuses to know models.

use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::answer::{Answer, Slot};
use super::question::{Scores, Unavailable};

/// Work for the pool. It is told whether it may go on.
pub(super) type Work =
    Box<dyn FnOnce(&dyn Fn() -> Result<(), Unavailable>) -> Result<Scores, Unavailable> + Send>;

struct Job {
    work: Work,
    slot: Arc<Slot>,
    deadline: Instant,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
    capacity: usize,
}

/// A bounded pool. Its threads end when it is dropped; what waits then is answered with `Closed`.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job, or `None` at the end.
    fn next(&self) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.closed {
                return None;
            }
            queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What a thread does before its first job.
pub(super) type WarmUp = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Why there is no pool.
pub(super) enum StartFault {
    /// The system gives no threads.
    Threads(std::io::Error),
    /// A thread could not do what its jobs will ask of it.
    WarmUp(String),
}

impl Pool {
    /// Starts the threads and waits until each has warmed up. They have the priority of whoever starts them.
    pub(super) fn start(
        threads: NonZero<usize>,
        capacity: usize,
        warm_up: &WarmUp,
    ) -> Result<Self, StartFault> {
        let shared = Arc::new(Shared { capacity: capacity.max(1), ..Shared::default() });
        let pool = Self { shared: Arc::clone(&shared) };
        let mut started = Vec::new();
        for index in 0..threads.get() {
            let (shared, warm_up) = (Arc::clone(&shared), Arc::clone(warm_up));
            let (warm, is_warm) = std::sync::mpsc::channel();
            let work = move || {
                let panicked = |_| Err("it panicked".to_owned());
                let _ = warm.send(catch_unwind(AssertUnwindSafe(|| warm_up())).unwrap_or_else(panicked));
                while let Some(job) = shared.next() {
                    run(job);
                }
            };
            let builder = std::thread::Builder::new().name(format!("classifier-{index}"));
            builder.spawn(work).map_err(StartFault::Threads)?;
            started.push(is_warm);
        }
        for is_warm in started {
            is_warm
                .recv()
                .unwrap_or_else(|_| Err("its thread ended".to_owned()))
                .map_err(StartFault::WarmUp)?;
        }
        Ok(pool)
    }

    /// Hands work over, or says at once that there is no room.
    pub(super) fn submit(&self, work: Work, deadline: Instant) -> Result<Answer, Unavailable> {
        let slot = Arc::new(Slot::default());
        let mut expired = VecDeque::new();
        {
            let mut queue = self.shared.lock();
            if queue.closed {
                return Err(Unavailable::Closed);
            }
            if queue.jobs.len() >= self.shared.capacity {
                // What nobody waits for any more must not keep out what somebody does.
                let now = Instant::now();
                let (late, waiting): (VecDeque<Job>, VecDeque<Job>) = std::mem::take(&mut queue.jobs)
                    .into_iter()
                    .partition(|job| job.deadline <= now || job.slot.is_abandoned());
                expired = late;
                queue.jobs = waiting;
            }
            if queue.jobs.len() >= self.shared.capacity {
                return Err(Unavailable::QueueFull);
            }
            queue.jobs.push_back(Job { work, slot: Arc::clone(&slot), deadline });
        }
        self.shared.arrived.notify_one();
        for job in expired {
            job.slot.fill(Err(Unavailable::Deadline));
        }
        Ok(Answer::waiting(slot, deadline))
    }

    /// Jobs that wait.
    pub(super) fn waiting(&self) -> usize {
        self.shared.lock().jobs.len()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let left = {
            let mut queue = self.shared.lock();
            queue.closed = true;
            std::mem::take(&mut queue.jobs)
        };
        self.shared.arrived.notify_all();
        for job in left {
            job.slot.fill(Err(Unavailable::Closed));
        }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

fn run(job: Job) {
    let Job { work, slot, deadline } = job;
    let may_go_on = || {
        if slot.is_abandoned() {
            Err(Unavailable::Closed)
        } else if Instant::now() >= deadline {
            Err(Unavailable::Deadline)
        } else {
            Ok(())
        }
    };
    let outcome = match may_go_on() {
        Ok(()) => catch_unwind(AssertUnwindSafe(|| work(&may_go_on))).unwrap_or(Err(Unavailable::Panicked)),
        Err(reason) => Err(reason),
    };
    slot.fill(outcome);
}
