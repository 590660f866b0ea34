//! What Claude is sent, by Anthropic and by Bedrock's Converse, where LiteLLM sends what is refused or loses a part.

use serde_json::{Value, json};

use super::kin::sent;

/// A deployment of a model that thinks within a budget.
fn anthropic() -> Value {
    json!({"model": "anthropic/claude-sonnet-4-5-20250929", "api_key": "k"})
}

/// The same model on Bedrock.
fn bedrock() -> Value {
    json!({
        "model": "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "aws_region_name": "us-east-1", "aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "k",
    })
}

fn dropping(mut deployment: Value) -> Value {
    deployment["drop_params"] = json!(true);
    deployment
}

fn asked(more: &Value) -> Value {
    let mut request = json!({"messages": [{"role": "user", "content": "Hi"}]});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

#[test]
fn who_thinks_is_not_forced() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    for (more, name) in [
        (json!({"tools": tools, "tool_choice": "required"}), "tool_choice"),
        (json!({"temperature": 0.5}), "temperature"),
        (json!({"top_p": 0.5}), "top_p"),
    ] {
        let mut request = asked(&more);
        request["reasoning_effort"] = json!("low");
        for deployment in [anthropic(), bedrock()] {
            assert_eq!(sent(&deployment, &request), Err(vec![name.to_owned()]), "{deployment}");
        }
        let body = sent(&dropping(anthropic()), &request).unwrap();
        assert_eq!(body["thinking"]["budget_tokens"], 1024);
        assert!(body.get("temperature").or(body.get("top_p")).is_none(), "{body}");
        if name == "tool_choice" {
            assert_eq!(body["tool_choice"], json!({"type": "auto"}));
        }
        let body = sent(&dropping(bedrock()), &request).unwrap();
        assert_eq!(body["additionalModelRequestFields"]["thinking"]["budget_tokens"], 1024);
        let inference = &body["inferenceConfig"];
        assert!(inference.get("temperature").or(inference.get("topP")).is_none(), "{body}");
    }
    let default = asked(&json!({"temperature": 1, "top_p": 0.97, "reasoning_effort": "low"}));
    assert_eq!(sent(&anthropic(), &default).unwrap()["top_p"], 0.97);
}

#[test]
fn a_thinking_budget_keeps_to_the_limit() {
    let request = asked(&json!({"max_tokens": 3000, "reasoning_effort": "high"}));
    let body = sent(&anthropic(), &request).unwrap();
    assert_eq!((&body["max_tokens"], &body["thinking"]["budget_tokens"]), (&json!(3000), &json!(1500)));
    let body = sent(&bedrock(), &request).unwrap();
    assert_eq!(body["inferenceConfig"]["maxTokens"], 3000);
    assert_eq!(body["additionalModelRequestFields"]["thinking"]["budget_tokens"], 1500);
}

#[test]
fn what_was_refused_is_told_and_thoughts_need_a_proof() {
    let request = json!({"messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "refusal": "No.", "thinking_blocks": [
            {"type": "thinking", "thinking": "Hm."},
            {"type": "redacted_thinking", "data": "ZW5j"},
        ]},
        {"role": "user", "content": "Why?"},
    ]});
    let said = |deployment: Value| sent(&deployment, &request).unwrap()["messages"][1]["content"].clone();
    assert_eq!(
        said(anthropic()),
        json!([{"type": "redacted_thinking", "data": "ZW5j"}, {"type": "text", "text": "No."}])
    );
    let redacted = json!({"reasoningContent": {"redactedContent": "ZW5j"}});
    assert_eq!(said(bedrock()), json!([redacted, {"text": "No."}]));
}

#[test]
fn files_are_what_they_say() {
    let file = |kind: &str, name: &str| json!({"type": "file", "file": {"file_data": format!("data:{kind};base64,SGk="), "filename": name}});
    let scan = json!({"type": "image_url", "image_url": {"url": "data:application/pdf;base64,SGk="}});
    let parts = json!([file("text/plain", "a_b.txt"), file("application/pdf", "a b.pdf"), scan]);
    let request = json!({"messages": [{"role": "user", "content": parts}]});
    let told = |deployment: Value| sent(&deployment, &request).unwrap()["messages"][0]["content"].clone();
    let pdf = json!({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "SGk="}});
    let text =
        json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hi"}});
    assert_eq!(told(anthropic()), json!([text, pdf, pdf]));
    let document = |format: &str, name: &str| json!({"document": {"format": format, "name": name, "source": {"bytes": "SGk="}}});
    assert_eq!(
        told(bedrock()),
        json!([document("txt", "a b"), document("pdf", "a b 2"), document("pdf", "document")])
    );
}

#[test]
fn what_has_no_place_is_told() {
    let image = json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]);
    let in_system = json!({"messages": [
        {"role": "system", "content": image}, {"role": "user", "content": "Hi"},
    ]});
    for deployment in [anthropic(), bedrock()] {
        let told = sent(&deployment, &in_system).unwrap_err();
        assert!(told[0].contains("not text"), "{told:?}");
    }
    let blank = asked(&json!({"stop": ["\n\n", "END"]}));
    assert_eq!(sent(&anthropic(), &blank), Err(vec!["stop".to_owned()]));
    assert_eq!(sent(&dropping(anthropic()), &blank).unwrap()["stop_sequences"], json!(["END"]));
    let searching = asked(&json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}));
    assert_eq!(sent(&bedrock(), &searching), Err(vec!["tools".to_owned()]));
}

#[test]
fn what_asks_for_nothing_is_no_fault() {
    let request = asked(&json!({
        "n": 1, "frequency_penalty": 0, "presence_penalty": 0, "logprobs": false, "logit_bias": {}, "store": false,
        "seed": null, "metadata": {"trace": "1"},
    }));
    let body = sent(&anthropic(), &request).unwrap();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["model", "messages", "max_tokens"]);
    assert!(sent(&bedrock(), &request).is_ok());
    assert_eq!(sent(&anthropic(), &asked(&json!({"n": 2}))), Err(vec!["n".to_owned()]));
}
