//! What the stand-in says: a prompt becomes a reply, and a reply is cut into tokens.
//!
//! This file owns the prompts that script the stand-in. It refuses to know APIs: `openai` and
//! `ollama` put what is said here into their shapes.
//!
//! | prompt | reply |
//! | --- | --- |
//! | one of the demo's script | the script's |
//! | `say: A` | A, to the letter; `say: A \|\| B` says B in every second choice |
//! | `reason: A\|B` | thinks A, then says B |
//! | `tool: {…}` | calls the first tool of the request with these arguments |
//! | anything else | an echo |

use crate::commands::demo::script;

/// What one choice of a reply says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Speech {
    /// What the stand-in thinks aloud; mostly empty.
    pub(super) reasoning: String,
    /// The message.
    pub(super) content: String,
    /// Arguments of a tool call, as JSON text.
    pub(super) arguments: Option<String>,
}

impl Speech {
    /// What the stand-in says to a prompt in the given choice of a reply.
    pub(super) fn to(prompt: &str, choice: usize) -> Self {
        let prompt = prompt.trim();
        if let Some(text) = directive(prompt, "say:") {
            let parts: Vec<&str> = text.split(" || ").collect();
            let content = parts.iter().cycle().nth(choice % parts.len()).copied().unwrap_or_default();
            return Self { content: content.to_owned(), ..Self::default() };
        }
        if let Some(text) = directive(prompt, "reason:") {
            let (reasoning, content) = text.split_once('|').unwrap_or((text, ""));
            return Self {
                reasoning: reasoning.trim().to_owned(),
                content: content.trim().to_owned(),
                arguments: None,
            };
        }
        if let Some(text) = directive(prompt, "tool:") {
            return Self { arguments: Some(text.to_owned()), ..Self::default() };
        }
        let content = script::reply_to(prompt)
            .map_or_else(|| format!("You said: {prompt}"), std::borrow::ToOwned::to_owned);
        Self { content, ..Self::default() }
    }

    /// How many tokens it has.
    pub(super) fn tokens(&self) -> usize {
        let arguments = self.arguments.as_deref().unwrap_or_default();
        [self.reasoning.as_str(), self.content.as_str(), arguments]
            .map(|text| tokens(text).len())
            .iter()
            .sum()
    }
}

/// What stands behind a directive, when the prompt opens with it.
fn directive<'a>(prompt: &'a str, name: &str) -> Option<&'a str> {
    prompt.strip_prefix(name).map(str::trim_start)
}

/// Cuts a text into pieces that are about as long as a tokenizer's: a token opens at a space, and
/// holds four ASCII characters or one other. Longer words, and all phrases, are thus cut across.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    const FULL: usize = 4;
    let mut pieces = Vec::new();
    let (mut start, mut weight, mut blank) = (0, 0, true);
    for (at, character) in text.char_indices() {
        let is_space = character.is_whitespace();
        if at > start && (weight >= FULL || (is_space && !blank)) {
            pieces.push(text.get(start..at).unwrap_or_default());
            (start, weight, blank) = (at, 0, true);
        }
        weight += match (is_space, character.is_ascii()) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => FULL,
        };
        blank &= is_space;
    }
    if start < text.len() {
        pieces.push(text.get(start..).unwrap_or_default());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_script_the_reply() {
        fn check(prompt: &str, choice: usize, reasoning: &str, content: &str, arguments: Option<&str>) {
            let expected = Speech {
                reasoning: reasoning.to_owned(),
                content: content.to_owned(),
                arguments: arguments.map(str::to_owned),
            };
            assert_eq!(Speech::to(prompt, choice), expected, "{prompt} in choice {choice}");
        }
        check("hello", 0, "", "You said: hello", None);
        check("say: a  b\n", 0, "", "a  b", None);
        check("say: a || b", 0, "", "a", None);
        check("say: a || b", 1, "", "b", None);
        check("say: a || b", 2, "", "a", None);
        check("say:", 3, "", "", None);
        check("reason: hm | yes", 0, "hm", "yes", None);
        check("reason: hm", 0, "hm", "", None);
        check("tool: {\"city\": \"Paris\"}", 0, "", "", Some("{\"city\": \"Paris\"}"));
        check("What is the capital of France?", 0, "", "The capital of France is Paris.", None);
    }

    #[test]
    fn tokens_are_short_and_put_together_are_the_text() {
        fn check(text: &str, expected: &[&str]) {
            assert_eq!(tokens(text), expected, "{text:?}");
            assert_eq!(tokens(text).concat(), text);
        }
        check("", &[]);
        check("   ", &["   "]);
        check("a cat sat", &["a", " cat", " sat"]);
        check("AKIAIOSF key", &["AKIA", "IOSF", " key"]);
        check("自杀 ok", &["自", "杀", " ok"]);
        check("x自y", &["x自", "y"]);
        check("a  b\n\nc ", &["a", "  b", "\n\nc", " "]);
    }
}
