//! A compressed segment: zstd frames of a bounded size, with the table that leads to each of them.
//!
//! Owns the zstd seekable format (`contrib/seekable_format` of zstd: independent frames, then a
//! skippable frame that lists their sizes), so that one record of a sealed segment is read without
//! unpacking what stands before it, and `zstd -d` unpacks the whole like any other file. The table
//! is not believed: sizes that do not add up to the file, or a frame that is not as long as it
//! says, are errors. Refuses to know lines and seals.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt as _;

/// Bytes of text in one frame: about a quarter of a millisecond to unpack.
const FRAME: usize = 256 * 1024;
/// Longest frame that is unpacked; ours are far shorter, another tool's may be longer.
const LONGEST: u32 = 64 * 1024 * 1024;
/// Magic number of the skippable frame that holds the table.
const TABLE_MAGIC: u32 = 0x184D_2A5E;
/// Last four bytes of a file in the seekable format.
const FOOTER_MAGIC: u32 = 0x8F92_EAB1;
/// Bytes of the footer: number of frames, descriptor, magic number.
const FOOTER: u64 = 9;
/// Bytes before the table: magic number and length.
const HEADER: u64 = 8;

/// Compresses all of `text` into `out` at a zstd level.
///
/// # Errors
/// When reading, writing or compressing fails.
pub(super) fn compress(text: &mut impl Read, out: &mut impl Write, level: i32) -> io::Result<()> {
    let mut compressor = zstd::bulk::Compressor::new(level)?;
    compressor.include_checksum(true)?;
    let mut table = Vec::new();
    let mut frames = 0u32;
    let mut block = Vec::with_capacity(FRAME);
    loop {
        block.clear();
        text.by_ref().take(FRAME as u64).read_to_end(&mut block)?;
        if block.is_empty() {
            break;
        }
        let frame = compressor.compress(&block)?;
        out.write_all(&frame)?;
        for size in [frame.len(), block.len()] {
            let size = u32::try_from(size).map_err(|_| invalid("a frame is too long"))?;
            table.extend_from_slice(&size.to_le_bytes());
        }
        frames += 1;
    }
    let length = u32::try_from(table.len() as u64 + FOOTER).map_err(|_| invalid("too many frames"))?;
    out.write_all(&TABLE_MAGIC.to_le_bytes())?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&table)?;
    out.write_all(&frames.to_le_bytes())?;
    out.write_all(&[0])?;
    out.write_all(&FOOTER_MAGIC.to_le_bytes())
}

/// Where a frame stands in the file, and what it holds.
#[derive(Debug, Clone, Copy)]
struct Frame {
    at: u64,
    size: u32,
    /// Offset in the text of its first byte.
    start: u64,
    length: u32,
}

/// A compressed segment that is read at any offset of its text.
pub(super) struct Frames {
    file: File,
    table: Vec<Frame>,
    length: u64,
    decompressor: zstd::bulk::Decompressor<'static>,
    /// The frame that was unpacked last, and its place in the table.
    unpacked: Option<(usize, Vec<u8>)>,
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").field("frames", &self.table.len()).finish_non_exhaustive()
    }
}

impl Frames {
    /// Reads the table.
    ///
    /// # Errors
    /// When the file cannot be read, or is not in the seekable format.
    pub(super) fn open(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        let mut footer = [0; FOOTER as usize];
        let at = size.checked_sub(FOOTER).ok_or_else(|| invalid("the file is cut off"))?;
        file.read_exact_at(&mut footer, at)?;
        let [a, b, c, d, descriptor, magic @ ..] = footer;
        if u32::from_le_bytes(magic) != FOOTER_MAGIC {
            return Err(invalid("the file does not end with a table of zstd frames; it may be cut off"));
        }
        // Bit 7 of the descriptor: each entry has a checksum of four more bytes.
        let width = if descriptor & 0x80 == 0 { 8 } else { 12 };
        let frames = u64::from(u32::from_le_bytes([a, b, c, d]));
        let bytes = frames * width;
        let begin =
            size.checked_sub(bytes + FOOTER + HEADER).ok_or_else(|| invalid("its table is too long"))?;
        let mut entries = vec![0; usize::try_from(bytes).map_err(|_| invalid("its table is too long"))?];
        file.read_exact_at(&mut entries, begin + HEADER)?;
        let (mut at, mut start) = (0u64, 0u64);
        let mut table = Vec::with_capacity(entries.len() / 8);
        for entry in entries.chunks_exact(if width == 8 { 8 } else { 12 }) {
            let number = |from: usize| {
                let digits = entry.get(from..from + 4).and_then(|digits| digits.try_into().ok());
                digits.map_or(0, u32::from_le_bytes)
            };
            let (size, length) = (number(0), number(4));
            if length > LONGEST {
                return Err(invalid("one of its frames is too long"));
            }
            table.push(Frame { at, size, start, length });
            at += u64::from(size);
            start += u64::from(length);
        }
        if at != begin {
            return Err(invalid("its table of zstd frames does not fit the file"));
        }
        let decompressor = zstd::bulk::Decompressor::new()?;
        Ok(Self { file, table, length: start, decompressor, unpacked: None })
    }

    /// Bytes of text.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Reads at an offset of the text; 0 bytes at its end.
    pub(super) fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let index = self.table.partition_point(|frame| frame.start + u64::from(frame.length) <= offset);
        let Some(frame) = self.table.get(index).copied() else {
            return Ok(0);
        };
        if self.unpacked.as_ref().is_none_or(|(known, _)| *known != index) {
            let text = self.unpack(frame)?;
            self.unpacked = Some((index, text));
        }
        let within = usize::try_from(offset - frame.start).unwrap_or(usize::MAX);
        let text = self.unpacked.as_ref().and_then(|(_, text)| text.get(within..)).unwrap_or_default();
        let count = text.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), text.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn unpack(&mut self, frame: Frame) -> io::Result<Vec<u8>> {
        let mut packed = vec![0; frame.size as usize];
        self.file.read_exact_at(&mut packed, frame.at)?;
        let text = self.decompressor.decompress(&packed, frame.length as usize)?;
        if text.len() != frame.length as usize {
            return Err(invalid("a zstd frame is not as long as the table says"));
        }
        Ok(text)
    }
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        compress(&mut &text[..], &mut out, 3).unwrap();
        out
    }

    fn open(bytes: &[u8]) -> io::Result<Frames> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Frames::open(file)
    }

    #[test]
    fn any_offset_and_any_tool() {
        let texts = [
            Vec::new(),
            b"one line\n".to_vec(),
            (0..3 * FRAME / 4).flat_map(|n| [b'a', (n % 251) as u8]).collect(),
        ];
        for text in texts {
            let packed = packed(&text);
            assert_eq!(zstd::decode_all(&packed[..]).unwrap(), text);
            let mut frames = open(&packed).unwrap();
            assert_eq!(frames.length(), text.len() as u64);
            for offset in [0, 1, 8, FRAME - 1, FRAME, FRAME + 1, text.len(), text.len() + 5] {
                let (mut found, mut buffer) = (Vec::new(), [0; 100_000]);
                loop {
                    match frames.read_at(&mut buffer, (offset + found.len()) as u64).unwrap() {
                        0 => break,
                        count => found.extend_from_slice(&buffer[..count]),
                    }
                }
                assert!(found == text.get(offset..).unwrap_or_default(), "{offset} of {}", text.len());
            }
        }
    }

    #[test]
    fn a_damaged_file_is_an_error_and_never_a_panic() {
        let text: Vec<u8> = (0..FRAME + 1000).map(|n| (n % 97) as u8).collect();
        let good = packed(&text);
        for cut in [0, 5, 8, 9, 40, good.len() / 2, good.len() - 1] {
            assert!(open(&good[..cut]).is_err(), "cut to {cut}");
        }
        for at in (0..good.len()).rev().step_by(1).take(40).chain(0..good.len().min(400)) {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            let Ok(mut frames) = open(&bad) else { continue };
            let (mut found, mut buffer) = (Vec::new(), vec![0; FRAME]);
            while let Ok(count @ 1..) = frames.read_at(&mut buffer, found.len() as u64) {
                found.extend_from_slice(&buffer[..count]);
            }
            // The frame header of the table itself is nothing that is read.
            assert!(found == text || found.len() < text.len(), "byte {at}");
        }
    }
}
