//! SQL functions of our own: local time by jiff's bundled tables, since the engine's own zone tables are older.

mod local;

use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use std::sync::Arc;

/// Registers every function of ours and the JSON functions.
///
/// # Errors
/// When the session refuses one.
pub fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    datafusion_functions_json::register_all(registry)?;
    for function in local::functions() {
        registry.register_udf(Arc::new(function))?;
    }
    Ok(())
}
