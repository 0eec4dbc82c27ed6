//! The query language: `action:deflect since:1h latency:>500ms "text" -tenant:x`.
//!
//! Owns the grammar and the sentences for what is not in it, each pointing at its place. Conditions
//! stand side by side and must all hold; `-` in front turns one round; commas within one give
//! alternatives. Refuses to know how a filter is answered.

use std::fmt;

use icu_properties::CodePointMapData;
use icu_properties::props::EastAsianWidth;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{
    CHANNELS, Clause, FLAGS, Filter, Kind, Measure, PHASES, Pattern, ROLES, SEVERITIES, Test, folded,
};
use crate::audit::record::Ended;
use crate::policy::Glob;
use crate::policy::diagnostic::did_you_mean;

const ACTIONS: [&str; 6] = ["allow", "flag", "redact", "rewrite", "deflect", "block"];
/// The keys that are no [`Kind`].
const OTHERS: [&str; 6] = ["since", "until", "latency", "status", "seq", "id"];

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterFault {
    /// The query as it was written.
    pub query: String,
    /// First byte of the place.
    pub start: usize,
    /// First byte behind it.
    pub end: usize,
    /// What is wrong there.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for FilterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: &str| text.chars().map(columns).sum::<usize>();
        let before = width(self.query.get(..self.start).unwrap_or_default());
        let marked = width(self.query.get(self.start..self.end).unwrap_or_default()).max(1);
        writeln!(f, "{}", self.message)?;
        writeln!(f, "  {}", self.query.replace(char::is_whitespace, " "))?;
        writeln!(f, "  {}{}", " ".repeat(before), "^".repeat(marked))?;
        write!(f, "help: {}", self.help)
    }
}

impl std::error::Error for FilterFault {}

/// Columns of a terminal that a character takes.
fn columns(c: char) -> usize {
    match CodePointMapData::<EastAsianWidth>::new().get(c) {
        EastAsianWidth::Wide | EastAsianWidth::Fullwidth => 2,
        _ => 1,
    }
}

impl Filter {
    /// Reads a query. `now` is what `since:1h` counts back from.
    ///
    /// # Errors
    /// The first thing that is not a query, with its place.
    pub fn parse(query: &str, now: Timestamp) -> Result<Self, FilterFault> {
        let mut parser = Parser { query, at: 0, now };
        let mut clauses = Vec::new();
        while let Some(clause) = parser.clause()? {
            clauses.push(clause);
        }
        Ok(Self { clauses })
    }
}

/// A piece of the query with its place; quotes are taken off.
struct Word {
    text: String,
    start: usize,
    end: usize,
    quoted: bool,
}

struct Parser<'a> {
    query: &'a str,
    at: usize,
    now: Timestamp,
}

type Parsed<T> = Result<T, FilterFault>;

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.query.get(self.at..).unwrap_or_default()
    }

    fn fault<T>(
        &self,
        start: usize,
        end: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Parsed<T> {
        let (message, help) = (message.into(), help.into());
        Err(FilterFault { query: self.query.to_owned(), start, end, message, help })
    }

    fn clause(&mut self) -> Parsed<Option<Clause>> {
        self.at = self.query.len() - self.rest().trim_start().len();
        let start = self.at;
        if self.rest().is_empty() {
            return Ok(None);
        }
        let negated = self.rest().starts_with('-');
        self.at += usize::from(negated);
        if self.rest().is_empty() || self.rest().starts_with(char::is_whitespace) {
            return self.fault(
                start,
                self.at,
                "there is nothing behind this `-`",
                "`-tenant:x` or `-\"text\"` leaves out what it names",
            );
        }
        if self.rest().starts_with('"') {
            let word = self.word(&[])?;
            return Ok(Some(Clause { negated, test: self.text(&word)? }));
        }
        let from = self.at;
        let key = self.word(&[':'])?;
        if !self.rest().starts_with(':') {
            return Ok(Some(Clause { negated, test: self.text(&key)? }));
        }
        self.at += 1;
        let mut values = Vec::new();
        loop {
            let value = self.word(&[','])?;
            if value.text.is_empty() && !value.quoted {
                return self.fault(
                    from,
                    self.at.max(value.end),
                    format!("`{}:` has no value", key.text),
                    "write it without a space, as in `action:deflect`; `\"\"` is the empty value",
                );
            }
            values.push(value);
            if !self.rest().starts_with(',') {
                break;
            }
            self.at += 1;
        }
        Ok(Some(Clause { negated, test: self.test(&key, &values)? }))
    }

    /// Reads up to white space or one of `ends`, or a quoted text as a whole.
    fn word(&mut self, ends: &[char]) -> Parsed<Word> {
        let start = self.at;
        if !self.rest().starts_with('"') {
            let rest = self.rest();
            let length = rest.find(|c: char| c.is_whitespace() || ends.contains(&c)).unwrap_or(rest.len());
            let text = rest.get(..length).unwrap_or_default().to_owned();
            self.at += length;
            return Ok(Word { text, start, end: self.at, quoted: false });
        }
        let (mut text, mut escaped) = (String::new(), false);
        for (offset, c) in self.rest().char_indices().skip(1) {
            if escaped {
                escaped = false;
                text.push(c);
            } else if c == '\\' {
                escaped = true;
            } else if c == '"' {
                self.at += offset + 1;
                return Ok(Word { text, start, end: self.at, quoted: true });
            } else {
                text.push(c);
            }
        }
        self.fault(
            start,
            self.query.len(),
            "this quote is not closed",
            "end the text with `\"`; a quote within it is `\\\"`",
        )
    }

    fn text(&self, word: &Word) -> Parsed<Test> {
        let needle = folded(&word.text);
        if needle.trim().is_empty() {
            return self.fault(word.start, word.end, "there is no text to look for here", "texts are compared without case, width, marks and invisible characters, and nothing is left of this one");
        }
        Ok(Test::Text(needle))
    }

    fn test(&self, key: &Word, values: &[Word]) -> Parsed<Test> {
        if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.as_str() == key.text) {
            let any = values.iter().map(|value| self.pattern(kind, value)).collect::<Parsed<Vec<_>>>()?;
            return Ok(Test::Word(kind, any));
        }
        let known = || Kind::ALL.iter().map(|kind| kind.as_str()).chain(OTHERS);
        let value = match values {
            [value] => value,
            [_, second, ..] if OTHERS.contains(&key.text.as_str()) => {
                return self.fault(
                    second.start,
                    second.end,
                    format!("`{}` takes one value", key.text),
                    "a range is written with `..`, as in `status:400..499`",
                );
            }
            _ => key,
        };
        match key.text.as_str() {
            "since" => Ok(Test::Range(Measure::Time, self.time(value)?, i64::MAX)),
            "until" => Ok(Test::Range(Measure::Time, i64::MIN, self.time(value)?.saturating_sub(1))),
            "latency" => {
                let (low, high) = self
                    .range(value, 0, |text| duration(text).ok_or("a time such as `500ms`, `1.5s` or `2m`"))?;
                Ok(Test::Range(Measure::Latency, low, high))
            }
            "status" => self.status(value),
            "seq" => {
                let (low, high) = self.range(value, 0, whole)?;
                Ok(Test::Range(Measure::Seq, low, high))
            }
            "id" => match uuid::Uuid::try_parse(&value.text) {
                Ok(id) => Ok(Test::Id(id.to_string())),
                Err(_) => self.fault(
                    value.start,
                    value.end,
                    "this is not the id of an exchange",
                    "an id is the UUID of the header `x-qwarden-id`",
                ),
            },
            other => {
                let help = match did_you_mean(other, known()) {
                    Some(meant) => format!("did you mean `{meant}:`? A text with a colon goes into quotes"),
                    None => format!(
                        "known: {}; a text with a colon goes into quotes",
                        known().collect::<Vec<_>>().join(", ")
                    ),
                };
                self.fault(key.start, key.end, format!("there is no field `{other}`"), help)
            }
        }
    }

    fn pattern(&self, kind: Kind, value: &Word) -> Parsed<Pattern> {
        let ended = Ended::ALL.map(Ended::as_str);
        let closed: &[&str] = match kind {
            Kind::Action => &ACTIONS,
            Kind::Severity => &SEVERITIES,
            Kind::Phase => &PHASES,
            Kind::Role => &ROLES,
            Kind::Channel => &CHANNELS,
            Kind::Ended => &ended,
            Kind::Is => &FLAGS,
            _ => &[],
        };
        let text = value.text.as_str();
        if !closed.is_empty() && !closed.contains(&text) {
            let list = format!("one of {}", closed.join(", "));
            let help = did_you_mean(text, closed.iter().copied())
                .map_or_else(|| list.clone(), |meant| format!("did you mean `{meant}`? It is {list}"));
            return self.fault(
                value.start,
                value.end,
                format!("`{}` is never `{text}`", kind.as_str()),
                help,
            );
        }
        if !value.quoted && kind == Kind::Rule && !text.contains('/') {
            // A rule's name without its policy is the rule of any policy.
            return Ok(Pattern::Glob(Glob::new(&format!("*/{text}"))));
        }
        if !value.quoted && text.contains('*') {
            return Ok(Pattern::Glob(Glob::new(text)));
        }
        Ok(Pattern::Exact(text.to_owned()))
    }

    /// A length of time before now, a day, or a moment, in microseconds since 1970.
    fn time(&self, value: &Word) -> Parsed<i64> {
        let text = value.text.as_str();
        if let Some(ago) = duration(text) {
            return Ok(self.now.as_microsecond().saturating_sub(ago));
        }
        let utc = |civil: DateTime| TimeZone::UTC.to_timestamp(civil).ok();
        let moment = text.parse::<Timestamp>().ok();
        let moment = moment.or_else(|| utc(text.parse::<DateTime>().ok()?));
        let moment =
            moment.or_else(|| utc(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())));
        match moment {
            Some(moment) => Ok(moment.as_microsecond()),
            None => self.fault(value.start, value.end, format!("`{text}` is no time"), "write how long ago (`30m`, `1h`, `7d`), a day (`2026-01-31`), or a moment in UTC (`2026-01-31T08:00`, `2026-01-31T08:00:00Z`)"),
        }
    }

    fn status(&self, value: &Word) -> Parsed<Test> {
        let text = value.text.as_str();
        let class = text.strip_suffix("xx").and_then(|digit| digit.parse::<i64>().ok());
        let (low, high) = match (text, class) {
            ("none", _) => (0, 0),
            (_, Some(digit @ 1..=9)) => (digit * 100, digit * 100 + 99),
            // An exchange that got no status is in no range; `status:none` asks for it.
            _ => self.range(value, 1, whole)?,
        };
        Ok(Test::Range(Measure::Status, low, high))
    }

    /// `N`, `>N`, `>=N`, `<N`, `<=N`, `N..M`, `N..`, `..M`; `least` is the low end where none is written.
    fn range(
        &self,
        value: &Word,
        least: i64,
        read: impl Fn(&str) -> Result<i64, &'static str>,
    ) -> Parsed<(i64, i64)> {
        let text = value.text.as_str();
        let number = |text: &str| match read(text) {
            Ok(number) => Ok(number),
            Err(expected) => {
                let shown = if text.is_empty() { &value.text } else { text };
                self.fault(
                    value.start,
                    value.end,
                    format!("`{shown}` is not {expected}"),
                    "write a bound as in `>500`, `>=500`, `<500`, `<=500`, or a range as in `100..200`",
                )
            }
        };
        if let Some((low, high)) =
            text.split_once("..").filter(|(low, high)| !(low.is_empty() && high.is_empty()))
        {
            let low = if low.is_empty() { least } else { number(low)? };
            let high = if high.is_empty() { i64::MAX } else { number(high)? };
            return Ok((low, high));
        }
        for (sign, beyond) in [(">=", 0), (">", 1)] {
            if let Some(text) = text.strip_prefix(sign) {
                return Ok((number(text)?.saturating_add(beyond), i64::MAX));
            }
        }
        for (sign, below) in [("<=", 0), ("<", 1)] {
            if let Some(text) = text.strip_prefix(sign) {
                return Ok((least, number(text)?.saturating_sub(below)));
            }
        }
        let exact = number(text)?;
        Ok((exact, exact))
    }
}

fn whole(text: &str) -> Result<i64, &'static str> {
    text.parse().ok().filter(|number| *number >= 0).ok_or("a whole number")
}

/// A length of time in microseconds: a number and a unit.
fn duration(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at_checked(digits)?;
    let unit: f64 = match unit {
        "us" | "µs" | "μs" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "m" | "min" => 6e7,
        "h" => 3.6e9,
        "d" => 8.64e10,
        "w" => 6.048e11,
        _ => return None,
    };
    let length = number.parse::<f64>().ok()? * unit;
    // A thousand years are enough for a log; beyond, the sum with a time could leave its type.
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the comparison")]
    (0.0..3e16).contains(&length).then_some(length as i64)
}

#[cfg(test)]
mod tests;
