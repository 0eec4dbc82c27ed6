//! One step of each content coding, behind one shape.
//!
//! Owns the differences of the three libraries. Refuses to know caps and layers.

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, Operation};

use super::gzip::Gzip;
use crate::wire::body::BodyError;

/// A content coding in the middle of its data.
pub(super) enum Codec {
    Gzip(Box<Gzip>),
    Deflate(Box<Deflate>),
    Brotli(Box<Brotli>),
    Zstd(ZstdDecoder<'static>),
}

/// What one step did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    pub(super) read: usize,
    pub(super) wrote: usize,
    /// The coding's own end was reached.
    pub(super) ended: bool,
}

/// The window that RFC 9659 allows in HTTP: 8 MiB. More would be memory at a stranger's bidding.
const ZSTD_WINDOW_LOG: u32 = 23;

impl Codec {
    /// The coding of that name (any case), or `None` for a name that is not decoded here.
    pub(super) fn named(name: &[u8]) -> Option<Result<Self, BodyError>> {
        let name = name.to_ascii_lowercase();
        Some(Ok(match &name[..] {
            b"gzip" | b"x-gzip" => Self::Gzip(Box::default()),
            b"deflate" => Self::Deflate(Box::default()),
            b"br" => Self::Brotli(Box::default()),
            b"zstd" => return Some(zstd()),
            _ => return None,
        }))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Gzip(_) => "gzip",
            Self::Deflate(_) => "deflate",
            Self::Brotli(_) => "br",
            Self::Zstd(_) => "zstd",
        }
    }

    /// Decodes some of `input` into `output`.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, &'static str> {
        match self {
            Self::Gzip(gzip) => gzip.step(input, output),
            Self::Deflate(deflate) => deflate.step(input, output),
            Self::Brotli(brotli) => brotli.step(input, output),
            Self::Zstd(zstd) => {
                let done = zstd.run_on_buffers(input, output).map_err(|_| DAMAGED)?;
                Ok(Step { read: done.bytes_read, wrote: done.bytes_written, ended: done.remaining == 0 })
            }
        }
    }
}

const DAMAGED: &str = "its data are damaged";

fn zstd() -> Result<Codec, BodyError> {
    let build = || {
        let mut decoder = ZstdDecoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
        std::io::Result::Ok(Codec::Zstd(decoder))
    };
    build().map_err(|error| BodyError::Broken(error.into()))
}

/// One step of a DEFLATE stream, with or without the zlib frame around it.
pub(super) fn inflate(state: &mut Decompress, input: &[u8], output: &mut [u8]) -> Result<Step, &'static str> {
    let (read, wrote) = (state.total_in(), state.total_out());
    let status = state.decompress(input, output, FlushDecompress::None).map_err(|_| DAMAGED)?;
    // Both differences are at most the lengths of the slices.
    let since = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
    Ok(Step {
        read: since(state.total_in(), read),
        wrote: since(state.total_out(), wrote),
        ended: status == Status::StreamEnd,
    })
}

/// `deflate`: the zlib format, as the RFC has it, or a raw DEFLATE stream, as some senders have it.
#[derive(Default)]
pub(super) struct Deflate {
    first: Option<u8>,
    state: Option<Decompress>,
}

impl Deflate {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, &'static str> {
        if let Some(state) = &mut self.state {
            return inflate(state, input, output);
        }
        let Some(byte) = input.first().copied() else { return Ok(Step::default()) };
        let Some(first) = self.first else {
            self.first = Some(byte);
            return Ok(Step { read: 1, ..Step::default() });
        };
        let zlib = first & 0x0f == 8 && (u16::from(first) << 8 | u16::from(byte)) % 31 == 0;
        let state = self.state.insert(Decompress::new(zlib));
        // The step before took the first byte only to look at it; alone it can give no output.
        inflate(state, &[first], output)?;
        inflate(state, input, output)
    }
}

/// `br`.
pub(super) struct Brotli(BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>);

impl Default for Brotli {
    fn default() -> Self {
        let alloc = StandardAlloc::default;
        // Strict: the large-window extension, with windows of a gigabyte, is not part of HTTP.
        Self(BrotliState::new_strict(alloc(), alloc(), alloc()))
    }
}

impl Brotli {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, &'static str> {
        let (mut left_in, mut left_out) = (input.len(), output.len());
        let (mut read, mut wrote, mut total) = (0, 0, 0);
        let result = BrotliDecompressStream(
            &mut left_in,
            &mut read,
            input,
            &mut left_out,
            &mut wrote,
            output,
            &mut total,
            &mut self.0,
        );
        match result {
            BrotliResult::ResultFailure => Err(DAMAGED),
            BrotliResult::ResultSuccess => Ok(Step { read, wrote, ended: true }),
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {
                Ok(Step { read, wrote, ended: false })
            }
        }
    }
}
