//! One JSON text per line.

use bytes::{Bytes, BytesMut};

use super::{Decoder, EVENT_LIMIT, Event, FramingError};

/// Takes each line that is not blank for an event.
#[derive(Default)]
pub struct JsonLines {
    buffer: BytesMut,
    /// How much of the buffer is known to have no line break in it.
    scanned: usize,
}

impl JsonLines {
    fn line(&mut self) -> Option<Bytes> {
        let end = self.scanned + self.buffer[self.scanned..].iter().position(|&byte| byte == b'\n')?;
        self.scanned = 0;
        Some(self.buffer.split_to(end + 1).freeze())
    }
}

/// The event of a line; `None` for a blank one.
fn event(line: &Bytes) -> Option<Event> {
    let text = line.trim_ascii();
    (!text.is_empty()).then(|| Event::new(line.slice_ref(text)))
}

impl Decoder for JsonLines {
    fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Result<Option<Event>, FramingError> {
        while let Some(line) = self.line() {
            if let Some(event) = event(&line) {
                return Ok(Some(event));
            }
        }
        self.scanned = self.buffer.len();
        if self.scanned > EVENT_LIMIT { Err(FramingError::TooLarge) } else { Ok(None) }
    }

    fn finish(&mut self) -> Result<Option<Event>, FramingError> {
        Ok(event(&self.buffer.split().freeze()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_however_they_are_cut() {
        let body = b"{\"a\": 1}\n\r\n  {\"b\": 2}\r\n{\"c\": 3}";
        for cut in 0..=body.len() {
            let mut decoder = JsonLines::default();
            let mut events = Vec::new();
            for piece in [&body[..cut], &body[cut..]] {
                decoder.feed(piece);
                while let Some(event) = decoder.next().unwrap() {
                    events.push(event.data);
                }
            }
            events.extend(decoder.finish().unwrap().map(|event| event.data));
            assert_eq!(events, ["{\"a\": 1}", "{\"b\": 2}", "{\"c\": 3}"], "cut at {cut}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept_for_ever() {
        let mut decoder = JsonLines::default();
        decoder.feed(&vec![b'x'; EVENT_LIMIT]);
        assert_eq!(decoder.next(), Ok(None));
        decoder.feed(b"x");
        assert_eq!(decoder.next(), Err(FramingError::TooLarge));
    }
}
