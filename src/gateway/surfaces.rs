//! The surfaces that are open: every way in which a text can come through.
//!
//! Owns the list that the coverage report is made over. It is computed from the dialects
//! themselves, so that a new API cannot be forgotten here.

use crate::policy::Surface;
use crate::text::{Phase, Role};

/// Every dialect × whole or streamed × role × channel that texts can come through.
#[must_use]
pub fn all() -> Vec<Surface<'static>> {
    let mut surfaces = Vec::new();
    for dialect in crate::dialect::all() {
        let forms: &[bool] = if dialect.streams() { &[false, true] } else { &[false] };
        for (role, channel) in dialect.inputs() {
            surfaces.push(Surface {
                dialect: dialect.name(),
                phase: Phase::Input,
                stream: false,
                role: *role,
                channel: *channel,
            });
        }
        for stream in forms {
            for channel in dialect.outputs() {
                surfaces.push(Surface {
                    dialect: dialect.name(),
                    phase: Phase::Output,
                    stream: *stream,
                    role: Role::Assistant,
                    channel: *channel,
                });
            }
        }
    }
    surfaces
}

/// A surface in one line, for lists.
#[must_use]
pub fn name(surface: &Surface<'_>) -> String {
    format!(
        "{} {:?}{} {:?} {:?}",
        surface.dialect,
        surface.phase,
        if surface.stream { " streamed" } else { "" },
        surface.role,
        surface.channel
    )
    .to_ascii_lowercase()
}
