"""Federated speech-emotion recognition: training, interception, and what the updates give away."""

__version__ = "0.1.0"
