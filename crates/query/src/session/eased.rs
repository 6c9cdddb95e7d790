//! Less planning where planning is all the work: clients ask the catalogue for a few rows by joins of ten small relations.
//!
//! A session is eased for one statement by [`ease`]. It is planned then in one pass instead of three, undivided, and without the rules that
//! only save work on large inputs. What a plan needs to be right stays.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::execution::SessionState;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::{PhysicalOptimizer, PhysicalOptimizerContext};
use datafusion::physical_plan::ExecutionPlan;

/// Passes of the logical optimizer where a statement is eased. Nobody can set them, so they also say that it is.
const PASSES: usize = 1;

/// Rules without which a plan may be wrong, cannot run, or cannot be stopped.
const NEEDED: [&str; 4] = ["OutputRequirements", "join_selection", "EnsureRequirements", "EnsureCooperative"];

/// Eases planning from here on.
pub(crate) fn ease(state: &mut SessionState) {
    let options = state.config_mut().options_mut();
    options.optimizer.max_passes = PASSES;
    options.execution.target_partitions = 1;
}

/// The engine's own rules, those that can be spared passed over where it is eased.
pub(super) fn rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let rules = PhysicalOptimizer::new().rules.into_iter();
    rules.map(|rule| if NEEDED.contains(&rule.name()) { rule } else { Arc::new(Spared(rule)) as _ }).collect()
}

/// A rule that is passed over where planning is eased.
#[derive(Debug)]
struct Spared(Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for Spared {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        if config.optimizer.max_passes == PASSES { Ok(plan) } else { self.0.optimize(plan, config) }
    }

    fn optimize_with_context(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        context: &dyn PhysicalOptimizerContext,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if context.config_options().optimizer.max_passes == PASSES { Ok(plan) } else { self.0.optimize_with_context(plan, context) }
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_needed_rule_is_one_of_the_engines() {
        let names: Vec<String> = PhysicalOptimizer::new().rules.iter().map(|rule| rule.name().to_owned()).collect();
        assert!(NEEDED.iter().all(|needed| names.iter().any(|name| name == needed)), "{names:?}");
    }
}
