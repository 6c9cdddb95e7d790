//! `trunkline kpi`: one KPI, one row per period and group.

use std::collections::BTreeMap;

use trunkline_query::kpi::{Grain, KpiRequest, parse_instant};

use crate::answer;
use crate::args::{Cli, Kpi};
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// Names, ranges and parameters that do not fit the KPI (exit code 2); no lake.
pub async fn run(cli: &Cli, args: &Kpi) -> Result<(), Failure> {
    let engine = answer::engine(cli, &args.zone, args.as_of.as_deref()).await?;
    if args.name == "list" {
        let batches =
            engine.collect("SELECT name, title, unit, grain, default_basis FROM catalog.kpis ORDER BY name", &BTreeMap::new()).await;
        return answer::deliver(&batches.map_err(answer::explain)?, &args.output, &args.zone);
    }
    let mut request = KpiRequest::new(&args.name);
    request.by.clone_from(&args.by);
    request.grain = args.grain.as_deref().map(Grain::parse).transpose().map_err(Failure::usage)?;
    request.from = args.from.as_deref().map(|t| parse_instant(t, &args.zone)).transpose().map_err(Failure::usage)?;
    request.to = args.to.as_deref().map(|t| parse_instant(t, &args.zone)).transpose().map_err(Failure::usage)?;
    request.zone.clone_from(&args.zone);
    request.basis.clone_from(&args.basis);
    request.params = answer::pairs(&args.parameters)?;
    let batches = engine.kpi(&request).await.map_err(answer::explain)?;
    answer::deliver(&batches, &args.output, &args.zone)
}
