//! What an answer rests on, and how sure the model was of it.

use serde_json::{Value, json};

/// The sources that Google searched, as OpenAI's annotations.
pub(super) fn annotations(grounding: &Value) -> Vec<Value> {
    let list = |name: &str| grounding.get(name).and_then(Value::as_array).into_iter().flatten();
    let chunks: Vec<&Value> = list("groundingChunks").collect();
    let mut found = Vec::new();
    for support in list("groundingSupports") {
        let places = support.get("groundingChunkIndices").and_then(Value::as_array);
        for place in places.into_iter().flatten().filter_map(Value::as_u64) {
            let chunk = usize::try_from(place).ok().and_then(|place| chunks.get(place));
            let Some(web) = chunk.and_then(|chunk| chunk.get("web")) else { continue };
            let segment = support.get("segment");
            let at = |name: &str| segment.and_then(|segment| segment.get(name)).cloned();
            found.push(json!({"type": "url_citation", "url_citation": {
                // Google leaves a zero out.
                "start_index": at("startIndex").unwrap_or_else(|| json!(0)),
                "end_index": at("endIndex").unwrap_or_else(|| json!(0)),
                "title": web.get("title").cloned().unwrap_or_default(),
                "url": web.get("uri").cloned().unwrap_or_default(),
            }}));
        }
    }
    found
}

/// Probabilities of tokens.
pub(super) fn logprobs(result: &Value) -> Option<Value> {
    let token = |candidate: &Value| {
        let word = candidate.get("token").and_then(Value::as_str).unwrap_or_default();
        json!({"token": word, "bytes": word.as_bytes(), "logprob": candidate.get("logProbability")})
    };
    let mut top = result.get("topCandidates").and_then(Value::as_array).into_iter().flatten();
    let content: Vec<Value> = result
        .get("chosenCandidates")?
        .as_array()?
        .iter()
        .map(|chosen| {
            let others = top.next().and_then(|others| others.get("candidates")?.as_array());
            let mut entry = token(chosen);
            entry["top_logprobs"] = others.into_iter().flatten().map(token).collect();
            entry
        })
        .collect();
    Some(json!({"content": content}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_stand_where_they_support_the_text() {
        let grounding = json!({
            "groundingChunks": [{"web": {"uri": "https://a", "title": "A"}}, {"retrievedContext": {}}],
            "groundingSupports": [
                {"segment": {"endIndex": 5}, "groundingChunkIndices": [0, 1, 7]},
            ],
        });
        assert_eq!(
            annotations(&grounding),
            [json!({"type": "url_citation", "url_citation":
                {"start_index": 0, "end_index": 5, "title": "A", "url": "https://a"}})]
        );
        assert!(annotations(&Value::Null).is_empty());
    }

    #[test]
    fn tokens_are_told_with_their_rivals() {
        let result = json!({
            "chosenCandidates": [{"token": "Hi", "logProbability": -0.1}],
            "topCandidates": [{"candidates": [{"token": "Ho", "logProbability": -2.5}]}],
        });
        assert_eq!(
            logprobs(&result),
            Some(json!({"content": [{"token": "Hi", "bytes": [72, 105], "logprob": -0.1, "top_logprobs": [
                {"token": "Ho", "bytes": [72, 111], "logprob": -2.5},
            ]}]}))
        );
        assert_eq!(logprobs(&Value::Null), None);
    }
}
