//! Checks a site file against the schema of its types: unknown keys, missing keys, wrong types,
//! numbers out of range, misspelled words; all of them, not only the first.
//!
//! In: the parsed TOML and the JSON Schema of [`SiteFile`]. Out: findings, and a value that is sure to
//! deserialize: what cannot be used is replaced by a stand-in, so that the checks of meaning can go on
//! with the rest of the file. Not here: anything that takes more than one key, and patterns of texts.
//!
//! [`SiteFile`]: crate::intersection::file::SiteFile

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key::{Finding, Findings, Key};
use super::suggest;
use crate::intersection::file::phase_of_key;

/// Checks `table` against the schema.
pub(super) fn check(
    schema: &Json,
    text: &str,
    table: &DeTable<'_>,
    findings: &mut Findings,
) -> toml::Value {
    let mut shape = Shape {
        root: schema,
        text,
        findings,
    };
    toml::Value::Table(shape.table(schema, table, &Key::root()))
}

struct Shape<'a> {
    root: &'a Json,
    text: &'a str,
    findings: &'a mut Findings,
}

impl<'a> Shape<'a> {
    /// What can be used of `value`.
    fn value(
        &mut self,
        schema: &'a Json,
        value: &Spanned<DeValue<'_>>,
        key: &Key,
    ) -> Option<toml::Value> {
        let schema = resolve(self.root, schema);
        let words = words(schema);
        match (type_of(schema), value.get_ref()) {
            ("object", DeValue::Table(table)) => {
                Some(toml::Value::Table(self.table(schema, table, key)))
            }
            ("array", DeValue::Array(list)) => {
                self.check_length(schema, list.len(), key, "entries");
                let items = schema.get("items").unwrap_or(&Json::Null);
                // Numbers that cannot be used are left out, all else is stood in for, so that the
                // places of named entries stay the same.
                let is_number = type_of(resolve(self.root, items)) == "integer";
                let list = list.iter().enumerate().filter_map(|(place, entry)| {
                    let stand_in = || (!is_number).then(|| stand_in(self.root, items));
                    self.value(items, entry, &key.at(place)).or_else(stand_in)
                });
                Some(toml::Value::Array(list.collect()))
            }
            ("string", DeValue::String(string)) if words.is_empty() => {
                self.check_length(schema, string.chars().count(), key, "characters");
                Some(toml::Value::String(string.to_string()))
            }
            ("string", DeValue::String(string)) if words.contains(&string.as_ref()) => {
                Some(toml::Value::String(string.to_string()))
            }
            ("boolean", DeValue::Boolean(boolean)) => Some(toml::Value::Boolean(*boolean)),
            ("integer", DeValue::Integer(integer)) => {
                let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
                let fits = number.filter(|number| in_range(schema, to_float(*number)));
                if fits.is_none() {
                    self.wrong(schema, value, key);
                }
                fits.map(toml::Value::Integer)
            }
            ("number", DeValue::Integer(integer)) => {
                let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
                self.number(schema, number.map(to_float), value, key)
            }
            ("number", DeValue::Float(float)) => {
                let number = float.as_str().parse::<f64>().ok();
                self.number(schema, number, value, key)
            }
            _ => {
                self.wrong(schema, value, key);
                None
            }
        }
    }

    fn number(
        &mut self,
        schema: &'a Json,
        number: Option<f64>,
        value: &Spanned<DeValue<'_>>,
        key: &Key,
    ) -> Option<toml::Value> {
        let Some(number) = number.filter(|number| number.is_finite() && number.abs() < 1e9) else {
            self.wrong(schema, value, key);
            return None;
        };
        if !in_range(schema, number) && key.is_within(&Key::new("site")) {
            // Nothing can be concluded from a fact that is wrong.
            self.wrong(schema, value, key);
            return None;
        }
        if !in_range(schema, number) {
            let found = self.written(value);
            self.findings.add(Finding::out_of_range(
                key.clone(),
                found,
                allowed(schema, key),
            ));
        } else if is_signal_time(key) && !is_in_tenths(number) {
            let found = self.written(value);
            let allowed = "a multiple of 0.1 s, the controller's tick";
            self.findings
                .add(Finding::error(key.clone(), found, allowed));
        }
        Some(toml::Value::Float(number))
    }

    fn table(&mut self, schema: &'a Json, table: &DeTable<'_>, key: &Key) -> toml::Table {
        let mut usable = toml::Table::new();
        for (name, value) in table {
            let name = name.get_ref().as_ref();
            let inner = key.sub(name);
            match entry_schema(schema, name) {
                Some(entry) => {
                    if let Some(value) = self.value(entry, value, &inner) {
                        usable.insert(name.to_owned(), value);
                    }
                }
                None => self.unknown(schema, name, inner),
            }
        }
        for name in required(schema) {
            if !table.contains_key(name) {
                let entry = entry_schema(schema, name).unwrap_or(&Json::Null);
                let resolved = resolve(self.root, entry);
                self.findings.add_broken(Finding::error(
                    key.sub(name),
                    "nothing: the key is missing",
                    allowed(resolved, &key.sub(name)),
                ));
            }
            if !usable.contains_key(name) {
                let entry = entry_schema(schema, name).unwrap_or(&Json::Null);
                usable.insert(name.to_owned(), stand_in(self.root, entry));
            }
        }
        usable
    }

    fn unknown(&mut self, schema: &'a Json, name: &str, key: Key) {
        if is_by_phase(schema) {
            let finding =
                Finding::error(key, format!("the key `{name}`"), "a phase number, 1 to 16");
            self.findings.add_broken(finding);
            return;
        }
        let names: Vec<&str> = properties(schema).map(|(name, _)| name).collect();
        let home = home_of(self.root, name).map(|home| format!("`{name}` belongs in {home}"));
        let hint = home.or_else(|| suggest::did_you_mean(name, names.iter().copied()));
        let allowed = format!("one of {}", listed(&names));
        let finding = Finding::error(key, format!("the unknown key `{name}`"), allowed);
        self.findings.add_broken(finding.maybe_hint(hint));
    }

    fn wrong(&mut self, schema: &Json, value: &Spanned<DeValue<'_>>, key: &Key) {
        let written = self.written(value);
        let hint = wrong_type_hint(schema, value.get_ref(), &written);
        let finding = Finding::error(key.clone(), written, allowed(schema, key));
        self.findings.add_broken(finding.maybe_hint(hint));
    }

    fn check_length(&mut self, schema: &Json, length: usize, key: &Key, of: &str) {
        let limit = |name: &str| schema.get(name).and_then(Json::as_u64);
        let (least, most) = match of {
            "entries" => (limit("minItems"), limit("maxItems")),
            _ => (limit("minLength"), limit("maxLength")),
        };
        let length_limit = u64::try_from(length).unwrap_or(u64::MAX);
        if least.is_some_and(|least| length_limit < least)
            || most.is_some_and(|most| length_limit > most)
        {
            let finding =
                Finding::error(key.clone(), format!("{length} {of}"), allowed(schema, key));
            match of {
                "entries" => self.findings.add(finding),
                _ => self.findings.add_broken(finding),
            }
        }
    }

    /// The value as the file has it, cut short.
    fn written(&self, value: &Spanned<DeValue<'_>>) -> String {
        match value.get_ref() {
            DeValue::Table(_) => "a table".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {
                let written = self.text.get(value.span()).unwrap_or("something");
                let line = written.lines().next().unwrap_or(written);
                match line.char_indices().nth(60) {
                    Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
                    None => line.to_owned(),
                }
            }
        }
    }
}

/// Follows references and takes the schema that is not null out of an optional one.
fn resolve<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
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
fn type_of(schema: &Json) -> &str {
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
fn words(schema: &Json) -> Vec<&str> {
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

fn properties(schema: &Json) -> impl Iterator<Item = (&str, &Json)> {
    let properties = schema.get("properties").and_then(Json::as_object);
    let properties = properties.into_iter().flatten();
    properties.map(|(name, schema)| (name.as_str(), schema))
}

fn required(schema: &Json) -> impl Iterator<Item = &str> {
    let required = schema.get("required").and_then(Json::as_array);
    required.into_iter().flatten().filter_map(Json::as_str)
}

fn is_by_phase(schema: &Json) -> bool {
    schema.get("patternProperties").is_some()
}

/// The schema of the entry `name` of a table, if the table may have one.
fn entry_schema<'s>(schema: &'s Json, name: &str) -> Option<&'s Json> {
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

fn limit(schema: &Json, name: &str) -> Option<f64> {
    schema.get(name).and_then(Json::as_f64)
}

fn in_range(schema: &Json, number: f64) -> bool {
    limit(schema, "minimum").is_none_or(|least| number >= least)
        && limit(schema, "maximum").is_none_or(|most| number <= most)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "compared with limits far below 2^53"
)]
fn to_float(number: i64) -> f64 {
    number as f64
}

/// Times that the controller keeps by its tick, as opposed to weights of the solver.
fn is_signal_time(key: &Key) -> bool {
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

fn is_in_tenths(seconds: f64) -> bool {
    (seconds * 10.0 - (seconds * 10.0).round()).abs() < 1e-6
}

/// What may stand at a place, in words.
fn allowed(schema: &Json, key: &Key) -> String {
    let words = words(schema);
    if !words.is_empty() {
        return format!("one of {}", quoted(&words));
    }
    let span = |least: &str, most: &str| match (limit(schema, least), limit(schema, most)) {
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
fn unit_of(key: &str) -> &'static str {
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
fn wrong_type_hint(schema: &Json, value: &DeValue<'_>, written: &str) -> Option<String> {
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
fn home_of(root: &Json, name: &str) -> Option<&'static str> {
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
fn stand_in(root: &Json, schema: &Json) -> toml::Value {
    let schema = resolve(root, schema);
    match type_of(schema) {
        "object" => {
            let entries = required(schema).map(|name| {
                let entry = entry_schema(schema, name).unwrap_or(&Json::Null);
                (name.to_owned(), stand_in(root, entry))
            });
            toml::Value::Table(entries.collect())
        }
        "array" => toml::Value::Array(Vec::new()),
        "number" => toml::Value::Float(f64::NAN),
        "integer" => {
            let least = schema.get("minimum").and_then(Json::as_i64);
            toml::Value::Integer(least.unwrap_or(0))
        }
        "boolean" => toml::Value::Boolean(false),
        _ => toml::Value::String(words(schema).first().copied().unwrap_or("").to_owned()),
    }
}

fn listed(names: &[&str]) -> String {
    names.join(", ")
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}
