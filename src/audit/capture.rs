//! How much of a conversation's text goes into its record.
//!
//! Owns the three capture modes and every cut that is made for them. Refuses to know where the
//! text came from. All cuts fall on character boundaries, and an excerpt is always an exact piece
//! of the text: what was matched is told by offsets, never by marks put into the text, which
//! anybody could forge.

use serde::{Deserialize, Serialize};

use crate::text::{Role, Span};

/// Characters of context on either side of a match.
const CONTEXT: usize = 40;
/// Characters of a match that an excerpt holds at most; the finding's spans tell its true length.
const MATCH: usize = 200;
/// Characters of a prompt or reply under [`Capture::Excerpt`].
const EXCERPT: usize = 200;
/// Bytes of a prompt or reply under [`Capture::Full`].
const FULL: usize = 256 * 1024;

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

    /// The `reply` of a record, from a whole text; a [`Clip`] does the same for a stream.
    #[must_use]
    pub fn reply(self, text: &str) -> Option<String> {
        let mut clip = Clip::new(self);
        clip.push(text);
        clip.finish()
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
