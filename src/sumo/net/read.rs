//! Reads a `.net.xml` or `.net.xml.gz`.
//!
//! In: the text of a net. Out: [`Net`], or everything that is wrong with it, with lines. Not here: any meaning.

use std::collections::BTreeMap;
use std::path::Path;

use roxmltree::{Document, Node};

use super::attributes::{Reader, is_for_vehicles};
use super::file::{NetError, text_of};
use super::{
    Connection, Direction, Edge, EdgeFunction, EdgeIx, Junction, JunctionIx, Lane, LaneIx, Link,
    Net, Parts, Request, Signal, State,
};
use crate::intersection::Id;

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
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "all others say where they are"
            )]
            let line = match error {
                // It has no place of its own.
                roxmltree::Error::UnexpectedEndOfStream => text.lines().count().max(1),
                _ => usize::try_from(error.pos().row).unwrap_or(0),
            };
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

fn named<'d>(root: Node<'d, 'd>, tag: &'static str) -> impl Iterator<Item = Node<'d, 'd>> {
    root.children().filter(move |node| node.has_tag_name(tag))
}

impl<'d> Reader<'d> {
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
        let net = Net::assemble(
            file,
            Parts {
                edges,
                lanes,
                connections,
                junctions,
                signals,
            },
        );
        self.check_states(root, &net);
        self.problems.is_empty().then_some(net)
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
                // −1 says that no signal shows for it after all.
                Some(signal) if !signal.is_empty() && node.attribute("linkIndex") != Some("-1") => {
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
