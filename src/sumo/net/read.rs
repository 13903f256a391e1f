//! Reads a `.net.xml` or `.net.xml.gz`.
//!
//! In: a file. Out: [`Net`], or everything that is wrong with the file, with lines. Not here: any meaning.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use roxmltree::{Document, Node};

use super::{
    Connection, ConnectionIx, Direction, Edge, EdgeFunction, EdgeIx, Junction, JunctionIx, Lane,
    LaneIx, Link, Net, Request, Signal, State,
};
use crate::intersection::{Id, Problem, Severity, Table};

/// Largest net that is read, unpacked. A city of a million people takes some hundred MB.
pub const NET_BYTES_MAX: u64 = 1 << 30;

/// Problems after which reading stops: whoever mends the file has to begin with the first ones anyway.
const PROBLEMS_MAX: usize = 20;

/// Why a net cannot be used: every problem found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&problem.in_file(&self.file))?;
        }
        Ok(())
    }
}

impl std::error::Error for NetError {}

impl NetError {
    /// One problem, of the file as a whole or of one line.
    pub(in crate::sumo) fn new(
        file: &str,
        line: usize,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            problems: vec![problem(line, "", found.into(), allowed.into())],
        }
    }

    /// With advice on the (only) problem.
    #[must_use]
    pub(in crate::sumo) fn hint(mut self, hint: &str) -> Self {
        for problem in &mut self.problems {
            problem.hint = Some(hint.to_owned());
        }
        self
    }
}

fn problem(line: usize, key: &str, found: String, allowed: String) -> Problem {
    Problem {
        severity: Severity::Error,
        line,
        key: key.to_owned(),
        found,
        allowed,
        hint: None,
    }
}

/// The text of a file of at most [`NET_BYTES_MAX`], unpacked where it is gzip, whatever its name.
pub(in crate::sumo) fn text_of(path: &Path, kind: &str) -> Result<String, NetError> {
    let name = path.display().to_string();
    let error = |found: String| NetError::new(&name, 0, found, format!("{kind}, plain or gzip"));
    if path.is_dir() {
        return Err(error("a directory".to_owned()).hint("name the file itself"));
    }
    let unreadable = |error: std::io::Error| format!("a file that cannot be read: {error}");
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(|it| error(format!("a path that cannot be opened: {it}")))?
        .take(NET_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|it| error(unreadable(it)))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = std::mem::take(&mut bytes);
        MultiGzDecoder::new(packed.as_slice())
            .take(NET_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(|it| error(format!("gzip that does not unpack: {it}")))?;
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > NET_BYTES_MAX {
        return Err(error("more than 1 GiB".to_owned()));
    }
    String::from_utf8(bytes).map_err(|it| {
        let good = it.utf8_error().valid_up_to();
        let line = 1 + it
            .as_bytes()
            .iter()
            .take(good)
            .filter(|b| **b == b'\n')
            .count();
        NetError::new(
            &name,
            line,
            "bytes that are not UTF-8",
            format!("{kind} in UTF-8"),
        )
    })
}

impl Net {
    /// Reads a net.
    ///
    /// # Errors
    /// When the file cannot be read, is no XML, no SUMO net, or lacks what a net must have.
    pub fn read(path: &Path) -> Result<Self, NetError> {
        let text = text_of(path, "a SUMO net (.net.xml)")?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads the text of a net; `file` stands for it in messages.
    ///
    /// # Errors
    /// As for [`Net::read`].
    pub fn parse(text: &str, file: &str) -> Result<Self, NetError> {
        let document = Document::parse(text).map_err(|error| {
            let line = usize::try_from(error.pos().row).unwrap_or(0);
            let cut = "was the file cut short while it was written or copied?";
            NetError::new(
                file,
                line,
                format!("broken XML: {error}"),
                "a SUMO net (.net.xml)",
            )
            .hint(cut)
        })?;
        let root = document.root_element();
        let mut reader = Reader {
            document: &document,
            problems: Vec::new(),
            junctions: BTreeMap::new(),
            edges: BTreeMap::new(),
            lanes: BTreeMap::new(),
        };
        if root.tag_name().name() != "net" {
            let found = format!("a <{}> file", root.tag_name().name());
            let hint = "a scenario's .sumocfg names its net as <net-file>";
            return Err(
                NetError::new(file, reader.line(root), found, "a SUMO net: <net>").hint(hint),
            );
        }
        if root.attribute("lefthand") == Some("true") {
            let found = "a net with left-hand traffic";
            return Err(NetError::new(
                file,
                reader.line(root),
                found,
                "right-hand traffic",
            ));
        }
        reader.net(root, file).ok_or_else(|| NetError {
            file: file.to_owned(),
            problems: reader.problems,
        })
    }
}

struct Reader<'d> {
    document: &'d Document<'d>,
    problems: Vec<Problem>,
    junctions: BTreeMap<&'d str, JunctionIx>,
    edges: BTreeMap<&'d str, EdgeIx>,
    lanes: BTreeMap<&'d str, LaneIx>,
}

fn named<'d>(root: Node<'d, 'd>, tag: &'static str) -> impl Iterator<Item = Node<'d, 'd>> {
    root.children().filter(move |node| node.has_tag_name(tag))
}

impl<'d> Reader<'d> {
    fn line(&self, node: Node<'_, '_>) -> usize {
        let start = self.document.text_pos_at(node.range().start);
        usize::try_from(start.row).unwrap_or(0)
    }

    fn complain(&mut self, node: Node<'_, '_>, attribute: &str, found: String, allowed: &str) {
        let line = self.line(node);
        let id = node.attribute("id").unwrap_or("");
        let tag = node.tag_name().name();
        let mut key = match id {
            "" => format!("<{tag}>"),
            id => format!("<{tag} id=\"{id}\">"),
        };
        if !attribute.is_empty() {
            key = format!("{key} {attribute}");
        }
        self.problems
            .push(problem(line, &key, found, allowed.to_owned()));
    }

    fn is_hopeless(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }

    /// An attribute that must be there.
    fn text(&mut self, node: Node<'d, 'd>, attribute: &str) -> Option<&'d str> {
        let value = node.attribute(attribute);
        if value.is_none() {
            self.complain(
                node,
                attribute,
                "nothing: the attribute is missing".to_owned(),
                "a text",
            );
        }
        value
    }

    /// A finite number that must be there, at least `least`.
    fn number(&mut self, node: Node<'d, 'd>, attribute: &str, least: f64) -> Option<f64> {
        let text = self.text(node, attribute)?;
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        match number {
            Some(number) if number >= least => Some(number),
            Some(_) | None => {
                let allowed = match least > f64::MIN {
                    true => format!("a number, at least {least}"),
                    false => "a number".to_owned(),
                };
                self.complain(node, attribute, format!("{text:?}"), &allowed);
                None
            }
        }
    }

    fn index(&mut self, node: Node<'d, 'd>, attribute: &str) -> Option<usize> {
        let text = self.text(node, attribute)?;
        let index = text.parse().ok();
        if index.is_none() {
            self.complain(
                node,
                attribute,
                format!("{text:?}"),
                "a whole number, at least 0",
            );
        }
        index
    }

    fn net(&mut self, root: Node<'d, 'd>, file: &str) -> Option<Net> {
        for (i, node) in named(root, "junction").enumerate() {
            if let Some(id) = self.text(node, "id") {
                self.junctions.insert(id, JunctionIx::from_index(i));
            }
        }
        let (edges, lanes) = self.roads(root);
        let junctions = self.read_junctions(root);
        let connections = self.read_connections(root, &edges);
        let signals = self.signals(root);
        if edges.is_empty() && self.problems.is_empty() {
            self.complain(
                root,
                "",
                "a net without edges".to_owned(),
                "at least one <edge>",
            );
        }
        let mut net = Net {
            file: file.to_owned(),
            lane_by_id: lanes
                .iter()
                .enumerate()
                .map(|(i, lane)| (lane.id.clone(), LaneIx::from_index(i)))
                .collect(),
            edges: Table::new(edges),
            lanes: Table::new(lanes),
            connections: Table::new(connections),
            junctions: Table::new(junctions),
            signals,
            out_of: BTreeMap::new(),
            into: BTreeMap::new(),
        };
        self.check_states(root, &net);
        if !self.problems.is_empty() {
            return None;
        }
        net.index();
        Some(net)
    }

    fn roads(&mut self, root: Node<'d, 'd>) -> (Vec<Edge>, Vec<Lane>) {
        let (mut edges, mut lanes) = (Vec::new(), Vec::new());
        for node in named(root, "edge") {
            if self.is_hopeless() {
                break;
            }
            let Some(id) = self.text(node, "id") else {
                continue;
            };
            let function = match node.attribute("function") {
                Some("internal") => EdgeFunction::Internal,
                Some("crossing") => EdgeFunction::Crossing,
                Some("walkingarea") => EdgeFunction::WalkingArea,
                Some(_) | None => EdgeFunction::Road,
            };
            let edge = EdgeIx::from_index(edges.len());
            self.edges.insert(id, edge);
            let mut own = Vec::new();
            for node in named(node, "lane") {
                let Some(lane) = self.lane(node, edge) else {
                    continue;
                };
                own.push(LaneIx::from_index(lanes.len()));
                if let Some(id) = node.attribute("id") {
                    self.lanes.insert(id, LaneIx::from_index(lanes.len()));
                }
                lanes.push(lane);
            }
            if own.is_empty() && !self.is_hopeless() {
                self.complain(
                    node,
                    "",
                    "an edge without lanes".to_owned(),
                    "at least one <lane>",
                );
            }
            let ends = function == EdgeFunction::Road;
            edges.push(Edge {
                id: id.to_owned(),
                name: node
                    .attribute("name")
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned),
                function,
                from: if ends {
                    self.junction_of(node, "from")
                } else {
                    None
                },
                to: if ends {
                    self.junction_of(node, "to")
                } else {
                    None
                },
                lanes: own,
            });
        }
        (edges, lanes)
    }

    fn junction_of(&mut self, node: Node<'d, 'd>, attribute: &str) -> Option<JunctionIx> {
        let id = self.text(node, attribute)?;
        let junction = self.junctions.get(id).copied();
        if junction.is_none() {
            self.complain(node, attribute, format!("{id:?}"), "the id of a <junction>");
        }
        junction
    }

    fn lane(&mut self, node: Node<'d, 'd>, edge: EdgeIx) -> Option<Lane> {
        let id = self.text(node, "id");
        let length = self.number(node, "length", 0.0);
        let speed = self.number(node, "speed", 0.0);
        let shape = self.shape(node);
        Some(Lane {
            id: id?.to_owned(),
            edge,
            length_m: length?,
            speed_mps: speed?,
            is_for_vehicles: is_for_vehicles(node.attribute("allow"), node.attribute("disallow")),
            shape: shape?,
        })
    }

    /// `x,y x,y …`, or with heights `x,y,z …`.
    fn shape(&mut self, node: Node<'d, 'd>) -> Option<Vec<[f64; 2]>> {
        let text = self.text(node, "shape")?;
        let point = |point: &str| {
            let mut parts = point.split(',').map(|part| part.parse::<f64>().ok());
            let (x, y) = (parts.next()??, parts.next()??);
            (x.is_finite() && y.is_finite()).then_some([x, y])
        };
        let shape: Option<Vec<[f64; 2]>> = text.split_whitespace().map(point).collect();
        if shape.is_none() {
            let shown: String = text.chars().take(40).collect();
            self.complain(node, "shape", format!("{shown:?}"), "points: x,y x,y …");
        }
        shape
    }

    fn read_junctions(&mut self, root: Node<'d, 'd>) -> Vec<Junction> {
        let mut junctions = Vec::new();
        for node in named(root, "junction") {
            if self.is_hopeless() {
                break;
            }
            let incoming = node.attribute("incLanes").unwrap_or("");
            let mut lanes = Vec::new();
            for id in incoming.split_whitespace() {
                match self.lanes.get(id) {
                    Some(lane) => lanes.push(*lane),
                    None => {
                        self.complain(node, "incLanes", format!("{id:?}"), "the id of a <lane>");
                    }
                }
            }
            let mut requests = Vec::new();
            for row in named(node, "request") {
                let Some(index) = self.index(row, "index") else {
                    continue;
                };
                let (response, foes) = (self.bits(row, "response"), self.bits(row, "foes"));
                if index >= requests.len() && index < 4096 {
                    requests.resize(index + 1, Request::default());
                }
                if let Some(request) = requests.get_mut(index) {
                    *request = Request { response, foes };
                }
            }
            junctions.push(Junction {
                id: node.attribute("id").unwrap_or("").to_owned(),
                kind: node.attribute("type").unwrap_or("").to_owned(),
                incoming: lanes,
                requests,
            });
        }
        junctions
    }

    /// Bits of a right-of-way row; SUMO writes the first one last.
    fn bits(&mut self, node: Node<'d, 'd>, attribute: &str) -> Vec<bool> {
        let Some(text) = self.text(node, attribute) else {
            return Vec::new();
        };
        if text.chars().any(|bit| bit != '0' && bit != '1') {
            self.complain(node, attribute, format!("{text:?}"), "a row of 0 and 1");
        }
        text.chars().rev().map(|bit| bit == '1').collect()
    }

    fn read_connections(&mut self, root: Node<'d, 'd>, edges: &[Edge]) -> Vec<Connection> {
        let mut connections = Vec::new();
        for node in named(root, "connection") {
            if self.is_hopeless() {
                break;
            }
            let from = self.end(node, "from", "fromLane", edges);
            let to = self.end(node, "to", "toLane", edges);
            let via = match node.attribute("via") {
                Some(id) => {
                    let lane = self.lanes.get(id).copied();
                    if lane.is_none() {
                        self.complain(node, "via", format!("{id:?}"), "the id of a <lane>");
                    }
                    lane
                }
                None => None,
            };
            let link = match node.attribute("tl") {
                Some(signal) if !signal.is_empty() => {
                    self.index(node, "linkIndex").map(|index| Link {
                        signal: signal.to_owned(),
                        index,
                    })
                }
                Some(_) | None => None,
            };
            let (Some((edge, from)), Some((_, to))) = (from, to) else {
                continue;
            };
            connections.push(Connection {
                from,
                to,
                via,
                direction: match node.attribute("dir") {
                    Some("s") => Direction::Straight,
                    Some("l" | "L") => Direction::Left,
                    Some("r" | "R") => Direction::Right,
                    Some("t") => Direction::Turnaround,
                    Some(_) | None => Direction::Unknown,
                },
                link,
                junction: edges.get(edge.index()).and_then(|edge| edge.to),
                request: None,
            });
        }
        connections
    }

    fn end(
        &mut self,
        node: Node<'d, 'd>,
        edge_attribute: &str,
        lane_attribute: &str,
        edges: &[Edge],
    ) -> Option<(EdgeIx, LaneIx)> {
        let id = self.text(node, edge_attribute)?;
        let place = self.index(node, lane_attribute)?;
        let Some(edge) = self.edges.get(id).copied() else {
            self.complain(
                node,
                edge_attribute,
                format!("{id:?}"),
                "the id of an <edge>",
            );
            return None;
        };
        let lane = edges
            .get(edge.index())
            .and_then(|edge| edge.lanes.get(place))
            .copied();
        if lane.is_none() {
            let found = format!("{place}, which edge {id:?} does not have");
            self.complain(
                node,
                lane_attribute,
                found,
                "the number of a <lane> of that edge",
            );
        }
        Some((edge, lane?))
    }

    fn signals(&mut self, root: Node<'d, 'd>) -> Vec<Signal> {
        let mut signals: Vec<Signal> = Vec::new();
        for node in named(root, "tlLogic") {
            if self.is_hopeless() {
                break;
            }
            let Some(id) = self.text(node, "id") else {
                continue;
            };
            let mut states = Vec::new();
            for node in named(node, "phase") {
                let duration = self.number(node, "duration", 0.0);
                let shows = self.text(node, "state");
                let max = match node.attribute("maxDur") {
                    Some(_) => self.number(node, "maxDur", 0.0),
                    None => None,
                };
                if let (Some(duration_s), Some(shows)) = (duration, shows) {
                    states.push(State {
                        duration_s,
                        max_s: max,
                        shows: shows.chars().collect(),
                    });
                }
            }
            let offset_s = match node.attribute("offset") {
                Some("begin") | None => 0.0,
                Some(_) => self.number(node, "offset", f64::MIN).unwrap_or(0.0),
            };
            let mut signal = Signal {
                id: id.to_owned(),
                kind: node.attribute("type").unwrap_or("static").to_owned(),
                program: node.attribute("programID").unwrap_or("").to_owned(),
                programs: 1,
                offset_s,
                states,
            };
            match signals.iter_mut().find(|known| known.id == id) {
                Some(known) => {
                    signal.programs = known.programs + 1;
                    *known = signal;
                }
                None => signals.push(signal),
            }
        }
        signals
    }

    /// Every state must show something for every link.
    fn check_states(&mut self, root: Node<'d, 'd>, net: &Net) {
        for signal in &net.signals {
            let links = net.connections.iter();
            let most = links
                .filter_map(|(_, connection)| connection.link.as_ref())
                .filter(|link| link.signal == signal.id)
                .map(|link| link.index + 1)
                .max()
                .unwrap_or(0);
            let short = signal.states.iter().find(|state| state.shows.len() < most);
            let node = named(root, "tlLogic").find(|node| node.attribute("id") == Some(&signal.id));
            if let Some((state, node)) = short.zip(node) {
                let found = format!(
                    "a state of {} characters: {:?}",
                    state.shows.len(),
                    state.shows.iter().collect::<String>()
                );
                let allowed = format!("one character for each of its {most} links");
                self.complain(node, "", found, &allowed);
            }
        }
    }
}

/// Classes of SUMO that are no motor vehicles of the road.
const NOT_ON_THE_ROAD: [&str; 14] = [
    "pedestrian",
    "bicycle",
    "tram",
    "rail_urban",
    "rail",
    "rail_electric",
    "rail_fast",
    "subway",
    "cable_car",
    "ship",
    "container",
    "aircraft",
    "wheelchair",
    "scooter",
];
/// Of the others, the ones whose ban makes a lane useless to ordinary traffic.
const ORDINARY: [&str; 4] = ["passenger", "bus", "truck", "delivery"];

fn is_for_vehicles(allow: Option<&str>, disallow: Option<&str>) -> bool {
    if let Some(allow) = allow {
        return allow
            .split_whitespace()
            .any(|class| !NOT_ON_THE_ROAD.contains(&class));
    }
    let banned: Vec<&str> = disallow.unwrap_or("").split_whitespace().collect();
    !banned.contains(&"all") && !ORDINARY.iter().all(|class| banned.contains(class))
}

impl Net {
    /// Works out what leads where, and the row of every connection in its right-of-way table: SUMO counts
    /// the incoming lanes in order, and of each lane its connections in order of the file.
    pub(in crate::sumo) fn index(&mut self) {
        for (ix, connection) in self.connections.iter() {
            self.out_of.entry(connection.from).or_default().push(ix);
            self.into.entry(connection.to).or_default().push(ix);
        }
        let mut rows: Vec<(ConnectionIx, usize)> = Vec::new();
        let junctions = self.junctions.iter().map(|(_, junction)| junction);
        // An internal junction has its own table, which repeats lanes of the junction around it.
        for junction in junctions.filter(|junction| junction.kind != "internal") {
            let ways = junction.incoming.iter().flat_map(|lane| self.out_of(*lane));
            rows.extend(ways.enumerate().map(|(row, ix)| (*ix, row)));
        }
        for (ix, row) in rows {
            self.connections[ix].request = Some(row);
        }
    }
}
