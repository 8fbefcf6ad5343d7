"""The 12345 hotline for residents and firms: handled on receipt."""
