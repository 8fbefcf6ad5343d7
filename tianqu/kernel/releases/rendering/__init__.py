"""One tree, three papers: page, PDF and DOCX, each with the same bytes whenever and wherever it is made."""
