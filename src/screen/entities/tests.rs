//! The table of entities as a whole; each kind's own cases are in the files beside.

mod identities;
mod money;
mod networks;
mod secrets;

use std::collections::HashSet;
use std::sync::Arc;

use proptest::prelude::*;
use regex_syntax::hir::{Hir, HirKind};

use super::{EntityKind, Search, View, all, by_name};
use crate::policy::compile_str;
use crate::screen::{Findings, LaneScan, Screen, Subject};
use crate::text::{Channel, Encoding, Phase, Role, Span, fold};

/// The form of a text in which a kind is searched; cases are written without invisible characters.
fn view(kind: &EntityKind, text: &str) -> String {
    match kind.view {
        View::Width => fold::width(text),
        View::Folded => fold::standard(text),
    }
}

/// Checks cases in which what counts stands between `⟦` and `⟧`; a case without them must find
/// nothing. A `¦` is left out: it keeps scanners of source code from taking a made-up key for a real
/// one. The engine that screens must find what the plain search finds, however the text arrives.
fn check(name: &str, cases: &[&str]) {
    let kind = by_name(name).unwrap();
    let search = Search::new(kind).unwrap();
    let screen = screen(name);
    let mut wrong = Vec::new();
    let mut counts = [0, 0];
    for case in cases {
        let case = &case.replace('¦', "");
        let plain = case.replace(['⟦', '⟧'], "");
        let text = view(kind, &plain);
        let found = search.find(&text);
        let mut marked = text.clone();
        for found in found.iter().rev() {
            marked.insert(found.end, '⟧');
            marked.insert(found.start, '⟦');
        }
        if marked != view(kind, case) {
            wrong.push(format!("wanted {case}\n   got {marked}"));
        }
        let found: Vec<&str> = found.into_iter().map(|found| &text[found]).collect();
        for size in [1, 7, usize::MAX] {
            let screened: Vec<String> =
                screened(&screen, &plain, size).iter().map(|part| view(kind, part)).collect();
            if screened != found {
                wrong.push(format!("in pieces of {size}: {screened:?}\n   plainly: {found:?}"));
            }
        }
        counts[usize::from(case.contains('⟦'))] += 1;
    }
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    assert!(counts.iter().all(|&count| count >= 12), "{name} has too few cases: {counts:?}");
}

/// A screen for one kind.
fn screen(name: &str) -> Screen {
    let rules = format!("rules:\n  - id: r\n    when: {{entities: [{name}]}}\n    action: block\n");
    let compiled = compile_str(&[("p.yaml", &format!("policy: p\n{rules}"))]);
    Screen::build(Arc::new(compiled.policies.unwrap())).unwrap()
}

/// What the streaming engine finds in a text that arrives in pieces of so many characters.
fn screened<'a>(screen: &Screen, text: &'a str, size: usize) -> Vec<&'a str> {
    let subject = Subject {
        phase: Phase::Output,
        role: Role::Assistant,
        channel: Channel::Content,
        encoding: Encoding::Plain,
        model: "qwen",
        tenant: "default",
    };
    let mut findings = Findings::default();
    let mut lane = LaneScan::new(screen, subject);
    let characters: Vec<char> = text.chars().collect();
    for piece in characters.chunks(size) {
        lane.push(screen, subject, &piece.iter().collect::<String>(), &mut findings);
    }
    lane.finish(screen, subject, &mut findings);
    let mut spans: Vec<Span> = findings.hits.iter().map(|hit| hit.span).collect();
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined.into_iter().map(|span| &text[span.start..span.end]).collect()
}

/// Most characters that an expression matches.
fn longest(hir: &Hir) -> Option<usize> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(0),
        HirKind::Literal(literal) => Some(std::str::from_utf8(&literal.0).ok()?.chars().count()),
        HirKind::Class(_) => Some(1),
        HirKind::Repetition(repetition) => {
            Some(longest(&repetition.sub)? * usize::try_from(repetition.max?).unwrap())
        }
        HirKind::Capture(capture) => longest(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(longest).sum(),
        HirKind::Alternation(parts) => {
            parts.iter().map(longest).collect::<Option<Vec<_>>>()?.into_iter().max()
        }
    }
}

#[test]
fn patterns_are_bounded_and_the_longest_match_is_known() {
    let mut wrong = Vec::new();
    for kind in all() {
        let lengths = kind.patterns.iter().map(|pattern| {
            let hir = regex_syntax::parse(pattern).unwrap();
            assert!(hir.properties().maximum_len().is_some(), "{}: {pattern}", kind.name);
            assert!(hir.properties().minimum_len() > Some(0), "{}: {pattern}", kind.name);
            longest(&hir).unwrap()
        });
        let lengths: Vec<usize> = lengths.collect();
        if lengths.iter().max() != Some(&kind.longest) {
            wrong.push(format!("{} {lengths:?}", kind.name));
        }
    }
    assert!(wrong.is_empty(), "other lengths: {wrong:#?}");
}

#[test]
fn patterns_are_written_in_the_form_they_are_searched_in() {
    for kind in all() {
        for c in kind.patterns.concat().chars().filter(|c| !c.is_ascii()) {
            assert_eq!(view(kind, &c.to_string()), c.to_string(), "{}", kind.name);
        }
    }
}

#[test]
fn names_are_distinct_and_found() {
    let names: HashSet<&str> = all().iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), all().len());
    assert!(names.iter().all(|name| by_name(name).is_some_and(|kind| kind.name == *name)));
    assert!(by_name("e-mail").is_none());
}

proptest! {
    #[test]
    fn no_validator_panics_and_each_names_a_part_of_its_match(text in "\\PC{0,80}|[0-9a-fA-Fx:. +\\-/@=]{0,60}") {
        for kind in all() {
            if let Some(part) = (kind.refine)(&text) {
                prop_assert!(text.get(part.clone()).is_some(), "{}: {part:?} of {text:?}", kind.name);
            }
        }
    }

    #[test]
    fn no_validator_panics_behind_the_words_it_knows(
        head in prop::sample::select(vec![
            "password", "密码：", "https://", "a://b:", "-----BEGIN PRIVATE KEY-----", "PuTTY", "护照", "tel", "+",
            "api_key=", "AccountKey=", "eyJ", "sk-", "0x", "bc1", "订单号", "version ", "ssn", "身份证", "://", "::",
        ]),
        tail in "\\PC{0,40}|[0-9a-zA-Z:. +\\-/@='\"]{0,60}",
    ) {
        let text = format!("{head}{tail}");
        for kind in all() {
            if let Some(part) = (kind.refine)(&text) {
                prop_assert!(text.get(part.clone()).is_some(), "{}: {part:?} of {text:?}", kind.name);
            }
        }
    }

}
