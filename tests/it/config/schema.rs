//! The JSON Schema for editors.

use llmhealth::config::schema;

#[test]
fn our_block_is_closed_and_every_key_is_described() {
    let schema = schema();
    let ours = &schema["properties"]["llmhealth"];
    assert_eq!(ours["additionalProperties"], false);
    for section in ["probe", "readiness", "server"] {
        let section = &ours["properties"][section];
        assert_eq!(section["additionalProperties"], false);
        for (name, key) in section["properties"].as_object().unwrap() {
            assert!(key["description"].as_str().is_some_and(|about| !about.is_empty()), "{name}");
        }
    }
}

#[test]
fn deployments_have_their_parts() {
    let schema = schema();
    let entry = &schema["properties"]["model_list"]["items"];
    assert_eq!(entry["required"], serde_json::json!(["model_name", "litellm_params"]));
    assert_eq!(entry["properties"]["litellm_params"]["required"], serde_json::json!(["model"]));
    let info = &entry["properties"]["model_info"]["properties"];
    assert_eq!(info["disable_background_health_check"]["type"][0], "boolean");
    assert!(info["llmhealth"]["properties"]["method"]["enum"].as_array().unwrap().contains(&"tcp".into()));
    assert_eq!(schema["properties"]["general_settings"]["properties"]["health_check_interval"]["minimum"], 1);
}
