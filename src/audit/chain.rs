//! The chain: each line carries the SHA-256 of the line before it.
//!
//! Owns the hash and the position at the end of the log. A line is hashed as its bytes stand in
//! the file, without the line end, so that a single changed byte breaks the link of the line after
//! it. Refuses to know files.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// SHA-256 of a line.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LineHash([u8; 32]);

impl LineHash {
    /// What the first line of a log points at: 64 zeros.
    pub const GENESIS: Self = Self([0; 32]);

    /// The hash of a line, given without its line end.
    #[must_use]
    pub fn of(line: &[u8]) -> Self {
        Self(Sha256::digest(line).into())
    }

    /// The hash that a digest of many pieces came to.
    pub(super) fn finish(digest: Sha256) -> Self {
        Self(digest.finalize().into())
    }

    /// As lower-case hexadecimal, the form of `prev`.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// The first eight bytes.
    pub(super) fn first_eight(self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        [a, b, c, d, e, f, g, h]
    }

    /// Appends the hexadecimal form to a buffer.
    pub(super) fn push_hex(self, buffer: &mut Vec<u8>) {
        let mut digits = [0; 64];
        // Fails only for a buffer of another length.
        if hex::encode_to_slice(self.0, &mut digits).is_ok() {
            buffer.extend_from_slice(&digits);
        }
    }
}

impl Serialize for LineHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LineHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(&*text, &mut hash).map_err(D::Error::custom)?;
        Ok(Self(hash))
    }
}

impl fmt::Display for LineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for LineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LineHash({self})")
    }
}

/// The end of a log: what the next line must carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// `seq` of the next line.
    pub seq: u64,
    /// `prev` of the next line.
    pub prev: LineHash,
}

impl Head {
    /// The end of an empty log.
    pub const EMPTY: Self = Self { seq: 1, prev: LineHash::GENESIS };

    /// The end after `line` with sequence number `seq`.
    #[must_use]
    pub fn after(seq: u64, line: &[u8]) -> Self {
        Self { seq: seq.saturating_add(1), prev: LineHash::of(line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes() {
        assert_eq!(LineHash::GENESIS.to_hex(), "0".repeat(64));
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(LineHash::of(b"abc").to_hex(), digest);
        let mut buffer = b"x".to_vec();
        LineHash::of(b"abc").push_hex(&mut buffer);
        assert_eq!(buffer, format!("x{digest}").as_bytes());
    }
}
