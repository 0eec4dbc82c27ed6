//! Restoring: what was cut out of a prompt comes back where the reply speaks of it.
//!
//! Owns the placeholders of an exchange and what they stand for. On the way in a redacted span whose
//! rule says `restore` becomes `[EMAIL_1]`; on the way out, behind every judge, the placeholder
//! becomes its original again. Nothing is kept of it: the originals live in the memory of one
//! exchange, and no type here shows them. Refuses to know why something was redacted.

mod scan;
mod stream;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::Permitted;
use super::body::edits;
use crate::decide::Redaction;
use crate::dialect::Dialect;
use crate::dialect::json::{Document, Limits};
use crate::dialect::literal::encode_string;
use crate::dialect::splice::splice;
use crate::text::{Encoding, Segment};

use scan::{Known, search};
pub(super) use stream::Restoring;

/// Most characters of a name in brackets that are taken for a placeholder of the prompt's own: a
/// rule's name has at most 64, an entity's fewer.
const LONGEST_NAME: usize = 96;

/// What the placeholders of one exchange stand for.
pub struct Originals {
    /// Placeholders as they went to the model and what they stand for, sorted.
    sorted: Vec<(String, String)>,
}

impl fmt::Debug for Originals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Originals({} placeholders)", self.sorted.len())
    }
}

/// Gives every redaction that is to be undone in the reply a placeholder of its own, the same for
/// equal texts, numbered in the order of the texts. `redactions` are those of each segment. `None`
/// where there is nothing to restore.
#[must_use]
pub fn set_aside(redactions: &mut [Vec<Redaction>], segments: &[Segment<'_>]) -> Option<Arc<Originals>> {
    if redactions.iter().flatten().all(|redaction| redaction.restore_as.is_none()) {
        return None;
    }
    let texts: Vec<String> = segments.iter().map(whole_text).collect();
    let mut counters = Counters { taken: taken(segments, &texts, redactions), last: HashMap::new() };
    let mut placeholders: HashMap<String, Arc<str>> = HashMap::new();
    for ((of_segment, segment), text) in redactions.iter_mut().zip(segments).zip(&texts) {
        for redaction in of_segment {
            let Some(name) = &redaction.restore_as else { continue };
            let cut_out = text.get(redaction.span.start..redaction.span.end).unwrap_or_default();
            let value = meaning(cut_out, segment.encoding);
            let placeholder = placeholders.entry(value).or_insert_with(|| counters.next(name));
            redaction.with = placeholder.clone();
        }
    }
    let mut sorted: Vec<(String, String)> =
        placeholders.into_iter().map(|(value, placeholder)| (placeholder.to_string(), value)).collect();
    sorted.sort_unstable();
    Some(Arc::new(Originals { sorted }))
}

/// A whole reply that was judged, with its placeholders restored; and whether there were any. Where
/// judging has not `changed` the reply, its bytes may be compressed, and `plain` is what they say.
pub fn reply(
    judged: Permitted<Bytes>,
    plain: &Bytes,
    changed: bool,
    dialect: &dyn Dialect,
    originals: &Originals,
) -> (Permitted<Bytes>, bool) {
    let body = if changed { judged.inner().clone() } else { plain.clone() };
    let Ok(document) = Document::parse(&body, Limits::default()) else { return (judged, false) };
    let Ok(reply) = dialect.read_reply(&document) else { return (judged, false) };
    let restored: Vec<Vec<Redaction>> = reply
        .segments
        .iter()
        .map(|segment| {
            let (text, mut places) = (whole_text(segment), Vec::new());
            search(
                &text,
                segment.encoding,
                true,
                |name| originals.known(name),
                |span, name| {
                    let with = originals.original(name, segment.encoding).into();
                    places.push(Redaction { span, with, restore_as: None });
                },
            );
            places
        })
        .collect();
    if restored.iter().all(Vec::is_empty) {
        return (judged, false);
    }
    let edits = edits(&document, &reply.segments, &reply.shadows, &restored);
    (Permitted::mint(Bytes::from(splice(document.raw(), &edits))), true)
}

impl Originals {
    /// For the tests of rooms that only carry them: placeholders and what they stand for.
    #[cfg(test)]
    pub(crate) fn for_test(pairs: &[(&str, &str)]) -> Arc<Self> {
        let mut sorted: Vec<(String, String)> =
            pairs.iter().map(|(name, original)| ((*name).to_owned(), (*original).to_owned())).collect();
        sorted.sort_unstable();
        Arc::new(Self { sorted })
    }

    /// A whole text with its placeholders restored.
    #[cfg(test)]
    pub(crate) fn restored(&self, text: &str, encoding: Encoding) -> String {
        Restorer::default().push(text, encoding, true, self).unwrap_or_else(|| text.to_owned())
    }

    fn at(&self, name: &str) -> Option<&(String, String)> {
        self.sorted.get(self.sorted.partition_point(|(known, _)| known.as_str() < name))
    }

    fn known(&self, name: &str) -> Known {
        match self.at(name) {
            Some((known, _)) if known == name => Known::Whole,
            Some((known, _)) if known.starts_with(name) => Known::Beginning,
            _ => Known::No,
        }
    }

    /// What a placeholder stands for, as it must be written in a text of this encoding.
    fn original(&self, name: &str, encoding: Encoding) -> String {
        let original = self.at(name).map(|(_, original)| original.as_str()).unwrap_or_default();
        match encoding {
            Encoding::Plain => original.to_owned(),
            Encoding::JsonText => {
                let literal = String::from_utf8(encode_string(original)).unwrap_or_default();
                literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default().to_owned()
            }
        }
    }
}

/// One text of a reply that comes in pieces, on its way out.
#[derive(Default)]
struct Restorer {
    /// The end of what has come, where it could go on as a placeholder.
    waits: String,
}

impl Restorer {
    /// Takes a piece of the text and gives what may leave; `None` where that is the piece as it came.
    fn push(
        &mut self,
        piece: &str,
        encoding: Encoding,
        complete: bool,
        originals: &Originals,
    ) -> Option<String> {
        let fresh = self.waits.is_empty();
        let joined;
        let text = if fresh {
            piece
        } else {
            joined = std::mem::take(&mut self.waits) + piece;
            joined.as_str()
        };
        let (mut out, mut at) = (String::new(), 0);
        let until = search(
            text,
            encoding,
            complete,
            |name| originals.known(name),
            |span, name| {
                out.push_str(text.get(at..span.start).unwrap_or_default());
                out.push_str(&originals.original(name, encoding));
                at = span.end;
            },
        );
        if fresh && at == 0 && until == text.len() {
            return None;
        }
        out.push_str(text.get(at..until).unwrap_or_default());
        text.get(until..).unwrap_or_default().clone_into(&mut self.waits);
        Some(out)
    }
}

/// Numbers for placeholders.
struct Counters {
    /// What the prompt itself says in the form of a placeholder: a model that repeats it must not
    /// be misunderstood.
    taken: HashSet<String>,
    last: HashMap<Arc<str>, u64>,
}

impl Counters {
    fn next(&mut self, name: &Arc<str>) -> Arc<str> {
        let last = self.last.entry(name.clone()).or_default();
        loop {
            *last += 1;
            let placeholder = format!("[{name}_{last}]");
            if !self.taken.contains(&placeholder) {
                return placeholder.into();
            }
        }
    }
}

/// Everything in these texts that reads like a placeholder, in capitals; and in what takes the place of
/// other redactions.
fn taken(segments: &[Segment<'_>], texts: &[String], redactions: &[Vec<Redaction>]) -> HashSet<String> {
    let mut taken = HashSet::new();
    let mut take = |text: &str, encoding| {
        search(text, encoding, true, like_a_name, |_, name| {
            taken.insert(name.to_owned());
        });
    };
    for (segment, text) in segments.iter().zip(texts) {
        take(text, segment.encoding);
    }
    for redaction in redactions.iter().flatten().filter(|redaction| redaction.restore_as.is_none()) {
        take(&redaction.with, Encoding::Plain);
    }
    taken
}

fn like_a_name(name: &str) -> Known {
    let Some(inside) = name.strip_prefix('[').filter(|inside| inside.len() <= LONGEST_NAME) else {
        return Known::No;
    };
    match inside.as_bytes().split_last() {
        None => Known::Beginning,
        Some((b'A'..=b'Z' | b'0'..=b'9' | b'_', _)) => Known::Beginning,
        Some((b']', [_, ..])) => Known::Whole,
        Some(_) => Known::No,
    }
}

fn whole_text(segment: &Segment<'_>) -> String {
    segment.parts.iter().map(|part| part.text.as_ref()).collect()
}

/// What a stretch of a text says, so that the same address has the same placeholder in a message and
/// in the arguments of a tool.
fn meaning(text: &str, encoding: Encoding) -> String {
    let decoded = match encoding {
        Encoding::Plain => None,
        Encoding::JsonText => serde_json::from_str(&format!("\"{text}\"")).ok(),
    };
    decoded.unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests;
