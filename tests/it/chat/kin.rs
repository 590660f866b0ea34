//! What hosts of OpenAI's format are sent of what only some vendors know, where no recording tells.

use serde_json::{Value, json};

use llmhealth::probe::describe;

use super::ask::{self, Refusal};

/// The body that a deployment is sent for a client's request; what can't be said otherwise.
pub(super) fn sent(deployment: &Value, request: &Value) -> Result<Value, Vec<String>> {
    let case = json!({"id": "kin", "provider": "kin", "deployment": deployment, "request": request});
    match ask::request(&serde_json::from_value(case).unwrap()) {
        Ok(request) => Ok(describe(&request, true)["body"].clone()),
        Err(Refusal::LeftOut(names)) => Err(names),
        Err(Refusal::Build(error)) => Err(vec![error.to_string()]),
        Err(Refusal::Config(error)) => Err(vec![error]),
    }
}

fn messages() -> Value {
    json!([
        {"role": "developer", "content": [
            {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}},
        ]},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hm.", "thinking_blocks": [
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        ]},
        {"role": "user", "content": "Well?"},
    ])
}

#[test]
fn a_gateway_gets_messages_as_they_are() {
    let gateway = json!({"model": "litellm_proxy/any", "api_base": "http://gw.example.com", "api_key": "k"});
    let body = sent(&gateway, &json!({"messages": messages(), "user": "u"})).unwrap();
    assert_eq!(body, json!({"model": "any", "messages": messages(), "user": "u"}));
}

#[test]
fn a_host_of_open_models_gets_no_other_vendors_marks() {
    let host = json!({"model": "together_ai/m", "api_key": "k"});
    let body = sent(&host, &json!({"messages": messages(), "user": "u"})).unwrap();
    assert_eq!(
        body,
        json!({"model": "m", "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hm."},
            {"role": "user", "content": "Well?"},
        ]})
    );
}

#[test]
fn what_a_deployment_allows_is_sent() {
    let host = |more: &Value| {
        let mut host = json!({"model": "groq/llama-3.3-70b-versatile", "api_key": "k"});
        host.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        host
    };
    let request = json!({"messages": [], "reasoning_effort": "low"});
    assert_eq!(sent(&host(&json!({})), &request), Err(vec!["reasoning_effort".to_owned()]));
    let allowing = host(&json!({"allowed_openai_params": ["reasoning_effort"]}));
    assert_eq!(sent(&allowing, &request).unwrap()["reasoning_effort"], "low");
}

#[test]
fn a_row_that_wants_whole_answers_streams_when_asked() {
    let host = json!({"model": "amazon_nova/nova-micro-v1", "api_key": "k"});
    assert_eq!(sent(&host, &json!({"messages": []})).unwrap()["stream"], false);
    assert_eq!(sent(&host, &json!({"messages": [], "stream": true})).unwrap()["stream"], true);
}

#[test]
fn an_image_for_blind_models_is_refused_or_dropped() {
    let image = json!({"messages": [{"role": "user", "content": [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "https://img.example.com/a.png"}},
    ]}]});
    let host = json!({"model": "deepseek/deepseek-chat", "api_key": "k"});
    assert_eq!(sent(&host, &image), Err(vec!["messages[0].content[1]".to_owned()]));
    let dropping = json!({"model": "deepseek/deepseek-chat", "api_key": "k", "drop_params": true});
    assert_eq!(sent(&dropping, &image).unwrap()["messages"], json!([{"role": "user", "content": "Look"}]));
}
