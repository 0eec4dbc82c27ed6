//! The house rules that the compiler does not know: which room imports which, and that every file says what it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's panic is its report")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each room may import; the map of ARCHITECTURE.md.
const EDGES: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("dialect", &["text"]),
    ("policy", &["text"]),
    ("screen", &["text", "policy"]),
    ("decide", &["text", "policy", "screen"]),
    ("rewrite", &["text", "dialect", "decide"]),
    ("audit", &["text", "policy", "decide"]),
    ("replay", &["text", "policy", "screen", "decide", "audit"]),
    ("wire", &["rewrite"]),
    ("console", &["audit", "policy", "screen", "decide", "replay", "text"]),
    ("config", &["audit", "policy"]),
    ("telemetry", &["audit", "policy", "text"]),
    (
        "gateway",
        &[
            "audit",
            "config",
            "console",
            "decide",
            "dialect",
            "policy",
            "replay",
            "rewrite",
            "screen",
            "telemetry",
            "text",
            "wire",
        ],
    ),
];

/// The only things of `rewrite` that `wire` may name.
const PRODUCTS: &[&str] = &["Permitted", "Own"];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The code of a file without comments and test modules, in one line.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a file");
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
    lines.collect::<Vec<_>>().join(" ")
}

/// The first names behind each `prefix`: `crate::a::B` and `crate::{a::B, c}` have `a`, and `a` and `c`.
fn named(code: &str, prefix: &str) -> BTreeSet<String> {
    let word = |text: &str| {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let mut found = BTreeSet::new();
    for rest in code.split(prefix).skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let (mut depth, mut item) = (1, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && c == ',') {
                found.insert(word(&item));
                item.clear();
            } else {
                item.push(c);
            }
            if depth == 0 {
                break;
            }
        }
    }
    found.remove("");
    found
}

#[test]
fn rooms_import_only_what_the_map_says() {
    for (room, allowed) in EDGES {
        for path in files(&source().join(room)) {
            let shown = path.to_string_lossy();
            if shown.ends_with("tests.rs") || shown.contains("/tests/") {
                continue;
            }
            let code = code(&path);
            for name in named(&code, "crate::") {
                let fine = name == *room || allowed.contains(&name.as_str());
                assert!(fine, "{} imports `{name}`, which `{room}` may not", path.display());
            }
            if *room == "wire" {
                for name in named(&code, "crate::rewrite::") {
                    assert!(PRODUCTS.contains(&name.as_str()), "{} names rewrite's `{name}`", path.display());
                }
            }
        }
    }
}

#[test]
fn every_room_is_on_the_map() {
    let known: BTreeSet<&str> = EDGES.iter().map(|(room, _)| *room).chain(["commands"]).collect();
    for entry in std::fs::read_dir(source()).expect("src").filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!entry.path().is_dir() || known.contains(name.as_str()), "`{name}` has no edges");
        let map = std::fs::read_to_string(source().join("../ARCHITECTURE.md")).expect("the map");
        assert!(!entry.path().is_dir() || map.contains(&format!("`{name}/`")), "`{name}` is not on the map");
    }
}

#[test]
fn every_file_says_what_it_is() {
    for path in files(&source()) {
        let text = std::fs::read_to_string(&path).expect("a file");
        let shown = path.to_string_lossy();
        let tests = shown.ends_with("tests.rs") || shown.contains("/tests/");
        assert!(tests || text.starts_with("//! "), "{} does not begin with //!", path.display());
    }
}

#[test]
fn imports_are_found_however_they_are_written() {
    let check = |code: &str, expected: &[&str]| {
        assert_eq!(named(code, "crate::").iter().map(String::as_str).collect::<Vec<_>>(), expected, "{code}");
    };
    check("use crate::text::{Span, Role}; crate::policy::glob()", &["policy", "text"]);
    check("use crate::{text::{Span, fold::{a, b}}, policy, wire::Own as Mine};", &["policy", "text", "wire"]);
    check("use super::text; let crates = 1;", &[]);
}
