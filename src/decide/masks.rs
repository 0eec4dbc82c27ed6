//! Masking: a text as a record may keep it.
//!
//! Owns taking out of a text what the policies' masks find, and where a span of the original lies afterwards.
//! Refuses to know records, and how much of a text they keep.

use std::borrow::Cow;
use std::sync::Arc;

use super::Redaction;
use super::judge::Judge;
use crate::screen::{Screen, Subject};
use crate::text::{Lane, Part, Segment, Span};

/// The judges that mask.
#[derive(Debug)]
pub struct Masks {
    /// For records that keep whole texts.
    whole: Masker,
    /// For all others.
    pieces: Masker,
}

/// What masks one kind of record.
#[derive(Debug)]
enum Masker {
    /// There is nothing to mask.
    None,
    By(Box<Judge>),
    /// The masks could not be built: no text may be kept.
    Broken,
}

impl Masker {
    fn of(judge: &Judge, whole: bool) -> Self {
        let Some(policies) = judge.policies().masking(whole) else { return Self::None };
        match Screen::build(Arc::new(policies)) {
            Ok(screen) => Self::By(Box::new(Judge::new(screen))),
            Err(error) => {
                tracing::error!(%error, "the masks of the policies cannot be built: records hold no text");
                Self::Broken
            }
        }
    }
}

impl Judge {
    /// Builds the masks, which takes about as long as building the rules that redact did.
    pub fn prepare_masks(&self) {
        self.masks();
    }

    fn masks(&self) -> &Masks {
        self.masks.get_or_init(|| Masks { whole: Masker::of(self, true), pieces: Masker::of(self, false) })
    }

    /// Whether no text is ever changed; `whole` as in [`Judge::mask`].
    #[must_use]
    pub fn masks_nothing(&self, whole: bool) -> bool {
        let masks = self.masks();
        matches!(if whole { &masks.whole } else { &masks.pieces }, Masker::None)
    }

    /// The text as a record may keep it; `whole` tells whether records keep whole texts.
    #[must_use]
    pub fn mask<'t>(&self, subject: Subject<'_>, text: &'t str, whole: bool) -> Masked<'t> {
        self.mask_also(subject, text, whole, &[])
    }

    /// As [`Judge::mask`], with spans that are known to hold something to mask, sorted and disjoint.
    #[must_use]
    pub fn mask_also<'t>(
        &self,
        subject: Subject<'_>,
        text: &'t str,
        whole: bool,
        known: &[(Span, Arc<str>)],
    ) -> Masked<'t> {
        let masks = self.masks();
        let mut redactions = match if whole { &masks.whole } else { &masks.pieces } {
            Masker::None => Vec::new(),
            Masker::Broken => {
                let span = Span::new(0, text.len());
                vec![Redaction { span, with: "[masked]".into(), restore_as: None }]
            }
            Masker::By(judge) => {
                let lane = Lane { choice: 0, channel: subject.channel, index: 0 };
                let parts = vec![Part { text: text.into(), source: 0..0 }];
                // What was escaped in the body is read as it was there.
                let segment = Segment { lane, role: subject.role, encoding: subject.encoding, parts };
                judge.whole(&segment, subject).redactions
            }
        };
        for (span, with) in known {
            if !redactions.iter().any(|one| one.span.overlaps(*span)) {
                redactions.push(Redaction { span: *span, with: Arc::clone(with), restore_as: None });
            }
        }
        redactions.sort_unstable_by_key(|one| one.span);
        Masked::new(text, redactions)
    }
}

/// A text with its masks.
#[derive(Debug, Clone)]
pub struct Masked<'t> {
    /// The text as it may be kept.
    pub text: Cow<'t, str>,
    redactions: Vec<Redaction>,
}

impl<'t> Masked<'t> {
    fn new(original: &'t str, mut redactions: Vec<Redaction>) -> Self {
        redactions.retain(|one| original.get(one.span.start..one.span.end).is_some());
        if redactions.is_empty() {
            return Self { text: Cow::Borrowed(original), redactions };
        }
        let (mut text, mut at) = (String::with_capacity(original.len()), 0);
        for one in &redactions {
            text.push_str(original.get(at..one.span.start).unwrap_or_default());
            text.push_str(&one.with);
            at = one.span.end;
        }
        text.push_str(original.get(at..).unwrap_or_default());
        Self { text: text.into(), redactions }
    }

    /// Where a span of the original lies now; one that overlaps a mask takes in all of it.
    #[must_use]
    pub fn span(&self, span: Span) -> Span {
        Span::new(self.offset(span.start, false), self.offset(span.end, true))
    }

    fn offset(&self, offset: usize, is_end: bool) -> usize {
        let (mut added, mut removed) = (0, 0);
        for one in &self.redactions {
            if one.span.end <= offset {
                added += one.with.len();
                removed += one.span.len();
            } else if one.span.start < offset {
                let start = one.span.start + added - removed;
                return if is_end { start + one.with.len() } else { start };
            } else {
                break;
            }
        }
        offset + added - removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::compile_str;
    use crate::text::{Channel, Encoding, Phase, Role};

    const POLICIES: [(&str, &str); 2] = [
        (
            "a.yaml",
            "policy: a\nscope: {phase: [output]}\nrules:\n- {id: mail, when: {entities: [email]}, action: flag}\n\
             - {id: code, when: {all: [{patterns: ['X-\\d+']}, {keywords: [never said]}]}, action: redact, with: '[code]'}\n",
        ),
        (
            "b.yaml",
            "policy: b\nmask: [{patterns: ['ORD-\\d{4}']}, {keywords: [bluebird], entities: [phone]}]\n",
        ),
    ];

    fn judge() -> Judge {
        let compiled = compile_str(&POLICIES);
        assert!(
            compiled.diagnostics.iter().all(|one| one.severity != crate::policy::diagnostic::Severity::Error),
            "{:?}",
            compiled.diagnostics
        );
        Judge::new(Screen::build(Arc::new(compiled.policies.unwrap())).unwrap())
    }

    fn subject(phase: Phase) -> Subject<'static> {
        let (role, channel, encoding) = (Role::User, Channel::Content, Encoding::Plain);
        Subject { phase, role, channel, encoding, model: "m", tenant: "t" }
    }

    #[test]
    fn what_is_masked() {
        let judge = judge();
        let text = "a@example.com X-12 ORD-1234 Bluebird";
        let table = [
            (Phase::Input, false, "[email] X-12 [redacted] [redacted]"),
            (Phase::Output, false, "[email] [code] [redacted] [redacted]"),
            (Phase::Output, true, "a@example.com X-12 [redacted] [redacted]"),
        ];
        for (phase, whole, expected) in table {
            let mut subject = subject(phase);
            if phase == Phase::Output {
                subject.role = Role::Assistant;
            }
            assert_eq!(judge.mask(subject, text, whole).text, expected, "{phase:?} {whole}");
        }
        assert!(matches!(judge.mask(subject(Phase::Input), "nothing", false).text, Cow::Borrowed("nothing")));
    }

    #[test]
    fn spans_go_with_the_text() {
        let judge = judge();
        let text = "éé a@example.com and ORD-1234!";
        let masked = judge.mask(subject(Phase::Input), text, false);
        assert_eq!(masked.text, "éé [email] and [redacted]!");
        let at = |piece: &str| {
            let start = text.find(piece).unwrap();
            let span = masked.span(Span::new(start, start + piece.len()));
            masked.text[span.start..span.end].to_owned()
        };
        for (piece, expected) in [
            ("éé", "éé"),
            ("a@example.com", "[email]"),
            ("example", "[email]"),
            ("and", "and"),
            ("com and ORD", "[email] and [redacted]"),
            ("!", "!"),
        ] {
            assert_eq!(at(piece), expected, "{piece}");
        }
    }

    #[test]
    fn masks_are_checked() {
        let told = |mask: &str| {
            let text = format!("policy: a\nmask: {mask}\n");
            let compiled = compile_str(&[("a.yaml", &text)]);
            compiled.diagnostics.iter().map(|one| one.code.to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told("[{entities: [email]}]"), "");
        assert_eq!(told("[{entities: [emial]}]"), "unknown-entity");
        assert_eq!(told("[{length: {max_chars: 3}}]"), "mask-without-span");
        assert_eq!(told("[{none: [{keywords: [x]}]}]"), "mask-without-span");
        assert_eq!(told("[]"), "empty-list");
    }
}
