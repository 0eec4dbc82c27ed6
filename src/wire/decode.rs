//! Content codings: gzip, deflate, br and zstd, capped against bombs.
//!
//! Owns how coded bodies become plain ones, for whole bodies and for streams. It is strict where
//! decoders differ: data after the end of a coding, a second gzip member or zstd frame, and a cut
//! end are errors, so that nobody downstream can read another text than the one that was screened.

mod codec;
mod gzip;

use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, HeaderMap};

use super::body::BodyError;
use codec::Codec;

/// A body whose content coding was taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// It had none: the bytes as they came.
    Same(Bytes),
    /// The plain bytes.
    Inflated(Bytes),
}

impl Decoded {
    /// The plain bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Same(bytes) | Self::Inflated(bytes) => bytes,
        }
    }
}

/// Takes the content coding off a whole body; the result has at most `cap` bytes.
///
/// Work beyond a few hundred kilobytes, in or out, moves to a blocking thread. An empty body has
/// no coding, whatever the header says.
///
/// # Errors
/// [`BodyError::UnknownEncoding`], [`BodyError::Undecodable`], [`BodyError::TooLarge`].
pub async fn decode(bytes: &Bytes, headers: &HeaderMap, cap: usize) -> Result<Decoded, BodyError> {
    let layers = layers(headers)?;
    if layers.is_empty() || bytes.is_empty() {
        return Ok(Decoded::Same(bytes.clone()));
    }
    let mut work = Inflation { layers, input: bytes.clone(), output: BytesMut::new() };
    if bytes.len() > INLINE_AT_MOST || !work.run(INLINE_AT_MOST, cap)? {
        let blocking = tokio::task::spawn_blocking(move || work.run(usize::MAX, cap).map(|_| work));
        work = blocking.await.map_err(|error| BodyError::Broken(error.into()))??;
    }
    work.finish()?;
    Ok(Decoded::Inflated(work.output.freeze()))
}

/// Most bytes that are decoded on the thread of the runtime: well under a millisecond of work.
const INLINE_AT_MOST: usize = 256 * 1024;

/// Takes the content coding off a stream, piece by piece.
pub struct StreamDecoder {
    work: Inflation,
    cap: usize,
}

impl StreamDecoder {
    /// A decoder for what `headers` declare; `None` where there is no coding. One push may expand
    /// to at most `cap` bytes.
    ///
    /// # Errors
    /// [`BodyError::UnknownEncoding`].
    pub fn new(headers: &HeaderMap, cap: usize) -> Result<Option<Self>, BodyError> {
        let layers = layers(headers)?;
        let work = Inflation { layers, input: Bytes::new(), output: BytesMut::new() };
        Ok((!work.layers.is_empty()).then_some(Self { work, cap }))
    }

    /// Decodes the next piece, as far as its bytes allow. After an error the decoder is spent.
    ///
    /// # Errors
    /// [`BodyError::Undecodable`]; [`BodyError::TooLarge`] past the cap.
    pub fn push(&mut self, piece: Bytes) -> Result<Bytes, BodyError> {
        self.work.input = piece;
        self.work.run(usize::MAX, self.cap)?;
        Ok(self.work.output.split().freeze())
    }

    /// Says whether the stream ended where its coding does.
    ///
    /// # Errors
    /// [`BodyError::Undecodable`] when it was cut short.
    pub fn finish(&self) -> Result<(), BodyError> {
        self.work.finish()
    }
}

impl std::fmt::Debug for StreamDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamDecoder")
            .field("layers", &self.work.layers.len())
            .field("cap", &self.cap)
            .finish_non_exhaustive()
    }
}

/// Most codings on top of each other; real senders use one.
const MOST_LAYERS: usize = 3;

/// The codings to take off, outermost first.
fn layers(headers: &HeaderMap) -> Result<Vec<Layer>, BodyError> {
    let mut layers = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        for name in value.as_bytes().split(|byte| *byte == b',') {
            let name = name.trim_ascii();
            if name.is_empty() || name.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            let codec = Codec::named(name).ok_or(BodyError::UnknownEncoding)??;
            layers.push(Layer { codec, scratch: vec![0; SCRATCH], start: 0, end: 0, state: State::Empty });
        }
    }
    if layers.len() > MOST_LAYERS {
        return Err(BodyError::UnknownEncoding);
    }
    // Codings are listed in the order in which they were put on.
    layers.reverse();
    Ok(layers)
}

const SCRATCH: usize = 16 * 1024;

struct Layer {
    codec: Codec,
    /// Decoded bytes that the next layer has not taken yet are `scratch[start..end]`.
    scratch: Vec<u8>,
    start: usize,
    end: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It was given nothing yet, or gave out all it could.
    Empty,
    /// Its last step filled the scratch: more may be waiting inside.
    Full,
    /// Its coding has ended.
    Ended,
}

/// Codings being taken off some input.
struct Inflation {
    layers: Vec<Layer>,
    input: Bytes,
    output: BytesMut,
}

impl Inflation {
    /// Works until the input is used up (`true`) or the output has reached `pause_at` (`false`).
    fn run(&mut self, pause_at: usize, cap: usize) -> Result<bool, BodyError> {
        while self.step()? {
            if let Some(last) = self.layers.last_mut() {
                if last.end - last.start > cap - self.output.len() {
                    return Err(BodyError::TooLarge { cap });
                }
                self.output.extend_from_slice(last.ready());
                last.start = last.end;
            }
            if self.output.len() >= pause_at {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lets the innermost layer that has anything to do take one step; `false` when none has.
    fn step(&mut self) -> Result<bool, BodyError> {
        for index in (0..self.layers.len()).rev() {
            let (outer, inner) = self.layers.split_at_mut(index);
            let Some(layer) = inner.first_mut() else { continue };
            let source = outer.last().map_or(&self.input[..], Layer::ready);
            if source.is_empty() && layer.state != State::Full {
                continue;
            }
            let used = layer.advance(source)?;
            match outer.last_mut() {
                Some(outer) => outer.start += used,
                None => self.input.advance(used),
            }
            return Ok(true);
        }
        Ok(false)
    }

    fn finish(&self) -> Result<(), BodyError> {
        match self.layers.iter().find(|layer| layer.state != State::Ended) {
            Some(layer) => Err(layer.wrong("it is cut short")),
            None => Ok(()),
        }
    }
}

impl Layer {
    fn ready(&self) -> &[u8] {
        self.scratch.get(self.start..self.end).unwrap_or_default()
    }

    /// One step on `source`; returns how much of it was used. The scratch must have been taken.
    fn advance(&mut self, source: &[u8]) -> Result<usize, BodyError> {
        if self.state == State::Ended {
            return Err(self.wrong("data follows its end"));
        }
        let step = match self.codec.step(source, &mut self.scratch) {
            Ok(step) => step,
            Err(reason) => return Err(self.wrong(reason)),
        };
        (self.start, self.end) = (0, step.wrote);
        self.state = match step {
            _ if step.ended => State::Ended,
            _ if step.wrote == self.scratch.len() => State::Full,
            _ if step.read == 0 && step.wrote == 0 && !source.is_empty() => {
                return Err(self.wrong("its data make no progress"));
            }
            _ => State::Empty,
        };
        Ok(step.read)
    }

    fn wrong(&self, reason: &'static str) -> BodyError {
        BodyError::Undecodable { encoding: self.codec.name(), reason }
    }
}

#[cfg(test)]
mod tests;
