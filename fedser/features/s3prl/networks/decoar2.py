"""s3prl's DeCoAR 2.0: normalised filterbanks, of which every second frame is read."""

import warnings
from collections.abc import Iterator

import torch
from s3prl.upstream.decoar2 import decoar2
from torch import Tensor

from fedser.features.extractor import Signal
from fedser.features.fbank import Fbank
from fedser.features.s3prl.checkpoint import Checkpoint
from fedser.features.s3prl.networks.frontend import filterbanks, normalised
from fedser.features.s3prl.networks.network import Network, Shape, equal_parts

_LONGEST = 3000  # frames of 20 ms


class Decoar2Network(Network):
    """Transformer layers behind a convolution that tells positions; one size, which s3prl's code fixes."""

    @classmethod
    def shape(cls, checkpoint: Checkpoint) -> Shape:
        """The input of each layer, and the output of the last."""
        return Shape(int(decoar2.args["encoder_layers"]) + 1, int(decoar2.args["encoder_embed_dim"]))

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        with warnings.catch_warnings():
            # The names of the official weights are those of torch's older, deprecated weight normalisation.
            warnings.filterwarnings("ignore", ".*weight_norm.* is deprecated", FutureWarning)
            self._model = decoar2.Decoar2().eval()
        # The official file also holds what training needed, such as the codebook.
        checkpoint.load(self._model, "model", more=True)
        self._model.to(device)
        self._device = device

    def inputs(self, signal: Signal) -> Tensor:
        """Filterbanks [frames, 80] of Hamming windows every 20 ms, normalised before every second one is left out."""
        return normalised(filterbanks(signal, Fbank(int(decoar2.args["input_feat"]), "hamming")))[::2]

    def hidden(self, inputs: Tensor, layer: int) -> Iterator[Tensor]:
        """The input of transformer layer ``layer`` (from 0), or after the last one its output."""
        for part in equal_parts(inputs, _LONGEST):
            yield self._whole(part[None].to(self._device), layer)[: len(part)]

    def _whole(self, inputs: Tensor, layer: int) -> Tensor:
        """Hidden states [frames, dims]; s3prl pads an odd number of frames inside, by one at the end."""
        layers = self._model.encoder.layers
        if layer == len(layers):
            return torch.as_tensor(self._model(inputs)[0][0])
        read: list[Tensor] = []
        hook = layers[layer].register_forward_pre_hook(lambda _, given: read.append(given[0]))
        try:
            self._model(inputs)
        finally:
            hook.remove()
        return read[0][:, 0]
