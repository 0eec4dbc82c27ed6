//! Policies are taken over while exchanges run: on SIGHUP, and when a file of the folder changes.
//!
//! Owns when a reload happens. Compiling runs on a blocking thread, and the swap is one pointer, so
//! that no exchange waits for it.

use std::sync::Arc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::Gateway;
use super::rules::Reload;

/// Editors write a file in several steps; what follows within this time belongs to the same edit.
const SETTLE: Duration = Duration::from_millis(200);

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
    if let Err(error) = &watcher {
        tracing::warn!(%error, "the policies folder cannot be watched; send SIGHUP after an edit");
    }
    let hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    let Ok(mut hangup) = hangup else {
        tracing::error!("SIGHUP cannot be listened to");
        return;
    };
    loop {
        tokio::select! {
            Some(()) = changes.recv() => tokio::time::sleep(SETTLE).await,
            Some(()) = hangup.recv() => {}
            else => return,
        }
        while changes.try_recv().is_ok() {}
        reload(&gateway).await;
    }
}

async fn reload(gateway: &Arc<Gateway>) {
    let before = gateway.rules.current().revision.clone();
    let shared = gateway.clone();
    let Ok(outcome) = tokio::task::spawn_blocking(move || shared.rules.reload()).await else {
        tracing::error!("compiling the policies panicked; the revision in force stays");
        gateway.metrics.policies_failed();
        return;
    };
    match outcome {
        Reload::Unchanged => {
            // It may be a broken edit that was taken back: the folder and what is in force agree again.
            gateway.metrics.policies_unchanged();
            tracing::debug!("the policies have not changed");
        }
        Reload::Swapped(revision) => {
            let rules = gateway.rules.current().policies().rules.len();
            gateway.metrics.policies_loaded(revision.as_str(), rules, Some(before.as_str()));
            tracing::info!(%revision, rules, "new policies are in force");
        }
        Reload::Refused(diagnostics) => {
            gateway.metrics.policies_failed();
            for diagnostic in
                diagnostics.iter().filter(|one| one.severity == crate::policy::diagnostic::Severity::Error)
            {
                tracing::error!("{diagnostic}");
            }
            tracing::error!(revision = %before, "the edited policies have errors and are not taken over; the revision in force stays");
        }
        Reload::Unreadable(error) => {
            gateway.metrics.policies_failed();
            tracing::error!(%error, revision = %before, "the policies folder cannot be read; the revision in force stays");
        }
    }
}
