"""The stages of a run, each one folder with a manifest: features, simulate, attack, scores and report."""
