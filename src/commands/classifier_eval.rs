//! `qwarden classifier eval`: how well the models do on texts with known labels.
//!
//! Owns the reading of labelled lines and the table. A label that a line does not name is unknown there and counts
//! nowhere. Refuses to choose thresholds: those in force are measured.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use clap::Args as ClapArgs;
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::classifier_args::{self, ClassifiersArg};
use super::classifier_measures::{Measures, Row, measure};
use super::printer::{Exit, FAINT, Format, Printer, STRONG, Shown, Styled};
use super::screen::progress;
use crate::screen::classifier::{Classifiers, LabelRef, Language, Needed, Question, Settings};
use crate::text::Phase;

/// Measure the classifiers on labelled texts
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Lines of JSON with `text`, `labels` {name: 0 or 1}, and where wanted `role` or `phase`, `lang`; `-` for
    /// standard input. A label that a line does not name is unknown there
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    classifiers: ClassifiersArg,
    /// Measure this model alone, without the other tier
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Let the fast tier answer where it is certain, as a gateway does; otherwise the last tier says everything
    #[arg(long, conflicts_with = "model")]
    cascade: bool,
    /// Read the label FROM of the file as the model's label TO
    #[arg(long, value_name = "FROM=TO", value_parser = pair)]
    rename: Vec<(String, String)>,
    /// For people, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (from, to) = text.split_once('=').ok_or("write FROM=TO")?;
    Ok((from.to_owned(), to.to_owned()))
}

/// One line of the input.
#[derive(Debug, Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    phase: Option<Phase>,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, f64>,
}

/// What is known and what is said about one text and label.
struct Verdict {
    label: usize,
    language: Language,
    row: Row,
    held: bool,
}

/// A label and a language; without a language it is all of them.
type Group = (usize, Option<Language>);

/// Lines that are read by all cores together.
const BATCH: usize = 512;

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let set = match classifier_args::load(&args.classifiers.classifiers, &Settings::default(), printer) {
        Ok(set) => set,
        Err(exit) => return exit,
    };
    match evaluate(args, &set) {
        Ok(found) => {
            found.show(args.format, printer);
            Exit::Fine
        }
        Err(error) => {
            printer.note(format_args!("error: {error}"));
            Exit::Failed
        }
    }
}

/// Everything that was measured.
struct Evaluation {
    rows: usize,
    labels: Vec<String>,
    measures: BTreeMap<Group, Measures>,
    /// Labels of the file that no model knows, and how many lines name them.
    unknown: BTreeMap<String, usize>,
}

fn evaluate(args: &Args, set: &Classifiers) -> Result<Evaluation, String> {
    let mut names: Vec<String> = Vec::new();
    let mut refs: Vec<LabelRef> = Vec::new();
    for category in set.categories() {
        match set.find(category, args.model.as_deref()) {
            Ok(label) => {
                names.push(category.to_owned());
                refs.push(label);
            }
            Err(error @ crate::screen::classifier::UnknownLabel::Model { .. }) => {
                return Err(error.to_string());
            }
            // Of several models one has to be named; the label is told as unknown.
            Err(_) => {}
        }
    }
    let (mut verdicts, mut unknown, mut rows) = (Vec::new(), BTreeMap::new(), 0);
    for file in &args.files {
        let shown = file.display().to_string();
        let fault = |error: &dyn std::fmt::Display| format!("{shown} cannot be read: {error}");
        let (mut reader, size): (Box<dyn BufRead>, Option<u64>) = if file.as_os_str() == "-" {
            (Box::new(BufReader::new(std::io::stdin())), None)
        } else {
            let file = File::open(file).map_err(|error| fault(&error))?;
            let size = file.metadata().ok().map(|metadata| metadata.len());
            (Box::new(BufReader::new(file)), size)
        };
        let (bar, mut number) = (progress(size), 0_usize);
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            let mut text = String::new();
            while batch.len() < BATCH {
                text.clear();
                let read = reader.read_line(&mut text).map_err(|error| fault(&error))?;
                if read == 0 {
                    break;
                }
                number += 1;
                bar.inc(read as u64);
                if !text.trim().is_empty() {
                    let line: Line = serde_json::from_str(&text).map_err(|error| {
                        format!("line {number} of {shown} is not what is expected: {error}")
                    })?;
                    batch.push((number, line));
                }
            }
            if batch.is_empty() {
                break;
            }
            rows += batch.len();
            for (_, line) in &mut batch {
                rename(line, &args.rename);
                for label in line.labels.keys().filter(|label| !names.contains(label)) {
                    *unknown.entry(label.clone()).or_default() += 1;
                }
            }
            let found: Result<Vec<Vec<Verdict>>, String> = batch
                .par_iter()
                .map(|(number, line)| {
                    judge(args, set, &names, &refs, line)
                        .map_err(|error| format!("line {number} of {shown}: {error}"))
                })
                .collect();
            verdicts.extend(found?.into_iter().flatten());
        }
        bar.finish_and_clear();
    }
    Ok(Evaluation { rows, measures: measures(&verdicts), labels: names, unknown })
}

fn rename(line: &mut Line, pairs: &[(String, String)]) {
    for (from, to) in pairs {
        if let Some(value) = line.labels.remove(from) {
            line.labels.insert(to.clone(), value);
        }
    }
}

fn judge(
    args: &Args,
    set: &Classifiers,
    names: &[String],
    refs: &[LabelRef],
    line: &Line,
) -> Result<Vec<Verdict>, String> {
    let phase = match (line.phase, line.role.as_deref()) {
        (Some(phase), _) => phase,
        (None, Some("response" | "assistant")) => Phase::Output,
        (None, None | Some("prompt" | "user" | "system" | "tool")) => Phase::Input,
        (None, Some(other)) => return Err(format!("unknown role {other:?}: write prompt or response")),
    };
    let needed: Vec<Needed> = names
        .iter()
        .zip(refs)
        .filter(|(name, _)| line.labels.contains_key(*name))
        .map(|(_, label)| Needed { label: *label, min_score: None })
        .collect();
    if needed.is_empty() {
        return Ok(Vec::new());
    }
    let mut question = Question::about(&*line.text, phase, needed);
    question.everything = args.model.is_none() && !args.cascade;
    let scores = set.answer_here(&question).map_err(|reason| reason.to_string())?;
    let language = match line.lang.as_deref() {
        Some("en") => Language::En,
        Some("zh") => Language::Zh,
        Some(_) => Language::Other,
        None => Language::of(&line.text),
    };
    let verdict = |(index, (name, label)): (usize, (&String, &LabelRef))| {
        let positive = *line.labels.get(name)? >= 0.5;
        let score = scores.of(*label)?;
        Some(Verdict { label: index, language, row: (score.value, positive), held: score.holds })
    };
    Ok(names.iter().zip(refs).enumerate().filter_map(verdict).collect())
}

fn measures(verdicts: &[Verdict]) -> BTreeMap<Group, Measures> {
    let mut groups: BTreeMap<Group, (Vec<Row>, Vec<bool>)> = BTreeMap::new();
    for verdict in verdicts {
        for language in [None, Some(verdict.language)] {
            let (rows, held) = groups.entry((verdict.label, language)).or_default();
            rows.push(verdict.row);
            held.push(verdict.held);
        }
    }
    groups.into_iter().map(|(key, (rows, held))| (key, measure(&rows, &held))).collect()
}

impl Evaluation {
    fn show(&self, format: Format, printer: &mut Printer) {
        let name = |label: usize| self.labels.get(label).map_or("", String::as_str);
        let language = |language: Option<Language>| language.map_or("all", Language::as_str);
        if format == Format::Json {
            let labels: Vec<_> = self
                .measures
                .iter()
                .map(|((label, of), measures)| {
                    let mut row = json!(measures);
                    if let Some(row) = row.as_object_mut() {
                        row.insert("label".to_owned(), json!(name(*label)));
                        row.insert("language".to_owned(), json!(language(*of)));
                    }
                    row
                })
                .collect();
            printer.json(&json!({"rows": self.rows, "labels": labels, "unknown_labels": self.unknown}));
            return;
        }
        printer.line(Styled(
            STRONG,
            format_args!(
                "{:<20} {:>5} {:>7} {:>7}  {:>6} {:>6} {:>7}  {:>6} {:>6} {:>6} {:>6}",
                "label", "lang", "rows", "ones", "AUPRC", "AUROC", "R@1%FP", "prec", "recall", "F1", "FP"
            ),
        ));
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        for ((label, of), measures) in &self.measures {
            printer.line(format_args!(
                "{:<20} {:>5} {:>7} {:>7}  {:>6} {:>6} {:>7}  {:>6} {:>6} {:>6} {:>6}",
                if of.is_none() { Shown(name(*label)).to_string() } else { String::new() },
                language(*of),
                measures.rows,
                measures.positives,
                number(measures.auprc),
                number(measures.auroc),
                number(measures.recall_at_1fpr),
                number(measures.precision),
                number(measures.recall),
                number(measures.f1),
                number(measures.false_positives),
            ));
        }
        printer.line(Styled(
            FAINT,
            format_args!(
                "{} texts; precision, recall, F1 and false positives are at the manifest's thresholds",
                self.rows
            ),
        ));
        for (label, lines) in &self.unknown {
            printer.note(format_args!(
                "note: no classifier has the label `{}` ({lines} lines); --rename {}=… reads it as another",
                Shown(label),
                Shown(label)
            ));
        }
    }
}
