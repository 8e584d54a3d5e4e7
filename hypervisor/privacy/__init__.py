"""What a controller has to write down and to show: made from the configuration, and measured in the store."""
