//! Boolean expressions over a text that may not have ended yet: Kleene's three-valued logic.
//!
//! Owns the evaluation of `when`. Refuses to know what a rule does when it fires.

use crate::policy::{DetectorId, DetectorKind, Expr, Policies};
use crate::screen::Findings;
use crate::text::Span;

/// Whether an expression holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// It does, whatever follows.
    True,
    /// It does not, whatever follows.
    False,
    /// That depends on text that has not been seen.
    Unknown,
}

/// The value of an expression.
pub(super) struct Value {
    pub(super) truth: Truth,
    /// What it matched.
    pub(super) spans: Vec<Span>,
    /// What it will have matched besides, in case what is unknown comes true.
    pub(super) maybe: Vec<Span>,
}

impl Value {
    const FALSE: Self = Self { truth: Truth::False, spans: Vec::new(), maybe: Vec::new() };
}

/// Evaluates an expression over what was found. With `complete`, nothing stays unknown.
pub(super) fn evaluate(expression: &Expr, findings: &Findings, complete: bool) -> Value {
    match expression {
        Expr::Detector(detector) => of_detector(*detector, findings, complete),
        Expr::All(children) => {
            let mut all = Value { truth: Truth::True, spans: Vec::new(), maybe: Vec::new() };
            for child in children {
                let value = evaluate(child, findings, complete);
                match value.truth {
                    Truth::False => return Value::FALSE,
                    Truth::Unknown => all.truth = Truth::Unknown,
                    Truth::True => {}
                }
                all.spans.extend(value.spans);
                all.maybe.extend(value.maybe);
            }
            if all.truth == Truth::Unknown {
                all.maybe.append(&mut all.spans);
            }
            all
        }
        Expr::Any(children) => {
            let mut any = Value::FALSE;
            for child in children {
                let value = evaluate(child, findings, complete);
                any.truth = match (any.truth, value.truth) {
                    (Truth::True, _) | (_, Truth::True) => Truth::True,
                    (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
                    (Truth::False, Truth::False) => Truth::False,
                };
                any.spans.extend(value.spans);
                any.maybe.extend(value.maybe);
            }
            any
        }
        Expr::None(children) => {
            let mut truth = Truth::True;
            for child in children {
                match evaluate(child, findings, complete).truth {
                    Truth::True => return Value::FALSE,
                    Truth::Unknown => truth = Truth::Unknown,
                    Truth::False => {}
                }
            }
            Value { truth, spans: Vec::new(), maybe: Vec::new() }
        }
    }
}

fn of_detector(detector: DetectorId, findings: &Findings, complete: bool) -> Value {
    let mut seen = false;
    let mut spans = Vec::new();
    for hit in findings.hits.iter().filter(|hit| hit.detector == detector) {
        seen = true;
        if !hit.span.is_empty() {
            spans.push(hit.span);
        }
    }
    let truth = if seen {
        Truth::True
    } else if complete || findings.ruled_out.contains(&detector) {
        Truth::False
    } else {
        Truth::Unknown
    };
    Value { truth, spans, maybe: Vec::new() }
}

/// Whether the expression can come true at the end of a text of which no span was matched, so that
/// a stream has to wait for that end from its beginning.
pub(super) fn fires_without_spans(policies: &Policies, expression: &Expr) -> bool {
    match expression {
        Expr::Detector(detector) => match &policies.detector(*detector).kind {
            DetectorKind::Length { max_chars, min_chars } => {
                max_chars.is_some() || min_chars.unwrap_or(0) == 0
            }
            // It is found in the text as a whole.
            DetectorKind::Language { .. } => true,
            _ => false,
        },
        Expr::All(children) => children.iter().all(|child| fires_without_spans(policies, child)),
        Expr::Any(children) => children.iter().any(|child| fires_without_spans(policies, child)),
        Expr::None(_) => true,
    }
}
