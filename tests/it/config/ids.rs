//! Deployment ids are LiteLLM's. The expected ones were computed by running LiteLLM 1.102.4.

use super::loaded;

/// The id of the only deployment of `name` with these parameters in YAML's flow style.
fn id(name: &str, params: &str) -> String {
    id_of(&format!("model_list: [{{model_name: {name}, litellm_params: {params}}}]"))
}

fn id_of(text: &str) -> String {
    loaded(text, &[]).config.fleet.all()[0].id.to_string()
}

#[test]
fn worked_examples() {
    let examples = [
        (
            "gpt-4o",
            "{model: openai/gpt-4o, api_key: sk-1}",
            "eff4346a71618a4273f77e1239ba97bbc783d515878b6029d551dd81a0980a7e",
        ),
        (
            "gpt-4o",
            "{api_key: sk-1, model: openai/gpt-4o}",
            "d17502345c7754a405dab4b09af86f3c424805f07ae5259a57cd2feba7cfc9bb",
        ),
        (
            "gpt-4o",
            r#"{model: azure/gpt-4o-eu, api_base: "https://eu.openai.azure.com/", api_key: k,
                api_version: "2024-10-21", rpm: 6, timeout: 300.5, stream: true, x: null}"#,
            "0d3ebab16a99a44d84113f80e0d840c7ac312abcc2e796c3bf782082d512a0a1",
        ),
        (
            "claude",
            "{model: anthropic/claude-3-5-haiku, extra_headers: {a: b, é: 1}, tags: [a, b]}",
            "ad800c6ce1693601835860ffa5ea403e0c5c9502a1f0424e4d93a08602c6c2d6",
        ),
        (
            "n",
            "{model: m, z: 1.0e+20, y: 0.1, w: {n: {m: [1, true, null]}}, v: []}",
            "8d34bf65669ee21c8d0670f4565168c1349dfeb814932a0183f8248df4ad3996",
        ),
        (
            "d",
            r#"{model: m, l: [{a: 1, b: [true, null, "q'x"]}], f: 1.0}"#,
            "277a95a5018ecb89624154eb036515edd3c1423a5486f1a50c68b08fbcda018a",
        ),
        (
            "noid",
            r#"{model: openai/gpt-4o-mini, api_base: "http://127.0.0.1:4190/s/200/v1", api_key: os.environ/NOT_SET}"#,
            "1c2108450aa8228fdeb5fa9d290f2b1860cccabb0f5e84c1a44a3c2fd3eca2e0",
        ),
    ];
    for (name, params, expected) in examples {
        assert_eq!(id(name, params), expected, "{name} {params}");
    }
}

#[test]
fn quotes_do_not_matter_to_dates() {
    let quoted = id("n", r#"{model: azure/m, api_version: "2024-10-21"}"#);
    assert_eq!(id("n", "{model: azure/m, api_version: 2024-10-21}"), quoted);
}

#[test]
fn a_reference_hashes_as_its_value() {
    let text =
        "model_list: [{model_name: gpt-4o, litellm_params: {model: openai/gpt-4o, api_key: os.environ/K}}]";
    let config = loaded(text, &[("K", "sk-1")]).config;
    assert_eq!(
        &*config.fleet.all()[0].id,
        "eff4346a71618a4273f77e1239ba97bbc783d515878b6029d551dd81a0980a7e"
    );
}

#[test]
fn an_explicit_id_is_text_whatever_it_is_written_as() {
    let with_id = |id: &str| {
        id_of(&format!(
            "model_list: [{{model_name: n, litellm_params: {{model: m}}, model_info: {{id: {id}}}}}]"
        ))
    };
    assert_eq!(with_id("500"), "500");
    assert_eq!(with_id("yes"), "True");
    assert_eq!(with_id("1.50"), "1.5");
    assert_eq!(with_id("abc"), "abc");
    assert_ne!(with_id("null"), with_id("null"), "null makes a new id each time");
}
