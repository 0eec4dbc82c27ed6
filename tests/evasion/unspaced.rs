//! How many hits of short Chinese keywords `match: word` takes away.
//!
//! Run by hand, as `corpus`: `QWARDEN_CORPUS=<folder of .jsonl.xz> cargo test --test evasion -- --ignored --nocapture words_without`.
//! Owns the keywords and the counting.

use std::collections::BTreeMap;

use qwarden::decide::judge::Judge;
use qwarden::policy::{self, Sources};
use qwarden::screen::Screen;

use crate::corpus::{files, texts};
use crate::trial::{SUBJECT, segment};

/// Short words as lists of moderators have them, many of which stand in harmless longer ones.
const KEYWORDS: &[&str] = &[
    "自杀", "性", "干", "屎", "操", "奸", "杀", "毒", "赌", "嫖", "妓", "鸡", "草", "婊", "尸", "屌", "枪",
    "强奸", "大便", "杀人", "毒品", "冰毒", "裸聊", "做爱", "高潮", "色情", "赌博", "台独", "大麻", "白粉",
    "炸弹", "死",
];

fn judge(mode: &str) -> Judge {
    let rules: String = KEYWORDS
        .iter()
        .enumerate()
        .map(|(n, word)| {
            format!(
                "  - {{id: k{n}, when: {{keywords: {{words: [{word}], match: {mode}}}}}, action: flag}}\n"
            )
        })
        .collect();
    let yaml = format!("policy: p\nrules:\n{rules}");
    let sources = Sources::from_files([("p.yaml", yaml.as_str())]);
    let policies = policy::compile(&sources, &policy::Options::default()).policies.expect("policies");
    Judge::new(Screen::build(policies.into()).expect("an automaton"))
}

/// Texts hit, and of each keyword the places.
fn count(judge: &Judge, texts: &[String], show: &mut BTreeMap<usize, Vec<String>>) -> (usize, Vec<usize>) {
    let (mut hit, mut places) = (0, vec![0; KEYWORDS.len()]);
    for text in texts {
        let verdicts = judge.whole(&segment(&[text]), SUBJECT).verdicts;
        hit += usize::from(!verdicts.is_empty());
        for verdict in &verdicts {
            let rule = judge.policies().rule(verdict.rule).path.to_string();
            let keyword: usize = rule["p/k".len()..].parse().unwrap();
            places[keyword] += verdict.spans.len();
            for span in verdict.spans.iter() {
                let before: String = text[..span.start].chars().rev().take(4).collect();
                let before: String = before.chars().rev().collect();
                let rest: String = text[span.start..].chars().take(6).collect();
                show.entry(keyword).or_default().push(format!("{before}>{rest}").replace('\n', " "));
            }
        }
    }
    (hit, places)
}

#[test]
#[ignore = "needs a corpus of innocent texts that is not part of the project"]
fn words_without_spaces_hit_fewer_innocent_texts() {
    let (anywhere, word) = (judge("substring"), judge("word"));
    for path in files() {
        let texts = texts(&path);
        let (mut all, mut kept) = (BTreeMap::new(), BTreeMap::new());
        let before = count(&anywhere, &texts, &mut all);
        let after = count(&word, &texts, &mut kept);
        // Keywords of one character, and all others.
        let sum = |places: &[usize]| {
            let (mut one, mut more) = (0, 0);
            for (keyword, places) in KEYWORDS.iter().zip(places) {
                *(if keyword.chars().count() == 1 { &mut one } else { &mut more }) += places;
            }
            format!("{one} + {more}")
        };
        eprintln!(
            "{}: {} texts, substring {} texts {} places, word {} texts {} places",
            path.display(),
            texts.len(),
            before.0,
            sum(&before.1),
            after.0,
            sum(&after.1)
        );
        for (n, keyword) in KEYWORDS.iter().enumerate().filter(|(n, _)| before.1[*n] > 0) {
            let left = kept.remove(&n).unwrap_or_default();
            let gone: Vec<String> =
                all.remove(&n).unwrap_or_default().into_iter().filter(|one| !left.contains(one)).collect();
            let some = |list: &[String]| {
                list.iter().step_by(list.len() / 8 + 1).cloned().collect::<Vec<_>>().join(" ")
            };
            eprintln!(
                "  {keyword} {} -> {}; gone: {} | left: {}",
                before.1[n],
                after.1[n],
                some(&gone),
                some(&left)
            );
        }
    }
}
