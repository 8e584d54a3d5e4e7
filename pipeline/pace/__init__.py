"""When the detector looks, where the scene itself says how often.

`pipeline.pace.pacer` decides frame by frame. It looks again before the tracker could lose anyone (`Outlook`, from the
tracker), at once where something moves and nobody was moving (`pipeline.pace.surprise`), and lets the last look stand
where nothing has changed since (`pipeline.pace.change`).
"""
