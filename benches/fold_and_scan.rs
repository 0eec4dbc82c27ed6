//! Folding and matching: how much text a second, beside the raw walk of several automata over text
//! that was folded before. What is found is compared with those walks before anything is timed.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot start says why"
)]
#![allow(missing_docs)]

mod data;

use std::hint::black_box;
use std::time::Instant;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use daachorse::{CharwiseDoubleArrayAhoCorasick, DoubleArrayAhoCorasick};
use data::Script;
use data::cpu::{self, CpuTime};
use qwarden::text::Phase;
use qwarden::text::fold;

const BYTES: usize = 1 << 20;
const SCRIPTS: [Script; 3] = [Script::English, Script::Mixed, Script::Chinese];
const COUNTS: [usize; 5] = [0, 10, 1_000, 10_000, 100_000];
/// A DFA of more keywords than that takes gigabytes.
const MOST_OF_A_DFA: usize = 10_000;

/// The automata that could be ours. All tell of overlapping matches.
enum Engine {
    Charwise(CharwiseDoubleArrayAhoCorasick<u32>),
    Bytewise(DoubleArrayAhoCorasick<u32>),
    AhoCorasick(AhoCorasick),
}

impl Engine {
    /// Builds each, and tells what that took.
    fn all(keywords: &[String]) -> Vec<(&'static str, Self)> {
        let mut engines = Vec::new();
        let mut build = |name, make: &dyn Fn() -> Self| {
            let began = Instant::now();
            let engine = make();
            let (took, heap) = (began.elapsed(), engine.heap_bytes() as f64 / 1e6);
            eprintln!("{} keywords, {name}: built in {took:.1?}, {heap:.1} MB", keywords.len());
            engines.push((name, engine));
        };
        build("daachorse charwise", &|| {
            Self::Charwise(CharwiseDoubleArrayAhoCorasick::new(keywords).unwrap())
        });
        build("daachorse bytewise", &|| Self::Bytewise(DoubleArrayAhoCorasick::new(keywords).unwrap()));
        let aho_corasick =
            |kind| Self::AhoCorasick(AhoCorasick::builder().kind(Some(kind)).build(keywords).unwrap());
        build("aho-corasick NFA", &|| aho_corasick(AhoCorasickKind::ContiguousNFA));
        if keywords.len() <= MOST_OF_A_DFA {
            build("aho-corasick DFA", &|| aho_corasick(AhoCorasickKind::DFA));
        }
        engines
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Self::Charwise(engine) => engine.heap_bytes(),
            Self::Bytewise(engine) => engine.heap_bytes(),
            Self::AhoCorasick(engine) => engine.memory_usage(),
        }
    }

    fn count(&self, text: &str) -> usize {
        match self {
            Self::Charwise(engine) => engine.find_overlapping_iter(text).count(),
            Self::Bytewise(engine) => engine.find_overlapping_iter(text).count(),
            Self::AhoCorasick(engine) => engine.find_overlapping_iter(text).count(),
        }
    }

    /// How many of the matches stand as their keywords ask.
    fn count_standing(&self, text: &str) -> usize {
        let stands = |start, end| stands(text, start, end);
        match self {
            Self::Charwise(engine) => {
                engine.find_overlapping_iter(text).filter(|found| stands(found.start(), found.end())).count()
            }
            Self::Bytewise(engine) => {
                engine.find_overlapping_iter(text).filter(|found| stands(found.start(), found.end())).count()
            }
            Self::AhoCorasick(engine) => {
                engine.find_overlapping_iter(text).filter(|found| stands(found.start(), found.end())).count()
            }
        }
    }
}

fn fold_and_scan(criterion: &mut Criterion<CpuTime>) {
    for count in COUNTS {
        let keywords = data::keywords(count);
        let policies = data::policies(&keywords);
        let began = Instant::now();
        let screen = qwarden::screen::Screen::build(policies).unwrap();
        let (built, heap) = (began.elapsed(), screen.heap_bytes() as f64 / 1e6);
        eprintln!("{count} keywords, screen: built in {built:.1?}, {heap:.1} MB");
        let engines = if count > 0 { Engine::all(&keywords) } else { Vec::new() };
        for script in SCRIPTS {
            let text = data::text(script, BYTES, &keywords);
            let folded = fold::standard(&text);
            let segment = data::segment(&text);
            let subject = data::subject(Phase::Input);
            let hits = screen.whole(&segment, subject).hits.len();
            let mut group = criterion.benchmark_group(format!("{script:?} with {count} keywords"));
            group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
            for (name, engine) in &engines {
                assert_eq!(hits, engine.count_standing(&folded), "{script:?} {count} {name}");
                group.bench_function(BenchmarkId::new(*name, hits), |bench| {
                    bench.iter(|| engine.count(black_box(&folded)));
                });
            }
            group.bench_function(BenchmarkId::new("fold and scan", hits), |bench| {
                bench.iter(|| screen.whole(black_box(&segment), subject).hits.len());
            });
            group.finish();
        }
    }
}

/// Keywords, a dozen patterns and all kinds of entities in one screen.
fn everything(criterion: &mut Criterion<CpuTime>) {
    let keywords = data::keywords(10_000);
    for (name, count, patterns, entities) in [
        ("patterns", 0, true, false),
        ("entities", 0, false, true),
        ("patterns and entities", 0, true, true),
        ("10,000 keywords, patterns and entities", 10_000, true, true),
    ] {
        let policies = data::mixed_policies(keywords.get(..count).unwrap(), patterns, entities);
        let began = Instant::now();
        let screen = qwarden::screen::Screen::build(policies).unwrap();
        eprintln!("{name}: built in {:.1?}", began.elapsed());
        let mut group = criterion.benchmark_group(name);
        for script in SCRIPTS {
            let (text, planted) = data::text_with_entities(script, BYTES);
            let segment = data::segment(&text);
            let subject = data::subject(Phase::Input);
            let hits = screen.whole(&segment, subject).hits.len();
            // Some keywords stand in the prose by chance.
            let words = data::screen(keywords.get(..count).unwrap()).whole(&segment, subject).hits.len();
            let expected = words + planted * (usize::from(patterns) + 2 * usize::from(entities));
            assert_eq!(hits, expected, "{script:?} {name}");
            group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
            group.bench_function(BenchmarkId::new(format!("{script:?}"), hits), |bench| {
                bench.iter(|| screen.whole(black_box(&segment), subject).hits.len());
            });
        }
        group.finish();
    }
}

fn fold_alone(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("fold alone");
    for script in SCRIPTS {
        let text = data::prose(script, BYTES);
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
        let length = fold::standard(&text).len();
        group.bench_function(BenchmarkId::new(format!("{script:?}"), length), |bench| {
            bench.iter(|| fold::standard(black_box(&text)).len());
        });
    }
}

/// Whether a match stands as its keyword asks: English as a word, Chinese anywhere.
fn stands(text: &str, start: usize, end: usize) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let english = bytes[start].is_ascii();
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    !english || !(word(before) || word(bytes.get(end)))
}

criterion_group!(name = benches; config = cpu::criterion(); targets = fold_and_scan, everything, fold_alone);
criterion_main!(benches);
