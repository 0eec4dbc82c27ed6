//! What a policy editor is told: every faulty file under `tests/policies/bad` against the report
//! that it must lead to, word for word.

#![allow(clippy::expect_used, reason = "a test may: its panic is its report")]

use std::fs;
use std::path::{Path, PathBuf};

use qwarden::policy::diagnostic::{Severity, Style};
use qwarden::policy::{Offer, Options, Sources, compile, load};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies/bad")
}

/// A faulty file, with the lists that it names.
fn sources(file: &Path) -> Sources {
    let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
    let bytes = fs::read(file).expect("the file can be read");
    let mut files = vec![(name.to_owned(), bytes.clone())];
    for list in fs::read_dir(folder().join("lists")).expect("the lists can be read") {
        let list = list.expect("a list").path();
        let stem = list.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        if String::from_utf8_lossy(&bytes).contains(&format!("list: {stem}}}")) {
            files.push((format!("lists/{stem}.txt"), fs::read(&list).expect("the list can be read")));
        }
    }
    Sources::from_files(files)
}

/// Compares with `reports/NAME.snap`.
fn report(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder().join("reports"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text.trim_end()));
}

fn bad_files() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder can be read");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    files
}

#[test]
fn every_fault_of_a_bad_file_is_reported() {
    let files = bad_files();
    assert!(files.len() >= 25, "the folder was found");
    for file in files {
        let sources = sources(&file);
        let compiled = compile(&sources, &Options::default());
        assert!(!compiled.diagnostics.is_empty(), "{} is faulty", file.display());
        assert_eq!(
            compiled.policies.is_none(),
            compiled.count(Severity::Error) > 0,
            "{} compiles if and only if it has no error",
            file.display()
        );
        let name = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        report(name, &sources.render(&compiled.diagnostics, Style::Plain));
    }
}

#[test]
fn every_diagnostic_says_where_and_what_to_write() {
    // Faults of syntax are the parser's sentences; of these we know nothing better.
    for file in bad_files() {
        let compiled = compile(&sources(&file), &Options::default());
        for one in compiled.diagnostics {
            assert!(!one.file.is_empty(), "{one}");
            assert!(one.help.is_some() || one.code == "too-deep", "{one}");
            assert!(!one.message.ends_with('.') && !one.message.contains('\n'), "{one}");
            let code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(one.code.bytes().all(code), "{one}");
        }
    }
}

#[test]
fn the_whole_folder_is_reported_in_one_run_in_order() {
    let sources = load(&folder()).expect("the folder can be read");
    let compiled = compile(&sources, &Options::default());
    assert!(compiled.policies.is_none());
    let places: Vec<_> =
        compiled.diagnostics.iter().map(|one| (one.file.clone(), one.span.map(|span| span.offset))).collect();
    assert!(places.is_sorted(), "sorted by file and place");
    for file in bad_files() {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(places.iter().any(|(file, _)| &**file == name), "{name} is reported beside all others");
    }
}

#[test]
fn a_name_that_stands_in_two_files_is_shown_in_both() {
    let rule = "rules:\n  - {id: r, when: {keywords: [bomb]}, action: flag}\n";
    let (first, second) = (format!("policy: same\n{rule}"), format!("# A copy.\npolicy: same\n{rule}"));
    let sources = Sources::from_files([("a.yaml", first), ("b.yaml", second)]);
    let compiled = compile(&sources, &Options::default());
    report("two-files", &sources.render(&compiled.diagnostics, Style::Plain));
}

#[test]
fn what_classifiers_have_is_offered() {
    let find = |category: &str, model: Option<&str>| match (category, model) {
        (_, Some(name)) if name != "encoder" => {
            Err(format!("no classifier is called `{name}`; there are encoder"))
        }
        ("violence" | "self_harm", _) => Ok(()),
        _ => Err(format!("no classifier has the category `{category}`")),
    };
    let offer = Offer::new(["self_harm", "violence"], "digest", find);
    let options = Options { offer: offer.into(), ..Options::default() };
    let text = "policy: p\nrules:\n\
        \x20 - {id: fine, when: {classifier: {category: violence, model: encoder}}, action: flag}\n\
        \x20 - {id: near, when: {classifier: {category: selfharm}}, action: flag}\n\
        \x20 - {id: model, when: {classifier: {category: violence, model: encodr}}, action: flag}\n\
        \x20 - {id: reply, when: {refusal: true}, action: flag}\n";
    let sources = Sources::from_files([("a.yaml", text.as_bytes().to_vec())]);
    let compiled = compile(&sources, &options);
    assert!(compiled.policies.is_none());
    report("offered", &sources.render(&compiled.diagnostics, Style::Plain));
    // Other models are another revision, whatever the files say.
    assert_ne!(options.revision(&sources), Options::default().revision(&sources));
}
