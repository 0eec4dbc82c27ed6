//! Load generator for plain and streamed chat completions; prints one JSON object.
//! Flags: --addr --path --body FILE --conns --n (requests in all) --mode unary|stream
//!        --secs (no new request after that many seconds) --timeout-s
//!        --headers FILE ("K: V" lines)
//! stream: ttft_us  request written -> first event with non-empty content read
//!         total_us request written -> last byte read
//!         gap_us   between reads of successive content events
//!         token_us backend wrote the token -> it was read here (the backend stamps every token)
use bench_kit::{loopback, now_ns, num, opt, runtime, unstamp};
use std::{
    net::SocketAddr,
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[derive(Default)]
struct Stats {
    ok: u64,
    errors: u64,
    reconnects: u64,
    tokens: u64,
    short: u64,
    first_error: Option<String>,
    sample: Option<String>,
    lat: Vec<u64>,
    ttft: Vec<u64>,
    total: Vec<u64>,
    gap: Vec<u64>,
    token: Vec<u64>,
}

/// Reads one HTTP/1.1 response; feeds decoded body bytes to `sink` with the read time.
async fn response(
    s: &mut TcpStream,
    buf: &mut Vec<u8>,
    mut sink: impl FnMut(&[u8], u64),
) -> Result<(u16, bool), String> {
    buf.clear();
    let mut tmp = vec![0u8; 65536];
    let (head, mut at) = loop {
        let n = s.read(&mut tmp).await.map_err(|e| e.to_string())?;
        let t = now_ns();
        if n == 0 {
            return Err("eof before the response head".into());
        }
        buf.extend_from_slice(&tmp[..n]);
        if let Some(p) = memchr::memmem::find(buf, b"\r\n\r\n") {
            break (p + 4, t);
        }
    };
    let text = String::from_utf8_lossy(&buf[..head]).to_ascii_lowercase();
    let status: u16 = text.get(9..12).and_then(|c| c.parse().ok()).ok_or("no status")?;
    let close = text.contains("\r\nconnection: close");
    let get = |k: &str| text.split("\r\n").find_map(|l| l.strip_prefix(k).map(|v| v.trim().to_string()));
    let chunked = get("transfer-encoding:").is_some_and(|v| v.contains("chunked"));
    let length: Option<usize> = get("content-length:").and_then(|v| v.parse().ok());
    let mut pend: Vec<u8> = buf[head..].to_vec();
    let (mut left, mut need_crlf, mut seen) = (0usize, false, 0usize);
    loop {
        if chunked {
            let mut p = 0;
            loop {
                if left > 0 {
                    let n = left.min(pend.len() - p);
                    if n == 0 {
                        break;
                    }
                    sink(&pend[p..p + n], at);
                    p += n;
                    left -= n;
                    need_crlf = left == 0;
                    continue;
                }
                if need_crlf {
                    if pend.len() - p < 2 {
                        break;
                    }
                    p += 2;
                    need_crlf = false;
                }
                let Some(e) = memchr::memmem::find(&pend[p..], b"\r\n") else { break };
                let hex = std::str::from_utf8(&pend[p..p + e]).map_err(|_| "bad chunk size")?;
                let size = usize::from_str_radix(hex.split(';').next().unwrap().trim(), 16)
                    .map_err(|_| format!("bad chunk size {hex:?}"))?;
                if size == 0 {
                    if pend.len() < p + e + 4 {
                        break; // the last CRLF is still to come
                    }
                    return Ok((status, close));
                }
                p += e + 2;
                left = size;
            }
            pend.drain(..p);
        } else {
            sink(&pend, at);
            seen += pend.len();
            pend.clear();
            if length.is_some_and(|l| seen >= l) {
                return Ok((status, close));
            }
        }
        let n = s.read(&mut tmp).await.map_err(|e| e.to_string())?;
        at = now_ns();
        if n == 0 {
            return if chunked || length.is_some() {
                Err("eof inside the body".into())
            } else {
                Ok((status, true))
            };
        }
        pend.extend_from_slice(&tmp[..n]);
    }
}

fn content(line: &[u8]) -> Option<&[u8]> {
    let p = memchr::memmem::find(line, b"\"content\":")? + 10;
    let rest = line[p..].strip_prefix(b" ").unwrap_or(&line[p..]);
    let rest = rest.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', rest)?;
    (end > 0).then(|| &rest[..end])
}

async fn worker(addr: SocketAddr, req: Rc<Vec<u8>>, left: Rc<AtomicU64>, stream: bool, until: u64) -> Stats {
    let mut st = Stats::default();
    let mut conn: Option<TcpStream> = None;
    let mut buf = Vec::new();
    while now_ns() < until
        && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |v| v.checked_sub(1)).is_ok()
    {
        let mut s = match conn.take() {
            Some(s) => s,
            None => match TcpStream::connect(addr).await {
                Ok(s) => {
                    let _ = s.set_nodelay(true);
                    st.reconnects += 1;
                    s
                }
                Err(e) => {
                    st.errors += 1;
                    st.first_error.get_or_insert(e.to_string());
                    continue;
                }
            },
        };
        let t0 = now_ns();
        if let Err(e) = s.write_all(&req).await {
            st.errors += 1;
            st.first_error.get_or_insert(e.to_string());
            continue;
        }
        let (mut first, mut last, mut tokens, mut done) = (0u64, 0u64, 0u64, false);
        let mut text = Vec::new();
        let (mut gaps, mut toks) = (Vec::new(), Vec::new());
        let mut keep = Vec::new();
        let r = response(&mut s, &mut buf, |b, at| {
            if !stream {
                if keep.len() < 900 {
                    keep.extend_from_slice(&b[..b.len().min(900)]);
                }
                return;
            }
            text.extend_from_slice(b);
            let mut p = 0;
            while let Some(e) = memchr::memchr(b'\n', &text[p..]) {
                let line = &text[p..p + e];
                p += e + 1;
                let Some(d) = line.strip_prefix(b"data:") else { continue };
                if d.windows(6).take(2).any(|w| w == b"[DONE]") {
                    done = true;
                } else if let Some(c) = content(d) {
                    // an aggregating proxy may put several tokens in one event
                    let mut any = false;
                    for w in c.split(|b| *b == b' ').filter(|w| w.first() == Some(&b'w')) {
                        if let Some(sent) = unstamp(&w[1..]) {
                            toks.push(at.saturating_sub(sent));
                            tokens += 1;
                            any = true;
                        }
                    }
                    if !any {
                        tokens += 1;
                    }
                    if first == 0 {
                        first = at;
                    } else {
                        gaps.push(at - last);
                    }
                    last = at;
                }
            }
            text.drain(..p);
            if keep.len() < 900 {
                keep.extend_from_slice(&b[..b.len().min(900)]);
            }
        })
        .await;
        let t1 = now_ns();
        match r {
            Ok((200, close)) => {
                st.ok += 1;
                st.sample.get_or_insert_with(|| String::from_utf8_lossy(&keep).into_owned());
                if stream {
                    st.tokens += tokens;
                    st.ttft.push(first.saturating_sub(t0));
                    st.total.push(t1 - t0);
                    st.gap.extend(gaps);
                    st.token.extend(toks);
                    if !done {
                        st.short += 1;
                    }
                } else {
                    st.lat.push(t1 - t0);
                }
                if !close {
                    conn = Some(s);
                }
            }
            Ok((code, close)) => {
                st.errors += 1;
                st.first_error.get_or_insert(format!("status {code}: {}", String::from_utf8_lossy(&keep)));
                if !close {
                    conn = Some(s);
                }
            }
            Err(e) => {
                st.errors += 1;
                st.first_error.get_or_insert(e);
            }
        }
    }
    st
}

fn pct(v: &mut [u64]) -> serde_json::Value {
    if v.is_empty() {
        return serde_json::Value::Null;
    }
    v.sort_unstable();
    let at = |q: f64| v[((v.len() as f64 * q) as usize).min(v.len() - 1)] as f64 / 1000.0;
    let mean = v.iter().sum::<u64>() as f64 / v.len() as f64 / 1000.0;
    serde_json::json!({"p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1.0), "mean": mean, "n": v.len()})
}

fn main() {
    let addr = loopback(&opt("addr", "127.0.0.1:18080"));
    let (conns, n) = (num("conns", 1), num("n", 100));
    let stream = opt("mode", "unary") == "stream";
    let body = std::fs::read(opt("body", "body-1k.json")).expect("body file");
    let mut head = format!(
        "POST {} HTTP/1.1\r\nHost: {addr}\r\nContent-Type: application/json\r\nAuthorization: Bearer sk-bench\r\nContent-Length: {}\r\n",
        opt("path", "/v1/chat/completions"),
        body.len()
    );
    let extra = opt("headers", "");
    if !extra.is_empty() {
        for l in std::fs::read_to_string(extra).expect("headers file").lines().filter(|l| !l.is_empty()) {
            head += &format!("{l}\r\n");
        }
    }
    let mut req = (head + "\r\n").into_bytes();
    req.extend_from_slice(&body);
    let secs: f64 = opt("secs", "60").parse().expect("--secs");
    let limit = std::time::Duration::from_secs(num("timeout-s", 120));
    let out = runtime().block_on(async move {
        let (req, left) = (Rc::new(req), Rc::new(AtomicU64::new(n)));
        let t0 = now_ns();
        let until = t0 + (secs * 1e9) as u64;
        let set = tokio::task::LocalSet::new();
        let mut all = Stats::default();
        let run = set.run_until(async {
            let hs: Vec<_> = (0..conns).map(|_| tokio::task::spawn_local(worker(addr, req.clone(), left.clone(), stream, until))).collect();
            let mut v = Vec::new();
            for h in hs {
                v.push(h.await.unwrap());
            }
            v
        });
        let parts = tokio::time::timeout(limit, run).await;
        let secs = (now_ns() - t0) as f64 / 1e9;
        let timed_out = parts.is_err();
        for s in parts.unwrap_or_default() {
            all.ok += s.ok;
            all.errors += s.errors;
            all.reconnects += s.reconnects;
            all.tokens += s.tokens;
            all.short += s.short;
            all.first_error = all.first_error.or(s.first_error);
            all.sample = all.sample.or(s.sample);
            all.lat.extend(s.lat);
            all.ttft.extend(s.ttft);
            all.total.extend(s.total);
            all.gap.extend(s.gap);
            all.token.extend(s.token);
        }
        serde_json::json!({
            "mode": if stream { "stream" } else { "unary" }, "conns": conns, "ok": all.ok, "errors": all.errors,
            "first_error": all.first_error, "sample": all.sample, "timed_out": timed_out, "connects": all.reconnects, "secs": secs,
            "rps": all.ok as f64 / secs, "tokens": all.tokens, "tokens_per_s": all.tokens as f64 / secs,
            "streams_without_done": all.short,
            "lat_us": pct(&mut all.lat), "ttft_us": pct(&mut all.ttft), "total_us": pct(&mut all.total),
            "gap_us": pct(&mut all.gap), "token_us": pct(&mut all.token),
        })
    });
    println!("{out}");
}
