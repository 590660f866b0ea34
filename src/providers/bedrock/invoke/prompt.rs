//! Prompts: a conversation as the one text that a completion model continues.
//!
//! Each family was trained on turns between marks of its own.

use serde_json::Value;

use crate::providers::prompt::{add, instructions, llama3, role_of, turns};

use super::super::model::{Family, base};

/// The prompt of a conversation for a model of a family.
pub(super) fn prompt(family: Family, model: &str, messages: &[Value]) -> String {
    let base = base(model);
    match family {
        Family::DeepseekR1 => deepseek(messages),
        Family::Llama if base.contains("llama3") => llama3(messages),
        Family::Llama if base.contains("llama2") => instructions(messages),
        Family::Mistral if base.contains('.') => mistral(messages),
        Family::Pegasus => lines(messages, |role, text| format!("{role}: {text}")),
        Family::Qwen => chatml(messages),
        Family::Titan => titan(messages),
        _ => lines(messages, |_, text| text.to_owned()),
    }
}

fn lines(messages: &[Value], line: impl Fn(&str, &str) -> String) -> String {
    turns(messages).map(|(role, text)| line(role, &text)).collect::<Vec<_>>().join("\n")
}

fn chatml(messages: &[Value]) -> String {
    let mut prompt = String::new();
    for (role, text) in turns(messages) {
        add(&mut prompt, format_args!("<|im_start|>{role}\n{text}<|im_end|>\n"));
    }
    prompt + "<|im_start|>assistant\n"
}

fn deepseek(messages: &[Value]) -> String {
    let mut prompt = "<｜begin▁of▁sentence｜>".to_owned();
    for (role, text) in turns(messages) {
        match role {
            "system" => prompt.push_str(&text),
            "assistant" => add(&mut prompt, format_args!("<｜Assistant｜>{text}<｜end▁of▁sentence｜>")),
            _ => add(&mut prompt, format_args!("<｜User｜>{text}")),
        }
    }
    prompt + "<｜Assistant｜><think>\n"
}

fn mistral(messages: &[Value]) -> String {
    let mut prompt = "<s>".to_owned();
    for (role, text) in turns(messages) {
        match role {
            "assistant" => add(&mut prompt, format_args!(" {text}</s> ")),
            "system" => add(&mut prompt, format_args!("[INST] \n{text} [/INST]\n")),
            _ => add(&mut prompt, format_args!("[INST] {text} [/INST]\n")),
        }
    }
    prompt
}

fn titan(messages: &[Value]) -> String {
    // A conversation begins with the user, and goes on with the answer unless the caller has begun that.
    let is_bot = |message: Option<&Value>| message.is_some_and(|message| role_of(message) == "assistant");
    let mut prompt = if is_bot(messages.first()) { "\n\nUser: ".to_owned() } else { String::new() };
    for (role, text) in turns(messages) {
        match role {
            "assistant" => add(&mut prompt, format_args!("\n\nBot: {text}")),
            "system" => add(&mut prompt, format_args!("\n\nUser: <admin>{text}</admin>")),
            _ => add(&mut prompt, format_args!("\n\nUser: {text}")),
        }
    }
    if is_bot(messages.last()) { prompt } else { prompt + "\n\nBot: " }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(family: Family, model: &str) -> String {
        prompt(
            family,
            model,
            &[
                json!({"role": "user", "content": "Hi"}),
                json!({"role": "assistant", "content": "Hello"}),
                json!({"role": "user", "content": "Bye"}),
            ],
        )
    }

    #[test]
    fn turns_stand_between_the_marks_of_their_family() {
        assert_eq!(
            of(Family::Llama, "us.meta.llama3-1-8b-instruct-v1:0"),
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>\
             <|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|>\
             <|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>\
             <|start_header_id|>assistant<|end_header_id|>\n\n"
        );
        let instructions = "<s>[INST] Hi [/INST]\n Hello</s> [INST] Bye [/INST]\n";
        assert_eq!(of(Family::Mistral, "mistral.mixtral-8x7b-instruct-v0:1"), instructions);
        assert_eq!(of(Family::Llama, "meta.llama2-13b-chat-v1"), instructions);
        assert_eq!(
            of(Family::Qwen, "x"),
            "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n\
             <|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n"
        );
        assert_eq!(
            of(Family::DeepseekR1, "x"),
            "<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜>Hello<｜end▁of▁sentence｜><｜User｜>Bye\
             <｜Assistant｜><think>\n"
        );
        assert_eq!(of(Family::Titan, "x"), "\n\nUser: Hi\n\nBot: Hello\n\nUser: Bye\n\nBot: ");
        assert_eq!(of(Family::Pegasus, "x"), "user: Hi\nassistant: Hello\nuser: Bye");
        assert_eq!(of(Family::Llama, "arn:aws:bedrock:us-east-1:1:imported-model/x"), "Hi\nHello\nBye");
    }
}
