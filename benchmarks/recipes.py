"""Rows of the tables as functions (Xs, ys, Xt, seed) -> predicted labels of Xt.

Steps that a table takes but no method has, and the experiments that explain a table, are here;
everything else is the public API of tlbook.
"""

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, normalize
from sklearn.svm import SVC

from tlbook.feature._components import LinearSpace, total_variance
from tlbook.feature.coral import CORAL
from tlbook.feature.jda import class_mmd_vectors, unit_factor
from tlbook.feature.tca import TCA, mmd_vector, transfer_components

NEAREST = KNeighborsClassifier(1)
NEAREST_ANGLE = make_pipeline(Normalizer(), NEAREST)  # rows to unit length first


def unadapted(model):
    """Learn on the source, predict the target."""
    return lambda Xs, ys, Xt, seed: clone(model).fit(Xs, ys).predict(Xt)


def adapted(model):
    """Fit a method of tlbook on both domains."""
    return lambda Xs, ys, Xt, seed: clone(model).fit(Xs, ys, Xt).predict(Xt)


def unit_rows(predict):
    """Scale every sample of both domains to unit length first."""
    return lambda Xs, ys, Xt, seed: predict(
        normalize(Xs), ys, normalize(Xt), seed
    )


def joint_pca(k):
    """1-NN on the first k principal components of the pooled samples."""

    def predict(Xs, ys, Xt, seed):
        pca = PCA(k, svd_solver="full").fit(np.concatenate([Xs, Xt]))
        return (
            clone(NEAREST).fit(pca.transform(Xs), ys).predict(pca.transform(Xt))
        )

    return predict


def squared_scores(k, learner=NEAREST):
    """1-NN on the scores U S^2 of the pooled, centered samples X = U S V': no adaptation."""

    def predict(Xs, ys, Xt, seed):
        X = np.concatenate([Xs, Xt])
        U, S, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
        Z = U[:, :k] * S[:k] ** 2
        return clone(learner).fit(Z[: len(Xs)], ys).predict(Z[len(Xs) :])

    return predict


def tca(k, lam=1.0, kernel="linear", learner=NEAREST):
    """TCA as in the tables of Long et al. 2013, whose ridge is relative to |M|_F.

    M = e e' has the norm |e|^2 = 1 / ns + 1 / nt, so Pan's mu is lam |e|^2.
    """

    def predict(Xs, ys, Xt, seed):
        mu = lam * (1 / len(Xs) + 1 / len(Xt))
        return (
            TCA(learner, n_components=k, mu=mu, kernel=kernel)
            .fit(Xs, ys, Xt)
            .predict(Xt)
        )

    return predict


def jda_under_constraint(k, lam=1.0, kernel="linear", n_iter=10):
    """JDA with A'KHKA = I, as its paper writes, instead of unit columns; n_iter=1 is TCA.

    The components are the same up to their lengths: each gets unit variance.
    """

    def predict(Xs, ys, Xt, seed):
        ns, classes = len(Xs), np.unique(ys)
        X = np.concatenate([Xs, Xt])
        space = LinearSpace(X, kernel)
        e0 = mmd_vector(ns, len(Xt))[:, None]
        E = e0
        for _ in range(n_iter):
            _, A = transfer_components(space, unit_factor(E), lam, k)
            Z = X @ space.project(A)
            Z /= Z.std(axis=0)
            guesses = clone(NEAREST_ANGLE).fit(Z[:ns], ys).predict(Z[ns:])
            E = np.hstack(
                [
                    np.sqrt(len(classes)) * e0,
                    class_mmd_vectors(ys, guesses, classes),
                ]
            )
        return guesses

    return predict


def svm_with_chosen_c(kernel, seed):
    """SVM, C from powers of ten by five folds of the source: no target label is used."""
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return GridSearchCV(
        SVC(kernel=kernel), {"C": 10.0 ** np.arange(-4, 3)}, cv=folds
    )


def mean_distance_svm(Xs, ys, Xt, seed):
    """SVM, C=10, with the Gaussian kernel that TKL starts from: 1 / gamma is the mean |x - y|^2."""
    gamma = 1 / (2 * total_variance(np.concatenate([Xs, Xt])))
    return SVC(C=10, gamma=gamma).fit(Xs, ys).predict(Xt)


def coral_svm(Xs, ys, Xt, seed):
    """CORAL with the linear SVM of its paper."""
    return CORAL(svm_with_chosen_c("linear", seed)).fit(Xs, ys, Xt).predict(Xt)


def coral_one_sided(Xs, ys, Xt, seed):
    """SVM on the matrix x'Az, in which one sample is aligned and the other is not.

    A = Cs^(-1/2) Ct^(1/2) is CORAL's map.  x'Az is not symmetric, hence no kernel.
    """
    aligned = CORAL(NEAREST).fit(Xs, ys, Xt).transform(Xs, domain="source")
    svm = svm_with_chosen_c("precomputed", seed).fit(aligned @ Xs.T, ys)
    return svm.predict(Xt @ aligned.T)
