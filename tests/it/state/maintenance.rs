//! Maintenance: who is worked on, and what that means for probes and traffic.

use jiff::Timestamp;
use llmhealth::config::Config;
use llmhealth::state::{Announcement, Board, Calendar, Maintenance, Reason, Target};

use crate::support::fleet::config;

use super::{at, refused};

const YAML: &str = r#"
model_list:
  - {model_name: m, litellm_params: {model: openai/a}, model_info: {id: a}}
  - model_name: m
    litellm_params: {model: openai/a}
    model_info:
      id: b
      llmhealth:
        maintenance:
          - {cron: "0 2 * * *", duration: 1h, timezone: Europe/Berlin, probe: false}
          - {cron: "30 1 * * *", duration: 2h, routable: false}
"#;

fn announcement(id: &str, target: Target) -> Announcement {
    let reason = Some("upgrade".to_owned());
    Announcement {
        id: id.to_owned(),
        target,
        since: at(0),
        until: at(100),
        reason,
        is_probed: false,
        is_routable: true,
    }
}

fn of(calendar: &Calendar, config: &Config, id: &str, now: Timestamp) -> Option<Maintenance> {
    calendar.of(config.fleet.by_id(id).unwrap(), now)
}

#[test]
fn an_announcement_holds_for_its_target_until_its_end() {
    let (config, calendar) = (config(YAML), Calendar::default());
    calendar.announce(announcement("1", Target::Deployment("a".into())));
    assert_eq!(of(&calendar, &config, "b", at(50)), None);
    let maintenance = of(&calendar, &config, "a", at(99)).unwrap();
    assert_eq!((maintenance.until, maintenance.is_probed), (at(100), false));
    assert!(!calendar.is_probed(config.fleet.by_id("a").unwrap(), at(99)));
    assert!(calendar.is_probed(config.fleet.by_id("a").unwrap(), at(100)));
    assert_eq!(calendar.announced(at(100)), []);

    calendar.announce(announcement("2", Target::Model("m".to_owned())));
    assert!(of(&calendar, &config, "b", at(50)).is_some());
    assert_eq!(calendar.cancel("2").map(|one| one.id.clone()), Some("2".to_owned()));
    assert_eq!(calendar.cancel("2"), None);
    assert_eq!(of(&calendar, &config, "b", at(50)), None);
}

#[test]
fn the_windows_of_the_configuration_open_and_the_strictest_counts() {
    let (config, calendar) = (config(YAML), Calendar::default());
    let seen = |time: &str| {
        let maintenance = of(&calendar, &config, "b", time.parse().unwrap())?;
        let until = maintenance.until.to_string();
        Some((until, maintenance.is_probed, maintenance.is_routable))
    };
    assert_eq!(seen("2026-01-10T00:59:59Z"), None);
    assert_eq!(seen("2026-01-10T01:00:00Z"), Some(("2026-01-10T02:00:00Z".to_owned(), false, true)));
    assert_eq!(seen("2026-01-10T01:45:00Z"), Some(("2026-01-10T03:30:00Z".to_owned(), false, false)));
    assert_eq!(seen("2026-01-10T02:30:00Z"), Some(("2026-01-10T03:30:00Z".to_owned(), true, false)));
    assert_eq!(seen("2026-07-10T00:30:00Z").map(|seen| seen.1), Some(false), "summer time");
}

#[test]
fn traffic_goes_on_unless_an_operator_says_no_and_no_net_catches_that() {
    let config = config(YAML);
    let board = Board::new();
    board.adopt(&config);
    board.calendar().announce(announcement("1", Target::Model("m".to_owned())));
    let usable = || {
        let candidates = board.candidates(config.fleet.all(), &config, at(50));
        candidates.usable().iter().map(|one| one.deployment.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(usable(), ["a", "b"]);
    let refused_to_all =
        Announcement { is_routable: false, ..announcement("2", Target::Model("m".to_owned())) };
    board.calendar().announce(refused_to_all);
    assert_eq!(usable(), [""; 0]);
    let decision = board.candidates(config.fleet.all(), &config, at(50)).all[0].decision;
    assert_eq!((decision.reason, decision.until), (Reason::Maintenance, Some(at(100))));
}

#[test]
fn outcomes_count_during_maintenance_too() {
    let config = config(YAML);
    let board = Board::new();
    board.adopt(&config);
    board.calendar().announce(announcement("1", Target::Model("m".to_owned())));
    let standing = board.publish("a", &refused(1)).unwrap();
    assert_eq!(standing.consecutive_failures, 1);
}
