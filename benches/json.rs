//! Parsing bodies and events strictly.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot start says why"
)]
#![allow(missing_docs)]

mod data;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use qwarden::dialect::json::{Document, Limits, Tape};

fn json(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let bodies = [
        ("body of 1 KB", data::request(1 << 10)),
        ("body of 32 KB", data::request(32 << 10)),
        ("event", data::event(" word").into_bytes()),
    ];
    for (name, body) in &bodies {
        group.throughput(Throughput::Bytes(body.len() as u64));
        let members = Document::parse(body, Limits::default()).unwrap().root().members().count();
        let expected = if *name == "event" { 6 } else { 4 };
        assert_eq!(members, expected, "{name}");
        group.bench_function(BenchmarkId::new(*name, members), |bench| {
            let mut tape = Tape::default();
            bench.iter(|| {
                let document =
                    Document::parse_into(black_box(body), Limits::default(), std::mem::take(&mut tape))
                        .unwrap();
                black_box(document.root().kind());
                tape = document.into_tape();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, json);
criterion_main!(benches);
