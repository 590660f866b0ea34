//! Conversations for models that know no system messages (`supports_system_message: false`).

use serde_json::{Value, json};

/// Makes system messages the user's: joined to the user's message that follows, or messages of their own.
pub fn tell_by_user(messages: &mut Vec<Value>) {
    let mut told: Vec<Value> = Vec::with_capacity(messages.len());
    let mut held: Option<Value> = None;
    for mut message in messages.drain(..) {
        let is_system = message["role"] == "system" || message["role"] == "developer";
        if let Some(before) = held.take() {
            if message["role"] == "user" {
                message["content"] = joined(before, message["content"].take());
            } else {
                told.push(json!({"role": "user", "content": before}));
            }
        }
        if is_system {
            held = Some(message["content"].take());
        } else {
            told.push(message);
        }
    }
    told.extend(held.map(|content| json!({"role": "user", "content": content})));
    *messages = told;
}

/// Two contents as one, of parts if one of them is.
fn joined(before: Value, after: Value) -> Value {
    match (before, after) {
        (Value::String(before), Value::String(after)) => Value::from(format!("{before} {after}")),
        (before, after) => parts(before).into_iter().chain(parts(after)).collect(),
    }
}

fn parts(content: Value) -> Vec<Value> {
    match content {
        Value::Array(parts) => parts,
        Value::Null => Vec::new(),
        text => vec![json!({"type": "text", "text": text})],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(messages: Value) -> Value {
        let Value::Array(mut messages) = messages else { unreachable!() };
        tell_by_user(&mut messages);
        Value::from(messages)
    }

    #[test]
    fn what_the_system_says_the_user_says() {
        let conversation = json!([
            {"role": "system", "content": "S"},
            {"role": "developer", "content": "T"},
            {"role": "user", "content": "Hi"},
            {"role": "system", "content": "U"},
            {"role": "assistant", "content": "a"},
            {"role": "system", "content": "V"},
        ]);
        assert_eq!(
            told(conversation),
            json!([
                {"role": "user", "content": "S"},
                {"role": "user", "content": "T Hi"},
                {"role": "user", "content": "U"},
                {"role": "assistant", "content": "a"},
                {"role": "user", "content": "V"},
            ])
        );
    }

    #[test]
    fn parts_stay_parts() {
        let image = json!({"type": "image_url", "image_url": {"url": "https://img.example.com/a.png"}});
        let conversation =
            json!([{"role": "system", "content": "S"}, {"role": "user", "content": [image.clone()]}]);
        let content = json!([{"type": "text", "text": "S"}, image]);
        assert_eq!(told(conversation), json!([{"role": "user", "content": content}]));
    }
}
