//! The page as a document: whole, valid, self-contained, and safe whatever the files say.

use std::fs;
use std::path::Path;

use phasewise::hires::Event;
use phasewise::report::Content;
use phasewise::report::content::ADAPTIVE;
use phasewise::report::content::TimeSeries;
use phasewise::report::html;
use phasewise::units::ClockTime;
use phasewise::units::Millis;
use proptest::prelude::*;

use super::demo;

/// Walks the tags of a page: panics if one is not closed in order. Gives (name, attributes) of each.
fn tags(page: &str) -> Vec<(String, String)> {
    let mut open: Vec<String> = Vec::new();
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag that never ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed out of order");
            continue;
        }
        let name: String = tag
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let attributes = tag[name.len()..].to_owned();
        if name == "style" {
            let close = rest.find("</style>").expect("style is not closed");
            rest = &rest[close + "</style>".len()..];
        } else if !attributes.ends_with('/') && name != "meta" {
            open.push(name.clone());
        }
        found.push((name, attributes));
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    found
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let start = attributes.find(&format!(" {name}=\""))? + name.len() + 3;
    attributes[start..].split('"').next()
}

/// Everything that must hold for any page at all.
fn assert_sound(page: &str) {
    for (name, attributes) in tags(page) {
        assert!(
            ["script", "link", "img", "iframe", "object", "use", "image"]
                .iter()
                .all(|forbidden| name != *forbidden),
            "<{name}{attributes}>"
        );
        assert_eq!(
            attributes.matches('"').count() % 2,
            0,
            "<{name}{attributes}>"
        );
        for place in ["d", "x", "y", "width", "height", "viewBox"] {
            let drawn = attribute(&attributes, place).unwrap_or_default();
            let numbers = |c: char| c.is_ascii_digit() || "MLHVhvaz -.".contains(c);
            let words = place == "width" && name == "meta";
            assert!(drawn.chars().all(numbers) || words, "{place}=\"{drawn}\"");
        }
        if let Some(target) = attribute(&attributes, "href") {
            assert!(target.starts_with('#'), "leads away: {target}");
        }
        let names: String = attributes.split('"').step_by(2).collect();
        let handlers = names.contains(" on") || names.contains("style=");
        assert!(!handlers, "<{name}{attributes}>");
    }
    for fetched in ["src=", "url(", "@import"] {
        assert!(
            !page.contains(fetched),
            "the page fetches something: {fetched}"
        );
    }
    assert!(!page.contains("NaN"));
    let infinite = |word: &str| word == "inf" || word == "-inf";
    assert!(
        !page
            .split(|c: char| !c.is_alphanumeric() && c != '-')
            .any(infinite)
    );
}

/// The page is left in `target/tmp/report-demo.html`, to be looked at.
#[test]
fn two_hours_under_four_controllers_stay_below_three_megabytes() {
    let page = html(&demo::afternoon());
    assert_sound(&page);
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report-demo.html");
    fs::write(path, &page).unwrap();
}

#[test]
fn the_same_content_gives_the_same_page() {
    assert_eq!(html(&demo::afternoon()), html(&demo::afternoon()));
}

#[test]
fn an_empty_report_is_still_a_page() {
    let page = html(&Content::default());
    assert_sound(&page);
    assert!(page.contains("Nothing was simulated"));
}

/// Runs in which something is missing or there is only one of it.
#[test]
fn poor_runs_are_drawn_as_far_as_they_go() {
    let whole = demo::afternoon();
    let spoil: [fn(&mut Content); 9] = [
        |c| c.controllers.truncate(1),
        |c| c.phases.clear(),
        |c| c.decisions.truncate(1),
        |c| c.until = c.from,
        |c| {
            c.controllers
                .iter_mut()
                .for_each(|run| run.events.truncate(3));
        },
        |c| {
            c.controllers
                .iter_mut()
                .for_each(|run| run.seeds.truncate(1));
        },
        |c| {
            c.controllers
                .iter_mut()
                .for_each(|run| run.delays_s.truncate(1));
        },
        |c| {
            c.controllers
                .iter_mut()
                .for_each(|run| run.delay_over_time = Some(one_point()));
        },
        |c| {
            c.controllers
                .iter_mut()
                .for_each(|run| run.movements.clear());
        },
    ];
    for spoil in spoil {
        let mut content = whole.clone();
        spoil(&mut content);
        assert_sound(&html(&content));
    }
}

fn one_point() -> TimeSeries {
    TimeSeries {
        from: demo::NOON,
        step: Millis(300_000),
        values: vec![f64::NAN, 12.0, f64::INFINITY],
    }
}

#[test]
fn a_hostile_name_stays_a_name() {
    let hostile = "</title><script>alert('1')</script><img src=x onerror=\"alert(2)\">";
    let mut content = demo::afternoon();
    content.site.name = hostile.to_owned();
    content.site.id = hostile.to_owned();
    content.traffic = hostile.to_owned();
    content.method.version = hostile.to_owned();
    content.method.commands = vec![hostile.to_owned()];
    content.phases[0].name = hostile.to_owned();
    content
        .decisions
        .iter_mut()
        .for_each(|d| d.reason = hostile.to_owned());
    content
        .notes
        .iter_mut()
        .for_each(|note| note.text = hostile.to_owned());
    for run in &mut content.controllers {
        run.description = hostile.to_owned();
        run.movements[0].movement = hostile.to_owned();
        run.queues[0].approach = hostile.to_owned();
        if run.name != ADAPTIVE {
            run.name = format!("{} {hostile}", run.name);
        }
    }
    let calibration = content.calibration.as_mut().unwrap();
    calibration.counts[0].label = hostile.to_owned();
    calibration.occupancy[0].label = hostile.to_owned();
    calibration.arrivals_on_green[0].label = hostile.to_owned();
    let page = html(&content).replace("src=x", "");
    assert_sound(&page);
    assert!(page.contains("&lt;script&gt;"));
}

/// Names made of what HTML gives a meaning to.
fn any_name() -> impl Strategy<Value = String> {
    "[<>&\"'/=a-c;! \u{0}-\u{1f}\u{e9}]{0,12}"
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        0.0..200.0,
        Just(f64::NAN),
        Just(f64::NEG_INFINITY),
        Just(0.0),
        Just(-1.0),
    ]
}

fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let event = (0..7_200_i64, 0..90_u16, 0..10_u16).prop_map(|(at, code, parameter)| Event {
        at: ClockTime(demo::NOON.0 + at * 1000),
        code,
        parameter,
    });
    proptest::collection::vec(event, 0..200).prop_map(|mut events| {
        events.sort();
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_figures_names_and_events_make_a_sound_page(
        name in any_name(),
        numbers in proptest::collection::vec(any_number(), 12),
        events in any_events(),
        step in -1..400_000_i64,
    ) {
        let mut content = demo::afternoon();
        content.decisions.truncate(40);
        let mut next = numbers.iter().copied().cycle();
        let mut number = || next.next().unwrap();
        content.phases[0].name.clone_from(&name);
        content.decisions[3].cost = number();
        for run in &mut content.controllers {
            run.events.clone_from(&events);
            run.delays_s = numbers.clone();
            run.pedestrians[0].wait_s = number();
            run.seeds[0].mean_delay_s = number();
            run.seeds[1].max_ped_wait_s = Some(number());
            run.movements[0].mean_delay_s = number();
            run.movements[1].movement.clone_from(&name);
            run.delay_over_time = Some(TimeSeries {
                from: demo::NOON,
                step: Millis(step),
                values: numbers.clone(),
            });
        }
        let calibration = content.calibration.as_mut().unwrap();
        calibration.counts[0].simulated = numbers.clone();
        calibration.counts[1].measured.step = Millis(step);
        calibration.occupancy[0].measured = number();
        assert_sound(&html(&content));
    }
}
