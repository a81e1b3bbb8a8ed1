"""Raw signals: a network of one-dimensional convolutions in the place of features.

    z_j(t) = sum over c, u of w_jcu x_c(s t + u) + b_j                        (1)
    h_j = mean over t of max(z_j(t), 0)                                       (2)

    x_c(t)  channel c of a window at time t, zero outside     w  filters of odd length
    s = 2   stride: each layer halves the rate                h  features, one a filter

Three layers of (1), each normalized by batch and followed by max(., 0), then the
mean (2): where in the window a pattern stands does not matter.

Cost of a window of length n: O(n c k p) time, O(n (c + p)) memory, for c channels,
p filters of length k.
"""

from torch import nn

from tlbook.deep._networks import Network

FILTERS = ((16, 9), (32, 5), (32, 5))  # of each layer, and their length
STRIDE = 2


def signal_network(n_channels, n_classes, width=32):
    """Return a network for windows of shape (n_channels, length).

    Parameters
    ----------
    n_channels, n_classes : int
    width : int
        Of the bottleneck.

    Returns
    -------
    Network
        Windows of any length go through it.
    """
    layers = []
    for filters, length in FILTERS:
        layers += [
            nn.Conv1d(n_channels, filters, length, STRIDE, padding=length // 2),
            nn.BatchNorm1d(filters),
            nn.ReLU(),
        ]
        n_channels = filters
    features = nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten())
    bottleneck = nn.Sequential(nn.Linear(n_channels, width), nn.ReLU())
    return Network(features, bottleneck, nn.Linear(width, n_classes))
