//! How much of what people do to talk past a keyword is caught, class by class, and what innocent texts are hit.
//!
//! The writings come from tables that are independent of the folds (UTS 39 turned round, and how people do
//! it); every run makes the same ones. `docs/evasion.md` is the outcome: `QWARDEN_WRITE_DOCS=1 cargo test
//! --test evasion` rewrites its table, and without the variable the table must be what was measured.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's panic is its report")]

mod classes;
mod corpus;
mod document;
mod tables;
mod trial;
mod unspaced;
mod words;

use std::fmt::Write as _;

use classes::{CLASSES, Class};
use qwarden::decide::judge::Judge;
use tables::Tables;
use trial::{Outcome, SUBJECT, Trial};
use words::{CARRIERS, KEYWORDS, Random, shown};

/// Writings of each keyword in each class where there are so many.
const VARIANTS: usize = 24;

const FOLDS: [&str; 3] = ["exact", "standard", "strong"];

/// What was measured of one class.
struct Row {
    name: &'static str,
    aimed: bool,
    keywords: usize,
    trials: usize,
    /// For each fold, or `None` where it does not exist.
    caught: [Option<usize>; 3],
    misplaced: [usize; 3],
}

fn trials(class: Class, tables: &Tables) -> Vec<Trial> {
    let mut all = Vec::new();
    for (index, keyword) in KEYWORDS.iter().enumerate() {
        let mut random = Random::new((class as u64) << 32 | index as u64);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..6 * VARIANTS {
            if seen.len() == VARIANTS {
                break;
            }
            let Some(writing) = class.write(keyword, tables, &mut random) else { continue };
            let (before, after) = CARRIERS[random.below(CARRIERS.len())];
            let trial = Trial { keyword: index, before, writing, after, encoded: class.encoded() };
            if seen.insert(trial.text()) {
                all.push(trial);
            }
        }
    }
    all
}

fn measured(
    name: &'static str,
    aimed: bool,
    judges: &[Option<Judge>],
    trials: &[Trial],
    run: impl Fn(&Trial, &Judge, usize) -> Vec<Outcome>,
) -> Row {
    let mut keywords: Vec<usize> = trials.iter().map(|trial| trial.keyword).collect();
    keywords.dedup();
    let mut row =
        Row { name, aimed, keywords: keywords.len(), trials: 0, caught: [None; 3], misplaced: [0; 3] };
    let show = std::env::var("QWARDEN_EVASION_SHOW").unwrap_or_default();
    for (fold, judge) in judges.iter().enumerate() {
        let Some(judge) = judge else { continue };
        let (mut caught, mut total) = (0, 0);
        for (index, trial) in trials.iter().enumerate() {
            for outcome in run(trial, judge, index) {
                total += 1;
                caught += usize::from(outcome == Outcome::Caught);
                row.misplaced[fold] += usize::from(outcome == Outcome::Misplaced);
                if outcome != Outcome::Caught
                    && show.contains(FOLDS[fold])
                    && (show.contains(name) || show.contains("all"))
                {
                    eprintln!(
                        "{name}: {} {outcome:?}: {} in {}",
                        KEYWORDS[trial.keyword],
                        shown(&trial.writing),
                        shown(&trial.text())
                    );
                }
            }
        }
        row.caught[fold] = Some(caught);
        row.trials = total;
    }
    row
}

/// The text of a trial in two to four parts, cut within the writing or at its edges; of a phrase also
/// between its words, where the space goes.
fn in_parts(trial: &Trial, judge: &Judge, index: usize) -> Vec<Outcome> {
    let mut random = Random::new(index as u64 + 77);
    let text = trial.text();
    let places: Vec<usize> = (trial.before.len()..=trial.before.len() + trial.writing.len())
        .filter(|at| text.is_char_boundary(*at))
        .collect();
    let mut cuts: Vec<usize> = (0..1 + random.below(3)).map(|_| places[random.below(places.len())]).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    let parts: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
    vec![trial.run(judge, &parts)]
}

/// The text of a trial in two chunks, cut at every place in and around the writing, and in chunks of one
/// character: what leaves must be what leaves of the whole.
fn in_chunks(trial: &Trial, judge: &Judge, _: usize) -> Vec<Outcome> {
    let text = trial.text();
    let whole = trial.run(judge, &[&text]);
    let expected =
        judge.whole(&trial::segment(&[&text]), SUBJECT).text(&trial::segment(&[&text])).into_owned();
    let streamed = |pieces: &[&str]| {
        let mut lane = judge.lane(SUBJECT);
        let mut out = String::new();
        for piece in pieces {
            out.push_str(&lane.push(judge, SUBJECT, piece).text.unwrap_or_else(|| (*piece).to_owned()));
        }
        out + &lane.finish(judge, SUBJECT).text.unwrap_or_default()
    };
    let mut ways: Vec<Vec<&str>> = (trial.before.len()..=trial.before.len() + trial.writing.len())
        .filter(|at| text.is_char_boundary(*at))
        .map(|at| vec![&text[..at], &text[at..]])
        .collect();
    ways.push(text.split_inclusive(|_: char| true).collect());
    ways.iter()
        .map(|pieces| match streamed(pieces) == expected {
            true => whole,
            false => {
                eprintln!("cut {:?}: {:?} and not {expected:?}", pieces, streamed(pieces));
                Outcome::Misplaced
            }
        })
        .collect()
}

/// The keywords as they are written, in carriers.
fn plain(each: usize) -> Vec<Trial> {
    let mut all = Vec::new();
    for (index, keyword) in KEYWORDS.iter().enumerate() {
        let mut random = Random::new(index as u64 + 5);
        for _ in 0..each {
            let (before, after) = CARRIERS[random.below(CARRIERS.len())];
            all.push(Trial { keyword: index, before, writing: (*keyword).to_owned(), after, encoded: false });
        }
    }
    all
}

fn measure() -> Vec<Row> {
    let tables = Tables::new(KEYWORDS.iter().flat_map(|keyword| keyword.chars()));
    let judges: Vec<Option<Judge>> = FOLDS.iter().map(|fold| trial::judge(KEYWORDS, fold)).collect();
    let whole = |trial: &Trial, judge: &Judge, _: usize| vec![trial.run(judge, &[&trial.text()])];
    let by_class = &|classes: &[Class]| -> Vec<Row> {
        classes
            .iter()
            .map(|class| measured(class.name(), class.aimed(), &judges, &trials(*class, &tables), whole))
            .collect()
    };
    // One evaded writing of every eighth keyword in each class, cut everywhere.
    let evaded: Vec<Trial> = CLASSES
        .iter()
        .filter(|class| class.aimed())
        .flat_map(|class| trials(*class, &tables).into_iter().step_by(8 * VARIANTS))
        .collect();
    std::thread::scope(|scope| {
        let splits = scope.spawn(|| {
            vec![
                measured("split over chunks", true, &judges, &plain(1), in_chunks),
                measured("split over a message's parts", true, &judges, &plain(VARIANTS), in_parts),
                measured("any of these, split over chunks", true, &judges, &evaded, in_chunks),
                measured("any of these, split over parts", true, &judges, &evaded, in_parts),
            ]
        });
        let threads: Vec<_> =
            CLASSES.chunks(CLASSES.len() / 3).map(|some| scope.spawn(move || by_class(some))).collect();
        let mut rows: Vec<Row> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        rows.extend(splits.join().unwrap());
        // What is not aimed at stands last.
        rows.sort_by_key(|row| !row.aimed);
        rows
    })
}

fn table(rows: &[Row]) -> String {
    let mut out =
        "| class | keywords | variants | exact | standard | strong |\n|---|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let cells: Vec<String> = row
            .caught
            .iter()
            .map(|caught| match caught {
                None => "–".to_owned(),
                Some(caught) => format!("{caught} ({})", percent(*caught, row.trials)),
            })
            .collect();
        writeln!(out, "| {} | {} | {} | {} |", row.name, row.keywords, row.trials, cells.join(" | "))
            .unwrap();
    }
    out
}

fn percent(part: usize, of: usize) -> String {
    let tenths = (part * 1000).checked_div(of).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[test]
fn what_is_caught_is_what_the_document_says() {
    let rows = measure();
    let table = table(&rows);
    eprintln!("{table}");
    for row in rows.iter().filter(|row| row.misplaced != [0; 3]) {
        eprintln!("{}: found, but not in its place: {:?}", row.name, row.misplaced);
    }
    if !document::write("classes", &table) {
        assert_eq!(document::read("classes"), table, "QWARDEN_WRITE_DOCS=1 rewrites docs/evasion.md");
    }
    for row in rows.iter().filter(|row| row.aimed) {
        let caught = row.caught[2].unwrap_or(row.trials);
        assert!(caught * 100 >= row.trials * 99, "{}: {caught} of {} under strong", row.name, row.trials);
    }
}

/// The letters one by one: which of their look-alikes do not stand for them.
#[test]
#[ignore = "a report to read, not a check"]
fn characters_that_stand_for_nothing() {
    let letters: Vec<char> =
        "abcdefghijklmnopqrstuvwxyz0123456789абвгдежзийклмнопрстуфхцчшщъыьэюя".chars().collect();
    let tables = Tables::new(letters.iter().copied());
    let around = |c: char| if words::is_cyrillic(c) { format!("жш{c}жфю") } else { format!("vq{c}kwx") };
    let keywords: Vec<String> = letters.iter().map(|c| around(*c)).collect();
    let keywords: Vec<&str> = keywords.iter().map(String::as_str).collect();
    let judge = trial::judge(&keywords, "strong").unwrap();
    for (keyword, c) in letters.iter().enumerate() {
        for (name, likes) in [
            ("UTS 39", tables.uts39(*c)),
            ("small, boxed, flags", tables::small_boxed_and_flags(*c)),
            ("rare", tables::rare_lookalikes(*c)),
        ] {
            let total = likes.len();
            let missed: String = likes
                .into_iter()
                .filter(|like| {
                    let writing = keywords[keyword].replace(*c, &like.to_string());
                    let trial = Trial { keyword, before: "a ", writing, after: " b", encoded: false };
                    trial.run(&judge, &[&trial.text()]) != Outcome::Caught
                })
                .collect();
            if !missed.is_empty() {
                eprintln!("{c}, {name}: {} of {total}: {missed}", missed.chars().count());
            }
        }
    }
}
