//! What refusals teach. A provider that names its least token limit, or a parameter that it does not take, is
//! asked accordingly from the next probe on, so that one setting that suits most models does not paint the
//! others red for ever. Nothing is asked twice for one verdict.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::domain::{Body, Failure, Mode};

use super::Plan;

/// What limits output, as the wire formats name it.
const TOKEN_LIMITS: [&str; 7] = [
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "maxOutputTokens",
    "maxTokens",
    "max_new_tokens",
    "num_predict",
];
/// Without these a request asks nothing; a provider that refuses one of them is asked the wrong thing.
const ESSENTIAL: [&str; 9] =
    ["model", "messages", "input", "prompt", "contents", "query", "documents", "voice", "file"];
/// A limit beyond this is no least limit but a misread sentence.
const MOST_TOKENS: i64 = 4096;

/// What one refusal teaches.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Lesson {
    /// The token limit may not be lower.
    AtLeast(i64),
    /// The limit is called `max_completion_tokens`.
    CompletionTokens,
    /// The provider does not take this parameter, or not this value of it.
    Without(String),
}

/// What is known of one deployment's provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Learned {
    least_tokens: Option<i64>,
    completion_tokens: bool,
    without: Vec<String>,
}

/// What has been learned, by deployment id. Forgotten when the process ends.
#[derive(Default)]
pub(super) struct Lessons(Mutex<HashMap<String, Learned>>);

impl Lessons {
    /// Learns from a failure, if it teaches something.
    pub(super) fn learn(&self, id: &str, failure: &Failure) {
        let Some(lesson) = lesson(failure) else { return };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let learned = all.entry(id.to_owned()).or_default();
        match lesson {
            Lesson::AtLeast(least) => learned.least_tokens = Some(least),
            Lesson::CompletionTokens => learned.completion_tokens = true,
            Lesson::Without(name) if learned.without.contains(&name) => {}
            Lesson::Without(name) => learned.without.push(name),
        }
    }

    /// Fits a plan to what has been learned of its deployment. Returns a sentence for each change.
    pub(super) fn apply(&self, id: &str, plan: &mut Plan) -> Vec<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(learned) = all.get(id) else { return Vec::new() };
        let mut notes = Vec::new();
        if let Body::Json(body) = &mut plan.request.body {
            learned.apply(body, &mut notes);
        }
        notes
    }
}

impl Learned {
    fn apply(&self, body: &mut Value, notes: &mut Vec<String>) {
        let Value::Object(fields) = body else { return };
        if self.completion_tokens
            && let Some(limit) = fields.shift_remove("max_tokens")
        {
            fields.insert("max_completion_tokens".to_owned(), limit);
            notes.push(
                "`max_tokens` is sent as `max_completion_tokens`: the provider asks for that".to_owned(),
            );
        }
        for name in &self.without {
            if fields.shift_remove(name).is_some() {
                notes.push(format!("`{name}` is left out: the provider refused it"));
            }
        }
        if let Some(least) = self.least_tokens
            && raise(body, least)
        {
            notes.push(format!("the token limit is raised to {least}: the provider takes no lower one"));
        }
    }
}

/// Raises every lower token limit in a body, however deep the format hides it.
fn raise(body: &mut Value, least: i64) -> bool {
    let Value::Object(fields) = body else { return false };
    let mut raised = false;
    for (name, value) in fields.iter_mut() {
        if TOKEN_LIMITS.contains(&name.as_str()) && value.as_i64().is_some_and(|limit| limit < least) {
            *value = least.into();
            raised = true;
        } else {
            raised |= raise(value, least);
        }
    }
    raised
}

/// What a failure teaches: only refusals of the request itself do.
fn lesson(failure: &Failure) -> Option<Lesson> {
    if !matches!(failure.status, Some(400 | 422)) {
        return None;
    }
    let message = failure.message.as_str();
    if let Some(least) = least_tokens(message) {
        return Some(Lesson::AtLeast(least));
    }
    let name = refused_parameter(message)?;
    if name == "max_tokens" && message.contains("max_completion_tokens") {
        return Some(Lesson::CompletionTokens);
    }
    (!ESSENTIAL.contains(&name)).then(|| Lesson::Without(name.to_owned()))
}

/// `Invalid 'max_output_tokens': … Expected a value >= 16, but got 1 instead.`
fn least_tokens(message: &str) -> Option<i64> {
    let lower = message.to_ascii_lowercase();
    if !lower.contains("token") {
        return None;
    }
    let phrases = [">= ", "greater than or equal to ", "at least ", "minimum of ", "minimum is "];
    let after = phrases.iter().find_map(|phrase| lower.split(phrase).nth(1))?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|least| (1..=MOST_TOKENS).contains(least))
}

/// The parameter that a provider says it does not take. Each phrase is one of a vendor's.
fn refused_parameter(message: &str) -> Option<&str> {
    let before_name = [
        "Unrecognized request argument supplied: ",
        "Unknown parameter: ",
        "Unsupported parameter: ",
        "Unsupported value: ",
        "Unknown name ",
        "unknown field ",
        "unexpected keyword argument ",
    ];
    for phrase in before_name {
        if let Some((_, rest)) = message.split_once(phrase) {
            return parameter(rest);
        }
    }
    // `tools: Extra inputs are not permitted`
    let (before, _) = message.split_once(": Extra inputs are not permitted")?;
    parameter(before.rsplit(' ').next()?)
}

/// A parameter's name at the beginning of a text, out of its quotes.
fn parameter(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(['\'', '"', '`']);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    Some(&text[..end]).filter(|name| !name.is_empty())
}

/// The mode that a deployment seems to be for, when a provider says that it is not for this one.
pub(super) fn mode_suggestion(mode: Mode, model: &str, failure: &Failure) -> Option<Mode> {
    if !matches!(failure.status, Some(400 | 404 | 405 | 422)) {
        return None;
    }
    let message = failure.message.to_ascii_lowercase();
    let says_wrong_kind = [
        "not a chat model",
        "does not support chat",
        "does not support generate",
        "not supported in the v1/chat/completions",
        "not supported in the v1/completions",
        "only supported in v1/responses",
        "not supported with the chat",
        "does not support this endpoint",
        "is not supported for chat",
        "chat_completion",
    ]
    .iter()
    .any(|phrase| message.contains(phrase));
    if !says_wrong_kind {
        return None;
    }
    let mentions = |word: &str| message.contains(word) || model.to_ascii_lowercase().contains(word);
    let suggested = if mentions("embed") {
        Mode::Embedding
    } else if mentions("rerank") {
        Mode::Rerank
    } else if mentions("v1/responses") {
        Mode::Responses
    } else if mentions("whisper") || mentions("transcri") {
        Mode::AudioTranscription
    } else if mentions("tts") || mentions("speech") {
        Mode::AudioSpeech
    } else if mentions("realtime") {
        Mode::Realtime
    } else if mode == Mode::Chat && mentions("v1/completions") {
        Mode::Completion
    } else {
        Mode::Chat
    };
    (suggested != mode).then_some(suggested)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::FailureKind;

    use super::*;

    fn failure(message: &str) -> Failure {
        Failure {
            kind: FailureKind::Status,
            status: Some(400),
            message: message.to_owned(),
            hint: None,
            request_id: None,
        }
    }

    #[test]
    fn vendors_say_it_in_many_ways() {
        let without = |name: &str| Some(Lesson::Without(name.to_owned()));
        let said = [
            (
                "HTTP 400: Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead.",
                Some(Lesson::AtLeast(16)),
            ),
            ("HTTP 400: Unrecognized request argument supplied: seed", without("seed")),
            ("HTTP 400: Unknown parameter: 'reasoning_effort'.", without("reasoning_effort")),
            ("HTTP 400: Unknown name \"topK\": Cannot find field.", without("topK")),
            ("HTTP 400: tools: Extra inputs are not permitted", without("tools")),
            (
                "HTTP 400: Unsupported value: 'temperature' does not support 0.2 with this model.",
                without("temperature"),
            ),
            (
                "HTTP 400: Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                Some(Lesson::CompletionTokens),
            ),
            ("HTTP 400: Unknown parameter: 'messages'.", None),
            ("HTTP 400: at least 2 messages are needed", None),
            ("HTTP 400: your token balance has to be at least 99999999", None),
        ];
        for (message, expected) in said {
            assert_eq!(lesson(&failure(message)), expected, "{message}");
        }
        let server_error = Failure { status: Some(500), ..failure("Unknown parameter: 'seed'") };
        assert_eq!(lesson(&server_error), None);
    }

    #[test]
    fn what_was_learned_changes_the_next_body_and_is_told() {
        let learned =
            Learned { least_tokens: Some(16), completion_tokens: true, without: vec!["seed".to_owned()] };
        let mut body =
            json!({"model": "m", "max_tokens": 1, "seed": 1, "generationConfig": {"maxOutputTokens": 5}});
        let mut notes = Vec::new();
        learned.apply(&mut body, &mut notes);
        assert_eq!(
            body,
            json!({"model": "m", "generationConfig": {"maxOutputTokens": 16}, "max_completion_tokens": 16})
        );
        assert_eq!(notes.len(), 3);
        learned.apply(&mut body, &mut notes);
        assert_eq!(notes.len(), 3, "a body that fits is left alone");
    }

    #[test]
    fn a_wrong_mode_gets_a_suggestion() {
        let wrong = failure(
            "HTTP 404: This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?",
        );
        assert_eq!(mode_suggestion(Mode::Chat, "gpt-3.5-turbo-instruct", &wrong), Some(Mode::Completion));
        let wrong = failure("HTTP 400: \"nomic-embed-text\" does not support chat");
        assert_eq!(mode_suggestion(Mode::Chat, "nomic-embed-text", &wrong), Some(Mode::Embedding));
        assert_eq!(mode_suggestion(Mode::Chat, "gpt-4o", &failure("HTTP 400: bad request")), None);
    }
}
