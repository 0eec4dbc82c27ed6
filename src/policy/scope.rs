//! Where a policy is in force.
//!
//! Owns the match of an exchange against a scope. Refuses to know rules.

use std::sync::Arc;

use super::{Channel, Phase, Role};

/// Where a policy is in force. Empty lists do not occur: the default is everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Phases.
    pub phases: Vec<Phase>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Channels.
    pub channels: Vec<Channel>,
    /// Model names, with `*` for any run of characters.
    pub models: Vec<Glob>,
    /// Tenant names, with `*` for any run of characters.
    pub tenants: Vec<Glob>,
}

impl Scope {
    /// Whether texts of this kind are in scope.
    #[must_use]
    pub fn covers(&self, phase: Phase, role: Role, channel: Channel) -> bool {
        self.phases.contains(&phase) && self.roles.contains(&role) && self.channels.contains(&channel)
    }

    /// Whether exchanges of this model and tenant are in scope.
    #[must_use]
    pub fn admits(&self, model: &str, tenant: &str) -> bool {
        self.models.iter().any(|glob| glob.matches(model))
            && self.tenants.iter().any(|glob| glob.matches(tenant))
    }
}

/// A name with `*` for any run of characters, matched without regard to ASCII case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob(Arc<str>);

impl Glob {
    /// A glob as written.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Self(pattern.to_ascii_lowercase().into())
    }

    /// The pattern, in ASCII lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole of `name` matches. Linear in the product of the lengths, never worse.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        if &*self.0 == "*" {
            return true;
        }
        let (pattern, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut p, mut n) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            if pattern.get(p) == Some(&b'*') {
                star = Some((p, n));
                p += 1;
            } else if pattern.get(p) == Some(&name[n].to_ascii_lowercase()) {
                p += 1;
                n += 1;
            } else if let Some((at, from)) = star {
                star = Some((at, from + 1));
                p = at + 1;
                n = from + 1;
            } else {
                return false;
            }
        }
        pattern[p..].iter().all(|byte| *byte == b'*')
    }
}
