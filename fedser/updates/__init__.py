"""What a server sees of a training, round by round, and where it is kept."""
