//! Given events, then facts.
