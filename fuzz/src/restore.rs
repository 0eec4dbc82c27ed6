//! What is cut out of a prompt never goes up, and comes back in the reply, however that is cut.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use qwarden::decide::judge::Judge;
use qwarden::decide::words;
use qwarden::dialect::{self, Face};
use qwarden::rewrite::restore::{Originals, set_aside};
use qwarden::rewrite::stream::{Outgoing, StreamContext, StreamRewriter};
use qwarden::screen::Subject;
use qwarden::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};
use serde_json::{Value, json};

use crate::{Input, stream};

const POLICY: &str = r##"
policy: p
scope: {phase: [input]}
rules:
  - {id: mail, when: {entities: [email]}, action: redact, restore: true}
  - {id: names, when: {keywords: [ann, bob, 李雷, "[x"]}, action: redact, restore: true}
  - {id: gone, when: {keywords: [bomb]}, action: redact, with: "[NAMES_1]"}
"##;

static JUDGE: LazyLock<Arc<Judge>> =
    LazyLock::new(|| Arc::new(stream::rules(POLICY).expect("the policy compiles").1));

/// Cuts values out of the first line, and lets a reply say the rest of the text; with the second option
/// the reply repeats the prompt.
pub fn check(data: &[u8]) {
    let Some(input) = Input::read(data) else { return };
    let (prompt, rest) = input.text.split_once('\n').unwrap_or((&input.text, ""));
    let segment = Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role: Role::User,
        encoding: Encoding::Plain,
        parts: vec![Part { text: prompt.into(), source: 0..0 }],
    };
    let subject = Subject {
        phase: Phase::Input,
        role: Role::User,
        channel: Channel::Content,
        encoding: Encoding::Plain,
        model: "qwen",
        tenant: "default",
    };
    let mut judgement = JUDGE.whole(&segment, subject);
    let mut redactions = vec![std::mem::take(&mut judgement.redactions)];
    let originals = set_aside(&mut redactions, std::slice::from_ref(&segment));
    judgement.redactions = redactions.pop().unwrap_or_default();
    let sent = judgement.text(&segment).into_owned();
    for redaction in &judgement.redactions {
        let cut_out = &prompt[redaction.span.start..redaction.span.end];
        let others = prompt.matches(cut_out).count();
        let left = sent.matches(cut_out).count();
        assert!(left < others || redaction.with.contains(cut_out), "{cut_out:?} went up");
    }
    let repeats = input.chose(1);
    let reply = if repeats { sent.as_str() } else { rest };
    let whole = said(reply, [0, reply.len()], originals.clone());
    let cuts = input.cuts.iter().map(|at| reply.floor_char_boundary((*at).min(reply.len())));
    let pieced = said(reply, cuts.chain([reply.len()]), originals.clone());
    assert_eq!(whole, pieced);
    if originals.is_none() || !reply.contains(['[', '\\']) {
        assert_eq!(whole, reply, "there is nothing to restore");
    }
    // A backslash before a placeholder goes with it, since Markdown has it written so.
    let for_good = judgement.redactions.iter().any(|redaction| redaction.restore_as.is_none());
    if repeats && !for_good && !prompt.contains(['\\', '[', ']']) {
        assert_eq!(whole, prompt, "what was repeated is what was said");
    }
}

/// What a client reads of a reply that is streamed in pieces.
fn said(reply: &str, cuts: impl IntoIterator<Item = usize>, originals: Option<Arc<Originals>>) -> String {
    let dialect = dialect::all()[0];
    let context = StreamContext {
        dialect,
        face: Face { id: "x".into(), model: "m".into(), created: 1, choices: 1, template: None },
        include_usage: false,
        tenant: "default".into(),
        revision: "r".into(),
        held_limit: 1 << 20,
        remember: false,
        keep: 0,
        originals,
    };
    let judge = JUDGE.clone();
    let mut rewriter =
        StreamRewriter::new(context, JUDGE.clone(), move |outcome| words(judge.policies(), outcome, "en", "x"));
    let mut out = Vec::new();
    let mut from = 0;
    for at in cuts {
        let piece = reply.get(from..at).unwrap_or_default();
        from = from.max(at);
        let event = json!({"choices": [{"index": 0, "delta": {"content": piece}}]}).to_string();
        let raw = Bytes::from(format!("data: {event}\n\n"));
        rewriter.frame(raw, Some(Bytes::from(event)), &mut out).expect("an event");
    }
    let end = Bytes::from_static(b"data: [DONE]\n\n");
    rewriter.frame(end, Some(Bytes::from_static(b"[DONE]")), &mut out).expect("the end");
    let mut text = String::new();
    for item in out {
        let bytes = match item {
            Outgoing::Permitted(bytes) => bytes.into_inner(),
            Outgoing::Own(bytes) => bytes.into_inner(),
        };
        let events = std::str::from_utf8(&bytes).expect("UTF-8").to_owned();
        for event in events.split("\n\n").filter_map(|event| event.strip_prefix("data: ")) {
            let Ok(event) = serde_json::from_str::<Value>(event) else { continue };
            text.push_str(event["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
        }
    }
    text
}
