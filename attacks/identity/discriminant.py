"""Principal components, then linear discriminants of the shadow speakers, whitened within speakers; cosine scores.

The back end of i-vectors: Dehak et al. 2011, "Front-End Factor Analysis for Speaker Verification", project by linear
discriminant analysis and normalise the covariance within speakers (WCCN, Hatch et al. 2006) before the cosine. Rounds
and trainings of a shadow speaker are what varies within, so that what they change is what is weighed down.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from attacks.identity.linker import Linker, Map
from attacks.reduced_matrix import Matrix
from fedser.metrics.recall import Floats
from fedser.seeds import Stream


class Discriminant(Linker):
    """PCA, linear discriminants of the shadow speakers whitened within speakers, and the cosine."""

    source: ClassVar[str] = "Dehak et al. 2011; Hatch et al. 2006 (within-class covariance normalisation)"
    name: Literal["lda"] = "lda"
    components: int = Field(50, ge=2, description="principal components at most, of which discriminants are made")
    size: int = Field(20, ge=1, description="discriminants at most; there are fewer than shadow speakers")
    shrinkage: float = Field(0.1, ge=0, le=1, description="of the within-speaker covariance towards a multiple of I")

    def learn(self, x: Matrix, persons: np.ndarray[Any, np.dtype[np.intp]], stream: Stream) -> Map:
        """The rotation onto components, whitened within persons, and of these onto the discriminants."""
        from sklearn.decomposition import PCA

        plain = Map.standard(x)
        number = min(self.components, len(x) - 1, x.shape[1])
        pca = PCA(number, svd_solver="randomized", random_state=stream("components").integer() % 2**32)
        components = pca.fit_transform(plain(x))
        whitening = self._whitening(components, persons)
        centres = np.stack([components[persons == one].mean(axis=0) for one in range(int(persons.max()) + 1)])
        # The directions between persons' means, of the whitened numbers (Fisher 1936).
        _, _, directions = np.linalg.svd((centres - centres.mean(axis=0)) @ whitening, full_matrices=False)
        kept = directions[: min(self.size, len(centres) - 1, number)].T
        return Map(plain.mean, plain.scale, pca.components_.T @ whitening @ kept)

    def _whitening(self, x: Floats, persons: np.ndarray[Any, np.dtype[np.intp]]) -> Floats:
        """W with W W^T the inverse of the covariance within persons, each person counting alike."""
        times = np.bincount(persons)
        centres = np.stack([x[persons == one].mean(axis=0) for one in range(len(times))])
        inner = (x - centres[persons]) / np.sqrt(times[persons] * len(times))[:, None]
        within = inner.T @ inner
        middle = np.trace(within) / len(within) * np.eye(len(within))
        values, vectors = np.linalg.eigh((1 - self.shrinkage) * within + self.shrinkage * middle)
        whitening: Floats = vectors / np.sqrt(np.maximum(values, 1e-12 * values.max()))
        return whitening
