"""The public's first page, the place pages, the catalogue of services and the pages about the site itself."""
