"""Accuracy, unweighted average recall, and their intervals over speakers: pure numpy, from counts."""
