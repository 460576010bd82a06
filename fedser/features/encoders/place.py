"""Where a pretrained model lies: in a folder of the user's, or in the local cache of the Hugging Face hub.

Nothing is fetched unless ``download`` says so, and what was fetched once is read without a network.
"""

from pathlib import Path

from fedser.errors import InputError
from fedser.features.encoders.library import first_line, go_offline

KEY = "features.model"

_SETTINGS = ("*.json", "*.txt")
_SAFE, _TORCH = "model*.safetensors", "pytorch_model*.bin"


def place_of(model: str, download: bool) -> Path:
    """The folder of ``model``: this folder, or the one of a name on the hub such as ``facebook/wav2vec2-base``.

    Raises InputError, with the ways to get it, for what is neither a folder nor in the hub's local cache.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    cached = _cached(model, download)
    if cached is not None and weights_of(cached):
        return cached
    if not download:
        raise _not_here(model)
    return _fetched(model)


def weights_of(folder: Path) -> tuple[Path, ...]:
    """The files of a model's weights: safetensors, or where there are none those of ``torch.save``."""
    return tuple(sorted(folder.glob(_SAFE))) or tuple(sorted(folder.glob(_TORCH)))


def _cached(model: str, download: bool) -> Path | None:
    """The folder of ``model`` in the local cache, as far as it was fetched."""
    if not download:
        go_offline()
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(model, "config.json")
    except HFValidationError as error:  # what cannot be a name on the hub is meant as a path
        raise InputError(f"{KEY}: no such folder: {model}") from error
    return Path(config).parent if isinstance(config, str) else None


def _fetched(model: str) -> Path:
    from huggingface_hub import is_offline_mode, snapshot_download

    if is_offline_mode():
        raise InputError(
            f"{KEY}: {model} cannot be downloaded: HF_HUB_OFFLINE is set; fetch it with `hf download {model}`"
        )
    try:
        folder = Path(snapshot_download(model, allow_patterns=[*_SETTINGS, _SAFE]))
        if not weights_of(folder):
            snapshot_download(model, allow_patterns=[_TORCH])
    except OSError as error:  # the root of all that the hub's client raises
        raise InputError(f"{KEY}: {model} cannot be downloaded: {first_line(error)}") from error
    return folder


def _not_here(model: str) -> InputError:
    from huggingface_hub.constants import HF_HUB_CACHE

    return InputError(
        f"{KEY}: {model} is neither a folder nor in the local cache of the Hugging Face hub ({HF_HUB_CACHE}); fetch it"
        f" with `hf download {model}` or with download: true, or name a folder as `save_pretrained` writes it:"
        " config.json, model.safetensors (or pytorch_model.bin), and the files of what prepares its input"
    )
