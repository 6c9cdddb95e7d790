//! End-to-end tests of the binary: see `e2e/`, one module per promise to the user.
