//! Addresses of crypto-currency wallets; each kind carries a checksum, and must pass it.

use std::ops::Range;

use sha3::{Digest, Keccak256};

use super::checks::{BITCOIN, base58_checked};
use super::{EntityKind, View, whole};

/// A wallet: Bitcoin and its kin (base 58, bech32), Ethereum, Tron, Ripple.
pub(super) const KIND: EntityKind = EntityKind {
    name: "crypto_wallet",
    patterns: &[
        r"(?-u:\b)[13LMDATXmn2rt][1-9A-HJ-NP-Za-km-z]{24,34}(?-u:\b)",
        r"(?-u:\b)(?:bc1|tb1|ltc1|BC1|TB1|LTC1|cosmos1|addr1|osmo1)[02-9ac-hj-np-zAC-HJ-NP-Z]{6,103}(?-u:\b)",
        r"(?-u:\b)0[xX][0-9a-fA-F]{40}(?-u:\b)",
    ],
    view: View::Width,
    longest: 110,
    refine,
};

/// The alphabet of Ripple's base 58.
const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

fn refine(matched: &str) -> Option<Range<usize>> {
    let known = if let Some(hex) = matched.strip_prefix("0x").or_else(|| matched.strip_prefix("0X")) {
        is_ethereum(hex)
    } else if matched.contains('1') && is_bech32(matched) {
        true
    } else {
        is_base58(matched)
    };
    known.then(|| whole(matched)).flatten()
}

/// Twenty bytes behind a version of one of the currencies; Zcash has a version of two bytes.
fn is_base58(text: &str) -> bool {
    let versions = [0x00, 0x05, 0x6f, 0xc4, 0x30, 0x32, 0x1e, 0x16, 0x41, 0x4c, 0x10, 0x17];
    let known = match base58_checked(text, BITCOIN).as_deref() {
        Some([version, rest @ ..]) if rest.len() == 20 => versions.contains(version),
        Some([0x1c, 0xb8 | 0xbd, rest @ ..]) => rest.len() == 20,
        _ => false,
    };
    known
        || text.starts_with('r')
            && base58_checked(text, RIPPLE)
                .is_some_and(|bytes| bytes.len() == 21 && bytes.first() == Some(&0))
}

fn is_bech32(text: &str) -> bool {
    if text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
    {
        return false;
    }
    let prefix = text.split('1').next().unwrap_or_default();
    match prefix {
        "bc" | "BC" | "tb" | "TB" | "ltc" | "LTC" => bech32::segwit::decode(text).is_ok(),
        _ => bech32::decode(text).is_ok_and(|(_, bytes)| bytes.len() >= 20),
    }
}

/// Forty hex digits: of one case they have no check, of both they must follow EIP-55.
fn is_ethereum(hex: &str) -> bool {
    let digit = hex.bytes().next();
    if hex.bytes().all(|byte| Some(byte) == digit) || hex.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let upper = hex.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = hex.bytes().any(|byte| byte.is_ascii_lowercase());
    if !(upper && lower) {
        return true;
    }
    let hash = hex::encode(Keccak256::digest(hex.to_ascii_lowercase()));
    hex.chars().zip(hash.chars()).all(|(c, nibble)| {
        c.is_ascii_digit() || c.is_ascii_uppercase() == nibble.to_digit(16).is_some_and(|value| value >= 8)
    })
}
