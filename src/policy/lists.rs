//! Lists: `lists/*.txt`, one keyword a line.
//!
//! Blank lines and lines that begin with `#` are skipped; a keyword that itself begins with `#` is
//! written `\#`. Carriage returns and a byte order mark are tolerated, since half of all lists come
//! from spreadsheets. This file refuses to know how keywords are matched.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Severity, Span};

/// A list of keywords.
#[derive(Debug)]
pub struct List {
    /// The file it was read from.
    pub file: Arc<str>,
    /// Its keywords, as written.
    pub entries: Vec<ListEntry>,
    /// Whether there is no error in it.
    pub sound: bool,
}

/// One line of a list.
#[derive(Debug, Clone)]
pub struct ListEntry {
    /// The keyword, trimmed.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// Longest keyword, in bytes: a longer one is a paste that lost its line ends.
pub const MAX_KEYWORD_BYTES: usize = 4096;

/// Number of comments behind keywords that are reported before the rest is only counted.
const REPORTED_COMMENTS: usize = 20;

/// Reads a list whose byte order mark was taken off.
pub fn parse(file: &Arc<str>, text: &str, diagnostics: &mut Vec<Diagnostic>) -> List {
    let mut entries = Vec::new();
    let mut offset = 0;
    let (mut too_long, mut with_control, mut comments) = (false, false, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        let start = offset + indent;
        offset += line.len();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let span = Span {
            offset: start,
            length: trimmed.len(),
            line: u32::try_from(index + 1).unwrap_or(u32::MAX),
            column: u32::try_from(line.get(..indent).unwrap_or_default().chars().count() + 1)
                .unwrap_or(u32::MAX),
        };
        let mut report = |severity, code, span, message: &str, help: &str| {
            diagnostics.push(Diagnostic::at(severity, code, (file, text), span, message).help(help));
        };
        // Each of these two is reported once: where it happens, it happens on every line.
        if trimmed.len() > MAX_KEYWORD_BYTES {
            let message = "a keyword of more than 4096 bytes is more than one keyword";
            if !std::mem::replace(&mut too_long, true) {
                report(Severity::Error, "keyword-too-long", span, message, "write one a line");
            }
            continue;
        }
        // A list in UTF-16 is full of NULs and would never match anything.
        if trimmed.contains(|letter: char| letter.is_control() && letter != '\t') {
            let message = "a keyword cannot have control characters";
            if !std::mem::replace(&mut with_control, true) {
                report(
                    Severity::Error,
                    "control-character",
                    span,
                    message,
                    "remove them, and save the file as UTF-8",
                );
            }
            continue;
        }
        if let Some(at) = trimmed.find(" #").or_else(|| trimmed.find("\t#")) {
            let message = "this is part of the keyword, since only whole lines are comments";
            let column = column_after(span, trimmed, at);
            let comment = Span { offset: start + at + 1, length: trimmed.len() - at - 1, column, ..span };
            comments += 1;
            if comments <= REPORTED_COMMENTS {
                let help = "move the comment to a line of its own";
                report(Severity::Warning, "comment-in-keyword", comment, message, help);
            }
        }
        let keyword = trimmed.strip_prefix('\\').filter(|rest| rest.starts_with('#')).unwrap_or(trimmed);
        entries.push(ListEntry { text: keyword.into(), span });
    }
    if comments > REPORTED_COMMENTS {
        let message =
            format!("{} more lines have a comment that is part of the keyword", comments - REPORTED_COMMENTS);
        let warning = Diagnostic::of_file(Severity::Warning, "comment-in-keyword", file, message);
        diagnostics.push(warning.help("move the comments to lines of their own"));
    }
    let sound = !(too_long || with_control);
    if entries.is_empty() && sound {
        let warning = Diagnostic::of_file(Severity::Warning, "empty-list", file, "the list has no keywords");
        diagnostics.push(warning.help("write one keyword a line"));
    }
    List { file: Arc::clone(file), entries, sound }
}

fn column_after(span: Span, line: &str, at: usize) -> u32 {
    let characters = line.get(..=at).unwrap_or_default().chars().count();
    span.column.saturating_add(u32::try_from(characters).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_keywords() {
        let file: Arc<str> = "lists/x.txt".into();
        let check = |text: &str, expected: &[(&str, u32, u32)], codes: &[&str]| {
            let mut diagnostics = Vec::new();
            let list = parse(&file, text, &mut diagnostics);
            let entries: Vec<_> =
                list.entries.iter().map(|entry| (&*entry.text, entry.span.line, entry.span.column)).collect();
            assert_eq!(entries, expected, "{text:?}");
            assert_eq!(diagnostics.iter().map(|one| one.code).collect::<Vec<_>>(), codes, "{text:?}");
            for entry in &list.entries {
                let found = &text[entry.span.offset..entry.span.end()];
                assert_eq!(found.trim_start_matches('\\'), &*entry.text);
            }
        };
        check("", &[], &["empty-list"]);
        check("# only\n\n", &[], &["empty-list"]);
        check("one\ntwo words", &[("one", 1, 1), ("two words", 2, 1)], &[]);
        check("one\r\n\r\n  自杀 \r\n", &[("one", 1, 1), ("自杀", 3, 3)], &[]);
        check("\\#tag\n#tag\nc#", &[("#tag", 1, 1), ("c#", 3, 1)], &[]);
        check("one # two", &[("one # two", 1, 1)], &["comment-in-keyword"]);
        check("k\0i\0l\0l\0", &[], &["control-character"]);
        check(&"x".repeat(5000), &[], &["keyword-too-long"]);
    }
}
