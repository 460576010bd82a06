"""What a user runs: experiments, their stages, the command line and the report."""
