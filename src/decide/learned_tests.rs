//! Streams that classifiers judge: neither the cutting nor when and in which order answers come may matter.
//!
//! The classifier is a script: a window has a label when one of the label's words stands in it. Answers come
//! late and out of order as the property says.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::judge::{Judge, LaneJudge, Scores, Unavailable, WindowQuestion};
use super::*;
use crate::policy::{Offer, Options, Sources, compile};
use crate::screen::Screen;
use crate::screen::classifier::{Language, Question, Score, Tier};
use crate::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};

/// Labels, and the words that the script sees them in.
const LABELS: [(&str, &[&str]); 3] =
    [("violence", &["knife", "刀"]), ("cyber", &["exploit"]), ("refusal", &["sorry"])];

const OUTPUT: Subject<'static> = Subject {
    phase: Phase::Output,
    role: Role::Assistant,
    channel: Channel::Content,
    encoding: Encoding::Plain,
    model: "qwen",
    tenant: "default",
};

fn judge(rules: &[String], head: &str) -> Option<Judge> {
    let yaml = format!("policy: p\n{head}replies: {{no: \"No.\"}}\nrules:\n{}", rules.concat());
    let labels: Vec<&str> = LABELS.iter().map(|(label, _)| *label).collect();
    let offer = Offer::new(labels.iter().copied(), "digest", |label, _| {
        if LABELS.iter().any(|(known, _)| *known == label) { Ok(()) } else { Err("no such label".to_owned()) }
    });
    let options = Options { offer: Arc::new(offer), ..Options::default() };
    let policies = compile(&Sources::from_files([("p.yaml", yaml.as_str())]), &options).policies?;
    Some(Judge::new(Screen::scripted(Arc::new(policies), &labels).expect("an automaton")))
}

fn rule(id: &str, when: &str, action: &str, stream: &str) -> String {
    let reply = if action == "deflect" { ", reply: no" } else { "" };
    format!("  - {{id: {id}, when: {when}, action: {action}, stream: {stream}{reply}}}\n")
}

/// What the script says.
fn answer(question: &Question) -> Result<Scores, Unavailable> {
    let score = |label| {
        let (_, words) = LABELS[usize::from(crate::screen::classifier::LabelRef::number(label))];
        let seen = words.iter().any(|word| question.text.contains(word));
        let value = if seen { 0.9 } else { 0.1 };
        let span = Span::new(0, question.text.len());
        Score { label, value, holds: seen, span, language: Language::En, tier: Tier::Encoder }
    };
    let mut labels: Vec<_> = question.needed.iter().map(|needed| needed.label).collect();
    labels.sort_unstable();
    labels.dedup();
    Ok(Scores::for_test(labels.into_iter().map(score).collect()))
}

/// What came of a stream.
#[derive(Debug)]
struct Came {
    out: String,
    cut: Option<Outcome>,
    rules: Vec<RuleId>,
}

/// Streams the pieces; each answer comes after as many pieces as `delays` says, the later of two first where
/// they come together.
fn streamed(judge: &Judge, pieces: &[&str], delays: &[usize]) -> Came {
    let mut lane = judge.lane(OUTPUT);
    let mut waiting: Vec<(usize, WindowQuestion)> = Vec::new();
    let mut out = String::new();
    let mut asked = 0;
    let ended = |lane: &LaneJudge, out: &str, cut| {
        let mut rules: Vec<RuleId> = lane
            .verdicts()
            .iter()
            .filter(|one| one.enforced && judge.policies().rule(one.rule).action > Action::Flag)
            .map(|one| one.rule)
            .collect();
        rules.sort_unstable();
        Came { out: out.to_owned(), cut, rules }
    };
    for (now, piece) in pieces.iter().enumerate() {
        let release = lane.push(judge, OUTPUT, piece);
        out.push_str(release.text.as_deref().unwrap_or(piece));
        if release.cut.is_some() {
            return ended(&lane, &out, release.cut);
        }
        for question in lane.take_questions() {
            let delay = delays.get(asked % delays.len().max(1)).copied().unwrap_or(0);
            asked += 1;
            waiting.push((now + delay, question));
        }
        let (due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(at, _)| *at <= now);
        waiting = later;
        for (_, question) in due.into_iter().rev() {
            lane.answer(judge, question.window, answer(&question.question));
            let release = lane.settle(judge, OUTPUT);
            out.push_str(release.text.as_deref().expect("what leaves by itself is said"));
            if release.cut.is_some() {
                return ended(&lane, &out, release.cut);
            }
        }
    }
    lane.close(judge, OUTPUT);
    let rest = lane.take_questions().into_iter().map(|question| (0, question));
    for (_, question) in waiting.into_iter().chain(rest).rev() {
        lane.answer(judge, question.window, answer(&question.question));
    }
    assert!(!lane.waits());
    let release = lane.finish(judge, OUTPUT);
    out.push_str(release.text.as_deref().unwrap_or_default());
    ended(&lane, &out, release.cut)
}

fn when() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        3 => select(&["violence", "cyber"][..]).prop_map(|label| format!("{{classifier: {{category: {label}, min_score: 0.5}}}}")),
        1 => Just("{refusal: {min_score: 0.5}}".to_owned()),
        2 => select(&["bluebird", "红鸟", "bird. A"][..]).prop_map(|word| format!("{{keywords: {{words: [\"{word}\"], match: substring}}}}")),
        1 => Just("{entities: [email]}".to_owned()),
    ];
    let one = one.boxed();
    prop_oneof![
        4 => one.clone(),
        2 => (one.clone(), one.clone()).prop_map(|(a, b)| format!("{{any: [{a}, {b}]}}")),
        1 => (one.clone(), one.clone()).prop_map(|(a, b)| format!("{{all: [{a}, {b}]}}")),
        1 => (one.clone(), one).prop_map(|(a, b)| format!("{{any: [{a}], none: [{b}]}}")),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let piece = select(
        &[
            "A knife lies here. ",
            "The sun is out. ",
            "刀在这里。",
            "天气很好。",
            "an exploit ",
            "sorry, no. ",
            "bluebird ",
            "红鸟",
            "ann@x.example ",
            "Really? ",
            "\n\n",
            "and so on and so forth ",
            "1.5 ",
            "e.g. this ",
            "blue",
            "bird. A",
        ][..],
    );
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn cut_at<'a>(text: &'a str, cuts: &[Index]) -> Vec<&'a str> {
    let mut places: Vec<usize> = cuts
        .iter()
        .map(|index| index.index(text.len() + 1))
        .filter(|at| text.is_char_boundary(*at))
        .collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

fn rules(conditions: &[(String, &str)], stream: impl Fn(usize, &str) -> &'static str) -> Vec<String> {
    let one = |(index, (when, action)): (usize, &(String, &str))| {
        rule(&format!("r{index}"), when, action, stream(index, action))
    };
    conditions.iter().enumerate().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Where rules hold, every cutting and every delay lets the same text out and ends in the same way.
    #[test]
    fn held_streams_do_not_depend_on_cutting_or_delay(
        conditions in prop::collection::vec((when(), select(&["flag", "redact", "deflect", "block"][..])), 1..4),
        text in text(),
        cuts in prop::collection::vec(any::<Index>(), 0..24),
        delays in prop::collection::vec(0usize..9, 1..6),
    ) {
        let Some(judge) = judge(&rules(&conditions, |_, _| "hold"), "") else { return Ok(()) };
        let once = streamed(&judge, &[&text], &[0]);
        let each: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        let pieces = cut_at(&text, &cuts);
        for (pieces, delays) in [(&pieces, &delays[..]), (&pieces, &[0]), (&each, &delays[..]), (&each, &[1000])] {
            let came = streamed(&judge, pieces, delays);
            prop_assert_eq!(&came.out, &once.out);
            prop_assert_eq!(came.cut, once.cut);
            prop_assert_eq!(&came.rules, &once.rules);
        }
    }

    /// Where some are live, every cutting and every delay ends in the same way, and what one lets out is a
    /// beginning of what another does.
    #[test]
    fn live_streams_end_in_the_same_way(
        conditions in prop::collection::vec((when(), select(&["flag", "redact", "deflect", "block"][..]), any::<bool>()), 1..4),
        text in text(),
        cuts in prop::collection::vec(any::<Index>(), 0..24),
        delays in prop::collection::vec(0usize..9, 1..6),
    ) {
        let live: Vec<bool> = conditions.iter().map(|(_, _, live)| *live).collect();
        let conditions: Vec<(String, &str)> = conditions.into_iter().map(|(when, action, _)| (when, action)).collect();
        let stream = |index: usize, action: &str| if live[index] && action != "redact" { "live" } else { "hold" };
        let Some(judge) = judge(&rules(&conditions, stream), "") else { return Ok(()) };
        let each: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        let soon = streamed(&judge, &each, &[0]);
        let pieces = cut_at(&text, &cuts);
        for (pieces, delays) in [(&pieces, &delays[..]), (&pieces, &[0]), (&each, &delays[..]), (&each, &[1000])] {
            let came = streamed(&judge, pieces, delays);
            prop_assert_eq!(came.cut, soon.cut);
            prop_assert_eq!(&came.rules, &soon.rules);
            let prefix = came.out.starts_with(&soon.out) || soon.out.starts_with(&came.out);
            prop_assert!(prefix, "{:?} {:?}", came.out, soon.out);
        }
    }
}

fn whole(
    judge: &Judge,
    text: &str,
    subject: Subject<'_>,
    answer: impl Fn(&Question) -> Result<Scores, Unavailable>,
) -> judge::Judgement {
    let segment = Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role: subject.role,
        encoding: Encoding::Plain,
        parts: text.split('|').map(|part| Part { text: part.into(), source: 0..0 }).collect(),
    };
    let asked = judge.inquire(&segment, subject);
    let answered = asked.map(|inquiry| {
        let answer = answer(&inquiry.question);
        (inquiry, answer)
    });
    judge.conclude(
        judge.look(&segment, subject),
        subject,
        answered.as_ref().map(|(inquiry, answer)| (inquiry, answer)),
    )
}

const VIOLENCE: &str = "{classifier: {category: violence, min_score: 0.5}}";

#[test]
fn a_whole_text_is_judged_by_its_answer() {
    let judge = judge(&[rule("r", VIOLENCE, "redact", "hold")], "").expect("a judge");
    let judgement = whole(&judge, "a knife|and a fork", OUTPUT, answer);
    assert_eq!(judgement.verdicts.len(), 1);
    // A break of lines that was put between the parts is not counted.
    assert_eq!(judgement.verdicts[0].spans, [Span::new(0, "a knifeand a fork".len())]);
    let scored = judgement.findings.hits[0].score.expect("a score");
    assert_eq!((scored.score.get(), scored.threshold.get()), (0.9, 0.5));
    assert!(whole(&judge, "a spoon", OUTPUT, answer).verdicts.is_empty());
}

#[test]
fn who_gets_no_answer_does_what_the_policy_says() {
    let down = |_: &Question| Err(Unavailable::Deadline);
    let check = |head: &str, action: &str, expected: (Option<Unavailable>, u32)| {
        let judge = judge(&[rule("r", VIOLENCE, action, "hold")], head).expect("a judge");
        let learned = whole(&judge, "a knife", OUTPUT, down).findings.learned;
        assert_eq!((learned.down, learned.unjudged), expected, "{head} {action}");
    };
    check("", "block", (Some(Unavailable::Deadline), 0));
    check("failure: closed\n", "redact", (Some(Unavailable::Deadline), 0));
    check("failure: open\n", "block", (None, 1));
    // What changes nothing is not worth refusing for.
    check("", "flag", (None, 1));
    check("mode: monitor\n", "block", (None, 1));
}

#[test]
fn only_texts_in_scope_are_asked_about() {
    let check = |head: &str, subject: Subject<'_>, expected: bool| {
        let judge = judge(&[rule("r", VIOLENCE, "block", "hold")], head).expect("a judge");
        let judgement = whole(&judge, "a knife", subject, answer);
        assert_eq!(!judgement.verdicts.is_empty(), expected, "{head}");
        let mut lane = judge.lane(subject);
        let _ = lane.push(&judge, subject, "a knife");
        lane.close(&judge, subject);
        assert_eq!(!lane.take_questions().is_empty(), expected, "{head}");
    };
    let input = Subject { phase: Phase::Input, role: Role::User, ..OUTPUT };
    check("", OUTPUT, true);
    check("scope: {phase: [input]}\n", OUTPUT, false);
    check("scope: {phase: [input]}\n", input, true);
    check("scope: {roles: [tool]}\n", input, false);
    check("scope: {channels: [reasoning]}\n", OUTPUT, false);
    check("scope: {models: [\"llama*\"]}\n", OUTPUT, false);
    check("scope: {tenants: [a]}\n", OUTPUT, false);
    check("mode: \"off\"\n", OUTPUT, false);
    let judge = judge(&[rule("r", VIOLENCE, "block", "hold")], "").expect("a judge");
    assert!(whole(&judge, " \n", OUTPUT, |_| Err(Unavailable::Failed)).findings.learned.down.is_none());
}

#[test]
fn a_refusal_is_noted_and_only_looked_for_in_replies() {
    let judge = judge(&[rule("r", "{refusal: {min_score: 0.5}}", "flag", "hold")], "").expect("a judge");
    assert!(whole(&judge, "sorry", OUTPUT, answer).findings.learned.refused.is_some());
    let input = Subject { phase: Phase::Input, role: Role::User, ..OUTPUT };
    let judgement = whole(&judge, "sorry", input, answer);
    assert!(judgement.verdicts.is_empty() && judgement.findings.learned.refused.is_none());
}

#[test]
fn a_language_is_decided_by_the_beginning() {
    let judge = judge(&[rule("r", "{language: [zh]}", "block", "hold")], "").expect("a judge");
    let long = "今天天气很好。".repeat(300);
    for (text, blocked) in [
        ("你好，世界", true),
        ("What is the best way to get in touch with somebody tonight?", false),
        (&*long, true),
    ] {
        let judgement = whole(&judge, text, OUTPUT, answer);
        assert_eq!(!judgement.verdicts.is_empty(), blocked);
        let each: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        for pieces in [vec![text], each] {
            let came = streamed(&judge, &pieces, &[0]);
            assert_eq!(came.cut.is_some(), blocked);
            assert_eq!(came.out, if blocked { "" } else { text });
        }
    }
}
