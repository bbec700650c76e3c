//! Circles in a graph.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Who names whom.
pub type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Nodes that all reach each other.
#[derive(PartialEq, Eq, Debug)]
pub struct Knot<'a> {
    /// All of them.
    pub nodes: BTreeSet<&'a str>,
    /// One of the shortest circles among them; the first node stands at its end again.
    pub circle: Vec<&'a str>,
}

/// All knots of a graph.
pub fn knots<'a>(graph: &Graph<'a>) -> Vec<Knot<'a>> {
    let mut shortest: BTreeMap<BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
    let reached: BTreeMap<&str, BTreeSet<&str>> = graph.keys().map(|node| (*node, reach(graph, node))).collect();
    for node in graph.keys() {
        let Some(circle) = circle_through(graph, node) else { continue };
        let reaches_back = |other: &&&str| reached.get(**other).is_some_and(|from| from.contains(node));
        let together = reached[node].iter().filter(reaches_back).copied().collect();
        let known = shortest.entry(together).or_insert_with(|| circle.clone());
        if circle.len() < known.len() {
            *known = circle;
        }
    }
    shortest.into_iter().map(|(nodes, circle)| Knot { nodes, circle }).collect()
}

fn reach<'a>(graph: &Graph<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = graph.get(from).into_iter().flatten().copied().collect();
    while let Some(node) = next.pop() {
        if reached.insert(node) {
            next.extend(graph.get(node).into_iter().flatten());
        }
    }
    reached
}

fn circle_through<'a>(graph: &Graph<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([vec![start]]);
    while let Some(way) = queue.pop_front() {
        for node in way.last().and_then(|last| graph.get(last)).into_iter().flatten() {
            let further = [way.as_slice(), &[*node]].concat();
            if *node == start {
                return Some(further);
            }
            if seen.insert(*node) {
                queue.push_back(further);
            }
        }
    }
    None
}
