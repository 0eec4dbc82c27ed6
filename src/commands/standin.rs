//! `qwarden standin` (hidden): the demo's backend by itself, for tests of real clients.

use std::net::SocketAddr;
use std::time::Duration;

use super::demo::standin::Standin;
use super::printer::{Exit, Printer};

/// Run the demo's stand-in backend by itself
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Address to listen on; loopback only
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// Milliseconds between two tokens
    #[arg(long, default_value_t = 2)]
    delay: u64,
}

/// Runs the command until it is interrupted.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    if !args.listen.ip().is_loopback() {
        printer.note("error: the stand-in listens on loopback only");
        return Exit::Failed;
    }
    let runtime = match super::serve::runtime(None) {
        Ok(runtime) => runtime,
        Err(error) => {
            printer.error(&error);
            return Exit::Failed;
        }
    };
    runtime.block_on(async {
        match Standin::new(Duration::from_millis(args.delay)).start(args.listen).await {
            Ok((address, running)) => {
                printer.line(format_args!("the stand-in backend listens on http://{address}"));
                printer.flush();
                let _ = running.await;
                Exit::Fine
            }
            Err(error) => {
                printer.note(format_args!("error: cannot listen on {}: {error}", args.listen));
                Exit::Failed
            }
        }
    })
}
