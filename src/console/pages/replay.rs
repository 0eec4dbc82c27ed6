//! Replay: what a draft of the policies would change of what was, shown as a difference.
//!
//! Owns the one replay that runs at a time, its bounds, and how far it has got. Refuses to judge: that is `replay`'s.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use minijinja::{Value, context};

use super::super::Console;
use super::super::access::Session;
use super::super::access::guard::{Fields, Signed, see_other};
use super::super::marked::{Layout, pieces};
use super::super::render::{Fault, refusal};
use super::super::status::Drafted;
use super::super::views::{channel, microseconds, phase, role, shown, thousands};
use super::playground::diagnosed;
use super::verify::Progress;
use crate::audit::filter::Filter;
use crate::audit::marks::Marks;
use crate::decide::judge::Judge;
use crate::replay::item::Said;
use crate::replay::report::{Doing, Example, Kind, MarkOf, Report};
use crate::replay::{Replay, records};

/// How many of the newest records may be replayed.
const COUNTS: [usize; 4] = [1_000, 5_000, 20_000, 100_000];
/// Longest time that a replay may take.
const LONGEST: Duration = Duration::from_secs(120);
/// Examples that are shown.
const EXAMPLES: usize = 60;
/// Marks that are listed.
const MARKS: usize = 20;

/// The replay that runs, or the last one.
#[derive(Debug, Default)]
pub(in crate::console) struct Job(Mutex<Option<Run>>);

#[derive(Debug, Clone)]
struct Run {
    asked: Asked,
    began: Timestamp,
    judged: u64,
    outcome: Option<Arc<Outcome>>,
}

/// What was asked for.
#[derive(Debug, Clone, Default)]
struct Asked {
    /// The file of which there is a draft; empty where the policies in force are held against the past.
    file: String,
    draft: String,
    query: String,
    count: usize,
}

#[derive(Debug)]
enum Outcome {
    /// A file was loaded into the form, and nothing was replayed yet.
    Prepared,
    /// The draft does not compile.
    Faulty(Drafted<Arc<Judge>>),
    /// Something of the machine's failed.
    Failed(String),
    /// What would change.
    Told(Box<Report>, Duration),
}

impl Job {
    fn run(&self) -> MutexGuard<'_, Option<Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(in crate::console) async fn state(State(console): State<Arc<Console>>, _: Session) -> Json<Progress> {
    let run = console.replaying.run().clone();
    Json(match run {
        Some(Run { outcome: None, judged, asked, .. }) => {
            Progress { running: true, done: judged, total: asked.count as u64 }
        }
        _ => Progress { running: false, done: 0, total: 0 },
    })
}

pub(in crate::console) async fn page(State(console): State<Arc<Console>>, session: Session) -> Response {
    let page = move |console: &Arc<Console>| {
        let sources = super::policies::read(console)?;
        let run = console.replaying.run().clone();
        let asked = run.as_ref().map(|run| run.asked.clone()).unwrap_or_default();
        let files =
            sources.names().filter(|name| !name.starts_with("lists/")).map(str::to_owned).collect::<Vec<_>>();
        let form = context! {
            file => &asked.file, draft => &asked.draft, query => &asked.query,
            count => if asked.count == 0 { 5_000 } else { asked.count },
        };
        let counts: Vec<Value> = COUNTS
            .iter()
            .map(|count| context! { value => *count, shown => thousands(*count as u64) })
            .collect();
        Ok((
            "replay.html",
            context! { page => "/replay", form, files, counts, run => run.map(|run| told(&run)) },
        ))
    };
    console.show(session, page).await
}

/// Starts a replay, unless one runs.
pub(in crate::console) async fn start(
    State(console): State<Arc<Console>>,
    session: Session,
    Signed(fields): Signed,
) -> Response {
    let (asked, filter) = match asked(&fields) {
        Ok(asked) => asked,
        Err(fault) => return refusal(&console, &fault, Some(&session)),
    };
    let loads = fields.text("do") == "load";
    let shared = console.clone();
    let Ok(permit) = console.trying.clone().try_acquire_owned() else { return see_other("/replay") };
    let prepared = tokio::task::spawn_blocking(move || -> Result<(), Fault> {
        let sources = super::policies::read(&shared)?;
        let mut asked = asked;
        if !asked.file.is_empty() && !sources.names().any(|name| name == asked.file) {
            return Err(Fault::new(
                StatusCode::BAD_REQUEST,
                "There is no such file",
                "It may have been removed since.",
            ));
        }
        if loads || (asked.draft.is_empty() && !asked.file.is_empty()) {
            asked.draft = sources.text(&asked.file).unwrap_or_default();
        }
        let run = Run {
            asked: asked.clone(),
            began: Timestamp::now(),
            judged: 0,
            outcome: loads.then(|| Arc::new(Outcome::Prepared)),
        };
        *shared.replaying.run() = Some(run);
        if !loads {
            let job = shared.clone();
            tokio::task::spawn_blocking(move || {
                let _permit = permit;
                let outcome = replay(&job, &asked, &filter);
                if let Some(run) = job.replaying.run().as_mut() {
                    run.outcome = Some(Arc::new(outcome));
                }
            });
        }
        Ok(())
    });
    match prepared.await {
        Ok(Ok(())) => see_other("/replay"),
        Ok(Err(fault)) => refusal(&console, &fault, Some(&session)),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn asked(fields: &Fields) -> Result<(Asked, Filter), Fault> {
    let query = fields.text("query").trim().to_owned();
    let filter = Filter::parse(&query, Timestamp::now()).map_err(|fault| {
        Fault::new(
            StatusCode::BAD_REQUEST,
            "The query cannot be read",
            format!("{}. {}.", fault.message, fault.help),
        )
    })?;
    let count = fields.text("count").parse().ok().filter(|count| COUNTS.contains(count)).unwrap_or(5_000);
    let (file, draft) = (fields.text("file").to_owned(), fields.text("draft").to_owned());
    Ok((Asked { file, draft, query, count }, filter))
}

fn replay(console: &Console, asked: &Asked, filter: &Filter) -> Outcome {
    let in_force = console.status.judge();
    let draft = if asked.file.is_empty() {
        None
    } else {
        let sources = match super::policies::read(console) {
            Ok(sources) => sources.with_text(&asked.file, &asked.draft),
            Err(fault) => return Outcome::Failed(fault.text),
        };
        let drafted = console.status.draft(sources);
        match drafted.made {
            Some(judge) => Some(judge),
            None => return Outcome::Faulty(drafted),
        }
    };
    let began = Instant::now();
    match judged(console, asked, filter, &in_force, draft.as_deref()) {
        Ok(report) => Outcome::Told(Box::new(report), began.elapsed()),
        Err(error) => Outcome::Failed(error),
    }
}

/// Judges again. On half of the cores, so that the other half serves.
fn judged(
    console: &Console,
    asked: &Asked,
    filter: &Filter,
    in_force: &Judge,
    draft: Option<&Judge>,
) -> Result<Report, String> {
    let told = |error: &dyn std::error::Error| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let dir = console.archive.dir();
    let marks = Marks::read(dir).map_err(|error| told(&error))?;
    let source = records::newest(dir, filter, asked.count).map_err(|error| told(&error))?;
    let threads = std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| told(&error))?;
    let replay = match draft {
        Some(draft) => Replay::new(draft).against(in_force),
        // Without a draft the rules in force are held against what happened when they were others.
        None => Replay::new(in_force),
    };
    let until = Instant::now() + LONGEST;
    let each = |progress: crate::replay::Progress| {
        if let Some(run) = console.replaying.run().as_mut() {
            run.judged = progress.judged;
        }
        if Instant::now() < until && !*console.stopped.borrow() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    // The source is read on this thread, and judged on the pool's.
    let source: Vec<_> = source.into_iter().collect();
    pool.install(|| replay.with_marks(&marks).with_examples(3).run(source, each))
        .map_err(|error| told(&error))
}

fn told(run: &Run) -> Value {
    let began = run.began.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let common = context! { began, file => &run.asked.file, query => &run.asked.query };
    match run.outcome.as_deref() {
        None => context! { running => true, done => run.judged, total => run.asked.count, ..common },
        Some(Outcome::Prepared) => context! { prepared => true, ..common },
        Some(Outcome::Failed(why)) => context! { failed => shown(why), ..common },
        Some(Outcome::Faulty(drafted)) => context! {
            faulty => true, failed => drafted.failed.as_deref().map(shown),
            ..context! { ..diagnosed(&drafted.diagnostics, &drafted.report), ..common }
        },
        Some(Outcome::Told(report, took)) => context! {
            took => microseconds(took.as_micros() as u64),
            outcome => reported(report, !run.asked.file.is_empty()),
            ..common
        },
    }
}

fn doing(doing: Doing) -> Value {
    context! { action => doing.action.as_str(), monitored => doing.monitored }
}

fn said(said: &Said) -> Value {
    context! { rule => said.rule.as_deref().map(shown), ..doing(Doing::from(said)) }
}

fn mark_of(mark: &MarkOf) -> Value {
    context! { seq => mark.key.seq, rule => shown(&mark.rule) }
}

fn reported(report: &Report, is_draft: bool) -> Value {
    let actions: Vec<Value> = report
        .actions
        .iter()
        .map(|change| context! { was => doing(change.was), is => doing(change.is), count => thousands(change.count) })
        .collect();
    let rules: Vec<Value> = report
        .rules
        .iter()
        .map(|change| {
            context! {
                rule => shown(&change.rule), exists => change.exists,
                newly => thousands(change.newly), no_longer => thousands(change.no_longer), still => thousands(change.still),
                wins => change.wins, loses => change.loses, cleared => change.cleared, lost => change.lost,
            }
        })
        .collect();
    let marks = &report.marks;
    let left_out: Vec<Value> = report
        .left_out
        .iter()
        .map(|(why, count)| context! { count => thousands(*count), why => why.reason() })
        .collect();
    context! {
        is_draft,
        before => report.before.as_deref(),
        after => &report.after,
        judged => thousands(report.judged),
        changed => thousands(report.changed),
        same => report.changed == 0,
        none => report.judged == 0,
        reply_unknown => report.reply_unknown,
        reply_spared => report.reply_spared,
        not_chosen => thousands(report.not_chosen),
        stopped => report.stopped,
        actions, rules, left_out,
        marks => context! {
            any => marks.cleared + marks.false_positives_left + marks.lost + marks.true_positives_kept + marks.caught + marks.still_missed > 0,
            cleared => marks.cleared, left => marks.false_positives_left, lost => marks.lost, kept => marks.true_positives_kept,
            caught => marks.caught, still_missed => marks.still_missed,
            cleared_marks => marks.cleared_marks.iter().take(MARKS).map(mark_of).collect::<Vec<_>>(),
            lost_marks => marks.lost_marks.iter().take(MARKS).map(mark_of).collect::<Vec<_>>(),
        },
        examples => report.examples.iter().take(EXAMPLES).map(example).collect::<Vec<_>>(),
    }
}

fn example(example: &Example) -> Value {
    let text = example.seen.text.as_deref().map(|text| {
        let mark = example.seen.mark.map(|(start, end)| (start, end, &*example.rule));
        pieces(text, mark.as_slice(), Layout::OneLine)
    });
    context! {
        seq => example.key.seq,
        rule => shown(&example.rule),
        kind => match example.kind {
            Kind::Newly => "would find it",
            Kind::NoLonger => "would not find it",
            Kind::Otherwise => "something else is done",
        },
        sign => match example.kind {
            Kind::Newly => "+",
            Kind::NoLonger => "−",
            Kind::Otherwise => "±",
        },
        was => said(&example.was),
        is => said(&example.is),
        text,
        place => format!("{}, {}, {}", phase(example.seen.phase), role(example.seen.role), channel(example.seen.channel)),
    }
}
