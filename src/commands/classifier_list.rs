//! `qwarden classifier list`: which models are there, and what they know.

use clap::Args as ClapArgs;
use serde_json::Value;

use super::classifier_args::{self, ClassifiersArg};
use super::printer::{Exit, FAINT, Format, Printer, STRONG, Shown, Styled};
use crate::screen::classifier::{ModelInfo, Settings, Thresholds};

/// Which classifiers are there: tier, labels, thresholds, size, licence, and what they reached
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    classifiers: ClassifiersArg,
    /// For people, or one JSON object a classifier
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let set = match classifier_args::load(&args.classifiers.classifiers, &Settings::default(), printer) {
        Ok(set) => set,
        Err(exit) => return exit,
    };
    for model in set.models() {
        match args.format {
            Format::Json => printer.json(&model),
            Format::Text => show(&model, printer),
        }
    }
    Exit::Fine
}

pub(super) fn show(model: &ModelInfo, printer: &mut Printer) {
    let unknown = |text: &str| if text.is_empty() { "not told".to_owned() } else { Shown(text).to_string() };
    printer.line(format_args!(
        "{}  {} tier, {}, {:.1} MB, {}",
        Styled(STRONG, &model.classifier),
        model.tier.as_str(),
        model.form,
        megabytes(model.bytes),
        Styled(FAINT, model.digest.get(..16).unwrap_or_default()),
    ));
    printer.line(format_args!("  {}", Shown(&model.title)));
    printer.line(format_args!("  licence {}, made {}", unknown(&model.licence), unknown(&model.date)));
    if !model.data.is_empty() {
        printer.line(format_args!("  data: {}", Shown(model.data.trim())));
    }
    printer
        .line(Styled(FAINT, format_args!("  {:<20} {:>6} {:>6} {:>6}", "holds from", "en", "zh", "other")));
    for label in &model.labels {
        let route = label.route.as_ref().map_or_else(String::new, |route| {
            let with = if route.with.is_empty() {
                String::new()
            } else {
                format!(", with {}", Shown(&route.with.join(", ")))
            };
            format!("   final under {}{with} and over {}", each(route.clear_below), each(route.certain_above))
        });
        let blend =
            label.blend.map_or_else(String::new, |weight| format!("   {weight} of the fast tier's logit"));
        printer.line(format_args!(
            "  {:<20} {:>6.3} {:>6.3} {:>6.3}{route}{blend}",
            Shown(&label.label).to_string(),
            label.thresholds.en,
            label.thresholds.zh,
            label.thresholds.other,
        ));
    }
    if let Value::Object(sets) = &model.scores {
        printer.line(Styled(FAINT, "  scores, as its maker wrote them down"));
        for (set, labels) in sets {
            let Value::Object(labels) = labels else { continue };
            for (label, numbers) in labels {
                let numbers = match numbers {
                    Value::Object(numbers) => numbers
                        .iter()
                        .map(|(name, value)| format!("{} {}", Shown(name), Shown(&value.to_string())))
                        .collect::<Vec<_>>()
                        .join(", "),
                    other => other.to_string(),
                };
                printer.line(format_args!("  {} · {}: {numbers}", Shown(set), Shown(label)));
            }
        }
    }
}

/// One number where it is that of every language, and else English, Chinese, other.
fn each(Thresholds { en, zh, other }: Thresholds) -> String {
    let same = en.to_bits() == zh.to_bits() && zh.to_bits() == other.to_bits();
    if same { en.to_string() } else { format!("{en}/{zh}/{other}") }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
