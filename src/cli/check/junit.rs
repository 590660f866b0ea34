//! A report as JUnit XML, which every CI system can show.

use crate::probe::{Checked, Report, Skipped};

/// One test case per deployment; one that was passed over is skipped.
pub(super) fn render(report: &Report) -> String {
    let failures = report.checked.iter().filter(|checked| !checked.verdict.status.is_healthy()).count();
    let skipped = report.skipped.len();
    let tests = report.checked.len() + skipped;
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"");
    let cases: String = report
        .checked
        .iter()
        .map(|checked| judged(checked, report))
        .chain(report.skipped.iter().map(passed_over))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"llmhealth\" {counts}>\n  \
           <testsuite name=\"deployments\" {counts}>\n{cases}  </testsuite>\n\
         </testsuites>\n"
    )
}

fn judged(checked: &Checked, report: &Report) -> String {
    let clean = |text: &str| escape(&report.config.redactor.clean(text));
    let Checked { deployment, outcome, verdict, .. } = checked;
    let failure = match &outcome.failure {
        Some(failure) if !verdict.status.is_healthy() => format!(
            "<failure type=\"{}\" message=\"{}\">{}</failure>",
            verdict.status,
            clean(&failure.message),
            clean(failure.hint.as_deref().unwrap_or_default())
        ),
        _ => String::new(),
    };
    format!(
        "    <testcase classname=\"{}\" name=\"{} {}\" time=\"{:.3}\">{failure}</testcase>\n",
        clean(&deployment.model_name),
        clean(&deployment.model),
        clean(&deployment.id),
        outcome.latency.as_secs_f64()
    )
}

fn passed_over(skipped: &Skipped) -> String {
    let (id, reason) = (escape(&skipped.model_id), escape(skipped.reason));
    format!(
        "    <testcase classname=\"llmhealth\" name=\"{id}\"><skipped message=\"{reason}\"/></testcase>\n"
    )
}

/// Text as XML 1.0 may hold it, in attributes too. Characters that it can't express are replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escape("a<b & \"c\"\u{1b}[0m\n"), "a&lt;b &amp; &quot;c&quot;\u{fffd}[0m&#10;");
    }
}
