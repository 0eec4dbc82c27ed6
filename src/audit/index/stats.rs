//! Counts and series over time.
//!
//! Owns the one pass over all records that match, in memory bounded by the length of time and the
//! number of names. Refuses to know how numbers are drawn.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use rusqlite::{params, params_from_iter};

use super::plan::{self, Plan};
use super::{Filter, Index, IndexError};
use crate::policy::Action;

/// The finest bucket of a series, in microseconds: a minute.
const GRAIN: i64 = 60_000_000;
/// Widths that a bucket may have, in minutes.
const WIDTHS: [i64; 11] = [1, 5, 10, 30, 60, 180, 360, 720, 1440, 7 * 1440, 28 * 1440];
/// Steps of the histogram of latencies in each power of two: its percentiles are off by 1/64 at most.
const STEPS: u32 = 6;

/// A value and its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The value.
    pub name: String,
    /// How many records have it.
    pub records: u64,
}

/// The records of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// When it begins.
    pub start: Timestamp,
    /// Records by action, in the order of [`Bucket::ACTIONS`].
    pub actions: [u64; 6],
}

impl Bucket {
    /// What the numbers of [`Bucket::actions`] count.
    pub const ACTIONS: [Action; 6] =
        [Action::Allow, Action::Flag, Action::Redact, Action::Rewrite, Action::Deflect, Action::Block];

    /// Records of all actions.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.actions.iter().sum()
    }
}

/// Percentiles of whole exchanges, in microseconds, off by a sixty-fourth at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    /// Half of them were as quick as this.
    pub p50: u64,
    /// 90 of 100.
    pub p90: u64,
    /// 99 of 100.
    pub p99: u64,
    /// The slowest, exactly.
    pub max: u64,
}

/// What the matching records are together. Lists have the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// How many there are.
    pub records: u64,
    /// By action.
    pub actions: Vec<Count>,
    /// By the rule that won; records without one are not in it.
    pub rules: Vec<Count>,
    /// By tenant.
    pub tenants: Vec<Count>,
    /// By model.
    pub models: Vec<Count>,
    /// By how they ended.
    pub ended: Vec<Count>,
    /// By HTTP status; `none` where the client got none.
    pub statuses: Vec<Count>,
    /// How long they took.
    pub latency: Latency,
    /// Over time, without gaps.
    pub series: Vec<Bucket>,
    /// Width of a bucket of the series, in minutes.
    pub width: u64,
}

#[derive(Default)]
struct Tally {
    records: u64,
    words: [HashMap<i64, u64>; 5],
    statuses: HashMap<i64, u64>,
    minutes: BTreeMap<i64, HashMap<i64, u64>>,
    latencies: BTreeMap<u64, u64>,
    slowest: u64,
}

impl Index {
    /// Counts the records that match, with a series of at most `buckets` buckets.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn stats(&self, filter: &Filter, buckets: usize) -> Result<Stats, IndexError> {
        let failed = self.failed("search");
        let Some(plan) = plan::plan(&self.connection, filter, None).map_err(&failed)? else {
            return Ok(Stats::default());
        };
        let tally = self.tally(plan).map_err(&failed)?;
        let mut names = HashMap::new();
        let [actions, ended, tenants, models, rules] = &tally.words;
        let mut counts = |of: &HashMap<i64, u64>| self.counts(of, &mut names).map_err(&failed);
        let (actions, ended, tenants) = (counts(actions)?, counts(ended)?, counts(tenants)?);
        let (models, rules) = (counts(models)?, counts(rules)?);
        let (series, width) = series(&tally.minutes, &names, buckets.max(1));
        let statuses = tally.statuses.iter().map(|(status, records)| {
            let name = if *status == 0 { "none".to_owned() } else { status.to_string() };
            Count { name, records: *records }
        });
        Ok(Stats {
            records: tally.records,
            actions,
            rules,
            tenants,
            models,
            ended,
            statuses: sorted(statuses.collect()),
            latency: percentiles(&tally),
            series,
            width,
        })
    }

    fn tally(&self, Plan { from, values }: Plan) -> rusqlite::Result<Tally> {
        let sql = format!(
            "SELECT r.time, r.latency, r.status, r.action, r.ended, r.tenant, r.model, r.rule {from}"
        );
        let mut tally = Tally::default();
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            tally.records += 1;
            let action: i64 = row.get(3)?;
            let minute = row.get::<_, i64>(0)?.div_euclid(GRAIN);
            *tally.minutes.entry(minute).or_default().entry(action).or_default() += 1;
            let latency = row.get::<_, i64>(1)?.unsigned_abs();
            *tally.latencies.entry(step(latency)).or_default() += 1;
            tally.slowest = tally.slowest.max(latency);
            *tally.statuses.entry(row.get(2)?).or_default() += 1;
            for (column, counts) in (3..).zip(&mut tally.words) {
                if let Some(word) = row.get::<_, Option<i64>>(column)? {
                    *counts.entry(word).or_default() += 1;
                }
            }
        }
        Ok(tally)
    }

    fn counts(
        &self,
        of: &HashMap<i64, u64>,
        names: &mut HashMap<i64, String>,
    ) -> rusqlite::Result<Vec<Count>> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM word WHERE id = ?1")?;
        let mut counts = Vec::with_capacity(of.len());
        for (id, records) in of {
            let name: String = statement.query_row(params![id], |row| row.get(0))?;
            names.insert(*id, name.clone());
            counts.push(Count { name, records: *records });
        }
        Ok(sorted(counts))
    }
}

fn sorted(mut counts: Vec<Count>) -> Vec<Count> {
    counts.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.name.cmp(&b.name)));
    counts
}

/// The series of the smallest width that fits.
fn series(
    minutes: &BTreeMap<i64, HashMap<i64, u64>>,
    names: &HashMap<i64, String>,
    most: usize,
) -> (Vec<Bucket>, u64) {
    let (Some((first, _)), Some((last, _))) = (minutes.first_key_value(), minutes.last_key_value()) else {
        return (Vec::new(), 0);
    };
    let buckets = |width: i64| last.div_euclid(width) - first.div_euclid(width) + 1;
    let fits = |width: &i64| usize::try_from(buckets(*width)).is_ok_and(|count| count <= most);
    let widest = WIDTHS.last().copied().unwrap_or(1);
    // A log of decades has buckets of whole multiples of the widest.
    let width = WIDTHS.into_iter().find(fits).unwrap_or_else(|| {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        widest * (buckets(widest) / most + 2)
    });
    let origin = first.div_euclid(width);
    let start = |at: i64| Timestamp::from_microsecond((origin + at) * width * GRAIN).unwrap_or_default();
    let mut series: Vec<Bucket> =
        (0..buckets(width)).map(|at| Bucket { start: start(at), actions: [0; 6] }).collect();
    for (minute, actions) in minutes {
        let at = usize::try_from(minute.div_euclid(width) - origin).unwrap_or(0);
        for (action, records) in actions {
            let name = names.get(action).map(String::as_str);
            let action = Bucket::ACTIONS.iter().position(|action| Some(action.as_str()) == name).unwrap_or(0);
            if let Some(count) = series.get_mut(at).and_then(|bucket| bucket.actions.get_mut(action)) {
                *count += records;
            }
        }
    }
    (series, width.unsigned_abs())
}

/// The step of the histogram that a latency falls into, as the largest latency of it.
fn step(latency: u64) -> u64 {
    let bits = (u64::BITS - latency.leading_zeros()).saturating_sub(STEPS + 1);
    latency | ((1 << bits) - 1)
}

fn percentiles(tally: &Tally) -> Latency {
    let at = |percent: u64| {
        let rank = (tally.records * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let found = tally.latencies.iter().find(|(_, count)| {
            seen += **count;
            seen >= rank
        });
        found.map_or(0, |(latency, _)| tally.slowest.min(*latency))
    };
    Latency { p50: at(50), p90: at(90), p99: at(99), max: tally.slowest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_narrow() {
        for latency in [0, 1, 63, 127, 128, 1000, 123_456, u64::MAX / 3] {
            let step = step(latency);
            assert!(step >= latency && step - latency <= latency / 64, "{latency} {step}");
        }
    }
}
