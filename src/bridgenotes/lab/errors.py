"""What can go wrong in the laboratory."""


class SimulationError(ValueError):
    """A community that cannot be made up as asked; the message says why."""
