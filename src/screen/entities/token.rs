//! JSON web tokens.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{EntityKind, View, whole};

/// Three base64url parts of which the first is a JSON object that names an algorithm.
pub(super) const JWT: EntityKind = EntityKind {
    name: "jwt",
    patterns: &[r"(?-u:\b)ey[A-Za-z0-9_\-]{10,1022}\.[A-Za-z0-9_\-]{2,6144}\.[A-Za-z0-9_\-]{0,1024}"],
    view: View::Width,
    longest: 8_194,
    refine,
};

fn refine(matched: &str) -> Option<Range<usize>> {
    let mut parts = matched.split('.');
    let header = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    let names_algorithm = header.get("alg").is_some_and(serde_json::Value::is_string);
    // `alg: none` has no signature, and then the second part must be more than the word of a sentence.
    let payload = parts.next()?;
    (names_algorithm && payload.len() >= 2).then(|| whole(matched)).flatten()
}
