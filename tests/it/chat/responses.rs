//! What clients get of whole answers.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use llmhealth::domain::{Mode, WireResponse};
use llmhealth::providers::chat::{Answers, TranslateError, message};
use llmhealth::providers::{answer as answers, openai};

use crate::support::golden::compare;

use super::meaning::Usage;
use super::requests::refusal_differences;
use super::{Case, Upstream, ask, judge, meaning, recorded};

#[test]
fn recorded_responses_are_equal() {
    let found: Vec<(Case, Vec<String>)> = recorded("responses")
        .into_iter()
        .map(|case| {
            let differences = differences(&case);
            (case, differences)
        })
        .collect();
    judge("resp/", &found);
}

/// Every difference between what clients got and what they get of us.
fn differences(case: &Case) -> Vec<String> {
    let Some(upstream) = case.upstream.iter().chain(&case.more_upstream).last() else {
        return match ask::request(case) {
            Err(refusal) => refusal_differences(case, &refusal),
            Ok(_) => vec!["refused, ours sent".to_owned()],
        };
    };
    let answer = answer(upstream);
    let read = ask::with_target(case, |target, call| {
        if !answer.is_success() {
            return Err(failure_differences(&target.provider.adapter.failure(&answer).message));
        }
        match target.provider.adapter.answers(target, call) {
            Ok(answers) => Ok(translate(&answers, &answer)),
            Err(error) => Err(vec![error.to_string()]),
        }
    });
    let translated = match read {
        Ok(Ok(translated)) => translated,
        Ok(Err(differences)) => return differences,
        Err(error) => return vec![error],
    };
    match (&case.result, translated) {
        (Some(theirs), Ok(ours)) => {
            let usage = Usage::of(case, &upstream.text());
            let (theirs, ours) =
                meaning::align(&meaning::of_answer(theirs, usage), &meaning::of_answer(&ours, usage));
            let mut found = Vec::new();
            compare("answer", &theirs, &ours, &mut found);
            found
        }
        (Some(_), Err(error)) => vec![format!("answered, ours an error: {error}")],
        (None, Ok(ours)) => vec![format!("failed, ours {ours}")],
        (None, Err(_)) => Vec::new(),
    }
}

/// What a provider says of its error has to be found.
fn failure_differences(message: &str) -> Vec<String> {
    if message.is_empty() || message.starts_with('{') {
        return vec![format!("the error's words are not found: {message:?}")];
    }
    Vec::new()
}

/// A whole answer in OpenAI's form.
pub(super) fn translate(answers: &Answers, answer: &WireResponse) -> Result<Value, TranslateError> {
    match answers {
        Answers::Translated(translator) => translator.response(answer),
        Answers::AsTheyAre => {
            openai::verify(Mode::Chat, answer)?;
            let mut body = answers::read(answer)?;
            message::respell_finish(&mut body);
            Ok(Value::Object(body))
        }
    }
}

/// A recorded answer.
pub(super) fn answer(upstream: &Upstream) -> WireResponse {
    let mut headers = HeaderMap::new();
    let own = upstream.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in own.chain([("content-type", upstream.content_type.as_str())]) {
        headers
            .insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    WireResponse { status: upstream.status, headers, body: Bytes::from(upstream.bytes()) }
}
