//! `additional_drop_params`: what the owner of a deployment does not want to be sent, whoever asks for it.

use serde_json::{Map, Value};

use super::Target;

/// What a call is about is never dropped.
const CONTENT: &[&str] = &["input", "messages", "prompt"];

/// A step into a value.
#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    Item(usize),
    EveryItem,
}

/// Takes the unwanted parameters out of a request. They are named by themselves or by a path such as
/// `tools[*].function.strict`.
pub(super) fn unwanted(target: &Target<'_>, request: &mut Map<String, Value>) {
    let Some(Value::Array(paths)) = target.deployment.params.get("additional_drop_params") else {
        return;
    };
    for path in paths.iter().filter_map(Value::as_str).filter(|path| !CONTENT.contains(path)) {
        match steps(path).as_deref() {
            Some([Step::Field(name)]) => {
                request.shift_remove(*name);
            }
            Some([Step::Field(name), rest @ ..]) => take_out(request.get_mut(*name), rest),
            _ => {}
        }
    }
}

/// The steps of a path; `None` for what is none.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    for piece in path.split('.') {
        let (name, items) = piece.split_once('[').map_or((piece, None), |(name, items)| (name, Some(items)));
        steps.push(Step::Field(name));
        for item in items.into_iter().flat_map(|items| items.split('[')) {
            steps.push(match item.strip_suffix(']')? {
                "*" => Step::EveryItem,
                place => Step::Item(place.parse().ok()?),
            });
        }
    }
    Some(steps)
}

/// Takes out of a value what the last step leads to.
fn take_out(value: Option<&mut Value>, steps: &[Step<'_>]) {
    match (value, steps) {
        (Some(Value::Object(fields)), [Step::Field(name)]) => {
            fields.shift_remove(*name);
        }
        (Some(Value::Object(fields)), [Step::Field(name), rest @ ..]) => {
            take_out(fields.get_mut(*name), rest);
        }
        (Some(Value::Array(items)), [Step::EveryItem]) => items.clear(),
        (Some(Value::Array(items)), [Step::EveryItem, rest @ ..]) => {
            for item in items {
                take_out(Some(item), rest);
            }
        }
        (Some(Value::Array(items)), [Step::Item(place)]) if *place < items.len() => {
            items.remove(*place);
        }
        (Some(Value::Array(items)), [Step::Item(place), rest @ ..]) => {
            take_out(items.get_mut(*place), rest);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_what_they_say() {
        for (path, left) in [
            ("a.b", json!({"a": {"c": 2}, "l": [{"x": 1, "y": 2}, {"x": 3}]})),
            ("l[*].x", json!({"a": {"b": 1, "c": 2}, "l": [{"y": 2}, {}]})),
            ("l[0]", json!({"a": {"b": 1, "c": 2}, "l": [{"x": 3}]})),
            ("l[1].x", json!({"a": {"b": 1, "c": 2}, "l": [{"x": 1, "y": 2}, {}]})),
            ("l[9]", json!({"a": {"b": 1, "c": 2}, "l": [{"x": 1, "y": 2}, {"x": 3}]})),
            ("a[*].b", json!({"a": {"b": 1, "c": 2}, "l": [{"x": 1, "y": 2}, {"x": 3}]})),
        ] {
            let mut value = json!({"a": {"b": 1, "c": 2}, "l": [{"x": 1, "y": 2}, {"x": 3}]});
            take_out(Some(&mut value), &steps(path).unwrap());
            assert_eq!(value, left, "{path}");
        }
        for path in ["l[", "l[x]", "l[*"] {
            assert!(steps(path).is_none(), "{path}");
        }
    }
}
