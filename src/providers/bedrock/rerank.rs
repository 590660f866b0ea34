//! Re-ranking: `Rerank` of Bedrock's agent runtime.

use serde_json::{Map, Value, json};

use crate::domain::{Call, WireRequest};
use crate::providers::{BuildError, Target, params};

use super::endpoint::{Access, Endpoint};
use super::model::Model;

/// Asks for the documents in order of relevance; all of them, unless `top_n` says otherwise.
pub(super) fn build(target: &Target<'_>, model: &Model<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let request = params::wire_params(target, call);
    let query = request.get("query").ok_or(BuildError::MissingParam { key: "query" })?;
    let documents = documents(&request);
    let count = request.get("top_n").cloned().unwrap_or_else(|| json!(documents.len()));
    let body = json!({
        "queries": [{"type": "TEXT", "textQuery": {"text": query}}],
        "rerankingConfiguration": {
            "type": "BEDROCK_RERANKING_MODEL",
            "bedrockRerankingConfiguration": {
                "modelConfiguration": {"modelArn": model.name},
                "numberOfResults": count,
            },
        },
        "sources": documents,
    });
    Endpoint::agent_runtime(target, model).post(target, "rerank", body, Access::Signature)
}

fn documents(request: &Map<String, Value>) -> Vec<Value> {
    let documents = request.get("documents").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let source = |document: &Value| match document {
        Value::String(text) => json!({"type": "TEXT", "textDocument": {"text": text}}),
        other => json!({"type": "JSON", "jsonDocument": other}),
    };
    documents
        .iter()
        .map(|document| json!({"type": "INLINE", "inlineDocumentSource": source(document)}))
        .collect()
}
