"""`/api/v1`: the product for other programs. The same services as the pages, opened by keys instead of sessions."""
