//! The record of one exchange: its fields, their names and their bounds.
//!
//! Owns the schema of ARCHITECTURE's audit section. Field names and their order are a contract
//! with whoever reads the log: add at the end of a group, never rename. Refuses to know how a
//! record is stored; [`Draft`] is what the gateway fills in, `seq` and `prev` come from the
//! writer.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::capture::head;
use crate::policy::{Action, Mode};

mod ended;
mod finding;
mod place;

#[cfg(test)]
pub(crate) mod tests;

pub use ended::{Ended, Timing, Usage};
pub use finding::Finding;
pub use place::TextPlace;

/// Characters of a name that a client or a backend chose (model, tenant, address) that are kept.
const NAME: usize = 256;
/// Findings of one record.
const FINDINGS: usize = 512;
/// Spans of one finding.
const SPANS: usize = 256;
/// Characters of an excerpt; [`super::Capture`] never makes a longer one.
const EXCERPT: usize = 400;
/// Places of texts; [`super::Capture`] never makes more.
const TEXTS: usize = super::capture::TEXTS;
/// Bytes of a prompt or a reply; [`super::Capture`] never makes a longer one.
const TEXT: usize = 257 * 1024;

/// A record as it stands in the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// Its place in the log, from 1, without gaps.
    pub seq: u64,
    /// SHA-256 of the line before, in lower-case hexadecimal; 64 zeros in the first.
    pub prev: String,
    /// What happened.
    #[serde(flatten)]
    pub draft: Draft,
}

impl Record {
    /// Reads a line of the log. Fields that this version does not know are passed over.
    ///
    /// # Errors
    /// When the line is not JSON, or a field is missing or has another type.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        // Two passes over the line are cheaper than serde's flatten, which buffers every value.
        let Place { seq, prev } = serde_json::from_str(line)?;
        Ok(Self { seq, prev, draft: serde_json::from_str(line)? })
    }
}

/// Where a line stands in the chain: all that the writer and the verifier read of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Place {
    pub(super) seq: u64,
    pub(super) prev: String,
}

/// What happened in one exchange, as the gateway tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The exchange: a UUIDv7, the same as the `x-qwarden-id` that the client got.
    pub id: String,
    /// When the exchange began.
    #[serde(with = "micros")]
    pub time: Timestamp,
    /// Whose exchange it was.
    pub tenant: Arc<str>,
    /// Where it came from: the address of the peer, without the port.
    pub client: String,
    /// The API that was called, such as `openai.chat`; empty where the path is none of ours.
    pub dialect: Cow<'static, str>,
    /// The model asked for; empty where the request named none.
    pub model: String,
    /// Whether the reply was to be streamed.
    pub stream: bool,
    /// Revision of the policies that judged it.
    pub revision: Arc<str>,
    /// Whether what was decided was also done.
    pub mode: Mode,
    /// The largest action of all findings.
    pub action: Action,
    /// `policy/rule` that won; `None` on allow.
    pub rule: Option<Arc<str>>,
    /// Everything that was found, in both phases.
    pub findings: Vec<Finding>,
    /// Whether the backend's model itself declined or dodged.
    pub model_refused: bool,
    /// HTTP status that the client got; `None` when it got none.
    pub status: Option<u16>,
    /// How the exchange ended.
    pub ended: Ended,
    /// Stable code of the error that the client got; `None` when it got none.
    #[serde(default)]
    pub code: Option<Cow<'static, str>>,
    /// Token counts, as the backend gave them.
    pub usage: Option<Usage>,
    /// Where the time went.
    pub timing: Timing,
    /// The prompt, as far as it is captured.
    pub prompt: Option<String>,
    /// The reply as the client got it, as far as it is captured.
    pub reply: Option<String>,
    /// Random, where the record holds text of the exchange, so that nobody can tell an erased text by trying
    /// which one gives the hash of the line. It is erased with the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// The prompt, the reply and the excerpts, encrypted to the log's recipients (age, in base64), where it has
    /// any; the three stand empty then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// What the model said, where `reply` is not just that: the client got something else, or part of it was no
    /// content (reasoning, tool calls). Only under `capture: full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// Where the texts that were judged stand in `prompt`, and in `original` or else `reply`. Only under
    /// `capture: full`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<TextPlace>,
    /// How many findings beyond the first 512 were left out of `findings`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub findings_cut: u32,
    /// Set when the log was failing as the exchange ended and the record was written afterwards.
    /// Where the log is strict the client may then have got an error instead of what stands here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// How many exchanges before this one left no record: the log was failing, and
    /// `audit.failure: open` let them pass.
    #[serde(default, skip_serializing_if = "is_none_lost")]
    pub lost: u64,
    /// How many texts or windows went on without the answer of a classifier that gave none, since the
    /// policies that asked say `failure: open`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unjudged: u32,
}

impl Default for Draft {
    /// A draft of an exchange that begins now and of which nothing is known: it ends in
    /// [`Ended::InternalError`] unless somebody says otherwise.
    fn default() -> Self {
        Self {
            id: uuid::Uuid::now_v7().to_string(),
            time: Timestamp::now(),
            tenant: Arc::default(),
            client: String::new(),
            dialect: Cow::Borrowed(""),
            model: String::new(),
            stream: false,
            revision: Arc::default(),
            mode: Mode::Enforce,
            action: Action::Allow,
            rule: None,
            findings: Vec::new(),
            model_refused: false,
            status: None,
            ended: Ended::InternalError,
            code: None,
            usage: None,
            timing: Timing::default(),
            prompt: None,
            reply: None,
            salt: None,
            sealed: None,
            original: None,
            texts: Vec::new(),
            findings_cut: 0,
            late: false,
            lost: 0,
            unjudged: 0,
        }
    }
}

impl Draft {
    /// Cuts what a client could make endless, so that no request can write a line of many
    /// megabytes: names, findings, spans, texts. What is cut from lists is counted.
    pub(super) fn bound(&mut self) {
        bound_name(&mut self.client);
        bound_name(&mut self.model);
        if self.tenant.len() > NAME {
            self.tenant = head(&self.tenant, NAME).into();
        }
        self.findings_cut = self.findings_cut.saturating_add(cut(&mut self.findings, FINDINGS));
        for finding in &mut self.findings {
            finding.spans_cut = finding.spans_cut.saturating_add(cut(&mut finding.spans, SPANS));
            if let Some(excerpt) = finding.excerpt.as_mut().filter(|excerpt| excerpt.len() > EXCERPT) {
                let kept = head(excerpt, EXCERPT).len();
                excerpt.truncate(kept);
                finding.mark = finding.mark.filter(|mark| mark.1 <= kept);
            }
        }
        self.texts.truncate(TEXTS);
        for text in [&mut self.prompt, &mut self.reply, &mut self.original].into_iter().flatten() {
            text.truncate(text.floor_char_boundary(TEXT));
        }
    }

    /// Whether it holds any text of the exchange, encrypted or not.
    #[must_use]
    pub fn has_content(&self) -> bool {
        self.prompt.is_some()
            || self.reply.is_some()
            || self.original.is_some()
            || self.sealed.is_some()
            || self.findings.iter().any(|finding| finding.excerpt.is_some())
    }

    /// Takes all text of the exchange out of it.
    pub fn clear_content(&mut self) {
        (self.prompt, self.reply, self.original) = (None, None, None);
        (self.salt, self.sealed) = (None, None);
        for finding in &mut self.findings {
            (finding.excerpt, finding.mark) = (None, None);
        }
    }

    /// Gives a record with text its salt. Without one an erased text could be guessed, and the record is worth more
    /// than its text.
    pub(super) fn season(&mut self) {
        if self.salt.is_some() || !self.has_content() {
            return;
        }
        let mut salt = [0; 16];
        match getrandom::fill(&mut salt) {
            Ok(()) => self.salt = Some(hex::encode(salt)),
            Err(error) => {
                tracing::error!(%error, id = self.id, "no random numbers: a record is written without its text");
                self.clear_content();
            }
        }
    }
}

fn bound_name(name: &mut String) {
    if name.len() > NAME {
        name.truncate(head(name, NAME).len());
    }
}

fn cut<T>(list: &mut Vec<T>, most: usize) -> u32 {
    let over = list.len().saturating_sub(most);
    list.truncate(most);
    u32::try_from(over).unwrap_or(u32::MAX)
}

// serde hands a reference.
#[expect(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none_lost(count: &u64) -> bool {
    *count == 0
}

/// RFC 3339 in UTC with exactly six digits of the second's fraction, so that times sort as text.
mod micros {
    use jiff::Timestamp;
    use jiff::fmt::temporal::DateTimePrinter;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&PRINTER.timestamp_to_string(time))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
