//! A log written by the writer itself and real policies, judged again.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use super::*;
use crate::audit::filter::Filter;
use crate::audit::marks::{self, Word};
use crate::audit::{Capture, Draft, Durability, Ended, Finding, Limits, Log};
use crate::gateway::rules::{Rulebook, load};
use crate::policy::{Action, Severity};
use crate::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment};

fn rules(rules: &str) -> Rulebook {
    let dir = tempfile::tempdir().unwrap();
    let replies = "replies: {no: {en: 'No.'}}\n";
    std::fs::write(dir.path().join("p.yaml"), format!("policy: p\nrules:\n{rules}\n{replies}")).unwrap();
    let loaded = load(dir.path()).unwrap();
    let shown = loaded.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    loaded.rulebook.unwrap_or_else(|| panic!("{shown}"))
}

fn rule(id: &str, word: &str, action: &str) -> String {
    let reply = if action == "deflect" { ", reply: no" } else { "" };
    format!("  - {{id: {id}, when: {{keywords: ['{word}']}}, action: {action}{reply}}}\n")
}

fn segment(role: Role, parts: &[&str]) -> Segment<'static> {
    let parts = parts.iter().map(|part| Part { text: (*part).to_owned().into(), source: 0..0 }).collect();
    Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role,
        encoding: Encoding::Plain,
        parts,
    }
}

/// An exchange as the gateway records it: what was asked, what the model said, what the client got.
struct Past {
    asked: Vec<Segment<'static>>,
    said: Option<&'static str>,
    got: &'static str,
    found: Option<(&'static str, Phase)>,
    action: Action,
}

fn draft(number: usize, past: &Past, capture: Capture) -> Draft {
    let (prompt, mut texts) = capture.conversation(&past.asked);
    let said: Vec<_> = past.said.iter().map(|said| segment(Role::Assistant, &[*said])).collect();
    let (original, places) = capture.said(&said, Some(past.got));
    texts.extend(places);
    let finding = past.found.map(|(rule, phase)| Finding {
        phase,
        segment: 0,
        role: if phase == Phase::Input { Role::User } else { Role::Assistant },
        channel: Channel::Content,
        policy: "p".into(),
        rule: rule.into(),
        detector: "keywords".into(),
        category: None,
        severity: Severity::Medium,
        score: None,
        spans: vec![(0, 4)],
        excerpt: Some("what it found".into()),
        mark: Some((5, 7)),
        transforms: Vec::new(),
        spans_cut: 0,
    });
    Draft {
        id: format!("0199c0de-0000-7000-8000-{number:012}"),
        model: "qwen3-8b".into(),
        tenant: "default".into(),
        action: past.action,
        rule: finding.as_ref().map(|finding| format!("p/{}", finding.rule).into()),
        findings: finding.into_iter().collect(),
        ended: Ended::Complete,
        prompt,
        reply: capture.reply(past.got),
        original,
        texts,
        ..Draft::default()
    }
}

fn write(dir: &Path, drafts: impl IntoIterator<Item = Draft>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (log, _) = Log::open(dir, Durability::Strict, Limits::default()).unwrap();
        for draft in drafts {
            log.open_entry().unwrap().complete(draft).await.unwrap();
        }
        log.close().await.unwrap();
    });
}

fn user(text: &'static str) -> Vec<Segment<'static>> {
    vec![segment(Role::System, &["be kind"]), segment(Role::User, &[text])]
}

fn log() -> [Past; 7] {
    let past = |asked, said, got, found, action| Past { asked, said, got, found, action };
    [
        past(user("nothing here"), Some("fine"), "fine", None, Action::Allow),
        // Answered in place of the model.
        past(user("alpha"), None, "No.", Some(("a", Phase::Input)), Action::Deflect),
        past(user("user: beta"), Some("ok"), "ok", Some(("b", Phase::Input)), Action::Flag),
        // The client did not get what the model said.
        past(user("tell"), Some("it is gamma, yes"), "No.", Some(("c", Phase::Output)), Action::Deflect),
        // Two parts of one text, and a text that pretends to be another.
        past(
            vec![segment(Role::User, &["del", "ta"]), segment(Role::User, &["x\n\nsystem: alpha"])],
            Some("ok"),
            "ok",
            None,
            Action::Allow,
        ),
        past(user("epsilon"), Some("alpha"), "alpha", None, Action::Allow),
        past(user("mild"), Some("mild"), "mild", Some(("m", Phase::Input)), Action::Flag),
    ]
}

fn replay(dir: &Path, after: &Rulebook, marks: Option<&Marks>, query: &str) -> Report {
    let filter = Filter::parse(query, jiff::Timestamp::now()).unwrap();
    let replay = Replay::new(&after.judge).with_examples(2);
    let replay = marks.map_or(replay, |marks| replay.with_marks(marks));
    replay.run(records::all(dir, &filter).unwrap(), |_| ControlFlow::Continue(())).unwrap()
}

fn changes(report: &Report) -> String {
    let mut lines: Vec<String> = report
        .rules
        .iter()
        .map(|rule| {
            let gone = if rule.exists { "" } else { " gone" };
            format!("{} +{} -{} ={}{gone}", rule.rule, rule.newly, rule.no_longer, rule.still)
        })
        .collect();
    lines.sort();
    let actions = report.actions.iter().map(|change| {
        format!("{}→{} {}", change.was.action.as_str(), change.is.action.as_str(), change.count)
    });
    let mut actions: Vec<String> = actions.collect();
    actions.sort();
    lines.extend(actions);
    lines.push(format!("{} of {}", report.changed, report.judged));
    lines.join("; ")
}

#[test]
fn what_would_change() {
    let dir = tempfile::tempdir().unwrap();
    let log = log();
    write(dir.path(), log.iter().enumerate().map(|(number, past)| draft(number, past, Capture::Full)));
    let all = [
        rule("a", "alpha", "deflect"),
        rule("b", "beta", "flag"),
        rule("c", "gamma", "deflect"),
        rule("m", "mild", "flag"),
    ];
    let check = |changed: &[String], query: &str, expected: &str| {
        let report = replay(dir.path(), &rules(&changed.concat()), None, query);
        assert_eq!(changes(&report), expected, "{changed:?}");
        report
    };
    // As the log has it, but for what was made up: records 5 and 6 hold `alpha` and got by.
    let report = check(&all, "", "p/a +2 -0 =1; allow→deflect 2; 2 of 7");
    assert_eq!((report.reply_unknown, report.reply_spared), (0, 1));
    // A prompt that is let through now: nobody knows the reply.
    let report = check(&all[1..], "", "p/a +0 -1 =0 gone; deflect→allow 1; 1 of 7");
    assert_eq!((report.reply_unknown, report.reply_spared), (1, 0));
    // The model's own words are judged again, not those that the client got.
    let report = check(
        &[all[0].clone(), all[1].clone(), all[3].clone()],
        "action:deflect",
        "p/c +0 -1 =0 gone; deflect→allow 1; 1 of 2",
    );
    assert_eq!(report.not_chosen, 5);
    assert_eq!(report.examples[0].seen.text.as_deref(), Some("what it found"));
    // Another action, the same finding.
    let harsher = [all[0].clone(), rule("b", "beta", "block"), all[2].clone(), all[3].clone()];
    let report = check(&harsher, "seq:3", "flag→block 1; 1 of 1");
    assert_eq!(report.examples[0].kind, report::Kind::Otherwise);
    // Across the seam of two parts.
    let seam = [&all[..], &[rule("d", "delta", "flag")]].concat();
    let report = check(&seam, "seq:5", "p/a +1 -0 =0; p/d +1 -0 =0; allow→deflect 1; 1 of 1");
    let seen = &report.examples.iter().find(|example| &*example.rule == "p/d").unwrap().seen;
    assert_eq!((seen.text.as_deref(), seen.mark), (Some("delta"), Some((0, 5))));
    // Two examples at most of each rule and kind.
    let every = [rule("x", "x", "flag"), rule("e", "e", "flag").replace("keywords", "patterns")];
    let report = replay(dir.path(), &rules(&every.concat()), None, "");
    let newly = |one: &&report::Example| &*one.rule == "p/e" && one.kind == report::Kind::Newly;
    assert_eq!(report.examples.iter().filter(newly).count(), 2);
}

#[test]
fn what_cannot_be_judged_again_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let past = &log()[0];
    let long: &'static str = Box::leak("x".repeat(300 * 1024).into_boxed_str());
    let cut = Past { asked: user(long), said: None, got: "", found: None, action: Action::Allow };
    let older = Draft { texts: Vec::new(), ..draft(9, past, Capture::Full) };
    let drafts = [
        draft(0, past, Capture::None),
        draft(1, past, Capture::Excerpt),
        older,
        draft(3, &cut, Capture::Full),
        Draft { ended: Ended::Refused, ..Draft::default() },
        draft(5, past, Capture::Full),
    ];
    write(dir.path(), drafts);
    let report = replay(dir.path(), &rules(&rule("a", "alpha", "flag")), None, "");
    let left_out: Vec<(LeftOut, u64)> = report.left_out.clone().into_iter().collect();
    assert_eq!(left_out, [(LeftOut::NoText, 2), (LeftOut::NotInFull, 2), (LeftOut::Cut, 1)]);
    assert_eq!((report.judged, report.left_out(), report.is_changed()), (1, 5, false));
    let every = Filter::default();
    assert_eq!(records::newest(dir.path(), &every, 2).unwrap().count(), 2);
}

#[test]
fn what_becomes_of_marks() {
    let dir = tempfile::tempdir().unwrap();
    let log = log();
    write(dir.path(), log.iter().enumerate().map(|(number, past)| draft(number, past, Capture::Full)));
    let mark = |seq: u64, words: &[Word]| {
        let id = format!("0199c0de-0000-7000-8000-{:012}", seq - 1);
        marks::add(dir.path(), None, (&id, seq), words.iter().cloned(), None, None).unwrap();
    };
    mark(2, &[Word::TruePositive { rule: "p/a".into() }]);
    mark(3, &[Word::FalsePositive { rule: "p/b".into() }]);
    mark(6, &[Word::Missed { labels: vec!["harmful".into()] }]);
    mark(7, &[Word::FalsePositive { rule: "p/m".into() }]);
    let marks = Marks::read(dir.path()).unwrap();
    let after = rules(&[rule("m", "mild", "flag"), rule("e", "epsilon", "flag")].concat());
    let changes = replay(dir.path(), &after, Some(&marks), "").marks;
    assert_eq!((changes.cleared, changes.false_positives_left), (1, 1));
    assert_eq!((changes.lost, changes.true_positives_kept), (1, 0));
    assert_eq!((changes.caught, changes.still_missed), (1, 0));
    assert_eq!((changes.cleared_marks[0].key.seq, changes.lost_marks[0].key.seq), (3, 2));
}

#[test]
fn a_corpus_against_two_folders() {
    let text = r#"{"text": "alpha", "id": "one"}
{"text": "it is alpha", "role": "response"}

not json
{"text": "beta", "role": "nobody"}
{"text": "beta", "id": 7}"#;
    let (before, after) = (rules(&rule("a", "alpha", "flag")), rules(&rule("b", "beta", "block")));
    let mut told = Vec::new();
    let rows = corpus::rows(Cursor::new(text), |line, reason| told.push(format!("{line}: {reason}")));
    let replay = Replay::new(&after.judge).against(&before.judge);
    let report = replay.run(rows, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(changes(&report), "p/a +0 -2 =0 gone; p/b +1 -0 =0; allow→block 1; flag→allow 2; 3 of 3");
    assert_eq!(report.left_out.get(&LeftOut::Unreadable), Some(&2));
    assert!(told[0].starts_with("4: ") && told[1].starts_with("5: unknown role"), "{told:?}");
    let ids: Vec<&str> = report.examples.iter().map(|example| example.key.id.as_str()).collect();
    assert_eq!(ids, ["one", "2", "7"]);
    // Stopped: it tells what it has.
    let rows = corpus::rows(Cursor::new(text), |_, _| {});
    let report = replay.run(rows, |_| ControlFlow::Break(())).unwrap();
    assert!(report.stopped && report.judged == 3);
}
