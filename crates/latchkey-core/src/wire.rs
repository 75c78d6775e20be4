//! How values that are text outside (ids, durations, permissions, ranges) travel: one macro
//! gives a type its JSON string and its TypeScript alias from `Display` and `FromStr`.
//! Holds no type of the domain.

/// Lets a type with `Display` and `FromStr` travel as a JSON string. Beside the type stands what a program may know
/// about that text: JSON Schema's words beyond `type`.
macro_rules! travels_as_text {
    ($($type:ident: $schema:tt),+ $(,)?) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        #[cfg(feature = "openapi")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema = schemars::json_schema!($schema);
                schema.insert("type".to_owned(), "string".into());
                schema
            }
        }
    )+};
}
pub(crate) use travels_as_text;

/// For a field that tells "absent" (unchanged) from `null` (cleared): a value that is there,
/// null or not, becomes `Some`. Use with `#[serde(default, deserialize_with = "present")]`.
///
/// # Errors
/// Whatever reading the inner value gives.
pub fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
