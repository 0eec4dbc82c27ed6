//! One message of a request: who speaks, and every text that a chat template may print of it.
//!
//! Nothing that holds text is skipped but the role, and types and ids that look like types and
//! ids. Refuses to know which API the message came by.

use super::calls::{self, Origin};
use super::json::Kind;
use super::lanes::{self, Path};
use super::node::Node;
use super::texts::{Keys, Misfit, Texts, is_structural, refuse_lookalike};
use crate::text::{Channel, Role, Segment};

/// Members of a message that have a meaning of their own.
const KNOWN: [&str; 14] = [
    "role",
    "content",
    "refusal",
    "name",
    "tool_calls",
    "function_call",
    "tool_call_id",
    "reasoning_content",
    "reasoning",
    "thinking",
    "images",
    "audio",
    "tool_name",
    "type",
];

/// Members of a message or of a content part that hold something that cannot be screened.
pub(super) const MEDIA: [&str; 14] = [
    "image_url",
    "input_image",
    "image",
    "images",
    "image_embeds",
    "image_pil",
    "audio",
    "audio_url",
    "audio_embeds",
    "input_audio",
    "video",
    "video_url",
    "file",
    "files",
];

/// Adds the texts of a message. `index` is its position in `messages`, `choice` its number in lanes.
pub(super) fn read<'a>(
    message: Node<'a>,
    index: u32,
    choice: u32,
    segments: &mut Vec<Segment<'a>>,
) -> Result<(), Misfit> {
    let path = format!("messages[{index}]");
    if message.kind() != Kind::Object {
        return Err(Misfit::new("invalid_messages", path, "is not an object"));
    }
    let role = role(message, &path)?;
    let mut texts = Texts::default();
    for member in message.members() {
        let key = member.key().unwrap_or_default();
        match &*key {
            "role" => {}
            "content" => content(member, choice, &path, &mut texts)?,
            "tool_calls" => calls::tool_calls(member, choice, &path, Origin::Request, &mut texts)?,
            "function_call" => calls::function_call(member, choice, &path, Origin::Request, &mut texts)?,
            "refusal" if member.kind() == Kind::String => {
                texts.push_string(lanes::refusal(choice), member);
            }
            media if MEDIA.contains(&media) => refuse_media(member, &path)?,
            name => match lanes::reasoning(choice, name) {
                Some(lane) => texts.push_all(lane, member, Keys::Inner),
                None => other(member, name, choice, &path, &mut texts)?,
            },
        }
    }
    segments.extend(texts.into_segments(role));
    Ok(())
}

fn role(message: Node<'_>, path: &str) -> Result<Role, Misfit> {
    let unknown = || {
        let reason = "is none of system, developer, user, assistant, tool and function";
        Misfit::new("unknown_role", format_args!("{path}.role"), reason)
    };
    let name = message.get("role").and_then(Node::str).ok_or_else(unknown)?;
    match &*name {
        "system" | "developer" => Ok(Role::System),
        "user" => Ok(Role::User),
        "assistant" => Ok(Role::Assistant),
        "tool" | "function" => Ok(Role::Tool),
        _ => Err(unknown()),
    }
}

/// The content: a string, or parts that a model reads as one text.
fn content<'a>(content: Node<'a>, choice: u32, path: &str, texts: &mut Texts<'a>) -> Result<(), Misfit> {
    let lane = lanes::content(choice);
    match content.kind() {
        Kind::Null => Ok(()),
        Kind::String => {
            texts.push_string(lane, content);
            Ok(())
        }
        Kind::Array => {
            let mut extras = Vec::new();
            for (position, item) in content.items().enumerate() {
                let path = format_args!("{path}.content[{position}]");
                let text = part_text(item, &path.to_string(), &mut extras)?;
                texts.push_string(lane, text);
            }
            for (position, extra) in extras.into_iter().enumerate() {
                let path = Path::MESSAGE.member("content").item(position);
                texts.push_all(path.lane(choice, Channel::Content), extra, Keys::All);
            }
            Ok(())
        }
        _ => Err(Misfit::shape(format_args!("{path}.content"), "is neither a string nor an array of parts")),
    }
}

/// The text of one content part; what else it holds goes to `extras`.
fn part_text<'a>(item: Node<'a>, path: &str, extras: &mut Vec<Node<'a>>) -> Result<Node<'a>, Misfit> {
    match item.kind() {
        Kind::String => return Ok(item),
        Kind::Object => {}
        _ => return Err(Misfit::shape(path, "is neither a string nor an object")),
    }
    let kind = item.get("type").map(|kind| kind.str().unwrap_or_default());
    let field = match kind.as_deref() {
        None | Some("text" | "input_text" | "output_text") => "text",
        Some("refusal") => "refusal",
        Some(name) if MEDIA.contains(&name) => return Err(media(path)),
        Some(_) => {
            return Err(Misfit::shape(
                format_args!("{path}.type"),
                "is not a type of part that can be screened",
            ));
        }
    };
    let mut text = None;
    for member in item.members() {
        let key = member.key().unwrap_or_default();
        match &*key {
            "type" => {}
            name if name == field && member.kind() == Kind::String => text = Some(member),
            name if MEDIA.contains(&name) => refuse_media(member, path)?,
            name => {
                refuse_lookalike(
                    name,
                    |name| matches!(name, "type" | "text" | "refusal") || MEDIA.contains(&name),
                    path,
                )?;
                extras.push(member);
            }
        }
    }
    text.ok_or_else(|| Misfit::shape(format_args!("{path}.{field}"), "is not a string"))
}

/// A member that is not known: whatever text is in it, a template may print.
fn other<'a>(
    member: Node<'a>,
    name: &str,
    choice: u32,
    path: &str,
    texts: &mut Texts<'a>,
) -> Result<(), Misfit> {
    refuse_lookalike(name, |name| KNOWN.contains(&name) || MEDIA.contains(&name), path)?;
    if member.str().is_some_and(|text| is_structural(member, &text)) {
        return Ok(());
    }
    let keys = if KNOWN.contains(&name) { Keys::Inner } else { Keys::All };
    texts.push_all(Path::MESSAGE.member(name).lane(choice, Channel::Content), member, keys);
    Ok(())
}

fn refuse_media(member: Node<'_>, path: &str) -> Result<(), Misfit> {
    if member.is_empty() {
        return Ok(());
    }
    Err(media(format_args!("{path}.{}", member.key().unwrap_or_default())))
}

fn media(path: impl std::fmt::Display) -> Misfit {
    Misfit::new(
        "unsupported_media",
        path,
        "holds an image, audio, a video or a file, which cannot be screened",
    )
}
