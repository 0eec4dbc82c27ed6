//! Every setting with the value in force and where it came from, for people.
//!
//! Owns how a setting is shown, secrets not at all. Refuses to know what it means.

use std::fmt;

use super::document::{AUDIT, Document, LIMITS, Setting, TIMEOUTS};
use super::tree::Origin;

/// A setting in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// Its key, with dots between groups.
    pub key: String,
    /// Its value, as it would be written.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// All settings in force; its text has one a line.
#[derive(Debug, Clone, Copy)]
pub struct Description<'a>(pub &'a [Effective]);

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Effective { key, value, origin }) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{key} = {value} ({origin})")?;
        }
        Ok(())
    }
}

/// Everything, in the order of the reference.
pub(super) fn effective(document: &Document) -> Vec<Effective> {
    let mut all = Vec::new();
    let mut add = |key: &str, value: String, origin: &Origin| {
        all.push(Effective { key: key.to_owned(), value, origin: origin.clone() });
    };
    let text = |setting: &Setting<String>| setting.value.clone();
    add("listen", text(&document.listen), &document.listen.origin);
    add("admin", text(&document.admin), &document.admin.origin);
    for (index, upstream) in document.upstreams.value.iter().enumerate() {
        let models: Vec<&str> = upstream.models.iter().map(|model| model.value.as_str()).collect();
        let name = upstream.name.as_ref().map_or("", |name| name.value.as_str());
        let value = format!("{name} {} for {}", upstream.url.value, models.join(", "));
        add(&format!("upstreams[{index}]"), value.trim_start().to_owned(), &upstream.url.origin);
    }
    add("policies", text(&document.policies), &document.policies.origin);
    add("classifiers", text(&document.classifiers), &document.classifiers.origin);
    add("threads", document.threads.value.to_string(), &document.threads.origin);
    add("audit.dir", text(&document.audit_dir), &document.audit_dir.origin);
    let capture = &document.audit_capture;
    add("audit.capture", capture.value.as_str().to_owned(), &capture.origin);
    let durability = &document.audit_durability;
    add("audit.durability", durability.value.as_str().to_owned(), &durability.origin);
    add("audit.index", document.audit_index.value.to_string(), &document.audit_index.origin);
    let failure = &document.audit_failure;
    add("audit.failure", failure.value.as_str().to_owned(), &failure.origin);
    let key = &document.audit_key;
    let name = if key.value.is_empty() { "signing.key in audit.dir" } else { &key.value };
    add("audit.key", name.to_owned(), &key.origin);
    for (index, recipient) in document.audit_recipients.iter().enumerate() {
        add(&format!("audit.recipients[{index}]"), text(recipient), &recipient.origin);
    }
    let otlp = &document.otlp;
    let or_none = |value: String| if value.is_empty() { "none".to_owned() } else { value };
    add("otlp.endpoint", or_none(text(&otlp.endpoint)), &otlp.endpoint.origin);
    add("otlp.headers", or_none(super::otlp::names(otlp)), &otlp.headers.origin);
    add("otlp.content", otlp.content.value.to_string(), &otlp.content.origin);
    add("otlp.timeout_ms", otlp.timeout.value.to_string(), &otlp.timeout.origin);
    for (group, numbers, settings) in [
        ("audit", &AUDIT[..], &document.audit_numbers),
        ("limits", &LIMITS[..], &document.limits),
        ("timeouts", &TIMEOUTS[..], &document.timeouts),
    ] {
        for (number, setting) in numbers.iter().zip(settings) {
            add(&format!("{group}.{}", number.key), setting.value.to_string(), &setting.origin);
        }
    }
    let token = &document.console_token;
    let kept = match token.value.trim() {
        "" => "console.hash in audit.dir",
        hash if hash.starts_with('$') => "a hash",
        _ => "a token",
    };
    add("console.token", kept.to_owned(), &token.origin);
    let hosts: Vec<&str> = document.console_hosts.value.iter().map(|host| host.value.as_str()).collect();
    add("console.hosts", format!("[{}]", hosts.join(", ")), &document.console_hosts.origin);
    let header = &document.tenants_header;
    let name = if header.value.is_empty() { "none" } else { &header.value };
    add("tenants.header", name.to_owned(), &header.origin);
    add("tenants.default", text(&document.tenants_default), &document.tenants_default.origin);
    let open: Vec<&str> = document.open_paths.value.iter().map(|path| path.value.as_str()).collect();
    add("open_paths", format!("[{}]", open.join(", ")), &document.open_paths.origin);
    all
}
