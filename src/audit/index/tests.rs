//! The index beside the log: the same answers as a scan, rebuilt where it lies, level with what is written.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's panic is its report")]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

use super::search::Lie;
use super::*;
use crate::audit::chain::Head;
use crate::audit::record::{Draft, Ended, Finding, Record, Timing};
use crate::audit::{line, query};
use crate::policy::{Action, Mode, Severity};
use crate::text::{Channel, Phase, Role};

fn now() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

/// A record that a few small numbers decide, so that filters meet many of them.
fn draft(n: u64) -> Draft {
    let pick = |list: &[&'static str], salt: u64| {
        list[(n.wrapping_mul(2_654_435_761).wrapping_add(salt * 97) >> 7) as usize % list.len()]
    };
    let texts = [
        "tell me a story",
        "where is the needle?",
        "自杀方法",
        "如何自杀",
        "a NEEDLE, ＷＩＤＥ \u{200b}and\tall",
        "猫",
        "a\u{0}b \"quoted\" 100%_",
        "",
    ];
    let policies = ["self-harm", "pii", "secrets"];
    let found = n % 3;
    let findings: Vec<Finding> = (0..found)
        .map(|at| Finding {
            phase: if (n + at).is_multiple_of(2) { Phase::Input } else { Phase::Output },
            segment: 0,
            role: Role::User,
            channel: Channel::Content,
            policy: pick(&policies, at).into(),
            rule: pick(&["r1", "r2"], at + 5).into(),
            detector: "keywords".into(),
            category: n.is_multiple_of(2).then(|| pick(&["cards", "ids"], 3).into()),
            severity: Severity::High,
            score: None,
            threshold: None,
            spans: Vec::new(),
            excerpt: Some(pick(&texts, at + 9).into()),
            mark: None,
            transforms: Vec::new(),
            spans_cut: 0,
        })
        .collect();
    Draft {
        id: uuid::Uuid::from_u128(u128::from(n) + 1).to_string(),
        time: now() - jiff::SignedDuration::from_secs(i64::try_from((n * 7919) % 7200).unwrap()),
        tenant: pick(&["a", "b", "tenant c"], 1).into(),
        model: pick(&["qwen3-8b", "qwen3-14b", "", "x\" OR 1=1 --"], 2).into(),
        dialect: pick(&["openai.chat", "ollama.chat"], 3).into(),
        client: "127.0.0.1".into(),
        revision: "r".into(),
        mode: if n.is_multiple_of(5) { Mode::Monitor } else { Mode::Enforce },
        action: [Action::Allow, Action::Flag, Action::Deflect, Action::Block][(n % 4) as usize],
        rule: findings.first().map(|finding| format!("{}/{}", finding.policy, finding.rule).into()),
        findings,
        model_refused: n.is_multiple_of(7),
        status: [Some(200), Some(403), None, Some(502)][(n / 3 % 4) as usize],
        ended: Ended::ALL[(n / 5 % 13) as usize],
        code: n.is_multiple_of(4).then(|| "content_blocked".into()),
        timing: Timing { total_us: (n * 104_729) % 2_000_000, ..Timing::default() },
        prompt: Some(pick(&texts, 11).into()),
        reply: n.is_multiple_of(2).then(|| pick(&texts, 12).into()),
        ..Draft::default()
    }
}

/// Appends lines for these records to a segment, from `head` on.
fn append(dir: &Path, segment: u32, mut head: Head, numbers: impl IntoIterator<Item = u64>) -> Head {
    let path = dir.join(format!("{segment:08}.jsonl"));
    let mut buffer = Vec::new();
    for n in numbers {
        head = line::encode(&draft(n), head, &mut buffer).unwrap();
        buffer.push(b'\n');
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(&buffer).unwrap();
    head
}

fn log(count: u64) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    // Two segments, so that places are not only offsets.
    let head = append(dir.path(), 1, Head::EMPTY, 0..count / 2);
    append(dir.path(), 2, head, count / 2..count);
    dir
}

fn indexed(dir: &Path) -> Index {
    let mut index = Index::open(dir).unwrap();
    index.catch_up(|_| {}).unwrap();
    index
}

fn parse(query: &str) -> Filter {
    Filter::parse(query, now()).unwrap_or_else(|fault| panic!("{fault}"))
}

/// All records that match, newest first, by looking at each.
fn scan(dir: &Path, filter: &Filter) -> Vec<u64> {
    scan_of(&records(dir), filter)
}

fn records(dir: &Path) -> Vec<Record> {
    query::records(dir).unwrap().map(|stored| *stored.unwrap().record.unwrap()).collect()
}

fn scan_of(records: &[Record], filter: &Filter) -> Vec<u64> {
    records.iter().rev().filter(|record| filter.matches(record)).map(|record| record.seq).collect()
}

/// All records that match, by the index, page by page.
fn paged(index: &Index, filter: &Filter, limit: usize) -> Vec<u64> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = index.page(filter, before, limit).unwrap();
        for hit in &page.hits {
            assert!(hit.found.is_ok(), "{hit:?}");
            found.push(hit.seq);
        }
        before = page.next;
        if before.is_none() {
            return found;
        }
        assert_eq!(page.hits.len(), limit);
    }
}

#[test]
fn the_index_agrees_with_a_scan() {
    let dir = log(2500);
    let index = indexed(dir.path());
    let check = |query: &str, some: bool| {
        let filter = parse(query);
        let expected = scan(dir.path(), &filter);
        assert_eq!(!expected.is_empty(), some, "{query}");
        assert_eq!(paged(&index, &filter, 100), expected, "{query}");
        assert_eq!(index.count(&filter).unwrap(), expected.len() as u64, "{query}");
    };
    for query in [
        "",
        "action:deflect",
        "action:deflect,block -tenant:a",
        "policy:pii phase:output status:4xx",
        "rule:pii/r1,r2 -policy:secrets",
        "model:qwen* ended:complete,refused",
        "model:\"x\\\" OR 1=1 --\"",
        "model:\"\"",
        "status:none",
        "-status:200 latency:>1s",
        "latency:<2ms",
        "since:30m",
        "since:1h until:30m action:allow",
        "is:refused,late",
        "-is:monitor category:cards",
        "code:content_blocked seq:100..200",
        "needle",
        "NEEDLE -action:allow",
        "\"is the needle\" tenant:a",
        "-needle",
        "自杀",
        "自杀方 -\"story\"",
        "猫",
        "\"wide and all\"",
        "\"quoted\\\"\"",
        "%_",
        "\"ab \"",
        "id:00000000-0000-0000-0000-000000000011",
    ] {
        check(query, true);
    }
    for query in
        ["tenant:nobody", "needles", "\"e n e\"", "seq:>9999", "since:2026-02-01", "ea", "model:llama*"]
    {
        check(query, false);
    }
}

#[test]
fn it_follows_a_log_that_grows() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = Index::open(dir.path()).unwrap();
    assert_eq!(index.fill().unwrap(), Filled::default());
    let head = append(dir.path(), 1, Head::EMPTY, 0..10);
    assert_eq!(index.fill().unwrap(), Filled { records: 10, ..Filled::default() });
    assert_eq!(index.fill().unwrap(), Filled::default());
    // The beginning of a line is not there yet.
    let whole = fs::read(dir.path().join("00000001.jsonl")).unwrap();
    let head = append(dir.path(), 1, head, 10..11);
    let more = fs::read(dir.path().join("00000001.jsonl")).unwrap();
    fs::write(dir.path().join("00000001.jsonl"), &more[..whole.len() + 20]).unwrap();
    assert_eq!(index.fill().unwrap(), Filled::default());
    fs::write(dir.path().join("00000001.jsonl"), &more).unwrap();
    drop(index);
    // Another process goes on where this one was.
    let mut index = Index::open(dir.path()).unwrap();
    assert_eq!(index.fill().unwrap().records, 1);
    append(dir.path(), 2, head, 11..20);
    assert_eq!((index.fill().unwrap().records, index.last_seq().unwrap()), (9, 20));
    // A segment that retention took away.
    fs::remove_file(dir.path().join("00000001.jsonl")).unwrap();
    assert_eq!(index.fill().unwrap(), Filled::default());
    let filter = Filter::default();
    assert_eq!(paged(&index, &filter, 100), (12..=20).rev().collect::<Vec<_>>());
    let checked = check::check(dir.path()).unwrap().unwrap();
    assert_eq!((checked.is_true(), checked.records), (true, 9), "{checked:?}");
}

#[test]
fn an_index_of_another_log_is_begun_anew() {
    let check = |what: &str, change: fn(&Path)| {
        let dir = log(50);
        drop(indexed(dir.path()));
        change(dir.path());
        let mut index = Index::open(dir.path()).unwrap();
        index.catch_up(|_| {}).unwrap();
        let filter = Filter::default();
        assert_eq!(paged(&index, &filter, 1000), scan(dir.path(), &filter), "{what}");
    };
    check("the last line changed", |dir| {
        let path = dir.join("00000002.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        let at = text.rfind("127.0.0.1").unwrap();
        fs::write(&path, [&text[..at], "127.0.0.2", &text[at + 9..]].concat()).unwrap();
    });
    check("lines taken back and written again", |dir| {
        let path = dir.join("00000002.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        let kept: String = text.split_inclusive('\n').take(10).collect();
        fs::write(&path, kept).unwrap();
    });
    check("another log", |dir| {
        fs::remove_file(dir.join("00000002.jsonl")).unwrap();
        fs::remove_file(dir.join("00000001.jsonl")).unwrap();
        append(dir, 1, Head::EMPTY, 100..120);
    });
    check("no log", |dir| {
        fs::remove_file(dir.join("00000002.jsonl")).unwrap();
        fs::remove_file(dir.join("00000001.jsonl")).unwrap();
    });
    check("not a database", |dir| {
        remove(&dir.join(FILE)).unwrap();
        fs::write(dir.join(FILE), "not a database, but long enough to be looked at").unwrap();
    });
    check("another version", |dir| {
        Connection::open(dir.join(FILE)).unwrap().pragma_update(None, "user_version", 99).unwrap();
    });
    check("deleted", |dir| remove(&dir.join(FILE)).unwrap());
}

#[test]
fn lies_are_told() {
    let dir = log(100);
    let index = indexed(dir.path());
    let lies = |index: &Index, query: &str| -> Vec<(u64, Lie)> {
        let page = index.page(&parse(query), None, 1000).unwrap();
        page.hits.into_iter().filter_map(|hit| Some((hit.seq, hit.found.err()?))).collect()
    };
    assert_eq!(lies(&index, ""), []);
    // The index says of a record what is not so.
    let change = |sql: &str| index.connection.execute_batch(sql).unwrap();
    change("UPDATE record SET status = 299 WHERE seq = 7");
    assert_eq!(lies(&index, "status:299"), [(7, Lie::Misfiled)]);
    change("UPDATE place SET offset = 999999999 WHERE seq = 8");
    change("UPDATE place SET offset = offset + 1 WHERE seq = 9");
    assert_eq!(lies(&index, "seq:8..9"), [(9, Lie::Changed), (8, Lie::Gone)]);
    // The log's line is not what it was.
    let path = dir.path().join("00000001.jsonl");
    let text = fs::read_to_string(&path).unwrap().replacen("127.0.0.1", "127.0.0.9", 1);
    fs::write(&path, text).unwrap();
    assert_eq!(lies(&index, "seq:1"), [(1, Lie::Changed)]);
}

#[test]
fn one_that_may_not_write_reads() {
    let dir = log(20);
    drop(indexed(dir.path()));
    let index = Index::open_read_only(dir.path(), &dir.path().join(FILE)).unwrap();
    assert!(index.is_read_only());
    assert_eq!(index.count(&Filter::default()).unwrap(), 20);
    let none = tempfile::tempdir().unwrap();
    let missing = Index::open_read_only(none.path(), &none.path().join(FILE));
    assert!(matches!(missing, Err(IndexError::Missing { .. })), "{missing:?}");
}

/// Conditions, one of each kind that the language has.
fn condition() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "action:deflect",
        "action:allow,block",
        "policy:pii",
        "policy:p*",
        "rule:r1",
        "rule:self-harm/r2",
        "category:cards",
        "phase:input",
        "phase:output",
        "severity:high",
        "tenant:a",
        "tenant:b,\"tenant c\"",
        "model:qwen*",
        "model:\"\"",
        "dialect:ollama.chat",
        "ended:complete",
        "ended:refused,shed",
        "is:refused",
        "is:monitor",
        "code:content_blocked",
        "status:200",
        "status:>=400",
        "status:none",
        "latency:>1s",
        "latency:<20ms",
        "latency:500ms..700ms",
        "since:1h",
        "until:90m",
        "seq:>600",
        "needle",
        "\"the needle\"",
        "story",
        "自杀",
        "自杀方",
        "猫",
        "\"wide and\"",
        "ne",
        "100%",
        "tenant:nobody",
        "role:user",
    ]);
    (any::<bool>(), word).prop_map(|(negated, word)| format!("{}{word}", if negated { "-" } else { "" }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn any_filter_has_the_answer_of_a_scan(conditions in prop::collection::vec(condition(), 0..5), limit in 20..400_usize) {
        thread_local! {
            static LOG: (TempDir, Index, Vec<Record>) = {
                let dir = log(1500);
                let index = indexed(dir.path());
                let records = records(dir.path());
                (dir, index, records)
            };
        }
        LOG.with(|(_, index, records)| {
            let filter = parse(&conditions.join(" "));
            let expected = scan_of(records, &filter);
            assert_eq!(paged(index, &filter, limit), expected, "{conditions:?}");
            assert_eq!(index.count(&filter).unwrap(), expected.len() as u64);
        });
    }
}

#[test]
fn a_comparison_with_the_log_finds_every_lie() {
    let check = |what: &str, sql: &str, expected: &[u64]| {
        let dir = log(60);
        let index = indexed(dir.path());
        let sound = check::check(dir.path()).unwrap().unwrap();
        assert_eq!((sound.is_true(), sound.records, sound.behind), (true, 60, 0), "{sound:?}");
        index.connection.execute_batch(sql).unwrap();
        let checked = check::check(dir.path()).unwrap().unwrap();
        assert!(!checked.is_true(), "{what}");
        assert_eq!(checked.lies, expected, "{what}: {checked:?}");
    };
    check("a status", "UPDATE record SET status = 1 WHERE seq = 7", &[7]);
    check("an action", "UPDATE record SET action = ended WHERE seq = 8", &[8]);
    check("a bit", "UPDATE record SET bits = bits | (1 << 61) WHERE seq = 6", &[6]);
    check(
        "a bit that two words share",
        "UPDATE word SET bit = 1 WHERE bit = 2; \
         UPDATE record SET bits = (bits & ~3) | (bits & 1) | ((bits & 2) >> 1)",
        &[],
    );
    check("a place", "UPDATE place SET offset = offset + 1 WHERE seq = 40", &[40]);
    check("a text", "UPDATE body SET text = 'harmless' WHERE rowid = 3", &[3]);
    check("a record left out", "DELETE FROM record WHERE seq = 9", &[9]);
    check(
        "a word left out",
        "DELETE FROM posting WHERE seq = 5 AND word = (SELECT min(word) FROM posting WHERE seq = 5)",
        &[5],
    );
    check("a word too many", "INSERT INTO posting SELECT max(id), 5 FROM word WHERE kind = 13", &[]);
    check("a count", "UPDATE word SET count = count - 1 WHERE id = 1", &[]);
    check(
        "a record too many",
        "INSERT INTO record SELECT 999, time, latency, status, action, ended, tenant, model, rule, bits FROM record WHERE seq = 1",
        &[],
    );
    // What is not indexed yet is no lie.
    let dir = log(10);
    let head = {
        let index = indexed(dir.path());
        drop(index);
        let last = query::tail(dir.path(), 1).unwrap().remove(0).line;
        Head::after(10, last.as_bytes())
    };
    append(dir.path(), 2, head, 10..15);
    let checked = check::check(dir.path()).unwrap().unwrap();
    assert_eq!((checked.is_true(), checked.records, checked.behind), (true, 10, 5), "{checked:?}");
    let none = tempfile::tempdir().unwrap();
    assert_eq!(check::check(none.path()).unwrap(), None);
}

#[test]
fn stats_are_those_of_the_records() {
    let dir = log(600);
    let index = indexed(dir.path());
    for query in ["", "action:deflect", "needle -tenant:a", "tenant:nobody"] {
        let filter = parse(query);
        let stats = index.stats(&filter, 24).unwrap();
        let records: Vec<_> =
            records(dir.path()).into_iter().filter(|record| filter.matches(record)).collect();
        assert_eq!(stats.records, records.len() as u64, "{query}");
        let check = |counts: &[stats::Count], of: &dyn Fn(&Record) -> Option<String>| {
            for count in counts {
                let expected =
                    records.iter().filter(|record| of(record).as_deref() == Some(&*count.name)).count();
                assert_eq!(count.records, expected as u64, "{query}: {}", count.name);
            }
            let sum: u64 = counts.iter().map(|count| count.records).sum();
            assert_eq!(sum, records.iter().filter(|record| of(record).is_some()).count() as u64, "{query}");
        };
        check(&stats.actions, &|record| Some(record.draft.action.as_str().to_owned()));
        check(&stats.rules, &|record| record.draft.rule.as_deref().map(str::to_owned));
        check(&stats.tenants, &|record| Some(record.draft.tenant.to_string()));
        check(&stats.statuses, &|record| {
            Some(record.draft.status.map_or("none".to_owned(), |status| status.to_string()))
        });
        let buckets: u64 = stats.series.iter().map(stats::Bucket::records).sum();
        assert_eq!(buckets, stats.records);
        assert!(stats.series.len() <= 24);
        let mut took: Vec<u64> = records.iter().map(|record| record.draft.timing.total_us).collect();
        took.sort_unstable();
        if let Some(slowest) = took.last() {
            assert_eq!(stats.latency.max, *slowest);
            let median = took[took.len().div_ceil(2) - 1];
            assert!(median.abs_diff(stats.latency.p50) <= median / 60 + 1, "{median} {:?}", stats.latency);
        }
    }
}

#[test]
fn a_thread_keeps_it_level() {
    let dir = log(20);
    let follower = background::Follower::start(dir.path(), 21, || {}).unwrap();
    let until = |seq: u64| {
        let began = std::time::Instant::now();
        while follower.seq() != seq {
            assert!(began.elapsed() < Duration::from_secs(20), "{} of {seq}", follower.seq());
            std::thread::yield_now();
        }
    };
    until(20);
    let last = query::tail(dir.path(), 1).unwrap().remove(0).line;
    append(dir.path(), 2, Head::after(20, last.as_bytes()), 20..25);
    until(25);
    assert_eq!((follower.lag(5), follower.lag(8), follower.failures()), (0, 3, 0));
    // Deleted under its feet.
    remove(&dir.path().join(FILE)).unwrap();
    let began = std::time::Instant::now();
    while !dir.path().join(FILE).exists() {
        assert!(began.elapsed() < Duration::from_secs(20));
        std::thread::yield_now();
    }
}
