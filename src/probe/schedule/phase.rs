//! Where in its interval a deployment has its turn: the same at every start, and spread evenly over a fleet.

use std::time::Duration;

/// The share of an interval, from 0 to below 1, at which this deployment has its turn.
pub(super) fn share(id: &str) -> f64 {
    // 53 bits are what a float holds exactly.
    #[expect(clippy::cast_precision_loss, reason = "both have at most 53 bits")]
    let share = (hash(id) >> 11) as f64 / (1_u64 << 53) as f64;
    share
}

/// The first turn of this deployment at or after a moment. Turns are an interval apart, at the share that the id has
/// been given, counted from the beginning of time.
pub(super) fn turn_from(share: f64, interval: Duration, moment: Duration) -> Duration {
    let (interval, moment) = (interval.as_nanos(), moment.as_nanos());
    let phase = Duration::from_nanos(saturated(interval)).mul_f64(share).as_nanos();
    let passed = moment.saturating_sub(phase).div_ceil(interval.max(1));
    Duration::from_nanos(saturated(phase + passed * interval))
}

fn saturated(nanoseconds: u128) -> u64 {
    u64::try_from(nanoseconds).unwrap_or(u64::MAX)
}

/// FNV-1a, with the last step of `SplitMix64` so that ids which differ in their last letter only come far apart. The
/// standard library's hash is another one in every process, and may change with every release.
fn hash(id: &str) -> u64 {
    let fnv = id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_the_same_for_ever() {
        assert_eq!(hash(""), 0xf52a_15e9_a9b5_e89b);
        assert_eq!(hash("gpt-4o"), 17_972_759_478_113_200_975);
    }

    #[test]
    fn ids_that_look_alike_are_spread_evenly() {
        let mut slices = [0_usize; 20];
        for number in 0..10_000 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to below 20")]
            let slice = (share(&format!("id-{number}")) * 20.0) as usize;
            slices[slice] += 1;
        }
        assert!(slices.iter().all(|count| (400..600).contains(count)), "{slices:?}");
    }

    #[test]
    fn turns_stay_on_their_grid() {
        let interval = Duration::from_mins(1);
        let turn = |moment| turn_from(0.5, interval, Duration::from_secs(moment)).as_secs();
        assert_eq!([0, 30, 31, 90, 91, 3600].map(turn), [30, 30, 90, 90, 150, 3630]);
    }
}
