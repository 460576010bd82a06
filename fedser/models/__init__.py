"""Models: the architecture that a federation trains."""

from typing import Annotated

from pydantic import Field

from fedser.models.attention_cnn import AttentionCNN
from fedser.models.gru import GRU
from fedser.models.lstm import LSTM
from fedser.models.mlp import MLP

ModelConfig = Annotated[MLP | GRU | LSTM | AttentionCNN, Field(discriminator="name")]
"""The closed union of all models, told apart by ``name``."""

__all__ = ["GRU", "LSTM", "MLP", "AttentionCNN", "ModelConfig"]
