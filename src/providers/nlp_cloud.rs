//! NLP Cloud: continues a text, by a URL that names the model.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::message::{self, Usage};
use super::chat::{Answers, TranslateError, Translator, history};
use super::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, prompt, url as urls,
};

/// The adapter of `nlp_cloud`.
pub(super) struct NlpCloud;

/// NLP Cloud's names for OpenAI's parameters.
const NAMES: &[(&str, &str)] = &[
    ("max_tokens", "max_length"),
    ("temperature", "temperature"),
    ("top_p", "top_p"),
    ("presence_penalty", "presence_penalty"),
    ("frequency_penalty", "frequency_penalty"),
    ("n", "num_return_sequences"),
    ("stop", "stop_sequences"),
];

impl Adapter for NlpCloud {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let mut request = params::wire_params(target, call);
        let messages = prompt::messages(&request)?;
        history::refuse_all_but_text(target, messages, &mut left_out);
        let texts: Vec<String> = prompt::turns(messages).map(|(_, text)| text).collect();
        request.shift_remove("messages");
        let mut body = params::options(target, request, NAMES, &mut left_out);
        body.insert("text".to_owned(), json!(texts.join(" ")));
        params::merge_extra_body(target, &mut body);
        let path = [&urls::segment(target.model), "/generation"].concat();
        let url = urls::join(urls::base(target)?, &path)?;
        openai::finish(target, Mode::Chat, url, Body::Json(Value::Object(body)), left_out)
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

impl Translator for Generated {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Value,
            generated_text: Option<String>,
            nb_input_tokens: Option<u64>,
            nb_generated_tokens: Option<u64>,
        }
        let answer: Answer = answer::read(response)?;
        if !answer.error.is_null() {
            return Err(TranslateError::told(None, &response.body));
        }
        let text = answer.generated_text.ok_or(ShapeError::Missing("generated_text"))?;
        let usage = answer.nb_input_tokens.zip(answer.nb_generated_tokens);
        let usage = usage.map(|(prompt, completion)| Usage { prompt, completion, ..Usage::default() });
        Ok(message::of_text(&text, "stop", usage.as_ref()))
    }
}
