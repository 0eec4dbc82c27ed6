//! `qwarden audit checkpoint`: the newest signed checkpoint, to be kept elsewhere.

use clap::Args as ClapArgs;

use super::audit_args::Folder;
use super::printer::{BAD, Exit, Printer, Shown, Styled};
use crate::audit::seal::{PUBLIC_KEYS, last_checkpoint};

/// Print the newest checkpoint of the audit log: one signed line of JSON. Kept where nobody who can
/// write to the log can reach it, it witnesses the log up to there: `audit verify --checkpoint FILE`
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    folder: Folder,
    /// Print the log's public keys instead, in PEM form, for `audit verify --public-key FILE`
    #[arg(long)]
    public_key: bool,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let dir = &args.folder.dir;
    let shown = dir.display().to_string();
    if args.public_key {
        return match crate::audit::PublicKey::read(&dir.join(PUBLIC_KEYS)) {
            Ok(keys) => {
                keys.into_iter().for_each(|key| printer.line(key.to_pem().trim_end()));
                Exit::Fine
            }
            Err(error) => failed(printer, &format!("could not read signing.pub in {shown}: {error}")),
        };
    }
    match last_checkpoint(dir) {
        Ok(Some((line, _))) => {
            // As it stands: the signature is over its bytes.
            printer.line(line);
            Exit::Fine
        }
        Ok(None) => {
            printer.note(format_args!("no checkpoint in {} yet", Shown(&shown)));
            Exit::No
        }
        Err(error) => failed(printer, &format!("could not read the checkpoints in {shown}: {error}")),
    }
}

fn failed(printer: &mut Printer, what: &str) -> Exit {
    printer.note(format_args!("{}: {}", Styled(BAD, "error"), Shown(what)));
    Exit::Failed
}
