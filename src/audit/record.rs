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

use super::capture::{Excerpt, head};
use crate::policy::{Action, Mode, Severity};
use crate::text::{Channel, Phase, Role, Span};

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
    /// What the model said, where `reply` is not just that: the client got something else, or part of it was no
    /// content (reasoning, tool calls). Only under `capture: full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// Where the texts that were judged stand in `prompt`, and in `original` or else `reply`. Only under
    /// `capture: full`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<TextPlace>,
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
            findings_cut: 0,
            late: false,
            lost: 0,
            original: None,
            texts: Vec::new(),
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

/// Where a text that was judged stands in what the record captured: a text of one part is one place, one
/// of several parts as many in a row. [`Finding::segment`] is the same number, and the spans of findings
/// count over the parts with nothing between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPlace {
    /// Which way it travelled: input stands in `prompt`, output in `original` where there is one, else in
    /// `reply`.
    pub phase: Phase,
    /// Index of the segment in the request's or reply's transcript, from 0.
    pub segment: u32,
    /// Who spoke.
    pub role: Role,
    /// Through which channel.
    pub channel: Channel,
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
    /// Whether it is JSON text, such as the arguments of a tool call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub json: bool,
    /// Whether only its beginning was kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// One thing that a rule found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which way the text travelled.
    pub phase: Phase,
    /// Index of the segment in the request's or reply's transcript, from 0.
    pub segment: u32,
    /// Who spoke.
    pub role: Role,
    /// Through which channel.
    pub channel: Channel,
    /// Name of the policy.
    pub policy: Arc<str>,
    /// Name of the rule within it.
    pub rule: Arc<str>,
    /// Name of the detector, such as `keywords`.
    pub detector: Cow<'static, str>,
    /// Name of the list, entity or label, where the detector has one.
    pub category: Option<Arc<str>>,
    /// How much it matters.
    pub severity: Severity,
    /// A classifier's score, 0 to 1.
    pub score: Option<f32>,
    /// What was matched: half-open byte ranges of the segment's text; at most 256.
    pub spans: Vec<(usize, usize)>,
    /// The first match with its context; `None` under `capture: none`.
    pub excerpt: Option<String>,
    /// The match within `excerpt`, as a byte range.
    #[serde(default)]
    pub mark: Option<(usize, usize)>,
    /// What had to be seen through to find it (`look_alike`, `base64`, …); only under `fold: strong`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<String>,
    /// How many spans beyond the first 256 were left out of `spans`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub spans_cut: u32,
}

impl Finding {
    /// Takes over an excerpt with its mark.
    #[must_use]
    pub fn with_excerpt(mut self, excerpt: Option<Excerpt>) -> Self {
        let (text, mark) = excerpt.map_or((None, None), |excerpt| (Some(excerpt.text), excerpt.mark));
        self.excerpt = text;
        self.mark = mark.map(|Span { start, end }| (start, end));
        self
    }
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The client got a whole reply: the backend's, or one of our own in its place.
    Complete,
    /// The client got an error of ours instead of a reply: a block, a closed path, a body that
    /// can be read in two ways.
    Refused,
    /// A stream was ended early because a rule said so.
    CutByPolicy,
    /// The client hung up first.
    ClientGone,
    /// The client was too slow with its request.
    ClientTimeout,
    /// The backend could not be reached, reset the connection or broke off.
    UpstreamError,
    /// The backend was too slow.
    UpstreamTimeout,
    /// The backend's reply could not be read.
    Malformed,
    /// Refused for want of room.
    Shed,
    /// Refused because something that a policy needs was down.
    Unavailable,
    /// The gateway was told to stop before the exchange was over.
    Shutdown,
    /// A fault of the gateway's own.
    InternalError,
    /// An end that a later version of the gateway wrote and this one has no name for.
    #[serde(other)]
    Unknown,
}

impl Ended {
    /// All of them, in the order of declaration.
    pub const ALL: [Self; 13] = [
        Self::Complete,
        Self::Refused,
        Self::CutByPolicy,
        Self::ClientGone,
        Self::ClientTimeout,
        Self::UpstreamError,
        Self::UpstreamTimeout,
        Self::Malformed,
        Self::Shed,
        Self::Unavailable,
        Self::Shutdown,
        Self::InternalError,
        Self::Unknown,
    ];

    /// The name in records and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Refused => "refused",
            Self::CutByPolicy => "cut_by_policy",
            Self::ClientGone => "client_gone",
            Self::ClientTimeout => "client_timeout",
            Self::UpstreamError => "upstream_error",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::Malformed => "malformed",
            Self::Shed => "shed",
            Self::Unavailable => "unavailable",
            Self::Shutdown => "shutdown",
            Self::InternalError => "internal_error",
            Self::Unknown => "unknown",
        }
    }
}

/// Token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the reply.
    pub completion_tokens: u64,
}

/// Where the time of an exchange went, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Screening the prompt.
    pub screen_input_us: u64,
    /// From the start of the backend's call to the first byte of its reply; `None` when there was
    /// no such byte.
    pub upstream_first_byte_us: Option<u64>,
    /// Screening the reply, all chunks together.
    pub screen_output_us: u64,
    /// The longest time that a piece of a streamed reply was held back.
    pub held_us_max: u64,
    /// From the first byte of the request to the end.
    pub total_us: u64,
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

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn finding() -> Finding {
        Finding {
            phase: Phase::Input,
            segment: 0,
            role: Role::User,
            channel: Channel::Content,
            policy: "p".into(),
            rule: "r".into(),
            detector: "keywords".into(),
            category: Some("list".into()),
            severity: Severity::High,
            score: None,
            spans: vec![(2, 8)],
            excerpt: Some("a needle".into()),
            mark: Some((2, 8)),
            transforms: Vec::new(),
            spans_cut: 0,
        }
    }

    #[test]
    fn fields_stand_in_the_order_of_the_contract() {
        let draft = Draft { findings: vec![finding()], ..Draft::default() };
        let record = Record { seq: 1, prev: "0".repeat(64), draft };
        let value = serde_json::to_value(&record).unwrap();
        let keys = |value: &serde_json::Value| {
            value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            keys(&value),
            "seq prev id time tenant client dialect model stream revision mode action rule findings \
             model_refused status ended code usage timing prompt reply"
        );
        assert_eq!(
            keys(&value["findings"][0]),
            "phase segment role channel policy rule detector category severity score spans excerpt mark"
        );
        assert_eq!(
            keys(&value["timing"]),
            "screen_input_us upstream_first_byte_us screen_output_us held_us_max total_us"
        );
        assert_eq!(value["findings"][0]["spans"], serde_json::json!([[2, 8]]));
    }

    #[test]
    fn time_has_six_digits_and_z() {
        for (given, written) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
            ("2026-01-02T03:04:05.1234569Z", "2026-01-02T03:04:05.123456Z"),
            ("2026-01-02T03:04:05.5+02:00", "2026-01-02T01:04:05.500000Z"),
        ] {
            let draft = Draft { time: given.parse().unwrap(), ..Draft::default() };
            assert_eq!(serde_json::to_value(&draft).unwrap()["time"], written);
        }
    }

    #[test]
    fn reads_what_it_wrote_and_what_others_added() {
        let draft = Draft {
            id: "x".into(),
            time: "2026-01-02T03:04:05.123456Z".parse().unwrap(),
            findings: vec![Finding { score: Some(0.8), ..finding() }],
            usage: Some(Usage { prompt_tokens: 1, completion_tokens: 2 }),
            status: Some(200),
            ended: Ended::CutByPolicy,
            ..Draft::default()
        };
        let record = Record { seq: 7, prev: "ab".into(), draft };
        let mut value = serde_json::to_value(&record).unwrap();
        assert_eq!(Record::parse(&value.to_string()).unwrap(), record);
        value["of_tomorrow"] = serde_json::json!({"a": [1]});
        value["findings"][0]["of_tomorrow"] = serde_json::json!(1);
        assert_eq!(Record::parse(&value.to_string()).unwrap(), record);
        value["ended"] = "eaten_by_a_grue".into();
        assert_eq!(Record::parse(&value.to_string()).unwrap().draft.ended, Ended::Unknown);
        value["action"] = serde_json::json!(3);
        assert!(Record::parse(&value.to_string()).is_err());
    }

    #[test]
    fn names_are_those_of_serde() {
        for ended in Ended::ALL {
            assert_eq!(serde_json::to_value(ended).unwrap(), ended.as_str());
        }
    }

    #[test]
    fn bounds_hold() {
        let mut draft = Draft {
            model: "é".repeat(10_000_000),
            tenant: "t".repeat(1000).into(),
            findings: vec![
                Finding {
                    spans: vec![(0, 1); 1000],
                    excerpt: Some("x".repeat(5000)),
                    mark: Some((0, 4000)),
                    ..finding()
                };
                1000
            ],
            prompt: Some("中".repeat(1_000_000)),
            ..Draft::default()
        };
        draft.bound();
        assert_eq!(draft.model.chars().count(), 256);
        assert_eq!(draft.tenant.len(), 256);
        assert_eq!((draft.findings.len(), draft.findings_cut), (512, 488));
        let first = &draft.findings[0];
        assert_eq!((first.spans.len(), first.spans_cut), (256, 744));
        assert_eq!((first.excerpt.as_ref().unwrap().len(), first.mark), (400, None));
        assert!(draft.prompt.unwrap().len() <= TEXT);
    }
}
