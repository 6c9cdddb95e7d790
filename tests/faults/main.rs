//! Faults, with real processes: whatever happens, no acknowledged record is missing, none is there twice, the books balance, and the facts are what the
//! log says.
//!
//! Numbers of the catalogue that the design was made with, and the test of each; some are shown elsewhere. docs/faults.md says which guard each
//! of them tests:
//!
//! | fault | test |
//! |---|---|
//! | 1-5 kill before, in, and after every write and commit | `steps` |
//! | 6-8 kill around a checkpoint | `steps::killed_around_its_end` |
//! | 12 torn commit, 13 torn data file, 14 damaged checkpoint pointer | `disk` |
//! | 15-17 disk full under log, commit and queue; 19 read-only | `disk` |
//! | 20 too few file handles | `limits` |
//! | 31 two collectors, 32 one that sleeps | `rivals` |
//! | 41 broker killed, 42 rolled back, 43 numbers used again, 44 made again, 45 expired unread | `e2e/streams` |
//! | 46 stream full, 47 lost acknowledgement, 48 sent again late, 50 consumer deleted, 51 connection cut or mute, 52 slow, 53 login taken away, 75 broker not there yet | `broker` |
//! | 54 too large, 55 poison, 57 unknown words, 66 same id with other content | `input` |
//! | 58 half a request, 59 sent again after the answer was lost, 60 forged | `input`, `steps`, `e2e/collect` |
//! | 61 clock set back | `collect/tests` of `ingest` |
//! | 63 any order, 64 late events | property tests of `events` and `facts` |
//! | 68 kill while facts are replaced | `steps` |
//! | 72 told to stop while busy, 78 overload | `limits` |
//! | 76 a flipped bit in the queue | `disk` |
//! | any moment, fifty times, under load | `random` |
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod broker;
mod centre;
mod disk;
mod input;
mod limits;
mod random;
mod rivals;
mod steps;
