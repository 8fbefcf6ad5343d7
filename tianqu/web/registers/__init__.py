"""The pages, files and operations of what packs declare as registers."""
