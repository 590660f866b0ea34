//! What clients get of streams: whole, cut at every byte, and cut short.

use serde_json::Value;

use llmhealth::providers::chat::{Answers, Progress, StreamTranslator, Streaming, TranslateError, chunk};
use llmhealth::providers::framing::{Decoder, Event, Framing};

use crate::support::golden::compare;

use super::meaning::Usage;
use super::requests::refusal_differences;
use super::responses::{answer, translate};
use super::{Case, ask, judge, meaning, recorded};

/// Into how many pieces a stream is divided, after each of which it is cut short.
const CUTS: usize = 12;

/// What came of a stream: its chunks, and how it ended.
type Replay = (Vec<Value>, Result<(), TranslateError>);

#[test]
fn recorded_streams_are_equal() {
    let found: Vec<(Case, Vec<String>)> = recorded("streams")
        .into_iter()
        .map(|case| {
            let differences = differences(&case);
            (case, differences)
        })
        .collect();
    judge("stream/", &found);
}

/// Every difference between what clients got and what they get of us.
fn differences(case: &Case) -> Vec<String> {
    let Some(upstream) = &case.upstream else {
        return match ask::request(case) {
            Err(refusal) => refusal_differences(case, &refusal),
            Ok(_) => vec!["refused, ours sent".to_owned()],
        };
    };
    if !(200..300).contains(&upstream.status) {
        return Vec::new();
    }
    let replayed = ask::with_target(case, |target, call| {
        let answers = target.provider.adapter.answers(target, call).map_err(|error| error.to_string())?;
        let mut found = Vec::new();
        let replayed = replay_all_ways(case, &answers, &mut found);
        Ok((replayed, found))
    });
    let ((chunks, ended), mut found) = match replayed {
        Ok(Ok(replayed)) => replayed,
        Ok(Err(error)) | Err(error) => return vec![error],
    };
    let must_fail = ["truncated", "error_mid"].iter().any(|reply| case.reply.starts_with(reply));
    match (&ended, must_fail || case.error.is_some()) {
        (Ok(()), true) => found.push("failed, ours complete".to_owned()),
        (Err(error), false) => found.push(format!("complete, ours failed: {error}")),
        _ => {}
    }
    if case.error.is_some() && case.chunks.is_empty() {
        return found;
    }
    let usage = if ended.is_ok() { Usage::of(case, &upstream.text()) } else { Usage::Free };
    let options = case.request.get("stream_options");
    let wants_usage = options.is_some_and(|options| options["include_usage"] == true);
    let of = |chunks: &[Value]| {
        let mut answer = meaning::of_answer(&meaning::folded(chunks), usage);
        if !wants_usage {
            // The proxy keeps it back from clients that did not ask for it.
            answer["usage"] = Value::Null;
        }
        if must_fail && answer["choices"].get(0).is_some() {
            // How a broken stream ends is told by its error.
            answer["choices"][0]["finish_reason"] = Value::Null;
        }
        answer
    };
    let (theirs, ours) = meaning::align(&of(&case.chunks), &of(&chunks));
    compare("answer", &theirs, &ours, &mut found);
    found
}

/// Replays a stream whole, byte by byte, and cut short in several places. However the bytes come, the outcome is the
/// same; and what was cut short is never complete, unless nothing but the end of the stream itself is missing.
fn replay_all_ways(case: &Case, answers: &Answers, found: &mut Vec<String>) -> Replay {
    let upstream = case.upstream.as_ref().unwrap();
    // Some answer whole whatever they were asked.
    let is_whole = upstream.content_type.starts_with("application/json");
    let Some(mut stream) = Stream::of(answers).filter(|_| !is_whole) else {
        let last = case.more_upstream.last().unwrap_or(upstream);
        return match translate(answers, &answer(last)) {
            Ok(whole) => (chunk::of_completion(whole), Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
    };
    let bytes = upstream.bytes();
    let whole = stream.replay([&bytes[..]]);
    // OpenAI's own form does not tell whether usage is still to come.
    let usage = if matches!(answers, Answers::AsTheyAre) { Usage::Free } else { Usage::Told };
    let of = |chunks: &[Value]| meaning::of_answer(&meaning::folded(chunks), usage);
    let mut same = |chunks: &[Value], how: &str| {
        if of(chunks) != of(&whole.0) {
            found.push(format!("another answer {how}"));
        }
    };
    let by_bytes = Stream::of(answers).unwrap().replay(bytes.chunks(1));
    same(&by_bytes.0, "byte by byte");
    if whole.1.is_ok() {
        for cut in (0..CUTS).map(|piece| bytes.len() * piece / CUTS) {
            let (chunks, ended) = Stream::of(answers).unwrap().replay([&bytes[..cut]]);
            if ended.is_ok() {
                same(&chunks, &format!("that is complete after {cut} of {} bytes", bytes.len()));
            }
        }
    }
    whole
}

/// One stream under way, read as the proxy does it.
struct Stream {
    decoder: Box<dyn Decoder>,
    translator: Box<dyn StreamTranslator>,
}

impl Stream {
    /// `None` for a format without streams.
    fn of(answers: &Answers) -> Option<Self> {
        let streaming = match answers {
            Answers::Translated(translator) => translator.stream()?,
            Answers::AsTheyAre => Streaming::sse(AsItIs::default()),
        };
        let Streaming { framing, translator } = streaming;
        Some(Self { decoder: Framing::decoder(framing), translator })
    }

    fn replay<'b>(&mut self, pieces: impl IntoIterator<Item = &'b [u8]>) -> Replay {
        let mut chunks = Vec::new();
        let ended = self.read(pieces, &mut chunks);
        (chunks, ended)
    }

    fn read<'b>(
        &mut self,
        pieces: impl IntoIterator<Item = &'b [u8]>,
        chunks: &mut Vec<Value>,
    ) -> Result<(), TranslateError> {
        for piece in pieces {
            self.decoder.feed(piece);
            while let Some(event) = self.decoder.next()? {
                if self.translator.event(&event, chunks)? == Progress::Done {
                    return Ok(());
                }
            }
        }
        if let Some(event) = self.decoder.finish()?
            && self.translator.event(&event, chunks)? == Progress::Done
        {
            return Ok(());
        }
        self.translator.end(chunks)
    }
}

/// A stream that is passed on: complete when it says so.
#[derive(Default)]
struct AsItIs {
    is_complete: bool,
}

impl StreamTranslator for AsItIs {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        if event.is_done() {
            return Ok(Progress::Done);
        }
        let chunk = llmhealth::providers::chat::json(event)?;
        if chunk.get("error").is_some_and(|error| !error.is_null()) {
            return Err(TranslateError::told(None, &event.data));
        }
        let finish = chunk.pointer("/choices/0/finish_reason");
        self.is_complete |= finish.is_some_and(|reason| !reason.is_null());
        chunks.push(chunk);
        Ok(Progress::More)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        if self.is_complete { Ok(()) } else { Err(TranslateError::Truncated) }
    }
}
