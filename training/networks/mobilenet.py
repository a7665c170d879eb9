"""MobileNetV2 (Sandler et al. 2018) as a feature extractor: a second opinion by features that no loss here uses."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.networks.pretrained import load_features
from training.networks.squeezenet import Features
from worker.colorizer.encoders import MobileNetV2


class MobileNet(nn.Module):
    """[H, W, 3] sRGB pictures to [1280] pooled features."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = MobileNetV2()

    @classmethod
    def load(cls, file: Path) -> "MobileNet":
        """Load strictly. Raises OSError or ValueError."""
        network = cls()
        load_features(network.encoder, network.encoder.title, file)
        return network.eval().requires_grad_(False)

    @torch.inference_mode()
    def describe(self, picture: NDArray[np.uint8]) -> Features:
        x = torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1).unsqueeze(0)
        *_, top = self.encoder.maps((x - self.encoder.mean) / self.encoder.std)
        return np.asarray(top.mean(dim=(2, 3))[0].double().numpy())
