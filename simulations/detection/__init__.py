"""What finished trainings detect: measures over splits, curves, and what their models look at."""
