"""The API with all of its routers. Importing this module once builds it; the addresses mount it."""

import tianqu.web.api.dataset_acts
import tianqu.web.api.order_lists  # noqa: F401  it adds the reading of orders to the router of orders
from tianqu.web.api.acts import router as acts
from tianqu.web.api.administration import router as administration
from tianqu.web.api.application import api
from tianqu.web.api.bulk import router as bulk
from tianqu.web.api.datasets import router as datasets
from tianqu.web.api.dispatch import router as dispatch
from tianqu.web.api.figures import router as figures
from tianqu.web.api.figures_published import router as figures_published
from tianqu.web.api.files import router as files
from tianqu.web.api.items import router as items
from tianqu.web.api.ledgers import router as ledgers
from tianqu.web.api.log import router as log
from tianqu.web.api.occasions import router as occasions
from tianqu.web.api.orders import router as orders
from tianqu.web.api.own import router as own
from tianqu.web.api.places import router as places
from tianqu.web.api.public import router as public
from tianqu.web.api.releases import router as releases
from tianqu.web.api.rosters import router as rosters
from tianqu.web.api.tours import router as tours

for _router in (
    orders, acts, bulk, public, items, places, figures, figures_published, dispatch, files, own,
    administration, ledgers, log, datasets, releases, occasions, rosters, tours,
):  # fmt: skip
    api.add_router("", _router)

__all__ = ["api"]
