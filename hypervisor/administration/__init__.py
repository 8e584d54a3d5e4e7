"""What an administrator wants to know: how the parts are, which models are used, and what is kept of whom."""
