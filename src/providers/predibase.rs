//! Predibase: Hugging Face's text generation server behind the tenant's own path.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::message::{self, Usage};
use super::chat::{
    Answers, Progress, StreamTranslator, Streaming, TranslateError, Translator, chunk, history,
};
use super::framing::Event;
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, prompt, url as urls,
};

/// The adapter of `predibase`.
pub(super) struct Predibase;

/// The server's names for OpenAI's parameters.
const NAMES: &[(&str, &str)] = &[
    ("max_tokens", "max_new_tokens"),
    ("max_completion_tokens", "max_new_tokens"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("stop", "stop"),
    ("n", "best_of"),
    ("response_format", "response_format"),
];

/// The server waits for ever without a limit.
const DEFAULT_MAX_TOKENS: u32 = 4096;

/// The keys that name the tenant, and the variable.
const TENANT_PARAMS: [&str; 2] = ["predibase_tenant_id", "tenant_id"];
const TENANT_ENV: &str = "PREDIBASE_TENANT_ID";

impl Adapter for Predibase {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let mut request = params::wire_params(target, call);
        let messages = prompt::messages(&request)?;
        history::refuse_all_but_text(target, messages, &mut left_out);
        let inputs = prompt::for_name(target.model, messages);
        for key in TENANT_PARAMS.into_iter().chain(["messages"]) {
            request.shift_remove(key);
        }
        let mut parameters = params::options(target, request, NAMES, &mut left_out);
        parameters.entry("max_new_tokens").or_insert_with(|| json!(DEFAULT_MAX_TOKENS));
        // The server wants both above zero.
        for (name, least) in [("temperature", json!(0.01)), ("max_new_tokens", json!(1))] {
            if let Some(value) = parameters.get_mut(name)
                && value.as_f64() == Some(0.0)
            {
                *value = least;
            }
        }
        if parameters.contains_key("best_of") {
            parameters.insert("do_sample".to_owned(), json!(true));
        }
        if let Some(stop) = parameters.get_mut("stop") {
            *stop = params::list(stop.take());
        }
        parameters.entry("details").or_insert_with(|| json!(true));
        parameters.entry("return_full_text").or_insert_with(|| json!(false));
        params::merge_extra_body(target, &mut parameters);
        let body = json!({"inputs": inputs, "parameters": parameters});
        let path = [
            &*urls::segment(tenant(target)?),
            "/deployments/v2/llms/",
            &urls::segment(target.model),
            if call.stream { "/generate_stream" } else { "/generate" },
        ]
        .concat();
        let url = urls::join(urls::base(target)?, &path)?;
        openai::finish(target, Mode::Chat, url, Body::Json(body), left_out)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            generated_text: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        match answer.generated_text {
            Kind::Text(_) => Ok(()),
            _ => Err(ShapeError::Missing("generated_text")),
        }
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(Generated)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Reads generated texts.
struct Generated;

/// An answer, or an event of a stream.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Generation {
    /// Of a stream, what is new.
    token: Option<Token>,
    /// The whole text; in a stream it stands in the last event.
    generated_text: Option<String>,
    details: Option<Details>,
    error: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Token {
    text: String,
    /// A mark that is not part of the text.
    special: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    finish_reason: Option<String>,
    generated_tokens: u64,
    prompt_tokens: Option<u64>,
    /// The tokens of the prompt, where their count is not told.
    prefill: Vec<IgnoredAny>,
    /// The other texts, when several are asked for.
    best_of_sequences: Vec<Generation>,
}

impl Generation {
    fn finish(&self) -> Result<&'static str, TranslateError> {
        let word = self.details.as_ref().and_then(|details| details.finish_reason.as_deref());
        let Some(word) = word else { return Ok("stop") };
        message::finish_reason(word).ok_or_else(|| TranslateError::ended(word, None))
    }

    fn usage(&self) -> Option<Usage> {
        let details = self.details.as_ref()?;
        let prompt = details.prompt_tokens.or_else(|| u64::try_from(details.prefill.len()).ok());
        Some(Usage { prompt: prompt?, completion: details.generated_tokens, ..Usage::default() })
    }
}

impl Translator for Generated {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let answer: Generation = answer::read(response)?;
        if !answer.error.is_null() {
            return Err(TranslateError::told(None, &response.body));
        }
        let text = answer.generated_text.as_deref().ok_or(ShapeError::Missing("generated_text"))?;
        let mut completion = message::of_text(text, answer.finish()?, answer.usage().as_ref());
        let others = answer.details.iter().flat_map(|details| &details.best_of_sequences);
        if let Some(Value::Array(choices)) = completion.get_mut("choices") {
            for other in others {
                let message = json!({"role": "assistant", "content": other.generated_text});
                choices.push(
                    json!({"index": choices.len(), "message": message, "finish_reason": other.finish()?}),
                );
            }
        }
        Ok(completion)
    }

    fn stream(&self) -> Option<Streaming> {
        Some(Streaming::sse(Stream::default()))
    }
}

/// A stream under way.
#[derive(Default)]
struct Stream {
    has_begun: bool,
}

impl StreamTranslator for Stream {
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError> {
        let piece: Generation = serde_json::from_slice(&event.data)
            .map_err(|_| ShapeError::NotJson("an event of another kind".to_owned()))?;
        if !piece.error.is_null() {
            return Err(TranslateError::told(None, &event.data));
        }
        if !self.has_begun {
            self.has_begun = true;
            chunks.push(chunk::role());
        }
        if let Some(token) = piece.token.as_ref().filter(|token| !token.special) {
            chunks.push(chunk::text(&token.text));
        }
        if piece.generated_text.is_none() {
            return Ok(Progress::More);
        }
        chunks.push(chunk::finish(piece.finish()?));
        chunks.extend(piece.usage().as_ref().map(chunk::usage));
        Ok(Progress::Done)
    }

    fn end(&mut self, _chunks: &mut Vec<Value>) -> Result<(), TranslateError> {
        Err(TranslateError::Truncated)
    }
}

fn tenant<'a>(target: &Target<'a>) -> Result<&'a str, BuildError> {
    let [own, general] = TENANT_PARAMS;
    let params = &target.deployment.params;
    params
        .str(own)
        .or_else(|| params.str(general))
        .or_else(|| target.env.get(TENANT_ENV))
        .ok_or(BuildError::MissingParam { key: own })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    #[test]
    fn texts_are_answers_with_their_counts() {
        let body = r#"{"generated_text": "Hi", "details": {"finish_reason": "length", "generated_tokens": 2,
            "prompt_tokens": 5, "best_of_sequences": [{"generated_text": "Ho"}]}}"#;
        let response = WireResponse { status: 200, headers: HeaderMap::new(), body: Bytes::from(body) };
        let answer = Generated.response(&response).unwrap();
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
        assert_eq!(answer["choices"][1]["message"]["content"], "Ho");
        assert_eq!(answer["usage"]["total_tokens"], 7);
    }

    #[test]
    fn streams_end_with_the_whole_text() {
        let mut stream = Stream::default();
        let mut chunks = Vec::new();
        let mut event = |data: &'static str| stream.event(&Event::new(data), &mut chunks);
        assert_eq!(event(r#"{"token": {"text": "Hi"}, "generated_text": null}"#), Ok(Progress::More));
        let last = r#"{"token": {"text": "</s>", "special": true}, "generated_text": "Hi",
            "details": {"finish_reason": "eos_token", "generated_tokens": 1, "prompt_tokens": 3}}"#;
        assert_eq!(event(last), Ok(Progress::Done));
        assert!(event(r#"{"error": "overloaded"}"#).is_err());
        assert_eq!(
            chunks[1..],
            [
                chunk::text("Hi"),
                chunk::finish("stop"),
                chunk::usage(&Usage { prompt: 3, completion: 1, ..Usage::default() })
            ]
        );
    }
}
