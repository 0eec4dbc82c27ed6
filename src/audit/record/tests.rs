//! The record's form: names, order, bounds.

use super::*;
use crate::policy::Severity;
use crate::text::{Channel, Phase, Role};

pub(crate) fn finding() -> Finding {
    Finding {
        phase: Phase::Input,
        segment: 0,
        role: Role::User,
        channel: Channel::Content,
        policy: "p".into(),
        rule: "r".into(),
        detector: "keywords".into(),
        category: Some("list".into()),
        severity: Severity::High,
        score: None,
        threshold: None,
        spans: vec![(2, 8)],
        excerpt: Some("a needle".into()),
        mark: Some((2, 8)),
        transforms: Vec::new(),
        spans_cut: 0,
    }
}

#[test]
fn fields_stand_in_the_order_of_the_contract() {
    let draft = Draft { findings: vec![finding()], ..Draft::default() };
    let record = Record { seq: 1, prev: "0".repeat(64), draft };
    let value = serde_json::to_value(&record).unwrap();
    let keys =
        |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(&value),
        "seq prev id time tenant client dialect model stream revision mode action rule findings \
         model_refused status ended code usage timing prompt reply"
    );
    assert_eq!(
        keys(&value["findings"][0]),
        "phase segment role channel policy rule detector category severity score spans excerpt mark"
    );
    assert_eq!(
        keys(&value["timing"]),
        "screen_input_us upstream_first_byte_us screen_output_us held_us_max total_us"
    );
    assert_eq!(value["findings"][0]["spans"], serde_json::json!([[2, 8]]));
}

#[test]
fn time_has_six_digits_and_z() {
    for (given, written) in [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
        ("2026-01-02T03:04:05.1234569Z", "2026-01-02T03:04:05.123456Z"),
        ("2026-01-02T03:04:05.5+02:00", "2026-01-02T01:04:05.500000Z"),
    ] {
        let draft = Draft { time: given.parse().unwrap(), ..Draft::default() };
        assert_eq!(serde_json::to_value(&draft).unwrap()["time"], written);
    }
}

#[test]
fn reads_what_it_wrote_and_what_others_added() {
    let draft = Draft {
        id: "x".into(),
        time: "2026-01-02T03:04:05.123456Z".parse().unwrap(),
        findings: vec![Finding { score: Some(0.8), ..finding() }],
        usage: Some(Usage { prompt_tokens: 1, completion_tokens: 2 }),
        status: Some(200),
        ended: Ended::CutByPolicy,
        ..Draft::default()
    };
    let record = Record { seq: 7, prev: "ab".into(), draft };
    let mut value = serde_json::to_value(&record).unwrap();
    assert_eq!(Record::parse(&value.to_string()).unwrap(), record);
    value["of_tomorrow"] = serde_json::json!({"a": [1]});
    value["findings"][0]["of_tomorrow"] = serde_json::json!(1);
    assert_eq!(Record::parse(&value.to_string()).unwrap(), record);
    value["ended"] = "eaten_by_a_grue".into();
    assert_eq!(Record::parse(&value.to_string()).unwrap().draft.ended, Ended::Unknown);
    value["action"] = serde_json::json!(3);
    assert!(Record::parse(&value.to_string()).is_err());
}

#[test]
fn names_are_those_of_serde() {
    for ended in Ended::ALL {
        assert_eq!(serde_json::to_value(ended).unwrap(), ended.as_str());
    }
}

#[test]
fn bounds_hold() {
    let mut draft = Draft {
        model: "é".repeat(10_000_000),
        tenant: "t".repeat(1000).into(),
        findings: vec![
            Finding {
                spans: vec![(0, 1); 1000],
                excerpt: Some("x".repeat(5000)),
                mark: Some((0, 4000)),
                ..finding()
            };
            1000
        ],
        prompt: Some("中".repeat(1_000_000)),
        ..Draft::default()
    };
    draft.bound();
    assert_eq!(draft.model.chars().count(), 256);
    assert_eq!(draft.tenant.len(), 256);
    assert_eq!((draft.findings.len(), draft.findings_cut), (512, 488));
    let first = &draft.findings[0];
    assert_eq!((first.spans.len(), first.spans_cut), (256, 744));
    assert_eq!((first.excerpt.as_ref().unwrap().len(), first.mark), (400, None));
    assert!(draft.prompt.unwrap().len() <= TEXT);
}
