//! What the three programs share: flags, the clock, and time stamps that travel as the text of a token.
use std::net::SocketAddr;

/// `--name value` on the command line, else the default.
pub fn opt(name: &str, default: &str) -> String {
    let flag = format!("--{name}");
    let mut it = std::env::args().skip(1);
    while let Some(a) = it.next() {
        if a == flag {
            return it.next().unwrap_or_default();
        }
        if let Some(v) = a.strip_prefix(&format!("{flag}=")) {
            return v.to_string();
        }
    }
    default.to_string()
}

pub fn num(name: &str, default: u64) -> u64 {
    opt(name, &default.to_string()).parse().unwrap_or_else(|_| panic!("--{name}: not a number"))
}

/// Loopback only: nothing in this kit may talk to another address.
pub fn loopback(s: &str) -> SocketAddr {
    let a: SocketAddr = s.parse().unwrap_or_else(|_| panic!("not an ip:port: {s}"));
    assert!(a.ip().is_loopback(), "refusing the non-loopback address {a}");
    a
}

/// CLOCK_MONOTONIC in ns: the same clock in every process of this machine.
pub fn now_ns() -> u64 {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut ts) };
    ts.tv_sec as u64 * 1_000_000_000 + ts.tv_nsec as u64
}

/// Time stamps travel as token text (" w" + 16 consonants), so that they pass
/// through any proxy that re-serialises the JSON and match no word rule.
const ALPHA: &[u8; 16] = b"bcdfghjklmnpqrst";

pub fn stamp(ns: u64) -> [u8; 16] {
    let mut out = [0u8; 16];
    for (i, o) in out.iter_mut().enumerate() {
        *o = ALPHA[((ns >> (60 - 4 * i)) & 15) as usize];
    }
    out
}

pub fn unstamp(s: &[u8]) -> Option<u64> {
    if s.len() < 16 {
        return None;
    }
    let mut v = 0u64;
    for b in &s[..16] {
        v = v << 4 | ALPHA.iter().position(|a| a == b)? as u64;
    }
    Some(v)
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
