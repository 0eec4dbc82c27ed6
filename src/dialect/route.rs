//! Which paths are open, and as what.
//!
//! Only paths that are written exactly as their API documents them are open. Everything else is
//! closed: a path that the gateway reads one way and the backend another (`//v1/…`, `/v1/../v1/…`,
//! `%63hat`, a slash at the end) must not be a way around the screen.

use http::Method;

use super::ollama_chat::OllamaChat;
use super::ollama_generate::OllamaGenerate;
use super::openai_chat::OpenAiChat;
use super::openai_completions::OpenAiCompletions;
use super::openai_embeddings::OpenAiEmbeddings;
use super::{Dialect, Route};

/// Every API, in the order of the coverage report.
pub(super) const ALL: &[&dyn Dialect] =
    &[&OpenAiChat, &OpenAiCompletions, &OpenAiEmbeddings, &OllamaChat, &OllamaGenerate];

/// Paths that are passed through for `GET` and `HEAD`: they carry no text of a model.
const PASSED: [&str; 6] = ["/v1/models", "/api/tags", "/api/version", "/api/ps", "/health", "/version"];

/// What to do with a request. `path` is the path as it was sent, without the query.
#[must_use]
pub fn route(method: &Method, path: &str) -> Route {
    let screened: Option<&'static dyn Dialect> = match path {
        "/v1/chat/completions" => Some(&OpenAiChat),
        "/v1/completions" => Some(&OpenAiCompletions),
        "/v1/embeddings" => Some(&OpenAiEmbeddings),
        "/api/chat" => Some(&OllamaChat),
        "/api/generate" => Some(&OllamaGenerate),
        _ => None,
    };
    let reads = method == Method::GET || method == Method::HEAD;
    let posts = method == Method::POST;
    match screened {
        Some(dialect) if posts => Route::Screened(dialect),
        Some(_) => Route::Closed { status: 405 },
        None if path == "/v1/moderations" && posts => Route::Moderated,
        None if path == "/v1/moderations" => Route::Closed { status: 405 },
        None if PASSED.contains(&path) || is_model(path) => passed_if(reads),
        None if path == "/api/show" => passed_if(posts),
        None => Route::Closed { status: 404 },
    }
}

fn passed_if(allowed: bool) -> Route {
    if allowed { Route::Passed } else { Route::Closed { status: 405 } }
}

/// Whether the path is `/v1/models/{id}`. Ids of local models have slashes and colons in them, which
/// some clients escape.
fn is_model(path: &str) -> bool {
    let Some(id) = path.strip_prefix("/v1/models/") else { return false };
    let id = ["%2F", "%2f"].iter().fold(id.to_owned(), |id, escape| id.replace(escape, "/"));
    let id = ["%3A", "%3a"].iter().fold(id, |id, escape| id.replace(escape, ":"));
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:@+".contains(&byte);
    id.len() <= 256 && id.split('/').all(|name| !matches!(name, "" | "." | "..") && name.bytes().all(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, path: &str) -> String {
        match route(&Method::from_bytes(method.as_bytes()).unwrap(), path) {
            Route::Screened(dialect) => dialect.name().to_owned(),
            Route::Moderated => "moderated".to_owned(),
            Route::Passed => "passed".to_owned(),
            Route::Closed { status } => status.to_string(),
        }
    }

    #[test]
    fn only_documented_paths_are_open() {
        let cases = [
            ("POST", "/v1/chat/completions", "openai.chat"),
            ("POST", "/v1/completions", "openai.completions"),
            ("POST", "/v1/embeddings", "openai.embeddings"),
            ("POST", "/api/chat", "ollama.chat"),
            ("POST", "/api/generate", "ollama.generate"),
            ("POST", "/v1/moderations", "moderated"),
            ("GET", "/v1/moderations", "405"),
            ("POST", "/v1/moderations/", "404"),
            ("POST", "/api/show", "passed"),
            ("GET", "/v1/models", "passed"),
            ("HEAD", "/v1/models", "passed"),
            ("GET", "/v1/models/qwen3", "passed"),
            ("GET", "/v1/models/Qwen/Qwen3-0.6B", "passed"),
            ("GET", "/v1/models/Qwen%2FQwen3-0.6B", "passed"),
            ("GET", "/v1/models/qwen3%3A4b", "passed"),
            ("GET", "/api/tags", "passed"),
            ("HEAD", "/api/version", "passed"),
            ("GET", "/api/ps", "passed"),
            ("GET", "/health", "passed"),
            ("GET", "/version", "passed"),
            ("GET", "/v1/chat/completions", "405"),
            ("OPTIONS", "/v1/chat/completions", "405"),
            ("PUT", "/api/chat", "405"),
            ("POST", "/v1/models", "405"),
            ("DELETE", "/v1/models/qwen3", "405"),
            ("GET", "/api/show", "405"),
            ("post", "/v1/chat/completions", "405"),
            ("POST", "/chat/completions", "404"),
            ("POST", "//v1/chat/completions", "404"),
            ("POST", "/v1//chat/completions", "404"),
            ("POST", "/v1/chat/completions/", "404"),
            ("POST", "/v1/../v1/chat/completions", "404"),
            ("POST", "/v1/./chat/completions", "404"),
            ("POST", "/v1/chat/completion%73", "404"),
            ("POST", "/v1/chat%2Fcompletions", "404"),
            ("POST", "/V1/Chat/Completions", "404"),
            ("POST", "/v1/chat/completions;x", "404"),
            ("POST", "/v1/chat/completions ", "404"),
            ("POST", "/v1/responses", "404"),
            ("POST", "/v1/messages", "404"),
            ("POST", "/tokenize", "404"),
            ("POST", "/completion", "404"),
            ("POST", "/api/pull", "404"),
            ("POST", "/api/embed", "404"),
            ("GET", "/v1/models/", "404"),
            ("GET", "/v1/models/..", "404"),
            ("GET", "/v1/models/../files", "404"),
            ("GET", "/v1/models/..%2Ffiles", "404"),
            ("GET", "/v1/models/a//b", "404"),
            ("GET", "/v1/models/%2e%2e", "404"),
            ("GET", "/", "404"),
            ("GET", "", "404"),
            ("OPTIONS", "*", "404"),
        ];
        for (method, path, expected) in cases {
            assert_eq!(check(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::HashSet<_> = ALL.iter().map(|dialect| dialect.name()).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
