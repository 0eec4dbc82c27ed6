//! What the folds of keywords cost: the same texts and keywords under `exact`, `standard` and `strong`. What is found
//! is compared with the other folds before anything is timed: the texts hold the keywords as they are written, so
//! that `exact` and `standard` find the same, and `strong` no less.

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
use data::Script;
use qwarden::screen::Screen;
use qwarden::text::Phase;

const BYTES: usize = 1 << 20;
const FOLDS: [&str; 3] = ["exact", "standard", "strong"];

fn screen_folds(criterion: &mut Criterion) {
    for count in [10, 1_000, 10_000, 100_000] {
        let keywords = data::keywords(count);
        let screens: Vec<(&str, Screen)> = FOLDS
            .into_iter()
            .map(|fold| {
                let policies = data::policies_folded(&keywords, fold);
                let began = Instant::now();
                let screen = Screen::build(policies).unwrap();
                eprintln!(
                    "{count} keywords, {fold}: built in {:.1?}, {} bytes",
                    began.elapsed(),
                    screen.heap_bytes()
                );
                (fold, screen)
            })
            .collect();
        for script in [Script::English, Script::Mixed, Script::Chinese] {
            let text = data::text(script, BYTES, &keywords);
            let segment = data::segment(&text);
            let subject = data::subject(Phase::Input);
            let mut group = criterion.benchmark_group(format!("{script:?} with {count} keywords"));
            group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
            let mut fewer = 0;
            for (fold, screen) in &screens {
                let hits = screen.whole(&segment, subject).hits.len();
                assert!(hits >= fewer, "{fold} finds {hits} and not {fewer} in {script:?}");
                assert!(
                    *fold != "standard" || hits == fewer,
                    "{fold} finds {hits} and not {fewer} in {script:?}"
                );
                fewer = hits;
                group.bench_function(BenchmarkId::new(*fold, hits), |bench| {
                    bench.iter(|| screen.whole(black_box(&segment), subject).hits.len());
                });
            }
            group.finish();
        }
    }
}

criterion_group!(benches, screen_folds);
criterion_main!(benches);
