"""The project's pages; `generate` writes those that follow the code."""
