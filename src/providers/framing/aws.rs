//! AWS's event stream: frames with headers and checksums (`application/vnd.amazon.eventstream`).
//!
//! A frame is its length, the length of its headers and a checksum of both; the headers; the payload; and a checksum
//! of all. Numbers are big-endian, checksums are CRC-32 as in zip files.

use bytes::{Buf, Bytes, BytesMut};

use super::{Decoder, EVENT_LIMIT, Event, FramingError};

/// Both lengths and their checksum.
const PRELUDE: usize = 12;
/// The checksum at the end.
const CHECKSUM: usize = 4;
/// A header's value is text of up to 64 KiB.
const TEXT: u8 = 7;

/// Reads frames. An event's name is the type of the event, or of the exception.
#[derive(Default)]
pub struct AwsEvents {
    buffer: BytesMut,
}

impl Decoder for AwsEvents {
    fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Result<Option<Event>, FramingError> {
        let Some((&prelude, _)) = self.buffer.split_first_chunk::<PRELUDE>() else {
            return Ok(None);
        };
        let [length, headers, checksum] = [0, 4, 8].map(|at| number(&prelude[at..]));
        if crc32(&prelude[..8]) != checksum {
            return Err(FramingError::Malformed("the beginning of a frame does not have its checksum"));
        }
        let (Ok(length), Ok(headers)) = (usize::try_from(length), usize::try_from(headers)) else {
            return Err(FramingError::TooLarge);
        };
        if length > EVENT_LIMIT {
            return Err(FramingError::TooLarge);
        }
        if length < PRELUDE + CHECKSUM || headers > length - PRELUDE - CHECKSUM {
            return Err(FramingError::Malformed("a frame is shorter than its headers"));
        }
        if self.buffer.len() < length {
            return Ok(None);
        }
        let frame = self.buffer.split_to(length).freeze();
        let end = length - CHECKSUM;
        if crc32(&frame[..end]) != number(&frame[end..]) {
            return Err(FramingError::Malformed("a frame does not have its checksum"));
        }
        let payload = PRELUDE + headers;
        event(frame.slice(PRELUDE..payload), frame.slice(payload..end)).map(Some)
    }

    fn finish(&mut self) -> Result<Option<Event>, FramingError> {
        if self.buffer.is_empty() {
            Ok(None)
        } else {
            Err(FramingError::Malformed("the last frame is cut short"))
        }
    }
}

/// What a frame tells by its headers: `:event-type`, or `:exception-type` or `:error-code` when it is an error.
fn event(mut headers: Bytes, payload: Bytes) -> Result<Event, FramingError> {
    let mut event = Event::new(payload);
    let mut message = None;
    while !headers.is_empty() {
        let (name, value) = header(&mut headers).ok_or(FramingError::Malformed("a header is cut short"))?;
        match &name[..] {
            b":message-type" => event.is_exception = value[..] != *b"event",
            b":event-type" | b":exception-type" | b":error-code" => event = event.named(value),
            b":error-message" => message = Some(value),
            _ => {}
        }
    }
    if let (true, Some(message)) = (event.data.is_empty(), message) {
        event.data = message;
    }
    Ok(event)
}

/// The next header; its value is empty unless it is text. `None` when it is cut short.
fn header(bytes: &mut Bytes) -> Option<(Bytes, Bytes)> {
    let length = usize::from(bytes.try_get_u8().ok()?);
    let name = take(bytes, length)?;
    let length = match bytes.try_get_u8().ok()? {
        // True and false are types of their own.
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 | 8 => 8,
        9 => 16,
        kind @ (6 | TEXT) => {
            let length = usize::from(bytes.try_get_u16().ok()?);
            let value = take(bytes, length)?;
            return Some((name, if kind == TEXT { value } else { Bytes::new() }));
        }
        _ => return None,
    };
    take(bytes, length).map(|_| (name, Bytes::new()))
}

fn take(bytes: &mut Bytes, length: usize) -> Option<Bytes> {
    (bytes.len() >= length).then(|| bytes.split_to(length))
}

/// The number that some bytes begin with; zero where there are too few.
fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

/// CRC-32 with the polynomial of zip and Ethernet.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    let step = |crc: u32, byte: &u8| {
        let [low, ..] = crc.to_le_bytes();
        TABLE[usize::from(low ^ byte)] ^ (crc >> 8)
    };
    !bytes.iter().fold(!0, step)
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut crc = index;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[index as usize] = crc;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::super::testing::pieces;
    use super::*;

    /// A frame with text headers.
    fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
        let mut own = Vec::new();
        for (name, value) in headers {
            own.push(u8::try_from(name.len()).unwrap());
            own.extend(name.bytes());
            own.push(TEXT);
            own.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            own.extend(value.bytes());
        }
        let length = PRELUDE + own.len() + payload.len() + CHECKSUM;
        let mut frame = u32::try_from(length).unwrap().to_be_bytes().to_vec();
        frame.extend(u32::try_from(own.len()).unwrap().to_be_bytes());
        frame.extend(crc32(&frame).to_be_bytes());
        frame.extend(own);
        frame.extend(payload);
        frame.extend(crc32(&frame).to_be_bytes());
        frame
    }

    fn events(pieces: &[&[u8]]) -> Result<Vec<Event>, FramingError> {
        let mut decoder = AwsEvents::default();
        let mut found = Vec::new();
        for piece in pieces {
            decoder.feed(piece);
            while let Some(event) = decoder.next()? {
                found.push(event);
            }
        }
        decoder.finish().map(|_| found)
    }

    fn two() -> Vec<u8> {
        let event = frame(&[(":event-type", "chunk"), (":message-type", "event")], b"{\"a\": 1}");
        let error =
            frame(&[(":exception-type", "throttlingException"), (":message-type", "exception")], b"{}");
        [event, error].concat()
    }

    #[test]
    fn the_checksum_is_that_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let body = two();
        let due = [
            Event::new(&b"{\"a\": 1}"[..]).named("chunk"),
            Event { is_exception: true, ..Event::new(&b"{}"[..]).named("throttlingException") },
        ];
        for cut in 0..=body.len() {
            assert_eq!(events(&[&body[..cut], &body[cut..]]).as_deref(), Ok(&due[..]), "cut at {cut}");
        }
    }

    #[test]
    fn no_byte_can_change_unnoticed() {
        let body = two();
        for at in 0..body.len() {
            let mut broken = body.clone();
            broken[at] ^= 1;
            assert!(events(&[&broken]).is_err(), "byte {at}");
        }
        assert!(events(&[&body[..body.len() - 1]]).is_err());
    }

    #[test]
    fn an_error_may_tell_itself_in_headers_alone() {
        let headers = [(":message-type", "error"), (":error-code", "Internal"), (":error-message", "broken")];
        let found = events(&[&frame(&headers, b"")]).unwrap();
        assert_eq!(found, [Event { is_exception: true, ..Event::new(&b"broken"[..]).named("Internal") }]);
    }

    /// All events of a body in these pieces, and how it ends.
    fn read(pieces: &[&[u8]]) -> (Vec<Event>, Result<(), FramingError>) {
        let mut decoder = AwsEvents::default();
        let mut found = Vec::new();
        let mut read = || {
            for piece in pieces {
                decoder.feed(piece);
                while let Some(event) = decoder.next()? {
                    found.push(event);
                }
            }
            decoder.finish().map(drop)
        };
        let end = read();
        (found, end)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn any_frames_are_read_wherever_they_are_cut(
            frames in vec((vec(("[a-z:-]{0,12}", "[ -~]{0,20}"), 0..4), vec(any::<u8>(), 0..60)), 0..6),
            cuts in vec(any::<Index>(), 0..6),
            flipped in proptest::option::of((any::<Index>(), 0..8_u8)),
        ) {
            let frames = frames.iter().map(|(headers, payload)| {
                let headers: Vec<(&str, &str)> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                frame(&headers, payload)
            });
            let frames: Vec<Vec<u8>> = frames.collect();
            let mut body = frames.concat();
            let whole = read(&[&body]);
            prop_assert_eq!((whole.0.len(), &whole.1), (frames.len(), &Ok(())));
            prop_assert_eq!(read(&pieces(&body, &cuts)), whole);
            if let (Some((at, bit)), false) = (flipped, body.is_empty()) {
                body[at.index(frames.concat().len())] ^= 1 << bit;
                let broken = read(&[&body]);
                prop_assert!(broken.1.is_err());
                prop_assert_eq!(read(&pieces(&body, &cuts)), broken);
            }
        }

        #[test]
        fn garbage_is_an_error_and_the_same_wherever_it_is_cut(
            body in vec(any::<u8>(), 1..200),
            cuts in vec(any::<Index>(), 0..6),
        ) {
            let whole = read(&[&body]);
            prop_assert!(whole.1.is_err());
            prop_assert_eq!(read(&pieces(&body, &cuts)), whole);
        }

        #[test]
        fn headers_that_are_garbage_are_an_error_and_no_panic(headers in vec(any::<u8>(), 0..60)) {
            let mut rest = Bytes::from(headers);
            while !rest.is_empty() && header(&mut rest).is_some() {}
        }
    }
}
