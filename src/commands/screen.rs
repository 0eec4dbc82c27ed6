//! `qwarden screen`: texts in bulk, JSONL in and JSONL out, in order, on all cores.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::printer::{Exit, Printer};
use super::rulebook::{self, ClassifiersArg, PoliciesArg};
use crate::gateway::rules::Rulebook;
use crate::replay::corpus::Row;
use crate::screen::Subject;
use crate::screen::classifier::{Question, Unavailable};
use crate::text::fold::strong::Transforms;
use crate::text::{Channel, Encoding, Phase};

/// Screen texts in bulk: JSONL in, JSONL out
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Lines of JSON with `text`, and where wanted `role`, `phase`, `id`; `-` for standard input
    file: PathBuf,
    #[command(flatten)]
    policies: PoliciesArg,
    #[command(flatten)]
    classifiers: ClassifiersArg,
    /// Add the scores of every label of the last classifier tier
    #[arg(long)]
    scores: bool,
}

/// Lines that are screened together; output keeps their order.
const BATCH: usize = 4_096;

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let classifiers = match args.classifiers.load(printer) {
        Ok(classifiers) => classifiers,
        Err(exit) => return exit,
    };
    let (rulebook, _) = match rulebook::read_sound(&args.policies.policies, &classifiers, printer) {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    if args.scores && classifiers.is_empty() {
        printer.note("note: there is no folder of classifiers, so `scores` is empty");
    }
    let (reader, size): (Box<dyn BufRead>, Option<u64>) = if args.file.as_os_str() == "-" {
        (Box::new(BufReader::new(std::io::stdin())), None)
    } else {
        match File::open(&args.file) {
            Ok(file) => {
                let size = file.metadata().ok().map(|metadata| metadata.len());
                (Box::new(BufReader::with_capacity(1 << 20, file)), size)
            }
            Err(error) => {
                printer.note(format_args!("error: {} cannot be read: {error}", args.file.display()));
                return Exit::Failed;
            }
        }
    };
    match screen(reader, progress(size), &rulebook, args.scores, printer) {
        Ok(0) => Exit::Fine,
        Ok(bad) => {
            printer.note(format_args!(
                "error: {bad} lines are not what is expected; each has an `error` in the output"
            ));
            Exit::Failed
        }
        Err(error) => {
            printer.note(format_args!("error: {error}"));
            Exit::Failed
        }
    }
}

/// Screens all lines; says how many could not be.
fn screen(
    mut reader: Box<dyn BufRead>,
    bar: ProgressBar,
    rulebook: &Rulebook,
    scores: bool,
    printer: &mut Printer,
) -> std::io::Result<usize> {
    let mut bad = 0;
    let mut number = 0;
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        let mut bytes = 0;
        while batch.len() < BATCH {
            let mut line = Vec::new();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            number += 1;
            if !line.trim_ascii().is_empty() {
                batch.push((number, line));
            }
        }
        if batch.is_empty() {
            break;
        }
        let answers: Vec<Result<Value, Value>> =
            batch.par_iter().map(|(number, line)| screen_line(rulebook, *number, line, scores)).collect();
        for answer in answers {
            bad += usize::from(answer.is_err());
            let (Ok(answer) | Err(answer)) = answer;
            printer.json(&answer);
            if printer.is_closed() {
                return Ok(bad);
            }
        }
        bar.inc(bytes);
    }
    bar.finish_and_clear();
    printer.flush();
    std::io::stderr().flush()?;
    Ok(bad)
}

fn screen_line(rulebook: &Rulebook, number: usize, line: &[u8], scores: bool) -> Result<Value, Value> {
    let wrong = |id: &Value, error: &str| json!({"id": id, "line": number, "error": error});
    let row: Row = serde_json::from_slice(line).map_err(|error| wrong(&json!(number), &error.to_string()))?;
    let id = row.id.clone().unwrap_or_else(|| json!(number));
    let (phase, role) = row.said().map_err(|error| wrong(&id, &error))?;
    let subject = Subject {
        phase,
        role,
        channel: Channel::Content,
        encoding: Encoding::Plain,
        model: "qwen",
        tenant: "default",
    };
    let judged = rulebook::judge(rulebook, subject, &row.text);
    let policies = rulebook.policies();
    let findings: Vec<Value> = judged
        .judgement
        .verdicts
        .iter()
        .map(|verdict| {
            let rule = policies.rule(verdict.rule);
            let transforms = judged
                .judgement
                .findings
                .hits
                .iter()
                .filter(|hit| policies.detector(hit.detector).rule == verdict.rule)
                .fold(Transforms::empty(), |all, hit| all | hit.transforms);
            json!({
                "rule": &*rule.path, "action": rule.action, "severity": rule.severity, "enforced": verdict.enforced,
                "spans": verdict.spans.iter().map(|span| [span.start, span.end]).collect::<Vec<_>>(),
                "transforms": transforms.names().collect::<Vec<_>>(),
            })
        })
        .collect();
    if let Some(down) = judged.judgement.findings.learned.down {
        return Err(wrong(&id, &down.to_string()));
    }
    let mut answer = json!({
        "id": id, "action": judged.outcome.action,
        "rule": judged.outcome.rule.map(|rule| &*policies.rule(rule).path), "findings": findings,
    });
    if scores && let Some(answer) = answer.as_object_mut() {
        let scores = all_scores(rulebook, phase, &row.text).map_err(|down| wrong(&id, &down.to_string()))?;
        answer.insert("scores".to_owned(), scores.into());
    }
    Ok(answer)
}

/// The score of every label, by the last tier that knows it; of several models the highest.
fn all_scores(rulebook: &Rulebook, phase: Phase, text: &str) -> Result<Map<String, Value>, Unavailable> {
    let mut all = Map::new();
    let classifiers = &rulebook.classifiers;
    if classifiers.is_empty() {
        return Ok(all);
    }
    let scores = classifiers.answer_here(&Question::everything(text, phase))?;
    for score in scores.iter() {
        let known = all.entry(classifiers.name(score.label)).or_insert(json!(0.0));
        if known.as_f64().is_none_or(|known| known < f64::from(score.value)) {
            *known = json!(score.value);
        }
    }
    Ok(all)
}

/// A bar on standard error, where somebody looks at it, over a file of so many bytes; also for `classifier eval`.
pub(super) fn progress(size: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    match size {
        Some(size) => {
            let bar = ProgressBar::new(size);
            let template = "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} left";
            bar.with_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        }
        None => ProgressBar::new_spinner(),
    }
}
