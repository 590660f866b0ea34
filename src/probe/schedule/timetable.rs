//! When each deployment is due. Pure: time is what the caller says, counted from the start of the schedule.

use std::collections::hash_map::Entry as Place;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::phase;

/// How soon a deployment is looked at again while its state is about to change, one wait after the other. After these
/// its regular turn comes.
const QUICK: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(5)];
/// What a provider asks for beyond this is not heeded: a verdict would be too old.
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// New deployments are probed for the first time at this rate, or at that of their interval if that is higher.
const FIRST_PER_SECOND: u32 = 100;
/// A small fleet's first pass still takes this long, to be no burst.
const FIRST_PASS: Duration = Duration::from_secs(1);

/// A deployment that is to be probed regularly.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its id.
    pub id: Arc<str>,
    /// From one probe to the next.
    pub interval: Duration,
    /// Whether what is known of it does not hold any more, because the configuration describes it in another way. It
    /// is then due as soon as a new one.
    pub is_changed: bool,
}

/// A deployment whose time has come. It is not due again until [`Timetable::finished`] hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The deployment.
    pub id: Arc<str>,
    /// When it was due.
    pub at: Duration,
    number: u64,
}

/// How a run went, as far as the next one depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finished {
    /// Whether the deployment's state is about to change, so that it is worth another look soon.
    pub is_turning: bool,
    /// How long the provider asks to be left alone.
    pub wait: Option<Duration>,
}

/// The due moments of a fleet.
///
/// Every deployment has its turns at a phase of its interval that follows from its id, so that a fleet's probes spread
/// over the interval, and a deployment keeps its turns over reloads and restarts of the schedule. A turn that
/// comes late moves no later one, and turns that were missed are not made up for.
#[derive(Debug, Default)]
pub struct Timetable {
    entries: HashMap<Arc<str>, Entry>,
    /// Those that are not being run, soonest first.
    waiting: BTreeSet<(Duration, Arc<str>)>,
    runs: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    interval: Duration,
    /// The next turn on the grid.
    turn: Duration,
    state: State,
    /// How many quick looks there were in a row.
    quick: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Due then.
    Waiting(Duration),
    /// The run with this number is under way.
    Running(u64),
}

impl Timetable {
    /// Makes these the deployments that are probed. Those that stay keep their due moments and the runs under way; new
    /// ones are due soon, one after the other; all others are forgotten. Of several with one id the first counts.
    pub fn sync(&mut self, wanted: impl IntoIterator<Item = Wanted>, now: Duration) {
        let mut before = std::mem::take(&mut self.entries);
        let mut new = Vec::new();
        for Wanted { id, interval, is_changed } in wanted {
            let Place::Vacant(place) = self.entries.entry(id) else { continue };
            let known = before.remove(place.key());
            let entry = match known {
                Some(entry) if entry.interval == interval => entry,
                Some(entry) => entry.at_interval(interval, place.key(), now),
                None => Entry { interval, turn: now, state: State::Waiting(now), quick: 0 },
            };
            if is_changed || known.is_none() {
                new.push(Arc::clone(place.key()));
            }
            place.insert(entry);
        }
        let pass = FIRST_PASS.max(Duration::from_secs(1) * count(&new) / FIRST_PER_SECOND);
        for id in &new {
            if let Some(entry) = self.entries.get_mut(id) {
                entry.begin(id, pass, now);
            }
        }
        let waiting = self.entries.iter().filter_map(|(id, entry)| Some((entry.waiting()?, Arc::clone(id))));
        self.waiting = waiting.collect();
    }

    /// A deployment whose time has come, if there is one; the one that is due longest.
    pub fn take_due(&mut self, now: Duration) -> Option<Due> {
        if self.next()? > now {
            return None;
        }
        let (due, id) = self.waiting.pop_first()?;
        let entry = self.entries.get_mut(&id)?;
        self.runs += 1;
        entry.state = State::Running(self.runs);
        if due >= entry.turn {
            // One that is very late has its next turn passed over, so that two are never close together.
            entry.turn = phase::turn_from(phase::share(&id), entry.interval, now + entry.interval / 2);
        }
        Some(Due { id, at: due, number: self.runs })
    }

    /// Takes in how a run went. That of a deployment that was removed since, or changed, has no effect.
    pub fn finished(&mut self, run: &Due, now: Duration, how: Finished) {
        let Some(entry) = self.running(run) else { return };
        let quick = QUICK.get(usize::from(entry.quick)).filter(|_| how.is_turning);
        entry.quick = if quick.is_some() { entry.quick + 1 } else { 0 };
        let earliest = now + how.wait.unwrap_or_default().min(LONGEST_WAIT);
        let due = entry.due(&run.id, now, quick.map(|wait| now + *wait), earliest);
        self.wait(&run.id, due);
    }

    /// Puts a run off that could not begin. It is due again at that moment, or at its turn if that comes first.
    pub fn postpone(&mut self, run: &Due, now: Duration, until: Duration) {
        let Some(entry) = self.running(run) else { return };
        let due = entry.due(&run.id, now, Some(until), until);
        self.wait(&run.id, due);
    }

    /// Puts a run off because a client's call has told what it would have. The turn after it stays well away, so that two
    /// probes are never close together.
    pub fn spare(&mut self, run: &Due, until: Duration) {
        let Some(entry) = self.running(run) else { return };
        entry.quick = 0;
        entry.turn = phase::turn_from(phase::share(&run.id), entry.interval, until + entry.interval / 2);
        self.wait(&run.id, until);
    }

    /// Leaves a deployment alone for some time, because its provider asks for that.
    pub fn defer(&mut self, id: &str, now: Duration, wait: Duration) {
        let earliest = now + wait.min(LONGEST_WAIT);
        let Some((id, entry)) = self.entries.get_key_value(id) else { return };
        let (id, mut entry) = (Arc::clone(id), *entry);
        if let State::Waiting(due) = entry.state
            && due < earliest
        {
            self.waiting.remove(&(due, Arc::clone(&id)));
            let quick = (due < entry.turn).then_some(earliest);
            let due = entry.due(&id, now, quick, earliest);
            self.entries.insert(Arc::clone(&id), entry);
            self.wait(&id, due);
        }
    }

    /// When the next deployment is due.
    #[must_use]
    pub fn next(&self) -> Option<Duration> {
        self.waiting.first().map(|(due, _)| *due)
    }

    /// When this deployment is due; its next turn while it is being run.
    #[must_use]
    pub fn due(&self, id: &str) -> Option<Duration> {
        let entry = self.entries.get(id)?;
        Some(entry.waiting().unwrap_or(entry.turn))
    }

    /// How many deployments are due by now and have not been taken.
    #[must_use]
    pub fn overdue(&self, now: Duration) -> usize {
        self.waiting.iter().take_while(|(due, _)| *due <= now).count()
    }

    /// How many deployments are probed regularly.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn running(&mut self, run: &Due) -> Option<&mut Entry> {
        self.entries.get_mut(&run.id).filter(|entry| entry.state == State::Running(run.number))
    }

    fn wait(&mut self, id: &Arc<str>, due: Duration) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.state = State::Waiting(due);
            self.waiting.insert((due, Arc::clone(id)));
        }
    }
}

impl Entry {
    /// The moment for which it waits.
    fn waiting(&self) -> Option<Duration> {
        match self.state {
            State::Waiting(due) => Some(due),
            State::Running(_) => None,
        }
    }

    /// The same with another interval: due at its turn by that, or earlier if it was.
    fn at_interval(self, interval: Duration, id: &str, now: Duration) -> Self {
        let turn = phase::turn_from(phase::share(id), interval, now);
        let state = match self.state {
            State::Waiting(due) => State::Waiting(due.min(turn)),
            running @ State::Running(_) => running,
        };
        Self { interval, turn, state, ..self }
    }

    /// Makes it due within the first pass over the new ones. A run that is under way is of what it was before, and its
    /// end is not waited for.
    fn begin(&mut self, id: &str, pass: Duration, now: Duration) {
        let share = phase::share(id);
        let due = if pass < self.interval {
            now + pass.mul_f64(share)
        } else {
            phase::turn_from(share, self.interval, now)
        };
        *self = Self { turn: due, state: State::Waiting(due), quick: 0, ..*self };
    }

    /// When it is due next: at `soon` if it may be probed again that soon, else at its turn, and not before
    /// `earliest`.
    fn due(&mut self, id: &str, now: Duration, soon: Option<Duration>, earliest: Duration) -> Duration {
        if self.turn <= now || self.turn < earliest {
            self.turn = phase::turn_from(
                phase::share(id),
                self.interval,
                earliest.max(now + Duration::from_nanos(1)),
            );
        }
        soon.map_or(self.turn, |soon| soon.max(earliest).min(self.turn))
    }
}

fn count(ids: &[Arc<str>]) -> u32 {
    u32::try_from(ids.len()).unwrap_or(u32::MAX)
}
