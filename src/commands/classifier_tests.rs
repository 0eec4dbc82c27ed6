//! What the `classifier` commands print, over the small models of tests/classifiers.

use std::path::{Path, PathBuf};

use clap::{Args, Command};

use super::printer::{Captured, Exit, Printer};
use super::{classifier_check, classifier_eval, classifier_list};

fn parse<A: Args>(args: &[&str]) -> A {
    let matches = A::augment_args(Command::new("test")).get_matches_from([&["test"], args].concat());
    A::from_arg_matches(&matches).expect("arguments")
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/classifiers").join(name)
}

fn path(name: &str) -> String {
    folder(name).to_string_lossy().into_owned()
}

fn printed(run: impl FnOnce(&mut Printer) -> Exit) -> (Exit, Captured) {
    let (mut printer, captured) = Printer::captured(false);
    let exit = run(&mut printer);
    printer.flush();
    (exit, captured)
}

/// Without the numbers that differ from run to run.
fn steady(text: &str) -> String {
    let timed = regex::Regex::new(r": [0-9.]+ (µs|ms) \(median of \d+ runs").expect("a pattern");
    timed.replace_all(text, ": <time> (median of <n> runs").into_owned()
}

#[test]
fn models_are_listed() {
    let (exit, shown) =
        printed(|printer| classifier_list::run(&parse(&["--classifiers", &path("good")]), printer));
    assert_eq!(exit, Exit::Fine);
    insta::assert_snapshot!("classifier_list", shown.out());
    let (_, shown) = printed(|printer| {
        classifier_list::run(&parse(&["--classifiers", &path("good"), "--format", "json"]), printer)
    });
    let models: Vec<serde_json::Value> =
        shown.out().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(models[1]["tier"], "fast");
    assert_eq!(models[0]["labels"][0]["thresholds"]["zh"], 0.7_f32);
    let (exit, shown) =
        printed(|printer| classifier_list::run(&parse(&["--classifiers", "nowhere"]), printer));
    assert_eq!(exit, Exit::Failed);
    assert!(shown.err().contains("classifiers-folder"), "{}", shown.err());
}

#[test]
fn a_model_is_tried() {
    let (exit, shown) = printed(|printer| classifier_check::run(&parse(&[&path("good/encoder")]), printer));
    assert_eq!(exit, Exit::Fine, "{}", shown.err());
    insta::assert_snapshot!("classifier_check", steady(&shown.out()));
}

#[test]
fn a_bare_export_gets_a_manifest_and_works_with_it() {
    let bare = tempfile::tempdir().expect("a folder");
    let model = bare.path().join("my model");
    std::fs::create_dir(&model).expect("a folder");
    for file in ["model.onnx", "tokenizer.json"] {
        std::fs::copy(folder("good/encoder").join(file), model.join(file)).expect("a copy");
    }
    let config = r#"{"max_position_embeddings": 48, "id2label": {"0": "a", "1": "b", "2": "c"}}"#;
    std::fs::write(model.join("config.json"), config).expect("a file");
    let shown_path = model.to_string_lossy().into_owned();
    let (exit, shown) = printed(|printer| classifier_check::run(&parse(&[&shown_path, "--write"]), printer));
    assert_eq!(exit, Exit::Fine, "{}", shown.err());
    assert!(shown.err().contains("`softmax` is a guess"), "{}", shown.err());
    let (exit, shown) = printed(|printer| {
        classifier_list::run(&parse(&["--classifiers", &bare.path().to_string_lossy()]), printer)
    });
    assert_eq!(exit, Exit::Fine, "{}", shown.err());
    assert!(shown.out().starts_with("my-model  encoder tier, tokens"), "{}", shown.out());
}

#[test]
fn what_does_not_work_is_named() {
    let bent = tempfile::tempdir().expect("a folder");
    std::fs::copy(folder("parts/unsupported.onnx"), bent.path().join("model.onnx")).expect("a copy");
    std::fs::copy(folder("good/encoder/tokenizer.json"), bent.path().join("tokenizer.json")).expect("a copy");
    let (exit, shown) =
        printed(|printer| classifier_check::run(&parse(&[&bent.path().to_string_lossy()]), printer));
    assert_eq!(exit, Exit::No);
    assert!(shown.err().contains("tract has no operator `QwardenNowhere`"), "{}", shown.err());
    let empty = tempfile::tempdir().expect("a folder");
    let (exit, shown) =
        printed(|printer| classifier_check::run(&parse(&[&empty.path().to_string_lossy()]), printer));
    assert_eq!(exit, Exit::Failed);
    assert!(shown.err().contains("there is no `.onnx` file"), "{}", shown.err());
}

#[test]
fn labelled_texts_are_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("labelled.jsonl");
    let lines = [
        r#"{"text": "you attack", "lang": "en", "labels": {"violence": 1, "harmful": 1}}"#,
        r#"{"text": "calm the attack", "lang": "en", "labels": {"violence": 0}}"#,
        r#"{"text": "how to help", "lang": "en", "labels": {"violence": 0, "pii": 0}}"#,
        r#"{"text": "杀", "labels": {"violence": 1}}"#,
        r#"{"text": "你好", "labels": {"violence": 0}, "other": [1]}"#,
        r#"{"text": "sorry i cannot", "role": "response", "labels": {"declined": 1}}"#,
        "",
    ];
    std::fs::write(&file, lines.join("\n")).expect("a file");
    let file = file.to_string_lossy().into_owned();
    let run = |more: &[&str]| {
        let models = path("good");
        let args = [&[&*file, "--classifiers", &*models, "--rename", "declined=refusal"], more].concat();
        printed(|printer| classifier_eval::run(&parse(&args), printer))
    };
    let (exit, shown) = run(&[]);
    assert_eq!(exit, Exit::Fine, "{}", shown.err());
    insta::assert_snapshot!("classifier_eval", format!("{}---\n{}", shown.out(), shown.err()));
    let (_, shown) = run(&["--model", "fast", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&shown.out()).expect("JSON");
    assert_eq!(found["rows"], 6);
    assert_eq!(found["unknown_labels"]["pii"], 1);
    let (exit, shown) = run(&["--model", "large"]);
    assert_eq!(exit, Exit::Failed);
    assert!(shown.err().contains("there are encoder, fast"), "{}", shown.err());
}
