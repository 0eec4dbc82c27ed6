//! Addresses of things on the network.

use std::ops::Range;

use super::{EntityKind, View};

/// What a URL may be made of behind its scheme: printable ASCII but quotes, angle brackets and
/// square ones (`[name](https://example.com)[next]`).
macro_rules! url_character {
    () => {
        r"[!\x23-\x3b=\x3f-\x5a\\^_\x61-\x7e]"
    };
}

/// A URL with a scheme, one that begins with `www.`, or a host of a common domain with a path.
pub(super) const KIND: EntityKind = EntityKind {
    name: "url",
    patterns: &[
        concat!(
            r"(?:https?|ftps?|sftp|wss?|ssh|git|s3|gs|rtsp|rtmp|ldaps?|mongodb(?:\+srv)?|postgres(?:ql)?|mysql|",
            r"rediss?|amqps?|jdbc:[a-z]{2,12})://",
            r"(?:\[[0-9a-f:.]{2,45}\])?",
            url_character!(),
            r"{0,2000}"
        ),
        concat!(r"(?-u:\b)www\.[a-z0-9\-]{1,63}\.[a-z]{2}", url_character!(), r"{0,500}"),
        concat!(
            r"(?-u:\b)(?:[a-z0-9\-]{1,63}\.){1,3}(?:com|org|net|io|cn|co|ly|me|gg|gl|be|dev|app|ai|info|edu|gov|de|uk|",
            r"fr|jp|kr|ru|xyz|top|cc)/",
            url_character!(),
            r"{1,300}"
        ),
        // Hosts in other scripts, with the top-level domains that go with them; Hangul is taken apart.
        concat!(
            r"https?://[a-z0-9.\-\u{e0}-\u{24f}\u{400}-\u{4ff}\u{3041}-\u{30ff}\u{4e00}-\u{9fff}\u{1100}-\u{11ff}]{1,64}",
            r"\.(?:中国|中國|公司|网络|網絡|网址|香港|台湾|台灣|рф|укр|\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}|com|net|org|de|fr|at|ch|cn|jp|kr)",
            r"(?:[/?#]",
            url_character!(),
            r"{0,500})?"
        ),
    ],
    view: View::Folded,
    longest: 2_067,
    refine,
};

fn refine(matched: &str) -> Option<Range<usize>> {
    let text = trim_end(matched);
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let is_host = host.starts_with(|c: char| c.is_alphanumeric() || c == '[') && !host.starts_with("...");
    let named = text.contains("://") || host.contains('.');
    (is_host && named).then_some(0..text.len())
}

/// Without the punctuation of the sentence around it: a closing bracket belongs to a URL that
/// opened one.
fn trim_end(text: &str) -> &str {
    let surplus =
        |open: char, close: char| text.matches(close).count().saturating_sub(text.matches(open).count());
    let (mut round, mut curly) = (surplus('(', ')'), surplus('{', '}'));
    let spend = |left: &mut usize| {
        let any = *left > 0;
        *left = left.saturating_sub(1);
        any
    };
    text.trim_end_matches(|last| match last {
        ')' => spend(&mut round),
        '}' => spend(&mut curly),
        _ => matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '|' | '\\'),
    })
}
