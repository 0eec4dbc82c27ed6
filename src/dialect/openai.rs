//! What the OpenAI APIs have in common when they speak: envelopes, usage and errors.
//!
//! Refuses to know why anything is said. An envelope takes over the identity of the backend's own
//! last event, and never a string of it that could be a text.

use serde_json::{Map, Value, json};

use super::json::{Document, Kind, Limits};
use super::node::Node;
use super::{Face, Notice, Usage};

/// Members of a backend's event that our own take over as they are.
const IDENTITY: [&str; 5] = ["id", "created", "model", "system_fingerprint", "service_tier"];

/// Members that an event of ours writes itself or must not repeat.
const OWN: [&str; 7] = ["object", "choices", "usage", "error", "qwarden", "timings", "obfuscation"];

/// Gives `read` the backend's last event, where there is one.
pub(super) fn with_template<T>(face: &Face, read: impl FnOnce(Option<Node<'_>>) -> T) -> T {
    let document = face.template.as_deref().map(|raw| Document::parse(raw, Limits::default()));
    match &document {
        Some(Ok(document)) => read(Some(document.root())),
        _ => read(None),
    }
}

/// The members around the choices of a reply (`chat.completion`) or event. `prefix` begins an id of
/// our own.
pub(super) fn envelope(
    face: &Face,
    template: Option<Node<'_>>,
    prefix: &str,
    object: &str,
) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("id".into(), format!("{prefix}{}", face.id.replace('-', "")).into());
    members.insert("object".into(), object.into());
    members.insert("created".into(), face.created.into());
    members.insert("model".into(), face.model.as_str().into());
    for member in template.iter().flat_map(|root| root.members()) {
        let name = member.key().unwrap_or_default();
        let known = IDENTITY.contains(&&*name) && matches!(member.kind(), Kind::String | Kind::Number);
        // An unknown string may be a text that was held back or changed, so only plain facts stay.
        let fact = !OWN.contains(&&*name) && matches!(member.kind(), Kind::Number | Kind::Bool);
        if known || fact {
            members.insert(name.into(), serde_json::from_str(member.raw()).unwrap_or_default());
        }
    }
    members
}

/// Closes an envelope: the choices, then whatever else there is.
pub(super) fn finish(
    mut envelope: Map<String, Value>,
    choices: Value,
    usage: Option<Usage>,
    notice: Option<&Notice>,
) -> Vec<u8> {
    envelope.insert("choices".into(), choices);
    if let Some(usage) = usage {
        envelope.insert("usage".into(), usage_object(usage));
    }
    if let Some(notice) = notice {
        envelope.insert("qwarden".into(), notice_object(notice));
    }
    Value::Object(envelope).to_string().into_bytes()
}

/// The `qwarden` object.
pub(super) fn notice_object(notice: &Notice) -> Value {
    serde_json::to_value(notice).unwrap_or_default()
}

fn usage_object(usage: Usage) -> Value {
    let Usage { prompt_tokens, completion_tokens } = usage;
    json!({
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens.saturating_add(completion_tokens),
    })
}

/// An error as OpenAI writes it.
pub(super) fn error(status: u16, code: &str, message: &str) -> Vec<u8> {
    error_object(status, code, message).to_string().into_bytes()
}

pub(super) fn error_object(status: u16, code: &str, message: &str) -> Value {
    let kind = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}
