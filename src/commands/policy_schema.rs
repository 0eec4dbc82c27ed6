//! `qwarden policy schema`: the JSON Schema of a policy file, for editors.

use super::printer::{Exit, Printer};

/// Print the JSON Schema of a policy file, for editors
#[derive(Debug, Clone, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(printer: &mut Printer) -> Exit {
    match serde_json::to_string_pretty(&crate::policy::schema::schema()) {
        Ok(schema) => {
            printer.line(schema);
            Exit::Fine
        }
        Err(error) => {
            printer.error(&error);
            Exit::Failed
        }
    }
}
