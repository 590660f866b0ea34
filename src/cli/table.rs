//! The table of verdicts that `check`, `health` and `demo` print.

use std::time::Duration;

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Row, Table, Width, presets,
};

use crate::domain::Status;
use crate::probe::Report;

/// One deployment in the table.
pub(super) struct Verdict {
    /// The state in one word.
    pub(super) status: String,
    /// The public name, where it is known.
    pub(super) name: Option<String>,
    /// `litellm_params.model`.
    pub(super) model: String,
    /// How long the probe took, if there was one.
    pub(super) latency: Option<Duration>,
    /// What is wrong.
    pub(super) problem: Option<String>,
}

/// The narrowest terminal that a table is fitted to. A narrower one, or one that does not tell its width, breaks
/// lines itself.
const NARROWEST: u16 = 60;
/// The least width of a column that gives way to the others.
const LEAST: u16 = 18;

/// An empty table in the style of all commands: no lines, and fitted to a terminal by breaking the text of these
/// columns.
pub(super) fn table(header: &[&str], breakable: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.iter().map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    if table.width().is_some_and(|width| width >= NARROWEST) {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_constraints(header.iter().map(|title| {
            if breakable.contains(title) {
                ColumnConstraint::LowerBoundary(Width::Fixed(LEAST))
            } else {
                ColumnConstraint::ContentWidth
            }
        }));
    }
    table
}

/// A cell with a number, or a dash.
pub(super) fn number(text: Option<String>) -> Cell {
    Cell::new(text.unwrap_or_else(|| "-".to_owned())).set_alignment(CellAlignment::Right)
}

/// The verdicts of a fan-out as a table with its sum under it.
pub(super) fn of_report(report: &Report) -> String {
    let redactor = &report.config.redactor;
    let verdicts: Vec<Verdict> = report
        .checked
        .iter()
        .map(|checked| Verdict {
            status: checked.verdict.status.as_str().to_owned(),
            name: Some(redactor.clean(&checked.deployment.model_name).into_owned()),
            model: redactor.clean(&checked.deployment.model).into_owned(),
            latency: Some(checked.outcome.latency).filter(|latency| !latency.is_zero()),
            problem: checked
                .outcome
                .failure
                .as_ref()
                .map(|failure| redactor.clean(&failure.message).into_owned()),
        })
        .collect();
    let healthy = report.checked.iter().filter(|checked| checked.verdict.status.is_healthy()).count();
    let unhealthy = report.checked.len() - healthy;
    let mut lines = vec![of_verdicts(&verdicts), format!("{healthy} healthy, {unhealthy} unhealthy")];
    lines.extend(report.skipped.iter().map(|one| format!("skipped {}: {}", one.model_id, one.reason)));
    lines.join("\n")
}

/// The table itself.
pub(super) fn of_verdicts(verdicts: &[Verdict]) -> String {
    let named = verdicts.iter().any(|verdict| verdict.name.is_some());
    let header: &[&str] = if named {
        &["STATUS", "NAME", "MODEL", "LATENCY", "ERROR"]
    } else {
        &["STATUS", "MODEL", "LATENCY", "ERROR"]
    };
    let mut table = table(header, &["MODEL", "ERROR"]);
    for verdict in verdicts {
        let mut row = Row::new();
        row.add_cell(Cell::new(&verdict.status).fg(colour(&verdict.status)));
        if named {
            row.add_cell(Cell::new(verdict.name.as_deref().unwrap_or_default()));
        }
        row.add_cell(Cell::new(&verdict.model));
        row.add_cell(number(verdict.latency.map(|latency| format!("{} ms", latency.as_millis()))));
        let first_line = verdict.problem.as_deref().and_then(|problem| problem.lines().next());
        row.add_cell(Cell::new(first_line.unwrap_or_default()));
        table.add_row(row);
    }
    table.trim_fmt()
}

fn colour(status: &str) -> Color {
    const GOOD: &str = Status::Up.as_str();
    const FAIR: [&str; 3] =
        [Status::Degraded.as_str(), Status::RateLimited.as_str(), Status::Unknown.as_str()];
    match status {
        GOOD | "healthy" => Color::Green,
        other if FAIR.contains(&other) => Color::Yellow,
        _ => Color::Red,
    }
}
