//! Rows that nothing is done with are read by one thread. Whatever takes them is slower than that: a thread reads the facts of a million contacts
//! in a tenth of a second. Two would wake each other all the time, hold twice the memory, and give the rows in another order each time.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, FileSource as _, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::projection::ProjectionExec;

/// The same plan, with one division where it does nothing but read columns of a table.
pub(crate) fn undivided(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    if !is_only_read(&plan) {
        return Ok(plan);
    }
    plan.transform_up(|node| {
        let Some((scan, _)) = node.downcast_ref::<DataSourceExec>().and_then(DataSourceExec::downcast_to_file_source::<ParquetSource>)
        else {
            return Ok(Transformed::no(node));
        };
        let files = scan.file_groups.iter().flat_map(FileGroup::iter).cloned().collect();
        let scan = FileScanConfigBuilder::from(scan.clone()).with_file_groups(vec![FileGroup::new(files)]).build();
        Ok(Transformed::yes(DataSourceExec::from_data_source(scan) as Arc<dyn ExecutionPlan>))
    })
    .data()
}

fn is_only_read(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        return scan.downcast_to_file_source::<ParquetSource>().is_some_and(|(_, source)| source.filter().is_none());
    }
    let passes = match plan.downcast_ref::<ProjectionExec>() {
        Some(columns) => columns.expr().iter().all(|column| column.expr.downcast_ref::<Column>().is_some()),
        None => plan.downcast_ref::<CoalescePartitionsExec>().is_some() || plan.downcast_ref::<CooperativeExec>().is_some(),
    };
    passes && plan.children().iter().all(|child| is_only_read(child))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::datasource::listing::PartitionedFile;
    use datafusion::datasource::object_store::ObjectStoreUrl;
    use datafusion::logical_expr::Operator;
    use datafusion::physical_expr::PhysicalExpr;
    use datafusion::physical_expr::expressions::{BinaryExpr, binary, lit};
    use datafusion::physical_plan::ExecutionPlanProperties as _;

    use super::*;

    fn schema() -> Arc<Schema> {
        Arc::new(Schema::new(vec![Field::new("wait_ms", DataType::Int64, true)]))
    }

    fn wait() -> Arc<dyn PhysicalExpr> {
        Arc::new(Column::new("wait_ms", 0))
    }

    fn scan(filter: Option<Arc<dyn PhysicalExpr>>) -> Arc<dyn ExecutionPlan> {
        let source = ParquetSource::new(schema());
        let source = filter.map_or_else(|| source.clone(), |filter| source.clone().with_predicate(filter));
        let file = |name: &str| FileGroup::new(vec![PartitionedFile::new(name, 9)]);
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source));
        DataSourceExec::from_data_source(config.with_file_groups(vec![file("a"), file("b"), file("c")]).with_limit(Some(7)).build())
    }

    fn divisions(plan: Arc<dyn ExecutionPlan>) -> usize {
        let mut leaf = undivided(plan).unwrap();
        while let Some(child) = leaf.children().first().map(|child| Arc::clone(child)) {
            leaf = child;
        }
        leaf.output_partitioning().partition_count()
    }

    fn together(plan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(CoalescePartitionsExec::new(plan).with_fetch(Some(7)))
    }

    fn shown(expr: Arc<dyn PhysicalExpr>, of: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(ProjectionExec::try_new(vec![(expr, "shown".to_owned())], of).unwrap())
    }

    #[test]
    fn what_only_reads_columns_is_not_divided_and_what_works_is() {
        let longer = BinaryExpr::new(wait(), Operator::Gt, lit(5_i64));
        let twice = binary(wait(), Operator::Plus, wait(), &schema()).unwrap();
        assert_eq!(divisions(scan(None)), 1);
        assert_eq!(divisions(together(shown(wait(), scan(None)))), 1);
        assert_eq!(divisions(together(scan(Some(Arc::new(longer))))), 3);
        assert_eq!(divisions(together(shown(twice, scan(None)))), 3);
    }

    #[test]
    fn no_file_and_no_limit_gets_lost() {
        let plan = undivided(scan(None)).unwrap();
        let (scan, _) = plan.downcast_ref::<DataSourceExec>().unwrap().downcast_to_file_source::<ParquetSource>().unwrap();
        let names: Vec<String> = scan.file_groups[0].iter().map(|file| file.object_meta.location.to_string()).collect();
        assert_eq!((names.join(" ").as_str(), scan.limit), ("a b c", Some(7)));
    }
}
