//! Diagnostics: what is wrong with a file, where, and what to write instead.
//!
//! A fault is a value with a stable code and a span; it is rendered in one place, here, for people
//! (with the line it stands in) and for programs (as JSON, one object each). This file refuses to
//! know what any code means.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Probably not what was meant; the policy is used as it stands.
    Warning,
    /// The policies cannot be used.
    Error,
}

/// A stretch of a file: where it is and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Span {
    /// First byte, from 0, not counting a byte order mark.
    pub offset: usize,
    /// Number of bytes.
    pub length: usize,
    /// Line of the first byte, from 1.
    pub line: u32,
    /// Column of the first byte, in characters from 1.
    pub column: u32,
}

impl Span {
    /// First byte after the span.
    #[must_use]
    pub fn end(self) -> usize {
        self.offset.saturating_add(self.length)
    }
}

/// A second place that has to do with a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Its file.
    pub file: Arc<str>,
    /// Where in it.
    #[serde(flatten)]
    pub span: Span,
    /// What it has to do with the fault.
    pub message: String,
}

/// One fault of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable name of the kind of fault, such as `unknown-key`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The file, relative to its folder; empty where the fault is the folder's.
    pub file: Arc<str>,
    /// Where in the file; absent where the fault is the whole file's.
    #[serde(flatten)]
    pub span: Option<Span>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The text found there (its first line, shortened).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Other places that have to do with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
}

impl Diagnostic {
    /// A fault of a whole file (or, with an empty name, of the folder).
    #[must_use]
    pub fn of_file(
        severity: Severity,
        code: &'static str,
        file: &Arc<str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity,
            file: Arc::clone(file),
            span: None,
            message: message.into(),
            found: None,
            help: None,
            labels: Vec::new(),
        }
    }

    /// A fault of a stretch of `text`, which is the content of `file`.
    #[must_use]
    pub fn at(
        severity: Severity,
        code: &'static str,
        (file, text): (&Arc<str>, &str),
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        let span = first_line(text, span);
        Self {
            span: Some(span),
            found: text.get(span.offset..span.end()).filter(|found| !found.is_empty()).map(shortened),
            ..Self::of_file(severity, code, file, message)
        }
    }

    /// The same, with what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, with another place that has to do with it.
    #[must_use]
    pub fn label(mut self, file: &Arc<str>, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { file: Arc::clone(file), span, message: message.into() });
        self
    }
}

impl fmt::Display for Diagnostic {
    /// One line for logs: `file:line:column: message (code)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
            if let Some(span) = self.span {
                write!(f, "{}:{}:", span.line, span.column)?;
            }
            f.write_str(" ")?;
        }
        write!(f, "{} ({})", self.message, self.code)
    }
}

/// Puts diagnostics in the order of files and lines, and says the same thing only once.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let key = |one: &Diagnostic| (one.span.map(|span| span.offset), Reverse(one.severity));
        a.file.cmp(&b.file).then_with(|| key(a).cmp(&key(b))).then_with(|| a.code.cmp(b.code))
    });
    diagnostics
        .dedup_by(|a, b| a.code == b.code && a.file == b.file && a.span == b.span && a.message == b.message);
}

/// Whether a report has escape codes for colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape codes.
    Plain,
    /// Escape codes; print through `anstream`, which drops them where the terminal cannot show them.
    Coloured,
}

/// A report for people. `text_of` hands out the content of a file, by the name that diagnostics
/// give it; where it has none, only the place is named.
#[must_use]
pub fn render<'s>(
    diagnostics: &[Diagnostic],
    text_of: &dyn Fn(&str) -> Option<&'s str>,
    style: Style,
) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let mut report = String::new();
    for diagnostic in diagnostics {
        report.push_str(&renderer.render(&[group(diagnostic, text_of)]));
        report.push_str("\n\n");
    }
    report
}

fn group<'a, 's: 'a>(diagnostic: &'a Diagnostic, text_of: &dyn Fn(&str) -> Option<&'s str>) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(&*diagnostic.message).id(diagnostic.code));
    for element in places(diagnostic, text_of) {
        group = group.element(element);
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(annotate_snippets::normalize_untrusted_str(help)));
    }
    group
}

/// One snippet a place: a list may have 100,000 lines, so each is cut to the lines it needs
/// instead of handing the renderer whole files. Places near each other share a snippet.
fn places<'a, 's: 'a>(
    diagnostic: &'a Diagnostic,
    text_of: &dyn Fn(&str) -> Option<&'s str>,
) -> Vec<Element<'a>> {
    let Some(primary) = diagnostic.span else {
        return if diagnostic.file.is_empty() {
            Vec::new()
        } else {
            vec![Origin::path(&*diagnostic.file).into()]
        };
    };
    let mut marks = vec![(&*diagnostic.file, primary, None)];
    marks.extend(diagnostic.labels.iter().map(|label| (&*label.file, label.span, Some(&*label.message))));
    let mut elements = Vec::new();
    while let Some(&(file, span, _)) = marks.first() {
        let (here, elsewhere): (Vec<_>, Vec<_>) = marks
            .into_iter()
            .partition(|(name, at, _)| *name == file && at.line.abs_diff(span.line) < NEAR_LINES);
        marks = elsewhere;
        elements.push(snippet(file, &here, text_of(file)));
    }
    elements
}

/// Places of a file that are fewer lines apart than this are shown together.
const NEAR_LINES: u32 = 40;

fn snippet<'a, 's: 'a>(
    file: &'a str,
    marks: &[(&'a str, Span, Option<&'a str>)],
    text: Option<&'s str>,
) -> Element<'a> {
    let first = marks.iter().map(|(_, span, _)| *span).min().unwrap_or_default();
    let last = marks.iter().map(|(_, span, _)| *span).max().unwrap_or_default();
    let window = text.and_then(|text| {
        let start = text.get(..first.offset)?.rfind('\n').map_or(0, |at| at + 1);
        let tail = text.get(last.end()..)?;
        let end = last.end() + tail.find('\n').unwrap_or(tail.len());
        Some((start, text.get(start..end)?.trim_end_matches('\r')))
    });
    let Some((start, window)) = window else {
        return Origin::path(file).line(first.line as usize).char_column(first.column as usize).into();
    };
    let mut snippet = Snippet::source(window).line_start(first.line as usize).path(file);
    for (_, span, message) in marks {
        let range = span.offset - start..span.end() - start;
        snippet = snippet.annotation(match message {
            None => AnnotationKind::Primary.span(range),
            Some(message) => AnnotationKind::Context.span(range).label(*message),
        });
    }
    snippet.into()
}

/// A span cut to its first line: a fault of a whole block is shown where the block begins.
fn first_line(text: &str, span: Span) -> Span {
    let Some(stretch) = text.get(span.offset..span.end()) else {
        return Span { length: 0, offset: span.offset.min(text.len()), ..span };
    };
    let line = stretch.split(['\n', '\r']).next().unwrap_or_default();
    Span { length: line.trim_end().len(), ..span }
}

/// At most sixty characters of the text found.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The known word that an unknown one is probably meant to be.
#[must_use]
pub fn did_you_mean<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // A hostile key of a megabyte would make the distance quadratic in it.
    if written.len() > 64 {
        return None;
    }
    let allowed = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&written.to_ascii_lowercase(), word), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_another_word_is_not() {
        let known = ["severity", "action", "reply", "when"];
        let check = |written: &str, expected: Option<&str>| {
            assert_eq!(did_you_mean(written, known), expected, "{written}");
        };
        check("severty", Some("severity"));
        check("Action", Some("action"));
        check("wehn", Some("when"));
        check("colour", None);
        check(&"a".repeat(1_000_000), None);
    }

    #[test]
    fn a_place_out_of_range_is_named_without_a_snippet() {
        let file: Arc<str> = "a.yaml".into();
        let span = Span { offset: 100, length: 5, line: 9, column: 2 };
        let mut one = Diagnostic::at(Severity::Error, "code", (&file, "short"), span, "message");
        one.span = Some(span);
        let report = render(&[one], &|_| Some("short"), Style::Plain);
        assert!(report.contains("a.yaml:9:2"), "{report}");
    }

    #[test]
    fn json_has_the_place_at_the_top() {
        let file: Arc<str> = "a.yaml".into();
        let span = Span { offset: 0, length: 3, line: 1, column: 1 };
        let one = Diagnostic::at(Severity::Warning, "code", (&file, "abc: 1"), span, "message").help("help");
        assert_eq!(
            serde_json::to_value(&one).expect("a diagnostic is JSON"),
            serde_json::json!({
                "code": "code", "severity": "warning", "file": "a.yaml", "offset": 0, "length": 3,
                "line": 1, "column": 1, "message": "message", "found": "abc", "help": "help",
            })
        );
    }
}
