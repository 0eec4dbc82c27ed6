//! Entities: kinds of text with a shape of their own, such as e-mail addresses, card numbers and keys.
//!
//! Owns one table of kinds: for each its patterns, the form of the text it is searched in, and a
//! validator that says which part of a match, if any, really is one. Refuses to know how the
//! patterns are searched: the table is data for the streaming engine of patterns, and [`Search`] is the
//! plain reading of it that tests compare with.
//!
//! A validator sees its own match and nothing else, since neither the engine nor the regex
//! language looks around. So a pattern takes in the neighbours that decide (a digit behind a
//! dash, the word `version`), and the validator refuses the match or cuts them off again.

mod api_key;
mod bank;
mod card;
mod checks;
mod email;
mod key_block;
mod network;
mod passport;
mod password;
mod person;
mod phone;
mod phone_plan;
mod search;
mod token;
mod url;
mod wallet;

use std::ops::Range;

pub use search::{Search, SearchError};

/// One kind of entity.
#[derive(Debug)]
pub struct EntityKind {
    /// As in policy files: `email`, `phone`, `credit_card`, …
    pub name: &'static str,
    /// What one looks like, in the syntax of the `regex` crate, each with a bounded longest match.
    ///
    /// A search goes on behind what was found: behind the part that [`refine`](Self::refine)
    /// returned, or behind the whole match where it returned none. Patterns rely on that, because
    /// they take in the words that tell what a number is *not*.
    pub patterns: &'static [&'static str],
    /// The form of the text that the patterns are searched in.
    pub view: View,
    /// Most characters that a match of any of the patterns can have.
    pub longest: usize,
    /// The part of a match that is the entity, as a range of its bytes; `None` where it is not one.
    pub refine: fn(&str) -> Option<Range<usize>>,
}

/// The form of a text in which a kind of entity is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// Compatibility forms and width folded, invisible characters and combining marks removed, case
    /// kept: `fold::width`.
    Width,
    /// Also without case: `fold::standard`.
    Folded,
}

/// Every kind, in the order of their names' meaning: people, money, papers, networks, secrets.
static KINDS: [EntityKind; 17] = [
    email::KIND,
    phone::KIND,
    card::CREDIT_CARD,
    card::BANK_CARD_CN,
    bank::IBAN,
    person::CN_RESIDENT_ID,
    person::US_SSN,
    person::UK_NINO,
    passport::KIND,
    network::IP,
    network::MAC,
    url::KIND,
    wallet::KIND,
    api_key::KIND,
    key_block::KIND,
    token::JWT,
    password::KIND,
];

/// Every kind of entity there is.
#[must_use]
pub fn all() -> &'static [EntityKind] {
    &KINDS
}

/// The kind of that name, as policy files write it.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static EntityKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The whole of a match.
fn whole(matched: &str) -> Option<Range<usize>> {
    Some(0..matched.len())
}

/// Where `part` lies in `text`, of which it must be a slice.
fn range_of(part: &str, text: &str) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let end = start.checked_add(part.len())?;
    (end <= text.len()).then_some(start..end)
}

#[cfg(test)]
mod tests;
