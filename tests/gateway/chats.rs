//! Chats that grow: what was screened before is screened once, and nobody sees a difference.

use super::backend::{JSON, response};
use super::client::{get, request};
use super::harness::{Harness, Setup, ending};

const CHAT: &str = "/v1/chat/completions";

/// A chat of so many messages of the user, each long enough to be kept. Every third has something to redact.
fn conversation(messages: usize) -> Vec<u8> {
    let message = |number: usize| {
        let word = if number.is_multiple_of(3) { "a swordfish" } else { "a herring" };
        serde_json::json!({"role": "user", "content": format!("{number}: {} {word}", "话语 ".repeat(60))})
    };
    let messages: Vec<_> = (0..messages).map(message).collect();
    serde_json::json!({"model": "qwen", "messages": messages}).to_string().into_bytes()
}

/// The value of a series on the page of metrics.
async fn metric(gateway: &Harness, series: &str) -> u64 {
    let page = get(gateway.admin, "/metrics").await;
    let line = page.text().lines().find(|line| line.starts_with(series)).expect("the series is there");
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn earlier_messages_are_screened_once() {
    let check = async |config: &str, expected: [[u64; 2]; 4]| {
        let setup = Setup { config, ..Setup::default() };
        let mut gateway = Harness::with(setup, |_| {
            response(200, JSON, br#"{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}]}"#)
        })
        .await;
        let mut ask = async |messages: usize, tenant: &str, expected: [u64; 2]| {
            let headers = [("content-type", "application/json"), ("x-tenant", tenant)];
            let reply = gateway.ask(&request("POST", CHAT, &headers, &conversation(messages))).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            let record = gateway.record().await;
            assert_eq!(ending(&record), "200 complete -");
            let forwarded = String::from_utf8(gateway.backend.seen().last().unwrap().body.clone()).unwrap();
            let found: Vec<String> = record
                .findings
                .iter()
                .map(|one| format!("{} {:?} {:?}", one.segment, one.spans, one.excerpt))
                .collect();
            let mut known = [0; 2];
            for (count, outcome) in known.iter_mut().zip(["hit", "miss"]) {
                let series = format!("qwarden_verdict_cache_lookups_total{{outcome=\"{outcome}\"}}");
                *count = metric(&gateway, &series).await;
            }
            assert_eq!(known, expected, "{config} {messages} {tenant}");
            assert_eq!(forwarded.matches("[redacted]").count(), messages.div_ceil(3));
            assert!(!forwarded.contains("swordfish"));
            (forwarded, found)
        };
        let first = ask(4, "one", expected[0]).await;
        let again = ask(4, "one", expected[1]).await;
        assert_eq!(first, again, "what is forwarded and recorded is the same");
        assert_eq!(ask(4, "two", expected[2]).await, first);
        // The chat goes on: only what is new is looked at.
        ask(6, "one", expected[3]).await;
        gateway.finish().await;
    };
    let tenants = "tenants: {header: x-tenant}";
    check(tenants, [[0, 4], [4, 4], [4, 8], [8, 10]]).await;
    let off = format!("{tenants}\nlimits: {{verdict_cache_bytes: 0}}");
    check(&off, [[0; 2]; 4]).await;
}
