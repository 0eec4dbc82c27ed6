//! A replay's report for people.
//!
//! Owns its words and tables. Refuses to count.

use super::audit_args::action;
use super::printer::{BAD, FAINT, GOOD, Marked, Printer, STRONG, Shown, Styled, WARNING};
use crate::policy::Mode;
use crate::replay::Report;
use crate::replay::item::Said;
use crate::replay::report::{Doing, Example, Kind, MarkChanges, MarkOf};

/// Columns of a rule's name.
const NAME: usize = 36;
/// Marks that are listed.
const LISTED: usize = 20;

/// Prints all of it.
pub(super) fn print(report: &Report, corpus: bool, printer: &mut Printer) {
    let what = if corpus { "rows" } else { "exchanges" };
    let with = match &report.before {
        Some(revision) => format!("revision {}", Shown(revision)),
        None => "what their records say".to_owned(),
    };
    printer.line(format_args!(
        "{} judged under revision {}, and compared with {with}",
        Styled(STRONG, format_args!("{} {what}", report.judged)),
        Shown(&report.after)
    ));
    let share = report.changed as f64 * 100.0 / report.judged.max(1) as f64;
    let style = if report.is_changed() { WARNING } else { GOOD };
    printer.line(format_args!("  {} would change ({share:.2} %)", Styled(style, report.changed)));
    for (why, count) in &report.left_out {
        printer.line(format_args!("  {} left out: they {}", Styled(WARNING, count), why.reason()));
    }
    if report.not_chosen > 0 {
        printer.line(Styled(FAINT, format_args!("  {} are not what --where asks for", report.not_chosen)));
    }
    if report.reply_unknown > 0 {
        printer.line(format_args!(
            "  {} prompts would go to the model and did not: what it would have said is not known",
            report.reply_unknown
        ));
    }
    if report.reply_spared > 0 {
        printer.line(format_args!(
            "  {} prompts would not go to the model and did: their replies are not judged",
            report.reply_spared
        ));
    }
    print_actions(report, printer);
    print_rules(report, printer);
    if !corpus {
        print_marks(&report.marks, printer);
    }
    print_examples(&report.examples, corpus, printer);
}

fn print_actions(report: &Report, printer: &mut Printer) {
    if report.actions.is_empty() {
        return;
    }
    printer.line(Styled(STRONG, "what would be done"));
    for change in &report.actions {
        printer.line(format_args!(
            "  {} → {} {:>9}",
            doing(change.was, 18),
            doing(change.is, 18),
            change.count
        ));
    }
}

/// An action in so many columns.
fn doing(doing: Doing, columns: usize) -> String {
    let monitored = if doing.monitored { " (monitor)" } else { "" };
    let length = doing.action.as_str().len() + monitored.len();
    format!("{}{monitored}{}", action(doing.action), " ".repeat(columns.saturating_sub(length)))
}

fn print_rules(report: &Report, printer: &mut Printer) {
    if report.rules.is_empty() {
        return;
    }
    printer.line(format_args!(
        "{:<width$} {:>9} {:>9} {:>9} {:>9} {:>9}",
        Styled(STRONG, "by rule"),
        "newly",
        "no longer",
        "still",
        "decides",
        "no longer",
        width = NAME + 2
    ));
    for rule in &report.rules {
        let gone = if rule.exists { "" } else { " (no longer there)" };
        printer.line(format_args!(
            "  {:<NAME$} {:>9} {:>9} {:>9} {:>9} {:>9}{}",
            Shown(&rule.rule).to_string(),
            rule.newly,
            rule.no_longer,
            rule.still,
            rule.wins,
            rule.loses,
            Styled(FAINT, gone)
        ));
    }
}

fn print_marks(marks: &MarkChanges, printer: &mut Printer) {
    let MarkChanges {
        cleared, false_positives_left, lost, true_positives_kept, caught, still_missed, ..
    } = marks;
    if cleared + false_positives_left + lost + true_positives_kept + caught + still_missed == 0 {
        return;
    }
    printer.line(Styled(STRONG, "marks"));
    printer.line(format_args!(
        "  false positives: {} would be cleared, {false_positives_left} would stay",
        Styled(GOOD, cleared)
    ));
    list("cleared", &marks.cleared_marks, printer);
    let style = if *lost > 0 { BAD } else { FAINT };
    printer.line(format_args!(
        "  true positives: {} would be lost, {true_positives_kept} would be kept",
        Styled(style, lost)
    ));
    list("lost", &marks.lost_marks, printer);
    if caught + still_missed > 0 {
        printer.line(format_args!(
            "  missed: in {} something would be found, in {still_missed} nothing new",
            Styled(GOOD, caught)
        ));
    }
}

fn list(what: &str, marks: &[MarkOf], printer: &mut Printer) {
    for mark in marks.iter().take(LISTED) {
        printer.line(format_args!(
            "    {what}: record {} {} {}",
            mark.key.seq,
            Shown(&mark.rule),
            Styled(FAINT, Shown(&mark.key.id))
        ));
    }
    if marks.len() > LISTED {
        printer.line(Styled(FAINT, format_args!("    … and {} more", marks.len() - LISTED)));
    }
}

fn print_examples(examples: &[Example], corpus: bool, printer: &mut Printer) {
    if examples.is_empty() {
        return;
    }
    printer.line(Styled(STRONG, "examples"));
    let mut ordered: Vec<&Example> = examples.iter().collect();
    ordered.sort_by(|one, other| (&one.rule, one.kind).cmp(&(&other.rule, other.kind)));
    let mut last: Option<(&str, Kind)> = None;
    for example in ordered {
        let this = (&*example.rule, example.kind);
        if last != Some(this) {
            let kind = match example.kind {
                Kind::Newly => "would find",
                Kind::NoLonger => "would no longer find",
                Kind::Otherwise => "finds the same, and something else is done",
            };
            printer.line(format_args!("  {}: {kind}", Shown(&example.rule)));
        }
        last = Some(this);
        let place = if corpus { "row" } else { "record" };
        let name = if corpus { example.key.id.clone() } else { example.key.seq.to_string() };
        let text = example.seen.text.as_deref().unwrap_or_default();
        printer.line(format_args!(
            "    {} {} → {}  {}",
            Styled(FAINT, format_args!("{place} {}", Shown(&name))),
            said(&example.was),
            said(&example.is),
            Marked { text, mark: example.seen.mark }
        ));
    }
}

fn said(said: &Said) -> String {
    let monitored = if said.mode == Mode::Monitor && said.rule.is_some() { " (monitor)" } else { "" };
    match &said.rule {
        Some(rule) => format!("{} by {}{monitored}", action(said.action), Shown(rule)),
        None => action(said.action).to_string(),
    }
}
