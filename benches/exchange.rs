//! What an exchange costs without sockets: reading, judging and permitting a request, and rewriting
//! the events of a streamed reply.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot start says why"
)]
#![allow(missing_docs)]

mod data;

use std::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use http::Method;
use qwarden::decide::judge::Judge;
use qwarden::decide::{Words, outcome};
use qwarden::dialect::json::{Document, Limits};
use qwarden::dialect::{Dialect, Face, Route, route};
use qwarden::rewrite::body::{Ruling, permit};
use qwarden::rewrite::stream::{Outgoing, StreamContext, StreamRewriter};
use qwarden::text::Phase;

const COUNTS: [usize; 3] = [0, 1_000, 10_000];
const EVENTS: usize = 200;

fn chat() -> &'static dyn Dialect {
    match route(&Method::POST, "/v1/chat/completions") {
        Route::Screened(dialect) => dialect,
        _ => unreachable!("chat is screened"),
    }
}

/// Reads, judges and permits a request; gives the length of what may leave.
fn request(judge: &Judge, body: &Bytes) -> usize {
    let document = Document::parse(body, Limits::default()).unwrap();
    let request = chat().read_request(&document).unwrap();
    let subject = data::subject(Phase::Input);
    let judgements: Vec<_> = request.segments.iter().map(|segment| judge.whole(segment, subject)).collect();
    let outcome = outcome(judge.policies(), judgements.iter().flat_map(|one| &one.verdicts));
    let ruling = Ruling::new(outcome, &judgements);
    permit(body.clone(), &document, &request.segments, &[], None, ruling).unwrap().inner().len()
}

/// Rewrites a stream; gives how many bytes may leave.
fn stream(judge: &Arc<Judge>, events: &[(Bytes, Bytes)]) -> usize {
    let face = Face {
        id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
        model: "qwen3".into(),
        created: 1_700_000_000,
        choices: 1,
        template: None,
    };
    let context = StreamContext {
        dialect: chat(),
        face,
        include_usage: false,
        tenant: "default".into(),
        revision: "bench".into(),
        held_limit: 1 << 20,
        remember: true,
        keep: 0,
        originals: None,
    };
    let words = |_| Words { text: "No.".into(), joint: "\n\n".into() };
    let mut rewriter = StreamRewriter::new(context, judge.clone(), words);
    let mut out = Vec::new();
    let mut length = 0;
    for (raw, payload) in events {
        rewriter.frame(raw.clone(), Some(payload.clone()), &mut out).unwrap();
        for frame in out.drain(..) {
            length += match frame {
                Outgoing::Permitted(bytes) => bytes.inner().len(),
                Outgoing::Own(bytes) => bytes.into_inner().len(),
            };
        }
    }
    rewriter.finish(&mut out);
    length
}

fn exchange(criterion: &mut Criterion) {
    let prose = data::prose(data::Script::English, 4 << 10);
    let events: Vec<(Bytes, Bytes)> = prose
        .split_inclusive(' ')
        .take(EVENTS)
        .map(|token| {
            let payload = data::event(token);
            let raw = Bytes::from(format!("data: {payload}\n\n"));
            (raw.clone(), raw.slice(6..6 + payload.len()))
        })
        .collect();
    for count in COUNTS {
        let judge = data::judge(&data::keywords(count));
        let mut group = criterion.benchmark_group(format!("{count} keywords"));
        for kilobytes in [1, 32] {
            let body = Bytes::from(data::request(kilobytes << 10));
            assert_eq!(request(&judge, &body), body.len());
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_function(BenchmarkId::new("request", format!("{kilobytes} KB")), |bench| {
                bench.iter(|| request(black_box(&judge), black_box(&body)));
            });
        }
        let whole: usize = events.iter().map(|(raw, _)| raw.len()).sum();
        // A last token that waits for more may leave in an event of its own.
        assert!(stream(&judge, &events).abs_diff(whole) < 300, "{count}");
        group.throughput(Throughput::Elements(EVENTS as u64));
        group.bench_function(BenchmarkId::new("events", EVENTS), |bench| {
            bench.iter(|| stream(black_box(&judge), black_box(&events)));
        });
        group.finish();
    }
}

criterion_group!(benches, exchange);
criterion_main!(benches);
