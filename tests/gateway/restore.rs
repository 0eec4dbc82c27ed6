//! What is cut out of a prompt and comes back in the reply: the backend never sees it, the client does.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

use super::backend::{JSON, NDJSON, SSE, Seen, Step, response, stream};
use super::client::{Reply, post};
use super::harness::{Harness, Setup};

const POLICY: &str = r#"
policy: pii
rules:
  - id: address
    when: {entities: [email]}
    action: redact
    restore: true
  - id: code-name
    when: {keywords: [bluebird, "Ann \"A\" Bo"]}
    severity: low
    action: redact
    restore: true
  - id: gone
    when: {keywords: [swordfish]}
    action: redact
    with: "[gone]"
  - id: stop
    when: {keywords: [self destruct]}
    action: deflect
    reply: stopped
replies:
  stopped: "Stopped."
"#;

const ANN: &str = "ann@shop.example";
const BOB: &str = "bob@shop.example";

async fn gateway(script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Harness {
    Harness::with(Setup { policy: POLICY, ..Setup::default() }, script).await
}

/// What the backend read, with nothing of the originals in it.
fn read(gateway: &Harness) -> Value {
    let seen = gateway.backend.seen().pop().expect("a request");
    let text = String::from_utf8(seen.body).unwrap();
    for original in [ANN, BOB, "ann@", "bluebird", "swordfish"] {
        assert!(!text.contains(original), "{original} in {text}");
    }
    serde_json::from_str(&text).unwrap()
}

async fn ask(gateway: &mut Harness, path: &str, body: &Value) -> Reply {
    let reply = gateway.ask(&post(path, body.to_string().as_bytes())).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.whole);
    assert_eq!(reply.header("x-qwarden-action"), Some("redact"));
    reply
}

fn messages(texts: &[&str]) -> Value {
    let all: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| json!({"role": if at % 2 == 0 { "user" } else { "assistant" }, "content": text}))
        .collect();
    Value::from(all)
}

#[tokio::test]
async fn the_same_text_has_the_same_placeholder_in_the_whole_conversation() {
    let reply = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": "Ask [email_2], [EMAIL_4] or [CODE_NAME_1]."}, "finish_reason": "stop"}]}).to_string();
    let mut gateway = gateway(move |_| response(200, JSON, reply.as_bytes())).await;
    let first = format!("Who is {ANN}? Not [EMAIL_3].");
    let second = format!("{ANN} works with {BOB}.");
    let third = format!("And swordfish, {BOB} of bluebird, carl@shop.example?");
    let mut body = json!({"model": "qwen", "messages": messages(&[&first, &second, &third])});
    // What an assistant said before stands in the arguments of its tools, too.
    body["messages"][1]["tool_calls"] = json!([{
        "id": "c", "type": "function",
        "function": {"name": "mail", "arguments": json!({"to": BOB}).to_string().replace('@', "\\u0040")},
    }]);
    let told = ask(&mut gateway, "/v1/chat/completions", &body).await;
    let seen = read(&gateway);
    let texts: Vec<&str> =
        seen["messages"].as_array().unwrap().iter().map(|one| one["content"].as_str().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "Who is [EMAIL_1]? Not [EMAIL_3].",
            "[EMAIL_1] works with [EMAIL_2].",
            "And [gone], [EMAIL_2] of [CODE_NAME_1], [EMAIL_4]?",
        ]
    );
    assert_eq!(seen["messages"][1]["tool_calls"][0]["function"]["arguments"], r#"{"to":"[EMAIL_2]"}"#);
    let content = &told.json()["choices"][0]["message"]["content"];
    assert_eq!(content, &format!("Ask {BOB}, carl@shop.example or bluebird."));
    // The record of the reply has the placeholders.
    let record = gateway.record().await;
    let excerpt = serde_json::to_value(&record).unwrap()["reply"].to_string();
    assert!(excerpt.contains("[email_2]") && !excerpt.contains(BOB), "{excerpt}");
    gateway.finish().await;
}

/// A stream in which a text comes in pieces of so many bytes.
fn events(text: &str, size: usize, event: impl Fn(&str) -> String) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(size).map(|piece| event(&piece.iter().collect::<String>())).collect()
}

#[tokio::test]
async fn streams_are_restored_however_they_are_cut() {
    let says = r"Write to [EMAIL_1], \[email\_1\] or [Email_2]; [EMAIL_10] [EMAIL";
    let expected = format!("Write to {ANN}, {ANN} or {BOB}; [EMAIL_10] [EMAIL");
    for size in [1, 2, 3, 7, 200] {
        let chat = events(says, size, |piece| {
            format!(
                "data: {}\n\n",
                json!({"choices": [{"index": 0, "delta": {"content": piece, "reasoning_content": piece}}]})
            )
        }) + &events(r#"{"to": "[EMAIL_1]", "name": "[CODE_NAME_1]"}"#, size, |piece| {
            let call = json!([{"index": 0, "function": {"arguments": piece}}]);
            format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": {"tool_calls": call}}]}))
        }) + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        let lines = events(says, size, |piece| {
            format!(
                "{}\n",
                json!({"model": "m", "message": {"role": "assistant", "content": piece, "thinking": piece}, "done": false})
            )
        }) + "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"mail\",\"arguments\":{\"to\":\"[EMAIL_1]\"}}}]},\"done\":false}\n{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n";
        let mut gateway = gateway(move |seen| {
            if seen.head.contains("/api/chat") {
                stream(NDJSON, lines.as_bytes().chunks(size * 11))
            } else {
                stream(SSE, chat.as_bytes().chunks(size * 11))
            }
        })
        .await;
        let prompt = format!("{ANN} {BOB} Ann \"A\" Bo");
        let body = json!({"model": "qwen", "stream": true, "messages": messages(&[&prompt])});
        let told = ask(&mut gateway, "/v1/chat/completions", &body).await;
        assert_eq!(read(&gateway)["messages"][0]["content"], "[EMAIL_1] [EMAIL_2] [CODE_NAME_1]");
        let text = |pointer: &str| -> String {
            told.payloads()
                .iter()
                .filter_map(|event| event.pointer(pointer)?.as_str().map(str::to_owned))
                .collect()
        };
        assert_eq!(text("/choices/0/delta/content"), expected);
        assert_eq!(text("/choices/0/delta/reasoning_content"), expected);
        let arguments = text("/choices/0/delta/tool_calls/0/function/arguments");
        let arguments: Value = serde_json::from_str(&arguments).unwrap();
        assert_eq!(arguments, json!({"to": ANN, "name": "Ann \"A\" Bo"}));
        assert!(told.text().ends_with("data: [DONE]\n\n"));
        let told = ask(&mut gateway, "/api/chat", &body).await;
        let text = |pointer: &str| -> String {
            told.payloads()
                .iter()
                .filter_map(|event| event.pointer(pointer)?.as_str().map(str::to_owned))
                .collect()
        };
        assert_eq!(
            (text("/message/content"), text("/message/thinking")),
            (expected.clone(), expected.clone())
        );
        assert_eq!(text("/message/tool_calls/0/function/arguments/to"), ANN);
        for _ in 0..2 {
            let record = serde_json::to_value(gateway.record().await).unwrap();
            let reply = record["reply"].to_string();
            assert!(reply.contains("[EMAIL_1]") && !reply.contains(ANN), "{reply}");
        }
        gateway.finish().await;
    }
}

#[tokio::test]
async fn a_cut_stream_gives_back_what_was_said_before() {
    let said = ["to [EMAIL", "_1], [EMA", "IL_2 self", " destruct now"];
    let chat: String = said
        .iter()
        .map(|piece| format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": {"content": piece}}]})))
        .collect();
    let mut gateway = gateway(move |_| stream(SSE, [chat.as_bytes()])).await;
    let body = json!({"model": "qwen", "stream": true, "messages": messages(&[&format!("{ANN} {BOB}")])});
    let told = ask(&mut gateway, "/v1/chat/completions", &body).await;
    let content: String = told
        .payloads()
        .iter()
        .filter_map(|event| event.pointer("/choices/0/delta/content")?.as_str().map(str::to_owned))
        .collect();
    assert_eq!(content, format!("to {ANN}, [EMAIL_2 \n\nStopped."));
    assert_eq!(gateway.ending().await, "200 cut_by_policy -");
    gateway.finish().await;
}

#[tokio::test]
async fn a_compressed_reply_is_restored_or_passes_as_it_came() {
    let gzip = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    for (says, told) in [("to [EMAIL_1]", format!("to {ANN}")), ("to [EMAIL_2]", "to [EMAIL_2]".to_owned())] {
        let reply = json!({"choices": [{"index": 0, "message": {"content": says}}]}).to_string();
        let body = gzip(&reply);
        let sent = body.clone();
        let mut gateway = gateway(move |_| {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {JSON}\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", sent.len());
            vec![Step::Send([head.as_bytes(), &sent].concat())]
        })
        .await;
        let request = json!({"model": "qwen", "messages": messages(&[ANN])});
        let got = ask(&mut gateway, "/v1/chat/completions", &request).await;
        if says == told {
            assert_eq!((got.header("content-encoding"), &got.body), (Some("gzip"), &body));
        } else {
            assert_eq!(got.header("content-encoding"), None);
            assert_eq!(got.json()["choices"][0]["message"]["content"], told);
        }
        gateway.record().await;
        gateway.finish().await;
    }
}

#[tokio::test]
async fn embeddings_get_placeholders_and_nothing_comes_back() {
    let reply = r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1]}],"model":"[EMAIL_1]"}"#;
    let mut gateway = gateway(move |_| response(200, JSON, reply.as_bytes())).await;
    let told = ask(&mut gateway, "/v1/embeddings", &json!({"model": "qwen", "input": [ANN, BOB]})).await;
    assert_eq!(read(&gateway)["input"], json!(["[EMAIL_1]", "[EMAIL_2]"]));
    assert_eq!(told.text(), reply);
    gateway.record().await;
    gateway.finish().await;
}

#[tokio::test]
async fn the_next_exchange_knows_nothing_of_it() {
    let reply = json!({"choices": [{"index": 0, "message": {"content": "[EMAIL_1]"}}]}).to_string();
    let mut gateway = gateway(move |_| response(200, JSON, reply.as_bytes())).await;
    let content = |reply: Reply| reply.json()["choices"][0]["message"]["content"].clone();
    let body = |text: &str| json!({"model": "qwen", "messages": messages(&[text])});
    assert_eq!(content(ask(&mut gateway, "/v1/chat/completions", &body(ANN)).await), ANN);
    assert_eq!(content(ask(&mut gateway, "/v1/chat/completions", &body(BOB)).await), BOB);
    let reply = gateway.ask(&post("/v1/chat/completions", body("hello").to_string().as_bytes())).await;
    assert_eq!(content(reply), "[EMAIL_1]");
    for _ in 0..3 {
        gateway.record().await;
    }
    gateway.finish().await;
}
