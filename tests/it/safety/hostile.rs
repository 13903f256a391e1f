//! Hostile advice: whatever is wished, whoever calls, however late the ticks come, on whatever site, no
//! rule is broken and no call waits longer than the site's bound.
//!
//! [`Attack::run`] plays minutes of it against a gate. The lamps are checked by a [`Monitor`] of its own
//! (the gate asserts on another), waits by a watch that knows only calls and lamps.

use phasewise::intersection::{Intersection, PedestrianTiming, PhaseId, PhaseSet, SafetyTiming};
use phasewise::safety::{Gate, Monitor, Reason, Refused};
use phasewise::signal::{Advice, Calls, Indication, PedestrianIndication};
use phasewise::units::{Millis, TICK, Timestamp};
use proptest::prelude::*;
use rand::{Rng, RngCore, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::sites::{NEMA, nema, phase, set, site, with_tightest_waits};

/// How advice behaves.
#[derive(Clone, Copy, Debug)]
enum Advising {
    /// Wants the same for ever.
    Stubborn,
    /// Anything at all, anew every tick: incompatible, unknown, walks without green.
    Noise,
    /// Compatible sets, each for some seconds; walks at random.
    Wandering,
    /// Flips between two sets every tick.
    Toggling,
    /// Wants everything but the phase that has waited longest, with walks, as late as it can.
    Starving,
}

/// How calls behave.
#[derive(Clone, Copy, Debug)]
enum Calling {
    /// Every phase, always.
    Everybody,
    /// Calls come at random and stay until served.
    Locked,
    /// Calls come and go.
    Fickle,
    /// Nobody for a long time, then everybody at once.
    Burst,
}

#[derive(Clone, Copy, Debug)]
struct Attack {
    advising: Advising,
    calling: Calling,
    /// One tick in so many is late, by up to three seconds; zero: none.
    late_one_in: u32,
    seed: u64,
}

/// What came of an attack.
#[derive(Debug, Default)]
struct Outcome {
    overrides: u64,
    vehicles_served: u32,
    pedestrians_served: u32,
}

/// Waits by phase, from calls and lamps.
struct Watch {
    since: [Option<(Timestamp, Millis)>; 17],
    limit: [Millis; 17],
    served: u32,
}

impl Watch {
    fn new(limit: impl Fn(PhaseId) -> Millis) -> Self {
        let mut limits = [Millis::ZERO; 17];
        for phase in PhaseId::all() {
            limits[usize::from(phase.number())] = limit(phase);
        }
        Self {
            since: [None; 17],
            limit: limits,
            served: 0,
        }
    }

    /// `late`: by how much ticks have been late since the start; that much a call may be late too.
    fn note(&mut self, phase: PhaseId, calls: bool, served: bool, clock: (Timestamp, Millis)) {
        let place = usize::from(phase.number());
        let (now, late) = clock;
        if let Some((since, late_then)) = self.since[place] {
            let waited = now.since(since) - (late - late_then);
            assert!(
                waited <= self.limit[place],
                "phase {phase} waits {waited} of {} at {now}",
                self.limit[place]
            );
            self.served += u32::from(served);
        }
        self.since[place] = if calls && !served {
            self.since[place].or(Some(clock))
        } else {
            None
        };
    }
}

struct Attacker<'a> {
    site: &'a Intersection,
    attack: Attack,
    random: Pcg64Mcg,
    calls: Calls,
    advice: Advice,
    other: Advice,
    longest_waiting: Option<PhaseId>,
}

impl Attacker<'_> {
    fn some_phases(&mut self) -> PhaseSet {
        let bits = self.random.next_u32() & self.random.next_u32();
        PhaseId::all()
            .filter(|phase| bits >> phase.number() & 1 == 1)
            .collect()
    }

    fn compatible(&mut self, avoid: Option<PhaseId>) -> PhaseSet {
        let mut chosen = PhaseSet::EMPTY;
        for _ in 0..32 {
            let phase = phase(self.random.random_range(1..=16));
            let fits = self.site.conflicts.are_compatible(chosen.with(phase));
            if self.site.phases.contains(phase) && fits && Some(phase) != avoid {
                chosen.insert(phase);
            }
        }
        chosen
    }

    fn legal(&mut self, avoid: Option<PhaseId>) -> Advice {
        let green = self.compatible(avoid);
        let walk = self.some_phases().intersection(green);
        Advice {
            green,
            walk: self.with_pedestrians(walk),
            ..Advice::default()
        }
    }

    fn with_pedestrians(&self, phases: PhaseSet) -> PhaseSet {
        phases
            .iter()
            .filter(|&phase| self.site.phase[phase].safety.pedestrian.is_some())
            .collect()
    }

    fn next_advice(&mut self, tick: u32) -> Advice {
        let change = self.random.random_range(0..60) == 0;
        match self.attack.advising {
            Advising::Stubborn => {
                if tick == 0 {
                    self.advice = self.legal(None);
                }
            }
            Advising::Noise => {
                self.advice = Advice {
                    green: self.some_phases(),
                    walk: self.some_phases(),
                    ..Advice::default()
                };
            }
            Advising::Wandering => {
                if change {
                    self.advice = self.legal(None);
                }
            }
            Advising::Toggling => {
                std::mem::swap(&mut self.advice, &mut self.other);
                if change {
                    self.advice = self.legal(None);
                }
            }
            Advising::Starving => {
                let wants_it = self
                    .longest_waiting
                    .is_some_and(|phase| self.advice.green.contains(phase));
                if change || wants_it {
                    self.advice = self.legal(self.longest_waiting);
                    self.advice.walk = self.with_pedestrians(self.advice.green);
                }
            }
        }
        self.advice
    }

    fn next_calls(&mut self, tick: u32, greens: PhaseSet, walking: PhaseSet) -> Calls {
        let (a, b) = (self.some_phases(), self.some_phases());
        let rare = a.intersection(b).intersection(self.some_phases());
        let more = match self.attack.calling {
            Calling::Everybody => self.site.phases,
            Calling::Locked => rare,
            Calling::Fickle => {
                let gone = rare.intersection(self.some_phases());
                self.calls.vehicle = self.calls.vehicle.difference(gone);
                self.calls.pedestrian = self.calls.pedestrian.difference(gone);
                rare.intersection(self.some_phases())
            }
            Calling::Burst if tick % 3_000 < 40 => self.site.phases,
            Calling::Burst => PhaseSet::EMPTY,
        };
        let more = more.intersection(self.site.phases);
        self.calls.vehicle = self.calls.vehicle.union(more).difference(greens);
        let walkers = self.with_pedestrians(more);
        self.calls.pedestrian = self.calls.pedestrian.union(walkers).difference(walking);
        self.calls
    }

    fn delay(&mut self) -> i64 {
        let one_in = self.attack.late_one_in;
        if one_in > 0 && self.random.random_range(0..one_in) == 0 {
            self.random.random_range(1..3_000)
        } else {
            0
        }
    }
}

impl Attack {
    fn run(self, site: &Intersection, ticks: u32) -> Outcome {
        let mut attacker = Attacker {
            site,
            attack: self,
            random: Pcg64Mcg::seed_from_u64(self.seed),
            calls: Calls::default(),
            advice: Advice::default(),
            other: Advice::default(),
            longest_waiting: None,
        };
        let mut gate = Gate::new(site, Timestamp(0));
        let mut monitor = Monitor::new(site, Timestamp(0));
        let mut vehicles = Watch::new(|phase| site.phase[phase].safety.max_wait);
        let mut pedestrians = Watch::new(|phase| {
            let timing = site.phase[phase].safety.pedestrian;
            timing.map_or(Millis::ZERO, |timing| timing.max_wait)
        });
        let (mut now, mut late) = (Timestamp(0), Millis::ZERO);
        for tick in 0..ticks {
            let state = gate.state();
            let greens = state.greens();
            let walking = walking(&gate);
            let calls = attacker.next_calls(tick, greens, walking);
            let advice = attacker.next_advice(tick);
            gate.admit(&advice, &calls, now);
            // The argument in `safety/guard.rs`, step by step: no tick makes a deadline unreachable.
            let on_time = self.late_one_in == 0;
            assert!(!on_time || gate.keeps_every_wait(), "at {now}");
            let heads = gate.heads();
            assert_eq!(monitor.observe(&heads, now), [], "at {now}");
            let greens = gate.state().greens();
            for phase in site.phases.iter() {
                if heads.vehicle[phase] != Indication::Dark {
                    let lit = heads.vehicle[phase] == Indication::Green;
                    assert_eq!(lit, greens.contains(phase));
                }
                let called = calls.vehicle.contains(phase);
                vehicles.note(phase, called, greens.contains(phase), (now, late));
                let walks = heads.pedestrian[phase] == PedestrianIndication::Walk;
                pedestrians.note(phase, calls.pedestrian.contains(phase), walks, (now, late));
            }
            attacker.longest_waiting = site
                .phases
                .iter()
                .filter_map(|phase| Some((vehicles.since[usize::from(phase.number())]?, phase)))
                .min()
                .map(|(_, phase)| phase);
            let delay = Millis(attacker.delay());
            now = now + TICK + delay;
            late += delay;
        }
        Outcome {
            overrides: gate.overrides(),
            vehicles_served: vehicles.served,
            pedestrians_served: pedestrians.served,
        }
    }
}

fn walking(gate: &Gate) -> PhaseSet {
    let heads = gate.heads();
    PhaseId::all()
        .filter(|&phase| heads.pedestrian[phase] == PedestrianIndication::Walk)
        .collect()
}

fn advising() -> impl Strategy<Value = Advising> {
    prop_oneof![
        Just(Advising::Stubborn),
        Just(Advising::Noise),
        Just(Advising::Wandering),
        Just(Advising::Toggling),
        Just(Advising::Starving),
    ]
}

fn calling() -> impl Strategy<Value = Calling> {
    prop_oneof![
        Just(Calling::Everybody),
        Just(Calling::Locked),
        Just(Calling::Fickle),
        Just(Calling::Burst),
    ]
}

fn attack() -> impl Strategy<Value = Attack> {
    let late = prop_oneof![2 => Just(0), 1 => 2..200_u32];
    (advising(), calling(), late, any::<u64>()).prop_map(
        |(advising, calling, late_one_in, seed)| Attack {
            advising,
            calling,
            late_one_in,
            seed,
        },
    )
}

/// Site timings need not be whole ticks.
fn millis(least: i64, most: i64) -> impl Strategy<Value = Millis> {
    prop_oneof![
        (least / 100..=most / 100).prop_map(|ticks| Millis(ticks * 100)),
        (least..=most).prop_map(Millis),
    ]
}

prop_compose! {
    fn crossing()(
        walk in millis(4_000, 12_000),
        clearance in millis(3_000, 25_000),
        buffer in millis(3_000, 9_000),
        leading in prop_oneof![2 => Just(Millis::ZERO), 1 => millis(3_000, 9_000)],
    ) -> PedestrianTiming {
        PedestrianTiming { walk, clearance, buffer, leading, max_wait: Millis::ZERO }
    }
}

prop_compose! {
    fn timing()(
        min_green in millis(1_000, 15_000),
        yellow_change in millis(3_000, 6_000),
        red_clearance in prop_oneof![1 => Just(Millis::ZERO), 3 => millis(100, 6_000)],
        red_revert in millis(2_000, 12_000),
        pedestrian in proptest::option::of(crossing()),
        pedestrian_only in proptest::bool::weighted(0.15),
    ) -> SafetyTiming {
        let mut timing = SafetyTiming {
            min_green, yellow_change, red_clearance, red_revert,
            max_wait: Millis::ZERO,
            pedestrian,
            pedestrian_only: false,
        };
        if let (Some(crossing), true) = (pedestrian, pedestrian_only) {
            timing.pedestrian_only = true;
            timing.yellow_change = Millis::ZERO;
            timing.min_green = crossing.walk + crossing.clearance;
        }
        timing
    }
}

/// What a random site is made of; short to print when a test fails.
#[derive(Clone, Debug)]
struct Recipe {
    timing: Vec<(u8, SafetyTiming)>,
    compatible: Vec<(u8, u8)>,
    /// More time than clearance from one phase to another.
    between: Vec<(u8, u8, i64)>,
}

impl Recipe {
    /// The site, with every maximum wait exactly at the bound.
    fn site(&self) -> Intersection {
        let mut site = site(&self.timing, &self.compatible);
        for &(a, b, more) in &self.between {
            let (a, b) = (phase(a), phase(b));
            let known = site.phases.contains(a) && site.phases.contains(b);
            if known && site.conflicts.conflict(a, b) {
                site.conflicts.between[a][b] += Millis(more);
            }
        }
        with_tightest_waits(site)
    }
}

/// A site by rings and barriers, or by a random conflict table.
fn any_site() -> impl Strategy<Value = Recipe> {
    let compatible = prop_oneof![
        Just(NEMA.to_vec()),
        proptest::collection::vec((1..=16_u8, 1..=16_u8), 0..40),
    ];
    let phases = proptest::collection::btree_map(1..=16_u8, timing(), 1..=10);
    let between = proptest::collection::vec((1..=16_u8, 1..=16_u8, 0..6_000_i64), 0..20);
    (phases, compatible, between).prop_map(|(phases, compatible, between)| Recipe {
        timing: phases.into_iter().collect(),
        compatible,
        between,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_lamps_unsafe_or_a_call_wait_beyond_its_bound(recipe in any_site(), attack in attack()) {
        attack.run(&recipe.site(), 3_000);
    }

    /// Where the bound is larger than `max_wait`, calls may wait too long, but the lamps stay safe.
    #[test]
    fn impossible_waits_are_still_safe(recipe in any_site(), attack in attack()) {
        let mut site = recipe.site();
        for phase in site.phases.iter() {
            let safety = &mut site.phase[phase].safety;
            safety.max_wait = Millis(1_000);
            if let Some(crossing) = &mut safety.pedestrian {
                crossing.max_wait = Millis(1_000);
            }
        }
        let mut gate = Gate::new(&site, Timestamp(0));
        let mut random = Pcg64Mcg::seed_from_u64(attack.seed);
        for tick in 0..1_500 {
            let set_of = |bits: u32| PhaseId::all().filter(|phase| bits >> phase.number() & 1 == 1).collect();
            let advice = Advice { green: set_of(random.next_u32()), walk: set_of(random.next_u32()), ..Advice::default() };
            let calls = Calls { vehicle: site.phases, pedestrian: site.phases };
            gate.admit(&advice, &calls, Timestamp(tick * TICK.0));
        }
    }

    /// Flash is asked for and withdrawn at any moment; the monitor inside the gate watches.
    #[test]
    fn flash_in_and_out_is_safe_at_any_moment(recipe in any_site(), attack in attack(), moments in proptest::collection::vec(0..1_500_i64, 0..12)) {
        let mut gate = Gate::new(&recipe.site(), Timestamp(0));
        let mut random = Pcg64Mcg::seed_from_u64(attack.seed);
        let mut advice = Advice::default();
        for tick in 0..1_500 {
            if tick % 40 == 0 {
                let set_of = |bits: u32| PhaseId::all().filter(|phase| bits >> phase.number() & 1 == 1).collect();
                advice.green = set_of(random.next_u32());
                advice.walk = set_of(random.next_u32());
            }
            for (place, moment) in moments.iter().enumerate() {
                if *moment == tick && place % 2 == 0 { gate.request_flash(); }
                if *moment == tick && place % 2 == 1 { gate.leave_flash(); }
            }
            gate.admit(&advice, &Calls::default(), Timestamp(tick * TICK.0));
        }
    }
}

/// With 1 to 8 phases starving at once, each is served within its bound, over hundreds of runs; and the
/// attack is real: advice is overruled in most of them.
#[test]
fn however_many_phases_starve_each_is_served_within_its_bound() {
    let mut overruled = 0;
    let mut runs = 0;
    for starving in 1..=8_u8 {
        for seed in 0..30 {
            let phases: Vec<_> = (1..=starving)
                .map(|number| (number, nema().phase[phase(number)].safety))
                .collect();
            let site = with_tightest_waits(site(&phases, NEMA));
            let attack = Attack {
                advising: Advising::Starving,
                calling: [Calling::Everybody, Calling::Locked, Calling::Burst]
                    [usize::try_from(seed % 3).unwrap()],
                late_one_in: 0,
                seed,
            };
            let outcome = attack.run(&site, 3_000);
            runs += 1;
            overruled += u32::from(outcome.overrides > 0);
            if starving > 1 {
                let served = outcome.vehicles_served.min(outcome.pedestrians_served);
                assert!(served > 0, "{attack:?}: {outcome:?}");
            }
        }
    }
    assert!(
        overruled * 2 > runs,
        "only {overruled} of {runs} runs were hard"
    );
}

#[test]
fn a_call_of_a_phase_that_does_not_exist_and_a_walk_without_heads_are_ignored() {
    let site = site(
        &[(2, super::sites::plain()), (4, super::sites::plain())],
        &[],
    );
    let mut gate = Gate::new(&site, Timestamp(0));
    let calls = Calls {
        vehicle: set(&[7, 9]),
        pedestrian: set(&[2, 7]),
    };
    let advice = Advice {
        green: set(&[2, 4, 7]),
        walk: set(&[2, 4, 5]),
        ..Advice::default()
    };
    for tick in 0..1_000 {
        gate.admit(&advice, &calls, Timestamp(tick * TICK.0));
        assert_eq!(
            gate.newly_refused().iter().count(),
            if tick == 0 { 5 } else { 0 },
            "logged once"
        );
    }
    assert_eq!(gate.overrides(), 0);
    assert_eq!(
        gate.refused().iter().next(),
        Some((Reason::UnknownPhase, phase(5)))
    );
    assert_eq!(gate.state().greens(), set(&[2]), "the lowest-numbered one");
    let refused = gate.refused();
    assert_eq!(refused.unknown, set(&[5, 7]));
    assert_eq!(refused.conflict, set(&[4]));
    assert_eq!(refused.no_pedestrians, set(&[2, 4]));
    assert_eq!(gate.refusals(), 5, "each refusal is counted once");
}

#[test]
fn a_walk_that_is_refused_for_want_of_green_is_not_refused_again_for_want_of_heads() {
    let site = site(
        &[(2, super::sites::plain()), (4, super::sites::plain())],
        &[],
    );
    let mut gate = Gate::new(&site, Timestamp(0));
    let advice = Advice {
        walk: set(&[4]),
        ..Advice::green(set(&[2]))
    };
    gate.admit(&advice, &Calls::default(), Timestamp(0));
    let refused: Vec<_> = gate.refused().iter().collect();
    assert_eq!(refused, [(Reason::WalkWithoutGreen, phase(4))]);
}

#[test]
fn every_reason_is_told_with_its_phase() {
    let refused = Refused {
        unknown: set(&[1]),
        conflict: set(&[2]),
        walk_without_green: set(&[3]),
        no_pedestrians: set(&[4]),
        max_wait: set(&[5]),
    };
    let told: Vec<_> = refused.iter().collect();
    let expected = [
        (Reason::UnknownPhase, phase(1)),
        (Reason::Conflict, phase(2)),
        (Reason::WalkWithoutGreen, phase(3)),
        (Reason::NoPedestrians, phase(4)),
        (Reason::MaxWait, phase(5)),
    ];
    assert_eq!(told, expected);
    assert_eq!(refused.new_since(&refused), Refused::default());
    assert_eq!(refused.new_since(&Refused::default()), refused);
}
