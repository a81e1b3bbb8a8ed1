"""Adaptation in two phases, of which the second needs no source any more.

    phase 1:  train a network on the labeled source
    phase 2:  adapt a trained network to the target alone

`fit` runs both; `adapt` begins at the second, with a network that somebody else
trained.  Both come to the same network: the second phase passes over the target,
reads no source sample and draws its random numbers anew.
"""

from tlbook.base import COUNT
from tlbook.deep._data import Domain, Domains
from tlbook.deep._samples import check_samples
from tlbook.deep._training import DeepClassifier, find_device
from tlbook.labels import label_vector
from tlbook.validation import TARGET, unwrap


class _SourceFree(DeepClassifier):
    """The base of methods whose second phase sees the target alone.

    Parameters
    ----------
    source_epochs : int
        Of phase 1; `max_epochs` are those of phase 2.
    **training
        See `DeepClassifier`.
    """

    _uses_target_labels = False
    _phases = ("source", "target")
    _parameter_constraints = {"source_epochs": COUNT}

    def __init__(self, source_epochs=20, **training):
        super().__init__(**training)
        self.source_epochs = source_epochs

    def _epochs(self, phase):
        return self.source_epochs if phase == "source" else self.max_epochs

    def _passes_over(self, phase):
        return "source" if phase == "source" else "target"

    def adapt(self, X_target, classes=None):
        """Adapt the trained `network` to the target, without a source.

        Parameters
        ----------
        X_target : array-like of shape (nt, ...), Dataset or DataLoader
        classes : array-like of shape (n_classes,), default=None
            Names of the outputs of the network, such as `classes_` of the model
            that trained it; None are 0, 1, ...

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Without a network, on bad samples, or if there are more or fewer names
            than outputs.
        """
        self._validate_params()
        if self.network is None:
            raise ValueError(
                f"{type(self).__name__}.adapt needs a trained network: give "
                "network=model.network_, or one with weights read from a file; "
                "fit trains one"
            )
        self.device_ = find_device(self.device)
        X_target = unwrap(X_target)
        columns = getattr(X_target, "columns", None)
        X, self.shape_ = check_samples(X_target, TARGET, any_shape=True)
        self._remember_columns(columns)
        self.classes_ = (
            None if classes is None else label_vector(classes, "classes")
        )
        data = Domains(None, Domain(X, self.device_), None, self.batch_size)
        return self._run(data, self._phases[1:])
