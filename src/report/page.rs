//! Puts the page together: header, verdict, sections in the order a reader asks.
//!
//! In: [`Content`]. Out: a complete HTML document that fetches nothing. Everything that comes from files
//! is escaped where it is written. Not here: plots and tables.

use crate::report::axis::end_of_period;
use crate::report::axis::hours_minutes;
use crate::report::comparison;
use crate::report::content::Content;
use crate::report::content::Note;
use crate::report::content::NoteKind;
use crate::report::decisions;
use crate::report::glossary;
use crate::report::look::legend;
use crate::report::look::swatch;
use crate::report::look::title;
use crate::report::plots::calibration;
use crate::report::plots::distribution;
use crate::report::plots::movements;
use crate::report::plots::pcd;
use crate::report::plots::pedestrians;
use crate::report::plots::plan;
use crate::report::plots::seeds;
use crate::report::plots::series;
use crate::report::plots::splits;
use crate::report::svg::escape;
use crate::report::verdict::Check;
use crate::report::verdict::Verdict;
use crate::report::verdict::verdict;
use crate::units::ClockTime;

const STYLE: &str = include_str!("style.css");

/// A section: anchor, heading, one sentence on how to read it, body.
struct Section {
    anchor: &'static str,
    heading: &'static str,
    lead: &'static str,
    body: String,
}

/// The report as one HTML document.
#[must_use]
pub fn html(content: &Content) -> String {
    let sections = sections(content);
    let contents: String = sections
        .iter()
        .map(|s| format!("<li><a href=\"#{}\">{}</a></li>", s.anchor, s.heading))
        .collect();
    let bodies: String = sections.iter().map(draw_section).collect();
    let name = escape(&content.site.name);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{name}: signal control compared</title><style>{STYLE}</style></head>\n\
         <body>{}<main>{}<nav aria-label=\"Contents\"><ul>{contents}</ul></nav>\n{bodies}</main>{}\
         </body></html>\n",
        header(content),
        draw_verdict(content, &verdict(content)),
        footer(content)
    )
}

fn header(content: &Content) -> String {
    format!(
        "<header><p class=\"brand\">Phasewise report</p><h1>{}</h1><p>{}</p><p>{}</p></header>",
        escape(&content.site.name),
        escape(&period(content)),
        escape(&content.traffic)
    )
}

fn period(content: &Content) -> String {
    let day = content.from.to_string();
    let day = day.split(' ').next().unwrap_or_default();
    format!(
        "{} {day}, {} to {}",
        weekday(content.from),
        hours_minutes(content.from),
        hours_minutes(end_of_period(content.until))
    )
}

fn weekday(at: ClockTime) -> &'static str {
    match at.weekday() {
        0 => "Monday",
        1 => "Tuesday",
        2 => "Wednesday",
        3 => "Thursday",
        4 => "Friday",
        5 => "Saturday",
        _ => "Sunday",
    }
}

fn draw_verdict(content: &Content, verdict: &Verdict) -> String {
    let checks: String = verdict.checks.iter().map(draw_check).collect();
    let warnings = notes(&content.notes, NoteKind::Warning);
    format!(
        "<section class=\"verdict\" aria-label=\"Verdict\"><p class=\"headline\">{}</p><p>{}</p>\
         <ul class=\"checks\">{checks}</ul>{warnings}</section>",
        escape(&verdict.headline),
        escape(&verdict.meaning)
    )
}

fn draw_check(check: &Check) -> String {
    let (class, sign, word) = match check.met {
        Some(true) => ("met", "✓", "good"),
        Some(false) => ("missed", "✗", "not good"),
        None => ("open", "–", "to note"),
    };
    format!(
        "<li class=\"{class}\"><span class=\"sign\" role=\"img\" aria-label=\"{word}\">{sign}</span>{}</li>",
        escape(&check.text)
    )
}

fn sections(content: &Content) -> Vec<Section> {
    let mut sections = outcome(content);
    sections.extend(inner_workings(content));
    sections.extend(trust(content));
    sections
}

/// How far from perfect we were, if that was asked.
fn distance(content: &Content) -> String {
    let words = content.distance.as_deref();
    words.map_or_else(String::new, |words| format!("<p>{}</p>", escape(words)))
}

/// What came out: the figures everybody asks for.
fn outcome(content: &Content) -> Vec<Section> {
    let keys = legend(&content.controllers);
    vec![
        Section {
            anchor: "comparison",
            heading: "Comparison",
            lead: "The same traffic under each controller.",
            body: format!(
                "{}{}{}{}",
                comparison::table(content),
                distance(content),
                seeds::spread(content),
                descriptions(content)
            ),
        },
        Section {
            anchor: "site",
            heading: "The intersection",
            lead: "What is built, and which phase serves whom.",
            body: plan::section(content),
        },
        Section {
            anchor: "delay",
            heading: "Delay over time",
            lead: "When the signal costs time.",
            body: format!("{keys}{}", series::delay(content)),
        },
        Section {
            anchor: "movements",
            heading: "Delay by movement",
            lead: "Who gains and who pays. The longer the bar, the longer these drivers wait; vehicles of \
                   all seeds together.",
            body: movements::bars(content),
        },
        Section {
            anchor: "distribution",
            heading: "Distribution of delay",
            lead: "All vehicles in a row, the least delayed first: how long the unlucky ones wait \
                   shows at the right.",
            body: format!("{keys}{}", distribution::curves(content)),
        },
        Section {
            anchor: "queues",
            heading: "Queues",
            lead: "How many vehicles stand before the stop bar.",
            body: format!("{keys}{}", series::queues(content)),
        },
        Section {
            anchor: "pedestrians",
            heading: "Pedestrians",
            lead: "From pressing the button to walk; the dashed line is the bound that may not be \
                   passed.",
            body: pedestrians::waits(content),
        },
    ]
}

/// How it came about: what the signals did, and why.
fn inner_workings(content: &Content) -> Vec<Section> {
    vec![
        Section {
            anchor: "decisions",
            heading: "Decisions worth reading",
            lead: "What the adaptive controller did, when, and why.",
            body: decisions::list(content),
        },
        Section {
            anchor: "coordination",
            heading: "Purdue coordination diagrams",
            lead: "Every column is a cycle from its start of red upwards, every dot a vehicle that \
                   arrives. Dots in the green band need not stop. Rest the pointer on a column for its \
                   figures.",
            body: format!("{}{}", pcd::legend(), pcd::diagrams(content)),
        },
        Section {
            anchor: "greens",
            heading: "Greens and why they ended",
            lead: "Every mark is a green: when, how long, and what ended it.",
            body: format!("{}{}", splits::legend(), splits::plots(content)),
        },
    ]
}

/// Why to believe it: calibration, assumptions, words, commands.
fn trust(content: &Content) -> Vec<Section> {
    let mut remarks = notes(&content.notes, NoteKind::Assumption);
    remarks.push_str(&notes(&content.notes, NoteKind::Remark));
    if remarks.is_empty() {
        remarks.push_str("<p class=\"nothing\">None were noted.</p>");
    }
    vec![
        Section {
            anchor: "calibration",
            heading: "Simulation against recording",
            lead: "The recorded greens, shown to the simulated traffic: does it behave as that day?",
            body: calibration::section(content.calibration.as_ref()),
        },
        Section {
            anchor: "assumptions",
            heading: "Assumptions",
            lead: "What could not be known and was assumed, and what else to keep in mind.",
            body: remarks,
        },
        Section {
            anchor: "words",
            heading: "Words",
            lead: "",
            body: glossary::list(),
        },
        Section {
            anchor: "again",
            heading: "Do it again",
            lead: "The same commands on any machine give the same figures.",
            body: reproduce(content),
        },
    ]
}

fn draw_section(section: &Section) -> String {
    let lead = if section.lead.is_empty() {
        String::new()
    } else {
        format!("<p class=\"lead\">{}</p>", section.lead)
    };
    format!(
        "<section id=\"{}\"><h2>{}</h2>{lead}{}</section>\n",
        section.anchor, section.heading, section.body
    )
}

fn descriptions(content: &Content) -> String {
    let entries: String = content
        .controllers
        .iter()
        .filter(|run| !run.description.is_empty())
        .map(|run| {
            format!(
                "<li>{}<b>{}</b>: {}</li>",
                swatch(&run.name),
                escape(title(&run.name)),
                escape(&run.description)
            )
        })
        .collect();
    if entries.is_empty() {
        return entries;
    }
    format!("<ul class=\"plain\">{entries}</ul>")
}

fn notes(notes: &[Note], kind: NoteKind) -> String {
    let entries: String = notes
        .iter()
        .filter(|note| note.kind == kind)
        .map(|note| format!("<li>{}</li>", escape(&note.text)))
        .collect();
    if entries.is_empty() {
        return entries;
    }
    let (class, heading) = match kind {
        NoteKind::Warning => ("notes warning", "Keep in mind"),
        NoteKind::Assumption => ("notes", "Assumed"),
        NoteKind::Remark => ("notes", "Remarks"),
    };
    format!("<div class=\"{class}\"><h3>{heading}</h3><ul>{entries}</ul></div>")
}

fn reproduce(content: &Content) -> String {
    let method = &content.method;
    let commands: Vec<String> = method.commands.iter().map(|c| escape(c)).collect();
    let seeds: Vec<String> = method.seeds.iter().map(u64::to_string).collect();
    let facts = [
        ("Program", format!("phasewise {}", method.version)),
        (
            "Site file",
            format!("{}, hash {:016x}", content.site.id, content.site.hash),
        ),
        ("Seeds", seeds.join(", ")),
        ("Seed drawn in detail", method.shown_seed.to_string()),
        ("Demand", format!("{:.2} × recorded", method.demand_scale)),
        (
            "Warm-up",
            format!("{:.0} min before measuring", method.warm_up.secs() / 60.0),
        ),
    ];
    let facts: String = facts
        .iter()
        .map(|(what, value)| format!("<div><dt>{what}</dt><dd>{}</dd></div>", escape(value)))
        .collect();
    format!(
        "<pre><code>{}</code></pre><dl class=\"facts\">{facts}</dl>",
        commands.join("\n")
    )
}

fn footer(content: &Content) -> String {
    format!(
        "<footer><p>{} · phasewise {} · site file {:016x}</p></footer>",
        escape(&content.site.name),
        escape(&content.method.version),
        content.site.hash
    )
}
