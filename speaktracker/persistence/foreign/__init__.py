"""Items that were never ours, such as the original design's, brought into SQL by their owners."""
