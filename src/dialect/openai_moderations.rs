//! `POST /v1/moderations`: texts go in, verdicts come out. The gateway answers it itself.
//!
//! Owns the shape of both bodies: where the texts of a request are, and OpenAI's names of categories beside
//! ours. Refuses to judge, and refuses images: there is nothing here that could look at them.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Refusal;
use super::json::{Document, Kind};
use super::node::Node;
use crate::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};

/// The name of this API in records and metrics.
pub const NAME: &str = "openai.moderations";
/// Texts of one request.
const MOST: usize = 2_048;

/// OpenAI's categories, and the labels of ours that stand for each. Those without any are always false: no
/// label tells a threat from the rest of harassment, or an instruction from the rest of self-harm.
pub const CATEGORIES: [(&str, &[&str]); 13] = [
    ("harassment", &["harassment"]),
    ("harassment/threatening", &[]),
    ("hate", &["hate"]),
    ("hate/threatening", &[]),
    ("illicit", &["illegal", "cyber", "weapons"]),
    ("illicit/violent", &["weapons"]),
    ("self-harm", &["self_harm"]),
    ("self-harm/instructions", &[]),
    ("self-harm/intent", &[]),
    ("sexual", &["sexual", "sexual_minors"]),
    ("sexual/minors", &["sexual_minors"]),
    ("violence", &["violence"]),
    ("violence/graphic", &[]),
];

/// What is to be moderated.
#[derive(Debug)]
pub struct Moderation<'a> {
    /// The model that the client named; which one answers is not its choice.
    pub model: Cow<'a, str>,
    /// Which way the texts would travel: `qwarden.phase`, a prompt where it is left out.
    pub phase: Phase,
    /// One text for each result.
    pub segments: Vec<Segment<'a>>,
}

/// Reads a request.
///
/// # Errors
/// When it is not one, or holds what is no text.
pub fn read<'a>(body: &'a Document<'a>) -> Result<Moderation<'a>, Refusal> {
    let root = body.root();
    if root.kind() != Kind::Object {
        return Err(Refusal::bad_request("invalid_request", "The body is not a JSON object."));
    }
    let model = root.get("model").and_then(Node::str).unwrap_or_default();
    let phase = match root.get("qwarden").and_then(|own| own.get("phase")).and_then(Node::str).as_deref() {
        None | Some("input") => Phase::Input,
        Some("output") => Phase::Output,
        Some(_) => return Err(invalid("`qwarden.phase` is neither input nor output.")),
    };
    let input = root.get("input").ok_or_else(|| invalid("The body has no `input`."))?;
    let texts: Vec<Vec<Part<'a>>> = match input.kind() {
        Kind::String => vec![input.part().into_iter().collect()],
        Kind::Array if input.items().next().is_none() => return Err(invalid("`input` is empty.")),
        Kind::Array if input.items().all(|item| item.kind() == Kind::String) => {
            input.items().map(|item| item.part().into_iter().collect()).collect()
        }
        // Parts of one message have one result.
        Kind::Array => vec![input.items().map(part).collect::<Result<_, _>>()?],
        _ => return Err(invalid("`input` is neither a text nor a list.")),
    };
    if texts.len() > MOST {
        return Err(invalid("`input` has more texts than are judged at once (2048)."));
    }
    let role = if phase == Phase::Input { Role::User } else { Role::Assistant };
    let segment = |(index, parts)| Segment {
        lane: Lane { choice: index, channel: Channel::Content, index: 0 },
        role,
        encoding: Encoding::Plain,
        parts,
    };
    Ok(Moderation { model, phase, segments: (0u32..).zip(texts).map(segment).collect() })
}

fn part(item: Node<'_>) -> Result<Part<'_>, Refusal> {
    let kind = item.get("type").and_then(Node::str);
    match kind.as_deref() {
        Some("text") => item
            .get("text")
            .and_then(Node::part)
            .ok_or_else(|| invalid("A part of `input` with the type text has no `text`.")),
        Some("image_url") => Err(Refusal {
            status: 400,
            code: "unsupported_media",
            message: "`input` holds an image, and this gateway has nothing that looks at images.".into(),
        }),
        _ => Err(invalid("A part of `input` is neither a text nor an object with the type text.")),
    }
}

fn invalid(message: &'static str) -> Refusal {
    Refusal::bad_request("invalid_request", message)
}

/// What was said about a label.
#[derive(Debug, Clone)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// The score, 0 to 1.
    pub score: f32,
    /// Whether it holds.
    pub holds: bool,
}

/// One result. `qwarden` is what this gateway has to say beside it.
#[must_use]
pub fn result(labels: &[Label], stopped: bool, mut qwarden: Map<String, Value>) -> Value {
    let (mut categories, mut scores, mut types) = (Map::new(), Map::new(), Map::new());
    let mut flagged = stopped;
    for (category, ours) in CATEGORIES {
        let mine = || labels.iter().filter(|label| ours.contains(&&*label.name));
        let holds = mine().any(|label| label.holds);
        flagged |= holds;
        categories.insert(category.into(), json!(holds));
        scores.insert(category.into(), json!(mine().map(|label| label.score).fold(0.0, f32::max)));
        types.insert(category.into(), if ours.is_empty() { json!([]) } else { json!(["text"]) });
    }
    flagged |= labels.iter().any(|label| label.name == "harmful" && label.holds);
    let own: Map<String, Value> = labels
        .iter()
        .map(|label| (label.name.clone(), json!({ "score": label.score, "flagged": label.holds })))
        .collect();
    qwarden.insert("labels".into(), own.into());
    json!({
        "flagged": flagged, "categories": categories, "category_scores": scores,
        "category_applied_input_types": types, "qwarden": qwarden,
    })
}

#[cfg(test)]
mod tests {
    use super::super::json::Limits;
    use super::*;

    fn check(body: &str) -> String {
        let document = Document::parse(body.as_bytes(), Limits::default()).unwrap();
        match read(&document) {
            Err(refusal) => refusal.code.to_owned(),
            Ok(found) => {
                let texts: Vec<String> = found
                    .segments
                    .iter()
                    .map(|one| one.parts.iter().map(|part| &*part.text).collect::<Vec<_>>().join("+"))
                    .collect();
                format!("{:?}: {}", found.phase, texts.join("|"))
            }
        }
    }

    #[test]
    fn every_form_of_input_is_read_or_refused() {
        for (body, expected) in [
            (r#"{"input": "a"}"#, "Input: a"),
            (r#"{"input": ["a", "b"], "model": "omni-moderation-latest"}"#, "Input: a|b"),
            (r#"{"input": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}"#, "Input: a+b"),
            (r#"{"input": "a", "qwarden": {"phase": "output"}}"#, "Output: a"),
            (r#"{"input": "a", "qwarden": {"phase": "both"}}"#, "invalid_request"),
            (r#"{"input": [{"type": "image_url", "image_url": {"url": "x"}}]}"#, "unsupported_media"),
            (r#"{"input": [{"type": "audio"}]}"#, "invalid_request"),
            (r#"{"input": [{"type": "text"}]}"#, "invalid_request"),
            (r#"{"input": ["a", 1]}"#, "invalid_request"),
            (r#"{"input": [1, 2]}"#, "invalid_request"),
            (r#"{"input": []}"#, "invalid_request"),
            (r#"{"input": null}"#, "invalid_request"),
            (r#"{}"#, "invalid_request"),
            (r#"["a"]"#, "invalid_request"),
        ] {
            assert_eq!(check(body), expected, "{body}");
        }
    }

    #[test]
    fn labels_of_ours_become_categories_of_openai() {
        let label = |name: &str, score, holds| Label { name: name.into(), score, holds };
        let found = result(&[label("weapons", 0.5, true), label("illegal", 0.75, false)], false, Map::new());
        assert_eq!(found["flagged"], true);
        assert_eq!(found["categories"]["illicit/violent"], true);
        assert_eq!(found["categories"]["illicit"], true);
        assert_eq!(found["category_scores"]["illicit"], 0.75);
        assert_eq!(found["categories"]["hate/threatening"], false);
        assert_eq!(found["category_scores"]["hate/threatening"], 0.0);
        assert_eq!(found["qwarden"]["labels"]["illegal"]["score"], 0.75);
        assert_eq!(result(&[label("jailbreak", 0.9, true)], false, Map::new())["flagged"], false);
        assert_eq!(result(&[label("harmful", 0.9, true)], false, Map::new())["flagged"], true);
        assert_eq!(result(&[], true, Map::new())["flagged"], true);
    }
}
