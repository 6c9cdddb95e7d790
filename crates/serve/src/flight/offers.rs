//! What this server can do, as clients ask for it before they ask questions: GetSqlInfo and GetXdbcTypeInfo. Pure.

use arrow_flight::error::FlightError;
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder, XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{
    Nullable, Searchable, SqlInfo, SqlNullOrdering, SqlOuterJoinsSupportLevel, SqlSupportedCaseSensitivity, SqlSupportedGroupBy,
    SqlSupportedResultSetConcurrency, SqlSupportedResultSetType, SqlSupportedSubqueries, SqlSupportedTransaction, SqlSupportedUnions,
    SqlTransactionIsolationLevel, SupportedSqlGrammar, XdbcDataType,
};

use crate::server::Limits;

/// Words that can name nothing unless they are quoted, beyond those of SQL:2016 that a driver knows.
const KEYWORDS: [&str; 5] = ["ILIKE", "LIMIT", "MEASURE", "OFFSET", "QUALIFY"];

/// Bytes of a name at most, as `max_identifier_length` says too.
const NAME_BYTES: i64 = 63;

/// Entry level of SQL-92 (FlightSql.proto, "SupportedAnsi92SqlGrammarLevel").
const ANSI92_ENTRY: i32 = 0;

/// Facts about the server. A driver that is not told of a thing takes it that the server cannot do it.
pub(super) fn server(limits: &Limits) -> Result<SqlInfoData, FlightError> {
    let mut told = SqlInfoDataBuilder::new();
    product(&mut told, limits);
    names(&mut told);
    functions(&mut told);
    questions(&mut told);
    sizes(&mut told, limits);
    told.build()
}

fn product(told: &mut SqlInfoDataBuilder, limits: &Limits) {
    let seconds = i32::try_from(limits.statement_time.as_secs()).unwrap_or(i32::MAX);
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
    told.append(SqlInfo::FlightSqlServerStatementTimeout, seconds.saturating_mul(1000));
    for what in [
        SqlInfo::SqlDdlCatalog,
        SqlInfo::SqlDdlSchema,
        SqlInfo::SqlDdlTable,
        SqlInfo::SqlTransactionsSupported,
        SqlInfo::SqlSavepointsSupported,
        SqlInfo::SqlDataDefinitionCausesTransactionCommit,
        SqlInfo::SqlDataDefinitionsInTransactionsIgnored,
        SqlInfo::SqlBatchUpdatesSupported,
        SqlInfo::SqlLocatorsUpdateCopy,
        SqlInfo::SqlSelectForUpdateSupported,
        SqlInfo::SqlStoredProceduresSupported,
        SqlInfo::SqlStoredFunctionsUsingCallSyntaxSupported,
        SqlInfo::SqlSupportsIntegrityEnhancementFacility,
    ] {
        told.append(what, false);
    }
    // There are no transactions over Flight, and nothing is changed at a cursor's place.
    told.append(SqlInfo::SqlDefaultTransactionIsolation, 0_i64);
    told.append(SqlInfo::SqlSupportedTransactionsIsolationLevels, all_of(&[SqlTransactionIsolationLevel::SqlTransactionNone as i32]));
    told.append(SqlInfo::SqlSupportedPositionedCommands, 0);
}

fn names(told: &mut SqlInfoDataBuilder) {
    told.append(SqlInfo::SqlAllTablesAreSelectable, true);
    told.append(SqlInfo::SqlIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32);
    told.append(SqlInfo::SqlIdentifierQuoteChar, "\"");
    told.append(SqlInfo::SqlQuotedIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityCaseInsensitive as i32);
    told.append(SqlInfo::SqlExtraNameCharacters, "$");
    told.append(SqlInfo::SqlKeywords, &KEYWORDS[..]);
    told.append(SqlInfo::SqlSchemaTerm, "schema");
    told.append(SqlInfo::SqlCatalogTerm, "database");
    told.append(SqlInfo::SqlProcedureTerm, "function");
    told.append(SqlInfo::SqlCatalogAtStart, true);
    // Neither indexes nor privileges are made by SQL.
    told.append(SqlInfo::SqlSchemasSupportedActions, 0);
    told.append(SqlInfo::SqlCatalogsSupportedActions, 0);
}

fn functions(told: &mut SqlInfoDataBuilder) {
    told.append(SqlInfo::SqlNumericFunctions, &["abs", "ceil", "floor", "round", "power", "sqrt", "ln", "mod"][..]);
    told.append(SqlInfo::SqlStringFunctions, &["lower", "upper", "substring", "trim", "replace", "concat", "length"][..]);
    told.append(SqlInfo::SqlDatetimeFunctions, &["date_trunc", "date_part", "to_char", "to_timestamp", "now"][..]);
    told.append(SqlInfo::SqlSystemFunctions, &["version", "current_user", "current_database"][..]);
}

/// What a question may have.
fn questions(told: &mut SqlInfoDataBuilder) {
    told.append(SqlInfo::SqlSearchStringEscape, "\\");
    for what in [
        SqlInfo::SqlSupportsColumnAliasing,
        SqlInfo::SqlNullPlusNullIsNull,
        SqlInfo::SqlSupportsTableCorrelationNames,
        SqlInfo::SqlSupportsExpressionsInOrderBy,
        SqlInfo::SqlSupportsOrderByUnrelated,
        SqlInfo::SqlSupportsLikeEscapeClause,
        SqlInfo::SqlSupportsNonNullableColumns,
        SqlInfo::SqlCorrelatedSubqueriesSupported,
    ] {
        told.append(what, true);
    }
    // A table may be called as another is, and parameters have numbers.
    told.append(SqlInfo::SqlSupportsDifferentTableCorrelationNames, false);
    told.append(SqlInfo::SqlNamedParametersSupported, false);
    told.append(
        SqlInfo::SqlSupportedGroupBy,
        all_of(&[SqlSupportedGroupBy::SqlGroupByUnrelated as i32, SqlSupportedGroupBy::SqlGroupByBeyondSelect as i32]),
    );
    told.append(SqlInfo::SqlSupportedGrammar, all_of(&[SupportedSqlGrammar::SqlMinimumGrammar as i32]));
    told.append(SqlInfo::SqlAnsi92SupportedLevel, all_of(&[ANSI92_ENTRY]));
    told.append(
        SqlInfo::SqlOuterJoinsSupportLevel,
        all_of(&[SqlOuterJoinsSupportLevel::SqlLimitedOuterJoins as i32, SqlOuterJoinsSupportLevel::SqlFullOuterJoins as i32]),
    );
    told.append(
        SqlInfo::SqlSupportedSubqueries,
        all_of(&[
            SqlSupportedSubqueries::SqlSubqueriesInComparisons as i32,
            SqlSupportedSubqueries::SqlSubqueriesInExists as i32,
            SqlSupportedSubqueries::SqlSubqueriesInIns as i32,
            SqlSupportedSubqueries::SqlSubqueriesInQuantifieds as i32,
        ]),
    );
    told.append(SqlInfo::SqlSupportedUnions, all_of(&[SqlSupportedUnions::SqlUnion as i32, SqlSupportedUnions::SqlUnionAll as i32]));
    told.append(SqlInfo::SqlNullOrdering, SqlNullOrdering::SqlNullsSortedHigh as i32);
    told.append(SqlInfo::SqlSupportedResultSetTypes, all_of(&[SqlSupportedResultSetType::SqlResultSetTypeForwardOnly as i32]));
    told.append(
        SqlInfo::SqlSupportedConcurrenciesForResultSetForwardOnly,
        all_of(&[SqlSupportedResultSetConcurrency::SqlResultSetConcurrencyReadOnly as i32]),
    );
}

/// How long and how many things may be; nothing where there is no limit of its own.
fn sizes(told: &mut SqlInfoDataBuilder, limits: &Limits) {
    for name in [
        SqlInfo::SqlMaxColumnNameLength,
        SqlInfo::SqlMaxTableNameLength,
        SqlInfo::SqlDbSchemaNameLength,
        SqlInfo::SqlMaxCatalogNameLength,
        SqlInfo::SqlMaxUsernameLength,
    ] {
        told.append(name, NAME_BYTES);
    }
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    told.append(SqlInfo::SqlMaxStatementLength, whole(limits.text.statement_bytes));
    told.append(SqlInfo::SqlMaxConnections, whole(limits.connections));
    for free in [
        SqlInfo::SqlMaxBinaryLiteralLength,
        SqlInfo::SqlMaxCharLiteralLength,
        SqlInfo::SqlMaxColumnsInGroupBy,
        SqlInfo::SqlMaxColumnsInIndex,
        SqlInfo::SqlMaxColumnsInOrderBy,
        SqlInfo::SqlMaxColumnsInSelect,
        SqlInfo::SqlMaxColumnsInTable,
        SqlInfo::SqlMaxCursorNameLength,
        SqlInfo::SqlMaxIndexLength,
        SqlInfo::SqlMaxProcedureNameLength,
        SqlInfo::SqlMaxRowSize,
        SqlInfo::SqlMaxStatements,
        SqlInfo::SqlMaxTablesInSelect,
    ] {
        told.append(free, 0_i64);
    }
    told.append(SqlInfo::SqlMaxRowSizeIncludesBlobs, true);
}

/// Numbers as the bits of one.
fn all_of(these: &[i32]) -> i32 {
    these.iter().fold(0, |bits, this| bits | (1 << this))
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
