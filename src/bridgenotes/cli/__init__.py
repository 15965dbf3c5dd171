"""The command `bridgenotes`."""

import os

# Read when numpy is first imported, which this package leaves to its commands. A second BLAS thread
# only spins beside such short vectors (up to half of a run's CPU seconds), and products of long ones
# would depend on the number of cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Read when polars is first imported: its allocator returns freed memory after a second. By default it keeps some of
# what reading and writing tables took, for every thread, until the end of the run.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:1000,muzzy_decay_ms:0")
