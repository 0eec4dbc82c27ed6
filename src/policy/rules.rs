//! Rules: from a rule as written to one that can be screened for.
//!
//! This file owns the joining of a rule to its reply and its detectors (`detectors`), and what can be said about
//! a rule on its own. It refuses to compare rules with each other: that is for `checks`.

mod detectors;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::compile::template;
use super::decode::{Reader, Spanned};
use super::diagnostic::{Span, did_you_mean};
use super::document::{Document, RuleDocument};
use super::offer::Need;
use super::template::Template;
use super::vocabulary::{Seen, Vocabulary};
use super::{Action, Detector, DetectorKind, Expr, Offer, PolicyId, Reply, Rule, StreamMode};

/// The rules of all policies so far.
pub(super) struct Rules<'l> {
    /// The classifiers that they can ask.
    offer: &'l Offer,
    /// Their keywords.
    pub(super) vocabulary: Vocabulary<'l>,
    /// Those in force, compiled.
    pub(super) rules: Vec<Rule>,
    /// Their detectors.
    pub(super) detectors: Vec<Detector>,
    /// By detector, the numbers of its keywords in the vocabulary, sorted; empty for others.
    pub(super) numbers: Vec<Vec<u32>>,
    /// By rule, where it stands in its file; absent where there is a fault in it.
    pub(super) places: Vec<Option<Span>>,
}

/// What the rules of a policy are joined to.
pub(super) struct Surroundings<'a> {
    /// Index and name of the policy.
    pub(super) policy: (PolicyId, &'a str),
    /// Whether its rules are in force.
    pub(super) in_force: bool,
    /// Whether prompts are in its scope.
    pub(super) sees_prompts: bool,
    /// Whether what the model said before, as a client sends it again, is in its scope.
    pub(super) sees_history: bool,
    /// Whether replies are in its scope.
    pub(super) sees_replies: bool,
    /// Whether it can do without classifiers.
    pub(super) need: Need,
    /// Whether its file was read to its end, so that what is not there is missing.
    pub(super) complete: bool,
    /// Its replies.
    pub(super) replies: &'a BTreeMap<String, Arc<Reply>>,
    /// The replies that were asked for.
    pub(super) used_replies: BTreeSet<String>,
}

impl<'l> Rules<'l> {
    pub(super) fn new(vocabulary: Vocabulary<'l>, offer: &'l Offer) -> Self {
        Self {
            offer,
            vocabulary,
            rules: Vec::new(),
            detectors: Vec::new(),
            numbers: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Compiles the rules of a policy. Those of a policy that is not in force are checked, and not
    /// kept.
    pub(super) fn add_policy(
        &mut self,
        reader: &mut Reader<'_>,
        document: &Document,
        around: &mut Surroundings<'_>,
    ) {
        let (rules, detectors) = (self.rules.len(), self.detectors.len());
        let mut ids: HashMap<&str, Span> = HashMap::new();
        for written in &document.rules {
            if let Some(id) = &written.id {
                if let Some(first) = ids.get(&*id.value) {
                    let message = format!("another rule of this policy has the id `{}`", id.value);
                    let fault = reader.fault("duplicate-rule", id.span, message);
                    let fault = fault.help("give it an id of its own");
                    reader.report(fault.label(reader.file(), *first, "first written here"));
                } else {
                    ids.insert(&id.value, id.span);
                }
            }
            self.add(reader, written, around);
        }
        if !around.in_force {
            self.rules.truncate(rules);
            self.places.truncate(rules);
            self.detectors.truncate(detectors);
            self.numbers.truncate(detectors);
        }
    }

    /// Compiles what a policy masks in records: a rule for each detector, which redacts.
    pub(super) fn add_masks(
        &mut self,
        reader: &mut Reader<'_>,
        document: &Document,
        (policy, name): (PolicyId, &str),
        in_force: bool,
    ) {
        let (rules, detectors) = (self.rules.len(), self.detectors.len());
        let mut seen = Seen::new();
        let replies = BTreeMap::new();
        let around = Surroundings {
            policy: (policy, name),
            in_force,
            sees_prompts: true,
            sees_history: true,
            sees_replies: true,
            need: document.classifiers.unwrap_or_default(),
            complete: true,
            replies: &replies,
            used_replies: BTreeSet::new(),
        };
        for (number, condition) in (1..).zip(&document.mask) {
            let Some(when) = self.expr(reader, condition, false, &around, &mut seen) else { continue };
            let id = format!("mask-{number}");
            self.rules.push(super::masks::rule(policy, &format!("{name}/{id}"), &id, when));
            self.places.push(None);
        }
        if !in_force {
            self.rules.truncate(rules);
            self.places.truncate(rules);
            self.detectors.truncate(detectors);
            self.numbers.truncate(detectors);
        }
    }

    fn add(&mut self, reader: &mut Reader<'_>, written: &RuleDocument, around: &mut Surroundings<'_>) {
        let (first_detector, errors) = (self.detectors.len(), reader.errors());
        let mut seen = Seen::new();
        let when = written
            .when
            .as_ref()
            .and_then(|condition| self.expr(reader, condition, false, around, &mut seen));
        let place = written.id.as_ref().map(|id| id.span);
        let (reply, with) = (reply(reader, written, around), with(reader, written));
        let restore = restore(reader, written, around);
        let sound = written.sound && reader.errors() == errors;
        if let (Some(when), Some(place), true) = (&when, place, sound) {
            self.look_at(reader, written, when, first_detector, place);
        }
        let (policy, policy_name) = around.policy;
        let id: Arc<str> = written.id.as_ref().map_or("", |id| &*id.value).into();
        let has_condition = when.is_some();
        // A rule with a fault in it is kept as far as it goes, so that indices stay right. Its
        // diagnostic is an error, and so nothing of it is ever used.
        self.rules.push(Rule {
            policy,
            path: format!("{policy_name}/{id}").into(),
            id,
            when: when.unwrap_or_else(|| Expr::Any(Vec::new())),
            severity: written.severity.unwrap_or_default(),
            action: written.action.as_ref().map(|action| action.value).unwrap_or_default(),
            reply,
            with,
            restore,
            stream: written.stream.as_ref().map(|stream| stream.value).unwrap_or_default(),
            line: written.span.line,
        });
        self.places.push(place.filter(|_| has_condition && sound));
    }

    /// Says what is wrong with a rule whose condition is sound.
    fn look_at(
        &self,
        reader: &mut Reader<'_>,
        written: &RuleDocument,
        when: &Expr,
        first_detector: usize,
        place: Span,
    ) {
        let detectors = self.detectors.get(first_detector..).unwrap_or_default();
        let gives_spans = |one: &Detector| one.kind.gives_spans();
        let action = written.action.as_ref();
        if let Some(Spanned { value: Action::Redact, span }) = action
            && !detectors.iter().any(|one| gives_spans(one) && !one.negated)
        {
            let message =
                "there is nothing to redact, since no detector of this rule says where it found something";
            let fault = reader.fault("redact-without-span", *span, message);
            reader.report(fault.help(
                "add `keywords`, `patterns` or `entities` outside of `none`, or choose another action",
            ));
        }
        if let Some(Spanned { value: Action::Allow, span }) = action {
            let message = "a rule that allows has no effect, since what another rule does is always stronger";
            let warning = reader.warning("allow-without-effect", *span, message);
            reader.report(warning.help("put the exception under `none:` in the rule it is meant for"));
        }
        if !can_fire(when, &self.detectors) {
            let message = "this rule can never fire, since none of its detectors can find anything";
            let warning = reader.warning("rule-never-fires", place, message);
            reader.report(warning.help("give it a keyword that can be found, or remove it"));
        }
        if let (Some(Spanned { value: StreamMode::Live, span }), Some(Action::Redact)) =
            (&written.stream, action.map(|action| action.value))
        {
            let message = "text that has left cannot be redacted, so a rule that redacts cannot be `live`";
            let fault = reader.fault("redact-live", *span, message);
            reader.report(fault.help("write `stream: hold`, or an action that can cut: deflect or block"));
        } else if let Some(Spanned { value: StreamMode::Live, span }) = &written.stream
            && !detectors.iter().any(|one| one.kind.asks().is_some())
            && !left_out(when)
        {
            let message = "`stream: live` has no effect on a rule without a classifier";
            let note = reader.note("stream-without-effect", *span, message);
            reader
                .report(note.help("remove it: text waits only while the rule could still come to match it"));
        }
    }
}

/// An index of ours. A folder that held four thousand million rules would not fit in memory.
pub(super) fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Whether there is a text for which the expression is true, as far as keywords go.
fn can_fire(expr: &Expr, detectors: &[Detector]) -> bool {
    match expr {
        Expr::All(children) => children.iter().all(|child| can_fire(child, detectors)),
        Expr::Any(children) => children.iter().any(|child| can_fire(child, detectors)),
        Expr::None(_) => true,
        Expr::Detector(id) => match detectors.get(id.0 as usize).map(|detector| &detector.kind) {
            Some(DetectorKind::Keywords { keywords, .. }) => !keywords.is_empty(),
            _ => true,
        },
    }
}

/// Whether a detector of the expression was left out.
fn left_out(expr: &Expr) -> bool {
    match expr {
        Expr::All(children) | Expr::Any(children) | Expr::None(children) => {
            children.is_empty() || children.iter().any(left_out)
        }
        Expr::Detector(_) => false,
    }
}

/// The reply that a rule sends.
fn reply(
    reader: &mut Reader<'_>,
    written: &RuleDocument,
    around: &mut Surroundings<'_>,
) -> Option<Arc<Reply>> {
    let action = written.action.as_ref();
    let Some(name) = &written.reply else {
        if let Some(Spanned { value: Action::Deflect, span }) = action
            && around.complete
        {
            let fault = reader.fault("missing-reply", *span, "a deflection needs a reply to send");
            reader.report(fault.help("add `reply: a-name` to the rule, and the text under `replies:`"));
        }
        return None;
    };
    if let Some(action) = action
        && !matches!(action.value, Action::Deflect | Action::Block)
    {
        let message = "only rules that deflect or block send a reply";
        let warning = reader.warning("reply-without-effect", name.span, message);
        reader.report(warning.help("remove `reply`, or write `action: deflect`"));
    }
    around.used_replies.insert(name.value.clone());
    let found = around.replies.get(&name.value);
    if found.is_none() && around.complete {
        let fault = reader.fault("unknown-reply", name.span, format!("there is no reply `{}`", name.value));
        reader.report(fault.help(match did_you_mean(&name.value, around.replies.keys().map(|key| &**key)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("add `{}: {{en: \"...\"}}` under `replies:`", name.value),
        }));
    }
    found.map(Arc::clone)
}

/// What replaces a redacted span.
fn with(reader: &mut Reader<'_>, written: &RuleDocument) -> Arc<Template> {
    let Some(with) = &written.with else { return Arc::new(Template::literal("[redacted]")) };
    if let Some(action) = &written.action
        && action.value != Action::Redact
    {
        let warning =
            reader.warning("with-without-effect", with.span, "only rules that redact have a replacement");
        reader.report(warning.help("remove `with`, or write `action: redact`"));
    }
    Arc::new(template(reader, &with.value, with.span).unwrap_or_else(|| Template::literal(&with.value)))
}

/// Whether what is redacted in a prompt comes back in the reply.
fn restore(reader: &mut Reader<'_>, written: &RuleDocument, around: &Surroundings<'_>) -> bool {
    let Some(Spanned { value: true, span }) = written.restore else { return false };
    if let Some(action) = &written.action
        && action.value != Action::Redact
    {
        let message = "only rules that redact have something to restore";
        let warning = reader.warning("restore-without-effect", span, message);
        reader.report(warning.help("remove `restore`, or write `action: redact`"));
    } else if !around.sees_prompts {
        let message = "only what is redacted in prompts is restored, and this policy looks at replies alone";
        let warning = reader.warning("restore-without-effect", span, message);
        reader.report(warning.help("remove `restore`, or add `input` to `phase`"));
    } else if !around.sees_history {
        let message =
            "what is given back in a reply goes to the model as it is when the client sends it again";
        let note = reader.note("restore-shown-later", span, message);
        reader
            .report(note.help("add `assistant` to `roles`, so that the history of a chat is looked at too"));
    }
    true
}
