//! E-mail addresses.

use std::ops::Range;

use super::{EntityKind, View, range_of};

/// Letters of addresses beyond ASCII: Latin-1 (`info@bücher.example`).
macro_rules! latin {
    () => {
        r"\u{df}-\u{f6}\u{f8}-\u{ff}"
    };
}

/// An address: `ada@example.org`, also as `ada [at] example [dot] org`.
pub(super) const KIND: EntityKind = EntityKind {
    name: "email",
    patterns: &[
        // In front, the user of a URL; behind, the path of `git@host:path`: neither is an address.
        concat!(
            r"(?:://[a-z0-9._~%!$&*+\-]{1,32}:)?",
            r"[a-z0-9._%+'\-",
            latin!(),
            r"]{1,64}@[a-z0-9._\-",
            latin!(),
            r"]{1,253}[a-z0-9_](?-u:\b)(?::[a-z~][a-z0-9._~\-]{0,63}/)?",
        ),
        concat!(
            r"[a-z0-9._%+\-]{1,64} ?[(\[{<] ?(?:at|@) ?[)\]}>] ?[a-z0-9\-]{1,63}",
            r"(?:(?: ?[(\[{<] ?dot ?[)\]}>] ?|\.)[a-z0-9\-]{1,63}){1,4}(?-u:\b)",
        ),
    ],
    view: View::Folded,
    longest: 423,
    refine,
};

/// Endings that are files' rather than domains', behind an `@` mostly in `logo@2x.png`.
const FILES: [&str; 16] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "ico", "css", "js", "ts", "tsx", "json", "html",
    "txt", "yaml",
];

fn refine(matched: &str) -> Option<Range<usize>> {
    if matched.starts_with("://") {
        return None;
    }
    let Some((local, domain)) = matched.split_once('@').filter(|(local, _)| !local.ends_with(OPENING)) else {
        return obfuscated(matched);
    };
    let local = local.trim_start_matches(['.', '-', '\'', '%', '+']);
    if local.is_empty() || local.ends_with('.') || local.contains("..") || domain.contains(':') {
        return None;
    }
    let domain = trim_domain(domain)?;
    let start = range_of(local, matched)?.start;
    Some(start..range_of(domain, matched)?.end)
}

const OPENING: [char; 6] = ['(', '[', '{', '<', ' ', '"'];

/// `ada (at) example (dot) org`: brackets around the words are enough of a sign.
fn obfuscated(matched: &str) -> Option<Range<usize>> {
    let last = matched.rsplit(|c: char| !c.is_ascii_alphanumeric()).next()?;
    let local = matched.trim_start_matches(['.', '-', '%', '+']);
    let is_domain = last.len() >= 2 && last.len() <= 24 && last.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_domain && local.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
        .then(|| matched.len() - local.len()..matched.len())
}

/// The part of what stands behind the `@` that is a domain: its last label is a name, not a number
/// or the ending of a file.
fn trim_domain(text: &str) -> Option<&str> {
    let text = text.split('_').next()?.trim_end_matches(['.', '-']);
    let (rest, last) = text.rsplit_once('.')?;
    let top = if last.starts_with("xn--") { last } else { last.split('-').next()? };
    let is_name = top.starts_with("xn--")
        || (2..=24).contains(&top.len()) && top.bytes().all(|byte| byte.is_ascii_lowercase());
    let labels = rest.split('.').all(|label| {
        !label.is_empty() && label.len() <= 126 && !label.starts_with('-') && !label.ends_with('-')
    });
    if !is_name || !labels || FILES.contains(&top) {
        return None;
    }
    text.get(..rest.len() + 1 + top.len())
}
