"""Proxy A-distance: how well a classifier tells two domains apart.

Ben-David S., Blitzer J., Crammer K., Pereira F. Analysis of representations for domain adaptation.
NIPS 2006, 137-144.

    d_A = 2 (1 - 2 error)

with the error of a linear classifier of the domains on samples that it has not seen.  0 means that
it guesses, 2 that it never fails.  On the training samples the error of d >= n features is always
0 and the distance always 2, whatever the domains: hence the cross-validation.

Cost: O(n d) time an iteration of the classifier, O(n d) memory.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlbook.validation import check_pair


def proxy_a_distance(Xs, Xt, C=0.01, random_state=0):
    """Return the proxy A-distance of two samples, by 5-fold cross-validation.

    Both domains count the same, however many samples they have.

    Parameters
    ----------
    Xs : ndarray of shape (ns, d)
    Xt : ndarray of shape (nt, d)
    C : float > 0
        Inverse strength of the ridge of the logistic regression.
    random_state : int
        Of the folds.

    Returns
    -------
    float, from -2 to 2
        Of few samples it is noisy, and far below 0 where the folds happen to be unlike each other:
        with ten samples -1.6 was seen.  Expect 0 for one distribution only with some hundreds.

    Raises
    ------
    ValueError
        On bad input, or with fewer than 5 samples in a domain, one for each fold.
    """
    Xs, Xt = check_pair(Xs, Xt, least=5)
    X = np.concatenate([Xs, Xt])
    domain = np.repeat([0, 1], [len(Xs), len(Xt)])
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=C, class_weight="balanced", max_iter=1000)
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=random_state)
    wrong = cross_val_predict(model, X, domain, cv=folds) != domain
    error = (wrong[domain == 0].mean() + wrong[domain == 1].mean()) / 2
    return 2 * (1 - 2 * float(error))
