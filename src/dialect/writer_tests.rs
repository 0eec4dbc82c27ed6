//! What the dialects write is read back by the same dialects.

use serde_json::Value;

use super::json::Limits;
use super::*;
use crate::text::{Channel, Lane};

const ID: &str = "0197f3a0-1111-7222-8333-444455556666";
const TEXT: &str = "Let's talk about \"something\" else.\n换个话题吧 😀";

fn face(template: Option<&str>) -> Face {
    Face {
        id: ID.to_owned(),
        model: "qwen".to_owned(),
        created: 1_752_000_000,
        choices: 3,
        template: template.map(|raw| raw.as_bytes().to_vec()),
    }
}

fn notice() -> Notice {
    Notice {
        id: ID.to_owned(),
        action: "deflect",
        rule: "p/r".to_owned(),
        revision: "0011223344556677".to_owned(),
    }
}

fn usage() -> Usage {
    Usage { prompt_tokens: 7, completion_tokens: 5 }
}

fn json(raw: &[u8]) -> Value {
    serde_json::from_slice(raw).unwrap()
}

fn speakers() -> impl Iterator<Item = &'static dyn Dialect> {
    all().iter().copied().filter(|dialect| dialect.streams())
}

/// What the events of a stream say, lane by lane.
fn said(dialect: &dyn Dialect, raw: &[u8]) -> Vec<(Lane, String)> {
    let document = Document::parse(raw, Limits::default()).unwrap();
    let event = dialect.read_event(&document).unwrap();
    let texts = event.deltas.into_iter().filter(|delta| !delta.text.is_empty() && delta.lane.index < 1 << 30);
    texts.map(|delta| (delta.lane, delta.text.into_owned())).collect()
}

#[test]
fn an_answer_says_its_text_once_a_choice() {
    for dialect in speakers() {
        let raw = dialect.answer(&face(None), TEXT, usage(), &notice());
        let document = Document::parse(&raw, Limits::default()).unwrap();
        let reply = dialect.read_reply(&document).unwrap();
        let texts: Vec<(u32, &str)> = reply
            .segments
            .iter()
            .filter(|segment| segment.lane.index == 0)
            .map(|segment| (segment.lane.choice, &*segment.parts[0].text))
            .collect();
        let choices = if dialect.framing() == Framing::Sse { 3 } else { 1 };
        assert_eq!(
            texts,
            (0..choices).map(|choice| (choice, TEXT)).collect::<Vec<_>>(),
            "{}",
            dialect.name()
        );
        assert_eq!(reply.usage, Some(usage()));
        let value = json(&raw);
        assert_eq!(value["qwarden"], serde_json::to_value(notice()).unwrap());
        assert_eq!(value["model"], "qwen");
    }
}

#[test]
fn answers_have_the_shape_of_their_api() {
    let answer = |name: &str| {
        let dialect = all().iter().find(|dialect| dialect.name() == name).unwrap();
        json(&dialect.answer(&Face { choices: 1, ..face(None) }, "hi", usage(), &notice()))
    };
    let chat = answer("openai.chat");
    assert_eq!(chat["id"], "chatcmpl-0197f3a0111172228333444455556666");
    assert_eq!(chat["object"], "chat.completion");
    assert_eq!(chat["created"], 1_752_000_000);
    assert_eq!(chat["choices"][0]["finish_reason"], "content_filter");
    assert_eq!(
        chat["choices"][0]["message"].to_string(),
        r#"{"role":"assistant","content":"hi","refusal":null}"#
    );
    assert_eq!(chat["usage"].to_string(), r#"{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}"#);
    let completion = answer("openai.completions");
    assert_eq!(completion["id"], "cmpl-0197f3a0111172228333444455556666");
    assert_eq!(completion["object"], "text_completion");
    assert_eq!(completion["choices"][0]["finish_reason"], "content_filter");
    let embedding = answer("openai.embeddings");
    assert_eq!(embedding["error"]["code"], "content_blocked");
    assert_eq!(embedding["error"]["message"], "hi");
    let ollama = answer("ollama.chat");
    assert_eq!(ollama["created_at"], "2025-07-08T18:40:00Z");
    assert_eq!(ollama["message"].to_string(), r#"{"role":"assistant","content":"hi"}"#);
    assert_eq!(
        (&ollama["done"], &ollama["done_reason"]),
        (&Value::Bool(true), &Value::from("content_filter"))
    );
    assert_eq!((&ollama["prompt_eval_count"], &ollama["eval_count"]), (&Value::from(7), &Value::from(5)));
    assert_eq!(answer("ollama.generate")["response"], "hi");
}

#[test]
fn a_delta_is_read_back_in_its_own_lane() {
    let lane = |channel, index| Lane { choice: 2, channel, index };
    let chat = all()[0];
    let lanes = [
        lane(Channel::Content, 0),
        lane(Channel::Content, 1),
        lane(Channel::Reasoning, 0),
        lane(Channel::Reasoning, 1),
        lane(Channel::Reasoning, 2),
        lane(Channel::ToolCall, 0),
        lane(Channel::ToolCall, 1),
        lane(Channel::ToolCall, 6),
        lane(Channel::ToolCall, 7),
        lane(Channel::ToolCall, 1_000_000),
        lane(Channel::ToolCall, 1_000_001),
    ];
    for lane in lanes {
        let raw = chat.delta(&face(None), lane, TEXT, false);
        assert_eq!(said(chat, &raw), [(lane, TEXT.to_owned())]);
        assert_eq!(json(&raw)["choices"][0]["delta"].get("role"), None);
    }
    let raw = chat.delta(&face(None), lanes[0], TEXT, true);
    assert_eq!(json(&raw)["choices"][0]["delta"]["role"], "assistant");
    for dialect in speakers() {
        let lane = Lane { choice: 0, channel: Channel::Content, index: 0 };
        assert_eq!(said(dialect, &dialect.delta(&face(None), lane, TEXT, false)), [(lane, TEXT.to_owned())]);
    }
    for dialect in &all()[3..] {
        let lane = Lane { choice: 0, channel: Channel::Reasoning, index: 2 };
        assert_eq!(said(*dialect, &dialect.delta(&face(None), lane, TEXT, false)), [(lane, TEXT.to_owned())]);
    }
}

#[test]
fn a_member_that_is_not_known_is_found_in_the_template() {
    let template = r#"{"id":"x","choices":[{"index":0,"delta":{"x_text":"before"}}]}"#;
    let document = Document::parse(template.as_bytes(), Limits::default()).unwrap();
    let lane = all()[0].read_event(&document).unwrap().deltas[0].lane;
    let delta = |template| {
        json(&all()[0].delta(&face(template), lane, "after", false))["choices"][0]["delta"].clone()
    };
    assert_eq!(delta(Some(template)).to_string(), r#"{"x_text":"after"}"#);
    assert_eq!(delta(None).to_string(), "{}");
}

#[test]
fn a_closing_ends_its_choice_and_says_nothing() {
    for dialect in speakers() {
        let raw = dialect.closing(&face(None), 0, usage(), &notice());
        let document = Document::parse(&raw, Limits::default()).unwrap();
        let event = dialect.read_event(&document).unwrap();
        assert_eq!(event.finished, [0], "{}", dialect.name());
        assert!(said(dialect, &raw).is_empty() && event.carries_more && !event.error);
        assert!(json(&raw)["qwarden"].is_object());
    }
}

#[test]
fn events_take_over_who_the_backend_is() {
    let template = r#"{"id":"chatcmpl-backend","object":"chat.completion.chunk","created":5,"model":"Qwen/Qwen3",
        "system_fingerprint":"fp","service_tier":null,"x_fact":3,"x_flag":true,"x_text":"held back","x_list":["held back"],
        "choices":[{"index":0,"delta":{"content":"held back"}}],"usage":{"prompt_tokens":1},"timings":{"n":1}}"#;
    let face = face(Some(template));
    let chat = all()[0];
    let lane = Lane { choice: 0, channel: Channel::Content, index: 0 };
    let delta = json(&chat.delta(&face, lane, "x", false));
    let names: Vec<&String> = delta.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["id", "object", "created", "model", "system_fingerprint", "x_fact", "x_flag", "choices"]
    );
    assert_eq!((&delta["id"], &delta["created"]), (&Value::from("chatcmpl-backend"), &Value::from(5)));
    let usage = json(&chat.usage(&face, usage(), Some(&notice())).unwrap());
    assert_eq!(usage["choices"], Value::Array(vec![]));
    assert_eq!(usage["usage"]["total_tokens"], 12);
    assert_eq!(usage["id"], "chatcmpl-backend");
    let answer = chat.answer(&face, "x", Usage::default(), &notice());
    assert_eq!(json(&answer)["object"], "chat.completion");
    for raw in [answer, chat.closing(&face, 0, Usage::default(), &notice())] {
        assert!(!String::from_utf8(raw).unwrap().contains("held back"));
    }
    let ollama = all()[3];
    let template = r#"{"model":"qwen3:4b","created_at":"2025-07-07T20:22:19.184789Z","message":{"content":"held"},"done":false}"#;
    let delta = json(&ollama.delta(&self::face(Some(template)), lane, "x", true));
    assert_eq!(
        (&delta["model"], &delta["created_at"]),
        (&"qwen3:4b".into(), &"2025-07-07T20:22:19.184789Z".into())
    );
}

#[test]
fn a_broken_template_is_no_template() {
    for template in ["", "[1]", "not json", r#"{"id":5,"model":["x"],"created":"x"}"#] {
        for dialect in speakers() {
            let raw = dialect.closing(&face(Some(template)), 0, usage(), &notice());
            assert_eq!(json(&raw)["model"], "qwen", "{template}");
        }
    }
}

#[test]
fn errors_are_read_back_as_errors() {
    for dialect in all() {
        for status in [400, 401, 403, 404, 429, 500, 502, 504] {
            let raw = dialect.error(status, "content_blocked", TEXT);
            let document = Document::parse(&raw, Limits::default()).unwrap();
            let reply = dialect.read_reply(&document).unwrap();
            assert_eq!(reply.segments.len(), 1);
            assert_eq!(reply.segments[0].parts[0].text, TEXT);
            assert!(String::from_utf8(raw).unwrap().contains(r#""code":"content_blocked""#));
        }
    }
    assert_eq!(
        json(&all()[0].error(400, "c", "m")).to_string(),
        r#"{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"c"}}"#
    );
    assert_eq!(json(&all()[3].error(400, "c", "m")).to_string(), r#"{"error":"m","code":"c"}"#);
}
