//! Streams through the whole stack: what a client reads of one is what it reads of a whole reply.
//!
//! The same texts are sent twice by the backend, as a whole reply and as a stream that is cut into
//! random tokens and random packets. The many cases without a network are in `rewrite::stream`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

use super::backend::{JSON, NDJSON, SSE, Step, chunk, last_chunk, response, stream, stream_head};
use super::client::{Reply, chat, post};
use super::harness::{Harness, ending};

const CHAT: &str = "/v1/chat/completions";

/// Texts by the place where they stand, such as `0.content`.
type Texts = BTreeMap<String, String>;

/// Reads a reply of either form as a client does.
fn read(reply: &Reply) -> Texts {
    let mut texts = Texts::new();
    let mut add = |place: String, text: &Value| {
        if let Some(text) = text.as_str().filter(|text| !text.is_empty()) {
            texts.entry(place).or_default().push_str(text);
        }
    };
    for event in reply.payloads() {
        for choice in event["choices"].as_array().into_iter().flatten() {
            let (index, message) = (&choice["index"], &choice["delta"]);
            let message = if message.is_null() { &choice["message"] } else { message };
            for name in ["content", "reasoning_content"] {
                add(format!("{index}.{name}"), &message[name]);
            }
            for (position, call) in message["tool_calls"].as_array().into_iter().flatten().enumerate() {
                let number = call["index"].as_u64().unwrap_or(position as u64);
                add(format!("{index}.call{number}"), &call["function"]["arguments"]);
            }
        }
        for name in ["content", "thinking"] {
            add(format!("0.{name}"), &event["message"][name]);
        }
    }
    texts
}

/// The object that says what the gateway did, from wherever it stands.
fn notices(reply: &Reply) -> Vec<Value> {
    reply
        .payloads()
        .iter()
        .filter(|event| !event["qwarden"].is_null())
        .map(|event| event["qwarden"].clone())
        .collect()
}

fn text() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "swordfish",
        "Swordfish!",
        "sword dance",
        "sword",
        " fish",
        "s",
        "芝麻开门",
        "芝麻",
        "开门",
        "bluebird",
        "blue",
        "bird",
        "green tea",
        " ",
        ", ",
        "\n",
        "\"",
        "\\",
        "{",
        "}",
        "café",
        "e\u{301}",
        "👍🏽",
        "\u{200b}",
        "ｓｗｏｒｄｆｉｓｈ",
        "0",
    ];
    prop::collection::vec(select(PIECES), 0..10).prop_map(|pieces| pieces.concat())
}

/// Cuts a text at character boundaries.
fn tokens(text: &str, cuts: &[Index]) -> Vec<String> {
    let mut places: Vec<usize> = cuts
        .iter()
        .map(|index| index.index(text.len() + 1))
        .filter(|at| text.is_char_boundary(*at))
        .collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| text[pair[0]..pair[1]].to_owned())
        .filter(|token| !token.is_empty())
        .collect()
}

fn packets<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|index| index.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

/// What the backend says to a request for a whole reply, and for a stream.
type Scripts = Arc<Mutex<[Vec<Step>; 2]>>;

struct Stage {
    runtime: tokio::runtime::Runtime,
    gateway: Mutex<Harness>,
    scripts: Scripts,
}

impl Stage {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let scripts = Scripts::default();
        let played = scripts.clone();
        let gateway = runtime.block_on(Harness::new(move |seen| {
            let asked: Value = serde_json::from_slice(&seen.body).unwrap();
            played.lock().unwrap()[usize::from(asked["stream"] == true)].clone()
        }));
        Self { runtime, gateway: Mutex::new(gateway), scripts }
    }

    /// Asks for the whole reply and for the stream; gives both with the actions in their records.
    fn ask(&self, path: &str, whole: Vec<Step>, streamed: Vec<Step>) -> [(Reply, String); 2] {
        *self.scripts.lock().unwrap() = [whole, streamed];
        let mut gateway = self.gateway.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.runtime.block_on(async {
            let mut replies = Vec::new();
            for stream in [false, true] {
                let mut body: Value = serde_json::from_slice(&chat("hello", stream)).unwrap();
                body["n"] = 2.into();
                let reply = gateway.ask(&post(path, body.to_string().as_bytes())).await;
                assert!(reply.whole && reply.status == 200, "{}", reply.text());
                let record = gateway.record().await;
                assert_eq!(ending(&record), "200 complete -", "{}", reply.text());
                let mut spans: Vec<String> = record
                    .findings
                    .iter()
                    .map(|finding| {
                        format!(
                            "{}/{} {:?} {:?}",
                            finding.policy, finding.rule, finding.channel, finding.spans
                        )
                    })
                    .collect();
                spans.sort_unstable();
                replies.push((reply, format!("{} {:?} {spans:?}", record.action.as_str(), record.rule)));
            }
            replies.try_into().unwrap()
        })
    }

    fn finish(self) {
        let gateway = self.gateway.into_inner().unwrap();
        self.runtime.block_on(gateway.finish());
    }
}

/// Runs a property for some cases; the sockets make each slow.
fn run<S: Strategy>(strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: 48, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    TestRunner::new(config).run(&strategy, test).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_streamed_reply_reads_as_the_whole_one() {
    let stage = Stage::new();
    let places = ["0.content", "0.reasoning_content", "0.call0", "1.content"];
    let texts = prop::collection::vec(text(), places.len());
    let cuts = || prop::collection::vec(any::<Index>(), 0..12);
    let strategy = (
        texts,
        prop::collection::vec(cuts(), places.len()),
        prop::collection::vec(any::<Index>(), 0..20),
        cuts(),
    );
    run(strategy, |(texts, cuts, order, network)| {
        // Arguments are JSON text, in which a quote would have to be spelled otherwise.
        let said: Vec<(&str, &String)> = places.into_iter().zip(&texts).collect();
        let of = |place: &str| &said.iter().find(|(known, _)| *known == place).unwrap().1;
        let call =
            json!([{"id": "t", "type": "function", "function": {"name": "f", "arguments": of("0.call0")}}]);
        let whole = json!({"id": "c1", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": of("0.content"), "reasoning_content": of("0.reasoning_content"), "tool_calls": call}},
            {"index": 1, "finish_reason": "stop", "message": {"role": "assistant", "content": of("1.content")}},
        ]});
        let mut rest: Vec<(&str, std::collections::VecDeque<String>)> =
            said.iter().zip(&cuts).map(|((place, text), cuts)| (*place, tokens(text, cuts).into())).collect();
        let mut bytes = String::new();
        let mut turn = 0;
        loop {
            let open: Vec<usize> = (0..rest.len()).filter(|at| !rest[*at].1.is_empty()).collect();
            if open.is_empty() {
                break;
            }
            let at = open[order.get(turn).map_or(turn % open.len(), |index| index.index(open.len()))];
            turn += 1;
            let (place, tokens) = &mut rest[at];
            let token = tokens.pop_front().unwrap();
            let (choice, member) = place.split_once('.').unwrap();
            let delta = match member {
                "call0" => json!({"tool_calls": [{"index": 0, "function": {"arguments": token}}]}),
                member => json!({member: token}),
            };
            let choice: u64 = choice.parse().unwrap();
            bytes.push_str(&format!(
                "data: {}\n\n",
                json!({"id": "c1", "choices": [{"index": choice, "delta": delta}]})
            ));
        }
        for choice in [0, 1] {
            let end =
                json!({"id": "c1", "choices": [{"index": choice, "delta": {}, "finish_reason": "stop"}]});
            bytes.push_str(&format!("data: {end}\n\n"));
        }
        bytes.push_str("data: [DONE]\n\n");
        let streamed = stream(SSE, packets(bytes.as_bytes(), &network));
        let [(whole, of_whole), (streamed, of_stream)] =
            stage.ask(CHAT, response(200, JSON, whole.to_string().as_bytes()), streamed);
        prop_assert_eq!(read(&whole), read(&streamed), "{}", streamed.text());
        prop_assert_eq!(&of_whole, &of_stream);
        let changed = of_whole.starts_with("redact");
        prop_assert_eq!(notices(&whole).len(), usize::from(changed));
        // Both choices end; the last chunk of each says what was done.
        prop_assert_eq!(notices(&streamed).is_empty(), !changed, "{}", streamed.text());
        for (one, two) in notices(&whole).iter().zip(notices(&streamed).last()) {
            prop_assert_eq!((&one["action"], &one["rule"]), (&two["action"], &two["rule"]));
        }
        Ok(())
    });
    stage.finish();
}

#[test]
fn streamed_lines_read_as_the_whole_reply() {
    let stage = Stage::new();
    let cuts = || prop::collection::vec(any::<Index>(), 0..12);
    run((text(), text(), cuts(), cuts(), cuts()), |(thinking, content, first, second, network)| {
        let whole = json!({"model": "qwen", "message": {"role": "assistant", "content": content, "thinking": thinking}, "done": true, "eval_count": 3});
        let mut lines = String::new();
        let line =
            |message: Value| format!("{}\n", json!({"model": "qwen", "message": message, "done": false}));
        for token in tokens(&thinking, &first) {
            lines.push_str(&line(json!({"role": "assistant", "content": "", "thinking": token})));
        }
        for token in tokens(&content, &second) {
            lines.push_str(&line(json!({"role": "assistant", "content": token})));
        }
        lines.push_str(&format!("{}\n", json!({"model": "qwen", "message": {"role": "assistant", "content": ""}, "done": true, "eval_count": 3})));
        let streamed = stream(NDJSON, packets(lines.as_bytes(), &network));
        let [(whole, of_whole), (streamed, of_stream)] =
            stage.ask("/api/chat", response(200, JSON, whole.to_string().as_bytes()), streamed);
        prop_assert_eq!(read(&whole), read(&streamed), "{}", streamed.text());
        prop_assert_eq!(&of_whole, &of_stream);
        prop_assert_eq!(notices(&whole).len(), notices(&streamed).len());
        Ok(())
    });
    stage.finish();
}

fn event(choice: u32, text: &str) -> Step {
    chunk(
        format!(
            "data: {}\n\n",
            json!({"id": "c1", "choices": [{"index": choice, "delta": {"content": text}}]})
        )
        .as_bytes(),
    )
}

#[tokio::test]
async fn a_cut_ends_the_call_and_says_so_in_its_last_chunk() {
    let mut gateway = Harness::new(|_| {
        vec![
            stream_head(SSE),
            event(0, "I saw a "),
            event(0, "purple "),
            event(0, "elephant, and"),
            Step::AwaitHangup,
        ]
    })
    .await;
    let mut body: Value = serde_json::from_slice(&chat("hello", true)).unwrap();
    body["stream_options"] = json!({"include_usage": true});
    let reply = gateway.ask(&post(CHAT, body.to_string().as_bytes())).await;
    gateway.backend.hangups(1).await;
    assert!(reply.whole && reply.text().ends_with("data: [DONE]\n\n"), "{}", reply.text());
    assert_eq!(read(&reply)["0.content"], "I saw a \n\nLet us talk about something else.");
    assert!(!reply.text().contains("purple") && !reply.text().contains("elephant"));
    let events = reply.payloads();
    let ends: Vec<&Value> =
        events.iter().filter(|event| event["choices"][0]["finish_reason"].is_string()).collect();
    let [end] = ends.as_slice() else { panic!("{}", reply.text()) };
    assert_eq!(end["choices"][0]["finish_reason"], "content_filter");
    assert!(events.last().unwrap()["usage"].is_object(), "the usage that was asked for comes last");
    let record = gateway.record().await;
    let notice = &end["qwarden"];
    assert_eq!(notice["id"], record.id.as_str());
    assert_eq!((&notice["action"], &notice["rule"]), (&"deflect".into(), &"zoo/deflected".into()));
    assert_eq!(notice["revision"], &*record.revision);
    assert_eq!(ending(&record), "200 cut_by_policy -");
    assert_eq!(record.reply.as_deref(), Some("I saw a \n\nLet us talk about something else."));
    gateway.finish().await;
}

#[tokio::test]
async fn text_leaves_the_moment_nothing_can_match_it_any_more() {
    // Each token is released by the client's having read the one before, so that a gateway which
    // waits for more than it must would never be sent it.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let setup =
        super::harness::Setup { upstream: Some(listener.local_addr().unwrap()), ..Default::default() };
    let mut gateway = Harness::with(setup, |_| Vec::new()).await;
    let mut client = gateway.connect().await;
    client.send(&post(CHAT, &chat("hello", true))).await;
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut write = async |step: Step| {
        let Step::Send(bytes) = step else { unreachable!() };
        tokio::io::AsyncWriteExt::write_all(&mut socket, &bytes).await.unwrap();
    };
    write(stream_head(SSE)).await;
    // What is sent, and what the client must come to read of it before anything else is sent.
    for (token, read) in [
        ("Hello", "\"Hello\""),
        (" there, sw", "\" there, \""),
        ("eet", "\"sweet\""),
        (" a sword", "\" a \""),
        ("fish", ""),
        ("! one", "[redacted]! one"),
        (" blue", "\" \""),
        ("berry", "\"blueberry\""),
    ] {
        write(event(0, token)).await;
        client.until(read).await;
    }
    write(chunk(b"data: [DONE]\n\n")).await;
    write(last_chunk()).await;
    let reply = client.reply().await;
    assert_eq!(read(&reply)["0.content"], "Hello there, sweet a [redacted]! one blueberry");
    assert_eq!(ending(&gateway.record().await), "200 complete -");
    gateway.finish().await;
}
