//! Token counts.

use serde::Deserialize;

use crate::providers::chat::message::Usage;

#[derive(Default, Clone, Copy, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "Google's names")]
pub(super) struct UsageMetadata {
    prompt_token_count: u64,
    candidates_token_count: u64,
    thoughts_token_count: Option<u64>,
    cached_content_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
    total_token_count: Option<u64>,
}

impl UsageMetadata {
    /// In OpenAI's terms, where thoughts are part of the answer.
    pub(super) fn read(&self) -> Usage {
        let prompt = self.prompt_token_count + self.tool_use_prompt_token_count.unwrap_or(0);
        let thoughts = self.thoughts_token_count.unwrap_or(0);
        // Some models count their thoughts among the candidates' tokens. The total tells.
        let has_thoughts = self.total_token_count == Some(prompt + self.candidates_token_count);
        Usage {
            prompt,
            completion: self.candidates_token_count + if has_thoughts { 0 } else { thoughts },
            total: self.total_token_count,
            cached: self.cached_content_token_count,
            reasoning: self.thoughts_token_count,
            ..Usage::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_are_counted_once() {
        let counts = |total| UsageMetadata {
            prompt_token_count: 10,
            candidates_token_count: 7,
            thoughts_token_count: Some(5),
            total_token_count: total,
            ..UsageMetadata::default()
        };
        assert_eq!(counts(Some(22)).read().completion, 12);
        assert_eq!(counts(Some(17)).read().completion, 7);
        assert_eq!(counts(None).read().completion, 12);
    }
}
