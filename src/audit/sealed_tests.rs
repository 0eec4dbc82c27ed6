//! A log of many segments: rotated, sealed, compressed, removed, and read back.

mod tampering;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::query::{Follow, Key};
use super::seal::{Checkpoint, last_checkpoint};
use super::verify::{Verified, Witness, verify, verify_against};
use super::*;

fn draft(model: &str) -> Draft {
    Draft { model: model.into(), ended: Ended::Complete, ..Draft::default() }
}

fn upkeep(segment_bytes: u64) -> Upkeep {
    Upkeep { segment_bytes, ..Upkeep::default() }
}

fn open(dir: &Path, upkeep: &Upkeep) -> Log {
    let (log, _) = Log::open_with(dir, Settings { upkeep: upkeep.clone(), ..Settings::default() }).unwrap();
    log
}

async fn write(log: &Log, models: std::ops::RangeInclusive<u64>) {
    for model in models {
        let written = log.open_entry().unwrap().complete(draft(&model.to_string())).await.unwrap();
        assert_eq!(written.seq, Some(model));
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come about within ten seconds");
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn file(dir: &Path, name: &str) -> PathBuf {
    dir.join(name)
}

/// Bytes of three records with a `seq` of one digit.
async fn three() -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), &Upkeep::default());
    write(&log, 1..=3).await;
    log.close().await.unwrap();
    fs::metadata(file(dir.path(), "00000001.jsonl")).unwrap().len()
}

/// Three sealed segments of three records each, and one record in a fourth.
async fn four_segments() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), &upkeep(three().await + 10));
    write(&log, 1..=10).await;
    until("sealing", || {
        file(dir.path(), "00000003.jsonl.zst").exists() && !file(dir.path(), "00000003.jsonl").exists()
    })
    .await;
    assert_eq!(log.stats().upkeep_failures, 0);
    log.close().await.unwrap();
    dir
}

fn sound(dir: &Path) -> Verified {
    let verified = verify(dir).unwrap();
    assert_eq!((&verified.fault, verified.torn), (&None, 0));
    verified
}

/// What is wrong, with the file's name before it.
fn told(dir: &Path, witness: &Witness) -> String {
    match verify_against(dir, witness, &mut |_| {}).unwrap().fault {
        None => "sound".to_owned(),
        Some(fault) => {
            let name = fault.segment.file_name().unwrap().to_str().unwrap().to_owned();
            format!("{name}:{}: {} {}", fault.line, fault.kind.code(), fault.kind)
        }
    }
}

#[tokio::test]
async fn segments_are_sealed_and_read_as_one_log() {
    let dir = four_segments().await;
    let dir = dir.path();
    let expected = [
        "00000001.jsonl.zst",
        "00000001.seal",
        "00000002.jsonl.zst",
        "00000002.seal",
        "00000003.jsonl.zst",
        "00000003.seal",
        "00000004.jsonl",
        "checkpoints.jsonl",
        "lock",
        "signing.key",
        "signing.pub",
    ];
    assert_eq!(names(dir), expected);
    let verified = sound(dir);
    assert_eq!((verified.segments, verified.sealed, verified.records), (4, 3, 10));
    assert!(verified.checkpoints >= 1);

    let models = |stored: Vec<query::Stored>| {
        stored
            .iter()
            .map(|one| one.record.as_ref().unwrap().draft.model.clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(models(query::records(dir).unwrap().map(Result::unwrap).collect()), "1 2 3 4 5 6 7 8 9 10");
    assert_eq!(models(query::tail(dir, 3).unwrap()), "8 9 10");
    assert_eq!(models(query::tail(dir, 8).unwrap()), "3 4 5 6 7 8 9 10");
    let found = query::find(dir, &Key::Seq(5)).unwrap().unwrap();
    assert_eq!(models(vec![found]), "5");
    // Any tool can unpack it, and finds the text that was sealed.
    let packed = fs::read(file(dir, "00000002.jsonl.zst")).unwrap();
    let text = zstd::decode_all(&packed[..]).unwrap();
    let seal = fs::read_to_string(file(dir, "00000002.seal")).unwrap();
    assert!(seal.contains(&chain::LineHash::of(&text).to_hex()), "{seal}");

    // It goes on where it ended, in the segment that was open, whoever took the key away.
    fs::remove_file(file(dir, "signing.key")).unwrap();
    let log = open(dir, &upkeep(1));
    write(&log, 11..=12).await;
    until("sealing", || file(dir, "00000005.jsonl.zst").exists() && !file(dir, "00000005.jsonl").exists())
        .await;
    log.close().await.unwrap();
    assert_eq!(PublicKey::read(&file(dir, "signing.pub")).unwrap().len(), 2);
    assert_eq!((sound(dir).records, sound(dir).sealed), (12, 5));

    // With the open segment gone, the next one has a number of its own and continues the last seal.
    fs::remove_file(file(dir, "00000006.jsonl")).unwrap();
    let (log, report) = Log::open(dir, Durability::Strict, Limits::default()).unwrap();
    assert_eq!((report.next_seq, report.segment), (12, file(dir, "00000006.jsonl")));
    assert_eq!(report.short_of.unwrap().seq, 12);
    log.close().await.unwrap();
    assert!(told(dir, &Witness::default()).contains("cut the log ends with record 11"));
}

#[tokio::test]
async fn a_crash_while_sealing_is_made_good() {
    let dir = four_segments().await;
    let dir = dir.path();
    // The seal is written, the compressed copy is there or half there, the plain file still is.
    for name in ["00000001.jsonl", "00000002.jsonl"] {
        let packed = fs::read(file(dir, &format!("{name}.zst"))).unwrap();
        fs::write(file(dir, name), zstd::decode_all(&packed[..]).unwrap()).unwrap();
    }
    fs::remove_file(file(dir, "00000002.jsonl.zst")).unwrap();
    fs::write(file(dir, "00000002.jsonl.zst.new"), "half").unwrap();
    assert_eq!(sound(dir).records, 10);
    let log = open(dir, &Upkeep::default());
    until("sealing", || !names(dir).iter().any(|name| name == "00000002.jsonl" || name == "00000001.jsonl"))
        .await;
    log.close().await.unwrap();
    let verified = sound(dir);
    assert_eq!((verified.records, verified.sealed), (10, 3));
    assert!(!names(dir).iter().any(|name| name.ends_with(".new")));
}

#[tokio::test]
async fn a_segment_that_was_changed_gets_no_seal() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let log = open(dir, &Upkeep::default());
    write(&log, 1..=3).await;
    log.close().await.unwrap();
    let text = fs::read_to_string(file(dir, "00000001.jsonl")).unwrap();
    fs::write(file(dir, "00000001.jsonl"), text.replace("\"model\":\"2\"", "\"model\":\"7\"")).unwrap();
    let log = open(dir, &upkeep(1));
    write(&log, 4..=5).await;
    until("the failure", || log.stats().upkeep_failures > 0).await;
    until("sealing", || file(dir, "00000002.seal").exists()).await;
    log.close().await.unwrap();
    assert!(!file(dir, "00000001.seal").exists());
    assert!(told(dir, &Witness::default()).contains("record 2 is not as it was written"));
}

#[tokio::test]
async fn retention_removes_from_the_start_and_says_so() {
    let dir = four_segments().await;
    let dir = dir.path();
    let (witness, signed) = last_checkpoint(dir).unwrap().unwrap();
    assert_eq!(signed.statement.seq, 10);
    let total: u64 =
        segments::list(dir).unwrap().iter().map(|one| fs::metadata(&one.path).unwrap().len()).sum();
    let log = open(dir, &Upkeep { keep_bytes: Some(total - 1), ..upkeep(1) });
    until("removal", || !file(dir, "00000001.jsonl.zst").exists()).await;
    log.close().await.unwrap();
    assert!(file(dir, "00000002.jsonl.zst").exists());
    let verified = sound(dir);
    assert_eq!((verified.records, verified.segments, verified.removed.len()), (7, 3, 1));
    assert_eq!((verified.removed[0].first_seq, verified.removed[0].last_seq), (1, 3));
    let removed = fs::read_to_string(file(dir, "removed.jsonl")).unwrap();
    assert!(removed.contains("\"reason\":\"size\""), "{removed}");

    // By age: all that is sealed goes, and the log goes on.
    let log = open(dir, &Upkeep { keep_for: Some(Duration::ZERO), ..upkeep(1) });
    until("removal", || !file(dir, "00000003.jsonl.zst").exists()).await;
    write(&log, 11..=11).await;
    log.close().await.unwrap();
    let path = dir.join("exported.json");
    fs::write(&path, witness).unwrap();
    let checkpoint = Checkpoint::read(&path).unwrap();
    let witness = Witness { checkpoints: vec![(path, checkpoint)], keys: Vec::new() };
    assert_eq!(told(dir, &witness), "sound");

    // Without the word, or without the seal, it is a gap.
    fs::rename(file(dir, "removed.jsonl"), dir.join("elsewhere")).unwrap();
    assert!(
        told(dir, &Witness::default())
            .starts_with("00000001.seal:0: segment_gone the segment with records 1 to 3")
    );
    fs::rename(dir.join("elsewhere"), file(dir, "removed.jsonl")).unwrap();
    fs::remove_file(file(dir, "00000002.seal")).unwrap();
    assert!(told(dir, &Witness::default()).starts_with("00000003.seal:0: missing records 4 to 6"));
}

/// Unpacks a segment, has it changed, and packs it again as its writer would have.
#[tokio::test]
async fn a_follower_goes_on_over_seals() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let log = open(dir, &upkeep(three().await + 10));
    write(&log, 1..=2).await;
    let (_, mut follow) = Follow::with_tail(dir, 0).unwrap();
    write(&log, 3..=8).await;
    until("sealing", || file(dir, "00000002.jsonl.zst").exists() && !file(dir, "00000002.jsonl").exists())
        .await;
    let mut models = String::new();
    loop {
        let found = follow.poll().unwrap();
        if found.is_empty() {
            break;
        }
        for stored in found {
            models += &stored.record.unwrap().draft.model;
        }
    }
    assert_eq!(models, "345678");
    log.close().await.unwrap();
}

#[tokio::test]
async fn checkpoints_come_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let every = Upkeep { checkpoint_every: Duration::from_millis(10), ..Upkeep::default() };
    let log = open(dir, &every);
    for seq in 1..=3 {
        write(&log, seq..=seq).await;
        let stated = || last_checkpoint(dir).unwrap().is_some_and(|(_, signed)| signed.statement.seq == seq);
        until("a checkpoint", stated).await;
    }
    log.close().await.unwrap();
    assert_eq!((sound(dir).checkpoints, sound(dir).records), (3, 3));
}

#[tokio::test]
async fn an_old_segment_ends_without_new_records() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let log = open(dir, &Upkeep { segment_age: Duration::from_millis(50), ..upkeep(u64::MAX) });
    write(&log, 1..=1).await;
    until("sealing", || file(dir, "00000001.jsonl.zst").exists() && !file(dir, "00000001.jsonl").exists())
        .await;
    // An empty segment is never old.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!file(dir, "00000003.jsonl").exists());
    write(&log, 2..=2).await;
    log.close().await.unwrap();
    assert_eq!(sound(dir).records, 2);
}
