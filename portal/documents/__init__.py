"""Files that providers download: PDFs, and the texts in the repository that some are made from."""
