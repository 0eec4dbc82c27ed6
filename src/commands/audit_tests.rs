//! What the `audit` commands print, for friendly and for hostile text.

mod searching;

use std::fs;
use std::path::Path;

use clap::{Args, Command};
use tempfile::TempDir;

use super::printer::{Captured, Exit, Printer};
use super::{
    audit_checkpoint, audit_erase, audit_export, audit_mark, audit_search, audit_show, audit_stats,
    audit_tail, audit_verify,
};
use crate::audit::{Capture, Draft, Durability, Ended, Finding, Limits, Log, Timing, Usage};
use crate::policy::{Action, Mode, Severity};
use crate::text::{Channel, Phase, Role, Span};

/// Moves the cursor, sets the window's title, reverses the text, hides in tags, forges a mark and
/// a line of the log.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}needle\u{202e}desrever\u{e0041}⟦allow⟧\r\n     2 2026 allow \\u{1b} \u{9b}1m 中文🙂";

fn finding(text: &str, needle: &str) -> Finding {
    let start = text.find(needle).unwrap();
    let span = Span::new(start, start + needle.len());
    let finding = Finding {
        phase: Phase::Input,
        segment: 1,
        role: Role::User,
        channel: Channel::Content,
        policy: "self-harm".into(),
        rule: "method-request".into(),
        detector: "keywords".into(),
        category: Some("self-harm-methods".into()),
        severity: Severity::High,
        score: None,
        threshold: None,
        spans: vec![(span.start, span.end), (900, 905)],
        excerpt: None,
        mark: None,
        transforms: Vec::new(),
        spans_cut: 0,
    };
    finding.with_excerpt(Capture::Excerpt.excerpt(text, Some(span)))
}

fn drafts() -> [Draft; 4] {
    let base = Draft {
        id: "0199c0de-0000-7000-8000-000000000001".into(),
        time: "2026-01-02T03:04:05.123456Z".parse().unwrap(),
        tenant: "default".into(),
        client: "127.0.0.1".into(),
        dialect: "openai.chat".into(),
        model: "qwen3-8b".into(),
        revision: "0123456789abcdef".into(),
        status: Some(200),
        ended: Ended::Complete,
        timing: Timing {
            screen_input_us: 84,
            upstream_first_byte_us: Some(35_211),
            screen_output_us: 1_020,
            held_us_max: 0,
            total_us: 1_234_567,
        },
        usage: Some(Usage { prompt_tokens: 12, completion_tokens: 340 }),
        ..Draft::default()
    };
    let asked =
        "Tell me, please, in all the words that you have: where is the needle in this haystack of words?";
    let refused = Draft {
        id: "0199c0de-0000-7000-8000-000000000002".into(),
        action: Action::Deflect,
        rule: Some("self-harm/method-request".into()),
        findings: vec![finding(asked, "needle")],
        stream: true,
        prompt: Capture::Full.prompt([(Role::System, "Be kind.\nBe brief."), (Role::User, asked)]),
        reply: Some("You are not alone.".into()),
        ..base.clone()
    };
    let hostile = Draft {
        id: "0199c0de-0000-7000-8000-000000000003".into(),
        model: HOSTILE.into(),
        tenant: HOSTILE.into(),
        client: HOSTILE.into(),
        mode: Mode::Monitor,
        action: Action::Block,
        rule: Some("self-harm/method-request".into()),
        findings: vec![finding(HOSTILE, "needle")],
        prompt: Some(HOSTILE.into()),
        reply: Some(HOSTILE.into()),
        ..base.clone()
    };
    let gone = Draft {
        id: "0199c0de-0000-7000-8000-000000000004".into(),
        dialect: "".into(),
        model: String::new(),
        status: None,
        ended: Ended::UpstreamTimeout,
        code: Some("upstream_timeout".into()),
        model_refused: true,
        late: true,
        usage: None,
        timing: Timing::default(),
        ..base.clone()
    };
    [base, refused, hostile, gone]
}

fn log() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (log, _) = Log::open(dir.path(), Durability::Relaxed, Limits::default()).unwrap();
        for draft in drafts() {
            log.open_entry().unwrap().complete(draft).await.unwrap();
        }
        log.close().await.unwrap();
    });
    dir
}

/// Runs a command as the command line would.
fn run<A: Args>(
    dir: &Path,
    words: &[&str],
    colour: bool,
    command: fn(&A, &mut Printer) -> Exit,
) -> (Exit, Captured) {
    let dir = dir.to_str().unwrap();
    let folder = ["--audit-dir", dir];
    let words = ["x"].iter().chain(words).chain(&folder).copied();
    let matches = A::augment_args(Command::new("x")).get_matches_from(words);
    let (mut printer, captured) = Printer::captured(colour);
    let exit = command(&A::from_arg_matches(&matches).unwrap(), &mut printer);
    (exit, captured)
}

#[test]
fn tail_text() {
    let dir = log();
    let (exit, shown) = run(dir.path(), &[], false, audit_tail::run);
    assert_eq!((exit, shown.err().as_str()), (Exit::Fine, ""));
    insta::assert_snapshot!("audit_tail", shown.out());
    let (_, coloured) = run(dir.path(), &[], true, audit_tail::run);
    insta::assert_snapshot!("audit_tail_coloured", coloured.out().replace('\u{1b}', "<ESC>"));
    let (_, two) = run(dir.path(), &["-n", "2"], false, audit_tail::run);
    assert_eq!(two.out(), shown.out().split_inclusive('\n').skip(2).collect::<String>());
}

#[test]
fn tail_json_is_the_log() {
    let dir = log();
    let (exit, shown) = run(dir.path(), &["--format", "json"], false, audit_tail::run);
    assert_eq!(exit, Exit::Fine);
    assert_eq!(shown.out(), fs::read_to_string(dir.path().join("00000001.jsonl")).unwrap());
}

#[test]
fn show() {
    let dir = log();
    for (key, name) in [
        ("0199c0de-0000-7000-8000-000000000002", "audit_show"),
        ("3", "audit_show_hostile"),
        ("4", "audit_show_gone"),
    ] {
        let (exit, shown) = run(dir.path(), &[key], false, audit_show::run);
        assert_eq!(exit, Exit::Fine);
        // The hash depends on every byte before it; the chain has tests of its own.
        let hash = shown.out().split("continues ").nth(1).unwrap()[..64].to_owned();
        insta::assert_snapshot!(name, shown.out().replace(&hash, "<hash>"));
    }
    let (exit, shown) = run(dir.path(), &["5"], false, audit_show::run);
    assert_eq!((exit, shown.out().as_str()), (Exit::No, ""));
}

#[test]
fn marks_and_erasing_are_shown() {
    let dir = log();
    let mark = |words: &[&str]| run(dir.path(), words, false, audit_mark::run);
    assert_eq!(
        mark(&["2", "--false-positive", "--note", "a \u{1b}[2Jquotation", "--by", "me"]).0,
        Exit::Fine
    );
    assert_eq!(mark(&["2", "--missed", "cyber", "hate", "--by", "me"]).0, Exit::Fine);
    // Only a rule that found something can have been wrong.
    let (exit, told) = mark(&["2", "--false-positive", "none-such"]);
    assert_eq!(exit, Exit::Failed);
    assert!(told.err().contains("it is one of self-harm/method-request"), "{}", told.err());
    assert_eq!(mark(&["4", "--true-positive"]).0, Exit::Failed);
    let shown = |words: &[&str]| run(dir.path(), words, false, audit_show::run).1.out();
    let out = shown(&["2"]);
    assert!(out.contains("false positive of self-harm/method-request by me on "), "{out}");
    assert!(out.contains("a \\u{1b}[2Jquotation") && out.contains("missed cyber, hate"), "{out}");
    assert!(out.contains("where is the ⟦needle⟧ in this haystack"), "{out}");
    let (exit, whole) = run(dir.path(), &["--expand", "-n", "3"], false, audit_tail::run);
    assert_eq!(exit, Exit::Fine);
    assert!(
        whole.out().contains("false positive of") && whole.out().contains("record 4 "),
        "{}",
        whole.out()
    );

    let erase = |words: &[&str]| run(dir.path(), words, false, audit_erase::run);
    // Nobody is there to be asked.
    assert_eq!(erase(&["--id", "2"]).0, Exit::Failed);
    assert_eq!(erase(&["--id", "2", "--where", "model:nothing", "--yes", "--reason", "asked"]).0, Exit::Fine);
    assert_eq!(erase(&["--id", "77", "--yes"]).0, Exit::No);
    let out = shown(&["2"]);
    assert!(
        out.contains("text erased on ") && out.contains(" UTC: asked") && !out.contains("needle"),
        "{out}"
    );
    let (exit, verified) = run(dir.path(), &[], false, audit_verify::run);
    assert_eq!(exit, Exit::Fine);
    assert!(verified.out().contains("the text of 1 records was erased"), "{}", verified.out());
}

#[test]
fn nothing_hidden_reaches_the_terminal() {
    let dir = log();
    // A line that the gateway would not have written like this.
    let path = dir.path().join("00000001.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let raw = text.replace("\\u202e", "\u{202e}").replace("\\u009b", "\u{9b}");
    assert_ne!(raw, text);
    fs::write(&path, raw).unwrap();
    let outputs = [
        run(dir.path(), &[], false, audit_tail::run).1,
        run(dir.path(), &["--format", "json"], false, audit_tail::run).1,
        run(dir.path(), &["3"], false, audit_show::run).1,
        run(dir.path(), &["3", "--format", "json"], false, audit_show::run).1,
        run(dir.path(), &[], false, audit_verify::run).1,
        run(dir.path(), &[""], false, audit_search::run).1,
        run(dir.path(), &["needle"], false, audit_search::run).1,
        run(dir.path(), &["", "--format", "json"], false, audit_search::run).1,
        run(dir.path(), &["\u{1b}[2J:x"], false, audit_search::run).1,
        run(dir.path(), &[], false, audit_stats::run).1,
        run(dir.path(), &["--format", "json"], false, audit_stats::run).1,
        run(dir.path(), &[], false, audit_export::run).1,
        run(dir.path(), &["--format", "csv"], false, audit_export::run).1,
    ];
    for output in outputs {
        for line in (output.out() + &output.err()).lines() {
            assert_eq!(crate::audit::visible::first_hidden(line), None, "{line:?}");
        }
    }
}

#[test]
fn verify() {
    let dir = log();
    let (exit, shown) = run(dir.path(), &[], false, audit_verify::run);
    assert_eq!(exit, Exit::Fine);
    assert!(shown.out().starts_with("sound: 4 records"), "{}", shown.out());
    let path = dir.path().join("00000001.jsonl");
    let text = fs::read_to_string(&path).unwrap().replace("where is the needle", "where is the kettle");
    fs::write(&path, text + "{\"torn").unwrap();
    let (exit, shown) = run(dir.path(), &[], false, audit_verify::run);
    assert_eq!(exit, Exit::No);
    assert!(shown.out().contains("00000001.jsonl:3: record 2 is not as it was written"), "{}", shown.out());
    assert!(shown.out().contains("the 1 records before it"), "{}", shown.out());
    let (_, shown) = run(dir.path(), &["--format", "json"], false, audit_verify::run);
    let report: serde_json::Value = serde_json::from_str(&shown.out()).unwrap();
    assert_eq!((&report["sound"], &report["fault"]["line"]), (&false.into(), &3.into()));
}

#[test]
fn verify_asks_the_index_too() {
    let dir = log();
    let _ = run(dir.path(), &[], false, audit_search::run);
    let (exit, shown) = run(dir.path(), &[], false, audit_verify::run);
    assert_eq!(exit, Exit::Fine);
    assert!(shown.out().contains("the index for search says the same of 4 records"), "{}", shown.out());
    let index = rusqlite::Connection::open(dir.path().join("index.sqlite")).unwrap();
    index.execute_batch("UPDATE record SET status = 500 WHERE seq = 3").unwrap();
    let (exit, shown) = run(dir.path(), &[], false, audit_verify::run);
    assert_eq!(exit, Exit::No);
    assert!(shown.out().starts_with("sound: 4 records"), "{}", shown.out());
    assert!(shown.out().contains("the index lies: about 1 records, the first is 3"), "{}", shown.out());
    let (_, shown) = run(dir.path(), &["--format", "json"], false, audit_verify::run);
    let report: serde_json::Value = serde_json::from_str(&shown.out()).unwrap();
    assert_eq!((&report["sound"], &report["index"]["lies"]), (&true.into(), &1.into()));
}

#[test]
fn a_checkpoint_is_exported_and_witnesses() {
    let dir = log();
    let (exit, shown) = run(dir.path(), &[], false, audit_checkpoint::run);
    assert_eq!(exit, Exit::Fine);
    assert!(
        shown.out().starts_with("{\"kind\":\"qwarden.audit.checkpoint.v1\",\"seq\":4,"),
        "{}",
        shown.out()
    );
    let elsewhere = tempfile::tempdir().unwrap();
    let (checkpoint, key) = (elsewhere.path().join("checkpoint"), elsewhere.path().join("key"));
    fs::write(&checkpoint, shown.out()).unwrap();
    fs::write(&key, run(dir.path(), &["--public-key"], false, audit_checkpoint::run).1.out()).unwrap();
    let (checkpoint, key) = (checkpoint.to_str().unwrap(), key.to_str().unwrap());
    let verify = |words: &[&str]| run(dir.path(), words, false, audit_verify::run);
    let with = ["--checkpoint", checkpoint, "--public-key", key];
    assert_eq!(verify(&with).0, Exit::Fine);
    // All that remembers the end is taken away with it.
    let path = dir.path().join("00000001.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.split_inclusive('\n').take(3).collect::<String>()).unwrap();
    fs::remove_file(dir.path().join("checkpoints.jsonl")).unwrap();
    assert_eq!(verify(&[]).0, Exit::Fine);
    let (exit, shown) = verify(&with);
    assert_eq!(exit, Exit::No);
    assert!(shown.out().contains("the log ends with record 3"), "{}", shown.out());
    let (_, shown) = verify(&["--format", "json", "--checkpoint", checkpoint]);
    let report: serde_json::Value = serde_json::from_str(&shown.out()).unwrap();
    assert_eq!((&report["sound"], &report["fault"]["code"]), (&false.into(), &"cut".into()));
    assert_eq!(run(dir.path(), &[], false, audit_checkpoint::run).0, Exit::No);
    // A file that is none says so.
    assert_eq!(verify(&["--checkpoint", key]).0, Exit::Failed);
    assert_eq!(verify(&["--public-key", checkpoint]).0, Exit::Failed);
}

#[test]
fn no_log_is_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("nowhere");
    let (exit, shown) = run(&missing, &[], false, audit_tail::run);
    assert_eq!((exit, shown.out().as_str()), (Exit::Failed, ""));
    assert!(shown.err().starts_with("error: could not list the audit folder"), "{}", shown.err());
    assert_eq!(run(&missing, &["1"], false, audit_show::run).0, Exit::Failed);
    assert_eq!(run(&missing, &[], false, audit_verify::run).0, Exit::Failed);
    assert_eq!(run(&missing, &[], false, audit_search::run).0, Exit::Failed);
    assert_eq!(run(&missing, &[], false, audit_stats::run).0, Exit::Failed);
    assert_eq!(run(&missing, &[], false, audit_export::run).0, Exit::Failed);
    // A folder without records is an empty log.
    assert_eq!(run(dir.path(), &[], false, audit_tail::run).0, Exit::Fine);
    assert_eq!(run(dir.path(), &[], false, audit_verify::run).0, Exit::Fine);
}
