//! Where a chunked body ends.
//!
//! Owns the strict grammar of RFC 9112 section 7.1: CRLF everywhere, no space after a size. It
//! follows the body so that the guard knows where the next head starts; hyper decodes it.

/// A chunked body in the middle of its bytes.
#[derive(Debug)]
pub(super) struct Chunked {
    state: State,
    /// Bytes of extensions and trailers so far.
    overhead: usize,
}

/// Most bytes of extensions and trailers together; hyper's own limit for extensions.
const MOST_OVERHEAD: usize = 16 * 1024;

#[derive(Debug, Clone, Copy)]
enum State {
    /// The size so far, and how many digits it has.
    Size(u64, u8),
    Extension(u64),
    SizeLf(u64),
    Data(u64),
    DataCr,
    DataLf,
    /// At the start of a line after the last chunk.
    LineStart,
    Trailer,
    TrailerLf,
    LastLf,
}

/// The body breaks the grammar.
#[derive(Debug)]
pub(super) struct Broken;

impl Chunked {
    pub(super) fn new() -> Self {
        Self { state: State::Size(0, 0), overhead: 0 }
    }

    /// Follows the body through `bytes`: `Some(n)` when it ends after `n` of them.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Option<usize>, Broken> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at).copied() {
            if let State::Data(left) = self.state {
                let rest = bytes.len() - at;
                let skip = usize::try_from(left).unwrap_or(usize::MAX).min(rest);
                at += skip;
                let left = left - skip as u64;
                self.state = if left == 0 { State::DataCr } else { State::Data(left) };
                continue;
            }
            at += 1;
            self.state = match (self.state, byte) {
                (State::Size(_, 16), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => return Err(Broken),
                (State::Size(size, digits), _) if byte.is_ascii_hexdigit() => {
                    let digit = char::from(byte).to_digit(16).unwrap_or(0);
                    State::Size(size << 4 | u64::from(digit), digits + 1)
                }
                (State::Size(_, 0), _) => return Err(Broken),
                (State::Size(size, _), b'\r') => State::SizeLf(size),
                (State::Size(size, _), b';') => State::Extension(size),
                (State::Extension(size), b'\r') => State::SizeLf(size),
                (State::Extension(_), byte) if byte != b'\n' => self.extra()?,
                (State::SizeLf(0), b'\n') => State::LineStart,
                (State::SizeLf(size), b'\n') => State::Data(size),
                (State::DataCr, b'\r') => State::DataLf,
                (State::DataLf, b'\n') => State::Size(0, 0),
                (State::LineStart, b'\r') => State::LastLf,
                (State::LastLf, b'\n') => return Ok(Some(at)),
                (State::Trailer, b'\r') => State::TrailerLf,
                (State::TrailerLf, b'\n') => State::LineStart,
                (State::LineStart | State::Trailer, byte) if byte != b'\n' => {
                    self.extra()?;
                    State::Trailer
                }
                _ => return Err(Broken),
            };
        }
        Ok(None)
    }

    /// Counts a byte that is neither data nor framing; the state stays.
    fn extra(&mut self) -> Result<State, Broken> {
        self.overhead += 1;
        if self.overhead > MOST_OVERHEAD { Err(Broken) } else { Ok(self.state) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_end_where_their_chunks_say() {
        let check = |body: &str, expected: Option<Option<usize>>| {
            assert_eq!(Chunked::new().feed(body.as_bytes()).ok(), expected, "{body:.60?}");
            let mut slow = Chunked::new();
            let ends: Result<Vec<_>, _> =
                body.bytes().take(body.len()).map(|byte| slow.feed(&[byte])).collect();
            let end = ends.ok().map(|ends| ends.iter().position(Option::is_some).map(|at| at + 1));
            if expected != Some(None) && !body.ends_with("next") {
                assert_eq!(end, expected, "{body:?} byte by byte");
            }
        };
        check("0\r\n\r\n", Some(Some(5)));
        check("5\r\nhello\r\n0\r\n\r\nnext", Some(Some(15)));
        check("0a;x=\"y\"\r\n0123456789\r\n000\r\nTrailer: x\r\nOther: y\r\n\r\n", Some(Some(51)));
        check("F\r\n0\r\n\r\n", Some(None));
        check("ffffffffffffffff\r\n", Some(None));
        for wrong in [
            "\r\n",
            "x\r\n",
            "5 \r\nhello\r\n",
            "0\n\r\n",
            "5\nhello\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5\r\nhello!\r\n",
            "0x5\r\n",
            "-5\r\n",
            "+5\r\n",
            "5;a\nb\r\n",
            "0\r\n\n",
            "0\r\nx: y\n\r\n",
            "0\r\nx\ry\r\n",
            "5\r\r\n",
            "10000000000000000\r\n",
            "00000000000000005\r\n",
            ";x\r\n",
        ] {
            check(wrong, None);
        }
        check(&format!("5;{}", "x".repeat(MOST_OVERHEAD + 1)), None);
        check(&format!("0\r\n{}", "x: y\r\n".repeat(MOST_OVERHEAD / 4 + 1)), None);
    }
}
