//! Whose model it is that Vertex AI serves, which decides over URL and format.

/// A kind of model on Vertex AI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Family<'a> {
    /// Google's own.
    Google(&'a str),
    /// A tuned Gemini model, by the id of its endpoint.
    Tuned(&'a str),
    /// Anthropic's.
    Claude(&'a str),
    /// Mistral's.
    Mistral(&'a str),
    /// AI21's.
    Ai21(&'a str),
    /// Models as a service, in OpenAI's format.
    OpenAi(&'a str),
    /// A model on an endpoint of one's own, in OpenAI's format, by the id of the endpoint.
    OwnEndpoint(&'a str),
}

/// Prefixes of models that people deploy to endpoints of their own.
const OWN: &[&str] = &["openai/", "gemma/", "bge/", "model_garden/"];

/// Models that are served in few places only, by the beginnings of their names: LiteLLM asks in the first of
/// them when a deployment says another one.
const PLACES: &[(&str, &[&str])] = &[
    ("deepseek-ai/deepseek-ocr", &["us-central1"]),
    ("deepseek-ai/deepseek-r1", &["us-central1"]),
    ("deepseek-ai/deepseek-v3.1", &["us-central1"]),
    ("deepseek-ai/deepseek-v3.2", &["global"]),
    ("google/gemma-4-", &["global"]),
    ("qwen/qwen3-235b-", &["global", "us-south1"]),
    ("qwen/qwen3-coder-", &["global"]),
    ("qwen/qwen3-next-", &["global"]),
    ("zai-org/glm-4.7", &["global"]),
    ("zai-org/glm-5", &["global"]),
];

impl<'a> Family<'a> {
    /// Reads a model's name as LiteLLM writes it, without `vertex_ai/`.
    pub(super) fn of(model: &'a str) -> Self {
        if let Some(rest) = model.strip_prefix("gemini/") {
            return if is_id(rest) { Self::Tuned(rest) } else { Self::Google(rest) };
        }
        if is_id(model) {
            return Self::Tuned(model);
        }
        if let Some(id) = OWN.iter().find_map(|prefix| model.strip_prefix(prefix)).filter(|rest| is_id(rest))
        {
            return Self::OwnEndpoint(id);
        }
        let name = model.rsplit('/').next().unwrap_or(model);
        if name.contains("claude") {
            Self::Claude(name)
        } else if name.starts_with("mistral") || name.starts_with("codestral") {
            Self::Mistral(name)
        } else if name.starts_with("jamba") {
            Self::Ai21(name)
        } else if model.contains('/') || model.ends_with("-maas") {
            Self::OpenAi(model)
        } else {
            Self::Google(model)
        }
    }
}

/// The places in which a model is served, the best first; `None` when it may be anywhere.
pub(super) fn places(model: &str) -> Option<&'static [&'static str]> {
    PLACES.iter().find(|(prefix, _)| model.starts_with(prefix)).map(|(_, places)| *places)
}

/// Endpoints are numbered.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_whose_model_it_is() {
        for (model, family) in [
            ("gemini-2.5-flash", Family::Google("gemini-2.5-flash")),
            ("gemini/123", Family::Tuned("123")),
            ("123", Family::Tuned("123")),
            ("openai/123", Family::OwnEndpoint("123")),
            ("model_garden/123", Family::OwnEndpoint("123")),
            ("openai/gpt-oss-20b-maas", Family::OpenAi("openai/gpt-oss-20b-maas")),
            ("meta/llama3-8b-instruct-maas", Family::OpenAi("meta/llama3-8b-instruct-maas")),
            ("google/gemma-4-26b-a4b-it-maas", Family::OpenAi("google/gemma-4-26b-a4b-it-maas")),
            ("xai/grok-4", Family::OpenAi("xai/grok-4")),
            ("claude-opus-4@20250514", Family::Claude("claude-opus-4@20250514")),
            ("mistralai/codestral-2@001", Family::Mistral("codestral-2@001")),
            ("mistral-large@2407", Family::Mistral("mistral-large@2407")),
            ("jamba-1.5-mini@001", Family::Ai21("jamba-1.5-mini@001")),
        ] {
            assert_eq!(Family::of(model), family, "{model}");
        }
    }

    #[test]
    fn some_models_are_in_few_places() {
        assert_eq!(places("deepseek-ai/deepseek-v3.1-maas"), Some(&["us-central1"][..]));
        assert_eq!(places("deepseek-ai/deepseek-v3.2-maas"), Some(&["global"][..]));
        let both = &["global", "us-south1"][..];
        assert_eq!(places("qwen/qwen3-235b-a22b-instruct-2507-maas"), Some(both));
        assert_eq!(places("meta/llama3-8b-instruct-maas"), None);
    }
}
