"""Principal components, also of updates that are all the same, such as those of a layer of which nothing is sent."""

from typing import Any, Self

import numpy as np
from sklearn.decomposition import PCA


class Components(PCA):  # type: ignore[misc]
    """scikit-learn's, which divides by the whole variance: of what has none, the first coordinate stands for all."""

    def fit_transform(self, X: Any, y: Any = None) -> Any:  # noqa: N803 - scikit-learn's name
        """The components of each row; zeros where all rows are the same."""
        return self.fit(X).transform(X)

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Learn the components."""
        self._constant = not np.ptp(X, axis=0).any()
        return self if self._constant else super().fit(X)

    def transform(self, X: Any) -> Any:  # noqa: N803
        """The components of each row."""
        return np.zeros((len(X), 1)) if self._constant else super().transform(X)
