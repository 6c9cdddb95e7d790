//! SQL functions of our own: local time and the calendar by jiff's bundled tables, since the engine's own zone tables are older,
//! exact quantiles, values picked out of many, histograms, spans times numbers, sums and products that do not go round.
//!
//! [`clock`] is the arithmetic, `local` and `calendar` put it into SQL.

mod bucket;
mod calendar;
mod capped;
mod clock;
mod disagreement;
mod division;
mod intervals;
mod local;
mod ordered;
mod preimage;
mod quantile;
mod seconds;
mod share;
mod total;
mod truths;
mod whole;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::prelude::SessionContext;

pub(crate) use capped::cap;
pub use clock::{Buckets, Clock, Step};
pub use disagreement::{Disagreement, zone_disagreements};
pub(crate) use division::DIVIDED;
pub(crate) use local::zone;
pub(crate) use seconds::{Field, SECONDS_OF};
pub(crate) use truths::truth;
pub(crate) use whole::checked;

/// Registers every scalar and aggregate function of ours and the JSON functions.
///
/// # Errors
/// When the session refuses one.
pub fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    datafusion_functions_json::register_all(registry)?;
    for function in local::functions() {
        registry.register_udf(Arc::new(function))?;
    }
    for function in
        [bucket::function(), division::function(), intervals::function(), seconds::function()].into_iter().chain(whole::functions())
    {
        registry.register_udf(Arc::new(function))?;
    }
    registry.register_expr_planner(Arc::new(intervals::Products))?;
    registry.register_expr_planner(Arc::new(truths::Written))?;
    for function in quantile::functions().into_iter().chain(ordered::functions()).chain([total::function()]) {
        registry.register_udaf(Arc::new(function))?;
    }
    Ok(())
}

/// Registers the table functions `calendar` and `zone_disagreements`.
pub fn register_tables(context: &SessionContext) {
    calendar::register(context);
}
