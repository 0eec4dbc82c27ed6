//! How long a log of many records takes to be indexed, and pages of it to be found.
//!
//! `cargo bench --bench audit_index` makes a log of `RECORDS` records (20,000 unless set; 1,000,000 for the
//! table of docs/audit.md), indexes it, and asks it questions. The number of records found stands beside each
//! time. `CAPTURE=full` makes prompts and replies of about 600 and 1,200 characters instead of the 200 each of
//! `excerpt`. `KEEP=DIR` keeps the log in a folder, and goes on with it when it is there.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a bench's panic is its report")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use qwarden::audit::filter::Filter;
use qwarden::audit::index::Index;
use qwarden::audit::{Draft, Durability, Ended, Finding, Limits, Log, Timing};
use qwarden::policy::{Action, Severity};
use qwarden::text::{Channel, Phase, Role};

/// A small generator of numbers, so that every run has the same log.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Small numbers far more often than large ones, as words are.
    fn skewed(&mut self, most: u64) -> u64 {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((most as f64).powf(unit) - 1.0) as u64
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.next().is_multiple_of(count)
    }
}

fn word(n: u64) -> String {
    let (mut seed, mut text) = (Numbers(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1), String::new());
    let syllables =
        ["ta", "re", "in", "on", "st", "er", "al", "co", "de", "li", "mo", "pa", "ve", "sh", "un", "gri"];
    for _ in 0..2 + n % 3 {
        text += syllables[(seed.next() >> 20) as usize % syllables.len()];
    }
    text
}

fn text(numbers: &mut Numbers, characters: usize) -> String {
    let mut text = String::new();
    let chinese = numbers.one_in(2);
    while text.chars().count() < characters {
        if chinese {
            let c = 0x4E00 + numbers.skewed(3000) as u32;
            text.push(char::from_u32(c).unwrap());
            if numbers.one_in(12) {
                text.push('，');
            }
        } else {
            text += &word(numbers.skewed(8000));
            text.push(' ');
        }
    }
    for (needle, rate) in
        [("needle in a haystack", 5000), ("信用卡号码", 5000), ("password", 50), ("密码", 50)]
    {
        if numbers.one_in(rate) {
            text += needle;
        }
    }
    text
}

fn draft(numbers: &mut Numbers, n: u64, full: bool) -> Draft {
    let policies = ["self-harm", "pii", "secrets", "violence", "prompt-injection"];
    let found = numbers.one_in(5);
    let policy = policies[numbers.skewed(6) as usize % 5];
    let findings = found.then(|| Finding {
        phase: if numbers.one_in(4) { Phase::Output } else { Phase::Input },
        segment: 0,
        role: Role::User,
        channel: Channel::Content,
        policy: policy.into(),
        rule: format!("rule-{}", numbers.skewed(20)).into(),
        detector: "keywords".into(),
        category: Some(format!("list-{}", numbers.skewed(30)).into()),
        severity: Severity::High,
        score: None,
        threshold: None,
        spans: vec![(3, 9)],
        excerpt: Some(text(numbers, 60)),
        mark: Some((3, 9)),
        transforms: Vec::new(),
        spans_cut: 0,
    });
    let action = match (found, numbers.next() % 10) {
        (false, _) => Action::Allow,
        (true, 0..4) => Action::Flag,
        (true, 4..7) => Action::Redact,
        (true, 7..9) => Action::Deflect,
        (true, _) => Action::Block,
    };
    let (prompt, reply) = if full { (600, 1200) } else { (200, 200) };
    Draft {
        time: jiff::Timestamp::from_microsecond(1_767_225_600_000_000 + n as i64 * 2_500_000).unwrap(),
        tenant: format!("tenant-{}", numbers.skewed(200)).into(),
        client: format!("10.0.{}.{}", numbers.next() % 8, numbers.next() % 256),
        dialect: ["openai.chat", "openai.completions", "ollama.chat"][numbers.skewed(4) as usize % 3].into(),
        model: ["qwen3-8b", "qwen3-14b", "qwen3-32b", "qwen3-coder"][numbers.skewed(5) as usize % 4].into(),
        revision: "0123456789abcdef".into(),
        action,
        rule: findings.as_ref().map(|finding| format!("{}/{}", finding.policy, finding.rule).into()),
        findings: findings.into_iter().collect(),
        status: Some(if action == Action::Block {
            403
        } else if numbers.one_in(200) {
            502
        } else {
            200
        }),
        ended: if numbers.one_in(50) { Ended::ClientGone } else { Ended::Complete },
        timing: Timing { total_us: 20_000 + numbers.skewed(60_000_000), ..Timing::default() },
        prompt: Some(text(numbers, prompt)),
        reply: Some(text(numbers, reply)),
        ..Draft::default()
    }
}

fn write(dir: &Path, records: u64, full: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let limits = Limits { queue: 65_536, ..Limits::default() };
        let (log, _) = Log::open(dir, Durability::Relaxed, limits).unwrap();
        let mut numbers = Numbers(0x1234_5678_9ABC_DEF1);
        for n in 0..records {
            let draft = draft(&mut numbers, n, full);
            let entry = loop {
                match log.open_entry() {
                    Ok(entry) => break entry,
                    Err(_) => std::thread::yield_now(),
                }
            };
            drop(entry.complete(draft));
        }
        log.close().await.unwrap();
    });
}

fn size(dir: &Path, of: &str) -> f64 {
    let files = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let bytes: u64 = files
        .filter(|file| file.file_name().to_string_lossy().contains(of))
        .map(|file| file.metadata().unwrap().len())
        .sum();
    bytes as f64 / 1e6
}

const QUERIES: [&str; 22] = [
    "",
    "action:deflect",
    "action:block policy:secrets",
    "action:allow",
    "policy:self-harm phase:output",
    "rule:pii/rule-3",
    "category:list-7 tenant:tenant-1",
    "tenant:tenant-199",
    "model:qwen3-14b ended:client_gone",
    "status:5xx",
    "latency:>30s",
    "latency:>59s action:block",
    "latency:<20100us",
    "since:2026-01-20 until:2026-01-21 action:flag",
    "-action:allow -policy:self-harm -policy:pii -policy:secrets -policy:violence -policy:prompt-injection",
    "\"needle in a haystack\"",
    "信用卡号码",
    "password",
    "密码",
    "password action:block tenant:tenant-5",
    "信用卡号码 action:deflect",
    "\"there is no such text\"",
];

fn main() {
    let records: u64 = std::env::var("RECORDS").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let full = std::env::var("CAPTURE").is_ok_and(|capture| capture == "full");
    let keep = std::env::var_os("KEEP").map(PathBuf::from);
    let scratch = tempfile::tempdir().unwrap();
    let dir = keep.as_deref().unwrap_or(scratch.path());
    if !dir.join("lock").exists() {
        write(dir, records, full);
    }
    println!("log: {records} records, {:.0} MB", size(dir, ".jsonl"));
    let began = Instant::now();
    let mut index =
        if std::env::var_os("REUSE").is_some() { Index::open(dir) } else { Index::rebuild(dir) }.unwrap();
    let added = index.catch_up(|_| {}).unwrap().records;
    let took = began.elapsed();
    let rate = added as f64 / took.as_secs_f64();
    println!("index: {added} records in {took:.1?}, {rate:.0} a second, {:.0} MB", size(dir, "index.sqlite"));
    println!("| query | records | first page | next page | count |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let now = jiff::Timestamp::from_microsecond(1_767_225_600_000_000 + records as i64 * 2_500_000).unwrap();
    for query in QUERIES {
        let filter = Filter::parse(query, now).unwrap();
        let (count, counting) = timed(3, || index.count(&filter).unwrap());
        let (page, first) = timed(5, || index.page(&filter, None, 50).unwrap());
        assert_eq!(page.hits.len() as u64, count.min(50), "{query}");
        assert!(page.hits.iter().all(|hit| hit.found.is_ok()), "{query}");
        let next = page.next.map(|before| timed(5, || index.page(&filter, Some(before), 50).unwrap()).1);
        let next = next.map_or("".to_owned(), shown);
        println!("| `{query}` | {count} | {} | {next} | {} |", shown(first), shown(counting));
    }
    let (stats, took) = timed(1, || index.stats(&Filter::default(), 48).unwrap());
    println!("stats of {} records: {}", stats.records, shown(took));
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// The median of so many runs.
fn timed<T>(runs: usize, mut run: impl FnMut() -> T) -> (T, Duration) {
    let mut times = Vec::new();
    let mut answer = None;
    for _ in 0..runs {
        let began = Instant::now();
        answer = Some(run());
        times.push(began.elapsed());
    }
    times.sort();
    (answer.unwrap(), times[times.len() / 2])
}
