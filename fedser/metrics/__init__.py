"""Accuracy, unweighted average recall, and their intervals and p-values over speakers: pure numpy, from counts."""
