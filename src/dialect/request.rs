//! Reading requests: what all APIs have in common, member by member.
//!
//! Every API's request is read by the same code with another [`Shape`]. What cannot be screened
//! is refused here, with the place named. Refuses to know what is done with the texts.

use super::fields::{Field, field};
use super::json::{Document, Kind};
use super::lanes;
use super::messages;
use super::node::Node;
use super::texts::{Keys, Misfit, Texts, refuse_lookalike};
use super::{Refusal, Request};
use crate::text::Role;

/// Most choices that `n` may ask for.
const MAX_N: u64 = 128;
/// Most choices of a request, over all its prompts.
pub(super) const MAX_CHOICES: u32 = 2048;

/// What one API's requests look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// The member that holds the conversation or prompt. Its texts have the numbers from 0 on.
    pub(super) primary: &'static str,
    /// Whether it streams when it is not told; `None` where it cannot stream.
    pub(super) stream: Option<bool>,
    /// Whether `n` means something.
    pub(super) choices: bool,
}

/// Reads a request.
pub(super) fn read<'a>(body: &'a Document<'a>, shape: Shape) -> Result<Request<'a>, Refusal> {
    let root = body.root();
    if root.kind() != Kind::Object {
        return Err(Refusal::bad_request("invalid_request", "The body is not a JSON object."));
    }
    let mut reader = Reader::new(shape);
    for member in root.members() {
        reader.member(member)?;
    }
    Ok(reader.finish()?)
}

struct Reader<'a> {
    shape: Shape,
    request: Request<'a>,
    n: u32,
    prompts: u32,
    /// How many texts stand beside the primary ones.
    beside: u32,
    has_messages: bool,
}

impl<'a> Reader<'a> {
    fn new(shape: Shape) -> Self {
        let request = Request {
            model: "".into(),
            stream: shape.stream.unwrap_or(false),
            choices: 1,
            include_usage: false,
            segments: Vec::new(),
        };
        Self { shape, request, n: 1, prompts: 1, beside: 0, has_messages: false }
    }

    fn member(&mut self, node: Node<'a>) -> Result<(), Misfit> {
        let name = node.key().unwrap_or_default();
        let Some(treatment) = field(&name) else {
            return refuse_lookalike(&name, |name| field(name).is_some(), "body");
        };
        if node.is_null() && name != self.shape.primary {
            return Ok(());
        }
        match treatment {
            Field::Model => {
                self.request.model = node.str().ok_or_else(|| Misfit::shape(name, "is not a string"))?;
            }
            Field::Stream => {
                let stream = node.bool().ok_or_else(|| Misfit::shape(name, "is neither true nor false"))?;
                self.request.stream = stream && self.shape.stream.is_some();
            }
            Field::StreamOptions => {
                let usage = node.get("include_usage").filter(|usage| !usage.is_null());
                let value = usage.map_or(Some(false), Node::bool);
                self.request.include_usage = value.ok_or_else(|| {
                    Misfit::shape("stream_options.include_usage", "is neither true nor false")
                })?;
            }
            Field::Choices => self.choices(&name, node)?,
            Field::Messages => self.messages(node)?,
            Field::Prompts => self.prompts(&name, node)?,
            // `auto`, `none` and `required` are no texts; a function that is named is one.
            Field::ToolChoice if node.kind() == Kind::String => {}
            Field::SystemTexts | Field::ToolChoice => self.texts(Role::System, node),
            Field::UserTexts => self.texts(Role::User, node),
            Field::Tokens if node.kind() == Kind::String => self.texts(Role::System, node),
            Field::Tokens if node.is_empty() => {}
            Field::Tokens => return Err(tokens(name)),
            Field::Media if node.is_empty() => {}
            Field::Media => return Err(media(name)),
            Field::Modalities => {
                if node.walk().filter_map(Node::str).any(|modality| modality != "text") {
                    return Err(media(name));
                }
            }
        }
        Ok(())
    }

    fn choices(&mut self, name: &str, node: Node<'a>) -> Result<(), Misfit> {
        if !self.shape.choices {
            return Ok(());
        }
        let count = node.u64().filter(|count| (1..=MAX_N).contains(count));
        let count = count.ok_or_else(|| Misfit::shape(name, "is not a whole number from 1 to 128"))?;
        if name == "n" {
            self.n = u32::try_from(count).unwrap_or(1);
        }
        Ok(())
    }

    fn messages(&mut self, node: Node<'a>) -> Result<(), Misfit> {
        if node.kind() != Kind::Array {
            return Err(Misfit::new("invalid_messages", "messages", "is not an array"));
        }
        self.has_messages = true;
        for (index, message) in node.items().enumerate() {
            let index = index as u32;
            let beside = self.shape.primary != "messages";
            let choice = if beside { lanes::beside(self.next_beside()).choice } else { index };
            messages::read(message, index, choice, &mut self.request.segments)?;
        }
        Ok(())
    }

    fn prompts(&mut self, name: &str, node: Node<'a>) -> Result<(), Misfit> {
        match node.kind() {
            Kind::String => self.prompt(name, 0, node),
            Kind::Array => {
                let mut count = 0;
                for (position, item) in node.items().enumerate() {
                    match item.kind() {
                        Kind::String => self.prompt(name, position as u32, item),
                        Kind::Number | Kind::Array => return Err(tokens(format_args!("{name}[{position}]"))),
                        _ => {
                            return Err(Misfit::shape(format_args!("{name}[{position}]"), "is not a string"));
                        }
                    }
                    count += 1;
                }
                if name == self.shape.primary {
                    self.prompts = count.max(1);
                }
            }
            Kind::Number => return Err(tokens(name)),
            // OpenAI's own server takes a missing prompt for an empty one.
            Kind::Null if name == "prompt" => {}
            _ => return Err(Misfit::shape(name, "is neither a string nor an array of strings")),
        }
        Ok(())
    }

    fn prompt(&mut self, name: &str, position: u32, node: Node<'a>) {
        let lane = if name == self.shape.primary {
            lanes::content(position)
        } else {
            lanes::beside(self.next_beside())
        };
        let mut texts = Texts::default();
        texts.push_string(lane, node);
        self.request.segments.extend(texts.into_segments(Role::User));
    }

    /// One segment for a value; for a list of tools or documents one for each.
    fn texts(&mut self, role: Role, node: Node<'a>) {
        if node.kind() == Kind::Array {
            for item in node.items() {
                self.text(role, item);
            }
        } else {
            self.text(role, node);
        }
    }

    fn text(&mut self, role: Role, node: Node<'a>) {
        let mut texts = Texts::default();
        // The value's own key is one of the table's, so it says nothing.
        texts.push_all(lanes::beside(self.next_beside()), node, Keys::Inner);
        self.request.segments.extend(texts.into_segments(role));
    }

    fn next_beside(&mut self) -> u32 {
        self.beside += 1;
        self.beside - 1
    }

    fn finish(mut self) -> Result<Request<'a>, Misfit> {
        if self.shape.primary == "messages" && !self.has_messages {
            return Err(Misfit::new("invalid_messages", "messages", "is missing"));
        }
        if self.shape.choices {
            self.request.choices = self.n.saturating_mul(self.prompts);
        }
        if self.request.choices > MAX_CHOICES {
            return Err(Misfit::new(
                "too_many_choices",
                self.shape.primary,
                "asks for more than 2048 choices",
            ));
        }
        Ok(self.request)
    }
}

fn tokens(path: impl std::fmt::Display) -> Misfit {
    Misfit::new(
        "unsupported_token_ids",
        path,
        "holds numbers in place of text, which cannot be screened; send text",
    )
}

fn media(path: impl std::fmt::Display) -> Misfit {
    Misfit::new(
        "unsupported_media",
        path,
        "asks for or holds images, audio or video, which cannot be screened",
    )
}
