//! Private keys: PEM, PGP and PuTTY blocks, and the private keys of wallets.

use std::ops::Range;

use super::checks::{BITCOIN, base58_checked};
use super::{EntityKind, View, whole};

/// A private key. The opening line is enough; the key behind it belongs to the match as far as
/// it is there, up to 16 KiB.
pub(super) const KIND: EntityKind = EntityKind {
    name: "private_key",
    patterns: &[
        concat!(
            r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----",
            // What keys and their headers are made of; a dash never twice, so that it ends before the next block.
            r#"(?:-?[A-Za-z0-9+/=:,.()@_ \t\r\n\\"'>|#]){0,8000}"#,
            r"(?:-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?"
        ),
        // Fields with their colons: type, encryption, comment; the public key; derivation; the private key.
        concat!(
            r"PuTTY-User-Key-File-[23]:(?:[A-Za-z0-9+/=,.()@_ \t\r\n\\\-]{0,100}:){0,3}",
            r"(?:[A-Za-z0-9+/= \t\r\n\\\-]{0,1600}:(?:[A-Za-z0-9 \t\r\n\\\-]{0,100}:){0,6}",
            r"[A-Za-z0-9+/= \t\r\n\\\-]{0,5000}(?::[a-f0-9 ]{0,65})?)?"
        ),
        r"(?-u:\b)(?:[5KLc9][1-9A-HJ-NP-Za-km-z]{50,51}|[xyz]prv[1-9A-HJ-NP-Za-km-z]{107,108})(?-u:\b)",
        r"(?-u:\b)AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}(?-u:\b)",
    ],
    view: View::Width,
    longest: 16_142,
    refine,
};

fn refine(matched: &str) -> Option<Range<usize>> {
    if matched.starts_with("AGE-SECRET-KEY-1")
        || (matched.contains("-----END ") && matched.ends_with("-----"))
    {
        return whole(matched);
    }
    if matched.starts_with("-----BEGIN ") || matched.starts_with("PuTTY") {
        return Some(0..end_of_key(matched));
    }
    base58_checked(matched, BITCOIN).and_then(|bytes| match (bytes.first(), bytes.len()) {
        (Some(0x80 | 0xef), 33 | 34) => whole(matched),
        (Some(0x04), 78) => whole(matched),
        _ => None,
    })
}

/// Where a block without an end stops to be one: its words are long, those of prose are not.
fn end_of_key(block: &str) -> usize {
    let opened = block.find("PRIVATE KEY").and_then(|at| {
        let rest = block.get(at..)?;
        Some(at + rest.find("-----")? + 5)
    });
    let putty = || block.find(':').map_or(block.len(), |at| at + 1);
    let mut end = opened.unwrap_or_else(putty);
    let mut at = end;
    let rest = block.get(end..).unwrap_or_default();
    let mut since_key = 0;
    for word in rest.split_inclusive([' ', '\n', '\r', '\t', '\\', '"', '\'', ',']) {
        at += word.len();
        let body = word.trim_end_matches([' ', '\n', '\r', '\t', '\\', '"', '\'', ',']);
        // The letter of an escape such as `\n` stands before the line it begins.
        let is_key = body.len() >= 24
            && body.bytes().filter(u8::is_ascii_alphanumeric).count() * 10 >= body.len() * 8
            || body.ends_with('=') && body.len() >= 4;
        if is_key {
            end = at - (word.len() - body.len());
            since_key = 0;
        } else if !body.is_empty() {
            since_key += 1;
            // Headers have a few words (`DEK-Info:`), prose goes on.
            if since_key > 12 {
                break;
            }
        }
    }
    end
}
