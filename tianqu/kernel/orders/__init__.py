"""The closed loop: items, forms, flow, clocks, dispatch, rating."""
