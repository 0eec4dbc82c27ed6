//! The log as a whole: written by many, torn, tampered with, on a full disk; and read back.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::chain::LineHash;
use super::query::{Follow, Key, Stored};
use super::store::{Rotation, Segment, Storage};
use super::verify::{FaultKind, Verified, verify};
use super::*;

const NO_ROTATION: Rotation = Rotation { bytes: u64::MAX, age: Duration::from_secs(86_400) };

fn settings(durability: Durability, failure: Failure) -> Settings {
    let stall = Duration::from_millis(200);
    Settings { durability, failure, stall, limits: Limits { queue: 8, follow: 1 }, ..Settings::default() }
}

fn draft(model: &str) -> Draft {
    Draft { model: model.into(), ended: Ended::Complete, ..Draft::default() }
}

fn open(dir: &Path, durability: Durability) -> (Log, OpenReport) {
    Log::open(dir, durability, Limits::default()).unwrap()
}

fn records(dir: &Path) -> Vec<Record> {
    query::records(dir).unwrap().map(|stored| *stored.unwrap().record.unwrap()).collect()
}

fn models(dir: &Path) -> String {
    records(dir).iter().map(|record| record.draft.model.clone()).collect::<Vec<_>>().join(" ")
}

fn segment(dir: &Path) -> PathBuf {
    dir.join("00000001.jsonl")
}

fn is_sound(dir: &Path) -> u64 {
    let Verified { records, fault, torn, .. } = verify(dir).unwrap();
    assert_eq!((fault, torn), (None, 0));
    records
}

/// A closed log of `count` records, models `1 2 3 …`.
async fn written(count: usize) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = open(dir.path(), Durability::Strict);
    for number in 1..=count {
        let written = log.open_entry().unwrap().complete(draft(&number.to_string())).await.unwrap();
        assert_eq!(written.seq, Some(number as u64));
    }
    log.close().await.unwrap();
    dir
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come about within five seconds");
}

#[tokio::test]
async fn a_log_is_private_locked_and_goes_on_where_it_ended() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("deep/audit");
    let (log, report) = open(&dir, Durability::Strict);
    assert_eq!((report.next_seq, report.torn, report.open_to_others), (1, None, None));
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(segment(&dir)).unwrap().permissions().mode() & 0o777, 0o600);

    let second = Log::open(&dir, Durability::Strict, Limits::default());
    assert!(matches!(second, Err(LogError::Locked { .. })), "{second:?}");

    log.open_entry().unwrap().complete(draft("a")).await.unwrap();
    log.close().await.unwrap();
    let (log, report) = open(&dir, Durability::Relaxed);
    assert_eq!(report.next_seq, 2);
    log.open_entry().unwrap().complete(draft("b")).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(models(&dir), "a b");
    assert_eq!(is_sound(&dir), 2);

    // A segment that rotation has just begun continues the one before it.
    fs::write(dir.join("00000002.jsonl"), "").unwrap();
    let (log, report) = open(&dir, Durability::Strict);
    assert_eq!((report.next_seq, report.segment), (3, dir.join("00000002.jsonl")));
    log.open_entry().unwrap().complete(draft("c")).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(is_sound(&dir), 3);
    let tail: Vec<String> = query::tail(&dir, 2).unwrap().into_iter().map(|stored| model(&stored)).collect();
    assert_eq!(tail, ["b", "c"]);
}

fn model(stored: &Stored) -> String {
    stored.record.as_ref().unwrap().draft.model.clone()
}

#[tokio::test]
async fn a_torn_end_is_set_aside() {
    let two_lines_of_zeros = format!("{}\n{}\n", "\0".repeat(50), "\0".repeat(7));
    let half = "{\"seq\":4,\"prev\":\"";
    let table: [(&str, u64); 5] = [
        (half, half.len() as u64),
        ("\n", 1),
        ("not json\n", 9),
        ("{\"seq\":4}\n", 10),
        (&two_lines_of_zeros, 59),
    ];
    for (rubbish, length) in table {
        let dir = written(3).await;
        let mut file = OpenOptions::new().append(true).open(segment(dir.path())).unwrap();
        file.write_all(rubbish.as_bytes()).unwrap();
        assert_eq!(records_read(dir.path()), 3, "{rubbish:?}");
        let (log, report) = open(dir.path(), Durability::Strict);
        let torn = report.torn.unwrap();
        assert_eq!((torn.bytes, report.next_seq), (length, 4), "{rubbish:?}");
        assert_eq!(fs::read_to_string(&torn.saved_as).unwrap(), rubbish);
        log.open_entry().unwrap().complete(draft("4")).await.unwrap();
        log.close().await.unwrap();
        assert_eq!(is_sound(dir.path()), 4);
    }
    // What no crash leaves behind is not swept away.
    let dir = written(1).await;
    let mut file = OpenOptions::new().append(true).open(segment(dir.path())).unwrap();
    for _ in 0..20 {
        file.write_all(&[b'x'; 1024 * 1024]).unwrap();
        file.write_all(b"\n").unwrap();
    }
    assert!(Log::open(dir.path(), Durability::Strict, Limits::default()).is_err());
}

/// Readable records, whatever stands between them.
fn records_read(dir: &Path) -> usize {
    query::records(dir).unwrap().filter(|stored| stored.as_ref().unwrap().record.is_ok()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_share_a_sync() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = open(dir.path(), Durability::Strict);
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut seqs = Vec::new();
                for _ in 0..5 {
                    let entry = log.open_entry().unwrap();
                    tokio::task::yield_now().await;
                    seqs.push(entry.complete(draft("m")).await.unwrap().seq.unwrap());
                }
                seqs
            })
        })
        .collect();
    let mut seqs = Vec::new();
    for task in tasks {
        seqs.extend(task.await.unwrap());
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=1000).collect::<Vec<_>>());
    let stats = log.stats();
    assert_eq!((stats.records, stats.queue_used, stats.failures), (1000, 0, 0));
    assert!(stats.syncs < 500, "{} syncs for 1000 records", stats.syncs);
    assert_eq!(stats.bytes, fs::metadata(segment(dir.path())).unwrap().len());
    log.close().await.unwrap();
    assert_eq!(is_sound(dir.path()), 1000);
}

#[tokio::test]
async fn ten_thousand_records_and_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(dir.path(), Durability::Relaxed, Limits { queue: 20_000, follow: 1 }).unwrap();
    for number in 0..10_000 {
        let receipt = log.open_entry().unwrap().complete(draft(&number.to_string()));
        assert_eq!(receipt.await.unwrap().seq, None);
    }
    log.close().await.unwrap();
    assert_eq!(is_sound(dir.path()), 10_000);
    let (log, report) = open(dir.path(), Durability::Strict);
    assert_eq!(report.next_seq, 10_001);
    drop(log);
    let last = query::tail(dir.path(), 3).unwrap();
    assert_eq!(last.iter().map(model).collect::<Vec<_>>(), ["9997", "9998", "9999"]);
    let found = query::find(dir.path(), &Key::Seq(5000)).unwrap().unwrap();
    assert_eq!(model(&found), "4999");
    let id = found.record.unwrap().draft.id;
    assert_eq!(query::find(dir.path(), &Key::Id(id)).unwrap().unwrap().line, found.line);
    assert!(query::find(dir.path(), &Key::Seq(10_001)).unwrap().is_none());
}

#[tokio::test]
async fn every_entry_leaves_a_record() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = open(dir.path(), Durability::Strict);
    let mut entry = log.open_entry().unwrap();
    entry.opening().model = "dropped".into();
    entry.opening().ended = Ended::Complete;
    drop(entry);
    // Dropping the receipt does not unwrite the record.
    drop(log.open_entry().unwrap().complete(draft("receipt")));
    let mut entry = log.open_entry().unwrap();
    entry.opening().model = "opening".into();
    entry.opening().ended = Ended::ClientGone;
    entry.complete_opening().await.unwrap();
    // Closing waits for what is still open.
    let entry = log.open_entry().unwrap();
    let closing = tokio::spawn(log.clone().close());
    tokio::task::yield_now().await;
    assert_eq!(log.open_entry().unwrap_err(), EntryRefused::Closed);
    assert!(!closing.is_finished());
    entry.complete(draft("late")).await.unwrap();
    closing.await.unwrap().unwrap();
    let ended: Vec<_> =
        records(dir.path()).iter().map(|r| (r.draft.model.clone(), r.draft.ended.as_str())).collect();
    let expected = [
        ("dropped", "internal_error"),
        ("receipt", "complete"),
        ("opening", "client_gone"),
        ("late", "complete"),
    ];
    assert_eq!(ended, expected.map(|(model, ended)| (model.to_owned(), ended)));
}

#[tokio::test]
async fn a_full_queue_refuses_and_frees() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(dir.path(), Durability::Strict, Limits { queue: 2, follow: 1 }).unwrap();
    let first = log.open_entry().unwrap();
    let second = log.open_entry().unwrap();
    let refused = log.open_entry().unwrap_err();
    assert_eq!((refused.code(), log.stats().queue_used), ("audit_queue_full", 2));
    first.complete(draft("1")).await.unwrap();
    log.open_entry().unwrap().complete(draft("2")).await.unwrap();
    second.complete(draft("3")).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(models(dir.path()), "1 2 3");
}

#[tokio::test]
async fn followers_see_lines_as_they_stand_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = open(dir.path(), Durability::Strict);
    log.open_entry().unwrap().complete(draft("before")).await.unwrap();
    let mut live = log.follow();
    let (before, mut follow) = Follow::with_tail(dir.path(), 9).unwrap();
    assert_eq!(before.iter().map(model).collect::<Vec<_>>(), ["before"]);
    assert!(follow.poll().unwrap().is_empty());
    for model in ["a\u{202e}", "b"] {
        log.open_entry().unwrap().complete(draft(model)).await.unwrap();
    }
    let text = fs::read_to_string(segment(dir.path())).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((&*live.recv().await.unwrap(), &*live.recv().await.unwrap()), (lines[1], lines[2]));
    let polled: Vec<String> = follow.poll().unwrap().into_iter().map(|stored| stored.line).collect();
    assert_eq!(polled, lines[1..]);
    // Half a line is not there yet; a new segment is found.
    let mut file = OpenOptions::new().append(true).open(segment(dir.path())).unwrap();
    file.write_all(b"{\"half").unwrap();
    assert!(follow.poll().unwrap().is_empty());
    file.write_all(b"\":1}\n").unwrap();
    let stored = follow.poll().unwrap();
    assert!(stored[0].record.is_err() && stored.len() == 1);
    fs::write(dir.path().join("00000002.jsonl"), format!("{}\n", lines[0])).unwrap();
    assert_eq!(follow.poll().unwrap().iter().map(model).collect::<Vec<_>>(), ["before"]);
}

#[tokio::test]
async fn tampering_is_named() {
    let line = |text: &str, number: usize| text.lines().nth(number - 1).unwrap().to_owned() + "\n";
    type Tamper = fn(&str, &dyn Fn(usize) -> String) -> String;
    let table: [(Tamper, &str); 8] = [
        (|text, _| text.to_owned(), "sound"),
        // A changed line shows at the one after it.
        (
            |text, _| text.replace("\"model\":\"3\"", "\"model\":\"9\""),
            "4: record 3 is not as it was written",
        ),
        (|text, line| text.replace(&line(3), ""), "3: record 3 is missing"),
        (|text, line| text.replace(&(line(2) + &line(3)), ""), "2: records 2 to 3 are missing"),
        (|text, line| text.replace(&line(1), ""), "1: record 1 is missing"),
        (|text, line| text.replace(&(line(2) + &line(3)), &(line(3) + &line(2))), "2: record 2 is missing"),
        (
            |text, line| text.replace(&line(2), &(line(2) + &line(2))),
            "3: record 2 stands where record 3 belongs",
        ),
        (|text, line| text.replace(&line(4), "nonsense\n"), "4: this line should be record 4 and is none"),
    ];
    for (tamper, expected) in table {
        let dir = written(5).await;
        let text = fs::read_to_string(segment(dir.path())).unwrap();
        fs::write(segment(dir.path()), tamper(&text, &|number| line(&text, number))).unwrap();
        let verified = verify(dir.path()).unwrap();
        if let Some(fault) = &verified.fault {
            let good = if matches!(fault.kind, FaultKind::Changed { .. }) { 2 } else { fault.line - 1 };
            let last = match usize::try_from(good).unwrap() {
                0 => LineHash::GENESIS,
                number => LineHash::of(line(&text, number).trim_end().as_bytes()),
            };
            // A record that stands there twice is good the first time.
            assert_eq!((verified.records, verified.last), (good, last), "{expected}");
        }
        let told =
            verified.fault.map_or("sound".to_owned(), |fault| format!("{}: {}", fault.line, fault.kind));
        assert!(told.starts_with(expected), "{told}, expected {expected}");
    }
    let dir = written(2).await;
    let mut lines = fs::read_to_string(segment(dir.path())).unwrap();
    lines = lines.replacen("\"prev\":\"00", "\"prev\":\"11", 1);
    fs::write(segment(dir.path()), lines).unwrap();
    let fault = verify(dir.path()).unwrap().fault.unwrap();
    assert!(matches!(fault.kind, FaultKind::BeginsInTheMiddle { .. }), "{fault:?}");
}

/// A segment on a disk that can be full.
struct Faulty {
    segment: Segment,
    full: Arc<AtomicBool>,
    no_sync: Arc<AtomicBool>,
    /// Set while the disk does not answer.
    slow: Arc<AtomicBool>,
}

impl Storage for Faulty {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.full.load(Ordering::Relaxed) {
            return self.segment.append(bytes);
        }
        // A disk that fills up takes a part.
        self.segment.append(&bytes[..bytes.len() / 2])?;
        Err(io::ErrorKind::StorageFull.into())
    }

    #[allow(clippy::disallowed_methods, reason = "it is the disk of a thread of its own")]
    fn sync(&mut self) -> io::Result<()> {
        while self.slow.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        if self.no_sync.load(Ordering::Relaxed) {
            return Err(io::Error::other("input/output error"));
        }
        self.segment.sync()
    }

    fn keep(&mut self) {
        self.segment.keep();
    }

    fn rotate(&mut self, more: usize) -> io::Result<Option<u32>> {
        self.segment.rotate(more)
    }

    fn turn(&self) -> Option<Instant> {
        self.segment.turn()
    }

    fn recover(&mut self) -> io::Result<()> {
        if self.full.load(Ordering::Relaxed) || self.no_sync.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.segment.recover()
    }
}

#[tokio::test]
async fn a_disk_that_fails_refuses_and_heals() {
    for (durability, by_sync) in
        [(Durability::Strict, false), (Durability::Strict, true), (Durability::Relaxed, false)]
    {
        let dir = tempfile::tempdir().unwrap();
        let (segment, head, _) = Segment::open(dir.path(), NO_ROTATION).unwrap();
        let (full, no_sync) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let faulty =
            Faulty { segment, full: Arc::clone(&full), no_sync: Arc::clone(&no_sync), slow: Arc::default() };
        let log =
            Log::start(faulty, head, &settings(durability, Failure::Closed), None, Arc::default()).unwrap();
        log.open_entry().unwrap().complete(draft("1")).await.unwrap();
        until("the first record", || log.stats().records == 1).await;

        let open: Vec<Entry> = (0..4).map(|_| log.open_entry().unwrap()).collect();
        if by_sync { &no_sync } else { &full }.store(true, Ordering::Relaxed);
        for (number, entry) in (2..).zip(open) {
            let outcome = entry.complete(draft(&number.to_string())).await;
            // A relaxed receipt may say yes before the disk has said no.
            assert!(outcome.is_err() || durability == Durability::Relaxed, "{number}");
        }
        until("failing", || log.health() != Health::Good).await;
        assert_eq!(log.open_entry().unwrap_err().code(), "audit_failed");
        assert!(log.stats().failures > 0);

        full.store(false, Ordering::Relaxed);
        no_sync.store(false, Ordering::Relaxed);
        until("healing", || log.health() == Health::Good).await;
        log.open_entry().unwrap().complete(draft("6")).await.unwrap();
        log.close().await.unwrap();
        assert_eq!(models(dir.path()), "1 2 3 4 5 6");
        let late: Vec<bool> = records(dir.path()).iter().map(|record| record.draft.late).collect();
        assert_eq!(late, [false, true, true, true, true, false]);
        assert_eq!(is_sound(dir.path()), 6);
    }
}

#[tokio::test]
async fn with_open_failure_exchanges_go_on_and_are_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, head, _) = Segment::open(dir.path(), NO_ROTATION).unwrap();
    let full = Arc::new(AtomicBool::new(true));
    let faulty = Faulty { segment, full: Arc::clone(&full), no_sync: Arc::default(), slow: Arc::default() };
    let log =
        Log::start(faulty, head, &settings(Durability::Strict, Failure::Open), None, Arc::default()).unwrap();
    for number in 1..=12 {
        let written = log.open_entry().unwrap().complete(draft(&number.to_string())).await.unwrap();
        assert_eq!(written.seq, None);
    }
    assert!(matches!(log.health(), Health::Failed { .. }));
    // Eight are kept, and four are lost.
    until("losing", || log.stats().lost == 4).await;
    full.store(false, Ordering::Relaxed);
    until("healing", || log.health() == Health::Good).await;
    log.open_entry().unwrap().complete(draft("13")).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(models(dir.path()), "1 2 3 4 5 6 7 8 13");
    let told: Vec<_> =
        records(dir.path()).iter().map(|record| (record.draft.late, record.draft.lost)).collect();
    assert_eq!((told[0], told[7], told[8]), ((true, 4), (true, 0), (false, 0)));
    is_sound(dir.path());
}

#[tokio::test]
async fn a_disk_that_does_not_answer_counts_as_failing() {
    for failure in [Failure::Closed, Failure::Open] {
        let dir = tempfile::tempdir().unwrap();
        let (segment, head, _) = Segment::open(dir.path(), NO_ROTATION).unwrap();
        let slow = Arc::new(AtomicBool::new(true));
        let faulty =
            Faulty { segment, full: Arc::default(), no_sync: Arc::default(), slow: Arc::clone(&slow) };
        let log =
            Log::start(faulty, head, &settings(Durability::Strict, failure), None, Arc::default()).unwrap();
        let mut first = Box::pin(log.open_entry().unwrap().complete(draft("1")));
        let waited = tokio::time::timeout(Duration::from_millis(500), &mut first).await;
        until("stalling", || log.health() != Health::Good).await;
        let Health::Failed { reason, .. } = log.health() else { panic!("{:?}", log.health()) };
        assert_eq!(&*reason, "the disk has not answered for 200 ms");
        match failure {
            // The end of the reply waits for the disk, and nothing new begins.
            Failure::Closed => {
                assert!(waited.is_err());
                assert_eq!(log.open_entry().unwrap_err().code(), "audit_failed");
            }
            Failure::Open => {
                assert_eq!(waited.unwrap().unwrap().seq, None);
                let entries: Vec<Entry> = (2..=10).map(|_| log.open_entry().unwrap()).collect();
                for (number, entry) in (2..).zip(entries) {
                    drop(entry.complete(draft(&number.to_string())));
                }
                assert_eq!(log.stats().lost, 1);
            }
        }
        slow.store(false, Ordering::Relaxed);
        if failure == Failure::Closed {
            assert_eq!(first.await.unwrap().seq, Some(1));
        }
        until("healing", || log.health() == Health::Good).await;
        // The disk answers before the writer has taken what waited; until then there is no room for another.
        until("room", || log.stats().queue_used == 0).await;
        log.open_entry().unwrap().complete(draft("11")).await.unwrap();
        log.close().await.unwrap();
        let expected = if failure == Failure::Closed { "1 11" } else { "1 2 3 4 5 6 7 8 9 11" };
        assert_eq!(models(dir.path()), expected);
        assert!(records(dir.path()).iter().all(|record| !record.draft.late));
    }
}

#[tokio::test]
async fn a_disk_that_fails_to_the_last_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, head, _) = Segment::open(dir.path(), NO_ROTATION).unwrap();
    let full = Arc::new(AtomicBool::new(true));
    let faulty = Faulty { segment, full, no_sync: Arc::default(), slow: Arc::default() };
    let log = Log::start(faulty, head, &Settings::default(), None, Arc::default()).unwrap();
    assert!(log.open_entry().unwrap().complete(draft("1")).await.is_err());
    assert!(matches!(log.close().await, Err(LogError::Failed { .. })));
}

#[tokio::test]
async fn a_log_that_is_taken_away_does_not_go_unnoticed() {
    // Removed: the next record fails, and the chain goes on in a new file. It is moved away in one step, since removing
    // it file by file meets the keeper, which writes its first files just then.
    let dir = written(2).await;
    let away = tempfile::tempdir().unwrap();
    let (log, _) = open(dir.path(), Durability::Strict);
    fs::rename(dir.path(), away.path().join("log")).unwrap();
    assert!(log.open_entry().unwrap().complete(draft("3")).await.is_err());
    until("healing", || log.health() == Health::Good).await;
    let again = Log::open(dir.path(), Durability::Strict, Limits::default());
    assert!(matches!(again, Err(LogError::Locked { .. })), "{again:?}");
    log.open_entry().unwrap().complete(draft("4")).await.unwrap();
    log.close().await.unwrap();
    let fault = verify(dir.path()).unwrap().fault.unwrap();
    assert_eq!(fault.kind, FaultKind::Missing { first: 1, last: 2 });
    assert_eq!(models(dir.path()), "3 4");

    // Shortened: the log refuses until somebody has looked at it.
    let dir = written(2).await;
    let (log, _) = open(dir.path(), Durability::Strict);
    OpenOptions::new().write(true).open(segment(dir.path())).unwrap().set_len(10).unwrap();
    assert!(log.open_entry().unwrap().complete(draft("3")).await.is_err());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let Health::Failed { reason, .. } = log.health() else { panic!("{:?}", log.health()) };
    assert!(reason.contains("has 10 bytes"), "{reason}");

    // Added to: what is not ours is set aside, and the chain goes on.
    let dir = written(2).await;
    let (log, _) = open(dir.path(), Durability::Strict);
    OpenOptions::new().append(true).open(segment(dir.path())).unwrap().write_all(b"forged\n").unwrap();
    assert!(log.open_entry().unwrap().complete(draft("3")).await.is_err());
    until("healing", || log.health() == Health::Good).await;
    log.close().await.unwrap();
    assert_eq!(is_sound(dir.path()), 3);
}
