//! Measures the kinds of entities.
//!
//! `cargo run --example entities_eval` plants made-up entities and look-alikes in sentences and
//! prints precision and recall for each kind. With paths of JSON lines (`{"text": …}`; `.xz` is
//! unpacked with `xz`) it counts what is found in those texts instead; `--show` prints the finds.

mod decoys;
mod near;
mod planted;
mod random;
mod sums;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::Command;

use qwarden::screen::entities::{EntityKind, Search, View, all};
use qwarden::text::fold;
use rayon::prelude::*;

use random::Random;

const POSITIVES: u64 = 1_000;
const NEGATIVES: u64 = 3_000;

fn main() -> Result<(), Box<dyn Error>> {
    let (options, paths): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let show = options.iter().any(|option| option == "--show");
    let only = options.iter().find_map(|option| option.strip_prefix("--kind="));
    let kinds: Vec<&EntityKind> =
        all().iter().filter(|kind| only.is_none_or(|name| name == kind.name)).collect();
    let searches = kinds.into_iter().map(Search::new).collect::<Result<Vec<_>, _>>()?;
    if paths.is_empty() {
        generated(&searches, show);
        return Ok(());
    }
    counted(&searches, &paths, show)
}

/// The text in the form in which a kind is searched.
fn view(kind: &EntityKind, text: &str) -> String {
    match kind.view {
        View::Folded => fold::standard(text),
        View::Width => fold::width(text),
    }
}

const SENTENCES: [(&str, &str); 16] = [
    ("", ""),
    ("Please use ", " for this."),
    ("I sent ", " to support yesterday, no answer yet."),
    ("The form says ", ", is that right?"),
    ("Customer record 17 (", ") was updated"),
    ("notes:\n- ", "\n- ask again on Monday"),
    ("Can you check \"", "\" for me?"),
    ("It is ", ""),
    ("请帮我核对一下", "。"),
    ("客户留的是", "，请确认"),
    ("", "这个对吗？"),
    ("资料如下：", "；谢谢"),
    ("我昨天填的 ", " 好像不对"),
    ("帮我翻译：he said ", " twice."),
    ("（", "）"),
    ("Bitte prüfen Sie ", " noch einmal."),
];

fn sentence(random: &mut Random) -> (&'static str, &'static str) {
    SENTENCES.get(random.between(0, SENTENCES.len() as u64 - 1) as usize).copied().unwrap_or_default()
}

fn generated(searches: &[Search], show: bool) {
    println!("| kind | planted | found | look-alikes | false hits | precision | recall |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for search in searches {
        let kind = search.kind();
        let mut random =
            Random(kind.name.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31) ^ u64::from(byte)));
        let (mut found, mut wrong) = (0, 0);
        let mut sorts: BTreeMap<&str, (u64, String)> = BTreeMap::new();
        for _ in 0..POSITIVES {
            let (before, after) = sentence(&mut random);
            let (lead, entity, tail) = planted::plant(kind.name, &mut random);
            // A placeholder on both sides, so that the fold is told where the entity lies.
            let start = view(kind, &format!("{before}{lead}⟦")).len() - '⟦'.len_utf8();
            let end = start + view(kind, &entity).len();
            let text = view(kind, &format!("{before}{lead}{entity}{tail}{after}"));
            let hits = search.find(&text);
            let right = hits.iter().filter(|hit| **hit == (start..end)).count() as u64;
            found += right;
            wrong += hits.len() as u64 - right;
            if show && (right == 0 || hits.len() as u64 > right) {
                println!(
                    "    missed: {text:?} found {:?}",
                    hits.iter().map(|hit| text.get(hit.clone())).collect::<Vec<_>>()
                );
            }
        }
        for turn in 0..NEGATIVES {
            let (before, after) = sentence(&mut random);
            let (sort, decoy) =
                if turn % 2 == 0 { decoys::common(&mut random) } else { near::near(kind.name, &mut random) };
            let text = view(kind, &format!("{before}{decoy}{after}"));
            let hits = search.find(&text).len() as u64;
            wrong += hits;
            if hits > 0 {
                sorts.entry(sort).or_insert((0, text)).0 += hits;
            }
        }
        let share = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
        println!(
            "| `{}` | {POSITIVES} | {found} | {NEGATIVES} | {wrong} | {:.2} % | {:.2} % |",
            kind.name,
            share(found, found + wrong),
            share(found, POSITIVES)
        );
        if show {
            sorts.iter().for_each(|(sort, (count, text))| println!("    {count} {sort}: {text:?}"));
        }
    }
}

fn counted(searches: &[Search], paths: &[String], show: bool) -> Result<(), Box<dyn Error>> {
    let mut texts = Vec::new();
    for path in paths {
        let lines = if path.ends_with(".xz") {
            String::from_utf8(Command::new("xz").args(["-dc", path]).output()?.stdout)?
        } else {
            std::fs::read_to_string(path)?
        };
        for line in lines.lines() {
            let row: serde_json::Value = serde_json::from_str(line)?;
            texts.push(row.get("text").and_then(|text| text.as_str()).unwrap_or_default().to_owned());
        }
    }
    println!("{} texts, {} MB", texts.len(), texts.iter().map(String::len).sum::<usize>() / 1_000_000);
    println!("| kind | finds | texts | texts in 10,000 |");
    println!("| --- | ---: | ---: | ---: |");
    for search in searches {
        let finds: Vec<Vec<String>> = texts
            .par_iter()
            .map(|text| {
                let text = view(search.kind(), text);
                let around = |hit: &std::ops::Range<usize>| {
                    let from = (0..=hit.start.saturating_sub(30))
                        .rev()
                        .find(|&at| text.is_char_boundary(at))
                        .unwrap_or(0);
                    let to = (hit.end + 15..)
                        .find(|&at| at >= text.len() || text.is_char_boundary(at))
                        .unwrap_or(hit.end);
                    let slice =
                        |range: std::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
                    format!(
                        "{}⟦{}⟧{}",
                        slice(from..hit.start),
                        slice(hit.clone()),
                        slice(hit.end..to.min(text.len()))
                    )
                };
                search.find(&text).iter().map(around).collect()
            })
            .collect();
        let total: usize = finds.iter().map(Vec::len).sum();
        let hit = finds.iter().filter(|found| !found.is_empty()).count();
        println!(
            "| `{}` | {total} | {hit} | {:.2} |",
            search.kind().name,
            10_000.0 * hit as f64 / texts.len().max(1) as f64
        );
        if show {
            finds.iter().flatten().for_each(|find| println!("    {find:?}"));
        }
    }
    Ok(())
}
