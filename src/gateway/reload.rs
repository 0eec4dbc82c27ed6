//! Policies and classifiers are taken over while exchanges run: on SIGHUP, and when a file of their folders changes.
//!
//! Owns when a reload happens. Compiling, and reading models, run on a thread of its own, which gives way to those that
//! serve, and so does the freeing of what was replaced; the swap is one pointer. No exchange waits.

use std::sync::Arc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::Gateway;
use super::installed::Look;
use super::rules::{Reload, Rules};
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::screen::classifier::LoadFaults;

/// Editors write a file in several steps; what follows within this time belongs to the same edit.
const SETTLE: Duration = Duration::from_millis(200);
/// A large model is copied for a while, and half of it is a fault. This long it is waited for that files stop changing.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether rules that were replaced can be freed.
const SWEEP: Duration = Duration::from_secs(1);
/// Priority of threads that have time, as `nice` counts. With every core busy serving one gets about a
/// tenth of a core; with the lowest (19) an edit of a large list would take minutes to come into force.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Reloads whenever it is asked to, for as long as the gateway runs.
pub(super) async fn keep_current(gateway: Arc<Gateway>) {
    let (changed, mut changes) = mpsc::channel::<()>(1);
    // Full means that a reload is due already.
    let notice = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            let _ = changed.try_send(());
        }
    };
    let watcher = notify::recommended_watcher(notice).and_then(|mut watcher| {
        watcher.watch(gateway.rules.dir(), RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    let watcher = watcher.map(|watcher| with_classifiers(&gateway, watcher));
    if let Err(error) = &watcher {
        tracing::warn!(%error, "the policies folder cannot be watched; send SIGHUP after an edit");
    }
    let hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    let Ok(mut hangup) = hangup else {
        tracing::error!("SIGHUP cannot be listened to");
        return;
    };
    // What was edited between the first reading of the folder and the watch was seen by neither.
    reload(&gateway).await;
    let mut sweep = tokio::time::interval(SWEEP);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some(()) = changes.recv() => settled(&mut changes).await,
            Some(()) = hangup.recv() => {}
            _ = sweep.tick(), if gateway.rules.has_retired() => {
                let _ = aside(&gateway, Rules::sweep).await;
                continue;
            }
            else => return,
        }
        while changes.try_recv().is_ok() {}
        reload(&gateway).await;
    }
}

/// Watches the folder of the classifiers too, where there is one.
fn with_classifiers<W: Watcher>(gateway: &Gateway, mut watcher: W) -> W {
    if let Some(folder) = gateway.rules.classifiers_dir().filter(|folder| folder.is_dir())
        && let Err(error) = watcher.watch(folder, RecursiveMode::Recursive)
    {
        tracing::warn!(%error, "the classifiers folder cannot be watched; send SIGHUP after a change");
    }
    watcher
}

/// Waits until nothing changes any more, or for as long as there is patience.
async fn settled(changes: &mut mpsc::Receiver<()>) {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        tokio::time::sleep(SETTLE).await;
        let still = changes.try_recv().is_ok();
        if !still || tokio::time::Instant::now() >= until {
            return;
        }
    }
}

/// Does something long with the rules on a thread of its own that gives way to those that serve. Not one
/// of the runtime's blocking threads: those are used again, and a priority cannot be raised again.
/// `None` when it panicked.
async fn aside<T: Send + 'static>(gateway: &Arc<Gateway>, work: fn(&Rules) -> T) -> Option<T> {
    let (done, result) = tokio::sync::oneshot::channel();
    let gateway = gateway.clone();
    let job = move || {
        give_way();
        let _ = done.send(work(&gateway.rules));
    };
    if let Err(error) = std::thread::Builder::new().name("policies".to_owned()).spawn(job) {
        tracing::error!(%error, "no thread could be started for the policies");
    }
    result.await.ok()
}

/// Lowers the priority of this thread, so that it gives way to those that serve.
pub fn give_way() {
    // Elsewhere this would be the priority of the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "a thread that has time keeps its priority");
    }
}

async fn reload(gateway: &Arc<Gateway>) {
    look_at_classifiers(gateway).await;
    let before = gateway.rules.current();
    let Some(outcome) = aside(gateway, Rules::reload).await else {
        tracing::error!("compiling the policies panicked; the revision in force stays");
        gateway.metrics.policies_failed();
        return;
    };
    let revision = &before.revision;
    match outcome {
        Reload::Unchanged => {
            // It may be a broken edit that was taken back: the folder and what is in force agree again.
            gateway.metrics.policies_unchanged();
            tracing::debug!("the policies have not changed");
        }
        Reload::Swapped(new) => {
            let current = gateway.rules.current();
            let rules = current.policies().rules.len();
            gateway.metrics.policies_loaded(new.as_str(), rules, Some(revision.as_str()));
            tracing::info!(revision = %new, rules, "new policies are in force");
            if current.classifiers.digest() != before.classifiers.digest() {
                let models = current.classifiers.models().len();
                gateway.metrics.classifiers_in_force(models);
                tracing::info!(revision = %new, models, "new classifiers are in force");
            }
        }
        Reload::Refused(diagnostics) => {
            gateway.metrics.policies_failed();
            tell(&diagnostics);
            tracing::error!(%revision, "the edited policies have errors and are not taken over; the revision in force stays");
        }
        Reload::Unreadable(error) => {
            gateway.metrics.policies_failed();
            tracing::error!(%error, %revision, "the policies folder cannot be read; the revision in force stays");
        }
    }
}

/// Loads classifiers that have changed, beside those in force. Reading gives way to those that serve; the threads that
/// answer must not, and have the priority of the thread that starts them.
async fn look_at_classifiers(gateway: &Arc<Gateway>) {
    let refused = |faults: &LoadFaults| {
        gateway.metrics.classifiers_failed();
        tell(&faults.diagnostics);
        tracing::error!("the changed classifiers have faults and are not taken over; those in force stay");
    };
    match aside(gateway, Rules::look_at_classifiers).await {
        None => {
            gateway.metrics.classifiers_failed();
            tracing::error!("reading the classifiers panicked; those in force stay");
        }
        Some(Look::Unchanged) => {}
        Some(Look::Same) => gateway.metrics.classifiers_unchanged(),
        Some(Look::Refused(faults)) => refused(&faults),
        Some(Look::Found(prepared)) => {
            let (models, taken_over) = (prepared.models(), prepared.taken_over());
            let starter = gateway.clone();
            match tokio::task::spawn_blocking(move || starter.rules.start_classifiers(prepared)).await {
                Ok(Ok(())) => {
                    gateway.metrics.classifiers_unchanged();
                    tracing::info!(models, taken_over, "changed classifiers are loaded and warm");
                }
                Ok(Err(faults)) => refused(&faults),
                Err(error) => {
                    gateway.metrics.classifiers_failed();
                    tracing::error!(%error, "the changed classifiers cannot be started; those in force stay");
                }
            }
        }
    }
}

fn tell(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics.iter().filter(|one| one.severity == Severity::Error) {
        tracing::error!("{diagnostic}");
    }
}
