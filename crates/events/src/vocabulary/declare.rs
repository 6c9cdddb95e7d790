//! The two macros in which payloads are declared: closed lists of words, and structs with their table of members.

/// A closed list of words; any other text is kept as `Other`.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("`", $word, "` on the wire.")] $variant,)*
            /// Any other word, as the source wrote it.
            Other(String),
        }

        impl $name {
            /// The word on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($word => Self::$variant,)*
                    _ => Self::Other(text),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::vocabulary::Text::deserialize(deserializer).map(|text| Self::from(text.0))
            }
        }

        impl crate::vocabulary::Typed for $name {
            const SHAPE: crate::vocabulary::Shape = crate::vocabulary::Shape::Text;
        }
    )*};
}

/// A payload: a struct, and the table of its members that the one-pass check reads. `Option` makes a member optional; `as` gives the
/// wire name where it is a word of the language.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident $(as $wire:literal)? : $ty:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
        pub struct $name {
            $(
                #[doc = concat!("Member `", stringify!($field), "`.")]
                $(#[$fdoc])*
                $(#[serde(rename = $wire)])?
                pub $field: $ty,
            )*
        }

        impl $name {
            /// The declared members, in order.
            pub const FIELDS: &'static [crate::vocabulary::Field] = &[$(crate::vocabulary::Field {
                name: payloads!(@name $field $($wire)?),
                shape: <$ty as crate::vocabulary::Typed>::SHAPE,
                is_required: <$ty as crate::vocabulary::Typed>::IS_REQUIRED,
            },)*];
        }

        impl crate::vocabulary::Typed for $name {
            const SHAPE: crate::vocabulary::Shape = crate::vocabulary::Shape::Object;
        }
    )*};
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $wire:literal) => { $wire };
}
