//! What makes a camera unbelievable, and what does not: seeded, on the street in perspective.

use phasewise::camera::{Trouble, Watch};
use phasewise::intersection::{Id, Intersection, PerPhase, PhaseId};
use phasewise::signal::Indication;
use phasewise::units::Millis;

use super::queues::light;
use super::street::{Mast, Picture, Traffic, queue};

/// A street with traffic, 10 frames a second, whose camera something happens to.
struct Scene {
    watch: Watch,
    traffic: Traffic,
    frames: i64,
    /// What was told, when.
    troubles: Vec<(f64, Option<Trouble>)>,
    /// How wrong queues were, vehicles.
    queues: Vec<f64>,
}

impl Scene {
    fn new(site: &Intersection) -> Self {
        let camera = site.cameras.ids().next().unwrap();
        Self {
            watch: Watch::new(site, camera),
            traffic: Traffic::new(130.0, 6.5, 1, |s| light(s) == Indication::Green),
            frames: 0,
            troubles: Vec::new(),
            queues: Vec::new(),
        }
    }

    fn now(&self) -> f64 {
        self.frames as f64 / 10.0
    }

    /// So many seconds, with what becomes of the mast and the picture in each frame.
    fn play(
        &mut self,
        seconds: f64,
        mast: impl Fn(i64) -> Mast,
        paint: impl Fn(i64, Picture) -> Picture,
    ) {
        for _ in 0..(seconds * 10.0) as i64 {
            let (frame, now) = (self.frames, self.now());
            let cars = self.traffic.at(now);
            let picture = paint(frame, Picture::of(&mast(frame), &cars, frame as u32));
            let shown = PerPhase::from_fn(|_: PhaseId| light(now));
            let look = self
                .watch
                .look(&picture.frame(), Some(&shown), Millis(frame * 100));
            self.troubles
                .extend(look.trouble.map(|trouble| (now, trouble)));
            for view in &look.views {
                let truth = f64::from(queue(&cars, view.view.index(), 90.0));
                self.queues
                    .push((f64::from(view.queue.vehicles) - truth).abs());
            }
            self.frames += 1;
        }
    }

    /// As it should be.
    fn well(&mut self, seconds: f64) {
        self.play(seconds, |_| Mast::usual(), |_, picture| picture);
    }
}

fn site() -> Intersection {
    Mast::usual().site(90.0).0
}

/// The same for the same frame, otherwise anything from −1 to 1.
fn draw(frame: i64, salt: u32) -> f64 {
    let mut state = (frame as u32).wrapping_mul(2_654_435_761) ^ salt.wrapping_mul(40_503);
    for _ in 0..3 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    }
    f64::from(state >> 8) / f64::from(1_u32 << 23) - 1.0
}

/// A mast that is turned at random, by so many radians at most.
fn shaking(most: f64) -> impl Fn(i64) -> Mast {
    move |frame| {
        let mut mast = Mast::usual();
        mast.down += most * draw(frame, 1);
        mast.right += most * draw(frame, 2);
        mast
    }
}

#[test]
fn wind_is_made_up_for() {
    let mut scene = Scene::new(&site());
    // Up to 3 px in each direction, another way in each frame.
    scene.play(80.0, shaking(0.005), |_, picture| picture);
    assert_eq!(scene.troubles, []);
    let mean = scene.queues.iter().sum::<f64>() / scene.queues.len() as f64;
    assert!(mean <= 1.0, "{mean} vehicles");
}

#[test]
fn what_hides_the_street_is_found_within_ten_seconds_and_forgiven() {
    type Paint = Box<dyn Fn(i64, Picture) -> Picture>;
    let turned = |by: f64| {
        move |_| {
            let mut mast = Mast::usual();
            mast.right += by;
            mast
        }
    };
    let asis = || -> Paint { Box::new(|_, picture| picture) };
    let thick_fog: Paint = Box::new(|_, picture| {
        picture.each(|_, value| (170.0 + (f64::from(value) - 170.0) * 0.1) as u8)
    });
    let snow: Paint = Box::new(|frame, picture| {
        picture.each(|place, value| {
            let flake = draw(frame * 300_000, place as u32 / 12) > 0.2;
            if flake { 240 } else { value }
        })
    });
    let frozen: Paint = Box::new(|_, _| Picture::of(&Mast::usual(), &[], 7));
    type Aim = Box<dyn Fn(i64) -> Mast>;
    let usual = || -> Aim { Box::new(|_| Mast::usual()) };
    let cases: [(Trouble, Aim, Paint); 5] = [
        (Trouble::Blind, usual(), thick_fog),
        (Trouble::Noisy, usual(), snow),
        (Trouble::Frozen, usual(), frozen),
        (Trouble::Moved, Box::new(turned(0.09)), asis()),
        (Trouble::Shaken, Box::new(shaking(0.02)), asis()),
    ];
    for (expected, aim, paint) in cases {
        let mut scene = Scene::new(&site());
        scene.well(20.0);
        assert_eq!(scene.troubles, [], "before {expected}");
        scene.play(10.0, aim, paint);
        assert_eq!(scene.watch.trouble(), Some(expected));
        scene.well(8.0);
        assert_eq!(scene.watch.trouble(), None, "{expected} is over");
    }
}

#[test]
fn a_camera_that_was_turned_before_it_was_switched_on_is_known_by_what_is_remembered() {
    let mut scene = Scene::new(&site());
    scene.well(20.0);
    let remembered = scene.watch.fingerprint().unwrap().to_string();
    assert_eq!(remembered.len(), 32 * 33 - 1);
    let text = Mast::usual().site_text(90.0).replace(
        "id = \"mast\",",
        &format!("id = \"mast\", remembered = [\"{remembered}\"],"),
    );
    let site = Intersection::parse(&text, "street").unwrap();
    let mut scene = Scene::new(&site);
    scene.well(30.0);
    assert_eq!(scene.troubles, []);
    let mut scene = Scene::new(&site);
    let mut turned = Mast::usual();
    turned.right += 0.12;
    scene.play(10.0, |_| turned, |_, picture| picture);
    assert_eq!(scene.watch.trouble(), Some(Trouble::Moved));
    let broken = text.replace(&remembered, "0123");
    let said = Intersection::parse(&broken, "street")
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("remembered") && said.contains("32 groups"),
        "{said}"
    );
}

#[test]
fn a_source_that_falls_silent_is_not_believed() {
    let mut scene = Scene::new(&site());
    scene.well(10.0);
    assert_eq!(
        scene.watch.miss(Millis(11_000)).trouble,
        None,
        "one second is nothing"
    );
    assert_eq!(
        scene.watch.miss(Millis(12_100)).trouble,
        Some(Some(Trouble::Silent))
    );
    assert_eq!(scene.watch.miss(Millis(13_000)).trouble, None, "told once");
    scene.frames = 300;
    scene.well(8.0);
    assert_eq!(scene.watch.trouble(), None);
}

#[test]
fn dusk_is_no_sickness() {
    let mut scene = Scene::new(&site());
    let mut nights = Vec::new();
    for darkness in (0..=40).chain((0..40).rev()) {
        let light = 1.0 - 0.02 * f64::from(darkness);
        scene.play(
            1.0,
            |_| Mast::usual(),
            |_, picture| picture.each(|_, value| (f64::from(value) * light) as u8),
        );
        nights.push(scene.watch.is_night());
    }
    nights.dedup();
    assert_eq!(nights, [false, true, false], "night comes and goes once");
    assert_eq!(scene.troubles, []);
}
