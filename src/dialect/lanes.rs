//! Which number each text of a message has, so that a stream of pieces can be put together again
//! and a piece of our own can be written to the member it belongs to.
//!
//! Owns the numbering of [`Lane`] in both directions. Refuses to know how a member is read.

use super::node::Node;
use crate::text::{Channel, Lane};

/// First number of the texts whose members have no number of their own; the rest is a hash of
/// their path.
const NAMED: u32 = 1 << 30;
/// First `choice` of texts that stand beside the messages of a request.
const BESIDE: u32 = 1 << 30;
/// Name of the legacy `function_call`; its arguments come next.
const LEGACY: u32 = 1_000_000;
/// Most tool calls of one message.
const CALLS: u64 = 500_000;

/// Names of the members that hold what a model thinks, by their number.
const REASONING: [&str; 3] = ["reasoning_content", "reasoning", "thinking"];

/// The member that a lane's text stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    /// `content`, `text` or `response`.
    Content,
    /// `refusal`
    Refusal,
    /// The error of a backend.
    Error,
    /// `reasoning_content` and its like.
    Reasoning(&'static str),
    /// `tool_calls[i].function.name`
    CallName(u32),
    /// `tool_calls[i].function.arguments`
    CallArguments(u32),
    /// `function_call.name`
    LegacyName,
    /// `function_call.arguments`
    LegacyArguments,
    /// A member that is only known by its [`Path`].
    Named,
}

/// The member behind a lane.
pub(super) fn member(lane: Lane) -> Member {
    match (lane.channel, lane.index) {
        (_, NAMED..) => Member::Named,
        (Channel::Content, 1) => Member::Refusal,
        (Channel::Content, 2) => Member::Error,
        (Channel::Content, _) => Member::Content,
        (Channel::Reasoning, index) => {
            REASONING.get(index as usize).map_or(Member::Named, |name| Member::Reasoning(name))
        }
        (Channel::ToolCall, LEGACY) => Member::LegacyName,
        (Channel::ToolCall, LEGACY..) => Member::LegacyArguments,
        (Channel::ToolCall, index) if index % 2 == 0 => Member::CallName(index / 2),
        (Channel::ToolCall, index) => Member::CallArguments(index / 2),
    }
}

pub(super) fn content(choice: u32) -> Lane {
    Lane { choice, channel: Channel::Content, index: 0 }
}

pub(super) fn refusal(choice: u32) -> Lane {
    Lane { choice, channel: Channel::Content, index: 1 }
}

pub(super) fn error() -> Lane {
    Lane { choice: 0, channel: Channel::Content, index: 2 }
}

/// The lane of a member that holds reasoning, if this is the name of one.
pub(super) fn reasoning(choice: u32, name: &str) -> Option<Lane> {
    let index = REASONING.iter().position(|known| *known == name)? as u32;
    Some(Lane { choice, channel: Channel::Reasoning, index })
}

/// The lanes of a tool call's name and arguments; `None` beyond any sensible number.
pub(super) fn call(choice: u32, call: u64) -> Option<(Lane, Lane)> {
    let index = u32::try_from(call).ok().filter(|_| call < CALLS)? * 2;
    let lane = |index| Lane { choice, channel: Channel::ToolCall, index };
    Some((lane(index), lane(index + 1)))
}

/// The lanes of the legacy `function_call`'s name and arguments.
pub(super) fn legacy_call(choice: u32) -> (Lane, Lane) {
    let lane = |index| Lane { choice, channel: Channel::ToolCall, index };
    (lane(LEGACY), lane(LEGACY + 1))
}

/// The lane of a text that stands beside the messages of a request, the `count`th of them.
pub(super) fn beside(count: u32) -> Lane {
    content(BESIDE.saturating_add(count))
}

/// The way to a member from some fixed place, as a hash that is the same in every process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Path(u64);

impl Path {
    /// The members of the whole body.
    pub(super) const BODY: Self = Self(0xcbf2_9ce4_8422_2325);
    /// The members of a choice.
    pub(super) const CHOICE: Self = Self(0xcbf2_9ce4_8422_2326);
    /// The members of a message or delta.
    pub(super) const MESSAGE: Self = Self(0xcbf2_9ce4_8422_2327);

    /// The way on into a member. (FNV-1a: two members that share a number would only be read as
    /// one text, so nothing depends on nobody finding a collision.)
    pub(super) fn member(self, name: &str) -> Self {
        self.extend(name.as_bytes()).extend(&[0xff])
    }

    /// The way on into an item.
    pub(super) fn item(self, position: usize) -> Self {
        self.extend(&position.to_le_bytes()).extend(&[0xfe])
    }

    /// The lane of the text there.
    pub(super) fn lane(self, choice: u32, channel: Channel) -> Lane {
        let folded = (self.0 ^ (self.0 >> 32)) as u32;
        Lane { choice, channel, index: NAMED | (folded & (NAMED - 1)) }
    }

    fn extend(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)))
    }
}

/// The name of the message's member that a [`Member::Named`] lane belongs to, if it is one of these.
pub(super) fn name_in(message: Node<'_>, lane: Lane) -> Option<String> {
    let mut names = message.members().filter_map(Node::key);
    names.find(|name| Path::MESSAGE.member(name).lane(lane.choice, lane.channel) == lane).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_lead_back_to_their_members() {
        assert_eq!(member(content(7)), Member::Content);
        assert_eq!(member(refusal(0)), Member::Refusal);
        assert_eq!(member(error()), Member::Error);
        for name in REASONING {
            assert_eq!(reasoning(1, name).map(member), Some(Member::Reasoning(name)));
        }
        for index in [0, 1, 499_999] {
            let (name, arguments) = call(0, index).unwrap();
            assert_eq!(member(name), Member::CallName(index as u32));
            assert_eq!(member(arguments), Member::CallArguments(index as u32));
        }
        assert_eq!(call(0, CALLS), None);
        let (name, arguments) = legacy_call(0);
        assert_eq!((member(name), member(arguments)), (Member::LegacyName, Member::LegacyArguments));
        for channel in [Channel::Content, Channel::Reasoning, Channel::ToolCall] {
            assert_eq!(member(Path::MESSAGE.member("x").lane(0, channel)), Member::Named);
        }
    }

    #[test]
    fn paths_differ() {
        let lane = |path: Path| path.lane(0, Channel::Content);
        let paths = [
            Path::MESSAGE.member("a"),
            Path::CHOICE.member("a"),
            Path::MESSAGE.member("ab"),
            Path::MESSAGE.member("a").member("b"),
            Path::MESSAGE.member("a").item(0),
            Path::MESSAGE.member("a").item(1),
        ];
        for (at, path) in paths.iter().enumerate() {
            assert!(paths[..at].iter().all(|other| lane(*other) != lane(*path)), "{at}");
        }
    }
}
