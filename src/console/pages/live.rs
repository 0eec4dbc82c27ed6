//! The live feed: exchanges as they are recorded, by server-sent events.
//!
//! Owns how much of a flood is shown: what a person cannot read is counted and not sent. A line is only read where
//! somebody watches.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::Timestamp;
use minijinja::context;
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::super::Console;
use super::super::access::Session;
use super::super::render::{Fault, refusal};
use super::super::views::{Row, row, shown};
use crate::audit::Record;
use crate::audit::filter::Filter;

/// Rows that the page begins with.
const BEGINS: usize = 40;
/// Lines that are read of one batch; the others are counted.
const BATCH: usize = 12;
/// Time between two batches.
const PAUSE: Duration = Duration::from_millis(250);

#[derive(Debug, Default, Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    q: String,
}

pub(in crate::console) async fn page(
    State(console): State<Arc<Console>>,
    session: Session,
    Query(asked): Query<Asked>,
) -> Response {
    let page = move |console: &Arc<Console>| {
        let mut rows = Vec::new();
        let fault = match Filter::parse(&asked.q, Timestamp::now()) {
            Ok(filter) => {
                for stored in console.archive.newest(BEGINS)? {
                    if let Ok(record) = stored.record
                        && filter.matches(&record)
                    {
                        rows.push(row(&record, Some(&filter)));
                    }
                }
                None
            }
            Err(fault) => Some(fault.to_string().lines().map(shown).collect::<Vec<_>>().join("\n")),
        };
        Ok(("live.html", context! { page => "/live", q => &asked.q, listed => rows, fault }))
    };
    console.show(session, page).await
}

struct Feed {
    lines: Receiver<Arc<str>>,
    filter: Filter,
    until: Instant,
    stopped: watch::Receiver<bool>,
    opened: bool,
    _place: OwnedSemaphorePermit,
}

pub(in crate::console) async fn events(
    State(console): State<Arc<Console>>,
    session: Session,
    Query(asked): Query<Asked>,
) -> Response {
    let Ok(filter) = Filter::parse(&asked.q, Timestamp::now()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Ok(place) = console.feeds.clone().try_acquire_owned() else {
        let text = "Close one that nobody looks at, and try again.";
        let fault = Fault::new(StatusCode::SERVICE_UNAVAILABLE, "Too many live feeds are open", text);
        return refusal(&console, &fault, Some(&session));
    };
    let feed = Feed {
        lines: console.status.log().follow(),
        filter,
        until: session.until,
        stopped: console.stopped.clone(),
        opened: false,
        _place: place,
    };
    let events = stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

impl Feed {
    /// The next event; `None` when the session is over or the gateway stops.
    async fn next(&mut self) -> Option<Event> {
        if !self.opened {
            // The page knows from it that nothing that follows is missed.
            self.opened = true;
            return Some(Event::default().event("open").data("{}"));
        }
        loop {
            let over = tokio::time::sleep_until(self.until.into());
            let first = tokio::select! {
                line = self.lines.recv() => line,
                _ = self.stopped.wait_for(|stopped| *stopped) => return None,
                () = over => return None,
            };
            let (mut rows, mut skipped) = (Vec::new(), 0u64);
            match first {
                Ok(line) => self.read(&line, &mut rows),
                Err(RecvError::Lagged(missed)) => skipped += missed,
                Err(RecvError::Closed) => return None,
            }
            let mut read = 1;
            loop {
                match self.lines.try_recv() {
                    Ok(line) if read < BATCH => {
                        read += 1;
                        self.read(&line, &mut rows);
                    }
                    Ok(_) => skipped += 1,
                    Err(TryRecvError::Lagged(missed)) => skipped += missed,
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            if rows.is_empty() && skipped == 0 {
                continue;
            }
            // One exchange shows at once; many wait for each other.
            if read > 1 || skipped > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            let data = serde_json::json!({ "rows": rows, "skipped": skipped }).to_string();
            return Some(Event::default().event("rows").data(data));
        }
    }

    fn read(&self, line: &str, rows: &mut Vec<Row>) {
        if let Ok(record) = Record::parse(line)
            && self.filter.matches(&record)
        {
            rows.push(row(&record, Some(&self.filter)));
        }
    }
}
