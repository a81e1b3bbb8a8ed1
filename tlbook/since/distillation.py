"""Distillation: a student learns what fitted teachers say of samples without labels.

Bucila C., Caruana R., Niculescu-Mizil A. Model compression. KDD 2006.
https://doi.org/10.1145/1150402.1150464
Hinton G., Vinyals O., Dean J. Distilling the knowledge in a neural network. 2015.
https://arxiv.org/abs/1503.02531

p_ic is the probability that a teacher gives to class c of sample i, v = log p its
logits up to a constant, z those of the student, T a temperature, K teachers:

    q_ic = softmax(v_i / T)_c = p_ic^(1/T) / sum_m p_im^(1/T)                    (1)
    q_i <- (1/K) sum_k q_ki                       of several teachers            (2)
    L = -T^2 / n sum_i sum_c q_ic log softmax(z_i / T)_c                         (3)
    dL / dz_ic = T / n (softmax(z_i / T)_c - q_ic)                               (4)
              -> (z_ic - v_ic) / (n C)   as T -> infinity,                       (5)

(5) where the logits of each sample have mean zero: at a high temperature the
student learns logits by least squares.  T^2 keeps the size of the gradient.

(3) is linear in q: it is the cross-entropy of C copies of each sample, one for each
class, weighed by q.  So any learner that takes weights can be the student.  What it
says is softmax(z / T); (1) with 1/T makes softmax(z) of it.

Cost: O(K n C) time, O(n C d) memory, one fit of the learner with n C samples, of
which those of no weight are left out.

Deviation.  The paper adds cross-entropy with true labels, weighed less; here the
samples have none.
"""

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from tlbook.validation import check_matrix

SMALLEST = 1e-12  # a probability whose logarithm is taken


def soften(P, temperature):
    """Return probabilities at another temperature, equation (1).

    Parameters
    ----------
    P : ndarray of shape (n, n_classes)
        At temperature 1.
    temperature : float > 0
        Above 1 they become even, below 1 sharp.

    Returns
    -------
    ndarray of shape (n, n_classes)
    """
    return softmax(np.log(np.maximum(P, SMALLEST)) / temperature, axis=1)


def soft_cross_entropy(Z, Q, temperature=1.0):
    """Return L, equation (3).

    Parameters
    ----------
    Z : ndarray of shape (n, n_classes)
        Logits of the student.
    Q : ndarray of shape (n, n_classes)
        What the teacher says at this temperature.
    temperature : float > 0

    Returns
    -------
    float
    """
    logs = log_softmax(Z / temperature, axis=1)
    return float(-(temperature**2) * np.mean(np.sum(Q * logs, axis=1)))


def soft_targets(teachers, X, temperature=1.0):
    """Return q, equations (1) and (2).

    Parameters
    ----------
    teachers : list of fitted classifiers with predict_proba
        Of the same classes.
    X : array-like of shape (n, d)
    temperature : float > 0

    Returns
    -------
    Q : ndarray of shape (n, n_classes)

    Raises
    ------
    ValueError
        If there is no teacher, or one knows other classes.
    """
    if not teachers:
        raise ValueError("no teachers: a list of fitted classifiers is needed")
    classes = teachers[0].classes_
    for k, teacher in enumerate(teachers):
        if not np.array_equal(teacher.classes_, classes):
            raise ValueError(
                f"teacher {k} knows the classes {list(teacher.classes_)}, the "
                f"first one {list(classes)}; all must know the same"
            )
    return np.mean(
        [soften(t.predict_proba(X), temperature) for t in teachers], axis=0
    )


def distill(learner, teachers, X, temperature=1.0):
    """Return a student of the teachers, equation (3).

    Parameters
    ----------
    learner : classifier
        With `sample_weight` in its fit; it is not changed.
    teachers : list of fitted classifiers with predict_proba
    X : array-like of shape (n, d)
        Samples without labels, such as the target's.
    temperature : float > 0

    Returns
    -------
    classifier
        The learner, fitted.  It speaks at this temperature: `soften` with
        1 / temperature gives its probabilities at 1.

    Raises
    ------
    ValueError
        For bad samples or teachers, a temperature that is not positive, a learner
        that takes no weights.
    """
    X = check_matrix(X, "X")
    if not temperature > 0:
        raise ValueError(f"temperature={temperature}; it must be above 0")
    if not has_fit_parameter(learner, "sample_weight"):
        raise ValueError(
            f"{type(learner).__name__} takes no sample_weight; a student needs it"
        )
    Q = soft_targets(teachers, X, temperature)  # (n, C)
    rows, columns = np.nonzero(Q)
    labels = np.asarray(teachers[0].classes_)[columns]
    return clone(learner).fit(X[rows], labels, sample_weight=Q[rows, columns])
