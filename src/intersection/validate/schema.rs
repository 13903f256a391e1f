//! Questions to the JSON Schema: what may stand at a place, in types and in words.
//!
//! In: the schema of [`SiteFile`] and places in it. Out: answers. Not here: any site file.
//!
//! [`SiteFile`]: crate::intersection::file::SiteFile

use serde_json::Value as Json;
use toml::de::DeValue;

use super::key::Key;
use super::suggest;
use crate::intersection::file::phase_of_key;

/// Follows references and takes the schema that is not null out of an optional one.
pub(super) fn resolve<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        let place = reference.trim_start_matches('#');
        return resolve(root, root.pointer(place).unwrap_or(&Json::Null));
    }
    let choices = schema.get("anyOf").and_then(Json::as_array);
    let real = choices.and_then(|choices| {
        choices
            .iter()
            .find(|choice| choice.get("type").and_then(Json::as_str) != Some("null"))
    });
    real.map_or(schema, |real| resolve(root, real))
}

/// The type a value must have; an optional one may be left out, not null, as TOML has no null.
pub(super) fn type_of(schema: &Json) -> &str {
    let words = if schema.get("oneOf").is_some() {
        "string"
    } else {
        ""
    };
    match schema.get("type") {
        Some(Json::String(name)) => name,
        Some(Json::Array(names)) => names.iter().find_map(Json::as_str).unwrap_or(words),
        _ => words,
    }
}

/// The words a text may be, if it may not be anything.
pub(super) fn words(schema: &Json) -> Vec<&str> {
    let list = |of: &'_ str| {
        schema
            .get(of)
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
    };
    let choices = list("oneOf").flat_map(|choice| {
        let several = choice
            .get("enum")
            .and_then(Json::as_array)
            .into_iter()
            .flatten();
        choice.get("const").into_iter().chain(several)
    });
    list("enum")
        .chain(choices)
        .filter_map(Json::as_str)
        .collect()
}

pub(super) fn properties(schema: &Json) -> impl Iterator<Item = (&str, &Json)> {
    let properties = schema.get("properties").and_then(Json::as_object);
    let properties = properties.into_iter().flatten();
    properties.map(|(name, schema)| (name.as_str(), schema))
}

pub(super) fn required(schema: &Json) -> impl Iterator<Item = &str> {
    let required = schema.get("required").and_then(Json::as_array);
    required.into_iter().flatten().filter_map(Json::as_str)
}

pub(super) fn is_by_phase(schema: &Json) -> bool {
    schema.get("patternProperties").is_some()
}

/// The schema of the entry `name` of a table, if the table may have one.
pub(super) fn entry_schema<'s>(schema: &'s Json, name: &str) -> Option<&'s Json> {
    let named = schema
        .get("properties")
        .and_then(|properties| properties.get(name));
    let by_phase = || {
        let patterns = schema.get("patternProperties")?.as_object()?;
        phase_of_key(name).and(patterns.values().next())
    };
    let any = || {
        schema
            .get("additionalProperties")
            .filter(|any| any.is_object())
    };
    named.or_else(by_phase).or_else(any)
}

pub(super) fn limit(schema: &Json, name: &str) -> Option<f64> {
    schema.get(name).and_then(Json::as_f64)
}

pub(super) fn in_range(schema: &Json, number: f64) -> bool {
    limit(schema, "minimum").is_none_or(|least| number >= least)
        && limit(schema, "maximum").is_none_or(|most| number <= most)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "compared with limits far below 2^53"
)]
pub(super) fn to_float(number: i64) -> f64 {
    number as f64
}

/// Times that the controller keeps by its tick, as opposed to weights of the solver.
pub(super) fn is_signal_time(key: &Key) -> bool {
    let kept = [
        "safety",
        "tuning.phases",
        "tuning.patterns",
        "tuning.detectors",
        "tuning.detector_defaults",
    ];
    let by_tick = kept.iter().any(|section| key.is_within(&Key::new(section)));
    by_tick && !key.last().ends_with("_min")
}

pub(super) fn is_in_tenths(seconds: f64) -> bool {
    (seconds * 10.0 - (seconds * 10.0).round()).abs() < 1e-6
}

/// What may stand at a place, in words.
pub(super) fn allowed(schema: &Json, key: &Key) -> String {
    let words = words(schema);
    if !words.is_empty() {
        return format!("one of {}", quoted(&words));
    }
    let span = |least: &str, most: &str| match (limit(schema, least), limit(schema, most)) {
        (Some(least), Some(most)) if least >= most => format!("{least}"),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => String::new(),
    };
    let with = |what: &str, span: String, of: &str| match span.as_str() {
        "" => what.to_owned(),
        span => format!("{what}, {span}{of}"),
    };
    match type_of(schema) {
        "number" => with("a number", span("minimum", "maximum"), unit_of(key.last())),
        "integer" => with(
            "a whole number",
            span("minimum", "maximum"),
            unit_of(key.last()),
        ),
        "string" => with("a text", span("minLength", "maxLength"), " characters"),
        "array" => with("a list", span("minItems", "maxItems"), " entries"),
        "boolean" => "true or false".to_owned(),
        _ if is_by_phase(schema) => "a table with one row per phase: `2 = …`".to_owned(),
        _ => "a table".to_owned(),
    }
}

/// The unit that a key ends in.
pub(super) fn unit_of(key: &str) -> &'static str {
    let units = [
        ("per_min", " per minute"),
        ("_s", " s"),
        ("_m", " m"),
        ("_mph", " mph"),
        ("_kmh", " km/h"),
        ("_deg", " degrees"),
        ("_percent", " %"),
        ("_min", " minutes"),
    ];
    let unit = units.iter().find(|(ending, _)| key.ends_with(ending));
    unit.map_or("", |(_, unit)| unit)
}

/// Advice on a value of the wrong type.
pub(super) fn wrong_type_hint(schema: &Json, value: &DeValue<'_>, written: &str) -> Option<String> {
    match (type_of(schema), value) {
        ("number" | "integer" | "boolean", DeValue::String(text)) => {
            let bare = text.parse::<f64>().is_ok() || text == "true" || text == "false";
            bare.then(|| format!("write {text} without quotes"))
        }
        ("string", DeValue::String(text)) => suggest::did_you_mean(text, words(schema)),
        ("string", DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_)) => {
            Some(format!("put it in quotes: \"{written}\""))
        }
        (
            "array",
            DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_),
        ) => Some(format!("put it in brackets: [{written}]")),
        ("array", DeValue::Table(_)) => {
            Some("write [[double brackets]] around the heading of each entry".to_owned())
        }
        _ => None,
    }
}

/// Section in which a key of this name belongs, if only one does.
pub(super) fn home_of(root: &Json, name: &str) -> Option<&'static str> {
    const HOMES: [(&str, &str); 8] = [
        ("VehicleTimingEntry", "a row of [safety.phases]"),
        ("PedestrianTimingEntry", "a row of [safety.pedestrians]"),
        ("ActuatedEntry", "a row of [tuning.phases]"),
        (
            "DetectorTuningEntry",
            "[tuning.detector_defaults] or [tuning.detectors]",
        ),
        ("SolverEntry", "[tuning.solver]"),
        ("SiteFacts", "[site]"),
        ("Safety", "[safety]"),
        ("Tuning", "[tuning]"),
    ];
    let has = |entry: &&(&str, &str)| {
        let place = format!("/$defs/{}/properties/{name}", entry.0);
        root.pointer(&place).is_some()
    };
    let mut homes = HOMES.iter().filter(has);
    let home = homes.next()?;
    homes.next().is_none().then_some(home.1)
}

/// Something of the right type for a place whose value cannot be used. Numbers become NaN: no comparison
/// with it holds, so the checks of meaning find nothing wrong with what depends on it.
pub(super) fn stand_in(root: &Json, schema: &Json) -> toml::Value {
    let schema = resolve(root, schema);
    match type_of(schema) {
        "object" => {
            let entries = required(schema).map(|name| {
                let entry = entry_schema(schema, name).unwrap_or(&Json::Null);
                (name.to_owned(), stand_in(root, entry))
            });
            toml::Value::Table(entries.collect())
        }
        "array" => {
            let items = schema.get("items").unwrap_or(&Json::Null);
            let length = fixed_length(schema).unwrap_or(0);
            toml::Value::Array(vec![stand_in(root, items); length])
        }
        "number" => toml::Value::Float(f64::NAN),
        "integer" => {
            let least = schema.get("minimum").and_then(Json::as_i64);
            toml::Value::Integer(least.unwrap_or(0))
        }
        "boolean" => toml::Value::Boolean(false),
        _ => toml::Value::String(words(schema).first().copied().unwrap_or("").to_owned()),
    }
}

/// Number of entries of a list that always has as many: a place in a picture, the ends of a line.
pub(super) fn fixed_length(schema: &Json) -> Option<usize> {
    let limit = |name: &str| schema.get(name).and_then(Json::as_u64);
    let length = limit("minItems").filter(|least| Some(*least) == limit("maxItems"))?;
    usize::try_from(length).ok()
}

pub(super) fn listed(names: &[&str]) -> String {
    names.join(", ")
}

pub(super) fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}
