//! Classifiers as an operator meets them: how much they may use, what `/readyz` says of them, and other models that come
//! while exchanges run.
//!
//! The models are those of `tests/classifiers`: "attack" is harmful to the encoder, which is asked about every text.

use std::path::PathBuf;
use std::sync::Arc;

use qwarden::audit::Draft;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::backend::{JSON, SSE, Step, chunk, last_chunk, response, stream_head};
use super::client::{PATIENCE, Reply, chat, get, post};
use super::harness::{Harness, Setup, ending};

const CHAT: &str = "/v1/chat/completions";
const FIRST: &str = "This is the first sentence and it is quite long enough. ";
const SECOND: &str = "Now attack the wall with all that you have got. ";

fn policy(head: &str, rule: &str) -> String {
    format!("policy: p\n{head}replies: {{no: \"Let us stop here.\"}}\nrules:\n  - {rule}\n")
}

fn whole(text: &str) -> Vec<Step> {
    let body = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]});
    response(200, JSON, body.to_string().as_bytes())
}

/// Prompts of so many messages, each longer than the fast tier reads on the spot.
fn prompts(count: usize) -> Vec<u8> {
    let long = "how to help you. ".repeat(20_000);
    let message = |index: usize| json!({"role": "user", "content": format!("{index} {long}")});
    json!({"model": "qwen", "messages": (0..count).map(message).collect::<Vec<_>>()}).to_string().into_bytes()
}

#[tokio::test]
async fn what_finds_no_room_or_no_time_is_answered_as_the_policy_says_and_recorded() {
    let rule = "{id: r, when: {classifier: {category: harmful}}, action: block}";
    let check = async |config: &str, cause: &str, count: usize| {
        for (failure, expected) in
            [("closed", "503 unavailable classifier_unavailable"), ("open", "200 complete -")]
        {
            let policy = policy(&format!("scope: {{phase: [input]}}\nfailure: {failure}\n"), rule);
            let setup =
                Setup { policy: &policy, config, classifiers: Some(|settings| settings), ..Setup::default() };
            let mut gateway = Harness::with(setup, |_| whole("hi")).await;
            let reply = gateway.ask(&post(CHAT, &prompts(count))).await;
            let record = gateway.record().await;
            assert_eq!(ending(&record), expected, "{config} {failure}");
            match failure {
                "closed" => {
                    assert_eq!((reply.code().as_str(), record.unjudged), ("classifier_unavailable", 0))
                }
                _ => assert!(record.unjudged > 0, "{config}: the record tells what went on unjudged"),
            }
            let page = get(gateway.admin, "/metrics").await;
            let line = format!("qwarden_classifier_unavailable_total{{cause=\"{cause}\"}} ");
            let counted =
                page.text().lines().find_map(|found| found.strip_prefix(&line)?.parse::<u32>().ok());
            assert!(counted.is_some_and(|counted| counted > 0), "{config}: {counted:?}");
            gateway.finish().await;
        }
    };
    check("timeouts: {classifier_ms: 1}", "deadline", 1).await;
    // One is read, one waits, and there is no room for the rest.
    let config = "limits: {classifier_queue: 1, classifier_threads: 1}\ntimeouts: {classifier_ms: 600000}";
    check(config, "queue_full", 4).await;
}

async fn readiness(gateway: &Harness) -> Value {
    let reply = get(gateway.admin, "/readyz").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// Waits until `/readyz` says what is wanted.
async fn until(gateway: &Harness, what: &str, is_met: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let readiness = readiness(gateway).await;
            if is_met(&readiness) {
                return readiness;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waiting for {what}"))
}

#[tokio::test]
async fn readiness_tells_the_models_in_force() {
    let setup = Setup { classifiers: Some(|settings| settings), ..Setup::default() };
    let gateway = Harness::with(setup, |_| whole("hi")).await;
    let readiness = readiness(&gateway).await;
    assert_eq!(readiness["classifiers_refused"], Value::Null);
    let models = readiness["classifiers"].as_array().unwrap();
    let told: Vec<Value> = models
        .iter()
        .map(|model| {
            let hash = model["hash"].as_str().unwrap();
            assert!(hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
            assert_eq!(model.as_object().unwrap().len(), 5, "{model}");
            json!([model["classifier"], model["tier"], model["languages"], model["state"]])
        })
        .collect();
    let expected = [
        json!(["encoder", "encoder", ["en", "zh", "other"], "warm"]),
        json!(["fast", "fast", ["other"], "warm"]),
    ];
    assert_eq!(told, expected);
    assert!(get(gateway.admin, "/metrics").await.text().contains("\nqwarden_classifier_models 2\n"));
    // The public listener knows nothing of it.
    let reply = gateway.ask(&super::client::request("GET", "/readyz", &[], b"")).await;
    assert!(reply.status == 404 && !reply.text().contains("encoder"), "{} {}", reply.status, reply.text());
    gateway.stop().await;
    let gateway = Harness::new(|_| whole("hi")).await;
    assert_eq!(self::readiness(&gateway).await["classifiers"], json!([]));
    gateway.finish().await;
}

fn event(text: &str, finish: Option<&str>) -> Step {
    let delta =
        json!({"id": "c", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]});
    chunk(format!("data: {delta}\n\n").as_bytes())
}

fn said(reply: &Reply) -> String {
    let payloads = reply.payloads();
    let texts = payloads.iter().filter_map(|event| {
        let choice = &event["choices"][0];
        choice["delta"]["content"].as_str().or(choice["message"]["content"].as_str())
    });
    texts.collect()
}

/// A manifest or a model, as it is and as it is changed.
struct File {
    path: PathBuf,
    before: Vec<u8>,
}

impl File {
    fn of(gateway: &Harness, name: &str) -> Self {
        let path = gateway.classifiers_dir().join(name);
        Self { before: std::fs::read(&path).unwrap(), path }
    }

    fn edit(&self, from: &str, to: &str) {
        let text = String::from_utf8(self.before.clone()).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(&self.path, text.replace(from, to)).unwrap();
    }

    fn restore(&self) {
        std::fs::write(&self.path, &self.before).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_models_come_into_force_with_the_rules_and_never_within_an_exchange() {
    let rule = "{id: r, when: {classifier: {category: harmful}}, action: deflect, reply: no, stream: live}";
    let policy = policy("scope: {phase: [output]}\n", rule);
    let setup = Setup { policy: &policy, classifiers: Some(|settings| settings), ..Setup::default() };
    let go_on = Arc::new(Notify::new());
    let told = go_on.clone();
    let mut gateway = Harness::with(setup, move |seen| {
        if !seen.body.windows(4).any(|window| window == b"wait") {
            return whole(SECOND);
        }
        let rest = [event(SECOND, None), event("", Some("stop")), chunk(b"data: [DONE]\n\n"), last_chunk()];
        let begun = vec![stream_head(SSE), event(FIRST, None), Step::Await(told.clone())];
        begun.into_iter().chain(rest).collect()
    })
    .await;
    let ask = async |gateway: &mut Harness| {
        let reply = gateway.ask(&post(CHAT, &chat("hello", false))).await;
        let record: Draft = gateway.record().await;
        assert_eq!(reply.header("x-qwarden-revision"), Some(&*record.revision));
        (said(&reply), record.revision.to_string())
    };
    let first = readiness(&gateway).await;
    let revision = first["revision"].as_str().unwrap().to_owned();
    assert_eq!(ask(&mut gateway).await, ("Let us stop here.".to_owned(), revision.clone()));

    // A stream begins under the first models.
    let mut stream = gateway.connect().await;
    stream.send(&post(CHAT, &chat("wait", true))).await;
    stream.until("long enough").await;

    // The encoder gets a threshold that nothing reaches.
    let encoder = File::of(&gateway, "encoder/classifier.yaml");
    encoder.edit("{label: harmful, thresholds: {other: 0.5}}", "{label: harmful, thresholds: {other: 1.0}}");
    let second = until(&gateway, "the other models", |now| now["revision"] != revision.as_str()).await;
    let hash = |readiness: &Value, index: usize| readiness["classifiers"][index]["hash"].clone();
    assert_ne!(hash(&first, 0), hash(&second, 0), "the encoder is another one");
    assert_eq!(hash(&first, 1), hash(&second, 1), "the fast tier is the same");
    assert_eq!(second["classifiers"][0]["state"], "warm");
    let new = second["revision"].as_str().unwrap().to_owned();
    assert_eq!(ask(&mut gateway).await, (SECOND.to_owned(), new.clone()));

    // What has begun is judged by the models that it began under.
    go_on.notify_one();
    let reply = stream.reply().await;
    assert!(
        said(&reply).starts_with(FIRST) && said(&reply).ends_with("Let us stop here."),
        "{}",
        said(&reply)
    );
    let record = gateway.record().await;
    assert_eq!((&*record.revision, &*ending(&record)), (&*revision, "200 cut_by_policy -"));

    // Faults leave in force what is, and say so.
    let ok = async |gateway: &Harness, expected: u8| {
        let page = get(gateway.admin, "/metrics").await;
        let line = format!("qwarden_classifier_last_reload_ok {expected}");
        assert!(page.text().lines().any(|found| found == line), "{line}");
    };
    ok(&gateway, 1).await;
    let model = File::of(&gateway, "encoder/model.onnx");
    std::fs::write(&model.path, b"half of it").unwrap();
    let is_refused = |now: &Value| now["classifiers_refused"].is_string();
    let bad = until(&gateway, "the broken model", is_refused).await;
    assert!(
        bad["classifiers_refused"].as_str().unwrap().contains("not the file that this hash is of"),
        "{bad}"
    );
    assert_eq!((&bad["revision"], &bad["policies_refused"]), (&json!(new), &Value::Null));
    assert_eq!(hash(&bad, 0), hash(&second, 0));
    ok(&gateway, 0).await;
    assert_eq!(ask(&mut gateway).await, (SECOND.to_owned(), new.clone()));
    // Policies are still taken over, under the models in force.
    let file = gateway.policies_dir().join("zoo.yaml");
    std::fs::write(&file, policy.replace("Let us stop here.", "Let us end here.")).unwrap();
    let third = until(&gateway, "the policy", |now| now["revision"] != new.as_str()).await;
    assert!(is_refused(&third));
    std::fs::write(&file, &policy).unwrap();
    model.restore();
    let fine = |now: &Value| now["classifiers_refused"].is_null() && now["revision"] == new.as_str();
    until(&gateway, "the whole model", fine).await;
    ok(&gateway, 1).await;

    // Models without a label that a rule asks for are sound, and do not fit the rules.
    let fast = File::of(&gateway, "fast/classifier.yaml");
    let kept = File { path: encoder.path.clone(), before: std::fs::read(&encoder.path).unwrap() };
    for file in [&fast, &kept] {
        file.edit("label: harmful", "label: harm");
    }
    let waits = |now: &Value| now["policies_refused"].is_string() && is_refused(now);
    let unfit = until(&gateway, "the missing label", waits).await;
    assert!(unfit["policies_refused"].as_str().unwrap().contains("harmful"), "{unfit}");
    assert_eq!(unfit["revision"], json!(new));
    assert_eq!(ask(&mut gateway).await, (SECOND.to_owned(), new.clone()));
    // The first models again.
    fast.restore();
    encoder.restore();
    until(&gateway, "the first models", |now| now["revision"] == revision.as_str() && !waits(now)).await;
    assert_eq!(ask(&mut gateway).await, ("Let us stop here.".to_owned(), revision));
    gateway.finish().await;
}
