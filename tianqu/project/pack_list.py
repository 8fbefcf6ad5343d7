"""Which packs this installation has. Settings read it, so it imports nothing."""

# Each is a Django application whose module ``pack`` holds its PACK. `tianqu newpack` adds its line at the end.
# The demonstration plays in this order: the figures of opendata come out of what the others lay down.
PACK_PACKAGES: tuple[str, ...] = (
    "tianqu.packs.hotline",
    "tianqu.packs.village",
    "tianqu.packs.practice",
    "tianqu.packs.culture",
    "tianqu.packs.returns",
    "tianqu.packs.opendata",
    "tianqu.packs.programme",
)
