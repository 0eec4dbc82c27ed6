//! A filter as SQL.
//!
//! Owns which way a question is answered. There are three: from the records of the rarest word
//! that is asked for, from the trigrams of a text, or over all records from the newest on. The last
//! is quick where much matches and bounded where little does, since `record` is narrow. What
//! anybody wrote is only ever a bound parameter.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{row, schema};
use crate::audit::filter::{Filter, Kind, Measure, Pattern, Test};

/// Records of a word up to which they are looked at one by one, whatever else is asked. The logs of tests are
/// short, and must meet every way all the same.
const RARE: i64 = if cfg!(test) { 100 } else { 2_000 };
/// Records of a word up to which they are preferred to a walk over all records.
const SOME: i64 = if cfg!(test) { 400 } else { 100_000 };
/// Records of a word up to which they are looked at before a text is, where the other words leave few of them to compare.
const WALKED: i64 = if cfg!(test) { 200 } else { 50_000 };
/// Trigrams of one text that are looked up; the text itself is compared anyway.
const TRIGRAMS: usize = 24;
/// Trigrams that may begin with a text of two characters.
const BEGINNINGS: usize = 5_000;
/// Values of one kind that a pattern may mean at once.
const VALUES: usize = 10_000;

/// A question in SQL: `FROM … WHERE …` over `record r`, and its parameters.
#[derive(Debug)]
pub(super) struct Plan {
    /// From `FROM` on, without an order.
    pub(super) from: String,
    pub(super) values: Vec<Value>,
}

/// The words that a clause names.
struct Named {
    negated: bool,
    kind: Kind,
    ids: Vec<i64>,
    count: i64,
    /// The bits of all of them together; 0 where one has none.
    bits: i64,
}

#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, negated: bool, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push(if negated { format!("NOT ({sql})") } else { sql.to_owned() });
        self.values.extend(values);
    }
}

/// The plan for a filter, for records below `before`; `None` where nothing can match.
pub(super) fn plan(
    connection: &Connection,
    filter: &Filter,
    before: Option<u64>,
) -> rusqlite::Result<Option<Plan>> {
    let mut named = Vec::new();
    for clause in &filter.clauses {
        let Test::Word(kind, any) = &clause.test else { continue };
        let (ids, count, bits) = look_up(connection, *kind, any)?;
        match (ids.is_empty(), clause.negated) {
            (true, false) => return Ok(None),
            // What no record has need not be left out.
            (true, true) => {}
            (false, negated) => named.push(Named { negated, kind: *kind, ids, count, bits }),
        }
    }
    let texts: Vec<(bool, &str)> = filter
        .clauses
        .iter()
        .filter_map(|clause| match &clause.test {
            Test::Text(needle) => Some((clause.negated, needle.as_str())),
            Test::Word(..) | Test::Range(..) | Test::Id(_) => None,
        })
        .collect();
    let rarest = (0..named.len())
        .filter(|at| named.get(*at).is_some_and(|named| !named.negated))
        .min_by_key(|at| named.get(*at).map(|named| named.count));
    let count = rarest.and_then(|at| named.get(at)).map_or(i64::MAX, |named| named.count);
    // The text with the most trigrams is found in the fewest records, as a rule.
    let longest = (0..texts.len())
        .filter(|at| texts.get(*at).is_some_and(|(negated, text)| !negated && text.chars().count() >= 2))
        .max_by_key(|at| texts.get(*at).map(|(_, text)| text.chars().count()));
    let needle = longest.and_then(|at| texts.get(at)).map_or("", |(_, text)| text);
    // Looked up only where it is the way: a rare word, or words that few records have together, are quicker.
    let looked_up = match longest {
        Some(_) if count > RARE && !(count <= WALKED && together(connection, &named)? <= RARE) => {
            trigrams(connection, needle)?
        }
        _ => None,
    };
    if looked_up.as_deref() == Some("") {
        return Ok(None);
    }

    let mut conditions = Conditions::default();
    let from = match (rarest, looked_up) {
        (Some(at), None) if count <= SOME => {
            let driver = named.remove(at);
            let list = list(&driver.ids);
            if driver.ids.len() == 1 {
                conditions.add(false, &format!("p.word = {list}"), []);
                "posting p CROSS JOIN record r ON r.seq = p.seq".to_owned()
            } else {
                format!(
                    "(SELECT DISTINCT seq FROM posting WHERE word IN ({list})) p CROSS JOIN record r ON r.seq = p.seq"
                )
            }
        }
        (_, Some(expression)) => {
            conditions.add(false, "body MATCH ?", [Value::from(expression)]);
            "body p CROSS JOIN record r ON r.seq = p.rowid".to_owned()
        }
        _ => "record r".to_owned(),
    };
    let key = match from.split_whitespace().next() {
        Some("posting" | "(SELECT") => "p.seq",
        Some("body") => "p.rowid",
        _ => "r.seq",
    };
    numbers(connection, filter, before, key, &mut conditions)?;
    for Named { negated, kind, ids, bits, .. } in &named {
        let list = list(ids);
        let column = match kind {
            Kind::Action => Some("action"),
            Kind::Ended => Some("ended"),
            Kind::Tenant => Some("tenant"),
            Kind::Model => Some("model"),
            _ => None,
        };
        let sql = match column {
            Some(column) => format!("r.{column} IN ({list})"),
            None if *bits != 0 => format!("r.bits & {bits} <> 0"),
            None => format!("EXISTS (SELECT 1 FROM posting q WHERE q.word IN ({list}) AND q.seq = r.seq)"),
        };
        conditions.add(*negated, &sql, []);
    }
    for (negated, needle) in &texts {
        // Trigrams tell where a text may be; this tells where it is. The CASE makes SQLite ask the record first, since
        // reading the text is what takes long.
        let sql = if key == "p.rowid" {
            "CASE WHEN r.seq THEN instr(p.text, ?) > 0 END"
        } else {
            "EXISTS (SELECT 1 FROM body b WHERE b.rowid = r.seq AND instr(b.text, ?) > 0)"
        };
        conditions.add(*negated, sql, [Value::from((*needle).to_owned())]);
    }
    let all = if conditions.sql.is_empty() { "1".to_owned() } else { conditions.sql.join(" AND ") };
    Ok(Some(Plan { from: format!("FROM {from} WHERE {all}"), values: conditions.values }))
}

/// The conditions on numbers and ids. `key` is the column by which the plan walks.
fn numbers(
    connection: &Connection,
    filter: &Filter,
    before: Option<u64>,
    key: &str,
    conditions: &mut Conditions,
) -> rusqlite::Result<()> {
    if let Some(before) = before {
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        conditions.add(false, &format!("{key} < ?"), [Value::from(before)]);
    }
    for clause in &filter.clauses {
        let negated = clause.negated;
        match &clause.test {
            Test::Range(measure, low, high) => {
                let column = match measure {
                    Measure::Seq => key,
                    Measure::Time => "r.time",
                    Measure::Latency => "r.latency",
                    Measure::Status => "r.status",
                };
                let bounds = [Value::from(*low), Value::from(*high)];
                conditions.add(negated, &format!("{column} BETWEEN ? AND ?"), bounds);
                if *measure == Measure::Time && !negated {
                    let (first, last) = blocks(connection, *low, *high)?;
                    conditions.add(false, &format!("{key} BETWEEN ? AND ?"), [first.into(), last.into()]);
                }
                if *measure == Measure::Latency && !negated && rare_latency(connection, *low, *high)? {
                    let sql = format!("{key} IN (SELECT seq FROM record WHERE latency BETWEEN ? AND ?)");
                    conditions.add(false, &sql, [(*low).into(), (*high).into()]);
                }
            }
            Test::Id(id) => {
                let id = Value::from(row::id_bytes(id));
                conditions.add(negated, &format!("{key} IN (SELECT seq FROM place WHERE id = ?)"), [id]);
            }
            Test::Word(..) | Test::Text(_) => {}
        }
    }
    Ok(())
}

/// The first and the last record that may lie in a span of time.
fn blocks(connection: &Connection, low: i64, high: i64) -> rusqlite::Result<(i64, i64)> {
    let (first, last): (Option<i64>, Option<i64>) = connection
        .prepare_cached("SELECT min(id), max(id) FROM block WHERE high >= ?1 AND low <= ?2")?
        .query_row(params![low, high], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let start = |id: i64| id << schema::BLOCK_BITS;
    Ok((first.map_or(i64::MAX, start), last.map_or(i64::MIN, |id| start(id + 1) - 1)))
}

/// Whether so few records took so long that their own list is the quickest way.
fn rare_latency(connection: &Connection, low: i64, high: i64) -> rusqlite::Result<bool> {
    let count: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM record WHERE latency BETWEEN ?1 AND ?2 LIMIT ?3)",
        )?
        .query_row(params![low, high, RARE + 1], |row| row.get(0))?;
    Ok(count <= RARE)
}

/// How many records may have all of these words, if having one says nothing of having another.
fn together(connection: &Connection, named: &[Named]) -> rusqlite::Result<i64> {
    let all: i64 = connection
        .prepare_cached("SELECT (SELECT max(seq) FROM record) - (SELECT min(seq) FROM record) + 1")?
        .query_row([], |row| row.get::<_, Option<i64>>(0))?
        .unwrap_or(0)
        .max(1);
    let share = |named: &Named| (named.count as f64 / all as f64).min(1.0);
    let left = named.iter().filter(|named| !named.negated).map(share).product::<f64>() * all as f64;
    Ok(left as i64)
}

/// The numbers of the words of a kind that match, how many records they have together, and their bits: 0 where one of
/// them has none.
fn look_up(connection: &Connection, kind: Kind, any: &[Pattern]) -> rusqlite::Result<(Vec<i64>, i64, i64)> {
    let (mut ids, mut count, mut bits, mut all_have) = (Vec::new(), 0i64, 0, true);
    let mut add = |id: i64, records: i64, bit: i64| {
        if !ids.contains(&id) && ids.len() < VALUES {
            ids.push(id);
            count = count.saturating_add(records);
            bits |= bit;
            all_have &= bit != 0;
        }
    };
    for pattern in any {
        if let Pattern::Exact(word) = pattern {
            let found = connection
                .prepare_cached("SELECT id, count, bit FROM word WHERE kind = ?1 AND value = ?2")?
                .query_row(params![kind as i64, word], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            if let Some((id, records, bit)) = found {
                add(id, records, bit);
            }
            continue;
        }
        let mut statement =
            connection.prepare_cached("SELECT id, count, bit, value FROM word WHERE kind = ?1")?;
        let mut rows = statement.query(params![kind as i64])?;
        while let Some(row) = rows.next()? {
            if pattern.matches(row.get_ref(3)?.as_str()?) {
                add(row.get(0)?, row.get(1)?, row.get(2)?);
            }
        }
    }
    Ok((ids, count, if all_have { bits } else { 0 }))
}

/// Numbers of our own making, for a list in SQL.
fn list(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

/// The trigrams of a text as an expression of FTS5: all of those that it has, or any of those that begin with it
/// where it has but two characters. Empty where no record can hold it; `None` where there are too many.
fn trigrams(connection: &Connection, needle: &str) -> rusqlite::Result<Option<String>> {
    let quoted = |trigram: &str| format!("\"{}\"", trigram.replace('"', "\"\""));
    let characters: Vec<char> = needle.chars().collect();
    if characters.len() < 3 {
        let mut statement = connection.prepare_cached(
            "SELECT term FROM trigram WHERE term >= ?1 AND term <= ?1 || char(1114111) LIMIT ?2",
        )?;
        let most = i64::try_from(BEGINNINGS + 1).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![needle, most], |row| row.get::<_, String>(0))?;
        let terms: Vec<String> = rows.map(|term| Ok(quoted(&term?))).collect::<rusqlite::Result<_>>()?;
        return Ok((terms.len() <= BEGINNINGS).then(|| terms.join(" OR ")));
    }
    let windows = characters.windows(3);
    let step = windows.len().div_ceil(TRIGRAMS).max(1);
    let mut terms: Vec<String> =
        windows.step_by(step).map(|trigram| quoted(&trigram.iter().collect::<String>())).collect();
    terms.sort();
    terms.dedup();
    Ok(Some(terms.join(" AND ")))
}
