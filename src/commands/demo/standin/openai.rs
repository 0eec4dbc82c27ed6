//! The stand-in's OpenAI face: chat, completions, embeddings, models.
//!
//! This file owns the shapes of the OpenAI API as servers send them, written down a second time
//! and apart from `dialect`, so that a mistake there is not repeated by its own test backend. It
//! refuses to know sockets: it turns a request's JSON into an [`Answer`].

use base64::Engine as _;
use serde_json::{Value, json};

use super::speech::{Speech, tokens};
use super::{Answer, MODEL, seed, text_of, unix_time};

/// At most this many choices are answered, as servers do; it keeps a reply small.
const MAX_CHOICES: usize = 128;

/// `GET /v1/models`.
pub(super) fn models() -> Answer {
    Answer::Whole(json!({
        "object": "list",
        "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "qwarden"}],
    }))
}

/// `POST /v1/chat/completions`.
pub(super) fn chat(request: &Value, serial: u64) -> Answer {
    let prompt = last_user_text(request);
    let choices: Vec<Speech> = (0..wanted(request)).map(|choice| Speech::to(&prompt, choice)).collect();
    let tool = request.pointer("/tools/0/function/name").and_then(Value::as_str).unwrap_or("lookup");
    let envelope = Envelope::new(request, "chatcmpl", serial, "chat.completion");
    let logprobs = request.get("logprobs").and_then(Value::as_bool).unwrap_or(false);
    let usage = usage(&prompt, choices.iter().map(Speech::tokens).sum());
    if streams(request) {
        chat_stream(request, &envelope, &choices, (tool, logprobs), &usage)
    } else {
        chat_whole(&envelope, &choices, (tool, logprobs), &usage)
    }
}

fn chat_whole(
    envelope: &Envelope,
    choices: &[Speech],
    (tool, logprobs): (&str, bool),
    usage: &Value,
) -> Answer {
    let choices: Vec<Value> = choices
        .iter()
        .enumerate()
        .map(|(index, speech)| {
            let mut message = json!({"role": "assistant", "content": speech.content});
            if !speech.reasoning.is_empty() {
                message["reasoning_content"] = json!(speech.reasoning);
            }
            if let Some(arguments) = &speech.arguments {
                message["content"] = Value::Null;
                message["tool_calls"] = json!([{
                    "id": format!("call_{index}"), "type": "function",
                    "function": {"name": tool, "arguments": arguments},
                }]);
            }
            let logprobs = if logprobs { logprobs_of(&tokens(&speech.content)) } else { Value::Null };
            json!({"index": index, "message": message, "logprobs": logprobs, "finish_reason": finish(speech)})
        })
        .collect();
    Answer::Whole(envelope.wrap("", &json!(choices), usage))
}

fn chat_stream(
    request: &Value,
    envelope: &Envelope,
    choices: &[Speech],
    (tool, logprobs): (&str, bool),
    usage: &Value,
) -> Answer {
    let lanes: Vec<Vec<Value>> = choices
        .iter()
        .enumerate()
        .map(|(index, speech)| {
            let delta = |delta: Value| json!({"index": index, "delta": delta, "logprobs": null, "finish_reason": null});
            let mut events = vec![delta(json!({"role": "assistant", "content": ""}))];
            events.extend(tokens(&speech.reasoning).iter().map(|piece| delta(json!({"reasoning_content": piece}))));
            events.extend(tokens(&speech.content).iter().map(|piece| {
                let mut event = delta(json!({"content": piece}));
                if logprobs {
                    event["logprobs"] = logprobs_of(&[piece]);
                }
                event
            }));
            if let Some(arguments) = &speech.arguments {
                let call = json!({
                    "index": 0, "id": format!("call_{index}"), "type": "function",
                    "function": {"name": tool, "arguments": ""},
                });
                events.push(delta(json!({"tool_calls": [call]})));
                events.extend(tokens(arguments).iter().map(|piece| {
                    delta(json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}))
                }));
            }
            events.push(json!({"index": index, "delta": {}, "logprobs": null, "finish_reason": finish(speech)}));
            events
        })
        .collect();
    stream(request, envelope, lanes, usage)
}

/// `POST /v1/completions`.
pub(super) fn completions(request: &Value, serial: u64) -> Answer {
    let prompts: Vec<String> = match request.get("prompt") {
        Some(Value::Array(prompts)) => prompts.iter().map(text_of).collect(),
        Some(prompt) => vec![text_of(prompt)],
        None => vec![String::new()],
    };
    let count = wanted(request);
    let choices: Vec<Speech> =
        prompts.iter().flat_map(|prompt| (0..count).map(move |choice| Speech::to(prompt, choice))).collect();
    let envelope = Envelope::new(request, "cmpl", serial, "text_completion");
    let usage = usage(&prompts.concat(), choices.iter().map(Speech::tokens).sum());
    let choice = |index: usize, text: &str, finish: Value| json!({"index": index, "text": text, "logprobs": null, "finish_reason": finish});
    if !streams(request) {
        let choices: Vec<Value> = choices
            .iter()
            .enumerate()
            .map(|(index, speech)| choice(index, &speech.content, json!("stop")))
            .collect();
        return Answer::Whole(envelope.wrap("", &json!(choices), &usage));
    }
    let lanes = choices
        .iter()
        .enumerate()
        .map(|(index, speech)| {
            let pieces = tokens(&speech.content);
            let mut events: Vec<Value> =
                pieces.iter().map(|piece| choice(index, piece, Value::Null)).collect();
            events.push(choice(index, "", json!("stop")));
            events
        })
        .collect();
    stream(request, &envelope, lanes, &usage)
}

/// `POST /v1/embeddings`: eight numbers between -1 and 1 that depend on nothing but the text.
pub(super) fn embeddings(request: &Value) -> Answer {
    let inputs: Vec<String> = match request.get("input") {
        Some(Value::Array(inputs)) => inputs.iter().map(text_of).collect(),
        Some(input) => vec![text_of(input)],
        None => Vec::new(),
    };
    let base64 = request.get("encoding_format").and_then(Value::as_str) == Some("base64");
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector(input);
            let embedding = if base64 {
                let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
                json!(base64::engine::general_purpose::STANDARD.encode(bytes))
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let count = tokens(&inputs.concat()).len();
    Answer::Whole(json!({
        "object": "list", "data": data, "model": MODEL,
        "usage": {"prompt_tokens": count, "total_tokens": count},
    }))
}

/// FNV-1a of the text, turned on eight times; quarters, so that they print short.
fn vector(text: &str) -> [f32; 8] {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut turn = |byte: u8| {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        state
    };
    text.bytes().for_each(|byte| {
        turn(byte);
    });
    std::array::from_fn(|_| {
        let [.., high] = turn(0xff).to_le_bytes();
        f32::from(i16::from(high) - 128) / 128.0
    })
}

/// Every token is certain, and repeats the text in two more forms.
fn logprobs_of(pieces: &[&str]) -> Value {
    let content: Vec<Value> = pieces
        .iter()
        .map(|piece| json!({"token": piece, "logprob": 0.0, "bytes": piece.as_bytes(), "top_logprobs": []}))
        .collect();
    json!({"content": content})
}

/// What every object of one reply has in common.
struct Envelope {
    id: String,
    object: &'static str,
    created: i64,
}

impl Envelope {
    fn new(request: &Value, kind: &str, serial: u64, object: &'static str) -> Self {
        let (id, created) = match seed(request) {
            Some(seed) => (format!("{kind}-standin-seed-{seed}"), 0),
            None => (format!("{kind}-standin-{serial}"), unix_time()),
        };
        Self { id, object, created }
    }

    fn wrap(&self, suffix: &str, choices: &Value, usage: &Value) -> Value {
        json!({
            "id": self.id, "object": format!("{}{suffix}", self.object), "created": self.created, "model": MODEL,
            "system_fingerprint": super::FINGERPRINT, "choices": choices, "usage": usage,
        })
    }
}

/// Puts the choices' events in turn, one of each, as servers that compute them side by side do.
fn stream(request: &Value, envelope: &Envelope, lanes: Vec<Vec<Value>>, usage: &Value) -> Answer {
    let include_usage =
        request.pointer("/stream_options/include_usage").and_then(Value::as_bool).unwrap_or(false);
    // Completions have no suffix to their object's name.
    let suffix = if envelope.object == "chat.completion" { ".chunk" } else { "" };
    let event = |choices: Value, usage: &Value| {
        let mut event = envelope.wrap(suffix, &choices, usage);
        if let (false, Some(fields)) = (include_usage, event.as_object_mut()) {
            fields.remove("usage");
        }
        format!("data: {event}\n\n")
    };
    let mut lanes: Vec<_> = lanes.into_iter().map(Vec::into_iter).collect();
    let mut events = Vec::new();
    loop {
        let before = events.len();
        events.extend(
            lanes.iter_mut().filter_map(Iterator::next).map(|choice| event(json!([choice]), &Value::Null)),
        );
        if events.len() == before {
            break;
        }
    }
    if include_usage {
        events.push(event(json!([]), usage));
    }
    events.push("data: [DONE]\n\n".to_owned());
    Answer::Stream { content_type: "text/event-stream", events }
}

fn streams(request: &Value) -> bool {
    request.get("stream").and_then(Value::as_bool).unwrap_or(false)
}

fn wanted(request: &Value) -> usize {
    let n = request.get("n").and_then(Value::as_u64).unwrap_or(1);
    usize::try_from(n).unwrap_or(MAX_CHOICES).clamp(1, MAX_CHOICES)
}

fn finish(speech: &Speech) -> &'static str {
    if speech.arguments.is_some() { "tool_calls" } else { "stop" }
}

fn usage(prompt: &str, completion_tokens: usize) -> Value {
    let prompt_tokens = tokens(prompt).len();
    json!({
        "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    })
}

/// What the person said last. After the result of a tool the stand-in reads that result aloud, so
/// that a framework's loop ends.
pub(super) fn last_user_text(request: &Value) -> String {
    let Some(messages) = request.get("messages").and_then(Value::as_array) else { return String::new() };
    let role = |message: &Value| message.get("role").and_then(Value::as_str).unwrap_or_default().to_owned();
    let text = |message: &Value| message.get("content").map(text_of).unwrap_or_default();
    if let Some(last) = messages.last().filter(|message| role(message) == "tool") {
        return format!("say: The tool said: {}", text(last));
    }
    messages.iter().rev().find(|message| role(message) == "user").map(text).unwrap_or_default()
}
