//! A streamed answer on its way: read from the provider as the client takes it, translated, timed and watched.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::timeout;

use crate::domain::Usage;
use crate::providers::chat::{Progress, TranslateError};
use crate::providers::framing::Decoder;
use crate::transport::ResponseBody;

use super::fault::{Fault, Witness};
use super::reader::Reader;
use super::tally::Tally;

/// An answer that comes in pieces. Dropping it ends the call at the provider.
pub struct AnswerStream {
    /// What reads the provider's body; `None` when the body is over.
    live: Option<Live>,
    /// What the client has not got yet.
    out: BytesMut,
    /// How it ended, once `out` is empty.
    end: Option<Result<(), Box<Fault>>>,
    /// A failure that the client has been told of already.
    told: Option<Box<Fault>>,
    /// What has to hear of the end.
    tally: Option<Tally>,
    usage: Usage,
}

/// A body under way.
pub(super) struct Live {
    pub(super) body: ResponseBody,
    pub(super) decoder: Box<dyn Decoder>,
    pub(super) reader: Reader,
    /// A longer silence is taken for the end.
    pub(super) idle: Duration,
    pub(super) witness: Witness,
}

impl AnswerStream {
    /// Reads a body.
    pub(super) fn new(live: Live) -> Self {
        Self {
            live: Some(live),
            out: BytesMut::new(),
            end: None,
            told: None,
            tally: None,
            usage: Usage::default(),
        }
    }

    /// An answer that has come whole.
    pub(super) fn whole(events: Bytes) -> Self {
        Self {
            live: None,
            out: events.into(),
            end: Some(Ok(())),
            told: None,
            tally: None,
            usage: Usage::default(),
        }
    }

    /// Waits for the first piece, so that what fails before it can still be told by a status, or be asked of another
    /// deployment.
    pub(super) async fn begin(&mut self) -> Result<(), Box<Fault>> {
        while self.out.is_empty() {
            match self.end.take() {
                None => self.advance().await,
                Some(Ok(())) => {
                    self.end = Some(Ok(()));
                    break;
                }
                Some(Err(fault)) => return Err(fault),
            }
        }
        Ok(())
    }

    /// From now on what becomes of the stream is recorded. `usage` is what the answer took, where it has come whole.
    pub(super) fn watch(&mut self, mut tally: Tally, usage: Usage) {
        tally.begin_stream();
        self.usage.add(usage);
        self.tally = Some(tally);
        self.tell_end();
    }

    /// The next bytes for the client; `None` after the end. A fault is the last that comes.
    pub async fn next(&mut self) -> Option<Result<Bytes, Box<Fault>>> {
        loop {
            if !self.out.is_empty() {
                return Some(Ok(std::mem::take(&mut self.out).freeze()));
            }
            match self.end.take() {
                Some(Ok(())) => return None,
                Some(Err(fault)) => return Some(Err(fault)),
                None if self.live.is_none() => return None,
                None => self.advance().await,
            }
        }
    }

    /// Reads the next piece of the body.
    async fn advance(&mut self) {
        let Some(live) = &mut self.live else { return };
        match live.advance(&mut self.out).await {
            Ok(Progress::More) => {}
            Ok(Progress::Done) => {
                self.told = live.reader.take_failure().map(|error| live.witness.untranslatable(error));
                live.reader.close(&mut self.out);
                self.finish(Ok(()));
            }
            Err(fault) => self.finish(Err(fault)),
        }
    }

    fn finish(&mut self, end: Result<(), Box<Fault>>) {
        if let Some(live) = self.live.take() {
            self.usage = live.reader.usage();
        }
        self.end = Some(end);
        self.tell_end();
    }

    /// Records how it ended, as soon as that is known: a client may leave without taking the last bytes.
    fn tell_end(&mut self) {
        if let Some(end) = &self.end
            && let Some(tally) = self.tally.take()
        {
            match (end, &self.told) {
                (Ok(()), None) => tally.succeed(self.usage),
                (Err(fault), _) | (Ok(()), Some(fault)) => tally.fail(fault),
            }
        }
    }
}

impl Live {
    async fn advance(&mut self, out: &mut BytesMut) -> Result<Progress, Box<Fault>> {
        let piece = match timeout(self.idle, self.body.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(error))) => return Err(self.witness.unreachable(&error)),
            Ok(None) => return self.end(out).map_err(|error| self.witness.untranslatable(error)),
            Err(_) => return Err(self.witness.silent(self.idle)),
        };
        self.decoder.feed(&piece);
        self.events(out).map_err(|error| self.witness.untranslatable(error))
    }

    fn events(&mut self, out: &mut BytesMut) -> Result<Progress, TranslateError> {
        while let Some(mut event) = self.decoder.next()? {
            if event.is_blank() {
                continue;
            }
            event.data = self.witness.clean(event.data);
            if self.reader.event(&event, out)? == Progress::Done {
                return Ok(Progress::Done);
            }
        }
        Ok(Progress::More)
    }

    fn end(&mut self, out: &mut BytesMut) -> Result<Progress, TranslateError> {
        if let Some(mut event) = self.decoder.finish()?.filter(|event| !event.is_blank()) {
            event.data = self.witness.clean(event.data);
            match self.reader.event(&event, out) {
                Ok(Progress::Done) => return Ok(Progress::Done),
                Ok(Progress::More) => {}
                // Half an event is no event.
                Err(TranslateError::Shape(_)) => return Err(TranslateError::Truncated),
                Err(error) => return Err(error),
            }
        }
        self.reader.end(out).map(|()| Progress::Done)
    }
}
