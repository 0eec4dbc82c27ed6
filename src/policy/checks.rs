//! Checks: what is only visible when rules, replies and lists are looked at together.
//!
//! Everything here is a warning or a note: the policies mean what they say, and this file doubts
//! that it is what their editor means. The worst of these faults is the rule that silently never
//! decides anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::decode::Reader;
use super::diagnostic::{Diagnostic, Severity};
use super::document::Document;
use super::lists::List;
use super::rules::Rules;
use super::{Channel, Expr, Glob, Phase, Policy, Role, Scope};

/// Whether any text at all can be in a scope.
#[must_use]
pub(super) fn reaches_something(scope: &Scope) -> bool {
    let mut texts = Vec::new();
    for phase in &scope.phases {
        for role in &scope.roles {
            texts.extend(scope.channels.iter().map(|channel| exists(*phase, *role, *channel)));
        }
    }
    texts.contains(&true)
}

/// Whether texts of this kind exist in any dialect: replies are spoken by the model alone, and only
/// the model thinks aloud or calls tools.
fn exists(phase: Phase, role: Role, channel: Channel) -> bool {
    match (phase, role, channel) {
        (Phase::Output, role, _) => role == Role::Assistant,
        (Phase::Input, Role::Assistant, _) => true,
        (Phase::Input, Role::User, channel) => channel == Channel::Content,
        (Phase::Input, Role::System | Role::Tool, channel) => channel != Channel::Reasoning,
    }
}

/// Notes replies that no rule sends.
pub(super) fn unused_replies(reader: &mut Reader<'_>, document: &Document, used: &BTreeSet<String>) {
    for reply in document.replies.iter().filter(|reply| !used.contains(&reply.name.value)) {
        let message = format!("no rule sends the reply `{}`", reply.name.value);
        let note = reader.note("unused-reply", reply.name.span, message);
        reader.report(note.help("name it in a rule, or remove it"));
    }
}

/// Notes lists that no rule uses.
pub(super) fn unused_lists(
    lists: &BTreeMap<&str, List>,
    used: &BTreeSet<String>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (name, list) in lists.iter().filter(|(name, _)| !used.contains(**name)) {
        let note = Diagnostic::of_file(Severity::Note, "unused-list", &list.file, "no rule uses this list");
        diagnostics
            .push(note.help(format!("name it in a rule as `keywords: {{list: {name}}}`, or remove it")));
    }
}

/// Warns of rules that can fire and never decide: whenever one does, another one with a larger
/// action does too.
pub(super) fn outranked<'t>(
    policies: &[Policy],
    rules: &Rules<'_>,
    text_of: &dyn Fn(&str) -> &'t str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Rules that fire on each of these keywords, whatever else stands in the text.
    let mut firing: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut needs: Vec<Vec<BTreeSet<u32>>> = Vec::new();
    for (index, rule) in rules.rules.iter().enumerate() {
        let mut conjuncts = Vec::new();
        if rules.places.get(index).copied().flatten().is_none() {
            needs.push(conjuncts);
            continue;
        }
        let whole = disjunctions(&rule.when, rules, &mut conjuncts);
        if let (true, [only]) = (whole, conjuncts.as_slice()) {
            for number in only {
                firing.entry(*number).or_default().push(index);
            }
        }
        needs.push(conjuncts);
    }
    let policy_of =
        |index: usize| rules.rules.get(index).and_then(|rule| policies.get(rule.policy.0 as usize));
    for (index, rule) in rules.rules.iter().enumerate() {
        let stronger = |other: &usize| {
            let (Some(strong), Some(own), Some(theirs)) =
                (rules.rules.get(*other), policy_of(index), policy_of(*other))
            else {
                return false;
            };
            strong.action > rule.action && theirs.mode == own.mode && includes(&theirs.scope, &own.scope)
        };
        // One of these keywords stands in every text on which the rule fires. A stronger rule that
        // has all of them stands before it.
        let outranking = needs.get(index).into_iter().flatten().find_map(|keywords| {
            let mut keywords = keywords.iter();
            let first = keywords.next()?;
            let candidates: Vec<usize> =
                firing.get(first)?.iter().copied().filter(|other| stronger(other)).collect();
            keywords
                .try_fold(candidates, |left, number| {
                    let here = firing.get(number)?;
                    let left: Vec<usize> = left.into_iter().filter(|other| here.contains(other)).collect();
                    (!left.is_empty()).then_some(left)
                })?
                .first()
                .copied()
        });
        let Some(other) = outranking else { continue };
        let (Some(strong), Some(span), Some(policy)) =
            (rules.rules.get(other), rules.places.get(index).copied().flatten(), policy_of(index))
        else {
            continue;
        };
        let message = format!(
            "this rule never decides, since `{}` finds the same in the same texts and does more",
            strong.path
        );
        let warning = Diagnostic::at(
            Severity::Warning,
            "rule-outranked",
            (&policy.file, text_of(&policy.file)),
            span,
            message,
        )
        .help("remove it, give it other keywords, or narrow the scope of the other rule");
        diagnostics.push(match (policy_of(other), rules.places.get(other)) {
            (Some(policy), Some(Some(span))) => warning.label(&policy.file, *span, "the stronger rule"),
            _ => warning,
        });
    }
}

/// The sets of keywords of which one must be found for the expression to be true. Answers whether
/// they are all that it needs.
fn disjunctions(expr: &Expr, rules: &Rules<'_>, found: &mut Vec<BTreeSet<u32>>) -> bool {
    if let Expr::All(children) = expr {
        // Each child is asked, since even where one of them is something else, the others count.
        let whole: Vec<bool> = children.iter().map(|child| disjunctions(child, rules, found)).collect();
        return !whole.contains(&false);
    }
    let mut keywords = BTreeSet::new();
    let whole = any_of(expr, rules, &mut keywords);
    if whole && !keywords.is_empty() {
        found.push(keywords);
    }
    whole
}

/// Whether the expression is true exactly where one of some keywords is found; gathers them.
fn any_of(expr: &Expr, rules: &Rules<'_>, keywords: &mut BTreeSet<u32>) -> bool {
    match expr {
        Expr::Detector(id) => {
            let Some(numbers) = rules.numbers.get(id.0 as usize) else { return false };
            keywords.extend(numbers);
            !numbers.is_empty()
        }
        Expr::Any(children) => children.iter().all(|child| any_of(child, rules, keywords)),
        Expr::All(children) => matches!(children.as_slice(), [only] if any_of(only, rules, keywords)),
        Expr::None(_) => false,
    }
}

/// Whether everything in the scope `inner` is in the scope `outer` too.
fn includes(outer: &Scope, inner: &Scope) -> bool {
    let globs = |outer: &[Glob], inner: &[Glob]| {
        outer.iter().any(|glob| glob.as_str() == "*") || inner.iter().all(|glob| outer.contains(glob))
    };
    inner.phases.iter().all(|phase| outer.phases.contains(phase))
        && inner.roles.iter().all(|role| outer.roles.contains(role))
        && inner.channels.iter().all(|channel| outer.channels.contains(channel))
        && globs(&outer.models, &inner.models)
        && globs(&outer.tenants, &inner.tenants)
}
