//! The threads that run encoders, and the queue in front of them.
//!
//! Owns a bounded number of threads and a bounded queue: what does not fit is refused at once, what is too late
//! is dropped before it costs anything, a panic ends no thread, and small work that waits is handed out together.
//! Refuses to know models.

use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::answer::{Answer, Slot};
use super::question::{Scores, Unavailable};

/// Most work that is handed out together.
const PACK_TASKS: usize = 8;
/// Most bytes that are handed out together: about what fills 60 tokens. A run over more gains nothing for each token, and attention
/// costs more (docs/benchmarks.md).
const PACK_BYTES: usize = 240;
/// How far into the queue work to go along is looked for.
const LOOK_AHEAD: usize = 64;

/// Work for the pool.
pub(super) trait Task: Send + 'static {
    /// How many bytes it has to read, where it can be done together with other work.
    fn bytes(&self) -> Option<usize>;
}

/// The way back to whoever asked. What is dropped without an answer says that it panicked.
pub(super) struct Reply {
    slot: Arc<Slot>,
    deadline: Instant,
}

impl Reply {
    /// An answer on its way, and the way back to it.
    pub(super) fn to_come(deadline: Instant) -> (Answer, Self) {
        let slot = Arc::new(Slot::default());
        (Answer::waiting(Arc::clone(&slot), deadline), Self { slot, deadline })
    }

    /// Whether somebody still waits.
    pub(super) fn may_go_on(&self) -> Result<(), Unavailable> {
        if self.slot.is_abandoned() {
            Err(Unavailable::Closed)
        } else if Instant::now() >= self.deadline {
            Err(Unavailable::Deadline)
        } else {
            Ok(())
        }
    }

    /// Answers.
    pub(super) fn answer(self, outcome: Result<Scores, Unavailable>) {
        self.slot.fill(outcome);
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        // The first answer stands.
        self.slot.fill(Err(Unavailable::Panicked));
    }
}

/// What does the work: one task, or several small ones.
pub(super) type Serve<T> = Arc<dyn Fn(Vec<(T, Reply)>) + Send + Sync>;

struct Queue<T> {
    jobs: VecDeque<(T, Reply)>,
    /// Threads that wait for work.
    idle: usize,
    closed: bool,
}

struct Shared<T> {
    queue: Mutex<Queue<T>>,
    arrived: Condvar,
    capacity: usize,
}

/// A bounded pool. Its threads end when it is dropped; what waits then is answered with `Closed`.
pub(super) struct Pool<T: Task> {
    shared: Arc<Shared<T>>,
}

impl<T: Task> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next work, or `None` at the end.
    fn next(&self) -> Option<Vec<(T, Reply)>> {
        let mut queue = self.lock();
        loop {
            if let Some(first) = queue.jobs.pop_front() {
                return Some(queue.gather(first));
            }
            if queue.closed {
                return None;
            }
            queue.idle += 1;
            queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.idle -= 1;
        }
    }
}

impl<T: Task> Queue<T> {
    /// The first in the queue, and small work behind it that goes along. Nothing waits for company, and what other threads
    /// would begin at once is left to them.
    fn gather(&mut self, first: (T, Reply)) -> Vec<(T, Reply)> {
        let own = first.0.bytes();
        let mut pack = vec![first];
        let Some(mut bytes) = own else { return pack };
        let share = (self.jobs.len() + 1).div_ceil(self.idle + 1).min(PACK_TASKS);
        let mut at = 0;
        while pack.len() < share && at < self.jobs.len().min(LOOK_AHEAD) {
            let more = self.jobs.get(at).and_then(|(task, _)| task.bytes());
            match more.filter(|more| bytes + more <= PACK_BYTES) {
                Some(more) => {
                    bytes += more;
                    pack.extend(self.jobs.remove(at));
                }
                None => at += 1,
            }
        }
        pack
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

impl<T: Task> Pool<T> {
    /// Starts the threads and waits until each has warmed up. They have the priority of whoever starts them.
    pub(super) fn start(
        threads: NonZero<usize>,
        capacity: usize,
        warm_up: &WarmUp,
        serve: &Serve<T>,
    ) -> Result<Self, StartFault> {
        let queue = Mutex::new(Queue { jobs: VecDeque::new(), idle: 0, closed: false });
        let shared = Arc::new(Shared { queue, arrived: Condvar::new(), capacity: capacity.max(1) });
        let pool = Self { shared: Arc::clone(&shared) };
        let mut started = Vec::new();
        for index in 0..threads.get() {
            let (shared, warm_up, serve) = (Arc::clone(&shared), Arc::clone(warm_up), Arc::clone(serve));
            let (warm, is_warm) = std::sync::mpsc::channel();
            let work = move || {
                let panicked = |_| Err("it panicked".to_owned());
                let _ = warm.send(catch_unwind(AssertUnwindSafe(|| warm_up())).unwrap_or_else(panicked));
                while let Some(work) = shared.next() {
                    // What it had not answered is answered when it is dropped.
                    let _ = catch_unwind(AssertUnwindSafe(|| serve(work)));
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
    pub(super) fn submit(&self, task: T, deadline: Instant) -> Result<Answer, Unavailable> {
        let (answer, reply) = Reply::to_come(deadline);
        let mut expired = VecDeque::new();
        {
            let mut queue = self.shared.lock();
            if queue.closed {
                return Err(Unavailable::Closed);
            }
            if queue.jobs.len() >= self.shared.capacity {
                // What nobody waits for any more must not keep out what somebody does.
                let (waiting, late) = std::mem::take(&mut queue.jobs)
                    .into_iter()
                    .partition(|(_, reply)| reply.may_go_on().is_ok());
                (queue.jobs, expired) = (waiting, late);
            }
            if queue.jobs.len() >= self.shared.capacity {
                return Err(Unavailable::QueueFull);
            }
            queue.jobs.push_back((task, reply));
        }
        self.shared.arrived.notify_one();
        for (_, reply) in expired {
            reply.answer(Err(Unavailable::Deadline));
        }
        Ok(answer)
    }

    /// Jobs that wait.
    pub(super) fn waiting(&self) -> usize {
        self.shared.lock().jobs.len()
    }
}

impl<T: Task> Drop for Pool<T> {
    fn drop(&mut self) {
        let left = {
            let mut queue = self.shared.lock();
            queue.closed = true;
            std::mem::take(&mut queue.jobs)
        };
        self.shared.arrived.notify_all();
        for (_, reply) in left {
            reply.answer(Err(Unavailable::Closed));
        }
    }
}

impl<T: Task> std::fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    struct Read(&'static str, Option<usize>);

    impl Task for Read {
        fn bytes(&self) -> Option<usize> {
            self.1
        }
    }

    /// What a pool of one thread does together, when all of it waits while the thread is busy.
    fn packs(tasks: Vec<Read>) -> Vec<Vec<&'static str>> {
        let (begun, has_begun) = mpsc::channel();
        let (go, may_go) = mpsc::channel::<()>();
        let (seen, packs) = mpsc::channel();
        let may_go = Mutex::new(may_go);
        let serve: Serve<Read> = Arc::new(move |work: Vec<(Read, Reply)>| {
            let names: Vec<&str> = work.iter().map(|(task, _)| task.0).collect();
            if names == ["busy"] {
                begun.send(()).expect("the test waits");
                may_go.lock().expect("one thread").recv().expect("the test says so");
            } else {
                seen.send(names).expect("the test waits");
            }
            for (_, reply) in work {
                reply.answer(Ok(Scores::default()));
            }
        });
        let warm_up: WarmUp = Arc::new(|| Ok(()));
        let Ok(pool) = Pool::start(NonZero::<usize>::MIN, 100, &warm_up, &serve) else { panic!("no thread") };
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut answers = vec![pool.submit(Read("busy", None), deadline).expect("room")];
        has_begun.recv().expect("the thread begins");
        answers.extend(tasks.into_iter().map(|task| pool.submit(task, deadline).expect("room")));
        go.send(()).expect("the thread waits");
        for answer in answers {
            answer.wait().expect("an answer");
        }
        packs.try_iter().collect()
    }

    #[test]
    fn small_work_that_waits_goes_together_and_long_work_alone() {
        let found = packs(vec![
            Read("a", Some(60)),
            Read("long", None),
            Read("b", Some(120)),
            Read("too much", Some(61)),
            Read("c", Some(60)),
        ]);
        assert_eq!(found, [vec!["a", "b", "c"], vec!["long"], vec!["too much"]]);
        assert_eq!(packs(vec![Read("large", Some(PACK_BYTES * 2))]), [vec!["large"]]);
        let many = packs((0..PACK_TASKS + 3).map(|_| Read("tiny", Some(1))).collect());
        assert_eq!(many.iter().map(Vec::len).collect::<Vec<_>>(), [PACK_TASKS, 3]);
    }

    #[test]
    fn idle_threads_get_their_share() {
        let reply = || Reply::to_come(Instant::now() + Duration::from_secs(60)).1;
        let take = |waiting: usize, idle: usize| {
            let jobs = (0..waiting).map(|_| (Read("", Some(1)), reply())).collect();
            let mut queue = Queue { jobs, idle, closed: false };
            let pack = queue.gather((Read("", Some(1)), reply()));
            assert_eq!(pack.len() + queue.jobs.len(), waiting + 1);
            pack.len()
        };
        assert_eq!([take(0, 3), take(1, 1), take(5, 1), take(5, 2), take(5, 0)], [1, 1, 3, 2, 6]);
    }

    #[test]
    fn a_panic_answers_everybody_and_ends_no_thread() {
        let serve: Serve<Read> = Arc::new(|work: Vec<(Read, Reply)>| {
            assert_eq!(work.first().map(|(task, _)| task.0), Some("fine"), "as the test wants it");
            for (_, reply) in work {
                reply.answer(Ok(Scores::default()));
            }
        });
        let warm_up: WarmUp = Arc::new(|| Ok(()));
        let Ok(pool) = Pool::start(NonZero::<usize>::MIN, 100, &warm_up, &serve) else { panic!("no thread") };
        let deadline = Instant::now() + Duration::from_secs(60);
        let ask = |name| pool.submit(Read(name, None), deadline).expect("room").wait();
        assert_eq!(ask("bad"), Err(Unavailable::Panicked));
        assert_eq!(ask("fine"), Ok(Scores::default()));
    }
}
