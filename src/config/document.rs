//! `qwarden.yaml` as written: every key with its value, its default and where it came from.
//!
//! Owns which keys there are, and their defaults and ranges; `reader` owns what shape each value has. Refuses to know what
//! the values mean: that an address is an address is found when the document is compiled.

use std::ops::RangeInclusive;

use super::fault::Fault;
use super::reader::Reader;
use super::tree::{Node, Origin};
use crate::audit::{Capture, Durability, Failure};

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

impl<T> From<T> for Setting<T> {
    fn from(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }
}

/// The whole file.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) listen: Setting<String>,
    pub(super) admin: Setting<String>,
    pub(super) upstreams: Setting<Vec<UpstreamDocument>>,
    pub(super) policies: Setting<String>,
    pub(super) classifiers: Setting<String>,
    pub(super) threads: Setting<u64>,
    pub(super) audit_dir: Setting<String>,
    pub(super) audit_capture: Setting<Capture>,
    pub(super) audit_durability: Setting<Durability>,
    pub(super) audit_failure: Setting<Failure>,
    pub(super) audit_key: Setting<String>,
    pub(super) audit_recipients: Vec<Setting<String>>,
    /// In the order of [`AUDIT`].
    pub(super) audit_numbers: Vec<Setting<u64>>,
    pub(super) audit_index: Setting<bool>,
    pub(super) otlp: OtlpDocument,
    pub(super) console_token: Setting<String>,
    pub(super) console_hosts: Setting<Vec<Setting<String>>>,
    pub(super) tenants_header: Setting<String>,
    pub(super) tenants_default: Setting<String>,
    pub(super) open_paths: Setting<Vec<Setting<String>>>,
    /// In the order of [`LIMITS`].
    pub(super) limits: Vec<Setting<u64>>,
    /// In the order of [`TIMEOUTS`].
    pub(super) timeouts: Vec<Setting<u64>>,
}

/// `otlp`.
#[derive(Debug, Clone)]
pub(super) struct OtlpDocument {
    pub(super) endpoint: Setting<String>,
    /// Names and values; the values may be secrets.
    pub(super) headers: Setting<Vec<(String, String)>>,
    pub(super) content: Setting<bool>,
    pub(super) timeout: Setting<u64>,
}

impl Default for OtlpDocument {
    fn default() -> Self {
        Self {
            endpoint: String::new().into(),
            headers: Vec::new().into(),
            content: false.into(),
            timeout: OTLP_TIMEOUT.default.into(),
        }
    }
}

/// One entry of `upstreams`.
#[derive(Debug, Clone)]
pub(super) struct UpstreamDocument {
    pub(super) name: Option<Setting<String>>,
    pub(super) url: Setting<String>,
    pub(super) models: Vec<Setting<String>>,
}

/// A number that can be set.
pub(super) struct Number {
    pub(super) key: &'static str,
    pub(super) default: u64,
    pub(super) range: RangeInclusive<u64>,
}

const fn number(key: &'static str, default: u64, least: u64, most: u64) -> Number {
    Number { key, default, range: least..=most }
}

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// `limits`.
pub(super) const LIMITS: [Number; 10] = [
    number("body_bytes", 10 * MIB, 1024, 4 * GIB),
    number("reply_bytes", 64 * MIB, 1024, 4 * GIB),
    number("frame_bytes", MIB, 1024, GIB),
    number("held_bytes", MIB, 1024, GIB),
    number("header_bytes", 64 * 1024, 8192, 16 * MIB),
    number("concurrency", 1024, 1, 1_000_000),
    // 0 is none.
    number("verdict_cache_bytes", 32 * MIB, 0, 64 * GIB),
    // 0 is one for each core.
    number("classifier_threads", 0, 0, 1024),
    number("classifier_queue", 256, 1, 1_000_000),
    // 0 is none.
    number("classifier_cache_bytes", 8 * MIB, 0, 64 * GIB),
];

/// `timeouts`, in milliseconds.
pub(super) const TIMEOUTS: [Number; 7] = [
    number("connect_ms", 5_000, 1, 600_000),
    number("request_body_ms", 30_000, 1, DAY),
    number("first_byte_ms", 120_000, 1, DAY),
    number("idle_ms", 120_000, 1, DAY),
    number("total_ms", 3_600_000, 1, DAY),
    number("drain_ms", 30_000, 0, DAY),
    number("classifier_ms", 5_000, 1, 600_000),
];

const DAY: u64 = 86_400_000;
/// 0 is one for each core.
const THREADS: Number = number("threads", 0, 0, 1024);

/// The numbers of `audit`. 0 in `keep_days` and `keep_bytes` is without end.
pub(super) const AUDIT: [Number; 7] = [
    number("queue", 4096, 1, 1_000_000),
    number("stall_ms", 10_000, 100, DAY),
    number("segment_bytes", 64 * MIB, 4096, GIB),
    number("segment_hours", 24, 1, 8760),
    number("checkpoint_seconds", 60, 1, 86_400),
    number("keep_days", 0, 0, 36_500),
    number("keep_bytes", 0, 0, 1 << 50),
];

const OTLP_TIMEOUT: Number = number("timeout_ms", 10_000, 1, 600_000);
const OTLP_KEYS: &[&str] = &["endpoint", "headers", "content", "timeout_ms"];

const ROOT_KEYS: &[&str] = &[
    "listen",
    "admin",
    "upstreams",
    "policies",
    "classifiers",
    "threads",
    "audit",
    "otlp",
    "console",
    "limits",
    "timeouts",
    "tenants",
    "open_paths",
];
pub(super) const UPSTREAM_KEYS: &[&str] = &["name", "url", "models"];
const AUDIT_KEYS: &[&str] = &[
    "dir",
    "capture",
    "durability",
    "failure",
    "key",
    "recipients",
    "queue",
    "index",
    "stall_ms",
    "segment_bytes",
    "segment_hours",
    "checkpoint_seconds",
    "keep_days",
    "keep_bytes",
];
const CONSOLE_KEYS: &[&str] = &["token", "hosts"];
const TENANT_KEYS: &[&str] = &["header", "default"];

impl Default for Document {
    fn default() -> Self {
        let defaults =
            |numbers: &[Number]| numbers.iter().map(|number| number.default.into()).collect::<Vec<_>>();
        Self {
            listen: "127.0.0.1:8080".to_owned().into(),
            admin: "127.0.0.1:9090".to_owned().into(),
            upstreams: Vec::new().into(),
            policies: "policies".to_owned().into(),
            classifiers: "classifiers".to_owned().into(),
            threads: THREADS.default.into(),
            audit_dir: "audit".to_owned().into(),
            audit_capture: Capture::default().into(),
            audit_durability: Durability::default().into(),
            audit_failure: Failure::default().into(),
            audit_key: String::new().into(),
            audit_recipients: Vec::new(),
            audit_numbers: defaults(&AUDIT),
            audit_index: true.into(),
            otlp: OtlpDocument::default(),
            console_token: String::new().into(),
            console_hosts: Vec::new().into(),
            tenants_header: String::new().into(),
            tenants_default: "default".to_owned().into(),
            open_paths: Vec::new().into(),
            limits: defaults(&LIMITS),
            timeouts: defaults(&TIMEOUTS),
        }
    }
}

impl Document {
    /// Reads the tree. What is wrong with it goes to `faults`, and the default takes its place, so
    /// that everything after it can be checked as well.
    pub(super) fn read(tree: &Node, faults: &mut Vec<Fault>) -> Self {
        let mut document = Self::default();
        let mut reader = Reader { faults };
        let root = reader.section(tree, "", ROOT_KEYS);
        reader.text(root.get("listen"), &mut document.listen);
        reader.text(root.get("admin"), &mut document.admin);
        reader.text(root.get("policies"), &mut document.policies);
        reader.text(root.get("classifiers"), &mut document.classifiers);
        reader.number(root.get("threads"), &THREADS, &mut document.threads);
        if let Some(field) = root.get("upstreams") {
            document.upstreams = reader.upstreams(&field);
        }
        if let Some(field) = root.get("open_paths") {
            let value = reader.texts(&field);
            document.open_paths = Setting { value, origin: field.node.origin.clone() };
        }
        let audit = reader.group(&root, "audit", AUDIT_KEYS);
        reader.text(audit.get("dir"), &mut document.audit_dir);
        let captures = [Capture::None, Capture::Excerpt, Capture::Full].map(|one| (one.as_str(), one));
        reader.choice(audit.get("capture"), &captures, &mut document.audit_capture);
        let durabilities = [Durability::Strict, Durability::Relaxed].map(|one| (one.as_str(), one));
        reader.choice(audit.get("durability"), &durabilities, &mut document.audit_durability);
        let failures = [Failure::Closed, Failure::Open].map(|one| (one.as_str(), one));
        reader.choice(audit.get("failure"), &failures, &mut document.audit_failure);
        reader.text(audit.get("key"), &mut document.audit_key);
        if let Some(field) = audit.get("recipients") {
            document.audit_recipients = reader.texts(&field);
        }
        for (number, setting) in AUDIT.iter().zip(&mut document.audit_numbers) {
            reader.number(audit.get(number.key), number, setting);
        }
        let answers = [("true", true), ("false", false)];
        reader.choice(audit.get("index"), &answers, &mut document.audit_index);
        let otlp = reader.group(&root, "otlp", OTLP_KEYS);
        reader.text(otlp.get("endpoint"), &mut document.otlp.endpoint);
        if let Some(field) = otlp.get("headers") {
            document.otlp.headers = reader.headers(&field);
        }
        reader.choice(otlp.get("content"), &answers, &mut document.otlp.content);
        reader.number(otlp.get("timeout_ms"), &OTLP_TIMEOUT, &mut document.otlp.timeout);
        let console = reader.group(&root, "console", CONSOLE_KEYS);
        reader.secret(console.get("token"), &mut document.console_token);
        if let Some(field) = console.get("hosts") {
            let value = reader.texts(&field);
            document.console_hosts = Setting { value, origin: field.node.origin.clone() };
        }
        let tenants = reader.group(&root, "tenants", TENANT_KEYS);
        reader.text(tenants.get("header"), &mut document.tenants_header);
        reader.text(tenants.get("default"), &mut document.tenants_default);
        reader.numbers(&root, "limits", &LIMITS, &mut document.limits);
        reader.numbers(&root, "timeouts", &TIMEOUTS, &mut document.timeouts);
        document
    }
}

impl UpstreamDocument {
    pub(super) fn of_url(url: Setting<String>) -> Self {
        Self { name: None, url, models: vec!["*".to_owned().into()] }
    }
}
