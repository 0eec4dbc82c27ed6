//! What the gateway says in place of a model.
//!
//! Owns the choice and the rendering of a policy's replies. Refuses to know the shape of any API.

use super::Outcome;
use crate::policy::{Policies, RenderContext, Rule};

/// A message of a policy, rendered for one exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The reply.
    pub text: String,
    /// What stands between text that was already sent and the reply.
    pub joint: String,
}

/// What a block says when its rule names no reply.
const BLOCKED: &str = "This request was stopped by a policy of this service.";

/// The reply of the winning rule in the given language (ISO 639-1, or empty where it is unknown);
/// a plain sentence where the rule names none.
#[must_use]
pub fn words(policies: &Policies, outcome: Outcome, language: &str, id: &str) -> Words {
    let Some(rule) = outcome.rule else {
        return Words { text: BLOCKED.to_owned(), joint: String::new() };
    };
    let policy = policies.policy_of(rule);
    let rule = policies.rule(rule);
    let text = match &rule.reply {
        Some(reply) => reply.text_for(language).render(&context(policies, rule, id)),
        None => BLOCKED.to_owned(),
    };
    Words { text, joint: policy.joint.to_string() }
}

/// What a rule's templates may speak of.
pub(super) fn context<'a>(policies: &'a Policies, rule: &'a Rule, id: &'a str) -> RenderContext<'a> {
    let policy = policies.policy(rule.policy);
    RenderContext {
        id,
        policy: &policy.name,
        rule: &rule.id,
        title: &policy.title,
        ..RenderContext::default()
    }
}
