//! The cost of long chats: every request sends all earlier messages again. Judging them with the cache
//! of judgements and without it, and where a lookup begins to be cheaper than to judge.

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
use data::Script;
use data::cpu::{self, CpuTime};
use http::HeaderMap;
use qwarden::gateway::rules::Rulebook;
use qwarden::gateway::verdicts::{Asker, Verdicts};
use qwarden::telemetry::Metrics;
use qwarden::text::{Phase, Segment};

const MESSAGES: usize = 50;

/// Judges all messages as one request's; gives how many findings there are.
fn request(
    verdicts: &Verdicts,
    metrics: &Metrics,
    headers: &HeaderMap,
    rulebook: &Rulebook,
    messages: &[Segment<'_>],
) -> usize {
    let asker = Asker { tenant: "default", headers, peer: None };
    let known = verdicts.recollection(rulebook, asker, "qwen3");
    let subject = data::subject(Phase::Input);
    messages
        .iter()
        .map(|segment| {
            let judge = || rulebook.judge.whole(segment, subject);
            match &known {
                Some(known) => known.or_judge(segment, subject, metrics, judge),
                None => judge(),
            }
        })
        .map(|judgement| judgement.findings.hits.len())
        .sum()
}

fn chat(criterion: &mut Criterion<CpuTime>) {
    let metrics = Metrics::new([]).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer 0123456789abcdef0123456789abcdef".parse().unwrap());
    let keywords = data::keywords(10_000);
    for (name, policies) in [
        ("10,000 keywords", data::policies(&keywords)),
        ("10,000 keywords, patterns and entities", data::mixed_policies(&keywords, true, true)),
    ] {
        let rulebook = data::rulebook(policies);
        for script in [Script::English, Script::Chinese] {
            // A thousand bytes a message, all different, with a keyword in every other one.
            let text = data::text(script, MESSAGES * 1000, &keywords);
            let messages: Vec<String> = (0..MESSAGES)
                .map(|number| {
                    let at = |number: usize| text.floor_char_boundary(number * text.len() / MESSAGES);
                    text[at(number)..at(number + 1)].to_owned()
                })
                .collect();
            let segments: Vec<Segment<'_>> = messages.iter().map(|text| data::segment(text)).collect();
            let with = Verdicts::new(32 << 20).unwrap();
            let without = Verdicts::new(0).unwrap();
            let ask = |verdicts: &Verdicts| request(verdicts, &metrics, &headers, &rulebook, &segments);
            let hits = ask(&without);
            assert_eq!((ask(&with), ask(&with)), (hits, hits));
            let mut group = criterion.benchmark_group(format!("{MESSAGES} messages, {script:?}, {name}"));
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::new("judged each time", hits), |bench| {
                bench.iter(|| ask(black_box(&without)));
            });
            group.bench_function(BenchmarkId::new("all but new known", hits), |bench| {
                bench.iter(|| ask(black_box(&with)));
            });
            group.finish();
        }
    }
}

/// One message of so many bytes: found, looked for in vain, and judged.
fn lookup(criterion: &mut Criterion<CpuTime>) {
    let metrics = Metrics::new([]).unwrap();
    let headers = HeaderMap::new();
    let keywords = data::keywords(1_000);
    for (name, policies) in [
        ("1,000 keywords", data::policies(&keywords)),
        ("1,000 keywords, patterns and entities", data::mixed_policies(&keywords, true, true)),
    ] {
        let rulebook = data::rulebook(policies);
        let mut group = criterion.benchmark_group(format!("one message, {name}"));
        for bytes in [256, 512, 1024, 4096] {
            let text = data::prose(Script::English, bytes);
            let segments = [data::segment(&text)];
            let (with, without) = (Verdicts::new(32 << 20).unwrap(), Verdicts::new(0).unwrap());
            let ask = |verdicts: &Verdicts| request(verdicts, &metrics, &headers, &rulebook, &segments);
            assert_eq!((ask(&with), ask(&without)), (0, 0));
            group.bench_function(BenchmarkId::new("known", bytes), |bench| {
                bench.iter(|| ask(black_box(&with)));
            });
            group.bench_function(BenchmarkId::new("judged", bytes), |bench| {
                bench.iter(|| ask(black_box(&without)));
            });
            // New each time: what a miss and its insertion cost on top of judging.
            let mut number = 0_u64;
            group.bench_function(BenchmarkId::new("new", bytes), |bench| {
                bench.iter(|| {
                    number += 1;
                    let text = format!("{number:016}{}", &text[16..]);
                    request(&with, &metrics, &headers, &rulebook, &[data::segment(&text)])
                });
            });
        }
        group.finish();
    }
}

criterion_group!(name = benches; config = cpu::criterion(); targets = chat, lookup);
criterion_main!(benches);
