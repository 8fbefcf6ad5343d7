"""Land measured by walking its corners with a telephone: boundary, area, accuracy, photos."""
