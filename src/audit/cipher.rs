//! Text of exchanges, encrypted to recipients of the age format.
//!
//! Owns the form of `sealed` in a record: the prompt, the reply and the excerpts as one JSON text, encrypted to all
//! of the log's recipients, in base64. The gateway has their public halves only and cannot read what it wrote;
//! whoever has an identity can. Refuses to know where identities are kept.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use age::x25519;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use super::record::Draft;

/// Bytes of text in one record: the bounds of a draft are far below.
const MOST: u64 = 32 * 1024 * 1024;

/// To whom a log's text is encrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipients(Arc<[x25519::Recipient]>);

impl Recipients {
    /// Reads public keys, such as `age1…`; `None` where there are none.
    ///
    /// # Errors
    /// The first key that is none, and why.
    pub fn parse<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Option<Self>, (String, String)> {
        let mut recipients = Vec::new();
        for key in keys {
            let recipient = x25519::Recipient::from_str(key);
            recipients.push(recipient.map_err(|reason| (key.to_owned(), reason.to_owned()))?);
        }
        Ok((!recipients.is_empty()).then(|| Self(recipients.into())))
    }

    /// Puts the text of a draft under seal. Where that fails, the text is gone: what was to be encrypted is never
    /// written in clear.
    pub(super) fn seal(&self, draft: &mut Draft) -> Result<(), SealFailed> {
        if !draft.has_content() || draft.sealed.is_some() {
            return Ok(());
        }
        let content = Content {
            prompt: draft.prompt.take(),
            reply: draft.reply.take(),
            original: draft.original.take(),
            excerpts: draft.findings.iter_mut().map(|finding| finding.excerpt.take()).collect(),
        };
        draft.sealed = Some(self.encrypt(&content)?);
        Ok(())
    }

    fn encrypt(&self, content: &Content) -> Result<String, SealFailed> {
        let recipients = self.0.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor =
            age::Encryptor::with_recipients(recipients).map_err(|error| SealFailed(error.to_string()))?;
        let plain = serde_json::to_vec(content).map_err(|error| SealFailed(error.to_string()))?;
        let mut sealed = Vec::with_capacity(plain.len() + 400);
        let write = |sealed: &mut Vec<u8>| -> io::Result<()> {
            let mut writer = encryptor.wrap_output(sealed)?;
            writer.write_all(&plain)?;
            writer.finish()?;
            Ok(())
        };
        write(&mut sealed).map_err(|error| SealFailed(error.to_string()))?;
        Ok(STANDARD_NO_PAD.encode(sealed))
    }
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(ToString::to_string)).finish()
    }
}

/// Text could not be encrypted.
#[derive(Debug, thiserror::Error)]
#[error("the text of a record could not be encrypted: {0}")]
pub(super) struct SealFailed(String);

/// What is encrypted of a record.
#[derive(Serialize, Deserialize)]
struct Content {
    prompt: Option<String>,
    reply: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original: Option<String>,
    /// One for each finding, in order.
    excerpts: Vec<Option<String>>,
}

/// The private halves, for reading.
pub struct Identities(Vec<x25519::Identity>);

impl Identities {
    /// Reads a file as `age-keygen` writes it: lines that begin with `AGE-SECRET-KEY-1`, and comments.
    ///
    /// # Errors
    /// When the file cannot be read, or holds anything else.
    pub fn read(path: &Path) -> io::Result<Self> {
        let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
        let mut identities = Vec::new();
        for (number, line) in (1..).zip(std::fs::read_to_string(path)?.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let identity = x25519::Identity::from_str(line);
            // What stands there is a secret, or near one: it is not shown.
            identities.push(
                identity.map_err(|reason| invalid(format!("line {number} is no age identity: {reason}")))?,
            );
        }
        if identities.is_empty() {
            return Err(invalid("it holds no age identity".to_owned()));
        }
        Ok(Self(identities))
    }

    /// Puts the text of a record back where it belongs; whether there was any under seal.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    pub fn open(&self, draft: &mut Draft) -> Result<bool, String> {
        let Some(sealed) = &draft.sealed else { return Ok(false) };
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|error| format!("it is not base64: {error}"))?;
        let decryptor = age::Decryptor::new(sealed.as_slice()).map_err(|error| error.to_string())?;
        let identities = self.0.iter().map(|identity| identity as &dyn age::Identity);
        let reader = decryptor.decrypt(identities).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => "none of the identities is a recipient of it".to_owned(),
            other => other.to_string(),
        })?;
        let mut plain = Vec::new();
        reader.take(MOST).read_to_end(&mut plain).map_err(|error| error.to_string())?;
        let content: Content = serde_json::from_slice(&plain).map_err(|error| error.to_string())?;
        (draft.prompt, draft.reply, draft.original) = (content.prompt, content.reply, content.original);
        for (finding, excerpt) in draft.findings.iter_mut().zip(content.excerpts) {
            finding.excerpt = excerpt;
        }
        draft.sealed = None;
        Ok(true)
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identities({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn only_a_recipient_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two, other) =
            (x25519::Identity::generate(), x25519::Identity::generate(), x25519::Identity::generate());
        let keys = [one.to_public().to_string(), two.to_public().to_string()];
        let recipients = Recipients::parse(keys.iter().map(String::as_str)).unwrap().unwrap();
        let plain = Draft {
            prompt: Some("my card".into()),
            reply: Some("中文".into()),
            original: Some("my card is gone".into()),
            ..Draft::default()
        };
        let mut draft = plain.clone();
        recipients.seal(&mut draft).unwrap();
        let line = serde_json::to_string(&draft).unwrap();
        assert!(!line.contains("my card") && draft.sealed.is_some() && draft.prompt.is_none());
        let read = |identity: &x25519::Identity| {
            let path = dir.path().join("identity");
            let secret = identity.to_string();
            std::fs::write(&path, format!("# a key\n\n{}\n", secret.expose_secret())).unwrap();
            let mut draft = draft.clone();
            Identities::read(&path).unwrap().open(&mut draft).map(|_| draft)
        };
        assert_eq!(read(&one).unwrap(), plain);
        assert_eq!(read(&two).unwrap(), plain);
        assert!(read(&other).unwrap_err().contains("none of the identities"));
        let mut broken = Draft { sealed: Some("AAAA".into()), ..Draft::default() };
        let path = dir.path().join("identity");
        assert!(Identities::read(&path).unwrap().open(&mut broken).is_err());
        std::fs::write(&path, "AGE-SECRET-KEY-1OOPS").unwrap();
        assert!(!format!("{:?}", Identities::read(&path).unwrap_err()).contains("OOPS"));
        assert!(Recipients::parse(["age1nothing"]).is_err());
        assert!(Recipients::parse([]).unwrap().is_none());
    }
}
