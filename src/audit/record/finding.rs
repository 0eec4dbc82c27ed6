//! What a rule found, as it stands in a record.
//!
//! Owns the fields of a finding and of its excerpt. Refuses to know how anything is found.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::is_zero;
use crate::audit::capture::Excerpt;
use crate::policy::Severity;
use crate::text::{Channel, Phase, Role, Span};

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
    /// The score from which on the rule holds, where the detector has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
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
