"""What a federated round costs here: the engines beside a plain sequential loop and beside bare arithmetic."""
