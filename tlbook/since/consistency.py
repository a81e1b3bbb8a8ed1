"""Mean teacher and FixMatch: two looks at a target sample, and one answer.

Tarvainen A., Valpola H. Mean teachers are better role models: weight-averaged
consistency targets improve semi-supervised deep learning results. NIPS 2017.
https://arxiv.org/abs/1703.01780
French G., Mackiewicz M., Fisher M. Self-ensembling for visual domain adaptation.
ICLR 2018. https://arxiv.org/abs/1706.05208
Sohn K., Berthelot D., Li C. L., Zhang Z., Carlini N., Cubuk E. D., Kurakin A.,
Zhang H., Raffel C. FixMatch: simplifying semi-supervised learning with consistency
and confidence. NeurIPS 2020. https://arxiv.org/abs/2001.07685

Mean teacher.  theta are the weights of the student, theta' those of the teacher:

    theta' <- alpha theta' + (1 - alpha) theta, after each step                  (1)
    C = 1/b sum_j [max_c q_jc >= threshold] sum_c (p_jc - q_jc)^2                (2)
    min over theta:   cross-entropy(source) + weight * C(target)                 (3)

p = p(a(x); theta) and q = p(a'(x); theta') (b, C) are what either says of a target
sample in two augmentations a and a'.  No gradient passes through the teacher: (2)
would be smaller if it said less, and so it must not listen.  After (1) the teacher
of step n is the average sum_i (1 - alpha) alpha^(n - i) theta_i, about the last
1 / (1 - alpha) students.  The teacher predicts the target.

FixMatch.  What is called with certainty at a weak look is the label of a strong one:

    q_j = p(weak(x_j)),   l_j = argmax_c q_jc                                    (4)
    L_u = 1/b sum_j [max_c q_jc >= threshold] (-log p(strong(x_j))_(l_j))        (5)
    min over the network:   cross-entropy(source) + weight * L_u(target)         (6)

q comes from the same network, and no gradient passes through it.  (5) is a mean
over the whole batch: at first few samples count, and the weight grows by itself as
more calls are certain.  The strong look must not change the class, and make the
call hard: then (5) says something that (4) did not know.

The source and the target go through the networks apart, so that a batch
normalization takes the statistics of one domain at a time; those of the teacher
are of the target.

Cost of a step: O(b N) time, O(b N + w) memory for a batch of b, N the
multiplications and activations of the network for one sample, w its weights.

Deviations.  A sample below the threshold counts nothing in (2), as in French et
al., where Tarvainen and Valpola let the weight of (3) grow; (2) is summed over
classes, where they take the mean.  The loss that balances classes is left out.  The
labeled samples of FixMatch are those of the source; its paper predicts by the
running average of the weights, takes seven unlabeled samples for one with a label,
and makes strong looks by RandAugment or CTAugment.
"""

import copy

import torch
from torch.nn import functional as F

from tlbook.base import FRACTION, NON_NEGATIVE
from tlbook.deep._training import DeepClassifier
from tlbook.since._augment import augmented, strong, weak


def average_into(teacher, student, alpha):
    """Move the teacher's weights towards those of the student, equation (1).

    Parameters
    ----------
    teacher, student : nn.Module
        Of the same kind.  The teacher is changed.
    alpha : float in [0, 1]
    """
    with torch.no_grad():
        for mean, new in zip(
            teacher.parameters(), student.parameters(), strict=True
        ):
            mean.mul_(alpha).add_(new, alpha=1 - alpha)


def consistency(P, Q, threshold=0.0):
    """Return C, equation (2).

    Parameters
    ----------
    P, Q : Tensor of shape (b, n_classes)
        What student and teacher say.
    threshold : float in [0, 1]

    Returns
    -------
    scalar Tensor
        Between 0 and 2.
    """
    sure = Q.amax(dim=1) >= threshold
    return (sure * (P - Q).square().sum(dim=1)).mean()


class MeanTeacher(DeepClassifier):
    """Self-ensembling: consistency with a teacher that is the student's running average.

    Parameters
    ----------
    weight : float >= 0
        Of the consistency, equation (3).
    threshold : float in [0, 1]
        Least probability of the teacher's call, equation (2).
    alpha : float in [0, 1]
        How much of the teacher stays in a step, equation (1).
    augment : callable, default=None
        Tensor of shape (b, ...) on the device -> Tensor of that shape: a random
        look at a batch that leaves the classes as they are.  None shifts images
        by a pixel or more, and adds noise to others.
    **training
        See `DeepClassifier`.

    Attributes
    ----------
    extras_["teacher"] : nn.Module
        The teacher; `network_` is the student.

    References
    ----------
    Tarvainen and Valpola, NIPS 2017; French et al., ICLR 2018.
    """

    _parameter_constraints = {
        "weight": NON_NEGATIVE,
        "threshold": FRACTION,
        "alpha": FRACTION,
        "augment": [callable, None],
    }

    def __init__(
        self, weight=3.0, threshold=0.9, alpha=0.99, augment=None, **training
    ):
        super().__init__(**training)
        self.weight = weight
        self.threshold = threshold
        self.alpha = alpha
        self.augment = augment

    def _extras(self, outputs):
        return {"teacher": copy.deepcopy(self.network_)}

    def _begin_phase(self, phase, data):
        # the teacher moves by (1) alone
        return {"all": self._optimizer(self.network_.parameters())}

    def _begin_epoch(self, phase, epoch, data):
        # what is frozen in the student is in the teacher
        for mean, new in zip(
            self.extras_["teacher"].modules(), self.network_.modules()
        ):
            mean.training = new.training

    def _look(self, X):
        return augmented(self.augment or weak, X)

    def _loss(self, batch):
        if batch.Xt is None:
            return super()._loss(batch)
        # of the source, and of labeled target samples
        terms = super()._loss(batch._replace(Xs=self._look(batch.Xs), Xt=None))
        P = self.network_(self._look(batch.Xt)).probabilities
        with torch.no_grad():
            Q = self.extras_["teacher"](self._look(batch.Xt)).probabilities
        C = consistency(P, Q, self.threshold)
        return terms | {"consistency": self._weight(batch.progress) * C}

    def _step(self, batch, optimizers):
        terms = super()._step(batch, optimizers)
        average_into(self.extras_["teacher"], self.network_, self.alpha)
        return terms

    def _network_for(self, domain):
        return self.network_ if domain == "source" else self.extras_["teacher"]


def confident_cross_entropy(logits, Q, threshold):
    """Return L_u, equation (5).

    Parameters
    ----------
    logits : Tensor of shape (b, n_classes)
        Of the strong looks.
    Q : Tensor of shape (b, n_classes)
        Class probabilities of the weak ones.
    threshold : float in [0, 1]

    Returns
    -------
    scalar Tensor
        At least 0, and 0 where no call is certain.
    """
    certainty, labels = Q.max(dim=1)
    losses = F.cross_entropy(logits, labels, reduction="none")
    return ((certainty >= threshold) * losses).mean()


class FixMatch(DeepClassifier):
    """Certain calls at a weak look are the labels of a strong one.

    Parameters
    ----------
    weight : float >= 0
        Of the target's loss, equation (6).
    threshold : float in [0, 1]
        Least probability of a call, equation (5).
    weak : callable, default=None
        Tensor of shape (b, ...) on the device -> Tensor of that shape: a random
        look at a batch that leaves the classes as they are.  None shifts images,
        and adds little noise to others.
    strong : callable, default=None
        Like `weak`, and harder.  None also cuts a square out of images, and adds
        much noise to others.
    **training
        See `DeepClassifier`.

    References
    ----------
    Sohn et al., NeurIPS 2020.
    """

    _parameter_constraints = {
        "weight": NON_NEGATIVE,
        "threshold": FRACTION,
        "weak": [callable, None],
        "strong": [callable, None],
    }

    def __init__(
        self, weight=1.0, threshold=0.95, weak=None, strong=None, **training
    ):
        super().__init__(**training)
        self.weight = weight
        self.threshold = threshold
        self.weak = weak
        self.strong = strong

    def _loss(self, batch):
        if batch.Xt is None:
            return super()._loss(batch)
        look = self.weak or weak
        # of the source, and of labeled target samples
        terms = super()._loss(
            batch._replace(Xs=augmented(look, batch.Xs), Xt=None)
        )
        with torch.no_grad():
            Q = self.network_(augmented(look, batch.Xt)).probabilities
        hard = augmented(self.strong or strong, batch.Xt)
        L = confident_cross_entropy(self.network_(hard).logits, Q, self.threshold)
        return terms | {"target": self._weight(batch.progress) * L}
