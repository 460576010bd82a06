"""Encoders of speech and of text whose weights others trained, read by the package transformers.

Wolf et al. 2020, "Transformers: state-of-the-art natural language processing".
"""
