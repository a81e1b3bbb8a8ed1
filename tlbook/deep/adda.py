"""ADDA, adversarial discriminative domain adaptation: an encoder of its own for the target.

Tzeng E., Hoffman J., Saenko K., Darrell T. Adversarial discriminative domain
adaptation. CVPR 2017, 2962-2971. https://doi.org/10.1109/CVPR.2017.316

    phase 1:  min over Ms, C   cross-entropy of C(Ms(x_s))                     (1)
    phase 2:  Mt starts as Ms; Ms and C stay as they are; in turns
              min over D       [mean -log D(Ms(x_s)) + mean -log(1 - D(Mt(x_t)))] / 2   (2)
              min over Mt      mean -log D(Mt(x_t))                            (3)
    predict:  C(Mt(x_t))

M is features and bottleneck, C the classifier, D(z) the belief of the domain
classifier that z is from the source.  (3) is the loss of a GAN: inverted labels,
not minus (2), which has hardly any gradient where D is sure.

Cost of a step: O(b width hidden) time, O(b (width + hidden)) memory for a batch
of b, beside a pass of each domain through its network.

Deviations.  D has one hidden layer instead of two.  The released code shows D the
class scores and moves C too; here D sees the bottleneck and C is fixed, as the
paper says.
"""

import copy

from torch.nn import functional as F

from tlbook.base import COUNT, POSITIVE
from tlbook.deep._training import DeepClassifier, minimize
from tlbook.deep.dann import BETAS, domain_classifier, domain_loss


def inverted_label_loss(target):
    """Return the encoder's loss, equation (3).

    Parameters
    ----------
    target : Tensor of shape (nt, 1)
        Outputs of the domain classifier before the sigmoid.

    Returns
    -------
    scalar Tensor
    """
    return F.softplus(-target).mean()


class ADDA(DeepClassifier):
    """Adversarial adaptation with two encoders: the source's is fixed, the target's learns.

    Parameters
    ----------
    source_epochs : int
        Of phase 1; `max_epochs` are those of phase 2.
    adversarial_lr : float > 0
        Learning rate of phase 2.
    hidden : int
        Width of the domain classifier.
    **training
        See `DeepClassifier`.

    Attributes
    ----------
    network_ : nn.Module
        The target's encoder with the classifier.
    extras_ : nn.ModuleDict
        "source", the source's network, and "domain", the domain classifier.

    References
    ----------
    Tzeng et al., CVPR 2017, https://doi.org/10.1109/CVPR.2017.316
    """

    _uses_target_labels = False
    _phases = ("source", "adversarial")
    _parameter_constraints = {
        "source_epochs": COUNT,
        "adversarial_lr": POSITIVE,
        "hidden": COUNT,
    }

    def __init__(
        self, source_epochs=10, adversarial_lr=2e-4, hidden=500, **training
    ):
        super().__init__(**training)
        self.source_epochs = source_epochs
        self.adversarial_lr = adversarial_lr
        self.hidden = hidden

    def _extras(self, outputs):
        domain = domain_classifier(outputs.bottleneck.shape[1], self.hidden)
        return {"source": copy.deepcopy(self.network_), "domain": domain}

    def _epochs(self, phase):
        return self.source_epochs if phase == "source" else self.max_epochs

    def _network_for(self, domain):
        return self.extras_["source"] if domain == "source" else self.network_

    def _begin_phase(self, phase, data):
        network, source = self.network_, self.extras_["source"]
        if phase == "source" or data.target is None:
            return {"all": self._optimizer(network.parameters())}
        source.load_state_dict(network.state_dict())
        source.requires_grad_(False)
        self._hold(network.classifier)
        encoder = [
            *network.features.parameters(),
            *network.bottleneck.parameters(),
        ]
        return {
            "domain": self._adversary(self.extras_["domain"].parameters()),
            "target": self._adversary(encoder),
        }

    def _adversary(self, parameters):
        return self._optimizer(parameters, self.adversarial_lr, betas=BETAS)

    def _step(self, batch, optimizers):
        if "all" in optimizers:
            # (1)
            loss = self._cross_entropy(
                self.network_(batch.Xs).logits, batch.ys, batch.ws
            )
            minimize(loss, optimizers["all"])
            return {"source": loss}
        source = self.extras_["source"].eval()(batch.Xs).bottleneck
        target = self.network_(batch.Xt).bottleneck
        domain = self.extras_["domain"]
        loss = domain_loss(domain(source), domain(target.detach()))  # (2)
        minimize(loss, optimizers["domain"])
        # (3), by the domain classifier just improved
        fooled = inverted_label_loss(domain(target))
        minimize(fooled, optimizers["target"])
        return {"domain": loss, "target": fooled}
