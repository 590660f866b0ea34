//! Formats of which there are no recordings: what their documentation shows.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use llmhealth::domain::WireResponse;
use llmhealth::providers::chat::TranslateError;

use super::ask::Refusal;
use super::responses::translate;
use super::{Case, ask};

/// The formats that know nothing but text.
const TEXT_ONLY: [&str; 6] = ["a2a", "langflow", "langgraph", "nlp_cloud", "predibase", "triton"];

/// A question to a deployment of each.
fn case(provider: &str, request: &Value) -> Case {
    let base = if provider == "triton" { "http://h/v2/models/m/generate" } else { "http://h" };
    let mut deployment = json!({"model": format!("{provider}/m"), "api_base": base, "api_key": "k"});
    if provider == "predibase" {
        deployment["predibase_tenant_id"] = json!("t");
    }
    let case = json!({"id": provider, "provider": provider, "deployment": deployment, "request": request});
    serde_json::from_value(case).unwrap()
}

fn answered(provider: &str, body: &Value) -> Result<Value, TranslateError> {
    let case = case(provider, &json!({"messages": [{"role": "user", "content": "Hi"}]}));
    let response =
        WireResponse { status: 200, headers: HeaderMap::new(), body: Bytes::from(body.to_string()) };
    let read = ask::with_target(&case, |target, call| {
        let answers = target.provider.adapter.answers(target, call).unwrap();
        translate(&answers, &response)
    });
    read.unwrap()
}

#[test]
fn answers_are_read() {
    let message = |parts: Value| json!({"jsonrpc": "2.0", "result": {"kind": "message", "parts": parts}});
    let task = |state: &str| {
        json!({"result": {
            "kind": "task",
            "status": {"state": state, "message": {"parts": [{"kind": "text", "text": "Which city?"}]}},
        }})
    };
    let artifact = json!({"result": {
        "status": {"state": "completed"},
        "artifacts": [{"parts": [{"kind": "text", "text": "It is"}, {"kind": "text", "text": " sunny."}]}],
    }});
    let flow = json!({"outputs": [{"outputs": [{"results": {"message": {"text": "Flown."}}}]}]});
    let state = json!({"messages": [
        {"type": "ai", "content": "Old."},
        {"type": "human", "content": "Hi"},
        {"type": "ai", "content": [{"type": "text", "text": "New."}],
         "usage_metadata": {"input_tokens": 4, "output_tokens": 2}},
        {"type": "tool", "content": "{}"},
    ]});
    for (provider, body, text, tokens) in [
        ("a2a", message(json!([{"kind": "text", "text": "Hello"}])), "Hello", None),
        ("a2a", task("input-required"), "Which city?", None),
        ("a2a", artifact, "It is sunny.", None),
        ("bytez", json!({"error": null, "output": "Hello"}), "Hello", None),
        (
            "bytez",
            json!({"output": {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}}),
            "Hello",
            None,
        ),
        ("langflow", flow, "Flown.", None),
        ("langgraph", state, "New.", Some(6)),
        (
            "nlp_cloud",
            json!({"generated_text": "Hello", "nb_input_tokens": 5, "nb_generated_tokens": 3}),
            "Hello",
            Some(8),
        ),
        ("predibase", json!({"generated_text": "Hello"}), "Hello", None),
        ("triton", json!({"model_name": "m", "text_output": "Hello"}), "Hello", None),
        ("triton", json!({"outputs": [{"name": "text_output", "data": ["Hel", "lo"]}]}), "Hello", None),
    ] {
        let answer = answered(provider, &body).unwrap_or_else(|error| panic!("{provider}: {error}"));
        let choice = &answer["choices"][0];
        assert_eq!(choice["message"], json!({"role": "assistant", "content": text}), "{provider}");
        assert_eq!(choice["finish_reason"], "stop", "{provider}");
        assert_eq!(answer["usage"]["total_tokens"].as_u64(), tokens, "{provider}");
    }
    assert!(answered("a2a", &task("failed")).unwrap_err().to_string().contains("Which city?"));
}

#[test]
fn what_is_no_answer_is_an_error() {
    for provider in TEXT_ONLY.into_iter().chain(["bytez"]) {
        for body in [json!({}), json!([]), json!({"error": {"message": "no such model"}})] {
            assert!(answered(provider, &body).is_err(), "{provider} {body}");
        }
    }
}

#[test]
fn what_a_text_can_not_hold_is_refused_by_its_place() {
    let seen = json!({"messages": [{"role": "user", "content": [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ]}]});
    let with_tools = json!({
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"type": "function", "function": {"name": "f"}}],
    });
    for provider in TEXT_ONLY {
        for (request, place) in [(&seen, "messages[0].content[1]"), (&with_tools, "tools")] {
            let Err(Refusal::LeftOut(places)) = ask::request(&case(provider, request)) else {
                panic!("{provider}: {place} is not what is refused");
            };
            assert_eq!(places, [place], "{provider}");
        }
    }
}
