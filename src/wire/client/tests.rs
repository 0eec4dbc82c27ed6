//! The client against real sockets: addresses, failures by name, what is sent again, and who hangs up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::connect::Timed;
use super::*;

/// What a backend of the tests does with one request.
#[derive(Clone, Copy)]
enum Act {
    /// Says this and keeps the connection.
    Say(&'static str),
    /// Says this and closes.
    SayAndClose(&'static str),
    /// Never answers.
    Stall,
}

/// A backend that follows a script, one act a request, over all connections.
struct Backend {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// The requests as they came, and `gone` for each connection that the client closed.
    seen: mpsc::UnboundedReceiver<String>,
}

async fn backend(script: &'static [Act]) -> Backend {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (connections, next) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (tell, seen) = mpsc::unbounded_channel();
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(follow(socket, script, next.clone(), tell.clone()));
        }
    });
    Backend { address, connections, seen }
}

async fn follow(
    mut socket: TcpStream,
    script: &'static [Act],
    next: Arc<AtomicUsize>,
    tell: mpsc::UnboundedSender<String>,
) {
    let mut bytes = vec![0; 65536];
    loop {
        // The requests of these tests come in one piece.
        let count = socket.read(&mut bytes).await.unwrap_or(0);
        if count == 0 {
            let _ = tell.send("gone".to_owned());
            return;
        }
        let _ = tell.send(String::from_utf8_lossy(&bytes[..count]).into_owned());
        match script[next.fetch_add(1, Ordering::SeqCst)] {
            Act::Say(text) => socket.write_all(text.as_bytes()).await.unwrap(),
            Act::SayAndClose(text) => {
                socket.write_all(text.as_bytes()).await.unwrap();
                return;
            }
            Act::Stall => {}
        }
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn limits() -> UpstreamLimits {
    UpstreamLimits { first_byte_timeout: Duration::from_millis(300), ..UpstreamLimits::default() }
}

fn request(method: Method, target: &str) -> Permitted<Request<Bytes>> {
    let body = if method == Method::POST { Bytes::from_static(b"{}") } else { Bytes::new() };
    Permitted::for_test(Request::builder().method(method).uri(target).body(body).unwrap())
}

async fn upstream(backend: &Backend, path: &str) -> Upstream {
    Upstream::new(&format!("http://{}{path}", backend.address), limits()).unwrap()
}

#[test]
fn addresses_are_read_strictly() {
    for (url, error) in [
        ("http://127.0.0.1:8000", ""),
        ("http://[::1]:8000/", ""),
        ("http://backend/base/path/", ""),
        ("127.0.0.1:8000", "\"127.0.0.1:8000\" is not a URL; write it like http://127.0.0.1:8000"),
        ("/path", "\"/path\" is not a URL; write it like http://127.0.0.1:8000"),
        ("", "\"\" is not a URL; write it like http://127.0.0.1:8000"),
        ("ftp://h/", "the URL of an upstream has no scheme other than http and https"),
        ("http://user:secret@h/", "the URL of an upstream has no user"),
        ("http://h/?key=1", "the URL of an upstream has no query"),
    ] {
        let said = Upstream::new(url, limits()).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(said, error, "{url}");
    }
}

#[tokio::test]
async fn requests_go_behind_the_prefix_over_one_connection() {
    let mut backend = backend(&[Act::Say(OK), Act::Say(OK), Act::Say(OK)]).await;
    let address = backend.address;
    // A pool that is dropped closes its connections, which the backend would tell.
    let mut alive = Vec::new();
    for (path, method, target, line) in [
        ("", Method::POST, "/v1/chat?x=%20y", "POST /v1/chat?x=%20y HTTP/1.1"),
        ("/", Method::GET, "http://gateway/v1/models", "GET /v1/models HTTP/1.1"),
        ("/base/", Method::POST, "/v1/chat", "POST /base/v1/chat HTTP/1.1"),
    ] {
        let upstream = upstream(&backend, path).await;
        alive.push(upstream.clone());
        let mut sent = request(method.clone(), target).into_inner();
        *sent.version_mut() = Version::HTTP_2;
        sent.headers_mut().insert(HOST, HeaderValue::from_static("gateway"));
        sent.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("99"));
        sent.headers_mut().insert("x-kept", HeaderValue::from_static("1"));
        let response = upstream.send(Permitted::for_test(sent)).await.unwrap();
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "ok");
        let seen = backend.seen.recv().await.unwrap();
        assert!(seen.starts_with(&format!("{line}\r\n")), "{seen}");
        assert_eq!(seen.matches("host: ").count(), 1);
        assert!(seen.contains(&format!("host: {address}\r\n")) && seen.contains("x-kept: 1\r\n"), "{seen}");
        assert_eq!(seen.contains("content-length: 2\r\n"), method == Method::POST, "{seen}");
        assert!(!seen.contains(": 99"), "{seen}");
    }

    let mut backend = self::backend(&[Act::Say(OK), Act::Say(OK), Act::Say(OK)]).await;
    let upstream = upstream(&backend, "").await;
    for _ in 0..3 {
        let response = upstream.send(request(Method::POST, "/")).await.unwrap();
        response.into_body().collect().await.unwrap();
        backend.seen.recv().await.unwrap();
        // The connection goes back to the pool on a task of its own.
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(backend.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn each_failure_has_its_name() {
    let check = async |script, method: Method, code: &str, kind: &str, status: u16| {
        let backend = backend(script).await;
        let error = upstream(&backend, "").await.send(request(method, "/")).await.unwrap_err();
        assert_eq!((error.code(), error.status().as_u16()), (code, status), "{error:?}");
        assert!(format!("{error:?}").starts_with(kind), "{error:?}");
    };
    check(&[Act::Stall], Method::POST, "upstream_timeout", "FirstByteTimeout", 504).await;
    check(&[Act::SayAndClose("")], Method::POST, "upstream_error", "Broken", 502).await;
    check(&[Act::SayAndClose("HTTP/1.1 200 OK\r\nhalf")], Method::POST, "upstream_error", "Broken", 502)
        .await;
    check(&[Act::Say("SMTP ready\r\n\r\n")], Method::POST, "upstream_error", "Malformed", 502).await;
    check(
        &[Act::Say("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")],
        Method::POST,
        "upstream_error",
        "Malformed",
        502,
    )
    .await;
    check(&[Act::SayAndClose(""), Act::SayAndClose("")], Method::GET, "upstream_error", "Broken", 502).await;

    let closed = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    for url in [format!("http://{closed}"), "http://no-such-host.invalid".to_owned()] {
        let error =
            Upstream::new(&url, UpstreamLimits::default()).unwrap().send(request(Method::GET, "/")).await;
        assert_eq!(error.unwrap_err().code(), "upstream_unreachable", "{url}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_come_about_times_out() {
    let never = tower::service_fn(|_: Uri| std::future::pending::<Result<TokioIo<TcpStream>, BoxError>>());
    let client = connect::pool(Timed { connector: never, deadline: Duration::from_secs(5) }, &limits());
    let began = Instant::now();
    let request = Request::get("http://backend/").body(Bytes::new()).unwrap();
    let error = exchange(&client, request).await.unwrap_err();
    assert!(matches!(error, UpstreamError::ConnectTimeout), "{error:?}");
    assert_eq!((error.code(), began.elapsed().as_secs()), ("upstream_timeout", 5));
}

#[tokio::test]
async fn a_request_is_sent_twice_only_where_that_is_safe() {
    // The backend closes after its answer; the pool finds out, and takes a new connection.
    let backend = self::backend(&[Act::SayAndClose(OK), Act::Say(OK)]).await;
    let upstream = upstream(&backend, "").await;
    for _ in 0..2 {
        let response = upstream.send(request(Method::POST, "/")).await.unwrap();
        response.into_body().collect().await.unwrap();
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(backend.connections.load(Ordering::SeqCst), 2);

    // It takes the request and closes without a word: who knows what it did with a POST.
    for (method, sent) in [(Method::GET, 2), (Method::POST, 1)] {
        let mut backend = self::backend(&[Act::SayAndClose(""), Act::Say(OK)]).await;
        let answered = self::upstream(&backend, "").await.send(request(method, "/")).await;
        assert_eq!(answered.is_ok(), sent == 2);
        drop(answered);
        let mut seen = 0;
        while let Ok(text) = backend.seen.try_recv() {
            seen += usize::from(text != "gone");
        }
        assert_eq!(seen, sent);
    }
}

#[tokio::test]
async fn dropping_the_call_or_the_body_hangs_up() {
    const HALF: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nthe first of many bytes";
    let mut backend = backend(&[Act::Say(HALF), Act::Stall]).await;
    let upstream = upstream(&backend, "").await;
    let response = upstream.send(request(Method::POST, "/")).await.unwrap();
    assert!(backend.seen.recv().await.unwrap().starts_with("POST"));
    drop(response);
    assert_eq!(backend.seen.recv().await.unwrap(), "gone");

    let call = tokio::spawn({
        let upstream = upstream.clone();
        async move { upstream.send(request(Method::POST, "/")).await.map(drop) }
    });
    assert!(backend.seen.recv().await.unwrap().starts_with("POST"));
    call.abort();
    assert_eq!(backend.seen.recv().await.unwrap(), "gone");
}

#[tokio::test]
async fn https_does_not_speak_to_a_backend_without_tls() {
    let backend = backend(&[Act::Say(OK)]).await;
    match Upstream::new(&format!("https://{}", backend.address), UpstreamLimits::default()) {
        Ok(upstream) => {
            let error = upstream.send(request(Method::GET, "/")).await.unwrap_err();
            assert_eq!(error.code(), "upstream_unreachable", "{error:?}");
        }
        // A machine without root certificates says so, and does not go on without.
        Err(error) => assert!(matches!(error, AddressError::Roots(_)), "{error:?}"),
    }
}
