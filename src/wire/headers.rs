//! Hygiene of headers: what belongs to one connection stays on it.
//!
//! Owns the rules of RFC 9110 section 7.6.1 for a gateway, and the names that only the gateway may
//! set (`x-qwarden-*`). Refuses to know policies: the gateway adds its own headers afterwards.

use std::net::IpAddr;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Prefix of the headers that only the gateway sets.
pub const OWN_PREFIX: &str = "x-qwarden-";

/// Makes the headers of a client's request fit to go to the upstream.
///
/// Goes: every hop-by-hop header and what `Connection` names, `Expect` (the server answers it when
/// the body is read), `Host` and `Content-Length` (the client sets both anew), `x-qwarden-*`.
/// `Accept-Encoding` becomes `identity`, because a reply must be read to be screened; `peer` is
/// appended to `X-Forwarded-For`, after `Connection` had its say, so that a client cannot have it
/// removed.
pub fn to_upstream(headers: &mut HeaderMap, peer: Option<IpAddr>) {
    strip(headers, |name| matches!(name, "expect" | "host" | "content-length"));
    join_cookies(headers);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(peer) = peer {
        append_forwarded_for(headers, peer);
    }
}

/// Makes the headers of an upstream's response fit to go to the client.
///
/// Goes: every hop-by-hop header and what `Connection` names, `Content-Length` (hyper writes it
/// from the body that is really sent), `Alt-Svc` (it would lead clients around the gateway), and
/// `x-qwarden-*`, which a backend could otherwise forge.
pub fn to_client(headers: &mut HeaderMap) {
    strip(headers, |name| matches!(name, "content-length" | "alt-svc"));
}

/// Removes the hop-by-hop headers, the gateway's own, and those that `also` names.
fn strip(headers: &mut HeaderMap, also: impl Fn(&str) -> bool) {
    let mut doomed: Vec<HeaderName> = Vec::new();
    for name in headers.keys() {
        let text = name.as_str();
        if is_hop_by_hop(text) || text.starts_with(OWN_PREFIX) || also(text) {
            doomed.push(name.clone());
        }
    }
    for value in headers.get_all(header::CONNECTION) {
        for token in value.as_bytes().split(|byte| *byte == b',') {
            let token = token.trim_ascii();
            if token.eq_ignore_ascii_case(b"close") || token.eq_ignore_ascii_case(b"keep-alive") {
                continue;
            }
            // A body whose Content-Encoding was struck out would be read differently than it was
            // screened; `head::ambiguity` refuses a request that tries.
            match HeaderName::from_bytes(token) {
                Ok(name) if !describes_the_body(&name) => doomed.push(name),
                _ => {}
            }
        }
    }
    for name in &doomed {
        headers.remove(name);
    }
}

fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authentication-info"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
    )
}

/// Headers that say how a body is to be read: `Connection` may not name them.
pub(super) fn describes_the_body(name: &HeaderName) -> bool {
    matches!(name.as_str(), "content-encoding" | "content-type" | "content-length" | "content-range")
}

/// HTTP/2 clients may split `Cookie` over lines; HTTP/1 allows one (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(header::COOKIE).iter().nth(1).is_none() {
        return;
    }
    let lines: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    // Joining valid values with "; " cannot give an invalid one.
    if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

fn append_forwarded_for(headers: &mut HeaderMap, peer: IpAddr) {
    const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    let mut chain = Vec::with_capacity(40);
    for value in headers.get_all(&FORWARDED_FOR) {
        if !value.is_empty() {
            chain.extend_from_slice(value.as_bytes());
            chain.extend_from_slice(b", ");
        }
    }
    chain.extend_from_slice(peer.to_canonical().to_string().as_bytes());
    if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(chain)) {
        headers.insert(FORWARDED_FOR, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Lines<'a> = &'a [(&'a str, &'a str)];

    fn headers(lines: Lines<'_>) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        map
    }

    fn check(before: Lines<'_>, after: Lines<'_>, clean: impl Fn(&mut HeaderMap)) {
        let mut map = headers(before);
        clean(&mut map);
        assert_eq!(map, headers(after), "from {before:?}");
    }

    #[test]
    fn requests_lose_what_belongs_to_one_connection() {
        let peer: IpAddr = "192.0.2.7".parse().unwrap();
        let always = [("accept-encoding", "identity"), ("x-forwarded-for", "192.0.2.7")];
        let cases: &[(Lines<'_>, Lines<'_>)] = &[
            (&[("host", "gateway"), ("content-length", "5"), ("expect", "100-continue")], &[]),
            (&[("connection", "keep-alive"), ("keep-alive", "timeout=5")], &[]),
            (
                &[("connection", "close, X-One ,"), ("connection", "x-two"), ("x-one", "1"), ("x-two", "2")],
                &[],
            ),
            (
                &[("te", "trailers"), ("trailer", "x"), ("transfer-encoding", "chunked"), ("upgrade", "h2c")],
                &[],
            ),
            (&[("proxy-authorization", "secret"), ("proxy-connection", "keep-alive")], &[]),
            (&[("x-qwarden-id", "forged"), ("X-Qwarden-Action", "allow")], &[]),
            (&[("accept-encoding", "br, gzip")], &[]),
            (
                &[("authorization", "Bearer k"), ("content-encoding", "gzip"), ("x-custom", "kept")],
                &[("authorization", "Bearer k"), ("content-encoding", "gzip"), ("x-custom", "kept")],
            ),
            (
                &[("connection", "content-encoding"), ("content-encoding", "gzip")],
                &[("content-encoding", "gzip")],
            ),
            (&[("cookie", "a=1"), ("cookie", "b=2")], &[("cookie", "a=1; b=2")]),
        ];
        for (before, after) in cases {
            let after: Vec<_> = after.iter().chain(&always).copied().collect();
            check(before, &after, |map| to_upstream(map, Some(peer)));
        }
    }

    #[test]
    fn the_peer_is_appended_to_what_came_and_cannot_be_struck_out() {
        let identity = ("accept-encoding", "identity");
        let cases: &[(Lines<'_>, &str, &str)] = &[
            (&[("x-forwarded-for", "10.0.0.1")], "192.0.2.7", "10.0.0.1, 192.0.2.7"),
            (&[("x-forwarded-for", "a"), ("x-forwarded-for", "b")], "2001:db8::1", "a, b, 2001:db8::1"),
            (&[("connection", "x-forwarded-for"), ("x-forwarded-for", "a")], "::ffff:192.0.2.7", "192.0.2.7"),
        ];
        for (before, peer, chain) in cases {
            check(before, &[identity, ("x-forwarded-for", chain)], |map| {
                to_upstream(map, Some(peer.parse().unwrap()));
            });
        }
        check(&[], &[identity], |map| to_upstream(map, None));
    }

    #[test]
    fn responses_keep_what_is_meant_for_the_client() {
        let kept = [
            ("content-type", "application/json"),
            ("set-cookie", "a"),
            ("set-cookie", "b"),
            ("x-request-id", "7"),
        ];
        let gone = [
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("content-length", "12"),
            ("alt-svc", "h3=\":443\""),
            ("x-qwarden-action", "allow"),
        ];
        let before: Vec<_> = gone.iter().chain(&kept).copied().collect();
        check(&before, &kept, to_client);
    }
}
