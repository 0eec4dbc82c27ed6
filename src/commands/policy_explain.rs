//! `qwarden policy explain`: what is found in a text, which rule wins, and what would be sent.

use std::io::Read;
use std::sync::Arc;

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::json;

use super::printer::{Exit, FAINT, Format, MATCH, Printer, STRONG, Shown, Styled};
use super::rulebook::{self, ClassifiersArg, PoliciesArg};
use crate::decide::Verdict;
use crate::decide::judge::Heard;
use crate::gateway::rules::Rulebook;
use crate::policy::Mode;
use crate::screen::{Hit, Subject};
use crate::text::fold::strong::Transforms;
use crate::text::{Channel, Encoding, Phase, Role};

/// Show what is found in a text, which rule wins, and what would be sent
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The text; read from standard input when absent
    text: Option<String>,
    /// Which way it travels
    #[arg(long, value_enum, default_value_t = PhaseArg::Input)]
    phase: PhaseArg,
    /// Who says it [default: user for input, assistant for output]
    #[arg(long, value_enum)]
    role: Option<RoleArg>,
    /// Through which channel
    #[arg(long, value_enum, default_value_t = ChannelArg::Content)]
    channel: ChannelArg,
    /// The model of the exchange
    #[arg(long, default_value = "qwen")]
    model: String,
    /// The tenant of the exchange
    #[arg(long, default_value = "default")]
    tenant: String,
    #[command(flatten)]
    policies: PoliciesArg,
    #[command(flatten)]
    classifiers: ClassifiersArg,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A phase on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PhaseArg {
    /// A prompt
    Input,
    /// A reply
    Output,
}

impl From<PhaseArg> for Phase {
    fn from(phase: PhaseArg) -> Self {
        match phase {
            PhaseArg::Input => Self::Input,
            PhaseArg::Output => Self::Output,
        }
    }
}

/// A role on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// System and developer messages, tool definitions
    System,
    /// The person
    User,
    /// The model
    Assistant,
    /// A tool's result
    Tool,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::System => Self::System,
            RoleArg::User => Self::User,
            RoleArg::Assistant => Self::Assistant,
            RoleArg::Tool => Self::Tool,
        }
    }
}

/// A channel on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ChannelArg {
    /// The message itself
    Content,
    /// What the model thinks aloud
    Reasoning,
    /// Names and arguments of tool calls
    ToolCall,
}

impl From<ChannelArg> for Channel {
    fn from(channel: ChannelArg) -> Self {
        match channel {
            ChannelArg::Content => Self::Content,
            ChannelArg::Reasoning => Self::Reasoning,
            ChannelArg::ToolCall => Self::ToolCall,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let text = match read_text(args) {
        Ok(text) => text,
        Err(error) => {
            printer.note(format_args!("error: standard input cannot be read as text: {error}"));
            return Exit::Failed;
        }
    };
    let classifiers = match args.classifiers.load(printer) {
        Ok(classifiers) => classifiers,
        Err(exit) => return exit,
    };
    let (rulebook, _) = match rulebook::read_sound(&args.policies.policies, &classifiers, printer) {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    let phase = Phase::from(args.phase);
    let default_role = if phase == Phase::Input { Role::User } else { Role::Assistant };
    let subject = Subject {
        phase,
        role: args.role.map_or(default_role, Role::from),
        channel: args.channel.into(),
        encoding: Encoding::Plain,
        model: &args.model,
        tenant: &args.tenant,
    };
    let judged = rulebook::judge(&rulebook, subject, &text);
    match args.format {
        Format::Json => print_json(&rulebook, &judged, printer),
        Format::Text => print_text(&rulebook, &judged, &text, printer),
    }
    Exit::Fine
}

fn read_text(args: &Args) -> std::io::Result<String> {
    if let Some(text) = &args.text {
        return Ok(text.clone());
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    // What a shell adds at the end of a line is not part of the text.
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// A detector, the name of its list or entity, and where it saw something.
type Seen<'h> = (&'static str, Option<Arc<str>>, Vec<&'h Hit>);

/// Where the detectors of a rule saw something: detector, name of its list, spans.
fn seen<'h>(rulebook: &Rulebook, hits: &'h [Hit], verdict: &Verdict) -> Vec<Seen<'h>> {
    let policies = rulebook.policies();
    let mut seen = Vec::new();
    for (id, detector) in policies.detectors().filter(|(_, one)| one.rule == verdict.rule) {
        let found: Vec<&Hit> = hits.iter().filter(|hit| hit.detector == id).collect();
        if !found.is_empty() {
            let list = detector.kind.category();
            seen.push((detector.kind.name(), list, found));
        }
    }
    seen
}

fn print_json(rulebook: &Rulebook, judged: &rulebook::Judged, printer: &mut Printer) {
    let policies = rulebook.policies();
    let path =
        |outcome: crate::decide::Outcome| outcome.rule.map(|rule| policies.rule(rule).path.to_string());
    let findings: Vec<_> = judged
        .judgement
        .verdicts
        .iter()
        .flat_map(|verdict| {
            let rule = policies.rule(verdict.rule);
            seen(rulebook, &judged.judgement.findings.hits, verdict).into_iter().map(move |(detector, list, found)| {
                let transforms = found.iter().fold(Transforms::empty(), |all, hit| all | hit.transforms);
                json!({
                    "rule": &*rule.path, "action": rule.action, "severity": rule.severity, "enforced": verdict.enforced,
                    "detector": detector, "category": list,
                    "spans": found.iter().map(|hit| [hit.span.start, hit.span.end]).collect::<Vec<_>>(),
                    "transforms": transforms.names().collect::<Vec<_>>(),
                })
            })
        })
        .collect();
    printer.json(&json!({
        "action": judged.decided.action, "mode": judged.mode, "rule": path(judged.decided),
        "findings": findings, "scores": scores(rulebook, judged), "sent": judged.sent, "revision": rulebook.revision,
    }));
}

/// What classifiers said to each rule that asked.
fn scores(rulebook: &Rulebook, judged: &rulebook::Judged) -> Vec<serde_json::Value> {
    let policies = rulebook.policies();
    let of = |Heard { detector, scored, holds }: &Heard| {
        let asked = policies.detector(*detector);
        json!({
            "rule": &*policies.rule(asked.rule).path, "detector": asked.kind.name(),
            "category": asked.kind.category(), "score": scored.score, "threshold": scored.threshold,
            "tier": scored.tier.as_str(), "holds": holds,
        })
    };
    judged.scores.iter().map(of).collect()
}

/// The same for people: the rules with the highest scores against their thresholds first.
fn print_scores(rulebook: &Rulebook, judged: &rulebook::Judged, printer: &mut Printer) {
    if judged.judgement.findings.learned.down.is_some() || judged.judgement.findings.learned.unjudged > 0 {
        printer.line("\nthe classifiers gave no answer: what follows from that is the policy's `failure`");
    }
    if judged.scores.is_empty() {
        return;
    }
    let policies = rulebook.policies();
    printer.line(format_args!("\n{}", Styled(STRONG, "scores")));
    let mut heard: Vec<&Heard> = judged.scores.iter().collect();
    heard.sort_by_key(|one| (!one.holds, std::cmp::Reverse(one.scored.score)));
    for Heard { detector, scored, holds } in heard {
        let asked = policies.detector(*detector);
        let sign = if *holds { ">=" } else { "< " };
        printer.line(format_args!(
            "  {:.4} {sign} {:.4}  {} {} {}",
            scored.score.get(),
            scored.threshold.get(),
            asked.kind.category().unwrap_or_default(),
            policies.rule(asked.rule).path,
            Styled(FAINT, format_args!("({} tier)", scored.tier.as_str()))
        ));
    }
}

fn print_text(rulebook: &Rulebook, judged: &rulebook::Judged, text: &str, printer: &mut Printer) {
    let policies = rulebook.policies();
    printer.line(format_args!(
        "{} {}{}",
        Styled(STRONG, "action"),
        super::audit_args::action(judged.decided.action),
        if judged.mode == Mode::Monitor { " (monitored: nothing is done)" } else { "" }
    ));
    match judged.decided.rule {
        Some(rule) => {
            let found = policies.rule(rule);
            let file = &policies.policy_of(rule).file;
            printer.line(format_args!(
                "{}   {} {}",
                Styled(STRONG, "rule"),
                found.path,
                Styled(FAINT, format_args!("{file}:{}", found.line))
            ));
        }
        None => printer.line(format_args!("{}   none", Styled(STRONG, "rule"))),
    }
    if judged.judgement.verdicts.is_empty() {
        printer.line("nothing was found");
    }
    for verdict in &judged.judgement.verdicts {
        let rule = policies.rule(verdict.rule);
        let monitored = if verdict.enforced { "" } else { ", monitored" };
        printer.line(format_args!(
            "\n{} ({}, severity {}{monitored})",
            Styled(STRONG, &rule.path),
            rule.action.as_str(),
            format!("{:?}", rule.severity).to_ascii_lowercase()
        ));
        let seen = seen(rulebook, &judged.judgement.findings.hits, verdict);
        if seen.is_empty() {
            printer.line("  fired because of what is not there");
        }
        for (detector, list, found) in seen {
            for Hit { span, transforms, score, .. } in found {
                let list = list.as_ref().map(|list| format!(" of {list}")).unwrap_or_default();
                let matched = text.get(span.start..span.end).unwrap_or_default();
                let through = match transforms.names().collect::<Vec<_>>() {
                    none if none.is_empty() => String::new(),
                    names => format!(" (seen through {})", names.join(", ")),
                };
                let scored =
                    score.map(|scored| format!(" (score {}, threshold {})", scored.score, scored.threshold));
                let through = scored.unwrap_or(through);
                printer.line(format_args!(
                    "  {detector}{list} at {}..{}: {}{through}",
                    span.start,
                    span.end,
                    Styled(MATCH, Shown(matched))
                ));
            }
        }
    }
    print_scores(rulebook, judged, printer);
    printer.line(match &judged.sent {
        Some(sent) if sent == text => format!("\n{} the text as it is", Styled(STRONG, "sent")),
        Some(sent) => format!("\n{} {}", Styled(STRONG, "sent"), Shown(sent)),
        None => format!("\n{} an error: content_blocked", Styled(STRONG, "sent")),
    });
}
