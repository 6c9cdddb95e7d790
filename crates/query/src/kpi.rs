//! The KPI catalogue: definitions in YAML, and everything derived from them.
//!
//! One file per KPI ([`spec`]) names a grain, a fact, the instants of each time basis and additive measures. The
//! [`registry`] holds the built-in files and the project's own; [`request`] and [`sql`] turn a question into SQL with the
//! long-form columns, [`measure`] expands `MEASURE(kpi)` and `kpi(...)` inside a user's SQL, [`closure`] proves that the
//! counts of a queue add up, [`catalog`] shows the definitions as tables and [`check`] validates them without data.

pub mod agent_time;
pub mod builtin;
pub mod call;
pub mod catalog;
pub mod check;
pub mod closure;
pub mod error;
pub mod fact;
pub mod measure;
pub mod parameter;
pub mod period;
pub mod registry;
pub mod request;
pub mod spec;
pub mod sql;

pub use closure::closure_sql;
pub use error::{KpiError, SpecError};
pub use measure::{expand_in, expand_measures, measure_expression};
pub use registry::Registry;
pub use request::{Grain, KpiRequest, parse_instant};
pub use spec::{Basis, KpiKind, KpiSpec};
pub use sql::{kpi_sql, range_sql};
