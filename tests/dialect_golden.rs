//! Bodies as real servers and clients send them, and what each dialect finds in them.
//!
//! Every `NAME.request.json`, `NAME.reply.json` and `NAME.stream` under `tests/dialect_golden/DIALECT`
//! has a `.found` beside it. `UPDATE_GOLDEN=1 cargo test --test dialect_golden` writes them anew; the
//! diff is then the thing to review.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's panic is its report")]

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use qwarden::dialect::json::{Document, Limits, Tape};
use qwarden::dialect::splice::splice;
use qwarden::dialect::{Dialect, Shadow, Usage, all};
use qwarden::text::{Lane, Segment};

fn lane(lane: Lane) -> String {
    let channel = serde_json::to_value(lane.channel).unwrap();
    let choice = if lane.choice >> 30 == 1 {
        format!("beside+{}", lane.choice - (1 << 30))
    } else {
        lane.choice.to_string()
    };
    let index = if lane.index >> 30 == 1 { "named".to_owned() } else { lane.index.to_string() };
    format!("{choice}/{}/{index}", channel.as_str().unwrap())
}

fn segments(out: &mut String, raw: &[u8], segments: &[Segment<'_>]) {
    for segment in segments {
        let role = serde_json::to_value(segment.role).unwrap();
        let texts: Vec<&str> = segment.parts.iter().map(|part| &*part.text).collect();
        let _ = writeln!(
            out,
            "{} {} {:?} {texts:?}",
            lane(segment.lane),
            role.as_str().unwrap(),
            segment.encoding
        );
        for part in &segment.parts {
            is_literal(raw, &part.source, &part.text);
        }
    }
    let mut lanes: Vec<Lane> = segments.iter().map(|segment| segment.lane).collect();
    lanes.sort_unstable();
    lanes.dedup();
    assert_eq!(lanes.len(), segments.len(), "two segments share a lane");
}

/// The source of every text is the literal that says it.
fn is_literal(raw: &[u8], source: &Range<usize>, text: &str) {
    assert_eq!(serde_json::from_slice::<String>(&raw[source.clone()]).unwrap(), text);
}

fn rest(out: &mut String, raw: &[u8], shadows: &[Shadow], usage: Option<Usage>) {
    for Shadow { choice, source } in shadows {
        let _ = writeln!(out, "  shadow of {choice}: {}", String::from_utf8_lossy(&raw[source.clone()]));
    }
    if let Some(Usage { prompt_tokens, completion_tokens }) = usage {
        let _ = writeln!(out, "  usage: {prompt_tokens} + {completion_tokens}");
    }
}

fn request(dialect: &dyn Dialect, raw: &[u8]) -> String {
    let document = Document::parse(raw, Limits::default()).unwrap();
    assert_eq!(splice(raw, &[]), raw);
    let request = dialect.read_request(&document).unwrap();
    let mut out = format!(
        "model {:?}, stream {}, choices {}, include_usage {}\n",
        request.model, request.stream, request.choices, request.include_usage
    );
    segments(&mut out, raw, &request.segments);
    out
}

fn reply(dialect: &dyn Dialect, raw: &[u8]) -> String {
    let document = Document::parse(raw, Limits::default()).unwrap();
    let reply = dialect.read_reply(&document).unwrap();
    let mut out = String::new();
    segments(&mut out, raw, &reply.segments);
    rest(&mut out, raw, &reply.shadows, reply.usage);
    out
}

fn stream(dialect: &dyn Dialect, raw: &[u8]) -> String {
    let mut out = String::new();
    let mut tape = Tape::default();
    for line in std::str::from_utf8(raw).unwrap().lines() {
        let payload = line.strip_prefix("data: ").unwrap_or(line);
        if payload.is_empty() || Some(payload) == dialect.terminator() {
            continue;
        }
        let document = Document::parse_into(payload.as_bytes(), Limits::default(), tape).unwrap();
        let event = dialect.read_event(&document).unwrap();
        let _ = writeln!(
            out,
            "event: finished {:?}, carries_more {}, error {}",
            event.finished, event.carries_more, event.error
        );
        for delta in &event.deltas {
            let complete = if delta.complete { " complete" } else { "" };
            let _ = writeln!(out, "  {} {:?}{complete} {:?}", lane(delta.lane), delta.encoding, delta.text);
            is_literal(payload.as_bytes(), &delta.source, &delta.text);
        }
        rest(&mut out, payload.as_bytes(), &event.shadows, event.usage);
        tape = document.into_tape();
    }
    out
}

fn check(dialect: &dyn Dialect, file: &Path) {
    let raw = fs::read(file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let found = match name.rsplit('.').take(2).collect::<Vec<_>>()[..] {
        ["json", "request"] => request(dialect, &raw),
        ["json", "reply"] => reply(dialect, &raw),
        ["stream", _] => stream(dialect, &raw),
        _ => panic!("what is {name}?"),
    };
    let golden = PathBuf::from(format!("{}.found", file.display()));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(&golden).unwrap_or_default(), "{}", file.display());
}

#[test]
fn dialects_find_the_texts_of_real_bodies() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialect_golden");
    for dialect in all() {
        let mut count = 0;
        for entry in fs::read_dir(root.join(dialect.name())).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension != "found") {
                check(*dialect, &path);
                count += 1;
            }
        }
        assert!(count > 0, "no bodies for {}", dialect.name());
    }
}
