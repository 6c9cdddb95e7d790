//! The definitions as tables, so that they can be queried: `catalog.kpis, catalog.kpi_parameters, catalog.kpi_bases,
//! catalog.kpi_dimensions`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::error::ArrowError;

use super::registry::Registry;
use super::sql::plan::dimensions;

/// The tables, by the name they have in schema `catalog`, one batch each.
///
/// # Errors
/// Never in practice: the columns of a table always have the same length.
pub fn tables(registry: &Registry) -> Result<Vec<(&'static str, RecordBatch)>, ArrowError> {
    Ok(vec![
        ("kpis", kpis(registry)?),
        ("kpi_parameters", parameters(registry)?),
        ("kpi_bases", bases(registry)?),
        ("kpi_dimensions", dimension_rows(registry)?),
    ])
}

fn text<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn owned(values: impl Iterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// A snake-case word of the specification, as written in YAML.
fn word(value: &impl std::fmt::Debug) -> String {
    let camel = format!("{value:?}");
    let mut out = String::new();
    for (index, c) in camel.chars().enumerate() {
        if c.is_ascii_uppercase() && index > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn kpis(registry: &Registry) -> Result<RecordBatch, ArrowError> {
    let entries: Vec<_> = registry.entries().collect();
    let specs = || entries.iter().map(|e| &e.spec);
    let number = |values: Vec<Option<f64>>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    RecordBatch::try_from_iter_with_nullable(vec![
        ("name", owned(specs().map(|s| s.name.clone())), false),
        ("title", owned(specs().map(|s| s.title.clone())), false),
        ("doc", owned(specs().map(|s| s.doc.clone())), false),
        ("grain", owned(specs().map(|s| word(&s.grain))), false),
        ("fact", owned(specs().map(|s| s.fact.clone())), false),
        ("kind", owned(specs().map(|s| word(&s.kind))), false),
        ("unit", owned(specs().map(|s| word(&s.unit))), false),
        ("direction", owned(specs().map(|s| word(&s.direction))), false),
        ("default_basis", owned(specs().map(|s| s.default_basis.to_string())), false),
        ("population", text(specs().map(|s| s.population.as_deref())), true),
        ("numerator", owned(specs().map(|s| s.numerator.clone())), false),
        ("denominator", text(specs().map(|s| s.denominator.as_deref())), true),
        ("target", number(specs().map(|s| s.target).collect()), true),
        ("benchmark", text(specs().map(|s| s.benchmark.as_deref())), true),
        ("owner", owned(specs().map(|s| s.owner.clone())), false),
        ("source", owned(specs().map(|s| s.source.clone())), false),
        ("synonyms", owned(specs().map(|s| s.synonyms.join(", "))), false),
        ("valid_from", owned(specs().map(|s| s.valid_from.clone())), false),
        ("file", owned(entries.iter().map(|e| e.file.clone())), false),
    ])
}

fn parameters(registry: &Registry) -> Result<RecordBatch, ArrowError> {
    let mut rows: Vec<(String, String, f64, String)> = Vec::new();
    for spec in registry.specs() {
        let versions = spec.versions.iter().map(|v| (v.valid_from.clone(), &v.parameters));
        for (from, values) in std::iter::once((spec.valid_from.clone(), &spec.parameters)).chain(versions) {
            rows.extend(values.iter().map(|(name, value)| (spec.name.clone(), name.clone(), *value, from.clone())));
        }
    }
    let defaults: ArrayRef = Arc::new(Float64Array::from_iter_values(rows.iter().map(|r| r.2)));
    RecordBatch::try_from_iter_with_nullable(vec![
        ("kpi", owned(rows.iter().map(|r| r.0.clone())), false),
        ("parameter", owned(rows.iter().map(|r| r.1.clone())), false),
        ("default_value", defaults, false),
        ("valid_from", owned(rows.iter().map(|r| r.3.clone())), false),
    ])
}

fn bases(registry: &Registry) -> Result<RecordBatch, ArrowError> {
    let mut rows: Vec<[Option<String>; 4]> = Vec::new();
    for spec in registry.specs() {
        for basis in spec.offered_bases() {
            let numerator = spec.bases.get(&basis).cloned();
            let denominator = spec.denominator_bases.get(&basis).or(spec.bases.get(&basis)).cloned();
            rows.push([Some(spec.name.clone()), Some(basis.to_string()), numerator, denominator]);
        }
    }
    let column = |index: usize| text(rows.iter().map(|r| r[index].as_deref()));
    RecordBatch::try_from_iter_with_nullable(vec![
        ("kpi", column(0), false),
        ("basis", column(1), false),
        ("numerator_at", column(2), true),
        ("denominator_at", column(3), true),
    ])
}

fn dimension_rows(registry: &Registry) -> Result<RecordBatch, ArrowError> {
    let mut rows: Vec<[String; 3]> = Vec::new();
    for spec in registry.specs() {
        rows.extend(dimensions(spec).into_iter().map(|(name, sql)| [spec.name.clone(), name, sql]));
    }
    let column = |index: usize| owned(rows.iter().map(|r| r[index].clone()));
    RecordBatch::try_from_iter_with_nullable(vec![
        ("kpi", column(0), false),
        ("dimension", column(1), false),
        ("expression", column(2), false),
    ])
}
