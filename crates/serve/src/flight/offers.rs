//! What this server can do, as clients ask for it before they ask questions: GetSqlInfo and GetXdbcTypeInfo. Pure.

use arrow_flight::error::FlightError;
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder, XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{Nullable, Searchable, SqlInfo, SqlSupportedCaseSensitivity, SqlSupportedTransaction, XdbcDataType};

/// Words that can name nothing unless they are quoted, beyond those of SQL:2016 that a driver knows.
const KEYWORDS: [&str; 5] = ["ILIKE", "LIMIT", "MEASURE", "OFFSET", "QUALIFY"];

/// Facts about the server; `max_seconds` is how long a statement may take.
pub(super) fn server(max_seconds: i32) -> Result<SqlInfoData, FlightError> {
    let mut told = SqlInfoDataBuilder::new();
    told.append(SqlInfo::FlightSqlServerName, "Trunkline");
    told.append(SqlInfo::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    // The version of Arrow's columnar format.
    told.append(SqlInfo::FlightSqlServerArrowVersion, "1.3");
    told.append(SqlInfo::FlightSqlServerReadOnly, true);
    told.append(SqlInfo::FlightSqlServerSql, true);
    told.append(SqlInfo::FlightSqlServerSubstrait, false);
    told.append(SqlInfo::FlightSqlServerTransaction, SqlSupportedTransaction::None as i32);
    told.append(SqlInfo::FlightSqlServerCancel, true);
    told.append(SqlInfo::FlightSqlServerBulkIngestion, false);
    told.append(SqlInfo::FlightSqlServerStatementTimeout, max_seconds.saturating_mul(1000));
    told.append(SqlInfo::SqlDdlCatalog, false);
    told.append(SqlInfo::SqlDdlSchema, false);
    told.append(SqlInfo::SqlDdlTable, false);
    told.append(SqlInfo::SqlAllTablesAreSelectable, true);
    told.append(SqlInfo::SqlIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32);
    told.append(SqlInfo::SqlIdentifierQuoteChar, "\"");
    told.append(SqlInfo::SqlQuotedIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityCaseInsensitive as i32);
    told.append(SqlInfo::SqlKeywords, &KEYWORDS[..]);
    told.append(SqlInfo::SqlNumericFunctions, &["abs", "ceil", "floor", "round", "power", "sqrt", "ln", "mod"][..]);
    told.append(SqlInfo::SqlStringFunctions, &["lower", "upper", "substring", "trim", "replace", "concat", "length"][..]);
    told.append(SqlInfo::SqlDatetimeFunctions, &["date_trunc", "date_part", "to_char", "to_timestamp", "now"][..]);
    told.append(SqlInfo::SqlSystemFunctions, &["version", "current_user", "current_database"][..]);
    told.append(SqlInfo::SqlSearchStringEscape, "\\");
    told.append(SqlInfo::SqlSchemaTerm, "schema");
    told.append(SqlInfo::SqlCatalogTerm, "database");
    told.append(SqlInfo::SqlSupportsColumnAliasing, true);
    told.append(SqlInfo::SqlNullPlusNullIsNull, true);
    told.append(SqlInfo::SqlCorrelatedSubqueriesSupported, true);
    told.append(SqlInfo::SqlTransactionsSupported, false);
    told.build()
}

/// The types of our columns: name, its number in ODBC, digits or characters, what encloses a literal.
const TYPES: [(&str, XdbcDataType, Option<i32>, Option<&str>); 10] = [
    ("boolean", XdbcDataType::XdbcBit, Some(1), None),
    ("smallint", XdbcDataType::XdbcSmallint, Some(16), None),
    ("integer", XdbcDataType::XdbcInteger, Some(32), None),
    ("bigint", XdbcDataType::XdbcBigint, Some(64), None),
    ("double precision", XdbcDataType::XdbcDouble, Some(53), None),
    ("numeric", XdbcDataType::XdbcDecimal, Some(38), None),
    ("text", XdbcDataType::XdbcVarchar, None, Some("'")),
    ("bytea", XdbcDataType::XdbcVarbinary, None, Some("'")),
    ("date", XdbcDataType::XdbcDate, Some(10), Some("'")),
    ("timestamp with time zone", XdbcDataType::XdbcTimestamp, Some(32), Some("'")),
];

/// The types there are.
pub(super) fn types() -> Result<XdbcTypeInfoData, FlightError> {
    let mut told = XdbcTypeInfoDataBuilder::new();
    for (name, kind, size, quote) in TYPES {
        told.append(XdbcTypeInfo {
            type_name: name.into(),
            data_type: kind,
            sql_data_type: kind,
            column_size: size,
            literal_prefix: quote.map(Into::into),
            literal_suffix: quote.map(Into::into),
            nullable: Nullable::NullabilityNullable,
            case_sensitive: quote.is_some(),
            searchable: Searchable::Full,
            unsigned_attribute: quote.is_none().then_some(false),
            local_type_name: Some(name.into()),
            num_prec_radix: size.filter(|_| quote.is_none()).map(|_| if name == "numeric" { 10 } else { 2 }),
            ..XdbcTypeInfo::default()
        });
    }
    told.build()
}
