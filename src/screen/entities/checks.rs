//! Check digits and other arithmetic that validators share.
//!
//! Owns sums, dates, entropy and base 58. Refuses to know which kind of entity asks.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// A dash of any kind, a dot or a space, as numbers are grouped with; the inside of a class.
macro_rules! separators {
    () => {
        r" .\-\u{2010}-\u{2015}\u{2212}"
    };
}
pub(super) use separators;

/// The values of the ASCII digits in a text.
pub(super) fn digits_of(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect()
}

/// The maximal runs of ASCII digits in a text.
pub(super) fn digit_groups(text: &str) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        match groups.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// Whether digits end in the check digit of ISO/IEC 7812 (Luhn); not so for all zeros.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| u32::from(if at % 2 == 1 { doubled(digit % 10) } else { digit % 10 }))
        .sum();
    sum > 0 && sum.is_multiple_of(10)
}

/// The number that digits write, as far as it fits.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0_u64, |sum, &digit| sum.wrapping_mul(10).wrapping_add(u64::from(digit)))
}

/// The remainder by 97 of a text in which letters of either case stand for 10 to 35 (ISO 7064).
pub(super) fn mod_97(characters: impl Iterator<Item = char>) -> Option<u32> {
    let mut rest = 0;
    for character in characters {
        let value = character.to_digit(36)?;
        rest = if value < 10 { rest * 10 + value } else { rest * 100 + value } % 97;
    }
    Some(rest)
}

/// Whether there is such a day.
pub(super) fn is_date(year: u64, month: u64, day: u64) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Shannon entropy of a text in bits a byte.
pub(super) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX).max(1));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum()
}

/// The bytes of a Base58Check text behind which the right checksum stands, without the checksum.
pub(super) fn base58_checked(text: &str, alphabet: &[u8; 58]) -> Option<Vec<u8>> {
    let mut bytes = base58(text, alphabet)?;
    let body = bytes.len().checked_sub(4)?;
    let sum = bytes.split_off(body);
    let twice = Sha256::digest(Sha256::digest(&bytes));
    (twice.get(..4)? == sum).then_some(bytes)
}

/// The alphabet of Bitcoin's base 58.
pub(super) const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The bytes of a base-58 number of at most 128 digits; its length is quadratic work.
fn base58(text: &str, alphabet: &[u8; 58]) -> Option<Vec<u8>> {
    if text.len() > 128 {
        return None;
    }
    let mut reversed: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        let mut carry = u32::try_from(alphabet.iter().position(|&known| known == byte)?).ok()?;
        for place in &mut reversed {
            carry += u32::from(*place) * 58;
            *place = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        while carry > 0 {
            reversed.push(carry.to_le_bytes()[0]);
            carry >>= 8;
        }
    }
    let zeros = text.bytes().take_while(|byte| Some(byte) == alphabet.first()).count();
    reversed.extend(std::iter::repeat_n(0, zeros));
    reversed.reverse();
    Some(reversed)
}
