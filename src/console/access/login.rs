//! The way in and out.
//!
//! Owns the login form and its cookie, which ties the form to the browser that asked for it before there is
//! a session. Refuses to know how a token is checked.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use serde::Deserialize;

use super::guard::{self, Client, Fields, Signed, see_other};
use super::{Attempt, Session, random, same};
use crate::console::Console;
use crate::console::render::{Fault, html, refusal};

/// The cookie of the login form.
const FORM_COOKIE: &str = "qwarden_login";
/// How long a login page may lie open, in seconds.
const FORM_SECONDS: u64 = 3600;
/// How long a browser keeps the session's cookie, in seconds; the session may end before.
const SESSION_SECONDS: u64 = 12 * 3600;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    left: Option<String>,
}

/// The form.
pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let known = guard::cookie(&headers, &guard::session_cookie(&headers));
    if known.is_some_and(|cookie| console.access.session(&cookie).is_some()) {
        return see_other(&within(&asked.next));
    }
    let note = asked.left.as_ref().map(|_| "You have logged out.");
    form(&console, &headers, StatusCode::OK, &asked.next, note, None)
}

fn form(
    console: &Console,
    headers: &HeaderMap,
    status: StatusCode,
    next: &str,
    note: Option<&str>,
    fault: Option<String>,
) -> Response {
    let Ok(cookie) = random() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let csrf = console.access.login_mark(&cookie);
    let page = context! { csrf, next => within(next), note, fault };
    let mut response = html(console, status, "login.html", page);
    if let Some(cookie) = guard::set_cookie(headers, FORM_COOKIE, &cookie, FORM_SECONDS) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Checks the token, and begins a session.
pub(crate) async fn enter(
    State(console): State<Arc<Console>>,
    Client(client): Client,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let fields = match Fields::read(request).await {
        Ok(fields) => fields,
        Err(status) => return status.into_response(),
    };
    let mark = guard::cookie(&headers, FORM_COOKIE).map(|cookie| console.access.login_mark(&cookie));
    let ours = mark.is_some_and(|mark| same(&mark, fields.text("csrf")));
    if !ours || !guard::is_same_origin(&headers) {
        return refusal(&console, &Fault::forged(), None);
    }
    let (name, next) = (guard::session_cookie(&headers), fields.text("next"));
    let former = guard::cookie(&headers, &name);
    match console.access.log_in(client, fields.text("token"), former.as_deref()).await {
        Attempt::Welcome(cookie) => {
            tracing::info!(%client, "somebody logged in to the console");
            let mut response = see_other(&within(next));
            if let Some(cookie) = guard::set_cookie(&headers, &name, &cookie, SESSION_SECONDS) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            if let Some(gone) = guard::set_cookie(&headers, FORM_COOKIE, "", 0) {
                response.headers_mut().append(header::SET_COOKIE, gone);
            }
            response
        }
        Attempt::Wrong => {
            tracing::warn!(%client, "a wrong token was given to the console");
            let fault = "This is not the token.".to_owned();
            form(&console, &headers, StatusCode::FORBIDDEN, next, None, Some(fault))
        }
        Attempt::TooMany(seconds) => {
            tracing::warn!(%client, "too many attempts to log in to the console");
            let fault = format!("Too many attempts. Wait {seconds} seconds, and try again.");
            let mut response =
                form(&console, &headers, StatusCode::TOO_MANY_REQUESTS, next, None, Some(fault));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Attempt::Failed => {
            let fault = "The token could not be checked; the gateway's log may say why.".to_owned();
            form(&console, &headers, StatusCode::INTERNAL_SERVER_ERROR, next, None, Some(fault))
        }
    }
}

/// Ends the session.
pub(crate) async fn leave(
    State(console): State<Arc<Console>>,
    _: Session,
    headers: HeaderMap,
    Signed(_): Signed,
) -> Response {
    let name = guard::session_cookie(&headers);
    if let Some(cookie) = guard::cookie(&headers, &name) {
        console.access.log_out(&cookie);
    }
    let mut response = see_other("/login?left=1");
    if let Some(gone) = guard::set_cookie(&headers, &name, "", 0) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}

/// A page of this console; the first one where it is another's.
fn within(next: &str) -> String {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n', '\t'])
        && !next.starts_with("/login");
    if is_path { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_within_the_console() {
        let table = [
            ("/search?q=a", "/search?q=a"),
            ("", "/"),
            ("//evil.example/", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example/", "/"),
            ("/\t/evil.example", "/"),
            ("/login", "/"),
        ];
        for (next, expected) in table {
            assert_eq!(within(next), expected, "{next}");
        }
    }
}
