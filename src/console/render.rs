//! Templates become pages.
//!
//! Owns the templates, their escaping, and the page that says no. Refuses to know what a page is about.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::access::Session;
use super::chart::{Series, Spread};
use super::marked::Piece;
use super::pages::overview::Named;
use super::views::Row;
use super::{Console, assets};

/// Every template, by name.
const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("templates/base.html")),
    ("macros.html", include_str!("templates/macros.html")),
    ("login.html", include_str!("templates/login.html")),
    ("fault.html", include_str!("templates/fault.html")),
    ("overview.html", include_str!("templates/overview.html")),
    ("live.html", include_str!("templates/live.html")),
    ("search.html", include_str!("templates/search.html")),
    ("record.html", include_str!("templates/record.html")),
    ("policies.html", include_str!("templates/policies.html")),
    ("policy.html", include_str!("templates/policy.html")),
    ("playground.html", include_str!("templates/playground.html")),
    ("replay.html", include_str!("templates/replay.html")),
    ("verify.html", include_str!("templates/verify.html")),
];

/// The pages of the menu: path and name.
const MENU: &[(&str, &str)] = &[
    ("/", "Overview"),
    ("/live", "Live"),
    ("/search", "Search"),
    ("/policies", "Policies"),
    ("/playground", "Playground"),
    ("/replay", "Replay"),
    ("/verify", "Verify"),
];

/// The compiled templates.
#[derive(Debug)]
pub(super) struct Templates(Environment<'static>);

impl Templates {
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        // Whatever a template is called, what goes into it is escaped.
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        for (name, source) in TEMPLATES {
            // A test renders each of them; one that does not compile shows as a page that cannot be rendered.
            if let Err(error) = environment.add_template(name, source) {
                tracing::error!(name, %error, "a template of the console does not compile");
            }
        }
        Self(environment)
    }

    pub(super) fn render(&self, name: &str, context: Value) -> Result<String, minijinja::Error> {
        self.0.get_template(name)?.render(context)
    }
}

/// What templates are handed as it is serialized.
macro_rules! values {
    ($($kind:ty),+) => {
        $(impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                minijinja::value::Serde(value).into()
            }
        })+
    };
}

values!(Piece, Row, Series, Spread, Named);

/// A page that is not shown, and why.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) text: String,
    /// Whether even the console's own style is left out.
    pub(super) bare: bool,
}

impl Fault {
    pub(super) fn new(status: StatusCode, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { status, title: title.into(), text: text.into(), bare: false }
    }

    /// A form that no page of the console in this session sent.
    pub(super) fn forged() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form is not from here",
            "It does not carry the token of this session: it was sent by another page, or the session it belongs to is \
             over. Open the page again, and send it once more.",
        )
    }

    /// Something of the machine's failed.
    pub(super) fn internal(what: &str, error: &dyn std::error::Error) -> Self {
        let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        tracing::warn!(error = %error, source, "the console could not {what}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("The console could not {what}"),
            format!("{error}{source}"),
        )
    }
}

/// What a page shows: its template, and what goes into it.
pub(super) type Shown = Result<(&'static str, Value), Fault>;

/// Answers with a page.
pub(super) fn html(console: &Console, status: StatusCode, template: &str, page: Value) -> Response {
    let fixed =
        context! { assets => assets::version(), version => env!("CARGO_PKG_VERSION"), menu => MENU.to_vec() };
    match console.templates.render(template, context! { ..page, ..fixed }) {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(template, %error, detail = ?error.detail(), "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be rendered; the log says why.\n")
                .into_response()
        }
    }
}

/// Answers that there is no page.
pub(super) fn refusal(console: &Console, fault: &Fault, session: Option<&Session>) -> Response {
    if fault.bare {
        return (fault.status, format!("{}. {}\n", fault.title, fault.text)).into_response();
    }
    let csrf = session.map(|session| session.csrf.clone());
    let page = context! { title => &fault.title, text => &fault.text, code => fault.status.as_u16(), csrf };
    html(console, fault.status, "fault.html", page)
}

impl Console {
    /// Puts a page together where nobody else waits, and answers with it.
    pub(super) async fn show(
        self: &Arc<Self>,
        session: Session,
        page: impl FnOnce(&Arc<Self>) -> Shown + Send + 'static,
    ) -> Response {
        let Ok(permit) = self.paging.clone().acquire_owned().await else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let console = self.clone();
        let rendered = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            match page(&console) {
                Ok((template, values)) => {
                    let csrf = context! { csrf => &session.csrf };
                    html(&console, StatusCode::OK, template, context! { ..values, ..csrf })
                }
                Err(fault) => refusal(&console, &fault, Some(&session)),
            }
        });
        rendered.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_compiles_and_escapes() {
        let templates = Templates::new();
        for (name, _) in TEMPLATES {
            assert!(templates.0.get_template(name).is_ok(), "{name}");
        }
        let page = context! { title => "<b>", text => "\"&'", code => 404, menu => MENU.to_vec() };
        let html = templates.render("fault.html", page).unwrap();
        assert!(html.contains("&lt;b&gt;") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn no_template_has_a_script_or_a_style_of_its_own_or_trusts_a_text() {
        for (name, source) in TEMPLATES {
            for forbidden in
                ["|safe", "| safe", "autoescape", " style=", "javascript:", "<style", " onclick", " onload"]
            {
                assert!(!source.contains(forbidden), "{name} has {forbidden}");
            }
            for script in source.split("<script").skip(1) {
                assert!(script.starts_with(" src=\"/assets/"), "{name} has a script of its own");
            }
        }
    }
}
