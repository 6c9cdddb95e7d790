//! Dirt between the centre and the file: duplicates, late lines, a shuffled window. What the lines say stays the same.

use std::collections::VecDeque;

use crate::random::Random;

/// How far back (in lines) a duplicate or a late line may come.
const DELAY_LINES: u64 = 20_000;

/// Ways to make a stream dirty; all off by default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Dirt {
    /// Share of lines (0 to 1) written a second time, up to 20,000 lines later. The truth stays.
    pub duplicates: f64,
    /// Share of lines (0 to 1) written up to 20,000 lines late. The truth stays.
    pub late: f64,
    /// Lines are shuffled within a window of this many; 0 or 1 keeps the order. The truth stays.
    pub shuffle_window: usize,
    /// Share of contacts (0 to 1) whose `contact.ended` never arrives. They stay open: the truth counts them in `open_contacts` and in
    /// no figure that needs an end (`aht_contact`, `fcr_7d`; `received` and `transfer_rate` in basis completion).
    pub missing_ends: f64,
    /// Error of the recorder's clock in ms: every event then carries `recordedtime` = `time` + this. The truth stays.
    pub clock_skew_ms: i64,
}

impl Dirt {
    /// Whether lines change place or number.
    pub(crate) fn moves_lines(&self) -> bool {
        self.duplicates > 0.0 || self.late > 0.0 || self.shuffle_window > 1
    }
}

/// Takes lines in order, gives them out dirty.
#[derive(Debug)]
pub(crate) struct Dirtier {
    dirt: Dirt,
    random: Random,
    window: Vec<Vec<u8>>,
    /// Lines to come later, by the number of the line that lets them go: buckets of 64 lines.
    held: VecDeque<Vec<Vec<u8>>>,
    lines: u64,
}

impl Dirtier {
    /// A stage with its own random stream, so that dirt never changes the centre.
    pub(crate) fn new(dirt: Dirt, seed: u64) -> Self {
        Self { dirt, random: Random::new(seed ^ 0xd127), window: Vec::new(), held: VecDeque::new(), lines: 0 }
    }

    /// Takes one line and appends what is due to `out`.
    pub(crate) fn take(&mut self, line: Vec<u8>, out: &mut Vec<u8>) {
        self.lines += 1;
        if self.random.chance(self.dirt.duplicates) {
            self.hold(line.clone());
        }
        if self.random.chance(self.dirt.late) {
            self.hold(line);
        } else {
            self.shuffle(line, out);
        }
        if self.lines.is_multiple_of(64) {
            for line in self.held.pop_front().unwrap_or_default() {
                self.shuffle(line, out);
            }
        }
    }

    /// Appends everything still held.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        while let Some(lines) = self.held.pop_front() {
            for line in lines {
                self.shuffle(line, out);
            }
        }
        for line in self.window.drain(..) {
            out.extend_from_slice(&line);
        }
    }

    fn hold(&mut self, line: Vec<u8>) {
        let bucket = self.random.below(DELAY_LINES / 64) as usize;
        while self.held.len() <= bucket {
            self.held.push_back(Vec::new());
        }
        self.held[bucket].push(line);
    }

    fn shuffle(&mut self, line: Vec<u8>, out: &mut Vec<u8>) {
        if self.window.len() < self.dirt.shuffle_window {
            self.window.push(line);
        } else if self.window.is_empty() {
            out.extend_from_slice(&line);
        } else {
            let at = self.random.below(self.window.len() as u64) as usize;
            let released = std::mem::replace(&mut self.window[at], line);
            out.extend_from_slice(&released);
        }
    }
}
