"""The door of figures: everything that other rooms may use."""

from tianqu.kernel.figures.computing import Computed, NotComputed, compute, compute_figures, definition_of, record_value
from tianqu.kernel.figures.declaring import define_figure, figure_called
from tianqu.kernel.figures.definitions import FigureDefinition, read_definition
from tianqu.kernel.figures.formulas import (
    Combined,
    Constant,
    Formula,
    MeasureOf,
    QuotedValue,
    evaluate,
    measures_in,
    quoted_in,
    read_formula,
)
from tianqu.kernel.figures.models import Definition, Figure, FigureValue
from tianqu.kernel.figures.opening import OpenValue, open_figure, open_figures, open_series, open_value
from tianqu.kernel.figures.printing import UNITS, Display, Text, Unit, display_of, printed, rounded
from tianqu.kernel.figures.reading import (
    ShownFigure,
    ShownValue,
    figure_shown,
    figures_found,
    figures_shown,
    series_of,
    shown_value,
    value_numbered,
    values_of,
)

__all__ = [
    "UNITS",
    "Combined",
    "Computed",
    "Constant",
    "Definition",
    "Display",
    "Figure",
    "FigureDefinition",
    "FigureValue",
    "Formula",
    "MeasureOf",
    "NotComputed",
    "OpenValue",
    "QuotedValue",
    "ShownFigure",
    "ShownValue",
    "Text",
    "Unit",
    "compute",
    "compute_figures",
    "define_figure",
    "definition_of",
    "display_of",
    "evaluate",
    "figure_called",
    "figure_shown",
    "figures_found",
    "figures_shown",
    "measures_in",
    "open_figure",
    "open_figures",
    "open_series",
    "open_value",
    "printed",
    "quoted_in",
    "read_definition",
    "read_formula",
    "record_value",
    "rounded",
    "series_of",
    "shown_value",
    "value_numbered",
    "values_of",
]
