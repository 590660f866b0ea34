//! Ids of calls and names of tools, in the few letters that the API takes.
//!
//! Declared reuse point: Bedrock's Converse takes the same letters.

use serde_json::Value;

use crate::domain::Call;

use super::structured::JSON_TOOL;

/// A name as the API takes it: letters that it does not know become `_`.
pub(crate) fn known_name(name: &str) -> String {
    let is_known = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    name.chars().map(|letter| if is_known(letter) { letter } else { '_' }).collect()
}

/// The id of a call; other providers' ids have more letters. The calls of old, of one function at a time, have none but
/// the function's name.
pub(crate) fn known_id(id: Option<&Value>, name: Option<&Value>) -> Option<String> {
    id.or(name).and_then(Value::as_str).map(known_name)
}

/// The tools of a client, by whose names their calls are told.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientTools {
    /// Names that had to be changed: the API's, and the client's own.
    renamed: Vec<(String, String)>,
    /// Whether one of them has the name of the tool that stands for an answer in JSON.
    takes_json: bool,
}

impl ClientTools {
    /// The tools that a call offers.
    pub(crate) fn of(call: &Call) -> Self {
        let tools = call.payload.get("tools").and_then(Value::as_array).into_iter().flatten();
        let names: Vec<&str> = tools.filter_map(|tool| tool.pointer("/function/name")?.as_str()).collect();
        let renamed = names.iter().map(|name| (known_name(name), (*name).to_owned()));
        Self {
            renamed: renamed.filter(|(known, own)| known != own).collect(),
            takes_json: names.contains(&JSON_TOOL),
        }
    }

    /// Whether a call of this tool is the answer itself.
    pub(crate) fn is_answer(&self, name: &str) -> bool {
        name == JSON_TOOL && !self.takes_json
    }

    /// The client's name of a tool.
    pub(crate) fn own_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.renamed.iter().find(|(known, _)| known == name).map_or(name, |(_, own)| own)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::domain::Mode;

    #[test]
    fn names_come_back_as_they_were() {
        let tools = json!([
            {"type": "function", "function": {"name": "files.read/all"}},
            {"type": "function", "function": {"name": "plain-name_1"}},
        ]);
        let tools = ClientTools::of(&Call::new(Mode::Chat, Map::from_iter([("tools".to_owned(), tools)])));
        for name in ["files.read/all", "plain-name_1"] {
            assert_eq!(tools.own_name(&known_name(name)), name);
        }
        assert_eq!(known_name("files.read/all"), "files_read_all");
        assert!(tools.is_answer(JSON_TOOL));
        assert!(!tools.is_answer("plain-name_1"));
    }

    #[test]
    fn ids_of_others_fit() {
        assert_eq!(known_id(Some(&json!("call.a:1|x")), None).as_deref(), Some("call_a_1_x"));
        assert_eq!(known_id(None, Some(&json!("f"))).as_deref(), Some("f"));
        assert_eq!(known_id(None, None), None);
    }
}
