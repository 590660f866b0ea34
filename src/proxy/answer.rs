//! From a plan to an answer in OpenAI's format: the whole one, or a stream that has begun.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde_json::Value;

use crate::domain::{Call, Mode, Usage, WireResponse};
use crate::providers::ShapeError;
use crate::providers::chat::{Answers, TranslateError, Translator, chunk};
use crate::providers::framing::Framing;
use crate::transport::OpenResponse;

use super::envelope::{Envelope, Glance};
use super::exchange::{Asked, Exchange};
use super::fault::Fault;
use super::plan::CallPlan;
use super::reader::{self, PassOn, Reader, Translate};
use super::stream::{AnswerStream, Live};
use super::{Answer, Ask, usage};

/// Carries out a plan up to the whole answer, with what it took, or to the first piece of a stream, which will tell that
/// itself. A stream that is silent for longer than `idle` is given up.
pub(super) async fn answer(
    mut exchange: Exchange<'_>,
    plan: CallPlan,
    ask: &Ask,
    idle: Duration,
) -> Result<(Answer, Usage), Box<Fault>> {
    let CallPlan { model, call, request, answers, .. } = plan;
    let response = if let Some((framing, reader)) = streaming(&answers, ask) {
        let request = exchange.aim(request).await?;
        let mut opened = exchange.open(request).await?;
        if framing == Framing::JsonLines || !is_whole(&mut opened, &exchange).await? {
            let decoder = framing.decoder();
            let live = Live { body: opened.body, decoder, reader, idle, witness: exchange.witness };
            let mut stream = AnswerStream::new(live);
            stream.begin().await?;
            return Ok((Answer::Stream(Box::new(stream)), Usage::default()));
        }
        exchange.finish(opened).await?
    } else {
        let takes_one_request = matches!(answers, Answers::AsTheyAre);
        exchange.whole(request, Asked { model: &model, call: &call, takes_one_request }).await?
    };
    match answers {
        Answers::AsTheyAre => as_it_is(&exchange, &call, ask, &response),
        Answers::Translated(translator) => {
            translated(&*translator, ask, &response).map_err(|error| exchange.witness.untranslatable(error))
        }
    }
}

/// How the body of a stream is read; `None` when the answer is to be read whole.
fn streaming(answers: &Answers, ask: &Ask) -> Option<(Framing, Reader)> {
    if !ask.stream {
        return None;
    }
    match answers {
        Answers::AsTheyAre => {
            let reader = Reader::AsTheyAre(PassOn::new(ask.mode, &ask.model));
            Some((Framing::Sse, reader))
        }
        Answers::Translated(translator) => {
            let streaming = translator.stream()?;
            let translate = Translate::new(streaming.translator, &ask.model, ask.wants_usage());
            Some((streaming.framing, Reader::Translated(translate)))
        }
    }
}

/// Whether there are no events in what was opened: some servers answer whole whatever they were asked, and some tell
/// errors as successes. The first byte says so, since no event begins as JSON or a page; the content type is wrong often.
async fn is_whole(opened: &mut OpenResponse, exchange: &Exchange<'_>) -> Result<bool, Box<Fault>> {
    let first = opened.body.first_byte().await;
    let first = first.map_err(|error| exchange.witness.unreachable(&error))?;
    Ok(matches!(first, Some(b'{' | b'[' | b'<')))
}

/// A whole answer in OpenAI's own format.
fn as_it_is(
    exchange: &Exchange<'_>,
    call: &Call,
    ask: &Ask,
    response: &WireResponse,
) -> Result<(Answer, Usage), Box<Fault>> {
    let body = &response.body;
    let glance = Glance::at(body);
    // What is wrong with an answer that does not look like one, the adapter knows best.
    if !glance.as_ref().is_some_and(Glance::is_answer) {
        let verified = exchange.provider.adapter.verify(call, response);
        verified.map_err(|error| match error {
            ShapeError::Error(_) => exchange.witness.untranslatable(TranslateError::told(None, body)),
            error => exchange.witness.misshapen(response, &error),
        })?;
    }
    let usage = glance.as_ref().and_then(Glance::usage).unwrap_or_default();
    let renamed = || glance.as_ref().map_or_else(|| body.clone(), |glance| glance.renamed(body, &ask.model));
    if !ask.stream {
        return Ok((Answer::Whole(renamed()), usage));
    }
    let events = if ask.mode == Mode::Chat {
        let answer: Value = serde_json::from_slice(body).map_err(|_| {
            exchange.witness.untranslatable(ShapeError::NotJson("something else".to_owned()).into())
        })?;
        reader::of_chunks(chunk::of_completion(answer), &ask.model, ask.wants_usage())
    } else {
        let mut out = BytesMut::new();
        reader::put_only_event(ask.mode, &renamed(), &mut out);
        out.freeze()
    };
    Ok((Answer::Stream(Box::new(AnswerStream::whole(events))), usage))
}

/// A whole answer in another format.
fn translated(
    translator: &dyn Translator,
    ask: &Ask,
    response: &WireResponse,
) -> Result<(Answer, Usage), TranslateError> {
    let answer = translator.response(response)?;
    let usage = usage::of(&answer).unwrap_or_default();
    if ask.stream {
        let events = reader::of_chunks(chunk::of_completion(answer), &ask.model, ask.wants_usage());
        return Ok((Answer::Stream(Box::new(AnswerStream::whole(events))), usage));
    }
    let answer = Envelope::new(&ask.model).wrap("chat.completion", answer);
    Ok((Answer::Whole(Bytes::from(answer.to_string())), usage))
}
