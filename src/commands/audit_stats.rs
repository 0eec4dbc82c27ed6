//! `qwarden audit stats`: what the exchanges are together, as tables and bars.

use anstyle::{AnsiColor, Style};
use clap::Args as ClapArgs;
use serde_json::{Map, Value, json};

use super::audit_args::{Folder, microseconds, note_failed};
use super::audit_index::{self, Query};
use super::printer::{BAD, Exit, FAINT, Format, Printer, STRONG, Shown, Styled, WARNING};
use crate::audit::index::stats::{Bucket, Count, Stats};

/// Columns of the longest bar.
const BAR: u64 = 32;
/// Columns of a name.
const NAME: usize = 28;

/// Count the exchanges of the audit log
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    query: Query,
    #[command(flatten)]
    folder: Folder,
    /// How many names each table has
    #[arg(long, value_name = "N", default_value_t = 8)]
    top: usize,
    /// How many stretches of time the series has at most
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=2000))]
    buckets: u16,
    /// For people or for programs; json has every name
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let filter = match args.query.filter(printer) {
        Ok(filter) => filter,
        Err(exit) => return exit,
    };
    let index = match audit_index::level(&args.folder.dir, false, printer) {
        Ok(index) => index,
        Err(exit) => return exit,
    };
    let stats = match index.stats(&filter, usize::from(args.buckets)) {
        Ok(stats) => stats,
        Err(error) => {
            note_failed(printer, &error);
            return Exit::Failed;
        }
    };
    match args.format {
        Format::Json => print_json(&stats, printer),
        Format::Text if stats.records == 0 => printer.note("nothing was found"),
        Format::Text => print(&stats, args.top, printer),
    }
    if stats.records == 0 { Exit::No } else { Exit::Fine }
}

fn print_json(stats: &Stats, printer: &mut Printer) {
    let table = |counts: &[Count]| -> Value {
        counts.iter().map(|count| (count.name.clone(), count.records.into())).collect::<Map<_, _>>().into()
    };
    let series: Vec<Value> = stats
        .series
        .iter()
        .map(|bucket| {
            let counts = Bucket::ACTIONS.iter().zip(bucket.actions);
            let actions: Map<_, _> =
                counts.map(|(action, records)| (action.as_str().to_owned(), records.into())).collect();
            json!({ "start": bucket.start.to_string(), "records": bucket.records(), "actions": actions })
        })
        .collect();
    let latency = stats.latency;
    printer.json(&json!({
        "records": stats.records,
        "actions": table(&stats.actions),
        "rules": table(&stats.rules),
        "tenants": table(&stats.tenants),
        "models": table(&stats.models),
        "ended": table(&stats.ended),
        "statuses": table(&stats.statuses),
        "latency_us": { "p50": latency.p50, "p90": latency.p90, "p99": latency.p99, "max": latency.max },
        "bucket_minutes": stats.width,
        "series": series,
    }));
}

fn print(stats: &Stats, top: usize, printer: &mut Printer) {
    printer.line(Styled(STRONG, format_args!("{} exchanges", stats.records)));
    let latency = stats.latency;
    printer.line(format_args!(
        "  latency: half within {}, 90 % within {}, 99 % within {}, slowest {}",
        microseconds(latency.p50),
        microseconds(latency.p90),
        microseconds(latency.p99),
        microseconds(latency.max)
    ));
    let tables = [
        ("actions", &stats.actions),
        ("rules that won", &stats.rules),
        ("tenants", &stats.tenants),
        ("models", &stats.models),
        ("ended", &stats.ended),
        ("statuses", &stats.statuses),
    ];
    for (title, counts) in tables {
        print_table(title, counts, stats.records, top, printer);
    }
    print_series(stats, printer);
}

fn print_table(title: &str, counts: &[Count], records: u64, top: usize, printer: &mut Printer) {
    let Some(most) = counts.first().map(|count| count.records) else { return };
    printer.line(Styled(STRONG, title));
    for Count { name, records: count } in counts.iter().take(top) {
        let shown = if name.is_empty() { "(none)".to_owned() } else { cut(&Shown(name).to_string()) };
        let share = *count as f64 * 100.0 / records.max(1) as f64;
        let bar = Styled(colour(title, name), "█".repeat(length(*count, most)));
        printer.line(format_args!("  {shown:<NAME$} {count:>9} {share:>5.1} % {bar}"));
    }
    if counts.len() > top {
        let rest: u64 = counts.iter().skip(top).map(|count| count.records).sum();
        let more = counts.len() - top;
        printer.line(format_args!("  {:<NAME$} {rest:>9}", Styled(FAINT, format_args!("{more} more"))));
    }
}

/// A bar a bucket: what was let through, what was changed, and what was refused.
fn print_series(stats: &Stats, printer: &mut Printer) {
    let Some(most) = stats.series.iter().map(Bucket::records).max() else { return };
    let width = match stats.width {
        1 => "minute".to_owned(),
        60 => "hour".to_owned(),
        1440 => "day".to_owned(),
        width if width % 1440 == 0 => format!("{} days", width / 1440),
        width if width % 60 == 0 => format!("{} hours", width / 60),
        width => format!("{width} minutes"),
    };
    printer.line(format_args!(
        "{} in UTC: allow and flag, {}, {}",
        Styled(STRONG, format_args!("every {width}")),
        Styled(colour("actions", "deflect"), "redact to deflect"),
        Styled(BAD, "block")
    ));
    for bucket in &stats.series {
        let [allow, flag, redact, rewrite, deflect, block] = bucket.actions;
        let (mut from, mut sum, mut bar) = (0, 0, String::new());
        let parts = [
            (Style::new(), allow + flag, '█'),
            (colour("actions", "deflect"), redact + rewrite + deflect, '▓'),
            (BAD, block, '▒'),
        ];
        for (style, records, block) in parts {
            sum += records;
            let to = length(sum, most);
            bar += &Styled(style, block.to_string().repeat(to.saturating_sub(from))).to_string();
            from = from.max(to);
        }
        let start = bucket.start.strftime("%Y-%m-%d %H:%M");
        printer.line(format_args!("  {start} {:>9} {bar}", bucket.records()));
    }
}

/// Columns of a bar; what is there at all has one.
fn length(count: u64, most: u64) -> usize {
    if count == 0 {
        return 0;
    }
    usize::try_from((count * BAR / most.max(1)).max(1)).unwrap_or(1)
}

fn cut(name: &str) -> String {
    match name.char_indices().nth(NAME - 1) {
        Some((end, _)) if name.chars().count() > NAME => format!("{}…", name.get(..end).unwrap_or_default()),
        _ => name.to_owned(),
    }
}

fn colour(title: &str, name: &str) -> Style {
    match (title, name) {
        ("actions", "flag") => WARNING,
        ("actions", "redact" | "rewrite" | "deflect") => AnsiColor::Magenta.on_default(),
        ("actions", "block") => BAD,
        ("statuses", name) if name.starts_with('4') => WARNING,
        ("statuses", name) if name.starts_with('5') => BAD,
        _ => Style::new(),
    }
}
