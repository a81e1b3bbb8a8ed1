"""The target on its way through scikit-learn: cross-validation, searches and pipelines."""

import sys

from sklearn.pipeline import Pipeline


class WholeTarget(tuple):
    """Target samples, or their labels, that scikit-learn hands on whole.

    `cross_validate` and `GridSearchCV` cut every array in `params` whose length
    equals that of X into folds, without a word.  This is a tuple of one array,
    which they leave alone, and which `Pipeline(...,
    transform_input=["X_target"])` passes through its steps:

        cross_validate(model, X, y, params={"X_target": WholeTarget(Xt)})

    Parameters
    ----------
    array : array-like, sparse matrix or data frame
        Target samples, or target labels.
    """

    def __new__(cls, array):
        return super().__new__(cls, (array,))

    def __getnewargs__(self):
        return tuple(self)


def unwrap(array):
    """Return the array inside a `WholeTarget`, anything else as it is."""
    return array[0] if isinstance(array, tuple) and len(array) == 1 else array


def steps_before(estimator, argument):
    """Return the steps of the `Pipeline` that is fitting `estimator` and that change X alone.

    scikit-learn does not tell a step which pipeline it stands in, so the calls
    are read.  Steps that the argument passes too, by `transform_input`, are not
    among them.

    Parameters
    ----------
    estimator : estimator that is being fitted
    argument : str
        Such as "X_target".

    Returns
    -------
    list of str, names of steps
    """
    frame = sys._getframe()
    while frame is not None:
        caller = frame.f_locals.get("self")
        if isinstance(caller, Pipeline) and frame.f_code.co_name in (
            "fit",
            "_fit",
            "fit_transform",
        ):
            break
        frame = frame.f_back
    else:
        return []
    position = frame.f_locals.get("step_idx", len(caller.steps) - 1)
    if frame.f_code.co_name != "_fit" and caller.steps[-1][1] is not estimator:
        return []
    if argument in (caller.transform_input or ()):
        return []
    return [
        name
        for name, step in caller.steps[:position]
        if step not in (None, "passthrough")
    ]


def check_way(estimator, name):
    """Refuse a domain that comes past the steps of a `Pipeline` that changed the source.

    Parameters
    ----------
    estimator : estimator that is being fitted
    name : str
        Of the domain, its argument first: "X_target (target domain)".

    Raises
    ------
    ValueError
        Names the steps.
    """
    argument = name.split()[0]
    changed = steps_before(estimator, argument)
    if changed:
        raise ValueError(
            f"the steps {changed} of the Pipeline changed X (source domain), but {name} came past "
            f'them; write Pipeline(steps, transform_input=["{argument}"]) and set '
            "sklearn.set_config(enable_metadata_routing=True)"
        )
