//! Server-sent events, as WHATWG's HTML standard defines them (section 9.2.6).

use bytes::{BufMut, Bytes, BytesMut};

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
    /// The type of the event under way.
    name: Bytes,
    data: Data,
}

/// The `data` lines of the event under way. Nearly every event has one, which is passed on without copying.
#[derive(Default)]
enum Data {
    #[default]
    None,
    One(Bytes),
    Joined(BytesMut),
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(line) => line.len(),
            Self::Joined(lines) => lines.len(),
        }
    }

    fn with(self, line: Bytes) -> Self {
        let mut lines = match self {
            Self::None => return Self::One(line),
            Self::One(first) => BytesMut::from(&first[..]),
            Self::Joined(lines) => lines,
        };
        lines.put_u8(b'\n');
        lines.put_slice(&line);
        Self::Joined(lines)
    }

    /// `None` when there was no such line; one may well be empty.
    fn take(&mut self) -> Option<Bytes> {
        match std::mem::take(self) {
            Self::None => None,
            Self::One(line) => Some(line),
            Self::Joined(lines) => Some(lines.freeze()),
        }
    }
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
            b"data" => self.data = std::mem::take(&mut self.data).with(value),
            b"event" => self.name = value,
            // Comments have an empty name; ids and times to reconnect are of no use here.
            _ => {}
        }
    }

    /// A blank line ends an event; one without data is none.
    fn dispatch(&mut self) -> Option<Event> {
        let name = std::mem::take(&mut self.name);
        self.data.take().map(|data| Event::new(data).named(name))
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
            if self.data.len() > EVENT_LIMIT {
                return Err(FramingError::TooLarge);
            }
        }
        self.scanned = self.buffer.len();
        if self.scanned + self.data.len() > EVENT_LIMIT {
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
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::super::testing::pieces;
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
    /// The standard read literally: all lines at once.
    fn by_the_book(body: &[u8]) -> Vec<Event> {
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        let text: String = body.iter().map(|&byte| char::from(byte)).collect();
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let bytes = |text: &str| text.chars().map(|char| u8::try_from(char).unwrap()).collect::<Vec<u8>>();
        let (mut events, mut name, mut data) = (Vec::new(), String::new(), Vec::new());
        // The blank line that ends the last event may be missing.
        for line in text.split('\n').chain([""]) {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "data" => data.push(value.to_owned()),
                "event" => name = value.to_owned(),
                "" if line.is_empty() => {
                    let (name, data) = (std::mem::take(&mut name), std::mem::take(&mut data));
                    if !data.is_empty() {
                        events.push(Event::new(bytes(&data.join("\n"))).named(bytes(&name)));
                    }
                }
                _ => {}
            }
        }
        events
    }

    fn body() -> impl Strategy<Value = Vec<u8>> {
        let words: [&[u8]; 16] = [
            b"data: ",
            b"data",
            b"data:",
            b"event: x",
            b"event",
            b":",
            b"id: 1",
            b" ",
            b"\n",
            b"\n",
            b"\n\n",
            b"\r",
            b"\r\n",
            BYTE_ORDER_MARK,
            b"[DONE]",
            b"\xff",
        ];
        let word =
            prop_oneof![8 => select(words.to_vec()).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..4)];
        vec(word, 0..40).prop_map(|words| words.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn any_bytes_cut_anywhere_are_read_by_the_book(body in body(), cuts in vec(any::<Index>(), 0..6)) {
            let mut decoder = Sse::default();
            let mut found = Vec::new();
            for piece in pieces(&body, &cuts) {
                decoder.feed(piece);
                while let Some(event) = decoder.next().unwrap() {
                    found.push(event);
                }
            }
            found.extend(decoder.finish().unwrap());
            prop_assert_eq!(found, by_the_book(&body));
        }
    }
}
