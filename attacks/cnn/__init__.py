"""The paper's attack: one convolutional network per layer on the matrix of its update, and their fusion."""
