//! What is written down of what was said: masks, captures, and clients that leave early.

use std::path::Path;

use super::backend::{JSON, SSE, Step, chunk, last_chunk, response, stream_head};
use super::client::{chat, post};
use super::harness::{Harness, Setup, ending};

const CHAT: &str = "/v1/chat/completions";

/// Values that must stand nowhere in clear, each with a piece that would give it away.
const PLANTED: [(&str, &str); 4] = [
    ("4539 1488 0343 6467", "0343 6467"),
    ("jane.doe@mail.example.com", "jane.doe"),
    ("AKIAIOSFODNN7EXAMPLQ", "IOSFODNN7"),
    ("ORD-778812", "778812"),
];

const RULES: &str = r#"
policy: zoo
mask: [{patterns: ['ORD-\d+']}]
rules:
  - id: card
    when: {entities: [credit_card]}
    action: redact
    restore: true
  - id: mail
    when: {entities: [email]}
    action: flag
  - {id: keys, when: {entities: [api_key]}, action: flag}
  - id: seen
    when: {keywords: [green tea]}
    action: flag
"#;

fn delta(text: &str) -> Step {
    let event = serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    chunk(format!("data: {event}\n\n").as_bytes())
}

/// Every byte of the folder, what is compressed unpacked.
fn written(dir: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        all += &String::from_utf8_lossy(&std::fs::read(path).unwrap());
    }
    all
}

#[tokio::test]
async fn a_client_that_leaves_early_leaves_a_whole_record() {
    let mut gateway = Harness::new(|_| {
        let said = [delta("a cup of "), delta("green tea, my "), delta("bluebird friend. ")];
        [stream_head(SSE)].into_iter().chain(said).chain([Step::AwaitHangup]).collect()
    })
    .await;
    let mut client = gateway.connect().await;
    client.send(&post(CHAT, &chat("hello", true))).await;
    client.until("friend").await;
    drop(client);
    let record = gateway.record().await;
    assert_eq!(ending(&record), "200 client_gone -");
    let mut rules: Vec<&str> = record.findings.iter().map(|finding| &*finding.rule).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["named", "seen"]);
    assert_eq!(record.rule.as_deref(), Some("zoo/named"));
    let excerpt = record.findings.iter().find(|one| &*one.rule == "seen").unwrap().excerpt.clone().unwrap();
    assert!(excerpt.starts_with("a cup of green tea"), "{excerpt}");
    assert_eq!(record.reply.as_deref(), Some("a cup of green tea, my <named> friend. "));
    gateway.finish().await;
}

#[tokio::test]
async fn what_was_matched_is_never_written_in_clear() {
    let text = PLANTED.map(|(value, _)| value).join(" and green tea, ");
    // Far enough apart that a finding's context cuts through others, and next to each other.
    let long =
        PLANTED.map(|(value, _)| format!("{value} {}", "x ".repeat(9))).concat() + " green tea " + &text;
    for capture in ["excerpt", "none", "full"] {
        let audit = format!("capture: {capture}, durability: strict");
        let setup = Setup { policy: RULES, audit: &audit, ..Setup::default() };
        let answer = text.clone();
        let mut gateway = Harness::with(setup, move |seen| {
            let answer = answer.clone();
            if seen.body.windows(13).any(|window| window == b"\"stream\":true") {
                // Cut in the middle of everything.
                let letters: Vec<char> = answer.chars().collect();
                let pieces = letters.chunks(7).map(|piece| delta(&piece.iter().collect::<String>()));
                let end = [chunk(b"data: [DONE]\n\n"), last_chunk()];
                return [stream_head(SSE)].into_iter().chain(pieces).chain(end).collect();
            }
            let body = serde_json::json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": answer}}]});
            response(200, JSON, body.to_string().as_bytes())
        })
        .await;
        for stream in [false, true] {
            for prompt in [&text, &long] {
                let reply = gateway.ask(&post(CHAT, &chat(prompt, stream))).await;
                assert_eq!(reply.status, 200, "{}", reply.text());
                let record = gateway.record().await;
                assert_eq!(ending(&record), "200 complete -");
                assert!(record.findings.len() >= 6, "{capture} {:?}", record.findings);
                assert_eq!(record.prompt.is_some(), capture != "none");
            }
        }
        let dir = gateway.audit_dir();
        let all = written(&dir);
        for (value, piece) in PLANTED {
            let masked = capture != "full" || value.starts_with("ORD");
            assert_eq!(!all.contains(piece), masked, "{capture}: {value}");
        }
        if capture == "excerpt" {
            assert!(
                all.contains("[email]") && all.contains("[api_key]") && all.contains("green tea"),
                "{all}"
            );
        }
        gateway.finish().await;
    }
}
