//! `otlp`, compiled: where audit records are shipped to.
//!
//! Owns the checks of its endpoint and headers. The values of headers appear in no fault and in no description.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::document::OtlpDocument;
use super::fault::Fault;
use crate::shipping::Settings;

/// The path of logs, behind an endpoint that is the collector as a whole.
const PATH: &str = "/v1/logs";

/// The settings; `None` where no endpoint is set.
pub(super) fn compile(document: &OtlpDocument, faults: &mut Vec<Fault>) -> Option<Settings> {
    let headers = headers(document, faults);
    let text = document.endpoint.value.trim();
    if text.is_empty() {
        return None;
    }
    let endpoint = endpoint(text);
    if endpoint.is_none() {
        let message = "`otlp.endpoint` must be the URL of a collector, without user, password and query";
        let fault = Fault::new(document.endpoint.origin.clone(), message);
        faults.push(fault.help(
            "write it like http://127.0.0.1:4318; what it wants to know of you goes into `otlp.headers`",
        ));
    }
    Some(Settings {
        endpoint: endpoint?,
        headers,
        content: document.content.value,
        timeout: Duration::from_millis(document.timeout.value),
    })
}

fn endpoint(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let authority = uri.authority()?.as_str();
    if !matches!(uri.scheme_str(), Some("http" | "https")) || authority.contains('@') || uri.query().is_some()
    {
        return None;
    }
    let path = uri.path().trim_end_matches('/');
    let path = if path.ends_with(PATH) { path.to_owned() } else { format!("{path}{PATH}") };
    let scheme = uri.scheme_str().unwrap_or("http");
    Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build().ok()
}

fn headers(document: &OtlpDocument, faults: &mut Vec<Fault>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &document.headers.value {
        let origin = &document.headers.origin;
        match (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(true);
                headers.append(name, value);
            }
            (Err(_), _) => {
                let message = "`otlp.headers` has a name that is no header's";
                faults.push(Fault::new(origin.clone(), message));
            }
            (_, Err(_)) => {
                let message = format!("the value of `{name}` in `otlp.headers` cannot be a header's");
                faults.push(Fault::new(origin.clone(), message));
            }
        }
    }
    headers
}

/// The names of the headers, for people.
pub(super) fn names(document: &OtlpDocument) -> String {
    let names: Vec<&str> = document.headers.value.iter().map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}
