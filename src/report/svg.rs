//! Writes SVG elements into a string.
//!
//! In: coordinates, classes that `style.css` knows, words. Out: markup that cannot hold a number that is
//! not finite nor an unescaped character. Own code because what the page needs (classes for light and
//! dark, hover titles, marker shapes) is a page of it, and no crate gives it without a large tree.
//! Not here: scales and axes (`axis.rs`), what is drawn (`plots/`).

use std::fmt::Write as _;

/// A drawing that grows.
#[derive(Clone, Debug)]
pub struct Svg {
    width: f64,
    height: f64,
    title: String,
    body: String,
}

/// Shapes that tell series apart without color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// ●
    Circle,
    /// ▲
    Triangle,
    /// ■
    Square,
    /// ◆
    Diamond,
    /// ✚
    Cross,
}

/// Where a text stands relative to its coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centered there.
    Middle,
    /// It ends there.
    End,
}

/// A rectangle: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Svg {
    /// An empty drawing of this size in user units, with a title for screen readers.
    #[must_use]
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        Self {
            width,
            height,
            title: escape(title),
            body: String::new(),
        }
    }

    /// The whole element.
    #[must_use]
    pub fn finish(self) -> String {
        format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">{}</svg>",
            number(self.width),
            number(self.height),
            self.title,
            self.body
        )
    }

    /// A path in the SVG path language, as [`Path`] builds it; nothing if it is empty.
    pub fn path(&mut self, class: &str, path: &Path) {
        if !path.data.is_empty() {
            self.push(format_args!(
                "<path class=\"{class}\" d=\"{}\"/>",
                path.data
            ));
        }
    }

    /// A path with words shown when the pointer rests on it.
    pub fn path_with_hover(&mut self, class: &str, path: &Path, hover: &str) {
        if !path.data.is_empty() {
            let title = hover_title(hover);
            self.push(format_args!("<path class=\"{class}\" d=\"{}\"", path.data));
            self.close("path", &title);
        }
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let mut path = Path::default();
        path.segment(from, to);
        self.path(class, &path);
    }

    /// A rectangle, with words shown when the pointer rests on it.
    pub fn rect(&mut self, class: &str, area: Area, hover: &str) {
        let Area {
            x,
            y,
            width,
            height,
        } = area;
        if ![x, y, width, height].into_iter().all(drawable) || width < 0.0 || height < 0.0 {
            return;
        }
        let title = hover_title(hover);
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            number(x),
            number(y),
            number(width),
            number(height)
        ));
        self.close("rect", &title);
    }

    /// A marker, with words shown when the pointer rests on it.
    pub fn marker(&mut self, class: &str, shape: Marker, at: (f64, f64), size: f64, hover: &str) {
        let mut path = Path::default();
        path.marker(shape, at, size);
        self.path_with_hover(class, &path, hover);
    }

    /// Words at a place.
    pub fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, words: &str) {
        if !drawable(at.0) || !drawable(at.1) {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(format_args!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            number(at.0),
            number(at.1),
            escape(words)
        ));
    }

    fn push(&mut self, markup: std::fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        self.body.write_fmt(markup).unwrap_or_default();
    }

    fn close(&mut self, element: &str, title: &str) {
        if title.is_empty() {
            self.body.push_str("/>");
        } else {
            self.push(format_args!(">{title}</{element}>"));
        }
    }
}

/// Path data; points that are not finite break a line instead of entering it.
#[derive(Clone, Debug, Default)]
pub struct Path {
    data: String,
}

impl Path {
    /// A line through the points, interrupted where one is not finite. A point between two
    /// interruptions becomes a dot (given a round line cap).
    pub fn polyline(&mut self, points: impl IntoIterator<Item = (f64, f64)>) {
        let mut run = 0_usize;
        for (x, y) in points {
            if !drawable(x) || !drawable(y) {
                self.dot_if(run == 1);
                run = 0;
                continue;
            }
            let command = if run == 0 { 'M' } else { 'L' };
            self.push(format_args!("{command}{} {}", number(x), number(y)));
            run += 1;
        }
        self.dot_if(run == 1);
    }

    /// A line that keeps each value until the next point.
    pub fn steps(&mut self, points: impl IntoIterator<Item = (f64, f64)>) {
        let mut last: Option<f64> = None;
        for (x, y) in points {
            if !drawable(x) || !drawable(y) {
                last = None;
                continue;
            }
            match last {
                None => self.push(format_args!("M{} {}", number(x), number(y))),
                Some(_) => self.push(format_args!("H{}V{}", number(x), number(y))),
            }
            last = Some(y);
        }
    }

    /// One straight line.
    pub fn segment(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.polyline([from, to]);
    }

    /// A closed shape; nothing if a corner cannot be drawn.
    pub fn polygon(&mut self, corners: impl IntoIterator<Item = (f64, f64)>) {
        let corners: Vec<(f64, f64)> = corners.into_iter().collect();
        if corners.iter().all(|(x, y)| drawable(*x) && drawable(*y)) {
            self.polyline(corners);
            self.data.push('z');
        }
    }

    /// A dot; its size is the width of the stroke.
    pub fn dot(&mut self, (x, y): (f64, f64)) {
        if drawable(x) && drawable(y) {
            self.push(format_args!("M{} {}h0", number(x), number(y)));
        }
    }

    /// A filled rectangle.
    pub fn rect(&mut self, area: Area) {
        let corners = [area.x, area.y, area.width, area.height];
        if corners.into_iter().all(drawable) && area.width > 0.0 && area.height > 0.0 {
            self.push(format_args!(
                "M{} {}h{}v{}h{}z",
                number(area.x),
                number(area.y),
                number(area.width),
                number(area.height),
                number(-area.width)
            ));
        }
    }

    /// A filled marker centered at `at`; `size` is about its radius.
    pub fn marker(&mut self, shape: Marker, at: (f64, f64), size: f64) {
        let (x, y) = at;
        if !drawable(x) || !drawable(y) {
            return;
        }
        let corners: &[(f64, f64)] = match shape {
            Marker::Circle => {
                let (left, r) = (number(x - size), number(size));
                let (there, back) = (number(2.0 * size), number(-2.0 * size));
                self.push(format_args!(
                    "M{left} {}a{r} {r} 0 1 0 {there} 0a{r} {r} 0 1 0 {back} 0z",
                    number(y)
                ));
                return;
            }
            Marker::Triangle => &[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)],
            Marker::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Marker::Diamond => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
            Marker::Cross => &CROSS,
        };
        self.polygon(
            corners
                .iter()
                .map(|(dx, dy)| (x + dx * size, y + dy * size)),
        );
    }

    fn dot_if(&mut self, lonely: bool) {
        if lonely {
            self.data.push_str("h0");
        }
    }

    fn push(&mut self, data: std::fmt::Arguments<'_>) {
        self.data.write_fmt(data).unwrap_or_default();
    }
}

const CROSS: [(f64, f64); 12] = [
    (-0.4, -1.2),
    (0.4, -1.2),
    (0.4, -0.4),
    (1.2, -0.4),
    (1.2, 0.4),
    (0.4, 0.4),
    (0.4, 1.2),
    (-0.4, 1.2),
    (-0.4, 0.4),
    (-1.2, 0.4),
    (-1.2, -0.4),
    (-0.4, -0.4),
];

/// The text with everything escaped that HTML gives a meaning to, also within quotes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // HTML has no way to write these; they would make the page invalid.
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A coordinate with one decimal, `0` for anything not finite (callers leave such points out).
fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if !rounded.is_finite() || rounded.abs() < 0.05 {
        return "0".to_owned();
    }
    format!("{rounded}")
}

/// Whether a coordinate is on, or not far from, any page; others are left out.
fn drawable(value: f64) -> bool {
    value.is_finite() && value.abs() < 1e6
}

fn hover_title(hover: &str) -> String {
    if hover.is_empty() {
        String::new()
    } else {
        format!("<title>{}</title>", escape(hover))
    }
}
