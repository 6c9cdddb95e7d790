//! Placeholder.
pub mod kpi;
