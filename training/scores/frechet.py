"""The Fréchet distance of two sets of pictures by the features of a network: do they look like one population?

After Heusel et al. (2017). With SqueezeNet 1.1 in place of Inception, compare ratios within a table, not with published
FID values. It takes a few hundred pictures to be meaningful.
"""

from collections.abc import Sequence

import numpy as np

from training.networks.squeezenet import Features


def frechet_distance(first: Sequence[Features], second: Sequence[Features]) -> float:
    """The distance of Gaussians fitted to two sets of feature vectors; 0 for equal sets."""
    x, y = np.stack(first), np.stack(second)
    covariance_x, covariance_y = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    # The trace of (Cx Cy)^½ from symmetric matrices only: rounding cannot make it complex.
    values, vectors = np.linalg.eigh(covariance_x)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ covariance_y @ root).clip(0)).sum()
    means = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum()
    return float(means + np.trace(covariance_x) + np.trace(covariance_y) - 2 * shared)
