"""SDMX 2.1 and SDMX-CSV 2: figures as statistics offices exchange them, with their structures."""
