//! Streams that classifiers judge: what a client reads does not depend on when answers come.
//!
//! The classifier is a script: a window is violent when "knife" stands in it. Replies have several texts, whose
//! ends come in one event with their last token or in one of their own.

use super::*;
use crate::policy::{Offer, Options, Sources, compile};
use crate::screen::classifier::{Language, Question, Score, Scores, Tier, Unavailable};
use crate::text::Span;

fn judge(rules: &str) -> Arc<Judge> {
    let yaml = format!("policy: p\nreplies: {{no: \"No.\"}}\nrules:\n{rules}");
    let offer = Offer::new(["violence"], "digest", |_, _| Ok(()));
    let options = Options { offer: Arc::new(offer), ..Options::default() };
    let compiled = compile(&Sources::from_files([("p.yaml", yaml.as_str())]), &options);
    let policies = compiled.policies.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    Arc::new(Judge::new(Screen::scripted(Arc::new(policies), &["violence"]).expect("an automaton")))
}

fn rule(action: &str, stream: &str) -> String {
    let reply = if action == "deflect" { ", reply: no" } else { "" };
    format!(
        "  - {{id: r, when: {{classifier: {{category: violence, min_score: 0.5}}}}, action: {action}, stream: {stream}{reply}}}\n"
    )
}

fn answer(question: &Question) -> Result<Scores, Unavailable> {
    let seen = question.text.contains("knife");
    let score = |label| Score {
        label,
        value: if seen { 0.9 } else { 0.1 },
        holds: seen,
        span: Span::new(0, question.text.len()),
        language: Language::En,
        tier: Tier::Encoder,
    };
    Ok(Scores::for_test(question.needed.iter().map(|needed| score(needed.label)).collect()))
}

/// Runs a stream through; each answer comes so many frames after its question.
fn run(rewriter: &mut StreamRewriter, stream: &str, delays: &[usize]) -> Result<String, StreamFault> {
    let mut out = Vec::new();
    let mut waiting: Vec<(usize, LaneQuestion)> = Vec::new();
    let mut asked = 0;
    let frames: Vec<&str> = stream.split_inclusive("\n\n").collect();
    for (now, frame) in frames.iter().enumerate() {
        let payload = frame.trim_end().strip_prefix("data: ").expect("an event");
        rewriter.frame(
            Bytes::copy_from_slice(frame.as_bytes()),
            Some(Bytes::copy_from_slice(payload.as_bytes())),
            &mut out,
        )?;
        for question in rewriter.take_questions() {
            waiting.push((now + delays[asked % delays.len()], question));
            asked += 1;
        }
        let (due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(at, _)| *at <= now);
        waiting = later;
        for (_, question) in due.into_iter().rev() {
            rewriter.answer(question.lane, question.asked.window, answer(&question.asked.question));
            rewriter.resume(&mut out)?;
        }
    }
    loop {
        rewriter.close();
        waiting.extend(rewriter.take_questions().into_iter().map(|question| (0, question)));
        let Some((_, question)) = waiting.pop() else { break };
        rewriter.answer(question.lane, question.asked.window, answer(&question.asked.question));
        rewriter.resume(&mut out)?;
    }
    assert!(!rewriter.waits() && !rewriter.is_parked());
    rewriter.finish(&mut out);
    let sent: String = out.into_iter().map(text_of).collect();
    Ok(sent)
}

fn spoken() -> impl Strategy<Value = Vec<Spoken>> {
    let token = select(
        &[
            "The sun ",
            "is out. ",
            "A knife ",
            "lies here. ",
            "and so on and so forth ",
            "这里有",
            "很多人。",
            "\n",
        ][..],
    );
    let tokens = prop::collection::vec(token.prop_map(str::to_owned), 0..14);
    prop::collection::vec(tokens, 1..4).prop_map(|texts| {
        let places = ["0.content", "1.content", "0.call0"];
        places.into_iter().zip(texts).map(|(place, tokens)| Spoken { place, tokens }).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn held_streams_say_the_same_whenever_answers_come(
        spoken in spoken(),
        order in prop::collection::vec(any::<Index>(), 0..30),
        together in any::<bool>(),
        done in any::<bool>(),
        action in select(&["redact", "flag"][..]),
        delays in prop::collection::vec(0usize..12, 1..6),
    ) {
        let judge = judge(&rule(action, "hold"));
        let stream = openai(&spoken, &order, 0, Ending { together, usage: true, done });
        let read_with = |delays: &[usize]| {
            let mut rewriter = rewriter(dialect("openai.chat"), &judge, 2);
            let sent = run(&mut rewriter, &stream, delays).expect("a stream");
            let texts = read(Framing::Sse, sent.as_bytes());
            (texts, sent.matches("\"stop\"").count(), sent.ends_with("data: [DONE]\n\n"), rewriter.outcome())
        };
        let soon = read_with(&[0]);
        prop_assert_eq!(&read_with(&delays), &soon);
        prop_assert_eq!(&read_with(&[1000]), &soon);
        if action == "redact" {
            prop_assert!(soon.0.values().all(|text| !text.contains("knife")), "{:?}", soon.0);
        } else {
            for one in &spoken {
                let text = one.tokens.concat();
                prop_assert_eq!(soon.0.get(one.place).map_or("", |text| text), &text);
            }
        }
    }
}

#[test]
fn a_cut_by_an_answer_ends_its_choice_alone() {
    for (stream, said) in [
        ("hold", "The sun is out and it shines on. No."),
        ("live", "The sun is out and it shines on. A knife lies there on the table. No."),
    ] {
        let judge = judge(&rule("deflect", stream));
        let mut rewriter = rewriter(dialect("openai.chat"), &judge, 2);
        let events = [
            event("0.content", "The sun is out and it shines on. ", 0),
            event("1.content", "All is well in this other choice, and so it stays. ", 0),
            event("0.content", "A knife lies there on the table. ", 0),
            event("1.content", "Really. ", 0),
            "{\"id\":\"c\",\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}".to_owned(),
        ];
        let text: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
        let sent = run(&mut rewriter, &text, &[1]).expect("a stream");
        let texts = read(Framing::Sse, sent.as_bytes());
        let first = texts["0.content"].replace("\n\n", " ");
        assert_eq!(
            first.split_whitespace().collect::<Vec<_>>(),
            said.split_whitespace().collect::<Vec<_>>(),
            "{stream}"
        );
        assert_eq!(texts["1.content"], "All is well in this other choice, and so it stays. Really. ");
        assert!(rewriter.was_cut() && !rewriter.left_open(), "both choices have ended");
    }
}

#[test]
fn a_question_without_an_answer_ends_the_stream() {
    let judge = judge(&rule("deflect", "hold"));
    let mut rewriter = rewriter(dialect("openai.chat"), &judge, 1);
    let mut out = Vec::new();
    let payload = event("0.content", "The sun is out and it shines on and on. ", 0);
    let frame = Bytes::from(format!("data: {payload}\n\n"));
    rewriter.frame(frame, Some(Bytes::from(payload)), &mut out).expect("an event");
    rewriter.close();
    let questions = rewriter.take_questions();
    assert!(!questions.is_empty());
    for question in questions {
        rewriter.answer(question.lane, question.asked.window, Err(Unavailable::Deadline));
    }
    let fault = rewriter.resume(&mut out).expect_err("there is no answer");
    assert!(matches!(fault, StreamFault::Unavailable(Unavailable::Deadline)));
    let sent: String = out.into_iter().map(text_of).collect();
    assert!(read(Framing::Sse, sent.as_bytes()).is_empty(), "nothing unjudged has left: {sent}");
}

fn text_of(frame: Outgoing) -> String {
    let bytes = match frame {
        Outgoing::Permitted(bytes) => bytes.into_inner(),
        Outgoing::Own(bytes) => bytes.into_inner(),
    };
    std::str::from_utf8(&bytes).expect("UTF-8").to_owned()
}
