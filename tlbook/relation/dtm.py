"""DTM: deep transfer, patterns of relations carried over by second-order Markov logic.

Davis J., Domingos P. Deep transfer via second-order Markov logic. ICML 2009,
217-224. https://doi.org/10.1145/1553374.1553402

Replace the predicates of a set of literals by predicate variables: {Friends(x,y),
Smokes(x), Smokes(y)} becomes the clique {r(x,y), s(x), s(y)}, which speaks of no
domain.  Transfer cliques.

Score.  An instantiation of a clique with predicates has 2^k truth states; p is
their empirical distribution over all bindings of its variables to different
constants.  If two parts A and B of the clique explain it on their own, p = p_A x
p_B, and the clique is not worth keeping:

    score(instantiation) = min over splits (A, B) of  KL( p || p_A x p_B ),  in nats      (1)
    score(clique)        = mean of the `top` best instantiations in the source            (2)

Transfer.  The best `n_cliques` cliques are instantiated with the predicates of
the target.  Every pattern of signs is a clause.  Clauses join the network greedily
while they gain pseudo-log-likelihood and also help on the third of the facts that
is held out, see `heldout`; at last all weights are learned, on all facts.  (The
paper holds nothing out.)

Scoring the cliques inside the target, with no transfer at all, is `fit(target,
target)`: the control of Moore and Danyluk (StarAI 2010).

Cost: O(I 2^k u^3) time, O(u^2) memory for I instantiations of k literals: 2^k
contractions of tables over u constants each.
"""

from sklearn.base import BaseEstimator

from tlbook.contract import COUNT, NON_NEGATIVE, POSITIVE, SEVERAL
from tlbook.relation._dtm_cliques import (
    Clique,
    atom_sets,
    instantiate,
    lift,
    score_cliques,
    split_score,
    state_counts,
)
from tlbook.relation.logic.growth import Growth
from tlbook.relation.logic.learning import PRIOR_SCALE, as_list

__all__ = [
    "DTM",
    "Clique",
    "atom_sets",
    "instantiate",
    "lift",
    "score_cliques",
    "split_score",
    "state_counts",
]


class DTM(BaseEstimator):
    """Transfer second-order cliques from a source to a target database.

    Parameters
    ----------
    n_cliques : int
        Cliques that are carried over.
    max_atoms, max_variables : int
        Size of a clique at most.
    top : int
        Instantiations that the score of a clique averages.
    max_clauses : int
        Clauses in the target network at most.
    penalty : float
        Price of one literal, in units of the pseudo-log-likelihood.
    min_gain : float
        A clause has to add this much.
    prior_scale : float > 0
        See `MarkovLogicNetwork.fit`.

    Attributes
    ----------
    cliques_ : list of Clique
        All cliques of the source, best first; the first `n_cliques` are used.
    network_ : MarkovLogicNetwork

    References
    ----------
    Davis, Domingos, ICML 2009, https://doi.org/10.1145/1553374.1553402
    """

    _parameter_constraints: dict = {
        "n_cliques": COUNT,
        "max_atoms": SEVERAL,
        "max_variables": COUNT,
        "top": COUNT,
        "max_clauses": COUNT,
        "penalty": NON_NEGATIVE,
        "min_gain": NON_NEGATIVE,
        "prior_scale": POSITIVE,
    }

    def __init__(
        self,
        n_cliques=5,
        max_atoms=3,
        max_variables=3,
        top=3,
        max_clauses=15,
        penalty=0.002,
        min_gain=1e-3,
        prior_scale=PRIOR_SCALE,
    ):
        self.n_cliques = n_cliques
        self.max_atoms = max_atoms
        self.max_variables = max_variables
        self.top = top
        self.max_clauses = max_clauses
        self.penalty = penalty
        self.min_gain = min_gain
        self.prior_scale = prior_scale

    def fit(self, source, target):
        """Score cliques in the source, then build a network of them in the target.

        Parameters
        ----------
        source, target : Database or list of Database

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a domain has no database, the source has no clique, or no carried
            clique fits the predicates of the target.
        """
        self._validate_params()
        source, target = as_list(source, "source"), as_list(target, "target")
        self.cliques_ = score_cliques(
            source, self.max_atoms, self.max_variables, self.top
        )
        if not self.cliques_:
            raise ValueError("the source has no two atoms that share a variable")
        growth = Growth(target, None, self.prior_scale, self.penalty)
        candidates = {
            clause.literals: clause
            for clique in self.cliques_[: self.n_cliques]
            for clause in instantiate(clique, growth.network.predicates)
        }
        if not candidates:
            raise ValueError(
                f"no clique fits the predicates of the target: {self.report()}"
            )
        growth.add_all(list(candidates.values()), self.min_gain, self.max_clauses)
        self.network_ = growth.finished()
        return self

    def report(self):
        """Return, as text, the carried cliques with their scores."""
        return "\n".join(
            f"{c.score:.4f}  {c}" for c in self.cliques_[: self.n_cliques]
        )
