//! Masks: what policies take out of the texts that audit records keep.
//!
//! Owns which detectors mask what. Masking is redaction with other rules, so that what it finds, and through which
//! spellings, is what rules find. Refuses to know records.

use std::sync::Arc;

use super::condition::{self, Condition, DetectorDocument};
use super::decode::Reader;
use super::yaml::Node;
use super::{
    Action, Detector, DetectorId, DetectorKind, Expr, Mode, Policies, Policy, PolicyId, Rule, RuleId, Scope,
    Severity, StreamMode, Template,
};
use crate::text::{Channel, Phase, Role};

/// What stands in place of what is masked: `[email]`, `[redacted]`.
const WITH: &str = "[{{ entity }}]";

/// The rules that `mask:` in policies comes to.
#[derive(Debug, Default)]
pub struct MaskRules {
    /// One for each detector.
    pub rules: Vec<Rule>,
    /// Their detectors.
    pub detectors: Vec<Detector>,
}

/// What is masked in records: detectors, each for itself.
pub(super) fn decode(reader: &mut Reader<'_>, node: &Node) -> Vec<Condition> {
    let mut detectors = Vec::new();
    for item in reader.list(node, "`mask`", "{entities: [email]}").unwrap_or_default() {
        let condition = condition::decode(reader, item);
        flatten(reader, item, condition, &mut detectors);
    }
    detectors
}

fn flatten(reader: &mut Reader<'_>, item: &Node, condition: Condition, detectors: &mut Vec<Condition>) {
    match condition {
        // Several detectors in one item are each of them masked: nothing has to be true here.
        Condition::All(children) | Condition::Any(children) => {
            for child in children {
                flatten(reader, item, child, detectors);
            }
        }
        Condition::None(_) => {
            let message = "`none` has no meaning in `mask`, since what is not there cannot be masked";
            let fault = reader.fault("mask-without-span", item.span, message);
            reader.report(fault.help("name what is to be masked: `entities`, `patterns` or `keywords`"));
        }
        Condition::Detector(
            DetectorDocument::Length { span, .. }
            | DetectorDocument::Classifier { span, .. }
            | DetectorDocument::Refusal { span, .. }
            | DetectorDocument::Language { span, .. },
        ) => {
            let message =
                "this judges a text as a whole and says no place in it, so there is nothing to mask";
            let fault = reader.fault("mask-without-span", span, message);
            reader.report(fault.help("name what is to be masked: `entities`, `patterns` or `keywords`"));
        }
        Condition::Detector(_) => detectors.push(condition),
        Condition::Faulty => {}
    }
}

/// A rule that masks.
pub(super) fn rule(policy: PolicyId, path: &str, id: &str, when: Expr) -> Rule {
    let with = Template::parse(WITH).unwrap_or_else(|_| Template::literal("[redacted]"));
    Rule {
        policy,
        id: id.into(),
        path: path.into(),
        when,
        severity: Severity::default(),
        action: Action::Redact,
        reply: None,
        with: Arc::new(with),
        restore: false,
        stream: StreamMode::default(),
        line: 0,
    }
}

impl Policies {
    /// The policies whose redactions mask a record's texts; `None` where there is nothing to mask. All records are
    /// masked by what `mask:` says. Those that do not keep whole texts (`whole` is false) lose as well what any rule
    /// would redact, and entities of every kind that any rule looks for, wherever they stand.
    #[must_use]
    pub fn masking(&self, whole: bool) -> Option<Self> {
        // Each policy twice: in its own scope, and in the widest for its tenants and models.
        let policies: Vec<Policy> =
            self.policies.iter().flat_map(|policy| [acting(policy), everywhere(policy)]).collect();
        let mut masks = MaskRules::default();
        for own in &self.masks.rules {
            let kinds = kinds(&self.masks.detectors, own);
            masks.add(PolicyId(own.policy.0 * 2), own, &own.with, kinds);
        }
        if !whole {
            for (id, own) in self.rules() {
                let all: Vec<&Detector> =
                    self.detectors.iter().filter(|one| one.rule == id && !one.negated).collect();
                if own.action == Action::Redact {
                    let kinds = all.iter().map(|one| &one.kind).filter(|kind| masks_by(kind)).cloned();
                    masks.add(PolicyId(own.policy.0 * 2), own, &own.with, kinds.collect());
                }
                let entities = all
                    .iter()
                    .map(|one| &one.kind)
                    .filter(|kind| matches!(kind, DetectorKind::Entity { .. }));
                let with =
                    Arc::new(Template::parse(WITH).unwrap_or_else(|_| Template::literal("[redacted]")));
                masks.add(PolicyId(own.policy.0 * 2 + 1), own, &with, entities.cloned().collect());
            }
        }
        let MaskRules { rules, detectors } = masks;
        let revision = self.revision.clone();
        (!rules.is_empty()).then(|| Self {
            revision,
            policies,
            rules,
            detectors,
            masks: MaskRules::default(),
        })
    }
}

impl MaskRules {
    fn add(&mut self, policy: PolicyId, like: &Rule, with: &Arc<Template>, kinds: Vec<DetectorKind>) {
        if kinds.is_empty() {
            return;
        }
        let id = RuleId(index(self.rules.len()));
        let mut any = Vec::with_capacity(kinds.len());
        for kind in kinds {
            any.push(Expr::Detector(DetectorId(index(self.detectors.len()))));
            self.detectors.push(Detector { rule: id, kind, negated: false });
        }
        let masks = rule(policy, &like.path, &like.id, Expr::Any(any));
        self.rules.push(Rule { with: Arc::clone(with), severity: like.severity, ..masks });
    }
}

/// What a mask as written looks for.
fn kinds(detectors: &[Detector], rule: &Rule) -> Vec<DetectorKind> {
    let mut kinds = Vec::new();
    leaves(&rule.when, &mut |id| {
        let found = detectors.get(id.0 as usize).map(|one| &one.kind);
        kinds.extend(found.filter(|kind| masks_by(kind)).cloned());
    });
    kinds
}

fn leaves(expr: &Expr, each: &mut impl FnMut(DetectorId)) {
    match expr {
        Expr::All(children) | Expr::Any(children) | Expr::None(children) => {
            children.iter().for_each(|child| leaves(child, each));
        }
        Expr::Detector(id) => each(*id),
    }
}

/// Whether a detector says where it found something, without a model.
fn masks_by(kind: &DetectorKind) -> bool {
    matches!(
        kind,
        DetectorKind::Keywords { .. } | DetectorKind::Patterns { .. } | DetectorKind::Entity { .. }
    )
}

fn acting(policy: &Policy) -> Policy {
    // What is only monitored is written down all the same.
    let mode = if policy.mode == Mode::Off { Mode::Off } else { Mode::Enforce };
    Policy { mode, ..policy.clone() }
}

fn everywhere(policy: &Policy) -> Policy {
    let scope = Scope {
        phases: vec![Phase::Input, Phase::Output],
        roles: vec![Role::User, Role::Assistant, Role::Tool, Role::System],
        channels: vec![Channel::Content, Channel::Reasoning, Channel::ToolCall],
        ..policy.scope.clone()
    };
    Policy { scope, ..acting(policy) }
}

/// An index of ours. A folder that held four thousand million rules would not fit in memory.
fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
