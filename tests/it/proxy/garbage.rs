//! Whatever a provider sends for a stream, the client gets an answer in order: complete, or ended by an error.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use tokio::runtime::Builder;

use crate::support::scripted::{Piece, Reply};

use super::{call, daemon, streamed};

const DONE: &str = "data: [DONE]\n\n";

fn body() -> impl Strategy<Value = Vec<u8>> {
    let words: [&[u8]; 16] = [
        b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":null}]}",
        b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":null}]}\n\n",
        b"data: {\"model\":\"gpt\",\"choices\":[]}\n\n",
        b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        b"data: {\"error\":{\"message\":\"no\",\"code\":\"429\"}}\n\n",
        b"data: [DONE]",
        b"\n\n",
        b"\r\n",
        b"\r",
        b": comment\n\n",
        b"event: error\n",
        b"data: ",
        b"{\"choices\":",
        b"[[[",
        b"<html>",
        b"\xff\x00",
    ];
    let word = prop_oneof![9 => select(words.to_vec()).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..6)];
    vec(word, 0..12).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn every_stream_comes_to_one_end(body in body(), cuts in vec(any::<Index>(), 0..4), breaks in any::<bool>()) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|ends| Piece::Bytes(body[ends[0]..ends[1]].to_vec().into()));
        let pieces: Vec<Piece> = pieces.chain(breaks.then_some(Piece::Break)).collect();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(async { call(&daemon(Reply::events(pieces)), &streamed("a")).await });
        if answer.status != 200 {
            prop_assert!(answer.json()["error"]["message"].is_string());
            return Ok(());
        }
        let (text, sent) = (String::from_utf8_lossy(&answer.body), String::from_utf8_lossy(&body));
        let last = text.trim_end().rsplit("\n\n").next().unwrap_or_default();
        if text.ends_with(DONE) {
            prop_assert!(sent.contains("[DONE]") || sent.contains("\"finish_reason\":\"stop\""));
            prop_assert_eq!(text.matches("[DONE]").count(), 1);
        } else {
            let error: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
            prop_assert!(error["error"]["code"].is_string(), "{}", last);
            prop_assert!(!text.contains("[DONE]"));
        }
    }
}
