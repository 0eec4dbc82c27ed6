//! Records as Parquet: typed columns, zstd, a row a record.
//!
//! Owns the schema. What is one value a record is a column of its own; policies and categories are lists of
//! texts, which DuckDB and Spark take apart by themselves; the findings as a whole are JSON text, since a list of
//! structures with lists in them is what the two agree on least. Rows are gathered into groups, so that
//! memory is bounded.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::audit::{Draft, Record};
use crate::policy::Mode;

/// Rows of one group.
const ROWS: usize = 20_000;
/// Bytes of text of one group, about.
const BYTES: usize = 32 * 1024 * 1024;

/// The columns, in the order in which they are written.
pub(super) const SCHEMA: &str = "
message qwarden_audit {
  REQUIRED INT64 seq;
  REQUIRED INT64 time (TIMESTAMP(MICROS,true));
  REQUIRED BYTE_ARRAY id (STRING);
  REQUIRED BYTE_ARRAY tenant (STRING);
  REQUIRED BYTE_ARRAY client (STRING);
  REQUIRED BYTE_ARRAY dialect (STRING);
  REQUIRED BYTE_ARRAY model (STRING);
  REQUIRED BOOLEAN stream;
  REQUIRED BYTE_ARRAY revision (STRING);
  REQUIRED BYTE_ARRAY mode (STRING);
  REQUIRED BYTE_ARRAY action (STRING);
  OPTIONAL BYTE_ARRAY rule (STRING);
  REQUIRED GROUP policies (LIST) { REPEATED GROUP list { REQUIRED BYTE_ARRAY element (STRING); } }
  REQUIRED GROUP categories (LIST) { REPEATED GROUP list { REQUIRED BYTE_ARRAY element (STRING); } }
  REQUIRED INT64 finding_count;
  REQUIRED BYTE_ARRAY findings (STRING);
  REQUIRED BOOLEAN model_refused;
  OPTIONAL INT64 status;
  REQUIRED BYTE_ARRAY ended (STRING);
  OPTIONAL BYTE_ARRAY code (STRING);
  OPTIONAL INT64 prompt_tokens;
  OPTIONAL INT64 completion_tokens;
  REQUIRED INT64 total_us;
  REQUIRED INT64 screen_input_us;
  OPTIONAL INT64 upstream_first_byte_us;
  REQUIRED INT64 screen_output_us;
  REQUIRED INT64 held_us_max;
  REQUIRED BOOLEAN late;
  OPTIONAL BYTE_ARRAY prompt (STRING);
  OPTIONAL BYTE_ARRAY reply (STRING);
}
";

/// A table that is being written.
pub(super) struct Table<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    rows: Vec<Record>,
    bytes: usize,
}

impl<W: Write + Send> Table<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let schema = parse_message_type(SCHEMA).map_err(io::Error::other)?;
        let properties =
            WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))
            .map_err(io::Error::other)?;
        Ok(Self { writer, rows: Vec::new(), bytes: 0 })
    }

    /// Adds a row.
    pub(super) fn add(&mut self, record: &Record) -> io::Result<()> {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let draft = &record.draft;
        self.bytes += text(&draft.prompt) + text(&draft.reply) + 600 + 400 * draft.findings.len();
        self.rows.push(record.clone());
        if self.rows.len() >= ROWS || self.bytes >= BYTES {
            self.group()?;
        }
        Ok(())
    }

    /// Writes what is left, and the end of the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.group()?;
        self.writer.close().map_err(io::Error::other)?;
        Ok(())
    }

    fn group(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        if rows.is_empty() {
            return Ok(());
        }
        let group = self.writer.next_row_group().map_err(io::Error::other)?;
        let columns = Columns { group, rows: &rows };
        columns.write().map_err(io::Error::other)
    }
}

type Outcome = parquet::errors::Result<()>;

/// The columns of one group.
struct Columns<'a, 'w, W: Write + Send> {
    group: SerializedRowGroupWriter<'w, W>,
    rows: &'a [Record],
}

impl<W: Write + Send> Columns<'_, '_, W> {
    fn write(mut self) -> Outcome {
        self.numbers(|record| record.seq)?;
        self.column::<Int64Type>(&self.each(|record| record.draft.time.as_microsecond()), None, None)?;
        self.texts(|draft| &draft.id)?;
        self.texts(|draft| &draft.tenant)?;
        self.texts(|draft| &draft.client)?;
        self.texts(|draft| &draft.dialect)?;
        self.texts(|draft| &draft.model)?;
        self.truths(|draft| draft.stream)?;
        self.texts(|draft| &draft.revision)?;
        self.texts(|draft| if draft.mode == Mode::Monitor { "monitor" } else { "enforce" })?;
        self.texts(|draft| draft.action.as_str())?;
        self.maybe_texts(|draft| draft.rule.as_deref())?;
        self.lists(|draft| draft.findings.iter().map(|finding| &*finding.policy).collect())?;
        self.lists(|draft| {
            draft.findings.iter().filter_map(|finding| finding.category.as_deref()).collect()
        })?;
        self.numbers(|record| record.draft.findings.len() as u64 + u64::from(record.draft.findings_cut))?;
        let findings = self.each(|record| {
            ByteArray::from(serde_json::to_string(&record.draft.findings).unwrap_or_default().into_bytes())
        });
        self.column::<ByteArrayType>(&findings, None, None)?;
        self.truths(|draft| draft.model_refused)?;
        self.maybe_numbers(|draft| draft.status.map(u64::from))?;
        self.texts(|draft| draft.ended.as_str())?;
        self.maybe_texts(|draft| draft.code.as_deref())?;
        self.maybe_numbers(|draft| draft.usage.map(|usage| usage.prompt_tokens))?;
        self.maybe_numbers(|draft| draft.usage.map(|usage| usage.completion_tokens))?;
        self.numbers(|record| record.draft.timing.total_us)?;
        self.numbers(|record| record.draft.timing.screen_input_us)?;
        self.maybe_numbers(|draft| draft.timing.upstream_first_byte_us)?;
        self.numbers(|record| record.draft.timing.screen_output_us)?;
        self.numbers(|record| record.draft.timing.held_us_max)?;
        self.truths(|draft| draft.late)?;
        self.maybe_texts(|draft| draft.prompt.as_deref())?;
        self.maybe_texts(|draft| draft.reply.as_deref())?;
        self.group.close()?;
        Ok(())
    }

    fn each<T>(&self, of: impl Fn(&Record) -> T) -> Vec<T> {
        self.rows.iter().map(of).collect()
    }

    /// Writes the next column.
    fn column<T: DataType>(
        &mut self,
        values: &[T::T],
        defined: Option<&[i16]>,
        repeated: Option<&[i16]>,
    ) -> Outcome {
        if let Some(mut column) = self.group.next_column()? {
            column.typed::<T>().write_batch(values, defined, repeated)?;
            column.close()?;
        }
        Ok(())
    }

    fn numbers(&mut self, of: impl Fn(&Record) -> u64) -> Outcome {
        self.column::<Int64Type>(&self.each(|record| clamp(of(record))), None, None)
    }

    fn truths(&mut self, of: impl Fn(&Draft) -> bool) -> Outcome {
        self.column::<BoolType>(&self.each(|record| of(&record.draft)), None, None)
    }

    fn texts(&mut self, of: impl Fn(&Draft) -> &str) -> Outcome {
        self.column::<ByteArrayType>(&self.each(|record| bytes(of(&record.draft))), None, None)
    }

    fn maybe_numbers(&mut self, of: impl Fn(&Draft) -> Option<u64>) -> Outcome {
        let all = self.each(|record| of(&record.draft).map(clamp));
        let defined: Vec<i16> = all.iter().map(|one| i16::from(one.is_some())).collect();
        let values: Vec<i64> = all.into_iter().flatten().collect();
        self.column::<Int64Type>(&values, Some(&defined), None)
    }

    fn maybe_texts(&mut self, of: impl Fn(&Draft) -> Option<&str>) -> Outcome {
        let all = self.each(|record| of(&record.draft).map(bytes));
        let defined: Vec<i16> = all.iter().map(|one| i16::from(one.is_some())).collect();
        let values: Vec<ByteArray> = all.into_iter().flatten().collect();
        self.column::<ByteArrayType>(&values, Some(&defined), None)
    }

    /// A list of distinct texts a record, sorted.
    fn lists(&mut self, of: impl Fn(&Draft) -> Vec<&str>) -> Outcome {
        let (mut values, mut defined, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
        for record in self.rows {
            let mut list = of(&record.draft);
            list.sort_unstable();
            list.dedup();
            if list.is_empty() {
                defined.push(0);
                repeated.push(0);
            }
            for (at, text) in list.into_iter().enumerate() {
                values.push(bytes(text));
                defined.push(1);
                repeated.push(i16::from(at > 0));
            }
        }
        self.column::<ByteArrayType>(&values, Some(&defined), Some(&repeated))
    }
}

fn bytes(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
