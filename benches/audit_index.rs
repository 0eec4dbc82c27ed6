//! How long a log of many records takes to be written, indexed, searched and verified, and how much room it takes.
//!
//! `cargo bench --bench audit_index` makes a log of `RECORDS` records (20,000 unless set; 1,000,000 for the
//! table of docs/audit-search.md), indexes it, and asks it questions. The number of records found stands beside each
//! time. Texts are half English and half Chinese, with the commonest words of both as often as language has them and many
//! rare ones. `CAPTURE=none|excerpt|full` (excerpt): no texts, 200 characters each of prompt and reply, or 600 and
//! 1,200. `ONLY=disk` ends after the bytes a record. `KEEP=DIR` keeps the log in a folder, and goes on with it when it
//! is there; `REUSE=1` does so with its index. `CLOCK=cpu` measures questions by the time on a core. What is printed pastes into the page.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a bench's panic is its report")]

mod data;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use qwarden::audit::filter::Filter;
use qwarden::audit::index::Index;
use qwarden::audit::{Draft, Ended, Finding, Limits, Log, Settings, Timing, Upkeep, segments, verify};
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

/// Words of both languages, the commonest first.
struct Vocabulary {
    english: Vec<String>,
    chinese: Vec<String>,
}

impl Vocabulary {
    fn new() -> Self {
        let mut english: Vec<String> = data::EN.split_whitespace().map(str::to_owned).collect();
        english.extend((0..20_000).map(word));
        let signs: Vec<char> = data::ZH.chars().collect();
        let mut numbers = Numbers(0x0BAD_5EED_1234_5677);
        let sign = |numbers: &mut Numbers| signs[numbers.skewed(signs.len() as u64) as usize];
        let mut chinese: Vec<String> = signs.iter().take(100).map(char::to_string).collect();
        chinese.extend((0..20_000).map(|_| [sign(&mut numbers), sign(&mut numbers)].iter().collect()));
        Self { english, chinese }
    }

    /// So many characters of text, or a few more.
    fn text(&self, numbers: &mut Numbers, characters: usize) -> String {
        let chinese = numbers.one_in(2);
        let words = if chinese { &self.chinese } else { &self.english };
        let (mut text, mut left) = (String::with_capacity(characters * 3), characters as i64);
        while left > 0 {
            let word = &words[numbers.skewed(words.len() as u64) as usize];
            text += word;
            left -= if chinese { word.chars().count() as i64 } else { word.len() as i64 + 1 };
            match (chinese, numbers.one_in(12)) {
                (true, false) => {}
                (true, true) => text.push('，'),
                (false, false) => text.push(' '),
                (false, true) => text += ". ",
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
}

fn draft(numbers: &mut Numbers, vocabulary: &Vocabulary, n: u64, capture: &str) -> Draft {
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
        excerpt: (capture != "none").then(|| vocabulary.text(numbers, 60)),
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
    let (prompt, reply) = if capture == "full" { (600, 1200) } else { (200, 200) };
    let mut said = |characters| (capture != "none").then(|| vocabulary.text(numbers, characters));
    let (prompt, reply) = (said(prompt), said(reply));
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
        prompt,
        reply,
        ..Draft::default()
    }
}

fn write(dir: &Path, records: u64, capture: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let vocabulary = Vocabulary::new();
    runtime.block_on(async {
        // Small logs have small segments, so that some are sealed.
        let segment_bytes = if records < 500_000 { 4 << 20 } else { 64 << 20 };
        let settings = Settings {
            durability: qwarden::audit::Durability::Relaxed,
            limits: Limits { queue: 65_536, ..Limits::default() },
            upkeep: Upkeep { segment_bytes, ..Upkeep::default() },
            ..Settings::default()
        };
        let (log, _) = Log::open_with(dir, settings).unwrap();
        let mut numbers = Numbers(0x1234_5678_9ABC_DEF1);
        for n in 0..records {
            let draft = draft(&mut numbers, &vocabulary, n, capture);
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

fn index_size(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    files
        .filter(|file| file.file_name().to_string_lossy().starts_with("index.sqlite"))
        .map(|file| file.metadata().unwrap().len())
        .sum()
}

/// Bytes a record, as text and as it lies there.
fn disk(dir: &Path, records: u64, capture: &str) {
    let (mut text, mut sealed_text, mut sealed) = (0, 0, 0);
    let segments = segments::list(dir).unwrap();
    for segment in &segments {
        let length = segment.open().unwrap().length().unwrap();
        text += length;
        if segment.compressed {
            sealed_text += length;
            sealed += std::fs::metadata(&segment.path).unwrap().len();
        }
    }
    let compressed = segments.iter().filter(|segment| segment.compressed).count();
    println!(
        "{records} records, {:.0} MB, {} segments, {compressed} of them sealed",
        text as f64 / 1e6,
        segments.len()
    );
    let (a_record, ratio) = (text as f64 / records as f64, sealed_text as f64 / sealed.max(1) as f64);
    println!("| `audit.capture` | bytes a record | compressed | ratio |");
    println!("| --- | ---: | ---: | ---: |");
    println!("| `{capture}` | {a_record:.0} | {:.0} | {ratio:.1} |", a_record / ratio);
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

/// Seconds of all cores that this process has used.
fn cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// What something took, by the clock and of cores.
fn took<T>(what: &str, records: u64, run: impl FnOnce() -> T) -> T {
    let (began, used) = (Instant::now(), cpu());
    let answer = run();
    let (clock, cores) = (began.elapsed().as_secs_f64(), cpu() - used);
    let rate = |seconds: f64| records as f64 / seconds.max(1e-9);
    println!("| {what} | {clock:.1} s | {:.0} | {cores:.1} s | {:.0} |", rate(clock), rate(cores));
    answer
}

fn main() {
    let set = |name: &str| std::env::var(name).ok();
    let records: u64 = set("RECORDS").and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let capture = set("CAPTURE").unwrap_or_else(|| "excerpt".to_owned());
    let keep = std::env::var_os("KEEP").map(PathBuf::from);
    let scratch = tempfile::tempdir().unwrap();
    let dir = keep.as_deref().unwrap_or(scratch.path());
    println!("| what | by the clock | records/s | of cores | records/s of one core |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    if !dir.join("lock").exists() {
        took("made and written", records, || write(dir, records, &capture));
    }
    if set("ONLY").as_deref() == Some("disk") {
        return disk(dir, records, &capture);
    }
    let mut index = if set("REUSE").is_some() { Index::open(dir) } else { Index::rebuild(dir) }.unwrap();
    took("indexed", records, || index.catch_up(|_| {}).unwrap());
    assert_eq!(index.last_seq().unwrap(), records);
    let verified = took("verified", records, || verify::verify(dir).unwrap());
    assert!(verified.fault.is_none(), "{:?}", verified.fault);
    println!();
    disk(dir, records, &capture);
    println!("index: {:.0} MB\n", index_size(dir) as f64 / 1e6);
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

/// The median of so many runs; by the time on a core where `CLOCK=cpu` asks for that, on a machine that others use.
fn timed<T>(runs: usize, mut run: impl FnMut() -> T) -> (T, Duration) {
    let mut times = Vec::new();
    let mut answer = None;
    let by_cpu = std::env::var("CLOCK").is_ok_and(|clock| clock == "cpu");
    for _ in 0..runs {
        let (began, used) = (Instant::now(), cpu());
        answer = Some(run());
        times.push(if by_cpu { Duration::from_secs_f64(cpu() - used) } else { began.elapsed() });
    }
    times.sort();
    (answer.unwrap(), times[times.len() / 2])
}
