//! The document becomes the configuration: addresses, URLs, paths, durations.
//!
//! Owns what values mean and which do not go together. Pure: no folder is looked at and no name
//! resolved, so that a configuration can be checked anywhere.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Uri};

use super::document::{AUDIT, Document, LIMITS, Setting, TIMEOUTS, UpstreamDocument};
use super::fault::Fault;
use super::tree::Origin;
use super::{Audit, Config, Console, Limits, Secret, Tenants, Timeouts, Upstream};
use crate::audit::{self, Failure, Settings, Upkeep};
use crate::policy::Glob;

/// Compiles; `None` only beside a fault.
pub(super) fn compile(document: &Document, base: &Path, faults: &mut Vec<Fault>) -> Option<Config> {
    let mut warnings = Vec::new();
    let listen = address("listen", &document.listen, faults);
    let admin = address("admin", &document.admin, faults);
    if let (Some(listen), Some(admin)) = (listen, admin) {
        if listen == admin && listen.port() != 0 {
            let message =
                format!("`listen` and `admin` are both {listen}; the console needs an address of its own");
            faults.push(Fault::new(document.admin.origin.clone(), message));
        }
        if !admin.ip().is_loopback() {
            let message = format!(
                "`admin` is {admin}: whoever can reach it reads the metrics, and the console with its token, over plain HTTP"
            );
            warnings.push(Fault::new(document.admin.origin.clone(), message));
        }
    }
    let upstreams = upstreams(&document.upstreams, faults);
    let open_paths = open_paths(&document.open_paths, faults, &mut warnings);
    let tenants = tenants(document, faults);
    let console = console(document, faults);
    let limits = limits(&document.limits);
    let timeouts = timeouts(&document.timeouts);
    let audit = audit(document, base, faults);
    if audit.settings.limits.queue < limits.concurrency {
        let message = format!(
            "`audit.queue` ({}) is smaller than `limits.concurrency` ({}): exchanges beyond it are refused",
            audit.settings.limits.queue, limits.concurrency
        );
        let origin = find(&document.audit_numbers, &AUDIT, "queue").map(|setting| setting.origin.clone());
        warnings.push(Fault::new(origin.unwrap_or(Origin::Default), message));
    }
    if audit.settings.failure == Failure::Open {
        let message = "`audit.failure` is `open`: exchanges go on when they cannot be recorded";
        warnings.push(Fault::new(document.audit_failure.origin.clone(), message));
    }
    let otlp = super::otlp::compile(&document.otlp, faults);
    if otlp.as_ref().is_some_and(|otlp| otlp.content) {
        let message = "`otlp.content` is true: texts of exchanges are sent to the collector";
        warnings.push(Fault::new(document.otlp.content.origin.clone(), message));
    }
    Some(Config {
        listen: listen?,
        admin: admin?,
        upstreams,
        policies: path(&document.policies, base),
        classifiers: path(&document.classifiers, base),
        classifiers_named: document.classifiers.origin != Origin::Default,
        threads: NonZero::new(size(document.threads.value)),
        audit,
        otlp,
        console,
        limits,
        timeouts,
        tenants,
        open_paths,
        warnings,
        effective: super::effective::effective(document),
    })
}

fn audit(document: &Document, base: &Path, faults: &mut Vec<Fault>) -> Audit {
    let of = |key: &str| find(&document.audit_numbers, &AUDIT, key).map_or(0, |setting| setting.value);
    let unless_zero = |value: u64| (value > 0).then_some(value);
    let key = &document.audit_key;
    Audit {
        dir: path(&document.audit_dir, base),
        capture: document.audit_capture.value,
        index: document.audit_index.value,
        settings: Settings {
            durability: document.audit_durability.value,
            failure: document.audit_failure.value,
            stall: Duration::from_millis(of("stall_ms")),
            limits: audit::Limits { queue: size(of("queue")), ..audit::Limits::default() },
            upkeep: Upkeep {
                segment_bytes: of("segment_bytes"),
                segment_age: Duration::from_secs(of("segment_hours") * 3600),
                checkpoint_every: Duration::from_secs(of("checkpoint_seconds")),
                keep_for: unless_zero(of("keep_days")).map(|days| Duration::from_secs(days * 86_400)),
                keep_bytes: unless_zero(of("keep_bytes")),
                key: (!key.value.is_empty()).then(|| path(key, base)),
            },
            recipients: recipients(&document.audit_recipients, faults),
        },
    }
}

fn recipients(settings: &[Setting<String>], faults: &mut Vec<Fault>) -> Option<audit::cipher::Recipients> {
    for setting in settings {
        if let Err((key, reason)) = audit::cipher::Recipients::parse([setting.value.as_str()]) {
            let message = if key.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
                "`audit.recipients` holds an age identity, the secret half of a key".to_owned()
            } else {
                format!("`{key}` in `audit.recipients` is no age recipient: {reason}")
            };
            let fault = Fault::new(setting.origin.clone(), message);
            faults.push(fault.help(
                "write public keys, which begin with `age1`; the identity stays with whoever may read the log",
            ));
        }
    }
    audit::cipher::Recipients::parse(settings.iter().map(|setting| setting.value.as_str()))
        .unwrap_or_default()
}

fn address(key: &str, setting: &Setting<String>, faults: &mut Vec<Fault>) -> Option<SocketAddr> {
    match setting.value.parse() {
        Ok(address) => Some(address),
        Err(_) => {
            let message = format!("`{key}` must be an address and a port, and is `{}`", setting.value);
            let fault = Fault::new(setting.origin.clone(), message);
            faults.push(fault.help("write it like 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080"));
            None
        }
    }
}

fn upstreams(setting: &Setting<Vec<UpstreamDocument>>, faults: &mut Vec<Fault>) -> Vec<Upstream> {
    if setting.value.is_empty() {
        // An entry that could not be read has a fault of its own already.
        if setting.origin == Origin::Default || faults.is_empty() {
            let fault = Fault::new(
                setting.origin.clone(),
                "no upstream is set, so there is no backend to stand before",
            );
            faults.push(
                fault.help("set `upstreams` in qwarden.yaml, or give --upstream http://127.0.0.1:8000"),
            );
        }
        return Vec::new();
    }
    let mut upstreams: Vec<Upstream> = Vec::new();
    let alone = setting.value.len() == 1;
    for (number, document) in (1..).zip(&setting.value) {
        let (name, origin): (Arc<str>, _) = match &document.name {
            Some(name) => (name.value.as_str().into(), &name.origin),
            None if alone => ("default".into(), &document.url.origin),
            None => (format!("upstream-{number}").into(), &document.url.origin),
        };
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_word) {
            let message = format!(
                "an upstream's name must be 1 to 64 ASCII letters, digits, `.`, `-` or `_`, and is `{name}`"
            );
            faults.push(Fault::new(origin.clone(), message));
        }
        if upstreams.iter().any(|known| known.name == name) {
            faults.push(Fault::new(origin.clone(), format!("two upstreams have the name `{name}`")));
        }
        let models = document.models.iter().map(|model| Glob::new(&model.value)).collect::<Vec<_>>();
        if models.is_empty() {
            let message = format!("the upstream `{name}` serves no model");
            faults.push(Fault::new(origin.clone(), message).help("`models: [\"*\"]` is every model"));
        }
        if let Some(url) = url(&document.url, faults) {
            upstreams.push(Upstream { name, url, models });
        }
    }
    upstreams
}

fn url(setting: &Setting<String>, faults: &mut Vec<Fault>) -> Option<Uri> {
    let text = setting.value.trim();
    let example = "write it like http://127.0.0.1:8000";
    let (problem, help) = match text.parse::<Uri>() {
        Err(error) => (format!("is no URL ({error})"), example),
        Ok(uri) => match (uri.scheme_str(), uri.authority()) {
            (Some("http" | "https"), Some(authority)) if authority.as_str().contains('@') => {
                ("holds a user name or password".to_owned(), "leave it out: it would show in logs")
            }
            (Some("http" | "https"), Some(_)) if uri.query().is_some() => ("has a query".to_owned(), example),
            (Some("http" | "https"), Some(_)) if uri.path().trim_end_matches('/').ends_with("/v1") => (
                "ends with /v1, which clients send themselves".to_owned(),
                "leave /v1 out: http://127.0.0.1:8000",
            ),
            (Some("http" | "https"), Some(_)) => return Some(uri),
            (Some(scheme), Some(_)) => {
                (format!("asks for `{scheme}`, which is not spoken to backends"), "use http:// or https://")
            }
            _ => ("is not a whole URL".to_owned(), example),
        },
    };
    // A password that stands in the wrong place must not show in the log that says so.
    let shown =
        match text.split_once("//").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
            Some((scheme, host)) => format!("{scheme}//…@{host}"),
            None => text.to_owned(),
        };
    let message = format!("the upstream's url `{shown}` {problem}");
    faults.push(Fault::new(setting.origin.clone(), message).help(help));
    None
}

fn open_paths(
    setting: &Setting<Vec<Setting<String>>>,
    faults: &mut Vec<Fault>,
    warnings: &mut Vec<Fault>,
) -> Vec<Arc<str>> {
    let mut paths = Vec::new();
    for Setting { value, origin } in &setting.value {
        if !value.starts_with('/') || value.contains(['*', '?', '#', '%']) || value.contains("..") {
            let message = format!("an open path must be one exact path, and is `{value}`");
            faults.push(Fault::new(origin.clone(), message).help("write it like /v1/rerank"));
            continue;
        }
        let message = format!("`{value}` is open: nothing that passes through it is screened");
        warnings.push(Fault::new(origin.clone(), message));
        paths.push(value.as_str().into());
    }
    paths
}

fn tenants(document: &Document, faults: &mut Vec<Fault>) -> Tenants {
    let header = match document.tenants_header.value.as_str() {
        "" => None,
        name => match name.parse::<HeaderName>() {
            Ok(name) => Some(name),
            Err(_) => {
                let message = format!("`tenants.header` must be the name of a header, and is `{name}`");
                faults.push(Fault::new(document.tenants_header.origin.clone(), message));
                None
            }
        },
    };
    Tenants { header, default: document.tenants_default.value.as_str().into() }
}

/// Characters that a token must have; `console::access::token` says the same.
const TOKEN: usize = 16;

fn console(document: &Document, faults: &mut Vec<Fault>) -> Console {
    let Setting { value, origin } = &document.console_token;
    let value = value.trim();
    let token = if value.is_empty() {
        None
    } else if value.starts_with('$') {
        let is_hash = value.starts_with("$argon2id$")
            && argon2::password_hash::phc::PasswordHash::new(value).is_ok_and(|hash| hash.hash.is_some());
        if !is_hash {
            let message = "`console.token` begins as a hash and is no Argon2id hash in PHC form";
            faults.push(Fault::new(origin.clone(), message).help("`qwarden console hash` makes one"));
        }
        Some(Secret(value.to_owned()))
    } else {
        if value.chars().count() < TOKEN {
            let message = format!("`console.token` must have {TOKEN} characters or more");
            faults.push(
                Fault::new(origin.clone(), message)
                    .help("`qwarden console hash --new` makes a token and its hash"),
            );
        }
        Some(Secret(value.to_owned()))
    };
    let mut hosts = Vec::new();
    for Setting { value, origin } in &document.console_hosts.value {
        let host = value.trim().trim_end_matches('.').to_ascii_lowercase();
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if host.is_empty() || !host.bytes().all(fine) {
            let message = format!("`console.hosts` must be names of hosts, and has `{value}`");
            faults.push(
                Fault::new(origin.clone(), message)
                    .help("write it like console.example, without scheme and port"),
            );
            continue;
        }
        hosts.push(host.as_str().into());
    }
    Console { token, hosts }
}

/// The numbers in the order of [`LIMITS`], by name.
fn limits(settings: &[Setting<u64>]) -> Limits {
    let of = |key: &str| find(settings, &LIMITS, key).map_or(0, |setting| size(setting.value));
    Limits {
        body_bytes: of("body_bytes"),
        reply_bytes: of("reply_bytes"),
        frame_bytes: of("frame_bytes"),
        held_bytes: of("held_bytes"),
        header_bytes: of("header_bytes"),
        concurrency: of("concurrency"),
        verdict_cache_bytes: of("verdict_cache_bytes"),
        classifier_threads: NonZero::new(of("classifier_threads")),
        classifier_queue: of("classifier_queue"),
        classifier_cache_bytes: of("classifier_cache_bytes"),
    }
}

fn timeouts(settings: &[Setting<u64>]) -> Timeouts {
    let of =
        |key: &str| Duration::from_millis(find(settings, &TIMEOUTS, key).map_or(0, |setting| setting.value));
    Timeouts {
        connect: of("connect_ms"),
        request_body: of("request_body_ms"),
        first_byte: of("first_byte_ms"),
        idle: of("idle_ms"),
        total: of("total_ms"),
        drain: of("drain_ms"),
        classifier: of("classifier_ms"),
    }
}

fn find<'a>(
    settings: &'a [Setting<u64>],
    numbers: &[super::document::Number],
    key: &str,
) -> Option<&'a Setting<u64>> {
    numbers.iter().zip(settings).find(|(number, _)| number.key == key).map(|(_, setting)| setting)
}

fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn path(setting: &Setting<String>, base: &Path) -> PathBuf {
    match setting.origin {
        Origin::Default | Origin::File { .. } => base.join(&setting.value),
        Origin::Environment(_) | Origin::Flag(_) => PathBuf::from(&setting.value),
    }
}
