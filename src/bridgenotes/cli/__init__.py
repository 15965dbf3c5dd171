"""The command `bridgenotes`."""

import os

# Read when numpy is first imported, which this package leaves to its commands. A second BLAS thread
# only spins beside such short vectors (up to half of a run's CPU seconds), and products of long ones
# would depend on the number of cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
