//! Framing for every cutting of a stream. Owns its cases; refuses to know what events say.

use proptest::prelude::*;

use super::*;

type Plain = (String, Option<String>, Option<String>);

#[derive(Debug, PartialEq, Eq)]
enum End {
    Clean,
    Tail(Plain, bool),
    Failed(FrameError),
}

fn plain(frame: Frame) -> Plain {
    let text = |bytes: Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    (text(frame.raw), frame.payload.map(text), frame.event.map(text))
}

/// Pushes the pieces, checks that nothing was lost, and returns what came out.
fn run<'a>(mut decoder: FrameDecoder, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Plain>, End) {
    let (mut frames, mut input, mut output) = (Vec::new(), Vec::new(), Vec::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        decoder.push(Bytes::copy_from_slice(piece));
        for frame in decoder.by_ref() {
            match frame {
                Ok(frame) => {
                    output.extend_from_slice(&frame.raw);
                    frames.push(plain(frame));
                }
                Err(error) => return (frames, End::Failed(error)),
            }
        }
    }
    let end = match decoder.finish() {
        None => End::Clean,
        Some(tail) => {
            output.extend_from_slice(&tail.frame.raw);
            End::Tail(plain(tail.frame), tail.terminated)
        }
    };
    assert_eq!(output, input, "the raw bytes of all frames are the input");
    (frames, end)
}

fn frame(raw: &str, payload: Option<&str>, event: Option<&str>) -> Plain {
    (raw.into(), payload.map(Into::into), event.map(Into::into))
}

fn check(decoder: fn(usize) -> FrameDecoder, input: &str, frames: &[Plain], end: End) {
    let expected = (frames.to_vec(), end);
    let whole = run(decoder(DEFAULT_FRAME_CAP), [input.as_bytes()]);
    assert_eq!(whole, expected, "whole {input:?}");
    for size in 1..=input.len().min(7) {
        let cut = run(decoder(DEFAULT_FRAME_CAP), input.as_bytes().chunks(size));
        assert_eq!(cut, expected, "{input:?} in pieces of {size}");
    }
}

#[test]
fn events_end_at_blank_lines() {
    let sse = |input, frames: &[Plain], end| check(FrameDecoder::sse, input, frames, end);
    sse("", &[], End::Clean);
    sse(
        "data: a\n\ndata: b\n\n",
        &[frame("data: a\n\n", Some("a"), None), frame("data: b\n\n", Some("b"), None)],
        End::Clean,
    );
    sse(
        "data: a\r\n\r\ndata:b\r\rdata\n\r",
        &[frame("data: a\r\n\r\n", Some("a"), None), frame("data:b\r\r", Some("b"), None)],
        End::Tail(frame("data\n\r", Some(""), None), true),
    );
    sse(
        ": ping\n\n: x\nevent: delta\nid: 7\ndata:  a\ndata: b\n\n",
        &[
            frame(": ping\n\n", None, None),
            frame(": x\nevent: delta\nid: 7\ndata:  a\ndata: b\n\n", Some(" a\nb"), Some("delta")),
        ],
        End::Clean,
    );
    sse(
        "\n\r\n\rx",
        &[frame("\n", None, None), frame("\r\n", None, None), frame("\r", None, None)],
        End::Tail(frame("x", None, None), false),
    );
    sse(
        "\u{feff}data: a\n\n\u{feff}data: b\n\n",
        &[frame("\u{feff}data: a\n\n", Some("a"), None), frame("\u{feff}data: b\n\n", None, None)],
        End::Clean,
    );
    sse("\u{feff}\n", &[frame("\u{feff}\n", None, None)], End::Clean);
    sse(
        "database: x\ndata : y\nevent\n\n",
        &[frame("database: x\ndata : y\nevent\n\n", None, None)],
        End::Clean,
    );
    sse(
        "event: a\nevent: b\ndata:\ndata:\n\n",
        &[frame("event: a\nevent: b\ndata:\ndata:\n\n", Some("\n"), Some("b"))],
        End::Clean,
    );
    sse(
        "data: done\n\ndata: cut",
        &[frame("data: done\n\n", Some("done"), None)],
        End::Tail(frame("data: cut", Some("cut"), None), false),
    );
    sse("data: a\r", &[], End::Tail(frame("data: a\r", Some("a"), None), false));
}

#[test]
fn lines_of_json_end_at_line_feeds() {
    let ndjson = |input, frames: &[Plain], end| check(FrameDecoder::ndjson, input, frames, end);
    ndjson("", &[], End::Clean);
    ndjson(
        "{}\n{\"a\":1}\r\n\n \r\n",
        &[
            frame("{}\n", Some("{}"), None),
            frame("{\"a\":1}\r\n", Some("{\"a\":1}"), None),
            frame("\n", None, None),
            frame(" \r\n", None, None),
        ],
        End::Clean,
    );
    ndjson(
        "\u{feff}{}\n{\r}",
        &[frame("\u{feff}{}\n", Some("{}"), None)],
        End::Tail(frame("{\r}", Some("{\r}"), None), false),
    );
    ndjson("{}\r", &[], End::Tail(frame("{}\r", Some("{}"), None), false));
}

#[test]
fn a_frame_within_one_piece_is_not_copied() {
    let chunk = Bytes::from_static(b"data: one\n\ndata: two\n\n");
    let mut decoder = FrameDecoder::sse(DEFAULT_FRAME_CAP);
    decoder.push(chunk.clone());
    for at in [0, 11] {
        let frame = decoder.next().unwrap().unwrap();
        assert_eq!(frame.raw.as_ptr(), chunk[at..].as_ptr());
        assert_eq!(frame.payload.unwrap().as_ptr(), chunk[at + 6..].as_ptr());
    }
}

#[test]
fn a_frame_past_the_cap_ends_the_stream() {
    let failed = End::Failed(FrameError::TooLarge { cap: 12 });
    for decoder in [FrameDecoder::sse, FrameDecoder::ndjson] {
        for size in [1, 5, 40] {
            let good = "data: 67890\n";
            let (frames, end) = run(decoder(12), format!("{good}\n").as_bytes().chunks(size));
            let is_sse = matches!(decoder(12), FrameDecoder::Sse(_));
            // The blank line that ends an event counts: 13 bytes are one too many.
            if is_sse {
                assert_eq!((frames.len(), &end), (0, &failed));
            } else {
                assert_eq!((frames.len(), &end), (2, &End::Clean));
            }
            let (frames, end) = run(decoder(12), format!("\n{}\n\n", "x".repeat(30)).as_bytes().chunks(size));
            assert_eq!((frames.len(), end), (1, End::Failed(FrameError::TooLarge { cap: 12 })));
        }
    }
    let mut decoder = FrameDecoder::sse(12);
    decoder.push(Bytes::from(vec![b'x'; 100]));
    assert!(decoder.next().unwrap().is_err());
    decoder.push(Bytes::from_static(b"\n\ndata: x\n\n"));
    assert_eq!((decoder.next(), decoder.finish()), (None, None));
}

#[test]
fn a_gigabyte_without_a_line_break_fails_at_the_cap() {
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    for mut decoder in [FrameDecoder::sse(DEFAULT_FRAME_CAP), FrameDecoder::ndjson(DEFAULT_FRAME_CAP)] {
        let mut pushed = 0;
        let error = (0..16 * 1024).find_map(|_| {
            pushed += piece.len();
            decoder.push(piece.clone());
            decoder.next()
        });
        assert_eq!(error, Some(Err(FrameError::TooLarge { cap: DEFAULT_FRAME_CAP })));
        assert_eq!(pushed, DEFAULT_FRAME_CAP + piece.len());
    }
}

#[test]
fn what_is_encoded_is_decoded() {
    for payload in ["{}", "", "a\nb", "a\r\nb\rc\n", "[DONE]", " x"] {
        let mut decoder = FrameDecoder::sse(DEFAULT_FRAME_CAP);
        decoder.push(sse(payload.as_bytes()));
        let frame = decoder.next().unwrap().unwrap();
        let normal = payload.replace("\r\n", "\n").replace('\r', "\n");
        assert_eq!(frame.payload.unwrap(), normal, "{payload:?}");
        assert_eq!((decoder.next(), decoder.finish()), (None, None));
    }
    assert_eq!(sse(b"{\"a\":1}"), "data: {\"a\":1}\n\n");
    assert_eq!(ndjson(b"{\n\"a\": 1\r\n}"), "{ \"a\": 1  }\n");
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same_frames(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "data: x", "data:", "data", ": c", "event: e", "\n", "\r", "\r\n", "\n\n", "{}", " ", "é",
                "\u{feff}", "data: a long line of data that takes up some room",
            ]),
            0..24,
        ),
        cuts in prop::collection::vec(0usize..400, 0..24),
        cap in prop::sample::select(vec![8usize, 40, 1000]),
    ) {
        let input = parts.concat().into_bytes();
        let mut at: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
        at.extend([0, input.len()]);
        at.sort_unstable();
        for decoder in [FrameDecoder::sse, FrameDecoder::ndjson] {
            let whole = run(decoder(cap), [&input[..]]);
            prop_assert_eq!(&whole, &run(decoder(cap), at.windows(2).map(|pair| &input[pair[0]..pair[1]])));
            prop_assert_eq!(&whole, &run(decoder(cap), input.chunks(1)));
        }
    }
}
