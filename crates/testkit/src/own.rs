//! A process that the test started: it does not outlive the test.

use std::ops::{Deref, DerefMut};
use std::process::Child;

/// A child that is killed when it is dropped.
#[derive(Debug)]
pub struct OwnChild(pub Child);

impl Deref for OwnChild {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for OwnChild {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for OwnChild {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to be done about either failure here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
