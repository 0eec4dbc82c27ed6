//! What a client reads of a rewritten stream: the screened whole text, for every way of cutting.
//!
//! Streams are cut twice, as backends and networks do: texts into tokens, whose events are spelled
//! in any way that JSON allows, and the bytes of these events into packets of any size.

mod learned;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::*;
use crate::decide::{outcome, words};
use crate::dialect::{Dialect, Face, all};
use crate::policy::compile_str;
use crate::rewrite::restore::Originals;
use crate::screen::Screen;
use crate::text::{Channel, Encoding, Part, Role, Segment};
use crate::wire::FrameDecoder;

fn judge(yaml: &str) -> Option<Arc<Judge>> {
    let policies = compile_str(&[("p.yaml", yaml)]).policies?;
    Some(Arc::new(Judge::new(Screen::build(Arc::new(policies)).expect("an automaton"))))
}

fn dialect(name: &str) -> &'static dyn Dialect {
    *all().iter().find(|dialect| dialect.name() == name).expect("a dialect")
}

fn rewriter(dialect: &'static dyn Dialect, judge: &Arc<Judge>, choices: u32) -> StreamRewriter {
    restoring(dialect, judge, choices, None)
}

fn restoring(
    dialect: &'static dyn Dialect,
    judge: &Arc<Judge>,
    choices: u32,
    originals: Option<Arc<Originals>>,
) -> StreamRewriter {
    let face = Face { id: "x".into(), model: "m".into(), created: 1, choices, template: None };
    let context = StreamContext {
        dialect,
        face,
        include_usage: true,
        tenant: "default".into(),
        revision: "r".into(),
        held_limit: 1 << 20,
        remember: true,
        keep: 0,
        originals,
    };
    let policies = judge.clone();
    StreamRewriter::new(context, judge.clone(), move |outcome| words(policies.policies(), outcome, "en", "x"))
}

/// Runs a stream through; gives what has left after each packet.
fn run(rewriter: &mut StreamRewriter, packets: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut frames = match rewriter.context.dialect.framing() {
        Framing::Sse => FrameDecoder::sse(1 << 20),
        Framing::Ndjson => FrameDecoder::ndjson(1 << 20),
    };
    let mut sent = Vec::new();
    let mut states = Vec::new();
    let mut take = |out: Vec<Outgoing>, states: &mut Vec<Vec<u8>>| {
        if let Some(joined) = join(out) {
            match joined {
                Outgoing::Permitted(bytes) => sent.extend_from_slice(bytes.inner()),
                Outgoing::Own(bytes) => sent.extend_from_slice(&bytes.into_inner()),
            }
        }
        if states.last() != Some(&sent) {
            states.push(sent.clone());
        }
    };
    for packet in packets {
        frames.push(Bytes::copy_from_slice(packet));
        let mut out = Vec::new();
        for frame in frames.by_ref() {
            let frame = frame.expect("a frame");
            rewriter.frame(frame.raw, frame.payload, &mut out).expect("an event");
        }
        take(out, &mut states);
    }
    let mut out = Vec::new();
    if let Some(tail) = frames.finish() {
        rewriter.tail(tail.frame.raw, tail.frame.payload, tail.terminated, &mut out).expect("a tail");
    }
    rewriter.finish(&mut out);
    take(out, &mut states);
    // What has left after every packet is looked at, up to a number that keeps the test quick.
    states.dedup();
    let step = states.len().div_ceil(16).max(1);
    let last = states.pop();
    let mut sampled: Vec<Vec<u8>> = states.into_iter().step_by(step).collect();
    sampled.extend(last);
    sampled
}

/// The texts that a client has read, by the place where they stand.
type Texts = BTreeMap<String, String>;

/// Reads a stream as a client does; every event must be JSON.
fn read(framing: Framing, sent: &[u8]) -> Texts {
    let text = std::str::from_utf8(sent).expect("UTF-8");
    let mut texts = Texts::new();
    let mut add = |place: String, piece: &Value| {
        if let Some(piece) = piece.as_str().filter(|piece| !piece.is_empty()) {
            texts.entry(place).or_default().push_str(piece);
        }
    };
    let payloads: Vec<&str> = match framing {
        Framing::Sse => text.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect(),
        Framing::Ndjson => text.lines().collect(),
    };
    for payload in payloads.into_iter().filter(|payload| *payload != "[DONE]") {
        let event: Value = serde_json::from_str(payload).unwrap_or_else(|error| panic!("{error}: {payload}"));
        let none = Vec::new();
        for choice in event["choices"].as_array().unwrap_or(&none) {
            let (index, delta) = (&choice["index"], &choice["delta"]);
            for name in ["content", "reasoning_content", "refusal"] {
                add(format!("{index}.{name}"), &delta[name]);
            }
            for call in delta["tool_calls"].as_array().unwrap_or(&none) {
                add(format!("{index}.call{}", call["index"]), &call["function"]["arguments"]);
            }
        }
        for name in ["content", "thinking"] {
            add(format!("0.{name}"), &event["message"][name]);
        }
    }
    texts
}

/// A string literal in which some characters are spelled as escapes.
fn spell(text: &str, every: usize) -> String {
    let mut literal = String::from("\"");
    for (at, c) in text.chars().enumerate() {
        if every > 0 && at % every == 0 {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                literal.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            let quoted = Value::from(c.to_string()).to_string();
            literal.push_str(&quoted[1..quoted.len() - 1]);
        }
    }
    literal + "\""
}

/// One text of a reply, and the tokens in which it comes.
#[derive(Debug, Clone)]
struct Spoken {
    /// `0.content` and the like.
    place: &'static str,
    tokens: Vec<String>,
}

impl Spoken {
    fn encoding(&self) -> Encoding {
        if self.place.contains("call") { Encoding::JsonText } else { Encoding::Plain }
    }

    fn whole(&self, judge: &Judge) -> (String, Outcome) {
        let call = self.place.contains("call");
        let channel = match self.place.split_once('.').expect("a place").1 {
            "reasoning_content" | "thinking" => Channel::Reasoning,
            _ if call => Channel::ToolCall,
            _ => Channel::Content,
        };
        let encoding = self.encoding();
        let segment = Segment {
            lane: Lane { choice: 0, channel, index: 0 },
            role: Role::Assistant,
            encoding,
            parts: vec![Part { text: self.tokens.concat().into(), source: 0..0 }],
        };
        let face = Face { id: String::new(), model: "m".into(), created: 1, choices: 1, template: None };
        let subject = Subjects { face: &face, tenant: "default" }.of(channel, encoding);
        let judgement = judge.whole(&segment, subject);
        (judgement.text(&segment).into_owned(), outcome(judge.policies(), judgement.verdicts.iter()))
    }
}

/// The event that adds a token to a text, spelled with escapes.
fn event(place: &str, token: &str, every: usize) -> String {
    let (choice, member) = place.split_once('.').expect("a place");
    let text = spell(token, every);
    match member.strip_prefix("call") {
        Some(call) => format!(
            "{{\"id\":\"c\", \"choices\":[{{\"index\":{choice},\"delta\":{{\"tool_calls\":[{{\"index\":{call},\"function\":{{\"arguments\": {text}}}}}]}}}}]}}"
        ),
        None => format!(
            "{{\"id\":\"c\",\"choices\":[{{\"index\":{choice},\"delta\":{{\"{member}\": {text} }},\"finish_reason\":null}}]}}"
        ),
    }
}

/// How a backend ends its reply.
#[derive(Debug, Clone, Copy)]
struct Ending {
    /// The last token of a choice and its end come in one event.
    together: bool,
    usage: bool,
    done: bool,
}

/// The whole stream, its texts interleaved by `order`.
fn openai(spoken: &[Spoken], order: &[Index], every: usize, ending: Ending) -> String {
    let mut rest: Vec<(&'static str, std::collections::VecDeque<&String>)> =
        spoken.iter().map(|one| (one.place, one.tokens.iter().collect())).collect();
    let mut events = vec![
        "{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}"
            .to_owned(),
    ];
    let mut turn = 0;
    while rest.iter().any(|(_, tokens)| !tokens.is_empty()) {
        let open: Vec<usize> = (0..rest.len()).filter(|at| !rest[*at].1.is_empty()).collect();
        let at = open[order.get(turn).map_or(turn % open.len(), |index| index.index(open.len()))];
        turn += 1;
        let (place, tokens) = &mut rest[at];
        let token = tokens.pop_front().expect("a token");
        let mut event = event(place, token, every);
        let choice = place.split_once('.').expect("a place").0.to_owned();
        let last = |rest: &[(&str, std::collections::VecDeque<&String>)]| {
            rest.iter().all(|(place, tokens)| !place.starts_with(choice.as_str()) || tokens.is_empty())
        };
        if last(&rest) {
            if ending.together && event.contains("\"finish_reason\":null") {
                event = event.replace("\"finish_reason\":null", "\"finish_reason\":\"stop\"");
                events.push(event);
            } else {
                events.push(event);
                events.push(format!("{{\"id\":\"c\",\"choices\":[{{\"index\":{choice},\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}"));
            }
        } else {
            events.push(event);
        }
    }
    if ending.usage {
        events.push("{\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}".to_owned());
    }
    if ending.done {
        events.push("[DONE]".to_owned());
    }
    events.iter().map(|event| format!("data: {event}\n\n")).collect()
}

fn packets<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|index| index.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

/// What was set aside of the prompt, in some cases: a text with keywords in it, and one that needs
/// escapes.
fn originals() -> impl Strategy<Value = Option<Arc<Originals>>> {
    let some = Originals::for_test(&[
        ("[EMAIL_1]", "bomb making 自杀方法 a"),
        ("[EMAIL_10]", "\"x\\\n[EMAIL_1]"),
        ("[A_1]", ""),
        ("[EMAIL_2]", "e\u{301}👍🏽"),
    ]);
    prop_oneof![1 => Just(None), 2 => Just(Some(some))]
}

/// What a client reads of a text that was judged.
fn told(originals: &Option<Arc<Originals>>, text: String, encoding: Encoding) -> String {
    match originals {
        Some(originals) => originals.restored(&text, encoding),
        None => text,
    }
}

const PIECES: &[&str] = &[
    "[EMAIL_1]",
    "[email_10]",
    "\\[EMAIL\\_1\\]",
    "\\u005bEMAIL\\u005f2]",
    "[EMA",
    "IL_1",
    "]",
    "[",
    "[A_1]",
    "a",
    "ab",
    "aba",
    "bomb",
    "BOMB",
    "bomb making",
    "making",
    " ",
    "  ",
    "\n",
    "x",
    "y ",
    "o",
    "b",
    "ｂ",
    "自",
    "自杀",
    "自杀方法",
    "方法论",
    "👍",
    "👍🏽",
    "🏽",
    "👩\u{200d}👧",
    "é",
    "e\u{301}",
    "\u{301}",
    "\u{200b}",
    "ß",
    "c++",
    "\"",
    "\\",
    "{\"k\": ",
    "，",
];

const KEYWORDS: &[&str] = &[
    "a",
    "ab",
    "aba",
    "bomb",
    "bomb making",
    "making",
    "自",
    "自杀",
    "自杀方法",
    "方法论",
    "👍🏽",
    "👩\u{200d}👧",
    "é",
    "ß",
    "c++",
    "\"",
    "kill yourself",
];

fn keyword() -> impl Strategy<Value = String> {
    prop_oneof![
        10 => select(KEYWORDS).prop_map(str::to_owned),
        1 => Just("a".repeat(200)),
        1 => Just("自杀".repeat(100)),
        2 => "[ab]{1,5}",
    ]
}

/// A redacting rule, or one that needs more than one match to be sure.
fn redacting() -> impl Strategy<Value = String> {
    let options = select(
        &["", ", match: substring", ", match: word", ", fold: exact", ", fold: exact, match: substring"][..],
    );
    let keywords = (prop::collection::vec(keyword(), 1..4), options).prop_map(|(words, options)| {
        format!("{{keywords: {{words: {}{options}}}}}", serde_json::to_string(&words).expect("json"))
    });
    let keywords = keywords.boxed();
    prop_oneof![
        6 => keywords.clone(),
        1 => (keywords.clone(), keywords.clone()).prop_map(|(one, two)| format!("{{all: [{one}, {two}]}}")),
        1 => (keywords.clone(), keywords).prop_map(|(one, two)| format!("{{any: [{one}], none: [{two}]}}")),
    ]
}

fn policy(rules: &[(String, &str)]) -> String {
    let rules: String = rules
        .iter()
        .enumerate()
        .map(|(index, (when, action))| {
            let extra = if *action == "deflect" { "reply: no" } else { "severity: low" };
            format!("  - {{id: r{index}, when: {when}, action: {action}, {extra}}}\n")
        })
        .collect();
    format!("policy: p\nrules:\n{rules}replies:\n  no: {{en: \"No.\"}}\n")
}

fn tokens() -> impl Strategy<Value = Vec<String>> {
    let text = prop::collection::vec(
        prop_oneof![12 => select(PIECES).prop_map(str::to_owned), 1 => Just("a".repeat(230)), 1 => Just("自杀".repeat(110))],
        0..12,
    )
    .prop_map(|pieces| pieces.concat());
    (text, prop::collection::vec(any::<Index>(), 0..16), any::<bool>()).prop_map(|(text, cuts, each)| {
        if each {
            return text.chars().map(String::from).collect();
        }
        let mut places: Vec<usize> = cuts
            .iter()
            .map(|index| index.index(text.len() + 1))
            .filter(|at| text.is_char_boundary(*at))
            .collect();
        places.extend([0, text.len()]);
        places.sort_unstable();
        places.windows(2).map(|pair| text[pair[0]..pair[1]].to_owned()).collect()
    })
}

/// Up to two choices, each with up to four texts side by side.
fn spoken() -> impl Strategy<Value = Vec<Spoken>> {
    const PLACES: &[&str] = &[
        "0.content",
        "0.reasoning_content",
        "0.call0",
        "0.call1",
        "1.content",
        "1.reasoning_content",
        "1.refusal",
    ];
    prop::sample::subsequence(PLACES, 1..=4).prop_flat_map(|places| {
        places
            .into_iter()
            .map(|place| tokens().prop_map(move |tokens| Spoken { place, tokens }))
            .collect::<Vec<_>>()
    })
}

fn ending() -> impl Strategy<Value = Ending> {
    any::<(bool, bool, bool)>().prop_map(|(together, usage, done)| Ending { together, usage, done })
}

fn cuts() -> impl Strategy<Value = Option<Vec<Index>>> {
    prop_oneof![3 => prop::collection::vec(any::<Index>(), 0..40).prop_map(Some), 1 => Just(None)]
}

fn cut<'a>(bytes: &'a [u8], cuts: &Option<Vec<Index>>) -> Vec<&'a [u8]> {
    match cuts {
        Some(cuts) => packets(bytes, cuts),
        // Every byte by itself, and in long streams as many packets as keep the test quick.
        None => bytes.chunks(1 + bytes.len() / 4_096).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Redactions: every text is the screened whole text, and what was read at any moment is the
    /// beginning of it, so that nothing of a matched span is in any prefix.
    #[test]
    fn every_lane_reads_as_its_whole_text(
        rules in prop::collection::vec(redacting(), 1..4),
        spoken in spoken(),
        order in prop::collection::vec(any::<Index>(), 0..40),
        every in 0usize..3,
        ending in ending(),
        cuts in cuts(),
        originals in originals(),
    ) {
        let rules: Vec<(String, &str)> = rules.into_iter().map(|when| (when, "redact")).collect();
        let Some(judge) = judge(&policy(&rules)) else { return Ok(()) };
        let bytes = openai(&spoken, &order, every, ending);
        let mut rewriter = restoring(dialect("openai.chat"), &judge, 2, originals.clone());
        let states = run(&mut rewriter, &cut(bytes.as_bytes(), &cuts));
        let (mut expected, mut judged) = (Texts::new(), Vec::new());
        for one in &spoken {
            let (text, _) = one.whole(&judge);
            if !text.is_empty() {
                judged.push(text.clone());
            }
            let text = told(&originals, text, one.encoding());
            if !text.is_empty() {
                expected.insert(one.place.to_owned(), text);
            }
        }
        let last = states.last().expect("a state");
        prop_assert_eq!(&read(Framing::Sse, last), &expected, "{}", String::from_utf8_lossy(last));
        for state in &states {
            for (place, text) in read(Framing::Sse, state) {
                prop_assert!(expected[&place].starts_with(&text), "{place}: {text:?} of {:?}", expected[&place]);
            }
        }
        let said: Texts = rewriter.take_said().into_iter().fold(Texts::new(), |mut said, (lane, text)| {
            said.entry(format!("{lane:?}")).or_default().push_str(&text);
            said
        });
        let mut said: Vec<String> = said.into_values().collect();
        said.sort_unstable();
        judged.sort_unstable();
        prop_assert_eq!(said, judged, "what is remembered is what was said, before anything is restored");
    }

    /// A rule that cuts: the client reads the same for every way of cutting, and after the reply of
    /// the rule nothing.
    #[test]
    fn a_cut_is_the_same_for_every_way_of_cutting(
        rules in prop::collection::vec((redacting(), select(&["redact", "deflect", "block"][..])), 1..4),
        first in tokens(),
        second in prop::collection::vec(any::<Index>(), 0..16),
        every in 0usize..3,
        ending in ending(),
        cuts in cuts(),
        originals in originals(),
    ) {
        let Some(judge) = judge(&policy(&rules)) else { return Ok(()) };
        let text = first.concat();
        let again: Vec<String> = {
            let mut places: Vec<usize> =
                second.iter().map(|index| index.index(text.len() + 1)).filter(|at| text.is_char_boundary(*at)).collect();
            places.extend([0, text.len()]);
            places.sort_unstable();
            places.windows(2).map(|pair| text[pair[0]..pair[1]].to_owned()).collect()
        };
        let mut results = Vec::new();
        for (tokens, every) in [(first, every), (again, 0), (vec![text.clone()], 1)] {
            let one = Spoken { place: "0.content", tokens };
            let (_, whole) = one.whole(&judge);
            let bytes = openai(std::slice::from_ref(&one), &[], every, ending);
            let mut rewriter = restoring(dialect("openai.chat"), &judge, 1, originals.clone());
            let states = run(&mut rewriter, &cut(bytes.as_bytes(), &cuts));
            let last = states.last().expect("a state");
            let read = read(Framing::Sse, last).remove("0.content").unwrap_or_default();
            let shown = String::from_utf8_lossy(last).into_owned();
            prop_assert_eq!(rewriter.was_cut(), whole.stops(), "{}", shown);
            if rewriter.was_cut() {
                prop_assert_eq!(shown.matches("content_filter").count(), 1, "{}", shown);
                prop_assert_eq!(shown.matches("\"stop\"").count(), 0, "{}", shown);
                prop_assert!(rewriter.ended() && shown.ends_with("data: [DONE]\n\n"), "{}", shown);
                // A block says nothing in the stream; a deflection ends with the reply.
                let answers = rewriter.outcome().answers();
                prop_assert!(!answers || read == "No." || read.ends_with("\n\nNo."), "{}", shown);
            }
            for state in &states {
                let so_far = self::read(Framing::Sse, state).remove("0.content").unwrap_or_default();
                prop_assert!(read.starts_with(&so_far));
            }
            results.push((read, rewriter.outcome().rule));
        }
        prop_assert_eq!(&results[0], &results[1]);
        prop_assert_eq!(&results[0], &results[2]);
    }

    /// The same over lines: Ollama's streams.
    #[test]
    fn lines_read_as_their_whole_text(
        rules in prop::collection::vec(redacting(), 1..4),
        content in tokens(),
        thinking in tokens(),
        every in 0usize..3,
        cuts in cuts(),
        ended in any::<bool>(),
        originals in originals(),
    ) {
        let rules: Vec<(String, &str)> = rules.into_iter().map(|when| (when, "redact")).collect();
        let Some(judge) = judge(&policy(&rules)) else { return Ok(()) };
        let spoken = [Spoken { place: "0.thinking", tokens: thinking }, Spoken { place: "0.content", tokens: content }];
        let mut lines = String::new();
        for one in &spoken {
            for token in &one.tokens {
                let text = spell(token, every);
                let member = &one.place[2..];
                let content = if member == "content" { String::new() } else { "\"content\":\"\",".to_owned() };
                lines.push_str(&format!("{{\"model\":\"m\",\"message\":{{\"role\":\"assistant\",{content}\"{member}\": {text}}},\"done\":false}}\n"));
            }
        }
        lines.push_str("{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":3}");
        if ended {
            lines.push('\n');
        }
        let mut rewriter = restoring(dialect("ollama.chat"), &judge, 1, originals.clone());
        let states = run(&mut rewriter, &cut(lines.as_bytes(), &cuts));
        let mut expected = Texts::new();
        for one in &spoken {
            let (text, _) = one.whole(&judge);
            let text = told(&originals, text, one.encoding());
            if !text.is_empty() {
                expected.insert(one.place.to_owned(), text);
            }
        }
        let last = states.last().expect("a state");
        prop_assert_eq!(&read(Framing::Ndjson, last), &expected, "{}", String::from_utf8_lossy(last));
        for state in &states {
            for (place, text) in read(Framing::Ndjson, state) {
                prop_assert!(expected[&place].starts_with(&text));
            }
        }
    }
}

/// Runs a stream of content tokens under one rule, and gives what left for each.
fn streamed(when: &str, action: &str, events: &[&str]) -> Vec<String> {
    let judge = judge(&policy(&[(when.to_owned(), action)])).expect("a policy");
    let mut rewriter = rewriter(dialect("openai.chat"), &judge, 1);
    let framed: Vec<String> = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let packets: Vec<&[u8]> = framed.iter().map(String::as_bytes).collect();
    let states = run(&mut rewriter, &packets);
    let mut before = 0;
    let left = states.iter().map(|state| {
        let new = String::from_utf8_lossy(&state[before..]).into_owned();
        before = state.len();
        new
    });
    left.collect()
}

#[test]
fn what_is_held_leaves_in_the_form_of_the_event_it_came_in() {
    let left = streamed(
        "{keywords: [bomb making]}",
        "redact",
        &[
            r#"{"id":"c7","model":"qwen","choices":[{"index":0,"delta":{"content":"a bomb"}}]}"#,
            r#"{"id":"c7","model":"qwen","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ],
    );
    assert_eq!(
        left[0],
        "data: {\"id\":\"c7\",\"model\":\"qwen\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a \"}}]}\n\n"
    );
    let (held, end) = left[1].split_once("\n\n").expect("two events");
    let event: Value = serde_json::from_str(held.strip_prefix("data: ").expect("an event")).expect("JSON");
    assert_eq!((&event["id"], &event["model"]), (&"c7".into(), &"qwen".into()));
    assert_eq!(event["choices"][0]["delta"]["content"], "bomb");
    assert!(end.contains("\"finish_reason\":\"stop\""), "{end}");
    assert_eq!(left[2], "data: [DONE]\n\n");
}

#[test]
fn the_last_chunk_of_a_changed_stream_says_what_was_done() {
    let events = [
        r#"{"choices":[{"index":0,"delta":{"content":"a bomb."},"logprobs":{"content":[{"token":"bomb"}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    ];
    let left = streamed("{keywords: [bomb]}", "redact", &events);
    assert!(left[0].contains("a [redacted].") && left[0].contains("\"logprobs\":null"), "{}", left[0]);
    let end: Value =
        serde_json::from_str(left[1].trim().strip_prefix("data: ").expect("an event")).expect("JSON");
    assert_eq!(
        end["qwarden"],
        serde_json::json!({"id": "x", "action": "redact", "rule": "p/r0", "revision": "r"})
    );
    let left = streamed("{keywords: [bomb]}", "flag", &events);
    assert!(!left.concat().contains("qwarden"), "{left:?}");
}

#[test]
fn one_choice_that_is_cut_leaves_the_other() {
    let judge = judge(&policy(&[("{keywords: [bomb]}".to_owned(), "deflect")])).expect("a policy");
    let mut rewriter = rewriter(dialect("openai.chat"), &judge, 2);
    let spoken = [
        Spoken { place: "0.content", tokens: vec!["a ".into(), "bomb".into(), " here".into()] },
        Spoken { place: "1.content", tokens: vec!["b ".into(), "c ".into(), "d".into()] },
    ];
    let bytes = openai(&spoken, &[], 0, Ending { together: false, usage: true, done: true });
    let states = run(&mut rewriter, &[bytes.as_bytes()]);
    let last = states.last().expect("a state");
    let texts = read(Framing::Sse, last);
    assert_eq!((texts["0.content"].as_str(), texts["1.content"].as_str()), ("a \n\nNo.", "b c d"));
    let shown = String::from_utf8_lossy(last);
    assert_eq!(shown.matches("content_filter").count(), 1, "{shown}");
    assert_eq!(shown.matches("[DONE]").count(), 1, "{shown}");
    assert_eq!(shown.matches("completion_tokens").count(), 1, "{shown}");
}

#[test]
fn reframing_keeps_the_lines_beside_the_data() {
    let judge = judge(&policy(&[("{keywords: [bomb]}".to_owned(), "redact")])).expect("a policy");
    let mut rewriter = rewriter(dialect("openai.chat"), &judge, 1);
    let bytes = "id: 7\r\nevent: delta\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"bomb!\"}}]}\r\n\r\n";
    let states = run(&mut rewriter, &[bytes.as_bytes()]);
    let shown = String::from_utf8_lossy(states.last().expect("a state")).into_owned();
    assert_eq!(shown, bytes.replace("bomb", "[redacted]"));
}

/// As [`streamed`], with nothing to judge and something to restore.
fn restored(events: &[&str]) -> Vec<String> {
    let judge = judge(&policy(&[("{keywords: [bomb]}".to_owned(), "deflect")])).expect("a policy");
    let originals = Originals::for_test(&[("[EMAIL_1]", "a@b.example"), ("[EMAIL_2]", "bomb")]);
    let mut rewriter = restoring(dialect("openai.chat"), &judge, 1, Some(originals));
    let mut left = Vec::new();
    for event in events {
        let mut out = Vec::new();
        let payload = Bytes::from((*event).to_owned());
        let raw = Framing::Sse.wrap(&payload);
        rewriter.frame(raw, Some(payload), &mut out).expect("an event");
        left.push(match join(out) {
            None => String::new(),
            Some(Outgoing::Permitted(bytes)) => String::from_utf8_lossy(bytes.inner()).into_owned(),
            Some(Outgoing::Own(bytes)) => String::from_utf8_lossy(&bytes.into_inner()).into_owned(),
        });
    }
    left
}

#[test]
fn only_events_with_a_placeholder_change() {
    let untouched = r#"{"id" : "c", "choices":[{"index":0,"delta":{"content":"see [2] and \\ "},"logprobs":{"content":[]}}]}"#;
    let events = [
        untouched,
        r#"{"choices":[{"index":0,"delta":{"content":"to [ema"},"logprobs":{"content":[]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"il_"},"logprobs":{"content":[]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"1], [EMAIL_2]"},"logprobs":{"content":[]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        "[DONE]",
    ];
    let left = restored(&events);
    let framed = |event: &str| format!("data: {event}\n\n");
    assert_eq!(left[0], framed(untouched));
    assert_eq!(left[1], framed(r#"{"choices":[{"index":0,"delta":{"content":"to "},"logprobs":null}]}"#));
    assert_eq!(left[2], "");
    // What is restored was judged on its way in, and is not judged again.
    assert_eq!(
        left[3],
        framed(r#"{"choices":[{"index":0,"delta":{"content":"a@b.example, bomb"},"logprobs":null}]}"#)
    );
    assert_eq!(left[4..], [framed(events[4]), framed(events[5])]);
}

#[test]
fn what_waits_for_a_placeholder_leaves_before_what_ends_its_text() {
    let half = r#"{"id":"c7","choices":[{"index":0,"delta":{"content":"see [EMAIL_"}}]}"#;
    let texts = |left: &[String]| read(Framing::Sse, left.concat().as_bytes())["0.content"].clone();
    let stop = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let left = restored(&[half, stop, "[DONE]"]);
    assert_eq!(texts(&left), "see [EMAIL_");
    assert!(left[1].starts_with("data: {\"id\":\"c7\"") && left[1].contains("stop"), "{}", left[1]);
    // The same event ends the choice and goes on with its text.
    let both = r#"{"choices":[{"index":0,"delta":{"content":"1]["},"finish_reason":"stop"}]}"#;
    let left = restored(&[half, both, "[DONE]"]);
    assert_eq!((texts(&left).as_str(), left[1].matches("data:").count()), ("see a@b.example[", 1));
    // No choice is ended.
    assert_eq!(texts(&restored(&[half, "[DONE]"])), "see [EMAIL_");
    // A rule ends it.
    let left = restored(&[half, r#"{"choices":[{"index":0,"delta":{"content":" bomb!"}}]}"#]);
    assert_eq!(texts(&left), "see [EMAIL_ \n\nNo.");
    assert!(left[1].ends_with("data: [DONE]\n\n") && left[1].contains("content_filter"), "{}", left[1]);
}
