//! What two readers could read differently is refused: a stable code, nothing forwarded, one record.

use std::io::Write;

use super::backend::{JSON, response};
use super::client::{Client, chat, post, request};
use super::harness::{Harness, Setup};

const CHAT: &str = "/v1/chat/completions";

/// A request as bytes, and what must come of it.
struct Case {
    name: &'static str,
    request: Vec<u8>,
    status: u16,
    code: &'static str,
}

fn body(name: &'static str, code: &'static str, body: impl AsRef<[u8]>) -> Case {
    Case { name, request: post(CHAT, body.as_ref()), status: 400, code }
}

fn to(path: &str, name: &'static str, code: &'static str, body: impl AsRef<[u8]>) -> Case {
    Case { name, request: post(path, body.as_ref()), status: 400, code }
}

/// A head as it is written here, and a body.
fn raw(name: &'static str, code: &'static str, head: &str, body: &[u8]) -> Case {
    let head = format!("{}\r\n\r\n", head.trim_end().replace('\n', "\r\n"));
    Case { name, request: [head.as_bytes(), body].concat(), status: 400, code }
}

fn message(content: &str) -> String {
    format!(r#"{{"model":"q","messages":[{{"role":"user","content":{content}}}]}}"#)
}

fn json_cases() -> Vec<Case> {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let very_deep = "{\"a\":".repeat(100_000);
    vec![
        body("a key twice", "ambiguous_json", r#"{"model":"a","model":"b","messages":[]}"#),
        body(
            "messages twice",
            "ambiguous_json",
            r#"{"messages":[],"messages":[{"role":"user","content":"x"}]}"#,
        ),
        body("an escaped key twice", "ambiguous_json", r#"{"messages":[],"mess\u0061ges":[]}"#),
        body(
            "a nested key twice",
            "ambiguous_json",
            r#"{"messages":[{"role":"user","content":"a","content":"b"}]}"#,
        ),
        body(
            "a role twice",
            "ambiguous_json",
            r#"{"messages":[{"role":"user","role":"system","content":"a"}]}"#,
        ),
        body(
            "a key twice where no text lives",
            "ambiguous_json",
            r#"{"messages":[],"x":[{"y":{"z":1,"z":2}}]}"#,
        ),
        body(
            "a key twice among many",
            "ambiguous_json",
            format!(
                "{{{}\"k7\":1,\"messages\":[]}}",
                (0..500).map(|n| format!("\"k{n}\":0,")).collect::<String>()
            ),
        ),
        body("a lone high surrogate", "ambiguous_json", message(r#""\ud83d""#)),
        body("a lone low surrogate", "ambiguous_json", message(r#""a\ude00b""#)),
        body("surrogates in the wrong order", "ambiguous_json", message(r#""\ude00\ud83d""#)),
        body("a surrogate and a letter", "ambiguous_json", message(r#""\ud83d\u0041""#)),
        body("a lone surrogate in a key", "ambiguous_json", r#"{"\ud83d":1,"messages":[]}"#),
        body(
            "bytes that are no UTF-8",
            "invalid_utf8",
            [b"{\"messages\":[], \"x\":\"\xff\"}".as_slice()].concat(),
        ),
        body(
            "a surrogate as UTF-8",
            "invalid_utf8",
            [b"{\"messages\":[], \"x\":\"\xed\xa0\xbd\"}".as_slice()].concat(),
        ),
        body(
            "an overlong slash",
            "invalid_utf8",
            [b"{\"messages\":[], \"x\":\"\xc0\xaf\"}".as_slice()].concat(),
        ),
        body("UTF-16", "invalid_utf8", b"\xff\xfe{\0}\0"),
        body("a byte order mark", "invalid_json", format!("\u{feff}{}", message("\"x\""))),
        body("NaN", "invalid_json", r#"{"messages":[],"temperature":NaN}"#),
        body("Infinity", "invalid_json", r#"{"messages":[],"temperature":-Infinity}"#),
        body("a number with a leading zero", "invalid_json", r#"{"messages":[],"n":01}"#),
        body("a trailing comma", "invalid_json", r#"{"messages":[],}"#),
        body("a comment", "invalid_json", r#"{"messages":[]/* x */}"#),
        body("single quotes", "invalid_json", r#"{'messages':[]}"#),
        body("a raw line break in a string", "invalid_json", message("\"a\nb\"")),
        body("a NUL in a string", "invalid_json", message("\"a\0b\"")),
        body("trailing garbage", "invalid_json", format!("{}x", message("\"x\""))),
        body("a second document", "invalid_json", format!("{0}{0}", message("\"x\""))),
        body("cut short", "invalid_json", r#"{"messages":["#),
        body("no body", "invalid_json", ""),
        body("only spaces", "invalid_json", " \r\n "),
        body("a depth bomb", "json_too_deep", format!("{{\"messages\":[],\"x\":{deep}}}")),
        body("a deeper depth bomb", "json_too_deep", very_deep),
        body("a bomb of values", "json_too_large", format!("{{\"x\":[{}\"\"]}}", "\"\",".repeat(1 << 20))),
    ]
}

fn shape_cases() -> Vec<Case> {
    vec![
        body("no object", "invalid_request", "[]"),
        body("a string", "invalid_request", "\"hello\""),
        body("messages as an object", "invalid_messages", r#"{"messages":{"role":"user","content":"x"}}"#),
        body("messages as a string", "invalid_messages", r#"{"messages":"x"}"#),
        body("messages as null", "invalid_messages", r#"{"messages":null}"#),
        body("no messages", "invalid_messages", r#"{"model":"q"}"#),
        body("a message that is a string", "invalid_messages", r#"{"messages":["x"]}"#),
        body("a role that is not known", "unknown_role", r#"{"messages":[{"role":"root","content":"x"}]}"#),
        body("no role", "unknown_role", r#"{"messages":[{"content":"x"}]}"#),
        body(
            "an image",
            "unsupported_media",
            message(r#"[{"type":"image_url","image_url":{"url":"data:,"}}]"#),
        ),
        body("sound", "unsupported_media", message(r#"[{"type":"input_audio","input_audio":{"data":"x"}}]"#)),
        to(
            "/api/chat",
            "images of Ollama",
            "unsupported_media",
            r#"{"messages":[{"role":"user","content":"x","images":["AAAA"]}]}"#,
        ),
        to("/api/generate", "images of Ollama", "unsupported_media", r#"{"prompt":"x","images":["AAAA"]}"#),
        to("/v1/completions", "token ids", "unsupported_token_ids", r#"{"prompt":[1,2,3]}"#),
        to(
            "/v1/completions",
            "token ids of two prompts",
            "unsupported_token_ids",
            r#"{"prompt":[[1,2],[3]]}"#,
        ),
        to("/v1/embeddings", "token ids", "unsupported_token_ids", r#"{"input":[1,2,3]}"#),
        to(
            "/api/generate",
            "the context of Ollama",
            "unsupported_token_ids",
            r#"{"prompt":"x","context":[1,2]}"#,
        ),
    ]
}

fn head_cases() -> Vec<Case> {
    let ok = chat("hello", false);
    let length = ok.len();
    let chunked = [format!("{length:x}\r\n").as_bytes(), &ok, b"\r\n0\r\n\r\n"].concat();
    let line = "POST /v1/chat/completions HTTP/1.1\nhost: gateway\ncontent-type: application/json";
    let with = |lines: &str| format!("{line}\n{lines}");
    vec![
        raw(
            "two lengths",
            "ambiguous_length",
            &with(&format!("content-length: {length}\ncontent-length: 5")),
            &ok,
        ),
        raw(
            "two equal lengths",
            "ambiguous_length",
            &with(&format!("content-length: {length}\ncontent-length: {length}")),
            &ok,
        ),
        raw(
            "a list of lengths",
            "ambiguous_length",
            &with(&format!("content-length: {length}, {length}")),
            &ok,
        ),
        raw("a length with a sign", "ambiguous_length", &with(&format!("content-length: +{length}")), &ok),
        raw(
            "a length and chunks",
            "ambiguous_length",
            &with(&format!("content-length: {length}\ntransfer-encoding: chunked")),
            &chunked,
        ),
        raw(
            "chunks and a length",
            "ambiguous_length",
            &with(&format!("transfer-encoding: chunked\ncontent-length: {length}")),
            &chunked,
        ),
        raw(
            "chunks twice",
            "ambiguous_length",
            &with("transfer-encoding: chunked\ntransfer-encoding: chunked"),
            &chunked,
        ),
        raw("chunks with an odd name", "ambiguous_length", &with("transfer-encoding: xchunked"), &chunked),
        raw(
            "chunks and identity",
            "ambiguous_length",
            &with("transfer-encoding: chunked, identity"),
            &chunked,
        ),
        raw("two hosts", "malformed_request", &with(&format!("host: other\ncontent-length: {length}")), &ok),
        raw(
            "no host",
            "malformed_request",
            &format!("POST /v1/chat/completions HTTP/1.1\ncontent-length: {length}"),
            &ok,
        ),
        raw(
            "a folded header",
            "malformed_request",
            &with(&format!("x-a: b\n c\ncontent-length: {length}")),
            &ok,
        ),
        raw("a space before a colon", "malformed_request", &with(&format!("content-length : {length}")), &ok),
        raw(
            "a content type twice",
            "malformed_request",
            &with(&format!("content-type: text/plain\ncontent-length: {length}")),
            &ok,
        ),
        raw(
            "a connection that names the coding",
            "malformed_request",
            &with(&format!("connection: content-encoding\ncontent-encoding: gzip\ncontent-length: {length}")),
            &ok,
        ),
        raw(
            "a bare CR",
            "malformed_request",
            &with(&format!("x-a: b\rx-c: d\ncontent-length: {length}")),
            &ok,
        ),
        raw("broken chunks", "body_broken", &with("transfer-encoding: chunked"), b"5\r\nabcdeX\r\n0\r\n\r\n"),
    ]
}

fn coding_cases() -> Vec<Case> {
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let coded = |name, status, code, coding, bytes: Vec<u8>| {
        let headers = [("content-type", JSON), ("content-encoding", coding)];
        Case { name, request: request("POST", CHAT, &headers, &bytes), status, code }
    };
    let typed = |name, content_type| {
        let request = request("POST", CHAT, &[("content-type", content_type)], &chat("hello", false));
        Case { name, request, status: 400, code: "unsupported_charset" }
    };
    let plain = chat("hello", false);
    let mut cut = gzip(&plain);
    cut.truncate(cut.len() - 4);
    vec![
        coded("a coding that is not known", 400, "unknown_content_encoding", "snappy", plain.clone()),
        coded("four codings", 400, "unknown_content_encoding", "gzip, gzip, gzip, gzip", plain.clone()),
        coded("gzip that is none", 400, "invalid_content_encoding", "gzip", plain.clone()),
        coded("gzip that is cut short", 400, "invalid_content_encoding", "gzip", cut),
        coded("gzip with more behind it", 400, "invalid_content_encoding", "gzip", [gzip(&plain), b"x".to_vec()].concat()),
        coded("a gzip bomb", 413, "body_too_large", "gzip", gzip(&vec![b' '; 64 * 1024 * 1024])),
        coded("a gzip bomb in a gzip", 413, "body_too_large", "gzip, gzip", gzip(&gzip(&vec![b' '; 64 * 1024 * 1024]))),
        typed("UTF-16 in the type", "application/json; charset=utf-16"),
        typed("another charset in capitals", "application/json; Charset=\"ISO-8859-1\""),
        typed("UTF-7 with a space", "application/json; charset = utf-7"),
        Case { name: "too large", request: post(CHAT, &vec![b' '; 200_000]), status: 413, code: "body_too_large" },
        Case {
            name: "too large in chunks",
            request: [
                b"POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n30d40\r\n".as_slice(),
                &vec![b' '; 200_000],
                b"\r\n0\r\n\r\n",
            ]
            .concat(),
            status: 413,
            code: "body_too_large",
        },
    ]
}

fn path_cases() -> Vec<Case> {
    let ok = chat("hello", false);
    let path = |name, path| Case { name, request: post(path, &ok), status: 404, code: "unknown_path" };
    let method = |name, method| Case {
        name,
        request: request(method, CHAT, &[], b""),
        status: 405,
        code: "method_not_allowed",
    };
    vec![
        path("an API that is not spoken", "/v1/responses"),
        path("a slash at the end", "/v1/chat/completions/"),
        path("two slashes", "//v1/chat/completions"),
        path("an escaped letter", "/v1/chat/completion%73"),
        path("a way back", "/v1/models/../chat/completions"),
        path("capitals", "/V1/chat/completions"),
        path("the root", "/"),
        path("a scheme and a host of its own", "http://other/v1/chat/completion"),
        method("reading what is only written", "GET"),
        method("another method", "PUT"),
        method("a method in small letters", "post"),
    ]
}

async fn refused(gateway: &mut Harness, case: Case) {
    let mut client = gateway.connect().await;
    client.send(&case.request).await;
    let reply = client.reply().await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (case.status, case.code),
        "{}: {}",
        case.name,
        reply.text()
    );
    assert_eq!(reply.header("content-type"), Some(JSON), "{}", case.name);
    let record = gateway.record().await;
    let ending = super::harness::ending(&record);
    assert_eq!(ending, format!("{} refused {}", case.status, case.code), "{}", case.name);
    assert_eq!(reply.header("x-qwarden-id"), Some(record.id.as_str()), "{}", case.name);
    assert_eq!(record.client, "127.0.0.1", "{}", case.name);
    assert!(gateway.backend.seen().is_empty(), "{}: something was forwarded", case.name);
}

#[tokio::test]
async fn each_is_refused_by_its_name_and_nothing_is_forwarded() {
    let setup = Setup { config: "limits: {body_bytes: 100000}", ..Setup::default() };
    let mut gateway = Harness::with(setup, |_| response(200, JSON, b"{}")).await;
    for cases in [shape_cases(), head_cases(), coding_cases(), path_cases()] {
        for case in cases {
            refused(&mut gateway, case).await;
        }
    }
    gateway.finish().await;
}

#[tokio::test]
async fn json_of_two_readings_is_refused() {
    let mut gateway = Harness::new(|_| response(200, JSON, b"{}")).await;
    for case in json_cases() {
        refused(&mut gateway, case).await;
    }
    gateway.finish().await;
}

#[tokio::test]
async fn a_request_that_was_refused_is_the_last_of_its_connection_where_its_end_is_in_doubt() {
    let mut gateway = Harness::new(|_| response(200, JSON, b"{}")).await;
    let mut client: Client = gateway.connect().await;
    // What one reader takes for a body the other takes for a request of its own.
    let smuggled = post(CHAT, &chat("hello", false));
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: gateway\r\ncontent-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        smuggled.len() + 5
    );
    client.send(&[head.as_bytes(), &smuggled].concat()).await;
    assert_eq!(client.reply().await.code(), "ambiguous_length");
    assert!(client.closed().await, "nothing that follows is read");
    assert_eq!(gateway.ending().await, "400 refused ambiguous_length");
    assert!(gateway.backend.seen().is_empty());
    gateway.finish().await;
}
