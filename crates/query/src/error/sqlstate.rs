//! PostgreSQL's codes for what can go wrong (SQLSTATE; its documentation, appendix A), so that clients know what it was.

use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, SchemaError};

/// A kind of error, by PostgreSQL's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sqlstate {
    /// A question that is wrong in some other way.
    SyntaxErrorOrAccessRuleViolation,
    /// A text that is no statement.
    SyntaxError,
    /// A column that is not there.
    UndefinedColumn,
    /// A name that several columns have.
    AmbiguousColumn,
    /// Two columns of one name.
    DuplicateColumn,
    /// A table that is not there.
    UndefinedTable,
    /// A parameter where there is none.
    UndefinedParameter,
    /// A function that is not there, or not for such values.
    UndefinedFunction,
    /// A column that stands neither in GROUP BY nor in an aggregate.
    GroupingError,
    /// What would change something.
    ReadOnlySqlTransaction,
    /// What is not built.
    FeatureNotSupported,
    /// Memory or disk that a question may not have.
    OutOfMemory,
    /// More than a limit allows.
    ProgramLimitExceeded,
    /// Division by zero.
    DivisionByZero,
    /// Several rows where there may be one.
    CardinalityViolation,
    /// Text that is no value of its type.
    InvalidTextRepresentation,
    /// A number too large for its type.
    NumericValueOutOfRange,
    /// A time, or a pattern for one, that cannot be read.
    InvalidDatetimeFormat,
    /// A value that a function does not take.
    InvalidParameterValue,
    /// A regular expression that is none.
    InvalidRegularExpression,
    /// Files that cannot be read.
    IoError,
    /// Something failed while answering.
    InternalError,
}

impl Sqlstate {
    /// The code of five characters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SyntaxErrorOrAccessRuleViolation => "42000",
            Self::SyntaxError => "42601",
            Self::UndefinedColumn => "42703",
            Self::AmbiguousColumn => "42702",
            Self::DuplicateColumn => "42701",
            Self::UndefinedTable => "42P01",
            Self::UndefinedParameter => "42P02",
            Self::UndefinedFunction => "42883",
            Self::GroupingError => "42803",
            Self::ReadOnlySqlTransaction => "25006",
            Self::FeatureNotSupported => "0A000",
            Self::OutOfMemory => "53200",
            Self::ProgramLimitExceeded => "54000",
            Self::DivisionByZero => "22012",
            Self::CardinalityViolation => "21000",
            Self::InvalidTextRepresentation => "22P02",
            Self::NumericValueOutOfRange => "22003",
            Self::InvalidDatetimeFormat => "22007",
            Self::InvalidParameterValue => "22023",
            Self::InvalidRegularExpression => "2201B",
            Self::IoError => "58030",
            Self::InternalError => "XX000",
        }
    }

    /// Of an error of the engine, by what is at its root.
    pub(super) fn of(error: &DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::SQL(..) => Self::SyntaxError,
            DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
                SchemaError::FieldNotFound { .. } => Self::UndefinedColumn,
                SchemaError::AmbiguousReference { .. } => Self::AmbiguousColumn,
                _ => Self::DuplicateColumn,
            },
            DataFusionError::NotImplemented(_) => Self::FeatureNotSupported,
            DataFusionError::ResourcesExhausted(_) => Self::OutOfMemory,
            DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
                ArrowError::DivideByZero => Self::DivisionByZero,
                ArrowError::CastError(_) | ArrowError::ParseError(_) => Self::InvalidTextRepresentation,
                ArrowError::ArithmeticOverflow(_) => Self::NumericValueOutOfRange,
                ArrowError::ComputeError(words) if words.contains("Regular expression") => Self::InvalidRegularExpression,
                _ => Self::InternalError,
            },
            DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) | DataFusionError::ParquetError(_) => Self::IoError,
            other => Self::by_words(&other.strip_backtrace()),
        }
    }

    /// Where the engine has only words.
    fn by_words(message: &str) -> Self {
        let kinds = [
            ("table function '", Self::UndefinedFunction),
            ("table '", Self::UndefinedTable),
            ("Invalid function '", Self::UndefinedFunction),
            ("No function matches", Self::UndefinedFunction),
            ("does not support", Self::UndefinedFunction),
            ("must be in the GROUP BY", Self::GroupingError),
            ("must appear in the GROUP BY", Self::GroupingError),
            ("could not be resolved from available columns", Self::GroupingError),
            ("DDL not supported", Self::ReadOnlySqlTransaction),
            ("DML not supported", Self::ReadOnlySqlTransaction),
            ("Statement not supported", Self::ReadOnlySqlTransaction),
            ("ivide by zero", Self::DivisionByZero),
            ("more than one row", Self::CardinalityViolation),
            ("egular expression", Self::InvalidRegularExpression),
            // Our own functions'.
            ("invalid format specification", Self::InvalidDatetimeFormat),
            ("invalid value \"", Self::InvalidDatetimeFormat),
            ("out of range", Self::NumericValueOutOfRange),
            ("a pattern may have", Self::ProgramLimitExceeded),
            ("one number from 0 to 1", Self::NumericValueOutOfRange),
            ("of width_bucket", Self::InvalidParameterValue),
            ("make_interval takes", Self::InvalidParameterValue),
            ("invalid input syntax for type boolean", Self::InvalidTextRepresentation),
        ];
        kinds.iter().find(|(words, _)| message.contains(words)).map_or(Self::SyntaxErrorOrAccessRuleViolation, |(_, kind)| *kind)
    }
}
