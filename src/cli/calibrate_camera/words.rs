//! What `--set` and `--remove` say: words in, edits out.
//!
//! `W stop lanes=W zone_px=60,330 160,330 165,410 55,410 toward_px=120,200`: an id, then keys of the site file; what stands
//! before the next key belongs to the one before.

use anyhow::bail;
use phasewise::drawing::{Edit, Kind, Mark, Optional, Sheet};
use phasewise::intersection::Px;

/// All edits.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn edits(sheet: &Sheet, set: &[String], remove: &[String]) -> anyhow::Result<Vec<Edit>> {
    let (mut edits, mut problems) = (Vec::new(), Vec::new());
    for text in set {
        match mark(sheet, text) {
            Ok(mark) => edits.push(Edit::put(mark)),
            Err(wrong) => {
                let wrong = wrong.into_iter();
                problems.extend(wrong.map(|wrong| format!("--set {text:?}: {wrong}")));
            }
        }
    }
    for id in remove {
        match kind_of(sheet, id) {
            Some(kind) => edits.push(Edit::Remove {
                kind,
                id: id.clone(),
            }),
            None => problems.push(format!("--remove {id:?}: no detector or view has this id")),
        }
    }
    if !problems.is_empty() {
        bail!("{}", problems.join("\n       "));
    }
    Ok(edits)
}

fn kind_of(sheet: &Sheet, id: &str) -> Option<Kind> {
    let entries = sheet.entries();
    let found = entries.iter().find(|entry| entry.mark.id == id);
    found.map(|entry| entry.mark.kind)
}

fn mark(sheet: &Sheet, text: &str) -> Result<Mark, Vec<String>> {
    let (id, keys) = split(text);
    if id.is_empty() {
        return Err(vec!["an id comes first: 'W stop zone_px=…'".to_owned()]);
    }
    if keys.is_empty() {
        let hint = "says nothing; for instance 'W stop zone_px=60,330 160,330 165,410 55,410'";
        return Err(vec![hint.to_owned()]);
    }
    let of_view = ["corners_px", "from_m", "to_m"];
    let is_view = keys.iter().any(|(key, _)| of_view.contains(key));
    let kind = match kind_of(sheet, &id) {
        Some(kind) => kind,
        None if is_view => Kind::View,
        None => Kind::Detector,
    };
    let mut mark = Mark::new(kind, &id);
    let mut problems = Vec::new();
    for (key, value) in keys {
        if let Err(wrong) = put(&mut mark, key, &value) {
            problems.push(wrong);
        }
    }
    match problems.is_empty() {
        true => Ok(mark),
        false => Err(problems),
    }
}

/// The id, and each key with what follows it.
fn split(text: &str) -> (String, Vec<(&str, String)>) {
    let (mut id, mut keys): (Vec<&str>, Vec<(&str, Vec<&str>)>) = (Vec::new(), Vec::new());
    for word in text.split_whitespace() {
        match (word.split_once('='), keys.last_mut()) {
            (Some((key, value)), _) => keys.push((key, vec![value])),
            (None, Some((_, words))) => words.push(word),
            (None, None) => id.push(word),
        }
    }
    let keys = keys.into_iter();
    let keys = keys.map(|(key, words)| (key, words.join(" ").trim().to_owned()));
    (id.join(" "), keys.collect())
}

fn put(mark: &mut Mark, key: &str, value: &str) -> Result<(), String> {
    let optional = match key {
        "toward_px" => Some(Optional::TowardPx),
        "distance_m" => Some(Optional::DistanceM),
        "length_m" => Some(Optional::LengthM),
        _ => None,
    };
    if let (Some(key), true) = (optional, value.is_empty()) {
        mark.without.push(key);
        return Ok(());
    }
    let wrong = |allowed: &str| format!("{key}={value}; allowed: {allowed}");
    let places = |allowed: &str| {
        let places: Option<Vec<Px>> = value.split_whitespace().map(px).collect();
        places.ok_or_else(|| wrong(allowed))
    };
    let number = || {
        let number: Option<f64> = value.parse().ok().filter(|it: &f64| it.is_finite());
        number.ok_or_else(|| wrong("a number"))
    };
    match key {
        "channel" => mark.channel = Some(value.parse().map_err(|_| wrong("a whole number"))?),
        "function" => mark.function = Some(value.to_owned()),
        "lanes" => {
            let lanes = value
                .split(',')
                .map(str::trim)
                .filter(|lane| !lane.is_empty());
            mark.lanes = Some(lanes.map(str::to_owned).collect());
        }
        "distance_m" => mark.distance_m = Some(number()?),
        "length_m" => mark.length_m = Some(number()?),
        "from_m" => mark.from_m = Some(number()?),
        "to_m" => mark.to_m = Some(number()?),
        "zone_px" => {
            let allowed = "corners in order around it, like 60,330 160,330 165,410 55,410";
            mark.zone_px = Some(places(allowed)?);
        }
        "line_px" => {
            let allowed = "both ends, like 60,300 170,300";
            let ends = places(allowed)?.try_into();
            mark.line_px = Some(ends.map_err(|_| wrong(allowed))?);
        }
        "corners_px" => {
            let allowed = "front left, front right, rear right, rear left, as a driver would name them, like \
                           160,330 60,330 250,120 290,120";
            let corners = places(allowed)?.try_into();
            mark.corners_px = Some(corners.map_err(|_| wrong(allowed))?);
        }
        "toward_px" => {
            mark.toward_px = Some(px(value).ok_or_else(|| wrong("one place, like 120,200"))?);
        }
        _ => {
            return Err(format!(
                "{key}=…; allowed: lanes, zone_px, line_px, toward_px, channel, function, distance_m, length_m for \
                 detectors; lanes, corners_px, from_m, to_m for views"
            ));
        }
    }
    Ok(())
}

fn px(text: &str) -> Option<Px> {
    let (x, y) = text.split_once(',')?;
    let side = |text: &str| text.parse().ok().filter(|it: &f64| it.is_finite());
    Some([side(x)?, side(y)?])
}
