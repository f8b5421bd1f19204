"""Reviews on somebody else's machines, through Dask distributed; imported only where that is asked for."""

from harness.pipeline.cluster.client import review_on
from harness.pipeline.cluster.errors import ClusterError

__all__ = ["ClusterError", "review_on"]
