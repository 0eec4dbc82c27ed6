//! Content codings, whole and broken. Owns its cases; refuses to know what is in a body.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use http::HeaderValue;

use super::*;

fn encode(name: &str, plain: &[u8]) -> Vec<u8> {
    let level = Compression::default();
    match name {
        "gzip" | "x-gzip" | "GZip" => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        "gzip-all-fields" => {
            let mut encoder = flate2::GzBuilder::new()
                .extra(vec![1, 2, 3])
                .filename("name")
                .comment("comment")
                .write(Vec::new(), level);
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        "deflate-raw" => {
            let mut encoder = DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut coded = Vec::new();
            brotli::CompressorWriter::new(&mut coded, 4096, 5, 22).write_all(plain).unwrap();
            coded
        }
        "zstd" => zstd::encode_all(plain, 3).unwrap(),
        _ => plain.to_vec(),
    }
}

fn headers(values: &[&str]) -> HeaderMap {
    let values = values.iter().map(|value| HeaderValue::from_str(value).unwrap());
    values.map(|value| (CONTENT_ENCODING, value)).collect()
}

const CODINGS: [&str; 8] =
    ["identity", "gzip", "gzip-all-fields", "x-gzip", "deflate", "deflate-raw", "br", "zstd"];

/// What the header says for a coding of [`encode`].
fn header_name(coding: &str) -> &str {
    match coding {
        "deflate-raw" => "deflate",
        "gzip-all-fields" => "gzip",
        name => name,
    }
}

async fn check(coded: Vec<u8>, encodings: &[&str], cap: usize, expected: Result<&[u8], &str>) {
    let coded = Bytes::from(coded);
    let headers = headers(encodings);
    let decoded = decode(&coded, &headers, cap).await;
    let whole = decoded.as_ref().map(|decoded| &decoded.bytes()[..]).map_err(BodyError::code);
    assert_eq!(whole, expected, "{encodings:?} of {} bytes", coded.len());

    // The same in pieces; the cap of a stream is for one push, so that only the pieces matter.
    for size in [1, 7, 4096] {
        let Ok(Some(mut stream)) = StreamDecoder::new(&headers, cap) else { return };
        let mut plain = Vec::new();
        let pushed = coded.chunks(size).try_for_each(|piece| {
            plain.extend_from_slice(&stream.push(Bytes::copy_from_slice(piece))?);
            Ok(())
        });
        let streamed = pushed.and_then(|()| stream.finish()).map(|()| &plain[..]);
        match expected {
            Ok(_) if !coded.is_empty() => assert_eq!(streamed.map_err(|error| error.code()), expected),
            Err("invalid_content_encoding") => {
                assert_eq!(streamed.unwrap_err().code(), "invalid_content_encoding")
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn every_coding_and_stacks_of_them_are_taken_off() {
    let long = "The quick brown fox. ".repeat(40_000).into_bytes();
    for plain in [&b"{}"[..], b"x", &long] {
        let cap = plain.len();
        for coding in CODINGS {
            check(encode(coding, plain), &[header_name(coding)], cap, Ok(plain)).await;
        }
        check(encode("gzip", plain), &["GZIP"], cap, Ok(plain)).await;
        let stacked = encode("zstd", &encode("br", &encode("gzip", plain)));
        check(stacked.clone(), &["gzip, br ,, zstd"], cap, Ok(plain)).await;
        check(stacked, &["gzip", "identity, br", "zstd"], cap, Ok(plain)).await;
    }
    let plain = Bytes::from_static(b"plain");
    let same = decode(&plain, &HeaderMap::new(), 0).await.unwrap();
    assert_eq!(same.bytes().as_ptr(), plain.as_ptr());
    check(Vec::new(), &["gzip"], 9, Ok(b"")).await;
    // An empty text has codings too.
    for coding in CODINGS.iter().skip(1) {
        check(encode(coding, b""), &[header_name(coding)], 0, Ok(b"")).await;
    }
}

#[tokio::test]
async fn what_is_unknown_damaged_cut_or_followed_by_more_is_refused() {
    for unknown in ["compress", "gzip, snappy", "gzip;q=1", "gzip, gzip, gzip, gzip", "br deflate"] {
        check(encode("gzip", b"{}"), &[unknown], 99, Err("unknown_content_encoding")).await;
    }
    let refused = Err("invalid_content_encoding");
    for coding in CODINGS.iter().skip(1) {
        let good = encode(coding, "some plain text, some plain text".repeat(20).as_bytes());
        let name = [header_name(coding)];
        for cut in 1..good.len() {
            check(good[..cut].to_vec(), &name, 9999, refused).await;
        }
        check([&good[..], b"\0"].concat(), &name, 9999, refused).await;
        check([&good[..], &good[..]].concat(), &name, 9999, refused).await;
        check(vec![0xff; 40], &name, 9999, refused).await;
    }
    let mut wrong_sum = encode("gzip", b"text");
    let at = wrong_sum.len() - 5;
    wrong_sum[at] ^= 1;
    check(wrong_sum, &["gzip"], 99, refused).await;
}

#[tokio::test]
async fn a_bomb_ends_at_the_cap() {
    const CAP: usize = 1024 * 1024;
    let zeros = vec![0; 64 * CAP];
    for coding in CODINGS.iter().skip(1) {
        let bomb = Bytes::from(encode(coding, &zeros));
        let headers = headers(&[header_name(coding)]);
        let error = decode(&bomb, &headers, CAP).await.unwrap_err();
        assert!(matches!(error, BodyError::TooLarge { cap: CAP }), "{coding}: {error}");
        let mut stream = StreamDecoder::new(&headers, CAP).unwrap().unwrap();
        assert!(matches!(stream.push(bomb), Err(BodyError::TooLarge { cap: CAP })), "{coding}");
    }
    // Layers of bombs: each inflates to less than the cap but for the last.
    let nested = encode("gzip", &encode("br", &zeros));
    check(nested, &["br, gzip"], CAP, Err("body_too_large")).await;
    check(encode("gzip", b"abcd"), &["gzip"], 3, Err("body_too_large")).await;
}
