//! What must hold for any input; the fuzz targets and the test over the seeds both run it.
//!
//! An input begins with a byte of options and places to cut the text at; the rest is the text.

pub mod bodies;
pub mod fold;
pub mod keywords;
pub mod patterns;
pub mod restore;
mod stream;

/// Bytes of text that are looked at.
const MOST_BYTES: usize = 4096;

/// An input, read.
#[derive(Debug)]
pub struct Input {
    /// Eight choices.
    pub options: u8,
    /// The text.
    pub text: String,
    /// Offsets to cut it at: sorted, on character boundaries, the first 0 and the last its length.
    pub cuts: Vec<usize>,
}

impl Input {
    /// Reads the options, a number of cuts, as many places (in 256ths of the text), and the text.
    pub fn read(data: &[u8]) -> Option<Self> {
        let (options, data) = data.split_first()?;
        let (count, data) = data.split_first()?;
        let (places, text) = data.split_at_checked(usize::from(count % 32))?;
        let mut text = String::from_utf8_lossy(text).into_owned();
        text.truncate(text.floor_char_boundary(MOST_BYTES));
        let place = |place: &u8| text.floor_char_boundary((usize::from(*place) * text.len()).div_ceil(255));
        let mut cuts: Vec<usize> = places.iter().map(place).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        Some(Self { options: *options, text, cuts })
    }

    /// Whether the choice is made.
    pub fn chose(&self, option: u8) -> bool {
        self.options & (1 << option) != 0
    }

    /// The text in pieces.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        self.cuts.windows(2).map(|pair| &self.text[pair[0]..pair[1]])
    }
}
