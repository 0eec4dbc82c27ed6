//! What is allowed leaves as it came, byte for byte, in both directions and however it is cut.

use std::sync::{Arc, Mutex};

use super::backend::{JSON, NDJSON, SSE, Step, chunk, last_chunk, response, stream, stream_head};
use super::client::{chat, post, request};
use super::harness::{Harness, Setup};

/// Requests in the spelling of no serialiser, with the path they go to.
const REQUESTS: [(&str, &str); 7] = [
    ("/v1/chat/completions", "{\"model\":\"qwen\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"),
    (
        "/v1/chat/completions",
        "\r\n {\"messages\" :\t[ {\"content\": \"caf\\u00e9 \\/ \\ud83d\\ude00 \u{65e5}\\n\" , \"role\":\"user\", \"unknown\":{\"b\":1,\"a\":[1.50,-0,1E5]} } ],\n\"model\":\"q\\u0077en\",\"temperature\":0.70,\"x\":null }\n\n",
    ),
    (
        "/v1/chat/completions",
        "{\"model\":\"qwen\",\"n\":2,\"seed\":12345678901234567890123,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\",\"text\":\"two\"}]}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}}]}",
    ),
    (
        "/v1/completions",
        "{\"prompt\":[\"one\",\"two\"],\"model\":\"qwen\",\"suffix\":\"end\",\"max_tokens\":7}",
    ),
    ("/v1/embeddings", "{\"input\":[\"one\",\"two\"],\"model\":\"qwen\",\"encoding_format\":\"float\"}"),
    (
        "/api/chat",
        "{ \"model\":\"qwen\",\"stream\":false, \"options\":{\"num_ctx\":4096},\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}",
    ),
    (
        "/api/generate",
        "{\"model\":\"qwen\",\"stream\":false,\"prompt\":\"hello\",\"system\":\"kind\",\"raw\":false}",
    ),
];

/// Replies for the same paths, in the spelling of no serialiser either.
fn reply_of(path: &str) -> &'static str {
    match path {
        "/v1/chat/completions" => {
            "{ \"id\":\"c\\u0031\",\"object\":\"chat.completion\",\"created\":1.0e9,\n\t\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"caf\\u00e9 \\/ \\ud83d\\ude00 \u{65e5}\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7},\"unknown\":[{\"z\":[[]],\"a\":1.50}]}\r\n"
        }
        "/v1/completions" => {
            "{\"object\":\"text_completion\",\"choices\":[{\"text\":\" one\",\"index\":0,\"finish_reason\":\"length\"},{\"text\":\" two\",\"index\":1,\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":14}}"
        }
        "/v1/embeddings" => {
            "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.10,-1E-3, 2]}],\"model\":\"qwen\",\"usage\":{\"prompt_tokens\":2,\"total_tokens\":2}}"
        }
        "/api/chat" => {
            "{\"model\":\"qwen\",\"created_at\":\"2025-01-01T00:00:00.1Z\", \"message\":{\"role\":\"assistant\",\"content\":\"hi \\u003c3\"},\"done_reason\":\"stop\",\"done\":true,\"eval_count\":3,\"prompt_eval_count\":2}\n"
        }
        _ => {
            "{\"model\":\"qwen\",\"created_at\":\"2025-01-01T00:00:00.1Z\",\"response\":\"hi\",\"done\":true,\"context\":[1,2,3],\"eval_count\":3}"
        }
    }
}

#[tokio::test]
async fn whole_bodies_pass_as_they_came() {
    let mut gateway = Harness::new(|seen| {
        let path = seen.head.split(' ').nth(1).unwrap();
        response(200, JSON, reply_of(path).as_bytes())
    })
    .await;
    for (index, (path, body)) in REQUESTS.iter().enumerate() {
        let reply = gateway.ask(&post(path, body.as_bytes())).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        assert_eq!(reply.text(), reply_of(path), "{path}");
        assert_eq!(reply.header("x-qwarden-action"), Some("allow"));
        assert_eq!(reply.header("x-qwarden-rule"), None);
        let seen = gateway.backend.seen();
        assert_eq!(String::from_utf8_lossy(&seen[index].body), *body, "{path}");
        let record = gateway.record().await;
        assert_eq!(record.ended.as_str(), "complete");
        assert_eq!(reply.header("x-qwarden-id"), Some(record.id.as_str()));
        assert_eq!(reply.header("x-qwarden-revision"), Some(&*record.revision));
    }
    gateway.finish().await;
}

#[tokio::test]
async fn errors_of_the_backend_pass_as_they_came() {
    let bodies = [
        (
            404,
            "{\"error\":{\"message\":\"The model `x` does not exist.\",\"type\":\"NotFoundError\",\"param\":null,\"code\":404}}",
        ),
        (400, "{\"object\":\"error\", \"message\":\"max_tokens is too large\",\"code\":400}"),
        (422, "{\"detail\":[{\"loc\":[\"body\",\"n\"],\"msg\":\"value is not a valid integer\"}]}"),
        (429, "{\"error\":\"busy\"}"),
    ];
    for (status, body) in bodies {
        let mut gateway = Harness::new(move |_| response(status, JSON, body.as_bytes())).await;
        let reply = gateway.ask(&post("/v1/chat/completions", &chat("hello", false))).await;
        assert_eq!((reply.status, reply.text()), (status, body));
        assert_eq!(gateway.record().await.status, Some(status));
        gateway.finish().await;
    }
}

/// A stream with everything that the standard of server-sent events allows and backends send.
const EVENTS: &str = concat!(
    ": warming up\r\n\r\n",
    "id: 1\r\nevent: message\r\nretry: 1000\r\ndata: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\", \"choices\" : [ {\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null} ] , \"unknown\":{\"a\":[1,2.50,1e3]}}\r\n\r\n",
    "data:{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"caf\\u00e9 \\/ \\ud83d\\ude00 \u{65e5}\\n\"},\"finish_reason\":null}]}\n\n",
    "\n: keep-alive\n\n:\n\n",
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\" on two lines\"}}]}\n\n",
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\",\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\"}}]}}]}\r\n\r\n",
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\",\"stop_reason\":null}]}\n\n",
    "data: {\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":9,\"completion_tokens\":6}}\n\n",
    "data: [DONE]\n\n",
);

const LINES: &str = concat!(
    "{\"model\":\"qwen\",\"created_at\":\"2025-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"caf\\u00e9 \"},\"done\":false}\n",
    "\n",
    "{ \"model\":\"qwen\", \"message\" : {\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"hm\"},\"done\":false,\"unknown\":[1.0]}\r\n",
    "{\"model\":\"qwen\",\"message\":{\"role\":\"assistant\",\"content\":\" \\ud83d\\ude00\u{65e5}\"},\"done\":false}\n",
    "{\"model\":\"qwen\",\"done\":true,\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done_reason\":\"stop\",\"total_duration\":5,\"eval_count\":6,\"prompt_eval_count\":3}\n",
);

const CASES: [(&str, &str, &str); 3] = [
    ("/v1/chat/completions", SSE, EVENTS),
    (
        "/v1/chat/completions",
        "text/event-stream; charset=utf-8",
        "\u{feff}data: {\"choices\":[]}\r\rdata: [DONE]\r\r",
    ),
    ("/api/chat", NDJSON, LINES),
];

/// A gateway whose backend answers with what lies in the returned place.
async fn scripted(setup: Setup<'_>) -> (Harness, Arc<Mutex<Vec<Step>>>) {
    let place = Arc::new(Mutex::new(Vec::new()));
    let script = place.clone();
    (Harness::with(setup, move |_| script.lock().unwrap().clone()).await, place)
}

#[tokio::test]
async fn streams_pass_as_they_came_however_they_are_cut() {
    let (mut gateway, place) = scripted(Setup::default()).await;
    for (path, content_type, whole) in CASES {
        let bytes = whole.as_bytes();
        let mut cuts: Vec<Vec<&[u8]>> =
            vec![vec![bytes], bytes.chunks(1).collect(), bytes.chunks(7).collect()];
        cuts.extend((1..bytes.len()).step_by(13).map(|at| vec![&bytes[..at], &bytes[at..]]));
        for pieces in cuts {
            *place.lock().unwrap() = stream(content_type, pieces.iter().copied());
            let reply = gateway.ask(&post(path, &chat("hello", true))).await;
            assert_eq!(reply.text(), whole, "in {} pieces", pieces.len());
            assert!(reply.whole);
            assert_eq!(reply.header("content-type"), Some(content_type));
            assert_eq!(gateway.ending().await, "200 complete -");
        }
    }
    gateway.finish().await;
}

#[tokio::test]
async fn a_stream_that_breaks_off_anywhere_is_passed_as_far_as_whole_events_go() {
    // The disk is not what is asked about here.
    let (mut gateway, place) = scripted(Setup { audit: "durability: relaxed", ..Setup::default() }).await;
    for (path, content_type, whole) in CASES {
        for at in 0..whole.len() {
            let reset = at % 2 == 0;
            let mut steps = vec![stream_head(content_type)];
            steps.extend((at > 0).then(|| chunk(&whole.as_bytes()[..at])));
            // Either the connection breaks, or the backend ends its body in order, but too early.
            steps.push(if reset { Step::Close } else { last_chunk() });
            *place.lock().unwrap() = steps;
            let reply = gateway.ask(&post(path, &chat("hello", true))).await;
            assert_eq!(reply.status, 200);
            assert!(whole.as_bytes()[..at].starts_with(&reply.body), "cut at {at}: {:?}", reply.body);
            let record = gateway.record().await;
            let (ended, got) = (record.ended.as_str(), reply.body.len());
            let missing = String::from_utf8_lossy(&whole.as_bytes()[got..at]).into_owned();
            // A CR at the very end may be half of a CRLF, so that its event is not known to be over.
            let lines =
                missing.strip_suffix('\r').unwrap_or(&missing).replace("\r\n", "\n").replace('\r', "\n");
            assert!(!lines.contains("\n\n"), "cut at {at}: {missing:?} is missing");
            let passed = String::from_utf8_lossy(&reply.body);
            let said_all = passed.contains("[DONE]")
                || passed.contains("\"done\":true")
                || (!reset && passed.contains("finish_reason\":\"stop") && missing.is_empty());
            assert_eq!(
                ended,
                if said_all { "complete" } else { "upstream_error" },
                "cut at {at}: {missing:?} missing"
            );
            // An orderly end between two events is passed on as what it is.
            assert_eq!(reply.whole, said_all || (!reset && missing.is_empty()), "cut at {at}");
        }
    }
    gateway.finish().await;
}

#[tokio::test]
async fn a_coded_request_reaches_the_backend_as_the_plain_text_that_was_screened() {
    use std::io::Write;
    let mut gateway =
        Harness::new(|_| response(200, JSON, reply_of("/v1/chat/completions").as_bytes())).await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&chat("hello", false)).unwrap();
    let headers = [("content-type", JSON), ("content-encoding", "gzip")];
    let reply =
        gateway.ask(&request("POST", "/v1/chat/completions", &headers, &gzip.finish().unwrap())).await;
    assert_eq!(reply.status, 200);
    let seen = &gateway.backend.seen()[0];
    assert_eq!(seen.body, chat("hello", false));
    assert_eq!(seen.header("content-encoding"), None);
    gateway.record().await;
    gateway.finish().await;
}

#[tokio::test]
async fn what_belongs_to_one_connection_stays_on_it() {
    let mut gateway = Harness::new(|_| {
        let body = reply_of("/v1/chat/completions");
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-Qwarden-Action: block\r\nX-Qwarden-Id: forged\r\nAlt-Svc: h3=\":443\"\r\nX-Request-Id: 7\r\nServer: uvicorn\r\n\r\n",
            body.len()
        );
        vec![Step::Send([head.as_bytes(), body.as_bytes()].concat())]
    })
    .await;
    let headers = [
        ("content-type", JSON),
        ("connection", "keep-alive, x-mine"),
        ("x-mine", "1"),
        ("te", "trailers"),
        ("proxy-authorization", "Basic eDp5"),
        ("x-qwarden-id", "forged"),
        ("x-qwarden-tenant", "forged"),
        ("accept-encoding", "br, gzip"),
        ("authorization", "Bearer key"),
        ("x-forwarded-for", "192.0.2.1"),
        ("user-agent", "test"),
    ];
    let reply =
        gateway.ask(&request("POST", "/v1/chat/completions?beta=1", &headers, &chat("hello", false))).await;
    let names: Vec<&str> = reply.headers.iter().map(|(name, _)| name.as_str()).collect();
    for gone in ["x-hop", "keep-alive", "alt-svc"] {
        assert!(!names.contains(&gone), "{gone} is not the client's");
    }
    assert_eq!(reply.header("x-request-id"), Some("7"));
    assert_eq!(reply.header("x-qwarden-action"), Some("allow"));
    let record = gateway.record().await;
    assert_eq!(reply.header("x-qwarden-id"), Some(record.id.as_str()));
    let seen = &gateway.backend.seen()[0];
    assert!(seen.head.starts_with("POST /v1/chat/completions?beta=1 HTTP/1.1"), "{}", seen.head);
    for gone in ["x-mine", "te", "proxy-authorization", "x-qwarden-id", "x-qwarden-tenant"] {
        assert_eq!(seen.header(gone), None, "{gone} is not the backend's");
    }
    assert_eq!(seen.header("authorization"), Some("Bearer key"));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.header("x-forwarded-for"), Some("192.0.2.1, 127.0.0.1"));
    assert_eq!(seen.header("host"), Some(gateway.backend.address.to_string().as_str()));
    gateway.finish().await;
}

#[tokio::test]
async fn a_path_without_texts_is_passed_through() {
    let models = "{\"object\":\"list\", \"data\":[{\"id\":\"qwen\"}] }";
    let mut gateway = Harness::new(move |_| response(200, JSON, models.as_bytes())).await;
    let reply = gateway.ask(&request("GET", "/v1/models", &[], b"")).await;
    assert_eq!((reply.status, reply.text()), (200, models));
    let record = gateway.record().await;
    assert_eq!((record.ended.as_str(), &*record.dialect), ("complete", "passed"));
    gateway.finish().await;
}
