//! Answers of `InvokeModel` in OpenAI's form, whole and streamed.
//!
//! A stream is a frame for each piece of what the model's vendor would send, in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::{Call, Mode, WireResponse};
use crate::providers::anthropic::Claude;
use crate::providers::chat::message::{Usage, finish_reason, of_text};
use crate::providers::chat::{
    Answers, Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk, read,
};
use crate::providers::framing::{Event, Framing};
use crate::providers::openai::Accent;
use crate::providers::{BuildError, ShapeError, Target, answer, aws};

use super::super::converse::Converse;
use super::super::model::Family;
use super::super::shape;

/// Where vendors put the text.
const TEXTS: [&str; 9] = [
    "/generation",
    "/outputs/0/text",
    "/results/0/outputText",
    "/outputText",
    "/generations/0/text",
    "/completions/0/data/text",
    "/choices/0/text",
    "/text",
    "/message",
];

/// Where vendors put the reason why the answer ended.
const REASONS: [&str; 9] = [
    "/stop_reason",
    "/outputs/0/stop_reason",
    "/results/0/completionReason",
    "/completionReason",
    "/generations/0/finish_reason",
    "/completions/0/finishReason/reason",
    "/choices/0/stop_reason",
    "/finish_reason",
    "/finishReason",
];

/// Where vendors, and Bedrock itself, count the tokens of the request.
const INPUTS: [&str; 3] =
    ["/amazon-bedrock-invocationMetrics/inputTokenCount", "/prompt_token_count", "/inputTextTokenCount"];

/// Likewise of the answer.
const OUTPUTS: [&str; 4] = [
    "/amazon-bedrock-invocationMetrics/outputTokenCount",
    "/generation_token_count",
    "/results/0/tokenCount",
    "/totalOutputTextTokenCount",
];

/// Bedrock counts in headers too.
const COUNTS: [&str; 2] = ["x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count"];

/// How the answers of a family are read.
pub(in crate::providers::bedrock) fn answers(
    target: &Target<'_>,
    family: Family,
    call: &Call,
) -> Result<Answers, BuildError> {
    match family {
        Family::Claude => Ok(Answers::by(InChunks { inner: Claude::of(call), is_named: false })),
        Family::Nova => Ok(Answers::by(InChunks { inner: Converse::of(target.model, call), is_named: true })),
        Family::OpenAi => Ok(Answers::by(InChunks { inner: Accent::default(), is_named: false })),
        Family::Ai21
        | Family::Cohere
        | Family::DeepseekR1
        | Family::Llama
        | Family::Mistral
        | Family::Pegasus
        | Family::Qwen
        | Family::Titan => match call.mode {
            Mode::Chat => Ok(Answers::by(InChunks { inner: Completion, is_named: false })),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        },
    }
}

/// Reads a format whose streams come in frames.
struct InChunks<T> {
    inner: T,
    /// Whether a piece is an object with the name of the event.
    is_named: bool,
}

impl<T: Translator> Translator for InChunks<T> {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        self.inner.response(response)
    }

    fn stream(&self) -> Option<Streaming> {
        let inner = self.inner.stream()?.translator;
        let translator = Box::new(Chunks { inner, is_named: self.is_named });
        Some(Streaming { framing: Framing::AwsEvents, translator })
    }
}

/// One stream in frames.
struct Chunks {
    inner: Box<dyn StreamTranslator>,
    is_named: bool,
}

impl StreamTranslator for Chunks {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        #[derive(Deserialize)]
        struct Chunk {
            bytes: String,
        }
        if event.is_exception {
            return Err(aws::told(event));
        }
        if event.name() != "chunk" {
            return Ok(Progress::More);
        }
        let chunk: Chunk = read(event)?;
        let bytes = STANDARD.decode(chunk.bytes).map_err(|_| ShapeError::Missing("bytes"))?;
        let piece = Event::new(bytes);
        if !self.is_named {
            return self.inner.event(&piece, chunks);
        }
        let told: Map<String, Value> = read(&piece)?;
        for (name, value) in told {
            let event = Event::new(value.to_string()).named(name);
            if self.inner.event(&event, chunks)? == Progress::Done {
                return Ok(Progress::Done);
            }
        }
        Ok(Progress::More)
    }

    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        self.inner.end(chunks)
    }
}

/// Reads the answers of models that continue a prompt.
struct Completion;

impl Translator for Completion {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        shape::verify(Mode::Chat, response)?;
        let body: Value = answer::read(response)?;
        let text = first(&body, &TEXTS).and_then(Value::as_str).ok_or(ShapeError::Missing("text"))?;
        let reason = reason_in(&body).ok_or(ShapeError::Missing("stop_reason"))?;
        let [input, output] = COUNTS.map(|name| response.header(name)?.parse().ok());
        let mut usage = usage_in(&body);
        usage.prompt = input.unwrap_or(usage.prompt);
        usage.completion = output.unwrap_or(usage.completion);
        Ok(of_text(text, reason, Some(&usage)))
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(Pieces::default()))
    }
}

/// One stream of such a model.
#[derive(Default)]
struct Pieces {
    has_begun: bool,
    has_finished: bool,
    usage: Usage,
}

impl StreamTranslator for Pieces {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let body: Value = read(event)?;
        if !self.has_begun {
            chunks.push(chunk::role());
            self.has_begun = true;
        }
        if let Some(text) = first(&body, &TEXTS).and_then(Value::as_str).filter(|text| !text.is_empty()) {
            chunks.push(chunk::text(text));
        }
        let told = usage_in(&body);
        self.usage.prompt = self.usage.prompt.max(told.prompt);
        self.usage.completion = self.usage.completion.max(told.completion);
        if let Some(reason) = reason_in(&body) {
            chunks.push(chunk::finish(reason));
            self.has_finished = true;
        }
        if self.has_finished && first(&body, &INPUTS[..1]).is_some() {
            chunks.push(chunk::usage(&self.usage));
            return Ok(Progress::Done);
        }
        Ok(Progress::More)
    }

    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        if !self.has_finished {
            return Err(TranslateError::Truncated);
        }
        chunks.push(chunk::usage(&self.usage));
        Ok(())
    }
}

/// What is found first that is not null.
fn first<'b>(body: &'b Value, pointers: &[&str]) -> Option<&'b Value> {
    pointers.iter().filter_map(|pointer| body.pointer(pointer)).find(|value| !value.is_null())
}

/// OpenAI's word for why the answer ended; one that is not known is passed on, since it does not tell success.
fn reason_in(body: &Value) -> Option<&str> {
    let reason = first(body, &REASONS)?.as_str()?;
    Some(match reason {
        "endoftext" | "STOP_CRITERIA_MET" => "stop",
        other => finish_reason(other).unwrap_or(other),
    })
}

fn usage_in(body: &Value) -> Usage {
    let count = |pointers: &[&str]| first(body, pointers).and_then(Value::as_u64).unwrap_or(0);
    Usage { prompt: count(&INPUTS), completion: count(&OUTPUTS), ..Usage::default() }
}
