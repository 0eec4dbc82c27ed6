//! Many exchanges at once: no more than there is room for, rules that change under way, and a
//! gateway that is killed in the middle of it all.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qwarden::audit::query;
use tokio::net::TcpStream;

use super::backend::{Backend, JSON, SSE, Seen, Step, chunk, last_chunk, response, stream_head};
use super::client::{Client, PATIENCE, chat, get, post, request};
use super::harness::{Harness, POLICY, Setup, ending};

const CHAT: &str = "/v1/chat/completions";

fn event(text: &str) -> Step {
    let delta = serde_json::json!({"id": "c1", "choices": [{"index": 0, "delta": {"content": text}}]});
    chunk(format!("data: {delta}\n\n").as_bytes())
}

/// A model that says `text` in tokens or as a whole, as it is asked to.
fn says(seen: &Seen, tokens: &[&str], pause: u64) -> Vec<Step> {
    let asked: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    if asked["stream"] != true {
        let message = serde_json::json!({"role": "assistant", "content": tokens.concat()});
        let reply =
            serde_json::json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
        return response(200, JSON, reply.to_string().as_bytes());
    }
    let mut steps = vec![stream_head(SSE)];
    steps.extend(tokens.iter().flat_map(|token| [event(token), Step::Pause(pause)]));
    steps.extend([chunk(b"data: [DONE]\n\n"), last_chunk()]);
    steps
}

/// Waits until `met` gives something.
async fn until<T>(what: &str, mut met: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = met().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waiting for {what}"))
}

#[tokio::test]
async fn what_there_is_no_room_for_is_refused_at_once_and_recorded() {
    let setup = Setup { config: "limits: {concurrency: 2}", ..Setup::default() };
    let mut gateway = Harness::with(setup, |seen| {
        if seen.body.windows(4).any(|window| window == b"wait") {
            return vec![stream_head(SSE), event("hello"), Step::AwaitHangup];
        }
        says(seen, &["hi"], 0)
    })
    .await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut client = gateway.connect().await;
        client.send(&post(CHAT, &chat("wait", true))).await;
        client.until("hello").await;
        waiting.push(client);
    }
    // The place of a stream is taken until its last byte, whatever is asked for meanwhile.
    for (path, code) in [(CHAT, "overloaded"), ("/api/chat", "overloaded"), ("/nowhere", "overloaded")] {
        let reply = gateway.ask(&post(path, &chat("hello", true))).await;
        assert_eq!((reply.status, reply.code().as_str()), (503, code), "{path}");
        let record = gateway.record().await;
        assert_eq!(ending(&record), "503 shed overloaded", "{path}");
        assert_eq!(reply.header("x-qwarden-id"), Some(record.id.as_str()));
    }
    assert_eq!(gateway.backend.seen().len(), 2, "what is refused is not forwarded");
    waiting.pop();
    assert_eq!(gateway.ending().await, "200 client_gone -");
    let reply = gateway.ask(&post(CHAT, &chat("hello", false))).await;
    assert_eq!(reply.status, 200, "the place is free again");
    assert_eq!(gateway.ending().await, "200 complete -");
    drop(waiting);
    assert_eq!(gateway.ending().await, "200 client_gone -");
    gateway.finish().await;
}

fn redacting(word: &str) -> String {
    format!("policy: zoo\nrules:\n  - {{id: r, when: {{keywords: [{word}]}}, action: redact}}\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_change_between_exchanges_and_never_within_one() {
    let first = redacting("alpha");
    let setup = Setup { policy: &first, audit: "durability: relaxed", ..Setup::default() };
    let gateway =
        Harness::with(setup, |seen| says(seen, &["alp", "ha and ", "beta and alpha", " and be", "ta"], 5))
            .await;
    let (address, admin) = (gateway.address, gateway.admin);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|number| {
            let stop = stop.clone();
            tokio::spawn(async move {
                let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
                let mut client = Client::connect(address).await;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    client.send(&post(CHAT, &chat("hello", number % 2 == 0))).await;
                    let reply = client.reply().await;
                    assert_eq!(reply.status, 200, "{}", reply.text());
                    assert!(reply.whole);
                    let said: String = reply
                        .payloads()
                        .iter()
                        .filter_map(|event| {
                            let choice = &event["choices"][0];
                            choice["delta"]["content"]
                                .as_str()
                                .or(choice["message"]["content"].as_str())
                                .map(str::to_owned)
                        })
                        .collect();
                    seen.entry(reply.header("x-qwarden-revision").unwrap().to_owned())
                        .or_default()
                        .insert(said);
                }
                seen
            })
        })
        .collect();

    let file = gateway.policies_dir().join("zoo.yaml");
    let readiness = async || get(admin, "/readyz").await.json();
    let mut revision = readiness().await["revision"].as_str().unwrap().to_owned();
    let mut expected = BTreeMap::from([(revision.clone(), "[redacted] and beta and [redacted] and beta")]);
    for round in 0..4 {
        // A broken edit changes nothing, and says so.
        std::fs::write(&file, format!("policy: [{round}")).unwrap();
        until(&format!("the broken edit {round} to be seen"), async || {
            readiness().await["policies_refused"].is_string().then_some(())
        })
        .await;
        assert_eq!(readiness().await["revision"], revision.as_str());
        let (word, text) = match round % 2 {
            0 => ("beta", "alpha and [redacted] and alpha and [redacted]"),
            _ => ("alpha", "[redacted] and beta and [redacted] and beta"),
        };
        std::fs::write(&file, redacting(word)).unwrap();
        revision = until("the edit to be taken over", async || {
            let now = readiness().await["revision"].as_str().unwrap().to_owned();
            (now != revision).then_some(now)
        })
        .await;
        assert!(readiness().await["policies_refused"].is_null());
        expected.insert(revision.clone(), text);
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut exchanges = BTreeSet::new();
    for client in clients {
        for (revision, said) in client.await.unwrap() {
            let text = *expected.get(&revision).expect("a revision that was in force");
            assert_eq!(said, BTreeSet::from([text.to_owned()]), "under {revision}");
            exchanges.insert(revision);
        }
    }
    assert_eq!(exchanges.len(), 2, "both revisions were seen at work");
    for record in gateway.stop().await {
        assert_eq!(ending(&record), "200 complete -");
        assert!(expected.contains_key(&*record.revision));
    }
}

/// A `qwarden serve` of its own, which can be killed.
struct Served {
    child: Child,
    address: SocketAddr,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn qwarden(args: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_qwarden")).args(args).current_dir(folder).output().unwrap()
}

impl Served {
    async fn start(folder: &Path, upstream: SocketAddr, number: usize) -> Self {
        let log = folder.join(format!("log{number}"));
        let child = Command::new(env!("CARGO_BIN_EXE_qwarden"))
            .args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-format", "json"])
            .args(["--upstream", &format!("http://{upstream}")])
            .current_dir(folder)
            .env("RUST_LOG", "info")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let address = until("the gateway to serve", async || {
            let text = std::fs::read_to_string(&log).unwrap();
            let line = text.lines().find(|line| line.contains("\"serving\"") && line.ends_with('}'))?;
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            event["address"].as_str().map(|address| address.parse().unwrap())
        })
        .await;
        Self { child, address }
    }
}

/// Asks for one thing after another until the gateway is gone; keeps the ids of the replies whose
/// end it saw.
async fn ask_until_killed(address: SocketAddr, number: usize, acknowledged: Arc<Mutex<Vec<String>>>) {
    let requests = [
        post(CHAT, &chat("hello", false)),
        post(CHAT, &chat("hello", true)),
        post(CHAT, &chat("a purple elephant", true)),
        post(CHAT, &chat("a red button", false)),
        post(CHAT, b"{\"messages\":[],\"messages\":[]}"),
        request("GET", "/v1/nowhere", &[], b""),
    ];
    let Ok(socket) = TcpStream::connect(address).await else { return };
    let mut client = Client::over(socket);
    for request in requests.iter().cycle().skip(number) {
        client.send(request).await;
        let Some(reply) = client.try_reply().await else { return };
        if !reply.whole {
            return;
        }
        let id = reply.header("x-qwarden-id").expect("an id").to_owned();
        acknowledged.lock().unwrap().push(id);
    }
}

fn recorded(audit: &Path) -> Vec<String> {
    query::records(audit).unwrap().map(|stored| stored.unwrap().record.unwrap().draft.id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_whose_end_was_seen_has_its_record_also_after_a_kill() {
    let backend = Backend::start(|seen| says(seen, &["hel", "lo ", "there"], 0)).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    std::fs::write(folder.path().join("policies/zoo.yaml"), POLICY).unwrap();
    let audit = folder.path().join("audit");
    let mut all = Vec::new();
    for round in 0..10 {
        let mut served = Served::start(folder.path(), backend.address, round).await;
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let clients: Vec<_> = (0..6)
            .map(|number| tokio::spawn(ask_until_killed(served.address, number, acknowledged.clone())))
            .collect();
        // A different moment each time, and always in the middle of things.
        let enough = 20 + 7 * round;
        until("some exchanges", async || (acknowledged.lock().unwrap().len() >= enough).then_some(())).await;
        served.child.kill().unwrap();
        served.child.wait().unwrap();
        for client in clients {
            client.await.unwrap();
        }
        all.append(&mut acknowledged.lock().unwrap());
        let written = recorded(&audit);
        let unique: BTreeSet<&String> = written.iter().collect();
        assert_eq!(unique.len(), written.len(), "one record an exchange");
        let missing: Vec<&String> = all.iter().filter(|id| !unique.contains(id)).collect();
        assert!(missing.is_empty(), "round {round}: {missing:?} were acknowledged and are not in the log");
        let verify = qwarden(&["audit", "verify", "--audit-dir", "audit"], folder.path());
        assert_eq!(verify.status.code(), Some(0), "{}", String::from_utf8_lossy(&verify.stdout));
    }
    // One byte of one record, and the chain says so.
    let segment = std::fs::read_dir(&audit)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .expect("a segment");
    let text = std::fs::read_to_string(&segment).unwrap();
    std::fs::write(&segment, text.replacen("\"client\":\"127.0.0.1\"", "\"client\":\"127.0.0.2\"", 1))
        .unwrap();
    let verify = qwarden(&["audit", "verify", "--audit-dir", "audit"], folder.path());
    assert_eq!(verify.status.code(), Some(1), "{}", String::from_utf8_lossy(&verify.stdout));
}
