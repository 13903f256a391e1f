//! A signal in SUMO, and answers of SUMO about it, made by hand.

use std::path::Path;

use phasewise::intersection::{DetectorFunction, Id, Intersection, Table, View};
use phasewise::sumo::import::{Stretch, Wiring};
use phasewise::sumo::traci::{Answers, Domain, Reader, Told, Value, Writer, variable};

/// The tutorial site with one camera: it sees the last 60 m of both through lanes from the west.
pub(super) fn site() -> Intersection {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut site = Intersection::load(&root.join("intersections/four-leg/site.toml")).unwrap();
    let lane = |id: &str| site.lanes.iter().find(|(_, lane)| lane.id == id).unwrap().0;
    site.views = Table::new(vec![View {
        id: "EB camera".to_owned(),
        lanes: vec![lane("EB-1"), lane("EB-2")],
        from_m: 0.0,
        to_m: 60.0,
        seen: None,
    }]);
    site
}

/// Every detector lies on a SUMO lane called like the lane of the site, 200 m long. The camera sees the
/// last 50 m of `EB-1` and, before it, the last 10 m of `upstream`, which is 80 m long.
pub(super) fn wiring(site: &Intersection) -> Wiring {
    let stretch = |lane: &str, from_m: f64, to_m: f64| Stretch {
        lane: lane.to_owned(),
        from_m,
        to_m,
    };
    let detectors = site.detectors.iter().map(|(_, detector)| {
        let lane = detector
            .lanes
            .first()
            .map_or("none", |lane| &site.lanes[*lane].id);
        match detector.function {
            DetectorFunction::StopBarPresence => stretch(lane, 194.0, 199.0),
            DetectorFunction::StopBarCount => stretch(lane, 198.0, 200.0),
            DetectorFunction::Advance | DetectorFunction::PedestrianButton => {
                stretch(lane, 90.0, 92.0)
            }
        }
    });
    Wiring {
        signal: "C".to_owned(),
        links: Vec::new(),
        stop_lanes: Vec::new(),
        pieces: Vec::new(),
        detectors: detectors.collect(),
        views: vec![vec![
            stretch("EB-1", 150.0, 200.0),
            stretch("upstream", 70.0, 80.0),
        ]],
        approaches: Vec::new(),
        exits: Vec::new(),
    }
}

/// Number of the loop that SUMO has for a detector.
pub(super) fn loop_of(site: &Intersection, detector: &str) -> usize {
    let mut detectors = site.detectors.iter();
    detectors
        .find(|(_, it)| it.id == detector)
        .unwrap()
        .0
        .index()
}

/// What SUMO tells, put together piece by piece.
#[derive(Default)]
pub(super) struct Said {
    objects: Vec<(Domain, String, u8, Kind)>,
}

enum Kind {
    Number(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Said {
    /// Who passed a loop: name, entry and leave time; a negative leave time while it is still there.
    pub(super) fn passages(mut self, number: usize, passages: &[(&str, f64, f64)]) -> Self {
        let mut bytes = Writer::default();
        let typed_double = |bytes: &mut Writer, number: f64| {
            bytes.byte(0x0b);
            bytes.double(number);
        };
        bytes.byte(0x09);
        bytes.integer(i32::try_from(passages.len()).unwrap());
        for (id, entry, leave) in passages {
            bytes.typed_text(id);
            typed_double(&mut bytes, 4.3);
            typed_double(&mut bytes, *entry);
            typed_double(&mut bytes, *leave);
            bytes.typed_text("car");
        }
        self.objects.push((
            Domain::Loop,
            format!("phasewise-loop-{number}"),
            variable::LOOP_PASSAGES,
            Kind::Bytes(bytes.0),
        ));
        self
    }

    /// Where a vehicle is and how fast.
    pub(super) fn vehicle(mut self, id: &str, lane: &str, position_m: f64, speed_mps: f64) -> Self {
        let mut tell = |which: u8, kind: Kind| {
            self.objects
                .push((Domain::Vehicle, id.to_owned(), which, kind));
        };
        tell(variable::LANE, Kind::Text(lane.to_owned()));
        tell(variable::LANE_POSITION, Kind::Number(position_m));
        tell(variable::SPEED, Kind::Number(speed_mps));
        tell(variable::DECELERATION, Kind::Number(4.5));
        self
    }

    /// Where a vehicle goes: the link of the next signal.
    pub(super) fn bound_for(mut self, id: &str, signal: &str, link: i32) -> Self {
        let mut bytes = Writer::default();
        bytes.byte(0x09);
        bytes.integer(1);
        bytes.typed_text(signal);
        bytes.byte(0x09);
        bytes.integer(link);
        self.objects.push((
            Domain::Vehicle,
            id.to_owned(),
            variable::NEXT_LIGHTS,
            Kind::Bytes(bytes.0),
        ));
        self
    }

    /// What a signal shows.
    pub(super) fn letters(mut self, signal: &str, letters: &str) -> Self {
        self.objects.push((
            Domain::Light,
            signal.to_owned(),
            variable::LIGHT_STATE,
            Kind::Text(letters.to_owned()),
        ));
        self
    }

    /// As the client would hand it on.
    pub(super) fn answers(&self) -> Answers<'_> {
        let told = self
            .objects
            .iter()
            .map(|(domain, object, variable, kind)| Told {
                domain: *domain,
                object,
                variable: *variable,
                value: match kind {
                    Kind::Number(number) => Value::Double(*number),
                    Kind::Text(text) => Value::Text(text),
                    Kind::Bytes(bytes) => Value::Compound(Reader::new(bytes)),
                },
            });
        Answers {
            told: told.collect(),
            refused: Vec::new(),
        }
    }
}
