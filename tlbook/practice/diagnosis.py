"""Diagnosis: what has shifted, as far as unlabeled samples can tell, and what answers it.

Two domains that differ can differ for several reasons, and each has its own cure.
A reason is a *story* of how the target came from the source.  Five are tried:

    no shift    P_t(x) = P_s(x)
    label       P_t(x) = sum_y P_t(y) P_s(x | y): other shares of the classes
    drift       P_t is P_s after x -> A x + b: the features moved as a whole
    covariate   P_t(x) lives where P_s(x) does: only places are more or less frequent
    subspace    P_t(W x) = P_s(W x) for a projection W that still tells the labels

The first three make a sample of the target out of the source, and a classifier
tries to tell it from the true one: area AUC under its curve, 1/2 if it cannot.
A story fits if AUC is within three standard errors of 1/2.

    1  If no shift fits, nothing is done.
    2  If the label story or the drift fits, the one of larger likelihood is the
       reason.  A drift counts only if the source has a form of its own: two
       normal distributions always fit.
    3  If most target rows lie where the source has samples, and the domains are
       not told apart almost surely, it is a covariate shift.
    4  Else the target lies elsewhere.  If the drift takes away three quarters of
       AUC - 1/2, it is near enough.  If it takes away less than half, and along
       some directions that tell the labels three quarters are gone, it is a
       subspace.
    5  Else no story fits.  If the domains lie apart, their first two moments are
       matched: a learner would only extrapolate.  If not, nothing is done.

What no unlabeled sample can tell: whether the rule P(y | x) has changed.  All five
stories assume a part of it to stay.

Cost: O(r d) time, O(r d) memory, for r rows of each domain, drawn at random: all of
them, or 1000 where there are more.

The tests are those of Lopez-Paz D., Oquab M. Revisiting classifier two-sample
tests. ICLR 2017. https://arxiv.org/abs/1610.06545  The stories and their order
are this book's own.
"""

from dataclasses import dataclass
from html import escape
from textwrap import wrap

import numpy as np
from sklearn.base import clone, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from tlbook.base import ESTIMATOR, LearnerPredicts, TransferEstimator
from tlbook.feature import TCA
from tlbook.instance import LabelShift, LogisticRatio
from tlbook.labels import check_classes, label_vector
from tlbook.practice import _evidence as evidence
from tlbook.since.linear_ot import LinearOT
from tlbook.validation import check_pair, check_rows, check_vector

__all__ = ["Report", "SourceOnly", "diagnose"]

ROWS = 1000  # of each domain, at most
MOST = 0.8  # share of target rows that lie where the source has samples
APART = 0.95  # AUC of domains that hardly meet
HALF, MUCH = 0.5, 0.75  # of AUC - 1/2, taken away by a story
KEPT = 0.5  # of what the features say of the labels
SPREAD = 1e3  # of the scales of two columns
NONE, LABEL, DRIFT = "no shift", "other shares of classes", "drift of features"
TO_LABEL = 10  # rows that the report proposes to label
FEW = 50
COLUMNS = 80  # of a printed report
ABSENT = 0.01  # share of a class below which it may be missing
MANY = 10  # whole numbers more than which are seldom names of classes
ANSWERS = {  # shift: (methods, reason, price)
    "none": (
        "the learner as it is",
        "the domains cannot be told apart",
        "nothing is adapted",
    ),
    "label": (
        "LabelShift",
        "other shares of the classes explain the whole difference",
        "wrong if the classes themselves look different in the target",
    ),
    "drift": (
        "LinearOT, JDOT, CORAL",
        "the target has the form of the source, moved and stretched",
        "wrong if the shares of the classes have changed as well",
    ),
    "covariate": (
        "LogisticRatio, KMM, KLIEP",
        "the target lies where the source has samples",
        "helps a learner that is too simple for the source; fewer samples count",
    ),
    "subspace": (
        "TCA, GFK, SubspaceAlignment",
        "along some directions the domains agree, and these tell the labels",
        "what the other directions say is lost",
    ),
    "apart": (
        "LinearOT, CORAL",
        "no story fits, and the domains hardly meet: means and covariances are "
        "matched, so that a learner need not extrapolate",
        "a guess, to be checked with a few target labels",
    ),
    "unknown": (
        "the learner as it is",
        "no story fits, and the domains meet in part",
        "nothing is adapted; a few target labels would say more",
    ),
}


class SourceOnly(LearnerPredicts, TransferEstimator):
    """The learner of the source as it is: what every adaptation is compared with.

    Parameters
    ----------
    estimator : classifier or regressor, default=None
        None is the nearest neighbor.

    Attributes
    ----------
    estimator_ : the same, fitted on the source
    """

    _accept_sparse = True
    _parameter_constraints = {"estimator": ESTIMATOR}

    def __init__(self, estimator=None):
        self.estimator = estimator

    def _fit(self, Xs, ys, Xt, yt):
        self.estimator_ = clone(self._learner()).fit(Xs, ys)


@dataclass(frozen=True)
class Report:
    """What `diagnose` found; it prints, and shows as a table in a notebook.

    Attributes
    ----------
    shift : {"none", "label", "drift", "covariate", "subspace", "apart", "unknown"}
    stories : dict
        Name of a story: (AUC, its standard error if the domains were alike and
        the classifier given).
    intervals : dict
        Name of a story: (least, largest) AUC, a 95 % interval.
    covered : float
        Share of target rows that lie where the source has samples.
    target_prior : dict
        Class: its estimated share in the target, if the label story is true.
    prior_intervals : dict
        Class: (least, largest) share, a 95 % interval, if the label story is true.
    n_components : int
        Of the projection on which the domains agree; 0 if there is none.
    to_label : ndarray of int
        Rows of the target on which a learner alone and with the answer disagree:
        their labels would say most.
    notes : tuple of str
        What else the data ask for.
    """

    shift: str
    stories: dict
    intervals: dict
    covered: float
    target_prior: dict
    prior_intervals: dict
    n_components: int
    to_label: np.ndarray
    notes: tuple

    def best_estimator(self, learner):
        """Return the method that answers the evidence, around a learner, not fitted.

        Parameters
        ----------
        learner : classifier or regressor

        Returns
        -------
        estimator with fit(X, y, X_target)

        Raises
        ------
        ValueError
            If the labels were taken for classes and the learner predicts numbers.
        """
        if self.target_prior and is_regressor(learner):
            raise ValueError(
                f"{type(learner).__name__} predicts numbers, but ys were taken for "
                f"{len(self.target_prior)} classes: give a classifier, or "
                "diagnose(..., numbers=True)"
            )
        return _answer(self.shift, self.n_components, learner)

    def _rows(self):
        """Return the lines of the report: (name, value)."""
        methods, reason, price = ANSWERS[self.shift]
        for name, (auc, _) in self.stories.items():
            least, most = self.intervals[name]
            yield f"told apart, {name}", f"{auc:.2f} ({least:.2f} to {most:.2f})"
        yield "target rows near the source", f"{self.covered:.0%}"
        if self.target_prior:
            yield (
                "classes, if their shares changed",
                ", ".join(
                    f"{c}: {share:.2f} ({{:.2f}} to {{:.2f}})".format(
                        *self.prior_intervals[c]
                    )
                    for c, share in self.target_prior.items()
                ),
            )
        yield "evidence for", self.shift
        yield "reason", reason
        yield "what answers it", methods
        yield "price", price
        for note in self.notes:
            yield "note", note
        yield (
            "cannot be told",
            "whether the rule from features to labels has changed",
        )
        rows = ", ".join(str(i) for i in self.to_label)
        yield "labels that would tell", f"target rows {rows}" if rows else "a few"

    def __str__(self):
        rows = list(self._rows())
        width = max(len(name) for name, _ in rows) + 2
        return "\n".join(
            f"{name if i == 0 else '':<{width}}{line}"
            for name, value in rows
            for i, line in enumerate(wrap(value, COLUMNS - width))
        )

    def _repr_html_(self):
        lines = (
            f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
            for name, value in self._rows()
        )
        return f"<table>{''.join(lines)}</table>"


def _answer(shift, n_components, learner):
    """Return the method that answers a shift, around a learner."""
    if shift == "label":
        if not hasattr(learner, "predict_proba"):
            learner = CalibratedClassifierCV(learner, ensemble=False)
        return LabelShift(learner)
    if shift in ("drift", "apart"):
        return LinearOT(learner)
    if shift == "subspace":
        return TCA(learner, n_components=n_components)
    last = learner.steps[-1][1] if isinstance(learner, Pipeline) else learner
    if shift == "covariate" and has_fit_parameter(last, "sample_weight"):
        return LogisticRatio(learner)
    return SourceOnly(learner)


def _interval(value, error):
    """Return the 95 % interval of a share."""
    least, most = np.clip(value + evidence.SURE * error * np.array([-1, 1]), 0, 1)
    return float(least), float(most)


def _whole(ys):
    """Return how many whole numbers there are among the labels; 0 if these are no numbers."""
    return len(np.unique(ys)) if ys.dtype.kind in "iuf" else 0


def _labels(Xs, ys, numbers):
    """Return the labels and whether they are numbers; refuse a class of one sample."""
    ys = label_vector(ys, "ys")
    check_rows(Xs, "Xs", ys=ys)
    if numbers is None:
        numbers = ys.dtype.kind == "f" and bool(np.any(ys != np.floor(ys)))
    if numbers:
        return check_vector(ys, "ys", len(Xs), "Xs"), True
    classes, counts = np.unique(ys, return_counts=True)
    if len(classes) > 1 and counts.min() < 2:
        way_out = (
            "; if ys are numbers and no classes, say diagnose(..., numbers=True)"
            if _whole(ys) > 2
            else ": leave it out, or merge it with another"
        )
        raise ValueError(
            f"class {classes[counts.argmin()]} of ys has one sample only; diagnose "
            f"needs two of each{way_out}"
        )
    return check_classes(ys, "ys", "diagnose"), False


def diagnose(Xs, ys, Xt, numbers=None):
    """Return what has shifted between a labeled source and an unlabeled target.

    Parameters
    ----------
    Xs : array-like of shape (ns, d)
    ys : array-like of shape (ns,)
        Classes, or numbers: then nothing is said of their shares.
    Xt : array-like of shape (nt, d)
    numbers : bool, default=None
        Whether `ys` are numbers.  None: they are if one of them has a fraction;
        whole numbers, such as counts or years, are taken for classes.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        If the domains have other columns, fewer than 10 rows, NaN, or text, or if
        a class has one sample only.
    """
    Xs, Xt = check_pair(Xs, Xt, least=10)
    ys, numbers = _labels(Xs, ys, numbers)
    rng = np.random.default_rng(0)
    source, target = (np.sort(rng.permutation(len(X))[:ROWS]) for X in (Xs, Xt))
    if not numbers:  # a rare class keeps the two rows that LabelShift needs
        classes, codes = np.unique(ys, return_inverse=True)
        drawn = np.bincount(codes[source], minlength=len(classes))
        rare = np.flatnonzero(drawn < 2)
        few = [np.flatnonzero(codes == c)[:2] for c in rare]
        source = np.unique(np.concatenate([source, *few]))
    case = _Case(Xs[source], ys[source], Xt[target], numbers)
    shift, k = case.decide()
    return Report(
        shift,
        case.stories,
        case.intervals,
        case.covered,
        case.prior,
        case.prior_intervals,
        k,
        target[case.disputed(shift, k)],
        tuple(case.notes()),
    )


class _Case:
    """The evidence on some rows of each domain, and the rules."""

    def __init__(self, Xs, ys, Xt, numbers):
        self.Xs, self.ys, self.Xt, self.numbers = Xs, ys, Xt, numbers
        self.reader = evidence.reader(Xs.shape[1], numbers)
        self.even = np.ones(len(Xs))
        self.covered = evidence.covered(Xs, Xt)
        self.moved = evidence.moments_matched(Xs, Xt)
        self.stories, self.intervals = {}, {}
        self.prior, self.prior_intervals = {}, {}
        self.try_story(NONE, Xs, self.even)
        if not numbers:
            self.label = LabelShift(self.reader).fit(Xs, ys, Xt)
            classes = self.label.classes_
            shares, errors = (
                self.label.target_prior_,
                self.label.target_prior_error_,
            )
            for c, share, error in zip(
                classes.tolist(), shares, errors, strict=True
            ):
                self.prior[c] = share
                self.prior_intervals[c] = _interval(share, error)
            places = np.searchsorted(classes, ys)
            self.weights = self.label.class_weights_[places]
            self.try_story(LABEL, Xs, self.weights)
        self.try_story(DRIFT, self.moved, self.even)

    def try_story(self, name, A, weights):
        auc, error, scores = evidence.told_apart(A, self.Xt, weights)
        self.stories[name] = auc, error
        self.intervals[name] = evidence.area_interval(A, self.Xt, weights, scores)

    def fits(self, story):
        auc, error = self.stories[story]
        return auc - 0.5 < evidence.EVEN * error

    def explains(self, auc, share):
        """Tell whether a story takes away a share of what tells the domains apart."""
        return auc - 0.5 <= (1 - share) * (self.stories[NONE][0] - 0.5)

    def decide(self):
        """Return the shift by the five rules, and the components of a subspace."""
        if self.fits(NONE):
            return "none", 0
        drift = self.fits(DRIFT)
        if LABEL in self.stories and (drift or self.fits(LABEL)):
            drift = self.drift_is_nearer()
            if not drift:
                return "label", 0
        if drift and evidence.has_form(self.Xs):
            return "drift", 0
        apart = self.stories[NONE][0] > APART
        if self.covered > MOST and not apart:
            return "covariate", 0
        moved = self.stories[DRIFT][0]
        if drift or self.explains(moved, MUCH):
            return "drift", 0
        k = 0 if self.explains(moved, HALF) else self.agreement()
        if k:
            return "subspace", k
        return "apart" if apart else "unknown", 0

    def drift_is_nearer(self):
        pair = self.even, self.weights
        return evidence.nearer(self.moved, self.Xs, pair, self.Xt) > 0

    def agreement(self):
        """Return the components on which the domains agree and that tell the labels, 0 for none."""
        n, d = self.Xs.shape
        chance = 0.0
        if not self.numbers:
            chance = np.unique(self.ys, return_counts=True)[1].max() / n
        full = cross_val_score(self.reader, self.Xs, self.ys).mean() - chance
        k, found = 1, 0
        while k < d:
            tca = TCA(n_components=k).fit(self.Xs, self.ys, self.Xt)
            A, T = tca.transform(self.Xs, domain="source"), tca.transform(self.Xt)
            if not self.explains(evidence.told_apart(A, T, self.even)[0], MUCH):
                break
            reader = evidence.reader(k, self.numbers)
            told = cross_val_score(reader, A, self.ys).mean() - chance
            found = k if told > KEPT * full else found
            k *= 2
        return found

    def disputed(self, shift, k):
        """Return rows of the target on which the learner and the answer disagree.

        At most TO_LABEL: of numbers those that differ most, of classes some at random.
        """
        if shift in ("none", "unknown"):
            return np.array([], dtype=int)
        alone, answer = (
            method.fit(self.Xs, self.ys, self.Xt).predict(self.Xt)
            for method in (
                SourceOnly(self.reader),
                _answer(shift, k, self.reader),
            )
        )
        dispute = np.abs(alone - answer) if self.numbers else alone != answer
        rows = np.random.default_rng(0).permutation(len(self.Xt))
        rows = rows[np.argsort(-dispute[rows].astype(float), kind="stable")]
        rows = rows[:TO_LABEL]
        return np.sort(rows[dispute[rows] > 0])

    def notes(self):
        """Yield what else the data ask for, a sentence each."""
        scales = np.concatenate([self.Xs, self.Xt]).std(axis=0)
        scales = scales[scales > 0]
        if scales.size and scales.max() > SPREAD * scales.min():
            yield (
                f"the columns' standard deviations go from {scales.min():.1e} to "
                f"{scales.max():.1e}: put a StandardScaler before the method"
            )
        if min(len(self.Xs), len(self.Xt)) < FEW:
            yield f"fewer than {FEW} rows: only a large shift can be seen"
        if self.prior and _whole(self.ys) > MANY:
            yield (
                f"ys have {len(self.prior)} whole numbers, taken for classes; if they "
                "are numbers, say diagnose(..., numbers=True)"
            )
        if self.covered <= MOST:
            yield (
                f"{1 - self.covered:.0%} of the target rows lie where the source has "
                "no samples; a class that it does not know may be there (OpenSet)"
            )
        absent = [str(c) for c, share in self.prior.items() if share < ABSENT]
        if absent and self.fits(LABEL) and not self.fits(NONE):
            yield f"class {', '.join(absent)} may be absent (PartialTransfer)"
        if self.fits(DRIFT) and not evidence.has_form(self.Xs):
            yield (
                "the source has the form of a normal distribution: a drift cannot "
                "be told from a covariate shift"
            )
