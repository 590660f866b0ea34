//! Times at which a deployment is worked on, as its configuration plans them.

use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time of maintenance that comes again and again.
#[derive(Debug, Clone, PartialEq)]
pub struct MaintenanceWindow {
    cron: Cron,
    duration: Duration,
    zone: TimeZone,
    /// Whether the deployment is probed meanwhile.
    pub is_probed: bool,
    /// Whether traffic may go to it meanwhile.
    pub is_routable: bool,
}

/// A cron pattern that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CronError {
    /// It is none.
    #[error("is no cron pattern of five fields")]
    Malformed(#[source] Box<croner::errors::CronError>),
    /// No day is like that.
    #[error("never comes")]
    Never,
}

impl MaintenanceWindow {
    /// A window that opens whenever the pattern matches (minute, hour, day, month, weekday, in the zone's time) and
    /// closes after the duration.
    pub fn new(pattern: &str, duration: Duration, zone: TimeZone) -> Result<Self, CronError> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(pattern).map_err(|error| CronError::Malformed(Box::new(error)))?;
        cron.find_next_occurrence(&Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC), true)
            .map_err(|_| CronError::Never)?;
        Ok(Self { cron, duration, zone, is_probed: true, is_routable: true })
    }

    /// When the window that is open at this moment was opened and when it closes, if one is.
    #[must_use]
    pub fn open_at(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let local = now.to_zoned(self.zone.clone());
        let since = self.cron.find_previous_occurrence(&local, true).ok()?.timestamp();
        let until = since.saturating_add(self.duration).unwrap_or(Timestamp::MAX);
        (now < until).then_some((since, until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(window: &MaintenanceWindow, at: &str) -> Option<(String, String)> {
        let (since, until) = window.open_at(at.parse().unwrap())?;
        Some((since.to_string(), until.to_string()))
    }

    #[test]
    fn a_window_is_open_from_its_pattern_for_its_duration() {
        let hour = Duration::from_hours(1);
        let window = MaintenanceWindow::new("30 2 * * SUN", hour, TimeZone::UTC).unwrap();
        let due = Some(("2026-01-04T02:30:00Z".to_owned(), "2026-01-04T03:30:00Z".to_owned()));
        assert_eq!(open(&window, "2026-01-04T02:29:59.999Z"), None);
        assert_eq!(open(&window, "2026-01-04T02:30:00Z"), due);
        assert_eq!(open(&window, "2026-01-04T03:29:59.999Z"), due);
        assert_eq!(open(&window, "2026-01-04T03:30:00Z"), None);
        assert_eq!(open(&window, "2026-01-05T02:45:00Z"), None, "a Monday");
    }

    #[test]
    fn the_zone_decides_what_two_in_the_morning_is_in_summer_too() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let window = MaintenanceWindow::new("0 2 * * *", Duration::from_mins(30), zone).unwrap();
        assert!(window.open_at("2026-01-10T01:10:00Z".parse().unwrap()).is_some());
        assert!(window.open_at("2026-07-10T00:10:00Z".parse().unwrap()).is_some());
        assert!(window.open_at("2026-07-10T01:10:00Z".parse().unwrap()).is_none());
    }

    #[test]
    fn what_is_no_pattern_or_never_comes_is_refused() {
        let refused = |pattern: &str| {
            let window = MaintenanceWindow::new(pattern, Duration::from_mins(1), TimeZone::UTC);
            window.map(drop).unwrap_err().to_string()
        };
        for pattern in ["", "every day", "61 * * * *", "* * * *", "0 * * * * *"] {
            assert_eq!(refused(pattern), "is no cron pattern of five fields", "{pattern}");
        }
        assert_eq!(refused("0 0 30 2 *"), "never comes");
    }
}
