//! Verify: whether the log is as it was written, asked from here.
//!
//! Owns the one check that runs at a time and how far it has got. Refuses to judge: that is `audit::verify`'s.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use minijinja::{Value, context};
use serde::Serialize;

use super::super::Console;
use super::super::access::Session;
use super::super::access::guard::{Signed, see_other};
use super::super::views::{shown, thousands};
use crate::audit::index::check::{self, Checked};
use crate::audit::verify::{Verified, Witness, verify_against};

/// The check that runs, or the last one.
#[derive(Debug, Default)]
pub(in crate::console) struct Job(Mutex<Option<Run>>);

#[derive(Debug, Clone)]
struct Run {
    began: Timestamp,
    since: Instant,
    done: u64,
    total: u64,
    /// What it came to; `None` while it runs.
    result: Option<Arc<Outcome>>,
}

#[derive(Debug)]
struct Outcome {
    took: std::time::Duration,
    verified: Result<Verified, String>,
    /// What the index says of the log; `None` where there is none.
    index: Result<Option<Checked>, String>,
}

impl Job {
    fn run(&self) -> MutexGuard<'_, Option<Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far it has got, for the page's script.
#[derive(Debug, Serialize)]
pub(in crate::console) struct Progress {
    pub(super) running: bool,
    pub(super) done: u64,
    pub(super) total: u64,
}

pub(in crate::console) async fn state(State(console): State<Arc<Console>>, _: Session) -> Json<Progress> {
    let run = console.verifying.run().clone();
    Json(match run {
        Some(Run { result: None, done, total, .. }) => Progress { running: true, done, total },
        _ => Progress { running: false, done: 0, total: 0 },
    })
}

/// Starts a check, unless one runs.
pub(in crate::console) async fn start(
    State(console): State<Arc<Console>>,
    _: Session,
    Signed(_): Signed,
) -> Response {
    if let Ok(permit) = console.checking.clone().try_acquire_owned() {
        let run = Run { began: Timestamp::now(), since: Instant::now(), done: 0, total: 0, result: None };
        *console.verifying.run() = Some(run);
        let shared = console.clone();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            check(&shared);
        });
    }
    see_other("/verify")
}

fn check(console: &Console) {
    let dir = console.archive.dir();
    let verified = verify_against(dir, &Witness::default(), &mut |progress| {
        if let Some(run) = console.verifying.run().as_mut() {
            (run.done, run.total) = (progress.done, progress.total);
        }
    });
    let told = |error: &dyn std::error::Error| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let index = check::check(dir).map_err(|error| told(&error));
    if let Some(run) = console.verifying.run().as_mut() {
        let verified = verified.map_err(|error| told(&error));
        run.result = Some(Arc::new(Outcome { took: run.since.elapsed(), verified, index }));
    }
}

pub(in crate::console) async fn page(State(console): State<Arc<Console>>, session: Session) -> Response {
    let page = move |console: &Arc<Console>| {
        let run = console.verifying.run().clone();
        Ok(("verify.html", context! { page => "/verify", run => run.map(|run| told(&run)) }))
    };
    console.show(session, page).await
}

fn told(run: &Run) -> Value {
    let began = run.began.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let Some(outcome) = &run.result else {
        return context! { began, running => true, done => run.done, total => run.total };
    };
    let took = super::super::views::microseconds(outcome.took.as_micros() as u64);
    let verified = match &outcome.verified {
        Err(error) => return context! { began, took, failed => shown(error) },
        Ok(verified) => verified,
    };
    let fault = verified.fault.as_ref().map(|fault| {
        let file = fault.segment.file_name().unwrap_or_default().to_string_lossy().into_owned();
        context! { file => shown(&file), line => fault.line, code => fault.kind.code(), text => shown(&fault.kind.to_string()) }
    });
    let index = match &outcome.index {
        Err(error) => context! { failed => shown(error) },
        Ok(None) => context! { missing => true },
        Ok(Some(checked)) => context! {
            sound => checked.is_true(), records => thousands(checked.records), behind => checked.behind,
            lies => checked.total, named => &checked.lies,
            faults => checked.faults.iter().map(|fault| shown(fault)).collect::<Vec<_>>(),
        },
    };
    context! {
        began, took, fault, index,
        sound => verified.fault.is_none(),
        records => thousands(verified.records),
        segments => verified.segments,
        sealed => verified.sealed,
        checkpoints => verified.checkpoints,
        removed => verified.removed.len(),
        last => verified.last.to_hex(),
        torn => verified.torn,
    }
}
