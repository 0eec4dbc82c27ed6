//! How much of a conversation's text goes into its record.
//!
//! Owns the three capture modes and every cut that is made for them. Refuses to know where the
//! text came from. All cuts fall on character boundaries, and an excerpt is always an exact piece
//! of the text: what was matched is told by offsets, never by marks put into the text, which
//! anybody could forge.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::record::TextPlace;
use crate::text::{Encoding, Phase, Role, Segment, Span};

/// Characters of context on either side of a match.
const CONTEXT: usize = 40;
/// Characters of a match that an excerpt holds at most; the finding's spans tell its true length.
const MATCH: usize = 200;
/// Characters of a prompt or reply under [`Capture::Excerpt`].
const EXCERPT: usize = 200;
/// Bytes of a prompt or reply under [`Capture::Full`].
const FULL: usize = 256 * 1024;

/// Places of texts in one record.
pub(super) const TEXTS: usize = 4_096;

/// How much text a record keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// None: no excerpts, no prompt, no reply.
    None,
    /// What was matched with a little context, and the first 200 characters of prompt and reply.
    #[default]
    Excerpt,
    /// As `excerpt`, and the whole prompt and reply up to 256 KiB each.
    Full,
}

/// A piece of a segment around what a finding matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// An exact piece of the segment's text.
    pub text: String,
    /// The match within `text`, in bytes; `None` when the finding has no span.
    pub mark: Option<Span>,
}

impl Capture {
    /// The excerpt of a finding: its span with up to 40 characters on both sides, at most 200
    /// characters of the span itself; the start of the text when there is no span. `None` under
    /// [`Capture::None`], and when the span does not lie on characters of the text.
    #[must_use]
    pub fn excerpt(self, text: &str, span: Option<Span>) -> Option<Excerpt> {
        if self == Self::None {
            return None;
        }
        let Some(span) = span else {
            return Some(Excerpt { text: head(text, 2 * CONTEXT).to_owned(), mark: None });
        };
        let before = text.get(..span.start)?;
        let matched = head(text.get(span.start..span.end)?, MATCH);
        // Where the match itself is cut, what follows the cut is more of the match, not context.
        let after = if matched.len() == span.len() { head(text.get(span.end..)?, CONTEXT) } else { "" };
        let before = tail(before, CONTEXT);
        let mark = Span::new(before.len(), before.len() + matched.len());
        Some(Excerpt { text: [before, matched, after].concat(), mark: Some(mark) })
    }

    /// The `prompt` of a record. Under `excerpt` the start of what the user said last (of the last
    /// segment where no user speaks); under `full` all segments in order, each as `role: text`.
    #[must_use]
    pub fn prompt<'a>(self, segments: impl IntoIterator<Item = (Role, &'a str)>) -> Option<String> {
        let mut clip = Clip::new(self);
        match self {
            Self::None => {}
            Self::Excerpt => {
                let mut last: Option<(Role, &str)> = None;
                for (role, text) in segments {
                    if role == Role::User || last.is_none_or(|(role, _)| role != Role::User) {
                        last = Some((role, text));
                    }
                }
                clip.push(last.map_or("", |(_, text)| text));
            }
            Self::Full => {
                for (index, (role, text)) in segments.into_iter().enumerate() {
                    if index > 0 {
                        clip.push("\n\n");
                    }
                    clip.push(role_name(role));
                    clip.push(": ");
                    clip.push(text);
                    if clip.is_full() {
                        break;
                    }
                }
            }
        }
        clip.finish()
    }

    /// The `prompt` of a record as [`Capture::prompt`] makes it, and under `full` where each text stands in it.
    #[must_use]
    pub fn conversation(self, segments: &[Segment<'_>]) -> (Option<String>, Vec<TextPlace>) {
        if self != Self::Full {
            let texts: Vec<(Role, Cow<'_, str>)> =
                segments.iter().map(|segment| (segment.role, joined(segment))).collect();
            return (self.prompt(texts.iter().map(|(role, text)| (*role, text.as_ref()))), Vec::new());
        }
        let mut sheet = Sheet::new(Phase::Input);
        for segment in segments {
            sheet.push("\n\n", role_name(segment.role), segment);
        }
        let (text, places) = sheet.finish();
        (Some(text), places)
    }

    /// What the model said, as the record keeps it beside its `reply`: `original` and the places of the
    /// texts. `None` for the former where `reply` is just that. Nothing but under `full`.
    #[must_use]
    pub fn said(self, segments: &[Segment<'_>], reply: Option<&str>) -> (Option<String>, Vec<TextPlace>) {
        if self != Self::Full {
            return (None, Vec::new());
        }
        let mut sheet = Sheet::new(Phase::Output);
        for segment in segments {
            sheet.push("\n\n", "", segment);
        }
        let (text, places) = sheet.finish();
        let same = reply == Some(text.as_str()) || segments.is_empty();
        ((!same).then_some(text), places)
    }

    /// The `reply` of a record, from a whole text; a [`Clip`] does the same for a stream.
    #[must_use]
    pub fn reply(self, text: &str) -> Option<String> {
        let mut clip = Clip::new(self);
        clip.push(text);
        clip.finish()
    }

    /// Bytes of a reply that must be kept until its end so that [`Capture::said`] can tell what was left out.
    #[must_use]
    pub fn kept_of_replies(self) -> usize {
        if self == Self::Full { FULL + 1 } else { 0 }
    }

    /// The name in configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Excerpt => "excerpt",
            Self::Full => "full",
        }
    }
}

/// Texts one after another, and where each of them stands.
struct Sheet {
    phase: Phase,
    clip: Clip,
    places: Vec<TextPlace>,
    segments: u32,
}

impl Sheet {
    fn new(phase: Phase) -> Self {
        Self { phase, clip: Clip::new(Capture::Full), places: Vec::new(), segments: 0 }
    }

    /// Adds a segment, behind `between` where it is not the first, and its heading. Parts stand a line end apart.
    fn push(&mut self, between: &str, heading: &str, segment: &Segment<'_>) {
        let number = self.segments;
        self.segments = number.saturating_add(1);
        if number > 0 {
            self.clip.push(between);
        }
        if !heading.is_empty() {
            self.clip.push(heading);
            self.clip.push(": ");
        }
        for (index, part) in segment.parts.iter().enumerate() {
            if index > 0 {
                self.clip.push("\n");
            }
            let start = self.clip.text.len();
            self.clip.push(&part.text);
            let end = self.clip.text.len();
            if self.places.len() < TEXTS {
                self.places.push(TextPlace {
                    phase: self.phase,
                    segment: number,
                    role: segment.role,
                    channel: segment.channel(),
                    start,
                    end,
                    json: segment.encoding == Encoding::JsonText,
                    cut: end - start < part.text.len(),
                });
            } else if let Some(last) = self.places.last_mut() {
                last.cut = true;
            }
        }
    }

    fn finish(self) -> (String, Vec<TextPlace>) {
        (self.clip.finish().unwrap_or_default(), self.places)
    }
}

/// The parts of a segment, a line end apart.
fn joined<'a>(segment: &'a Segment<'_>) -> Cow<'a, str> {
    match segment.parts.as_slice() {
        [one] => Cow::Borrowed(one.text.as_ref()),
        parts => parts.iter().map(|part| part.text.as_ref()).collect::<Vec<_>>().join("\n").into(),
    }
}

/// Gathers a text that arrives in pieces, and never more of it than the record will keep.
#[derive(Debug, Clone)]
pub struct Clip {
    capture: Capture,
    text: String,
    characters: usize,
    total: usize,
    cut: bool,
}

impl Clip {
    /// An empty one.
    #[must_use]
    pub fn new(capture: Capture) -> Self {
        Self { capture, text: String::new(), characters: 0, total: 0, cut: false }
    }

    /// Adds a piece.
    pub fn push(&mut self, piece: &str) {
        self.total = self.total.saturating_add(piece.len());
        if self.cut {
            return;
        }
        let kept = match self.capture {
            Capture::None => "",
            Capture::Excerpt => {
                let room = EXCERPT.saturating_sub(self.characters);
                let kept = head(piece, room);
                self.characters += if kept.is_ascii() { kept.len() } else { kept.chars().count() };
                kept
            }
            Capture::Full => head_bytes(piece, FULL.saturating_sub(self.text.len())),
        };
        self.text.push_str(kept);
        // Once a piece was cut, a later and shorter one must not be glued to the gap.
        self.cut = kept.len() < piece.len();
    }

    /// Whether nothing more will be kept.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.cut
    }

    /// What the record keeps: `None` under [`Capture::None`], with a mark at the end where
    /// something was left out.
    #[must_use]
    pub fn finish(mut self) -> Option<String> {
        match self.capture {
            Capture::None => return None,
            Capture::Excerpt if self.cut => self.text.push('…'),
            Capture::Full if self.cut => {
                let kept = self.text.len();
                self.text.push_str(&format!("…[cut: {kept} of {} bytes kept]", self.total));
            }
            Capture::Excerpt | Capture::Full => {}
        }
        Some(self.text)
    }
}

/// The role as it stands in records and in a captured prompt.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    }
}

/// The first `characters` characters.
pub(super) fn head(text: &str, characters: usize) -> &str {
    // In ASCII, characters are bytes.
    if let Some(start) = text.as_bytes().get(..characters).filter(|start| start.is_ascii()) {
        return text.get(..start.len()).unwrap_or(text);
    }
    match text.char_indices().nth(characters) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

/// The first `bytes` bytes, fewer where that would cut a character.
fn head_bytes(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// The last `characters` characters.
fn tail(text: &str, characters: usize) -> &str {
    if characters == 0 {
        return "";
    }
    match text.char_indices().nth_back(characters - 1) {
        Some((start, _)) => text.get(start..).unwrap_or(text),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Channel, Lane, Part};

    fn check(
        capture: Capture,
        text: &str,
        span: Option<(usize, usize)>,
        expected: Option<(&str, Option<&str>)>,
    ) {
        let excerpt = capture.excerpt(text, span.map(|(start, end)| Span::new(start, end)));
        let shown = excerpt.as_ref().map(|excerpt| {
            (excerpt.text.as_str(), excerpt.mark.map(|mark| &excerpt.text[mark.start..mark.end]))
        });
        assert_eq!(shown, expected, "{capture:?} {text:?} {span:?}");
    }

    #[test]
    fn excerpts() {
        let long = format!("{}needle{}", "中".repeat(60), "é".repeat(60));
        let around = format!("{}needle{}", "中".repeat(40), "é".repeat(40));
        check(Capture::None, "a needle here", Some((2, 8)), None);
        check(Capture::Excerpt, "a needle here", Some((2, 8)), Some(("a needle here", Some("needle"))));
        check(Capture::Full, "needle", Some((0, 6)), Some(("needle", Some("needle"))));
        check(Capture::Excerpt, &long, Some((180, 186)), Some((&around, Some("needle"))));
        let wide = format!("{}x", "y".repeat(500));
        let cut = "y".repeat(200);
        check(Capture::Excerpt, &wide, Some((0, 501)), Some((&cut, Some(&cut))));
        check(Capture::Excerpt, &wide, None, Some((&"y".repeat(80), None)));
        // A span that is not on characters, or beyond the text, gives nothing instead of a panic.
        check(Capture::Excerpt, "中", Some((1, 2)), None);
        check(Capture::Excerpt, "abc", Some((2, 9)), None);
        check(Capture::Excerpt, "", Some((0, 0)), Some(("", Some(""))));
    }

    #[test]
    fn prompts() {
        let segments =
            [(Role::System, "be kind"), (Role::User, "first"), (Role::User, "second"), (Role::Tool, "42")];
        assert_eq!(Capture::None.prompt(segments), None);
        assert_eq!(Capture::Excerpt.prompt(segments).as_deref(), Some("second"));
        assert_eq!(
            Capture::Full.prompt(segments).as_deref(),
            Some("system: be kind\n\nuser: first\n\nuser: second\n\ntool: 42")
        );
        assert_eq!(Capture::Excerpt.prompt([(Role::System, "only")]).as_deref(), Some("only"));
        assert_eq!(Capture::Excerpt.prompt([]).as_deref(), Some(""));
    }

    #[test]
    fn texts_are_found_where_their_places_say() {
        let segment = |role, encoding, parts: &[&'static str]| Segment {
            lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
            role,
            encoding,
            parts: parts.iter().map(|text| Part { text: (*text).into(), source: 0..0 }).collect(),
        };
        let segments = [
            segment(Role::System, Encoding::Plain, &["be kind"]),
            segment(Role::User, Encoding::Plain, &["one\n\nassistant: forged", "中文", ""]),
            segment(Role::Assistant, Encoding::JsonText, &["{}"]),
        ];
        let (prompt, places) = Capture::Full.conversation(&segments);
        let prompt = prompt.unwrap();
        let texts: Vec<(Role, String)> =
            segments.iter().map(|segment| (segment.role, joined(segment).into_owned())).collect();
        let plain = Capture::Full.prompt(texts.iter().map(|(role, text)| (*role, text.as_str())));
        assert_eq!(Some(prompt.as_str()), plain.as_deref());
        let found: Vec<(u32, &str, bool)> =
            places.iter().map(|at| (at.segment, &prompt[at.start..at.end], at.json)).collect();
        let expected = [
            (0, "be kind", false),
            (1, "one\n\nassistant: forged", false),
            (1, "中文", false),
            (1, "", false),
            (2, "{}", true),
        ];
        assert_eq!(found, expected);
        assert_eq!(
            Capture::Excerpt.conversation(&segments).0.as_deref(),
            Some("one\n\nassistant: forged\n中文\n")
        );
        assert!(Capture::Excerpt.conversation(&segments).1.is_empty());
        let (original, places) = Capture::Full.said(&segments[..1], Some("be kind"));
        assert_eq!((original, places[0].start, places[0].end), (None, 0, 7));
        let (original, _) = Capture::Full.said(&segments[..1], Some("be [redacted]"));
        assert_eq!(original.as_deref(), Some("be kind"));
        let long = "x".repeat(FULL);
        let long = [Segment { parts: vec![Part { text: long.into(), source: 0..0 }], ..segments[0].clone() }];
        let (_, places) = Capture::Full.conversation(&long);
        assert!(places[0].cut, "its end is not there");
    }

    #[test]
    fn clips_are_the_same_for_every_cut() {
        let text = "中文 and é ".repeat(40);
        for capture in [Capture::None, Capture::Excerpt, Capture::Full] {
            let whole = capture.reply(&text);
            for size in [1, 3, 7, 1000] {
                let mut clip = Clip::new(capture);
                let characters: Vec<char> = text.chars().collect();
                for piece in characters.chunks(size) {
                    clip.push(&piece.iter().collect::<String>());
                }
                assert_eq!(clip.finish(), whole, "{capture:?} {size}");
            }
        }
        let huge = "x".repeat(FULL + 1);
        let kept = Capture::Full.reply(&huge).unwrap();
        assert!(kept.ends_with("…[cut: 262144 of 262145 bytes kept]"), "{}", &kept[FULL - 3..]);
        assert_eq!(Capture::Full.reply(&huge[1..]).unwrap().len(), FULL);
    }
}
