//! Erasing: what goes, what stays, and how it is told from tampering.
//!
//! Nothing here waits for time: whatever the keeper's thread does is waited for by closing the log.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::erase::{erase, finish};
use super::erasures::Erasures;
use super::index::{Index, check};
use super::seal::{Checkpoint, last_checkpoint};
use super::verify::{Verified, Witness, verify, verify_against};
use super::*;

/// What a record says; each word stands nowhere else in the log.
fn secret(seq: u64) -> String {
    format!("zebra{seq}quagga")
}

fn draft(seq: u64) -> Draft {
    Draft {
        model: "m".into(),
        ended: Ended::Complete,
        prompt: Some(format!("my name is {} \u{202e} \"quoted\"", secret(seq))),
        reply: Some(format!("hello {}", secret(seq))),
        ..Draft::default()
    }
}

async fn write(dir: &Path, segment_bytes: u64, seqs: std::ops::RangeInclusive<u64>) {
    let upkeep = Upkeep { segment_bytes, ..Upkeep::default() };
    let (log, _) = Log::open_with(dir, Settings { upkeep, ..Settings::default() }).unwrap();
    for seq in seqs {
        log.open_entry().unwrap().complete(draft(seq)).await.unwrap();
    }
    log.close().await.unwrap();
}

/// Records 1 to 6, each in a segment of its own, all but the last sealed; 7 to 9 in the plain one with 6.
async fn log() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 1, 1..=6).await;
    // What closing kept from being sealed is sealed by hand.
    seal_all(dir.path());
    write(dir.path(), u64::MAX, 7..=9).await;
    dir
}

fn seal_all(dir: &Path) {
    let key = seal::open_key(dir, None).unwrap();
    let all = segments::list(dir).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    for segment in &all[..all.len() - 1] {
        if !segment.compressed {
            sealing::seal(dir, segment, None, &key, &stop).unwrap();
        }
    }
}

fn sound(dir: &Path) -> Verified {
    let verified = verify(dir).unwrap();
    assert_eq!(verified.fault, None);
    verified
}

fn fault(dir: &Path) -> String {
    let fault = verify(dir).unwrap().fault;
    fault.map_or("sound".to_owned(), |fault| format!("{} {}", fault.kind.code(), fault.kind))
}

fn copy(from: &Path) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    dir
}

fn these(seqs: &[u64]) -> BTreeSet<u64> {
    seqs.iter().copied().collect()
}

/// Whether a word is in any file of the folder, compressed ones unpacked.
fn holds(dir: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut bytes = fs::read(&path).unwrap();
        if name.ends_with(".zst") {
            bytes = zstd::decode_all(&bytes[..]).unwrap();
        }
        // The index holds trigrams, of which this is the one that no other word has.
        if memchr::memmem::find(&bytes, word.as_bytes()).is_some() {
            found.push(name);
        }
    }
    found
}

fn level(dir: &Path) -> Index {
    let mut index = Index::open(dir).unwrap();
    index.catch_up(|_| {}).unwrap();
    index
}

#[tokio::test]
async fn text_goes_and_the_log_stays_sound() {
    let dir = log().await;
    let dir = dir.path();
    let before = sound(dir);
    let (line, _) = last_checkpoint(dir).unwrap().unwrap();
    drop(level(dir));
    let erased = erase(dir, None, &these(&[2, 6, 8, 9]), Some("asked for")).unwrap();
    assert_eq!((erased.records, erased.empty), (vec![2, 6, 8, 9], vec![]));
    let now = sound(dir);
    assert_eq!((now.records, now.erased, now.unfinished), (before.records, 4, 0));
    assert_eq!(now.last, before.last);
    // A checkpoint that was exported before still holds.
    let path = dir.join("exported");
    fs::write(&path, line).unwrap();
    let checkpoint = Checkpoint::read(&path).unwrap();
    let witness = Witness { checkpoints: vec![(path.clone(), checkpoint)], keys: Vec::new() };
    assert_eq!(verify_against(dir, &witness, &mut |_| {}).unwrap().fault, None);
    fs::remove_file(path).unwrap();
    // An index that has not heard of it is behind, and not a liar.
    assert!(check::check(dir).unwrap().unwrap().is_true());
    drop(level(dir));
    assert!(check::check(dir).unwrap().unwrap().is_true());
    for seq in 1..=9 {
        let places = holds(dir, &secret(seq));
        let is_erased = [2, 6, 8, 9].contains(&seq);
        assert_eq!(places.is_empty(), is_erased, "record {seq}: {places:?}");
        let record = query::find(dir, &query::Key::Seq(seq)).unwrap().unwrap().record.unwrap();
        assert_eq!(record.draft.has_content(), !is_erased);
        assert_eq!(record.draft.model, "m");
    }
    // Twice is once, and the log goes on.
    let again = erase(dir, None, &these(&[2, 9, 77]), None).unwrap();
    assert_eq!((again.records, again.empty), (vec![], vec![2, 9]));
    write(dir, 1, 10..=11).await;
    seal_all(dir);
    let now = sound(dir);
    assert_eq!((now.records, now.erased), (11, 4));
    assert!(check::check(dir).unwrap().unwrap().is_true());
    // A new index from an erased log is as good.
    Index::rebuild(dir).unwrap().catch_up(|_| {}).unwrap();
    assert!(check::check(dir).unwrap().unwrap().is_true());
}

#[tokio::test]
async fn a_search_no_longer_finds_what_was_erased() {
    let dir = log().await;
    let dir = dir.path();
    let index = level(dir);
    let filter = |seq| filter::Filter::parse(&secret(seq), jiff::Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(index.count(&filter(2)).unwrap(), 1);
    erase(dir, None, &these(&[2, 7]), None).unwrap();
    // Before the index has heard: the page shows the record as it is now.
    for hit in index.page(&filter(2), None, 10).unwrap().hits {
        assert!(!hit.found.unwrap().0.contains(&secret(2)));
    }
    drop(index);
    let index = level(dir);
    for (seq, count) in [(2, 0), (7, 0), (3, 1), (8, 1)] {
        assert_eq!(index.count(&filter(seq)).unwrap(), count, "{seq}");
    }
    let all = filter::Filter::default();
    assert_eq!(
        index.page(&all, None, 100).unwrap().hits.into_iter().filter(|hit| hit.found.is_ok()).count(),
        9
    );
}

#[tokio::test]
async fn a_crash_in_the_middle_is_made_good() {
    let whole = log().await;
    let done = copy(whole.path());
    erase(done.path(), None, &these(&[2, 8]), None).unwrap();
    let note = fs::read(done.path().join(erasures::FILE)).unwrap();
    for torn in [false, true] {
        let dir = copy(whole.path());
        let dir = dir.path();
        // The notes are on the disk, the bytes are still there: all of them, or half.
        fs::write(dir.join(erasures::FILE), &note).unwrap();
        let erasures = Erasures::read(dir).unwrap();
        let about = erasures.of(8).unwrap();
        if torn {
            let path = segments::list(dir).unwrap().pop().unwrap().path;
            let mut bytes = fs::read(&path).unwrap();
            let start = (about.offset + about.blanks[0].0) as usize;
            bytes[start..start + 9].copy_from_slice(b"null     ");
            fs::write(&path, bytes).unwrap();
            assert!(Record::parse(&query::tail(dir, 2).unwrap()[0].line).is_err());
        }
        if torn {
            assert!(fault(dir).starts_with("half_erased the text of record 8 was erased"), "{}", fault(dir));
        } else {
            let found = sound(dir);
            assert_eq!((found.records, found.unfinished), (9, 2));
        }
        drop(level(dir));
        assert_eq!(holds(dir, &secret(2)), ["00000002.jsonl.zst"]);
        assert_eq!(finish(dir).unwrap(), 2);
        assert_eq!((sound(dir).erased, sound(dir).unfinished), (2, 0));
        assert_eq!(holds(dir, &secret(2)), [] as [&str; 0]);
        assert_eq!(holds(dir, &secret(8)), [] as [&str; 0]);
        assert_eq!(finish(dir).unwrap(), 0);
    }
    // The gateway finishes it at its next start.
    let dir = copy(whole.path());
    fs::write(dir.path().join(erasures::FILE), &note).unwrap();
    write(dir.path(), u64::MAX, 10..=10).await;
    assert_eq!((sound(dir.path()).erased, sound(dir.path()).records), (2, 10));
}

#[tokio::test]
async fn erasing_under_a_running_gateway() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (log, _) = Log::open(dir, Durability::Strict, Limits::default()).unwrap();
    for seq in 1..=40 {
        log.open_entry().unwrap().complete(draft(seq)).await.unwrap();
        if seq % 10 == 0 {
            erase(dir, None, &these(&[seq, seq - 5]), None).unwrap();
        }
    }
    log.close().await.unwrap();
    assert_eq!((sound(dir).records, sound(dir).erased), (40, 8));
}

/// Empties the text of a record as erasing does, without a note.
fn blank(dir: &Path, seq: u64) {
    let notes = dir.join(erasures::FILE);
    let before = fs::read(&notes).ok();
    erase(dir, None, &these(&[seq]), None).unwrap();
    match before {
        Some(before) => fs::write(&notes, before).unwrap(),
        None => fs::remove_file(&notes).unwrap(),
    }
}

fn edit(dir: &Path, number: u32, from: &str, to: &str) {
    let segment = segments::list(dir).unwrap().into_iter().find(|one| one.number == number).unwrap();
    let bytes = fs::read(&segment.path).unwrap();
    let text = if segment.compressed { zstd::decode_all(&bytes[..]).unwrap() } else { bytes };
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    let text = text.replacen(from, to, 1);
    let mut out = text.clone().into_bytes();
    if segment.compressed {
        out.clear();
        frames::compress(&mut text.as_bytes(), &mut out, 3).unwrap();
    }
    fs::write(&segment.path, out).unwrap();
}

#[tokio::test]
async fn erasing_is_told_from_tampering() {
    type Tamper = fn(&Path);
    let table: [(&str, Tamper, &str); 11] = [
        ("nothing", |_| {}, "sound"),
        ("text changed", |dir| edit(dir, 3, "zebra3", "horse3"), "changed record 3 is not as it was written"),
        ("text emptied without a note", |dir| blank(dir, 4), "text_gone the text of record 4 is gone"),
        (
            "the last record emptied without a note",
            |dir| blank(dir, 9),
            "text_gone the text of record 9 is gone",
        ),
        (
            "the note taken away",
            |dir| fs::remove_file(dir.join(erasures::FILE)).unwrap(),
            "text_gone the text of record 2 is gone",
        ),
        (
            "the rest of an erased record changed",
            |dir| edit(dir, 2, "\"model\":\"m\"", "\"model\":\"n\""),
            "not_erased the text of record 2 was erased, and the rest of it is not",
        ),
        (
            "text put into an erased record",
            |dir| edit(dir, 2, "\"prompt\":null  ", "\"prompt\":\"aaaa\""),
            "half_erased the text of record 2",
        ),
        (
            "a note changed",
            |dir| {
                let path = dir.join(erasures::FILE);
                let text = fs::read_to_string(&path).unwrap();
                fs::write(path, text.replacen("\"seq\":2", "\"seq\":3", 1)).unwrap();
            },
            "text_gone the text of record 2",
        ),
        (
            "a note forged for text that was changed",
            |dir| {
                edit(dir, 3, "zebra3", "horse3");
                let other = tempfile::tempdir().unwrap();
                let key = signing::SigningKey::open(&other.path().join("key")).unwrap();
                let note = Erasures::read(dir).unwrap().of(2).unwrap().clone();
                let note = erasures::Erasure { seq: 3, segment: 3, ..note };
                let line = key.sign(&seal::Statement::Erasure(note)).unwrap();
                let path = dir.join(erasures::FILE);
                let text = fs::read_to_string(&path).unwrap();
                fs::write(path, format!("{text}{line}\n")).unwrap();
            },
            "changed record 3 is not as it was written",
        ),
        (
            "a note forged about text that is there",
            |dir| {
                let other = tempfile::tempdir().unwrap();
                let key = signing::SigningKey::open(&other.path().join("key")).unwrap();
                let note = Erasures::read(dir).unwrap().of(2).unwrap().clone();
                let line = key.sign(&seal::Statement::Erasure(note)).unwrap();
                let path = dir.join(erasures::FILE);
                let text = fs::read_to_string(&path).unwrap();
                fs::write(path, format!("{text}{line}\n")).unwrap();
            },
            "statement this is no statement of this log: it is signed with the key",
        ),
        (
            "an erased line made longer",
            |dir| edit(dir, 2, "\"reply\":null ", "\"reply\":null  "),
            "not_erased the text of record 2",
        ),
    ];
    let good = log().await;
    erase(good.path(), None, &these(&[2]), None).unwrap();
    for (what, tamper, expected) in table {
        let dir = copy(good.path());
        tamper(dir.path());
        let told = fault(dir.path());
        assert!(told.starts_with(expected), "{what}: {told}");
    }
}

#[tokio::test]
async fn a_log_with_recipients_holds_no_text() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let identity = age::x25519::Identity::generate();
    let key = identity.to_public().to_string();
    let recipients = cipher::Recipients::parse([key.as_str()]).unwrap();
    let settings = Settings { recipients, ..Settings::default() };
    let (log, _) = Log::open_with(dir, settings).unwrap();
    for seq in 1..=3 {
        log.open_entry().unwrap().complete(draft(seq)).await.unwrap();
    }
    log.close().await.unwrap();
    drop(level(dir));
    assert_eq!(holds(dir, &secret(1)), [] as [&str; 0]);
    let stored = query::find(dir, &query::Key::Seq(2)).unwrap().unwrap();
    assert!(stored.line.contains("\"sealed\":\"") && stored.line.contains("\"prompt\":null"));
    erase(dir, None, &these(&[2]), None).unwrap();
    let stored = query::find(dir, &query::Key::Seq(2)).unwrap().unwrap();
    assert_eq!((sound(dir).records, sound(dir).erased), (3, 1));
    assert!(stored.line.contains("\"sealed\":null") && stored.line.contains("\"salt\":null"));
}
