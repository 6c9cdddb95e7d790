//! Who may read what, and where he may make views. Nothing is readable that is not granted.

use crate::views::is_schema_name;

/// What one client may read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rights {
    grants: Vec<Grant>,
    /// Schemas in which views may be made.
    makes: Vec<String>,
}

/// Tables that may be read, and how much of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Grant {
    /// `*`, `schema.*` or `schema.table`.
    pub tables: String,
    /// Only rows for which this SQL condition on the table's own columns holds; nothing: all.
    pub rows: Option<String>,
    /// Columns whose values are hidden: NULL in every row.
    pub masked: Vec<String>,
}

impl Rights {
    /// Of several grants.
    #[must_use]
    pub const fn of(grants: Vec<Grant>) -> Self {
        Self { grants, makes: Vec::new() }
    }

    /// The same, and views may be made in these schemas: all views there may be read.
    #[must_use]
    pub fn making(mut self, mut schemas: Vec<String>) -> Self {
        schemas.retain(|schema| is_schema_name(schema));
        schemas.sort();
        schemas.dedup();
        self.grants.extend(schemas.iter().map(|schema| Grant { tables: format!("{schema}.*"), ..Grant::default() }));
        self.makes = schemas;
        self
    }

    /// Whether views may be made in a schema.
    #[must_use]
    pub fn makes(&self, schema: &str) -> bool {
        self.makes.iter().any(|own| own == schema)
    }

    /// Schemas in which views may be made, in order.
    #[must_use]
    pub fn view_schemas(&self) -> &[String] {
        &self.makes
    }

    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self::of(vec![Grant { tables: "*".into(), ..Grant::default() }])
    }

    /// The grant that holds for a table: of those that name it the most exact, of equals the first. `None`: it may not be read, and is not there.
    #[must_use]
    pub fn on(&self, schema: &str, table: &str) -> Option<&Grant> {
        let exactness = |grant: &Grant| match grant.tables.split_once('.') {
            None if grant.tables == "*" => 1,
            Some((of, "*")) if of == schema => 2,
            Some((of, name)) if of == schema && name == table => 3,
            _ => 0,
        };
        self.grants.iter().rev().max_by_key(|grant| exactness(grant)).filter(|grant| exactness(grant) > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tables: &[&str], on: (&str, &str), expected: Option<&str>) {
        let grants = tables.iter().map(|tables| Grant { tables: (*tables).into(), ..Grant::default() }).collect();
        assert_eq!(Rights::of(grants).on(on.0, on.1).map(|grant| grant.tables.as_str()), expected);
    }

    #[test]
    fn the_most_exact_grant_holds_and_without_one_there_is_nothing() {
        check(&[], ("public", "contacts"), None);
        check(&["*", "public.*", "public.contacts"], ("public", "contacts"), Some("public.contacts"));
        check(&["public.contacts", "*"], ("public", "orders"), Some("*"));
        check(&["kpi.*"], ("public", "contacts"), None);
        check(&["contacts"], ("public", "contacts"), None);
    }
}
