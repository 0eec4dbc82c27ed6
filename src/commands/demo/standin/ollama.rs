//! The stand-in's Ollama face: chat, generate, tags, version.
//!
//! This file owns the shapes of Ollama's native API as its server sends them, and refuses to know
//! sockets and `dialect`, for the reason given in `openai`. Unlike OpenAI's, this API streams
//! unless it is told not to.

use serde_json::{Value, json};

use super::openai::last_user_text;
use super::speech::{Speech, tokens};
use super::{Answer, EPOCH, MODEL, now, seed, text_of};

/// `GET /api/tags`.
pub(super) fn tags() -> Answer {
    Answer::Whole(json!({"models": [{
        "name": MODEL, "model": MODEL, "modified_at": EPOCH, "size": 0, "digest": "standin",
        "details": {
            "parent_model": "", "format": "none", "family": "standin", "families": ["standin"],
            "parameter_size": "0", "quantization_level": "none",
        },
    }]}))
}

/// `GET /api/version`.
pub(super) fn version() -> Answer {
    Answer::Whole(json!({"version": "0.0.0-qwarden-standin"}))
}

/// `POST /api/chat`.
pub(super) fn chat(request: &Value) -> Answer {
    let prompt = last_user_text(request);
    let speech = Speech::to(&prompt, 0);
    let time = time(request);
    let tool = request.pointer("/tools/0/function/name").and_then(Value::as_str).unwrap_or("lookup");
    let message = |content: &str| json!({"role": "assistant", "content": content});
    let thought = |thinking: &str| json!({"role": "assistant", "content": "", "thinking": thinking});
    // Ollama sends a tool call whole, and its arguments as an object.
    let call = speech.arguments.as_deref().map(|arguments| {
        let arguments: Value = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
        json!([{"function": {"name": tool, "arguments": arguments}}])
    });
    if !streams(request) {
        let mut whole = message(&speech.content);
        if !speech.reasoning.is_empty() {
            whole["thinking"] = json!(speech.reasoning);
        }
        if let Some(call) = call {
            whole["tool_calls"] = call;
        }
        return Answer::Whole(line(&time, "message", &whole, Some((&prompt, &speech))));
    }
    let mut messages: Vec<Value> = tokens(&speech.reasoning).into_iter().map(thought).collect();
    messages.extend(tokens(&speech.content).into_iter().map(message));
    if let Some(call) = call {
        let mut calling = message("");
        calling["tool_calls"] = call;
        messages.push(calling);
    }
    let mut events: Vec<Value> =
        messages.iter().map(|message| line(&time, "message", message, None)).collect();
    events.push(line(&time, "message", &message(""), Some((&prompt, &speech))));
    ndjson(&events)
}

/// `POST /api/generate`.
pub(super) fn generate(request: &Value) -> Answer {
    let prompt = request.get("prompt").map(text_of).unwrap_or_default();
    let speech = Speech::to(&prompt, 0);
    let time = time(request);
    let thought = |thinking: &str, mut line: Value| {
        if !thinking.is_empty() {
            line["thinking"] = json!(thinking);
        }
        line
    };
    if !streams(request) {
        let whole = line(&time, "response", &json!(speech.content), Some((&prompt, &speech)));
        return Answer::Whole(thought(&speech.reasoning, whole));
    }
    let mut events: Vec<Value> = tokens(&speech.reasoning)
        .into_iter()
        .map(|piece| thought(piece, line(&time, "response", &json!(""), None)))
        .collect();
    events.extend(
        tokens(&speech.content).into_iter().map(|piece| line(&time, "response", &json!(piece), None)),
    );
    events.push(line(&time, "response", &json!(""), Some((&prompt, &speech))));
    ndjson(&events)
}

/// The time that a whole reply gives, on every line of it.
fn time(request: &Value) -> String {
    if seed(request).is_some() { EPOCH.to_owned() } else { now() }
}

/// One object of a reply; the last has the counts of what was read and said.
fn line(time: &str, field: &str, value: &Value, end: Option<(&str, &Speech)>) -> Value {
    let mut line = json!({"model": MODEL, "created_at": time, "done": end.is_some()});
    line[field] = value.clone();
    if let Some((prompt, speech)) = end {
        line["done_reason"] = json!("stop");
        for duration in ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"] {
            line[duration] = json!(0);
        }
        line["prompt_eval_count"] = json!(tokens(prompt).len());
        line["eval_count"] = json!(speech.tokens());
    }
    line
}

fn ndjson(events: &[Value]) -> Answer {
    Answer::Stream {
        content_type: "application/x-ndjson",
        events: events.iter().map(|event| format!("{event}\n")).collect(),
    }
}

fn streams(request: &Value) -> bool {
    request.get("stream").and_then(Value::as_bool).unwrap_or(true)
}
