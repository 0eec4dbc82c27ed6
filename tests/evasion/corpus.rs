//! False hits: innocent texts that `strong` hits and `standard` does not.
//!
//! Run by hand, since the texts are not part of the project:
//! `QWARDEN_CORPUS=<folder of .jsonl.xz> cargo test --test evasion -- --ignored --nocapture`.
//! Owns the reading of the corpus (`xz` must be installed) and the counting.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use qwarden::decide::judge::Judge;
use qwarden::text::Span;

use crate::trial::{self, SUBJECT, segment};
use crate::words::{KEYWORDS, is_han, shown};

/// Texts of one file that were read, and those hit falsely.
struct Count {
    file: String,
    texts: usize,
    characters: usize,
    standard: usize,
    /// Hit under `strong` only, and each time by the very word in traditional characters.
    traditional: usize,
    /// Hit under `strong` only, otherwise.
    added: usize,
}

fn harsh() -> Vec<&'static str> {
    include_str!("harsh.txt").lines().filter(|line| !line.starts_with('#')).collect()
}

pub(crate) fn files() -> Vec<PathBuf> {
    let folder = std::env::var("QWARDEN_CORPUS").expect("QWARDEN_CORPUS names a folder of .jsonl.xz files");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("benign_")))
        .collect();
    files.sort();
    files
}

/// The files of a folder of sources as they are: code is full of what looks like an evasion.
fn sources(folder: &Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, texts);
        } else if let Some(text) = std::fs::read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            texts.extend((text.len() < 200_000).then_some(text));
        }
    }
}

pub(crate) fn texts(path: &Path) -> Vec<String> {
    if path.is_dir() {
        let mut texts = Vec::new();
        sources(path, &mut texts);
        return texts;
    }
    let out = std::process::Command::new("xz").arg("-dc").arg(path).output().expect("xz");
    assert!(out.status.success(), "{}", path.display());
    String::from_utf8(out.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("a row");
            row["text"].as_str().expect("a text").to_owned()
        })
        .collect()
}

/// What `strong` sees in a text and `standard` does not: the keyword and where.
fn added(text: &str, standard: &Judge, strong: &Judge) -> (bool, Vec<(String, Span)>) {
    let seen = |judge: &Judge| -> Vec<(String, Span)> {
        let verdicts = judge.whole(&segment(&[text]), SUBJECT).verdicts;
        let rule = |verdict: &qwarden::decide::Verdict| judge.policies().rule(verdict.rule).path.to_string();
        verdicts
            .iter()
            .flat_map(|verdict| verdict.spans.iter().map(move |span| (verdict, *span)))
            .map(|(verdict, span)| (rule(verdict), span))
            .collect()
    };
    let usual = seen(standard);
    let rules: Vec<&String> = usual.iter().map(|(rule, _)| rule).collect();
    let more = seen(strong).into_iter().filter(|(rule, _)| !rules.contains(&rule)).collect();
    (!usual.is_empty(), more)
}

fn keyword<'a>(keywords: &[&'a str], rule: &str) -> &'a str {
    keywords[rule["p/k".len()..].parse::<usize>().unwrap()]
}

/// Whether what was found is the keyword itself, in other Han characters: as many of them, and nothing else.
fn is_the_word(keyword: &str, found: &str) -> bool {
    found.chars().all(is_han) && found.chars().count() == keyword.chars().count()
}

fn count(keywords: &[&str], files: &[PathBuf]) -> Vec<Count> {
    let standard = trial::judge(keywords, "standard").unwrap();
    let strong =
        trial::judge(keywords, "strong").or_else(|| trial::judge(keywords, "exact")).expect("fold: strong");
    let mut by_keyword = std::collections::BTreeMap::<String, Vec<String>>::new();
    let mut counts = Vec::new();
    for path in files {
        let texts = texts(path);
        let file = path.file_name().unwrap().to_string_lossy().replace(".jsonl.xz", "");
        let half = texts.len().div_ceil(2).max(1);
        let judged: Vec<(bool, Vec<(String, Span)>)> = std::thread::scope(|scope| {
            let (standard, strong) = (&standard, &strong);
            let threads: Vec<_> = texts
                .chunks(half)
                .map(|some| {
                    scope.spawn(move || {
                        some.iter().map(|text| added(text, standard, strong)).collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let (mut traditional, mut added) = (0, 0);
        for (text, (_, more)) in texts.iter().zip(&judged) {
            let other: Vec<&(String, Span)> = more
                .iter()
                .filter(|(rule, span)| !is_the_word(keyword(keywords, rule), &text[span.start..span.end]))
                .collect();
            traditional += usize::from(!more.is_empty() && other.is_empty());
            added += usize::from(!other.is_empty());
            for (rule, span) in other {
                let from = text.floor_char_boundary(span.start.saturating_sub(24));
                let to = text.ceil_char_boundary((span.end + 24).min(text.len()));
                by_keyword.entry(keyword(keywords, rule).to_owned()).or_default().push(format!(
                    "{}[[{}]]{}",
                    shown(&text[from..span.start]),
                    shown(&text[span.start..span.end]),
                    shown(&text[span.end..to])
                ));
            }
        }
        counts.push(Count {
            file,
            texts: texts.len(),
            characters: texts.iter().map(|text| text.chars().count()).sum(),
            standard: judged.iter().filter(|(usual, _)| *usual).count(),
            traditional,
            added,
        });
    }
    let mut worst: Vec<_> = by_keyword.into_iter().collect();
    worst.sort_by_key(|(_, hits)| std::cmp::Reverse(hits.len()));
    for (keyword, hits) in worst {
        eprintln!("{keyword}: {} more", hits.len());
        for hit in hits.iter().step_by(hits.len().div_ceil(6)) {
            eprintln!("    {hit}");
        }
    }
    counts
}

/// Texts hit under `strong` and not under `standard`, as a share of all texts.
fn table(title: &str, counts: &[Count]) -> String {
    let mut out = format!(
        "\n{title}\n\n| texts | number | characters | hit under standard | in traditional characters | more under strong | share |\n|---|---|---|---|---|---|---|\n"
    );
    let total = Count {
        file: "all".to_owned(),
        texts: counts.iter().map(|count| count.texts).sum(),
        characters: counts.iter().map(|count| count.characters).sum(),
        standard: counts.iter().map(|count| count.standard).sum(),
        traditional: counts.iter().map(|count| count.traditional).sum(),
        added: counts.iter().map(|count| count.added).sum(),
    };
    for count in counts.iter().chain([&total]) {
        let share = count.added as f64 * 100.0 / count.texts as f64;
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {share:.3} % |",
            count.file, count.texts, count.characters, count.standard, count.traditional, count.added
        )
        .unwrap();
    }
    out
}

/// As above for a folder of sources, which prints what is hit: `QWARDEN_SOURCES=<folder>`.
#[test]
#[ignore = "needs a folder of sources that is not part of the project"]
fn sources_are_hardly_hit() {
    let folder = PathBuf::from(std::env::var("QWARDEN_SOURCES").expect("QWARDEN_SOURCES names a folder"));
    let harsh = count(&harsh(), std::slice::from_ref(&folder));
    eprintln!("{}", table("A list of harsh words, in sources:", &harsh));
}

#[test]
#[ignore = "needs a corpus of innocent texts that is not part of the project"]
fn innocent_texts_are_hardly_hit() {
    let harmless = count(KEYWORDS, &files());
    let harsh = count(&harsh(), &files());
    let out = table("The keywords of the table above:", &harmless)
        + &table("A list of harsh words (`tests/evasion/harsh.txt`):", &harsh);
    eprintln!("{out}");
    crate::document::write("false hits", &out);
}
