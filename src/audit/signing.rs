//! Signed statements: one line of JSON with an Ed25519 signature at its end.
//!
//! Owns the key files and the form of a signed line. What is signed is the line without its last
//! two fields, `key` and `signature`, byte for byte: no other form of the same JSON passes. Keys are
//! PEM files of the usual kinds (PKCS#8 and SubjectPublicKeyInfo), so that `openssl` reads them.
//! Refuses to know what is stated.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// DER before the 32 bytes of an Ed25519 private key (RFC 8410, version 1).
const PRIVATE_DER: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
/// DER before the 32 bytes of an Ed25519 public key (RFC 8410).
const PUBLIC_DER: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";
/// What stands between a statement and the key that signed it.
const KEY: &str = ",\"key\":\"";
const SIGNATURE: &str = "\",\"signature\":\"";

/// The key that a log signs with.
pub(super) struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads the key at `path`, or makes one where there is none: 0600, on the disk before it is used.
    ///
    /// # Errors
    /// When the file cannot be read or made, holds no key, or can be read by others.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        match File::open(path) {
            Ok(file) => {
                let mode = file.metadata()?.mode() & 0o777;
                if mode & 0o077 != 0 {
                    let reason = format!(
                        "others may read it (mode {mode:03o}); chmod 600 it, or remove it to have a new one made"
                    );
                    return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
                }
                let text = io::read_to_string(file)?;
                let seed = pem(&text, PRIVATE).next().as_deref().and_then(|der| key_of(der, PRIVATE_DER));
                let seed = seed.ok_or_else(|| invalid("it holds no Ed25519 private key in PEM form"))?;
                Ok(Self(Ed25519KeyPair::from_seed_unchecked(&seed).map_err(invalid)?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(error),
        }
    }

    fn create(path: &Path) -> io::Result<Self> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| invalid("the system has no random numbers"))?;
        let key = Self(Ed25519KeyPair::from_seed_unchecked(&seed).map_err(invalid)?);
        // In one step, or a crash would leave half a key in the way of the next start.
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let new = PathBuf::from(name);
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
        file.write_all(to_pem(PRIVATE, PRIVATE_DER, &seed).as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            File::open(dir)?.sync_all()?;
        }
        Ok(key)
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().unwrap_or_default())
    }

    /// The line that states `statement`, without a line end.
    pub(super) fn sign(&self, statement: &impl Serialize) -> io::Result<String> {
        let body = serde_json::to_string(statement)?;
        let open = body.strip_suffix('}').ok_or_else(|| invalid("a statement is an object"))?;
        let signature = hex::encode(self.0.sign(body.as_bytes()));
        Ok(format!("{open}{KEY}{}{SIGNATURE}{signature}\"}}", self.public()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

/// The key that tells whether a statement is a log's own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The keys of a file that holds PEM blocks, in their order.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no Ed25519 public key.
    pub fn read(path: &Path) -> io::Result<Vec<Self>> {
        let text = fs::read_to_string(path)?;
        let keys: Vec<Self> =
            pem(&text, PUBLIC).filter_map(|der| key_of(&der, PUBLIC_DER).map(Self)).collect();
        if keys.is_empty() {
            return Err(invalid("it holds no Ed25519 public key in PEM form"));
        }
        Ok(keys)
    }

    /// As a PEM block.
    #[must_use]
    pub fn to_pem(self) -> String {
        to_pem(PUBLIC, PUBLIC_DER, &self.0)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut key = [0; 32];
        hex::decode_to_slice(text, &mut key).map_err(|_| "not a key of 64 hexadecimal digits".to_owned())?;
        Ok(Self(key))
    }
}

/// A statement whose signature fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    /// What is stated.
    pub statement: T,
    /// Whose signature it has. Whether that is a key to be trusted is the reader's question.
    pub key: PublicKey,
}

/// Reads a signed line.
///
/// # Errors
/// A sentence that says what is wrong with it: its form, its signature, or what it states.
pub(super) fn read_signed<T: DeserializeOwned>(line: &str) -> Result<Signed<T>, String> {
    let parts = line.rsplit_once(KEY).and_then(|(open, rest)| {
        let (key, rest) = rest.split_once(SIGNATURE)?;
        let signature = hex::decode(rest.strip_suffix("\"}")?).ok()?;
        Some((open, key, signature))
    });
    let (open, key, signature) = parts.ok_or("it is not a signed statement")?;
    let key: PublicKey = key.parse()?;
    let body = format!("{open}}}");
    UnparsedPublicKey::new(&ED25519, key.0)
        .verify(body.as_bytes(), &signature)
        .map_err(|_| "its signature does not fit what it says")?;
    let statement = serde_json::from_str(&body).map_err(|error| error.to_string())?;
    Ok(Signed { statement, key })
}

/// The bytes of the PEM blocks with a label.
fn pem<'a>(text: &'a str, label: &str) -> impl Iterator<Item = Vec<u8>> + use<'a> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&begin)?;
        let (inside, after) = after.split_once(&end)?;
        rest = after;
        let digits: String = inside.split_whitespace().collect();
        Some(STANDARD.decode(digits).unwrap_or_default())
    })
}

fn key_of(der: &[u8], prefix: &[u8]) -> Option<[u8; 32]> {
    der.strip_prefix(prefix)?.try_into().ok()
}

fn to_pem(label: &str, prefix: &[u8], key: &[u8; 32]) -> String {
    let text = STANDARD.encode([prefix, key].concat());
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn invalid(error: impl fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn keys_are_made_once_and_kept_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("signing.key");
        let made = SigningKey::open(&path).unwrap().public();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(SigningKey::open(&path).unwrap().public(), made);
        let public = dir.path().join("signing.pub");
        fs::write(&public, format!("{}# another\n{}", made.to_pem(), PublicKey([7; 32]).to_pem())).unwrap();
        assert_eq!(PublicKey::read(&public).unwrap(), [made, PublicKey([7; 32])]);
        assert!(PublicKey::read(&path).is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(SigningKey::open(&path).unwrap_err().to_string().contains("mode 640"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "no key").unwrap();
        assert!(SigningKey::open(&path).is_err());
    }

    #[test]
    fn the_first_key_of_rfc_8032() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let key = Ed25519KeyPair::from_seed_unchecked(&hex::decode(seed).unwrap()).unwrap();
        assert_eq!(SigningKey(key).public(), public.parse().unwrap());
    }

    #[test]
    fn no_other_line_passes() {
        let dir = tempfile::tempdir().unwrap();
        let key = SigningKey::open(&dir.path().join("key")).unwrap();
        let statement = json!({"kind": "x", "n": 12, "text": "a\",\"key\":\"b"});
        let line = key.sign(&statement).unwrap();
        // A reader of JSON that knows nothing of this sees the same statement.
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["n"], 12);
        assert_eq!(read_signed::<Value>(&line).unwrap(), Signed { statement, key: key.public() });
        for at in 0..line.len() {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(read_signed::<Value>(&changed).is_err(), "{changed}");
            }
        }
        for other in ["", "{}", "{\"n\":12}", &line[1..], &format!("{line} "), &line.replace("12", "12 ")] {
            assert!(read_signed::<Value>(other).is_err(), "{other}");
        }
    }
}
