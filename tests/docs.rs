//! What the documents list is what the program has: settings, error codes, diagnostics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's panic is its report")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use qwarden::config::{Config, Options};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// All source files under `src/` that are no tests, without their test modules.
fn sources(dir: &str) -> Vec<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(dir)];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path: PathBuf = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).expect("a file");
                texts.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
            }
        }
    }
    texts
}

/// The string literals that follow one of these beginnings.
fn literals(texts: &[String], beginnings: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in texts {
        // A call may be broken over lines.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(");
        for beginning in beginnings {
            for rest in text.split(beginning).skip(1) {
                let word = rest.split('"').next().unwrap_or_default();
                found.insert(word.to_owned());
            }
        }
    }
    found
}

fn check(document: &str, names: impl IntoIterator<Item = String>, at_least: usize) {
    let text = read(document);
    let names: BTreeSet<String> = names.into_iter().collect();
    assert!(names.len() >= at_least, "only {} were looked for: {names:?}", names.len());
    let missing: Vec<&String> = names.iter().filter(|name| !text.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "not in {document}: {missing:?}");
}

#[test]
fn every_setting_is_in_the_readme() {
    let options = Options { upstream: vec!["http://127.0.0.1:8000".into()], ..Options::default() };
    let config = Config::from_sources(None, [], &options).expect("a configuration");
    let described = config.describe().to_string();
    let keys = described.lines().filter_map(|line| line.split([' ', '[']).next()).map(str::to_owned);
    check("README.md", keys, 20);
}

#[test]
fn every_error_code_is_in_the_readme() {
    let rooms: Vec<String> = ["dialect", "wire", "gateway", "audit"].into_iter().flat_map(sources).collect();
    let mut codes = literals(
        &rooms,
        &["Misfit::new(\"", "bad_request(\"", "JsonError::new(\"", "Self::new(\"", "code: \""],
    );
    // `code()` in a match, among names that are no codes.
    let of_errors = |name: &String| ["body_", "audit_", "upstream_"].iter().any(|of| name.starts_with(of));
    codes.extend(literals(&rooms, &["=> \""]).into_iter().filter(of_errors));
    // `fault.rs` writes them behind their status.
    let fault = sources("gateway").into_iter().find(|text| text.contains("fn told")).expect("fault.rs");
    for status in ["400", "404", "500", "502", "503", "504"] {
        codes.extend(literals(std::slice::from_ref(&fault), &[&format!("({status}, \"")]));
    }
    let shaped =
        |code: &String| code.len() > 3 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    check("README.md", codes.into_iter().filter(shaped).filter(|code| code.contains('_')), 20);
}

#[test]
fn every_diagnostic_is_in_the_documentation_of_policies() {
    let beginnings = [
        "fault(\"",
        "warning(\"",
        "note(\"",
        "Severity::Error, \"",
        "Severity::Warning, \"",
        "Severity::Note, \"",
    ];
    let codes = literals(&sources("policy"), &beginnings);
    check("docs/policies.md", codes, 40);
}
