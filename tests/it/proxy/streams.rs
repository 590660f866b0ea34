//! Streamed answers: passed on as they come, ended in order or with an error.

use std::time::Duration;

use http_body_util::BodyExt;
use llmhealth::state::Condition;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::daemon::{Answer, Daemon};
use crate::support::scripted::{Piece, Reply, ScriptedTransport};

use super::{call, chat, daemon, good, post, sent, streamed};

/// A chunk as OpenAI's API sends it.
fn chunk(text: &str) -> String {
    format!(
        "data: {{\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n"
    )
}

const FINISH: &str = "data: {\"id\":\"c-1\",\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

/// The events of an answer: parsed, but for `[DONE]`.
fn events(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let text = std::str::from_utf8(&answer.body).unwrap();
    let events = text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap());
    events.map(|data| serde_json::from_str(data).unwrap_or_else(|_| json!(data))).collect()
}

fn text(events: &[Value]) -> String {
    events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect()
}

/// The text and the end of a stream that an upstream sends in these pieces.
async fn ending(pieces: Vec<Piece>) -> (String, Value) {
    let answer = call(&daemon(Reply::events(pieces)), &streamed("a")).await;
    assert_eq!(answer.status, 200, "{:?}", answer.told());
    let events = events(&answer);
    (text(&events), events.last().unwrap().clone())
}

#[tokio::test]
async fn a_stream_is_passed_on_with_the_models_name_changed() {
    let upstream = [chunk("Hel"), chunk("lo"), FINISH.to_owned(), DONE.to_owned()].concat();
    let daemon = daemon(Reply::events([Piece::text(&upstream)]));
    let mut body = streamed("a");
    body["stream_options"] = json!({"include_usage": true});
    let answer = call(&daemon, &body).await;
    let due = upstream.replace("gpt-4o-mini", "a");
    assert_eq!(std::str::from_utf8(&answer.body).unwrap(), due);
    assert_eq!(answer.header("x-litellm-model-id"), Some("a"));
    let sent = sent(&daemon.fleet.transport);
    assert_eq!((&sent["stream"], &sent["stream_options"]["include_usage"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn a_stream_means_the_same_wherever_it_is_cut() {
    let upstream = [chunk("Hé"), chunk("llo"), FINISH.to_owned(), DONE.to_owned()].concat().into_bytes();
    let daemon = daemon(good());
    for cut in 1..upstream.len() {
        let pieces = [&upstream[..cut], &upstream[cut..]].map(|piece| Piece::Bytes(piece.to_vec().into()));
        daemon.fleet.transport.on("", Reply::events(pieces));
        let events = events(&call(&daemon, &streamed("a")).await);
        assert_eq!(
            (text(&events).as_str(), events.last().unwrap()),
            ("Héllo", &json!("[DONE]")),
            "cut at {cut}"
        );
    }
}

#[tokio::test]
async fn events_are_read_however_they_are_written() {
    let plain = [chunk("Hel"), chunk("lo"), FINISH.to_owned(), DONE.to_owned()].concat();
    let ways = [
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\r"),
        plain.replace("data: ", "data:"),
        plain.replace("data: ", ": a comment\nid: 7\nretry: 10\nevent: message\ndata: "),
        format!("\u{feff}{plain}"),
        format!("\n\n\n{plain}"),
        plain.replace("data: ", "data:\n\ndata: \n\ndata: "),
        plain.trim_end().to_owned(),
        plain.replace("\"choices\"", "\ndata: \"choices\""),
        plain.replace(DONE, ""),
        plain.replace(DONE, "").trim_end().to_owned(),
        plain.replace("[DONE]", " [DONE] "),
    ];
    for way in ways {
        let daemon = daemon(Reply::events([Piece::text(&way)]));
        let answer = call(&daemon, &streamed("a")).await;
        let told = answer.told().1.replace("\ndata: \"choices\"", "\"choices\"");
        assert_eq!(told, plain.replace("gpt-4o-mini", "a"), "{way:?}");
    }
}

#[tokio::test]
async fn what_is_no_stream_is_told_as_what_it_is() {
    let error = json!({"error": {"message": "overloaded", "code": "busy"}}).to_string();
    let html = "<html><title>Hello</title></html>";
    for (body, word) in
        [(&*error, "overloaded"), (&format!("\n {error}"), "overloaded"), (html, "titled `Hello`")]
    {
        for kind in [None, Some("text/plain"), Some("application/json"), Some("text/event-stream")] {
            let reply = Reply::text(200, body);
            let reply = match kind {
                Some(kind) => reply.header("content-type", kind),
                None => reply,
            };
            let answer = call(&daemon(reply), &streamed("a")).await;
            assert_eq!(answer.status, 502, "{kind:?}");
            let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(word), "{kind:?}: {message}");
        }
    }
    let events = Reply::events([Piece::text(&[&chunk("x"), FINISH, DONE].concat())]);
    let answer = call(&daemon(events), &chat("a")).await;
    assert_eq!(answer.status, 502);
    assert!(answer.told().1.contains("`text/event-stream`"), "{:?}", answer.told());
}

#[tokio::test]
async fn a_models_name_is_changed_however_it_is_written() {
    let upstream =
        [chunk("x").replace("gpt-4o-mini", "org\\/gpt"), FINISH.to_owned(), DONE.to_owned()].concat();
    let events = events(&call(&daemon(Reply::events([Piece::text(&upstream)])), &streamed("a")).await);
    assert_eq!((&events[0]["model"], text(&events).as_str()), (&json!("a"), "x"));
}

#[tokio::test]
async fn an_error_told_in_a_success_counts_as_its_status_would() {
    let error = |code: u16| json!({"error": {"message": "no", "code": code}}).to_string();
    let whole = |code| Reply::text(200, &error(code));
    let event = |code| Reply::events([Piece::text(&format!("data: {}\n\n", error(code)))]);
    let rest = "llmhealth: {probe: {passive: true}, thresholds: {fall: 1}}";
    for (reply, body) in [(whole(429), chat("a")), (event(429), streamed("a")), (whole(429), streamed("a"))] {
        let daemon = super::daemon_of(&[("a", "one"), ("b", "two")], rest, reply);
        assert_eq!(call(&daemon, &body).await.status, 429);
        let cooldown = daemon.fleet.board.get("a").unwrap().cooldown.clone();
        assert_eq!(cooldown.unwrap().reason.as_ref(), "rate limited");
    }
    for (reply, body) in [(whole(400), chat("a")), (event(400), streamed("a"))] {
        let daemon = super::daemon_of(&[("a", "one"), ("b", "two")], rest, reply);
        assert_eq!(call(&daemon, &body).await.status, 400);
        let standing = daemon.fleet.board.get("a");
        assert!(standing.is_none_or(|one| one.condition == Condition::Unknown), "it is the client's");
    }
}

#[tokio::test]
async fn events_are_events_whatever_their_content_type() {
    let whole = Reply::text(200, &[&chunk("x"), FINISH, DONE].concat());
    for reply in [whole.clone(), whole.header("content-type", "application/json")] {
        let answer = call(&daemon(reply), &streamed("a")).await;
        assert_eq!(text(&events(&answer)), "x");
    }
    let answer = call(&daemon(good()), &streamed("a")).await;
    assert_eq!(text(&events(&answer)), "2", "nor is an answer without one");
}

#[tokio::test]
async fn a_secret_in_a_stream_is_found_wherever_it_is_cut() {
    let whole =
        [chunk("x sk-test-0123456789 \u{e9}"), FINISH.to_owned(), DONE.to_owned()].concat().into_bytes();
    let daemon = daemon(good());
    for cut in 1..chunk("x sk-test-0123456789 \u{e9}").len() {
        let pieces = [&whole[..cut], &whole[cut..]].map(|piece| Piece::Bytes(piece.to_vec().into()));
        daemon.fleet.transport.on("", Reply::events(pieces));
        let answer = call(&daemon, &streamed("a")).await;
        assert!(!answer.told().1.contains("0123456789"), "cut at {cut}: {:?}", answer.told());
        assert_eq!(events(&answer).last().unwrap(), "[DONE]");
    }
}

#[tokio::test]
async fn an_event_that_does_not_end_is_not_kept() {
    let mut pieces = vec![Piece::text(&chunk("x")), Piece::text("data: ")];
    pieces.extend(vec![Piece::text(&"x".repeat(1 << 20)); 17]);
    let (text, last) = ending(pieces).await;
    assert_eq!(text, "x");
    assert!(last["error"]["message"].as_str().unwrap().contains("larger than 16777216 bytes"), "{last}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_flows_may_take_as_long_as_it_likes() {
    let rest = "router_settings: {timeout: 5, stream_timeout: 5}\nllmhealth: {proxy: {idle_timeout: 30s}}";
    let mut pieces = Vec::new();
    for _ in 0..20 {
        pieces.extend([
            Piece::text(&chunk("x")),
            Piece::Wait(Duration::from_secs(20)),
            Piece::text(": still here\n\n"),
        ]);
        pieces.push(Piece::Wait(Duration::from_secs(20)));
    }
    pieces.push(Piece::text(&[FINISH, DONE].concat()));
    let daemon = super::daemon_of(&[("a", "one")], rest, Reply::events(pieces));
    let start = tokio::time::Instant::now();
    let answer = daemon.send(post("/chat/completions", &streamed("a"), &[("x-litellm-timeout", "3")])).await;
    assert_eq!(start.elapsed().as_secs(), 800);
    let events = events(&answer);
    assert_eq!((text(&events), events.last().unwrap()), ("x".repeat(20), &json!("[DONE]")));
}

#[tokio::test(start_paused = true)]
async fn comments_are_no_first_piece() {
    let pieces = vec![
        Piece::text(": processing\n\n"),
        Piece::Wait(Duration::from_secs(4)),
        Piece::text(": on it\n\n"),
        Piece::Hang,
    ];
    let daemon =
        super::daemon_of(&[("a", "one")], "router_settings: {stream_timeout: 5}", Reply::events(pieces));
    let start = tokio::time::Instant::now();
    assert_eq!(call(&daemon, &streamed("a")).await.status, 408);
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_stream_outlives_the_configuration_that_it_began_with() {
    let pieces =
        vec![Piece::text(&chunk("Hel")), Piece::text(&chunk("lo")), Piece::text(FINISH), Piece::text(DONE)];
    let daemon = daemon(Reply::events(pieces));
    let response =
        daemon.router.clone().oneshot(post("/chat/completions", &streamed("a"), &[])).await.unwrap();
    let mut body = response.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"data: "));
    daemon.fleet.reload("model_list: []");
    let rest = body.collect().await.unwrap().to_bytes();
    let rest = std::str::from_utf8(&rest).unwrap();
    assert!(rest.contains("\"lo\"") && rest.ends_with(DONE), "{rest}");
}

#[tokio::test]
async fn a_dropped_stream_says_nothing_of_its_deployment() {
    let rest = "llmhealth: {probe: {passive: true}, thresholds: {fall: 1}}";
    let pieces = vec![Piece::text(&chunk("x")), Piece::Hang];
    let daemon = super::daemon_of(&[("a", "one")], rest, Reply::events(pieces));
    let response =
        daemon.router.clone().oneshot(post("/chat/completions", &streamed("a"), &[])).await.unwrap();
    assert_eq!(daemon.fleet.transport.in_flight(), 1);
    drop(response);
    assert_eq!(daemon.fleet.transport.in_flight(), 0);
    assert!(daemon.fleet.board.get("a").is_none_or(|standing| standing.latest.is_none()));
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error_and_never_with_done() {
    let cases = [
        ("broken", vec![Piece::text(&chunk("x")), Piece::Break], "connection reset", "502"),
        ("cut", vec![Piece::text(&chunk("x"))], "before the answer was complete", "502"),
        (
            "cut in an event",
            vec![Piece::text(&chunk("x")), Piece::text("data: {\"id")],
            "before the answer",
            "502",
        ),
        ("garbage", vec![Piece::text(&chunk("x")), Piece::text("data: what?\n\n")], "not JSON", "502"),
        (
            "error event",
            vec![
                Piece::text(&chunk("x")),
                Piece::text("data: {\"error\":{\"message\":\"overloaded\",\"code\":529}}\n\n"),
                Piece::text(DONE),
            ],
            "overloaded",
            "529",
        ),
        (
            "an error of vLLM's",
            vec![
                Piece::text(&chunk("x")),
                Piece::text("data: {\"object\":\"error\",\"message\":\"out of memory\",\"code\":500}\n\n"),
                Piece::text(DONE),
            ],
            "out of memory",
            "500",
        ),
        (
            "an event of that name",
            vec![Piece::text(&chunk("x")), Piece::text("event: error\ndata: {\"message\":\"too busy\"}\n\n")],
            "too busy",
            "502",
        ),
    ];
    for (name, pieces, words, code) in cases {
        let (text, last) = ending(pieces).await;
        assert_eq!(text, "x", "{name}");
        let error = &last["error"];
        assert!(error["message"].as_str().is_some_and(|message| message.contains(words)), "{name}: {last}");
        assert_eq!(error["code"], code, "{name}");
    }
}

#[tokio::test]
async fn a_stream_without_done_is_complete_if_it_has_a_finish_reason() {
    let pieces = vec![Piece::text(&chunk("x")), Piece::text(FINISH)];
    assert_eq!(ending(pieces).await, ("x".to_owned(), json!("[DONE]")));
}

#[tokio::test]
async fn what_fails_before_the_first_piece_has_a_status() {
    for (pieces, status) in [
        (vec![], 502),
        (vec![Piece::Break], 502),
        (vec![Piece::text("data: {\"error\":{\"message\":\"no\",\"code\":429}}\n\n")], 429),
    ] {
        let answer = call(&daemon(Reply::events(pieces)), &streamed("a")).await;
        assert_eq!(answer.status, status);
        assert!(answer.json()["error"]["message"].is_string());
    }
}

#[tokio::test]
async fn an_answer_that_comes_whole_is_streamed_all_the_same() {
    let reply = good().header("content-type", "application/json; charset=utf-8");
    let answer = call(&daemon(reply), &streamed("a")).await;
    let events = events(&answer);
    assert_eq!(text(&events), "2");
    assert_eq!(events.last().unwrap(), "[DONE]");
    assert!(events.iter().all(|event| event.get("usage").is_none()), "nobody asked for usage");
    assert_eq!(events[0]["object"], "chat.completion.chunk");
    assert_eq!(events[0]["model"], "a");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_falls_silent_is_given_up() {
    let rest = "llmhealth: {proxy: {idle_timeout: 30s}}";
    let pieces = vec![Piece::text(&chunk("x")), Piece::Hang];
    let daemon = super::daemon_of(&[("a", "one")], rest, Reply::events(pieces));
    let start = tokio::time::Instant::now();
    let answer = call(&daemon, &streamed("a")).await;
    assert_eq!(start.elapsed().as_secs(), 30);
    let events = events(&answer);
    assert_eq!(events[1]["error"]["code"], "408");
    assert!(!answer.told().1.contains("[DONE]"));
    assert_eq!(daemon.fleet.transport.in_flight(), 0, "the upstream call is over");
}

#[tokio::test]
async fn another_deployment_is_asked_when_a_stream_fails_before_its_first_piece() {
    let transport = ScriptedTransport::always(good());
    transport.on("one/", Reply::events([Piece::text(": hello\n\n"), Piece::Break]));
    let whole = [chunk("y"), FINISH.to_owned(), DONE.to_owned()].concat();
    transport.on("two/", Reply::events([Piece::text(&whole)]));
    let yaml = crate::support::fleet::chat_fleet(&[("a", "one"), ("b", "two")], "");
    let daemon = Daemon::new(&yaml, transport);
    for _ in 0..2 {
        let answer = call(&daemon, &streamed("m")).await;
        assert_eq!(text(&events(&answer)), "y");
    }
}

#[tokio::test]
async fn nobody_else_is_asked_once_a_stream_has_begun() {
    let rest = "llmhealth: {probe: {passive: true}, thresholds: {fall: 1}}";
    let pieces = vec![Piece::text(&chunk("x")), Piece::Break];
    let daemon = super::daemon_of(&[("a", "one"), ("b", "two")], rest, Reply::events(pieces));
    let answer = call(&daemon, &streamed("m")).await;
    assert_eq!(events(&answer)[1]["error"]["code"], "502");
    assert_eq!(daemon.fleet.transport.count(), 1);
    let id = answer.header("x-litellm-model-id").unwrap();
    assert_eq!(daemon.fleet.board.get(id).unwrap().condition, Condition::Unhealthy);
}

#[tokio::test]
async fn the_responses_api_ends_in_its_own_way() {
    let upstream = "event: response.created\ndata: {\"type\":\"response.created\"}\n\n\
                    event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{}}\n\n";
    let daemon = daemon(Reply::events([Piece::text(upstream)]));
    let body = json!({"model": "a", "input": "x", "stream": true});
    let answer = daemon.send(post("/v1/responses", &body, &[])).await;
    assert_eq!(answer.told(), (200, upstream.to_owned()));
}

#[tokio::test]
async fn what_is_not_to_be_streamed_is_not() {
    let daemon = daemon(good());
    let mut body = chat("a");
    body["stream"] = json!(false);
    assert_eq!(call(&daemon, &body).await.header("content-type"), Some("application/json"));
    assert!(sent(&daemon.fleet.transport).get("stream").is_none());
}

/// The official client for Python puts lists together by the `index` of their entries, and fails where there is none.
#[tokio::test]
async fn blocks_of_thinking_are_numbered_and_can_be_brought_back() {
    let thought = |text: &str| {
        let part = json!({"text": text, "thought": true, "thoughtSignature": "sig"});
        format!("data: {}\n\n", json!({"candidates": [{"content": {"role": "model", "parts": [part]}}]}))
    };
    let end = json!({"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]});
    let upstream = [thought("Let me"), thought(" think."), format!("data: {end}\n\n")].concat();
    let entry = |name: &str, model: &str| json!({"model_name": name, "litellm_params": {"model": model, "api_key": "k", "api_base": format!("http://{name}")}});
    let yaml = json!({"model_list": [
        entry("thinker", "gemini/gemini-2.5-flash"), entry("claude", "anthropic/claude-sonnet-4-5"),
    ]});
    let transport = ScriptedTransport::always(Reply::events([Piece::text(&upstream)]));
    let daemon = Daemon::new(&yaml.to_string(), transport);
    let events = events(&call(&daemon, &streamed("thinker")).await);
    let blocks: Vec<&Value> =
        events.iter().filter_map(|event| event.pointer("/choices/0/delta/thinking_blocks/0")).collect();
    let indices: Vec<&Value> = blocks.iter().map(|block| &block["index"]).collect();
    assert_eq!(indices, [&json!(0), &json!(1)], "{events:?}");

    let mut body = chat("claude");
    body["messages"] = json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "Hi", "thinking_blocks": blocks},
        {"role": "user", "content": "go on"},
    ]);
    call(&daemon, &body).await;
    let sent = sent(&daemon.fleet.transport);
    let first = json!({"type": "thinking", "thinking": "Let me", "signature": "sig"});
    assert_eq!(sent.pointer("/messages/1/content/0"), Some(&first), "{sent}");
}

/// Gateways in front of Bedrock don't all know its event stream.
#[tokio::test]
async fn an_answer_of_converse_that_comes_whole_is_streamed_all_the_same() {
    let body = json!({
        "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}}, "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    });
    let yaml = json!({"model_list": [{"model_name": "m", "litellm_params": {
        "model": "bedrock/us.amazon.nova-lite-v1:0", "aws_region_name": "us-east-1", "api_base": "http://one",
        "aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret-0123456789",
    }}]});
    let daemon = Daemon::new(&yaml.to_string(), ScriptedTransport::always(Reply::json(200, &body)));
    let events = events(&call(&daemon, &streamed("m")).await);
    assert_eq!((text(&events).as_str(), events.last().unwrap()), ("Hi", &json!("[DONE]")));
}
