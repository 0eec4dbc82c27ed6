//! Folding and matching: how much text a second, beside the raw walk of the same automaton's kind over
//! text that was folded before. What is found is compared with that walk before anything is timed.

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

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use daachorse::CharwiseDoubleArrayAhoCorasick;
use data::Script;
use qwarden::text::Phase;
use qwarden::text::fold;

const BYTES: usize = 1 << 20;
const SCRIPTS: [Script; 3] = [Script::English, Script::Mixed, Script::Chinese];

fn fold_and_scan(criterion: &mut Criterion) {
    for count in [0, 10, 1_000, 10_000, 100_000] {
        let keywords = data::keywords(count);
        let policies = data::policies(&keywords);
        let began = Instant::now();
        let screen = qwarden::screen::Screen::build(policies).unwrap();
        let (built, heap) = (began.elapsed(), screen.heap_bytes());
        eprintln!("{count} keywords: built in {built:.1?}, {heap} bytes");
        let raw = (count > 0).then(|| CharwiseDoubleArrayAhoCorasick::<u32>::new(&keywords).unwrap());
        for script in SCRIPTS {
            let text = data::text(script, BYTES, &keywords);
            let folded = fold::standard(&text);
            let segment = data::segment(&text);
            let subject = data::subject(Phase::Input);
            let hits = screen.whole(&segment, subject).hits.len();
            let mut group = criterion.benchmark_group(format!("{script:?} with {count} keywords"));
            group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
            if let Some(raw) = &raw {
                let expected =
                    raw.find_overlapping_iter(&folded).filter(|found| stands(&folded, found)).count();
                assert_eq!(hits, expected, "{script:?} {count}");
                group.bench_function(BenchmarkId::new("raw walk", hits), |bench| {
                    bench.iter(|| raw.find_overlapping_iter(black_box(&folded)).count());
                });
            }
            group.bench_function(BenchmarkId::new("fold and scan", hits), |bench| {
                bench.iter(|| screen.whole(black_box(&segment), subject).hits.len());
            });
            group.finish();
        }
    }
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
fn stands(text: &str, found: &daachorse::Match<u32>) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let english = bytes[found.start()].is_ascii();
    let before = found.start().checked_sub(1).and_then(|at| bytes.get(at));
    !english || !(word(before) || word(bytes.get(found.end())))
}

criterion_group!(benches, fold_and_scan);
criterion_main!(benches);
