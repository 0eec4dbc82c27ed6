//! Patterns: regular expressions that a stream can be searched for.
//!
//! Owns what of the regex syntax means something here: word boundaries are those of ASCII (so that a
//! word beside Han begins and ends where a reader sees it, and so that one linear-time automaton
//! serves every text), and every match has an end (so that a stream is never held for ever). Under
//! `fold: standard` literals are folded as the text is, but for case: `(?i)` says where case does
//! not matter.
//! Refuses to search; `screen` does.

use super::Fold;
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

/// Most bytes of a match of a pattern that was written without an end (`*`, `+`, `{n,}`): what is
/// longer is found in pieces.
pub const UNENDING: usize = 1_024;

/// Most bytes that any match may have.
pub const LONGEST: usize = 16 * 1_024;

/// A pattern that can be searched for.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Its meaning.
    pub hir: Hir,
    /// Whether its matches were given an end, since it was written without one or with one too far.
    pub bounded: bool,
    /// Most bytes of a match; what is longer is found in pieces.
    pub longest: usize,
}

/// Why a pattern cannot be searched for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is no regular expression of this syntax.
    #[error("{message}")]
    Syntax {
        /// What is wrong with it.
        message: String,
    },
    /// It matches the empty text, and so everywhere.
    #[error("it matches the empty text, and so it is found everywhere")]
    Empty,
}

/// Reads a pattern as written.
///
/// # Errors
/// [`PatternError`] where it cannot be searched for.
pub fn parse(source: &str, fold: Fold) -> Result<Pattern, PatternError> {
    let parsed = regex_syntax::ParserBuilder::new()
        .utf8(true)
        .nest_limit(64)
        .build()
        .parse(source)
        .map_err(|error| PatternError::Syntax { message: brief(&error) })?;
    let hir = rewrite(&parsed, fold);
    let (longest, bounded) = match hir.properties().maximum_len() {
        Some(longest) => (longest.min(LONGEST), longest > LONGEST),
        None => (UNENDING, true),
    };
    if hir.properties().minimum_len().unwrap_or(0) == 0 || longest == 0 {
        return Err(PatternError::Empty);
    }
    Ok(Pattern { hir, bounded, longest })
}

/// The parser's message without its drawing of the pattern: the diagnostic has one of its own.
fn brief(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

/// The same expression with ASCII word boundaries and folded literals. The depth is bounded by the
/// parser's nest limit.
fn rewrite(hir: &Hir, fold: Fold) -> Hir {
    match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) if fold == Fold::Standard => Hir::literal(crate::text::fold::width(text).into_bytes()),
            _ => Hir::literal(literal.0.clone()),
        },
        HirKind::Class(Class::Unicode(class)) => Hir::class(Class::Unicode(class.clone())),
        HirKind::Class(Class::Bytes(class)) => Hir::class(Class::Bytes(class.clone())),
        HirKind::Look(look) => Hir::look(match look {
            Look::WordUnicode => Look::WordAscii,
            Look::WordUnicodeNegate => Look::WordAsciiNegate,
            Look::WordStartUnicode => Look::WordStartAscii,
            Look::WordEndUnicode => Look::WordEndAscii,
            Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
            Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
            other => *other,
        }),
        HirKind::Repetition(repetition) => {
            let sub = Box::new(rewrite(&repetition.sub, fold));
            let Repetition { min, max, greedy, .. } = *repetition;
            Hir::repetition(Repetition { min, max, greedy, sub })
        }
        HirKind::Capture(capture) => rewrite(&capture.sub, fold),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(|part| rewrite(part, fold)).collect()),
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.iter().map(|part| rewrite(part, fold)).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_bounded_or_refused() {
        for (source, expected) in [
            (r"a+b", Ok((true, 1_024))),
            (r"\bfoo\d{1,3}\b", Ok((false, 15))),
            (r"(?i)secret", Ok((false, 7))),
            (r"a*", Err(PatternError::Empty)),
            (r"^$", Err(PatternError::Empty)),
            (r"a{20000}", Ok((true, 16_384))),
        ] {
            let parsed = parse(source, Fold::Standard).map(|pattern| (pattern.bounded, pattern.longest));
            assert_eq!(parsed, expected, "{source}");
        }
        assert!(matches!(parse(r"(?=x)", Fold::Exact), Err(PatternError::Syntax { .. })));
        assert!(matches!(parse(r"(a", Fold::Exact), Err(PatternError::Syntax { .. })));
    }
}
