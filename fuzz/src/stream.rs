//! A text in pieces is screened as the whole text is, and what was settled stays settled.

use std::sync::Arc;

use qwarden::decide::judge::Judge;
use qwarden::policy::{self, Action, Mode, Options, Policies, Sources};
use qwarden::screen::{Findings, Hit, LaneScan, Screen, Subject};
use qwarden::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};

use crate::Input;

/// The rules, ready to search and to judge. `None` where they do not compile.
pub fn rules(yaml: &str) -> Option<(Screen, Judge)> {
    let compiled = policy::compile(&Sources::from_files([("p.yaml", yaml)]), &Options::default());
    let policies = Arc::new(compiled.policies?);
    let screen = || Screen::build(policies.clone()).expect("what compiles can be built");
    Some((screen(), Judge::new(screen())))
}

/// Whether a match of it must not leave unjudged.
fn acts(policies: &Policies, hit: &Hit) -> bool {
    let detector = policies.detector(hit.detector);
    let rule = policies.rule(detector.rule);
    !detector.negated && rule.action >= Action::Redact && policies.policy(rule.policy).mode == Mode::Enforce
}

/// Screens and judges the input in pieces and at once.
pub fn check(screen: &Screen, judge: &Judge, input: &Input) {
    let encoding = if input.chose(0) { Encoding::JsonText } else { Encoding::Plain };
    let subject = Subject {
        phase: Phase::Output,
        role: Role::Assistant,
        channel: if input.chose(0) { Channel::ToolCall } else { Channel::Content },
        encoding,
        model: "qwen",
        tenant: "default",
    };
    let segment = Segment {
        lane: Lane { choice: 0, channel: subject.channel, index: 0 },
        role: subject.role,
        encoding,
        parts: vec![Part { text: input.text.as_str().into(), source: 0..0 }],
    };
    let mut whole = screen.whole(&segment, subject).hits;
    whole.sort_unstable();
    for hit in &whole {
        assert!(input.text.get(hit.span.start..hit.span.end).is_some(), "{hit:?} is no part of the text");
    }

    let mut findings = Findings::default();
    let mut lane = LaneScan::new(screen, subject);
    let (mut live, mut certain, mut seen) = (0, 0, 0);
    let mut pieces = input.pieces();
    loop {
        let piece = pieces.next();
        match piece {
            Some(piece) => lane.push(screen, subject, piece, &mut findings),
            None => lane.finish(screen, subject, &mut findings),
        }
        for hit in &findings.hits[seen..] {
            let late = acts(screen.policies(), hit) && hit.span.start < live;
            assert!(!late, "{hit:?} was found when all before {live} was settled");
            assert!(hit.span.end >= certain, "{hit:?} was found when all before {certain} was reported");
        }
        assert!(lane.live_from() >= live, "what was settled is not any more");
        assert!(lane.live_from() <= lane.bytes() && lane.certain() <= lane.bytes());
        (live, certain, seen) = (lane.live_from(), lane.certain(), findings.hits.len());
        if piece.is_none() {
            break;
        }
    }
    let mut pieced = findings.hits;
    pieced.sort_unstable();
    assert_eq!(whole, pieced);

    let mut lane = judge.lane(subject);
    let mut said = String::new();
    for piece in input.pieces() {
        match lane.push(judge, subject, piece).text {
            Some(text) => said.push_str(&text),
            None => said.push_str(piece),
        }
    }
    said.push_str(lane.finish(judge, subject).text.as_deref().unwrap_or_default());
    assert_eq!(said, judge.whole(&segment, subject).text(&segment));
}
