//! Tables whose keys are phase numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::intersection::PhaseId;

/// A table with phase numbers as keys, `2 = …`.
#[derive(Clone, Debug)]
pub struct ByPhase<T>(pub BTreeMap<PhaseId, T>);

impl<T> Default for ByPhase<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> ByPhase<T> {
    /// The entry of this phase, if the file has one.
    pub fn get(&self, phase: PhaseId) -> Option<&T> {
        self.0.get(&phase)
    }

    /// Entries by ascending phase.
    pub fn iter(&self) -> impl Iterator<Item = (PhaseId, &T)> {
        self.0.iter().map(|(phase, entry)| (*phase, entry))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByPhase<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let by_text = BTreeMap::<String, T>::deserialize(deserializer)?;
        let mut by_phase = BTreeMap::new();
        for (text, entry) in by_text {
            let phase = phase_of_key(&text)
                .ok_or_else(|| de::Error::custom(fmt::format(format_args!("no phase: {text}"))))?;
            by_phase.insert(phase, entry);
        }
        Ok(Self(by_phase))
    }
}

/// The phase a key like `12` names; `012` names none, so that no phase has two keys.
#[must_use]
pub fn phase_of_key(text: &str) -> Option<PhaseId> {
    let phase = PhaseId::new(text.parse().ok()?)?;
    (phase.to_string() == text).then_some(phase)
}

impl<T: JsonSchema> JsonSchema for ByPhase<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("ByPhase_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entry = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "patternProperties": { "^([1-9]|1[0-6])$": entry },
            "additionalProperties": false,
        })
    }

    fn inline_schema() -> bool {
        true
    }
}

impl JsonSchema for PhaseId {
    fn schema_name() -> Cow<'static, str> {
        "Phase number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 16 })
    }

    fn inline_schema() -> bool {
        true
    }
}
