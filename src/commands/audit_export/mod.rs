//! `qwarden audit export`: records for other programs.
//!
//! Reads the log itself and never the index, so that what is exported is what the log says. Owns which
//! records go out and in which form; the forms are in files of their own.

mod csv;
mod labelled;
mod parquet;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::audit_args::{note_failed, note_unreadable};
use super::audit_index::Wanted;
use super::printer::{Exit, Printer, Shown};
use crate::audit::Record;
use crate::audit::query::{self, Stored};
use labelled::Labelled;

/// Write records of the audit log out for other programs, oldest first
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Write into this file instead of to standard output; needed for parquet
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Training examples from the records that operators have marked, in the form of the classifier recipe
    /// (JSONL); records must hold whole texts (`capture: full`)
    #[arg(long, conflicts_with = "format")]
    labelled: bool,
    /// No more than so many
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<u64>,
}

/// What an export looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// The lines as they stand in the log.
    #[default]
    Jsonl,
    /// A table for spreadsheets: a row a record, findings summed up.
    Csv,
    /// A table for DuckDB, Spark and the like: typed columns, zstd.
    Parquet,
}

/// Where records go.
enum Sink {
    Lines(Form),
    Table(Box<parquet::Table<File>>),
    Examples(Box<Labelled>),
}

/// Why an export ended early.
enum Stop {
    /// It was told already.
    Told(Exit),
    /// The output could not be written.
    Output(io::Error),
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    match export(args, printer) {
        Ok(exit) => exit,
        Err(Stop::Told(exit)) => exit,
        Err(Stop::Output(error)) => {
            let path = args.output.as_ref().map_or_else(String::new, |path| path.display().to_string());
            printer.note(format_args!(
                "error: could not write {}: {}",
                Shown(&path),
                Shown(&error.to_string())
            ));
            Exit::Failed
        }
    }
}

fn export(args: &Args, printer: &mut Printer) -> Result<Exit, Stop> {
    let (filter, mut opened) = args.wanted.read(printer).map_err(Stop::Told)?;
    let failed = |error: &dyn std::error::Error, printer: &mut Printer| {
        note_failed(printer, error);
        Stop::Told(Exit::Failed)
    };
    let records = query::records(args.wanted.dir()).map_err(|error| failed(&error, printer))?;
    let mut sink = match args.format {
        _ if args.labelled => Sink::Examples(Box::new(
            Labelled::new(args.wanted.dir()).map_err(|error| failed(&error, printer))?,
        )),
        Form::Parquet => {
            let Some(path) = &args.output else {
                printer.note("error: parquet is no text for a terminal; name a file with --output");
                return Err(Stop::Told(Exit::Failed));
            };
            Sink::Table(Box::new(
                parquet::Table::new(File::create(path).map_err(Stop::Output)?).map_err(Stop::Output)?,
            ))
        }
        form => Sink::Lines(form),
    };
    let mut file = match (&args.output, &sink) {
        (Some(path), Sink::Lines(_) | Sink::Examples(_)) => {
            Some(io::BufWriter::new(File::create(path).map_err(Stop::Output)?))
        }
        _ => None,
    };
    let mut put = |line: &str, printer: &mut Printer| match &mut file {
        Some(file) => writeln!(file, "{line}").map_err(Stop::Output),
        None => {
            printer.json_line(line);
            Ok(())
        }
    };
    if matches!(sink, Sink::Lines(Form::Csv)) {
        put(&csv::row(csv::COLUMNS.map(str::to_owned)), printer)?;
    }
    let (mut left, mut exit) = (args.limit.unwrap_or(u64::MAX), Exit::Fine);
    for stored in records {
        if left == 0 || printer.is_closed() {
            break;
        }
        let Stored { line, record } = stored.map_err(|error| failed(&error, printer))?;
        let mut record = match record {
            Ok(record) => record,
            Err(unreadable) => {
                note_unreadable(printer, &unreadable);
                exit = Exit::No;
                continue;
            }
        };
        // What is under seal can only be searched once it is open.
        let was_sealed = record.draft.sealed.is_some();
        let open = opened.read(&mut record, printer);
        if !filter.matches(&record) {
            continue;
        }
        match &mut sink {
            Sink::Examples(examples) => {
                for example in examples.of(&record) {
                    put(&example, printer)?;
                    left = left.saturating_sub(1);
                }
                continue;
            }
            Sink::Table(table) => table.add(&record).map_err(Stop::Output)?,
            Sink::Lines(Form::Csv) => put(&csv::row(csv::cells(&record)), printer)?,
            Sink::Lines(_) => put(&as_line(&line, &record, was_sealed && open), printer)?,
        }
        left -= 1;
    }
    if let Some(mut file) = file {
        file.flush().map_err(Stop::Output)?;
    }
    match sink {
        Sink::Table(table) => table.finish().map_err(Stop::Output)?,
        Sink::Examples(examples) => examples.report(printer),
        Sink::Lines(_) => {}
    }
    opened.report(printer);
    Ok(exit)
}

/// The line as it stands in the log, unless its text was under seal.
fn as_line(line: &str, record: &Record, opened: bool) -> String {
    if opened { serde_json::to_string(record).unwrap_or_else(|_| line.to_owned()) } else { line.to_owned() }
}
