//! A record on one line, as `tail` and `search` show it.
//!
//! Owns what is said of a record where there is room for one line. Refuses to know where the record
//! came from.

use super::audit_args::{action, microseconds, status_style};
use super::printer::{FAINT, Marked, Shown, Styled, WARNING};
use crate::audit::{Excerpt, Record};
use crate::policy::Mode;

/// Characters of context on either side of a match in a line.
const CONTEXT: usize = 24;
/// Characters of the match itself, and of names.
const NAME: usize = 48;

/// A record on one line. `asked` is the text that somebody looked for; without it, what a rule found is
/// shown.
pub(super) fn summary(record: &Record, asked: Option<Excerpt>) -> String {
    let draft = &record.draft;
    let status = draft.status.map_or("-".to_owned(), |status| status.to_string());
    let mut line = format!(
        "{} {} {:<7} {:>3} {:<16} {:>7} {}",
        Styled(FAINT, format_args!("{:>6}", record.seq)),
        draft.time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
        action(draft.action),
        Styled(status_style(draft.status), status),
        draft.ended.as_str(),
        microseconds(draft.timing.total_us),
        name(&draft.dialect),
    );
    line += &format!(" {}", name(head(&draft.model, NAME)));
    if let Some(rule) = &draft.rule {
        line += &format!(" {}", Shown(rule));
    }
    if draft.mode == Mode::Monitor {
        line += &format!(" {}", Styled(FAINT, "(monitor)"));
    }
    if let Some(code) = draft.code.as_deref().filter(|code| *code != draft.ended.as_str()) {
        line += &format!(" {}", Styled(FAINT, Shown(code)));
    }
    if draft.model_refused {
        line += &format!(" {}", Styled(WARNING, "model refused"));
    }
    if draft.late {
        line += &format!(" {}", Styled(WARNING, "late"));
    }
    if draft.sealed.is_some() {
        line += &format!(" {}", Styled(FAINT, "encrypted"));
    }
    if let Some(Excerpt { text, mark }) = asked {
        let mark = mark.map(|mark| (mark.start, mark.end));
        return line + &format!("  {}", narrow(&text, mark));
    }
    // The finding that decided says more than the one that came first.
    let decisive = draft.findings.iter().find(|finding| {
        draft.rule.as_deref().and_then(|rule| rule.split_once('/'))
            == Some((&*finding.policy, &*finding.rule))
    });
    if let Some(finding) = decisive.or(draft.findings.first())
        && let Some(excerpt) = &finding.excerpt
    {
        line += &format!("  {}", narrow(excerpt, finding.mark));
    }
    line
}

/// A name that a client chose, in quotes where it could pass for more than one column.
fn name(name: &str) -> String {
    match name {
        "" => "-".to_owned(),
        _ if name.contains(' ') => format!("\"{}\"", Shown(name)),
        _ => Shown(name).to_string(),
    }
}

/// An excerpt with less around its match, so that it fits on a line.
fn narrow(excerpt: &str, mark: Option<(usize, usize)>) -> Marked<'_> {
    let parts = mark.and_then(|(start, end)| {
        Some((excerpt.get(..start)?, excerpt.get(start..end)?, excerpt.get(end..)?))
    });
    let Some((before, matched, after)) = parts else {
        return Marked { text: head(excerpt, 2 * CONTEXT), mark: None };
    };
    let start = before.char_indices().rev().nth(CONTEXT - 1).map_or(0, |(at, _)| at);
    let shown = head(matched, NAME);
    let tail = if shown.len() == matched.len() { head(after, CONTEXT).len() } else { 0 };
    let end = before.len() + shown.len();
    let text = excerpt.get(start..end + tail).unwrap_or(excerpt);
    Marked { text, mark: Some((before.len() - start, end - start)) }
}

fn head(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}
