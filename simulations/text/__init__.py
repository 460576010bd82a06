"""Text, and privacy that people can see: six ways to train a model of valence, and what their explanations rest on.

Jaiswal and Mower Provost 2021 ("Why Should I Trust a Model is Private?", arXiv 2104.08792).
"""
