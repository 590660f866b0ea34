//! Dollars per day, and dollars as text.

use std::time::Duration;

/// A day, in seconds.
const DAY: f64 = 86_400.0;

/// What a probe costs when it is made all day at an interval.
pub(super) fn per_day(probe: f64, interval: Duration) -> f64 {
    probe * DAY / interval.as_secs_f64().max(1.0)
}

/// Dollars with as many digits as mean something.
pub(super) fn show(dollars: f64) -> String {
    match dollars {
        0.0 => "$0".to_owned(),
        tiny if tiny < 0.000_001 => "<$0.000001".to_owned(),
        small if small < 0.01 => format!("${small:.6}"),
        other => format!("${other:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_288_probes_at_the_default_interval() {
        let day = per_day(0.000_01, Duration::from_mins(5));
        assert!((day - 0.002_88).abs() < 1e-12);
        assert_eq!(show(day), "$0.002880");
    }

    #[test]
    fn dollars_keep_the_digits_that_mean_something() {
        assert_eq!(show(0.0), "$0");
        assert_eq!(show(1e-9), "<$0.000001");
        assert_eq!(show(12.345), "$12.35");
    }
}
