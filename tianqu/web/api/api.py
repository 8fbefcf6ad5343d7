"""The API with all of its routers. Importing this module once builds it; the addresses mount it."""

from tianqu.web.api.acts import router as acts
from tianqu.web.api.application import api
from tianqu.web.api.orders import router as orders

api.add_router("", orders)
api.add_router("", acts)

__all__ = ["api"]
