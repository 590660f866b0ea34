//! The request behind a failure, as LiteLLM shows it: `raw_request_typed_dict`.
//!
//! Planning is pure, so the request is planned again when it is shown instead of being kept for every deployment.
//! Where a probe departs from the plan, the entry's `notes` say so.

use serde_json::{Value, json};

use crate::config::Config;
use crate::domain::{FailureKind, Method};
use crate::probe::{Checked, describe, plan};

use super::view::Clean;

/// The request of a failed probe: null when none could be made, nothing after a timeout, as in LiteLLM. Its
/// address is for admins.
pub(super) fn of(checked: &Checked, config: &Config, is_admin: bool) -> Option<Value> {
    match checked.outcome.failure.as_ref()?.kind {
        FailureKind::Timeout | FailureKind::Internal => return None,
        FailureKind::Config | FailureKind::Credentials => return Some(Value::Null),
        FailureKind::Connect | FailureKind::Broken | FailureKind::Status | FailureKind::Body => {}
    }
    let settings = &config.settings.probe;
    let plan = plan(&checked.deployment, settings, &config.env, &config.catalog).ok()?;
    if plan.method == Method::Tcp {
        return None;
    }
    let request = describe(&plan.request, false);
    let mut shown = json!({
        "raw_request_api_base": request["url"],
        "raw_request_body": request["body"],
        "raw_request_headers": request["headers"],
        "error": null,
    });
    shown = json!(Clean { value: &shown, redactor: &config.redactor });
    if !is_admin && let Some(fields) = shown.as_object_mut() {
        fields.shift_remove("raw_request_api_base");
        shown = json!(Clean { value: &shown, redactor: &config.addresses });
    }
    Some(shown)
}
