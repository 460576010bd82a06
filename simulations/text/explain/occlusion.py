"""Occlusion (Zeiler and Fergus 2014): how much the prediction loses when a word is hidden; no gradient is asked."""

from typing import ClassVar, Literal

from simulations.text.explain.method import Asked, Method, Told
from simulations.text.words import spans_of


class Occlusion(Method):
    """One word after the other is replaced by mask tokens; its share falls on each of its tokens alike."""

    source: ClassVar[str] = "Zeiler and Fergus 2014; Li, Monroe and Jurafsky 2016, for words"
    name: Literal["occlusion"] = "occlusion"

    def explain(self, asked: Asked) -> Told:
        """One pass for each word of each text."""
        import torch

        found = torch.zeros(asked.ids.shape, dtype=torch.float32)
        with torch.no_grad():
            for row, text in enumerate(asked.texts):
                words = _words(text, asked.offsets[row])
                if not words:
                    continue
                length = int(asked.mask[row].sum())
                ids = asked.ids[row, :length].repeat(len(words) + 1, 1)
                for number, tokens in enumerate(words):
                    ids[number, tokens] = asked.hidden
                said = asked.log_probability(ids, torch.ones_like(ids))[:, int(asked.target[row])]
                for number, tokens in enumerate(words):
                    found[row, tokens] = (said[-1] - said[number]) / len(tokens)
        return Told(found.numpy())


def _words(text: str, offsets) -> list[list[int]]:  # type: ignore[no-untyped-def]  # a Tensor [tokens, 2]
    """The tokens of each word that has any."""
    pairs = list(enumerate(offsets.tolist()))
    found = [
        [place for place, (start, end) in pairs if end > start and span.start <= start and end <= span.end]
        for span in spans_of(text)
    ]
    return [tokens for tokens in found if tokens]
