//! The listener over real sockets. Owns its cases; refuses to know exchanges.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::*;
use crate::rewrite::Own;
use crate::wire::reply::{StreamCut, StreamItem};
use crate::wire::{BodyError, read_capped};

/// Who was refused, and why.
type Refusals = Arc<Mutex<Vec<(Option<SocketAddr>, &'static str)>>>;

/// A running server and what it saw.
struct Running {
    address: SocketAddr,
    served: Arc<AtomicUsize>,
    malformed: Refusals,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Drained>,
}

/// Limits that a test can wait for.
fn quick() -> Limits {
    Limits {
        head_timeout: Duration::from_millis(300),
        idle_timeout: Duration::from_millis(300),
        write_timeout: Duration::from_millis(300),
        drain: Duration::from_millis(500),
        ..Limits::default()
    }
}

async fn start<F, R>(limits: Limits, answer: F) -> Running
where
    F: Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response<ReplyBody>> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (served, malformed) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (stop, stopped) = oneshot::channel();
    let (count, log) = (served.clone(), malformed.clone());
    let service = tower::service_fn(move |request: Request<Incoming>| {
        count.fetch_add(1, Ordering::SeqCst);
        let answer = answer.clone();
        async move { Ok(answer(request).await) }
    });
    let record = move |peer, refused: Malformed| {
        log.lock().unwrap().push((peer, refused.code));
        "id-of-the-exchange".to_owned()
    };
    let ended = tokio::spawn(serve(listener, service, record, limits, async {
        let _ = stopped.await;
    }));
    Running { address, served, malformed, stop, ended }
}

fn own(text: impl Into<Bytes>) -> ReplyBody {
    ReplyBody::own(Own::for_test(text.into()))
}

fn item(text: impl Into<Bytes>) -> Result<StreamItem, StreamCut> {
    Ok(StreamItem::Own(Own::for_test(text.into())))
}

/// Says what it was asked.
async fn echo(request: Request<Incoming>) -> Response<ReplyBody> {
    assert!(request.extensions().get::<Peer>().is_some());
    let (parts, body) = request.into_parts();
    match read_capped(body, 1024, Duration::from_secs(5)).await {
        Ok(body) => {
            let said = format!("[{} {} {}]", parts.method, parts.uri.path(), String::from_utf8_lossy(&body));
            Response::new(own(said))
        }
        Err(error) => {
            let mut response = Response::new(own(error.code()));
            *response.status_mut() = if matches!(error, BodyError::TooLarge { .. }) {
                StatusCode::PAYLOAD_TOO_LARGE
            } else {
                StatusCode::BAD_REQUEST
            };
            response
        }
    }
}

async fn connect(server: &Running) -> TcpStream {
    let socket = TcpStream::connect(server.address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

/// Reads until the server closes; a second is long enough for any test here.
async fn read_all(socket: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let in_time = timeout(Duration::from_secs(4), socket.read_to_end(&mut read)).await;
    assert!(in_time.is_ok(), "the server did not close after {:?}", String::from_utf8_lossy(&read));
    String::from_utf8(read).unwrap()
}

/// Reads until `text` was seen.
async fn read_until(socket: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(text) {
        let mut piece = [0; 4096];
        let count = timeout(Duration::from_secs(4), socket.read(&mut piece)).await.unwrap().unwrap();
        assert!(count > 0, "closed before {text:?}, after {:?}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&piece[..count]);
    }
    String::from_utf8(read).unwrap()
}

async fn send(socket: &mut TcpStream, text: &str, piece: usize) {
    for piece in text.as_bytes().chunks(piece) {
        // The server may have refused the first pieces and closed already.
        if socket.write_all(piece).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_two_readers_could_read_differently_reaches_no_service() {
    let server = start(Limits::default(), echo).await;
    let many = "x: y\r\n".repeat(101);
    let large = format!("x: {}\r\n", "y".repeat(40_000));
    let cases: &[(&str, u16, &str)] = &[
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            400,
            "ambiguous_length",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            400,
            "ambiguous_length",
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\nhello", 400, "ambiguous_length"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello", 400, "ambiguous_length"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\n", 400, "ambiguous_length"),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n",
            400,
            "ambiguous_length",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
            400,
            "ambiguous_length",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            400,
            "ambiguous_length",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "ambiguous_length",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            400,
            "ambiguous_length",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
            "ambiguous_length",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
            400,
            "ambiguous_length",
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 400, "ambiguous_length"),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "ambiguous_length"),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\nhello", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: h\r\nX: a\r\n folded\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\nHost: h\n\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: h\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: h\r\nNo colon\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "malformed_request"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, Content-Encoding\r\n\r\n",
            400,
            "malformed_request",
        ),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Type: a\r\nContent-Type: b\r\n\r\n", 400, "malformed_request"),
        ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/1.2\r\nHost: h\r\n\r\n", 400, "malformed_request"),
        ("GET / HTTP/3.0\r\nHost: h\r\n\r\n", 400, "malformed_request"),
        ("GET /\r\n\r\n", 400, "malformed_request"),
        ("GET http://[ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "malformed_request"),
        ("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "malformed_request"),
        ("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", 400, "malformed_request"),
        ("\x16\x03\x01\x02", 400, "malformed_request"),
        (&format!("GET / HTTP/1.1\r\nHost: h\r\n{many}\r\n"), 431, "headers_too_large"),
        (&format!("GET / HTTP/1.1\r\nHost: h\r\n{large}\r\n"), 431, "headers_too_large"),
    ];
    for (request, status, code) in cases {
        for piece in [usize::MAX, 1] {
            if request.len() > 1000 && piece == 1 {
                continue;
            }
            let mut socket = connect(&server).await;
            let local = socket.local_addr().unwrap();
            send(&mut socket, request, piece).await;
            let answer = read_until(&mut socket, &format!("\"code\":\"{code}\"}}}}")).await;
            socket.shutdown().await.unwrap();
            assert_eq!(read_all(&mut socket).await, "", "after the answer to {request:?}");
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?} got {answer}");
            for header in [
                "x-qwarden-id: id-of-the-exchange\r\n",
                "content-type: application/json\r\n",
                "connection: close\r\n",
            ] {
                assert!(answer.contains(header), "{request:?} got {answer}");
            }
            assert_eq!(
                server.malformed.lock().unwrap().drain(..).collect::<Vec<_>>(),
                [(Some(local), *code)]
            );
        }
    }
    assert_eq!(server.served.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn requests_are_answered_in_order_however_they_are_cut() {
    let server = start(Limits::default(), echo).await;
    let good = "POST /one HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello\
        \r\nGET /two?q HTTP/1.1\r\nhost: h\r\n\r\n\
        POST /three HTTP/1.1\r\nHOST: h\r\ntransfer-encoding: CHUNKED\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: t\r\n\r\n\
        GET http://h/four HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n\
        OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n";
    let answers = ["[POST /one hello]", "[GET /two ]", "[POST /three abcde]", "[GET /four ]", "[OPTIONS * ]"];
    let ends: &[(&str, &str)] = &[
        ("GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /never", "[GET /last ]"),
        ("GET /last HTTP/1.0\r\n\r\n", "[GET /last ]"),
        (
            "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0, 0\r\n\r\nGET /never HTTP/1.1\r\nHost: h\r\n\r\n",
            "ambiguous_length",
        ),
        (
            "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\nGET /never HTTP/1.1\r\nHost: h\r\n\r\n",
            "body_broken",
        ),
    ];
    for (end, last) in ends {
        for piece in [usize::MAX, 1, 3, 64] {
            let mut socket = connect(&server).await;
            let all = format!("{good}{end}");
            send(&mut socket, &all, piece).await;
            let said = read_all(&mut socket).await;
            let mut rest = &said[..];
            for answer in answers.iter().chain([last]) {
                let Some(at) = rest.find(answer) else {
                    panic!("no {answer} in {rest}, pieces of {piece}, {end:?}")
                };
                rest = &rest[at + answer.len()..];
            }
            assert!(!said.contains("never"), "{said}");
        }
    }
}

#[tokio::test]
async fn http2_is_served_on_the_same_port() {
    let server = start(quick(), echo).await;
    let io = TokioIo::new(connect(&server).await);
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let request = |lengths: &[&str]| {
        let mut request = Request::post("http://h/h2");
        for length in lengths {
            request = request.header("content-length", *length);
        }
        request.body(Full::new(Bytes::from_static(b"hello"))).unwrap()
    };
    let answer = client.send_request(request(&[])).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "[POST /h2 hello]");
    let answer = client.send_request(request(&["5", "5"])).await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["x-qwarden-id"], "id-of-the-exchange");
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(body.ends_with(br#""code":"ambiguous_length"}}"#));
    assert_eq!(server.served.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn slow_and_silent_clients_are_let_go_and_busy_exchanges_are_not() {
    let server = start(quick(), |_| async {
        sleep(Duration::from_millis(700)).await;
        Response::new(own("late"))
    })
    .await;
    let (request, began) = ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", Instant::now());
    let check = async |sent: &str, pause: u64, expected: &[&str]| {
        let mut socket = connect(&server).await;
        socket.write_all(sent.as_bytes()).await.unwrap();
        sleep(Duration::from_millis(pause)).await;
        let _ = socket.write_all(b"X").await;
        let _ = socket.shutdown().await;
        let said = read_all(&mut socket).await;
        assert!(said.matches("HTTP/1.1").count() == expected.len(), "{sent:?} got {said:?}");
        assert!(expected.iter().all(|text| said.contains(text)), "{sent:?} got {said:?}");
    };
    let keep_alive = async {
        let mut socket = connect(&server).await;
        for _ in 0..2 {
            socket.write_all(request.as_bytes()).await.unwrap();
            read_until(&mut socket, "late").await;
        }
        let idle = Instant::now();
        assert_eq!(read_all(&mut socket).await, "");
        assert!((200..2000).contains(&idle.elapsed().as_millis()), "{:?}", idle.elapsed());
    };
    tokio::join!(
        check("", 500, &[]),
        check("PRI * HT", 500, &[]),
        check("GET / HTTP/1.1\r\nHost", 500, &["408 Request Timeout"]),
        check("\r\n", 500, &["408 Request Timeout"]),
        keep_alive,
    );
    let pipelined = async {
        let mut socket = connect(&server).await;
        socket.write_all(format!("{request}GET / HT").as_bytes()).await.unwrap();
        let said = read_all(&mut socket).await;
        assert!(said.contains("late") && said.contains("408 Request Timeout"), "{said}");
    };
    pipelined.await;
    assert!(began.elapsed() < Duration::from_secs(9));
}

/// A service whose exchange tells when it was dropped.
async fn gone_after(limits: Limits, streaming: bool, act: impl AsyncFnOnce(TcpStream)) -> Duration {
    let (gone, mut seen) = mpsc::unbounded_channel();
    let server = start(limits, move |_| {
        struct Guard(mpsc::UnboundedSender<()>);
        impl Drop for Guard {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        let guard = Guard(gone.clone());
        async move {
            if !streaming {
                // Polled for ever; the guard goes with the future.
                std::future::pending::<()>().await;
            }
            let endless = stream::unfold(guard, |guard| async move {
                sleep(Duration::from_millis(5)).await;
                Some((item(vec![b'x'; 64 * 1024]), guard))
            });
            Response::new(ReplyBody::stream(endless))
        }
    })
    .await;
    let mut socket = connect(&server).await;
    socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    act(socket).await;
    timeout(Duration::from_secs(4), seen.recv()).await.unwrap().unwrap();
    began.elapsed()
}

#[tokio::test]
async fn a_client_that_hangs_up_or_stops_reading_ends_its_exchange() {
    let hang_up = async |socket: TcpStream| drop(socket);
    let quickly = Duration::from_secs(1);
    assert!(gone_after(Limits::default(), false, hang_up).await < quickly);
    assert!(gone_after(Limits::default(), true, hang_up).await < quickly);
    // The write time-out ends it, long before the socket is dropped.
    let stop_reading = async |socket: TcpStream| {
        tokio::spawn(async move {
            sleep(Duration::from_secs(60)).await;
            drop(socket);
        });
    };
    assert!(gone_after(quick(), true, stop_reading).await < Duration::from_secs(3));
}

#[tokio::test]
async fn pieces_leave_at_once_and_a_cut_reply_is_seen_as_broken() {
    let (feed, fed) = mpsc::channel::<Result<StreamItem, StreamCut>>(1);
    let fed = Arc::new(Mutex::new(Some(fed)));
    let server = start(Limits::default(), move |_| {
        let fed = fed.lock().unwrap().take().unwrap();
        async move {
            Response::new(ReplyBody::stream(stream::unfold(fed, |mut fed| async move {
                Some((fed.recv().await?, fed))
            })))
        }
    })
    .await;
    let mut socket = connect(&server).await;
    socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    for piece in ["one", "two", "three"] {
        feed.send(item(piece)).await.unwrap();
        read_until(&mut socket, &format!("\r\n{piece}\r\n")).await;
    }
    feed.send(Err(StreamCut { reason: "test" })).await.unwrap();
    assert_eq!(read_all(&mut socket).await, "", "no last chunk");
}

#[tokio::test]
async fn an_early_answer_is_read_by_a_client_that_is_still_sending() {
    let server = start(Limits::default(), echo).await;
    for framing in ["Content-Length: 50000000", "Transfer-Encoding: chunked"] {
        let mut socket = connect(&server).await;
        let head = format!("POST / HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\nFFFFFF\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..200 {
            if socket.write_all(&[b'x'; 32 * 1024]).await.is_err() {
                break;
            }
        }
        let said = read_until(&mut socket, "body_too_large").await;
        assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    }
}

#[tokio::test]
async fn a_shutdown_lets_exchanges_finish_and_cuts_what_does_not() {
    let request = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    for (takes, cut) in [(200, 0), (60_000, 1)] {
        let server = start(quick(), move |_| async move {
            sleep(Duration::from_millis(takes)).await;
            Response::new(own("done"))
        })
        .await;
        let mut silent = connect(&server).await;
        let mut busy = connect(&server).await;
        busy.write_all(request).await.unwrap();
        sleep(Duration::from_millis(50)).await;
        server.stop.send(()).unwrap();
        assert_eq!(read_all(&mut silent).await, "");
        sleep(Duration::from_millis(20)).await;
        assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens");
        let said = read_all(&mut busy).await;
        assert_eq!(said.ends_with("done"), cut == 0, "{said:?}");
        assert_eq!(said.contains("connection: close"), cut == 0, "{said:?}");
        assert_eq!(server.ended.await.unwrap(), Drained { cut });
    }
}
