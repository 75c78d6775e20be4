//! JSON as it is accepted: one object, no name twice at any depth, not too deep, nothing after it. Fields that travel
//! in the path join those of the body, so that a request is read once, by its own type.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use latchkey_core::operation::{Operation, read_request};
use latchkey_core::{AdminError, ErrorCode};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::error::Category;

/// The deepest that objects and lists may stand in each other.
const DEEPEST: usize = 32;

/// Reads a request from a JSON body and the fields of its path.
///
/// # Errors
/// `unreadable` for what is no JSON object as it is accepted; `unknown_field`, `invalid` with the field.
pub(crate) fn read<O: Operation>(path: &[(&'static str, String)], body: &[u8]) -> Result<O, AdminError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let names = check(body)?;
    if let Some((name, _)) = path.iter().find(|(name, _)| names.contains(*name)) {
        let words = format!("{name} stands in the path. Leave it out of the body.");
        return Err(AdminError::new(ErrorCode::UnknownField, words).at_field(name));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    read_request(Joined { path, json: &mut json })
}

/// Checks a whole document, and says which names its object has.
///
/// # Errors
/// `unreadable`.
pub(crate) fn check(body: &[u8]) -> Result<HashSet<String>, AdminError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let names = Strict { depth: 0 }.deserialize(&mut json).and_then(|names| json.end().map(|()| names));
    match names {
        Ok(Some(names)) => Ok(names),
        Ok(None) => Err(unreadable("Send a JSON object: {…}.".to_owned())),
        Err(error) => Err(unreadable(match error.classify() {
            // Ours, which carries the place where it was found behind it.
            Category::Data => format!("The body cannot be read: {error}."),
            Category::Syntax | Category::Eof | Category::Io => format!("The body is not JSON: {error}."),
        })),
    }
}

fn unreadable(words: String) -> AdminError {
    AdminError::new(ErrorCode::Unreadable, words)
}

/// Walks a value and keeps nothing of it but the names of an object.
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: de::Error>(&self) -> Result<Self, E> {
        if self.depth >= DEEPEST {
            return Err(E::custom(format_args!("it is nested deeper than {DEEPEST}")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Option<HashSet<String>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Option<HashSet<String>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value_seed(self.deeper()?)?;
            if !names.insert(name) {
                return Err(de::Error::custom("a name stands twice in one object"));
            }
        }
        Ok(Some(names))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element_seed(self.deeper()?)?.is_some() {}
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// The path's fields before those of a JSON object.
struct Joined<'a, 'json, R> {
    path: &'a [(&'static str, String)],
    json: &'json mut serde_json::Deserializer<R>,
}

impl<'de, R: serde_json::de::Read<'de>> Deserializer<'de> for Joined<'_, '_, R> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.json.deserialize_map(JoinedVisitor { path: self.path, visitor, of: PhantomData })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct JoinedVisitor<'a, 'de, V> {
    path: &'a [(&'static str, String)],
    visitor: V,
    of: PhantomData<&'de ()>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for JoinedVisitor<'_, 'de, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(JoinedAccess { path: self.path.iter(), value: None, map })
    }
}

struct JoinedAccess<'a, A> {
    path: std::slice::Iter<'a, (&'static str, String)>,
    /// The value of the path's field whose name was just read.
    value: Option<&'a str>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for JoinedAccess<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.path.next() {
            Some((name, value)) => {
                self.value = Some(value);
                let name: StrDeserializer<'_, A::Error> = (*name).into_deserializer();
                seed.deserialize(name).map(Some)
            }
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.value.take() {
            Some(value) => {
                let value: StrDeserializer<'_, A::Error> = value.into_deserializer();
                seed.deserialize(value)
            }
            None => self.map.next_value_seed(seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use latchkey_core::operations::{KeysIssue, KeysRotate, KeysUpdate};

    use super::*;

    fn code(body: &str) -> Result<(), ErrorCode> {
        check(body.as_bytes()).map(drop).map_err(|error| error.code)
    }

    #[test]
    fn one_object_without_doubles_is_accepted_and_nothing_else() {
        for good in ["{}", " {\"a\": [1, {\"a\": null}], \"b\": {\"a\": -0}} "] {
            assert_eq!(code(good), Ok(()), "{good}");
        }
        let (deep, deeper) = (DEEPEST - 1, DEEPEST);
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(code(&nested(deep)), Ok(()));
        let too_deep = [nested(deeper), nested(10_000), "{\"a\":".repeat(10_000)];
        let bad = [
            "",
            "[]",
            "null",
            "\"a\"",
            "{} {}",
            "{}x",
            "{\"a\":1,\"a\":2}",
            "{\"b\":[{\"a\":1,\"\\u0061\":2}]}",
            "{\"a\":1e400}",
            "{\"a\":NaN}",
            "{\"a\":01}",
            "{'a':1}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":1,}",
            "\u{feff}{}",
            "{\"a\"",
        ];
        for bad in bad.into_iter().map(str::to_owned).chain(too_deep) {
            assert_eq!(
                code(&bad),
                Err(ErrorCode::Unreadable),
                "{}",
                bad.chars().take(40).collect::<String>()
            );
        }
        assert!(check(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn the_paths_fields_join_the_bodys() {
        let id = latchkey_core::id::KeyId::nil();
        let path = [("key", id.to_string())];
        let rotate: KeysRotate = read(&path, b"{\"cut_old\": true}").unwrap();
        assert_eq!((rotate.key, rotate.cut_old), (id, true));
        let update: KeysUpdate = read(&path, b"{\"tier\": null}").unwrap();
        assert_eq!((update.tier, update.identity), (Some(None), None));
        assert!(read::<KeysRotate>(&path, b"").is_ok());
        let error = |body: &str| read::<KeysRotate>(&path, body.as_bytes()).map(drop).unwrap_err();
        for (body, code, field) in [
            ("{\"key\": \"key_1\"}", ErrorCode::UnknownField, "key"),
            ("{\"role\": \"owner\"}", ErrorCode::UnknownField, "role"),
            ("{\"cut_old\": \"yes\"}", ErrorCode::Invalid, "cut_old"),
            ("{\"version\": 1.5}", ErrorCode::Invalid, "version"),
        ] {
            let error = error(body);
            assert_eq!((error.code, error.field.as_deref()), (code, Some(field)), "{body}");
        }
        let missing = read::<KeysIssue>(&[], b"{}").map(drop).unwrap_err();
        assert_eq!(missing.code, ErrorCode::Invalid);
    }
}
