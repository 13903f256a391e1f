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
use super::schema::{
    allowed, entry_schema, fixed_length, home_of, in_range, is_by_phase, is_in_tenths,
    is_signal_time, listed, properties, required, resolve, stand_in, to_float, type_of, words,
    wrong_type_hint,
};
use super::suggest;

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
                let fixed = fixed_length(schema);
                let is_number = type_of(resolve(self.root, items)) == "integer";
                let may_go = is_number && fixed.is_none();
                let list = list.iter().enumerate().filter_map(|(place, entry)| {
                    let stand_in = || (!may_go).then(|| stand_in(self.root, items));
                    self.value(items, entry, &key.at(place)).or_else(stand_in)
                });
                let mut list: Vec<toml::Value> = list.collect();
                if let Some(length) = fixed {
                    list.resize(length, stand_in(self.root, items));
                }
                Some(toml::Value::Array(list))
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
                "entries" if fixed_length(schema).is_none() => self.findings.add(finding),
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
