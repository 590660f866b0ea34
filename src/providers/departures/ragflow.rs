//! `RAGFlow`: every chat assistant and agent has an address of its own, named in the model string as
//! `chat/<id>/<model>` or `agent/<id>/<model>`.
//!
//! Source: `RAGFlow`'s HTTP API reference, "OpenAI-compatible API".

use crate::domain::{Call, Mode, WireRequest};
use crate::providers::openai::{Departure, OpenAi};
use crate::providers::{Adapter, BuildError, Target, url as urls};

/// The departure of `ragflow`.
pub(in crate::providers) struct RagFlow;

impl Departure for RagFlow {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        if call.mode != Mode::Chat {
            let model = [target.provider.slug, "/", target.model].concat();
            return OpenAi.build(&Target { model: &model, ..*target }, call);
        }
        let bad = || BuildError::BadParam {
            key: "model".to_owned(),
            problem: "has to be `ragflow/chat/<id>/<model>` or `ragflow/agent/<id>/<model>`".to_owned(),
        };
        let mut parts = target.model.splitn(3, '/');
        let (Some(kind), Some(id), Some(model)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad());
        };
        let folder = match kind {
            "chat" => "chats_openai",
            "agent" => "agents_openai",
            _ => return Err(bad()),
        };
        let base = urls::base(target)?.trim_end_matches('/');
        let base = base.strip_suffix("/v1").map_or(base, |root| root.strip_suffix("/api").unwrap_or(root));
        let path = format!("api/v1/{folder}/{}/chat/completions", urls::segment(id));
        let request = OpenAi.build(&Target { model, ..*target }, call)?;
        Ok(WireRequest { url: urls::join(base, &path)?, ..request })
    }
}
