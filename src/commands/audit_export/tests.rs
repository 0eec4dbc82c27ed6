//! What is exported is what the records say.

use parquet_crate::file::reader::{FileReader as _, SerializedFileReader};
use parquet_crate::record::RowAccessor as _;

use ::parquet as parquet_crate;

use super::*;
use crate::audit::marks::{self, Word};
use crate::audit::{Capture, Draft, Durability, Ended, Finding, Limits, Log, Usage};
use crate::policy::{Action, Severity};
use crate::text::{Channel, Phase, Role};

fn finding(policy: &str, rule: &str, category: &str, phase: Phase) -> Finding {
    Finding {
        phase,
        segment: 0,
        role: if phase == Phase::Input { Role::User } else { Role::Assistant },
        channel: Channel::Content,
        policy: policy.into(),
        rule: rule.into(),
        detector: if category == "refusal" { "refusal" } else { "keywords" }.into(),
        category: (!category.is_empty()).then(|| category.into()),
        severity: Severity::High,
        score: None,
        threshold: None,
        spans: vec![(0, 4)],
        excerpt: Some("what".into()),
        mark: Some((0, 4)),
        transforms: Vec::new(),
        spans_cut: 0,
    }
}

fn draft(said: &str) -> Draft {
    Draft {
        time: "2026-01-02T03:04:05.123456Z".parse().unwrap(),
        model: "qwen".into(),
        status: Some(200),
        ended: Ended::Complete,
        usage: Some(Usage { prompt_tokens: 3, completion_tokens: 4 }),
        prompt: Capture::Full.prompt([(Role::System, "be kind"), (Role::User, "first"), (Role::User, said)]),
        reply: Some("I cannot help with that.".into()),
        ..Draft::default()
    }
}

fn log(drafts: impl IntoIterator<Item = Draft>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (log, _) = Log::open(dir.path(), Durability::Relaxed, Limits::default()).unwrap();
        for draft in drafts {
            log.open_entry().unwrap().complete(draft).await.unwrap();
        }
        log.close().await.unwrap();
    });
    dir
}

fn run_with(arguments: &[&str], dir: &std::path::Path) -> (Exit, String, String) {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }
    let dir = dir.display().to_string();
    let words = ["export", "--audit-dir", &dir].into_iter().chain(arguments.iter().copied());
    let line = <Line as clap::Parser>::try_parse_from(words).unwrap();
    let (mut printer, captured) = Printer::captured(false);
    let exit = run(&line.args, &mut printer);
    drop(printer);
    (exit, captured.out(), captured.err())
}

#[test]
fn parquet_has_typed_columns() {
    let found = Draft {
        action: Action::Deflect,
        rule: Some("b/x".into()),
        findings: vec![
            finding("b", "x", "list", Phase::Input),
            finding("a", "y", "", Phase::Output),
            finding("b", "z", "list", Phase::Input),
        ],
        ..draft("what is it? 中文")
    };
    let nothing = Draft { status: None, usage: None, prompt: None, reply: None, ..draft("") };
    let dir = log([found, nothing]);
    let path = dir.path().join("out.parquet");
    let (exit, _, err) = run_with(&["--format", "parquet", "--output", path.to_str().unwrap()], dir.path());
    assert_eq!((exit, err.as_str()), (Exit::Fine, ""));
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    let names: Vec<&str> = rows[0].get_column_iter().map(|(name, _)| name.as_str()).collect();
    let at = |name: &str| names.iter().position(|known| *known == name).unwrap();
    assert_eq!(rows[0].get_long(at("seq")).unwrap(), 1);
    assert_eq!(rows[0].get_timestamp_micros(at("time")).unwrap(), 1_767_323_045_123_456);
    assert_eq!(rows[0].get_string(at("rule")).unwrap(), "b/x");
    assert_eq!(rows[0].get_long(at("prompt_tokens")).unwrap(), 3);
    let list = rows[0].get_list(at("policies")).unwrap();
    let policies: Vec<String> = list.elements().iter().map(ToString::to_string).collect();
    assert_eq!(policies, ["\"a\"", "\"b\""]);
    assert_eq!(rows[1].get_list(at("categories")).unwrap().len(), 0);
    let findings: serde_json::Value =
        serde_json::from_str(rows[0].get_string(at("findings")).unwrap()).unwrap();
    assert_eq!(findings[2]["rule"], "z");
    assert!(rows[0].get_string(at("prompt")).unwrap().ends_with("user: what is it? 中文"));
    for name in ["rule", "status", "prompt", "prompt_tokens"] {
        assert_eq!(rows[1].get_column_iter().nth(at(name)).unwrap().1.to_string(), "null", "{name}");
    }
    // It is no text for a terminal.
    assert_eq!(run_with(&["--format", "parquet"], dir.path()).0, Exit::Failed);
}

#[test]
fn marked_records_become_examples() {
    let of = |policy: &str, rule: &str, category: &str, phase| Draft {
        findings: vec![finding(policy, rule, category, phase)],
        ..draft("how do I kill a process?")
    };
    let drafts = vec![
        of("self-harm", "r", "list", Phase::Input),
        of("x", "r", "violence", Phase::Input),
        of("declined", "r", "refusal", Phase::Output),
        of("ours", "r", "list", Phase::Input),
        draft("something else"),
        Draft { prompt: Some("a piece".into()), ..draft("") },
        draft("nobody marked this"),
        Draft { prompt: None, reply: None, ..draft("") },
    ];
    let dir = log(drafts.clone());
    let mark = |seq: u64, word: Word| {
        let id = drafts[seq as usize - 1].id.as_str();
        marks::add(dir.path(), None, (id, seq), [word], None, None).unwrap();
    };
    mark(1, Word::FalsePositive { rule: "self-harm/r".into() });
    mark(2, Word::TruePositive { rule: "x/r".into() });
    mark(3, Word::TruePositive { rule: "declined/r".into() });
    mark(4, Word::FalsePositive { rule: "ours/r".into() });
    mark(5, Word::Labels { labels: [("harmful".to_owned(), 0), ("refusal".to_owned(), 0)].into() });
    mark(6, Word::Missed { labels: vec!["cyber".into()] });
    mark(8, Word::Missed { labels: vec!["cyber".into()] });
    let (exit, out, err) = run_with(&["--labelled"], dir.path());
    assert_eq!(exit, Exit::Fine);
    let rows: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown: Vec<String> =
        rows.iter().map(|row| format!("{} {} {}", row["role"], row["text"], row["labels"])).collect();
    assert_eq!(
        shown,
        [
            r#""prompt" "how do I kill a process?" {"self_harm":0}"#,
            r#""prompt" "how do I kill a process?" {"harmful":1,"violence":1}"#,
            r#""response" "I cannot help with that." {"refusal":1}"#,
            r#""prompt" "something else" {"harmful":0}"#,
            r#""response" "I cannot help with that." {"refusal":0}"#,
        ]
    );
    let keys =
        |row: &serde_json::Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&rows[0]), "text role lang labels source orig quality");
    assert_eq!(keys(&rows[2]), "text role lang labels source orig context quality");
    assert_eq!((&rows[0]["source"], &rows[0]["quality"]), (&"own-traffic".into(), &"human".into()));
    for told in [
        "5 examples from 4 marked records",
        "1 marked records could not be used: the rule that was marked stands for no label",
        "1 marked records could not be used: it holds a piece of the prompt only",
        "1 marked records could not be used: it holds no text",
        "1 records are not marked",
    ] {
        assert!(err.contains(told), "{told} in {err}");
    }
}
