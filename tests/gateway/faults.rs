//! What goes wrong on either side ends in bounded time, with what the client was told in the record.

use std::io::Write;

use super::backend::{self, JSON, NDJSON, SSE, Step, chunk, last_chunk, response, stream, stream_head};
use super::client::{chat, post, request};
use super::harness::{Harness, Setup};

const CHAT: &str = "/v1/chat/completions";

/// Time-outs that a test can wait for.
const HASTY: &str =
    "timeouts: {connect_ms: 2000, first_byte_ms: 300, idle_ms: 300, request_body_ms: 300, drain_ms: 300}";

fn event(text: &str) -> Vec<u8> {
    let delta = serde_json::json!({"id": "c1", "choices": [{"index": 0, "delta": {"content": text}}]});
    format!("data: {delta}\n\n").into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A whole reply with a coding.
fn coded(coding: &str, content_type: &str, body: &[u8]) -> Vec<Step> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    vec![Step::Send([head.as_bytes(), body].concat())]
}

fn send(text: &str) -> Step {
    Step::Send(text.as_bytes().to_vec())
}

/// A fault of the backend before its reply is whole: the client gets an error instead.
async fn whole(name: &str, steps: Vec<Step>, status: u16, code: &str, ended: &str) {
    let awaits = steps.iter().any(|step| matches!(step, Step::AwaitHangup | Step::Flood(..)));
    let config = format!("{HASTY}\nlimits: {{reply_bytes: 1000000, frame_bytes: 65536}}");
    let setup = Setup { config: &config, ..Setup::default() };
    let mut gateway = Harness::with(setup, move |_| steps.clone()).await;
    // Whether a stream was asked for makes no difference as long as none came.
    for stream in [false, true] {
        let reply = gateway.ask(&post(CHAT, &chat("hello", stream))).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{name}: {}", reply.text());
        assert!(reply.whole, "{name}");
        assert_eq!(gateway.ending().await, format!("{status} {ended} {code}"), "{name}");
    }
    if awaits {
        gateway.backend.hangups(2).await;
    }
    gateway.finish().await;
}

#[tokio::test]
async fn a_backend_that_fails_before_its_reply_is_whole() {
    let ok = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    whole("closes", vec![Step::Close], 502, "upstream_error", "upstream_error").await;
    whole("resets", vec![Step::Reset], 502, "upstream_error", "upstream_error").await;
    whole("closes in the head", vec![send(ok), Step::Close], 502, "upstream_error", "upstream_error").await;
    whole("no HTTP", vec![send("SSH-2.0-x\r\n\r\n"), Step::Close], 502, "upstream_error", "upstream_error")
        .await;
    whole("silent", vec![Step::AwaitHangup], 504, "upstream_timeout", "upstream_timeout").await;
    let cut = || send(&format!("{ok}content-length: 100\r\n\r\n{{\"choices\":["));
    whole("silent in mid-reply", vec![cut(), Step::AwaitHangup], 504, "upstream_timeout", "upstream_timeout")
        .await;
    whole("closes in mid-reply", vec![cut(), Step::Close], 502, "upstream_error", "upstream_error").await;
    whole(
        "resets in mid-reply",
        vec![cut(), Step::Pause(20), Step::Reset],
        502,
        "upstream_error",
        "upstream_error",
    )
    .await;
    let switch = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    whole("switches protocols", vec![send(switch), Step::Close], 502, "upstream_error", "upstream_error")
        .await;
}

#[tokio::test]
async fn a_reply_that_cannot_be_screened_is_not_passed_on() {
    let unreadable =
        async |name: &str, steps| whole(name, steps, 502, "upstream_unreadable", "malformed").await;
    let said = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}]}"#;
    unreadable("no JSON", response(200, JSON, b"hello")).await;
    unreadable("an empty body", response(200, JSON, b"")).await;
    unreadable("a page", response(200, "text/html", b"<html>hello</html>")).await;
    unreadable("events under another name", response(200, "text/plain", &event("hello"))).await;
    unreadable("a key twice", response(200, JSON, br#"{"choices":[],"choices":[]}"#)).await;
    unreadable("a lone surrogate", response(200, JSON, said.replace("hi", "\\ud800").as_bytes())).await;
    unreadable("no UTF-8", response(200, JSON, b"{\"choices\":[],\"x\":\"\xff\"}")).await;
    unreadable("two texts", response(200, JSON, format!("{said}{said}").as_bytes())).await;
    unreadable("another shape", response(200, JSON, br#"{"choices":{"message":"hi"}}"#)).await;
    unreadable(
        "an image",
        response(200, JSON, said.replace(r#""content":"hi""#, r#""images":["x"]"#).as_bytes()),
    )
    .await;
    unreadable("a coding that is not known", coded("snappy", JSON, said.as_bytes())).await;
    unreadable("gzip that is none", coded("gzip", JSON, said.as_bytes())).await;
    let big =
        async |name: &str, steps| whole(name, steps, 502, "upstream_reply_too_large", "malformed").await;
    big("a gzip bomb", coded("gzip", JSON, &gzip(&vec![b' '; 64 << 20]))).await;
    big("more than it may", response(200, JSON, &vec![b' '; 1_000_001])).await;
    let endless = vec![
        stream_head(JSON),
        Step::Flood([b"10000\r\n".as_slice(), &[b' '; 65536], b"\r\n"].concat(), 16_384),
    ];
    big("a gigabyte", endless).await;
}

#[tokio::test]
async fn an_error_page_becomes_an_error_of_the_same_status() {
    for (status, content_type, body) in [
        (503, "text/html", "<html><h1>swordfish</h1></html>"),
        (500, JSON, "[\"swordfish\"]"),
        (404, "text/plain", ""),
        (302, "text/html", "moved"),
    ] {
        whole(
            "a page",
            response(status, content_type, body.as_bytes()),
            status,
            "upstream_error",
            "upstream_error",
        )
        .await;
    }
    // A stream's type on an error makes it no stream.
    whole("events", response(500, SSE, &event("swordfish")), 500, "upstream_error", "upstream_error").await;
}

#[tokio::test]
async fn a_backend_that_cannot_be_reached() {
    // The port of a listener that is gone.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let setup = Setup { upstream: Some(gone), config: HASTY, ..Setup::default() };
    let mut gateway = Harness::with(setup, |_| Vec::new()).await;
    let reply = gateway.ask(&post(CHAT, &chat("hello", true))).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "upstream_unreachable"));
    assert_eq!(gateway.ending().await, "502 upstream_error upstream_unreachable");
    // A prompt that no backend needs is answered all the same.
    let reply = gateway.ask(&post(CHAT, &chat("a purple elephant", false))).await;
    assert_eq!(reply.status, 200);
    assert_eq!(gateway.ending().await, "200 complete -");
    // The passed paths tell the same.
    let reply = gateway.ask(&request("GET", "/v1/models", &[], b"")).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "upstream_unreachable"));
    assert_eq!(gateway.ending().await, "502 upstream_error upstream_unreachable");
    gateway.finish().await;
}

/// How a stream ends that began well.
struct Broken {
    name: &'static str,
    /// What comes after one good event.
    steps: Vec<Step>,
    /// The code of the error event that the client gets; none where its connection breaks.
    told: Option<&'static str>,
    record: &'static str,
}

fn broken(name: &'static str, steps: Vec<Step>, record: &'static str) -> Broken {
    Broken { name, steps, told: None, record }
}

fn told(name: &'static str, steps: Vec<Step>, code: &'static str, record: &'static str) -> Broken {
    Broken { name, steps, told: Some(code), record }
}

async fn check(case: Broken) {
    let Broken { name, steps, told, record } = case;
    let awaits = steps.iter().any(|step| matches!(step, Step::AwaitHangup | Step::Flood(..)));
    let config = format!("{HASTY}\nlimits: {{reply_bytes: 1000000, frame_bytes: 65536, held_bytes: 2048}}");
    let script: Vec<Step> = [vec![stream_head(SSE), chunk(&event("hello "))], steps].concat();
    let setup = Setup { config: &config, ..Setup::default() };
    let mut gateway = Harness::with(setup, move |_| script.clone()).await;
    let reply = gateway.ask(&post(CHAT, &chat("hello", true))).await;
    assert_eq!(reply.status, 200, "{name}");
    assert!(reply.body.starts_with(&event("hello ")), "{name}: {}", reply.text());
    assert!(!reply.text().contains("swordfish"), "{name}: {}", reply.text());
    match told {
        None => {
            assert!(!reply.whole, "{name}: the client must see that the reply is not whole: {}", reply.text())
        }
        Some(code) => {
            assert!(reply.whole, "{name}");
            let events = reply.events();
            let [.., error, done] = events.as_slice() else { panic!("{name}: {events:?}") };
            assert_eq!(done, "[DONE]", "{name}");
            let error: serde_json::Value = serde_json::from_str(error).unwrap();
            assert_eq!(error["error"]["code"], code, "{name}");
        }
    }
    let draft = gateway.record().await;
    assert_eq!(super::harness::ending(&draft), record, "{name}");
    assert!(draft.reply.as_deref().unwrap_or_default().starts_with("hello "), "{name}: {:?}", draft.reply);
    if awaits {
        gateway.backend.hangups(1).await;
    }
    gateway.finish().await;
}

#[tokio::test]
async fn a_stream_that_breaks() {
    let cases = [
        broken("closes", vec![Step::Close], "200 upstream_error upstream_error"),
        broken("resets", vec![Step::Pause(20), Step::Reset], "200 upstream_error upstream_error"),
        broken(
            "closes in a chunk",
            vec![send("100\r\ndata: "), Step::Close],
            "200 upstream_error upstream_error",
        ),
        broken("is no HTTP any more", vec![send("zz\r\n"), Step::Close], "200 upstream_error upstream_error"),
        broken("falls silent", vec![Step::AwaitHangup], "200 upstream_timeout upstream_timeout"),
        broken(
            "falls silent with a match begun",
            vec![chunk(&event("sword")), Step::AwaitHangup],
            "200 upstream_timeout upstream_timeout",
        ),
        broken(
            "ends in mid-event",
            vec![chunk(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"swordfish"), last_chunk()],
            "200 upstream_error upstream_error",
        ),
    ];
    for case in cases {
        check(case).await;
    }
}

#[tokio::test]
async fn a_stream_that_cannot_be_screened() {
    let unreadable = "200 malformed upstream_unreadable";
    let line = |text: &str| vec![chunk(text.as_bytes()), Step::AwaitHangup];
    let flood = |piece: &[u8]| {
        vec![Step::Flood(
            [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat(),
            (1 << 30) / piece.len(),
        )]
    };
    let many = |event: &[u8]| event.repeat(65536 / event.len());
    let cases = [
        told("no JSON", line("data: swordfish\n\n"), "upstream_unreadable", unreadable),
        told(
            "JSON that is cut",
            line("data: {\"choices\":[{\"delta\":{\"content\":\"swordfish\n\n"),
            "upstream_unreadable",
            unreadable,
        ),
        told(
            "a key twice",
            line("data: {\"choices\":[],\"choices\":[]}\n\n"),
            "upstream_unreadable",
            unreadable,
        ),
        told(
            "another shape",
            line("data: {\"choices\":\"swordfish\"}\n\n"),
            "upstream_unreadable",
            unreadable,
        ),
        told("an array", line("data: [\"swordfish\"]\n\n"), "upstream_unreadable", unreadable),
        told("no events", line("<html><h1>swordfish</h1></html>\n\n"), "upstream_unreadable", unreadable),
        told(
            "a line beside the event",
            line("data: {\"choices\":[]}\nswordfish\n\n"),
            "upstream_unreadable",
            unreadable,
        ),
        told("a gigabyte without a line's end", flood(&[b'x'; 65536]), "upstream_unreadable", unreadable),
        told("a gigabyte in one event", flood(&many(b"data: {}\n")), "upstream_unreadable", unreadable),
        told(
            "a gigabyte of events",
            flood(&many(&event("hello "))),
            "upstream_reply_too_large",
            "200 malformed upstream_reply_too_large",
        ),
        told(
            "more lanes than are kept",
            line(
                &(0..2000)
                    .map(|n| {
                        format!(
                            "data: {{\"choices\":[{{\"index\":{n},\"delta\":{{\"content\":\"a\"}}}}]}}\n\n"
                        )
                    })
                    .collect::<String>(),
            ),
            "upstream_unreadable",
            unreadable,
        ),
    ];
    for case in cases {
        check(case).await;
    }
}

#[tokio::test]
async fn a_coded_stream_is_read_and_a_bomb_in_it_is_not() {
    let setup = Setup { config: "limits: {frame_bytes: 65536}", ..Setup::default() };
    let mut gateway = Harness::with(setup, |seen| {
        if seen.body.windows(4).any(|window| window == b"bomb") {
            coded("gzip", SSE, &gzip(&vec![b'\n'; 64 << 20]))
        } else {
            coded(
                "gzip",
                SSE,
                &gzip(&[event("a sword"), event("fish swims"), b"data: [DONE]\n\n".to_vec()].concat()),
            )
        }
    })
    .await;
    let reply = gateway.ask(&post(CHAT, &chat("hello", true))).await;
    assert_eq!(reply.header("content-encoding"), None);
    assert!(reply.text().contains("[redacted]") && !reply.text().contains("sword"), "{}", reply.text());
    assert_eq!(gateway.ending().await, "200 complete -");
    let reply = gateway.ask(&post(CHAT, &chat("bomb", true))).await;
    assert!(reply.text().contains("upstream_reply_too_large"), "{}", reply.text());
    assert_eq!(gateway.ending().await, "200 malformed upstream_reply_too_large");
    gateway.finish().await;
}

#[tokio::test]
async fn an_error_event_passes_as_it_came() {
    let error = b"data: {\"error\": {\"message\":\"out of memory\",\"code\":500}}\n\n".as_slice();
    let mut gateway = Harness::new(move |_| stream(SSE, [&event("hello"), error, b"data: [DONE]\n\n"])).await;
    let reply = gateway.ask(&post(CHAT, &chat("hello", true))).await;
    assert_eq!(reply.body, [&event("hello"), error, b"data: [DONE]\n\n"].concat());
    assert_eq!(gateway.ending().await, "200 upstream_error upstream_error");
    gateway.finish().await;
    let lines: [&[u8]; 2] =
        [b"{\"message\":{\"content\":\"hello\"},\"done\":false}\n", b"{\"error\":\"out of memory\"}\n"];
    let mut gateway = Harness::new(move |_| stream(NDJSON, lines)).await;
    let reply = gateway.ask(&post("/api/chat", &chat("hello", true))).await;
    assert_eq!(reply.body, lines.concat());
    assert_eq!(gateway.ending().await, "200 upstream_error upstream_error");
    gateway.finish().await;
}

#[tokio::test]
async fn a_stream_without_its_last_word_is_passed_and_told() {
    let mut gateway = Harness::new(|_| stream(SSE, [event("a swordfish").as_slice()])).await;
    let reply = gateway.ask(&post(CHAT, &chat("hello", true))).await;
    assert!(reply.whole);
    let said: String = reply
        .payloads()
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(said, "a [redacted]", "{}", reply.text());
    assert_eq!(gateway.ending().await, "200 upstream_error upstream_error");
    gateway.finish().await;
}

#[tokio::test]
async fn an_exchange_that_drips_for_ever_ends() {
    let setup = Setup { config: "timeouts: {total_ms: 500}", ..Setup::default() };
    let mut gateway = Harness::with(setup, |seen| {
        let mut steps = match seen.body.windows(6).any(|window| window == b"stream")
            && !seen.body.windows(5).any(|window| window == b"false")
        {
            true => vec![stream_head(SSE)],
            false => vec![stream_head(JSON)],
        };
        steps.extend((0..2000).flat_map(|_| [chunk(b": x\n\n"), Step::Pause(10)]));
        steps
    })
    .await;
    let reply = gateway.ask(&post(CHAT, &chat("hello", true))).await;
    assert!(!reply.whole);
    assert_eq!(gateway.ending().await, "200 upstream_timeout upstream_timeout");
    let reply = gateway.ask(&post(CHAT, &chat("hello", false))).await;
    assert_eq!((reply.status, reply.code().as_str()), (504, "upstream_timeout"));
    assert_eq!(gateway.ending().await, "504 upstream_timeout upstream_timeout");
    gateway.finish().await;
}

// What follows is about the client.

#[tokio::test]
async fn a_client_that_is_slow_with_its_body_is_told_so() {
    let setup = Setup { config: HASTY, ..Setup::default() };
    let mut gateway = Harness::with(setup, |_| response(200, JSON, b"{}")).await;
    let whole = post(CHAT, &chat("hello", false));
    let mut client = gateway.connect().await;
    client.send(&whole[..whole.len() - 3]).await;
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (408, "body_timeout"));
    assert_eq!(gateway.ending().await, "408 client_timeout body_timeout");
    assert!(gateway.backend.seen().is_empty());
    gateway.finish().await;
}

#[tokio::test]
async fn a_client_that_leaves_is_followed_by_the_call_to_the_backend() {
    let mut gateway = Harness::new(|seen| match &seen.body {
        body if body.windows(4).any(|window| window == b"wait") => vec![Step::AwaitHangup],
        body if body.windows(4).any(|window| window == b"begin".get(..4).unwrap()) => {
            vec![stream_head(SSE), chunk(&event("hello ")), Step::AwaitHangup]
        }
        _ => vec![stream_head(SSE), Step::Flood(chunk_bytes(&event("hello ")), 10_000_000)],
    })
    .await;
    let whole = post(CHAT, &chat("hello", false));

    // In the head nothing has happened yet; in the body an exchange has begun.
    let mut client = gateway.connect().await;
    client.send(&whole[..20]).await;
    drop(client);
    let mut client = gateway.connect().await;
    client.send(&whole[..whole.len() - 3]).await;
    drop(client);
    assert_eq!(gateway.ending().await, "- client_gone -", "in the body");

    // Before the backend has answered.
    for stream in [false, true] {
        let mut client = gateway.connect().await;
        client.send(&post(CHAT, &chat("wait", stream))).await;
        until(|| gateway.backend.seen().len() > usize::from(stream)).await;
        drop(client);
        assert_eq!(gateway.ending().await, "- client_gone -", "before the answer");
    }
    gateway.backend.hangups(2).await;

    // In a stream that has begun and is silent, in order and with a reset.
    for reset in [false, true] {
        let mut client = gateway.connect().await;
        client.send(&post(CHAT, &chat("begin", true))).await;
        client.until("hello").await;
        if reset {
            backend::reset(client.socket);
        } else {
            drop(client);
        }
        let record = gateway.record().await;
        assert_eq!(super::harness::ending(&record), "200 client_gone -", "in a silent stream");
    }
    gateway.backend.hangups(4).await;

    // In a stream that never stops, whose client has stopped reading.
    let mut client = gateway.connect().await;
    client.send(&post(CHAT, &chat("flood", true))).await;
    client.until("hello").await;
    drop(client);
    assert_eq!(gateway.ending().await, "200 client_gone -", "in a flood");
    gateway.backend.hangups(5).await;
    gateway.finish().await;
}

fn chunk_bytes(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

async fn until(mut met: impl FnMut() -> bool) {
    let wait = async {
        while !met() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(super::client::PATIENCE, wait).await.expect("it happens");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let said = |text: &str| {
        let reply = serde_json::json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]});
        response(200, JSON, reply.to_string().as_bytes())
    };
    let mut gateway = Harness::new(move |seen| {
        let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
        said(body["messages"][0]["content"].as_str().unwrap())
    })
    .await;
    let mut client = gateway.connect().await;
    let requests: Vec<u8> =
        ["first", "a red button", "third"].iter().flat_map(|text| post(CHAT, &chat(text, false))).collect();
    client.send(&requests).await;
    assert!(client.reply().await.text().contains("first"));
    assert_eq!(client.reply().await.code(), "content_blocked");
    assert!(client.reply().await.text().contains("third"));
    for expected in ["200 complete -", "400 refused content_blocked", "200 complete -"] {
        assert_eq!(gateway.ending().await, expected);
    }
    gateway.finish().await;
}

#[tokio::test]
async fn a_full_audit_queue_serves_nothing() {
    let setup = Setup { audit: "capture: none, queue: 1", ..Setup::default() };
    let mut gateway =
        Harness::with(setup, |_| vec![stream_head(SSE), chunk(&event("hello")), Step::AwaitHangup]).await;
    let mut client = gateway.connect().await;
    client.send(&post(CHAT, &chat("hello", true))).await;
    client.until("hello").await;
    let reply = gateway.ask(&post("/api/chat", &chat("hello", false))).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "audit_queue_full"));
    assert_eq!(gateway.backend.seen().len(), 1, "nothing is done that leaves no record");
    drop(client);
    assert_eq!(gateway.ending().await, "200 client_gone -");
    let metrics = super::client::get(gateway.admin, "/metrics").await;
    assert!(
        metrics.text().lines().any(|line| line.starts_with("qwarden_audit") && line.ends_with(" 1")),
        "{}",
        metrics.text()
    );
    gateway.finish().await;
}

#[tokio::test]
async fn what_the_end_of_the_drain_cuts_is_told_from_a_client_that_left() {
    let setup = Setup { config: HASTY, ..Setup::default() };
    let gateway = Harness::with(setup, |_| {
        // Comments keep the stream from falling silent.
        let mut steps = vec![stream_head(SSE), chunk(&event("hello"))];
        steps.extend((0..1000).flat_map(|_| [chunk(b": x\n\n"), Step::Pause(20)]));
        steps
    })
    .await;
    let mut client = gateway.connect().await;
    client.send(&post(CHAT, &chat("hello", true))).await;
    client.until("hello").await;
    let records = gateway.stop().await;
    let endings: Vec<String> = records.iter().map(super::harness::ending).collect();
    assert_eq!(endings, ["200 shutdown -"]);
    assert!(!client.reply().await.whole);
}

#[tokio::test]
async fn a_stop_waits_for_what_is_going_on() {
    let gateway = Harness::new(|_| {
        vec![
            stream_head(SSE),
            chunk(&event("hello")),
            Step::Pause(300),
            chunk(b"data: [DONE]\n\n"),
            last_chunk(),
        ]
    })
    .await;
    let mut client = gateway.connect().await;
    client.send(&post(CHAT, &chat("hello", true))).await;
    client.until("hello").await;
    let endings: Vec<String> = gateway.stop().await.iter().map(super::harness::ending).collect();
    let reply = client.reply().await;
    assert!(reply.whole && reply.text().ends_with("[DONE]\n\n"), "{}", reply.text());
    assert_eq!(endings, ["200 complete -"]);
}
