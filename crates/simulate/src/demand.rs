//! When customers come: time of day, day of week and trend, as an inhomogeneous Poisson process given its total.
//!
//! Given their number, the arrivals of a Poisson process are independent draws from its intensity. They are produced in order
//! by walking order statistics of the uniform distribution through the inverse of the cumulated intensity.

use crate::random::Random;

/// Milliseconds per hour.
pub(crate) const HOUR: i64 = 3_600_000;
/// Milliseconds per day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// Weight of each hour of the day.
pub(crate) const HOURS: [f64; 24] =
    [0.9, 0.5, 0.35, 0.3, 0.35, 0.5, 0.9, 2.0, 4.6, 7.4, 8.6, 8.4, 7.0, 6.6, 7.2, 7.4, 7.0, 6.2, 5.0, 3.6, 2.4, 1.5, 1.2, 1.1];
/// Weight of each day, Monday first.
pub(crate) const WEEKDAYS: [f64; 7] = [1.18, 1.06, 1.0, 0.98, 0.96, 0.48, 0.2];
/// Growth of the demand from the first to the last day.
const TREND: f64 = 0.08;

/// Arrival instants, in order, one at a time.
#[derive(Debug)]
pub(crate) struct Arrivals {
    start: i64,
    cumulated: Vec<f64>,
    hour: usize,
    position: f64,
    left: u64,
}

impl Arrivals {
    /// `total` arrivals between `start` (ms since the epoch) and ten minutes before `days` later.
    pub(crate) fn new(start: i64, days: u32, total: u64) -> Self {
        let mut cumulated = vec![0.0];
        let mut sum = 0.0;
        let span = f64::from(days.max(1));
        for hour in 0..i64::from(days) * 24 {
            let at = start + hour * HOUR;
            let grown = 1.0 + TREND * (hour as f64 / 24.0) / span;
            sum += HOURS[hour_of(at)] * WEEKDAYS[weekday(at)] * grown;
            cumulated.push(sum);
        }
        Self { start, cumulated, hour: 0, position: 0.0, left: if days == 0 { 0 } else { total } }
    }

    /// The next arrival in ms since the epoch; `None` when all came.
    pub(crate) fn next(&mut self, random: &mut Random) -> Option<i64> {
        if self.left == 0 {
            return None;
        }
        let keep = libm::exp(libm::log(1.0 - random.unit()) / self.left as f64);
        self.position = 1.0 - (1.0 - self.position) * keep;
        self.left -= 1;
        let hours = self.cumulated.len() - 1;
        let target = self.position * self.cumulated[hours];
        while self.hour + 1 < hours && self.cumulated[self.hour + 1] <= target {
            self.hour += 1;
        }
        let (low, high) = (self.cumulated[self.hour], self.cumulated[self.hour + 1]);
        let part = ((target - low) / (high - low)).clamp(0.0, 1.0);
        // The last hour is squeezed so that what begins before the horizon has a first step before it too.
        let length = if self.hour + 1 == hours { HOUR - 600_000 } else { HOUR - 1 };
        Some(self.start + self.hour as i64 * HOUR + (part * length as f64) as i64)
    }
}

/// Hour of the UTC day.
pub(crate) fn hour_of(ms: i64) -> usize {
    (ms.rem_euclid(DAY) / HOUR) as usize
}

/// Day of the week, Monday = 0.
pub(crate) fn weekday(ms: i64) -> usize {
    (ms.div_euclid(DAY) + 3).rem_euclid(7) as usize
}

/// Whether people answer calls and chats: Monday to Saturday, 7 to 21 UTC.
pub(crate) fn is_open(ms: i64) -> bool {
    weekday(ms) < 6 && (7..21).contains(&hour_of(ms))
}

/// Whether support answers calls: day and night, but for Sunday from 7 to 23 UTC.
pub(crate) fn is_support_open(ms: i64) -> bool {
    weekday(ms) < 6 || !(7..23).contains(&hour_of(ms))
}

/// Contacts on a busy ordinary weekday, for sizing the staff.
pub(crate) fn busy_day(start: i64, days: u32, total: u64) -> f64 {
    let weights: f64 = (0..i64::from(days)).map(|d| WEEKDAYS[weekday(start + d * DAY)]).sum();
    if weights > 0.0 { total as f64 * 1.06 / weights } else { 0.0 }
}
