//! Decoding: from a tree of YAML to typed values, with every fault reported and none fatal.
//!
//! This file owns the questions that any decoder asks (which keys, which type, which of these
//! words) and how their answers are put to a person. It refuses to know any format: policies and
//! the configuration are both read through it.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Severity, Span, did_you_mean};
use super::yaml::{Entry, Node, Value};

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

/// A decoder's view of one file, and what it found wrong with it.
#[derive(Debug)]
pub struct Reader<'s> {
    file: &'s Arc<str>,
    text: &'s str,
    /// Whether the tree is the whole file; where it is not, nothing is missing.
    complete: bool,
    errors: usize,
    diagnostics: Vec<Diagnostic>,
}

/// The entries of a mapping whose keys are all known.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'n> {
    /// Where the mapping stands.
    pub span: Span,
    entries: &'n [Entry],
    of: &'static str,
}

impl<'n> Fields<'n> {
    /// The value of a key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key and its value.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// All entries, as written.
    #[must_use]
    pub fn entries(&self) -> &'n [Entry] {
        self.entries
    }
}

impl<'s> Reader<'s> {
    /// A reader of a file. It is `complete` where [`super::yaml::Parsed::broken_at`] is absent.
    #[must_use]
    pub fn new(file: &'s Arc<str>, text: &'s str, complete: bool) -> Self {
        Self { file, text, complete, errors: 0, diagnostics: Vec::new() }
    }

    /// A fault at a place of the file; hand it to [`Reader::report`].
    #[must_use]
    pub fn fault(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(Severity::Error, code, (self.file, self.text), span, message)
    }

    /// Something at a place of the file that is only probably wrong.
    #[must_use]
    pub fn warning(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(Severity::Warning, code, (self.file, self.text), span, message)
    }

    /// Something at a place of the file that is worth knowing.
    #[must_use]
    pub fn note(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(Severity::Note, code, (self.file, self.text), span, message)
    }

    /// Number of errors so far. What a decoder makes of something that led to more of them is not
    /// what was written, and no doubts about it should be raised.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Everything that was reported.
    #[must_use]
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// Keeps a fault.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        self.diagnostics.push(diagnostic);
    }

    /// Name of the file.
    #[must_use]
    pub fn file(&self) -> &'s Arc<str> {
        self.file
    }

    /// The entries of a mapping. Keys that are not `known` are reported and left out.
    pub fn fields<'n>(&mut self, node: &'n Node, of: &'static str, known: &[&str]) -> Option<Fields<'n>> {
        let Value::Mapping(entries) = &node.value else {
            self.wrong_type(node, of, "a mapping", &format!("write keys and values: {}", known.join(", ")));
            return None;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&&*entry.key)) {
            self.unknown_key(entry, of, known);
        }
        Some(Fields { span: node.span, entries, of })
    }

    /// The entries of a mapping whose keys the caller looks through itself.
    #[must_use]
    pub fn fields_unchecked<'n>(&self, node: &Node, of: &'static str, entries: &'n [Entry]) -> Fields<'n> {
        Fields { span: node.span, entries, of }
    }

    /// Reports a key that `of` does not have.
    pub fn unknown_key(&mut self, entry: &Entry, of: &str, known: &[&str]) {
        let fault = self.fault("unknown-key", entry.key_span, format!("{of} has no key `{}`", entry.key));
        let all = format!("the keys are {}", known.join(", "));
        self.report(fault.help(match did_you_mean(&entry.key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? {all}"),
            None => all,
        }));
    }

    /// The value of a key that must be there.
    pub fn required<'n>(&mut self, fields: &Fields<'n>, key: &str, example: &str) -> Option<&'n Node> {
        let found = fields.find(key);
        if found.is_none() && self.complete {
            let message = format!("{} needs the key `{key}`", fields.of);
            let fault =
                self.fault("missing-key", fields.span, message).help(format!("add `{key}: {example}`"));
            self.report(fault);
        }
        found
    }

    /// A text, empty or not.
    pub fn string<'n>(&mut self, node: &'n Node, of: &str) -> Option<Spanned<&'n str>> {
        if let Value::String(text) = &node.value {
            return Some(Spanned { value: text, span: node.span });
        }
        let help = match &node.value {
            Value::Null => r#"write a text, or "" for an empty one"#.to_owned(),
            Value::Boolean(_) | Value::Integer(_) | Value::Float(_) => {
                let written = self.text.get(node.span.offset..node.span.end()).unwrap_or_default();
                format!("put it in quotes: \"{written}\"")
            }
            _ => "write a text".to_owned(),
        };
        self.wrong_type(node, of, "text", &help);
        None
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, node: &Node, of: &str, words: &[(&str, T)]) -> Option<T> {
        let names = || words.iter().map(|(word, _)| *word);
        let all = format!("write one of {}", names().collect::<Vec<_>>().join(", "));
        let Value::String(written) = &node.value else {
            self.wrong_type(node, of, "a word", &all);
            return None;
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| word == written) {
            return Some(*value);
        }
        let fault = self.fault("unknown-value", node.span, format!("{of} cannot be `{written}`"));
        self.report(fault.help(match did_you_mean(written, names()) {
            Some(meant) => format!("did you mean `{meant}`? {all}"),
            None => all,
        }));
        None
    }

    /// The items of a list, of which there must be at least one.
    pub fn list<'n>(&mut self, node: &'n Node, of: &str, example: &str) -> Option<&'n [Node]> {
        match &node.value {
            Value::Sequence(items) if items.is_empty() => {
                // A list that the file broke off in is not an empty one.
                if self.complete {
                    let fault = self.fault("empty-list", node.span, format!("{of} cannot be empty"));
                    self.report(fault.help(format!("write at least one item, such as {example}")));
                }
                None
            }
            Value::Sequence(items) => Some(items),
            _ => {
                self.wrong_type(node, of, "a list", &format!("write a list, such as {example}"));
                None
            }
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, node: &Node, of: &str) -> Option<bool> {
        match node.value {
            Value::Boolean(value) => Some(value),
            _ => {
                self.wrong_type(node, of, "a boolean", "write true or false, without quotes");
                None
            }
        }
    }

    /// A whole number that is not negative.
    pub fn count(&mut self, node: &Node, of: &str) -> Option<usize> {
        if let Value::Integer(value) = node.value
            && let Ok(value) = usize::try_from(value)
        {
            return Some(value);
        }
        match node.value {
            Value::Integer(_) | Value::Float(_) => {
                let fault = self.fault("bad-number", node.span, format!("{of} is a whole number from 0"));
                self.report(fault.help("write a number such as 200"));
            }
            _ => self.wrong_type(node, of, "a number", "write a number such as 200, without quotes"),
        }
        None
    }

    /// Reports a value of another type than `wanted`.
    pub fn wrong_type(&mut self, node: &Node, of: &str, wanted: &str, help: &str) {
        // What the file broke off in may yet have become anything.
        if node.value == Value::Faulty || (!self.complete && node.value == Value::Null) {
            return;
        }
        let message = format!("{of} must be {wanted}, and this is {}", node.value.kind());
        let fault = self.fault("wrong-type", node.span, message);
        self.report(if help.is_empty() { fault } else { fault.help(help) });
    }
}
