//! Search: what is asked for stands in the URL, in fields and in the query language of `qwarden audit search`.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use minijinja::{Value, context};

use super::super::Console;
use super::super::access::Session;
use super::super::access::guard::encoded;
use super::super::render::Fault;
use super::super::views::{row, shown, thousands};
use crate::audit::Ended;
use crate::audit::filter::{Filter, Kind};
use crate::audit::index::stats::Bucket;

/// Records of a page.
const PAGE: usize = 50;
/// Records up to which they are counted.
const COUNTED: u64 = 10_000;
/// Words that a field offers.
const OFFERED: usize = 100;

/// The fields of the form, which are keys of the query language, and what each is called.
const FIELDS: [(&str, &str); 11] = [
    ("action", "Action"),
    ("rule", "Rule"),
    ("policy", "Policy"),
    ("category", "Category"),
    ("tenant", "Tenant"),
    ("model", "Model"),
    ("phase", "Phase"),
    ("ended", "Ended"),
    ("status", "Status"),
    ("latency", "Latency"),
    ("since", "Since"),
];

type Pairs = Vec<(String, String)>;

pub(in crate::console) async fn page(
    State(console): State<Arc<Console>>,
    session: Session,
    Query(asked): Query<Pairs>,
) -> Response {
    console.show(session, move |console| Ok(("search.html", put_together(console, &asked)?))).await
}

fn put_together(console: &Console, asked: &Pairs) -> Result<Value, Fault> {
    let value = |name: &str| asked.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
    let (query, before) = (query(asked), value("before").parse::<u64>().ok());
    let (fields, chips) = (fields(console, asked), chips(asked));
    let common = context! { page => "/search", q => value("q"), query => &query, fields, chips };
    let filter = match Filter::parse(&query, Timestamp::now()) {
        Ok(filter) => filter,
        Err(fault) => {
            let report = fault.to_string().lines().map(shown).collect::<Vec<_>>().join("\n");
            return Ok(context! { fault => report, ..common });
        }
    };
    let (found, count) = console
        .archive
        .ask(|index| Ok((index.page(&filter, before, PAGE)?, index.count_up_to(&filter, COUNTED + 1)?)))?;
    let (mut rows, mut lies) = (Vec::new(), Vec::new());
    for hit in &found.hits {
        match &hit.found {
            Ok((_, record)) => rows.push(row(record, Some(&filter))),
            Err(lie) => lies.push(context! { seq => hit.seq, lie => lie.to_string() }),
        }
    }
    let older = found.next.map(|next| {
        let mut pairs: Pairs = asked.iter().filter(|(key, _)| key != "before").cloned().collect();
        pairs.push(("before".to_owned(), next.to_string()));
        url(&pairs)
    });
    let newest = before.map(|_| url(&asked.iter().filter(|(key, _)| key != "before").cloned().collect()));
    Ok(context! {
        listed => rows, lies, older, newest,
        count => if count > COUNTED { format!("more than {}", thousands(COUNTED)) } else { thousands(count) },
        one => count == 1,
        empty => found.hits.is_empty(),
        index_lag => console.status.index_lag(),
        ..common
    })
}

/// The fields and the query as one query.
fn query(asked: &Pairs) -> String {
    let part = |(name, value): &(String, String)| match (name.as_str(), value.trim()) {
        (_, "") => None,
        ("q", value) => Some(value.to_owned()),
        (name, value) => {
            FIELDS.iter().any(|(field, _)| *field == name).then(|| format!("{name}:{}", quoted(value)))
        }
    };
    asked.iter().filter_map(part).collect::<Vec<_>>().join(" ")
}

/// A value as it stands in a query. Quotes that are written, and patterns, mean what they mean in the language.
fn quoted(value: &str) -> String {
    if value.starts_with('"') || !value.contains(|c: char| c.is_whitespace() || c == '"' || c == ',') {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn url(pairs: &Pairs) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.trim().is_empty());
    let query: Vec<String> =
        pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value.trim()))).collect();
    if query.is_empty() { "/search".to_owned() } else { format!("/search?{}", query.join("&")) }
}

/// What is asked for, each with the page that does not ask for it.
fn chips(asked: &Pairs) -> Vec<Value> {
    let shown_as = |(name, value): &(String, String)| match name.as_str() {
        "q" => shown(value.trim()),
        name => format!("{name}: {}", shown(value.trim())),
    };
    let relevant = |(name, value): &&(String, String)| {
        !value.trim().is_empty() && (name == "q" || FIELDS.iter().any(|(field, _)| field == name))
    };
    asked
        .iter()
        .filter(relevant)
        .map(|pair| {
            let rest =
                asked.iter().filter(|other| other.0 != pair.0 && other.0 != "before").cloned().collect();
            context! { text => shown_as(pair), without => url(&rest) }
        })
        .collect()
}

/// The fields with their values, and what each offers.
fn fields(console: &Console, asked: &Pairs) -> Vec<Value> {
    let offered = |name: &str| -> (Vec<String>, bool) {
        let of = |kind: Kind| {
            let words = console.archive.ask(|index| index.words(kind, OFFERED)).unwrap_or_default();
            (words.into_iter().map(|word| word.name).filter(|name| !name.is_empty()).collect(), false)
        };
        match name {
            "action" => (Bucket::ACTIONS.iter().map(|action| action.as_str().to_owned()).collect(), true),
            "ended" => (Ended::ALL.iter().map(|ended| ended.as_str().to_owned()).collect(), true),
            "phase" => (vec!["input".to_owned(), "output".to_owned()], true),
            "rule" => of(Kind::Rule),
            "policy" => of(Kind::Policy),
            "category" => of(Kind::Category),
            "tenant" => of(Kind::Tenant),
            "model" => of(Kind::Model),
            "since" => (["15m", "1h", "24h", "7d", "30d"].map(str::to_owned).to_vec(), false),
            "status" => (["2xx", "4xx", "5xx", "none"].map(str::to_owned).to_vec(), false),
            "latency" => ([">100ms", ">1s", ">10s"].map(str::to_owned).to_vec(), false),
            _ => (Vec::new(), false),
        }
    };
    FIELDS
        .iter()
        .map(|(name, title)| {
            let (options, closed) = offered(name);
            let value = asked.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
            // A value that only the language can say, such as two of them, must not be lost by the list.
            let closed = closed && (value.is_empty() || options.iter().any(|option| option == value));
            context! { name => *name, title => *title, value, options, closed }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Pairs {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn fields_become_a_query() {
        let check = |asked: &[(&str, &str)], expected: &str| {
            let query = query(&pairs(asked));
            assert_eq!(query, expected);
            Filter::parse(&query, Timestamp::UNIX_EPOCH).unwrap();
        };
        check(&[], "");
        check(&[("q", " "), ("action", "")], "");
        check(&[("q", "\"a b\" -c"), ("action", "block"), ("before", "9")], "\"a b\" -c action:block");
        check(&[("before", "9"), ("x", "y"), ("model", "qwen*")], "model:qwen*");
        check(&[("tenant", "a \"b\" \\ c")], "tenant:\"a \\\"b\\\" \\\\ c\"");
        check(&[("latency", ">1s"), ("status", "5xx"), ("since", "1h")], "latency:>1s status:5xx since:1h");
    }

    #[test]
    fn every_filter_can_be_taken_away() {
        let asked = pairs(&[("q", "a b"), ("action", "block"), ("before", "9")]);
        assert_eq!(url(&asked), "/search?q=a%20b&action=block&before=9");
        let chips = chips(&asked);
        let text = |at: usize, key: &str| chips[at].get_attr(key).unwrap().to_string();
        assert_eq!(
            (text(0, "text"), text(0, "without")),
            ("a b".to_owned(), "/search?action=block".to_owned())
        );
        assert_eq!(
            (text(1, "text"), text(1, "without")),
            ("action: block".to_owned(), "/search?q=a%20b".to_owned())
        );
    }
}
