//! Numbers as the shapes of a drawing.
//!
//! Owns the geometry: templates write it out as SVG. Refuses colours, which are the style sheet's.

use jiff::Timestamp;
use serde::Serialize;

use super::summary::{Counted, Window};
use super::views::thousands;
use crate::audit::index::stats::Bucket;

/// Width and height of a drawing, in its own units.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 100.0;

/// Stacked bars over time.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Series {
    bars: Vec<Bar>,
    most: String,
    from: String,
    until: String,
    /// What the drawing says, in words.
    says: String,
    /// The same as a table.
    rows: Vec<SeriesRow>,
}

#[derive(Debug, Clone, Serialize)]
struct Bar {
    title: String,
    x: String,
    width: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Serialize)]
struct Part {
    action: &'static str,
    y: String,
    height: String,
}

#[derive(Debug, Clone, Serialize)]
struct SeriesRow {
    time: String,
    counts: Vec<u64>,
    all: u64,
}

/// The actions of a window over time.
pub(super) fn series(counted: &Counted, window: Window) -> Series {
    let stats = &counted.stats;
    let length = window.minutes() as f64 * 60.0;
    let end = seconds(counted.until);
    let width_seconds = stats.width.max(1) as f64 * 60.0;
    let most = stats.series.iter().map(Bucket::records).max().unwrap_or(0);
    let format = match window {
        Window::Hour => "%H:%M",
        Window::Day => "%b %-d, %H:%M",
        Window::Week | Window::Month => "%b %-d",
    };
    let bars = stats.series.iter().filter(|bucket| bucket.records() > 0).map(|bucket| {
        let start = (seconds(bucket.start) - (end - length)) / length * WIDTH;
        let (left, right) = (start.max(0.0), (start + width_seconds / length * WIDTH).min(WIDTH));
        let mut top = HEIGHT;
        let parts = Bucket::ACTIONS.iter().zip(bucket.actions).filter(|(_, count)| *count > 0).map(
            |(action, count)| {
                // What is there at all can be seen.
                let height = (count as f64 / most.max(1) as f64 * HEIGHT).max(0.8);
                top -= height;
                Part { action: action.as_str(), y: number(top), height: number(height) }
            },
        );
        let parts = parts.collect();
        let acted: u64 = bucket.actions.iter().skip(1).sum();
        let title = format!(
            "{}: {} exchanges, {acted} not plainly allowed",
            bucket.start.strftime("%Y-%m-%d %H:%M UTC"),
            thousands(bucket.records())
        );
        Bar { title, x: number(left), width: number((right - left - 1.0).max(0.8)), parts }
    });
    let bars: Vec<Bar> = bars.collect();
    let from = Timestamp::from_second((end - length) as i64).unwrap_or_default();
    let rows = stats.series.iter().filter(|bucket| bucket.records() > 0).map(|bucket| SeriesRow {
        time: bucket.start.strftime("%Y-%m-%d %H:%M").to_string(),
        counts: bucket.actions.to_vec(),
        all: bucket.records(),
    });
    Series {
        most: thousands(most),
        from: from.strftime(format).to_string(),
        until: counted.until.strftime(format).to_string(),
        says: format!(
            "Bars over {}: {} exchanges, at most {} in {}",
            window.title(),
            thousands(stats.records),
            thousands(most),
            minutes(stats.width)
        ),
        rows: rows.collect(),
        bars,
    }
}

/// Bars of how many took how long.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Spread {
    bars: Vec<SpreadBar>,
    p50: String,
    p90: String,
    p99: String,
    most: String,
    count: usize,
}

#[derive(Debug, Clone, Serialize)]
struct SpreadBar {
    label: &'static str,
    count: usize,
    percent: String,
}

/// Ends of the stretches into which times fall, in microseconds.
const STEPS: [(u64, &str); 9] = [
    (50, "under 50 µs"),
    (100, "to 100 µs"),
    (250, "to 250 µs"),
    (1_000, "to 1 ms"),
    (5_000, "to 5 ms"),
    (50_000, "to 50 ms"),
    (500_000, "to 0.5 s"),
    (5_000_000, "to 5 s"),
    (u64::MAX, "more"),
];

/// How many of these took how long.
pub(super) fn spread(mut times: Vec<u64>) -> Spread {
    times.sort_unstable();
    let at = |percent: usize| {
        let rank = (times.len() * percent).div_ceil(100).max(1) - 1;
        super::views::microseconds(times.get(rank).copied().unwrap_or(0))
    };
    let mut counts = [0usize; STEPS.len()];
    for time in &times {
        let step = STEPS.iter().position(|(end, _)| time < end).unwrap_or(STEPS.len() - 1);
        if let Some(count) = counts.get_mut(step) {
            *count += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0).max(1);
    let first = counts.iter().position(|count| *count > 0).unwrap_or(0);
    let last = counts.iter().rposition(|count| *count > 0).unwrap_or(0);
    let bars = STEPS.iter().zip(counts).skip(first).take(last + 1 - first).map(|((_, label), count)| {
        SpreadBar { label, count, percent: number(count as f64 * 100.0 / most as f64) }
    });
    Spread {
        bars: bars.collect(),
        p50: at(50),
        p90: at(90),
        p99: at(99),
        most: super::views::microseconds(times.last().copied().unwrap_or(0)),
        count: times.len(),
    }
}

/// A part of a whole, in percent.
pub(super) fn percent(part: u64, whole: u64) -> String {
    number(part as f64 * 100.0 / whole.max(1) as f64)
}

/// A number as SVG likes it: short.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1e3
}

/// A width of buckets, in words.
fn minutes(width: u64) -> String {
    match width {
        0 | 1 => "a minute".to_owned(),
        60 => "an hour".to_owned(),
        1440 => "a day".to_owned(),
        width if width % 60 == 0 => format!("{} hours", width / 60),
        width => format!("{width} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fall_into_steps() {
        let found = spread(vec![10, 20, 60, 3_000, 3_000, 3_000]);
        let bars: Vec<(&str, usize)> = found.bars.iter().map(|bar| (bar.label, bar.count)).collect();
        assert_eq!(
            bars,
            [("under 50 µs", 2), ("to 100 µs", 1), ("to 250 µs", 0), ("to 1 ms", 0), ("to 5 ms", 3)]
        );
        assert_eq!((found.p50.as_str(), found.p99.as_str()), ("60 µs", "3.00 ms"));
        assert_eq!(spread(Vec::new()).count, 0);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([number(0.0), number(12.5), number(1.0 / 3.0)], ["0", "12.5", "0.33"]);
    }
}
