//! Tool calls and the legacy `function_call`, in requests and in replies.
//!
//! OpenAI's arguments are a string that holds JSON; Ollama's are the JSON itself. Both are read
//! wherever they stand. Refuses to know which tools there are.

use super::json::Kind;
use super::lanes::{self, Path};
use super::node::Node;
use super::texts::{Keys, Misfit, Texts, is_structural, refuse_lookalike};
use crate::text::{Channel, Encoding, Lane};

/// Members of a tool call and of its function that are known here.
const KNOWN: [&str; 6] = ["id", "type", "index", "function", "name", "arguments"];

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// In a message of a request: a model reads it, keys and all.
    Request,
    /// In a whole reply.
    Reply,
    /// In a piece of a reply, where a call is known by its `index` and not by its position.
    Stream,
}

/// Reads `tool_calls`.
pub(super) fn tool_calls<'a>(
    calls: Node<'a>,
    choice: u32,
    path: &str,
    origin: Origin,
    texts: &mut Texts<'a>,
) -> Result<(), Misfit> {
    match calls.kind() {
        Kind::Null => return Ok(()),
        Kind::Array => {}
        _ => return Err(Misfit::shape(format_args!("{path}.tool_calls"), "is not an array")),
    }
    for (position, call) in calls.items().enumerate() {
        let misfit = |reason| Misfit::shape(format_args!("{path}.tool_calls[{position}]"), reason);
        if call.kind() != Kind::Object {
            return Err(misfit("is not an object"));
        }
        let function = call.get("function");
        let index = call.get("index").or_else(|| function.and_then(|function| function.get("index")));
        let number = index.filter(|index| origin == Origin::Stream && !index.is_null());
        let number = number.map_or(Some(position as u64), Node::u64);
        let (name, arguments) = number
            .and_then(|number| lanes::call(choice, number))
            .ok_or_else(|| misfit("has an index that is not a small number"))?;
        let begins = call.get("id").is_some_and(|id| !id.is_null());
        for member in call.members() {
            let key = member.key().unwrap_or_default();
            match &*key {
                "index" => {}
                "function" => {
                    let path = format!("{path}.tool_calls[{position}].function");
                    function_parts(member, (name, arguments), begins, &path, origin, texts)?;
                }
                _ => {
                    refuse_lookalike(
                        &key,
                        |name| KNOWN.contains(&name),
                        format_args!("{path}.tool_calls[{position}]"),
                    )?;
                    other(member, name.choice, call_path(name).member(&key), origin, texts);
                }
            }
        }
    }
    Ok(())
}

/// Reads the legacy `function_call`.
pub(super) fn function_call<'a>(
    call: Node<'a>,
    choice: u32,
    path: &str,
    origin: Origin,
    texts: &mut Texts<'a>,
) -> Result<(), Misfit> {
    function_parts(call, lanes::legacy_call(choice), true, &format!("{path}.function_call"), origin, texts)
}

/// Reads a name and arguments. `begins` says that the call begins here, so that the name is whole.
fn function_parts<'a>(
    function: Node<'a>,
    (name, arguments): (Lane, Lane),
    begins: bool,
    path: &str,
    origin: Origin,
    texts: &mut Texts<'a>,
) -> Result<(), Misfit> {
    match function.kind() {
        Kind::Null => return Ok(()),
        Kind::Object => {}
        _ => return Err(Misfit::shape(path, "is not an object")),
    }
    let whole = function.get("arguments").is_some_and(|arguments| arguments.kind() == Kind::Object);
    for member in function.members() {
        let key = member.key().unwrap_or_default();
        match (&*key, member.kind()) {
            ("index", Kind::Number) | ("name" | "arguments", Kind::Null) => {}
            ("name", Kind::String) => texts.push_string_as(name, Encoding::Plain, begins || whole, member),
            ("arguments", Kind::String) => texts.push_string_as(arguments, Encoding::JsonText, false, member),
            ("arguments", Kind::Object | Kind::Array) => {
                texts.carries_more = true;
                push_arguments(member, arguments, texts);
            }
            ("name" | "arguments", _) => {
                return Err(Misfit::shape(format_args!("{path}.{key}"), "is neither a string nor an object"));
            }
            _ => {
                refuse_lookalike(&key, |name| KNOWN.contains(&name), path)?;
                other(member, name.choice, call_path(name).member("function").member(&key), origin, texts);
            }
        }
    }
    Ok(())
}

/// Arguments that are JSON and not a string of it: every string and every key is a text, since all
/// of them are what a tool is called with.
fn push_arguments<'a>(arguments: Node<'a>, lane: Lane, texts: &mut Texts<'a>) {
    for inner in arguments.walk().skip(1) {
        for part in inner.key_part().into_iter().chain(inner.part()) {
            texts.push_as(lane, Encoding::Plain, true, part);
        }
    }
}

/// A member that is not known, or an id.
fn other<'a>(member: Node<'a>, choice: u32, path: Path, origin: Origin, texts: &mut Texts<'a>) {
    texts.carries_more |= !member.is_null();
    if member.str().is_some_and(|text| is_structural(member, &text)) {
        return;
    }
    match origin {
        Origin::Request => texts.push_all(path.lane(choice, Channel::ToolCall), member, Keys::All),
        Origin::Reply | Origin::Stream => texts.push_each(choice, Channel::ToolCall, path, member),
    }
}

/// The way to the members of the call whose name has this lane.
fn call_path(name: Lane) -> Path {
    Path::MESSAGE.member("tool_calls").item(name.index as usize)
}
