//! Names and numbers: each given once, and every reference to one that exists.

use std::collections::BTreeMap;

use super::facts::{Facts, in_words};
use super::key::{Finding, Findings, Key};
use super::suggest::did_you_mean;
use crate::intersection::PhaseId;
use crate::intersection::file::SiteFile;

/// All checks of names.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    check_site_id(facts.file, findings);
    check_unique(facts.file, findings);
    check_roads_and_lanes(facts.file, findings);
    check_movements(facts, findings);
    check_crosswalks(facts, findings);
    check_detectors(facts, findings);
    check_patterns(facts, findings);
}

fn check_site_id(file: &SiteFile, findings: &mut Findings) {
    let id = &file.site.id;
    let is_short_name = id.split('-').all(|part| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    if !is_short_name {
        let allowed = "lower-case letters and digits, joined by single dashes";
        let hint = format!("for example `{}`", short_name(id));
        findings.add(Finding::error(Key::new("site.id"), format!("{id:?}"), allowed).hint(hint));
    }
}

/// The nearest short name to any text.
fn short_name(text: &str) -> String {
    let letters: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    match letters.split_whitespace().collect::<Vec<_>>().join("-") {
        name if name.is_empty() => "main-4th".to_owned(),
        name => name,
    }
}

fn check_unique(file: &SiteFile, findings: &mut Findings) {
    fn each<T>(list: &[T], name: impl Fn(&T) -> String) -> Vec<String> {
        list.iter().map(name).collect()
    }
    let (site, patterns) = (&file.site, &file.tuning.patterns);
    let lists = [
        (
            "site.approaches",
            "id",
            each(&site.approaches, |it| it.id.clone()),
        ),
        ("site.lanes", "id", each(&site.lanes, |it| it.id.clone())),
        ("site.exits", "id", each(&site.exits, |it| it.id.clone())),
        (
            "site.movements",
            "id",
            each(&site.movements, |it| it.id.clone()),
        ),
        (
            "site.crosswalks",
            "id",
            each(&site.crosswalks, |it| it.id.clone()),
        ),
        (
            "site.detectors",
            "id",
            each(&site.detectors, |it| it.id.clone()),
        ),
        ("site.views", "id", each(&site.views, |it| it.id.clone())),
        (
            "site.cameras",
            "id",
            each(&site.cameras, |it| it.id.clone()),
        ),
        (
            "site.buttons",
            "id",
            each(&site.buttons, |it| it.id.clone()),
        ),
        (
            "site.detectors",
            "channel",
            each(&site.detectors, |it| it.channel.to_string()),
        ),
        (
            "site.buttons",
            "channel",
            each(&site.buttons, |it| it.channel.to_string()),
        ),
        ("tuning.patterns", "id", each(patterns, |it| it.id.clone())),
        (
            "tuning.patterns",
            "number",
            each(patterns, |it| it.number.to_string()),
        ),
    ];
    for (list, what, values) in lists {
        let mut first = BTreeMap::new();
        for (place, value) in values.into_iter().enumerate() {
            let key = Key::new(list).at(place).sub(what);
            if let Some(before) = first.insert(value.clone(), place) {
                let allowed = format!("each {what} in {list} once");
                let hint = format!("entry {} has it already", before + 1);
                findings.add_broken(
                    Finding::error(key, format!("{value:?} again"), allowed).hint(hint),
                );
            }
        }
    }
}

/// A list that other keys name entries of.
struct Named<'f> {
    list: &'static str,
    what: &'static str,
    ids: Vec<&'f str>,
}

impl<'f> Named<'f> {
    fn approaches(file: &'f SiteFile) -> Self {
        let ids = file
            .site
            .approaches
            .iter()
            .map(|approach| approach.id.as_str())
            .collect();
        Self {
            list: "site.approaches",
            what: "an approach",
            ids,
        }
    }

    fn exits(file: &'f SiteFile) -> Self {
        let ids = file
            .site
            .exits
            .iter()
            .map(|exit| exit.id.as_str())
            .collect();
        Self {
            list: "site.exits",
            what: "an exit",
            ids,
        }
    }

    fn lanes(file: &'f SiteFile) -> Self {
        let ids = file
            .site
            .lanes
            .iter()
            .map(|lane| lane.id.as_str())
            .collect();
        Self {
            list: "site.lanes",
            what: "a lane",
            ids,
        }
    }

    fn movements(file: &'f SiteFile) -> Self {
        let ids = file
            .site
            .movements
            .iter()
            .map(|movement| movement.id.as_str())
            .collect();
        Self {
            list: "site.movements",
            what: "a movement",
            ids,
        }
    }

    fn crosswalks(file: &'f SiteFile) -> Self {
        let ids = file
            .site
            .crosswalks
            .iter()
            .map(|crosswalk| crosswalk.id.as_str())
            .collect();
        Self {
            list: "site.crosswalks",
            what: "a crosswalk",
            ids,
        }
    }

    fn cameras(file: &'f SiteFile) -> Self {
        let cameras = file.site.cameras.iter();
        Self {
            list: "site.cameras",
            what: "a camera",
            ids: cameras.map(|camera| camera.id.as_str()).collect(),
        }
    }

    fn patterns(file: &'f SiteFile) -> Self {
        let ids = file
            .tuning
            .patterns
            .iter()
            .map(|pattern| pattern.id.as_str())
            .collect();
        Self {
            list: "tuning.patterns",
            what: "a pattern",
            ids,
        }
    }

    /// Complains unless `name` is in the list.
    fn expect(&self, key: Key, name: &str, findings: &mut Findings) {
        let unsure = findings.lost_ids(&Key::new(self.list)) || findings.is_broken(&key);
        if self.ids.contains(&name) || unsure {
            return;
        }
        let hint = did_you_mean(name, self.ids.iter().copied());
        let known = match self.ids.len() {
            0 => "there is none".to_owned(),
            1..=16 => self.ids.join(", "),
            many => format!("{many} ids"),
        };
        let allowed = format!("{} of {}: {known}", self.what, self.list);
        findings.add_broken(Finding::error(key, format!("{name:?}"), allowed).maybe_hint(hint));
    }

    fn expect_all(&self, key: &Key, names: &[String], findings: &mut Findings) {
        for (place, name) in names.iter().enumerate() {
            self.expect(key.at(place), name, findings);
            if names.iter().take(place).any(|before| before == name) {
                let found = format!("{name:?} again");
                findings.add(Finding::error(key.at(place), found, "each name once"));
            }
        }
    }
}

/// Complains about phases that `site.phases` does not have.
fn expect_phases(facts: &Facts<'_>, key: &Key, phases: &[PhaseId], findings: &mut Findings) {
    for (place, phase) in phases.iter().enumerate() {
        expect_phase(facts, key.at(place), *phase, findings);
    }
}

fn expect_phase(facts: &Facts<'_>, key: Key, phase: PhaseId, findings: &mut Findings) {
    let unsure = findings.is_broken(&Key::new("site.phases")) || findings.is_broken(&key);
    if !facts.phases.contains(phase) && !unsure {
        let allowed = format!("a phase of site.phases: {}", in_words(facts.phases));
        findings.add_broken(Finding::error(key, format!("phase {phase}"), allowed));
    }
}

fn check_roads_and_lanes(file: &SiteFile, findings: &mut Findings) {
    let approaches = Named::approaches(file);
    let lanes = Named::lanes(file);
    for (place, lane) in file.site.lanes.iter().enumerate() {
        let key = Key::new("site.lanes").at(place);
        approaches.expect(key.sub("approach"), &lane.approach, findings);
        if let Some(beside) = &lane.pocket_of {
            lanes.expect(key.sub("pocket_of"), beside, findings);
        }
    }
    let own = |site: &str| site == file.site.id;
    let mut expect_other = |key: Key, site: &str| {
        if own(site) {
            let allowed = "the site.id of another intersection";
            findings.add(Finding::error(
                key.sub("site"),
                format!("{site:?}, this site"),
                allowed,
            ));
        }
    };
    for (place, approach) in file.site.approaches.iter().enumerate() {
        if let Some(link) = &approach.upstream {
            expect_other(
                Key::new("site.approaches").at(place).sub("upstream"),
                &link.site,
            );
        }
    }
    for (place, exit) in file.site.exits.iter().enumerate() {
        if let Some(link) = &exit.downstream {
            expect_other(
                Key::new("site.exits").at(place).sub("downstream"),
                &link.site,
            );
        }
    }
}

fn check_movements(facts: &Facts<'_>, findings: &mut Findings) {
    let file = facts.file;
    for (place, movement) in file.site.movements.iter().enumerate() {
        let key = Key::new("site.movements").at(place);
        Named::approaches(file).expect(key.sub("from"), &movement.from, findings);
        Named::exits(file).expect(key.sub("to"), &movement.to, findings);
        Named::lanes(file).expect_all(&key.sub("lanes"), &movement.lanes, findings);
        expect_phases(facts, &key.sub("protected"), &movement.protected, findings);
        expect_phases(
            facts,
            &key.sub("permissive"),
            &movement.permissive,
            findings,
        );
        if let Some(others) = &movement.yields_to {
            Named::movements(file).expect_all(&key.sub("yields_to"), others, findings);
        }
    }
}

fn check_crosswalks(facts: &Facts<'_>, findings: &mut Findings) {
    let file = facts.file;
    let mut roads = Named::approaches(file);
    roads.list = "site.approaches or site.exits";
    roads.what = "a road";
    for exit in &file.site.exits {
        if !roads.ids.contains(&exit.id.as_str()) {
            roads.ids.push(&exit.id);
        }
    }
    let lost_roads = findings.lost_ids(&Key::new("site.approaches"))
        || findings.lost_ids(&Key::new("site.exits"));
    for (place, crosswalk) in file.site.crosswalks.iter().enumerate() {
        let key = Key::new("site.crosswalks").at(place);
        if !lost_roads {
            roads.expect(key.sub("across"), &crosswalk.across, findings);
        }
        expect_phase(facts, key.sub("phase"), crosswalk.phase, findings);
    }
    for (place, button) in file.site.buttons.iter().enumerate() {
        let key = Key::new("site.buttons").at(place).sub("crosswalk");
        Named::crosswalks(file).expect(key, &button.crosswalk, findings);
    }
}

fn check_detectors(facts: &Facts<'_>, findings: &mut Findings) {
    let file = facts.file;
    for (place, detector) in file.site.detectors.iter().enumerate() {
        let key = Key::new("site.detectors").at(place);
        Named::lanes(file).expect_all(&key.sub("lanes"), &detector.lanes, findings);
        if let Some(camera) = &detector.camera {
            Named::cameras(file).expect(key.sub("camera"), camera, findings);
        }
        let listed = |phases: &Option<Vec<PhaseId>>| phases.clone().unwrap_or_default();
        expect_phases(facts, &key.sub("calls"), &listed(&detector.calls), findings);
        expect_phases(
            facts,
            &key.sub("extends"),
            &listed(&detector.extends),
            findings,
        );
    }
    for (place, view) in file.site.views.iter().enumerate() {
        let key = Key::new("site.views").at(place);
        Named::lanes(file).expect_all(&key.sub("lanes"), &view.lanes, findings);
        if let Some(camera) = &view.camera {
            Named::cameras(file).expect(key.sub("camera"), camera, findings);
        }
    }
    let detectors = Named {
        list: "site.detectors",
        what: "a detector",
        ids: file
            .site
            .detectors
            .iter()
            .map(|detector| detector.id.as_str())
            .collect(),
    };
    for id in file.tuning.detectors.keys() {
        detectors.expect(Key::new("tuning.detectors").sub(id), id, findings);
    }
}

fn check_patterns(facts: &Facts<'_>, findings: &mut Findings) {
    let file = facts.file;
    for (place, pattern) in file.tuning.patterns.iter().enumerate() {
        let key = Key::new("tuning.patterns").at(place);
        expect_phases(
            facts,
            &key.sub("coordinated"),
            &pattern.coordinated,
            findings,
        );
        for (name, table) in [
            ("splits_s", &pattern.splits_s),
            ("max_green_s", &pattern.max_green_s),
        ] {
            for (phase, _) in table.iter() {
                expect_phase(facts, key.sub(name).phase(phase), phase, findings);
            }
        }
    }
    for (place, row) in file.tuning.schedule.iter().enumerate() {
        let key = Key::new("tuning.schedule").at(place).sub("pattern");
        Named::patterns(file).expect(key, &row.pattern, findings);
    }
    for (phase, _) in file.tuning.phases.iter() {
        expect_phase(
            facts,
            Key::new("tuning.phases").phase(phase),
            phase,
            findings,
        );
    }
}
