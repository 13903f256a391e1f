//! Times as logs write them.
//!
//! Understood, with any number of decimals (a dot or a comma) or none:
//! - `2024-04-15 12:00:00.1`, also with `T` instead of the space and `/` instead of `-`
//! - `4/15/2024 12:00:00.1` (month first, as American systems export), also with ` AM` or ` PM`
//!
//! A zone at the end (`Z`, `+02:00`, `-0700`) is ignored: controllers log civil time. Day-first dates
//! are not understood, because 4/5 would be ambiguous.

use crate::units::ClockTime;
use crate::units::days_from_civil;

/// What the reader may ask people to write.
pub(super) const FORMATS: &str =
    "2024-04-15 12:00:00.1, 2024-04-15T12:00:00.1 or 4/15/2024 12:00:00.1 PM, years 1970 to 2100";

/// A civil time, and whether a zone was written behind it (and ignored). `None`: not a time.
#[must_use]
pub fn parse_time(text: &str) -> Option<(ClockTime, bool)> {
    let text = text.trim();
    let split = text.find(['T', 't', ' '])?;
    let (date, rest) = text.split_at(split);
    let days = parse_date(date)?;
    let (clock, zone) = split_zone(rest.get(1..)?.trim());
    let millis = parse_clock(clock)?;
    Some((ClockTime(days * 86_400_000 + millis), zone))
}

fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.split(['-', '/']);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = if first.len() == 4 {
        (number(first)?, number(second)?, number(third)?)
    } else if third.len() == 4 && text.contains('/') {
        (number(third)?, number(first)?, number(second)?)
    } else {
        return None;
    };
    if !(1970..=2100).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let days = days_from_civil(year, month, 1);
    let (next_year, next_month) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    let in_month = days_from_civil(next_year, next_month, 1) - days;
    (1..=in_month).contains(&day).then_some(days + day - 1)
}

/// `12:00:00.1`, then whether a zone stood behind it.
fn split_zone(text: &str) -> (&str, bool) {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return (clock.trim_end(), true);
    }
    match text.rfind(['+', '-']) {
        Some(at) if at > 0 => (text.get(..at).unwrap_or(text).trim_end(), true),
        _ => (text, false),
    }
}

/// Milliseconds since midnight.
fn parse_clock(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    let (digits, afternoon) = if let Some(digits) = lower.strip_suffix("am") {
        (digits.trim_end(), Some(false))
    } else if let Some(digits) = lower.strip_suffix("pm") {
        (digits.trim_end(), Some(true))
    } else {
        (lower.as_str(), None)
    };
    let mut parts = digits.split(':');
    let (hours, minutes) = (number(parts.next()?)?, number(parts.next()?)?);
    let seconds_text = parts.next().unwrap_or("0");
    if parts.next().is_some() {
        return None;
    }
    let (whole, decimals) = seconds_text
        .split_once(['.', ','])
        .unwrap_or((seconds_text, ""));
    let hours = match afternoon {
        None if hours <= 23 => hours,
        Some(late) if (1..=12).contains(&hours) => hours % 12 + if late { 12 } else { 0 },
        None | Some(_) => return None,
    };
    let seconds = number(whole)?;
    if minutes > 59 || seconds > 59 {
        return None;
    }
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds(decimals)?)
}

/// Decimals of a second, cut to milliseconds.
fn milliseconds(decimals: &str) -> Option<i64> {
    if decimals.len() > 12 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded: String = decimals.chars().chain("000".chars()).take(3).collect();
    padded.parse().ok()
}

/// A short run of digits and nothing else.
fn number(text: &str) -> Option<i64> {
    let fits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}
