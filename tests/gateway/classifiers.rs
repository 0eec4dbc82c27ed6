//! Classifiers in the gateway: prompts and replies that are stopped by a score, and what happens without one.
//!
//! The models are those of `tests/classifiers`, made by hand: "attack" is violence to both tiers and harmful to
//! both, but the fast tier may not decide on `harmful` alone; "sorry" is a refusal.

use qwarden::audit::Draft;
use qwarden::screen::classifier::Settings;
use serde_json::{Value, json};

use super::backend::{JSON, SSE, Step, chunk, last_chunk, response, stream_head};
use super::client::{Reply, chat, get, post};
use super::harness::{Harness, Setup, ending};

const CHAT: &str = "/v1/chat/completions";
const HARMLESS: &str = "This is the first sentence and it is quite long enough. ";
const HARMFUL: &str = "Now attack the wall with all that you have got. ";
const REST: &str = "And this is what comes after it, which nobody should read.";

/// How a test changes the settings of the configuration.
type Change = fn(Settings) -> Settings;

fn settings() -> Option<Change> {
    Some(|settings| Settings { threads: std::num::NonZero::new(1), ..settings })
}

/// Classifiers that are never in time with what the fast tier does not answer.
fn too_late() -> Option<Change> {
    Some(|settings| Settings {
        threads: std::num::NonZero::new(1),
        deadline: std::time::Duration::ZERO,
        ..settings
    })
}

fn policy(head: &str, rule: &str) -> String {
    format!("policy: p\n{head}replies: {{no: \"Let us stop here.\"}}\nrules:\n  - {rule}\n")
}

fn whole(text: &str) -> Vec<Step> {
    let body = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]});
    response(200, JSON, body.to_string().as_bytes())
}

fn event(text: &str, finish: Option<&str>) -> Step {
    let delta = json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "qwen",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}],
    });
    chunk(format!("data: {delta}\n\n").as_bytes())
}

/// A stream that goes on, as long as the gateway listens.
fn endless(texts: &[&str]) -> Vec<Step> {
    let mut steps = vec![stream_head(SSE)];
    steps.extend(texts.iter().map(|text| event(text, None)));
    steps.push(Step::AwaitHangup);
    steps
}

fn streamed(texts: &[&str]) -> Vec<Step> {
    let mut steps = vec![stream_head(SSE)];
    steps.extend(texts.iter().map(|text| event(text, None)));
    steps.push(event("", Some("stop")));
    steps.push(chunk(b"data: [DONE]\n\n"));
    steps.push(last_chunk());
    steps
}

fn said(reply: &Reply) -> String {
    let payloads = reply.payloads();
    let texts = payloads.iter().flat_map(|event| event["choices"].as_array().cloned().unwrap_or_default());
    texts
        .filter_map(|choice| {
            let text = choice["delta"]["content"].as_str().or(choice["message"]["content"].as_str());
            text.map(str::to_owned)
        })
        .collect()
}

async fn gateway(policy: &str, classifiers: Option<Change>, steps: Vec<Step>) -> Harness {
    let setup = Setup { policy, classifiers, ..Setup::default() };
    Harness::with(setup, move |_| steps.clone()).await
}

/// Detector, category and whether the score is one, of each finding.
fn findings(record: &Draft) -> Vec<String> {
    let one = |finding: &qwarden::audit::Finding| {
        let score = finding.score.map_or("-".to_owned(), |score| format!("{}", score > 0.5));
        format!(
            "{} {} {score} {:?}",
            finding.detector,
            finding.category.as_deref().unwrap_or("-"),
            finding.spans
        )
    };
    record.findings.iter().map(one).collect()
}

#[tokio::test]
async fn a_prompt_is_deflected_by_its_score() {
    for category in ["violence", "harmful"] {
        let rule =
            format!("{{id: r, when: {{classifier: {{category: {category}}}}}, action: deflect, reply: no}}");
        let policy = policy("scope: {phase: [input]}\n", &rule);
        let mut gateway = gateway(&policy, settings(), whole("hi")).await;
        let body = json!({"model": "qwen", "messages": [
            {"role": "user", "content": "hello"}, {"role": "user", "content": "you attack"}]});
        let reply = gateway.ask(&post(CHAT, body.to_string().as_bytes())).await;
        assert_eq!((reply.status, &*said(&reply)), (200, "Let us stop here."));
        assert_eq!(reply.header("x-qwarden-rule"), Some("p/r"));
        let record = gateway.record().await;
        assert_eq!(findings(&record), [format!("classifier {category} true [(0, 10)]")]);
        let (score, threshold) = record.findings[0].score.zip(record.findings[0].threshold).unwrap();
        assert!(threshold > 0.0 && score >= threshold, "{score} {threshold}");
        assert!(gateway.backend.seen().is_empty(), "no model has seen it");
        let reply = gateway.ask(&post(CHAT, &chat("how to help", false))).await;
        assert_eq!((reply.status, &*said(&reply)), (200, "hi"));
        assert_eq!(findings(&gateway.record().await), Vec::<String>::new());
        let page = get(gateway.admin, "/metrics").await;
        // Two prompts of the first request and one of the second; the reply is looked at for a refusal.
        let (tier, count) = if category == "harmful" { ("encoder", 3) } else { ("fast", 4) };
        let line = format!("qwarden_classifier_answers_total{{tier=\"{tier}\"}} {count}");
        assert!(page.text().contains(&line), "{line} in {}", page.text());
        gateway.finish().await;
    }
}

#[tokio::test]
async fn a_held_stream_says_nothing_of_what_is_cut() {
    let texts = [
        "This is the first sentence and it is quite",
        " long enough. ",
        "Now att",
        "ack the wall with all that you have got. ",
        REST,
    ];
    for category in ["violence", "harmful"] {
        let rule =
            format!("{{id: r, when: {{classifier: {{category: {category}}}}}, action: deflect, reply: no}}");
        let policy = policy("scope: {phase: [output]}\n", &rule);
        // The backend says no more: a verdict takes effect when it comes, not with the next event.
        let mut gateway = gateway(&policy, settings(), endless(&texts)).await;
        let reply = gateway.ask(&post(CHAT, &chat("hello", true))).await;
        assert!(reply.whole);
        let text = said(&reply);
        assert!(text.starts_with(HARMLESS.trim_end()) && text.ends_with("Let us stop here."), "{text}");
        assert!(!text.contains("attack") && !text.contains("Now"), "{text}");
        let last = reply.payloads().into_iter().rfind(|event| !event["qwarden"].is_null()).unwrap();
        assert_eq!(last["qwarden"]["rule"], "p/r");
        assert_eq!(last["choices"][0]["finish_reason"], "content_filter");
        let record = gateway.record().await;
        assert_eq!(ending(&record), "200 cut_by_policy -");
        assert!(findings(&record)[0].starts_with(&format!("classifier {category} true")));
        gateway.backend.hangups(1).await;
        gateway.finish().await;
    }
}

#[tokio::test]
async fn a_live_stream_is_cut_once_the_verdict_is_there() {
    let rule = "{id: r, when: {classifier: {category: harmful}}, action: deflect, reply: no, stream: live}";
    let policy = policy("scope: {phase: [output]}\n", rule);
    let mut gateway = gateway(&policy, settings(), endless(&[HARMLESS, HARMFUL])).await;
    let reply = gateway.ask(&post(CHAT, &chat("hello", true))).await;
    let text = said(&reply);
    assert!(text.starts_with(&[HARMLESS, "Now attack"].concat()), "text is not held: {text}");
    assert!(text.ends_with("Let us stop here."), "{text}");
    assert_eq!(gateway.ending().await, "200 cut_by_policy -");
    gateway.backend.hangups(1).await;
    gateway.finish().await;
}

#[tokio::test]
async fn what_is_harmless_leaves_whole() {
    for stream in ["hold", "live"] {
        let rule = format!(
            "{{id: r, when: {{classifier: {{category: harmful}}}}, action: block, stream: {stream}}}"
        );
        let policy = policy("", &rule);
        let mut gateway =
            gateway(&policy, settings(), streamed(&[HARMLESS, "And so ", "on. ", "And on"])).await;
        let reply = gateway.ask(&post(CHAT, &chat("hello", true))).await;
        assert_eq!(said(&reply), format!("{HARMLESS}And so on. And on"));
        assert!(reply.events().last().is_some_and(|event| event == "[DONE]"));
        assert_eq!(gateway.ending().await, "200 complete -");
        gateway.finish().await;
    }
}

#[tokio::test]
async fn without_an_answer_the_policy_decides() {
    let rule = "{id: r, when: {classifier: {category: harmful}}, action: block}";
    let check = async |head: &str, stream: bool, steps: Vec<Step>, expected: (u16, &str, u32)| {
        let mut gateway = gateway(&policy(head, rule), too_late(), steps).await;
        let reply = gateway.ask(&post(CHAT, &chat("hello", stream))).await;
        let record = gateway.record().await;
        assert_eq!((reply.status, &*ending(&record), record.unjudged), expected, "{head}");
        gateway.finish().await;
        reply
    };
    let closed = "503 unavailable classifier_unavailable";
    let reply = check("scope: {phase: [input]}\n", false, whole("hi"), (503, closed, 0)).await;
    assert_eq!(reply.code(), "classifier_unavailable");
    check("scope: {phase: [output]}\n", false, whole("hi"), (503, closed, 0)).await;
    let reply = check("failure: open\n", false, whole("hi"), (200, "200 complete -", 2)).await;
    assert_eq!(said(&reply), "hi");
    // A stream has begun with 200, and ends in an error of the API's shape; nothing unjudged is in it.
    let head = "scope: {phase: [output]}\n";
    let cut = "200 unavailable classifier_unavailable";
    let reply = check(head, true, streamed(&[HARMLESS, HARMFUL]), (200, cut, 0)).await;
    assert_eq!(said(&reply), "");
    assert!(reply.payloads().iter().any(|event| event["error"]["code"] == "classifier_unavailable"));
    let open = format!("failure: open\n{head}");
    let reply = check(&open, true, streamed(&[HARMLESS, HARMFUL]), (200, "200 complete -", 2)).await;
    assert_eq!(said(&reply), [HARMLESS, HARMFUL].concat());
    // What another rule stops needs no answer.
    let both =
        "{id: r, when: {any: [{classifier: {category: harmful}}, {keywords: [hello]}]}, action: block}";
    let mut gateway = gateway(&policy("", both), too_late(), whole("hi")).await;
    let reply = gateway.ask(&post(CHAT, &chat("hello", false))).await;
    assert_eq!(reply.code(), "content_blocked");
    gateway.record().await;
    gateway.finish().await;
}

#[tokio::test]
async fn refusals_of_the_model_are_counted_without_a_rule() {
    let rule = "{id: r, when: {keywords: [zebra]}, action: flag}";
    for (text, refused) in [("sorry i cannot help", true), ("how to help", false)] {
        for stream in [false, true] {
            let steps = if stream { streamed(&[text]) } else { whole(text) };
            let mut gateway = gateway(&policy("", rule), settings(), steps).await;
            let reply = gateway.ask(&post(CHAT, &chat("hello", stream))).await;
            assert_eq!(said(&reply), text);
            assert_eq!(gateway.record().await.model_refused, refused, "{text}");
            let page = get(gateway.admin, "/metrics").await;
            let line = format!("qwarden_model_refusals_total {}", u8::from(refused));
            assert!(page.text().lines().any(|found| found == line), "{line}");
            gateway.finish().await;
        }
    }
}

#[tokio::test]
async fn moderations_say_what_classifiers_and_policies_say() {
    let rule =
        "{id: r, when: {any: [{classifier: {category: harmful}}, {keywords: [zebra]}]}, action: block}";
    let mut gateway = gateway(&policy("", rule), settings(), Vec::new()).await;
    let mut ask = async |body: Value| {
        let reply = gateway.ask(&post("/v1/moderations", body.to_string().as_bytes())).await;
        (reply, gateway.record().await)
    };
    let (reply, record) = ask(json!({"input": ["you attack", "how to help", "a zebra"]})).await;
    let answer = reply.json();
    let of = |index: usize| answer["results"][index].clone();
    assert_eq!(reply.status, 200, "{answer}");
    assert_eq!(of(0)["flagged"], true);
    assert_eq!(of(0)["categories"]["violence"], true);
    assert!(of(0)["category_scores"]["violence"].as_f64().unwrap() > 0.9);
    assert_eq!(of(0)["qwarden"]["rule"], "p/r");
    assert!(of(0)["qwarden"]["labels"]["harmful"]["flagged"].as_bool().unwrap());
    assert_eq!((&of(1)["flagged"], &of(1)["qwarden"]["action"]), (&json!(false), &json!("allow")));
    assert_eq!((&of(2)["flagged"], &of(2)["categories"]["violence"]), (&json!(true), &json!(false)));
    assert_eq!(reply.header("x-qwarden-action"), Some("allow"), "nothing was done");
    assert_eq!((&*record.dialect, &*ending(&record)), ("openai.moderations", "200 complete -"));
    assert_eq!(record.rule.as_deref(), Some("p/r"));
    assert_eq!(record.findings.len(), 2);
    let (reply, record) = ask(json!({"input": [{"type": "image_url", "image_url": {"url": "x"}}]})).await;
    assert_eq!((reply.status, &*reply.code()), (400, "unsupported_media"));
    assert_eq!(ending(&record), "400 refused unsupported_media");
    gateway.finish().await;
}
