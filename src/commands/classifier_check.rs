//! `qwarden classifier check DIR`: does a model of one's own work, and if not, which part of it does not?
//!
//! Owns what is said about one folder: its faults, a manifest where it has none, a few scores and how
//! long it takes.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::classifier_args;
use super::classifier_list::show;
use super::printer::{Exit, FAINT, Format, GOOD, Printer, Shown, Styled};
use crate::screen::classifier::{MANIFEST, Proposal, Trial, check, propose};

/// Try one model's folder: what is wrong with it, what it says, how long it takes
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The model's folder: model.onnx, tokenizer.json and classifier.yaml (which is proposed where it is missing)
    folder: PathBuf,
    /// Write the proposed classifier.yaml into the folder
    #[arg(long)]
    write: bool,
    /// For people, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let manifest = args.folder.join(MANIFEST);
    if manifest.is_file() {
        return match check(&args.folder, None) {
            Ok(trial) => told(args, &trial, None, printer),
            Err(faults) => classifier_args::report(&faults, printer),
        };
    }
    let proposal = match propose(&args.folder) {
        Ok(proposal) => proposal,
        Err(error) => {
            printer.error(&error);
            return Exit::Failed;
        }
    };
    let trial = match check(&args.folder, Some(&proposal.manifest)) {
        Ok(trial) => trial,
        Err(faults) => {
            printer.note(format_args!(
                "note: there is no {MANIFEST}; with this one it does not work:\n{}",
                proposal.manifest
            ));
            return classifier_args::report(&faults, printer);
        }
    };
    if args.write
        && let Err(error) = std::fs::write(&manifest, &proposal.manifest)
    {
        printer.note(format_args!("error: {} cannot be written: {error}", manifest.display()));
        return Exit::Failed;
    }
    told(args, &trial, Some(&proposal), printer)
}

fn told(args: &Args, trial: &Trial, proposal: Option<&Proposal>, printer: &mut Printer) -> Exit {
    if args.format == Format::Json {
        let proposed =
            proposal.map(|proposal| json!({"manifest": proposal.manifest, "doubts": proposal.doubts}));
        printer.json(&json!({
            "model": trial.model, "samples": trial.samples, "latency": trial.latency, "proposed": proposed,
            "written": args.write && proposal.is_some(),
        }));
        return Exit::Fine;
    }
    if let Some(proposal) = proposal {
        let verb = if args.write { "was written" } else { "is proposed (--write puts it into the folder)" };
        printer.line(format_args!("this {MANIFEST} {verb}:\n"));
        for line in proposal.manifest.lines() {
            printer.line(format_args!("  {}", Shown(line)));
        }
        printer.line("");
        for doubt in &proposal.doubts {
            printer.note(format_args!("note: {doubt}"));
        }
    }
    show(&trial.model, printer);
    for sample in &trial.samples {
        let mut scores: Vec<(&str, f32)> =
            trial.model.labels.iter().map(|label| &*label.label).zip(sample.scores.iter().copied()).collect();
        scores.sort_by(|one, other| other.1.total_cmp(&one.1));
        let scores: Vec<String> =
            scores.iter().take(4).map(|(label, score)| format!("{} {score:.3}", Shown(label))).collect();
        printer.line(format_args!("  {} {}", Styled(FAINT, sample.language.as_str()), Shown(&sample.text)));
        printer.line(format_args!("     {}", scores.join(", ")));
    }
    for latency in &trial.latency {
        let unit = if trial.model.form == "tokens" { "tokens" } else { "n-grams" };
        printer.line(format_args!(
            "  {:>4} {unit}: {} (median of {} runs, one thread)",
            latency.tokens,
            time(latency.median_us),
            latency.runs
        ));
    }
    printer.line(Styled(GOOD, "works"));
    Exit::Fine
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
fn time(us: u64) -> String {
    if us < 1000 { format!("{us} µs") } else { format!("{:.1} ms", us as f64 / 1000.0) }
}
