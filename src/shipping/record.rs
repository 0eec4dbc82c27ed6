//! A record of the audit log as a log record of OpenTelemetry.
//!
//! Owns the names: those of the semantic conventions where there are any (`gen_ai.*`, `http.*`, `client.*`, `error.*`,
//! `log.record.uid`), `qwarden.*` for the rest. Texts of the exchange go only where they are asked for.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::audit::{Draft, Ended, Finding, Record};
use crate::policy::{Action, Mode, Severity};
use crate::text::{Channel, Phase, Role};

/// Name of every event.
const EVENT: &str = "qwarden.exchange";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A request that brings these records.
#[must_use]
pub fn request(records: &[Record], content: bool) -> ExportLogsServiceRequest {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    let resource = vec![text("service.name", "qwarden"), text("service.version", VERSION)];
    let scope = InstrumentationScope {
        name: "qwarden.audit".to_owned(),
        version: VERSION.to_owned(),
        ..InstrumentationScope::default()
    };
    let log_records = records.iter().map(|record| log_record(record, now, content)).collect();
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(Resource { attributes: resource, ..Resource::default() }),
            scope_logs: vec![ScopeLogs { scope: Some(scope), log_records, ..ScopeLogs::default() }],
            ..ResourceLogs::default()
        }],
    }
}

fn log_record(record: &Record, now: u64, content: bool) -> LogRecord {
    let draft = &record.draft;
    let (number, name) = severity(draft);
    LogRecord {
        time_unix_nano: u64::try_from(draft.time.as_nanosecond()).unwrap_or(0),
        observed_time_unix_nano: now,
        severity_number: number.into(),
        severity_text: name.to_owned(),
        body: Some(string(&summary(draft))),
        attributes: attributes(record, content),
        event_name: EVENT.to_owned(),
        ..LogRecord::default()
    }
}

/// How loud a record is: errors of ours or of the backend, what a rule did, and everything else.
fn severity(draft: &Draft) -> (SeverityNumber, &'static str) {
    let failed = matches!(
        draft.ended,
        Ended::InternalError
            | Ended::UpstreamError
            | Ended::UpstreamTimeout
            | Ended::Malformed
            | Ended::Unavailable
            | Ended::Shed
    );
    if failed {
        (SeverityNumber::Error, "ERROR")
    } else if draft.action > Action::Allow {
        (SeverityNumber::Warn, "WARN")
    } else {
        (SeverityNumber::Info, "INFO")
    }
}

/// One line for people, without anything that a client wrote.
fn summary(draft: &Draft) -> String {
    let rule = draft.rule.as_deref().map_or(String::new(), |rule| format!(" by {rule}"));
    format!("{}{rule}, {}", draft.action.as_str(), draft.ended.as_str())
}

fn attributes(record: &Record, content: bool) -> Vec<KeyValue> {
    let draft = &record.draft;
    let mut all = vec![
        text("log.record.uid", &draft.id),
        integer("qwarden.seq", record.seq),
        text("qwarden.tenant", &draft.tenant),
        text("qwarden.dialect", &draft.dialect),
        boolean("qwarden.stream", draft.stream),
        text("qwarden.revision", &draft.revision),
        text("qwarden.mode", if draft.mode == Mode::Monitor { "monitor" } else { "enforce" }),
        text("qwarden.action", draft.action.as_str()),
        boolean("qwarden.model_refused", draft.model_refused),
        text("qwarden.ended", draft.ended.as_str()),
        integer("qwarden.timing.total_us", draft.timing.total_us),
        integer("qwarden.timing.screen_input_us", draft.timing.screen_input_us),
        integer("qwarden.timing.screen_output_us", draft.timing.screen_output_us),
        integer("qwarden.timing.held_us_max", draft.timing.held_us_max),
    ];
    let mut some = |name: &str, value: Option<&str>| {
        all.extend(value.filter(|value| !value.is_empty()).map(|value| text(name, value)));
    };
    some("gen_ai.operation.name", operation(&draft.dialect));
    some("gen_ai.request.model", Some(&draft.model));
    some("client.address", Some(&draft.client));
    some("error.type", draft.code.as_deref());
    some("qwarden.rule", draft.rule.as_deref());
    if content {
        some("qwarden.prompt", draft.prompt.as_deref());
        some("qwarden.reply", draft.reply.as_deref());
        some("qwarden.original", draft.original.as_deref());
    }
    let mut number = |name: &str, value: Option<u64>| all.extend(value.map(|value| integer(name, value)));
    number("http.response.status_code", draft.status.map(u64::from));
    number("gen_ai.usage.input_tokens", draft.usage.map(|usage| usage.prompt_tokens));
    number("gen_ai.usage.output_tokens", draft.usage.map(|usage| usage.completion_tokens));
    number("qwarden.timing.upstream_first_byte_us", draft.timing.upstream_first_byte_us);
    number("qwarden.lost", Some(draft.lost).filter(|lost| *lost > 0));
    if draft.late {
        all.push(boolean("qwarden.late", true));
    }
    if !draft.findings.is_empty() {
        let findings = draft.findings.iter().map(|found| map(finding(found, content))).collect();
        all.push(attribute("qwarden.findings", list(findings)));
    }
    all
}

fn operation(dialect: &str) -> Option<&'static str> {
    match dialect {
        "openai.chat" | "ollama.chat" => Some("chat"),
        "openai.completions" | "ollama.generate" => Some("text_completion"),
        "openai.embeddings" => Some("embeddings"),
        _ => None,
    }
}

fn finding(found: &Finding, content: bool) -> Vec<KeyValue> {
    let phase = match found.phase {
        Phase::Input => "input",
        Phase::Output => "output",
    };
    let role = match found.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let channel = match found.channel {
        Channel::Content => "content",
        Channel::Reasoning => "reasoning",
        Channel::ToolCall => "tool_call",
    };
    let severity = match found.severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    };
    let mut all = vec![
        text("policy", &found.policy),
        text("rule", &found.rule),
        text("detector", &found.detector),
        text("severity", severity),
        text("phase", phase),
        integer("segment", found.segment.into()),
        text("role", role),
        text("channel", channel),
    ];
    all.extend(found.category.as_deref().map(|category| text("category", category)));
    let mut number = |name, number: Option<f32>| {
        all.extend(number.map(|number| attribute(name, value(Value::DoubleValue(number.into())))));
    };
    number("score", found.score);
    number("threshold", found.threshold);
    if !found.transforms.is_empty() {
        all.push(attribute("transforms", list(found.transforms.iter().map(|name| string(name)).collect())));
    }
    let bounds = |(start, end): &(usize, usize)| [*start, *end].map(|at| whole(at as u64));
    all.push(attribute("spans", list(found.spans.iter().map(|span| list(bounds(span).into())).collect())));
    if content {
        all.extend(found.excerpt.as_deref().map(|excerpt| text("excerpt", excerpt)));
    }
    all
}

fn attribute(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

fn value(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn string(text: &str) -> AnyValue {
    value(Value::StringValue(text.to_owned()))
}

fn whole(number: u64) -> AnyValue {
    value(Value::IntValue(i64::try_from(number).unwrap_or(i64::MAX)))
}

fn list(values: Vec<AnyValue>) -> AnyValue {
    value(Value::ArrayValue(ArrayValue { values }))
}

fn map(values: Vec<KeyValue>) -> AnyValue {
    value(Value::KvlistValue(KeyValueList { values }))
}

fn text(key: &str, text: &str) -> KeyValue {
    attribute(key, string(text))
}

fn integer(key: &str, number: u64) -> KeyValue {
    attribute(key, whole(number))
}

fn boolean(key: &str, truth: bool) -> KeyValue {
    attribute(key, value(Value::BoolValue(truth)))
}
