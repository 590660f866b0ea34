//! `model_info.llmhealth.maintenance`: the times at which a deployment is worked on.

use std::fmt::Display;

use jiff::tz::{self, TimeZone};

use crate::domain::MaintenanceWindow;

use super::check::{Checker, closest, duration, join};
use super::files::Findings;
use super::keys;
use super::knobs::boolean;
use super::yaml::{Kind, Node};

/// Reads the windows in a `model_info.llmhealth`. Reports every mistake in them; one that can't be read is left out.
pub(super) fn read(
    ours: &Node,
    path: &dyn Display,
    checker: &mut Checker,
    findings: &mut Findings,
) -> Vec<MaintenanceWindow> {
    let Some(Node { kind: Kind::List(items), .. }) = ours.get("maintenance") else { return Vec::new() };
    let windows = items.iter().enumerate().filter_map(|(index, item)| {
        let path = format!("{path}.maintenance[{index}]");
        window(item, &path, checker, findings)
    });
    windows.collect()
}

fn window(
    node: &Node,
    path: &str,
    checker: &mut Checker,
    findings: &mut Findings,
) -> Option<MaintenanceWindow> {
    let example =
        || Some("a window is `{cron: \"0 2 * * SUN\", duration: 1h, timezone: Europe/Berlin}`".to_owned());
    if !matches!(node.kind, Kind::Map(_)) {
        let message = format!("must be a mapping, not {}", node.kind.name());
        findings.fatal(Some(node.at), path, message, example());
        return None;
    }
    checker.section(&keys::MAINTENANCE, &path, node, findings);
    for key in ["cron", "duration"] {
        if node.get(key).is_none() {
            findings.fatal(Some(node.at), join(&path, key), "is missing", example());
        }
    }
    let cron = node.get("cron")?;
    let zone = zone(node, path, findings)?;
    match MaintenanceWindow::new(cron.text()?, node.get("duration").and_then(duration)?, zone) {
        Ok(mut window) => {
            let flag = |key: &str| node.get(key).and_then(boolean).unwrap_or(true);
            window.is_probed = flag("probe");
            window.is_routable = flag("routable");
            Some(window)
        }
        Err(error) => {
            let hint = "the fields are minute, hour, day, month and weekday: `0 2 * * SUN`";
            let message = format!("`{}` {error}", cron.text()?);
            findings.fatal(Some(cron.at), join(&path, "cron"), message, Some(hint.to_owned()));
            None
        }
    }
}

/// The time zone of a window; UTC if it names none.
fn zone(node: &Node, path: &str, findings: &mut Findings) -> Option<TimeZone> {
    let Some(zone) = node.get("timezone") else { return Some(TimeZone::UTC) };
    let name = zone.text()?;
    if let Ok(zone) = TimeZone::get(name) {
        return Some(zone);
    }
    let known: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    let hint = match closest(name, known.iter().map(String::as_str)) {
        Some(known) => format!("did you mean `{known}`?"),
        None if known.is_empty() => "install tzdata, or leave the key out for UTC".to_owned(),
        None => "write it as in the IANA database: `Europe/Berlin`".to_owned(),
    };
    findings.fatal(
        Some(zone.at),
        join(&path, "timezone"),
        format!("there is no time zone `{name}`"),
        Some(hint),
    );
    None
}
