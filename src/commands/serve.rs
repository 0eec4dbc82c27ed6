//! `qwarden serve`: the gateway.
//!
//! Owns what is said at start-up: the configuration in force, the coverage report, and every reason
//! not to start. A gateway whose policies do not compile does not start.

use std::num::NonZero;

use clap::Args as ClapArgs;
use tokio::runtime::{Builder, Runtime};

use super::printer::{Exit, Printer};
use super::rulebook;
use crate::audit::Log;
use crate::audit::index::background::Follower;
use crate::config::{Config, Options};
use crate::gateway::installed::{self, Installed};
use crate::gateway::reload::give_way;
use crate::gateway::rules::{Rulebook, Rules};
use crate::gateway::server::Server;
use crate::gateway::{Gateway, surfaces};
use crate::policy::coverage::coverage;
use crate::shipping::Exporter;
use crate::telemetry::{self, LogFormat};

/// Run the gateway
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    options: Options,
    /// Form of the log lines on standard error
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
}

/// Runs the command until SIGTERM or SIGINT.
pub fn run(args: Args, printer: &mut Printer) -> Exit {
    if let Err(error) = telemetry::init(args.log_format) {
        printer.error(&error);
        return Exit::Failed;
    }
    let config = match Config::load(&args.options) {
        Ok(config) => config,
        Err(faults) => {
            printer.note(faults);
            return Exit::Failed;
        }
    };
    let (folder, named) = (&config.classifiers, config.classifiers_named);
    let classifiers = match rulebook::load_classifiers(folder, named, &installed::settings(&config), printer)
    {
        Ok(classifiers) => classifiers,
        Err(exit) => return exit,
    };
    // Warnings too: a rule that does without its classifier is less than it says.
    let (rulebook, _) = match rulebook::read_sound(&config.policies, &classifiers, printer) {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    announce(&config, &rulebook, printer);
    let runtime = match runtime(config.threads) {
        Ok(runtime) => runtime,
        Err(error) => {
            printer.error(&error);
            return Exit::Failed;
        }
    };
    let exit = runtime.block_on(async {
        let server = match start(config, rulebook).await {
            Ok(server) => server,
            Err(error) => {
                printer.error(&*error);
                return Exit::Failed;
            }
        };
        announce_console(&server, printer);
        tracing::info!(address = %server.address(), admin = %server.admin_address(), "serving");
        printer.flush();
        server.run(interrupted()).await;
        tracing::info!("stopped");
        Exit::Fine
    });
    runtime.shutdown_background();
    exit
}

/// Opens the log and the listeners.
pub(super) async fn start(config: Config, rulebook: Rulebook) -> Result<Server, Box<dyn std::error::Error>> {
    let (log, report) = Log::open_with(&config.audit.dir, config.audit.settings.clone())?;
    if let Some(torn) = &report.torn {
        tracing::warn!(?torn, "the last record of the audit log was torn off by a crash and was set aside");
    }
    if let Some(checkpoint) = &report.short_of {
        tracing::error!(
            next_seq = report.next_seq,
            ?checkpoint,
            "the audit log has lost or changed records since its last checkpoint; see `qwarden audit verify`"
        );
    }
    // A gateway without search is worth more than none.
    let start = || Follower::start(&config.audit.dir, report.next_seq, give_way);
    let index = config.audit.index.then(start).transpose().unwrap_or_else(|error| {
        tracing::error!(%error, "the audit index is not kept level with the log");
        None
    });
    // Records that are not shipped stay in the log: no reason not to serve.
    let ship = |settings| Exporter::start(&config.audit.dir, settings, report.next_seq);
    let shipping = config.otlp.clone().map(ship).transpose().unwrap_or_else(|error| {
        tracing::error!(%error, "audit records are not exported to the collector");
        None
    });
    let classifiers = rulebook.classifiers.clone();
    let installed = Installed::new(config.classifiers.clone(), installed::settings(&config), classifiers);
    let rules = Rules::new(config.policies.clone(), rulebook).with_installed(installed);
    Ok(Server::bind(Gateway::new(config, rules, log)?.with_index(index).with_shipping(shipping)).await?)
}

/// Says what is in force.
fn announce(config: &Config, rulebook: &Rulebook, printer: &mut Printer) {
    printer.note(config.describe());
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    printer.note(coverage(rulebook.policies(), &surfaces::all()).to_string().trim_end());
    for path in &config.open_paths {
        tracing::warn!(%path, "this path is open: nothing that goes through it is screened");
    }
}

/// Tells the console's token, where one was made just now: on standard error, and never in the log.
fn announce_console(server: &Server, printer: &mut Printer) {
    let Some(token) = server.new_token() else { return };
    printer.note(format_args!(
        "\nThe console on http://{}/ asks for this admin token. It is shown once; only its hash is kept.\n\n    {token}\n",
        server.admin_address()
    ));
}

/// The runtime of every command that serves, with so many threads, or one for each core.
pub(super) fn runtime(threads: Option<NonZero<usize>>) -> std::io::Result<Runtime> {
    let threads = threads.map_or_else(std::thread::available_parallelism, Ok).map_or(1, NonZero::get);
    let mut builder = match threads {
        // One thread needs no queues that others could steal from, and nobody to be woken.
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build()
}

/// Resolves when the process is told to stop.
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        _ => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
