//! What the settings of a deployment make of a client's call.

use serde_json::{Value, json};

use crate::support::daemon::{Daemon, KEY};
use crate::support::scripted::{Piece, Reply, ScriptedTransport};

use super::{call, good, sent, streamed};

/// A daemon with one deployment of this model, with these further parameters, that answers so.
fn daemon(model: &str, params: &Value, info: &Value, reply: Reply) -> Daemon {
    let mut entry = json!({
        "model_name": "m",
        "litellm_params": {"model": model, "api_base": "http://one.openai.azure.com/v1", "api_key": "sk-test-0123456789"},
        "model_info": {"id": "a"},
    });
    for (key, more) in [("litellm_params", params), ("model_info", info)] {
        entry[key].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    let yaml = format!("model_list: {}\ngeneral_settings: {{master_key: {KEY}}}", json!([entry]));
    Daemon::new(&yaml, ScriptedTransport::always(reply))
}

/// What a deployment is sent of what a client asks beside a greeting.
async fn asked(model: &str, params: Value, request: Value) -> Value {
    let daemon = daemon(model, &params, &json!({}), good());
    let mut body = json!({"model": "a", "messages": [{"role": "user", "content": "hi"}]});
    body.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
    let answer = call(&daemon, &body).await;
    assert_eq!(answer.status, 200, "{:?}", answer.told());
    sent(&daemon.fleet.transport)
}

#[tokio::test]
async fn a_deployments_parameters_are_defaults() {
    let sent = asked(
        "openai/gpt-4o",
        json!({"temperature": 0.1, "max_tokens": 7, "extra_body": {"top_k": 3}}),
        json!({"temperature": 0.9}),
    )
    .await;
    assert_eq!(
        (&sent["temperature"], &sent["max_tokens"], &sent["top_k"]),
        (&json!(0.9), &json!(7), &json!(3))
    );
}

#[tokio::test]
async fn unwanted_parameters_are_dropped_whoever_asks_for_them() {
    let strict = json!([{"type": "function", "function": {"name": "f", "strict": true, "parameters": {}}}]);
    let sent = asked(
        "groq/llama-3.3-70b-versatile",
        json!({"top_p": 0.5, "additional_drop_params": ["temperature", "top_p", "reasoning_effort",
               "messages", "tools[*].function.strict"]}),
        json!({"temperature": 0.9, "reasoning_effort": "low", "seed": 1, "tools": strict}),
    )
    .await;
    assert_eq!(
        sent,
        json!({
            "model": "llama-3.3-70b-versatile",
            "messages": [{"role": "user", "content": "hi"}],
            "seed": 1,
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
        })
    );
}

#[tokio::test]
async fn a_client_may_ask_that_parameters_be_dropped() {
    let sent = asked(
        "groq/llama-3.3-70b-versatile",
        json!({}),
        json!({"reasoning_effort": "low", "thinking": {"type": "enabled"}, "drop_params": true}),
    )
    .await;
    assert_eq!(
        sent,
        json!({"model": "llama-3.3-70b-versatile", "messages": [{"role": "user", "content": "hi"}]})
    );
}

#[tokio::test]
async fn a_model_without_system_messages_is_told_by_the_user() {
    let messages = json!([{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "hi"}]);
    for model in ["openai/gpt-4o", "anthropic/claude-haiku-4-5"] {
        let params = json!({"supports_system_message": false});
        let daemon = daemon(model, &params, &json!({}), good());
        call(&daemon, &json!({"model": "a", "messages": messages})).await;
        let sent = sent(&daemon.fleet.transport);
        assert_eq!(sent.get("system"), None, "{model}");
        assert_eq!(sent["messages"].as_array().unwrap().len(), 1, "{model}");
        assert!(sent["messages"].to_string().contains("Be brief. hi"), "{model}");
    }
}

#[tokio::test]
async fn the_model_behind_an_azure_deployment_may_stand_in_its_info() {
    for (info, limit) in
        [(json!({}), "max_tokens"), (json!({"base_model": "azure/gpt-5"}), "max_completion_tokens")]
    {
        let daemon = daemon("azure/mine", &json!({"api_version": "2024-10-21"}), &info, good());
        let body = json!({"model": "a", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 9});
        assert_eq!(call(&daemon, &body).await.status, 200);
        assert_eq!(sent(&daemon.fleet.transport)[limit], 9, "{info}");
    }
}

#[tokio::test]
async fn models_that_have_the_responses_api_alone_chat_by_it() {
    let response = json!({"id": "r", "object": "response", "status": "completed", "output": [
        {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]},
    ]});
    let tools = json!([{"type": "function", "function": {"name": "f", "parameters": {}}}]);
    for (model, extra) in [
        ("openai/gpt-5-pro", json!({})),
        ("openai/gpt-5.4", json!({"tools": tools, "reasoning_effort": "low"})),
        ("azure/gpt-5.4", json!({"tools": tools})),
    ] {
        let daemon = daemon(model, &json!({}), &json!({}), Reply::json(200, &response));
        let mut body = json!({"model": "a", "messages": [{"role": "user", "content": "hi"}]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let answer = call(&daemon, &body).await;
        assert_eq!(answer.status, 200, "{model}: {:?}", answer.told());
        assert_eq!(answer.json()["choices"][0]["message"]["content"], "Hello", "{model}");
        let path = daemon.fleet.transport.requests().last().unwrap().url.path().to_owned();
        assert!(path.ends_with("/responses"), "{model}: {path}");
    }
}

#[tokio::test]
async fn thoughts_are_merged_into_the_text_where_that_is_wanted() {
    let piece = |delta: Value, finish: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        format!("data: {}\n\n", json!({"id": "c", "choices": [choice]}))
    };
    let upstream = [
        piece(json!({"role": "assistant", "reasoning_content": "Let me"}), Value::Null),
        piece(json!({"reasoning_content": " think."}), Value::Null),
        piece(json!({"content": "Hi"}), Value::Null),
        piece(json!({}), json!("stop")),
        "data: [DONE]\n\n".to_owned(),
    ]
    .concat();
    let params = json!({"merge_reasoning_content_in_choices": true});
    for model in ["openai/gpt-4o", "deepseek/deepseek-reasoner"] {
        let daemon = daemon(model, &params, &json!({}), Reply::events([Piece::text(&upstream)]));
        let answer = call(&daemon, &streamed("a")).await;
        let events = std::str::from_utf8(&answer.body).unwrap();
        let text: String = events
            .split_terminator("\n\n")
            .filter_map(|event| serde_json::from_str::<Value>(event.strip_prefix("data: ")?).ok())
            .filter_map(|chunk| Some(chunk.pointer("/choices/0/delta/content")?.as_str()?.to_owned()))
            .collect();
        assert_eq!(text, "<think>Let me think.</think>Hi", "{model}");
        assert!(!events.contains("reasoning_content") && events.ends_with("data: [DONE]\n\n"), "{model}");
    }
}
