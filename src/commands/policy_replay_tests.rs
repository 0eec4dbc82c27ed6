//! What `policy replay` prints and how it ends, over a log that the writer wrote, and over a corpus.

use std::fs;
use std::path::Path;

use clap::{Args as _, Command};
use tempfile::TempDir;

use super::policy_replay::{self, Args};
use super::printer::{Exit, Printer};
use crate::audit::marks::{self, Word};
use crate::audit::{Capture, Draft, Durability, Ended, Finding, Limits, Log};
use crate::policy::{Action, Severity};
use crate::text::{Channel, Encoding, Lane, Part, Role, Segment};

const WORDS: [&str; 3] = ["it is needle\u{1b}[31m⟦", "nothing", "a haystack"];

fn policies(dir: &Path, word: &str, action: &str) {
    fs::create_dir_all(dir).unwrap();
    let rule = format!("rules: [{{id: r, when: {{keywords: ['{word}']}}, action: {action}}}]\n");
    fs::write(dir.join("p.yaml"), format!("policy: p\n{rule}")).unwrap();
}

fn draft(seq: u64, text: &str, capture: Capture) -> Draft {
    let segment = Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role: Role::User,
        encoding: Encoding::Plain,
        parts: vec![Part { text: text.into(), source: 0..0 }],
    };
    let (prompt, texts) = capture.conversation(std::slice::from_ref(&segment));
    let finding = text.contains("needle").then(|| Finding {
        category: None,
        severity: Severity::Medium,
        spans: vec![(6, 12)],
        excerpt: Some(text.to_owned()),
        mark: Some((6, 12)),
        ..crate::audit::record::tests::finding()
    });
    Draft {
        id: format!("0199c0de-0000-7000-8000-{seq:012}"),
        action: if finding.is_some() { Action::Flag } else { Action::Allow },
        rule: finding.is_some().then(|| "p/r".into()),
        findings: finding.into_iter().collect(),
        ended: Ended::Complete,
        prompt,
        texts,
        ..Draft::default()
    }
}

/// A folder with a log of three exchanges in full and one that is not, and two policies folders.
fn scene() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    policies(&dir.path().join("same"), "needle", "flag");
    policies(&dir.path().join("other"), "haystack", "block");
    fs::create_dir(dir.path().join("broken")).unwrap();
    fs::write(dir.path().join("broken/p.yaml"), "policy: p\nrules: oops\n").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let audit = dir.path().join("audit");
        let (log, _) = Log::open(&audit, Durability::Strict, Limits::default()).unwrap();
        for (seq, text) in (1..).zip(WORDS) {
            log.open_entry().unwrap().complete(draft(seq, text, Capture::Full)).await.unwrap();
        }
        log.open_entry().unwrap().complete(draft(4, "needle", Capture::Excerpt)).await.unwrap();
        log.close().await.unwrap();
        let word = Word::FalsePositive { rule: "p/r".into() };
        let id = draft(1, "", Capture::None).id;
        marks::add(&audit, None, (&id, 1), [word], None, None).unwrap();
    });
    let rows = "{\"text\": \"needle\"}\n{\"text\": \"haystack\", \"id\": \"two\"}\n";
    fs::write(dir.path().join("corpus.jsonl"), rows).unwrap();
    dir
}

fn run(dir: &TempDir, line: &str) -> (Exit, String, String) {
    let at = dir.path().display().to_string();
    let words = line.split_whitespace().map(|word| word.replace("AT", &at).replace('+', " "));
    let words = std::iter::once("replay".to_owned()).chain(words);
    let matches = Args::augment_args(Command::new("replay")).try_get_matches_from(words).unwrap();
    let args = <Args as clap::FromArgMatches>::from_arg_matches(&matches).unwrap();
    let (mut printer, captured) = Printer::captured(false);
    let exit = policy_replay::run(&args, &mut printer);
    drop(printer);
    (exit, captured.out().replace(&at, "AT"), captured.err().replace(&at, "AT"))
}

#[test]
fn what_it_prints() {
    let dir = scene();
    let (exit, out, err) = run(&dir, "AT/other --audit-dir AT/audit");
    assert_eq!((exit, err.as_str()), (Exit::Fine, ""));
    let revisions = regex::Regex::new("revision [0-9a-f]{16}").unwrap();
    insta::assert_snapshot!("replay", revisions.replace_all(&out, "revision …"));
    assert!(!out.contains('\u{1b}'));
    let (_, out, _) = run(&dir, "AT/other --audit-dir AT/audit --format json");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["judged"], &report["changed"]), (&3.into(), &2.into()));
    assert_eq!(report["left_out"]["not_in_full"], 1);
    assert_eq!(report["marks"]["cleared_marks"][0]["seq"], 1);
    let (_, out, _) = run(&dir, "AT/other --before AT/same --corpus AT/corpus.jsonl --examples 1");
    insta::assert_snapshot!("replay_corpus", revisions.replace_all(&out, "revision …"));
}

#[test]
fn how_it_ends() {
    let dir = scene();
    let check = |line: &str, exit: Exit, told: &str| {
        let (found, _, err) = run(&dir, line);
        assert_eq!(found, exit, "{line}: {err}");
        assert!(err.contains(told), "{line}: {err}");
    };
    check("AT/other --audit-dir AT/audit --fail-on-change", Exit::No, "");
    check("AT/same --audit-dir AT/audit --fail-on-change", Exit::Fine, "");
    check("AT/other --audit-dir AT/audit --fail-on-change --where seq:2", Exit::Fine, "");
    check("AT/other --audit-dir AT/audit --fail-on-change --where action:allow+-haystack", Exit::Fine, "");
    check("AT/other --audit-dir AT/audit --newest 2 --fail-on-change", Exit::No, "");
    check("AT/other --audit-dir AT/audit --newest 1", Exit::Failed, "capture: full");
    check("AT/other --audit-dir AT/audit --where seq:99", Exit::Failed, "no record could be judged");
    check("AT/other --audit-dir AT/audit --where latncy:1", Exit::Failed, "did you mean");
    check("AT/broken --audit-dir AT/audit --fail-on-change", Exit::Failed, "p.yaml");
    check("AT/nothing --audit-dir AT/audit", Exit::Failed, "cannot be read");
    check("AT/other --audit-dir AT/nothing", Exit::Failed, "--audit-dir");
    check("AT/other --audit-dir AT/audit --identity AT/nothing", Exit::Failed, "age-keygen");
    check("AT/other --corpus AT/nothing --before AT/same", Exit::Failed, "cannot be read");
    check("AT/other --corpus AT/corpus.jsonl --before AT/same --fail-on-change", Exit::No, "");
    check("AT/same --corpus AT/corpus.jsonl --before AT/same --fail-on-change", Exit::Fine, "");
    check("policies --corpus AT/corpus.jsonl", Exit::Failed, "nothing to compare it with");
    fs::write(dir.path().join("corpus.jsonl"), "no row\n".repeat(12)).unwrap();
    check("AT/other --corpus AT/corpus.jsonl --before AT/same", Exit::Failed, "and 2 more lines");
}
