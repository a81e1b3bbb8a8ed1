"""Belief propagation: exact on a chain; on the ring evidence comes back and counts again."""

import numpy as np
from scipy.special import expit

from tlbook.film import Film
from tlbook.relation.logic.exact import exact_marginals
from tlbook.relation.logic.ground_network import GroundNetwork
from tlbook.relation.logic.propagation import Messages

PEOPLE, ROUNDS = 5, 16
WEIGHT, EVIDENCE = (
    4.0,
    1.0,
)  # of "infects the next", and of "the first is infected"


def network(ring):
    """Return people of whom each infects the next; on a ring the last one the first."""
    edges = [(i, (i + 1) % PEOPLE) for i in range(PEOPLE - 1 + ring)]
    literals = np.array([*edges, (0, PEOPLE)])  # the padding stands for no fellow
    signs = np.array([*[(False, True)] * len(edges), (True, True)])
    weights = np.append(np.full(len(edges), WEIGHT), EVIDENCE)
    return GroundNetwork(list(range(PEOPLE)), literals, signs, weights)


def run(ring):
    """Return beliefs, messages and their ends: (rounds, people), (rounds, m), (m, 2)."""
    passing = Messages(network(ring))
    person = np.argsort(passing.atoms)  # nobody is like another here
    to = person[passing.ids]
    ends = np.stack([to[:, ::-1], to], axis=2).reshape(-1, 2)  # from, to
    messages, beliefs, sent = np.zeros(passing.ids.shape), [], []
    for _ in range(ROUNDS):
        beliefs.append(expit(passing.fields(messages)[passing.atoms]))
        sent.append(messages.ravel())
        messages = passing.round(messages)
    return np.array(beliefs), np.array(sent), ends


def show(panel, ring, beliefs, sent, ends):
    """Draw people by belief, and messages as arrows, the longer the more they say."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(PEOPLE) / PEOPLE
    at = np.column_stack([np.cos(angle), np.sin(angle)])
    for i in range(PEOPLE - 1 + ring):
        panel.line(at[[i, (i + 1) % PEOPLE]], "axis")
    panel.points(at, "source", size=3 + 16 * beliefs)
    for k, (a, b) in enumerate(ends):
        way = at[b] - at[a]
        side = 0.1 * np.array([way[1], -way[0]]) / np.linalg.norm(way)
        start = at[a] + 0.22 * way + side
        reach = 0.02 + 0.5 * np.tanh(np.abs(sent[:, k]))
        look = "gradient" if sent[-1, k] > 0 else "reversed"
        panel.arrow(start, start + reach[:, None] * way, look)
    for place, truth, belief in zip(
        at, exact_marginals(network(ring)), beliefs.T, strict=True
    ):
        out = place * [1.72, 1.5]
        panel.text(out, [f"{p:.2f}" for p in belief])
        panel.text(out - [0, 0.17], f"exact {truth:.2f}", "soft")


def film():
    """Return the film: the same people in a chain and in a ring, round by round."""
    found = {ring: run(ring) for ring in (False, True)}
    off = {
        ring: np.abs(found[ring][0] - exact_marginals(network(ring))).max(axis=1)
        for ring in found
    }
    whole = Film(
        "Belief propagation on a chain and on a ring",
        [
            f"round {t}: chain off by {a:.2f}, ring off by {b:.2f}"
            for t, (a, b) in enumerate(zip(off[False], off[True]))
        ],
        "Five people in a chain, left, and in a ring, right; circles as large as "
        "the belief in an infection, arrows as long as the messages. In a few "
        "rounds the arrows of the chain come to rest and all beliefs are exact. "
        "On the ring they go on growing, and all beliefs end too high.",
    )
    for ring, title in (
        (False, "a chain: exact"),
        (True, "a ring: counted again"),
    ):
        panel = whole.panel(title, (-2.25, 2.25), (-1.85, 1.85), height=330)
        show(panel, ring, *found[ring])
    return whole
