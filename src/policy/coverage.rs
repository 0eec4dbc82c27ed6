//! Coverage: which rules are in force on which surface, and what each costs in a stream.
//!
//! A surface is a place where text goes through the gateway. The caller knows which are open, this
//! room knows which rules look at them; put side by side they show what nobody screens, which no
//! test of a policy would.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fmt::Write as _;

use serde::Serialize;

use super::{Action, Channel, DetectorId, DetectorKind, Expr, Mode, Phase, Policies, Role, Rule, StreamMode};

/// A place where text goes through the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Surface<'a> {
    /// The API, as the gateway names it.
    pub dialect: &'a str,
    /// Which way the text travels.
    pub phase: Phase,
    /// Whether it comes in pieces.
    pub stream: bool,
    /// Who speaks.
    pub role: Role,
    /// Where it is said.
    pub channel: Channel,
}

/// What a rule costs in a streamed reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamingCost {
    /// Text waits only while it could still become a match.
    Immediate,
    /// Text waits for the verdict on its sentence or window.
    Window,
    /// Text waits, from the first match on (from the start, where the rule can fire without one),
    /// until the rule is decided, which may be at the end of the reply.
    WholeReply,
}

impl fmt::Display for StreamingCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Immediate => "immediate",
            Self::Window => "window",
            Self::WholeReply => "whole reply",
        })
    }
}

/// The report.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage<'a> {
    /// The surfaces that were asked about, and what is in force on each.
    pub surfaces: Vec<SurfaceCoverage<'a>>,
    /// All rules in force.
    pub rules: Vec<RuleCoverage>,
    /// What should worry an operator.
    pub warnings: Vec<Warning>,
}

/// One surface.
#[derive(Debug, Clone, Serialize)]
pub struct SurfaceCoverage<'a> {
    /// Which.
    #[serde(flatten)]
    pub surface: Surface<'a>,
    /// The rules in force there, as `policy/rule`. A rule that is only for some models or tenants
    /// is among them.
    pub rules: Vec<String>,
}

/// One rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleCoverage {
    /// `policy/rule`.
    pub rule: String,
    /// File and line where it is written.
    pub file: String,
    /// Line of the file, from 1.
    pub line: u32,
    /// What it does.
    pub action: Action,
    /// Whether its policy acts.
    pub mode: Mode,
    /// The models it is for, where that is not all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// The tenants it is for, where that is not all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<String>,
    /// What it costs in a streamed reply; absent where it does not look at replies.
    pub streaming: Option<StreamingCost>,
    /// Why text waits longer than for a match, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Number of the surfaces asked about on which it is in force.
    pub surfaces: usize,
}

/// Something that should worry an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Stable name of the kind of warning.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// Puts policies and surfaces side by side.
#[must_use]
pub fn coverage<'a>(policies: &Policies, surfaces: &[Surface<'a>]) -> Coverage<'a> {
    let covers = |rule: &Rule, surface: &Surface<'_>| {
        policies.policy(rule.policy).scope.covers(surface.phase, surface.role, surface.channel)
    };
    let names = |surface: &Surface<'_>| {
        policies
            .rules
            .iter()
            .filter(|rule| covers(rule, surface))
            .map(|rule| (*rule.path).to_owned())
            .collect()
    };
    let surfaces: Vec<SurfaceCoverage<'a>> =
        surfaces.iter().map(|surface| SurfaceCoverage { surface: *surface, rules: names(surface) }).collect();
    let rules: Vec<RuleCoverage> = policies
        .rules
        .iter()
        .map(|rule| {
            let count = surfaces.iter().filter(|one| covers(rule, &one.surface)).count();
            rule_coverage(policies, rule, count)
        })
        .collect();
    let mut warnings = Vec::new();
    for Row { dialects, surface, modes, .. } in rows(&surfaces).iter().filter(|row| row.rules.is_empty()) {
        let message = format!(
            "no rule is in force on {}, {}, {} ({dialects}, {modes})",
            name(&surface.phase),
            name(&surface.role),
            name(&surface.channel)
        );
        warnings.push(Warning { code: "surface-without-rule", message });
    }
    for rule in rules.iter().filter(|rule| rule.surfaces == 0) {
        let message = format!("{} ({}:{}) is in force on no open surface", rule.rule, rule.file, rule.line);
        warnings.push(Warning { code: "rule-without-surface", message });
    }
    Coverage { surfaces, rules, warnings }
}

fn rule_coverage(policies: &Policies, rule: &Rule, surfaces: usize) -> RuleCoverage {
    let policy = policies.policy(rule.policy);
    let only = |globs: &[super::Glob]| {
        let names: Vec<String> = globs.iter().map(|glob| glob.as_str().to_owned()).collect();
        if names.iter().any(|name| name == "*") { Vec::new() } else { names }
    };
    let cost = policy.scope.phases.contains(&Phase::Output).then(|| streaming_cost(policies, rule));
    RuleCoverage {
        rule: (*rule.path).to_owned(),
        file: (*policy.file).to_owned(),
        line: rule.line,
        action: rule.action,
        mode: policy.mode,
        models: only(&policy.scope.models),
        tenants: only(&policy.scope.tenants),
        streaming: cost.map(|(cost, _)| cost),
        reason: cost.and_then(|(_, reason)| reason),
        surfaces,
    }
}

/// What a rule costs in a streamed reply, and why where that is more than the least. A rule that
/// changes nothing (`flag`, or a policy that only monitors) never makes text wait.
#[must_use]
pub fn streaming_cost(policies: &Policies, rule: &Rule) -> (StreamingCost, Option<&'static str>) {
    let acts = rule.action > Action::Flag && policies.policy(rule.policy).mode == Mode::Enforce;
    match undecided(&rule.when, policies) {
        // `stream: live` is for the verdicts of classifiers; keywords and lengths always wait.
        Some(reason) if acts => (StreamingCost::WholeReply, Some(reason)),
        _ if acts && asks(&rule.when, policies) => match rule.stream {
            StreamMode::Hold => (StreamingCost::Window, None),
            StreamMode::Live => (StreamingCost::Window, Some(LIVE)),
        },
        _ => (StreamingCost::Immediate, None),
    }
}

/// What `stream: live` changes about a window.
const LIVE: &str = "released while it is judged; a late verdict cuts the reply from there on";

/// Whether the expression asks a classifier.
fn asks(expr: &Expr, policies: &Policies) -> bool {
    match expr {
        Expr::All(children) | Expr::Any(children) | Expr::None(children) => {
            children.iter().any(|child| asks(child, policies))
        }
        Expr::Detector(id) => policies.detector(*id).kind.asks().is_some(),
    }
}

/// Why a match alone does not decide the expression, where it does not.
fn undecided(expr: &Expr, policies: &Policies) -> Option<&'static str> {
    match expr {
        Expr::None(_) => Some("`none:` is decided by the whole reply"),
        Expr::All(children) if children.len() > 1 => {
            let inner = children.iter().find_map(|child| undecided(child, policies));
            Some(inner.unwrap_or("`all:` is decided when the last of its parts is found"))
        }
        Expr::All(children) | Expr::Any(children) => {
            children.iter().find_map(|child| undecided(child, policies))
        }
        Expr::Detector(id) => undecided_detector(*id, policies),
    }
}

fn undecided_detector(id: DetectorId, policies: &Policies) -> Option<&'static str> {
    match policies.detector(id).kind {
        DetectorKind::Length { max_chars: Some(_), .. } => Some("`max_chars` is decided by the whole reply"),
        DetectorKind::Language { .. } => {
            Some("`language` is decided by the first 2,000 characters, or the end of a shorter reply")
        }
        _ => None,
    }
}

/// Surfaces that differ only in their dialect, or in whether they are streamed.
struct Row<'c> {
    surface: Surface<'c>,
    dialects: String,
    modes: &'static str,
    rules: &'c [String],
}

/// Surfaces with the same text and the same rules, together.
fn rows<'c>(surfaces: &'c [SurfaceCoverage<'_>]) -> Vec<Row<'c>> {
    let mut groups: BTreeMap<(Phase, Role, Channel), Vec<&SurfaceCoverage<'_>>> = BTreeMap::new();
    for one in surfaces {
        groups.entry((one.surface.phase, one.surface.role, one.surface.channel)).or_default().push(one);
    }
    // What is in force depends on nothing but the text's phase, role and channel.
    let row = |group: Vec<&'c SurfaceCoverage<'_>>| {
        let first = group.first()?;
        let mut dialects: Vec<&str> = Vec::new();
        for one in &group {
            if !dialects.contains(&one.surface.dialect) {
                dialects.push(one.surface.dialect);
            }
        }
        let streamed = group.iter().any(|one| one.surface.stream);
        let whole = group.iter().any(|one| !one.surface.stream);
        let modes = match (whole, streamed) {
            (true, true) => "whole and streamed",
            (false, true) => "streamed",
            _ => "whole",
        };
        Some(Row { surface: first.surface, dialects: dialects.join(" "), modes, rules: &first.rules })
    };
    groups.into_values().filter_map(row).collect()
}

/// The word that a policy file has for it.
fn name(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

impl fmt::Display for Coverage<'_> {
    /// Two tables and the warnings, for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["surface", "", "", "", "rules in force"].map(str::to_owned);
        table(f, heads, self.surface_lines())?;
        f.write_char('\n')?;
        let heads = ["rule", "action", "mode", "in a stream", "only for"].map(str::to_owned);
        table(f, heads, self.rule_lines())?;
        if self.rules.iter().any(|rule| rule.streaming == Some(StreamingCost::Window)) {
            f.write_str("\nwindow: text waits for the classifiers' verdict on its sentence or window,\n")?;
            f.write_str("unless the rule says `stream: live`.\n")?;
        }
        if self.rules.iter().any(|rule| rule.streaming == Some(StreamingCost::WholeReply)) {
            f.write_str("\nwhole reply: text from the first match on is held until the rule is decided;\n")?;
            f.write_str("a rule that needs no match to fire holds the reply from its start.\n")?;
        }
        for warning in &self.warnings {
            write!(f, "\nwarning[{}]: {}", warning.code, warning.message)?;
        }
        if self.warnings.is_empty() { Ok(()) } else { f.write_char('\n') }
    }
}

impl Coverage<'_> {
    /// The surfaces for people, those with the same rules together: phase, role, channel, APIs,
    /// policies.
    #[must_use]
    pub fn surface_lines(&self) -> Vec<[String; 5]> {
        let line = |row: Row<'_>| {
            [
                name(&row.surface.phase),
                name(&row.surface.role),
                name(&row.surface.channel),
                format!("{}, {}", row.dialects, row.modes),
                self.by_policy(row.rules),
            ]
        };
        rows(&self.surfaces).into_iter().map(line).collect()
    }

    /// The rules for people: path, action, mode, what they cost in a stream, models and tenants.
    #[must_use]
    pub fn rule_lines(&self) -> Vec<[String; 5]> {
        let line = |rule: &RuleCoverage| {
            let cost = match (rule.streaming, rule.reason) {
                (None, _) => "-".to_owned(),
                (Some(cost), None) => cost.to_string(),
                (Some(cost), Some(reason)) => format!("{cost}: {reason}"),
            };
            let mut only = Vec::new();
            for (what, names) in [("models", &rule.models), ("tenants", &rule.tenants)] {
                if !names.is_empty() {
                    only.push(format!("{what} {}", names.join(" ")));
                }
            }
            [rule.rule.clone(), name(&rule.action), name(&rule.mode), cost, only.join(", ")]
        };
        self.rules.iter().map(line).collect()
    }

    /// Rules as the names of their policies, with how many of each. A policy that only monitors is
    /// marked, so that nobody takes it for a protection.
    fn by_policy(&self, rules: &[String]) -> String {
        let policy = |rule: &str| rule.split('/').next().unwrap_or_default().to_owned();
        let monitored: BTreeSet<String> = self
            .rules
            .iter()
            .filter(|rule| rule.mode == Mode::Monitor)
            .map(|rule| policy(&rule.rule))
            .collect();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for rule in rules {
            *counts.entry(policy(rule)).or_default() += 1;
        }
        if counts.is_empty() {
            return "NONE".to_owned();
        }
        let cell = |(policy, count): (&String, &usize)| match monitored.contains(policy) {
            true => format!("{policy} ({count}, monitor)"),
            false => format!("{policy} ({count})"),
        };
        counts.iter().map(cell).collect::<Vec<_>>().join(", ")
    }
}

fn table(f: &mut fmt::Formatter<'_>, heads: [String; 5], mut lines: Vec<[String; 5]>) -> fmt::Result {
    lines.insert(0, heads);
    let mut widths = [0; 5];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in lines {
        let mut text = String::new();
        for (width, cell) in widths.iter().zip(line) {
            let _ = write!(text, "{cell:width$}  ");
        }
        writeln!(f, "{}", text.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::compile_str;
    use super::*;

    const TEXT: &str = r#"
policy: p
scope: {models: ["qwen*"]}
rules:
  - {id: any, when: {any: [{keywords: [a]}, {length: {min_chars: 3}}]}, action: block}
  - {id: none, when: {keywords: [b], none: {keywords: [c]}}, action: block}
  - {id: only-none, when: {none: {keywords: [d]}}, action: block}
  - {id: all, when: {all: [{keywords: [e]}, {keywords: [f]}]}, action: redact}
  - {id: all-of-one, when: {all: [{keywords: [g]}]}, action: redact}
  - {id: long, when: {length: {max_chars: 9}}, action: block}
  - {id: flags, when: {none: {keywords: [h]}}, action: flag}
  - {id: live, when: {none: {keywords: [i]}}, action: block, stream: live}
"#;
    const MONITOR: &str = "policy: watch\nmode: monitor\nscope: {channels: [reasoning]}\n\
        rules: [{id: none, when: {none: {keywords: [a]}}, action: block}]\n";
    const INPUT: &str = "policy: z\nscope: {phase: [input], roles: [tool]}\n\
        rules: [{id: r, when: {none: {keywords: [a]}}, action: block}]\n";

    fn policies(files: &[(&str, &str)]) -> Policies {
        compile_str(files).policies.expect("nothing here is an error")
    }

    fn surface(dialect: &str, phase: Phase, stream: bool, role: Role, channel: Channel) -> Surface<'_> {
        Surface { dialect, phase, stream, role, channel }
    }

    #[test]
    fn each_rule_has_its_cost() {
        let policies = policies(&[("p.yaml", TEXT), ("w.yaml", MONITOR), ("z.yaml", INPUT)]);
        let coverage = coverage(&policies, &[]);
        let check = |rule: &str, cost: Option<StreamingCost>, reason: &str| {
            let found = coverage.rules.iter().find(|one| one.rule == rule).expect(rule);
            assert_eq!(found.streaming, cost, "{rule}");
            assert!(found.reason.unwrap_or_default().starts_with(reason), "{rule}: {:?}", found.reason);
            assert_eq!(found.reason.is_some(), !reason.is_empty(), "{rule}");
        };
        check("p/any", Some(StreamingCost::Immediate), "");
        check("p/none", Some(StreamingCost::WholeReply), "`none:`");
        check("p/only-none", Some(StreamingCost::WholeReply), "`none:`");
        check("p/all", Some(StreamingCost::WholeReply), "`all:`");
        check("p/all-of-one", Some(StreamingCost::Immediate), "");
        check("p/long", Some(StreamingCost::WholeReply), "`max_chars`");
        check("p/flags", Some(StreamingCost::Immediate), "");
        check("p/live", Some(StreamingCost::WholeReply), "`none:`");
        check("watch/none", Some(StreamingCost::Immediate), "");
        check("z/r", None, "");
    }

    #[test]
    fn surfaces_and_rules_without_each_other_are_warnings() {
        let policies = policies(&[("w.yaml", MONITOR), ("z.yaml", INPUT)]);
        let surfaces = [
            surface("openai", Phase::Input, false, Role::User, Channel::Content),
            surface("ollama", Phase::Input, true, Role::User, Channel::Content),
            surface("openai", Phase::Output, true, Role::Assistant, Channel::Reasoning),
        ];
        let coverage = coverage(&policies, &surfaces);
        let rules: Vec<_> = coverage.surfaces.iter().map(|one| one.rules.join(" ")).collect();
        assert_eq!(rules, ["", "", "watch/none"]);
        let expected = "\
surface                                                           rules in force
input    user       content    openai ollama, whole and streamed  NONE
output   assistant  reasoning  openai, streamed                   watch (1, monitor)

rule        action  mode     in a stream  only for
watch/none  block   monitor  immediate
z/r         block   enforce  -

warning[surface-without-rule]: no rule is in force on input, user, content (openai ollama, whole and streamed)
warning[rule-without-surface]: z/r (z.yaml:3) is in force on no open surface
";
        assert_eq!(coverage.to_string(), expected);
        let json = serde_json::to_value(&coverage).expect("it is JSON");
        assert_eq!(json["surfaces"][2]["channel"], "reasoning");
        assert_eq!(json["rules"][0]["streaming"], "immediate");
    }
}
