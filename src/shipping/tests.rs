//! The form of a record in OTLP, what a collector's answers mean, and where reading goes on.

use std::path::Path;

use http::{HeaderMap, StatusCode};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message as _;

use super::client::{self, Answer};
use super::position::Position;
use super::*;
use crate::audit::{Draft, Ended, Finding, Record, Usage};
use crate::policy::{Action, Severity};
use crate::text::{Channel, Phase, Role};

fn record() -> Record {
    let finding = Finding {
        phase: Phase::Input,
        segment: 2,
        role: Role::User,
        channel: Channel::Content,
        policy: "self-harm".into(),
        rule: "crisis".into(),
        detector: "keywords".into(),
        category: Some("methods".into()),
        severity: Severity::High,
        score: Some(0.5),
        threshold: Some(0.25),
        spans: vec![(3, 9), (12, 18)],
        excerpt: Some("SECRET excerpt".into()),
        mark: None,
        transforms: vec!["base64".into()],
        spans_cut: 0,
    };
    let draft = Draft {
        id: "0199c0de-0000-7000-8000-000000000001".into(),
        time: "2026-01-02T03:04:05.123456Z".parse().unwrap(),
        tenant: "acme".into(),
        client: "10.0.0.1".into(),
        dialect: "openai.chat".into(),
        model: "qwen3-8b".into(),
        revision: "0123456789abcdef".into(),
        action: Action::Deflect,
        rule: Some("self-harm/crisis".into()),
        findings: vec![finding],
        status: Some(200),
        ended: Ended::Complete,
        usage: Some(Usage { prompt_tokens: 12, completion_tokens: 7 }),
        prompt: Some("SECRET prompt".into()),
        reply: Some("SECRET reply".into()),
        original: Some("SECRET original".into()),
        ..Draft::default()
    };
    Record { seq: 42, prev: "0".repeat(64), draft }
}

/// A value as people write it.
fn shown(value: &AnyValue) -> String {
    match value.value.as_ref().unwrap() {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => number.to_string(),
        Value::BoolValue(truth) => truth.to_string(),
        Value::ArrayValue(list) => {
            format!("[{}]", list.values.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        Value::KvlistValue(map) => {
            format!("{{{}}}", map.values.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Value::BytesValue(_) | Value::StringValueStrindex(_) => unreachable!("not sent"),
    }
}

fn pair(pair: &KeyValue) -> String {
    format!("{} = {}", pair.key, shown(pair.value.as_ref().unwrap()))
}

fn lines(content: bool) -> String {
    let request = request(&[record()], content);
    let resource = &request.resource_logs[0];
    let scope = &resource.scope_logs[0];
    let log = &scope.log_records[0];
    let mut lines: Vec<String> = resource.resource.as_ref().unwrap().attributes.iter().map(pair).collect();
    lines.push(format!("scope {}", scope.scope.as_ref().unwrap().name));
    lines.push(format!(
        "{} at {} severity {} {}",
        log.event_name, log.time_unix_nano, log.severity_number, log.severity_text
    ));
    lines.push(shown(log.body.as_ref().unwrap()));
    lines.extend(log.attributes.iter().map(pair));
    lines.join("\n")
}

#[test]
fn a_record_in_otlp() {
    insta::assert_snapshot!("record", lines(false));
    assert!(!lines(false).contains("SECRET"), "texts stay here unless they are asked for");
    assert_eq!(lines(true).matches("SECRET").count(), 4);
}

#[test]
fn what_answers_mean() {
    let partial = |rejected, message: &str| {
        let error_message = message.to_owned();
        let partial_success =
            Some(ExportLogsPartialSuccess { rejected_log_records: rejected, error_message });
        ExportLogsServiceResponse { partial_success }.encode_to_vec()
    };
    let check = |status: u16, retry: Option<&str>, body: &[u8], expected: &str| {
        let mut headers = HeaderMap::new();
        if let Some(retry) = retry {
            headers.insert("retry-after", retry.parse().unwrap());
        }
        let answer = match client::read(StatusCode::from_u16(status).unwrap(), &headers, body) {
            Answer::Taken { rejected, message } => format!("taken {rejected} {message}"),
            Answer::Later { after, .. } => format!("later {after:?}"),
            Answer::Refused { status } => format!("refused {status}"),
        };
        assert_eq!(answer, expected, "{status}");
    };
    check(200, None, b"", "taken 0 ");
    check(202, None, b"{}", "taken 0 ");
    check(200, None, &partial(3, "no room"), "taken 3 no room");
    check(200, None, &partial(-3, ""), "taken 0 ");
    for status in [400, 413, 422] {
        check(status, None, b"", &format!("refused {status}"));
    }
    for status in [301, 401, 403, 404, 408, 429, 500, 502, 503, 504] {
        check(status, None, b"", "later None");
    }
    check(429, Some("7"), b"", "later Some(7s)");
    check(503, Some("99999"), b"", "later Some(300s)");
    check(503, Some("Wed, 21 Oct 2015 07:28:00 GMT"), b"", "later None");
}

fn write(dir: &Path, segment: u32, seqs: std::ops::Range<u64>) {
    let line = |seq| serde_json::to_string(&Record { seq, ..record() }).unwrap() + "\n";
    std::fs::write(dir.join(format!("{segment:08}.jsonl")), seqs.map(line).collect::<String>()).unwrap();
}

#[test]
fn reading_goes_on_where_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 1, 1..4);
    write(dir.path(), 2, 4..6);
    let next = |from: Option<&Position>, most| {
        let batch = source::next(dir.path(), from, most).unwrap();
        let seqs: Vec<u64> = batch.records.iter().map(|record| record.seq).collect();
        (seqs, batch)
    };
    let (seqs, first) = next(None, 2);
    assert_eq!((seqs, first.lost, first.more), (vec![1, 2], 0, true));
    let (seqs, second) = next(first.end.as_ref(), 2);
    assert_eq!((seqs, second.lost), (vec![3, 4], 0), "over the border of segments");
    let at = second.end.unwrap();
    position::write(dir.path(), &at).unwrap();
    assert_eq!(position::read(dir.path()).unwrap().as_ref(), Some(&at));
    assert!(source::holds(dir.path(), &at).unwrap());
    let (seqs, rest) = next(Some(&at), 9);
    assert_eq!((seqs, rest.more), (vec![5], false));
    let end = rest.end.unwrap();
    assert!(next(Some(&end), 9).1.end.is_none());
    // The beginning of a line that is being written is not there yet.
    let path = dir.path().join("00000002.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{{\"seq\":")).unwrap();
    assert!(next(Some(&end), 9).1.end.is_none());
    // A line that is no record is passed over and counted.
    std::fs::write(&path, format!("{text}nonsense\n")).unwrap();
    let (seqs, odd) = next(Some(&end), 9);
    assert_eq!((seqs, odd.unreadable, odd.end.unwrap().seq), (vec![], 1, 5));
    // Retention was faster.
    std::fs::remove_file(dir.path().join("00000001.jsonl")).unwrap();
    let (seqs, gap) = next(first.end.as_ref(), 9);
    assert_eq!((seqs, gap.lost), (vec![4, 5], 1));
    assert!(source::holds(dir.path(), first.end.as_ref().unwrap()).unwrap());
    // Another log.
    write(dir.path(), 2, 14..16);
    assert!(!source::holds(dir.path(), &at).unwrap());
    std::fs::write(dir.path().join(FILE), "{").unwrap();
    position::read(dir.path()).unwrap_err();
}

#[test]
fn secrets_are_not_shown() {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer SECRET".parse().unwrap());
    let endpoint = "http://127.0.0.1:4318/v1/logs".parse().unwrap();
    let settings = Settings { endpoint, headers, content: false, timeout: Duration::from_secs(1) };
    let shown = format!("{settings:?}");
    assert!(shown.contains("authorization") && !shown.contains("SECRET"), "{shown}");
}
