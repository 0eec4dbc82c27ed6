//! The pages, a file each: what is asked for one, and what goes into its template.

pub(super) mod live;
pub(super) mod overview;
pub(super) mod playground;
pub(super) mod policies;
pub(super) mod record;
pub(super) mod replay;
pub(super) mod search;
pub(super) mod verify;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::Console;
use super::access::Session;
use super::render::{Fault, refusal};

/// There is no such page.
pub(super) async fn not_found(State(console): State<Arc<Console>>, session: Session) -> Response {
    let fault =
        Fault::new(StatusCode::NOT_FOUND, "There is no such page", "The menu has those that there are.");
    refusal(&console, &fault, Some(&session))
}
