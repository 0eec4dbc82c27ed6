//! `qwarden audit search`: the exchanges that a query asks for, newest first.

use clap::Args as ClapArgs;
use serde_json::json;

use super::audit_args::{Opened, note_failed};
use super::audit_index::{self, Wanted};
use super::audit_line::summary;
use super::printer::{BAD, Exit, FAINT, Format, Printer, Styled};
use crate::audit::filter::Filter;
use crate::audit::index::search::Page;
use crate::audit::index::{Index, IndexError};

/// Records that are looked at in one go where texts are encrypted.
const STRIDE: usize = 500;

/// Find exchanges in the audit log, newest first
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// How many to show
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Only those before this record: the next page of a search that showed this one last
    #[arg(long, value_name = "SEQ")]
    before: Option<u64>,
    /// Only say how many there are
    #[arg(long, conflicts_with_all = ["limit", "before"])]
    count: bool,
    /// Build the index anew first
    #[arg(long)]
    rebuild: bool,
    /// For people or for programs; json shows the records as they stand in the log
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let (filter, mut opened) = match args.wanted.read(printer) {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    let index = match audit_index::level(args.wanted.dir(), args.rebuild, printer) {
        Ok(index) => index,
        Err(exit) => return exit,
    };
    let outcome = if args.count && !(opened.can_open() && filter.asks_for_text()) {
        index.count(&filter).map(|count| print_count(count, args.format, printer))
    } else {
        let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
        let limit = if args.count { usize::MAX } else { limit };
        page(&index, &filter, args.before, limit, &mut opened, printer).map(|page| {
            if args.count {
                return print_count(page.hits.len() as u64, args.format, printer);
            }
            print(&page, &filter, args.format, printer)
        })
    };
    opened.report(printer);
    outcome.unwrap_or_else(|error| {
        note_failed(printer, &error);
        Exit::Failed
    })
}

/// A page; with an identity, texts are looked for in what it opens, since an index cannot know them.
fn page(
    index: &Index,
    filter: &Filter,
    mut before: Option<u64>,
    limit: usize,
    opened: &mut Opened,
    printer: &mut Printer,
) -> Result<Page, IndexError> {
    if !opened.can_open() {
        return index.page(filter, before, limit);
    }
    let wide = filter.without_text();
    let mut found = Page { hits: Vec::new(), next: None };
    loop {
        let page = index.page(&wide, before, STRIDE)?;
        for mut hit in page.hits {
            if let Ok((line, record)) = &mut hit.found {
                if record.draft.sealed.is_some() && opened.read(record, printer) {
                    *line = serde_json::to_string(record).unwrap_or_default();
                }
                if !filter.matches(record) {
                    continue;
                }
            }
            if found.hits.len() >= limit {
                found.next = found.hits.last().map(|hit| hit.seq);
                return Ok(found);
            }
            found.hits.push(hit);
        }
        match page.next {
            Some(next) => before = Some(next),
            None => return Ok(found),
        }
    }
}

fn print_count(count: u64, format: Format, printer: &mut Printer) -> Exit {
    match format {
        Format::Text => printer.line(count),
        Format::Json => printer.json(&json!({ "count": count })),
    }
    if count == 0 { Exit::No } else { Exit::Fine }
}

fn print(page: &Page, filter: &Filter, format: Format, printer: &mut Printer) -> Exit {
    let mut lies = 0;
    for hit in &page.hits {
        match (&hit.found, format) {
            (Ok((line, _)), Format::Json) => printer.json_line(line),
            (Ok((_, record)), Format::Text) => printer.line(summary(record, filter.excerpt(&record.draft))),
            (Err(lie), _) => {
                lies += 1;
                printer.note(format_args!("{}: record {}: {lie}", Styled(BAD, "the index lies"), hit.seq));
            }
        }
    }
    if lies > 0 {
        printer.note("help: `qwarden audit verify` tells whether the log was changed; `--rebuild` builds the index anew from what it is now");
    }
    if page.hits.is_empty() {
        printer.note("nothing was found");
    }
    if let Some(before) = page.next {
        printer.note(Styled(FAINT, format_args!("there are more: --before {before}")));
    }
    if page.hits.is_empty() || lies > 0 { Exit::No } else { Exit::Fine }
}
