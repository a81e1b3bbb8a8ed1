"""Belief propagation: exact on trees, approximate on loops (Pearl 1988).

On loops the messages may circle, and where they settle they may be wrong.  Both
can be measured.

    damping        while messages still move at the end, the damping d is raised to
                   (1 + d) / 2 and all begins again, with twice as many rounds           (8)
    contraction    how much of a small change of the messages is left, per round, after a few
                   rounds at the fixed point: 0 on a tree, where a change leaves by the ends;
                   what is left on loops is evidence that is counted again                (9)
    Bayes' rule    each atom in turn is held true, then false, and the messages settle anew.
                   For two atoms a, b this gives the odds of b from conditionals alone,
                   P(b) / P(not b) = P(b | a) / P(not b | a) * P(a | not b) / P(a | b),   (11)
                   and in the same way from a being false.  The disagreement is the distance
                   between P(b) by (11) and the belief, on average over the values of a and
                   the largest over all pairs: 0 on a tree                               (12)

An atom that is held cuts the loops through it, so the conditionals are nearer to the truth
than the beliefs (Eaton F., Ghahramani Z. Choosing a variable to clamp. AISTATS 2009,
145-152).  (12) judges networks of at most 100 atoms none of which is like another; holding
an atom of a class would need its own class, see `colors`.  All others are judged by (9).

(12) is a good sign and no proof.  Of 5,000 random networks with weights N(0, 2), 5 to 9
atoms and one to three clauses an atom, 332 had an error above .1 and all of these came with
a warning, as did 24 % of the others; of 3,000 with weights N(0, 4), all 526, and 24 % of the
others.  (9) alone misses two of the chapter's 1,500 and warns of half of the good answers.
Other checks are weaker: that P(a) be what the law of total probability makes of P(a | b) and
P(a | not b) misses answers in which all atoms err to the same side.

Equations are numbered as in the chapter on inference.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit, log_expit
from sklearn.exceptions import ConvergenceWarning

from tlbook._warn import warn
from tlbook.relation.logic.checks import check_number
from tlbook.relation.logic.colors import color_passing

TRIALS, MOST_CONTRACTION = 3, 0.25
MOST_CLAMPED, MOST_DISAGREEMENT = 100, 0.05


class Messages:
    """The messages of a network from clauses to atoms, one for each class of equal ones.

    Parameters
    ----------
    network : GroundNetwork or LazyNetwork
    """

    def __init__(self, network):
        colors, classes = color_passing(network)
        _, self.atoms, size = np.unique(
            colors, return_inverse=True, return_counts=True
        )
        self.n = n = len(size)  # classes; the padding comes after them
        literals = np.append(self.atoms, n)[classes.literals]
        signs, weights = classes.signs, classes.weights
        # messages to one atom
        times = classes.counts[:, None] / np.append(size, 1)[literals]
        # no fellows: the message is the weight
        alone = (literals < n).sum(axis=1) == 1
        own = ((2.0 * signs - 1) * weights[:, None] * times)[alone]
        self.bias = np.bincount(
            literals[alone].ravel(), own.ravel(), minlength=n + 1
        )
        self.ids, self.times, self.real, self.direction = (
            part[~alone]
            for part in (literals, times, literals < n, 2.0 * signs - 1)
        )
        self.change = np.expm1(-weights[~alone])[:, None]
        edges = np.arange(self.ids.size)
        self.heard = csr_array(
            (self.times.ravel(), (edges, self.ids.ravel())),
            shape=(self.ids.size, n + 1),
        )
        self.clampable = n <= MOST_CLAMPED and (size == 1).all()

    def fields(self, messages):
        """Return the log-odds of each class of atoms, one row for each run of the messages."""
        *runs, _, _ = messages.shape
        flat = messages.reshape(*runs, self.ids.size)
        return self.bias + flat @ self.heard

    def round(self, messages, bias=0.0):
        """Return the messages that answer to these, all at once; `bias` pulls at the atoms."""
        cavity = (self.fields(messages) + bias)[..., self.ids] - messages
        log_false = np.where(
            self.real, -np.logaddexp(0, self.direction * cavity), 0.0
        )
        fellows = np.exp(log_false.sum(axis=-1, keepdims=True) - log_false)  # u
        return np.where(
            self.real, -self.direction * np.log1p(fellows * self.change), 0.0
        )

    def settle(self, messages, n_rounds, kept, tol, bias=0.0):
        """Return the messages after some rounds, or where they settle, and their last step."""
        for _ in range(n_rounds):
            fresh = self.round(messages, bias)
            step = np.abs(fresh - messages).max(initial=0.0)
            messages = kept * messages + (1 - kept) * fresh
            if step < tol:
                break
        return messages, step

    def contraction(self, messages, n_rounds=20, step=1e-6):
        """Return what is left of a small change per round, (9)."""
        # equals stay equal
        noise = np.random.default_rng(0).standard_normal(self.n + 1)
        here, left = self.round(messages), []
        change = (self.round(messages, step * noise) - here) / step
        for _ in range(n_rounds):
            size = np.linalg.norm(change)
            if size < 1e-7:
                return 0.0
            change = (self.round(messages + step * change / size) - here) / step
            left.append(np.linalg.norm(change))
        return float(
            np.exp(np.mean(np.log(np.maximum(left[n_rounds // 2 :], 1e-12))))
        )

    def disagreement(self, messages, kept):
        """Return how far Bayes' rule is from the beliefs, (11) and (12), with atoms clamped."""
        n = self.n
        held = np.eye(n, n + 1) * 1e3  # log-odds that no clause can move
        held = np.concatenate([held, -held])  # each atom is true, each is false
        start = np.broadcast_to(messages, (2 * n, *messages.shape))
        told, _ = self.settle(start, 200, kept, 1e-4, held)
        given = (self.fields(told) + held)[:, :n]
        belief, gap = expit(self.fields(messages)[:n]), np.zeros((n, n))
        # log-odds of the column's atom if that of the row is true, is false
        true, false = given[:n], given[n:]
        for value, at, chance in ((1, true, belief), (-1, false, 1 - belief)):
            ratio = log_expit(value * false) - log_expit(value * true)
            gap += chance * np.abs(expit(at.T + ratio) - belief[:, None])
        np.fill_diagonal(gap, 0.0)  # an atom tells nothing of itself
        return float(gap.max(initial=0.0))


def belief_propagation(network, n_iter=200, damping=0.3, tol=1e-8):
    """Estimate P(atom) by loopy belief propagation; exact if the ground network is a tree.

    A ground clause with weight w tells a literal, whose fellows are all false
    with probability u, the log-odds  -log(1 - u + u exp(-w))  of being true.
    Messages that are equal by symmetry are computed once, see `colors`.

    Cost: each round visits each literal once.  The check by Bayes' rule takes
    about a dozen rounds of 2 n runs at once, n being at most 100.

    Parameters
    ----------
    network : GroundNetwork or LazyNetwork
    n_iter : int
        Rounds with the first damping.
    damping : float in [0, 1)
        Share of the old message that is kept, at first; raised by itself, (8).
    tol : float
        Messages that move less have settled.

    Returns
    -------
    ndarray of shape (n_atoms,)

    Warns
    -----
    ConvergenceWarning
        If messages still move with the highest damping, or beliefs contradict
        Bayes' rule, see (12), or, in networks that are large or have equal
        atoms, have settled where loops are strong, see (9).
    """
    check_number("n_iter", n_iter, 1, whole=True)
    check_number("damping", damping, 0, most=0.999)
    check_number("tol", tol, 0)
    passing = Messages(network)
    for trial in range(TRIALS):
        kept, n_rounds = 1 - (1 - damping) / 2**trial, n_iter * 2**trial
        start = np.zeros(passing.ids.shape)
        messages, step = passing.settle(start, n_rounds, kept, tol)
        if step < tol:
            break
    doubt = None
    if step >= tol:
        doubt = (
            f"stopped after {n_rounds} rounds with a damping of {kept:.2f}, "
            f"messages still move by {step:.1e}"
        )
    elif passing.clampable:
        gap = passing.disagreement(messages, kept)
        if gap > MOST_DISAGREEMENT:
            doubt = (
                f"contradicts itself: by Bayes' rule a belief is off by {gap:.2f} "
                f"(bound: {MOST_DISAGREEMENT}); compare with gibbs"
            )
    elif (left := passing.contraction(messages)) > MOST_CONTRACTION:
        doubt = (
            f"settled where loops are strong: {left:.2f} of a change is left "
            f"after a round (bound: {MOST_CONTRACTION}); compare with gibbs"
        )
    if doubt:
        warn(f"belief propagation {doubt}", ConvergenceWarning)
    return expit(passing.fields(messages)[passing.atoms])
