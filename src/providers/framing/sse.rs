//! Server-sent events, as WHATWG's HTML standard defines them (section 9.2.6).

use bytes::{Bytes, BytesMut};

use super::{Decoder, EVENT_LIMIT, Event, FramingError};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads lines that end in CR, LF or both, and puts the `data` lines of an event together.
///
/// In one thing it is kinder than the standard: an event that lacks only its blank line when the body ends is one,
/// since some servers leave it out.
#[derive(Default)]
pub struct Sse {
    buffer: BytesMut,
    /// How much of the buffer is known to have no line break in it.
    scanned: usize,
    /// A byte order mark can't come any more.
    has_begun: bool,
    /// The last line ended in CR, so that LF right after it belongs to the same line break.
    after_cr: bool,
    event: Event,
    /// The event under way has a `data` line, which may be empty.
    has_data: bool,
}

impl Sse {
    /// The next whole line, without its end.
    fn line(&mut self) -> Option<Bytes> {
        if self.after_cr && !self.buffer.is_empty() {
            self.after_cr = false;
            if self.buffer[0] == b'\n' {
                drop(self.buffer.split_to(1));
            }
        }
        let is_break = |&byte: &u8| byte == b'\n' || byte == b'\r';
        let end = self.scanned + self.buffer[self.scanned..].iter().position(is_break)?;
        self.scanned = 0;
        let line = self.buffer.split_to(end).freeze();
        self.after_cr = self.buffer.split_to(1)[..] == *b"\r";
        Some(self.begin(line))
    }

    /// The line without a byte order mark, if it is the first one.
    fn begin(&mut self, line: Bytes) -> Bytes {
        if !self.has_begun && line.starts_with(BYTE_ORDER_MARK) {
            self.has_begun = true;
            return line.slice(BYTE_ORDER_MARK.len()..);
        }
        self.has_begun = true;
        line
    }

    fn take(&mut self, line: &Bytes) {
        let end = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let mut value = line.slice((end + 1).min(line.len())..);
        if value.first() == Some(&b' ') {
            value = value.slice(1..);
        }
        match &line[..end] {
            b"data" if self.has_data => {
                self.event.data = [&self.event.data[..], &value[..]].join(&b'\n').into();
            }
            b"data" => {
                self.event.data = value;
                self.has_data = true;
            }
            b"event" => self.event = std::mem::take(&mut self.event).named(value),
            // Comments have an empty name; ids and times to reconnect are of no use here.
            _ => {}
        }
    }

    /// A blank line ends an event; one without data is none.
    fn dispatch(&mut self) -> Option<Event> {
        let event = std::mem::take(&mut self.event);
        std::mem::take(&mut self.has_data).then_some(event)
    }
}

impl Decoder for Sse {
    fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Result<Option<Event>, FramingError> {
        while let Some(line) = self.line() {
            if !line.is_empty() {
                self.take(&line);
            } else if let Some(event) = self.dispatch() {
                return Ok(Some(event));
            }
            if self.event.data.len() > EVENT_LIMIT {
                return Err(FramingError::TooLarge);
            }
        }
        self.scanned = self.buffer.len();
        if self.scanned + self.event.data.len() > EVENT_LIMIT {
            return Err(FramingError::TooLarge);
        }
        Ok(None)
    }

    fn finish(&mut self) -> Result<Option<Event>, FramingError> {
        let rest = self.buffer.split().freeze();
        self.scanned = 0;
        let rest = self.begin(rest);
        if !rest.is_empty() && rest[..] != *b"\n" {
            self.take(&rest);
        }
        Ok(self.dispatch())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut decoder = Sse::default();
        let mut found = Vec::new();
        for piece in pieces {
            decoder.feed(piece);
            while let Some(event) = decoder.next().unwrap() {
                found.push(event);
            }
        }
        found.extend(decoder.finish().unwrap());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        found.iter().map(|event| (event.name().to_owned(), text(&event.data))).collect()
    }

    fn event(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn every_line_break_works_wherever_the_body_is_cut() {
        let body = "\u{feff}: hello\nevent: a\ndata: 1\ndata:2\n\nid: 7\n\ndata\n\nevent: lost\n\ndata: é\n\nevent:b\ndata:  x\n\n";
        let due = [event("a", "1\n2"), event("", ""), event("", "é"), event("b", " x")];
        for line_break in ["\n", "\r", "\r\n"] {
            let body = body.replace('\n', line_break).into_bytes();
            for cut in 0..=body.len() {
                assert_eq!(events(&[&body[..cut], &body[cut..]]), due, "{line_break:?} cut at {cut}");
            }
            let bytes: Vec<&[u8]> = body.chunks(1).collect();
            assert_eq!(events(&bytes), due, "{line_break:?} byte by byte");
        }
    }

    #[test]
    fn an_event_may_lack_its_blank_line_at_the_end() {
        for body in ["data: [DONE]", "data: [DONE]\n", "data: [DONE]\r\n"] {
            assert_eq!(events(&[body.as_bytes()]), [event("", "[DONE]")], "{body:?}");
        }
        assert_eq!(events(&[b"", b"\n\n", b": comment"]), []);
    }

    #[test]
    fn an_event_without_end_is_not_kept_for_ever() {
        let line = [b"data: ".as_slice(), &vec![b'x'; EVENT_LIMIT / 2], b"\n"].concat();
        let mut decoder = Sse::default();
        decoder.feed(&line);
        assert_eq!(decoder.next(), Ok(None));
        decoder.feed(&line);
        assert_eq!(decoder.next(), Err(FramingError::TooLarge));
    }
}
