"""The Action API of CKAN 2.10: what everybody may have of datasets and figures, for its clients and harvesters."""
