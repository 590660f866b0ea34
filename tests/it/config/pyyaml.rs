//! YAML is read as LiteLLM's reader, PyYAML, reads it. `pyyaml.py` beside the fixture made the expectations.

use std::path::Path;

use llmhealth::config::load_text;
use llmhealth::domain::Environment;
use serde_json::Value;

#[test]
fn every_value_is_read_as_pyyaml_reads_it() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../fixtures/config/pyyaml.json")).unwrap();
    let mut differences = Vec::new();
    let mut compared = 0;
    for case in &cases {
        let yaml = case["yaml"].as_str().unwrap();
        let indented = yaml.replace('\n', "\n    ");
        let text = format!("model_list:\n- model_name: n\n  litellm_params:\n    {indented}\n");
        let loaded = load_text(text, Path::new("c.yaml"), Environment::default());
        // What PyYAML refuses may be read here, since LiteLLM can't be asked what it means.
        let Some(expected) = case["id"].as_str() else { continue };
        compared += 1;
        match loaded {
            Ok(loaded) if loaded.config.fleet.all()[0].id.as_ref() == expected => {}
            Ok(loaded) => {
                let shown: Vec<_> = loaded.config.fleet.all()[0].params.iter().collect();
                differences.push(format!("{yaml:?}: PyYAML gives {}, here {shown:?}", case["text"]));
            }
            Err(error) => differences.push(format!("{yaml:?}: {:?}", error.findings())),
        }
    }
    assert!(compared > 200, "only {compared} cases");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
