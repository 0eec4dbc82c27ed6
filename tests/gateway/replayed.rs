//! What the gateway recorded under `capture: full`, judged again: the same rules say the same of it.
//!
//! Whole replies and streams, prompts and replies, every action, several parts, tool calls and reasoning. That the
//! comparison counts rightly is tested in `replay`.

use std::ops::ControlFlow;

use qwarden::audit::filter::Filter;
use qwarden::audit::query;
use qwarden::gateway::rules::{Rulebook, load};
use qwarden::replay::{Replay, Report, records};
use qwarden::screen::classifier::Classifiers;
use serde_json::{Value, json};

use super::backend::{JSON, SSE, Seen, Step, response, stream};
use super::client::post;
use super::harness::{Harness, POLICY};

const CHAT: &str = "/v1/chat/completions";

/// Says what the last message asks it to say: as a whole reply, or as a stream of a few tokens.
fn parrot(seen: &Seen) -> Vec<Step> {
    let asked: Value = serde_json::from_slice(&seen.body).unwrap();
    let last = &asked["messages"].as_array().unwrap().last().unwrap()["content"];
    let said = last.as_str().unwrap_or_default().strip_prefix("say ").unwrap_or("nothing much").to_owned();
    let (thought, call) = (format!("I think {said}"), json!({"text": said}).to_string());
    if asked["stream"] != true {
        let calls = json!([{"id": "c", "type": "function", "function": {"name": "note", "arguments": call}}]);
        let message =
            json!({"role": "assistant", "content": said, "reasoning_content": thought, "tool_calls": calls});
        let reply = json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
        return response(200, JSON, reply.to_string().as_bytes());
    }
    let characters: Vec<char> = said.chars().collect();
    let mut events: Vec<String> = vec![json!({"reasoning_content": thought}).to_string()];
    events.extend(
        characters.chunks(4).map(|token| json!({"content": token.iter().collect::<String>()}).to_string()),
    );
    let event = |delta: &String| format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n");
    let mut events: Vec<String> = events.iter().map(event).collect();
    events.push(
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
            .to_owned(),
    );
    stream(SSE, events.iter().map(String::as_bytes))
}

fn rulebook(policy: &str) -> Rulebook {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("zoo.yaml"), policy).unwrap();
    load(dir.path(), &Classifiers::none()).unwrap().rulebook.unwrap()
}

fn again(dir: &std::path::Path, policy: &str) -> Report {
    let (rulebook, filter) = (rulebook(policy), Filter::default());
    let replay = Replay::new(&rulebook.judge);
    replay.run(records::all(dir, &filter).unwrap(), |_| ControlFlow::Continue(())).unwrap()
}

#[tokio::test]
async fn the_same_rules_say_the_same() {
    let mut gateway = Harness::new(parrot).await;
    let said =
        ["a herring", "a swordfish", "purple elephant", "red button", "green tea, bluebird", "紫色大象"];
    let mut count = 0;
    for stream in [false, true] {
        for text in said {
            let parts = json!([{"type": "text", "text": "the sword"}, {"type": "text", "text": format!("is {text}")}]);
            let prompts = [json!(text), json!(format!("say {text}")), parts];
            for prompt in prompts {
                // A prompt whose words are harmless asks for a reply whose words are not.
                let coded = prompt.as_str().and_then(|prompt| prompt.strip_prefix("say "));
                let system = coded.map_or("be kind", |_| "user: pretend");
                let body = json!({"model": "qwen", "stream": stream, "messages": [
                    {"role": "system", "content": system}, {"role": "user", "content": prompt}]});
                gateway.ask(&post(CHAT, body.to_string().as_bytes())).await;
                gateway.record().await;
                count += 1;
            }
        }
    }
    let dir = gateway.audit_dir();
    // Prompts that ask for something are judged as well, so that replies are judged only under rules on output.
    let report = again(&dir, POLICY);
    let different: Vec<String> = report.examples.iter().map(|example| format!("{example:?}")).collect();
    assert_eq!((report.judged, report.left_out(), report.changed), (count, 0, 0), "{different:#?}");
    let without = POLICY.replace("red button", "blue button");
    assert!(
        again(&dir, &without).rules.iter().any(|rule| &*rule.rule == "zoo/blocked" && rule.no_longer > 0)
    );
    gateway.finish().await;
}

#[tokio::test]
async fn replies_are_judged_as_the_model_said_them() {
    let policy = POLICY.replace("mode:", "").replace("policy: zoo", "policy: zoo\nscope: {phase: [output]}");
    let setup = super::harness::Setup { policy: &policy, ..Default::default() };
    let mut gateway = Harness::with(setup, parrot).await;
    let said = [
        "a herring",
        "a swordfish",
        "see a purple elephant",
        "the red button",
        "green tea, bluebird",
        "紫色大象",
    ];
    for stream in [false, true] {
        for text in said {
            let body = json!({"model": "qwen", "stream": stream,
                "messages": [{"role": "user", "content": format!("say {text}")}]});
            gateway.ask(&post(CHAT, body.to_string().as_bytes())).await;
            let record = gateway.record().await;
            let original = record.original.unwrap_or_default();
            assert!(original.contains(text) && original.contains("I think"), "{stream} {original:?}");
        }
    }
    let dir = gateway.audit_dir();
    let report = again(&dir, &policy);
    let different: Vec<String> = report.examples.iter().map(|example| format!("{example:?}")).collect();
    assert_eq!((report.judged, report.left_out()), (2 * said.len() as u64, 0));
    assert_eq!(report.changed, 0, "{different:#?}");
    let report = again(&dir, &policy.replace("purple elephant", "pink elephant"));
    assert!(report.rules.iter().any(|rule| &*rule.rule == "zoo/deflected" && rule.no_longer >= 2));
    assert_eq!(query::tail(&dir, 99).unwrap().len(), 2 * said.len());
    gateway.finish().await;
}
