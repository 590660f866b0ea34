//! Plans as a table, with what they cost.

use comfy_table::{Cell, Color};

use crate::cli::table;
use crate::config::Config;
use crate::probe::{cost_usd, describe};

use super::{Planned, cost, problem};

/// A row per deployment in config order, and the sum of what is known.
pub(super) fn render(planned: &[Planned<'_>], config: &Config, show_secrets: bool) -> String {
    let interval = config.settings.background.interval;
    let clean = |text: &str| config.redactor.clean(text).into_owned();
    let mut rows = table::table(
        &["NAME", "MODEL", "PROVIDER", "MODE", "URL", "TOKENS", "PER PROBE", "PER DAY"],
        &["MODEL", "URL"],
    );
    let (mut total, mut unknown) = (0.0, 0);
    for Planned { deployment, plan } in planned {
        let mut row = vec![Cell::new(clean(&deployment.model_name)), Cell::new(clean(&deployment.model))];
        match plan {
            Ok(plan) => {
                let price = cost_usd(plan, &config.catalog);
                let day = price.map(|price| cost::per_day(price, interval));
                total += day.unwrap_or(0.0);
                unknown += usize::from(day.is_none());
                row.extend([
                    Cell::new(plan.provider.slug),
                    Cell::new(plan.mode),
                    Cell::new(describe(&plan.request, show_secrets)["url"].as_str().unwrap_or_default()),
                    table::number(plan.max_tokens.map(|limit| limit.to_string())),
                    table::number(price.map(cost::show)),
                    table::number(day.map(cost::show)),
                ]);
            }
            Err(error) => row.extend([
                Cell::new("-"),
                Cell::new("-"),
                Cell::new(problem(error, config)).fg(Color::Red),
                table::number(None),
                table::number(None),
                table::number(None),
            ]),
        }
        rows.add_row(row);
    }
    let every = humantime::format_duration(interval);
    let rest = if unknown == 0 { String::new() } else { format!(", and {unknown} of unknown price") };
    format!("{}\nOne probe of each every {every}: {} a day{rest}", rows.trim_fmt(), cost::show(total))
}
