//! gzip (RFC 1952): the frame around a DEFLATE stream.
//!
//! Owns the header, the check sum and the length; one member only. Written out here because the
//! library's push decoder does not say where a member ends.

use flate2::{Crc, Decompress};

use super::codec::{Step, inflate};

pub(super) struct Gzip {
    part: Part,
    flags: u8,
    state: Decompress,
    crc: Crc,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    /// The ten bytes of the fixed header, and how many of them were seen.
    Fixed(usize),
    ExtraLength(u16, u8),
    Extra(u16),
    Name,
    Comment,
    HeaderCheck(u8),
    Data,
    /// The last eight bytes: what was seen of them, and how many.
    Trailer(u64, u8),
}

const HAS_HEADER_CHECK: u8 = 0b0_0010;
const HAS_EXTRA: u8 = 0b0_0100;
const HAS_NAME: u8 = 0b0_1000;
const HAS_COMMENT: u8 = 0b1_0000;
const RESERVED: u8 = 0b1110_0000;

impl Default for Gzip {
    fn default() -> Self {
        Self { part: Part::Fixed(0), flags: 0, state: Decompress::new(false), crc: Crc::new() }
    }
}

impl Gzip {
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, &'static str> {
        let mut read = 0;
        loop {
            if let Part::Data = self.part {
                let rest = input.get(read..).unwrap_or_default();
                let step = inflate(&mut self.state, rest, output)?;
                self.crc.update(output.get(..step.wrote).unwrap_or_default());
                if step.ended {
                    self.part = Part::Trailer(0, 0);
                }
                return Ok(Step { read: read + step.read, wrote: step.wrote, ended: false });
            }
            let Some(byte) = input.get(read).copied() else {
                return Ok(Step { read, ..Step::default() });
            };
            read += 1;
            if self.byte(byte)? {
                return Ok(Step { read, wrote: 0, ended: true });
            }
        }
    }

    /// Reads a byte of the header or of the trailer; `true` at the end of the member.
    fn byte(&mut self, byte: u8) -> Result<bool, &'static str> {
        self.part = match self.part {
            Part::Fixed(at) => {
                match (at, byte) {
                    (0, 0x1f) | (1, 0x8b) | (2, 8) | (4..=9, _) => {}
                    (3, flags) if flags & RESERVED == 0 => self.flags = flags,
                    _ => return Err("its header is wrong"),
                }
                if at < 9 { Part::Fixed(at + 1) } else { self.after_fixed() }
            }
            Part::ExtraLength(_, 0) => Part::ExtraLength(u16::from(byte), 1),
            Part::ExtraLength(low, _) => match low | u16::from(byte) << 8 {
                0 => self.after_extra(),
                length => Part::Extra(length),
            },
            Part::Extra(1) => self.after_extra(),
            Part::Extra(left) => Part::Extra(left - 1),
            Part::Name if byte == 0 => self.after_name(),
            Part::Comment if byte == 0 => self.after_comment(),
            part @ (Part::Name | Part::Comment | Part::Data) => part,
            Part::HeaderCheck(0) => Part::HeaderCheck(1),
            Part::HeaderCheck(_) => Part::Data,
            Part::Trailer(seen, count) => {
                let seen = seen | u64::from(byte) << (8 * u32::from(count));
                if count == 7 {
                    let expected = u64::from(self.crc.sum()) | u64::from(self.crc.amount()) << 32;
                    return if seen == expected { Ok(true) } else { Err("its check sum is wrong") };
                }
                Part::Trailer(seen, count + 1)
            }
        };
        Ok(false)
    }

    fn after_fixed(&self) -> Part {
        if self.flags & HAS_EXTRA == 0 { self.after_extra() } else { Part::ExtraLength(0, 0) }
    }

    fn after_extra(&self) -> Part {
        if self.flags & HAS_NAME == 0 { self.after_name() } else { Part::Name }
    }

    fn after_name(&self) -> Part {
        if self.flags & HAS_COMMENT == 0 { self.after_comment() } else { Part::Comment }
    }

    fn after_comment(&self) -> Part {
        if self.flags & HAS_HEADER_CHECK == 0 { Part::Data } else { Part::HeaderCheck(0) }
    }
}
