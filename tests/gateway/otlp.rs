//! Audit records at a collector: a real receiver of OTLP over HTTP, up, down, slow, choosy, and restarted.
//!
//! Whatever happens, every record arrives; what arrives twice is at most what was under way.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;
use qwarden::audit::{Draft, Durability, Ended, Limits, Log};
use qwarden::shipping::exporter::Shipped;
use qwarden::shipping::{Exporter, Settings};
use tokio::net::TcpListener;

use super::backend::{JSON, response};
use super::client::{PATIENCE, get, post};
use super::harness::{Harness, Setup};

/// The most records of one request.
const BATCH: usize = 512;

type Script = Arc<dyn Fn(&[LogRecord]) -> Response<Full<Bytes>> + Send + Sync>;

/// A collector that keeps what it takes.
struct Collector {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<LogRecord>>>,
    heads: Arc<Mutex<Vec<(String, HeaderMap)>>>,
    accepting: tokio::task::JoinHandle<()>,
}

fn status(status: u16) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::default()).unwrap()
}

impl Collector {
    /// One that takes everything that `script` answers with a success.
    async fn start(
        address: SocketAddr,
        script: impl Fn(&[LogRecord]) -> Response<Full<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        // The port of a collector that is started again.
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let listener: TcpListener = socket.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let (taken, heads): (Arc<Mutex<Vec<LogRecord>>>, Arc<Mutex<Vec<_>>>) = Default::default();
        let script: Script = Arc::new(script);
        let (keep, seen) = (taken.clone(), heads.clone());
        let accepting = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (script, keep, seen) = (script.clone(), keep.clone(), seen.clone());
                let service =
                    service_fn(move |request| take(request, script.clone(), keep.clone(), seen.clone()));
                connections.spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(socket), service)
                        .await;
                });
            }
        });
        Self { address, taken, heads, accepting }
    }

    fn settings(&self) -> Settings {
        settings(self.address)
    }

    /// How often each record was taken, by its place in the log.
    fn counts(&self) -> BTreeMap<i64, usize> {
        let mut counts = BTreeMap::new();
        for record in self.taken.lock().unwrap().iter() {
            *counts.entry(seq(record)).or_default() += 1;
        }
        counts
    }

    /// Waits until it has taken so many different records.
    async fn has(&self, records: usize) {
        let all = async {
            while self.counts().len() < records {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, all)
            .await
            .unwrap_or_else(|_| panic!("{} of {records}", self.counts().len()));
    }

    async fn stop(self) -> BTreeMap<i64, usize> {
        self.accepting.abort();
        let _ = self.accepting.await;
        let mut counts = BTreeMap::new();
        for record in self.taken.lock().unwrap().iter() {
            *counts.entry(seq(record)).or_default() += 1;
        }
        counts
    }
}

async fn take(
    request: Request<Incoming>,
    script: Script,
    taken: Arc<Mutex<Vec<LogRecord>>>,
    heads: Arc<Mutex<Vec<(String, HeaderMap)>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    heads.lock().unwrap().push((format!("{} {}", head.method, head.uri), head.headers));
    let body = body.collect().await.unwrap().to_bytes();
    let batch = ExportLogsServiceRequest::decode(body).expect("a request of OTLP");
    let records: Vec<LogRecord> = batch
        .resource_logs
        .into_iter()
        .flat_map(|one| one.scope_logs)
        .flat_map(|one| one.log_records)
        .collect();
    assert!(!records.is_empty() && records.len() <= BATCH);
    let answer = script(&records);
    if answer.status().is_success() {
        taken.lock().unwrap().extend(records);
    }
    Ok(answer)
}

fn settings(address: SocketAddr) -> Settings {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer a-secret".parse().unwrap());
    let endpoint = format!("http://{address}/v1/logs").parse().unwrap();
    Settings { endpoint, headers, content: false, timeout: Duration::from_secs(5) }
}

fn seq(record: &LogRecord) -> i64 {
    match attribute(record, "qwarden.seq") {
        Some(Value::IntValue(seq)) => seq,
        other => panic!("no place in the log: {other:?}"),
    }
}

fn attribute(record: &LogRecord, name: &str) -> Option<Value> {
    record.attributes.iter().find(|one| one.key == name)?.value.as_ref()?.value.clone()
}

fn free_port() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn write(log: &Log, records: usize) {
    for _ in 0..records {
        let draft = Draft { ended: Ended::Complete, prompt: Some("a text".into()), ..Draft::default() };
        let entry = loop {
            match log.open_entry() {
                Ok(entry) => break entry,
                Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        };
        drop(entry.complete(draft));
    }
    while log.stats().queue_used > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn open(dir: &Path) -> Log {
    Log::open(dir, Durability::Relaxed, Limits::default()).unwrap().0
}

async fn settled(exporter: &Exporter, written: u64, expected: impl Fn(Shipped) -> bool) -> Shipped {
    let settled = async {
        loop {
            let shipped = exporter.shipped(written);
            if expected(shipped) {
                return shipped;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, settled)
        .await
        .unwrap_or_else(|_| panic!("{:?}", exporter.shipped(written)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_there_gets_everything_once_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    write(&log, 700).await;
    let collector = Collector::start("127.0.0.1:0".parse().unwrap(), |_| status(200)).await;
    let exporter = Exporter::start(dir.path(), collector.settings(), 1).unwrap();
    write(&log, 600).await;
    collector.has(1300).await;
    let shipped = settled(&exporter, 1300, |shipped| shipped.lag == 0).await;
    assert_eq!(shipped, Shipped { exported: 1300, ..Shipped::default() });
    let order: Vec<i64> = collector.taken.lock().unwrap().iter().map(seq).collect();
    assert_eq!(order, (1..=1300).collect::<Vec<i64>>());
    let (line, headers) = collector.heads.lock().unwrap()[0].clone();
    assert_eq!(line, "POST /v1/logs");
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(headers["authorization"], "Bearer a-secret");
    let first = collector.taken.lock().unwrap()[0].clone();
    assert_eq!(attribute(&first, "qwarden.prompt"), None, "texts stay here");
    drop(exporter);
    log.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_down_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let address = free_port();
    let exporter = Exporter::start(dir.path(), settings(address), 1).unwrap();
    write(&log, 30).await;
    let shipped = settled(&exporter, 30, |shipped| shipped.failures > 0).await;
    assert_eq!((shipped.exported, shipped.lag), (0, 30));
    assert!(exporter.problem().is_some());
    // Up, refusing for a while, and up.
    let refusals = Mutex::new(2);
    let collector = Collector::start(address, move |_| {
        let mut left = refusals.lock().unwrap();
        *left -= i32::from(*left > 0);
        if *left > 0 { status(503) } else { status(200) }
    })
    .await;
    collector.has(30).await;
    settled(&exporter, 30, |shipped| shipped.lag == 0).await;
    assert_eq!(exporter.problem(), None);
    // Down again, with connections that were kept.
    let counts = collector.stop().await;
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    let failures = exporter.shipped(30).failures;
    write(&log, 10).await;
    settled(&exporter, 40, |shipped| shipped.failures > failures).await;
    let collector = Collector::start(address, |_| status(200)).await;
    collector.has(10).await;
    assert_eq!(collector.counts(), (31..=40).map(|seq| (seq, 1)).collect());
    drop(exporter);
    log.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_repeats_a_batch_at_most() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let collector = Collector::start("127.0.0.1:0".parse().unwrap(), |_| {
        // Takes its time, so that exporters are stopped while a batch is under way.
        #[expect(
            clippy::disallowed_methods,
            reason = "the runtime has two workers, and this one is to be slow"
        )]
        std::thread::sleep(Duration::from_millis(20));
        status(200)
    })
    .await;
    let (mut written, mut starts) = (0, 0);
    for round in 0..12u64 {
        let exporter = Exporter::start(dir.path(), collector.settings(), written + 1).unwrap();
        starts += 1;
        write(&log, 150).await;
        written += 150;
        tokio::time::sleep(Duration::from_millis(round * 7)).await;
        drop(exporter);
    }
    let exporter = Exporter::start(dir.path(), collector.settings(), written + 1).unwrap();
    collector.has(1800).await;
    settled(&exporter, 0, |shipped| shipped.lag == 0).await;
    let counts = collector.counts();
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), (1..=1800).collect::<Vec<i64>>());
    let repeated: usize = counts.values().map(|count| count - 1).sum();
    assert!(repeated <= starts * BATCH, "{repeated}");
    drop(exporter);
    log.close().await.unwrap();
    // Two exporters of one log, as after a thread that is still sending, may both write the position; and a position of
    // another log is known for one.
    let other = tempfile::tempdir().unwrap();
    std::fs::copy(dir.path().join("otlp-position.json"), other.path().join("otlp-position.json")).unwrap();
    let log = open(other.path());
    write(&log, 5).await;
    let fresh = Collector::start("127.0.0.1:0".parse().unwrap(), |_| status(200)).await;
    let exporter = Exporter::start(other.path(), fresh.settings(), 1).unwrap();
    fresh.has(5).await;
    drop(exporter);
    log.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_collector_refuses_is_found_counted_and_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    write(&log, 100).await;
    let collector = Collector::start("127.0.0.1:0".parse().unwrap(), |records| {
        if records.iter().any(|record| seq(record) == 37) { status(400) } else { status(200) }
    })
    .await;
    let exporter = Exporter::start(dir.path(), collector.settings(), 101).unwrap();
    collector.has(99).await;
    let shipped = settled(&exporter, 0, |shipped| shipped.lag == 0).await;
    assert_eq!((shipped.exported, shipped.rejected), (99, 1));
    assert_eq!(collector.counts().len(), 99);
    assert!(!collector.counts().contains_key(&37));
    drop(exporter);
    // A partial success is one.
    write(&log, 4).await;
    let partial = Collector::start("127.0.0.1:0".parse().unwrap(), |_| {
        let partial =
            ExportLogsPartialSuccess { rejected_log_records: 1, error_message: "too long".to_owned() };
        let answer = ExportLogsServiceResponse { partial_success: Some(partial) };
        Response::new(Full::new(answer.encode_to_vec().into()))
    })
    .await;
    let exporter = Exporter::start(dir.path(), partial.settings(), 105).unwrap();
    let shipped = settled(&exporter, 0, |shipped| shipped.lag == 0).await;
    assert_eq!((shipped.exported, shipped.rejected), (3, 1));
    drop(exporter);
    log.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_tells_how_far_it_is() {
    let address = free_port();
    let config = format!("otlp: {{endpoint: \"http://{address}\", content: true}}");
    let setup = Setup { config: &config, ..Setup::default() };
    let mut gateway = Harness::with(setup, |_| {
        response(200, JSON, br#"{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}]}"#)
    })
    .await;
    gateway
        .ask(&post(
            "/v1/chat/completions",
            br#"{"model":"qwen","messages":[{"role":"user","content":"ho"}]}"#,
        ))
        .await;
    gateway.record().await;
    let ready = async |expected: bool| {
        let told = async {
            loop {
                let page = get(gateway.admin, "/readyz").await;
                assert_eq!(page.status, 200, "a collector is no reason not to serve");
                let told = page.json()["shipping"].as_str().map(str::to_owned);
                if told.is_some() == expected {
                    return told;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, told).await.unwrap()
    };
    let told = ready(true).await.unwrap();
    assert!(told.contains("1 records wait"), "{told}");
    let collector = Collector::start(address, |_| status(200)).await;
    collector.has(1).await;
    ready(false).await;
    let page = get(gateway.admin, "/metrics").await;
    for line in ["qwarden_otlp_exported_records_total 1", "qwarden_otlp_lag_records 0"] {
        assert!(page.text().lines().any(|found| found == line), "{line}");
    }
    let record = collector.taken.lock().unwrap()[0].clone();
    assert_eq!(attribute(&record, "qwarden.reply"), Some(Value::StringValue("hi".into())));
    assert_eq!(attribute(&record, "gen_ai.operation.name"), Some(Value::StringValue("chat".into())));
    assert_eq!(attribute(&record, "http.response.status_code"), Some(Value::IntValue(200)));
    gateway.finish().await;
}
